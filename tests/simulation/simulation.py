"""One life, step by step: time passes, people act, the service runs, things break; after every step all is judged."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from app.services.refresh import Report
from tests.simulation.acts import Pages
from tests.simulation.boundary import Killed, Plan
from tests.simulation.ear import Ear
from tests.simulation.faults import CELLS, FAULTS
from tests.simulation.hand import Hand
from tests.simulation.machine import Life, Machine
from tests.simulation.memory import Facts, Memory
from tests.simulation.oracle import Oracle, Violation
from tests.simulation.places import NILS, OLGA

CALENDAR_CALLS = ("events.list", "events.get", "events.insert", "events.patch", "events.delete", "token")
MOST_CALLS = 60
"""Calls of one refresh of so small a calendar: a retry without end would need more."""


@dataclass
class Counts:
    """What a run met; counts of several runs add up."""

    steps: int = 0
    refreshes: Counter[str] = field(default_factory=Counter)  # "ok", or the fault it ended with
    cells: Counter[tuple[str, str]] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)  # of steps
    edges: Counter[str] = field(default_factory=Counter)  # where the process was killed or somebody came between
    until_agreed: Counter[int] = field(default_factory=Counter)
    quiet_day: Counter[int] = field(default_factory=Counter)  # API calls in a day with nothing going on
    busy_day: Counter[int] = field(default_factory=Counter)

    def add(self, other: Counts) -> None:
        self.steps += other.steps
        for name in ("refreshes", "cells", "kinds", "edges", "until_agreed", "quiet_day", "busy_day"):
            getattr(self, name).update(getattr(other, name))


class Fallen(Exception):
    """A run that found something: the seed, the step, what fell, and the last steps in words."""

    def __init__(self, seed: int, step: int, violation: BaseException, told: list[str]) -> None:
        self.seed, self.step, self.violation, self.told = seed, step, violation, told
        self.invariant = violation.invariant if isinstance(violation, Violation) else 0
        last = "\n".join(f"  {line}" for line in told[-25:])
        super().__init__(
            f"seed {seed}, step {step}: {violation or type(violation).__name__}\nThe last steps:\n{last}\n"
            f"Again: make simulate SEEDS=1 FROM={seed} STEPS={step + 1}"
        )


class Simulation:
    """One seed. `run` takes the steps and raises Fallen."""

    def __init__(self, machine: Machine, life: Life, seed: int) -> None:
        self.machine, self.life, self.seed = machine, life, seed
        self.dice = Random(f"steps/{seed}")
        self.oracle = Oracle(life)
        self.counts = Counts()
        self.told: list[str] = []
        self.trace = hashlib.sha256()
        self.users = (OLGA, NILS) if seed % 4 == 0 else (OLGA,)
        self.memories = {email: Memory(life, email) for email in (OLGA, NILS)}
        words = [0]
        self.hands, self.pages = {}, {}
        for email in (OLGA, NILS):
            memory = self.memories[email]
            self.hands[email] = Hand(life, self.oracle, self.dice, email, words, memory.text_said)
            self.pages[email] = Pages(life, memory, self.dice, email, words=words)
            self.oracle.wanted[email] = self._wanted(memory)
        self.backup: tuple[datetime, dict[str, Facts]] | None = None
        self.ear = Ear()
        self._judged = -1
        self._calls = 0

    def _wanted(self, memory: Memory) -> Callable[[str], bool]:
        def wanted(occurrence: str) -> bool:
            rule = memory.facts.get(("rule", occurrence.partition("/")[0]))
            return rule is not None and rule[0] and ("paused",) not in memory.facts

        return wanted

    # -- the run

    def run(self, steps: int) -> Counts:
        try:
            with self.ear.listening():
                for _ in range(steps):
                    self._step()
                    self.judge()
                    self.counts.steps += 1
                self.settles()
                self.judge()
        except (Exception, Killed) as error:
            violation = self.oracle.fallen[0] if self.oracle.fallen else error
            raise Fallen(self.seed, self.counts.steps, violation, self.told) from error
        return self.counts

    def tell(self, words: str) -> None:
        line = f"{self.counts.steps}. {self.life.now:%a %d %b %Y %H:%M} {words}"
        self.told.append(line)
        self.trace.update(line.encode())

    def digest(self) -> str:
        """Of all that was told and of the calendars as they stand now."""
        whole = self.trace.copy()
        for email in (OLGA, NILS):
            kept = {"htmlLink"}  # holds the sandbox's port
            for row in self.life.store(email).rows.values():
                whole.update(repr({key: one for key, one in row.resource.items() if key not in kept}).encode())
        return whole.hexdigest()

    def _step(self) -> None:
        kind = self.dice.choices(list(STEPS), list(STEPS.values()))[0]
        self.counts.kinds[kind.__name__.strip("_")] += 1
        kind(self)

    def _user(self) -> str:
        """Whose turn it is. Who has lost the connection will mostly have seen it by now."""
        email = self.users[-1] if len(self.users) > 1 and self.dice.random() < 0.3 else OLGA
        if self.dice.random() < 0.5 and not self._connected(email):
            self._connects(email)
        return email

    # -- steps

    def _minutes_pass(self) -> None:
        self._wheel(timedelta(minutes=self.dice.choice((1, 5, 15, 16, 30, 60))))

    def _hours_pass(self) -> None:
        self._wheel(timedelta(hours=self.dice.choice((2, 4, 8, 16))), hops=1)

    def _days_pass(self) -> None:
        self._wheel(timedelta(days=self.dice.choice((1, 1, 2, 3, 6))), hops=0)

    def _wheel(self, length: timedelta, *, hops: int = 2) -> None:
        """Time passes, and whoever is due by then is refreshed, as the engine does it; a machine that sleeps through
        most of it catches up at the end."""
        until = self.life.now + length
        for _ in range(hops):
            due = self._next_due()
            if due is None or due > until:
                break
            self.machine.clock.now = max(self.life.now, due)
            self._refresh_due()
        self.machine.clock.now = max(until, self.life.now)
        self.tell(f"{length} have passed")
        self._refresh_due()

    def _next_due(self) -> datetime | None:
        rows = self.life.rows(
            "SELECT min(next_refresh_at) FROM accounts WHERE connection = 'connected' AND id IN (1, :last)",
            {"last": len(self.users)},
        )
        return datetime.fromisoformat(f"{rows[0][0]}+00:00") if rows[0][0] else None

    def _refresh_due(self) -> None:
        for email in self.users:
            found = self.life.rows(
                "SELECT 1 FROM accounts WHERE id = :id AND connection = 'connected' AND next_refresh_at <= :now",
                {"id": self.life.ids[email], "now": _stamp(self.life.now)},
            )
            if found:
                self.refresh(email)

    def _hand_acts(self) -> None:
        email = self._user()
        told = self.hands[email].acts()
        if told:
            self.tell(f"{email[:4]} {told}")

    def _page_is_used(self) -> None:
        email = self._user()
        told = self.pages[email].acts()
        if told:
            self.tell(f"{email[:4]} {told}")

    def _fault_strikes(self) -> None:
        """One or two faults, at calls that may come."""
        email = self._user()
        told = []
        full = False
        for _ in range(self.dice.choice((1, 1, 2))):
            fault, call = self.dice.choice(CELLS)
            name, when = FAULTS[fault]
            full = full or call == "events.list full"
            self.life.sandbox.faults.add(
                call.partition(" ")[0],
                name,
                when=when,
                times=self.dice.choice((1, 1, 2, 3, 6)),
                skip=self.dice.choice((0, 0, 0, 1, 2)),
                seconds=0,
            )
            told.append(f"{fault} at {call}")
            if call == "token":
                self.life.sandbox.grants.expire_access_tokens()
        if full:
            self.life.store(email).expire_sync_tokens()
        self.tell(f"{' and '.join(told)} for {email[:4]}")
        self._poke(email)
        self.refresh(email)
        self.life.sandbox.faults.clear()

    def _poke(self, email: str) -> None:
        """Give the next refresh something to write, now and then, so that faults find calls to strike."""
        if self.dice.random() < 0.6:
            told = self.dice.choice((self.hands[email].acts, self.pages[email].changes_a_rule))()
            if told:
                self.tell(f"{email[:4]} {told}")

    def _is_killed(self) -> None:
        """The process dies at an edge, and is started again at once or after its lease ran out."""
        email = self._user()
        self._poke(email)
        plan = Plan(
            self.life.boundary.die,
            kind=self.dice.choice(("call", "commit", "")),
            when=self.dice.choice(("before", "after")),
            skip=self.dice.choice((0, 0, 1, 2, 3, 5, 8)),
        )
        self.life.boundary.plans.append(plan)
        self.refresh(email)
        self.life.boundary.plans.clear()
        if plan.happened:
            self.counts.edges[f"killed {plan.happened}"] += 1

    def _is_killed_while_acting(self) -> None:
        email = self._user()
        plan = Plan(self.life.boundary.die, kind="commit", when=self.dice.choice(("before", "after")))
        self.life.boundary.plans.append(plan)
        try:
            told = self.pages[email].acts()
        except Killed:
            told = f"was pressing something when the service was killed {plan.happened}"
            self._rises()
        self.life.boundary.plans.clear()
        if told:
            self.tell(f"{email[:4]} {told}")

    def _rises(self) -> None:
        """After a kill."""
        if self.dice.random() < 0.5:
            self.life.restart()
        else:  # another process lives on, and takes over when the lease has run out
            self.life.boundary.revive()
            self.machine.clock.pass_(seconds=self.dice.choice((10, 91, 200)))

    def _somebody_comes_between(self) -> None:
        """At an edge of a refresh: the user edits, presses something, a second refresh runs, or time stands long."""
        email = self._user()
        self._poke(email)
        what: list[str] = []

        def edits() -> None:
            what.append(self.hands[email].acts())

        def presses() -> None:
            what.append(self.pages[email].acts())

        def second() -> None:
            report = self._runs(email)
            what.append(f"a second refresh runs: {_ended(report)}")

        def takes_over() -> None:
            self.machine.clock.pass_(seconds=100)
            second()

        def slow() -> None:
            self.machine.clock.pass_(seconds=40)
            what.append("40 s pass")

        act = self.dice.choice((edits, edits, edits, presses, second, takes_over, slow))
        # Not before a commit: until then the database is the service's alone.
        kind, when = self.dice.choice((("call", "before"), ("call", "after"), ("commit", "after")))
        plan = Plan(act, kind=kind, when=when, skip=self.dice.choice((0, 0, 1, 2, 3, 5)))
        self.life.boundary.plans.append(plan)
        self.refresh(email, between=what)
        self.life.boundary.plans.clear()
        if plan.happened:
            self.counts.edges[f"{act.__name__} {plan.happened}"] += 1

    def _comes_down(self) -> None:
        """Restarted in peace."""
        self.life.restart()
        self.tell("the service is restarted")

    def _grant_is_lost(self) -> None:
        """Taken back at Google, or one of its boxes; then given again."""
        users = [email for email in self.users if self._connected(email)]
        how = self.dice.choice(("revoked", "withdrawn"))
        if how == "revoked":
            self.life.sandbox.grants.revoke_all()
        else:
            self.life.sandbox.grants.withdraw_scope("https://www.googleapis.com/auth/calendar.events.owned")
        self.tell(f"the permission is {how}")
        for email in users:
            self.refresh(email)
            self._shows(email, {"revoked": "sign_in_lost", "withdrawn": "permission_missing"}[how])
        for email in self.users:
            self._connects(email)
            self.refresh(email)

    def _connected(self, email: str) -> bool:
        rows = self.life.rows("SELECT connection FROM accounts WHERE id = :id", {"id": self.life.ids[email]})
        return bool(rows[0][0] == "connected")

    def _connects(self, email: str) -> None:
        self.life.connect(email)
        self.tell(f"{email[:4]} connects again")

    def _is_backed_up(self) -> None:
        self.life.copy_database(self._kept())
        self.backup = (self.life.now, {email: memory.kept() for email, memory in self.memories.items()})
        self.tell("the database is copied")

    def _is_restored(self) -> None:
        if self.backup is None or self.life.now - self.backup[0] > timedelta(days=2):
            return
        at, facts = self.backup
        self.life.restore_database(self._kept())
        for email, memory in self.memories.items():
            memory.back(facts[email])
            self.pages[email].undo_keys.clear()
            for seen in self.oracle.diaries[email].seen.values():
                if seen.gone == "service":
                    self.oracle.diaries[email].moot.add(seen.occurrence)
        self.backup = None
        self._judged = -1
        self.tell(f"the database of {at:%d %b %H:%M} is put back")
        for email in self.users:
            self.life.connect(email)

    def _kept(self) -> Path:
        return self.machine.folder / "backup.db"

    def _settles_now(self) -> None:
        self.settles()

    # -- refreshing

    def refresh(self, email: str, *, between: list[str] | None = None) -> Report | None:
        report = self._runs(email)
        more = f", while {'; '.join(filter(None, between))}" if between and any(between) else ""
        self.tell(f"refresh of {email[:4]}: {_ended(report)}{more}")
        if report is None:
            self._rises()
        return report

    def _runs(self, email: str) -> Report | None:
        """None where it was killed."""
        life, account = self.life, self.life.ids[email]
        began = life.now
        before = sum(life.sandbox.faults.met.values())
        life.sandbox.calls.clear()
        try:
            report = life.services.refresh(account)
        except Killed:
            self.counts.refreshes["killed"] += 1
            return None
        calls = life.sandbox.calls.all()
        self._meets(calls)
        self._calls += len(calls)
        if len(calls) > MOST_CALLS:
            raise Violation(9, f"one refresh made {len(calls)} calls")
        ended = _ended(report)
        self.counts.refreshes[ended.partition(",")[0]] += 1
        if not report.ran or report.error.startswith("Another run"):
            return report
        if report.fault is None:
            self.memories[email].read_all(began)
        elif sum(life.sandbox.faults.met.values()) == before and report.fault.value in ("ours", "unavailable"):
            raise Violation(6, f"a refresh failed without any fault: {report.fault.value}, {report.error}")
        elif report.fault.value == "ours" and not any(one.fault in _OWN for one in calls):
            raise Violation(6, f"a fault of the calendar was taken for our own: {report.error}")
        row = life.rows("SELECT last_error, lease_id, next_refresh_at, connection FROM accounts WHERE id = :id",
                        {"id": account})[0]  # fmt: skip
        if row[0] != (report.fault.value if report.fault else None):
            raise Violation(6, f"the refresh ended with {report.fault}, and the page says {row[0]}")
        if row[1] is not None:
            raise Violation(6, "the lease was not given back")
        if row[3] == "connected" and row[2] is None:
            raise Violation(4, "nobody will ever look at this account again")
        return report

    def _meets(self, calls: list[Any]) -> None:
        for call in calls:
            if call.fault:
                name = call.name
                if name == "events.list" and self._full(call):
                    name = "events.list full"
                for fault, (sandbox, when) in FAULTS.items():
                    if sandbox == call.fault and (call.name, call.fault, when) in self.life.sandbox.faults.met:
                        self.counts.cells[fault, name] += 1

    def _full(self, call: Any) -> bool:
        return False

    def _shows(self, email: str, code: str) -> None:
        """Invariant 6: one plain message of this fault."""
        page = self.life.asks(email, "GET", "/api/today").json()
        banner = page["frame"]["banner"]
        if (banner or {}).get("code") != code:
            raise Violation(6, f"the page should say {code} and says {banner and banner['code']}")

    # -- judging

    def judge(self) -> None:
        self.oracle.check()
        if self.ear.leaks:
            raise Violation(8, f"a log line names somebody: {self.ear.leaks}")
        if self.life.boundary.commits != self._judged:
            self._judged = self.life.boundary.commits
            for email in self.users:
                self.memories[email].check()

    @contextmanager
    def _calm(self) -> Iterator[None]:
        self.life.sandbox.faults.clear()
        self.life.boundary.plans.clear()
        self.machine.clock.pass_(seconds=120)  # no lease of the dead outlives this
        yield

    def settles(self) -> None:
        """Invariants 4 and 1: no faults any more. Within three refreshes all agrees; then nothing is written."""
        with self._calm():
            for email in self.users:
                self._settle(email)
        self.tell("all is settled")

    def _settle(self, email: str) -> None:
        if not self._connected(email):
            self._connects(email)
        for tries in range(1, 4):
            writes = self.oracle.writes
            report = self._runs(email)
            if report is None or report.fault is not None or not report.ran:
                raise Violation(4, f"without any fault a refresh ended with {_ended(report)}")
            self.oracle.check()
            differs = self._differs(email)
            if not differs and (self.oracle.writes == writes or tries == 3):
                self.counts.until_agreed[tries] += 1
                break
        else:
            raise Violation(4, f"after 3 refreshes the mirror still differs: {differs}")
        with self.life.services.db.engine.begin() as connection:  # plan again, whether anything changed or not
            connection.exec_driver_sql("UPDATE accounts SET plan_due = 1")
        writes = self.oracle.writes
        self._runs(email)
        if self.oracle.writes != writes:
            raise Violation(4, "all agreed, and the next refresh wrote again")
        self.memories[email].check_settled()
        self._exactly_one(email)

    def _differs(self, email: str) -> str:
        """Where the mirror is not the calendar."""
        account, store = self.life.ids[email], self.life.store(email)
        mirror = {
            row[0]: row[1:]
            for row in self.life.rows(
                "SELECT id, etag, cancelled, ends_at FROM events WHERE account_id = :id", {"id": account}
            )
        }
        since = _stamp(self.life.now - timedelta(days=700))
        for event_id, row in store.rows.items():
            known = mirror.pop(event_id, None)
            if row.cancelled:
                if known is not None and not known[1]:
                    return f"{event_id[:12]} is cancelled, the mirror has it live"
            elif known is None or known[1] or known[0] != row.resource["etag"]:
                return f"{event_id[:12]} is live at {row.resource['etag']}, the mirror has {known}"
        stray = [one for one, (_, cancelled, ends) in mirror.items() if not cancelled and (ends or "9") > since]
        return f"the mirror has {stray}, the calendar has not" if stray else ""

    def _exactly_one(self, email: str) -> None:
        """Every week of the horizon has its block, or a reason why not."""
        memory, diary = self.memories[email], self.oracle.diaries[email]
        if ("paused",) in memory.facts:
            return
        (outlook,) = self.life.rows(
            "SELECT json_array_length(outlook, '$.unplaced') FROM accounts WHERE id = :id", {"id": self.life.ids[email]}
        )[0]
        missing = []
        local = self.life.now.astimezone(self.life.store(email).home.zone).date()
        monday = local - timedelta(days=local.weekday())
        for key, (active, _) in ((key, value) for key, value in memory.facts.items() if key[0] == "rule"):
            for week in (1, 2, 3) if active else ():
                year, number, _ = (monday + timedelta(weeks=week)).isocalendar()
                occurrence = f"{key[1]}/{year}W{number:02d}.1"
                known = [one for one in diary.seen.values() if one.occurrence == occurrence]
                if diary.live(occurrence) or occurrence in diary.refused or occurrence in diary.moot:
                    continue
                if not any(one.theirs for one in known):
                    missing.append(occurrence)
        if len(missing) > (outlook or 0):
            raise Violation(1, f"{missing} are neither in the calendar nor said to have found no place")


_OWN = frozenset({"badRequest", "timeRangeEmpty", "invalid_client"}) | {
    "duplicate", "conditionNotMet", "fullSyncRequired", "updatedMinTooLongAgo", "deleted"
}  # fmt: skip
"""What Google says when we have asked wrongly, and what makes no sense as an answer to a list."""


def _ended(report: Report | None) -> str:
    if report is None:
        return "killed"
    if not report.ran:
        return "not run"
    if report.fault is not None:
        return f"{report.fault.value}"
    if report.error:
        return "lease lost"
    return f"ok, {sum(type(one).__name__ != 'Keep' for one in report.changes)} changes"


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


STEPS: dict[Callable[[Simulation], None], int] = {
    Simulation._minutes_pass: 18,
    Simulation._hours_pass: 8,
    Simulation._days_pass: 3,
    Simulation._hand_acts: 24,
    Simulation._page_is_used: 16,
    Simulation._fault_strikes: 12,
    Simulation._is_killed: 4,
    Simulation._is_killed_while_acting: 2,
    Simulation._somebody_comes_between: 6,
    Simulation._comes_down: 1,
    Simulation._grant_is_lost: 1,
    Simulation._is_backed_up: 1,
    Simulation._is_restored: 1,
    Simulation._settles_now: 3,
}


def simulate(machine: Machine, seed: int, steps: int) -> Simulation:
    """Raises Fallen."""
    with machine.life(seed) as life:
        simulation = Simulation(machine, life, seed)
        simulation.run(steps)
        return simulation
