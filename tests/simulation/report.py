"""What a run met, in words and tables, and its last line: the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.simulation.faults import AROUND, CALLS, CELLS, FAULTS, impossible
from tests.simulation.simulation import Counts

ENOUGH = 100_000
"""From so many steps on every cell of the matrix and everything that goes wrong around the calls must have been met."""


def never_met(counts: Counts) -> list[str]:
    """Cells of the matrix, and what goes wrong around the calls, in words."""
    cells = [f"{fault} at {call}" for fault, call in CELLS if not counts.cells[fault, call]]
    return cells + [one for one in AROUND if not counts.around[one]]


def lines(counts: Counts, *, seeds: int) -> Iterator[str]:
    yield "How often each fault met each call (·: impossible by nature), and how the refreshes ended that met it"
    wide = max(map(len, FAULTS)) + 2
    heads = [call.removeprefix("events.").removeprefix("channels.") for call in CALLS]
    yield " " * wide + "".join(f"{head:>10}" for head in (*heads, "well", "failed"))
    for fault in FAULTS:
        cells = ["·" if impossible(fault, call) else str(counts.cells[fault, call]) for call in CALLS]
        cells += [str(counts.after[fault, well]) for well in (True, False)]
        yield f"{fault:<{wide}}" + "".join(f"{cell:>10}" for cell in cells)
    yield "Steps of each kind, and how the refreshes in them ended"
    yield from _table(counts.kinds, counts.outcomes)
    yield "What went wrong around the calls, or was done meanwhile"
    yield from (f"  {one:<40}{counts.around[one]:>8}" for one in AROUND)
    yield f"Refreshes: {_listed(counts.refreshes)}"
    yield f"Killed or interrupted: {_listed(counts.edges)}"
    yield f"Refreshes until all agrees after the last fault: {_spread(counts.until_agreed, 'times')}"
    yield f"API calls an account and day, quiet: {_spread(counts.quiet_day, 'days')}"
    yield f"API calls an account and day, busy: {_spread(counts.busy_day, 'days')}"
    empty, whole = never_met(counts), len(CELLS) + len(AROUND)
    well, made = counts.refreshes["ok"], counts.tally
    yield (
        f"{counts.steps} steps, {seeds} seeds, {counts.refreshes.total()} refreshes, {well} of them well; "
        f"{whole - len(empty)} of {whole} cells met; 0 violations; {counts.until_agreed.total()} times settled: "
        f"{made.blocks} blocks, {made.duplicates} duplicates, {made.edits} edits, {made.lost} lost"
    )


def percentile(numbers: Counter[int], share: int) -> int:
    """The least number that so many per cent do not exceed; 0 where there are none."""
    reached = 0
    for number in sorted(numbers):
        reached += numbers[number]
        if reached * 100 >= share * numbers.total():
            return number
    return 0


def _spread(numbers: Counter[int], of: str) -> str:
    return f"p50 {percentile(numbers, 50)}, p99 {percentile(numbers, 99)} of {numbers.total()} {of}"


def _table(kinds: Mapping[str, int], outcomes: Mapping[tuple[str, bool], int]) -> Iterable[str]:
    for kind in sorted(kinds, key=lambda one: -kinds[one]):
        well, failed = outcomes.get((kind, True), 0), outcomes.get((kind, False), 0)
        yield f"  {kind:<40}{kinds[kind]:>8}   refreshes: {well} well, {failed} failed"


def _listed(counts: Counter[Any]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.most_common()) or "none"
