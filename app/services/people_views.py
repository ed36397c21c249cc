"""What the pages about people show, read from the rows that the last run left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from app.db import memory, people
from app.db.people import Listed, Ranked
from app.db.tables import ContactRow
from app.errors import NotFound
from app.services.outlook import meet
from app.services.people_actions import HAND, held_against, read_newcomers
from app.services.people_model import (
    Acquainted,
    KnownNewcomer,
    Named,
    Newcomers,
    NewPerson,
    OwnEntry,
    People,
    Person,
    Question,
    Somebody,
    TouchLine,
    Twins,
    UnreadLine,
)
from app.services.reach import tel
from app.services.roster import contacts as contacts_of
from app.services.roster import solo
from app.services.state import State, key_of, load_state
from app.services.strip import strip
from app.services.ticks import load_suggestion
from app.services.view_parts import CHANNELS, left_out_groups, names_on, note_line, person_row, promise_lines
from app.services.viewing import Viewing, account_of, addresses_of
from app.services.why import why
from integrations.newcomers import write_people
from scheduler.coverage import CoverageState
from scheduler.model import KINDS_IN_BLOCKS, Contact, Kind
from scheduler.people import NEW
from scheduler.twins import Known, pairs
from scheduler.words import N_, _

LATELY = timedelta(days=28)
FOLLOW_UP = timedelta(days=14)
NAMING = frozenset({"planned", "booked", "pinned"})
MOST_TWINS = 20
"""So many pairs are asked about at a time; more come when these are answered."""

COVERAGE = {
    CoverageState.BOOKED: N_("with a meeting booked"),
    CoverageState.PLANNED: N_("planned"),
    CoverageState.NOT_YET: N_("not due yet"),
    CoverageState.WITHOUT_PLACE: N_("due without a place"),
}


class PeopleViews(Viewing):
    """The part of `Views` that is about people."""

    def people(self, account_id: int) -> People:
        with self._db.read() as session:
            account = account_of(session, account_id)
            rows = [row for row in people.contacts(session, account_id) if row.seen or row.by_hand]
            out = people.left_out(session, account_id)
            apart = people.apart(session, account_id)
            addresses = addresses_of(session, account_id)
        today = self._today(account)
        rows.sort(key=lambda row: (row.facts.get("order", len(rows)), row.id))
        in_blocks = {kind.value for kind in KINDS_IN_BLOCKS}
        kept = [person_row(row, today) for row in rows if row.kind in in_blocks]
        by_id = {row.id: somebody(row, addresses) for row in rows}
        found = pairs((_known(one) for one in by_id.values()), apart=apart)[:MOST_TWINS]
        return People(
            frame=self._frame(account),
            people=tuple(kept),
            unsure=tuple(person_row(row, today) for row in rows if row.kind is None),
            others=tuple(person_row(row, today) for row in rows if row.kind is not None and row.kind not in in_blocks),
            left_out=left_out_groups(out),
            coverage=tuple((_(words), sum(row.state == state for row in kept)) for state, words in COVERAGE.items()),
            questions=tuple(questions_of(rows)),
            met_lately=tuple(met_lately(rows, today)),
            twins=tuple(Twins(first=by_id[first], second=by_id[second]) for first, second in found),
        )

    def person(self, account_id: int, contact_id: int) -> Person:
        """Of a merged row, the person they were merged into."""
        now = self._clock()
        with self._db.read() as session:
            account = account_of(session, account_id)
            row = people.contact(session, account_id, contact_id)
            if row is None:
                raise NotFound(_("There is no such person, or they are not yours. Go back to People."))
            state = load_state(session, account, now=now)
            apart = people.apart(session, account_id)
            addresses = addresses_of(session, account_id)
            written = people.addresses(session, account_id)
            ids = [one.id for one in state.everybody if state.who(one.id) == row.id]
            notes, promised = memory.notes(session, account_id, ids), memory.promises(session, account_id, ids)
        seen = meet(state, now=now)
        everybody = contacts_of(state, seen, now=now)
        known, today = next(one for one in everybody if one.key == str(row.id)), self._today(account)
        by_id = {
            one.id: somebody(one, addresses) for one in state.contacts if one.seen or one.by_hand or one.id == row.id
        }
        found = [pair for pair in pairs((_known(one) for one in by_id.values()), apart=apart) if row.id in pair]
        return Person(
            frame=self._frame(account),
            row=person_row(row, today),
            addresses=tuple(addresses.get(row.id, ())),
            touches=_touches(known),
            cadence_weeks=_weeks(row.cadence_ideal),
            longest_weeks=_weeks(row.cadence_longest),
            snoozed_until=row.snoozed_until,
            tags=tuple(row.tags),
            phone=row.phone,
            tel=tel(row.phone),
            preferred=row.preferred or "",
            notes=tuple(note_line(one) for one in notes),
            promises=promise_lines(promised),
            own_entries=tuple(
                OwnEntry(
                    source=one.source, title=one.title, on=one.on, past=one.past, counts=one.source not in state.ignored
                )
                for one in reversed(solo(state, seen, now=now))
                if one.contact == str(row.id)
            ),
            asks=bool(row.facts.get("ask")),
            merged=tuple(
                Somebody(
                    id=one.id,
                    name=one.name,
                    company=one.company,
                    addresses=tuple(address for address, owner in written.items() if owner == one.id),
                )
                for one in state.everybody
                if one.id != row.id and state.who(one.id) == row.id
            ),
            twins=tuple(by_id[second if first == row.id else first] for first, second in found),
            others=tuple(
                sorted((one for one in by_id.values() if one.id != row.id), key=lambda one: one.name.casefold())
            ),
            strip=strip(
                known.touches,
                gap=row.facts.get("wanted") or row.facts.get("usual"),
                coming=_coming(row.facts),
                today=today,
            ),
            why=why(known, everybody, state.wishes.rhythms, row.facts, today=today),
            named=tuple(self._named(state, row.id, now)),
        )

    def _named(self, state: State, contact_id: int, now: datetime) -> Iterator[Named]:
        """Blocks to come whose names are out, the first first."""
        today = now.astimezone(state.zone).date()
        for block in state.blocks:
            start = block.starts_at.astimezone(state.zone)
            if block.state not in NAMING or block.ends_at <= now or names_on(start.date(), today):
                continue
            for one in state.suggestions.get(block.id, []):
                if state.who(one.contact_id) == contact_id:
                    yield Named(
                        start=start,
                        reasons=load_suggestion(one).sentence,
                        link=self._links.path(state.account_id, key_of(block)),
                    )

    def newcomers(self, account_id: int, texts: Sequence[str]) -> Newcomers:
        """What adding these lists, tables or cards would do. Raises Invalid for more than is taken at a time."""
        found = read_newcomers(texts)
        with self._db.read() as session:
            account = account_of(session, account_id)
            rows = people.everybody(session, account_id)
            held = held_against(session, account, rows, found)
        by_id = {row.id: row for row in rows}
        return Newcomers(
            frame=self._frame(account),
            new=tuple(
                NewPerson(name=one.name, company=one.company, addresses=one.addresses, phone=one.phone)
                for one in held.new
            ),
            known=tuple(
                KnownNewcomer(id=one.contact_id, name=one.name, company=by_id[one.contact_id].company, adds=one.adds)
                for one in held.known
            ),
            unread=tuple(UnreadLine(line=one.line, text=one.text, why=one.why) for one in found.unread),
            yourself=len(held.self),
            text=write_people([*held.new, *(one.person for one in held.known)]),
        )


def questions_of(rows: Iterable[ContactRow | Listed]) -> list[Question]:
    return [Question(contact_id=row.id, name=row.name, company=row.company) for row in rows if row.facts.get("ask")]


def _coming(facts: Mapping[str, Any]) -> tuple[str, date] | None:
    """What comes next, as the strip shows it."""
    what = {"booked": "booked", "planned": "planned", "not_yet": "due"}.get(facts.get("state", ""))
    return (what, date.fromisoformat(facts["on"])) if what and facts.get("on") else None


def _touches(known: Contact) -> tuple[TouchLine, ...]:
    return tuple(
        TouchLine(
            on=touch.on,
            words=_(CHANNELS[touch.channel])
            if touch.personal
            else _("{channel}, in a group or a regular one", channel=_(CHANNELS[touch.channel])),
            channel=touch.channel.value,
            by_hand=touch.source.startswith(HAND),
        )
        for touch in reversed(known.touches)
    )


def met_lately(rows: Iterable[ContactRow | Listed], today: date) -> list[Acquainted]:
    """First met within four weeks, once or twice so far, nothing booked: the follow-up is due two weeks after the
    last time, and is offered until then. The soonest first."""
    found = []
    since = (today - LATELY).isoformat()
    for row in rows:
        facts = row.facts
        if (facts.get("first_on") or "") < since or facts.get("booked") or row.kind in (Kind.SUPPLIER, Kind.NEVER):
            continue
        first, last = date.fromisoformat(facts["first_on"]), date.fromisoformat(facts["last_on"])
        if facts.get("times", 0) <= NEW and last + FOLLOW_UP >= today:
            found.append(
                Acquainted(
                    id=row.id,
                    name=row.name,
                    company=row.company,
                    first_on=first,
                    until=last + FOLLOW_UP,
                    kind=row.kind or "",
                )
            )
    return sorted(found, key=lambda one: (one.until, one.name))


def _weeks(days: int | None) -> int | None:
    return max(1, round(days / 7)) if days else None


def somebody(row: ContactRow | Listed | Ranked, addresses: Mapping[int, list[str]]) -> Somebody:
    return Somebody(id=row.id, name=row.name, company=row.company, addresses=tuple(addresses.get(row.id, ())))


def _known(one: Somebody) -> Known:
    return Known(key=one.id, name=one.name, company=one.company, addresses=one.addresses)
