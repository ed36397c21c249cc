"""Who is busy, which days are closed, what is free."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.model import EventType, Occurrence, Response, WorkingHours
from scheduler.slots import Busy, BusyIndex, Closed, busy_time, free, holidays_between, supported_countries
from scheduler.timespan import Span

ZONE = ZoneInfo("Europe/London")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


def meeting(**changed: object) -> Occurrence:
    fields: dict[str, object] = {"event_id": "e", "start": at(24, 10), "end": at(24, 11), "title": "Steering"}
    return Occurrence(**{**fields, **changed})  # type: ignore[arg-type]  # the table below names the fields


TEN_TO_ELEVEN = Span(at(24, 10), at(24, 11))


@pytest.mark.parametrize(
    ("occurrence", "busy"),
    [
        (meeting(), [Busy(span=TEN_TO_ELEVEN, title="Steering")]),
        (meeting(response=Response.TENTATIVE), [Busy(span=TEN_TO_ELEVEN, title="Steering")]),
        (meeting(response=Response.NEEDS_ACTION), [Busy(span=TEN_TO_ELEVEN, title="Steering", firm=False)]),
        (meeting(private=True), [Busy(span=TEN_TO_ELEVEN, title="")]),
        (meeting(type=EventType.FOCUS_TIME), [Busy(span=TEN_TO_ELEVEN, title="Steering")]),
        (meeting(response=Response.DECLINED), []),
        (meeting(transparent=True), []),
        (meeting(cancelled=True), []),
        (meeting(type=EventType.WORKING_LOCATION), []),
        (meeting(type=EventType.BIRTHDAY, start=date(2026, 11, 24), end=date(2026, 11, 25)), []),
        (meeting(block_tag="r/2026W48.1/0"), []),
        (meeting(end=at(24, 10)), []),
    ],
    ids=lambda value: "",
)
def test_what_takes_time_away(occurrence: Occurrence, busy: list[Busy]) -> None:
    assert busy_time([occurrence], ZONE) == (busy, [])


def test_given_our_ids_a_copy_of_a_block_counts_as_busy() -> None:
    ours, copy = meeting(event_id="ours", block_tag="r/1/0"), meeting(event_id="copy", block_tag="r/1/0")
    busy, _ = busy_time([ours, copy], ZONE, own={"ours"})
    assert len(busy) == 1


def test_all_day_entries_close_their_days_only_when_opaque() -> None:
    fair = meeting(start=date(2026, 11, 24), end=date(2026, 11, 26), title="Fair")
    assert busy_time([fair], ZONE)[1] == [
        Closed(on=date(2026, 11, 24), reason="all day “Fair”"),
        Closed(on=date(2026, 11, 25), reason="all day “Fair”"),
    ]
    assert busy_time([meeting(start=date(2026, 11, 24), end=date(2026, 11, 26), transparent=True)], ZONE) == ([], [])


def test_an_unanswered_all_day_invitation_blocks_but_closes_nothing() -> None:
    asked = meeting(start=date(2026, 11, 24), end=date(2026, 11, 25), response=Response.NEEDS_ACTION)
    assert busy_time([asked], ZONE) == ([Busy(span=Span(at(24, 0), at(25, 0)), title="Steering", firm=False)], [])


def test_out_of_office_closes_the_days_it_covers_and_takes_the_rest() -> None:
    away = meeting(type=EventType.OUT_OF_OFFICE, start=at(24, 14), end=at(26, 18), title="Away")
    busy, closed = busy_time([away], ZONE)
    assert busy == [Busy(span=Span(at(24, 14), at(26, 18)), title="Away")]
    assert closed == [
        Closed(on=date(2026, 11, 25), reason="out of office"),
        Closed(on=date(2026, 11, 26), reason="out of office"),
    ]
    early = WorkingHours(start=time(8), end=time(20))
    assert [entry.on.day for entry in busy_time([away], ZONE, hours=early)[1]] == [25]


# -- holidays --------------------------------------------------------------------------------------


def test_holidays_have_english_names_and_know_regions() -> None:
    first, last = date(2026, 12, 20), date(2027, 1, 7)
    bavaria = [(entry.on.isoformat(), entry.reason) for entry in holidays_between(first, last, "de", "BY")]
    assert ("2026-12-25", "public holiday (Christmas Day)") in bavaria
    assert ("2027-01-06", "public holiday (Epiphany)") in bavaria
    assert bavaria == sorted(bavaria)
    hamburg = [entry.on for entry in holidays_between(first, last, "DE", "HH")]
    assert date(2027, 1, 6) not in hamburg
    assert all(first <= on <= last for on in hamburg)


def test_unknown_countries_and_regions_are_refused_with_the_mend() -> None:
    with pytest.raises(ValueError, match="Choose a country by its two-letter code"):
        holidays_between(date(2026, 1, 1), date(2026, 12, 31), "Atlantis")
    with pytest.raises(ValueError, match="Choose one of: BB, BE, "):
        holidays_between(date(2026, 1, 1), date(2026, 12, 31), "DE", "Atlantis")


def test_every_country_offered_can_be_chosen() -> None:
    countries = supported_countries()
    assert len(countries) > 100
    for country in countries[::25]:
        holidays_between(date(2026, 1, 1), date(2026, 12, 31), country.code)
    germany = next(country for country in countries if country.code == "DE")
    assert germany.name == "Germany"
    assert "BY" in germany.regions


# -- what is free ----------------------------------------------------------------------------------

DAY = datetime(2026, 11, 24, tzinfo=UTC)
spans = st.builds(
    lambda start, length: Span(DAY + timedelta(minutes=start), DAY + timedelta(minutes=start + length)),
    st.integers(-6000, 6000),
    st.sampled_from([1, 30, 90, 1500, 2161, 9000]),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(spans, max_size=30), spans)
def test_the_index_finds_what_a_look_at_each_would_find(taken: list[Span], window: Span) -> None:
    index = BusyIndex(Busy(span=span) for span in taken)
    found = sorted(entry.span for entry in index.within(window))
    assert found == sorted(span for span in taken if span.overlaps(window))


@settings(max_examples=100, deadline=None)
@given(st.lists(spans, max_size=12), spans, st.sampled_from([0, 15]))
def test_free_is_exactly_what_no_entry_and_no_buffer_covers(taken: list[Span], window: Span, minutes: int) -> None:
    buffer = timedelta(minutes=minutes)
    left = free(window, BusyIndex(Busy(span=span) for span in taken), buffer=buffer)
    probe = window.start
    while probe < window.end:
        covered = any(span.widen(buffer).holds(probe) for span in taken)
        assert any(space.holds(probe) for space in left) != covered
        probe += max(timedelta(minutes=1), window.length / 50)


def test_an_entry_of_ten_thousand_years_is_cut_to_the_days_that_matter() -> None:
    zone, week = ZoneInfo("Europe/Berlin"), (date(2026, 3, 2), date(2026, 3, 9))
    away = Occurrence(event_id="a", start=date(1, 1, 2), end=date(9998, 1, 1), type=EventType.OUT_OF_OFFICE)
    long = Occurrence(
        event_id="b",
        start=datetime(2026, 3, 8, 12, tzinfo=zone),
        end=datetime(9998, 1, 1, tzinfo=zone),
        type=EventType.OUT_OF_OFFICE,
    )
    past = Occurrence(
        event_id="c", start=datetime(2020, 1, 1, 9, tzinfo=zone), end=datetime(2020, 1, 1, 10, tzinfo=zone)
    )
    busy, closed = busy_time([away, long, past], zone, within=week)
    assert [entry.on.day for entry in closed] == [2, 3, 4, 5, 6, 7, 8]
    assert [(entry.span.start, entry.span.end) for entry in busy] == [
        (datetime(2026, 3, 8, 12, tzinfo=zone), datetime(2026, 3, 9, tzinfo=zone))
    ]
