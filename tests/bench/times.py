"""Planning over a bare bisection; expanding series over dateutil alone."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from scheduler.model import Event, Rule, WorkingHours
from scheduler.plan import plan
from scheduler.recurrence import expand, key_of
from scheduler.slots import Busy
from scheduler.timespan import Span, at_wall_clock
from tests.bench.measuring import Row, Work

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)  # a Monday
WEEKS = 52
RULE = Rule(key="r", weekdays=frozenset({2}))


def busy(count: int) -> list[Busy]:
    """Entries of a quarter of an hour to an hour over a year, at any hour."""
    dice = random.Random(5)
    made = []
    for _ in range(count):
        start = NOW + timedelta(minutes=5 * dice.randrange(WEEKS * 7 * 24 * 12))
        made.append(Busy(span=Span(start, start + timedelta(minutes=dice.choice([15, 15, 15, 30, 60])))))
    return made


def sweep(taken: list[Busy]) -> list[tuple[float, float] | None]:
    """The same question without any of the answers: in the 52 windows, the free half hour nearest to ten."""
    entries = sorted((entry.span.start.timestamp(), entry.span.end.timestamp()) for entry in taken)
    starts = [start for start, _ in entries]
    longest = max(end - start for start, end in entries)
    found = []
    for week in range(WEEKS):
        on = date(2026, 11, 24) + timedelta(weeks=week)
        place = None
        for more in (0, 1, -1, 2, 3):  # its own day, then the others
            day = on + timedelta(days=more)
            opens, ideal, ends = (
                datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).timestamp() for hour in (9, 10, 12)
            )
            gaps, free_from = [], opens
            for start, end in entries[bisect_left(starts, opens - longest) : bisect_right(starts, ends)]:
                if start - free_from >= 1800:
                    gaps.append((free_from, start))
                free_from = max(free_from, end)
            if ends - free_from >= 1800:
                gaps.append((free_from, ends))
            choices = [min(max(ideal, start), end - 1800) for start, end in gaps]
            if choices:
                best = min(choices, key=lambda start: abs(start - ideal))
                place = (best, best + 1800)
                break
        found.append(place)
    return found


def planned() -> tuple[Work, Work]:
    taken = busy(10_000)

    def ours() -> object:
        made = plan(
            [RULE], zone=ZONE, hours=WorkingHours(), busy=taken, closed=[], standing=[], now=NOW,
            horizon=timedelta(weeks=WEEKS),
        )  # fmt: skip
        assert len(made.blocks) >= WEEKS - 1
        return made

    return ours, lambda: sweep(taken)


WINDOW = Span(NOW - timedelta(days=700), NOW + timedelta(days=30))


def series(count: int) -> list[list[Event]]:
    """Weekly series that began before the window, each with ten turns moved, five called off, two excluded."""
    dice = random.Random(3)
    groups = []
    for n in range(count):
        first = date(2024, 6, 3) + timedelta(days=dice.randrange(5))
        start = datetime(first.year, first.month, first.day, dice.randrange(8, 17), 30, tzinfo=ZONE)
        day = ("MO", "TU", "WE", "TH", "FR")[first.weekday()]
        turn = [at_wall_clock(first + timedelta(weeks=week), start.time(), ZONE) for week in range(130)]
        gone = [f"EXDATE;TZID=Europe/Berlin:{turn[30]:%Y%m%dT%H%M%S}", f"EXDATE:{key_of(turn[31])}"]
        master = Event(
            id=f"s{n}", title="Weekly", start=start, end=start + timedelta(hours=1),
            recurrence=(f"RRULE:FREQ=WEEKLY;BYDAY={day}", *gone),
        )  # fmt: skip
        group = [master]
        for place in dice.sample(range(40, 125), 15):
            moved = len(group) <= 10
            group.append(
                Event(
                    id=f"s{n}_{key_of(turn[place])}",
                    status="confirmed" if moved else "cancelled",
                    title="Weekly",
                    start=turn[place] + timedelta(hours=2) if moved else None,
                    end=turn[place] + timedelta(hours=3) if moved else None,
                    series_id=f"s{n}",
                    original_start=turn[place],
                )
            )
        groups.append(group)
    return groups


def _series() -> tuple[Work, Work]:
    groups = series(200)

    def ours() -> object:
        return [list(expand(group, WINDOW)) for group in groups]

    def bare() -> object:
        found = []
        for group in groups:
            master = group[0]
            assert isinstance(master.start, datetime)
            rule = rrulestr(master.recurrence[0], dtstart=master.start)
            found.append(rule.between(WINDOW.start, WINDOW.end, inc=True))
        return found

    assert sum(map(len, ours())) > 200 * 90  # type: ignore[arg-type]  # a list of lists
    return ours, bare


ROWS = (
    Row(
        what="planning 52 weeks, 10,000 busy entries",
        against="a bisect sweep over sorted arrays",
        prepare=planned,
        limit=8.0,
    ),
    Row(
        what="200 weekly series with exceptions, 24 months",
        against="dateutil's rrule of their rules",
        prepare=_series,
        limit=3.0,
        pairs=5,
    ),
)
