"""libical, a program in C by other people, follows the same generated rules to the same turns: 500 of them, and all
10,000 with FULL=1 in the environment.

What libical says is frozen in tests/data/rules.tsv.gz; tests/second_opinion/make_rules.py wrote it, tells how, and
tells what libical is not asked.
"""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.timespan import Span
from scheduler.turns import Series

TABLE = Path(__file__).resolve().parents[1] / "data" / "rules.tsv.gz"
NUMBER = 10_000 if os.environ.get("FULL") else 500
FIRST_DAY, LAST_DAY = datetime(2024, 1, 1), datetime(2027, 1, 1)  # noqa: DTZ001 - wall clock, as in the table
WINDOW = Span(FIRST_DAY.replace(tzinfo=UTC), LAST_DAY.replace(tzinfo=UTC))
UTC_ZONE = ZoneInfo("UTC")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def turns_of(rule: str, start: str, zone: ZoneInfo) -> list[datetime]:
    """Our turns by the wall clock; `start` without a time is an all-day series."""
    first = datetime.fromisoformat(start)
    series = Series([f"RRULE:{rule}"], first.date() if len(start) == 8 else first.replace(tzinfo=zone))
    assert not series.problem, f"{rule}: {series.problem}"
    found = []
    for _, turn in series.within(WINDOW, timedelta(0)):
        local = turn.astimezone(zone).replace(tzinfo=None) if isinstance(turn, datetime) else turn
        found.append(local if isinstance(local, datetime) else datetime(local.year, local.month, local.day))  # noqa: DTZ001 - wall clock
    return [turn for turn in found if turn <= LAST_DAY]


def libical_says(start: str, distances: str) -> list[datetime]:
    """The turns of the table, and the first time, which belongs to a series even where its rule misses it."""
    turns, moment = [], FIRST_DAY
    for minutes in filter(None, distances.split(",")):
        moment += timedelta(minutes=int(minutes))
        turns.append(moment)
    return sorted({datetime.fromisoformat(start), *turns})


def test_libical_agrees() -> None:
    compared = several = 0
    with gzip.open(TABLE, "rt") as table:
        for line in islice(table, NUMBER):
            rule, start, zone, distances = line.rstrip("\n").split("\t")
            expected = libical_says(start, distances)
            assert turns_of(rule, start, ZoneInfo(zone)) == expected, f"{rule} from {start} in {zone}"
            compared += len(expected)
            several += len(expected) > 1
    print(f"{NUMBER} rules, {compared} turns: libical agrees")
    assert several > NUMBER / 2, "the comparison must compare something"


@settings(max_examples=150)
@given(
    st.lists(st.sampled_from(range(7)), min_size=1, max_size=7, unique=True),
    st.data(),
    st.integers(0, 400),
    st.sampled_from([1, 2, 5]),
    st.sampled_from(["", ";COUNT=1", ";COUNT=6", ";UNTIL=20250901T120000Z"]),
    st.sampled_from(["MO", "SU", "WE"]),
)
def test_the_nth_of_a_weeks_days_is_that_day(
    days: list[int], data: st.DataObject, day: int, interval: int, end: str, week_start: str
) -> None:
    """A weekly rule with BYSETPOS, which libical passes over: whatever the first time, also in its own week."""
    first = WEEKDAYS.index(week_start)
    in_order = sorted(days, key=lambda one: (one - first) % 7)
    position = data.draw(st.sampled_from([n for n in range(-len(days), len(days) + 1) if n]))
    the_day = in_order[position - 1 if position > 0 else position]
    start = f"{FIRST_DAY + timedelta(days=day):%Y%m%dT120000}"
    frame = f"FREQ=WEEKLY;INTERVAL={interval};WKST={week_start}{end}"
    names = ",".join(WEEKDAYS[one] for one in days)
    nth = turns_of(f"{frame};BYDAY={names};BYSETPOS={position}", start, UTC_ZONE)
    assert nth == turns_of(f"{frame};BYDAY={WEEKDAYS[the_day]}", start, UTC_ZONE)


@pytest.mark.parametrize("count", ["COUNT=0", "COUNT=-3"])
def test_a_rule_that_counts_to_nothing_leaves_the_first_time(count: str) -> None:
    rule = f"FREQ=WEEKLY;BYDAY=MO,WE;BYSETPOS=2;{count}"
    assert turns_of(rule, "20240105T100000", UTC_ZONE)[:1] == [datetime.fromisoformat("20240105T100000")]
