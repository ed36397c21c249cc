"""Answers to a write that cannot be about the event itself."""

from __future__ import annotations

import pytest

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
