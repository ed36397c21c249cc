"""Settings there and back, pauses, reconnecting; and what happens when a meeting lands on a block."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from scheduler.model import ShowAs, WorkingHours
from tests.app.world import all_day, at, end_of, meeting, start_of, tag_of
from tests.app.world_house import TUESDAYS, House, settled

# -- There and back --------------------------------------------------------------------------------


def test_a_weekday_there_and_back_moves_the_same_events(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    ids, rule = house.ids(), house.rule()
    house.calls()

    house.sets(replace(rule, weekdays=frozenset({4})))
    assert house.ids() == ids
    assert [day for _, day, _, _ in house.days()] == [4, 11, 18, 25]
    assert house.writes() == ["events.patch"] * 4
    settled(house)

    house.calls()
    house.sets(rule)
    assert house.ids() == ids
    assert house.days() == TUESDAYS
    assert house.writes() == ["events.patch"] * 4
    assert not any(row.state == "pinned" for row in house.rows())
    settled(house)


def test_a_move_is_in_the_journal_once(booked: House) -> None:
    booked.sets(replace(booked.rule(), weekdays=frozenset({4})))
    moved = [line for line in booked.journal() if line.startswith("moved")]
    assert len(moved) == 4
    assert moved[0].startswith("moved: Thursday 4 March, 10:00")


def test_pause_and_resume_bring_the_blocks_back_once(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    names = [house.names_in(event_id) for event_id in house.ids()]
    tags = [tag_of(one) for one in house.blocks()]
    house.services.actions.pause(house.account_id, None, None)
    house.refresh()
    assert house.blocks() == []
    settled(house)

    house.services.actions.resume(house.account_id)
    house.refresh()
    assert house.days() == TUESDAYS
    assert [tag_of(one) for one in house.blocks()] == [tag.replace("/0", "/1") for tag in tags]
    assert [house.names_in(event_id) for event_id in house.ids()] == names
    settled(house)

    house.services.actions.pause(house.account_id, None, None)
    house.refresh()
    house.services.actions.resume(house.account_id)
    house.refresh()
    assert house.days() == TUESDAYS
    settled(house)


def test_a_pause_with_dates_keeps_those_days_free(booked: House) -> None:
    booked.services.actions.pause(booked.account_id, at(8).date(), at(19).date())
    booked.refresh()
    assert booked.days() == [TUESDAYS[0], TUESDAYS[3]]
    shown = booked.services.views.today(booked.account_id)
    assert len(shown.unplaced) == 2
    assert all("your pause" in reason for reason in shown.unplaced)
    settled(booked)


def test_what_the_user_did_during_a_pause_stays(booked: House) -> None:
    first, second, *_ = booked.ids()
    booked.hand.deletes(second)
    booked.refresh()
    booked.services.actions.pause(booked.account_id, None, None)
    booked.refresh()
    booked.services.actions.resume(booked.account_id)
    booked.refresh()
    assert booked.days() == [TUESDAYS[0], *TUESDAYS[2:]]
    assert first not in booked.ids()


def test_a_retired_block_restored_from_the_bin_is_the_users_own(booked: House) -> None:
    first = booked.ids()[0]
    booked.services.actions.pause(booked.account_id, None, None)
    booked.refresh()
    booked.hand.restores(first)
    booked.refresh()
    settled(booked)
    assert booked.event(first)["status"] == "confirmed"
    assert not tag_of(booked.event(first))


def test_disconnect_and_reconnect_leave_one_set_of_blocks(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    ids = house.ids()
    house.services.connect.disconnect(house.account_id)
    assert house.account().token is None
    assert not house.services.refresh(house.account_id).ran
    assert house.ids() == ids
    banner = house.services.views.today(house.account_id).frame.banner
    assert banner is not None
    assert banner.code == "disconnected"

    house.signs_in_again()
    house.refresh()
    assert house.ids() == ids
    assert house.services.views.today(house.account_id).frame.banner is None
    settled(house)


def test_two_days_a_week_and_back(booked: House) -> None:
    ids, rule = booked.ids(), booked.rule()
    booked.sets(replace(rule, weekdays=frozenset({2, 4})))
    assert [day for _, day, _, _ in booked.days()] == [2, 4, 9, 11, 16, 18, 23, 25]
    assert set(ids) <= set(booked.ids())
    seated = [name for event_id in booked.ids() for name in booked.names_in(event_id)]
    assert len(seated) == len(set(seated)) == 10
    settled(booked)

    booked.sets(rule)
    assert booked.ids() == ids
    assert booked.days() == TUESDAYS
    settled(booked)

    booked.sets(replace(rule, weekdays=frozenset({2, 4})))
    assert [day for _, day, _, _ in booked.days()] == [2, 4, 9, 11, 16, 18, 23, 25]
    settled(booked)


def test_length_colour_and_show_as_follow_the_settings(booked: House) -> None:
    rule = booked.rule()
    booked.sets(replace(rule, longest=60, color_id="", show_as=ShowAs.LATE, private=False, reminder=None))
    first, second, *_ = booked.blocks()
    assert end_of(second) - start_of(second) == timedelta(hours=1)
    assert "colorId" not in second
    assert second.get("visibility", "default") == "default"
    assert second["reminders"] == {"useDefault": False}
    assert first.get("transparency") == "transparent"  # it is 25 hours away
    settled(booked)
    assert booked.account().replan_at == at(1, 10)
    booked.clock.set(at(1, 10, 1))
    booked.refresh()
    assert [one.get("transparency", "opaque") for one in booked.blocks()] == ["opaque"] + ["transparent"] * 3
    settled(booked)


def test_other_working_hours_move_the_blocks(booked: House) -> None:
    ids = booked.ids()
    hours = WorkingHours(weekdays=frozenset({1, 2, 3, 4, 5}), start=time(11), end=time(17))
    booked.sets(wishes=replace(booked.wishes(), work_start=hours.start, work_end=hours.end))
    assert booked.ids() == ids
    assert [hour for _, _, hour, _ in booked.days()] == [11] * 4
    settled(booked)


# -- Clashes ---------------------------------------------------------------------------------------


def test_a_meeting_on_a_block_moves_it_within_the_day(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    first = house.ids()[0]
    house.hand.adds(meeting("Board <b>", at(2, 9, 45), "Kim Kiwi", minutes=60))
    house.refresh()
    assert house.ids()[0] == first
    assert start_of(house.event(first)) == at(2, 10, 45)
    assert "moved: Tuesday 2 March, 10:45: 10:00 was taken by “Board <b>”; moved to 10:45." in house.journal()
    assert "10:00 was taken by" in house.hand.text(first)
    assert "<b>”" not in house.hand.text(first)
    settled(house)
    house.clock.advance(hours=20)
    house.refresh()
    assert "10:00 was taken by" in house.hand.text(first)
    shown = house.services.views.today(house.account_id)
    assert any("10:00 was taken by “Board <b>”" in text for _, text in shown.moved)


def test_a_moved_block_does_not_run_back(booked: House) -> None:
    first = booked.ids()[0]
    board = booked.hand.adds(meeting("Board", at(2, 10), minutes=30))
    booked.refresh()
    moved_to = start_of(booked.event(first))
    assert moved_to != at(2)
    booked.hand.deletes(board)
    booked.refresh()
    settled(booked)
    assert start_of(booked.event(first)) == moved_to


def test_a_full_day_moves_the_block_to_another_day(booked: House) -> None:
    second = booked.ids()[1]
    booked.hand.adds(meeting("Fair", at(9, 8), minutes=600))
    booked.refresh()
    moved = start_of(booked.event(second))
    assert moved.date() in (at(8).date(), at(10).date())
    assert any("10:00 was taken by “Fair”" in line for line in booked.journal())
    settled(booked)


def test_a_full_week_is_reported(booked: House) -> None:
    second = booked.ids()[1]
    booked.hand.adds({**all_day("Away", at(8), 5), "eventType": "default", "transparency": "opaque"})
    report = booked.refresh()
    assert second not in booked.ids()
    assert len(report.unplaced) == 1
    assert "Away" in report.unplaced[0]
    (reason,) = booked.services.views.today(booked.account_id).unplaced
    assert reason == report.unplaced[0]
    settled(booked)
    assert booked.row(second).state == "retired"


def test_a_week_that_opens_again_gets_its_block_back_once(booked: House) -> None:
    away = booked.hand.adds({**all_day("Away", at(8), 5), "transparency": "opaque"})
    booked.refresh()
    booked.hand.deletes(away)
    booked.refresh()
    assert booked.days() == TUESDAYS
    settled(booked)
    assert [tag_of(one)[-2:] for one in booked.blocks()] == ["/0", "/1", "/0", "/0"]


def test_an_invitation_not_answered_moves_nothing(booked: House) -> None:
    before = {key: tag for key, tag in booked.snapshot().items() if key in booked.ids()}
    invitation = meeting("Maybe", at(2, 10), "Kim Kiwi")
    invitation["attendees"][0]["responseStatus"] = "needsAction"
    invitation["organizer"] = {"email": "kim@kiwi.example"}
    booked.hand.adds(invitation)
    booked.refresh()
    assert {key: tag for key, tag in booked.snapshot().items() if key in before} == before


def test_a_person_with_a_meeting_leaves_the_list(booked: House) -> None:
    first = booked.ids()[0]
    assert "Jan Juniper" in booked.hand.text(first)
    booked.hand.adds(meeting("Lunch", at(4, 12), "Jan Juniper"))
    booked.refresh()
    assert "Jan Juniper" not in booked.hand.text(first)
    assert booked.contact("Jan Juniper").facts["state"] == "booked"
    settled(booked)


def test_somebody_who_is_no_client_any_more_leaves_at_once(booked: House) -> None:
    first, jan = booked.ids()[0], booked.contact("Jan Juniper")
    booked.services.actions.save_person(booked.account_id, jan.id, "never", None)
    booked.refresh()
    assert "Jan Juniper" not in booked.hand.text(first)
    assert not any("Jan Juniper" in booked.names_in(event_id) for event_id in booked.ids())
    settled(booked)
