"""Events -> occurrences: of what changed, and once a day of every series, so that the horizon is always covered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from app.db import mirror
from app.db.accounts import Lease
from app.db.tables import AccountRow
from scheduler.model import HORIZON, Event, Occurrence
from scheduler.recurrence import expand
from scheduler.timespan import Span

_GROUPS_A_LOOK = 500
_GROUPS_A_COMMIT, _ROWS_A_COMMIT = 250, 1000  # keeps a write short, so that pages stay quick during a first read
_BEYOND = timedelta(weeks=2)  # a plan looks one week past the horizon, and is made a day after the last roll


def digest(account: AccountRow, lease: Lease, *, now: datetime, today: date) -> int:
    """Expand what is due; returns how many groups were. `today` is the user's. The last commit clears `digest_due`."""
    window = Span(account.synced_from, now + HORIZON + _BEYOND)
    with lease.db.read() as session:
        groups = set(mirror.undigested_groups(session, account.id)) if account.digest_due else set()
        roll = account.rolled_on != today
        if roll:
            groups |= set(mirror.series_groups(session, account.id))
    waiting = sorted(groups)
    for start in range(0, len(waiting), _GROUPS_A_LOOK):
        batch = waiting[start : start + _GROUPS_A_LOOK]
        with lease.db.read() as session:
            by_group, vanished = mirror.events_of_groups(session, account.id, batch)
        for some, rows in _pieces(account.id, batch, by_group, window, vanished):
            with lease.db.write() as session:
                mirror.replace_occurrences(session, account.id, some, rows)
                lease.hold(session)
    with lease.db.write() as session:
        lease.hold(session, digest_due=False, rolled_on=today, plan_due=True)
    return len(groups)


def _pieces(
    account_id: int,
    groups: list[str],
    by_group: dict[str, list[Event]],
    window: Span,
    vanished: dict[str, datetime],
) -> Iterator[tuple[list[str], list[dict[str, Any]]]]:
    """Groups with their rows, as many at a time as one short write takes."""
    some: list[str] = []
    rows: list[dict[str, Any]] = []
    for group_id in groups:
        some.append(group_id)
        events = {group_id: by_group.get(group_id, [])}
        rows += mirror.occurrence_rows(account_id, _expanded(events, window, vanished))
        if len(rows) >= _ROWS_A_COMMIT or len(some) >= _GROUPS_A_COMMIT:
            yield some, rows
            some, rows = [], []
    if some:
        yield some, rows


def _expanded(
    by_group: dict[str, list[Event]], window: Span, vanished: dict[str, datetime]
) -> Iterator[tuple[str, Occurrence]]:
    for group_id, events in by_group.items():
        for one in expand(events, window, vanished=vanished):
            yield group_id, one


def is_due(account: AccountRow, today: date) -> bool:
    return account.digest_due or account.rolled_on != today
