"""One run an account at a time; what comes in meanwhile is not forgotten; a database from yesterday does no harm."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.db.accounts import LEASE_FOR
from app.services.run import Report
from scheduler.changes import Create
from tests.app.world import FENCE, at, meeting, start_of, tag_of
from tests.app.world_house import TUESDAYS, House, between, settled

# -- Two at once -----------------------------------------------------------------------------------


def test_of_two_refreshes_at_once_one_runs(any_house: House) -> None:
    house = any_house
    house.refresh()
    house.services.actions.save_welcome(house.account_id, {})
    house.sandbox.faults.add("events.list", "slow", seconds=0.2)
    reports: list[Report] = []
    gate = threading.Barrier(2)

    def run() -> None:
        gate.wait()
        reports.append(house.services.refresh(house.account_id))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((report.ran, report.busy) for report in reports) == [(False, True), (True, False)]
    assert house.days() == TUESDAYS
    assert house.calls().count("events.insert") == 4


def test_a_run_that_lost_its_lease_stops_without_writing(any_house: House) -> None:
    """It hangs longer than the lease lasts, another one takes over and finishes; then it wakes up."""
    house = any_house
    house.save_welcome()
    house.services.actions.pause(house.account_id, None, None)
    house.calls()

    def takeover() -> Report:
        house.clock.advance(seconds=LEASE_FOR.total_seconds() + 1)
        return house.services.refresh(house.account_id)

    with between(house, "delete", takeover) as reports:
        late = house.services.refresh(house.account_id)
    assert reports[0].ran
    assert len(reports[0].changes) == 4
    # The late one had its first call on the way; it makes no other.
    assert late.error == "Another run has taken over."
    assert house.calls().count("events.delete") == 5
    assert house.blocks() == []
    house.services.actions.resume(house.account_id)
    house.refresh()
    assert house.days() == TUESDAYS


def test_a_run_that_lost_its_lease_while_reading_stores_nothing(booked: House) -> None:
    booked.hand.adds(meeting("Board", at(2, 10), minutes=30))

    def takeover() -> Report:
        booked.clock.advance(seconds=LEASE_FOR.total_seconds() + 1)
        return booked.services.refresh(booked.account_id)

    with between(booked, "changes", takeover):
        late = booked.services.refresh(booked.account_id)
    assert late.error == "Another run has taken over."
    assert booked.writes() == ["events.patch"]
    assert booked.account().lease_id is None
    settled(booked)


def test_a_dead_runs_lease_is_taken_over_when_it_has_run_out(booked: House) -> None:
    class KilledError(BaseException):
        pass

    def dies() -> None:
        raise KilledError

    booked.services.actions.pause(booked.account_id, None, None)
    with between(booked, "delete", dies), pytest.raises(KilledError):
        booked.services.refresh(booked.account_id)
    assert not booked.services.refresh(booked.account_id).ran
    booked.clock.advance(seconds=LEASE_FOR.total_seconds() + 1)
    booked.refresh()
    assert booked.blocks() == []


# -- What comes in meanwhile -----------------------------------------------------------------------


def test_a_request_during_a_run_makes_the_account_due_again(any_house: House) -> None:
    house = any_house
    house.refresh()

    def ask() -> None:
        house.clock.advance(seconds=1)
        house.services.actions.refresh_now(house.account_id)
        house.clock.advance(seconds=1)

    with between(house, "changes", ask):
        house.refresh()
    assert house.account().next_refresh_at == house.clock()
    house.refresh()
    account = house.account()
    assert account.next_refresh_at is not None
    assert account.next_refresh_at > house.clock() + timedelta(minutes=1)


def test_a_request_is_kept_although_the_clock_is_set_back_meanwhile(any_house: House) -> None:
    house = any_house
    house.save_welcome()

    def set_back_and_ask() -> None:
        house.clock.starts_over(house.clock() - timedelta(minutes=10))
        house.services.actions.refresh_now(house.account_id)

    with between(house, "changes", set_back_and_ask):
        house.refresh()
    due = house.account().next_refresh_at
    assert due is not None
    assert due <= house.clock()


def test_settings_saved_during_a_push_are_not_forgotten(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    rule = house.rule()

    def save() -> None:
        house.clock.advance(seconds=1)
        wanted = replace(rule, weekdays=frozenset({3}))
        house.services.actions.save_settings(house.account_id, wanted, house.wishes())
        house.clock.advance(seconds=1)

    house.services.actions.save_settings(house.account_id, replace(rule, weekdays=frozenset({4})), house.wishes())
    with between(house, "patch", save):
        house.refresh()
    assert house.account().plan_due
    assert house.account().next_refresh_at == house.clock()
    house.refresh()
    assert [day for _, day, _, _ in house.days()] == [3, 10, 17, 24]
    settled(house)


def test_a_tick_set_while_we_write_is_kept(booked: House) -> None:
    first = booked.ids()[0]
    booked.clock.advance(hours=20)
    with between(booked, "patch", lambda: booked.hand.ticks(first, "Jan Juniper")):
        booked.refresh()
    booked.refresh()
    assert booked.outcome(first, "Jan Juniper") == "reached"
    assert len(booked.touches("Jan Juniper")) == 1
    assert "x <a" in booked.hand.text(first)
    settled(booked)


def test_words_typed_while_we_write_are_kept(booked: House) -> None:
    first = booked.ids()[0]
    booked.clock.advance(hours=20)
    with between(booked, "patch", lambda: booked.hand.types_below(first, "Ask about the lease")):
        booked.refresh()
    assert booked.hand.text(first).partition(FENCE)[2].count("Ask about the lease") == 1
    settled(booked)


def test_a_guest_who_comes_while_we_write_is_respected(booked: House) -> None:
    first = booked.ids()[0]
    booked.clock.advance(hours=20)
    with between(booked, "patch", lambda: booked.hand.invites(first, "Jan Juniper")):
        booked.refresh()
    booked.refresh()
    assert not tag_of(booked.event(first))
    assert "☐" not in booked.event(first).get("description", "")
    settled(booked)


def test_a_block_deleted_while_we_move_it_stays_deleted(booked: House) -> None:
    first = booked.ids()[0]
    booked.services.actions.save_settings(
        booked.account_id, replace(booked.rule(), weekdays=frozenset({4})), booked.wishes()
    )
    with between(booked, "patch", lambda: booked.hand.deletes(first)):
        booked.refresh()
    booked.refresh()
    assert booked.row(first).state == "skipped"
    assert [day for _, day, _, _ in booked.days()] == [11, 18, 25]
    settled(booked)


def test_a_block_touched_while_we_take_it_away_is_taken_away_all_the_same(booked: House) -> None:
    first = booked.ids()[0]
    booked.services.actions.pause(booked.account_id, None, None)
    with between(booked, "delete", lambda: booked.hand.changes(first, colorId="3")):
        booked.refresh()
    assert booked.blocks() == []
    assert booked.row(first).state == "retired"


# -- A database from yesterday ---------------------------------------------------------------------


def test_a_database_from_before_the_first_push_finds_its_blocks_again(house: House, tmp_path: Path) -> None:
    house.refresh()
    house.services.actions.save_welcome(house.account_id, {})
    house.copies_database(tmp_path / "copy.db")
    house.refresh()
    ids = house.ids()
    house.hand.moves(ids[1], at(10, 15))
    house.hand.types_below(ids[0], "Ask about the lease")
    house.restores_database(tmp_path / "copy.db")
    house.refresh()
    house.refresh()
    assert house.ids() == ids
    assert [row.state for row in house.rows()] == ["booked", "pinned", "booked", "booked"]
    assert "Ask about the lease" in house.hand.text(ids[0])
    assert house.hand.text(ids[0]).count("☐ <a") == 3
    settled(house)


def test_a_database_from_before_some_blocks_adopts_the_rest(booked: House, tmp_path: Path) -> None:
    booked.copies_database(tmp_path / "copy.db")
    for _ in range(9):
        booked.clock.advance(days=1)
        booked.refresh()
    ids = booked.ids()
    assert len(ids) == 6
    booked.restores_database(tmp_path / "copy.db")
    booked.refresh()
    booked.refresh()
    assert booked.ids() == ids
    assert len(booked.rows()) == 6
    settled(booked)


def test_a_database_from_before_a_pause_and_resume_adopts_the_new_generation(booked: House, tmp_path: Path) -> None:
    booked.copies_database(tmp_path / "copy.db")
    booked.services.actions.pause(booked.account_id, None, None)
    booked.refresh()
    booked.services.actions.resume(booked.account_id)
    booked.refresh()
    booked.restores_database(tmp_path / "copy.db")
    booked.refresh()
    booked.refresh()
    assert booked.days() == TUESDAYS
    assert len({start_of(one) for one in booked.blocks()}) == 4
    settled(booked)


def test_a_tick_that_only_the_calendar_remembers_counts(house: House, tmp_path: Path) -> None:
    house.refresh()
    house.services.actions.save_welcome(house.account_id, {})
    house.copies_database(tmp_path / "copy.db")
    house.refresh()
    first = house.ids()[0]
    house.hand.ticks(first, "Iris Ironwood")
    house.refresh()
    house.restores_database(tmp_path / "copy.db")
    house.refresh()
    assert house.outcome(first, "Iris Ironwood") == "reached"
    assert len(house.touches("Iris Ironwood")) == 1
    assert house.hand.text(first).count("x <a") == 1
    assert house.hand.text(first).count("☐ <a") == 2
    settled(house)


def test_a_block_deleted_since_the_copy_stays_deleted(booked: House, tmp_path: Path) -> None:
    booked.copies_database(tmp_path / "copy.db")
    second = booked.ids()[1]
    booked.hand.deletes(second)
    booked.refresh()
    booked.restores_database(tmp_path / "copy.db")
    booked.refresh()
    assert second not in booked.ids()
    assert len(booked.ids()) == 3
    settled(booked)


def test_a_dry_run_on_an_old_database_shows_no_double_and_stores_nothing(house: House, tmp_path: Path) -> None:
    house.refresh()
    house.services.actions.save_welcome(house.account_id, {})
    house.copies_database(tmp_path / "copy.db")
    house.refresh()
    house.restores_database(tmp_path / "copy.db")
    report = house.refresh(dry_run=True)
    assert not [change for change in report.changes if isinstance(change, Create)]
    assert house.rows() == []
