"""make planted: every planted bug, and which seed, step and invariant found it. Fails where one is not found."""

from __future__ import annotations

import multiprocessing
import re
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.simulation.machine import Machine
from tests.simulation.planted import BUGS, planted
from tests.simulation.simulation import Fallen, simulate

STEPS, SEEDS = 150, 24
"""How long a life is, and how many are tried, for one bug."""


_DOES_NOT_RUN = re.compile(r"taken for our own|without any fault: ours")
"""What the judge says of any exception of ours. A mistake of the patch's own is no mistake that was found."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Caught:
    """`invariant` 0: the service broke in a way that no invariant needs to name."""

    what: str
    seed: int
    step: int
    invariant: int
    said: str

    def __str__(self) -> str:
        return f"{self.what:<42}{self.seed:>6}{self.step:>6}{self.invariant:>11}  {self.said}"


HEAD = f"{'planted bug':<42}{'seed':>6}{'step':>6}{'invariant':>11}"


def catch(machine: Machine, what: str, *, seeds: int = SEEDS) -> Caught | None:
    """The first life from the bug's own seed on that finds it; None where none does."""
    bug = BUGS[what]
    for seed in range(bug.seed, bug.seed + seeds):
        try:
            with planted(bug):
                simulate(machine, seed, STEPS)
        except Fallen as fallen:
            said = str(fallen.violation).splitlines()[0][:90]
            if _DOES_NOT_RUN.search(said):
                raise ValueError(f"{what}: the patch itself does not run: {fallen.violation}") from fallen
            return Caught(what=what, seed=seed, step=fallen.step, invariant=fallen.invariant, said=said)
    return None


def _some(whats: list[str]) -> list[tuple[str, Caught | None]]:
    with Machine() as machine:
        return [(what, catch(machine, what)) for what in whats]


def caught(whats: Iterable[str]) -> Iterator[tuple[str, Caught | None]]:
    """On two processes, a few bugs at a time, in the order in which they are done."""
    names = list(whats)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=2, mp_context=context) as pool:
        for found in pool.map(_some, [names[start : start + 3] for start in range(0, len(names), 3)]):
            yield from found


def table() -> int:
    """Print it; how many were missed."""
    print(HEAD)
    missed = 0
    for what, found in caught(BUGS):
        print(found or f"{what:<42}  NOT FOUND", flush=True)
        missed += found is None
    print(f"{len(BUGS) - missed} of {len(BUGS)} planted bugs found")
    return missed


if __name__ == "__main__":
    sys.exit(1 if table() else 0)
