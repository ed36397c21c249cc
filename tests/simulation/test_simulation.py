"""A share of `make simulate`, and whether a life can be repeated to the byte."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.machine import Machine
from tests.simulation.planted import BUGS, planted
from tests.simulation.planting import catch
from tests.simulation.simulation import simulate
from tests.simulation.total import TOLD

QUICKLY_FOUND = (
    "sliding timeMin",
    "message stays when the fault is gone",
    "no refresh token stored",
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with Machine() as made:
        yield made


@pytest.mark.parametrize("seed", [0, 1])
def test_a_life(machine: Machine, seed: int) -> None:
    counts = simulate(machine, seed, 60).counts
    TOLD.update(
        {
            "lives": 1,
            "steps": counts.steps,
            "refreshes": counts.refreshes.total(),
            "faults met": counts.cells.total(),
            "crashes and interruptions": counts.edges.total(),
        }
    )
    assert counts.steps == 60


@pytest.mark.parametrize("what", QUICKLY_FOUND)
def test_a_planted_bug_is_found(machine: Machine, what: str) -> None:
    assert catch(machine, what, seeds=3) is not None
    TOLD["planted bugs found"] += 1


def test_every_planted_bug_still_has_its_place() -> None:
    """Those that take long to find are run by `make planted`; none may have rotted meanwhile."""
    for bug in BUGS.values():
        with planted(bug):
            pass
    assert len(BUGS) >= 20


def test_a_seed_repeats_a_life_to_the_byte(machine: Machine) -> None:
    """In another process, in which sets have another order."""
    here = simulate(machine, 3, 40)
    script = (
        "from tests.simulation.machine import Machine\n"
        "from tests.simulation.simulation import simulate\n"
        "with Machine() as machine:\n"
        "    simulate(machine, 1, 20)\n"  # what was before makes no difference
        "    print(simulate(machine, 3, 40).digest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": str(ROOT)}
    there = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert there.returncode == 0, there.stderr
    assert there.stdout.split() == [here.digest()]
