"""Where everything of a week goes on the page: columns, lanes side by side, bars across days. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.sandbox.times import moment_of

_FIRST_HOUR, _LAST_HOUR = 7, 20
_SHORTEST = 20  # minutes an entry is tall at least
_LONG = timedelta(hours=24)  # from here on an entry is drawn across days, as Google does


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One event as it is drawn; `start` and `end` are its own, ISO, not those of the part that is visible.

    `top`, `height`, `left`, `width` are percent of the day's column (timed); `column`, `span`, `row` are places in
    the grid above (`bar`).
    """

    number: int
    event_id: str
    title: str
    when: str
    start: str
    end: str
    looks: str
    bar: bool
    minutes: int = 0  # tall, of the part that is visible
    top: float = 0
    height: float = 0
    left: float = 0
    width: float = 100
    column: int = 0
    span: int = 0
    row: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    day: date
    today: bool
    now: float | None
    entries: tuple[Entry, ...]

    @property
    def name(self) -> str:
        return f"{self.day:%a}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    monday: date
    hours: range
    days: tuple[Day, ...]
    bars: tuple[Entry, ...]

    @property
    def key(self) -> str:
        return week_key(self.monday)

    @property
    def previous(self) -> str:
        return week_key(self.monday - timedelta(weeks=1))

    @property
    def following(self) -> str:
        return week_key(self.monday + timedelta(weeks=1))

    @property
    def title(self) -> str:
        sunday = self.monday + timedelta(days=6)
        if sunday.month == self.monday.month:
            return f"{self.monday:%B %Y}"
        return f"{self.monday:%B} – {sunday:%B %Y}"

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def bar_rows(self) -> int:
        return max((bar.row for bar in self.bars), default=0)


def week_key(day: date) -> str:
    """`2026-W48`"""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def monday_of(key: str) -> date:
    """The Monday of `2026-W48`. Raises ValueError."""
    year, found, week = key.partition("-W")
    if not (found and len(year) == 4 and year.isdigit() and week.isdigit() and 1970 < int(year) < 2200):
        raise ValueError(key)
    return date.fromisocalendar(int(year), int(week), 1)


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of an event that lies on one day, in minutes after midnight on the wall clock."""

    event: dict[str, Any]
    number: int
    day: int
    start: int
    end: int


def lay_out(events: Iterable[dict[str, Any]], *, monday: date, zone: ZoneInfo, now: datetime) -> Week:
    """The week that begins on `monday`; `events` are singles and instances, `now` is aware."""
    parts: list[_Part] = []
    bars: list[tuple[int, int, int, dict[str, Any]]] = []
    for number, event in enumerate(events):
        begins, ends = _wall(event["start"], zone), _wall(event["end"], zone)
        if "date" in event["start"] or ends - begins >= _LONG:
            last = ends.date() - timedelta(days=1) if ends.time() == time() and ends > begins else ends.date()
            first_column = max(0, (begins.date() - monday).days)
            last_column = min(6, (last - monday).days)
            if first_column <= last_column:
                bars.append((first_column, last_column, number, event))
        else:
            parts += _parts(event, number, begins, ends, monday)
    hours = _hours(parts)
    local = now.astimezone(zone)
    days = tuple(
        Day(
            day=monday + timedelta(days=index),
            today=local.date() == monday + timedelta(days=index),
            now=_now_line(local, hours) if local.date() == monday + timedelta(days=index) else None,
            entries=_column([part for part in parts if part.day == index], hours, zone, now),
        )
        for index in range(7)
    )
    return Week(monday=monday, hours=hours, days=days, bars=_stacked(bars, zone, now))


def times_text(event: dict[str, Any], zone: ZoneInfo) -> str:
    """`10:00–10:30`, with the last day where it is another; nothing for whole days."""
    if "date" in event["start"]:
        return ""
    begins, ends = _wall(event["start"], zone), _wall(event["end"], zone)
    if begins.date() == ends.date() or (ends - begins < _LONG and ends.time() == time()):
        return f"{begins:%H:%M}–{ends:%H:%M}"
    return f"{begins:%a %H:%M}–{ends:%a %H:%M}"


def looks(event: dict[str, Any], now: datetime, zone: ZoneInfo) -> str:
    """The CSS classes of an event: colour, kind, answer, whether it is over."""
    answer = next((who["responseStatus"] for who in event.get("attendees", []) if who.get("self")), "accepted")
    found = [f"c{event.get('colorId', '0')}", f"is-{event.get('eventType', 'default').lower()}"]
    if answer in ("declined", "needsAction"):
        found.append(answer.lower())
    if event.get("transparency") == "transparent":
        found.append("free")
    if moment_of(event["end"], zone) <= now:
        found.append("over")
    return " ".join(found)


def _wall(edge: dict[str, Any], zone: ZoneInfo) -> datetime:
    """The wall clock of an edge, without zone: what is drawn is the clock, also when it is changed."""
    return moment_of(edge, zone).astimezone(zone).replace(tzinfo=None)


def _parts(event: dict[str, Any], number: int, begins: datetime, ends: datetime, monday: date) -> list[_Part]:
    found = []
    for index in range(7):
        midnight = datetime.combine(monday + timedelta(days=index), time())
        start = max(begins, midnight)
        end = min(max(ends, begins), midnight + _LONG)
        if start < end or start == end == begins:
            minutes = [int((edge - midnight).total_seconds() // 60) for edge in (start, end)]
            found.append(_Part(event, number, index, minutes[0], minutes[1]))
    return found


def _hours(parts: Sequence[_Part]) -> range:
    first = min([_FIRST_HOUR, *(part.start // 60 for part in parts)])
    last = max([_LAST_HOUR, *(-(-part.end // 60) for part in parts)])
    return range(first, min(last, 24))


def _now_line(local: datetime, hours: range) -> float | None:
    at = _percent(local.hour * 60 + local.minute, hours)
    return at if 0 <= at <= 100 else None


def _percent(minute: float, hours: range) -> float:
    return round((minute - hours.start * 60) / (len(hours) * 60) * 100, 3)


def _column(parts: list[_Part], hours: range, zone: ZoneInfo, now: datetime) -> tuple[Entry, ...]:
    """One day's entries; those that overlap share the width, each group as many lanes as it needs."""
    entries: list[Entry] = []
    group: list[tuple[_Part, int]] = []
    lanes: list[int] = []  # where each lane of the group is taken until
    for part in sorted(parts, key=lambda each: (each.start, -each.end, each.number)):
        if lanes and part.start >= max(lanes):
            entries += _group(group, len(lanes), hours, zone, now)
            group, lanes = [], []
        free = next((index for index, until in enumerate(lanes) if until <= part.start), len(lanes))
        until = max(part.end, part.start + _SHORTEST)
        lanes[free : free + 1] = [until]
        group.append((part, free))
    return (*entries, *_group(group, len(lanes), hours, zone, now))


def _group(group: list[tuple[_Part, int]], lanes: int, hours: range, zone: ZoneInfo, now: datetime) -> list[Entry]:
    return [
        _entry(
            part.event,
            part.number,
            zone,
            now,
            bar=False,
            minutes=max(part.end - part.start, _SHORTEST),
            top=_percent(part.start, hours),
            height=round(max(part.end - part.start, _SHORTEST) / (len(hours) * 60) * 100, 3),
            left=round(lane / lanes * 100, 3),
            width=round(100 / lanes, 3),
        )
        for part, lane in group
    ]


def _stacked(bars: list[tuple[int, int, int, dict[str, Any]]], zone: ZoneInfo, now: datetime) -> tuple[Entry, ...]:
    """Bars across days, each in the first row where it has room, long ones first."""
    rows: list[set[int]] = []
    found = []
    for first, last, number, event in sorted(bars, key=lambda bar: (bar[0], bar[0] - bar[1], bar[2])):
        wanted = set(range(first, last + 1))
        row = next((index for index, taken in enumerate(rows) if not taken & wanted), len(rows))
        if row == len(rows):
            rows.append(set())
        rows[row] |= wanted
        place = {"column": first + 1, "span": last - first + 1, "row": row + 1}
        found.append(_entry(event, number, zone, now, bar=True, **place))
    return tuple(found)


def _entry(event: dict[str, Any], number: int, zone: ZoneInfo, now: datetime, *, bar: bool, **place: Any) -> Entry:
    return Entry(
        number=number,
        event_id=event["id"],
        title=event.get("summary") or "(No title)",
        when=times_text(event, zone),
        start=event["start"].get("dateTime") or event["start"]["date"],
        end=event["end"].get("dateTime") or event["end"]["date"],
        looks=looks(event, now, zone),
        bar=bar,
        **place,
    )
