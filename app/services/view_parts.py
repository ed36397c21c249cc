"""Rows -> the values that several pages show, and the words for them. Pure: no query, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from app.db.people import Listed
from app.db.rowtext import load_reasons
from app.db.tables import ContactRow, LeftOutRow, NoteRow, PromiseRow, SuggestionRow
from app.services.memory_actions import THANKS
from app.services.people_model import LeftOutPerson, NoteLine, PersonRow, PromiseLine
from app.services.reach import tel
from app.services.standing import standing_of, tie_of
from app.services.viewmodel import BlockPerson, FoundPerson
from scheduler.model import NAMES_AHEAD, Channel, Reason, Suggestion
from scheduler.reasons import say_date, say_gap

CHANNELS = {
    Channel.MEETING: "A meeting",
    Channel.CALL: "A call",
    Channel.COFFEE: "A coffee",
    Channel.VISIT: "A visit",
    Channel.LETTER: "A letter",
    Channel.MESSAGE: "A message",
}


def names_on(on: date, today: date) -> date | None:
    return on - NAMES_AHEAD if on - today > NAMES_AHEAD else None


def last_words(row: ContactRow | Listed, today: date) -> str:
    last = row.facts.get("last_on")
    if last is None:
        return "never in your calendar"
    where = "last in touch" if row.facts.get("noted") else "last in your calendar"
    return f"{where} {say_date(date.fromisoformat(last), near=today)}"


def rhythm_words(row: ContactRow | Listed) -> str:
    if row.cadence_ideal:
        return f"{say_gap(row.cadence_ideal)}, as you asked"
    if row.facts.get("wanted"):
        return f"{say_gap(row.facts['wanted'])}, as you asked"
    if row.facts.get("usual"):
        return say_gap(row.facts["usual"])
    match row.facts.get("days", 0):
        case 0:
            return "never met alone"
        case 1:
            return "met once, too new"
        case times:
            return f"met {times} times, too new"


def found_person(row: ContactRow, addresses: Mapping[int, list[str]], today: date) -> FoundPerson:
    return FoundPerson(
        id=row.id,
        name=row.name,
        company=row.company,
        address=next(iter(addresses.get(row.id, [])), ""),
        kind=row.kind or "",
        sure=not row.unsure,
        why_unsure=row.unsure,
        rhythm=rhythm_words(row),
        last=last_words(row, today),
    )


def person_row(row: ContactRow | Listed, today: date) -> PersonRow:
    """`row`: a contact, or what `app.db.people.listed` gives of one."""
    facts = row.facts
    standing, days = standing_of(facts, today)
    return PersonRow(
        id=row.id,
        name=row.name,
        company=row.company,
        kind=row.kind or "",
        rhythm=rhythm_words(row),
        last=last_words(row, today),
        coverage=facts.get("text", ""),
        unsure=row.unsure,
        state=facts.get("state", ""),
        tags=tuple(row.tags),
        standing=standing,
        days=days,
        tie=tie_of(facts),
    )


def note_line(row: NoteRow) -> NoteLine:
    return NoteLine(id=row.id, on=row.on, text=row.text)


def promise_lines(rows: Iterable[PromiseRow]) -> tuple[PromiseLine, ...]:
    """Open ones first, the earliest first and those without a day last; then kept ones, the latest first."""
    lines = [
        PromiseLine(
            id=row.id,
            what=row.what,
            text=row.text,
            words=f"A thank-you for introducing {row.text}" if row.what == THANKS else row.text,
            due_on=row.due_on,
            kept_on=row.kept_on,
        )
        for row in rows
    ]
    still = sorted((one for one in lines if one.kept_on is None), key=lambda one: (one.due_on or date.max, one.id))
    kept = sorted(
        (one for one in lines if one.kept_on is not None), key=lambda one: (one.kept_on, one.id), reverse=True
    )
    return (*still, *kept)


def suggested(
    one: SuggestionRow, contact: ContactRow, note: str = "", promised: Iterable[PromiseRow] = ()
) -> BlockPerson:
    return block_person(contact, one.body, outcome=one.outcome, note=note, promised=promised)


def block_person(
    contact: ContactRow, body: Mapping[str, Any], *, outcome: str, note: str = "", promised: Iterable[PromiseRow] = ()
) -> BlockPerson:
    """`note`: the latest of this person; `promised`: what is open."""
    channel = Channel(body["channel"])
    told: tuple[Reason, ...] = load_reasons(body["reasons"])
    suggestion = Suggestion(contact=str(contact.id), reasons=told, channel=channel, prompt=body["prompt"])
    return BlockPerson(
        contact_id=contact.id,
        name=contact.name,
        company=contact.company,
        reason=suggestion.sentence,
        channel=CHANNELS[channel],
        prompt=suggestion.prompt,
        outcome=outcome,
        note=_shortened(note),
        phone=contact.phone,
        tel=tel(contact.phone),
        promises=promise_lines(promised),
        put_off_until=contact.snoozed_until if outcome == "snoozed" else None,
    )


def _shortened(text: str) -> str:
    """One line of at most 200 characters."""
    line = " ".join(text.split())
    return line if len(line) <= 200 else f"{line[:199].rstrip()}…"


RULE_WORDS = {
    "room": "rooms and equipment",
    "calendar": "calendars",
    "bridge": "conference lines",
    "automatic": "automatic senders",
    "desk": "service desks",
    "list": "mailing lists",
    "colleague": "colleagues",
    "excluded": "never to be suggested",
    "evenings": "only evenings and weekends",
    "large": "only in large meetings",
    "future": "not met yet",
    "they_declined": "declined by them",
    "you_declined": "declined by you",
    "cancelled": "called off",
    "hidden_guests": "hidden guest lists",
    "private": "only in private entries",
    "no_meeting": "only in entries that are no meetings",
    "absent_organizer": "sent the invitation only",
}
"""The census' rules as the headings of a list, and the words of the account line."""

OF_ONE = {
    "calendars": "calendar",
    "conference lines": "conference line",
    "automatic senders": "automatic sender",
    "service desks": "service desk",
    "mailing lists": "mailing list",
    "colleagues": "colleague",
    "rooms and equipment": "room or device",
    "hidden guest lists": "hidden guest list",
}
"""The words of RULE_WORDS that are another for one alone."""


def left_out_groups(rows: Iterable[LeftOutRow]) -> tuple[tuple[str, tuple[LeftOutPerson, ...]], ...]:
    groups: dict[str, list[LeftOutPerson]] = {}
    for row in rows:
        person = LeftOutPerson(address=row.address, name=row.name, reason=row.reason, counted_in=row.counted_in)
        groups.setdefault(RULE_WORDS.get(row.rule, row.rule), []).append(person)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple((words, tuple(sorted(members, key=lambda one: one.name or one.address))) for words, members in ordered)


def account_line(found: Iterable[FoundPerson], addresses: Mapping[int, list[str]], out: Sequence[LeftOutRow]) -> str:
    """ "412 attendees: 120 found, 18 not sure, 230 colleagues, …", by address, so that it adds up."""
    sure = unsure = 0
    for person in found:
        count = len(addresses.get(person.id, [])) or 1
        sure, unsure = (sure + count, unsure) if person.sure or person.kind else (sure, unsure + count)
    groups = [(words, len(members)) for words, members in left_out_groups([row for row in out if not row.counted_in])]
    total = sure + unsure + sum(count for _, count in groups)
    others = (f"{count} {OF_ONE.get(words, words) if count == 1 else words}" for words, count in groups)
    parts = [f"{sure} found", f"{unsure} not sure", *others]
    return f"{total} attendee{'' if total == 1 else 's'}: {', '.join(parts)}."
