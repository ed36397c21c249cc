"""What each page shows, read from the rows that the last run left. Nothing is planned here, and nothing changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.db import accounts, blocks, memory, people
from app.db.rowtext import load_rule
from app.db.tables import AccountRow, BlockRow, ContactRow, PromiseRow
from app.errors import NotFound
from app.services import marks, preferences, undo, viewmodel
from app.services.first_block import first_of
from app.services.links import OUTCOMES_COUNT_FOR
from app.services.people_page import PeoplePages
from app.services.people_views import PeopleViews, questions_of
from app.services.reach import tel
from app.services.settings_views import SettingsViews, habits_of, pause_of, season_lines
from app.services.state import key_of
from app.services.ticks import source_of
from app.services.view_parts import (
    account_line,
    block_person,
    found_person,
    left_out_groups,
    names_on,
    promise_lines,
    suggested,
)
from app.services.viewing import account_of, addresses_of, zone_of
from app.services.viewmodel import (
    BlockView,
    FoundPerson,
    Frame,
    Go,
    Progress,
    Today,
    Welcome,
)

LIVE = frozenset({"planned", "booked", "pinned", "held"})


class Views(SettingsViews, PeopleViews, PeoplePages):
    """All of them. Every method takes the signed-in account's id first, and sees nothing of any other account."""

    def database_answers(self) -> bool:
        try:
            with self._db.read() as session:
                accounts.any_account(session)
        except SQLAlchemyError:
            return False
        return True

    def frame(self, account_id: int) -> Frame:
        with self._db.read() as session:
            return self._frame(account_of(session, account_id))

    def progress(self, account_id: int) -> Progress:
        with self._db.read() as session:
            account = account_of(session, account_id)
            done = bool(account.outlook)
            found = sum(row.seen for row in people.contacts(session, account_id)) if account.synced_at else 0
            return Progress(events=account.read_events, people=found, done=done, saved=account.welcomed_at is not None)

    def welcome(self, account_id: int) -> Welcome:
        with self._db.read() as session:
            account = account_of(session, account_id)
            rows = [row for row in people.contacts(session, account_id) if row.seen]
            addresses = addresses_of(session, account_id)
            out = people.left_out(session, account_id)
        today = self._today(account)
        order = {row.id: row.facts.get("order", len(rows)) for row in rows}
        rows.sort(key=lambda row: (order[row.id], row.id))
        found = [found_person(row, addresses, today) for row in rows]
        companies: dict[str, list[FoundPerson]] = {}
        for person in found:
            if person.sure or person.kind:
                companies.setdefault(person.company, []).append(person)
        return Welcome(
            frame=self._frame(account),
            saved=account.welcomed_at is not None,
            account_line=account_line(found, addresses, out),
            companies=tuple((company, tuple(members)) for company, members in companies.items()),
            unsure=tuple(person for person in found if not person.sure and not person.kind),
            left_out=left_out_groups(out),
            proposal=self._proposal(account, rows),
        )

    def today(self, account_id: int) -> Today:
        now = self._clock()
        with self._db.read() as session:
            account = account_of(session, account_id)
            today = self._today(account)
            monday = today - timedelta(days=today.weekday())
            zone = zone_of(account)
            start = datetime.combine(monday, time(), zone)
            rows = [row for row in blocks.blocks(session, account_id, since=start) if row.state in LIVE]
            shown = self._blocks(session, account, rows)
            asked = [row for row in people.contacts(session, account_id) if row.facts.get("ask")]
            journal = blocks.journal(session, account_id, since=now - timedelta(days=7), limit=30)
            habits = habits_of(session, account)
            set_ = season_lines(session, account, today)
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
            questions=tuple(questions_of(asked)),
            moved=tuple(
                (row.at.astimezone(zone), row.text) for row in journal if row.what in {"moved", "retired", "forgot"}
            ),
            unplaced=tuple(said.get("unplaced", ())),
            capacity=said.get("capacity", ""),
            mends=tuple(said.get("mends", ())),
            needed=round(said.get("needed", 0)),
            held=round(said.get("held", 0)),
            checked_at=account.synced_at.astimezone(zone) if account.synced_at else None,
            pause=pause_of(preferences.load(account.preferences), today),
            habits=habits,
            seasons=tuple(line for line in set_ if not line.over),
        )

    def go(self, account_id: int, token: str, saved: str = "") -> Go:
        """`saved`: the key under which the last Save can be undone."""
        now = self._clock()
        read = self._links.read(token, now=now)
        with self._db.read() as session:
            account = account_of(session, account_id)
            row = blocks.latest(session, account_id, read[1]) if read is not None and read[0] == account_id else None
            if row is None:
                raise NotFound("This link is not one of yours, or it has run out. Open Today instead.")
            (block,) = self._blocks(session, account, [row])
            kept = memory.saved(session, account_id, saved, since=now - undo.LASTS) if saved else None
            return Go(
                frame=self._frame(account),
                block=block,
                open=now <= row.ends_at + OUTCOMES_COUNT_FOR,
                people=tuple(self._go_people(session, account, row, block)),
                said=tuple(kept.said) if kept is not None else (),
                undo=saved if kept is not None else "",
            )

    # -- Parts -------------------------------------------------------------------------------------

    def _go_people(
        self, session: Session, account: AccountRow, row: BlockRow, block: BlockView
    ) -> Iterator[viewmodel.GoPerson]:
        everybody = people.everybody(session, account.id)
        who, by_id = people.survivors(everybody), {one.id: one for one in everybody}
        addresses = addresses_of(session, account.id)
        promised: dict[int, list[PromiseRow]] = {}
        for promise in memory.open_promises(session, account.id):
            promised.setdefault(who[promise.contact_id], []).append(promise)
        listed = {who[one.contact_id]: one for one in blocks.suggestions(session, [row.id]).get(row.id, [])}
        for person in block.people:
            contact, suggestion = by_id[person.contact_id], listed[person.contact_id]
            touch = people.touch_from(session, suggestion.contact_id, source_of(row.id))
            way = suggestion.body["channel"]
            guest = next(iter(addresses.get(contact.id, [])), "")
            yield viewmodel.GoPerson(
                person=person,
                mark=marks.mark_of(suggestion.outcome, touch.channel if touch else way),
                way=way,
                put_off_until=contact.snoozed_until if suggestion.outcome == "snoozed" else None,
                phone=contact.phone,
                tel=tel(contact.phone),
                coffee=self._links.new_event(f"Coffee with {contact.name}", guest),
                visit=self._links.new_event(f"Visit to {contact.name}", guest),
                promises=promise_lines(promised.get(contact.id, [])),
            )

    def _blocks(self, session: Session, account: AccountRow, rows: Sequence[BlockRow]) -> list[BlockView]:
        everybody = people.everybody(session, account.id)
        by_id = {row.id: row for row in everybody}
        names = {one: by_id[stays] for one, stays in people.survivors(everybody).items()}
        listed = blocks.suggestions(session, [row.id for row in rows])
        there = {names[one.contact_id].id for some in listed.values() for one in some if one.contact_id in names}
        notes: dict[int, str] = {}  # the latest of each
        for note in memory.notes(session, account.id, [one for one, stays in names.items() if stays.id in there]):
            notes.setdefault(names[note.contact_id].id, note.text)
        zone, today = zone_of(account), self._today(account)
        shown = []
        for row in rows:
            on = row.starts_at.astimezone(zone).date()
            later = names_on(on, today)
            # Names of later blocks may still change: they come on the page when they come in the calendar.
            suggestions = () if later else listed.get(row.id, ())
            shown.append(
                BlockView(
                    id=row.id,
                    start=row.starts_at.astimezone(zone),
                    end=row.ends_at.astimezone(zone),
                    state=row.state,
                    reason=row.note or row.reason,
                    people=tuple(
                        suggested(one, names[one.contact_id], notes.get(names[one.contact_id].id, ""))
                        for one in suggestions
                        if one.contact_id in names
                    ),
                    names_on=later,
                    link=self._links.path(account.id, key_of(row)),
                )
            )
        return shown

    def _proposal(self, account: AccountRow, rows: Iterable[ContactRow]) -> viewmodel.Proposal | None:
        said = account.outlook.get("proposal")
        if said is None:
            return None
        names, zone, today = {row.id: row for row in rows}, zone_of(account), self._today(account)
        shown = []
        for one in said["blocks"]:
            start = datetime.fromisoformat(one["start"]).astimezone(zone)
            shown.append(
                BlockView(
                    id=0,
                    start=start,
                    end=datetime.fromisoformat(one["end"]).astimezone(zone),
                    state="planned",
                    reason=one["reason"],
                    people=tuple(
                        block_person(names[who["contact"]], who, outcome="")
                        for who in one["people"]
                        if who["contact"] in names
                    ),
                    names_on=names_on(start.date(), today),
                    link="",
                )
            )
        first = first_of(load_rule(said["rule"]))
        return viewmodel.Proposal(
            sentence=said["sentence"],
            blocks=tuple(shown),
            weekday=first.weekday,
            unplaced=tuple(account.outlook.get("unplaced", ())),
            ideal=first.ideal,
            minutes=first.minutes,
            work_days=preferences.load(account.preferences).work_days,
        )
