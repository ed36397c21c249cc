"""make simulate: many lives, on two processes. What falls is told at once, with the line that repeats it; the others
go on, so that one run says all that is wrong."""

from __future__ import annotations

import argparse
import sys
import time

from tests.simulation.many import lives
from tests.simulation.report import ENOUGH, lines, never_met
from tests.simulation.simulation import Counts

OFTEN = 10
"""After so many seeds it says how far it is."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--from", type=int, default=0, dest="first")
    asked = parser.parse_args()
    counts, began, fell = Counts(), time.monotonic(), 0
    for done, (made, told) in enumerate(lives(range(asked.first, asked.first + asked.seeds), asked.steps), start=1):
        counts.add(made)
        if told:
            fell += 1
            print(told, flush=True)
        if done % OFTEN == 0 or done == asked.seeds:
            spent = time.monotonic() - began
            print(f"{done} of {asked.seeds} seeds, {counts.steps} steps, {spent:.0f} s, {fell} fell", flush=True)
    if fell:
        print(f"{fell} of {asked.seeds} seeds fell; each is told above, with the line that repeats it.")
        return 1
    for line in lines(counts, seeds=asked.seeds):
        print(line)
    if counts.steps >= ENOUGH and (empty := never_met(counts)):
        print(f"Never met: {', '.join(empty)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
