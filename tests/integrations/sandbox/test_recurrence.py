"""Series to instances."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.sandbox.errors import ApiError
from integrations.sandbox.recurrence import check, instance, last_end, occurrences, split_instance_id

BERLIN = ZoneInfo("Europe/Berlin")


def series(*lines: str, start: str = "2026-03-03T10:00:00+01:00", zone: str = "Europe/Berlin") -> dict[str, Any]:
    end = datetime.fromisoformat(start) + timedelta(hours=1)
    return {
        "id": "series0",
        "start": {"dateTime": start, "timeZone": zone},
        "end": {"dateTime": end.isoformat(), "timeZone": zone},
        "recurrence": list(lines),
    }


def suffixes(made: dict[str, Any], **window: datetime) -> list[str]:
    return [spot.suffix for spot in occurrences(made, BERLIN, **window)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["RRULE:FREQ=WEEKLY;COUNT=2"], ["20260303T090000Z", "20260310T090000Z"]),
        (["RRULE:FREQ=WEEKLY;UNTIL=20260310T090000Z"], ["20260303T090000Z", "20260310T090000Z"]),
        (["RRULE:FREQ=WEEKLY;UNTIL=20260310T085959Z"], ["20260303T090000Z"]),
        (["RRULE:FREQ=WEEKLY;UNTIL=20260310"], ["20260303T090000Z", "20260310T090000Z"]),
        (["RRULE:FREQ=WEEKLY;COUNT=2", "EXDATE:20260303T090000Z"], ["20260310T090000Z"]),
        (["RRULE:FREQ=WEEKLY;COUNT=2", "EXDATE;TZID=Europe/Berlin:20260303T100000"], ["20260310T090000Z"]),
        (["RRULE:FREQ=WEEKLY;COUNT=2", "EXDATE;TZID=America/New_York:20260303T040000"], ["20260310T090000Z"]),
        (["RDATE;TZID=Europe/Berlin:20260304T120000"], ["20260303T090000Z", "20260304T110000Z"]),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXRULE:FREQ=DAILY;INTERVAL=2;COUNT=5"], ["20260304T090000Z"]),
    ],
)
def test_lines(lines: list[str], expected: list[str]) -> None:
    assert suffixes(series(*lines)) == expected


def test_whole_days() -> None:
    days = {"id": "days0", "start": {"date": "2026-03-28"}, "end": {"date": "2026-03-30"}}
    made = days | {"recurrence": ["RRULE:FREQ=WEEKLY;UNTIL=20260404"]}
    spots = list(occurrences(made, BERLIN))
    assert [spot.days for spot in spots] == [
        (date(2026, 3, 28), date(2026, 3, 30)),
        (date(2026, 4, 4), date(2026, 4, 6)),
    ]
    one = instance(made, spots[1], BERLIN)
    assert (one["id"], one["start"], one["end"]) == ("days0_20260404", {"date": "2026-04-04"}, {"date": "2026-04-06"})


def test_a_window_is_half_open_on_ends_and_starts() -> None:
    made = series("RRULE:FREQ=DAILY")
    at = datetime(2026, 3, 4, 10, tzinfo=UTC)  # when the one of 4 March ends
    assert suffixes(made, after=at, before=at + timedelta(hours=23)) == []
    assert suffixes(made, after=at, before=at + timedelta(hours=23, seconds=1)) == ["20260305T090000Z"]


def test_the_hour_that_does_not_exist_moves_on() -> None:
    made = series("RRULE:FREQ=DAILY;COUNT=2", start="2026-03-28T02:30:00+01:00")
    assert suffixes(made) == ["20260328T013000Z", "20260329T013000Z"]


def test_when_a_series_ends() -> None:
    assert last_end(series("RRULE:FREQ=WEEKLY;COUNT=3"), BERLIN) == datetime(2026, 3, 17, 10, tzinfo=UTC)
    assert last_end(series("RRULE:FREQ=WEEKLY"), BERLIN) is None


@pytest.mark.parametrize(
    "lines",
    [
        "RRULE:FREQ=WEEKLY",
        [1],
        [""],
        ["RRULE:"],
        ["RRULE:COUNT=2"],
        ["EXDATE:soon"],
        ["RDATE;TZID=Mars:20260101T000000"],
    ],
)
def test_broken_lines_are_refused(lines: object) -> None:
    with pytest.raises(ApiError, match="Invalid recurrence"):
        check(lines, series()["start"], BERLIN)


@settings(max_examples=60)
@given(
    freq=st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
    interval=st.integers(1, 3),
    count=st.integers(1, 12),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
    hour=st.integers(4, 22),
)
def test_each_instance_keeps_wall_clock_and_length_and_is_found_by_its_id(
    freq: str, interval: int, count: int, zone: str, hour: int
) -> None:
    own = ZoneInfo(zone)
    start = datetime(2026, 2, 3, hour, tzinfo=own)
    made = series(f"RRULE:FREQ={freq};INTERVAL={interval};COUNT={count}", start=start.isoformat(), zone=zone)
    spots = list(occurrences(made, BERLIN))
    assert len(spots) == count
    for spot in spots:
        assert spot.start.astimezone(own).hour == hour
        assert spot.end - spot.start == timedelta(hours=1)
        one = instance(made, spot, BERLIN)
        assert split_instance_id(one["id"]) == ("series0", spot.suffix)
        assert datetime.fromisoformat(one["originalStartTime"]["dateTime"]) == spot.start
