"""make kill: several set-ups, two at a time; the last line is the counts. The first thing that is lost ends it."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.kill.killing import Counts, tried


def shares(kills: int, setups: int) -> list[int]:
    """So many kills for each set-up, all of them together `kills`."""
    return [kills // setups + (place < kills % setups) for place in range(setups)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make kill", description=__doc__)
    parser.add_argument("--kills", type=int, default=210)
    parser.add_argument("--setups", type=int, default=6)
    parser.add_argument("--from", type=int, default=0, dest="first")
    asked = parser.parse_args()
    counts, began = Counts(), time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=2, mp_context=context) as pool:
        runs = {
            pool.submit(tried, asked.first + place, kills): asked.first + place
            for place, kills in enumerate(shares(asked.kills, asked.setups))
        }
        for run in as_completed(runs):
            made, told = run.result()
            if told:
                for other in runs:
                    other.cancel()
                again = f"make kill SETUPS=1 KILLS={asked.kills // asked.setups} FROM={runs[run]}"
                print(f"{told}Set-up {runs[run]} has failed. Again: {again}")
                return 1
            counts.add(made)
            print(f"{counts.kills.total()} kills, {time.monotonic() - began:.0f} s", flush=True)
    for place, number in sorted(counts.kills.items()):
        print(f"  {place:<30}{number:>6}")
    print(counts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
