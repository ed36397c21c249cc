"""Many lives on two processes. (Not in `__main__`: what is there cannot be found by a process that is spawned.)"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing.util import Finalize

from tests.simulation.machine import Machine
from tests.simulation.simulation import Counts, Fallen, simulate

PROCESSES = 2

_machine: Machine | None = None
"""This process's: its sandbox and pages are made once, and begin anew with each seed."""


def lives(seeds: range, steps: int) -> Iterator[tuple[Counts, str]]:
    """Of each seed, as they are done: its counts, and what fell, in words."""
    context = multiprocessing.get_context("spawn")
    most = min(PROCESSES, len(seeds))
    with ProcessPoolExecutor(max_workers=most, mp_context=context, initializer=_set_up) as pool:
        for life in as_completed([pool.submit(_live, seed, steps) for seed in seeds]):
            yield life.result()


def _set_up() -> None:
    global _machine
    _machine = Machine().__enter__()
    Finalize(None, _machine.__exit__, args=(None, None, None), exitpriority=10)


def _live(seed: int, steps: int) -> tuple[Counts, str]:
    assert _machine is not None
    try:
        return simulate(_machine, seed, steps).counts, ""
    except Fallen as fallen:
        return Counts(steps=fallen.step), str(fallen)
