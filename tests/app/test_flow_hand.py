"""The user's hand wins: what was moved, edited, deleted or taken over in the calendar stays so."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from integrations.sandbox.editors import editable
from scheduler.model import ShowAs
from tests.app.world import EDITORS, FENCE, at, end_of, meeting, start_of, tag_of
from tests.app.world_house import PUBLIC, House, between, settled

FIRST = ["Jan Juniper", "Iris Ironwood", "Hugo Hazel"]
"""Who is seated in the first block."""


def settles(house: House) -> None:
    """One refresh that may write, and then not one write more."""
    house.refresh()
    settled(house)


# -- deleted ---------------------------------------------------------------------------------------


def test_a_deleted_block_never_comes_back(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    gone = house.ids()[1]
    house.hand.deletes(gone)
    house.refresh()
    assert house.row(gone).state == "skipped"

    house.sets(replace(house.rule(), weekdays=frozenset({4})))
    assert [day for _, day, _, _ in house.days()] == [4, 18, 25]
    house.services.actions.pause(house.account_id, None, None)
    house.refresh()
    house.services.actions.resume(house.account_id)
    house.refresh()
    house.clock.advance(days=1)
    house.refresh()
    assert [day for _, day, _, _ in house.days()] == [4, 18, 25]
    assert house.event(gone)["status"] == "cancelled"
    assert not any("2027W10." in tag_of(one) for one in house.blocks())


def test_the_names_of_a_deleted_block_are_seated_elsewhere(booked: House) -> None:
    first = booked.ids()[0]
    assert booked.names_in(first) == FIRST
    booked.hand.deletes(first)
    booked.refresh()
    seated = [name for one in booked.ids() for name in booked.names_in(one)]
    assert set(FIRST) <= set(seated)
    assert len(seated) == len(set(seated))


def test_a_block_deleted_and_restored_is_live_again(booked: House) -> None:
    first = booked.ids()[0]
    text = booked.hand.text(first)
    booked.hand.deletes(first)
    booked.refresh()
    booked.hand.restores(first)
    booked.refresh()
    assert booked.row(first).state == "booked"
    assert booked.hand.text(first) == text or "☐" in booked.hand.text(first)
    settles(booked)
    booked.clock.advance(hours=20)  # next day, before it starts
    booked.refresh()
    assert "Names as of 2 March" in booked.hand.text(first)


# -- moved -----------------------------------------------------------------------------------------


def test_a_moved_block_stays_where_it_was_put(booked: House) -> None:
    first, second, *_ = booked.ids()
    booked.hand.moves(first, at(3, 16, 30))
    booked.hand.moves(second, at(9, 10), minutes=60)
    booked.refresh()
    assert (booked.row(first).state, booked.row(second).state) == ("pinned", "pinned")

    booked.sets(replace(booked.rule(), weekdays=frozenset({5})))
    booked.hand.adds(meeting("Board", at(3, 16), minutes=120))
    booked.refresh()
    booked.clock.advance(days=1)
    booked.refresh()

    assert (start_of(booked.event(first)), end_of(booked.event(first))) == (at(3, 16, 30), at(3, 17))
    assert (start_of(booked.event(second)), end_of(booked.event(second))) == (at(9), at(9, 11))
    assert booked.row(first).starts_at == at(3, 16, 30)
    assert booked.row(first).state == "pinned"
    settles(booked)


def test_a_longer_block_gets_more_names(booked: House) -> None:
    first, second, *_ = booked.ids()
    booked.hand.deletes(second)  # its three names are free
    booked.hand.moves(first, at(2), minutes=60)
    booked.refresh()
    assert booked.names_in(first)[:3] == FIRST
    assert len(booked.names_in(first)) == 6
    assert booked.hand.text(first).count("☐ <a") == 6
    settles(booked)


def test_a_block_made_all_day_or_a_series_is_left_in_peace(booked: House) -> None:
    first, second, *_ = booked.ids()
    days = [{"date": f"2027-03-0{day}", "dateTime": None} for day in (2, 3)]
    booked.hand.changes(first, start=days[0], end=days[1])
    booked.hand.changes(second, recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
    settles(booked)
    assert booked.event(first)["start"]["date"] == "2027-03-02"
    assert booked.event(second)["recurrence"] == ["RRULE:FREQ=WEEKLY;COUNT=3"]
    booked.clock.advance(days=1)
    booked.refresh()
    settles(booked)


# -- written into ----------------------------------------------------------------------------------


@pytest.mark.parametrize("editor", [lambda html: html, EDITORS["web"], EDITORS["phone"]], ids=["plain", "web", "phone"])
def test_words_below_the_line_are_kept_word_for_word(booked: House, editor: Callable[[str], str]) -> None:
    first, second, *_ = booked.ids()
    booked.hand.types_below(first, "Ask about the lease\n  & 2 < 3", editor=editor)
    booked.hand.types_below(second, "Bring the folder", editor=editor)
    settles(booked)
    booked.clock.advance(hours=20)
    booked.refresh()  # the next day both texts are written anew
    for event_id, words in ((first, ["Ask about the lease", "& 2 < 3"]), (second, ["Bring the folder"])):
        above, fence, below = editable(booked.hand.text(event_id)).partition(FENCE)
        assert fence
        assert "Names as of 2 March" in above
        assert [line.strip() for line in below.splitlines() if line.strip()] == words
    settles(booked)


@pytest.mark.parametrize("editor", EDITORS.values(), ids=EDITORS)
def test_googles_editors_and_we_do_not_fight(booked: House, editor: Callable[[str], str]) -> None:
    for event_id in booked.ids():
        booked.hand.changes(event_id, description=editor(booked.hand.text(event_id)))
    before = booked.snapshot()
    booked.refresh()
    booked.refresh()
    assert booked.snapshot() == before
    assert all(row.state == "booked" for row in booked.rows())


def test_a_note_above_the_line_moves_below_it(booked: House) -> None:
    first = booked.ids()[0]
    booked.hand.rewrites(first, "When you have spoken", "Ring before noon!\nWhen you have spoken")
    booked.refresh()
    above, _, below = booked.hand.text(first).partition(FENCE)
    assert "Ring before noon!" not in above
    assert "Ring before noon!" in below
    settles(booked)


def test_a_text_wiped_whole_stays_empty(booked: House) -> None:
    first = booked.ids()[0]
    booked.hand.changes(first, description="")
    settles(booked)
    booked.clock.advance(hours=20)
    booked.refresh()
    settles(booked)
    assert booked.hand.text(first) == ""
    assert booked.names_in(first) == FIRST  # the page still shows them
    assert booked.outcome(first, "Jan Juniper") == ""


def test_title_colour_and_reminder_stay_as_the_user_set_them(booked: House) -> None:
    first = booked.ids()[0]
    booked.hand.changes(
        first,
        summary="Calls",
        colorId="4",
        reminders={"useDefault": False, "overrides": [{"method": "popup", "minutes": 60}]},
        transparency="transparent",
        visibility="public",
    )
    settles(booked)
    booked.sets(replace(booked.rule(), color_id="7", names_in_title=True, reminder=5, show_as=ShowAs.BUSY))
    booked.clock.advance(hours=20)
    booked.refresh()
    kept = booked.event(first)
    assert (kept["summary"], kept["colorId"], kept["transparency"]) == ("Calls", "4", "transparent")
    assert (kept["visibility"], kept["reminders"]["overrides"][0]["minutes"]) == ("public", 60)
    assert "Names as of 2 March" in kept["description"]
    other = booked.blocks()[1]
    assert (other["colorId"], other["reminders"]["overrides"][0]["minutes"]) == ("7", 5)
    settles(booked)


# -- ticked ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("editor", [lambda html: html, EDITORS["web"], EDITORS["phone"]], ids=["plain", "web", "phone"])
def test_an_x_is_a_touch(booked: House, editor: Callable[[str], str]) -> None:
    first = booked.ids()[0]
    booked.clock.set(at(2, 10, 20))  # inside the block
    booked.hand.ticks(first, "Jan Juniper", editor=editor)
    booked.refresh()
    (touch,) = booked.touches("Jan Juniper")
    assert (touch.on, touch.channel) == (at(2).date(), "call")
    assert booked.outcome(first, "Jan Juniper") == "reached"
    assert booked.touches("Iris Ironwood") == []
    later = [name for event_id in booked.ids()[1:] for name in booked.names_in(event_id)]
    assert "Jan Juniper" not in later
    booked.clock.advance(days=1)
    booked.refresh()
    assert len(booked.touches("Jan Juniper")) == 1
    settles(booked)


def test_a_tick_before_the_block_stays_in_its_text(booked: House) -> None:
    first = booked.ids()[0]
    booked.hand.ticks(first, "Iris Ironwood")
    booked.refresh()
    assert booked.touches("Iris Ironwood")[0].on == at(1).date()
    assert "Iris Ironwood" in booked.names_in(first)
    booked.clock.advance(hours=20)
    booked.refresh()
    text = booked.hand.text(first)
    assert "Names as of 2 March" in text
    assert text.count("x <a") == 1
    assert booked.outcome(first, "Iris Ironwood") == "reached"
    settles(booked)


def test_a_tick_taken_away_again_is_not_done(booked: House) -> None:
    first = booked.ids()[0]
    booked.hand.ticks(first, "Jan Juniper")
    booked.refresh()
    booked.hand.unticks(first, "Jan Juniper")
    booked.refresh()
    assert booked.touches("Jan Juniper") == []
    assert booked.outcome(first, "Jan Juniper") == ""
    assert sum(one.count("Jan Juniper") for one in (booked.hand.text(each) for each in booked.ids())) == 1
    settles(booked)


def test_a_tick_on_the_page_shows_in_the_text_and_may_be_taken_back(booked: House) -> None:
    first = booked.ids()[0]
    row, jan = booked.row(first), booked.contact("Jan Juniper")
    booked.services.actions.set_outcome(booked.account_id, row.id, jan.id, "reached")
    booked.refresh()
    assert "x <a" in booked.hand.text(first)
    settles(booked)
    assert booked.outcome(first, "Jan Juniper") == "reached"
    booked.services.actions.set_outcome(booked.account_id, row.id, jan.id, "open")
    booked.refresh()
    assert "x <a" not in booked.hand.text(first)
    settles(booked)
    assert booked.touches("Jan Juniper") == []


# -- taken over ------------------------------------------------------------------------------------


def test_a_guest_makes_the_block_a_meeting_of_the_users_own(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    first = house.ids()[0]
    house.hand.types_below(first, "Bring cake")
    house.refresh()
    house.hand.invites(first, "Jan Juniper")
    house.calls()
    house.refresh()

    bare = house.event(first)
    assert "extendedProperties" not in bare
    assert "☐" not in bare["description"]
    assert FENCE not in bare["description"]
    assert "Bring cake" in bare["description"]
    assert [guest["email"] for guest in bare["attendees"]] == ["olga@owner.example", "jan@juniper.example"]
    assert (bare["summary"], bare["colorId"]) == ("Green block", "10")
    assert house.calls().count("events.patch") >= 1
    assert house.row(first).state == "adopted"
    seated = [name for event_id in house.ids() for name in house.names_in(event_id)]
    assert "Iris Ironwood" in seated
    assert "Hugo Hazel" in seated
    assert "Jan Juniper" not in seated  # a meeting is booked

    settles(house)
    house.hand.changes(first, summary="Coffee with Jan")
    house.clock.set(at(2, 12))
    before = house.snapshot()[first]
    house.refresh()
    settles(house)
    assert house.snapshot()[first] == before
    assert house.contact("Jan Juniper").facts["last_on"] == "2027-03-02"
    assert house.contact("Jan Juniper").facts["days"] == 5
    assert not any("2027W09." in tag_of(one) for one in house.blocks())


def test_a_hand_over_that_comes_weeks_late_leaves_the_users_words(booked: House) -> None:
    """The calendar refused it, and then the service was not connected for a while."""
    first = booked.ids()[0]
    booked.hand.types_below(first, "Bring cake")
    booked.refresh()
    booked.hand.invites(first, "Jan Juniper")
    booked.sandbox.faults.add("events.patch", "insufficientPermissions", times=9)
    booked.refresh(fault="permission_missing")
    booked.sandbox.faults.clear()
    assert FENCE in booked.hand.text(first)
    booked.clock.set(at(2, 12, month=4))
    booked.signs_in_again()
    booked.refresh()
    assert FENCE not in booked.hand.text(first)
    assert "Bring cake" in booked.hand.text(first)


def test_private_set_by_hand_stays_private_in_a_meeting_taken_over(booked: House) -> None:
    first = booked.ids()[0]
    booked.hand.changes(first, visibility="confidential")
    booked.hand.invites(first, "Jan Juniper")
    booked.refresh()
    assert booked.event(first)["visibility"] == "confidential"


def test_a_copy_is_the_users_own(booked: House) -> None:
    original = booked.blocks()[0]
    keys = ("summary", "description", "extendedProperties", "colorId", "visibility", "reminders")
    copy = booked.hand.adds({**meeting("", at(4, 15), minutes=30), **{key: original[key] for key in keys}})
    before = booked.event(copy)["etag"]
    settles(booked)
    booked.services.actions.pause(booked.account_id, None, None)
    booked.refresh()
    booked.clock.advance(days=2)
    booked.refresh()
    assert booked.event(copy)["etag"] == before
    assert booked.ids() == [copy]


def test_another_installations_block_is_busy_and_untouched(booked: House) -> None:
    marks = {"greenblock": "abcd/2027W10.1/0", "greenblock_by": "somebody.else", "greenblock_wrote": "1|||||||"}
    theirs = booked.hand.adds({**meeting("Green block", at(9), minutes=30), "extendedProperties": {"private": marks}})
    before = booked.event(theirs)["etag"]
    booked.refresh()
    assert start_of(booked.blocks()[1]) != start_of(booked.blocks()[2])
    settles(booked)
    assert booked.event(theirs)["etag"] == before


def test_an_edit_between_our_read_and_our_write_wins(booked: House) -> None:
    """The list is read, then the user drags the block, then we want to write."""
    first = booked.ids()[0]
    booked.clock.advance(hours=20)  # the text is due
    booked.services.actions.refresh_now(booked.account_id)
    with between(booked, "patch", lambda: booked.hand.moves(first, at(2, 15))):
        booked.refresh()
    assert start_of(booked.event(first)) == at(2, 15)
    assert "Names as of 2 March" in booked.hand.text(first)
    assert booked.row(first).state == "pinned"
    assert booked.row(first).starts_at - at(2, 15) == timedelta(0)
    settles(booked)


def test_links_in_the_text_are_ours_alone(booked: House) -> None:
    for event_id in booked.ids():
        for link in re.findall('href="([^"]*)"', booked.hand.text(event_id)):
            assert link.startswith(f"{PUBLIC}/go/")
