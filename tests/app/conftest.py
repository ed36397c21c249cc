"""The service over a sandbox calendar, with one account connected: see world.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.world_house import House, Moment, open_house


@pytest.fixture(scope="session")
def moments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Moment, Moment]]:
    """One house for all tests on SQLite, and two moments to go back to: signed in, and booked."""
    folder = tmp_path_factory.mktemp("house")
    with open_house(folder, f"sqlite:///{folder / 'greenblock.db'}") as opened:
        signed_in = Moment.of(opened, folder / "signed-in.db")
        opened.save_welcome()
        yield opened, signed_in, Moment.of(opened, folder / "booked.db")


@pytest.fixture
def house(moments: tuple[House, Moment, Moment]) -> House:
    """Signed in, nothing read yet; on SQLite."""
    opened, signed_in, _ = moments
    return signed_in.again(opened)


@pytest.fixture
def booked(moments: tuple[House, Moment, Moment]) -> House:
    """Read, saved, and four blocks in the calendar: the Tuesdays 2, 9, 16 and 23 March at ten."""
    opened, _, booked = moments
    return booked.again(opened)


@pytest.fixture
def any_house(tmp_path: Path, migrated_url: str) -> Iterator[House]:
    """As `house`, but built anew, once on SQLite and once on PostgreSQL."""
    with open_house(tmp_path, migrated_url) as opened:
        yield opened
