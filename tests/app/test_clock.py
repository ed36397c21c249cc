"""The one place that reads the clock."""

from datetime import UTC, datetime, timedelta

import time_machine

from app.clock import clock_from, system_clock

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_the_clock_is_the_machines_in_utc() -> None:
    with time_machine.travel(NOON, tick=False):
        assert system_clock() == NOON
        assert system_clock().tzinfo is UTC


def test_a_clock_that_starts_elsewhere_runs_on_from_there() -> None:
    there = datetime(2030, 2, 28, 23, 59, 30, tzinfo=UTC)
    with time_machine.travel(NOON, tick=False) as machine:
        clock = clock_from(there)
        assert clock() == there
        machine.shift(timedelta(minutes=1))
        assert clock() == there + timedelta(minutes=1)
