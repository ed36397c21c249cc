"""Several rules side by side, and the next four weeks shown before anything is saved."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from itertools import pairwise

import pytest

from app.db import blocks
from app.db.rowtext import load_rule
from app.errors import NotFound, Refused
from app.services.settings_actions import MOST_RULES
from scheduler.model import Rule
from tests.app.world import BERLIN, at, end_of, meeting, start_of
from tests.app.world_house import TUESDAYS, House, settled

THURSDAYS = [(3, day, 15, 0) for day in (4, 11, 18, 25)]


def afternoons(house: House, **more: object) -> Rule:
    """A second rule: Thursdays at three."""
    window = {"window_start": time(14), "window_end": time(17), "ideal": time(15)}
    return replace(house.rule(), key="", weekdays=frozenset({4}), **(window | more))  # type: ignore[arg-type]


def add(house: House, rule: Rule) -> str:
    key: str = house.services.actions.save_rule(house.account_id, "", rule)
    house.refresh()
    return key


def rules(house: House) -> list[Rule]:
    with house.services.db.read() as session:
        return [load_rule(row.body) for row in blocks.rules(session, house.account_id)]


def test_a_second_rule_books_beside_the_first(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    before = house.snapshot()
    add(house, afternoons(house))
    assert house.days() == sorted([*TUESDAYS, *THURSDAYS])
    after = house.snapshot()
    moved = [
        key for key in before if before[key] != after[key] and start_of(house.event(key)).day not in (2, 9, 16, 23)
    ]
    assert moved == []
    settled(house)


def test_two_rules_never_overlap(booked: House) -> None:
    add(booked, replace(booked.rule(), key="", longest=60))
    spans = sorted((start_of(one), end_of(one)) for one in booked.blocks())
    assert len(spans) == 8
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    settled(booked)


def test_switched_off_and_on_again(booked: House) -> None:
    key = add(booked, afternoons(booked))
    booked.services.actions.set_rule_active(booked.account_id, key, False)
    booked.refresh()
    assert booked.days() == TUESDAYS
    lines = booked.services.views.settings(booked.account_id).rules
    assert [(line.first, line.rule.active) for line in lines] == [(True, True), (False, False)]
    settled(booked)
    booked.services.actions.set_rule_active(booked.account_id, key, True)
    booked.refresh()
    assert booked.days() == sorted([*TUESDAYS, *THURSDAYS])
    settled(booked)


def test_a_removed_rule_takes_its_coming_blocks_with_it_and_leaves_the_past(booked: House) -> None:
    key = add(booked, afternoons(booked))
    booked.clock.set(at(5, 9))
    booked.refresh()
    held = [one for one in booked.ids() if start_of(booked.event(one)) < booked.clock()]
    booked.services.actions.remove_rule(booked.account_id, key)
    booked.refresh()
    assert booked.ids()[:2] == held
    assert [day for day in booked.days() if day[2] == 15] == THURSDAYS[:1]
    assert len(rules(booked)) == 1
    settled(booked)
    with pytest.raises(NotFound):
        booked.services.actions.remove_rule(booked.account_id, key)
    with pytest.raises(Refused, match="only blocks"):
        booked.services.actions.remove_rule(booked.account_id, booked.rule().key)


def test_there_is_an_end_to_rules(booked: House) -> None:
    for _ in range(MOST_RULES - 1):
        booked.services.actions.save_rule(booked.account_id, "", afternoons(booked, active=False))
    with pytest.raises(Refused, match="12 kinds"):
        booked.services.actions.save_rule(booked.account_id, "", afternoons(booked))
    assert len(rules(booked)) == MOST_RULES


def test_the_buffer_is_kept_before_and_after(booked: House) -> None:
    booked.hand.adds(meeting("Board", at(9, 9), "Kim Kiwi", minutes=60))
    booked.refresh()
    assert booked.days() == TUESDAYS
    booked.sets(replace(booked.rule(), buffer=15))
    assert booked.days()[1] == (3, 9, 10, 15)
    settled(booked)


# -- Shown before it is saved ----------------------------------------------------------------------


def test_the_forecast_says_what_saving_would_do_and_stores_nothing(booked: House) -> None:
    rule = replace(booked.rule(), weekdays=frozenset({4}), ideal=time(11))
    booked.hand.adds(meeting("Board", at(11, 11), "Kim Kiwi", minutes=60))
    booked.refresh()
    calendar, account = booked.snapshot(), booked.account()
    booked.calls()
    shown = booked.services.views.forecast(booked.account_id, rule)
    assert [one.was for one in shown.blocks] == [at(2), at(9), at(16), at(23)]
    assert shown.gone == ()
    assert "“Board”" in shown.blocks[1].reason
    assert shown.capacity
    assert (booked.snapshot(), booked.calls()) == (calendar, [])
    assert booked.account().outlook == account.outlook
    assert booked.rule() != rule

    booked.sets(rule)
    assert [start_of(one) for one in booked.blocks()] == [one.start for one in shown.blocks]


def test_the_forecast_of_a_further_rule_adds_and_of_fewer_days_takes_away(booked: House) -> None:
    shown = booked.services.views.forecast(booked.account_id, afternoons(booked))
    assert [one.start for one in shown.blocks if one.new] == [at(day, 15) for day in (4, 11, 18, 25)]
    assert sum(not one.new and one.was is None for one in shown.blocks) == 4
    booked.sets(replace(booked.rule(), weekdays=frozenset({2, 4})))
    fewer = booked.services.views.forecast(booked.account_id, replace(booked.rule(), weekdays=frozenset({2})))
    assert [one.astimezone(BERLIN).day for one in fewer.gone] == [4, 11, 18, 25]


def test_the_forecast_says_what_would_find_no_place(booked: House) -> None:
    wishes = replace(booked.wishes(), paused_from=at(8).date(), paused_until=at(14).date())
    shown = booked.services.views.forecast(booked.account_id, booked.rule(), wishes)
    assert shown.unplaced == ("Week of 8 March: Every day of that week is closed: your pause.",)
    assert shown.gone == (at(9),)
    assert not booked.wishes().paused_from


def test_a_block_moved_by_hand_stays_in_the_forecast_too(booked: House) -> None:
    second = booked.ids()[1]
    booked.hand.moves(second, at(10, 16))
    booked.refresh()
    shown = booked.services.views.forecast(booked.account_id, replace(booked.rule(), ideal=time(9)))
    (pinned,) = [one for one in shown.blocks if one.pinned]
    assert (pinned.start, pinned.was) == (at(10, 16), None)


def test_before_save_it_shows_the_typed_rule(house: House) -> None:
    house.refresh()
    rule = Rule(key="", weekdays=frozenset({5}), ideal=time(9))
    shown = house.services.views.forecast(house.account_id, rule)
    assert [one.start for one in shown.blocks] == [at(5, 9) + timedelta(days=7 * n) for n in range(4)]
    assert shown.capacity == ""


# -- A pause with days -----------------------------------------------------------------------------


def test_a_vacation_is_said_before_and_while_it_lasts_and_then_no_more(booked: House) -> None:
    views, account_id = booked.services.views, booked.account_id
    booked.services.actions.pause(account_id, at(8).date(), at(12).date())
    booked.refresh()
    for day, running in ((1, False), (8, True), (12, True)):
        booked.clock.set(at(day, 18))
        booked.refresh()
        pause = views.today(account_id).pause
        assert pause is not None
        assert (pause.first, pause.last, pause.running) == (at(8).date(), at(12).date(), running)
        assert views.frame(account_id).paused == running
        assert views.settings(account_id).pause == pause
    booked.clock.set(at(13, 8))
    booked.refresh()
    assert views.today(account_id).pause is None
    assert [day for day in booked.days() if day[1] > 12] == [TUESDAYS[2], TUESDAYS[3], (3, 30, 10, 0)]
    settled(booked)


def test_a_vacation_called_off_brings_its_blocks_back(booked: House) -> None:
    booked.services.actions.pause(booked.account_id, at(8).date(), at(19).date())
    booked.refresh()
    assert booked.days() == [TUESDAYS[0], TUESDAYS[3]]
    booked.services.actions.resume(booked.account_id)
    booked.refresh()
    assert booked.days() == TUESDAYS
    settled(booked)
