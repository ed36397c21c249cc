"""A house that the calendar tells of changes, over real HTTP on loopback.

A sign-in on loopback is for a service on localhost only, so the house lives there as always; but what it gives as its
address for notifications is a public one, and the sandbox knows what that stands for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from app.config import DemoSettings
from app.main import create_app
from tests.app.world_house import House, open_house
from tests.running import free_port, served

PUBLIC = "https://green.example.com"


class Reachable(DemoSettings):
    @property
    def push_address(self) -> str:
        return PUBLIC + "/hooks/google"


@contextmanager
def pushed_house(
    folder: Path, database_url: str, *, seed: Mapping[str, Any] | None = None
) -> Iterator[tuple[House, str]]:
    """The house, and where on loopback it is served. Its wheel stands still: a test refreshes by hand."""
    with ExitStack() as stack:
        house = stack.enter_context(open_house(folder, database_url, seed=seed, kind=Reachable))
        listening = stack.enter_context(free_port())
        here = f"http://localhost:{listening.getsockname()[1]}"
        stack.enter_context(served(create_app(house.services, wheel=False), listening))
        house.sandbox.push.stands_for[PUBLIC] = here
        yield house, here
