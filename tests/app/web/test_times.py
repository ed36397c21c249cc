"""When something is, in words."""

from __future__ import annotations

from datetime import datetime

import pytest

from app.web.render import until
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
