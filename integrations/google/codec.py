"""An event as Google's JSON and as the model has it; pure, and where `Any` stops.

Whatever Google sends must not stop a sync: what is merely odd (an unknown word, a zone nobody knows, an
attendee without address) falls back to the default; only what makes no event at all is a MalformedEvent.
Facts about the format: Google's Calendar v3 discovery document, resource "Event".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from scheduler.model import Attendee, BlockEvent, Event, EventType, Part, Reminders, Response

EVENT_FIELDS = (
    "id,etag,status,eventType,summary,description,start,end,recurrence,recurringEventId,originalStartTime,"
    "organizer(email,displayName,self),"
    "attendees(email,displayName,responseStatus,self,organizer,resource),attendeesOmitted,"
    "transparency,visibility,colorId,reminders,extendedProperties/private"
)
"""The mask for one event: what `Event` needs and no more."""

FIELDS = f"items({EVENT_FIELDS}),nextPageToken,nextSyncToken,timeZone"
"""The mask for events.list."""

_STATUSES = frozenset({"confirmed", "tentative", "cancelled"})
_VISIBILITIES = frozenset({"default", "public", "private", "confidential"})
_TYPES: Mapping[str, EventType] = {one.value: one for one in EventType}
_RESPONSES: Mapping[str, Response] = {one.value: one for one in Response}
_DEFAULT_REMINDERS = Event(id="").reminders
_NOTHING: Mapping[str, Any] = {}
_FIRST_YEAR, _LAST_YEAR = 2, 9998  # beyond these a change of zone leaves Python's calendar

Word = TypeVar("Word", bound=StrEnum)


class MalformedEvent(ValueError):
    """The answer holds no usable event here. The message holds no personal data; skip the event and count it."""


def event_from_json(data: Mapping[str, Any], *, zone: str = "") -> Event:
    """An event of Google's as the model has it.

    `zone` is the calendar's own (IANA), used for times that name none. A cancelled event may lack everything
    but its id. Raises MalformedEvent where the id, or the start or end of a live event, is missing or unreadable.
    """
    if not isinstance(data, dict):
        raise MalformedEvent("not an object")
    event_id = _text(data.get("id"))
    if not event_id:
        raise MalformedEvent("without an id")
    status = _text(data.get("status"))
    status = status if status in _STATUSES else "confirmed"
    start, end = _moment(data.get("start"), zone), _moment(data.get("end"), zone)
    if status != "cancelled":
        if start is None:
            raise MalformedEvent("a live event without a readable start")
        if end is None:
            if data.get("end"):
                raise MalformedEvent("a live event without a readable end")
            end = start if isinstance(start, datetime) else start + timedelta(days=1)
    visibility = _text(data.get("visibility"))
    visibility = visibility if visibility in _VISIBILITIES else "default"
    return Event(
        id=event_id,
        etag=_text(data.get("etag")),
        status=status,
        type=_word(_TYPES, data.get("eventType"), EventType.DEFAULT),
        title=_text(data.get("summary")),
        description=_text(data.get("description")),
        start=start,
        end=end,
        recurrence=tuple(line for line in map(_text, _list(data.get("recurrence"))) if line),
        series_id=_text(data.get("recurringEventId")) or None,
        original_start=_moment(data.get("originalStartTime"), zone),
        organizer=_person(data.get("organizer"), is_organizer=True),
        attendees=tuple(
            person for item in _list(data.get("attendees")) if (person := _person(item, is_organizer=False)) is not None
        ),
        attendees_omitted=data.get("attendeesOmitted") is True,
        transparent=data.get("transparency") == "transparent",
        private=visibility in ("private", "confidential"),
        visibility=visibility,
        color_id=_text(data.get("colorId")),
        reminders=_reminders(data.get("reminders")),
        properties=_properties(data.get("extendedProperties")),
    )


def _properties(value: object) -> dict[str, str]:
    """The private ones."""
    private = _mapping(_mapping(value).get("private"))
    return {_text(key): _text(value) for key, value in private.items() if isinstance(value, str)}


def block_to_json(block: BlockEvent, parts: frozenset[Part] | None = None) -> dict[str, Any]:
    """A block as the body of an insert (`parts` None: the whole, with its id) or of a patch (only these parts).

    In a patch an empty colour and a property with an empty value become null, which deletes them.
    """
    whole = parts is None
    body: dict[str, Any] = {"id": block.id} if whole else {}
    wanted = frozenset(Part) if parts is None else parts
    if Part.TIME in wanted:
        body["start"] = _moment_to_json(block.start, block.zone)
        body["end"] = _moment_to_json(block.end, block.zone)
    if Part.TITLE in wanted:
        body["summary"] = block.title
    if Part.DESCRIPTION in wanted:
        body["description"] = block.description
    if Part.COLOR in wanted and (block.color_id or not whole):
        body["colorId"] = block.color_id or None
    if Part.VISIBILITY in wanted:
        body["visibility"] = block.visibility
    if Part.TRANSPARENCY in wanted:
        body["transparency"] = "transparent" if block.transparent else "opaque"
    if Part.REMINDERS in wanted:
        body["reminders"] = _reminders_to_json(block.reminders, whole=whole)
    if Part.PROPERTIES in wanted:
        private = {key: value or None for key, value in block.properties.items() if value or not whole}
        body["extendedProperties"] = {"private": private}
    return body


def _moment_to_json(moment: datetime, zone: str) -> dict[str, str]:
    """A timed start or end, spelled in the wall clock of its zone."""
    return {"dateTime": moment.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds"), "timeZone": zone}


def _reminders_to_json(reminders: Reminders, *, whole: bool) -> dict[str, Any]:
    if reminders.minutes is not None:
        overrides = [{"method": "popup", "minutes": minute} for minute in reminders.minutes]
        return {"useDefault": False, "overrides": overrides}
    # A patch is merged: what is there must go, for Google refuses the default beside reminders of one's own.
    return {"useDefault": True} if whole else {"useDefault": True, "overrides": None}


def _moment(value: object, zone: str) -> datetime | date | None:
    """A start, end or originalStartTime: a date, or a datetime in the zone it names; None where unreadable."""
    if not isinstance(value, dict):
        return None
    data: dict[str, Any] = value
    try:
        if isinstance(text := data.get("dateTime"), str):
            moment = datetime.fromisoformat(text)
            home = _zone(_text(data.get("timeZone"))) or _zone(zone)
            if moment.utcoffset() is None:
                return _within_reason(moment.replace(tzinfo=home)) if home else None
            return _within_reason(moment if home is None else moment.astimezone(home))
        if isinstance(text := data.get("date"), str):
            return _within_reason(date.fromisoformat(text))
    except (ValueError, OverflowError):
        return None
    return None


Moment = TypeVar("Moment", datetime, date)


def _within_reason(moment: Moment) -> Moment:
    """Refuse dates which cannot be carried into another zone."""
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError("outside the calendar")
    return moment


@lru_cache(maxsize=1024)
def _zone(name: str) -> tzinfo | None:
    """The zone of that IANA name, None where it is none (Google also sends "GMT+05:30", some apps worse)."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; malformed; a folder of the zone database
        return None


def _person(value: object, *, is_organizer: bool) -> Attendee | None:
    if not isinstance(value, dict):
        return None
    return _known(
        _text(value.get("email")),
        _text(value.get("displayName")),
        _text(value.get("responseStatus")),
        value.get("self") is True,
        is_organizer or value.get("organizer") is True,
        value.get("resource") is True,
    )


@lru_cache(maxsize=8192)  # the same few people stand in thousands of entries: they are made and held in memory once
def _known(email: str, name: str, response: str, is_self: bool, is_organizer: bool, is_resource: bool) -> Attendee:
    return Attendee(
        address=email.strip().lower(),
        name=name.strip(),
        response=_word(_RESPONSES, response, Response.NEEDS_ACTION),
        is_self=is_self,
        is_organizer=is_organizer,
        is_resource=is_resource,
    )


def _reminders(value: object) -> Reminders:
    """Popups only, earliest to the start first: Google gives them back in any order."""
    data = _mapping(value)
    if data.get("useDefault") is not False:
        return _DEFAULT_REMINDERS
    overrides = [_mapping(item) for item in _list(data.get("overrides"))]
    minutes = {
        item["minutes"] for item in overrides if item.get("method") == "popup" and type(item.get("minutes")) is int
    }
    return Reminders(minutes=tuple(sorted(minutes)))


def _word(words: Mapping[str, Word], value: object, default: Word) -> Word:
    return words.get(value, default) if isinstance(value, str) else default


def _text(value: object) -> str:
    """A string that every database can hold: without NUL and halves of surrogate pairs, which JSON can spell."""
    if not isinstance(value, str):
        return str(value) if type(value) is int else ""
    if "\0" in value:
        value = value.replace("\0", "")
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else _NOTHING


def _list(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else ()
