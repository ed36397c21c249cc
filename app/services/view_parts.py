"""Rows -> the values that several pages show, and the words for them. Pure: no query, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
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
from scheduler.words import N_, Language, _, again, ngettext, spoken

CHANNELS = {
    Channel.MEETING: N_("A meeting"),
    Channel.CALL: N_("A call"),
    Channel.COFFEE: N_("A coffee"),
    Channel.VISIT: N_("A visit"),
    Channel.LETTER: N_("A letter"),
    Channel.MESSAGE: N_("A message"),
}


def names_on(on: date, today: date) -> date | None:
    return on - NAMES_AHEAD if on - today > NAMES_AHEAD else None


def last_words(row: ContactRow | Listed, today: date) -> str:
    last = row.facts.get("last_on")
    if last is None:
        return _("never in your calendar")
    return _last_words(last, bool(row.facts.get("noted")), today, spoken())


@lru_cache(maxsize=4096)  # lists say the same few days of many people
def _last_words(last: str, noted: bool, today: date, language: Language) -> str:
    """`language` is the one that is spoken."""
    day = say_date(date.fromisoformat(last), near=today)
    return _("last in touch {day}", day=day) if noted else _("last in your calendar {day}", day=day)


def rhythm_words(row: ContactRow | Listed) -> str:
    asked = row.cadence_ideal or row.facts.get("wanted")
    if asked:
        return _("{gap}, as you asked", gap=say_gap(asked))
    if row.facts.get("usual"):
        return say_gap(row.facts["usual"])
    match row.facts.get("days", 0):
        case 0:
            return _("never met alone")
        case times:
            return ngettext("met once, too new", "met {count} times, too new", times)


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


def person_row(row: ContactRow | Listed, today: date, said: Callable[[Any], str] = again) -> PersonRow:
    """`row`: a contact, or what `app.db.people.listed` gives of one. `said`: says again what is kept of where they
    stand."""
    facts = row.facts
    standing, days = standing_of(facts, today)
    return PersonRow(
        id=row.id,
        name=row.name,
        company=row.company,
        kind=row.kind or "",
        rhythm=rhythm_words(row),
        last=last_words(row, today),
        coverage=said(facts.get("text", "")),
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
            words=_("A thank-you for introducing {name}", name=row.text) if row.what == THANKS else row.text,
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
    suggestion = Suggestion(contact=str(contact.id), reasons=told, channel=channel, prompt=again(body["prompt"]))
    return BlockPerson(
        contact_id=contact.id,
        name=contact.name,
        company=contact.company,
        reason=suggestion.sentence,
        channel=_(CHANNELS[channel]),
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
    "room": N_("rooms and equipment"),
    "calendar": N_("calendars"),
    "bridge": N_("conference lines"),
    "automatic": N_("automatic senders"),
    "desk": N_("service desks"),
    "list": N_("mailing lists"),
    "colleague": N_("colleagues"),
    "excluded": N_("never to be suggested"),
    "evenings": N_("only evenings and weekends"),
    "large": N_("only in large meetings"),
    "future": N_("not met yet"),
    "they_declined": N_("declined by them"),
    "you_declined": N_("declined by you"),
    "cancelled": N_("called off"),
    "hidden_guests": N_("hidden guest lists"),
    "private": N_("only in private entries"),
    "no_meeting": N_("only in entries that are no meetings"),
    "absent_organizer": N_("sent the invitation only"),
}
"""The census' rules as the headings of a list, and the words of the account line."""

OF_ONE = {
    "calendars": N_("calendar"),
    "conference lines": N_("conference line"),
    "automatic senders": N_("automatic sender"),
    "service desks": N_("service desk"),
    "mailing lists": N_("mailing list"),
    "colleagues": N_("colleague"),
    "rooms and equipment": N_("room or device"),
    "hidden guest lists": N_("hidden guest list"),
}
"""The words of RULE_WORDS that are another for one alone."""


LeftOutGroup = tuple[str, tuple[LeftOutPerson, ...]]
"""A rule in words, and whom it left out."""


def left_out_groups(rows: Iterable[LeftOutRow]) -> tuple[LeftOutGroup, ...]:
    """By rule in the language spoken, the longest list first."""
    return tuple((_(words), members) for words, members in _by_rule(rows))


def a_part(groups: Iterable[LeftOutGroup], start: int, most: int) -> tuple[LeftOutGroup, ...]:
    """Of all members in their order so many from `start` on, in their groups; groups without any are left out."""
    found = []
    for words, members in groups:
        here = members[max(0, start) : max(0, start + most)]
        start -= len(members)
        if here:
            found.append((words, here))
    return tuple(found)


def _by_rule(rows: Iterable[LeftOutRow]) -> list[tuple[str, tuple[LeftOutPerson, ...]]]:
    groups: dict[str, list[LeftOutPerson]] = {}
    for row in rows:
        person = LeftOutPerson(address=row.address, name=row.name, reason=row.reason, counted_in=row.counted_in)
        groups.setdefault(RULE_WORDS.get(row.rule, row.rule), []).append(person)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(words, tuple(sorted(members, key=lambda one: one.name or one.address))) for words, members in ordered]


def account_line(found: Iterable[FoundPerson], addresses: Mapping[int, list[str]], out: Sequence[LeftOutRow]) -> str:
    """ "412 attendees: 120 found, 18 not sure, 230 colleagues, …", by address, so that it adds up."""
    sure = unsure = 0
    for person in found:
        count = len(addresses.get(person.id, [])) or 1
        sure, unsure = (sure + count, unsure) if person.sure or person.kind else (sure, unsure + count)
    groups = [(words, len(members)) for words, members in _by_rule(row for row in out if not row.counted_in)]
    parts = [_("{count} found", count=sure), _("{count} not sure", count=unsure)]
    parts += [f"{count} {_(OF_ONE.get(words, words) if count == 1 else words)}" for words, count in groups]
    total = sure + unsure + sum(count for _words, count in groups)
    return ngettext("{count} attendee: {parts}.", "{count} attendees: {parts}.", total, parts=", ".join(parts))
