"""One life, step by step: time passes, people act, the service runs, things break."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from tests.simulation.around import Around
from tests.simulation.boundary import Killed, Plan
from tests.simulation.core import Counts as Counts
from tests.simulation.core import Fallen as Fallen
from tests.simulation.core import ended
from tests.simulation.faults import CELLS, FAULTS, PUSHING
from tests.simulation.machine import Life, Machine
from tests.simulation.oracle import Violation
from tests.simulation.places import OLGA
from tests.simulation.tally import stamp


class Simulation(Around):
    """One seed. `run` takes the steps and raises Fallen."""

    def __init__(self, machine: Machine, life: Life, seed: int) -> None:
        super().__init__(machine, life, seed)
        self._cells = [cell for cell in CELLS if life.is_told or cell[1] not in PUSHING]
        Random(f"cells/{seed}").shuffle(self._cells)

    def _step(self) -> None:
        kind = self.dice.choices(list(STEPS), list(STEPS.values()))[0]
        self._kind = kind.__name__.strip("_").replace("_", " ")
        self.counts.kinds[self._kind] += 1
        kind(self)
        self.pushes_arrive()

    # -- steps

    def _minutes_pass(self) -> None:
        self._wheel(timedelta(minutes=self.dice.choice((1, 5, 15, 16, 30, 60))))

    def _hours_pass(self) -> None:
        self._wheel(timedelta(hours=self.dice.choice((2, 4, 8, 16))), hops=1)

    def _days_pass(self) -> None:
        self._wheel(timedelta(days=self.dice.choice((1, 1, 2, 3, 6))), hops=0)

    def _weeks_pass(self) -> None:
        """A summer in which nobody does anything, and after which nobody is signed in any more."""
        for _ in range(self.dice.choice((3, 6, 9))):
            self._wheel(timedelta(weeks=1), hops=0)
        for email in self.users:
            if self._connected(email):
                self._connects(email)

    def _wheel(self, length: timedelta, *, hops: int = 2) -> None:
        """Time passes, and whoever is due by then is refreshed, as the engine does it; a machine that sleeps through
        most of it catches up at the end."""
        begins = self.life.now
        until = begins + length
        for _ in range(hops):
            due = self._next_due()
            if due is None or due > until:
                break
            self.machine.clock.now = max(self.life.now, due)
            self._refresh_due()
        self._seasons(begins, until)
        self.machine.clock.now = max(until, self.life.now)
        self._late_ones_arrive()
        self.tell(f"{length} have passed")
        self._refresh_due()

    def _seasons(self, since: datetime, until: datetime) -> None:
        zone = self.life.store(OLGA).home.zone
        before, after = since.astimezone(zone), until.astimezone(zone)
        self.counts.around["summer time begins or ends"] += before.utcoffset() != after.utcoffset()
        days = {(before + timedelta(days=one)).date() for one in range((after.date() - before.date()).days + 1)}
        self.counts.around["leap day"] += any((day.month, day.day) == (2, 29) for day in days - {before.date()})

    def _refresh_due(self) -> None:
        for email in self.users:
            found = self.life.rows(
                "SELECT 1 FROM accounts WHERE id = :id AND connection = 'connected' AND next_refresh_at <= :now",
                {"id": self.life.ids[email], "now": stamp(self.life.now)},
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
        """A fault at a call that is made to come, and now and then another one at any call. Which is next: each cell of
        the matrix in turn, in an order of this life's own; one that was missed comes again at the end."""
        email = self._user()
        if not self._connected(email):
            self._connects(email)
        cell = self._cells.pop(0)
        fault, call = cell
        self._prepares(email, call)
        before = self.counts.cells[cell]
        full = call == "events.list full" and self._has_token(email)
        often = call in ("events.insert", "events.patch", "events.delete", "events.list")
        self._add_fault(fault, call, skip=self.dice.choice((0, 0, 0, 1)) * often + full)
        told = [f"{fault} at {call}"]
        if self.dice.random() < 0.3:
            other = self.dice.choice(self._cells)
            self._add_fault(*other, skip=self.dice.choice((0, 1, 2)))
            told.append(" at ".join(other))
        if call == "token":
            self.life.sandbox.grants.expire_access_tokens()
        if full:
            self.life.store(email).expire_sync_tokens()
        self.tell(f"{' and '.join(told)} for {email[:4]}")
        self._provoke(email, call)
        self.refresh(email)
        self.life.sandbox.faults.clear()
        missed = self.counts.cells[cell] == before
        self._cells.insert(len(self._cells) - (MISSED_WAIT if missed else 0), cell)

    def _add_fault(self, fault: str, call: str, *, skip: int) -> None:
        name, when = FAULTS[fault]
        times = self.dice.choice((1, 1, 2, 3, 6, 200))
        self.life.sandbox.faults.add(call.partition(" ")[0], name, when=when, times=times, skip=skip, seconds=0)

    def _prepares(self, email: str, call: str) -> None:
        """So that there is something for that call to be made for."""
        pages, told = self.pages[email], ""
        match call:
            case "events.insert" if not pages.off():
                told = pages.switches_a_rule(on=False)
            case "events.patch" | "events.get" | "events.delete" if pages.off():
                told = pages.resumes() or pages.switches_a_rule(on=True)
            case "channels.stop" if not self._heard_of(email):
                told = "will be told of changes"
            case _ if not pages.welcomed():
                told = pages.saves_welcome()
        if told:
            self.tell(f"{email[:4]} {told}")
            self.refresh(email)
        if call in PUSHING:
            self._connects(email)  # from then on nobody knows what became of the old channel

    def _has_token(self, email: str) -> bool:
        rows = self.life.rows("SELECT sync_token FROM accounts WHERE id = :id", {"id": self.life.ids[email]})
        return bool(rows[0][0])

    def _provoke(self, email: str, call: str) -> None:
        """Do what makes the service call there."""
        pages = self.pages[email]
        told = ""
        match call:
            case "events.insert":
                told = pages.switches_a_rule(on=True) or pages.resumes() or pages.saves_welcome() or pages.adds_a_rule()
            case "events.patch":
                told = pages.colours_a_rule()
            case "events.delete":
                told = pages.switches_a_rule(on=False)
            case "events.get":
                self.life.sandbox.faults.add("events.patch", "conditionNotMet")
                told = pages.colours_a_rule()
            case "events.watch" | "channels.stop":
                pass  # due since they connected again
            case _:
                self._poke(email)
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
            what.append(f"a second refresh runs: {ended(report)}")
            if report is not None and report.ran and lease_stands():
                self.oracle.falls(9, "two refreshes of one account ran at once")

        def lease_stands() -> bool:
            rows = self.life.rows("SELECT lease_until FROM accounts WHERE id = :id", {"id": self.life.ids[email]})
            return act is second and plan.happened != "after commit" and rows is not None

        def takes_over() -> None:
            self.machine.clock.pass_(seconds=100)
            report = self._runs(email)
            what.append(f"another refresh takes over: {ended(report)}")
            overtaken.append(report is not None and report.ran)

        def expires() -> None:
            self.life.sandbox.grants.expire_access_tokens()
            what.append("the access token expires")

        def slow() -> None:
            self.machine.clock.pass_(seconds=40)
            what.append("40 s pass")

        overtaken: list[bool] = []
        act = self.dice.choice((edits, edits, edits, presses, second, takes_over, expires, slow))
        # Not before a commit: until then the database is the service's alone.
        kind, when = self.dice.choice((("call", "before"), ("call", "after"), ("commit", "after")))
        plan = Plan(act, kind=kind, when=when, skip=self.dice.choice((0, 0, 1, 2, 3, 5)))
        self.life.boundary.plans.append(plan)
        began = stamp(self.life.service_now)
        report = self.refresh(email, between=what)
        self.life.boundary.plans.clear()
        if any(overtaken) and plan.happened.startswith("before events") and ended(report).startswith("ok"):
            raise Violation(9, "a refresh went on after another one had taken over")
        if act is presses and any(what) and report is not None and report.ran:
            self._is_due(email, began)
        if plan.happened:
            self.counts.edges[f"{act.__name__} {plan.happened}"] += 1
            if act.__name__ in BETWEEN_NAMES:
                self.counts.around[BETWEEN_NAMES[act.__name__]] += 1

    def _is_due(self, email: str, began: str) -> None:
        """What was asked for while a refresh ran, which `began` then, is not forgotten at its end."""
        due, connection, asked = self.life.rows(
            "SELECT next_refresh_at, connection, requested_at FROM accounts WHERE id = :id",
            {"id": self.life.ids[email]},
        )[0]
        now = stamp(self.life.service_now)
        if connection == "connected" and asked is not None and asked > began and (due is None or due > now):
            raise Violation(4, f"what was asked for while a refresh ran waits until {due}")

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
        self.counts.around["permission taken back" if how == "revoked" else "scope withdrawn"] += 1
        self.tell(f"the permission is {how}")
        self.grant_stands = False
        for email in users:
            report = self.refresh(email)
            if report is not None and report.ran:
                self._shows(email, MESSAGES[how])
        for email in self.users:
            self._connects(email)
        self.grant_stands = True
        for email in self.users:
            self.refresh(email)

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
            memory.back(facts[email], at)
            self.pages[email].undo_keys.clear()
            self.oracle.diaries[email].is_forgotten(self.life.store(email))
        self.backup = None
        self._judged = -1
        self.counts.around["database of yesterday put back"] += 1
        self.tell(f"the database of {at:%d %b %H:%M} is put back")
        for email in self.users:
            self.life.connect(email)

    def _kept(self) -> Path:
        return self.machine.folder / "backup.db"

    def _settles_now(self) -> None:
        self.settles()


MESSAGES = {"revoked": ("sign_in_lost", "testing_ended"), "withdrawn": ("permission_missing",)}
"""What the page must say. Nobody can tell a grant that was taken back in its first days from one that ran out."""

MISSED_WAIT = 12
"""So many of those that were met wait behind one that was missed."""

BETWEEN_NAMES = {
    "edits": "edited between our read and our write",
    "second": "two schedulers at once",
    "takes_over": "lease taken over",
    "expires": "token expired mid-page",
}

STEPS: dict[Callable[[Simulation], None], float] = {
    Simulation._minutes_pass: 18,
    Simulation._hours_pass: 8,
    Simulation._days_pass: 3,
    Simulation._weeks_pass: 0.2,
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
    Simulation._push_goes_wrong: 3,
    Simulation._database_fails: 1,
    Simulation._clock_is_wrong: 1,
    Simulation._key_is_wrong: 0.2,
    Simulation._days_are_counted: 1,
}


def simulate(machine: Machine, seed: int, steps: int) -> Simulation:
    """Raises Fallen."""
    with machine.life(seed) as life:
        simulation = Simulation(machine, life, seed)
        simulation.run(steps)
        return simulation
