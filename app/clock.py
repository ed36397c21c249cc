"""The only place that reads the clock. Everything else is told what time it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Gives the present moment, aware, in UTC."""


def system_clock() -> datetime:
    return datetime.now(UTC)


def clock_from(start: datetime) -> Clock:
    """A clock that shows `start` (aware) now and runs on from there."""
    shift: timedelta = start - system_clock()
    return lambda: system_clock() + shift
