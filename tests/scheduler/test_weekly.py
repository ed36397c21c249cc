"""Plain weekly rules: the same turns as dateutil finds, and all other rules left to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice, takewhile

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.weekly import WEEKDAYS, Weekly

START = datetime(2026, 11, 25, 10, 30)  # noqa: DTZ001 - turns are worked out in naive local time; a Wednesday
weekday = st.sampled_from(WEEKDAYS)


@settings(max_examples=150)
@given(
    start=st.integers(0, 4000 * 1440).map(lambda minutes: START + timedelta(minutes=minutes)),
    interval=st.none() | st.integers(1, 9),
    by_day=st.none() | st.lists(weekday, min_size=1, max_size=5),
    week_starts=st.none() | weekday,
    low_after=st.integers(-60, 700),
)
def test_the_turns_are_dateutils(
    start: datetime, interval: int | None, by_day: list[str] | None, week_starts: str | None, low_after: int
) -> None:
    parts = {"FREQ": "WEEKLY"}
    if interval is not None:
        parts["INTERVAL"] = str(interval)
    if by_day is not None:
        parts["BYDAY"] = ",".join(by_day)
    if week_starts is not None:
        parts["WKST"] = week_starts
    ours = Weekly.of(parts, start)
    assert ours is not None
    low = start + timedelta(days=low_after)
    high = low + timedelta(days=150)
    theirs = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=start)
    expected = [turn for turn in takewhile(lambda turn: turn <= high, theirs) if turn >= low]
    assert [turn for turn in takewhile(lambda turn: turn <= high, ours.turns(low)) if turn >= low] == expected


@pytest.mark.parametrize(
    "parts",
    [
        {"FREQ": "DAILY"},
        {"FREQ": "WEEKLY", "COUNT": "3"},
        {"FREQ": "WEEKLY", "BYDAY": "1MO"},
        {"FREQ": "WEEKLY", "BYDAY": "MO,XX"},
        {"FREQ": "WEEKLY", "BYDAY": ""},
        {"FREQ": "WEEKLY", "BYMONTH": "3"},
        {"FREQ": "WEEKLY", "BYDAY": "MO,TU", "BYSETPOS": "1"},
        {"FREQ": "WEEKLY", "BYHOUR": "9"},
        {"FREQ": "WEEKLY", "WKST": "monday"},
        {"FREQ": "WEEKLY", "INTERVAL": "x"},
    ],
    ids=str,
)
def test_whatever_is_not_plain_is_left_to_dateutil(parts: dict[str, str]) -> None:
    assert Weekly.of(parts, START) is None


def test_the_start_bounds_the_turns_and_a_far_low_is_jumped_to() -> None:
    ours = Weekly.of({"FREQ": "WEEKLY", "BYDAY": "MO,WE,FR"}, START)
    assert ours is not None
    assert [turn.day for turn in islice(ours.turns(START - timedelta(days=900)), 4)] == [25, 27, 30, 2]
    assert next(ours.turns(START + timedelta(days=700_000))) > START + timedelta(days=699_990)  # at once


def test_the_calendars_end_is_an_overflow_and_its_beginning_is_left_to_dateutil() -> None:
    ours = Weekly.of({"FREQ": "WEEKLY"}, START.replace(year=9999, month=12, day=20))
    assert ours is not None
    with pytest.raises(OverflowError):
        list(ours.turns(START))
    assert Weekly.of({"FREQ": "WEEKLY"}, START.replace(year=1, month=1, day=1)) is None
