"""The plan's promises around the changes of six zones' clocks, each at its own time.

5 calendars around each change, and 40 with FULL=1 in the environment.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.model import Block, BlockState, Rule, WorkingHours
from scheduler.plan import LAST_HOUR, plan, week_of
from scheduler.slots import Busy, Closed
from scheduler.timespan import Span, at_wall_clock

ALWAYS = WorkingHours(weekdays=frozenset(range(1, 8)), start=time(0), end=time(23, 59))
EXAMPLES = 40 if os.environ.get("FULL") else 5
CHANGES = [
    ("Europe/London", date(2026, 10, 25)),
    ("Europe/London", date(2027, 3, 28)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/New_York", date(2027, 3, 14)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Australia/Lord_Howe", date(2027, 4, 4)),
    ("Asia/Kathmandu", date(1986, 1, 1)),
    ("Africa/Casablanca", date(2027, 2, 7)),
    ("Africa/Casablanca", date(2027, 3, 14)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Apia", date(2012, 4, 1)),
]


@st.composite
def rules(draw: st.DrawFn, key: str) -> Rule:
    """Rules of any day and of the night, too: that is when clocks change."""
    weekdays = draw(st.frozensets(st.integers(1, 7), min_size=1, max_size=7))
    first = draw(st.sampled_from([0, 0, 1, 2, 9, 21]))
    return Rule(
        key=key,
        weekdays=weekdays,
        times_a_week=draw(st.none() | st.integers(1, len(weekdays))),
        window_start=time(first),
        window_end=time(first + draw(st.integers(1, 2)), draw(st.sampled_from([0, 30]))),
        ideal=time(first, draw(st.sampled_from([0, 10, 30]))),
        longest=draw(st.sampled_from([15, 30, 60])),
        buffer=draw(st.sampled_from([0, 10])),
    )


busy_hours = st.lists(
    st.tuples(st.integers(-12 * 48, 16 * 48), st.sampled_from([20, 60, 300, 2000]), st.booleans()), max_size=25
)


@pytest.mark.parametrize(("zone_name", "change"), CHANGES)
@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.tuples(rules("a"), rules("b")),
    busy_hours,
    st.frozensets(st.integers(-7, 14), max_size=3),
    st.integers(0, 7 * 48),
)
def test_every_limit_is_kept_and_a_second_look_changes_nothing(
    zone_name: str,
    change: date,
    pair: tuple[Rule, Rule],
    taken: list[tuple[int, int, bool]],
    shut: frozenset[int],
    half_hours: int,
) -> None:
    zone = ZoneInfo(zone_name)
    begin = at_wall_clock(change - timedelta(days=7), time(0), zone).astimezone(UTC)
    now = begin + timedelta(minutes=30 * half_hours)
    busy = []
    for at, minutes, firm in taken:
        start = begin + timedelta(minutes=30 * at)
        busy.append(Busy(span=Span(start, start + timedelta(minutes=minutes)), title="Busy", firm=firm))
    closed = [Closed(on=change + timedelta(days=n), reason="public holiday (Day)") for n in sorted(shut)]

    def look(at: datetime, standing: tuple[Block, ...], *, backwards: bool = False) -> tuple[Block, ...]:
        step = -1 if backwards else 1
        return plan(
            pair[::step],
            zone=zone,
            hours=ALWAYS,
            busy=busy[::step],
            closed=closed[::step],
            standing=standing[::step],
            now=at,
            horizon=timedelta(days=14),
        ).blocks

    blocks = look(now, ())
    by_key = {rule.key: rule for rule in pair}
    for n, block in enumerate(blocks):
        rule = by_key[block.key.rule]
        start, end = block.start.astimezone(zone), block.end.astimezone(zone)
        window = Span(
            at_wall_clock(start.date(), rule.window_start, zone), at_wall_clock(start.date(), rule.window_end, zone)
        )
        assert window.contains(block.span), "it stays in its window by the wall clock"
        assert block.start == start.astimezone(UTC).astimezone(zone), "its time exists"
        assert (end.astimezone(UTC) - start.astimezone(UTC)) <= timedelta(minutes=rule.longest), (
            "its length is real time"
        )
        assert block.start >= now + LAST_HOUR
        assert start.date() not in {entry.on for entry in closed}
        wide = block.span.widen(timedelta(minutes=rule.buffer))
        assert not any(entry.span.overlaps(wide) for entry in busy)
        assert not any(other.span.overlaps(block.span) for other in blocks[n + 1 :])
        assert week_of(block.key) <= start.date() < week_of(block.key) + timedelta(days=7)
    days = [(block.key.rule, block.start.astimezone(zone).date()) for block in blocks]
    assert len(days) == len(set(days)), "never two of one rule on one day"

    standing = tuple(replace(block, state=BlockState.BOOKED) for block in blocks)
    assert look(now, standing) == look(now, standing, backwards=True) == standing, "planned again, it is the same"
    for day in (1, 8):
        later = now + timedelta(days=day)
        kept = [block for block in look(later, standing) if block.state is BlockState.BOOKED]
        assert kept == [block for block in standing if block.end > later], "nothing moves without a cause"
