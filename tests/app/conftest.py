"""The service over a sandbox calendar, with one account connected: see world.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.world import House, open_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Signed in, nothing read yet; on SQLite."""
    with open_house(tmp_path, f"sqlite:///{tmp_path / 'greenblock.db'}") as opened:
        yield opened


@pytest.fixture
def booked(house: House) -> House:
    """Read, saved, and four blocks in the calendar: the Tuesdays 2, 9, 16 and 23 March at ten."""
    house.save_welcome()
    house.calls()
    return house


@pytest.fixture
def any_house(tmp_path: Path, database_url: str) -> Iterator[House]:
    """The same as `house`, once on SQLite and once on PostgreSQL."""
    with open_house(tmp_path, database_url) as opened:
        yield opened
