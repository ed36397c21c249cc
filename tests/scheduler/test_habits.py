"""Three times the same by hand is worth a question, and only three times."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.habits import ChangeRule, OtherTimeOrPause, Turn, suggest
from scheduler.model import BlockKey, Rule, WorkingHours
from scheduler.timespan import at_wall_clock

LONDON = ZoneInfo("Europe/London")
MONDAY = date(2026, 10, 12)  # summer time ends on 25 October, between the second block and the third
TUESDAYS = Rule(key="a", weekdays=frozenset({2}))
HOURS = WorkingHours()
DELETED = ""


def turns(*found: str, rule: str = "a", day: int = 2, ordinal: int = 1, zone: ZoneInfo = LONDON) -> list[Turn]:
    """A block a week, planned for 10:00; `found` is "Thu 14:00", "10:00" (as planned) or DELETED, oldest first."""
    made = []
    for week, text in enumerate(found):
        monday = MONDAY + timedelta(weeks=week)
        planned = at_wall_clock(monday + timedelta(days=day - 1), time(10), zone)
        name, _, clock = text.rpartition(" ")
        on = monday + timedelta(days=["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].index(name) if name else day - 1)
        year, number, _ = monday.isocalendar()
        made.append(
            Turn(
                key=BlockKey(rule, f"{year}W{number:02}.{ordinal}"),
                planned=planned,
                found=at_wall_clock(on, time.fromisoformat(clock), zone) if text else None,
            )
        )
    return made


def ask(
    made: list[Turn], rule: Rule = TUESDAYS, instead: tuple[int, time] | None = None
) -> ChangeRule | OtherTimeOrPause | None:
    answer = suggest(rule, made, zone=LONDON, hours=HOURS, instead=instead)
    assert suggest(rule, made[::-1], zone=LONDON, hours=HOURS, instead=instead) == answer, "the order is of no account"
    return answer


def test_three_drags_to_the_same_time_suggest_the_rule_as_it_would_be() -> None:
    found = ask(turns("Thu 14:00", "Thu 14:00", "Thu 14:00"))
    assert isinstance(found, ChangeRule)
    assert found.rule == replace(TUESDAYS, weekdays=frozenset({4}), ideal=time(14), window_end=time(14, 30))
    assert found.sentence == (
        "You moved the last three blocks to Thursday at 14:00. Shall they be booked there from now on?"
    )
    assert not found.outside_hours


@pytest.mark.parametrize(
    "found",
    [
        ("Thu 14:00", "Thu 14:00"),
        ("Thu 14:00", "Thu 14:00", "10:00"),
        ("Thu 14:00", "10:00", "Thu 14:00", "Thu 14:00"),
        ("Thu 14:00", "Thu 14:00", "Fri 14:00"),
        ("Thu 14:00", "Thu 14:00", "Thu 15:00"),
        ("Thu 14:00", DELETED, "Thu 14:00"),
        ("10:00", "10:00", "10:00"),
        ("10:05", "10:05", "10:05"),  # a nudge is no other time
        (DELETED, DELETED),
        (DELETED, DELETED, "10:00"),
        (),
    ],
)
def test_nothing_is_suggested(found: tuple[str, ...]) -> None:
    assert ask(turns(*found)) is None


def test_what_was_before_the_last_three_does_not_count() -> None:
    assert isinstance(ask(turns("10:00", DELETED, "Thu 14:00", "Thu 14:00", "Thu 14:00")), ChangeRule)
    assert isinstance(ask(turns("10:00", "Thu 14:00", DELETED, DELETED, DELETED)), OtherTimeOrPause)


def test_a_few_minutes_make_no_difference_and_the_last_drag_says_the_time() -> None:
    found = ask(turns("11:00", "11:10", "11:05"))
    assert isinstance(found, ChangeRule)
    assert (found.rule.weekdays, found.rule.ideal) == (frozenset({2}), time(11, 5))
    assert (found.rule.window_start, found.rule.window_end) == (time(9), time(12))


def test_outside_the_working_hours_it_says_so() -> None:
    found = ask(turns("Sat 07:00", "Sat 07:00", "Sat 07:00"))
    assert isinstance(found, ChangeRule)
    assert found.outside_hours
    assert found.sentence.endswith("That lies outside your working hours, so widen those too.")
    assert found.rule.window_start == time(7)


def test_late_in_the_evening_the_window_ends_with_the_day() -> None:
    found = ask(turns("23:40", "23:40", "23:40"))
    assert isinstance(found, ChangeRule)
    assert found.rule.window_end == time(23, 59)
    assert ask(turns("23:50", "23:50", "23:50")) is None, "no room for the shortest block"


def test_of_a_rule_with_two_days_only_the_one_that_was_dragged_moves() -> None:
    rule = replace(TUESDAYS, weekdays=frozenset({2, 4}))
    first = turns("10:00", "10:00", "10:00")
    second = turns("Fri 10:00", "Fri 10:00", "Fri 10:00", day=4, ordinal=2)
    found = ask(first + second, rule)
    assert isinstance(found, ChangeRule)
    assert found.rule.weekdays == {2, 5}
    assert found.rule.ideal == time(10)


def test_where_the_time_of_its_other_days_would_change_it_says_so() -> None:
    rule = replace(TUESDAYS, weekdays=frozenset({2, 4}))
    found = ask(turns("14:00", "14:00", "14:00"), rule)
    assert isinstance(found, ChangeRule)
    assert found.sentence.endswith("from now on? Its other days would move to 14:00 too.")


def test_two_blocks_put_on_one_day_are_no_rule() -> None:
    rule = replace(TUESDAYS, weekdays=frozenset({2, 4}))
    assert ask(turns("Thu 14:00", "Thu 14:00", "Thu 14:00"), rule) is None


@pytest.mark.parametrize(("times", "expected"), [(1, {5}), (2, {1, 2, 3, 5})])
def test_of_a_rule_that_leaves_us_the_day_the_day_is_taken_up(times: int, expected: set[int]) -> None:
    rule = replace(TUESDAYS, weekdays=frozenset({1, 2, 3}), times_a_week=times)
    found = ask(turns("Fri 10:00", "Fri 10:00", "Fri 10:00"), rule)
    assert isinstance(found, ChangeRule)
    assert found.rule.weekdays == expected
    assert found.rule.times_a_week == times


def test_three_deletions_offer_another_time_or_a_pause() -> None:
    found = ask(turns(DELETED, DELETED, DELETED))
    assert isinstance(found, OtherTimeOrPause)
    assert found.sentence == "You deleted the last three blocks. Would another time suit you better, or a pause?"
    assert (found.elsewhere, found.paused) == (None, replace(TUESDAYS, active=False))


def test_a_time_that_is_mostly_free_is_named() -> None:
    found = ask(turns(DELETED, DELETED, DELETED), instead=(5, time(9)))
    assert isinstance(found, OtherTimeOrPause)
    assert found.sentence == "You deleted the last three blocks. Would Friday at 09:00 suit you better, or a pause?"
    assert found.elsewhere == replace(TUESDAYS, weekdays=frozenset({5}), ideal=time(9))
    same = ask(turns(DELETED, DELETED, DELETED), instead=(2, time(10)))
    assert isinstance(same, OtherTimeOrPause)
    assert same.elsewhere is None, "the time it has is no other time"


def test_blocks_of_other_rules_and_a_rule_switched_off_suggest_nothing() -> None:
    assert ask(turns(DELETED, DELETED, DELETED, rule="b")) is None
    assert ask(turns(DELETED, DELETED, DELETED), replace(TUESDAYS, active=False)) is None


def test_asked_once_the_same_question_has_the_same_key_and_the_next_week_another() -> None:
    first, again = ask(turns(DELETED, DELETED, DELETED)), ask(turns(DELETED, DELETED, DELETED))
    later = ask(turns(DELETED, DELETED, DELETED, DELETED))
    assert first is not None
    assert again is not None
    assert later is not None
    assert first.key == again.key != later.key
    assert len(later.key) < 120
