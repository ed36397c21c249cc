"""Blocks, pages and sentences in the user's language, also when it changes while blocks stand in the calendar."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from app.languages import language
from app.services.people_model import Asked
from app.services.people_page import SHOWS
from app.services.run import Report
from app.services.season_rows import NewSeason
from scheduler.words import speaking
from tests.app.world import EDITORS, FENCE, at, meeting
from tests.app.world_house import House, settled

ZAUN = "— Alles unter dieser Zeile gehört Ihnen: Es wird nie geändert. —"
NOTE = "Frag nach dem Garten – ask about the garden"


def speaks(house: House, code: str) -> Report:
    return house.sets(wishes=replace(house.wishes(), language=code))


def shown(house: House, event_id: str) -> list[str]:
    return re.sub("<[^>]+>", "|", house.hand.text(event_id).replace("<br>", "\n")).splitlines()


def test_an_account_begins_in_the_language_of_its_first_sign_in(house: House) -> None:
    assert house.wishes().language == "en"
    with speaking(language("de")):
        house.signs_in_again()
    assert house.wishes().language == "en", "it is the account's by now"


def test_a_change_of_language_rewrites_each_block_once(booked: House) -> None:
    first, later, *_ = booked.ids()
    booked.hand.types_below(first, NOTE)
    booked.calls()
    speaks(booked, "de")
    assert booked.writes() == ["events.patch"] * 4
    near = shown(booked, first)
    assert near[0] == "|Namen vom 1. März|"
    assert near[-2:] == [ZAUN, NOTE]
    assert sum(line.startswith("☐ ") for line in near) == 3
    assert shown(booked, later) == ["Die Namen kommen am 2. März.", "|Diesen Block öffnen|", ZAUN]
    settled(booked)

    before = booked.hand.text(first)
    speaks(booked, "en")
    speaks(booked, "de")
    assert booked.hand.text(first) == before, "the same block twice gives the same bytes"


def pages(house: House) -> dict[str, object]:
    """What the pages say that the last run left, but for how fresh it is and whom they are for."""
    views, who = house.services.views, house.account_id
    today, settings, people = views.today(who), views.settings(who), views.people(who)
    return {
        "today": [today.unplaced, today.capacity, today.mends, today.moved, today.seasons, today.habits],
        "blocks": [block for _, blocks in today.week for block in blocks],
        "settings": [settings.capacity, settings.seasons, settings.habit],
        "welcome": [views.welcome(who).companies, views.welcome(who).unsure, views.welcome(who).proposal],
        "left out": people.left_out,
        "people": [people.unsure, *(views.people_page(who, Asked(show=show)).rows for show in SHOWS)],
        "person": [views.person(who, row.id).why for row in people.people],
    }


def test_a_change_of_language_shows_everywhere_before_the_calendar_is_looked_at_again(house: House) -> None:
    house.hand.adds(meeting("First talk", at(9), "Yara Yarrow"))
    house.refresh()
    proposed = house.services.views.welcome(house.account_id).proposal
    with speaking(language("de")):
        said = house.services.views.welcome(house.account_id).proposal
    assert proposed
    assert said
    assert "were free in" in proposed.sentence
    assert said.sentence.startswith("donnerstags um zehn war")
    assert [block.reason.split()[0] for block in said.blocks] == ["Donnerstag"] * 4

    house.save_welcome()
    season = NewSeason(name="Spring", begins_on=at(1).date(), before_on=at(27).date())
    house.services.actions.add_season(house.account_id, season)
    house.refresh()
    english = pages(house)
    with speaking(language("de")):
        at_once = pages(house)
    speaks(house, "de")
    with speaking(language("de")):
        assert pages(house) == at_once
    assert {name for name in english if english[name] == at_once[name]} == set()
    assert pages(house) == english, "and back again"


def test_an_export_says_in_words_what_is_stored_as_what_it_says(booked: House) -> None:
    with speaking(language("de")):
        capacity = booked.services.views.today(booked.account_id).capacity
        written = b"".join(booked.services.privacy.export_everything(booked.account_id)).decode()
    exported = json.loads(written)
    assert exported["accounts"][0]["outlook"]["capacity"] == capacity
    assert {one["facts"]["text"].split()[0] for one in exported["contacts"]} <= {
        "geplant",
        "fällig",
        "nicht",
        "Treffen",
    }
    assert '"say"' not in written


@pytest.mark.parametrize("editor", EDITORS)
def test_a_hand_in_the_text_is_understood_in_the_language_it_was_written_in(booked: House, editor: str) -> None:
    """Ticked and written into while it was English, read when the user has chosen German already."""
    first = booked.ids()[0]
    one, two, _ = booked.names_in(first)
    saved = EDITORS[editor]
    booked.hand.types_below(first, NOTE, editor=saved)
    booked.hand.rewrites(first, f"☐ {one}", f"x {one}", editor=saved)
    booked.hand.rewrites(first, f"☐ {two}", f"Ring before noon!\n☐ {two}", editor=saved)
    speaks(booked, "de")
    text = booked.hand.text(first)
    assert booked.outcome(first, one) == "reached"
    assert FENCE not in text
    above, fence, below = text.partition(ZAUN)
    assert fence
    assert "x <a" in above
    assert below.count(NOTE) == 1
    assert below.count("Ring before noon!") == 1
    assert "Names as of" not in text
    assert "When you have spoken" not in text
    settled(booked)

    booked.hand.rewrites(first, f"x {one}", f"☐ {one}", editor=saved)
    speaks(booked, "en")
    assert booked.outcome(first, one) == ""
    text = booked.hand.text(first)
    assert text.partition(FENCE)[2].count(NOTE) == 1
    assert ZAUN not in text
    settled(booked)
