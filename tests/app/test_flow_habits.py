"""What the user's hand suggests when it says the same three times, and what is said of blocks that found no place."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from app.services.settings_model import HabitLine
from tests.app.world import all_day, at, start_of
from tests.app.world_house import TUESDAYS, House, settled


def habits(house: House) -> tuple[HabitLine, ...]:
    shown: tuple[HabitLine, ...] = house.services.views.today(house.account_id).habits
    return shown


def drags(house: House, *, hour: int = 15, days: int = 2, count: int = 3) -> None:
    for event_id in house.ids()[:count]:
        house.hand.moves(event_id, start_of(house.event(event_id)).replace(hour=hour) + timedelta(days=days))
    house.refresh()


def test_three_drags_to_one_time_suggest_the_rule_and_change_nothing(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    rule = house.rule()
    drags(house, count=2)
    assert habits(house) == ()
    third = house.ids()[2]
    house.hand.moves(third, at(18, 15))
    house.refresh()
    (habit,) = habits(house)
    assert habit.sentence == (
        "You moved the last three blocks to Thursday at 15:00. Shall they be booked there from now on?"
    )
    assert habit.rule is not None
    assert (habit.rule.weekdays, habit.rule.ideal.hour, habit.pause) == (frozenset({4}), 15, False)
    assert house.rule() == rule
    assert house.days()[3] == TUESDAYS[3]
    settled(house)

    house.sets(habit.rule)
    assert habits(house) == ()
    assert house.days() == [(3, 4, 15, 0), (3, 11, 15, 0), (3, 18, 15, 0), (3, 25, 15, 0)]
    settled(house)
    assert habits(house) == ()


def test_no_is_remembered(booked: House) -> None:
    drags(booked)
    (habit,) = habits(booked)
    booked.services.actions.answer_habit(booked.account_id, habit.rule_key, "drag/made-up")
    assert habits(booked) == (habit,)
    booked.services.actions.answer_habit(booked.account_id, habit.rule_key, habit.key)
    assert habits(booked) == ()
    booked.refresh()
    assert habits(booked) == ()
    booked.hand.moves(booked.ids()[3], at(25, 15))  # a fourth one there is no new question
    booked.refresh()
    assert habits(booked) == ()
    assert booked.days()[0] == (3, 4, 15, 0)


def test_drags_are_counted_also_when_the_blocks_are_over(booked: House) -> None:
    for week in range(3):
        booked.clock.set(at(1 + 7 * week, 9))
        booked.refresh()
        booked.hand.moves(booked.ids()[week], at(4 + 7 * week, 15))
        booked.refresh()
    booked.clock.set(at(19, 8))
    booked.refresh()
    (habit,) = habits(booked)
    assert "Thursday at 15:00" in habit.sentence


def test_three_deletions_offer_another_time_or_a_pause_once(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    for event_id in house.ids()[:3]:
        house.hand.deletes(event_id)
    house.refresh()
    (habit,) = habits(house)
    assert habit.pause
    assert habit.rule is not None
    assert habit.rule.weekdays == frozenset({4})
    assert "Would Thursday at 10:00 suit you better, or a pause?" in habit.sentence
    assert house.days() == TUESDAYS[3:]
    house.services.actions.answer_habit(house.account_id, habit.rule_key, habit.key)
    house.refresh()
    assert habits(house) == ()
    house.hand.deletes(house.ids()[0])
    house.refresh()
    assert habits(house) == ()  # three more it takes
    settled(house)


def test_another_time_that_was_taken_is_not_asked_about_again(booked: House) -> None:
    for event_id in booked.ids()[:3]:
        booked.hand.deletes(event_id)
    booked.refresh()
    (habit,) = habits(booked)
    assert habit.rule is not None
    booked.sets(habit.rule)
    assert habits(booked) == ()
    assert booked.days() == [(3, 25, 10, 0)]


# -- What found no place ---------------------------------------------------------------------------


def away(house: House, first: datetime, days: int = 5) -> str:
    event_id = house.hand.adds({**all_day("Away", first, days), "transparency": "opaque"})
    house.refresh()
    return event_id


LOST = "No place was found. Week of 8 March: "


def test_what_was_lost_is_said_on_today_and_in_the_next_block_once(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    away(house, at(8))
    (said,) = house.services.views.today(house.account_id).unplaced
    assert said.startswith("Week of 8 March: ")
    assert "Away" in said
    texts = [house.hand.text(event_id) for event_id in house.ids()]
    assert [LOST in text for text in texts] == [True, False, False]
    assert "Away" in texts[0]
    settled(house)
    house.clock.set(at(3, 9))  # the block that said it is over: no other says it again
    house.refresh()
    assert [LOST in house.hand.text(event_id) for event_id in house.ids()] == [True, *[False] * (len(house.ids()) - 1)]
    settled(house)


def test_what_finds_a_place_after_all_is_not_said_any_more(booked: House) -> None:
    event_id = away(booked, at(8))
    booked.hand.deletes(event_id)
    booked.refresh()
    assert booked.days() == TUESDAYS
    assert not any(LOST in booked.hand.text(one) for one in booked.ids())
    assert booked.services.views.today(booked.account_id).unplaced == ()
    settled(booked)


def test_it_stays_said_when_its_week_is_over(booked: House) -> None:
    booked.clock.set(at(3, 9))
    booked.refresh()
    away(booked, at(8))
    third = booked.row(booked.ids()[1]).event_id
    assert LOST in booked.hand.text(third)
    for day in (10, 15, 16):
        booked.clock.set(at(day, 8))
        booked.refresh()
        assert LOST in booked.hand.text(third), day
    settled(booked)


def test_a_week_of_the_users_own_pause_is_no_loss(booked: House) -> None:
    booked.services.actions.pause(booked.account_id, at(8).date(), at(12).date())
    booked.refresh()
    assert not any("No place was found" in booked.hand.text(one) for one in booked.ids())
    settled(booked)


def test_a_move_and_a_loss_are_both_said(booked: House) -> None:
    first = booked.ids()[0]
    booked.hand.adds({**all_day("Fair", at(2), 1), "transparency": "opaque"})
    away(booked, at(8))
    text = booked.hand.text(first)
    assert "Fair" in text
    assert LOST in text
    assert any("Fair" in words for _, words in booked.services.views.today(booked.account_id).moved)
    settled(booked)


def test_rules_that_go_take_their_losses_with_them(booked: House) -> None:
    key = booked.services.actions.save_rule(
        booked.account_id, "", replace(booked.rule(), key="", weekdays=frozenset({3}))
    )
    booked.refresh()
    away(booked, at(8))
    assert booked.hand.text(booked.ids()[0]).count("Week of 8 March") == 2
    booked.services.actions.remove_rule(booked.account_id, key)
    booked.refresh()
    assert booked.hand.text(booked.ids()[0]).count("Week of 8 March") == 1
    settled(booked)
