"""When something is, in words."""

from __future__ import annotations

from datetime import datetime

import pytest

from app.web.render import environment, until
from tests.app.world import BERLIN

START = datetime(2027, 3, 16, 8, 30, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2027-03-10T22:00+01:00", "in 6 days"),  # five days and some hours, but six on the wall calendar
        ("2027-03-14T23:30Z", "tomorrow"),  # by then the 15th has begun where the block is
        ("2027-03-15T07:00+01:00", "tomorrow"),
        ("2027-03-16T00:30+01:00", "in 8 hours"),
        ("2027-03-16T08:12+01:00", "in 18 minutes"),
        ("2027-03-16T08:29:30+01:00", "now"),
    ],
)
def test_days_are_counted_as_on_a_wall_calendar(now: str, said: str) -> None:
    assert until(START, datetime.fromisoformat(now)) == said


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("last in your calendar 4 December 2026", "last in your calendar 4~December 2026"),
        ("zuletzt am 4. Dezember 2026; alle 6 Wochen", "zuletzt am 4.~Dezember 2026; alle 6~Wochen"),
        ("at 10:00, 2 of 3", "at 10:00, 2~of 3"),
        ("in 2026 “x”, 1.", "in 2026 “x”, 1."),
    ],
)
def test_a_day_stays_on_one_line_with_its_month(said: str, shown: str) -> None:
    page = environment().from_string("{{ said|unbroken }}").render(said=said)
    assert page == shown.replace("~", "\u00a0")


def test_a_day_that_is_near_begins_a_heading_but_not_a_clause() -> None:
    page = environment().from_string("{{ on|when|upper_first }}: {{ on|when }}")
    assert page.render(on=START, today=START.date()) == "Today: today"
    assert page.render(on=START, today=START.date().replace(day=15)) == "Tomorrow: tomorrow"
    assert page.render(on=START, today=START.date().replace(day=1)).count("Tuesday 16\u00a0March") == 2
