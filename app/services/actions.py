"""What a person presses. Each writes what was said, asks for a new plan, and wakes the wheel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.db import blocks, people
from app.db.rowtext import load_rule
from app.db.tables import AccountRow, BlockRow, ContactRow, SuggestionRow
from app.errors import Invalid, NotFound, Refused
from app.services.acting import contact_of
from app.services.links import OUTCOMES_COUNT_FOR
from app.services.memory_actions import MemoryActions
from app.services.people_actions import PeopleActions
from app.services.settings_actions import SettingsActions
from app.services.ticks import REACHED, source_of
from scheduler.model import Kind

SNOOZE = timedelta(weeks=2)
OUTCOMES = frozenset({"open", REACHED, "tried", "snoozed", "declined"})


class Actions(SettingsActions, PeopleActions, MemoryActions):
    """All of them. Every method takes the signed-in account's id first, and changes nothing of any other account."""

    # -- Welcome ------------------------------------------------------------------------------------

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
        contact = contact_of(session, account.id, contact_id)
        who = people.survivors(people.everybody(session, account.id))
        listed = blocks.suggestions(session, [block.id]).get(block.id, [])
        row = next((one for one in listed if who[one.contact_id] == contact.id), None)
        if row is None:
            raise NotFound("That person is not in this block any more. Open Today to see who is.")
        if self._clock() > block.ends_at + OUTCOMES_COUNT_FOR:
            raise Refused("This block is more than two weeks old. Log the touch on the person's page instead.")
        wanted = "" if outcome == "open" else outcome
        if row.outcome == wanted and until is None:
            return
        self._take_back(session, account, row, contact)
        row.outcome = wanted
        today = self._today(account)
        if wanted == REACHED:
            on = min(today, block.starts_at.astimezone(self._zone(account)).date())
            people.add_touch(
                session, account.id, row.contact_id, on=on, channel=row.body["channel"], source=source_of(block.id)
            )
        elif wanted == "snoozed":
            contact.snoozed_until = until or today + SNOOZE
        elif wanted == "declined":
            contact.kind = Kind.NEVER.value

    def _take_back(self, session: Session, account: AccountRow, row: SuggestionRow, contact: ContactRow) -> None:
        outcome = row.outcome
        if outcome == REACHED:
            people.drop_touch(session, account.id, row.contact_id, source_of(row.block_id))
        elif outcome == "snoozed":
            contact.snoozed_until = None
        elif outcome == "declined" and contact.kind == Kind.NEVER:
            contact.kind = Kind.CLIENT.value
