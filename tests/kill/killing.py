"""One set-up whose service is killed so and so many times: where, and what is looked at after each."""

from __future__ import annotations

import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from tests.kill.service import Service, installed
from tests.kill.users import Users
from tests.running import wait_until
from tests.simulation.oracle import Violation
from tests.simulation.places import NILS, OLGA, world
from tests.simulation.tally import Tally, differs, tally

EDGES = ("events.list", "events.insert", "events.patch", "events.delete", "events.get", "token")
"""The calls of the calendar before, in, and right after which the service is killed."""
WHEN = ("before", "done", "answered")
"""The call is on its way and nothing is done; it is done and the answer is on its way; the answer has just come, and
what follows from it is being stored."""
MOST = 4.0
"""Seconds in which what was asked for will have reached the calendar, for the wheel turns every two. Where it has not,
there was nothing to do, and the kill counts as one at a random moment."""
SURELY = 180.0
"""Seconds in which even a busy machine comes so far."""


@dataclass
class Counts:
    """`kills` by place; `waits` in seconds, from the start until the service answered."""

    kills: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    agreed: int = 0

    def add(self, other: Counts) -> None:
        self.kills.update(other.kills)
        self.done.update(other.done)
        self.waits += other.waits
        self.tally.add(other.tally)
        self.agreed += other.agreed

    def at_edges(self) -> int:
        return sum(number for place, number in self.kills.items() if place.startswith(WHEN))

    def __str__(self) -> str:
        """The last line of `make kill`."""
        total, made = self.kills.total(), self.tally
        return (
            f"{total} kills survived, {self.at_edges()} of them at effect boundaries and {total - self.at_edges()} at "
            f"random moments; {self.done['answered']} answered, {self.done['not answered']} unanswered presses and "
            f"{self.done['edits in calendars']} edits in calendars; {made.blocks} blocks, {made.duplicates} twice, "
            f"{made.edits} edits looked at in the end, {made.lost} lost; {self.agreed} calendars agree; "
            f"up again within {max(self.waits):.1f} s"
        )


class Killing:
    """`kills` of one set-up, those in the first read and in the first writes included."""

    def __init__(self, service: Service, seed: int) -> None:
        self.service, self._dice = service, Random(f"kill/{seed}")
        self.users = Users(service, self._dice)
        self.counts = Counts(done=self.users.done)

    def run(self, kills: int) -> Counts:
        """The first user is killed in the first read and in the first writes; the second joins in peace."""
        presses = self.users.presses[OLGA]
        self._up()
        self._kills("events.list", "before", lambda: self.service.joins(OLGA, presses.client), seconds=SURELY)
        for when in ("done", "answered"):  # in a later page of a first read that begins as soon as it has come up
            self._kills("events.list", when, lambda: self.service.start(ready=False), skip=1, seconds=SURELY)
        self._up()
        self._kills(
            "events.insert", self._dice.choice(WHEN), lambda: self.service.saves(presses.client), seconds=SURELY
        )
        self._up()
        self.service.joins(NILS, self.users.presses[NILS].client)
        self.service.saves(self.users.presses[NILS].client)
        for email, diary in self.users.oracle.diaries.items():
            wait_until(lambda diary=diary: diary.seen, f"blocks of {email} are booked", seconds=SURELY)  # type: ignore[misc]  # bound now
            self.users.begins(email)
        self._dies("at work")
        while self.counts.kills.total() < kills:
            self._one()
        self._agrees()
        return self.counts

    # -- one kill

    def _up(self) -> None:
        self.service.sandbox.faults.clear()
        began = time.monotonic()
        self.service.start()
        self.counts.waits.append(time.monotonic() - began)
        self.users.judge()

    def _one(self) -> None:
        if self._dice.random() < 0.1:  # before it has come up
            with self.users.at_work():
                self.service.start(ready=False)
                self._dies_within(1.5, "coming up")
            return
        self._up()
        if self._dice.random() < 0.25:
            with self.users.at_work():
                self._dies_within(1.0, "at work")
        else:
            self._at_an_edge()

    def _dies_within(self, seconds: float, what: str) -> None:
        time.sleep(self._dice.uniform(0, seconds))
        self._dies(what)

    def _dies(self, where: str) -> None:
        self.service.kill()
        self.counts.kills[where] += 1

    def _at_an_edge(self) -> None:
        email = self._dice.choice((OLGA, NILS))
        presses = self.users.presses[email]
        _, on, _ = presses.rule()
        at = self._dice.choice(EDGES) if on else "events.insert"
        faults = self.service.sandbox.faults

        def provoke() -> None:
            match at:
                case "events.insert" if on:
                    # What was taken away is made again.
                    presses.switches(on=False)
                    self._waits(lambda: not self._live(email))  # one that has begun stays
                    presses.switches(on=True)
                case "events.insert":
                    presses.switches(on=True)
                case "events.delete":
                    presses.switches(on=False)
                case "events.patch":
                    presses.colours()
                case "events.get":
                    faults.add("events.patch", "conditionNotMet")
                    presses.colours()
                case "token":
                    self.service.sandbox.grants.expire_access_tokens()
                    presses.asks_for_a_refresh()
                case _:
                    presses.asks_for_a_refresh()

        with self.users.at_work():
            self._kills(at, self._dice.choice(WHEN), provoke, skip=self._dice.choice((0, 0, 1)))

    def _live(self, email: str) -> bool:
        diary, rows = self.users.oracle.diaries[email], self.service.store(email).rows
        return any(not seen.theirs and not rows[one].cancelled for one, seen in diary.seen.items() if not seen.gone)

    def _kills(self, at: str, when: str, act: Callable[[], object], *, skip: int = 0, seconds: float = MOST) -> None:
        """Set it going, let `skip` calls pass, and kill at the next; where none comes any more, kill all the same."""
        faults, calls = self.service.sandbox.faults, self.service.sandbox.calls
        fault, side = ("slow", "after") if when == "done" else ("timeout", "before")
        met, made = faults.met[at, fault, side], calls.count(at)
        faults.clear()  # of two that fit a call the one that was there first happens
        if when != "answered":
            faults.add(at, fault, when=side, skip=skip, seconds=1.5)
        faults.add("events.list", "short-page", times=40)
        act()

        def there() -> bool:
            return calls.count(at) > made + skip if when == "answered" else faults.met[at, fault, side] > met

        hit = self._waits(there, seconds)
        if when == "answered":
            time.sleep(self._dice.uniform(0, 0.015))
        self._dies(f"{when} {at}" if hit else "after it had settled")

    def _waits(self, there: Callable[[], bool], seconds: float = MOST) -> bool:
        until = time.monotonic() + seconds
        while not there() and time.monotonic() < until:
            time.sleep(0.002)
        return there()

    # -- the end

    def _agrees(self) -> None:
        """No kills any more. Within three refreshes all agrees, and then nothing is written."""
        self._up()
        for email, presses in self.users.presses.items():
            if not presses.rule()[1]:
                presses.switches(on=True)
            for _ in range(3):
                began = datetime.now(UTC)
                (look,) = self.service.command("refresh", "--account", email, "--json")
                assert look["error"] is None, look
                self.users.memories[email].read_all(began, stale=False)
                differing = differs(self.service, email)
                if not differing:
                    break
            else:
                raise Violation(4, f"after 3 refreshes the mirror still differs: {differing}")
            (look,) = self.service.command("refresh", "--account", email, "--dry-run", "--json")
            if look["changes"] or look["full_sync"]:
                raise Violation(4, f"all agreed, and there is still something to do: {look}")
        self.users.judge()
        for memory in self.users.memories.values():
            memory.check_settled()
            self.counts.tally.add(tally(self.users.oracle, memory))
            self.counts.agreed += 1
        assert self.service.broke() == []
        if self.counts.tally.duplicates or self.counts.tally.lost:
            raise Violation(2, f"in the end: {self.counts.tally}")


def killed(seed: int, kills: int) -> Counts:
    """One set-up, begun and ended. Raises Violation, AssertionError."""
    with tempfile.TemporaryDirectory(prefix="greenblock-kill-") as name:
        now = datetime.now(UTC)
        made = world(Random(f"world/{seed}"), now, ZoneInfo("Europe/Berlin"))
        with installed(Path(name), made) as service:
            killing = Killing(service, seed)
            try:
                return killing.run(kills)
            finally:
                killing.users.close()


def tried(seed: int, kills: int) -> tuple[Counts, str]:
    """The counts, or what was lost, in words."""
    try:
        return killed(seed, kills), ""
    except Exception:  # whatever it is, it is told with the one command that repeats it
        return Counts(), traceback.format_exc()
