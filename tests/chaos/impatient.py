"""Waits less long for a dead worker than `greenblock` does: for the share that `make test` runs."""

from __future__ import annotations

from datetime import timedelta

from app.db import accounts
from scheduler.engine import distributed


def be_impatient() -> None:
    accounts.LEASE_FOR = timedelta(seconds=20)
    distributed.HEARTBEAT_SECONDS = 2
    distributed.STALLED_SECONDS = 15
    distributed.RESCUE_SECONDS = 5
