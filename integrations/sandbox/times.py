"""Google's dates: RFC 3339 moments, and the `start` and `end` of an event."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integrations.sandbox.errors import invalid, required

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def parse_moment(text: object) -> datetime | None:
    """RFC 3339 with or without an offset, to whole seconds; None when it is neither."""
    if not isinstance(text, str) or not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).replace(microsecond=0)
    except ValueError:
        return None


def parse_date(text: object) -> date | None:
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def zone_named(name: object) -> ZoneInfo | None:
    """The IANA zone of that name, or None."""
    if not isinstance(name, str) or not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def stamp(moment: datetime) -> str:
    """`created` and `updated`: UTC with milliseconds and Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def edge(value: object, *, name: str, zone: ZoneInfo, needs_zone: bool = False) -> dict[str, Any]:
    """`start` or `end` as Google stores it: a date alone, or a dateTime in the calendar's offset with its timeZone.

    `needs_zone`: a series must name the zone in which it repeats. Raises ApiError 400.
    """
    missing = required(f"Missing {name} time: needs dateTime or date.", field=name)
    if value is None:
        raise missing
    if not isinstance(value, dict):
        raise invalid(f"Invalid {name} time: must be an object with dateTime or date.", field=name)
    on, at, zone_name = value.get("date"), value.get("dateTime"), value.get("timeZone")
    if on is None and at is None:
        raise missing
    if on is not None and at is not None:
        raise invalid(f"Invalid {name} time: has both dateTime and date.", field=name)
    own = zone_named(zone_name)
    if zone_name is not None and own is None:
        raise invalid(f"Invalid time zone definition for {name} time: {zone_name!r}.", field=f"{name}.timeZone")
    if on is not None:
        day = parse_date(on)
        if day is None:
            raise invalid(f"Invalid {name} date: {on!r} is not YYYY-MM-DD.", field=f"{name}.date")
        return {"date": day.isoformat()}
    moment = parse_moment(at)
    if moment is None:
        raise invalid(f"Invalid {name} time: {at!r} is not an RFC 3339 time.", field=f"{name}.dateTime")
    if own is None and (needs_zone or moment.tzinfo is None):
        raise required(f"Missing time zone definition for {name} time.", field=f"{name}.timeZone")
    try:
        aware = moment if moment.tzinfo is not None else _settled(moment, own or zone)
        return timed(aware, zone=zone, named=own.key if own else zone.key)
    except OverflowError as error:
        raise invalid(f"Invalid {name} time: {at!r} is out of range.", field=f"{name}.dateTime") from error


def _settled(naive: datetime, zone: ZoneInfo) -> datetime:
    """A wall clock in `zone`; one that does not exist becomes the one an hour later."""
    return naive.replace(tzinfo=zone).astimezone(UTC)


def timed(moment: datetime, *, zone: ZoneInfo, named: str) -> dict[str, Any]:
    """A dateTime shown with the offset of `zone`, naming the zone `named`."""
    return {"dateTime": moment.astimezone(zone).isoformat(timespec="seconds").replace("+00:00", "Z"), "timeZone": named}


def moment_of(stored: dict[str, Any], zone: ZoneInfo) -> datetime:
    """The UTC moment of a stored edge; a date begins at midnight in the calendar's zone."""
    if "date" in stored:
        return datetime.combine(date.fromisoformat(stored["date"]), time(), zone).astimezone(UTC)
    return datetime.fromisoformat(stored["dateTime"]).astimezone(UTC)


def in_zone(stored: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """The edge with its offset changed to `zone` (the `timeZone` parameter); dates stay."""
    if "date" in stored:
        return stored
    return timed(datetime.fromisoformat(stored["dateTime"]), zone=zone, named=stored.get("timeZone", zone.key))
