"""make simulate: many lives, on two processes; stops with the first that finds something."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait

from tests.simulation.machine import Machine
from tests.simulation.report import ENOUGH, empty_cells, lines
from tests.simulation.simulation import Counts, Fallen, simulate

BATCH = 5
"""Seeds for which a process sets up its sandbox once."""


def batch(seeds: range, steps: int) -> tuple[Counts, str]:
    """The counts of these seeds, or with them what fell, in words."""
    counts = Counts()
    with Machine() as machine:
        for seed in seeds:
            try:
                counts.add(simulate(machine, seed, steps).counts)
            except Fallen as fallen:
                return counts, str(fallen)
    return counts, ""


def batches(first: int, seeds: int) -> Iterator[range]:
    for start in range(first, first + seeds, BATCH):
        yield range(start, min(start + BATCH, first + seeds))


def main() -> int:
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--from", type=int, default=0, dest="first")
    asked = parser.parse_args()
    counts, began, done, told = Counts(), time.monotonic(), 0, ""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=min(2, asked.seeds), mp_context=context) as pool:
        waiting = {pool.submit(batch, seeds, asked.steps): seeds for seeds in batches(asked.first, asked.seeds)}
        while waiting and not told:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                made, told = future.result()
                counts.add(made)
                done += len(waiting.pop(future))
                if told:
                    break
                print(
                    f"{done} of {asked.seeds} seeds, {counts.steps} steps, {time.monotonic() - began:.0f} s", flush=True
                )
        for future in waiting:
            future.cancel()
    if told:
        print(told)
        return 1
    for line in lines(counts, seeds=asked.seeds):
        print(line)
    if counts.steps >= ENOUGH and (empty := empty_cells(counts)):
        print(f"Never met: {', '.join(f'{fault} at {call}' for fault, call in empty)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
