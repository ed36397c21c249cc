"""The first proposal: where the week was most often free."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.model import WorkingHours
from scheduler.proposal import Proposal, propose
from scheduler.slots import Busy, Closed
from scheduler.timespan import Span

ZONE = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 23, 8, tzinfo=ZONE)


def weekly(weekday: int, first: time, last: time, weeks: range) -> list[Busy]:
    monday = date(2026, 11, 23)
    days = [monday + timedelta(days=weekday - 1, weeks=n) for n in weeks]
    return [
        Busy(span=Span(datetime.combine(on, first, ZONE), datetime.combine(on, last, ZONE)), title="Series")
        for on in days
    ]


def proposed(busy: list[Busy], closed: list[Closed] | None = None, hours: WorkingHours | None = None) -> Proposal:
    return propose(busy, closed or [], zone=ZONE, hours=hours or WorkingHours(), now=NOW)


def test_an_empty_calendar_gets_tuesday_at_ten() -> None:
    proposal = proposed([])
    assert (proposal.weekday, proposal.ideal) == (2, time(10))
    assert proposal.sentence == "Tuesdays at ten were free in all of your last ten weeks."


def test_a_weekly_meeting_makes_way_for_thursday() -> None:
    busy = weekly(2, time(8), time(12), range(-12, 6)) + weekly(3, time(8), time(12), range(-12, 6))
    busy += weekly(1, time(9), time(12), range(-12, 6)) + weekly(5, time(9), time(12), range(-12, 6))
    busy += weekly(4, time(9), time(12), range(-3, -2))
    proposal = proposed(busy)
    assert (proposal.weekday, proposal.ideal, proposal.free_weeks, proposal.weeks) == (4, time(10), 9, 10)
    assert proposal.sentence == "Thursdays at ten were free in nine of your last ten weeks."


def test_the_coming_weeks_count_too() -> None:
    new_series = weekly(2, time(10), time(10, 30), range(5))
    assert (proposed(new_series).weekday, proposed(new_series).ideal) == (4, time(10))


def test_closed_days_are_not_free() -> None:
    closed = [Closed(on=date(2026, 11, 17) - timedelta(weeks=n), reason="out of office") for n in range(3)]
    assert proposed([], closed).weekday == 4


def test_all_mornings_at_ten_taken_gives_the_nearest_half_hour() -> None:
    busy = [entry for day in range(1, 6) for entry in weekly(day, time(10), time(10, 30), range(-12, 6))]
    proposal = proposed(busy)
    assert (proposal.weekday, proposal.ideal) == (2, time(9, 30))
    assert proposal.sentence == "Tuesdays at half past nine were free in all of your last ten weeks."


def test_who_begins_after_noon_is_offered_the_afternoon() -> None:
    hours = WorkingHours(weekdays=frozenset({6}), start=time(13), end=time(17))
    proposal = proposed([], hours=hours)
    assert (proposal.weekday, proposal.ideal) == (6, time(13))
    assert proposal.sentence.startswith("Saturdays at 13:00")


def test_a_calendar_without_a_gap_says_so() -> None:
    busy = [entry for day in range(1, 6) for entry in weekly(day, time(8), time(18), range(-12, 6))]
    assert proposed(busy).sentence == "Tuesdays at ten are your best chance; your last ten weeks were full."
