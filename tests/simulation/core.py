"""How a life runs, how the service is refreshed in it, and how all is judged after every step."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from app.services.run import Report
from integrations.sandbox.calls import Call
from tests.simulation.acts import Pages
from tests.simulation.boundary import Killed
from tests.simulation.ear import Ear
from tests.simulation.faults import FAULTS, HANDS
from tests.simulation.hand import Hand
from tests.simulation.machine import Life, Machine
from tests.simulation.memory import Facts, Memory
from tests.simulation.mind import mistaken
from tests.simulation.oracle import Oracle, Violation
from tests.simulation.places import NILS, OLGA, PEOPLE
from tests.simulation.tally import Tally, differs, tally

MOST_CALLS = 60
"""Calls of one refresh of so small a calendar, the pages of a list apart, of which there may be one an entry: a retry
without end would need more."""

_STEPS_A_LOOK = 10
"""Between two looks into what the process has in mind: each reads everything once more."""


@dataclass
class Counts:
    """What a run met; counts of several runs add up."""

    steps: int = 0
    refreshes: Counter[str] = field(default_factory=Counter)  # "ok", or the fault it ended with
    cells: Counter[tuple[str, str]] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)  # of steps
    outcomes: Counter[tuple[str, bool]] = field(default_factory=Counter)  # of refreshes, by step: whether it went well
    after: Counter[tuple[str, bool]] = field(default_factory=Counter)  # of refreshes, by fault that they met
    around: Counter[str] = field(default_factory=Counter)  # what went wrong around the calls
    edges: Counter[str] = field(default_factory=Counter)  # where the process was killed or somebody came between
    until_agreed: Counter[int] = field(default_factory=Counter)
    quiet_day: Counter[int] = field(default_factory=Counter)  # API calls in a day with nothing going on
    busy_day: Counter[int] = field(default_factory=Counter)
    tally: Tally = field(default_factory=Tally)  # whenever all has settled

    def add(self, other: Counts) -> None:
        self.steps += other.steps
        self.tally.add(other.tally)
        for name, mine in vars(self).items():
            if isinstance(mine, Counter):
                mine.update(getattr(other, name))


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


class Core:
    """One seed: how it runs and is judged. What its steps are, `simulation` says."""

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
        self.grant_stands = self.database_stands = True
        self._judged = -1
        self._calls = 0  # of the calendar API, since somebody asked
        self._kind = ""  # of the step under way
        self._late: list[dict[str, str]] = []  # pushes that are on their way for long
        self._stormed = self._counted = False

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
                self._sums_up()
        except (Exception, Killed) as error:
            violation = self.oracle.fallen[0] if self.oracle.fallen else error
            raise Fallen(self.seed, self.counts.steps, violation, self.told) from error
        return self.counts

    def _sums_up(self) -> None:
        for email in self.users:
            for done in (self.hands[email].done, self.pages[email].done):
                for method, number in done.items():
                    if method in HANDS:
                        self.counts.around[HANDS[method]] += number

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
        raise NotImplementedError

    def _user(self) -> str:
        """Whose turn it is. Who has lost the connection will mostly have seen it by now."""
        email = self.users[-1] if len(self.users) > 1 and self.dice.random() < 0.3 else OLGA
        if self.dice.random() < 0.5 and not self._connected(email):
            self._connects(email)
        return email

    # -- what steps are made of

    def _next_due(self) -> datetime | None:
        rows = self.life.rows(
            "SELECT min(next_refresh_at) FROM accounts WHERE connection = 'connected' AND id IN (1, :last)",
            {"last": len(self.users)},
        )
        return datetime.fromisoformat(f"{rows[0][0]}+00:00") if rows[0][0] else None

    def _poke(self, email: str) -> None:
        """Give the next refresh something to write, now and then, so that faults find calls to strike."""
        if self.dice.random() < 0.6:
            told = self.dice.choice((self.hands[email].acts, self.pages[email].changes_a_rule))()
            if told:
                self.tell(f"{email[:4]} {told}")

    def _connected(self, email: str) -> bool:
        rows = self.life.rows("SELECT connection FROM accounts WHERE id = :id", {"id": self.life.ids[email]})
        return bool(rows[0][0] == "connected")

    def _connects(self, email: str) -> None:
        self.life.connect(email)
        self.tell(f"{email[:4]} connects again")

    # -- refreshing

    def refresh(self, email: str, *, between: list[str] | None = None) -> Report | None:
        report = self._runs(email)
        more = f", while {'; '.join(filter(None, between))}" if between and any(between) else ""
        self.tell(f"refresh of {email[:4]}: {ended(report)}{more}")
        if report is None:
            self._rises()
        return report

    def _runs(self, email: str) -> Report | None:
        """None where it was killed."""
        life, account = self.life, self.life.ids[email]
        began = life.now
        before = life.sandbox.faults.met.copy()
        full = not life.rows("SELECT sync_token FROM accounts WHERE id = :id", {"id": account})[0][0]
        life.sandbox.calls.clear()
        try:
            report = life.services.refresh(account)
        except Killed:
            self.counts.refreshes["killed"] += 1
            return None
        calls = life.sandbox.calls.all()
        met = life.sandbox.faults.met - before
        self._meets(calls, met, full=full)
        self._calls += sum("." in call.name for call in calls)
        well = report.ran and report.fault is None and not report.error
        self.counts.outcomes[self._kind, well] += 1
        for fault in {one for one, made in FAULTS.items() for _, *how in met if made == tuple(how)}:
            self.counts.after[fault, well] += 1
        pages = min(sum(call.name == "events.list" for call in calls), len(life.store(email).rows))
        if len(calls) - pages > MOST_CALLS:
            raise Violation(9, f"one refresh made {len(calls)} calls")
        self.counts.refreshes[ended(report).partition(",")[0]] += 1
        if not report.ran or report.error.startswith("Another run") or not self.database_stands:
            return report
        if report.fault is None:
            self.memories[email].read_all(began, stale=any(kind == "stale-list" for _, kind, _ in met))
        elif not met and self.grant_stands:
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

    def _meets(self, calls: Sequence[Call], met: Counter[tuple[str, str, str]], *, full: bool) -> None:
        """Into the matrix. A read begins in full where there is no token, and goes on in full where it was refused."""
        in_full: Counter[str] = Counter()
        for call in calls:
            if call.name == "events.list":
                in_full[call.fault] += full
                full = full or call.status == 410
        for (name, sandbox, when), number in met.items():
            times = number
            fault = next((one for one, made in FAULTS.items() if made == (sandbox, when)), None)
            if fault is None:
                continue
            if name == "events.list":
                self.counts.cells[fault, "events.list full"] += min(times, in_full[sandbox])
                times = max(0, times - in_full[sandbox])
            self.counts.cells[fault, name] += times

    def _shows(self, email: str, codes: Collection[str]) -> None:
        """Invariant 6: one plain message of this fault."""
        code = self._banner(email)
        if code not in codes:
            raise Violation(6, f"the page should say {' or '.join(codes)} and says {code or 'nothing'}")

    def _banner(self, email: str) -> str:
        """The code of what the page says; "" where it says nothing."""
        answer = self.life.asks(email, "GET", "/api/today")
        if answer.status_code != 200:
            raise Violation(6, f"today's page answered {answer.status_code}")
        code: str = (answer.json()["frame"]["banner"] or {}).get("code", "")
        return code

    # -- judging

    def judge(self) -> None:
        self.oracle.check()
        if self.ear.leaks:
            raise Violation(8, f"a log line names somebody: {self.ear.leaks}")
        if self.life.boundary.commits != self._judged:
            self._judged = self.life.boundary.commits
            for email in self.users:
                self.memories[email].check()
                if self.counts.steps % _STEPS_A_LOOK == 0 and (mistake := mistaken(self.life, email)):
                    raise Violation(4, f"what the process has in mind is not what is there: {mistake}")

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
                raise Violation(4, f"without any fault a refresh ended with {ended(report)}")
            self.oracle.check()
            differing = differs(self.life, email)
            if not differing and (self.oracle.writes == writes or tries == 3):
                self.counts.until_agreed[tries] += 1
                break
        else:
            raise Violation(4, f"after 3 refreshes the mirror still differs: {differing}")
        with self.life.services.db.engine.begin() as connection:  # plan again, whether anything changed or not
            connection.exec_driver_sql("UPDATE accounts SET plan_due = 1")
        writes = self.oracle.writes
        self._runs(email)
        if self.oracle.writes != writes:
            raise Violation(4, f"all agreed, and the next refresh wrote again: {self.oracle.last}")
        self.memories[email].check_settled()
        found = tally(self.oracle, self.memories[email])
        self.counts.tally.add(found)
        if found.duplicates:
            raise Violation(1, f"{found.duplicates} blocks are there twice")
        if found.lost:
            raise Violation(2, f"{found.lost} of {found.edits} edits are not there any more: {found.gone}")
        self._meetings_count(email)
        self._exactly_one(email)

    def _meetings_count(self, email: str) -> None:
        """Invariant 3: the last day with somebody is one on which the calendar shows or showed a meeting with them, or
        one that the user told of; and no day on which it still shows one is missing."""
        zone = self.life.store(email).home.zone
        memory = self.memories[email]
        last = {
            name: (on, ("kind", contact) in memory.facts)
            for contact, name, on in memory.rows(
                "SELECT id, name, json_extract(facts, '$.last_on') FROM contacts WHERE account_id = :account"
            )
        }
        told: dict[str, set[str]] = {}
        for name, on in memory.rows(
            'SELECT c.name, t."on" FROM touches t JOIN contacts c ON c.id = t.contact_id WHERE t.account_id = :account'
        ):
            told.setdefault(name, set()).add(on)
        for name in PEOPLE[email]:
            sure, possible = self.oracle.diaries[email].held(
                self.life.store(email), name, zone, self.life.now, memory.reads
            )
            days = {start.date().isoformat() for start in sure}
            on, known = last.get(name, (None, False))
            # A stranger met in the evening only is nobody's client; after a journey all of home may look like that.
            counts = known or not all(start.hour >= 18 or start.isoweekday() > 5 for start in sure)
            if name in last and days and counts and (on or "") < max(days):
                raise Violation(3, f"the meeting with {name} on {max(days)} is lost: the last is said to be {on}")
            days |= {start.date().isoformat() for start in possible} | told.get(name, set())
            if on and on not in days:
                raise Violation(3, f"nobody met {name} on {on}")

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


def ended(report: Report | None) -> str:
    if report is None:
        return "killed"
    if not report.ran:
        return "not run"
    if report.fault is not None:
        return f"{report.fault.value}"
    if report.error:
        return "lease lost"
    return f"ok, {sum(type(one).__name__ != 'Keep' for one in report.changes)} changes"
