"""A database put back to a day before: nothing is doubled or lost, and each deletion stays whose it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scheduler.changes import Create
from tests.app.world import FENCE
from tests.app.world_house import TUESDAYS, House, settled

Put = Callable[[House], None]


@pytest.fixture
def back(tmp_path: Path) -> Callable[[House], Put]:
    """Remembers the database now; what it gives puts it back."""

    def remember(house: House) -> Put:
        house.copies_database(tmp_path / "copy.db")
        return lambda house: house.restores_database(tmp_path / "copy.db")

    return remember


def forget_sync_token(house: House) -> None:
    house.sandbox.stores[house.email].expire_sync_tokens()


@pytest.mark.parametrize("full", [False, True], ids=["changes", "full sync"])
def test_blocks_we_took_away_since_come_back(booked: House, back: Callable[[House], Put], full: bool) -> None:
    """The pause was begun after the backup; the restored database knows nothing of it."""
    put_back = back(booked)
    booked.services.actions.pause(booked.account_id, None, None)
    booked.refresh()
    assert booked.blocks() == []
    put_back(booked)
    if full:
        forget_sync_token(booked)
    booked.refresh()
    booked.refresh()
    assert booked.days() == TUESDAYS
    settled(booked)


def test_of_two_deletions_since_only_ours_is_undone(booked: House, back: Callable[[House], Put]) -> None:
    put_back = back(booked)
    theirs = booked.ids()[1]
    booked.hand.deletes(theirs)
    booked.services.actions.pause(booked.account_id, None, None)
    booked.refresh()
    put_back(booked)
    booked.refresh()
    booked.refresh()
    assert booked.days() == [TUESDAYS[0], *TUESDAYS[2:]]
    assert booked.row(theirs).state == "skipped"
    settled(booked)
    booked.services.actions.pause(booked.account_id, None, None)
    booked.refresh()
    booked.services.actions.resume(booked.account_id)
    booked.refresh()
    assert booked.days() == [TUESDAYS[0], *TUESDAYS[2:]]


def test_a_block_taken_out_of_the_bin_since_stays_the_users(booked: House, back: Callable[[House], Put]) -> None:
    """The restored database knows neither that we took it away nor that another has come in its place; but there is
    none in its place as long as it stands itself."""
    first = booked.ids()[0]
    put_back = back(booked)
    booked.services.actions.pause(booked.account_id, None, None)
    booked.refresh()
    booked.services.actions.resume(booked.account_id)
    booked.refresh()
    booked.hand.restores(first)
    put_back(booked)
    booked.refresh()
    booked.refresh()
    assert booked.event(first)["status"] == "confirmed"
    assert booked.row(first).state == "adopted"
    assert FENCE not in booked.hand.text(first)
    settled(booked)


@pytest.mark.parametrize("after", [False, True], ids=["before the backup", "after it"])
def test_words_in_a_block_we_took_away_come_back_with_it(
    booked: House, back: Callable[[House], Put], after: bool
) -> None:
    first = booked.ids()[0]
    put_back = back(booked)
    booked.hand.types_below(first, "Ask about the lease")
    booked.refresh()
    if not after:
        put_back = back(booked)
    booked.services.actions.pause(booked.account_id, None, None)
    booked.refresh()
    booked.services.actions.resume(booked.account_id)
    put_back(booked)
    booked.refresh()
    booked.refresh()
    (there,) = [one for one in booked.ids() if "Ask about the lease" in booked.hand.text(one)]
    assert booked.hand.text(there).count(FENCE) == 1
    settled(booked)


def test_blocks_booked_and_deleted_since_are_not_written_again(house: House, back: Callable[[House], Put]) -> None:
    """Saved, then the backup, then the first push; the restored database has never seen the events."""
    house.refresh()
    house.services.actions.save_welcome(house.account_id, {})
    put_back = back(house)
    house.refresh()
    house.hand.deletes(house.ids()[1])
    house.refresh()
    put_back(house)
    house.refresh()
    house.refresh()
    house.calls()
    house.refresh()
    assert house.writes() == []
    assert house.days() == [TUESDAYS[0], *TUESDAYS[2:]]
    settled(house)


def test_blocks_booked_and_taken_away_since_come_back(house: House, back: Callable[[House], Put]) -> None:
    house.refresh()
    house.services.actions.save_welcome(house.account_id, {})
    put_back = back(house)
    house.refresh()
    house.services.actions.pause(house.account_id, None, None)
    house.refresh()
    assert house.blocks() == []
    put_back(house)
    house.refresh()
    house.refresh()
    assert house.days() == TUESDAYS
    settled(house)


def test_a_farewell_thought_better_of_is_taken_back(booked: House) -> None:
    """Written, but the deletion did not arrive, and then the pause was over: later deletions are the user's."""
    booked.services.actions.pause(booked.account_id, None, None)
    booked.sandbox.faults.add("events.delete", "unavailable")
    booked.refresh(fault="unavailable")
    first = booked.ids()[0]
    assert booked.event(first)["extendedProperties"]["private"]["greenblock_wrote"].endswith("|away")
    booked.services.actions.resume(booked.account_id)
    booked.refresh()
    booked.refresh()
    assert not any(
        one["extendedProperties"]["private"]["greenblock_wrote"].endswith("|away") for one in booked.blocks()
    )
    settled(booked)


@pytest.mark.parametrize("fails", ["before the farewell", "after the first"])
@pytest.mark.parametrize("again", [False, True], ids=["at once", "after a refresh that failed, too"])
def test_what_we_were_hindered_to_take_away_and_the_user_deletes_stays_away(
    booked: House, fails: str, again: bool
) -> None:
    """We had said in our rows that we would; the calendar knows that it was not we."""
    calls = "events.patch" if fails == "before the farewell" else "events.delete"
    booked.services.actions.pause(booked.account_id, None, None)
    booked.sandbox.faults.add(calls, "unavailable")
    booked.refresh(fault="unavailable")
    booked.services.actions.resume(booked.account_id)
    if again:
        for call in ("events.patch", "events.delete", "events.insert"):
            booked.sandbox.faults.add(call, "unavailable")
        booked.refresh(fault="unavailable")
        booked.sandbox.faults.clear()
    theirs = booked.ids()[1:]  # of the first the farewell may stand there
    for event_id in theirs:
        booked.hand.deletes(event_id)
    booked.refresh()
    booked.refresh()
    assert booked.days() == TUESDAYS[:1]
    assert {booked.row(event_id).state for event_id in theirs} == {"skipped"}
    settled(booked)


def test_who_deleted_a_block_is_asked_once(booked: House) -> None:
    booked.hand.deletes(booked.ids()[1])
    booked.calls()
    booked.refresh()
    assert booked.calls().count("events.get") == 1
    booked.hand.adds({"summary": "x", "start": {"date": "2027-03-20"}, "end": {"date": "2027-03-21"}})
    report = booked.refresh()
    assert booked.calls() == ["events.list"]
    assert not any(isinstance(change, Create) for change in report.changes)


def test_a_block_handed_over_since_is_still_the_user_s(booked: House, back: Callable[[House], Put]) -> None:
    """We took it away, the user took it out of the bin; the restored database knows of neither."""
    first, put_back = booked.ids()[0], back(booked)
    booked.services.actions.pause(booked.account_id, None, None)
    booked.refresh()
    booked.hand.restores(first)
    booked.refresh()
    as_handed_over = booked.event(first)
    assert "extendedProperties" not in as_handed_over
    put_back(booked)
    booked.refresh()
    booked.refresh()
    assert booked.event(first) == as_handed_over
    settled(booked)
