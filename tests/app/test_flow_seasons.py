"""Seasons over the house: set, filled, said in numbers, over; and what a fortnight without any change costs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.errors import Invalid, NotFound
from app.services.season_rows import NewSeason
from scheduler.model import Channel, Kind
from scheduler.words import again
from tests.app.world import BERLIN, at, start_of
from tests.app.world_house import House, settled


def add(house: House, **more: object) -> int:
    made: dict[str, object] = {"name": "Spring", "begins_on": at(1).date(), "before_on": at(27).date()}
    season: int = house.services.actions.add_season(house.account_id, NewSeason(**(made | more)))  # type: ignore[arg-type]
    return season


def reach(house: House, name: str, on: date) -> None:
    house.services.actions.log_touch(house.account_id, house.contact(name).id, on, "call")


def test_a_season_makes_due_whoever_it_concerns_and_says_so_in_the_block(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    ada = house.contact("Ada Arbor")
    house.services.actions.save_person(house.account_id, ada.id, "friend", 52)  # her own gap would let her wait
    reach(house, "Ada Arbor", at(-20).date())
    house.refresh()
    assert house.contact("Ada Arbor").facts["state"] == "not_yet"
    season = add(house, kinds=(Kind.FRIEND,))
    house.refresh()
    assert "once before 27 March" in again(house.contact("Ada Arbor").facts["text"])
    (block,) = [one for one in house.ids() if "Ada Arbor" in house.names_in(one)]
    settled(house)
    house.clock.set(start_of(house.event(block)) - timedelta(hours=3))
    house.refresh()
    assert "season: everyone once before 27 March." in house.hand.text(block)

    house.hand.ticks(block, "Ada Arbor")
    house.refresh()
    assert "Everyone is reached" in house.services.views.settings(house.account_id).seasons[0].sentence
    house.services.actions.remove_season(house.account_id, season)
    house.refresh()
    assert house.services.views.settings(house.account_id).seasons == ()
    settled(house)
    with pytest.raises(NotFound):
        house.services.actions.remove_season(house.account_id, season)


def test_the_numbers_are_there_as_soon_as_it_is_set(booked: House) -> None:
    add(booked, before_on=at(10).date())
    (line,) = booked.services.views.settings(booked.account_id).seasons
    assert line.sentence == (
        "10 people are to be reached before 10 March; your blocks hold 6 until then, so 4 would be left out."
    )
    assert len(line.mends) == 2
    assert line.whom == "everyone"
    booked.refresh()
    assert booked.services.views.settings(booked.account_id).seasons == (line,)
    assert booked.services.views.today(booked.account_id).seasons == (line,)
    assert [len(booked.names_in(one)) for one in booked.ids()[:2]] == [3, 3]
    settled(booked)


def test_letters_have_their_day_of_posting(booked: House) -> None:
    add(booked, channel=Channel.LETTER, kinds=(Kind.CLIENT,))
    booked.refresh()
    (line,) = booked.services.views.settings(booked.account_id).seasons
    assert (line.whom, line.last_on) == ("clients", date(2027, 3, 22))
    (suggestion, *_) = booked.services.views.today(booked.account_id).next.people
    assert suggestion.channel == "A letter"
    assert "in the post by 22 March" in suggestion.reason


def test_a_season_without_a_day_is_refused(booked: House) -> None:
    with pytest.raises(Invalid, match="Choose a later date"):
        add(booked, begins_on=at(1).date(), before_on=at(4).date(), channel=Channel.LETTER)
    with pytest.raises(Invalid, match="Choose a later date"):
        add(booked, begins_on=at(-60).date(), before_on=at(1).date())
    assert booked.services.views.settings(booked.account_id).seasons == ()


def test_when_it_is_over_it_says_so_and_makes_nobody_due(booked: House) -> None:
    add(booked)
    booked.refresh()
    booked.clock.set(at(27, 9))
    booked.refresh()
    assert booked.services.views.today(booked.account_id).seasons == ()
    assert [line.over for line in booked.services.views.settings(booked.account_id).seasons] == [True]
    settled(booked)


@pytest.mark.parametrize(("what", "begins"), [("one weekday", 2), ("a season", 2), ("three of five days", 3)])
def test_a_fortnight_of_daily_refreshes_writes_a_near_block_once_a_day_at_most(
    booked: House, what: str, begins: int
) -> None:
    """Nothing changes in the calendar: only dates in near texts, the horizon, and names as blocks come near."""
    booked.clock.set(at(begins, 0))
    if what == "a season":
        add(booked)
    if what == "three of five days":
        booked.sets(rule=replace(booked.rule(), weekdays=frozenset(range(1, 6)), times_a_week=3))
    booked.refresh()
    settled(booked)
    booked.calls()
    for day in range(begins, begins + 14):
        for hour in (0, 9, 11, 18):
            booked.clock.set(at(day, hour, 1))
            before = booked.snapshot()
            booked.refresh()
            after = booked.snapshot()
            changed = Counter(key for key in after if before.get(key) != after[key])
            written = Counter(booked.writes())
            assert sum(written.values()) == len(changed)
            now = booked.clock()
            for key in changed:
                start = start_of(booked.event(key))
                assert hour == 0, (day, hour)
                if key in before:
                    assert start < now + timedelta(days=8)
                else:
                    assert start.astimezone(BERLIN).date() == at(day + 27).date(), "it has come into sight"
            settled(booked)
            booked.calls()
