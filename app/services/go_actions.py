"""What became of the people of a block: one by one, or the whole of its page in one Save that can be undone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.db import blocks, memory, people
from app.db.tables import AccountRow, BlockRow, ContactRow, SuggestionRow
from app.errors import Invalid, NotFound, Refused
from app.services import marks, preferences, undo
from app.services.acting import contact_of
from app.services.links import OUTCOMES_COUNT_FOR
from app.services.marks import KIND_AFTER, MARKS, Outcome
from app.services.memory_actions import MemoryActions, add_note, add_promise, keep_promise, rows_of
from app.services.ticks import source_of
from scheduler.model import Channel, Kind
from scheduler.reasons import say_date
from scheduler.words import _, joined

SNOOZE = timedelta(weeks=2)
OUTCOMES = frozenset(Outcome)


@dataclass(frozen=True, kw_only=True, slots=True)
class GoEntry:
    """What was filled in for one person. `mark`: one of app.services.marks, empty where nothing is said."""

    mark: str = ""
    learned: str = ""
    promise: str = ""
    promise_on: date | None = None


class GoActions(MemoryActions):
    """The part of `Actions` that is about blocks."""

    def set_outcome(
        self, account_id: int, block_id: int, contact_id: int, outcome: str, until: date | None = None
    ) -> str:
        """What became of one name in one block. "open" takes it back. The key under which it can be undone for an hour,
        empty where nothing was changed."""
        if outcome not in OUTCOMES:
            raise Invalid({"outcome": _("Choose reached, tried, snooze, not a client, never, or take it back.")})
        with self._change(account_id) as (session, account):
            block = blocks.block(session, account_id, block_id)
            if block is None:
                raise NotFound(_("There is no such block, or it is not yours. Open Today instead."))
            contact, row = self._listed(session, account, block, contact_id)
            ids = rows_of(session, account_id, contact.id)
            trace = undo.Trace(session, account_id, ids, block=block.id, source=source_of(block.id))
            said = _OneName(session, self._today(account), account, block, contact, row).set(outcome, until, None)
            return trace.keep([_("{name}: {what}.", name=contact.name, what=said)], now=self._clock())

    def save_go(
        self, account_id: int, token: str, entries: Mapping[int, GoEntry], kept: Collection[int] = frozenset()
    ) -> str:
        """The whole of a block's page. `entries` by contact id; `kept`: ids of promises that are done.

        Returns the key under which all of it can be undone for an hour, empty where nothing was changed.
        """
        read = self._links.read(token, now=self._clock())
        with self._change(account_id) as (session, account):
            block = blocks.latest(session, account_id, read[1]) if read is not None and read[0] == account_id else None
            if block is None:
                raise NotFound(_("This link is not one of yours, or it has run out. Open Today instead."))
            everybody = people.everybody(session, account_id)
            who = people.survivors(everybody)
            there = [who[one.contact_id] for one in blocks.suggestions(session, [block.id]).get(block.id, [])]
            ids = [row for row, stays in who.items() if stays in there]
            trace = undo.Trace(session, account_id, ids, block=block.id, source=source_of(block.id))
            told = []
            order = {contact_id: place for place, contact_id in enumerate(there)}
            for contact_id, entry in sorted(entries.items(), key=lambda item: order.get(who.get(item[0], 0), 0)):
                contact, row = self._listed(session, account, block, contact_id)
                one = _OneName(session, self._today(account), account, block, contact, row)
                words = [*one.mark(entry.mark), *one.remember(entry)]
                if words:
                    told.append(_("{name}: {what}.", name=contact.name, what=joined(words, "; ")))
            told += self._done(session, account, kept, ids)
            return trace.keep(told, now=self._clock())

    def _done(self, session: Session, account: AccountRow, kept: Collection[int], ids: Collection[int]) -> list[str]:
        told = []
        for promise_id in sorted(kept):
            promise = memory.promise(session, account.id, promise_id)
            if promise is None or promise.contact_id not in ids:
                raise NotFound(_("There is no such promise in this block. Load the page again."))
            if promise.kept_on is None:
                keep_promise(promise, True, today=self._today(account))
                told.append(_("Done: {promise}.", promise=promise.text.rstrip(".")))
        return told

    def _listed(
        self, session: Session, account: AccountRow, block: BlockRow, contact_id: int
    ) -> tuple[ContactRow, SuggestionRow]:
        """The person and their line in the block's list. Raises NotFound, or Refused for a block long past."""
        contact = contact_of(session, account.id, contact_id)
        who = people.survivors(people.everybody(session, account.id))
        listed = blocks.suggestions(session, [block.id]).get(block.id, [])
        row = next((one for one in listed if who[one.contact_id] == contact.id), None)
        if row is None:
            raise NotFound(_("That person is not in this block any more. Open Today to see who is."))
        if self._clock() > block.ends_at + OUTCOMES_COUNT_FOR:
            raise Refused(_("This block is more than two weeks old. Log the touch on the person's page instead."))
        return contact, row


@dataclass(slots=True)
class _OneName:
    """One person of one block. Methods write, and give in words what they have changed."""

    session: Session
    today: date
    account: AccountRow
    block: BlockRow
    contact: ContactRow
    row: SuggestionRow

    def mark(self, name: str) -> list[str]:
        if name in ("", marks.KEPT):
            return []
        mark = MARKS.get(name)
        if mark is None:
            raise Invalid({f"outcome-{self.contact.id}": _("Choose from the list what became of it.")})
        touch = people.touch_from(self.session, self.row.contact_id, source_of(self.block.id))
        if name == marks.mark_of(self.row.outcome, touch.channel if touch else self.row.body["channel"]):
            return []
        until = marks.put_off_until(mark, self.today)
        if mark.outcome is Outcome.SNOOZED and self.row.outcome == "snoozed" and self.contact.snoozed_until == until:
            return []
        return [self.set(mark.outcome, until, mark.way)]

    def remember(self, entry: GoEntry) -> list[str]:
        account_id, contact_id, words = self.account.id, self.contact.id, []
        if entry.learned and add_note(self.session, self.today, account_id, contact_id, entry.learned):
            words.append(_("what you learned is noted"))
        if entry.promise and add_promise(
            self.session, account_id, contact_id, entry.promise, entry.promise_on, today=self.today
        ):
            what = entry.promise.strip().rstrip(".")
            if entry.promise_on:
                by = say_date(entry.promise_on, near=self.today)
                words.append(_("promised by {day}: {what}", day=by, what=what))
            else:
                words.append(_("promised: {what}", what=what))
        return words

    def set(self, outcome: str, until: date | None, way: Channel | None) -> str:
        """What it means, in words. `way`: how they were reached; as was suggested, where nothing is said."""
        by = way or Channel(self.row.body["channel"])
        said = marks.said(marks.Mark(outcome=Outcome(outcome), way=by), until, self.today)
        wanted = "" if outcome == Outcome.OPEN else outcome
        if self.row.outcome == wanted and until is None and way is None:
            return said
        source = source_of(self.block.id)
        before = people.touch_from(self.session, self.row.contact_id, source)
        self._take_back()
        self.row.outcome = wanted
        if wanted == Outcome.REACHED:
            on = before.on if before else min(self.today, self._day())
            people.add_touch(
                self.session,
                self.account.id,
                self.row.contact_id,
                on=on,
                channel=by.value,
                source=source,
            )
        elif wanted == Outcome.SNOOZED:
            self.contact.snoozed_until = until or self.today + SNOOZE
        elif wanted in KIND_AFTER:
            self.row.body = {**self.row.body, "was": self.contact.kind}
            self.contact.kind = KIND_AFTER[wanted].value
        return said

    def _day(self) -> date:
        """The block's, in the user's zone."""
        zone = preferences.load(self.account.preferences).zone_for(self.account.calendar_zone)
        return self.block.starts_at.astimezone(zone).date()

    def _take_back(self) -> None:
        outcome = self.row.outcome
        if outcome == Outcome.REACHED:
            people.drop_touch(self.session, self.account.id, self.row.contact_id, source_of(self.block.id))
        elif outcome == Outcome.SNOOZED:
            self.contact.snoozed_until = None
        elif outcome in KIND_AFTER and self.contact.kind == KIND_AFTER[outcome]:
            self.contact.kind = self.row.body.get("was") or Kind.CLIENT.value
