"""The machine's clock is far wrong for a while, and nobody else's: nothing is lost by it, and nothing stays of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.db import accounts
from app.db.tables import EventRow, OccurrenceRow, SessionRow, TouchRow
from app.services.run import Report
from app.wheels import turned_here
from app.wiring import build
from tests.app.world import MONDAY, meeting, start_of, world
from tests.app.world_house import House, open_house, settled

A_YEAR = timedelta(days=365)


@dataclass
class Wrong:
    """The house's clock, but for what it is off."""

    clock: Callable[[], datetime]
    off: timedelta

    def __call__(self) -> datetime:
        return self.clock() + self.off


@pytest.fixture
def kept(tmp_path: Path, migrated_url: str) -> Iterator[House]:
    """One year is kept, and there is something of nearly all of it."""
    past = [meeting(f"Month {n}", MONDAY.replace(hour=14) - timedelta(weeks=4 * n), "Ada Arbor") for n in range(1, 12)]
    with open_house(tmp_path, migrated_url, seed=world(past)) as house:
        house.save_welcome()
        with house.services.db.write() as session:
            ada = house.contact("Ada Arbor").id
            session.add(
                TouchRow(account_id=house.account_id, contact_id=ada, on=date(2026, 2, 1), channel="call", source="x")
            )
        house.sets(wishes=replace(house.wishes(), keep_months=12))
        yield house


def memory(house: House) -> tuple[object, ...]:
    with house.services.db.read() as session:
        events = set(session.scalars(select(EventRow.id)))
        turns = set(session.scalars(select(OccurrenceRow.starts_at)))
        touches = [row.on for row in session.scalars(select(TouchRow))]
        browsers = set(session.scalars(select(SessionRow.id_hash)))
    return events, turns, touches, browsers, house.account().synced_from, house.journal()


def looked_at(house: House, off: timedelta) -> Report:
    """One run of a service whose clock is off by so much."""
    services = build(house.services.settings, clock=Wrong(house.clock, off))
    try:
        return services.refresh(house.account_id)
    finally:
        services.db.dispose()


def turned(house: House) -> None:
    """The wheel comes round, a minute passes, and it comes round once more."""
    for minutes in (1, 0):
        wheel = turned_here(house.services.db, house.services.refresh, house.clock)
        wheel.sweep()
        wheel.stop()
        house.clock.advance(minutes=minutes)


@pytest.mark.parametrize("off", [A_YEAR, -A_YEAR, timedelta(days=3)], ids=["a year fast", "a year slow", "days fast"])
def test_a_run_with_a_clock_far_wrong_leaves_nothing_behind(kept: House, off: timedelta) -> None:
    before, written = memory(kept), kept.snapshot()
    report = looked_at(kept, off)
    assert report.fault == "clock_wrong"
    assert kept.account().clock_off == pytest.approx(off.total_seconds(), abs=60)
    assert "nothing is read, written or forgotten" in banner(kept)
    assert memory(kept) == before
    assert kept.snapshot() == written
    # The clock is right again.
    turned(kept)
    account = kept.account()
    assert (account.clock_off, account.last_error, account.failures) == (None, None, 0)
    assert account.next_refresh_at is not None
    assert account.next_refresh_at < kept.clock() + timedelta(days=1)
    assert memory(kept) == before
    assert max(start_of(one) for one in kept.blocks()) < kept.clock() + timedelta(weeks=5)
    settled(kept)


def banner(house: House) -> str:
    shown = house.services.views.today(house.account_id).frame.banner
    assert shown is not None
    return shown.text


@pytest.mark.parametrize("how", ["disconnected", "lost"])
def test_nor_where_no_calendar_tells_the_time(kept: House, how: str) -> None:
    if how == "lost":
        kept.sandbox.grants.revoke_all()
        kept.refresh(fault="sign_in_lost")
    else:
        kept.services.connect.disconnect(kept.account_id)
    kept.services.refresh(kept.account_id)
    before = memory(kept)
    for _look in range(2):
        assert not looked_at(kept, A_YEAR).ran
        assert memory(kept) == before
    turned(kept)
    assert memory(kept) == before
    with kept.services.db.read() as session:
        assert not accounts.astray(session, kept.clock())


def test_nor_where_the_calendar_does_not_answer_however_often_it_is_asked(kept: House) -> None:
    """A machine that starts with a wrong clock and without a network."""
    before = memory(kept)
    kept.sandbox.faults.add("*", "cut", times=1_000)
    for _look in range(3):
        assert looked_at(kept, A_YEAR).fault == "unavailable"
        assert memory(kept) == before
    # A clock that has stayed so for a day is believed.
    kept.clock.advance(days=1)
    looked_at(kept, A_YEAR)
    assert kept.touches("Ada Arbor") == []


def test_a_clock_some_minutes_wrong_forgets_as_ever(kept: House) -> None:
    """Or it would never do what the user was promised, where nobody sets it."""
    kept.clock.advance(days=360)
    assert looked_at(kept, timedelta(minutes=12)).fault is None
    assert kept.account().clock_off is not None
    assert kept.touches("Ada Arbor") == []
