"""What time alone changes: days, weeks, blocks that begin and end, and the clocks going forward."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.db import turns
from app.services.outlook import meet
from app.services.roster import contacts
from app.services.state import MEMORY, load_state
from scheduler.model import ShowAs
from tests.app.world import BERLIN, at, meeting, start_of
from tests.app.world_house import House, settled

FIRST = ["Jan Juniper", "Iris Ironwood", "Hugo Hazel"]


def test_near_texts_are_renewed_once_a_day(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    house.calls()
    house.clock.set(at(2, 0, 1))
    for _ in range(3):
        house.refresh()
        house.clock.advance(hours=2)
    near = [event_id for event_id in house.ids() if "Names as of 2 March" in house.hand.text(event_id)]
    assert near == house.ids()[:2]  # today's, and the one in a week, whose names come today
    assert house.writes() == ["events.patch"] * 2
    assert "Names come on 9 March." in house.hand.text(house.ids()[2])


def test_the_next_look_is_no_later_than_the_next_change(booked: House) -> None:
    account = booked.account()
    assert account.replan_at == at(2, 0)  # midnight: the date in the texts
    assert account.next_refresh_at is not None
    assert account.next_refresh_at <= account.replan_at
    booked.clock.set(at(2, 0, 1))
    booked.refresh()
    assert booked.account().replan_at == at(2, 10)  # the block begins
    booked.clock.set(at(2, 10))
    booked.refresh()
    assert booked.account().replan_at == at(2, 10, 30)  # and ends
    booked.clock.set(at(2, 10, 30))
    booked.refresh()
    assert booked.account().replan_at == at(3, 0)


def test_at_night_it_looks_less_often_but_never_past_midnight(booked: House) -> None:
    booked.clock.set(at(1, 19))
    booked.refresh()
    wait = booked.account().next_refresh_at - booked.clock()
    assert timedelta(minutes=54) <= wait <= timedelta(minutes=66)
    booked.clock.set(at(1, 23, 50))
    booked.refresh()
    assert booked.account().next_refresh_at == at(2, 0)


def test_names_are_frozen_when_the_block_begins(booked: House) -> None:
    first = booked.ids()[0]
    booked.clock.set(at(2, 9))
    booked.refresh()
    text = booked.hand.text(first)
    booked.clock.set(at(2, 10))
    jan = booked.contact("Jan Juniper")
    booked.services.actions.snooze(booked.account_id, jan.id, at(30).date())
    booked.refresh()
    booked.hand.adds(meeting("Board", at(2, 10), minutes=30))
    booked.refresh()
    assert booked.hand.text(first) == text
    assert booked.names_in(first) == FIRST
    assert start_of(booked.event(first)) == at(2)
    booked.clock.advance(days=1)
    booked.refresh()
    assert booked.hand.text(first) == text
    assert booked.row(first).state == "held"


def test_a_block_is_over_when_it_ends_not_when_a_refresh_has_said_so(booked: House) -> None:
    """Else the first plan after it would name others, and in other ways, than the next."""
    booked.clock.set(at(2, 10, 30))
    with booked.services.db.read() as session:
        state = load_state(session, booked.account(), now=booked.clock())
    assert booked.row(booked.ids()[0]).state == "booked"
    people = contacts(state, meet(state, now=booked.clock()), now=booked.clock())
    assert {one.name for one in people if one.unreached} == set(FIRST)


def test_within_a_day_no_block_goes_out_of_sight(booked: House) -> None:
    """Else somebody named in vain three times is one named twice by noon, and nobody plans again at noon."""
    first = booked.row(booked.ids()[0])
    midnight = at(2, 0) + timedelta(days=120)
    assert midnight < first.ends_at + MEMORY < midnight + timedelta(days=1)

    def seen(now: datetime) -> bool:
        with booked.services.db.read() as session:
            return first.id in {row.id for row in load_state(session, booked.account(), now=now).blocks}

    assert [seen(midnight + timedelta(minutes=minutes)) for minutes in (1, 12 * 60, 24 * 60 - 1)] == [True] * 3
    assert not seen(midnight + timedelta(days=1, minutes=1))


def test_a_journey_loses_nobody_whom_the_user_knows(booked: House) -> None:
    """In Tokyo every meeting of home was late in the evening."""
    store = booked.hand.store
    store.home = replace(store.home, zone=ZoneInfo("Asia/Tokyo"))
    booked.clock.set(at(2, 12))
    booked.refresh()
    assert booked.account().calendar_zone == "Asia/Tokyo"
    for name in FIRST:
        assert booked.contact(name).seen, name
        assert booked.contact(name).facts["last_on"], name


def test_what_was_entered_months_ahead_takes_its_time_and_counts(any_house: House) -> None:
    """It was beyond the horizon when it was read, and no change of it will ever be told."""
    house = any_house
    house.save_welcome()
    house.hand.adds(meeting("Steering", at(4, 10, month=5), "Jan Juniper", minutes=60))
    house.refresh()
    house.clock.set(at(20, 8, month=4))
    house.refresh()
    assert at(4, 10, month=5) not in {start_of(one) for one in house.blocks()}
    assert at(27, 10, month=4) in {start_of(one) for one in house.blocks()}
    house.clock.set(at(5, 8, month=5))
    house.refresh()
    assert house.contact("Jan Juniper").facts["last_on"] == "2027-05-04"


def test_who_was_not_reached_is_carried_over(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    first, second, third, _ = house.ids()
    house.clock.set(at(2, 10, 20))
    house.hand.ticks(first, "Jan Juniper")
    house.clock.set(at(2, 11))
    house.refresh()
    house.clock.set(at(3, 8))
    house.refresh()
    assert house.row(first).state == "held"
    assert house.outcome(first, "Iris Ironwood") == ""
    coming = house.names_in(second) + house.names_in(third)
    assert "Iris Ironwood" in coming
    assert "Hugo Hazel" in coming
    assert "Jan Juniper" not in coming
    assert house.touches("Iris Ironwood") == []  # a block that was held reached nobody by itself
    settled(house)


def test_a_tick_counts_for_two_weeks(booked: House) -> None:
    first, second, *_ = booked.ids()
    for day in range(2, 16):
        booked.clock.set(at(day, 18))
        booked.refresh()
    booked.hand.ticks(first, "Hugo Hazel")
    booked.refresh()
    assert [touch.on for touch in booked.touches("Hugo Hazel")] == [at(2).date()]
    booked.clock.set(at(24, 18))
    booked.refresh()
    unticked = booked.names_in(second)[0]
    booked.hand.ticks(second, unticked)
    booked.refresh()
    assert booked.outcome(second, unticked) != "reached"  # fifteen days after
    assert "x <a" in booked.hand.text(second)  # but it stays where it was typed


def test_the_horizon_rolls_on_day_by_day(booked: House) -> None:
    booked.calls()
    for day in range(2, 13):
        booked.clock.set(at(day, 7))
        booked.refresh()
        start = [one.astimezone(BERLIN).date() for one in map(start_of, booked.blocks())]
        assert start[-1] >= at(day).date() + timedelta(days=20)
        assert len(start) == len(set(start))
    assert booked.writes().count("events.insert") == 2  # 30 March, 6 April


def test_ten_in_the_morning_stays_ten_when_the_clocks_change(booked: House) -> None:
    """Summer time begins on Sunday 28 March 2027."""
    for day in range(2, 40):
        booked.clock.set(at(day, 7))
        booked.refresh()
    starts = [start_of(one) for one in booked.blocks()]
    assert {one.astimezone(BERLIN).strftime("%a %H:%M") for one in starts} == {"Tue 10:00"}
    assert {one.utcoffset() for one in starts} == {timedelta(hours=1), timedelta(hours=2)}
    assert not any(row.state == "pinned" for row in booked.rows())
    assert len(starts) == len({one.date() for one in starts}) == 10
    settled(booked)


def test_a_moved_block_keeps_its_o_clock_across_the_change(booked: House) -> None:
    booked.sets(replace(booked.rule(), show_as=ShowAs.LATE))
    last = booked.ids()[-1]
    booked.hand.moves(last, at(29, 15))  # Monday after the change
    booked.refresh()
    booked.clock.set(at(28, 12))
    booked.refresh()
    assert start_of(booked.event(last)).astimezone(BERLIN).hour == 15
    assert booked.account().replan_at == at(28, 15)  # 24 hours before it turns busy
    settled(booked)


def test_half_a_year_of_weeks(booked: House) -> None:
    """Nobody touches anything: blocks pass, names go round, and old blocks are no trouble."""
    for week in range(26):
        booked.clock.advance(days=7)
        booked.refresh()
        if week % 6 == 5:
            settled(booked)
    assert len(booked.blocks()) >= 26
    starts = [start_of(one).date() for one in booked.blocks()]
    assert len(starts) == len(set(starts))
    states = {row.state for row in booked.rows()}
    assert states == {"held", "booked"}
    account = booked.account()
    assert (account.failures, account.last_error) == (0, None)


def test_after_an_absence_there_is_no_backlog(booked: House) -> None:
    booked.clock.advance(days=60)
    booked.refresh()
    coming = [one for one in booked.blocks() if start_of(one) > booked.clock()]
    assert len(coming) == 4
    assert all(len(booked.names_in(one["id"])) <= 3 for one in coming)
    settled(booked)


def test_a_zone_set_by_hand_moves_the_blocks_to_its_o_clock(booked: House) -> None:
    ids = booked.ids()
    booked.sets(wishes=replace(booked.wishes(), zone="America/New_York"))
    assert booked.ids() == ids
    assert {start_of(one).astimezone(BERLIN).hour for one in booked.blocks()} <= {15, 16}
    settled(booked)
    booked.sets(wishes=replace(booked.wishes(), zone=""))
    assert {hour for _, _, hour, _ in booked.days()} == {10}
    settled(booked)


def test_a_look_at_another_time_takes_nothing_to_have_happened(booked: House) -> None:
    """Deleted before it took place: a dry run "in March next year" must not turn it into a touch."""
    coming = booked.hand.adds(meeting("Coffee", booked.clock() + timedelta(days=20), "Jan Juniper"))
    booked.refresh()
    booked.hand.deletes(coming)
    booked.services.refresh(booked.account_id, dry_run=True, at=booked.clock() + timedelta(days=400))
    booked.refresh()
    booked.clock.advance(days=30)
    booked.refresh()
    with booked.services.db.read() as session:
        kept = [group_id for group_id, _ in turns.by_group(session, booked.account_id)]
    assert coming not in kept
