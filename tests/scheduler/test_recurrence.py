"""A series and its exceptions, as the calendar has them, become the right occurrences."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.model import Attendee, Event, Occurrence, Response
from scheduler.recurrence import TURNS_A_DAY, check_rule, expand, group
from scheduler.timespan import Span

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
YEAR = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
MONDAY = datetime(2026, 1, 5, 10, tzinfo=BERLIN)


def series(*lines: str, start: datetime | date = MONDAY, length: timedelta = HOUR, event_id: str = "weekly") -> Event:
    return Event(id=event_id, title="Jour fixe", start=start, end=start + length, recurrence=lines)


def exception(original: datetime | date, *, start: datetime | None = None, status: str = "confirmed") -> Event:
    """One turn of `weekly` changed; without `start` only a tombstone, as Google gives cancelled ones."""
    return Event(
        id=f"weekly_{original:%Y%m%d}",
        series_id="weekly",
        original_start=original,
        start=start,
        end=start + HOUR if start else None,
        title="Jour fixe, moved" if start else "",
        status=status,
    )


def turns(*events: Event, window: Span = YEAR, vanished: dict[str, datetime] | None = None) -> list[Occurrence]:
    return sorted(expand(events, window, vanished=vanished or {}), key=lambda one: str(one.start))


def starts(*events: Event, window: Span = YEAR, vanished: dict[str, datetime] | None = None) -> list[str]:
    return [one.start.isoformat() for one in turns(*events, window=window, vanished=vanished)]


# -- Rules ---------------------------------------------------------------------------------------------


def test_a_weekly_meeting_keeps_its_wall_clock_across_a_change_of_the_clock() -> None:
    found = turns(
        series("RRULE:FREQ=WEEKLY"), window=Span(MONDAY.replace(month=3, day=20), MONDAY.replace(month=4, day=7))
    )
    assert [one.start.isoformat() for one in found] == [
        "2026-03-23T10:00:00+01:00",
        "2026-03-30T10:00:00+02:00",
        "2026-04-06T10:00:00+02:00",
    ]
    assert [one.key for one in found] == ["20260323T090000Z", "20260330T080000Z", "20260406T080000Z"]
    assert {one.event_id for one in found} == {"weekly"}
    assert {one.end.isoformat()[11:] for one in found} == {"11:00:00+01:00", "11:00:00+02:00"}


def test_a_turn_at_a_time_that_does_not_exist_moves_to_the_next_that_does() -> None:
    nightly = series("RRULE:FREQ=DAILY", start=datetime(2026, 3, 28, 2, 30, tzinfo=BERLIN))
    assert starts(
        nightly, window=Span(MONDAY.replace(month=3, day=28, hour=0), MONDAY.replace(month=3, day=31, hour=0))
    ) == [
        "2026-03-28T02:30:00+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]


def test_the_length_is_elapsed_time_also_over_the_hour_that_comes_twice() -> None:
    night = series("RRULE:FREQ=WEEKLY", start=datetime(2026, 10, 18, 1, tzinfo=BERLIN), length=4 * HOUR)
    second = turns(night)[1]
    assert second.end.isoformat() == "2026-10-25T04:00:00+01:00"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("RRULE:FREQ=WEEKLY;COUNT=3", ["2026-01-05", "2026-01-12", "2026-01-19"]),
        ("RRULE:FREQ=WEEKLY;UNTIL=20260119T090000Z", ["2026-01-05", "2026-01-12", "2026-01-19"]),  # 10:00 in Berlin
        ("RRULE:FREQ=WEEKLY;UNTIL=20260119T085959Z", ["2026-01-05", "2026-01-12"]),
        ("RRULE:FREQ=WEEKLY;UNTIL=20260119T100000", ["2026-01-05", "2026-01-12", "2026-01-19"]),
        ("RRULE:FREQ=WEEKLY;UNTIL=20260119", ["2026-01-05", "2026-01-12", "2026-01-19"]),
        ("RRULE:FREQ=WEEKLY;COUNT=9;UNTIL=20260113T000000Z", ["2026-01-05", "2026-01-12"]),
        ("RRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=2", ["2026-01-05", "2026-02-02"]),
        ("RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", ["2026-01-05", "2026-01-30", "2026-02-27"]),
        ("rrule:freq=weekly;interval=2;count=2", ["2026-01-05", "2026-01-19"]),
        (
            "RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=2",
            ["2026-01-05", "2026-01-06", "2026-01-13"],
        ),  # its first time belongs to it
        ("RRULE:FREQ=YEARLY;COUNT=5", ["2026-01-05"]),
        ("RDATE;TZID=Europe/Berlin:20260201T100000,20260301T100000", ["2026-01-05", "2026-02-01", "2026-03-01"]),
        ("RDATE:20260201T090000Z", ["2026-01-05", "2026-02-01"]),
        ("RDATE;VALUE=DATE:20260201", ["2026-01-05", "2026-02-01"]),
        ("RDATE;VALUE=PERIOD:20260201T090000Z/PT1H", ["2026-01-05", "2026-02-01"]),
    ],
)
def test_rules(line: str, expected: list[str]) -> None:
    found = starts(series(line))
    assert [start[:10] for start in found] == expected
    assert {start[10:] for start in found} == {"T10:00:00+01:00"}
    assert check_rule([line], MONDAY) == ""


@pytest.mark.parametrize(
    "line",
    [
        "EXDATE:20260112T090000Z",
        "EXDATE;TZID=Europe/Berlin:20260112T100000",
        "EXDATE;TZID=America/New_York:20260112T040000",
        'EXDATE;TZID="Europe/Berlin":20260112T100000',
        "EXDATE;TZID=Nowhere/At_All:20260112T100000",  # a zone nobody knows: the series' own is the likeliest
        "EXDATE;VALUE=DATE:20260112",
        "EXRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=2;BYDAY=MO",
    ],
)
def test_exdate_and_exrule_take_turns_away(line: str) -> None:
    found = starts(series("RRULE:FREQ=WEEKLY;COUNT=3", line))
    taken = {"2026-01-05", "2026-01-19"} if line.startswith("EXRULE") else {"2026-01-12"}
    assert {start[:10] for start in found} == {"2026-01-05", "2026-01-12", "2026-01-19"} - taken


def test_an_all_day_series_goes_by_date() -> None:
    birthday = series(
        "RRULE:FREQ=YEARLY;UNTIL=20280229",
        "EXDATE;VALUE=DATE:20250301",
        start=date(2024, 2, 29),
        length=timedelta(days=1),
    )
    window = Span(datetime(2024, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC))
    found = turns(birthday, window=window)
    assert [(one.start, one.end, one.key) for one in found] == [
        (date(2024, 2, 29), date(2024, 3, 1), "20240229"),
        (date(2028, 2, 29), date(2028, 3, 1), "20280229"),
    ]


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("RRULE:FREQ=WEEKLY", 7),
        ("RRULE:FREQ=WEEKLY;COUNT=2", 7),
        ("RRULE:FREQ=WEEKLY;BYDAY=TU,TH", 3.5),
        ("RRULE:FREQ=WEEKLY;INTERVAL=2", 14),
        ("RRULE:FREQ=DAILY", 1),
        ("RRULE:FREQ=MONTHLY;BYDAY=MO", 7),
        ("RRULE:FREQ=MONTHLY", 30.4),
        ("RRULE:FREQ=YEARLY", 365.25),
        ("RDATE:20260119T090000Z", 14),
        ("RRULE:FREQ=WEEKLY;COUNT=1", None),
        ("RRULE:FREQ=SECONDLY", None),
    ],
)
def test_period_days(line: str, days: float | None) -> None:
    period = turns(series(line))[0].period_days
    assert period is days is None or period == pytest.approx(days, abs=0.3 if days and days > 14 else 0)


def test_a_single_event_has_neither_key_nor_period() -> None:
    single = Event(id="once", start=MONDAY, end=MONDAY + HOUR)
    (one,) = turns(single)
    assert (one.event_id, one.key, one.period_days, one.start) == ("once", "", None, MONDAY)
    assert turns(replace(single, status="cancelled")) == []
    assert turns(replace(single, start=None, end=None)) == []


def test_what_touches_the_window_is_outside_of_it() -> None:
    single = Event(id="once", start=MONDAY, end=MONDAY + HOUR)
    assert turns(single, window=Span(MONDAY + HOUR, MONDAY + 2 * HOUR)) == []
    assert turns(single, window=Span(MONDAY - HOUR, MONDAY)) == []
    assert len(turns(single, window=Span(MONDAY + HOUR / 2, MONDAY + 2 * HOUR))) == 1
    assert len(turns(replace(single, end=MONDAY), window=Span(MONDAY, MONDAY + HOUR))) == 1, "a mark without length"
    long = series("RRULE:FREQ=WEEKLY", length=timedelta(days=3))
    assert starts(long, window=Span(MONDAY + timedelta(days=9), MONDAY + timedelta(days=9, hours=1))) == [
        "2026-01-12T10:00:00+01:00"
    ]


def test_the_user_s_answer_comes_along() -> None:
    me = Attendee(address="me@own.example", is_self=True, response=Response.DECLINED)
    assert turns(replace(series("RRULE:FREQ=WEEKLY;COUNT=1"), attendees=(me,)))[0].response is Response.DECLINED
    assert turns(series("RRULE:FREQ=WEEKLY;COUNT=1"))[0].response is Response.ACCEPTED
    other = Attendee(address="marta@ferro.example")
    assert turns(replace(series("RRULE:FREQ=WEEKLY;COUNT=1"), attendees=(other,)))[0].response is Response.ACCEPTED


# -- Rules that want to hurt ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("RRULE:FREQ=SECONDLY", "by the minute or second"),
        ("RRULE:FREQ=MINUTELY;INTERVAL=15", "by the minute or second"),
        ("RRULE:FREQ=DAILY;INTERVAL=0", "interval"),
        ("RRULE:FREQ=DAILY;INTERVAL=-1", "interval"),
        ("RRULE:FREQ=FORTNIGHTLY", "no frequency"),
        ("RRULE:", "no frequency"),
        ("RRULE:FREQ=DAILY;BYMONTH=13", "cannot be read"),
        ("RRULE:FREQ=WEEKLY;BYDAY=XX", "cannot be read"),
        ("RRULE:FREQ=WEEKLY;UNTIL=tomorrow", "cannot be read"),
        ("RRULE:FREQ=WEEKLY;COUNT=many", "cannot be read"),
        ("RRULE:FREQ=DAILY;BYWEEKNO=20", "combines DAILY with BYWEEKNO"),
        ("RRULE:FREQ=WEEKLY;BYEASTER=0", "combines WEEKLY with BYEASTER"),
        ("EXDATE:yesterday", "date of this series"),
        ("X-NONSENSE", "no recurrence rule"),
    ],
)
def test_a_rule_nobody_can_follow_leaves_its_first_time_and_says_why(line: str, said: str) -> None:
    assert starts(series(line)) == ["2026-01-05T10:00:00+01:00"]
    assert said in check_rule([line], MONDAY)


@pytest.mark.parametrize(
    "line",
    [
        "RRULE:FREQ=HOURLY",
        "RRULE:FREQ=HOURLY;BYMINUTE=" + ",".join(map(str, range(60))),
        "RRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60))),
        "RDATE:" + ",".join(f"20260601T{hour:02}{minute:02}00Z" for hour in range(24) for minute in range(60)) * 5,
    ],
)
def test_a_rule_that_fills_the_day_stops_at_the_cap(line: str) -> None:
    began = process_time()
    assert 100 < len(turns(series(line))) <= TURNS_A_DAY * 370
    assert process_time() - began < 2


@pytest.mark.parametrize(
    "line",
    [
        "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "RRULE:FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "RRULE:FREQ=HOURLY;BYMONTH=4;BYMONTHDAY=31",
        "RRULE:FREQ=WEEKLY;BYDAY=MO;BYSETPOS=5",
        "RRULE:FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=-30,30",
        "RRULE:FREQ=MONTHLY;INTERVAL=3;BYMONTH=2",
        "RRULE:FREQ=YEARLY;BYWEEKNO=20;BYMONTH=1",
        "RRULE:FREQ=MONTHLY;BYMONTHDAY=-31;BYSETPOS=-9",
        "RRULE:FREQ=MONTHLY;BYSETPOS=-9",
        "RRULE:FREQ=YEARLY;BYMONTHDAY=31;BYSETPOS=20",
    ],
)
def test_a_rule_that_never_comes_does_not_search_for_ever(line: str) -> None:
    began = process_time()
    assert starts(series(line)) == ["2026-01-05T10:00:00+01:00"]
    assert process_time() - began < 2


def test_a_daily_series_does_not_cost_its_past() -> None:
    first = datetime(101, 1, 3, 10, tzinfo=BERLIN)  # walking from here takes dateutil seconds
    began = process_time()
    found = turns(series("RRULE:FREQ=DAILY;INTERVAL=3", start=first))
    assert process_time() - began < 1
    assert all(isinstance(one.start, datetime) and (one.start.date() - first.date()).days % 3 == 0 for one in found)
    assert 121 <= len(found) <= 122


_PART = st.sampled_from(
    [
        "FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY", "FREQ=HOURLY", "FREQ=", "INTERVAL=2", "INTERVAL=7",
        "INTERVAL=99999999", "COUNT=0", "COUNT=5", "COUNT=-1", "UNTIL=20260401T000000Z", "UNTIL=99991231", "UNTIL=0",
        "BYDAY=MO", "BYDAY=TU,TH", "BYDAY=5MO", "BYDAY=-1FR", "BYDAY=0MO", "BYDAY=", "BYMONTH=2", "BYMONTH=0",
        "BYMONTHDAY=30", "BYMONTHDAY=31", "BYMONTHDAY=-31", "BYMONTHDAY=0", "BYHOUR=25", "BYHOUR=9", "BYSETPOS=1",
        "BYSETPOS=-9", "BYSETPOS=0", "BYYEARDAY=366", "BYWEEKNO=53", "WKST=SU", "WKST=ZZ", "=", "FOO", "\x00",
    ]
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(_PART, max_size=6), st.sampled_from(["RRULE:", "EXRULE:", "RDATE:", "EXDATE;TZID=:", ""]))
def test_no_rule_raises_or_hangs(parts: list[str], head: str) -> None:
    lines = ("RRULE:FREQ=WEEKLY;COUNT=4", head + ";".join(parts))
    for start in (MONDAY, date(2026, 1, 5), datetime(1, 1, 1, 10, tzinfo=UTC), datetime(9999, 12, 31, 10, tzinfo=UTC)):
        event = Event(id="weekly", start=start, end=start, recurrence=lines)
        assert len(list(expand([event], YEAR))) <= TURNS_A_DAY * 370
        assert isinstance(check_rule(lines, start), str)


# -- Exceptions -------------------------------------------------------------------------------------------

WEEKS = series("RRULE:FREQ=WEEKLY;COUNT=4")  # 5, 12, 19, 26 January
SECOND = MONDAY + timedelta(days=7)
FEBRUARY = Span(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))


def test_a_cancelled_exception_removes_its_turn() -> None:
    assert [start[:10] for start in starts(WEEKS, exception(SECOND, status="cancelled"))] == [
        "2026-01-05",
        "2026-01-19",
        "2026-01-26",
    ]


def test_a_moved_exception_replaces_its_turn_and_keeps_its_key() -> None:
    moved = exception(SECOND, start=SECOND + timedelta(days=2))
    found = turns(WEEKS, moved)
    assert [one.start.date().isoformat() for one in found if isinstance(one.start, datetime)] == [
        "2026-01-05",
        "2026-01-14",
        "2026-01-19",
        "2026-01-26",
    ]
    assert (found[1].event_id, found[1].key, found[1].period_days) == ("weekly", "20260112T090000Z", 7)
    assert found[1].title == "Jour fixe, moved"


def test_an_exception_may_move_into_the_window_and_out_of_it() -> None:
    away = exception(SECOND, start=datetime(2026, 2, 10, 10, tzinfo=BERLIN))
    january = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    assert starts(WEEKS, away, window=FEBRUARY) == ["2026-02-10T10:00:00+01:00"]
    assert "2026-01-12" not in {start[:10] for start in starts(WEEKS, away, window=january)}


def test_an_exception_is_found_by_its_moment_whatever_zone_names_it() -> None:
    assert len(starts(WEEKS, exception(SECOND.astimezone(UTC), status="cancelled"))) == 3


def test_an_orphan_stands_alone_under_the_same_name_as_with_its_master() -> None:
    orphan = exception(SECOND, start=SECOND + HOUR)
    (alone,) = turns(orphan)
    assert (alone.event_id, alone.key, alone.period_days) == ("weekly", "20260112T090000Z", None)
    assert (alone.event_id, alone.key) in {(one.event_id, one.key) for one in turns(WEEKS, orphan)}
    assert turns(exception(SECOND, status="cancelled")) == []


def test_group_puts_exceptions_to_their_master() -> None:
    single = Event(id="once", start=MONDAY, end=MONDAY + HOUR)
    moved = exception(SECOND, start=SECOND + HOUR)
    assert group([moved, single, WEEKS]) == {"weekly": [moved, WEEKS], "once": [single]}


# -- What vanished ----------------------------------------------------------------------------------------

NOON = datetime(2026, 1, 19, 12, tzinfo=BERLIN)  # after the third turn


def held(*events: Event, vanished: dict[str, datetime]) -> list[tuple[str, bool]]:
    return [(str(one.start)[:10], one.cancelled) for one in turns(*events, vanished=vanished)]


@pytest.mark.parametrize("status", ["confirmed", "cancelled"])
def test_turns_that_ended_before_their_series_vanished_took_place(status: str) -> None:
    gone = replace(WEEKS, status=status)
    assert held(gone, vanished={"weekly": NOON}) == [("2026-01-05", True), ("2026-01-12", True), ("2026-01-19", True)]


def test_a_turn_still_running_when_its_series_vanished_did_not_take_place() -> None:
    third = SECOND + timedelta(days=7)
    assert len(held(WEEKS, vanished={"weekly": third + HOUR / 2})) == 2
    assert len(held(WEEKS, vanished={"weekly": third + HOUR})) == 3


def test_a_single_event_that_vanished_after_its_end_took_place() -> None:
    single = Event(id="once", start=MONDAY, end=MONDAY + HOUR, status="cancelled", title="Lunch")
    assert held(single, vanished={"once": NOON}) == [("2026-01-05", True)]
    assert held(single, vanished={"once": MONDAY}) == []
    assert held(single, vanished={}) == []


def test_a_cancelled_turn_that_had_ended_took_place_as_its_series_has_it() -> None:
    tombstone = exception(SECOND, status="cancelled")
    found = turns(WEEKS, tombstone, vanished={tombstone.id: NOON})
    assert [one.cancelled for one in found] == [False, True, False, False]
    assert found[1].title == "Jour fixe"
    assert len(turns(WEEKS, tombstone, vanished={tombstone.id: SECOND})) == 3


def test_a_vanished_series_takes_its_exceptions_along() -> None:
    moved = exception(SECOND, start=SECOND + HOUR)
    late = exception(SECOND + timedelta(days=14), start=SECOND + timedelta(days=15))
    dropped = exception(MONDAY, status="cancelled")
    found = held(replace(WEEKS, status="cancelled"), moved, late, dropped, vanished={"weekly": NOON})
    assert found == [("2026-01-12", True), ("2026-01-19", True)]
    assert held(replace(WEEKS, status="cancelled"), moved, vanished={}) == []


@settings(max_examples=60)
@given(st.integers(0, 60 * 24 * 30))
def test_what_took_place_is_what_had_ended(minutes: int) -> None:
    moment = MONDAY + timedelta(minutes=minutes)
    before = [one for one in turns(WEEKS) if isinstance(one.end, datetime) and one.end <= moment]
    assert turns(WEEKS, vanished={"weekly": moment}) == [replace(one, cancelled=True) for one in before]
