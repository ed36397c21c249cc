"""The brain's nouns <-> the text of a column that is only ever read whole. Short keys: there are many of these.

A moment is written as RFC 9557 has it (`2026-11-24T10:00:00+01:00[Europe/Berlin]`), since the zone in which a series
repeats must survive; an all-day entry's is a plain date.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from scheduler.model import Attendee, Event, EventType, Occurrence, Reason, Reminders, Response, Rule
from scheduler.words import again, kept

_RULE = TypeAdapter(Rule)
_REASON = TypeAdapter(tuple[Reason, ...])
_EVENT_DEFAULTS = Event(id="")
_EVENT_FIELDS = tuple(field.name for field in fields(Event))
_of_event = attrgetter(*_EVENT_FIELDS)
_EVENT_UNSAID = tuple(zip(_EVENT_FIELDS, _of_event(_EVENT_DEFAULTS), strict=True))

MOST_GUESTS = 100
"""Guests kept of one entry, the user and the organiser first: a talk has a tenth of that, and an hourly series with
thousands of them would fill the memory."""

LONGEST_TITLE = 500
"""Characters kept of the title of an entry that is not ours."""

LONGEST_LINE, MOST_LINES = 16_000, 50
"""Characters kept of a line of recurrence, room for a thousand dates; and lines."""

_zone = lru_cache(maxsize=256)(ZoneInfo)
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def dump_rule(rule: Rule) -> dict[str, Any]:
    return {**_RULE.dump_python(rule, mode="json"), "weekdays": sorted(rule.weekdays)}


def load_rule(body: Mapping[str, Any]) -> Rule:
    return _RULE.validate_python(dict(body))


def dump_reasons(reasons: tuple[Reason, ...]) -> list[dict[str, Any]]:
    dumped: list[dict[str, Any]] = _REASON.dump_python(reasons, mode="json")
    return [one | {"text": kept(reason.text)} for one, reason in zip(dumped, reasons, strict=True)]


def load_reasons(body: list[Any]) -> tuple[Reason, ...]:
    said = [again(one["text"]) for one in body]
    found = _REASON.validate_python([one | {"text": text} for one, text in zip(body, said, strict=True)])
    return tuple(replace(reason, text=text) for reason, text in zip(found, said, strict=True))


def dump_moment(moment: datetime | date | None) -> str | None:
    if isinstance(moment, datetime) and isinstance(moment.tzinfo, ZoneInfo):
        return f"{moment.isoformat()}[{moment.tzinfo.key}]"
    return None if moment is None else moment.isoformat()


def load_moment(text: str | None) -> datetime | date | None:
    if text is None:
        return None
    if len(text) == 10:
        return date.fromisoformat(text)
    iso, _, zone = text.partition("[")
    moment = datetime.fromisoformat(iso)
    return moment.astimezone(_zone(zone[:-1])) if zone else moment


def _dump_attendee(who: Attendee) -> list[Any]:
    flags = who.is_self + 2 * who.is_organizer + 4 * who.is_resource
    return [who.address, who.name, who.response, flags]


def _load_attendee(row: list[Any]) -> Attendee:
    return _attendee(*row)


@lru_cache(maxsize=4096)  # the same few people stand in thousands of entries: they are held in memory once
def _attendee(address: str, name: str, response: str, flags: int) -> Attendee:
    return Attendee(
        address=address,
        name=name,
        response=Response(response),
        is_self=bool(flags & 1),
        is_organizer=bool(flags & 2),
        is_resource=bool(flags & 4),
    )


_MOMENTS = frozenset({"start", "end", "original_start"})


def dump_event(event: Event, *, keep_description: bool) -> str:
    """Only what differs from an empty event. Descriptions of entries that are not ours are not kept: not needed."""
    body: dict[str, Any] = {}
    for (name, unsaid), value in zip(_EVENT_UNSAID, _of_event(event), strict=True):
        if value is unsaid or value == unsaid or (name == "description" and not keep_description):
            continue
        if name == "title" and not keep_description:
            value = value[:LONGEST_TITLE]
        if name == "recurrence":
            value = [line[:LONGEST_LINE] for line in value[:MOST_LINES]]
        if name in _MOMENTS:
            value = dump_moment(value)
        elif name == "organizer":
            value = _dump_attendee(value)
        elif name == "attendees":
            value = [_dump_attendee(who) for who in _foremost(value)]
        elif name == "reminders":
            value = value.minutes
        elif name == "properties":
            value = dict(value)
        body[name] = value
    return _ENCODE(body)


def _foremost(guests: tuple[Attendee, ...]) -> Iterable[Attendee]:
    if len(guests) <= MOST_GUESTS:
        return guests
    return sorted(guests, key=lambda who: not (who.is_self or who.is_organizer))[:MOST_GUESTS]


def load_event(text: str) -> Event:
    body = json.loads(text)
    for name in _MOMENTS & body.keys():
        body[name] = load_moment(body[name])
    if "organizer" in body:
        body["organizer"] = _load_attendee(body["organizer"])
    if "attendees" in body:
        body["attendees"] = tuple(_load_attendee(row) for row in body["attendees"])
    if "reminders" in body:
        body["reminders"] = Reminders(minutes=tuple(body["reminders"]))
    if "recurrence" in body:
        body["recurrence"] = tuple(body["recurrence"])
    if "type" in body:
        body["type"] = EventType(body["type"])
    return Event(**body)


def dump_occurrence(one: Occurrence) -> str:
    """All but id, key, start, end, which are columns."""
    flags = one.transparent + 2 * one.private + 4 * one.attendees_omitted + 8 * one.cancelled
    body: list[Any] = [
        one.title,
        one.type,
        one.response,
        flags,
        one.period_days,
        one.block_tag,
        _dump_attendee(one.organizer) if one.organizer else None,
        [_dump_attendee(who) for who in one.attendees],
    ]
    return _ENCODE(body)


def load_occurrence(event_id: str, key: str, start: datetime | date, end: datetime | date, text: str) -> Occurrence:
    return Occurrence(event_id=event_id, key=key, start=start, end=end, **_lasting(text))


@lru_cache(maxsize=2048)  # the turns of a series have all of this in common, and hold it in memory once
def _lasting(text: str) -> Mapping[str, Any]:
    title, kind, response, flags, period, tag, organizer, attendees = json.loads(text)
    return {
        "title": title,
        "type": EventType(kind),
        "response": Response(response),
        "transparent": bool(flags & 1),
        "private": bool(flags & 2),
        "attendees_omitted": bool(flags & 4),
        "cancelled": bool(flags & 8),
        "period_days": period,
        "block_tag": tag,
        "organizer": _load_attendee(organizer) if organizer else None,
        "attendees": tuple(_load_attendee(row) for row in attendees),
    }
