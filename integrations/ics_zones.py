"""The names of zones in .ics files → zones.

In this order: an IANA name, alone or at the end of a path; Windows' name for one (the Unicode table that icalendar
brings); what the file's own VTIMEZONE says it is; the known zone whose clocks go as the VTIMEZONE describes; at last
the description itself. A description is worked out by `scheduler.turns`, which no rule can hang.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from integrations.ics_fields import moment_of, split
from scheduler.timespan import Span
from scheduler.turns import Series

MOST_ZONES, _MOST_OBSERVANCES, _MOST_LINES = 200, 50, 40
_DESCRIBED = Span(datetime(1995, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))
_FIRST_SAMPLE = datetime(2024, 1, 3, 12, tzinfo=UTC)
_SAMPLES = tuple(_FIRST_SAMPLE + n * timedelta(days=5) for n in range(4 * 73))
"""Moments that tell zones apart: every fifth day of four years."""
_LARGE = (
    "Europe/Berlin", "Europe/London", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
    "Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney",
)  # fmt: skip
_UTC_NAMES = frozenset({"utc", "z", "gmt", "etc/utc", "tzone://microsoft/utc", "(utc) coordinated universal time"})


@cache
def _known() -> dict[str, str]:
    """Names, casefolded → IANA keys."""
    names = {name.casefold(): name for name in sorted(available_timezones())}
    return {windows.casefold(): name for windows, name in WINDOWS_TO_OLSON.items()} | names


@lru_cache(maxsize=1_000)
def zone_named(name: str) -> ZoneInfo | None:
    """The zone of an IANA or Windows name, also at the end of a path; None where nobody knows it."""
    cleaned = name.strip().strip('"').casefold()
    if not cleaned:
        return None
    if cleaned in _UTC_NAMES:
        return ZoneInfo("UTC")
    parts = cleaned.strip("/").split("/")
    for start in range(min(len(parts), 8)):
        key = _known().get("/".join(parts[start:]))
        if key is not None:
            return ZoneInfo(key)
    return None


@dataclass(slots=True)
class Described:
    """A VTIMEZONE as read: its lines, and those of each observance in it."""

    tzid: str = ""
    location: str = ""
    observances: list[dict[str, list[str]]] = field(default_factory=list)

    def take(self, name: str, line: str) -> None:
        """A line of the VTIMEZONE itself. Raises ValueError."""
        if name == "TZID":
            self.tzid = split(line)[1].strip()[:200]
        elif name in ("X-LIC-LOCATION", "X-TZINFO"):
            self.location = split(line)[1].partition("[")[0].strip()[:200]

    def begin_observance(self) -> None:
        self.observances.append({})

    def observe(self, name: str, line: str) -> None:
        """A line of the observance begun last."""
        if len(self.observances) <= _MOST_OBSERVANCES:
            lines = self.observances[-1].setdefault(name, [])
            if len(lines) < _MOST_LINES:
                lines.append(line)


class Zones:
    """The zones of one file, by the names it gives them. `own` is the user's, where they said it."""

    def __init__(self, own: ZoneInfo | None = None) -> None:
        self._own = own
        self._described: dict[str, Described] = {}
        self._found: dict[str, tzinfo | None] = {}

    def describe(self, zone: Described) -> None:
        """Of several descriptions under one name the one that says most counts, whatever their order."""
        before = self._described.get(zone.tzid)
        if before is None and len(self._described) >= MOST_ZONES:
            return
        if before is None or (len(zone.observances), repr(zone)) > (len(before.observances), repr(before)):
            self._described[zone.tzid] = zone

    @property
    def described(self) -> Iterable[str]:
        return self._described

    def find(self, name: str) -> tzinfo | None:
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def _find(self, name: str) -> tzinfo | None:
        zone = zone_named(name)
        described = self._described.get(name)
        if zone is not None or described is None:
            return zone
        return zone_named(described.location) or _zone_like(described, self._own)


def _zone_like(described: Described, own: ZoneInfo | None) -> tzinfo | None:
    """The known zone with these clocks: the user's own, one whose city the name tells, a large one, any; else the
    description itself. None where it describes nothing."""
    changes = sorted(set(_changes(described)))
    if not changes:
        return None
    table = TableZone(described.tzid, changes)
    wanted = [moment.astimezone(table).utcoffset() for moment in _SAMPLES]
    all_names = dict.fromkeys(WINDOWS_TO_OLSON.values())
    told = [name for name in all_names if name.rpartition("/")[2].replace("_", " ") in described.tzid]
    for name in dict.fromkeys([*([own.key] if own else []), *told, *_LARGE, *all_names]):
        zone = ZoneInfo(name)
        if all(moment.astimezone(zone).utcoffset() == offset for moment, offset in zip(_SAMPLES, wanted, strict=True)):
            return zone
    return table


def _changes(described: Described) -> Iterable[tuple[datetime, timedelta]]:
    """Naive UTC moments from which an offset holds."""
    for lines in described.observances[:_MOST_OBSERVANCES]:
        try:
            before, after = (_offset(split(lines[name][-1])[1]) for name in ("TZOFFSETFROM", "TZOFFSETTO"))
            start = moment_of(split(lines["DTSTART"][-1])[1], {}).at
            rules = [f"{name}:{split(line)[1]}" for name in ("RRULE", "RDATE") for line in lines.get(name, ())]
        except (ValueError, KeyError):
            continue
        if not isinstance(start, datetime):
            continue
        onsets = {start} | {
            turn.replace(tzinfo=None)
            for _, turn in Series(rules, start.replace(tzinfo=UTC)).within(_DESCRIBED, timedelta())
            if isinstance(turn, datetime)
        }
        for onset in sorted(onsets)[:1_000]:
            yield onset - before, after


def _offset(text: str) -> timedelta:
    """`+0100`, `-053000`. Raises ValueError."""
    text = text.strip().replace(":", "")
    digits = text.lstrip("+-")
    if len(digits) not in (4, 6) or not digits.isascii() or not digits.isdigit():
        raise ValueError("no offset")
    length = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]), seconds=int(digits[4:] or 0))
    if length >= timedelta(hours=24):
        raise ValueError("no offset")
    return -length if text.startswith("-") else length


class TableZone(tzinfo):
    """A zone that exists in one file only: offsets by the naive UTC moments from which they hold."""

    def __init__(self, name: str, changes: list[tuple[datetime, timedelta]]) -> None:
        self._name = name
        self._from = [moment for moment, _ in changes]
        self._offsets = [changes[0][1], *(offset for _, offset in changes)]
        # By the wall clock an offset ends when the next begins, read by the later clock of the two.
        steps = pairwise(self._offsets)
        self._walls = [moment + max(old, new) for moment, (old, new) in zip(self._from, steps, strict=True)]

    def utcoffset(self, moment: datetime | None) -> timedelta:
        if moment is None:
            return self._offsets[-1]
        return self._offsets[bisect_right(self._walls, moment.replace(tzinfo=None))]

    def fromutc(self, moment: datetime) -> datetime:
        return moment + self._offsets[bisect_right(self._from, moment.replace(tzinfo=None))]

    def dst(self, moment: datetime | None) -> timedelta:
        return timedelta()

    def tzname(self, moment: datetime | None) -> str:
        return self._name
