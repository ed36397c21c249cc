"""What a process has in mind of a calendar is a shortcut, never another answer: whoever reads all comes to the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from statistics import median_high

import pytest
from sqlalchemy import event

from app.db import turns
from app.services import recent
from app.services.outlook import meet
from app.services.refresh import Refresh
from app.services.state import load_state
from scheduler.meetings import moment_of
from scheduler.people import Census
from tests.app.world import at, meeting
from tests.app.world_house import House


def seen(house: House) -> Census:
    """By somebody who remembers nothing."""
    account, now = house.account(), house.clock()
    with house.services.db.read() as session:
        return meet(load_state(session, account, now=now), now=now)


def in_mind(house: House) -> Census:
    """By the process that has refreshed it, as its next run would."""
    account, now = house.account(), house.clock()
    recollection = house.services.refresh._recent.take(house.account_id)
    recollection.begin(account)
    assert recollection.size
    with house.services.db.read() as session:
        found = meet(load_state(session, account, now=now, recollection=recollection), now=now)
    house.services.refresh._recent.keep(house.account_id, recollection)
    return found


def read_all(house: House, act: Callable[[], object]) -> bool:
    """Whether that goes through all occurrences in the database."""
    found = []

    def hear(_c: object, _k: object, statement: str, *_rest: object) -> None:
        found.append("FROM occurrences" in statement and "occurrences.body" in statement)

    engine = house.services.db.engine
    event.listen(engine, "before_cursor_execute", hear)
    act()
    event.remove(engine, "before_cursor_execute", hear)
    return any(found)


def test_a_second_refresh_reads_only_what_has_changed(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    house.hand.adds(meeting("Lunch", at(2, 13), "Jan Juniper"))
    assert not read_all(house, house.refresh)
    assert in_mind(house) == seen(house)


CHANGES: dict[str, Callable[[House], object]] = {
    "added": lambda house: house.hand.adds(meeting("Lunch", at(-3, 13), "Nora New")),
    "a series": lambda house: house.hand.adds(
        {**meeting("Weekly", at(1, 15), "Nora New"), "recurrence": ["RRULE:FREQ=WEEKLY"]}
    ),
    "deleted": lambda house: house.hand.deletes(next(iter(house.hand.store.live()))["id"]),
    "far ahead": lambda house: house.hand.adds(meeting("Far", at(90, 13), "Nora New")),
    "time passes": lambda house: house.clock.advance(hours=3),
    "a day passes": lambda house: house.clock.advance(days=1),
    "weeks pass": lambda house: house.clock.advance(days=50),
    "kept short": lambda house: house.services.privacy.keep_for(house.account_id, 12),
}


@pytest.mark.parametrize("what", list(CHANGES))
def test_after_any_change_it_has_in_mind_what_another_reads(house: House, what: str) -> None:
    house.save_welcome()
    for _turn in range(2):
        CHANGES[what](house)
        house.refresh()
        assert in_mind(house) == seen(house)


def test_what_another_process_changed_is_read_anew(any_house: House) -> None:
    """Two processes by turns at one account, as workers are."""
    house = any_house
    house.save_welcome()
    services = house.services
    here, there = services.refresh, _another(services.refresh)
    for turn in range(3):
        house.hand.adds(meeting("Lunch", at(-3 - turn, 13), f"Nora{turn} New"))
        report = there(house.account_id)
        assert report.ran
        assert not report.fault
        house.hand.adds(meeting("Coffee", at(-3 - turn, 16), f"Bert{turn} New"))
        assert read_all(house, lambda: here(house.account_id))
        assert in_mind(house) == seen(house)


def _another(refresh: Refresh) -> Refresh:
    made = Refresh.__new__(Refresh)
    made.__dict__.update(refresh.__dict__, _recent=recent.Recent())
    return made


def test_of_what_is_too_much_nothing_is_kept(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.save_welcome()
    before = seen(house)
    monkeypatch.setattr(recent, "MOST_OF_ONE", 3)
    assert seen(house) == before
    house.hand.adds(meeting("Lunch", at(2, 13), "Jan Juniper"))
    house.refresh()
    house.hand.adds(meeting("Lunch", at(3, 13), "Jan Juniper"))
    assert read_all(house, house.refresh)


def test_what_is_near_is_read_first(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    account_id = house.account_id
    with house.services.db.read() as session:
        everything = [turn for _, some in turns.by_group(session, account_id) for turn in some]
        lately = median_high(moment_of(turn.end) for turn in everything)
        found = list(turns.latest_first(session, account_id, lately))
        assert turns.count(session, account_id) == len(everything)
    assert sorted(map(repr, found)) == sorted(map(repr, everything))
    near = [moment_of(turn.end) >= lately for turn in found]
    assert near == sorted(near, reverse=True)
    assert {*near} == {True, False}


def test_the_latest_are_kept(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.save_welcome()
    kept, some = recent.Recent(), house.services.refresh._recent.take(house.account_id)
    monkeypatch.setattr(recent, "MOST_OF_ALL", 2 * some.size)
    for account_id in (1, 2, 3):
        kept.keep(account_id, some)
    assert [kept.take(account_id) is some for account_id in (1, 2, 3)] == [False, True, True]
    assert not kept.take(2).size  # whoever took it has it alone


def test_an_entry_that_is_single_is_digested_as_it_is_stored(any_house: House) -> None:
    """Beside one that is a series, it waits for its turn; both end as occurrences."""
    house = any_house
    house.save_welcome()
    house.refresh()
    single = house.hand.adds(meeting("Lunch", at(2, 13), "Jan Juniper"))
    with house.statements() as statements:
        house.refresh()
    assert not [one for one in statements if one.startswith("UPDATE events")]
    series = house.hand.adds({**meeting("Weekly", at(1, 15), "Nora New"), "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"]})
    other = house.hand.adds(meeting("Dinner", at(4, 13), "Jan Juniper"))
    house.refresh()
    with house.services.db.read() as session:
        found = dict(turns.by_group(session, house.account_id))
    assert [len(found[one]) for one in (single, series, other)] == [1, 3, 1]


def test_a_series_that_becomes_a_single_entry_keeps_no_turn(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    series = house.hand.adds({**meeting("Weekly", at(1, 15), "Nora New"), "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"]})
    house.refresh()
    house.hand.changes(series, recurrence=[])
    house.refresh()
    with house.services.db.read() as session:
        assert len(dict(turns.by_group(session, house.account_id))[series]) == 1
    assert in_mind(house) == seen(house)


def test_a_moved_turn_outlives_its_series_also_when_what_is_left_is_edited(any_house: House) -> None:
    """A weekly talk, one of whose turns took place at another time, becomes a single entry, which is then renamed."""
    house = any_house
    house.save_welcome()
    weekly = {**meeting("Weekly", at(-20, 15), "Nora New"), "recurrence": ["RRULE:FREQ=WEEKLY"]}
    series = house.hand.adds(weekly)
    house.refresh()
    house.hand.moves(f"{series}_{at(-13, 15).astimezone(UTC):%Y%m%dT%H%M%SZ}", at(-13, 16), minutes=45)
    house.refresh()
    house.hand.changes(series, recurrence=[])
    house.refresh()
    before = seen(house)
    nora = next(one for one in before.acquaintances if one.name == "Nora New")
    assert len(nora.touches) == 2
    house.hand.changes(series, summary="Once")
    house.refresh()
    assert seen(house) == before == in_mind(house)


def test_an_erased_account_is_in_nobodys_mind(house: House) -> None:
    house.save_welcome()
    house.services.privacy.delete_everything(house.account_id, remove_blocks=False)
    assert not house.services.refresh._recent.take(house.account_id).size
