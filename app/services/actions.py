"""What a person presses. Each writes what was said, asks for a new plan, and wakes the wheel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.clock import Clock
from app.db import accounts, blocks, people
from app.db.engine import Database
from app.db.rowtext import load_rule
from app.db.tables import AccountRow, BlockRow, ContactRow
from app.errors import Invalid, NotFound, Refused
from app.services import preferences
from app.services.links import OUTCOMES_COUNT_FOR, Links
from app.services.preferences import Preferences
from app.services.ticks import REACHED, source_of
from scheduler.model import Channel, Kind, Rule

SNOOZE = timedelta(weeks=2)
OUTCOMES = frozenset({"open", REACHED, "tried", "snoozed", "declined"})


class Actions:
    """Every method takes the signed-in account's id first, and changes nothing of any other account."""

    def __init__(self, *, db: Database, clock: Clock, links: Links, wake: Callable[[], None]) -> None:
        self._db = db
        self._clock = clock
        self._links = links
        self._wake = wake

    @contextmanager
    def _change(self, account_id: int, *, plan: bool = True) -> Iterator[tuple[Session, AccountRow]]:
        """One transaction, and a refresh asked for in it. Raises NotFound."""
        with self._db.write() as session:
            account = accounts.get(session, account_id)
            if account is None:
                raise NotFound()
            yield session, account
            session.flush()
            accounts.request_refresh(session, account_id, self._db.now(session), plan=plan)
        self._wake()

    # -- Welcome and people ------------------------------------------------------------------------

    def save_welcome(self, account_id: int, kinds: Mapping[int, str]) -> None:
        """Say who is what, and let the proposal be booked. Whoever is sure and of whom nothing is said is a client.

        Pressed again it only says who is what. Ids that are not the account's are refused.
        """
        with self._change(account_id) as (session, account):
            rows = {row.id: row for row in people.contacts(session, account_id)}
            if not kinds.keys() <= rows.keys():
                raise NotFound()
            for contact_id, kind in kinds.items():
                rows[contact_id].kind = Kind(kind).value if kind else None
            if account.welcomed_at is not None:
                return
            proposal = account.outlook.get("proposal")
            if proposal is None:
                raise Refused("Your calendar is still being read. Wait for the welcome page, then save.")
            for row in rows.values():
                if row.kind is None and not row.unsure and row.seen and row.id not in kinds:
                    row.kind = Kind.CLIENT.value
            account.welcomed_at = self._clock()
            rule = load_rule(proposal["rule"])
            blocks.save_rule(session, account_id, replace(rule, key=blocks.new_rule_key()))

    def set_counted_in(self, account_id: int, address: str, counted: bool) -> None:
        """Undo an exclusion, or restore it. The people are judged anew at the next refresh."""
        with self._change(account_id) as (session, _):
            if not people.set_counted_in(session, account_id, address, counted):
                raise NotFound("That address is not among those left out. Look at People again.")

    def save_person(self, account_id: int, contact_id: int, kind: str | None, cadence_weeks: int | None) -> None:
        with self._change(account_id) as (session, _):
            row = _contact(session, account_id, contact_id)
            row.kind = Kind(kind).value if kind else None
            row.cadence_ideal = cadence_weeks * 7 if cadence_weeks else None

    def snooze(self, account_id: int, contact_id: int, until: date | None) -> None:
        """No suggestion before `until`; None wakes them."""
        with self._change(account_id) as (session, _):
            _contact(session, account_id, contact_id).snoozed_until = until

    def log_touch(self, account_id: int, contact_id: int, on: date, channel: str) -> None:
        """Already in touch: one a day and channel, so that pressing twice is pressing once."""
        with self._change(account_id) as (session, account):
            _contact(session, account_id, contact_id)
            if on > self._today(account):
                raise Invalid({"on": "Choose today or an earlier day: this is for contact that has happened."})
            way = Channel(channel)
            people.add_touch(
                session, account_id, contact_id, on=on, channel=way.value, source=f"hand/{on.isoformat()}/{way.value}"
            )

    # -- Settings ----------------------------------------------------------------------------------

    def save_settings(self, account_id: int, rule: Rule, wishes: Preferences) -> None:
        with self._change(account_id) as (session, account):
            before = preferences.load(account.preferences)
            known = [load_rule(row.body) for row in blocks.rules(session, account_id)]
            if known:
                blocks.save_rule(session, account_id, replace(rule, key=known[0].key))
            elif account.welcomed_at is not None:
                blocks.save_rule(session, account_id, replace(rule, key=blocks.new_rule_key()))
            else:
                raise Refused("Save the welcome page first: nothing is booked before it.")
            account.preferences = preferences.dump(wishes)
            if (before.zone, before.hours) != (wishes.zone, wishes.hours):
                blocks.place_anew(session, account_id)

    def pause(self, account_id: int, from_: date | None, until: date | None) -> None:
        """With dates: no blocks on those days. Without: none at all until `resume`."""
        with self._change(account_id) as (_, account):
            wishes = preferences.load(account.preferences)
            dated = from_ is not None or until is not None
            account.preferences = preferences.dump(
                replace(wishes, paused=not dated, paused_from=from_, paused_until=until)
            )

    def resume(self, account_id: int) -> None:
        with self._change(account_id) as (_, account):
            wishes = preferences.load(account.preferences)
            account.preferences = preferences.dump(replace(wishes, paused=False, paused_from=None, paused_until=None))

    def refresh_now(self, account_id: int) -> None:
        with self._change(account_id, plan=False):
            pass

    # -- Blocks ------------------------------------------------------------------------------------

    def set_outcome(
        self, account_id: int, block_id: int, contact_id: int, outcome: str, until: date | None = None
    ) -> None:
        """What became of one name in one block. "open" takes it back."""
        with self._change(account_id) as (session, account):
            block = blocks.block(session, account_id, block_id)
            if block is None:
                raise NotFound("There is no such block, or it is not yours. Open Today instead.")
            self._set_outcome(session, account, block, contact_id, outcome, until)

    def save_go(self, account_id: int, token: str, outcomes: Mapping[int, str]) -> None:
        """The whole of a block's page, in one go."""
        read = self._links.read(token, now=self._clock())
        with self._change(account_id) as (session, account):
            block = blocks.latest(session, account_id, read[1]) if read is not None and read[0] == account_id else None
            if block is None:
                raise NotFound("This link is not one of yours, or it has run out. Open Today instead.")
            for contact_id, outcome in outcomes.items():
                self._set_outcome(session, account, block, contact_id, outcome, None)

    def _set_outcome(
        self,
        session: Session,
        account: AccountRow,
        block: BlockRow,
        contact_id: int,
        outcome: str,
        until: date | None,
    ) -> None:
        if outcome not in OUTCOMES:
            raise Invalid({"outcome": "Choose reached, tried, snooze, not a client, or take it back."})
        row = blocks.suggestion(session, block.id, contact_id)
        contact = _contact(session, account.id, contact_id)
        if row is None:
            raise NotFound("That person is not in this block any more. Open Today to see who is.")
        if self._clock() > block.ends_at + OUTCOMES_COUNT_FOR:
            raise Refused("This block is more than two weeks old. Log the touch on the person's page instead.")
        wanted = "" if outcome == "open" else outcome
        if row.outcome == wanted and until is None:
            return
        self._take_back(session, account, block, contact, row.outcome)
        row.outcome = wanted
        today = self._today(account)
        if wanted == REACHED:
            on = min(today, block.starts_at.astimezone(self._zone(account)).date())
            people.add_touch(
                session, account.id, contact_id, on=on, channel=row.body["channel"], source=source_of(block.id)
            )
        elif wanted == "snoozed":
            contact.snoozed_until = until or today + SNOOZE
        elif wanted == "declined":
            contact.kind = Kind.NEVER.value

    def _take_back(
        self, session: Session, account: AccountRow, block: BlockRow, contact: ContactRow, outcome: str
    ) -> None:
        if outcome == REACHED:
            people.drop_touch(session, account.id, contact.id, source_of(block.id))
        elif outcome == "snoozed":
            contact.snoozed_until = None
        elif outcome == "declined" and contact.kind == Kind.NEVER:
            contact.kind = Kind.CLIENT.value

    def _zone(self, account: AccountRow) -> ZoneInfo:
        return preferences.load(account.preferences).zone_for(account.calendar_zone)

    def _today(self, account: AccountRow) -> date:
        return self._clock().astimezone(self._zone(account)).date()


def _contact(session: Session, account_id: int, contact_id: int) -> ContactRow:
    row = people.contact(session, account_id, contact_id)
    if row is None:
        raise NotFound("There is no such person, or they are not yours. Go back to People.")
    return row
