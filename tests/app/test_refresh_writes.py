"""What the pipeline writes, and when it writes nothing."""

from __future__ import annotations

import re

import pytest

from app.db.tables import (
    AddressRow,
    BlockRow,
    ContactRow,
    JournalRow,
    LeftOutRow,
    RuleRow,
    SuggestionRow,
    TouchRow,
)
from scheduler.changes import Create, Delete, Update
from tests.app.world import FENCE, at, end_of, meeting, start_of, tag_of
from tests.app.world_house import House

WHAT_STAYS = (AddressRow, BlockRow, ContactRow, JournalRow, LeftOutRow, RuleRow, SuggestionRow, TouchRow)
"""What a dry run may not change; the mirror of the calendar may be filled by it."""


def test_nothing_is_written_before_save(house: House) -> None:
    before = house.snapshot()
    house.refresh()
    house.clock.advance(days=1)
    house.refresh()
    assert house.snapshot() == before
    assert house.writes() == []
    shown = house.services.views.welcome(house.account_id)
    assert shown.proposal is not None
    assert len(shown.proposal.blocks) == 4


def test_after_save_the_next_four_weeks_hold_blocks(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    assert house.days() == [(3, 2, 10, 0), (3, 9, 10, 0), (3, 16, 10, 0), (3, 23, 10, 0)]
    assert house.writes() == ["events.insert"] * 4
    near, *later = house.blocks()
    seen = near["description"]
    assert seen.count("☐ <a") == 3
    assert "Jan Juniper</a>, Juniper (a call): Last in your calendar 4 December 2026; usually every 6 weeks." in seen
    assert [re.sub("<[^>]+>", "|", one["description"]) for one in later] == [
        f"Names come on {day} March.||Open this block||{FENCE}|" for day in (2, 9, 16)
    ]


def test_a_block_is_written_as_the_contract_says(booked: House) -> None:
    rule = booked.rule().key
    block = booked.blocks()[0]
    assert re.fullmatch("[a-v0-9]{5,1024}", block["id"])
    private = block["extendedProperties"]["private"]
    assert set(private) == {"greenblock", "greenblock_by", "greenblock_wrote"}
    assert private["greenblock"] == f"{rule}/2027W09.1/0"
    assert (start_of(block), end_of(block)) == (at(2), at(2, 10, 30))
    assert block["start"]["timeZone"] == block["end"]["timeZone"] == "Europe/Berlin"
    assert block["summary"] == "Green block"
    assert (block["colorId"], block["visibility"]) == ("10", "private")
    assert block.get("transparency", "opaque") == "opaque"
    assert block["reminders"] == {"useDefault": False, "overrides": [{"method": "popup", "minutes": 10}]}
    assert "attendees" not in block
    lines = booked.hand.text(block["id"]).split("<br>")
    assert lines[0] == "<b>Names as of 1 March</b>"
    assert [line[0] for line in lines[1:4]] == ["☐"] * 3
    assert lines[-2:] == [FENCE, ""]


def test_a_second_refresh_makes_one_call_and_no_writes(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    house.calls()
    before = house.snapshot()
    with house.statements() as seen:
        house.refresh()
    assert house.calls() == ["events.list"]
    assert house.snapshot() == before
    assert len(seen) <= 6, seen
    assert not [one for one in seen if re.match(r"(INSERT INTO|UPDATE|DELETE FROM) (events|occurrences)\b", one)]


def test_five_changed_entries_make_one_call_and_few_statements(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    house.refresh()
    for hour in range(13, 18):
        house.hand.adds(meeting("Talk", at(11, hour), "Ada Arbor", "Ben Birch", "Cleo Cedar"))
    house.calls()
    with house.statements() as seen:
        assert house.refresh().fresh == 5
    assert house.calls() == ["events.list"]
    assert len(seen) <= 16, seen  # twelve were promised: docs/scale.md


def test_what_was_written_comes_back_as_nothing_new(booked: House) -> None:
    """Our own writes return with the next list; that alone plans nothing anew."""
    assert booked.refresh().fresh == 0


def test_an_unrelated_meeting_changes_no_block(booked: House) -> None:
    booked.hand.adds(meeting("Lunch", at(4, 12), "Ada Arbor"))
    before = booked.snapshot()
    booked.refresh()
    booked.refresh()
    assert booked.snapshot() == before


@pytest.mark.parametrize("settle", [True, False])
def test_a_dry_run_tells_and_changes_nothing(any_house: House, settle: bool) -> None:
    house = any_house
    house.save_welcome()
    first, second, *_ = house.blocks()
    house.hand.ticks(first["id"], "Jan Juniper")
    house.hand.adds(meeting("Board", at(2, 9, 45), minutes=60))
    house.hand.deletes(second["id"])
    house.services.actions.save_settings(house.account_id, house.rule(), house.wishes())
    if settle:  # what the mirror may learn, it has learned
        house.refresh(dry_run=True)
    calendar, tables, account = house.snapshot(), house.dump(*WHAT_STAYS), house.account()
    house.calls()

    report = house.refresh(dry_run=True)

    moves = [change for change in report.changes if isinstance(change, Update) and "moved" in change.reason]
    assert [change.event.id for change in moves] == [first["id"]]
    assert "Board" in moves[0].reason
    assert all(change.reason for change in report.changes)
    assert house.snapshot() == calendar
    assert house.dump(*WHAT_STAYS) == tables
    after = house.account()
    for name in ("plan_due", "outlook", "replan_at", "next_refresh_at", "last_error", "failures", "welcomed_at"):
        assert getattr(after, name) == getattr(account, name), name
    assert house.calls() == ["events.list", "events.get"]  # one block is gone without our word: was it us?
    # And what it told is what is done.
    done = house.refresh()
    told = {(type(one).__name__, one.event.id) for one in report.changes if isinstance(one, Create | Update)}
    assert {(type(one).__name__, one.event.id) for one in done.changes if isinstance(one, Create | Update)} == told
    assert house.outcome(first["id"], "Jan Juniper") == "reached"


def test_a_dry_run_before_the_first_read_shows_no_changes(house: House) -> None:
    report = house.refresh(dry_run=True)
    assert report.changes == ()
    assert house.dump(*WHAT_STAYS) == {table.__tablename__: [] for table in WHAT_STAYS}
    house.save_welcome()
    assert len(house.blocks()) == 4


def test_a_dry_run_of_a_changed_setting_names_what_goes(booked: House) -> None:
    booked.services.actions.pause(booked.account_id, None, None)
    report = booked.refresh(dry_run=True)
    assert [type(change) for change in report.changes] == [Delete] * 4
    assert len(booked.blocks()) == 4
    assert not any(row.retired_by_us for row in booked.rows())
    booked.refresh()
    assert booked.blocks() == []
    assert all(tag_of(one) for one in map(booked.event, [row.event_id for row in booked.rows()]))
