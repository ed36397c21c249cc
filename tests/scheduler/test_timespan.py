"""Spans are half-open, whatever is done to them; a wall clock is followed in every zone that ever jumped."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.timespan import Span, at_wall_clock, require_aware, subtract, union

ZONES = (
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",  # jumps by half an hour
    "Asia/Kathmandu",  # +05:45
    "Africa/Casablanca",  # "summer" time ends for Ramadan
    "Pacific/Apia",  # left out 30 December 2011
)
START = datetime(2026, 3, 1, tzinfo=UTC)


def minutes(start: int, end: int) -> Span:
    return Span(START + timedelta(minutes=start), START + timedelta(minutes=end))


spans = st.tuples(st.integers(0, 300), st.integers(1, 80)).map(lambda pair: minutes(pair[0], pair[0] + pair[1]))


def covered(several: list[Span]) -> set[int]:
    """The minutes that the spans hold: each is a whole number of minutes."""
    return {minute for minute in range(400) if any(span.holds(START + timedelta(minutes=minute)) for span in several)}


@settings(max_examples=60)
@given(st.lists(spans, max_size=8))
def test_union_covers_the_same_minutes_with_the_fewest_spans(several: list[Span]) -> None:
    joined = union(several)
    assert covered(joined) == covered(several)
    assert all(one.end < other.start for one, other in pairwise(joined))


@settings(max_examples=60)
@given(spans, st.lists(spans, max_size=8))
def test_subtract_leaves_exactly_what_no_hole_holds(whole: Span, holes: list[Span]) -> None:
    left = subtract(whole, holes)
    assert covered(left) == covered([whole]) - covered(holes)
    assert left == union(left)


@given(spans, spans)
def test_clip_is_what_both_hold(one: Span, other: Span) -> None:
    common = one.clip(other)
    assert covered([common] if common else []) == covered([one]) & covered([other])
    assert (common is not None) == one.overlaps(other) == other.overlaps(one)
    assert one.contains(other) == (covered([other]) <= covered([one]))


def test_back_to_back_meetings_do_not_overlap() -> None:
    assert not minutes(0, 30).overlaps(minutes(30, 60))
    assert minutes(0, 30).clip(minutes(30, 60)) is None
    assert not minutes(0, 30).holds(minutes(0, 30).end)
    assert union([minutes(0, 30), minutes(30, 60)]) == [minutes(0, 60)]
    assert minutes(10, 20).widen(timedelta(minutes=10)) == minutes(0, 30)


def test_a_span_that_is_empty_or_naive_is_refused() -> None:
    with pytest.raises(ValueError, match="must end after"):
        minutes(5, 5)
    with pytest.raises(ValueError, match="start must carry a time zone"):
        Span(datetime(2026, 1, 1), datetime(2026, 1, 2, tzinfo=UTC))  # noqa: DTZ001 - that is the case
    with pytest.raises(ValueError, match="until must carry"):
        require_aware(since=START, until=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the case
    require_aware(since=None)


def test_a_span_over_the_hour_that_comes_twice_has_its_true_length() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = Span(datetime(2026, 10, 25, 1, tzinfo=berlin), datetime(2026, 10, 25, 4, tzinfo=berlin))
    assert night.length == timedelta(hours=4)
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=berlin)
    assert Span(twice, twice.replace(fold=1)).length == timedelta(hours=1)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.dates(date(2005, 1, 1), date(2035, 12, 31)),
    st.times().map(lambda t: t.replace(microsecond=0)),
)
def test_a_wall_clock_shows_its_time_or_the_first_one_after_the_gap(name: str, day: date, clock: time) -> None:
    zone = ZoneInfo(name)
    moment = at_wall_clock(day, clock, zone)
    shown = moment.replace(tzinfo=None)
    wanted = datetime.combine(day, clock)
    assert moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == shown, "the time exists"
    assert shown >= wanted
    if shown != wanted:  # then the clock jumped over it: one second earlier it showed less than wanted
        before = (moment.astimezone(UTC) - timedelta(seconds=1)).astimezone(zone)
        assert before.replace(tzinfo=None) < wanted


@pytest.mark.parametrize(
    ("zone", "day", "clock", "expected"),
    [
        ("Europe/London", date(2026, 3, 29), time(1, 30), "2026-03-29T02:00:00+01:00"),
        ("Europe/London", date(2026, 10, 25), time(1, 30), "2026-10-25T01:30:00+01:00"),  # the first of the two
        ("America/New_York", date(2026, 3, 8), time(2, 30), "2026-03-08T03:00:00-04:00"),
        ("America/New_York", date(2026, 11, 1), time(1), "2026-11-01T01:00:00-04:00"),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-04T02:30:00+11:00"),
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), "2026-04-05T01:45:00+11:00"),
        ("Asia/Kathmandu", date(2026, 6, 1), time(10), "2026-06-01T10:00:00+05:45"),
        ("Africa/Casablanca", date(2026, 2, 20), time(10), "2026-02-20T10:00:00+00:00"),
        ("Africa/Casablanca", date(2026, 3, 22), time(2, 30), "2026-03-22T03:00:00+01:00"),
        ("Pacific/Apia", date(2011, 12, 30), time(10), "2011-12-31T00:00:00+14:00"),  # a day that never was
    ],
)
def test_at_wall_clock(zone: str, day: date, clock: time, expected: str) -> None:
    assert at_wall_clock(day, clock, ZoneInfo(zone)).isoformat() == expected
