"""The plan's promises, for any calendar."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.model import Block, BlockState, Rule, WorkingHours
from scheduler.plan import LAST_HOUR, Plan, plan, week_of
from scheduler.slots import Busy, Closed
from scheduler.timespan import Span, at_wall_clock

HOURS = WorkingHours()
BASE = date(2026, 10, 12)  # the four weeks to come hold the end of summer time in Europe and America

zones = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "Europe/London",
            "America/New_York",
            "Australia/Lord_Howe",
            "Asia/Kathmandu",
            "Africa/Casablanca",
            "Pacific/Apia",
        )
    ]
)
moments = st.integers(0, 14 * 24 * 60).map(lambda m: datetime(2026, 10, 12, tzinfo=UTC) + timedelta(minutes=m))


@st.composite
def rules(draw: st.DrawFn, key: str) -> Rule:
    weekdays = draw(st.frozensets(st.integers(1, 5), min_size=1, max_size=4))
    first = draw(st.integers(7, 15))
    length = draw(st.sampled_from([15, 30, 45, 60]))
    return Rule(
        key=key,
        weekdays=weekdays,
        times_a_week=draw(st.none() | st.integers(1, len(weekdays))),
        window_start=time(first),
        window_end=time(first + draw(st.integers(1, 4))),
        ideal=time(first, draw(st.sampled_from([0, 5, 30]))),
        shortest=min(15, length),
        longest=length,
        buffer=draw(st.sampled_from([0, 0, 10])),
    )


@st.composite
def busies(draw: st.DrawFn) -> Busy:
    start = datetime(2026, 10, 10, tzinfo=UTC) + timedelta(minutes=5 * draw(st.integers(0, 50 * 24 * 12)))
    minutes = draw(st.sampled_from([5, 30, 60, 180, 600, 3000]))
    return Busy(span=Span(start, start + timedelta(minutes=minutes)), title="Busy", firm=draw(st.booleans()))


busy_lists = st.lists(busies(), max_size=40)
closed_lists = st.lists(
    st.integers(0, 45).map(lambda n: Closed(on=BASE + timedelta(days=n), reason="public holiday (Day)")), max_size=6
)
rule_pairs = st.tuples(rules("a"), rules("b"))


def make(
    given_rules: tuple[Rule, ...],
    zone: ZoneInfo,
    busy: list[Busy],
    closed: list[Closed],
    now: datetime,
    standing: tuple[Block, ...] = (),
) -> Plan:
    return plan(given_rules, zone=zone, hours=HOURS, busy=busy, closed=closed, standing=standing, now=now)


def booked(result: Plan) -> tuple[Block, ...]:
    return tuple(replace(block, state=BlockState.BOOKED) for block in result.blocks)


def within_limits(block: Block, rule: Rule, zone: ZoneInfo) -> bool:
    on = block.start.astimezone(zone).date()
    start = at_wall_clock(on, max(rule.window_start, HOURS.start), zone)
    end = at_wall_clock(on, min(rule.window_end, HOURS.end), zone)
    return on.isoweekday() in HOURS.weekdays and Span(start, end).contains(block.span)


@settings(max_examples=120, deadline=None)
@given(rule_pairs, zones, busy_lists, closed_lists, moments)
def test_new_blocks_keep_every_limit(
    pair: tuple[Rule, Rule], zone: ZoneInfo, busy: list[Busy], closed: list[Closed], now: datetime
) -> None:
    result = make(pair, zone, busy, closed, now)
    by_key = {rule.key: rule for rule in pair}
    shut = {entry.on for entry in closed}
    for n, block in enumerate(result.blocks):
        rule = by_key[block.key.rule]
        on = block.start.astimezone(zone).date()
        wide = block.span.widen(timedelta(minutes=rule.buffer))
        assert block.state is BlockState.PLANNED
        assert within_limits(block, rule, zone)
        assert on not in shut
        assert block.start >= now + LAST_HOUR
        assert not any(entry.span.overlaps(wide) for entry in busy)
        assert not any(other.span.overlaps(block.span) for other in result.blocks[n + 1 :])
        assert rule.shortest <= block.span.length / timedelta(minutes=1) <= rule.longest
        assert week_of(block.key) <= on < week_of(block.key) + timedelta(days=7)
        assert block.reason
        assert block.reason.endswith(".")
    keys = [block.key for block in result.blocks] + [one.key for one in result.unplaced]
    assert len(keys) == len(set(keys))
    days = [(block.key.rule, block.start.astimezone(zone).date()) for block in result.blocks]
    assert len(days) == len(set(days)), "never two of one rule on one day"


@settings(max_examples=60, deadline=None)
@given(rule_pairs, zones, busy_lists, closed_lists, moments, st.integers(0, 999))
def test_the_order_of_inputs_makes_no_difference(
    pair: tuple[Rule, Rule], zone: ZoneInfo, busy: list[Busy], closed: list[Closed], now: datetime, seed: int
) -> None:
    standing = booked(make(pair, zone, busy[::2], closed[::2], now - timedelta(days=3)))
    first = make(pair, zone, busy, closed, now, standing)
    shuffler = random.Random(seed)
    mixed = [list(pair), list(busy), list(closed), list(standing)]
    for one in mixed:
        shuffler.shuffle(one)
    assert make(tuple(mixed[0]), zone, mixed[1], mixed[2], now, tuple(mixed[3])) == first


states = st.sampled_from([*[BlockState.BOOKED] * 6, BlockState.SKIPPED, BlockState.RETIRED, BlockState.ADOPTED])


@settings(max_examples=120, deadline=None)
@given(rule_pairs, zones, busy_lists, busy_lists, closed_lists, moments, st.integers(0, 9 * 24), st.data())
def test_planned_again_at_once_it_is_the_same(
    pair: tuple[Rule, Rule],
    zone: ZoneInfo,
    busy: list[Busy],
    more: list[Busy],
    closed: list[Closed],
    now: datetime,
    hours_later: int,
    data: st.DataObject,
) -> None:
    """Blocks and what found no place, whatever has become of the blocks so far."""
    first = make(pair, zone, busy, closed, now)
    assert booked(make(pair, zone, busy, closed, now, booked(first))) == booked(first)
    later = now + timedelta(hours=hours_later)
    standing = {
        (block.key, block.generation): replace(
            block, state=BlockState.HELD if block.end <= later else data.draw(states)
        )
        for block in first.blocks
    }
    second = make(pair, zone, busy + more, closed, later, tuple(standing.values()))
    standing |= {(block.key, block.generation): block for block in booked(second)}
    third = make(pair, zone, busy + more, closed, later, tuple(standing.values()))
    assert booked(third) == booked(second)
    assert {one.key for one in third.unplaced} == {one.key for one in second.unplaced}


@settings(max_examples=60, deadline=None)
@given(rule_pairs, zones, busy_lists, closed_lists, moments)
def test_planning_again_changes_nothing_day_after_day(
    pair: tuple[Rule, Rule], zone: ZoneInfo, busy: list[Busy], closed: list[Closed], now: datetime
) -> None:
    standing = booked(make(pair, zone, busy, closed, now))
    for day in range(1, 12):
        later = now + timedelta(days=day, hours=3 * day % 24)
        again = make(pair, zone, busy, closed, later, standing)
        kept = [block for block in again.blocks if block.state is BlockState.BOOKED]
        assert kept == [block for block in standing if block.end > later]
        standing = tuple(block for block in standing if block.end <= later) + booked(again)


@settings(max_examples=60, deadline=None)
@given(rule_pairs, zones, busy_lists, busies(), moments)
def test_an_appointment_of_another_week_changes_no_block(
    pair: tuple[Rule, Rule], zone: ZoneInfo, busy: list[Busy], more: Busy, now: datetime
) -> None:
    before = make(pair, zone, busy, [], now)
    after = make(pair, zone, [*busy, more], [], now)
    near = more.span.widen(timedelta(days=1, minutes=10))
    mondays = {(near.start + timedelta(days=n)).astimezone(zone).date() for n in range(near.length.days + 2)}
    weeks = {on - timedelta(days=on.weekday()) for on in mondays}
    elsewhere = [[b for b in result.blocks if week_of(b.key) not in weeks] for result in (before, after)]
    assert elsewhere[0] == elsewhere[1]


@settings(max_examples=80, deadline=None)
@given(rule_pairs, zones, busy_lists, busy_lists, closed_lists, moments, st.integers(0, 5 * 24))
def test_booked_blocks_move_only_for_a_clash_and_never_late(
    pair: tuple[Rule, Rule],
    zone: ZoneInfo,
    busy: list[Busy],
    more: list[Busy],
    closed: list[Closed],
    now: datetime,
    hours_later: int,
) -> None:
    standing = {block.key: block for block in booked(make(pair, zone, busy, [], now))}
    later = now + timedelta(hours=hours_later)
    result = make(pair, zone, [*busy, *more], closed, later, tuple(standing.values()))
    shut = {entry.on for entry in closed}
    firm = [entry for entry in [*busy, *more] if entry.firm]
    seen = {block.key: block for block in result.blocks}
    for key, block in standing.items():
        if block.end <= later:
            continue
        clash = block.start.astimezone(zone).date() in shut or any(entry.span.overlaps(block.span) for entry in firm)
        near = block.start < later + LAST_HOUR
        if near or not clash:
            assert seen[key].span == block.span
        elif key in seen:
            assert seen[key].span != block.span
            assert seen[key].generation == block.generation
            assert "; moved to " in seen[key].reason
            assert seen[key].start >= later + LAST_HOUR
        else:
            assert key in {one.key for one in result.unplaced}


def test_ten_o_clock_stays_ten_o_clock_across_the_clock_change() -> None:
    zone = ZoneInfo("Europe/London")
    rule = Rule(key="a", weekdays=frozenset({2}))
    result = make((rule,), zone, [], [], datetime(2026, 10, 19, 8, tzinfo=zone))
    assert [block.start.astimezone(zone).strftime("%d %H:%M") for block in result.blocks] == [
        "20 10:00",
        "27 10:00",
        "03 10:00",
        "10 10:00",
    ]
    assert [block.start.astimezone(UTC).hour for block in result.blocks] == [9, 10, 10, 10]


def test_a_time_that_does_not_exist_becomes_the_next_one_that_does() -> None:
    zone = ZoneInfo("Europe/London")
    rule = Rule(key="a", weekdays=frozenset({7}), window_start=time(1), window_end=time(4), ideal=time(1, 30))
    hours = WorkingHours(weekdays=frozenset({7}), start=time(0), end=time(6))
    now = datetime(2027, 3, 22, 8, tzinfo=zone)  # clocks go forward on Sunday 28 March at 01:00
    result = plan((rule,), zone=zone, hours=hours, busy=(), closed=(), standing=(), now=now, horizon=timedelta(days=7))
    assert [block.start.astimezone(zone).strftime("%d %H:%M") for block in result.blocks] == ["28 02:00"]


def test_a_changed_zone_places_blocks_anew() -> None:
    london, new_york = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
    rule = Rule(key="a", weekdays=frozenset({2}))
    now = datetime(2026, 11, 23, 8, tzinfo=london)
    standing = booked(make((rule,), london, [], [], now))
    result = make((rule,), new_york, [], [], now, standing)
    assert {block.key for block in result.blocks} == {block.key for block in standing}
    assert {block.start.astimezone(new_york).strftime("%a %H:%M") for block in result.blocks} == {"Tue 10:00"}


@pytest.mark.parametrize(
    ("now", "weeks"),
    [
        (datetime(2026, 12, 21, 8, tzinfo=UTC), ["2026W52.1", "2026W53.1", "2027W01.1", "2027W02.1"]),
        (datetime(2028, 2, 21, 8, tzinfo=UTC), ["2028W08.1", "2028W09.1", "2028W10.1", "2028W11.1"]),
    ],
    ids=["year's end", "leap day"],
)
def test_weeks_are_named_by_iso_year(now: datetime, weeks: list[str]) -> None:
    rule = Rule(key="a", weekdays=frozenset({2}))
    result = make((rule,), ZoneInfo("Europe/London"), [], [], now)
    assert [block.key.occurrence for block in result.blocks] == weeks


def test_the_weekday_there_and_back_moves_the_same_events() -> None:
    zone = ZoneInfo("Europe/London")
    tuesdays, fridays = Rule(key="a", weekdays=frozenset({2})), Rule(key="a", weekdays=frozenset({5}))
    now = datetime(2026, 11, 23, 8, tzinfo=zone)
    first = make((tuesdays,), zone, [], [], now)
    changed = frozenset({"a"})
    there = plan(
        (fridays,), zone=zone, hours=HOURS, busy=(), closed=(), standing=booked(first), now=now, replace=changed
    )
    back = plan(
        (tuesdays,), zone=zone, hours=HOURS, busy=(), closed=(), standing=booked(there), now=now, replace=changed
    )
    assert [(block.key, block.generation, block.span) for block in back.blocks] == [
        (block.key, block.generation, block.span) for block in first.blocks
    ]


def test_a_naive_now_is_refused() -> None:
    with pytest.raises(ValueError, match="now must carry a time zone"):
        plan((), zone=ZoneInfo("UTC"), hours=HOURS, busy=(), closed=(), standing=(), now=datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test
