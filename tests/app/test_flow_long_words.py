"""A user who writes as much into a block as a calendar takes: nothing of it is lost, and the other blocks go on."""

from dataclasses import replace

import pytest

from scheduler.sheet import LONGEST
from tests.app.world import FENCE
from tests.app.world_house import House, settled

WORD = "w"


def fills(house: House, event_id: str, *, room: int) -> str:
    """Type below the line until the text has `room` characters left; what was typed."""
    words = WORD * (LONGEST - room - len(house.hand.text(event_id)))
    house.hand.changes(event_id, description=house.hand.text(event_id) + words)
    return words


@pytest.mark.parametrize("room", [0, 7, 300, 700])
def test_a_full_text_keeps_every_word_and_starves_nobody(booked: House, room: int) -> None:
    second = booked.ids()[1]
    words = fills(booked, second, room=room)
    with_names = set()
    for _day in range(12):
        booked.clock.advance(days=1)
        booked.refresh()
        text = booked.hand.text(second)
        assert len(text) <= LONGEST
        assert text.partition(FENCE)[2].count(WORD) == len(words)
        with_names |= {one["id"] for one in booked.blocks() if "☐ <a" in one["description"]}
    assert booked.account().failures == 0
    assert len(with_names - {second}) == 2  # the first, and the third when it was due
    assert booked.names_in(second)  # on the page they stand, however long the text is


def test_room_made_again_brings_the_names(booked: House) -> None:
    second = booked.ids()[1]
    words = fills(booked, second, room=7)
    booked.clock.advance(days=3)
    booked.refresh()
    assert "☐ <a" not in booked.hand.text(second)
    settled(booked)
    booked.hand.rewrites(second, words[:3000], "")
    booked.clock.advance(hours=1)
    booked.refresh()
    assert booked.hand.text(second).count("☐ <a") == 3
    assert booked.hand.text(second).count(WORD * 1000) >= 1


def test_words_above_the_line_that_cannot_be_moved_for_want_of_room_stay_the_users(booked: House) -> None:
    """The colour changes meanwhile, which writes the stamp anew: the words must not pass for ours by that."""
    second = booked.ids()[1]
    above = "Mine, above & beyond."
    booked.hand.changes(second, description=f"{above}\n{FENCE}\n" + WORD * (LONGEST - len(f"{above}\n{FENCE}\n")))
    full = booked.hand.text(second)
    booked.refresh()
    booked.sets(rule=replace(booked.rule(), color_id="5"))
    assert (booked.hand.text(second), booked.event(second)["colorId"]) == (full, "5")
    booked.hand.changes(second, description=full.replace(WORD * 5000, ""))
    booked.clock.advance(days=3)
    booked.refresh()
    ours, _fence, theirs = booked.hand.text(second).partition(FENCE)
    assert "above" not in ours
    assert above in theirs


def test_words_come_back_with_their_block_though_they_leave_no_room(booked: House) -> None:
    second = booked.ids()[1]
    words = fills(booked, second, room=0)
    booked.refresh()
    booked.clock.advance(days=3)
    booked.services.actions.pause(booked.account_id, None, None)
    booked.refresh()
    booked.services.actions.resume(booked.account_id)
    booked.refresh()
    assert any(words in one["description"] for one in booked.blocks())
