"""What the user wrote into a block, and where they had put it, outlives our taking the block away."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.app.world import FENCE, at, meeting, start_of
from tests.app.world_house import House

NOTE = "Ask about the boat, and bring the photographs."


def texts(house: House) -> str:
    return "\n".join(one.get("description", "") for one in house.sandbox.store.live())


def pause(house: House) -> None:
    house.services.actions.pause(house.account_id, None, None)
    house.refresh()


def resume(house: House) -> None:
    house.services.actions.resume(house.account_id)
    house.refresh()


def test_a_note_comes_back_with_its_block_after_a_pause(booked: House) -> None:
    first = booked.ids()[0]
    booked.hand.types_below(first, NOTE)
    booked.refresh()
    pause(booked)
    assert booked.blocks() == []
    resume(booked)
    back = booked.blocks()[0]
    assert back["id"] != first
    assert NOTE in back["description"].partition(FENCE)[2]
    assert back["description"].count(NOTE) == 1
    booked.calls()
    booked.refresh()
    assert booked.writes() == []


def test_a_place_chosen_by_hand_comes_back_too_and_stays_chosen(booked: House) -> None:
    second = booked.ids()[1]
    there = start_of(booked.blocks()[1]) + timedelta(hours=5)
    booked.hand.moves(second, there, minutes=45)
    booked.refresh()
    pause(booked)
    resume(booked)
    assert there in [start_of(one) for one in booked.blocks()]
    assert len(booked.blocks()) == 4
    booked.sets(rule=replace(booked.rule(), ideal=booked.rule().window_start))
    assert there in [start_of(one) for one in booked.blocks()]


def test_a_title_of_the_users_own_comes_back_and_is_kept(booked: House) -> None:
    booked.hand.changes(booked.ids()[0], summary="My hour", colorId="5")
    booked.refresh()
    pause(booked)
    resume(booked)
    booked.refresh()
    assert (booked.blocks()[0]["summary"], booked.blocks()[0]["colorId"]) == ("My hour", "5")


def test_fewer_days_leave_a_block_with_words_to_the_user(booked: House) -> None:
    booked.sets(rule=replace(booked.rule(), weekdays=frozenset({2, 4})))
    thursday = next(one["id"] for one in booked.blocks() if start_of(one).isoweekday() == 4)
    booked.hand.types_below(thursday, NOTE)
    booked.refresh()
    booked.sets(rule=replace(booked.rule(), weekdays=frozenset({2})))
    left = booked.event(thursday)
    assert left["status"] == "confirmed"
    assert left["description"].strip().startswith(NOTE)
    assert "greenblock" not in left.get("extendedProperties", {}).get("private", {})
    assert {start_of(one).isoweekday() for one in booked.blocks()} == {2}
    booked.sets(rule=replace(booked.rule(), weekdays=frozenset({2, 4})))
    assert texts(booked).count(NOTE) == 1
    booked.calls()
    booked.refresh()
    assert booked.writes() == []


@pytest.mark.parametrize("words", [NOTE, ""])
def test_a_full_week_takes_only_a_block_without_words(booked: House, words: str) -> None:
    last = booked.ids()[-1]
    if words:
        booked.hand.types_below(last, words)
        booked.refresh()
    day = start_of(booked.event(last)).date()
    monday = day - timedelta(days=day.weekday())
    for n in range(5):
        on = monday + timedelta(days=n)
        booked.hand.adds(meeting("Audit", at(on.day, 7, month=on.month), minutes=12 * 60))
    booked.refresh()
    assert (booked.event(last)["status"] == "confirmed") is bool(words)
    assert texts(booked).count(NOTE) == (1 if words else 0)
    assert last not in booked.ids()


def test_the_journal_says_which_block_went_and_why(booked: House) -> None:
    pause(booked)
    gone = [line for line in booked.journal() if "You paused" in line]
    assert len(gone) == 4
    assert any("2 March" in line for line in gone)
