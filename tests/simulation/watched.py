"""What oracle, memory and hand need of a life, be it simulated or that of a real process."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol


class Watched(Protocol):
    """`ids`: the account of each address."""

    ids: dict[str, int]

    @property
    def now(self) -> datetime: ...

    @property
    def service_now(self) -> datetime:
        """By the service's own clock, which may be wrong."""

    def store(self, email: str) -> Any:
        """That user's calendar in the sandbox."""

    def rows(self, query: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """What the tables hold, read beside the code under test."""

    def announced(self, event_id: str) -> bool:
        """Whether the service has said that it takes this event away."""

    def moves_zone(self, email: str, zone: str) -> None: ...
