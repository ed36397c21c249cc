"""Entries of the user's own that name somebody: "Call Marta", "Lunch w/ Marta Lindqvist", "Marta Lindqvist".

Calls have no guests, so the calendar does not say with whom they were; the title does. Conservative: a touch that did
not happen hides somebody who is due, so whatever is unclear counts for nobody. One person, by the whole name, or by a
first name that only one known person has together with a word that speaks of contact.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from scheduler.addresses import words
from scheduler.meetings import PERSONAL_PERIOD, moment_of
from scheduler.model import Channel, EventType, Occurrence, Response
from scheduler.twins import bare

LONGEST_TITLE = 120
"""A longer title is a note, not an appointment."""

_CHANNELS: tuple[tuple[Channel, frozenset[str]], ...] = (
    (
        Channel.CALL,
        words(
            "call calls ring phone telephone tel zoom teams facetime anruf anrufen telefonat telefon telefonieren"
            " rufen ruckruf telko"
        ),
    ),
    (Channel.COFFEE, words("coffee kaffee espresso tea tee cafe")),
    (Channel.VISIT, words("visit visiting besuch besuche besuchen")),
    (
        Channel.MEETING,
        words(
            "meet meeting lunch dinner breakfast brunch drinks beer wine walk catchup catch chat talk 1:1 sync see"
            " treffen mittag mittagessen abendessen essen fruhstuck gesprach termin austausch bier wein spaziergang"
            " jour"
        ),
    ),
)
_WORDS = frozenset(word for _, its in _CHANNELS for word in its)
_BETWEEN = words(
    "with w/ w to at @ @w up mit bei beim zu zum an am for in on the a der die das dem den - – — : , ( ) | / . um"
    " dr frau herr herrn mr mrs ms re about wegen uber back quick kurz kurzes virtual online video"
)
"""What may stand between a word of contact and a first name, and after the name."""
_LITTLE = _WORDS | _BETWEEN
_NOT_CONTACT = words(
    "birthday geburtstag bday prepare preparing prep vorbereiten vorbereitung draft send senden schicken invoice"
    " rechnung offer angebot review remind reminder erinnern erinnerung ask fragen email e-mail mail reply answer"
    " antworten write schreiben letter brief cancelled canceled abgesagt verschoben postponed moved missed verpasst"
    " without ohne after nach before vor travel fahrt weg reise report bericht research recherche gift"
    " geschenk present flowers blumen todo task follow-up followup notes notizen protokoll minutes contract vertrag"
    " read lesen check prufen book buchen arrange schedule vereinbaren plan planen try versuchen holiday urlaub"
    " vacation leave ooo"
)
"""A title with one of these speaks of work about somebody, not of contact with them."""

_TOKENS = re.compile(r"1:1|w/|@w\b|e-mail|follow-up|[^\W_]+(?:['’][^\W_]+)*|[^\w\s]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """Somebody the user knows, under any of these names."""

    key: str
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SoloEntry:
    """One entry that names exactly one person. A touch once it is `past`, a booked meeting before."""

    contact: str  # Named.key
    source: str  # "<event_id>/<key>"
    title: str
    start: datetime
    on: date  # in the user's zone
    channel: Channel
    personal: bool  # not a series of every week or oftener
    past: bool


def solo_entries(
    occurrences: Iterable[Occurrence],
    people: Sequence[Named],
    *,
    now: datetime,
    zone: ZoneInfo,
    strangers: Collection[str] = (),
    own: Collection[str] = (),
) -> list[SoloEntry]:
    """Earliest first. `strangers`: names of others in the calendar, such as colleagues: a first name that is theirs
    too is nobody's. `own`: the user's addresses. Linear in the words of the titles."""
    entries = [one for one in occurrences if _is_own(one, own) and len(one.title) <= LONGEST_TITLE]
    if not entries:
        return []
    whole, first = _index(people, strangers)
    found = []
    for occurrence in entries:
        read = _read(occurrence.title, whole, first)
        if read is None:
            continue
        past = moment_of(occurrence.end) <= now
        if occurrence.cancelled and not past:
            continue
        start = moment_of(occurrence.start)
        found.append(
            SoloEntry(
                contact=read[0],
                source=f"{occurrence.event_id}/{occurrence.key}",
                title=occurrence.title,
                start=start,
                on=start.astimezone(zone).date(),
                channel=read[1],
                personal=occurrence.period_days is None or occurrence.period_days > PERSONAL_PERIOD,
                past=past,
            )
        )
    return sorted(found, key=lambda one: (one.start, one.source))


def _is_own(occurrence: Occurrence, own: Collection[str]) -> bool:
    """Made by the user for themselves, at a time of the day, and kept."""
    if occurrence.all_day or occurrence.private or occurrence.transparent or occurrence.block_tag:
        return False
    if occurrence.type is not EventType.DEFAULT or occurrence.response is Response.DECLINED:
        return False
    if occurrence.attendees_omitted or any(
        not (one.is_self or one.is_resource or one.address in own) for one in occurrence.attendees
    ):
        return False
    organizer = occurrence.organizer
    return organizer is None or organizer.is_self or not organizer.address or organizer.address in own


@lru_cache(maxsize=8192)  # the same names and titles, refresh after refresh
def _split(text: str) -> tuple[str, ...]:
    return tuple(_TOKENS.findall(bare(text)))


def _index(
    people: Sequence[Named], strangers: Collection[str]
) -> tuple[dict[str, list[tuple[tuple[str, ...], str]]], dict[str, str]]:
    """Whole names by each word that one may begin with, and the first names that are one person's alone."""
    whole: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    firsts: dict[str, set[str]] = {}
    for one in people:
        for name in dict.fromkeys(one.names):
            parts = [word for word in _split(name) if word[0].isalnum()]
            if not parts:
                continue
            firsts.setdefault(parts[0], set()).add(one.key)
            if len(parts) > 1:
                for order in {tuple(parts), (*parts[1:], parts[0])}:
                    whole.setdefault(order[0], []).append((order, one.key))
    for name in strangers:
        if said := _split(name):
            firsts.setdefault(said[0], set()).add("")
    alone = {
        first: next(iter(keys))
        for first, keys in firsts.items()
        if len(keys) == 1 and "" not in keys and len(first) > 1 and first not in _LITTLE
    }
    return whole, alone


def _read(
    title: str, whole: dict[str, list[tuple[tuple[str, ...], str]]], first: dict[str, str]
) -> tuple[str, Channel] | None:
    """Whom a title names and how they were in touch; None where it is anything but clear."""
    said: Sequence[str] = _split(title)
    if not said or not _NOT_CONTACT.isdisjoint(said):
        return None
    by_whole: set[str] = set()
    taken: set[int] = set()  # places of whole names
    for place, word in enumerate(said):
        for name, key in whole.get(word, ()):
            # A comma or hyphen may stand inside: "Lindqvist, Marta".
            rest = [(at, one) for at, one in enumerate(said[place:], start=place) if one not in ",-"][: len(name)]
            if tuple(one for _, one in rest) == name:
                by_whole.add(key)
                taken.update(at for at, _ in rest)
    by_first = {first[word] for place, word in enumerate(said) if place not in taken and word in first}
    if len(by_whole | by_first) != 1:
        return None
    (key,) = by_whole | by_first
    contact = {word for place, word in enumerate(said) if place not in taken and word in _WORDS}
    if not by_whole and not (
        contact and _stands_alone(said, next(at for at, word in enumerate(said) if word in first))
    ):
        return None
    return key, next((channel for channel, its in _CHANNELS if its & contact), Channel.MEETING)


def _stands_alone(said: Sequence[str], place: int) -> bool:
    """Whether a first name is used as one: no other surname after it, nobody beside it, contact or little before."""
    before, after = said[:place], said[place + 1 : place + 2]
    if after and not (after[0] in _LITTLE or after[0].isdigit()):
        return False
    return all(word in _LITTLE or word.isdigit() for word in before)
