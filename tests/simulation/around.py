"""What goes wrong around the calls: pushes, the database, the clock, the key; and what must come of each."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

from pydantic import SecretStr
from sqlalchemy import event

from app.chance import system_chance
from app.db.trouble import Unwritable
from app.keys import Keys, WrongKey
from app.services.watch import GAP
from app.wiring import build
from tests.simulation.acts import Unanswered
from tests.simulation.core import Core
from tests.simulation.oracle import Violation
from tests.simulation.tally import stamp

STORM = 1000


class Around(Core):
    """These steps of a life."""

    # -- pushes

    def pushes_arrive(self) -> None:
        """What the calendar tells while nothing is wrong arrives soon."""
        for headers in self.life.posts():
            self.life.is_heard(headers)

    def _push_goes_wrong(self) -> None:
        """A push that is lost, doubled, late or forged, and a thousand at once."""
        if not self.life.is_told:
            return
        email = self._user()
        what = self.dice.choice(("lost", "doubled", "late", "forged", "forged", "storm"))
        if what == "storm" and self._stormed:
            what = "late"
        if what in ("lost", "doubled"):
            self.life.sandbox.faults.add("push", f"push-{what}", times=3)
        told = self.hands[email].acts()
        self.life.sandbox.faults.clear()
        posts = self.life.posts()
        mine = [one for one in posts if one["X-Goog-Resource-ID"] in self._heard_of(email)]
        for headers in posts if what != "late" else ():
            self._posted(headers, 204)
        if what == "late":
            self._late += posts
        if what == "forged" and mine:
            self._forged(email, mine[-1])
        if what == "storm" and mine:
            self._storm(email, mine[-1])
        if told and (mine or what == "lost"):
            named = "a thousand pushes at once" if what == "storm" else f"push {what}"
            self.counts.around[named] += 1
            self.tell(f"{email[:4]} {told}: {named}")
        elif told:
            self.tell(f"{email[:4]} {told}")

    def _late_ones_arrive(self) -> None:
        late, self._late = self._late, []
        for headers in late:
            self.life.is_posted(headers)  # its channel may be gone by now

    def _heard_of(self, email: str) -> set[str]:
        return {one.resource_id for one in self.life.sandbox.push.channels() if one.owner == email}

    def _posted(self, headers: dict[str, str], status: int) -> None:
        answered = self.life.is_posted(headers)
        # A channel that the service has forgotten, in a database of yesterday or by an answer it never got.
        known = self.life.rows("SELECT resource_id FROM channels WHERE id = :id", {"id": headers["X-Goog-Channel-ID"]})
        if answered != (status if known else 404):
            raise Violation(6, f"a push was answered {answered}, and its channel is {'known' if known else 'unknown'}")

    def _forged(self, email: str, right: dict[str, str]) -> None:
        """Nothing but 404, and nobody is looked at sooner."""
        before = self._due_row(email)
        for name, value in (
            ("X-Goog-Channel-Token", "0" * 64),
            ("X-Goog-Channel-ID", "f" * 32),
            ("X-Goog-Resource-ID", "somewhere else"),
            ("X-Goog-Channel-Token", ""),
        ):
            forged = {**right, name: value}
            if name == "X-Goog-Resource-ID" and not self._resource_known(right):
                continue  # the answer that names it was lost, so there is nothing to hold it against
            answered = self.life.is_posted(forged)
            if answered != 404:
                raise Violation(5, f"a forged push ({name}) was answered {answered}")
        if self._due_row(email) != before:
            raise Violation(5, "a forged push has moved the next refresh")

    def _resource_known(self, headers: dict[str, str]) -> bool:
        rows = self.life.rows("SELECT resource_id FROM channels WHERE id = :id", {"id": headers["X-Goog-Channel-ID"]})
        return bool(rows and rows[0][0])

    def _due_row(self, email: str) -> tuple[Any, ...]:
        return self.life.rows(
            "SELECT next_refresh_at, pushed_at, requested_at FROM accounts WHERE id = :id",
            {"id": self.life.ids[email]},
        )[0]

    def _storm(self, email: str, headers: dict[str, str]) -> None:
        """A thousand bring at most two refreshes, the second after a while."""
        self._stormed = True
        for number in range(STORM):
            self.life.is_heard({**headers, "X-Goog-Message-Number": str(number)})
            if number == STORM // 2:
                self._refresh_if_due(email)
        before = self.counts.refreshes.total()
        self._refresh_if_due(email)
        self.machine.clock.pass_(seconds=GAP.total_seconds() - 1)
        self._refresh_if_due(email)
        if self.counts.refreshes.total() - before > 1:
            raise Violation(9, f"a thousand pushes brought more than two refreshes within {GAP}")

    def _refresh_if_due(self, email: str) -> None:
        """As the wheel does: nor while a lease is held, if only by a process that was killed."""
        if self.life.rows(
            "SELECT 1 FROM accounts WHERE id = :id AND connection = 'connected' AND next_refresh_at <= :now"
            " AND (lease_until IS NULL OR lease_until <= :now)",
            {"id": self.life.ids[email], "now": stamp(self.life.now)},
        ):
            self.refresh(email)

    # -- the database

    def _database_fails(self) -> None:
        """Full, or held by another program, while the user presses and the service refreshes; then not any more."""
        email = self._user()
        named, wrong = self.dice.choice((("disk full", self._full), ("database locked", self._locked)))
        self._poke(email)
        self._connected_and_due(email)
        self.database_stands = False
        with wrong():
            try:
                told = self.pages[email].acts()
            except (Unwritable, Unanswered) as refused:
                told = f"is refused: {type(refused).__name__}"
            report = self._runs(email)
            ended = "not at all" if report is None else report.fault.value if report.fault else "well"
            if report is not None and report.ran and report.fault is None:
                raise Violation(6, f"{named}, and a refresh went well")
            code = "database_full" if named == "disk full" else "database_locked"
            self._shows(email, (code,))
        self.database_stands = True
        self.counts.around[named] += 1
        self.tell(f"{named}: {email[:4]} {told}; a refresh ended with {ended}")
        self.refresh(email)
        self._says_no_more(email, code)

    def _connected_and_due(self, email: str) -> None:
        if not self._connected(email):
            self._connects(email)
        self.machine.clock.pass_(seconds=120)  # whoever was killed holds no lease any more

    @contextmanager
    def _full(self) -> Iterator[None]:
        engine = self.life.services.db.engine

        def refuse(cursor: Any, statement: str, *_: Any) -> None:
            if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
                error = sqlite3.OperationalError("database or disk is full")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error

        event.listen(engine, "do_execute", refuse)
        try:
            yield
        finally:
            event.remove(engine, "do_execute", refuse)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        engine = self.life.services.db.engine
        engine.dispose()

        def impatient(connection: Any, *_: Any) -> None:
            connection.execute("PRAGMA busy_timeout=1")

        event.listen(engine, "checkout", impatient)
        with closing(sqlite3.connect(self.machine.file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                event.remove(engine, "checkout", impatient)
                engine.dispose()  # the next connections are as patient as ever

    # -- the machine's clock and key

    def _clock_is_wrong(self) -> None:
        """Ten minutes fast or slow for two refreshes, then right again."""
        email = self._user()
        fast = self.dice.random() < 0.5
        self._connected_and_due(email)
        self._poke(email)
        self.machine.service_clock.wrong = timedelta(minutes=10 if fast else -10)
        named = f"clock 10 minutes {'fast' if fast else 'slow'}"
        self.tell(named)
        for _ in range(2):
            report = self.refresh(email)
            if report is not None and report.ran and report.fault is None:
                self._shows(email, ("clock_wrong",))
        self.machine.service_clock.wrong = timedelta()
        self.machine.clock.pass_(minutes=11)  # what was stored lies in the past again
        self.counts.around[named] += 1
        self.refresh(email)
        self._says_no_more(email, "clock_wrong")

    def _says_no_more(self, email: str, code: str) -> None:
        """Invariant 6: the message goes when the fault goes."""
        banner = self._banner(email)
        if banner == code:
            raise Violation(6, f"the page still says {code}")

    def _key_is_wrong(self) -> None:
        """A service with another key does not start, and touches nothing."""
        before = self.life.rows("SELECT key_check FROM installation")
        wrong = self.life.settings.model_copy(update={"secret_key": SecretStr(Keys.generate())})
        try:
            build(wrong, clock=self.machine.service_clock, chance=system_chance)
        except WrongKey:
            self.counts.around["wrong key"] += 1
        else:
            raise Violation(6, "a service with a wrong key has started")
        if self.life.rows("SELECT key_check FROM installation") != before:
            raise Violation(3, "a service with a wrong key has changed what is sealed")
        self.tell("the service does not start with another key")
        self.life.restart()

    # -- two days from beginning to end

    def _days_are_counted(self) -> None:
        """A day on which nobody does anything, and one on which somebody does something each hour: how often the
        calendar is asked. In every twentieth life, for each of these days is some seventy refreshes."""
        if self._counted or self.seed % 20 or self.counts.steps < 20:
            return
        self._counted = True
        with self._calm():
            for email in self.users:
                self._connected_and_due(email)
                self.refresh(email)
        self.counts.quiet_day[self._day(lambda: None)] += 1

        def busy() -> None:
            told = self.dice.choice((self.hands[self.users[0]].acts, self.pages[self.users[0]].acts))()
            if told:
                self.tell(told)

        self.counts.busy_day[self._day(busy)] += 1

    def _day(self, act: Callable[[], None]) -> int:
        """Requests to the calendar for the first user in 24 hours. `act` happens between every two of them."""
        calls = self._calls = 0
        for _ in range(24):
            until = self.life.now + timedelta(hours=1)
            act()
            while True:
                self.pushes_arrive()
                due = self._next_due()
                if due is None or due > until:
                    break
                self.machine.clock.now = max(self.life.now, due)
                for email in self.users:
                    self._refresh_if_due(email)
                    calls += self._calls if email == self.users[0] else 0
                    self._calls = 0
                self.judge()
            self.machine.clock.now = max(until, self.life.now)
        self.tell(f"a day has passed with {calls} requests")
        return calls
