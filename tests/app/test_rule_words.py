"""A rule in one line of words."""

from datetime import time

import pytest

from app.services.rule_words import rule_words
from scheduler.model import Rule


@pytest.mark.parametrize(
    ("days", "times", "expected"),
    [
        ({2}, None, "Tuesdays about 10:00, 30 minutes"),
        ({4, 2}, None, "Tuesdays and Thursdays about 10:00, 30 minutes"),
        ({1, 2, 3, 4, 5}, None, "Monday to Friday about 10:00, 30 minutes"),
        ({1, 2, 3, 4, 5}, 2, "Twice a week, Monday, Tuesday, Wednesday, Thursday or Friday, about 10:00, 30 minutes"),
        ({1, 3, 5}, 1, "Once a week, Monday, Wednesday or Friday, about 10:00, 30 minutes"),
        ({1, 3}, 2, "Mondays and Wednesdays about 10:00, 30 minutes"),
    ],
)
def test_a_rule_in_words(days: set[int], times: int | None, expected: str) -> None:
    assert rule_words(Rule(key="r", weekdays=frozenset(days), times_a_week=times, ideal=time(10))) == expected
