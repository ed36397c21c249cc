"""How many requests an account costs Google a day, on a virtual clock: quiet and busy, with push and without.

Counted is what Calendar v3 counts against the project's quota; refreshes of the access token go elsewhere. The dice
always fall on the middle.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.app.pushed_house import pushed_house
from tests.app.world import MONDAY, at, meeting
from tests.app.world_house import House, open_house

WEDNESDAY = MONDAY.replace(hour=0) + timedelta(days=2)


EDITS = ((8, 31), (10, 5), (13, 45), (16, 0))
"""When somebody's hand changes the calendar on a busy day: four times, three of them for the blocks.
Each costs one request to look, one a block that changes for it, and one more that finds our own change."""


def edit(house: House, number: int) -> None:
    match number:
        case 1:  # a meeting lands on a block
            house.hand.adds(meeting("Board", at(9), "Dan Dogwood"))
        case 2:
            house.hand.moves(house.ids()[2], at(17, 11))
        case 3:  # somebody who is listed is met anyway
            house.hand.adds(meeting("Coffee", at(11, 15), "Ada Arbor"))
        case _:
            house.hand.adds(meeting(f"Talk {number}", at(4 + number, 15), "Ben Birch"))


def a_day(house: House, *, is_busy: bool) -> Counter[str]:
    """Requests from Wednesday 0:00 to Thursday 0:00, by name."""
    house.services.refresh._jitter = lambda: 0.5
    house.save_welcome()
    waiting = [WEDNESDAY.replace(hour=hour, minute=minute) for hour, minute in (EDITS if is_busy else ())]
    house.sandbox.push.wait()
    while True:
        due_at = house.account().next_refresh_at
        assert due_at is not None
        if due_at >= WEDNESDAY and house.clock() < WEDNESDAY:
            house.calls()
        if min([due_at, *waiting]) >= WEDNESDAY + timedelta(days=1):
            return Counter(name for name in house.calls() if name.startswith(("events.", "channels.")))
        if waiting and waiting[0] < due_at:
            house.clock.set(waiting.pop(0))
            edit(house, len(EDITS) - 1 - len(waiting))
        else:
            house.clock.set(max(due_at, house.clock()) + timedelta(seconds=1))
            house.refresh()
        house.sandbox.push.wait()


@pytest.mark.parametrize(("told", "most"), [(True, 35), (False, 96)], ids=["with push", "without push"])
def test_a_day_stays_inside_the_budget(tmp_path: Path, told: bool, most: int) -> None:
    counts = {}
    for is_busy in (False, True):
        folder = tmp_path / str(is_busy)
        folder.mkdir()
        url = f"sqlite:///{folder / 'g.db'}"
        if told:
            with pushed_house(folder, url) as (house, _):
                counts[is_busy] = a_day(house, is_busy=is_busy)
        else:
            with open_house(folder, url) as house:
                counts[is_busy] = a_day(house, is_busy=is_busy)
    for is_busy, made in counts.items():
        day = f"{'busy' if is_busy else 'quiet'} day {'with' if told else 'without'} push"
        print(f"{day}: {made.total()} requests, {dict(made)} (at most {most})")
    assert counts[False].total() < counts[True].total() <= most
