"""What is wrong at the moment, of the installation and of an account: for pages, `doctor`, `/readyz` and `/metrics`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError

from app.clock import Clock
from app.db import accounts
from app.db.engine import Database
from app.db.tables import AccountRow
from app.db.trouble import Trouble, trouble_of
from app.services import preferences
from app.services.faults import Fault, Words, said

_STARTING = 60.0
"""Seconds that a wheel has until its first sweep."""

_OVERDUE = timedelta(minutes=10)
"""Nobody looks at an account that has been due for so long: the wheel has not come round for two sweeps a minute."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StandingFault:
    fault: Fault
    words: Words


def of_account(account: AccountRow, *, now: datetime) -> tuple[StandingFault, ...]:
    """The most important first."""
    again = account.next_refresh_at if account.connection == "connected" else None
    zone = preferences.load(account.preferences).zone_for(account.calendar_zone)
    return tuple(
        StandingFault(
            fault=fault,
            words=said(
                fault,
                clock_off=account.clock_off,
                others=account.other_blocks,
                again_at=again.astimezone(zone) if again else None,
                now=now,
            ),
        )
        for fault in _codes(account.connection, account.last_error, account.clock_off, account.other_blocks)
    )


def _codes(connection: str, last_error: str | None, clock_off: int | None, other_blocks: int) -> list[Fault]:
    if connection == "disconnected":
        return [Fault.DISCONNECTED]
    found = {Fault(last_error)} if last_error else set()
    if clock_off is not None:
        found.add(Fault.CLOCK_WRONG)
    if other_blocks:
        found.add(Fault.OTHER_BLOCKS)
    return [fault for fault in Fault if fault in found]


def overdue(account: AccountRow, *, now: datetime) -> bool:
    """Whether it has been due for long and nobody works on it."""
    return (
        account.connection == "connected"
        and account.next_refresh_at is not None
        and now - account.next_refresh_at > _OVERDUE
        and (account.lease_until is None or account.lease_until <= now)
    )


class StandingFaults:
    """One for the process: it alone knows whether its wheel turns and what its database last took."""

    def __init__(self, *, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self.monotonic = time.monotonic
        self._turning: Callable[[], bool] | None = None
        self._since = 0.0

    def watch(self, turning: Callable[[], bool]) -> None:
        """From now on the wheel is expected to turn."""
        self._turning, self._since = turning, self.monotonic()

    def of_installation(self) -> tuple[StandingFault, ...]:
        """What is everybody's, the most important first. A database in trouble is tried again when it is asked for."""
        found = []
        trouble = self._db.probe() if self._db.trouble is not None else None
        if trouble is not None:
            found.append(Fault(trouble.value))
        if self._wheel_stands():
            found.append(Fault.WHEEL_STILL)
        now = self._clock()
        return tuple(StandingFault(fault=fault, words=said(fault, now=now)) for fault in found)

    def of_account(self, account: AccountRow) -> tuple[StandingFault, ...]:
        """What this account's user should know: the installation's faults, then its own."""
        return self.of_installation() + of_account(account, now=self._clock())

    def counted(self) -> Counter[Fault]:
        """How often each stands: one of the installation once, one of accounts once for each of them."""
        found = Counter(one.fault for one in self.of_installation())
        try:
            with self._db.read() as session:
                for state in accounts.states(session):
                    found.update(_codes(*state))
        except DBAPIError as error:
            found[Fault((trouble_of(error) or Trouble.OUT_OF_REACH).value)] += 1
        return found

    def _wheel_stands(self) -> bool:
        if self._turning is None or self.monotonic() - self._since < _STARTING:
            return False
        try:
            return not self._turning()
        except DBAPIError:  # another fault, which is told as such
            return False
