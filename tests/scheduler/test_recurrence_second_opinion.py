"""recurring_ical_events, another program by other people, expands the same generated series the same way: 300 of
them, and 2,000 with FULL=1 in the environment.

Left out of the comparison is what it does not know or does otherwise: EXRULE, hours that a clock skips, and
a first time that its own rule misses together with COUNT.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events

from scheduler.model import Event
from scheduler.recurrence import expand
from scheduler.timespan import Span

ZONES = (
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "UTC",
)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WINDOW = Span(datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
SERIES = 2_000 if os.environ.get("FULL") else 300


def a_rule(dice: random.Random, start: datetime) -> str:
    weekday = WEEKDAYS[start.weekday()]
    ordinal = (start.day - 1) // 7 + 1
    days = sorted({weekday, *dice.sample(WEEKDAYS, dice.randrange(3))}, key=WEEKDAYS.index)
    rule = dice.choice(
        [
            "FREQ=DAILY",
            "FREQ=DAILY;BYDAY=" + ",".join(days),
            "FREQ=WEEKLY",
            "FREQ=WEEKLY;BYDAY=" + ",".join(days),
            "FREQ=WEEKLY;WKST=SU;BYDAY=" + ",".join(days),
            "FREQ=MONTHLY",
            f"FREQ=MONTHLY;BYMONTHDAY={start.day}",
            f"FREQ=MONTHLY;BYDAY={ordinal if ordinal < 5 else -1}{weekday}",
            f"FREQ=MONTHLY;BYDAY={weekday};BYSETPOS={ordinal if ordinal < 5 else -1}",
            "FREQ=YEARLY",
            f"FREQ=YEARLY;BYMONTH={start.month};BYDAY={ordinal if ordinal < 5 else -1}{weekday}",
        ]
    )
    if (interval := dice.choice([1, 1, 2, 3])) > 1:
        rule += f";INTERVAL={interval}"
    end = dice.randrange(3)
    if end == 1:
        rule += f";COUNT={dice.randrange(1, 80)}"
    elif end == 2:
        until = start + timedelta(days=dice.randrange(700))
        rule += f";UNTIL={until.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return rule


def a_series(dice: random.Random) -> list[Event]:
    """A master and its exceptions: some turns moved, some struck out by EXDATE, some added by RDATE."""
    zone = ZoneInfo(dice.choice(ZONES))
    day = date(2024, 9, 1) + timedelta(days=dice.randrange(500))
    start = datetime(day.year, day.month, day.day, dice.randrange(7, 22), dice.choice([0, 15, 30]), tzinfo=zone)
    length = timedelta(minutes=dice.choice([15, 60, 180]))
    rule = a_rule(dice, start)
    plain = Event(id="series", start=start, end=start + length, recurrence=(f"RRULE:{rule}",))
    turns = [one.start for one in expand([plain], WINDOW) if isinstance(one.start, datetime)]
    dice.shuffle(turns)
    lines = [f"RRULE:{rule}"]
    if turns and dice.random() < 0.5:
        lines.append(f"EXDATE;TZID={zone.key}:{turns.pop():%Y%m%dT%H%M%S}")
    if turns and dice.random() < 0.3:
        lines.append(f"EXDATE:{turns.pop().astimezone(UTC):%Y%m%dT%H%M%SZ}")
    if dice.random() < 0.3:
        lines.append(f"RDATE;TZID={zone.key}:{start + timedelta(days=dice.randrange(1, 300), hours=1):%Y%m%dT%H%M%S}")
    events = [Event(id="series", start=start, end=start + length, recurrence=tuple(lines))]
    for turn in turns[: dice.randrange(3)]:
        moved = turn + timedelta(days=dice.choice([-3, 0, 1, 200]), minutes=dice.choice([0, 45]))
        events.append(
            Event(id=f"series_{turn:%Y%m%d}", series_id="series", original_start=turn, start=moved, end=moved + length)
        )
    return events


def as_ics(events: list[Event]) -> icalendar.Calendar:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//"]
    for event in events:
        assert isinstance(event.start, datetime)
        assert isinstance(event.end, datetime)
        zone = event.start.tzinfo
        assert isinstance(zone, ZoneInfo)

        def at(name: str, moment: datetime, key: str = zone.key) -> str:
            return f"{name}:{moment:%Y%m%dT%H%M%SZ}" if key == "UTC" else f"{name};TZID={key}:{moment:%Y%m%dT%H%M%S}"

        lines += ["BEGIN:VEVENT", "UID:series", at("DTSTART", event.start), at("DTEND", event.end), *event.recurrence]
        if isinstance(event.original_start, datetime):
            lines.append(at("RECURRENCE-ID", event.original_start))
        lines.append("END:VEVENT")
    calendar = icalendar.Calendar.from_ical("\r\n".join([*lines, "END:VCALENDAR", ""]))
    assert isinstance(calendar, icalendar.Calendar)
    return calendar


@pytest.mark.parametrize("seed", range(10))
def test_the_second_opinion_agrees(seed: int) -> None:
    dice = random.Random(seed)
    compared = 0
    for number in range(SERIES // 10):
        events = a_series(dice)
        ours = sorted(one.start.astimezone(UTC) for one in expand(events, WINDOW) if isinstance(one.start, datetime))
        found = recurring_ical_events.of(as_ics(events)).between(WINDOW.start, WINDOW.end)
        theirs = sorted(one["DTSTART"].dt.astimezone(UTC) for one in found)
        assert ours == theirs, f"series {number} of seed {seed}: {events}"
        compared += len(ours)
    print(f"{SERIES // 10} series with exceptions, {compared} turns: recurring_ical_events agrees")
    assert compared > 200, "the comparison must compare something"
