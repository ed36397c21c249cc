"""A series to its instances: dateutil on the series' own wall clock, so that 10:00 stays 10:00 across a DST change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rruleset, rrulestr

from integrations.sandbox.errors import invalid
from integrations.sandbox.times import moment_of, timed, zone_named

LIMIT = 730  # instances of one series in one answer; Google stops about there, too
_LINE = re.compile(r"(RRULE|EXRULE|RDATE|EXDATE)((?:;[A-Za-z0-9-]+=[^:;]+)*):(.+)")
# What may take minutes to find its first date; Google's own pages cannot make such series.
_FINE = re.compile(r"EXRULE|FREQ=(SECOND|MINUTE|HOUR)LY", re.IGNORECASE)
_STEPS = 20_000  # dates looked at in one go
_UNTIL = re.compile(r"UNTIL=([^;]+)", re.IGNORECASE)
_INSTANCE_ID = re.compile(r"(.+)_(\d{8}(?:T\d{6}Z)?)")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of a series: UTC moments, and the day where the series is of whole days."""

    start: datetime
    end: datetime
    days: tuple[date, date] | None = None

    @property
    def suffix(self) -> str:
        return f"{self.days[0]:%Y%m%d}" if self.days else f"{self.start:%Y%m%dT%H%M%SZ}"


def split_instance_id(event_id: str) -> tuple[str, str] | None:
    """`<series>_YYYYMMDDTHHMMSSZ` or `<series>_YYYYMMDD` → the series' id and the suffix."""
    found = _INSTANCE_ID.fullmatch(event_id)
    return (found[1], found[2]) if found else None


def check(lines: object, start: dict[str, Any], zone: ZoneInfo) -> list[str]:
    """The lines of `recurrence`, or ApiError 400."""
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise invalid("Invalid recurrence: must be a list of lines.", field="recurrence")
    try:
        rules = _rules(lines, start, zone)
        if not _FINE.search(" ".join(lines)):
            next(iter(rules), None)  # some mistakes show only when dates are asked for
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise invalid(f"Invalid recurrence rule: {error}.", field="recurrence") from error
    return list(lines)


def occurrences(
    series: dict[str, Any], zone: ZoneInfo, *, after: datetime | None = None, before: datetime | None = None
) -> Iterator[Occurrence]:
    """Dates of a stored series that end after `after` and start before `before`, by start, exceptions not applied."""
    start, end = series["start"], series["end"]
    whole_days = "date" in start
    own = _zone_of(start, zone)
    long = moment_of(end, zone) - moment_of(start, zone)
    days = (date.fromisoformat(end["date"]) - date.fromisoformat(start["date"])) if whole_days else timedelta()
    for wall in islice(_rules(series["recurrence"], start, zone), _STEPS):
        if whole_days:
            first, last = wall.date(), wall.date() + days
            spot = Occurrence(_midnight(first, zone), _midnight(last, zone), (first, last))
        else:
            begins = wall.replace(tzinfo=own).astimezone(UTC)
            spot = Occurrence(begins, begins + long)
        if before is not None and spot.start >= before:
            return
        if after is None or spot.end > after:
            yield spot


def instance(series: dict[str, Any], spot: Occurrence, zone: ZoneInfo) -> dict[str, Any]:
    """The event of one date as Google makes it up from the series."""
    made = {key: value for key, value in series.items() if key != "recurrence"}
    named = series["start"].get("timeZone", zone.key)
    made["id"] = f"{series['id']}_{spot.suffix}"
    made["recurringEventId"] = series["id"]
    if spot.days:
        made["start"], made["end"] = {"date": spot.days[0].isoformat()}, {"date": spot.days[1].isoformat()}
    else:
        made["start"] = timed(spot.start, zone=zone, named=named)
        made["end"] = timed(spot.end, zone=zone, named=series["end"].get("timeZone", named))
    made["originalStartTime"] = dict(made["start"])
    return made


def last_end(series: dict[str, Any], zone: ZoneInfo) -> datetime | None:
    """When the last instance ends, None for a series without an end (or one too long to count)."""
    if not all("UNTIL=" in line or "COUNT=" in line for line in series["recurrence"] if line.startswith("RRULE")):
        return None
    last: datetime | None = moment_of(series["end"], zone)
    for count, spot in enumerate(occurrences(series, zone)):
        if count > 20 * LIMIT:
            return None
        last = max(last, spot.end) if last else spot.end
    return last


def _rules(lines: Sequence[str], start: dict[str, Any], zone: ZoneInfo) -> rruleset:
    own = _zone_of(start, zone)
    first = _wall(start, own)
    rules, has_rule = rruleset(), False
    for line in lines:
        found = _LINE.fullmatch(line.strip())
        if not found:
            raise ValueError(f"{line!r} is not an RRULE, EXRULE, RDATE or EXDATE line")
        name, parameters, value = found.groups()
        if name in ("RRULE", "EXRULE"):
            rule = _rule(value, first, own, whole_days="date" in start)
            if name == "RRULE":
                rules.rrule(rule)
                has_rule = True
            else:
                rules.exrule(rule)
        else:
            for moment in _moments(parameters, value, first, own):
                (rules.rdate if name == "RDATE" else rules.exdate)(moment)
    if not has_rule:
        rules.rdate(first)  # dates alone are added to the first one
    return rules


def _rule(value: str, first: datetime, own: ZoneInfo, *, whole_days: bool) -> rrule:
    def until(found: re.Match[str]) -> str:
        text = found[1]
        if "T" not in text:
            day = datetime.fromisoformat(text)
            end = day if whole_days else datetime.combine(day, time(23, 59, 59))
        else:
            end = _wall_text(text, own)
        return f"UNTIL={end:%Y%m%dT%H%M%S}"

    rule = rrulestr(_UNTIL.sub(until, value), dtstart=first)
    if not isinstance(rule, rrule):
        raise ValueError(f"{value!r} is not one rule")
    return rule


def _moments(parameters: str, value: str, first: datetime, own: ZoneInfo) -> Iterator[datetime]:
    named = next((part[5:] for part in parameters.split(";") if part.upper().startswith("TZID=")), "")
    zone = zone_named(named) if named else own
    if zone is None:
        raise ValueError(f"{named!r} is not a time zone")
    for text in value.split(","):
        if "T" in text:
            wall = _wall_text(text, zone)
            yield wall.replace(tzinfo=zone).astimezone(own).replace(tzinfo=None) if zone is not own else wall
        else:
            day = datetime.fromisoformat(text)
            yield datetime.combine(day, first.time())


def _wall_text(text: str, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment


def _wall(start: dict[str, Any], own: ZoneInfo) -> datetime:
    if "date" in start:
        return datetime.combine(date.fromisoformat(start["date"]), time())
    return datetime.fromisoformat(start["dateTime"]).astimezone(own).replace(tzinfo=None)


def _zone_of(start: dict[str, Any], zone: ZoneInfo) -> ZoneInfo:
    return zone_named(start.get("timeZone")) or zone


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
