"""What /metrics tells. Counters are kept in the database, so that any web process tells of all of them, workers too;
states are looked up when they are asked for. No label holds anything of a person: an account is its number."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from app.clock import Clock
from app.db import counts
from app.db.engine import Database
from app.db.trouble import Unwritable
from app.services.run import Report
from app.services.standing_faults import StandingFaults
from integrations.google.calendar import ApiCall

COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "greenblock_refreshes": ("Refreshes by how they ended.", ("outcome",)),
    "greenblock_api_calls": (
        "Requests to Google by method, reason and status.",
        ("method", "reason", "status"),
    ),
    "greenblock_block_changes": ("What was done to blocks in calendars.", ("change",)),
    "greenblock_pages": ("Answers by route and status.", ("method", "route", "status")),
}
STORED_EVERY = 10.0
"""Seconds between two writes of what a process has counted; a kill loses so much of it."""
NAMED_ACCOUNTS = 50
"""Up to so many accounts each has a value of its own; a label of ten thousand values would cost the reader more than
it tells, so then there are classes only."""
CLASSES = (35, 96)
"""Requests a day that an account should stay under, with push and without."""


class Metrics:
    """One for the process; thread-safe."""

    def __init__(self, *, db: Database, clock: Clock, standing: StandingFaults) -> None:
        self._db = db
        self._clock = clock
        self._standing = standing
        self._guard = threading.Lock()
        self._counted: Counter[tuple[str, str]] = Counter()
        self._store_at = time.monotonic() + STORED_EVERY
        self.since_sweep: Callable[[], timedelta | None] = lambda: None

    # -- counting ------------------------------------------------------------------------------------

    def refreshed(self, report: Report) -> None:
        """A run of the wheel."""
        outcome = report.fault.value if report.fault else "done" if report.ran else "not_now"
        self._count("greenblock_refreshes", outcome)
        for change in report.changes:
            self._count("greenblock_block_changes", type(change).__name__.lower())
        self.store(at_once=False)

    def called(self, call: ApiCall) -> None:
        self._count("greenblock_api_calls", call.method, call.reason, str(call.status))

    def answered(self, method: str, route: str, status: int) -> None:
        self._count("greenblock_pages", method, route, str(status))

    def _count(self, name: str, *labels: str) -> None:
        with self._guard:
            self._counted[name, "|".join(labels)[:200]] += 1

    def store(self, *, at_once: bool = True) -> None:
        """Add what was counted here to what all have counted; what cannot be stored is kept for the next time. Nobody
        is kept waiting for a database that is known to take nothing."""
        if self._db.trouble is not None and self._db.probe() is not None:
            return
        with self._guard:
            if not self._counted or (not at_once and time.monotonic() < self._store_at):
                return
            counted, self._counted = self._counted, Counter()
            self._store_at = time.monotonic() + STORED_EVERY
        try:
            with self._db.write() as session:
                counts.add(session, counted)
        except Unwritable:
            with self._guard:
                self._counted.update(counted)

    # -- telling -------------------------------------------------------------------------------------

    def text(self) -> bytes:
        """In Prometheus' text format."""
        self.store()
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """As prometheus_client asks for it."""
        now = self._clock()
        day_at = now.replace(hour=0, minute=0, second=0, microsecond=0)
        with self._db.read() as session:
            stored = counts.every(session)
            waiting, lag = counts.due_and_lag(session, self._db.now(session))
            connections = counts.accounts_by_connection(session)
            calls = counts.calls_by_account(session, day_at)
            budget = counts.budget(session)
        for name, (words, labels) in COUNTERS.items():
            counter = CounterMetricFamily(name, words, labels=labels)
            for row in stored:
                if row.name == name:
                    counter.add_metric(row.labels.split("|"), row.value)
            yield counter
        yield GaugeMetricFamily("greenblock_queue_length", "Accounts whose refresh is due.", value=waiting)
        yield GaugeMetricFamily("greenblock_lag_seconds", "How late the latest of them is.", value=lag.total_seconds())
        yield _by("greenblock_accounts", "Accounts by connection.", "connection", connections)
        faults = {fault.value: count for fault, count in self._standing.counted().items()}
        yield _by("greenblock_standing_faults", "What stands in the way, by kind.", "fault", faults)
        classes = {str(most): sum(count <= most for count in calls.values()) for most in CLASSES}
        classes["+Inf"] = len(calls)
        words = "Accounts that asked Google at most so often today (UTC)."
        yield _by("greenblock_accounts_by_calls_today", words, "le", classes)
        few = {str(account): count for account, count in calls.items()} if len(calls) <= NAMED_ACCOUNTS else {}
        words = f"Requests to Google today by account number, where there are at most {NAMED_ACCOUNTS}."
        yield _by("greenblock_account_calls_today", words, "account", few)
        today = budget is not None and budget.day_at >= day_at
        taken = budget.day_taken if budget is not None and today else 0
        yield GaugeMetricFamily("greenblock_allowance_taken_today", "Of the project's requests a day.", value=taken)
        turned = self.since_sweep()
        age = -1.0 if turned is None else turned.total_seconds()
        yield GaugeMetricFamily("greenblock_wheel_age_seconds", "Since the wheel last turned; -1: never.", value=age)


def _by(name: str, words: str, label: str, values: dict[str, int]) -> GaugeMetricFamily:
    made = GaugeMetricFamily(name, words, labels=[label])
    for value, count in sorted(values.items()):
        made.add_metric([value], count)
    return made
