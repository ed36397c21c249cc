"""Answers to a write that cannot be about the event itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from app.services.faults import Fault
from tests.app.world import start_of
from tests.app.world_house import TUESDAYS, House, settled


@pytest.mark.parametrize("times", [1, 2, 5])
@pytest.mark.parametrize("answer", ["notFound", "deleted", "duplicate", "conditionNotMet"])
def test_an_insert_that_finds_nothing_is_no_deletion_by_the_user(house: House, answer: str, times: int) -> None:
    """What was never there cannot have been deleted: the block comes as soon as the calendar takes it."""
    house.refresh()
    house.services.actions.save_welcome(house.account_id, {})
    house.sandbox.faults.add("events.insert", answer, times=times)
    house.services.refresh(house.account_id)
    house.sandbox.faults.clear()
    house.clock.advance(minutes=2)
    house.refresh()
    assert house.days() == TUESDAYS
    settled(house)


@pytest.mark.parametrize("answer", ["notFound", "deleted"])
def test_an_event_that_is_said_not_to_be_there_is_looked_up_in_the_list(house: House, answer: str) -> None:
    """One answer that contradicts what was read is no deletion by the user; the calendar is read from its beginning."""
    house.save_welcome()
    house.sandbox.faults.add("events.patch", "conditionNotMet")
    house.sandbox.faults.add("events.get", answer)
    rule = replace(house.rule(), color_id="5")
    house.services.actions.save_settings(house.account_id, rule, house.wishes())
    house.services.refresh(house.account_id)
    house.clock.advance(minutes=2)
    assert house.refresh().full
    assert house.days() == TUESDAYS
    assert {one["colorId"] for one in house.blocks()} == {"5"}
    assert [row.state for row in house.rows()] == ["booked"] * 4
    settled(house)


@pytest.mark.parametrize("call", ["events.patch", "events.delete"])
@pytest.mark.parametrize("answer", ["deleted", "conditionNotMet", "duplicate"])
def test_where_one_was_to_go_and_did_not_none_comes(booked: House, call: str, answer: str) -> None:
    """It was to go, the calendar refused that, and then it was wanted again: never two for one week."""
    most = []
    booked.hand.store.on_write(
        lambda old, new: most.append(max(Counter(map(start_of, booked.blocks())).values(), default=1))
    )
    booked.services.actions.pause(booked.account_id, None, None)
    booked.sandbox.faults.add("events.delete", "quotaExceeded")
    booked.services.refresh(booked.account_id)
    booked.services.actions.resume(booked.account_id)
    booked.sandbox.faults.add(call, answer)
    booked.services.refresh(booked.account_id)
    booked.sandbox.faults.clear()
    booked.clock.advance(minutes=2)
    booked.refresh()
    assert booked.days() == TUESDAYS
    assert set(most) == {1}
    settled(booked)


@pytest.mark.parametrize("skip", [0, 1, 3])
def test_one_block_that_is_refused_for_good_does_not_starve_the_others(house: House, skip: int) -> None:
    house.refresh()
    house.services.actions.save_welcome(house.account_id, {})
    house.sandbox.faults.add("events.insert", "badRequest", skip=skip)
    house.refresh(fault="ours")
    assert house.days() == [day for place, day in enumerate(TUESDAYS) if place != skip]
    assert house.account().failures == 1
    house.clock.advance(hours=2)
    house.refresh()
    assert house.days() == TUESDAYS
    assert house.account().failures == 0
    settled(house)


@pytest.mark.parametrize("call", ["events.patch", "events.delete"])
def test_where_one_is_refused_for_good_the_others_are_changed_and_go(booked: House, call: str) -> None:
    booked.services.actions.pause(booked.account_id, None, None)
    booked.sandbox.faults.add(call, "badRequest")
    booked.refresh(fault="ours")
    assert len(booked.blocks()) == 1
    booked.refresh()
    assert booked.blocks() == []


@pytest.mark.parametrize("answer", ["quotaExceeded", "insufficientPermissions", "unavailable"])
def test_what_concerns_the_whole_account_ends_the_run_at_once(house: House, answer: str) -> None:
    house.refresh()
    house.services.actions.save_welcome(house.account_id, {})
    house.sandbox.faults.add("events.insert", answer, skip=1)
    report = house.services.refresh(house.account_id)
    assert report.fault not in (None, Fault.OURS)
    assert len(house.blocks()) == 1
