"""The Google project's allowance, shared by all processes: each takes slices of it out of the database.

A slice is good for the minute in which it was taken. Where the allowance is spent, refreshes wait; the last fifth of
it is kept for what somebody asked for.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from app.chance import Chance
from app.clock import Clock
from app.db import counts
from app.db.engine import Database

FIRST_SLICE, LARGEST_SLICE = 10, 160
"""Requests. A process that is busy takes twice as many each time within a minute, so that many processes need few
statements and an idle one takes little from the others."""
BACKGROUND_SHARE = 0.8


class Quota:
    """One for the process; thread-safe. Held at the beginning of a run: a run that has begun may go over its slice."""

    def __init__(self, *, db: Database, clock: Clock, chance: Chance, a_minute: int, a_day: int) -> None:
        self._db = db
        self._clock = clock
        self._chance = chance
        self._a_minute, self._a_day = a_minute, a_day
        self._guard = threading.Lock()
        self._minute_at: datetime | None = None
        self._day_at: datetime | None = None
        self._left = 0
        self._unused = 0  # of earlier minutes of this day, to be given back with the next slice
        self._size = FIRST_SLICE

    def wait_until(self, *, asked: bool) -> datetime | None:
        """None where a refresh may go on now, else when to try again. `asked`: somebody waits for it."""
        now = self._clock()
        minute_at = now.replace(second=0, microsecond=0)
        day_at = minute_at.replace(hour=0, minute=0)
        with self._guard:
            if self._minute_at != minute_at:
                self._unused += max(self._left, 0)
                self._left, self._size, self._minute_at = min(self._left, 0), FIRST_SLICE, minute_at
            if self._day_at != day_at:
                self._unused, self._day_at = 0, day_at
            if self._left > 0:
                return None
            size, owed, unused = self._size, -self._left, self._unused
            self._left = self._unused = 0
        # Not under the guard: the database may take its time, and others go on counting meanwhile. Who comes now takes
        # a slice of their own.
        taken = False
        try:
            taken = self._take(minute_at, day_at, size + owed, unused, share=1.0 if asked else BACKGROUND_SHARE)
        finally:
            with self._guard:
                if taken:
                    self._size = min(2 * size, LARGEST_SLICE)
                else:
                    self._left -= owed
                left, unused = (size, 0) if taken else (0, unused)
                if self._minute_at == minute_at:
                    self._left += left
                else:
                    unused += left
                if self._day_at == day_at:
                    self._unused += unused
        if taken:
            return None
        return minute_at + timedelta(minutes=1) + timedelta(seconds=60 * self._chance.random())

    def _take(self, minute_at: datetime, day_at: datetime, size: int, unused: int, *, share: float) -> bool:
        """Whether the project's allowance, of which a `share` may be used, holds so much more."""
        with self._db.write() as session:
            return counts.take_slice(
                session,
                minute_at,
                day_at,
                size=size,
                unused=unused,
                a_minute=int(self._a_minute * share),
                a_day=int(self._a_day * share),
            )

    def spent(self) -> None:
        """One request went out."""
        with self._guard:
            self._left -= 1
