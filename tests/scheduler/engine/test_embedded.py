"""The wheel: everybody due is run once, nobody twice at a time, and a wake is felt at once."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from scheduler.engine.embedded import EmbeddedEngine


def now() -> datetime:
    return datetime.now(UTC)


def until(true: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.01)
    return False


@contextmanager
def turning(engine: EmbeddedEngine) -> Iterator[EmbeddedEngine]:
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def test_everybody_due_is_run() -> None:
    waiting, done = [1, 2, 3, 4, 5, 6], []

    def run(account: int) -> None:
        waiting.remove(account)
        done.append(account)

    with turning(EmbeddedEngine(lambda _most: list(waiting), run, clock=now, sweep_seconds=3600)) as engine:
        assert until(lambda: sorted(done) == [1, 2, 3, 4, 5, 6])
        assert until(engine.is_turning)


def test_nobody_is_run_twice_at_a_time() -> None:
    """The account stays due until its run has ended; sweeps meanwhile must not start another."""
    started, finish, most, running = threading.Event(), threading.Event(), 0, 0
    due = [1]

    def run(_account: int) -> None:
        nonlocal most, running
        running += 1
        most = max(most, running)
        started.set()
        finish.wait(10)
        running -= 1
        due.clear()

    with turning(EmbeddedEngine(lambda _most: list(due), run, clock=now, sweep_seconds=3600)) as engine:
        assert started.wait(10)
        for _ in range(20):
            engine.sweep()
        finish.set()
        assert until(lambda: running == 0)
    assert most == 1


def test_a_wake_does_not_wait_for_the_next_tick() -> None:
    due: list[int] = []
    done: list[int] = []

    def run(account: int) -> None:
        due.clear()
        done.append(account)

    with turning(EmbeddedEngine(lambda _most: list(due), run, clock=now, sweep_seconds=3600)) as engine:
        assert until(engine.is_turning)
        due.append(7)
        engine.wake()
        assert until(lambda: done == [7])


def test_a_run_that_breaks_does_not_stop_the_wheel() -> None:
    due, done = [1], []

    def run(account: int) -> None:
        due.clear()
        if account == 1:
            raise RuntimeError("broken")
        done.append(account)

    with turning(EmbeddedEngine(lambda _most: list(due), run, clock=now, sweep_seconds=3600)) as engine:
        assert until(lambda: not due)
        due.append(2)
        engine.wake()
        assert until(lambda: done == [2])


def test_it_says_when_it_stands_still() -> None:
    seconds = [0.0]
    engine = EmbeddedEngine(lambda _most: [], lambda account: None, clock=now)
    engine.monotonic = lambda: seconds[0]
    assert not engine.is_turning()
    engine.sweep()
    seconds[0] = 59
    assert engine.is_turning()
    seconds[0] = 60
    assert not engine.is_turning()
    engine.sweep()
    assert engine.is_turning()


def test_a_wake_during_a_sweep_is_not_lost() -> None:
    due: list[int] = []
    done: list[int] = []
    looking, look_on = threading.Event(), threading.Event()

    def look(_most: int) -> list[int]:
        found = list(due)
        looking.set()
        look_on.wait(10)
        return found

    def run(account: int) -> None:
        due.clear()
        done.append(account)

    with turning(EmbeddedEngine(look, run, clock=now, sweep_seconds=3600)) as engine:
        assert looking.wait(10)
        due.append(7)  # after it has looked
        engine.wake()
        time.sleep(0.05)  # the scheduler may take it up now, or when the sweep is over
        look_on.set()
        assert until(lambda: done == [7])
