"""The project's allowance: several processes never take more of it together, and who is waited for goes first."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from app.db import counts
from app.db.engine import Database
from app.services.faults import LAST_RETRY, back_off
from app.services.quota import Quota
from tests.app.world import MONDAY, VirtualClock
from tests.app.world_house import House


@pytest.fixture
def db(migrated_url: str) -> Iterator[Database]:
    db = Database(migrated_url)
    with db.write() as session:
        counts.open_budget(session)
        counts.open_budget(session)
    yield db
    db.dispose()


def quotas(db: Database, clock: VirtualClock, count: int, *, a_minute: int = 200, a_day: int = 1000) -> list[Quota]:
    return [Quota(db=db, clock=clock, chance=Random(n), a_minute=a_minute, a_day=a_day) for n in range(count)]


def spend(processes: list[Quota], *, asked: bool) -> int:
    """One request a run, by turns, until none may go on."""
    made = 0
    waiting = list(processes)
    while waiting:
        for one in list(waiting):
            if one.wait_until(asked=asked) is None:
                one.spent()
                made += 1
            else:
                waiting.remove(one)
    return made


def test_processes_share_the_minute_and_requests_go_first(db: Database) -> None:
    clock = VirtualClock(MONDAY)
    processes = quotas(db, clock, 3)
    background = spend(processes, asked=False)
    assert 100 <= background <= 160
    both = background + spend(processes, asked=True)
    assert background < both <= 200
    later = processes[0].wait_until(asked=True)
    assert later is not None
    assert 60 <= (later - clock()).total_seconds() <= 120
    clock.advance(minutes=1)
    assert spend(processes, asked=True) > 100


def test_the_day_is_shared_too_and_what_is_unused_comes_back(db: Database) -> None:
    clock = VirtualClock(MONDAY)
    (one,) = quotas(db, clock, 1, a_day=100)
    for _ in range(85):  # one request a minute, though a slice is ten
        if one.wait_until(asked=True) is None:
            one.spent()
        clock.advance(minutes=1)
    with db.read() as session:
        row = counts.budget(session)
    assert row is not None
    assert row.day_taken <= 100
    assert one.wait_until(asked=False) is not None
    assert one.wait_until(asked=True) is None
    assert spend([one], asked=True) <= 25
    clock.advance(days=1)
    assert one.wait_until(asked=False) is None


def test_who_comes_while_a_slice_is_being_taken_need_not_wait(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = quotas(db, VirtualClock(MONDAY), 1)
    take, came = one._take, []

    def slowly(*asked: Any, **share: Any) -> bool:
        if not came:
            came.append("another run")
            assert one.wait_until(asked=False) is None
            one.spent()
        return take(*asked, **share)

    monkeypatch.setattr(one, "_take", slowly)
    assert one.wait_until(asked=False) is None
    assert 100 <= len(came) + spend([one], asked=False) <= 160


def test_a_refresh_waits_when_the_allowance_is_spent(house: House) -> None:
    house.refresh()
    house.clock.advance(hours=2)
    minute_at = house.clock().replace(second=0, microsecond=0)
    with house.services.db.write() as session:
        taken = counts.take_slice(
            session, minute_at, minute_at.replace(hour=0, minute=0), size=9_000, unused=0, a_minute=10_000, a_day=10**6
        )
    assert taken
    house.calls()
    report = house.services.refresh(house.account_id)
    assert not report.ran
    assert house.calls() == []
    next_refresh_at = house.account().next_refresh_at
    assert next_refresh_at is not None
    assert 60 <= (next_refresh_at - minute_at).total_seconds() <= 120
    house.services.actions.save_welcome(house.account_id, {})  # somebody waits for this one
    assert house.refresh().changes


@pytest.mark.parametrize(
    ("reason", "least"), [("userRateLimitExceeded", 15), ("quotaExceeded", 150), ("dailyLimitExceeded", 1800)]
)
def test_the_first_wait_goes_by_the_reason(reason: str, least: float) -> None:
    assert back_off(1, jitter=0, reason=reason).total_seconds() == least
    assert back_off(9, jitter=0.5, reason=reason) == LAST_RETRY
