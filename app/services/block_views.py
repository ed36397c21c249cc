"""What the pages about blocks show: Today, and the page behind a block's link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.db import blocks, memory, people
from app.db.tables import AccountRow, BlockRow, ContactRow, NoteRow, PromiseRow, SuggestionRow
from app.errors import NotFound
from app.services import marks, preferences, undo
from app.services.links import OUTCOMES_COUNT_FOR
from app.services.people_views import questions_of
from app.services.settings_views import habits_of, pause_of, season_lines
from app.services.state import key_of
from app.services.ticks import source_of
from app.services.view_parts import names_on, suggested
from app.services.viewing import Viewing, account_of, addresses_of, zone_of
from app.services.viewmodel import BlockPerson, BlockView, Go, GoPerson, Today
from scheduler.words import _, again

LIVE = frozenset({"planned", "booked", "pinned", "held"})
TOLD = frozenset({"moved", "retired", "forgot"})
"""What of the journal is told under "What moved, and why"."""
LOOKING_FOR = timedelta(minutes=1)
"""So long after somebody asked for it, a look at the calendar is worth waiting for."""


class BlockViews(Viewing):
    """The part of `Views` that is about blocks."""

    def today(self, account_id: int, saved: str = "") -> Today:
        """`saved`: the key under which what was just pressed can be undone."""
        now = self._clock()
        with self._db.read() as session:
            account = account_of(session, account_id)
            today = self._today(account)
            monday = today - timedelta(days=today.weekday())
            zone = zone_of(account)
            start = datetime.combine(monday, time(), zone)
            rows = [row for row in blocks.blocks(session, account_id, since=start) if row.state in LIVE]
            shown = self._blocks(session, account, rows)
            asked = people.some(session, account_id, account.outlook.get("ask", ()))
            journal = blocks.journal(session, account_id, since=now - timedelta(days=7), what=TOLD, limit=30)
            habits = habits_of(session, account)
            set_ = season_lines(session, account, today)
            kept = memory.saved(session, account_id, saved, since=now - undo.LASTS) if saved else None
        said: Mapping[str, Any] = account.outlook
        following = next((block for block in shown if block.end > now), None)
        sunday = monday + timedelta(days=6)
        return Today(
            frame=self._frame(account),
            now=now.astimezone(zone),
            next=following,
            week=tuple(
                (day, tuple(block for block in shown if block.start.date() == day))
                for day in (monday + timedelta(days=n) for n in range(7))
            ),
            later=tuple(block for block in shown if block.start.date() > sunday and block is not following),
            questions=tuple(questions_of(one for _, one in sorted(asked.items()))),
            moved=tuple((row.at.astimezone(zone), row.text) for row in journal),
            unplaced=tuple(map(again, said.get("unplaced", ()))),
            capacity=again(said.get("capacity", "")),
            mends=tuple(map(again, said.get("mends", ()))),
            needed=round(said.get("needed", 0)),
            held=round(said.get("held", 0)),
            checked_at=account.synced_at.astimezone(zone) if account.synced_at else None,
            pause=pause_of(preferences.load(account.preferences), today),
            habits=habits,
            seasons=tuple(line for line in set_ if not line.over),
            beyond=bool(said.get("beyond")),
            looking=_looking(account, now),
            said=tuple(map(again, kept.said)) if kept is not None else (),
            undo=saved if kept is not None else "",
        )

    def go(self, account_id: int, token: str, saved: str = "") -> Go:
        """`saved`: the key under which the last Save can be undone."""
        now = self._clock()
        read = self._links.read(token, now=now)
        with self._db.read() as session:
            account = account_of(session, account_id)
            row = blocks.latest(session, account_id, read[1]) if read is not None and read[0] == account_id else None
            if row is None:
                raise NotFound(_("This link is not one of yours, or it has run out. Open Today instead."))
            (block,) = self._blocks(session, account, [row])
            kept = memory.saved(session, account_id, saved, since=now - undo.LASTS) if saved else None
            return Go(
                frame=self._frame(account),
                block=block,
                open=now <= row.ends_at + OUTCOMES_COUNT_FOR,
                people=tuple(self._go_people(session, account, row, block)),
                said=tuple(map(again, kept.said)) if kept is not None else (),
                undo=saved if kept is not None else "",
            )

    # -- Parts -------------------------------------------------------------------------------------

    def _go_people(self, session: Session, account: AccountRow, row: BlockRow, block: BlockView) -> Iterator[GoPerson]:
        merged, addresses = people.merges(session, account.id), addresses_of(session, account.id)
        listed = blocks.suggestions(session, [row.id]).get(row.id, [])
        by_id = {merged.get(one.contact_id, one.contact_id): one for one in listed}
        for person in block.people:
            suggestion = by_id[person.contact_id]
            touch = people.touch_from(session, suggestion.contact_id, source_of(row.id))
            way = suggestion.body["channel"]
            guest = next(iter(addresses.get(person.contact_id, [])), "")
            yield GoPerson(
                person=person,
                mark=marks.mark_of(suggestion.outcome, touch.channel if touch else way),
                way=way,
                coffee=self._links.new_event(_("Coffee with {name}", name=person.name), guest),
                visit=self._links.new_event(_("Visit to {name}", name=person.name), guest),
            )

    def _blocks(self, session: Session, account: AccountRow, rows: Sequence[BlockRow]) -> list[BlockView]:
        """So many queries for one block as for many, and nobody is read who is in none of them."""
        zone, today = zone_of(account), self._today(account)
        on = {row.id: row.starts_at.astimezone(zone).date() for row in rows}
        # Names of later blocks may still change: they come on the page when they come in the calendar.
        near = [row.id for row in rows if not names_on(on[row.id], today)]
        known = _Known.of(session, account.id, blocks.suggestions(session, near))
        return [
            BlockView(
                id=row.id,
                start=row.starts_at.astimezone(zone),
                end=row.ends_at.astimezone(zone),
                state=row.state,
                reason=row.note or row.reason,
                people=known.people(row.id),
                names_on=names_on(on[row.id], today),
                link=self._links.path(account.id, key_of(row)),
            )
            for row in rows
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """The people of some blocks, and what the user keeps in mind of them."""

    listed: Mapping[int, Sequence[SuggestionRow]]  # by block
    merged: Mapping[int, int]
    contacts: Mapping[int, ContactRow]
    notes: Mapping[int, NoteRow]  # the latest of each
    promised: Mapping[int, Sequence[PromiseRow]]

    @classmethod
    def of(cls, session: Session, account_id: int, listed: Mapping[int, Sequence[SuggestionRow]]) -> _Known:
        merged = people.merges(session, account_id)
        there = {merged.get(one.contact_id, one.contact_id) for some in listed.values() for one in some}
        ids = there | {one for one, stays in merged.items() if stays in there}
        notes: dict[int, NoteRow] = {}
        for note in memory.notes(session, account_id, ids):
            notes.setdefault(merged.get(note.contact_id, note.contact_id), note)
        promised: dict[int, list[PromiseRow]] = {}
        for promise in memory.open_promises(session, account_id):
            promised.setdefault(merged.get(promise.contact_id, promise.contact_id), []).append(promise)
        contacts = people.some(session, account_id, there)
        return cls(listed=listed, merged=merged, contacts=contacts, notes=notes, promised=promised)

    def people(self, block_id: int) -> tuple[BlockPerson, ...]:
        found = []
        for one in self.listed.get(block_id, ()):
            contact = self.contacts.get(self.merged.get(one.contact_id, one.contact_id))
            if contact is not None:
                note = self.notes.get(contact.id)
                found.append(suggested(one, contact, note.text if note else "", self.promised.get(contact.id, ())))
        return tuple(found)


def _looking(account: AccountRow, now: datetime) -> bool:
    """Whether a look at the calendar that somebody asked for is still to come, and will come soon."""
    asked = account.requested_at
    if asked is None or account.connection != "connected" or account.last_error:
        return False
    return now - asked < LOOKING_FOR and (account.synced_at is None or account.synced_at < asked)
