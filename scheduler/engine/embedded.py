"""The wheel inside one process: APScheduler asks every few seconds who is due, and hands them to a few threads.

The job store is in memory on purpose: what is due stands in the database, so nothing is lost with the process, and two
processes that share an APScheduler job store would run jobs twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

SWEEP_SECONDS = 5
SLOTS = 4
IN_HAND = 2 * SLOTS
"""So many at a time, half of them waiting for a thread. Whoever is done makes room, and the next are asked for then."""


class EmbeddedEngine:
    """`due(n)` names up to n accounts whose time has come, longest waiting first; `run(id)` does one, takes its own
    lock, and never raises.

    `wake` makes it look at once. `last_sweep_at` tells whether the wheel turns.
    """

    def __init__(
        self,
        due: Callable[[int], Sequence[int]],
        run: Callable[[int], object],
        *,
        clock: Callable[[], datetime],
        sweep_seconds: float = SWEEP_SECONDS,
    ) -> None:
        self._due = due
        self._run = run
        self._clock = clock
        self._sweep_seconds = sweep_seconds
        self.monotonic = time.monotonic
        self._swept: float | None = None
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._pool = ThreadPoolExecutor(max_workers=SLOTS, thread_name_prefix="refresh")
        self._running: set[int] = set()
        self._guard = threading.Lock()
        self._looking = self._asked = False
        self._stopping = False
        self.last_sweep_at: datetime | None = None

    def start(self) -> None:
        self._scheduler.add_job(
            # More than one instance, or a wake during a sweep would be dropped; `sweep` itself sees that one works.
            self.sweep,
            "interval",
            seconds=self._sweep_seconds,
            id="sweep",
            max_instances=16,
            coalesce=True,
        )
        self._scheduler.start()
        self.wake()

    def stop(self) -> None:
        """Take no new work and wait for what is running."""
        self._stopping = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def wake(self, account: int | None = None) -> None:
        """Sweep now rather than at the next tick; whoever asked is among those who are due."""
        if self._scheduler.running and not self._stopping:
            self._scheduler.modify_job("sweep", next_run_time=datetime.now(UTC))

    def sweep(self) -> None:
        """Hand every due account that is not already in hand to a thread. Asked for while it looks, it looks again."""
        with self._guard:
            self._asked = True
            if self._looking:
                return
            self._looking = True
        while self._shall_look():
            try:
                self._look()
            except BaseException:
                self._looking = False
                raise

    def _shall_look(self) -> bool:
        with self._guard:
            self._looking, self._asked = self._asked, False
            return self._looking

    def _look(self) -> None:
        with self._guard:
            busy = set(self._running)  # before asking who is due: whoever is done in between only seems to be due
        if len(busy) < IN_HAND:
            self._hand_out(busy)
        self.last_sweep_at, self._swept = self._clock(), self.monotonic()

    def _hand_out(self, busy: set[int]) -> None:
        for account in self._due(2 * IN_HAND):
            with self._guard:
                if account in busy or account in self._running:
                    continue
                if self._stopping or len(self._running) == IN_HAND:
                    return
                self._running.add(account)
            self._pool.submit(self._one, account)

    def _one(self, account: int) -> None:
        try:
            self._run(account)
        finally:
            with self._guard:
                self._running.discard(account)
            self.wake()  # a request that came in meanwhile made the account due again

    def since_sweep(self) -> timedelta | None:
        """How long ago a sweep ended here; None where none has."""
        return None if self._swept is None else timedelta(seconds=self.monotonic() - self._swept)

    def is_turning(self) -> bool:
        """Whether a sweep ended lately. A clock that is set, or a machine that slept, stops no wheel."""
        return self._swept is not None and self.monotonic() - self._swept < max(60.0, 6 * self._sweep_seconds)
