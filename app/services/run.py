"""What a run does once it has its lease and its calendar: pull -> digest -> plan -> push, and again where the calendar
turned out to be other than the mirror said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.clock import Clock
from app.db import accounts, blocks, people
from app.db.accounts import Lease, LeaseLost
from app.db.engine import Database
from app.db.tables import AccountRow
from app.services import preferences
from app.services.digest import digest, is_due
from app.services.faults import CLOCK_ASTRAY, ClockAstray, Fault
from app.services.found import gone_in_doubt, lost_rows, ticked_but_not_listed
from app.services.links import Links
from app.services.lost import unplaced_words
from app.services.outlook import Outlook, meet, outlook
from app.services.pull import pull
from app.services.push import ask_who_took_away, push
from app.services.recent import Recollection
from app.services.retention import forget_daily
from app.services.state import State, counted, load_state
from app.services.store import outlook_values, store_facts, store_outlook, store_people
from integrations.calendar import Calendar
from scheduler.changes import Change, Keep
from scheduler.words import _

_ROUNDS = 4
"""How often a run plans again after the calendar turned out to be other than the mirror said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What one run did, or with `dry_run` would do. `fault` is None where all went well. `busy`: nothing
    was done, because another run is at work on the account or the project's allowance at Google is spent."""

    ran: bool
    busy: bool = False
    fresh: int = 0
    full: bool = False
    changes: tuple[Change, ...] = ()
    unplaced: tuple[str, ...] = field(default=())
    fault: Fault | None = None
    error: str = ""


@dataclass(kw_only=True, slots=True)
class Run:
    """One, of the account whose lease it has. `account` is the row as we know it by now; `recollection` what is in mind
    of its calendar."""

    db: Database
    clock: Clock
    calendar: Calendar
    account: AccountRow
    lease: Lease
    recollection: Recollection
    links: Links
    links_in_text: bool
    dry_run: bool

    def __call__(self, *, at: datetime | None, tell: Callable[[str], None] | None) -> tuple[Report, datetime | None]:
        """What was done, and when time alone changes something next."""
        self.recollection.begin(self.account)
        pulled = pull(
            self.calendar, self.account, self.lease, self._now_beside_the_calendars, self.recollection, tell=tell
        )
        now = at or self.clock()
        account = self.account = pulled.account
        if not self.dry_run and at is None:
            forget_daily(account, self.lease, now=now, served_at=self.calendar.served_at)
        self.recollection.begin(account)  # once more: what was forgotten is not as remembered
        today = now.astimezone(preferences.load(account.preferences).zone_for(account.calendar_zone)).date()
        if is_due(account, today):
            digest(account, self.lease, self.recollection, now=now, today=today)
            account.plan_due = True
        quiet = at is None and not account.plan_due and account.replan_at is not None and now < account.replan_at
        if quiet and not self.dry_run:
            return Report(ran=True, fresh=pulled.fresh, full=pulled.full), account.replan_at
        made, changes = self._plan_and_push(now)
        report = Report(
            ran=True,
            fresh=pulled.fresh,
            full=pulled.full,
            changes=tuple(changes),
            unplaced=unplaced_words(made.plan),
        )
        return report, made.replan_at

    def _now_beside_the_calendars(self) -> datetime:
        """Our time, held against what the calendar has just said of it."""
        now = self.clock()
        if self.calendar.served_at is not None and abs(now - self.calendar.served_at) > CLOCK_ASTRAY:
            raise ClockAstray(_("The clock of this service's machine is wrong. Set it, then try again."))
        return now

    def _plan_and_push(self, now: datetime) -> tuple[Outlook, list[Change]]:
        done: list[Change] = []
        for _round in range(_ROUNDS):
            state, made = self._look(now)
            if self.dry_run:
                return made, list(made.changes)
            rest, values = store_facts(self.lease, state, made), outlook_values(state, made)
            nothing_to_push = all(isinstance(change, Keep) for change in made.changes)
            with self.db.write() as session:
                people.write_facts(session, rest)
                store_outlook(session, self.account, state, made)
                self.lease.hold(session, **values, **(self._settle(session, state) if nothing_to_push else {}))
            if nothing_to_push:
                break
            settled = push(
                self.calendar, self.account, self.lease, made.changes, done, ticked=made.ticked, clock=self.clock
            )
            if settled:
                with self.db.write() as session:
                    self.lease.hold(session, **self._settle(session, state))
                break
            self.account = self._reread()
            if self.account.digest_due:  # a block has become a meeting of the user's own
                today = now.astimezone(state.zone).date()
                digest(self.account, self.lease, self.recollection, now=now, today=today)
        return made, done

    def _look(self, now: datetime) -> tuple[State, Outlook]:
        """Who is who, then what should be. New people and found blocks get rows in between: all is kept by row."""
        state = self._load(now)
        if ask_who_took_away(self.calendar, self.lease, gone_in_doubt(state)):
            state = self._load(now)
        seen, lost = meet(state, now=now), lost_rows(state)
        state = counted(state)
        self.recollection.let_go_of_much()
        if self.dry_run:
            for place, row in enumerate(lost, start=1):
                row.id = -place  # never stored, but told apart
            state = replace(state, blocks=(*state.blocks, *lost))
        else:
            state = store_people(self.lease, state, seen, now=now)
            if lost:
                with self.db.write() as session:
                    session.add_all(lost)
                    self.lease.hold(session)
                state = counted(self._load(now))
            state = self._list_the_ticked(state, now)
        return state, outlook(state, seen, now=now, links=self.links, links_in_text=self.links_in_text)

    def _list_the_ticked(self, state: State, now: datetime) -> State:
        ticked = list(ticked_but_not_listed(state, now=now))
        if not ticked:
            return state
        with self.db.write() as session:
            session.add_all(ticked)
            self.lease.hold(session)
        return counted(self._load(now))

    def _load(self, now: datetime) -> State:
        with self.db.read() as session:
            return load_state(session, self.account, now=now, recollection=self.recollection)

    def _reread(self) -> AccountRow:
        with self.db.read() as session:
            found = accounts.get(session, self.account.id)
        if found is None:
            raise LeaseLost(_("The account was erased meanwhile."))
        return found

    def _settle(self, session: Session, state: State) -> dict[str, Any]:
        """The calendar is as planned: nothing is due any more, but for what was asked while we ran."""
        if state.replacing and not self.lease.asked_since(session):
            blocks.replaced(session, state.account_id, state.replacing)
        return {"plan_due": self.lease.asked()}
