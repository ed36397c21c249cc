"""What a run met, in words and tables, and its last line: the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.simulation.faults import CALLS, CELLS, FAULTS, impossible
from tests.simulation.simulation import Counts

ENOUGH = 100_000
"""From so many steps on every cell of the matrix must have been met."""


def empty_cells(counts: Counts) -> list[tuple[str, str]]:
    return [cell for cell in CELLS if not counts.cells[cell]]


def lines(counts: Counts, *, seeds: int) -> Iterator[str]:
    yield "How often each fault met each call (·: impossible by nature)"
    wide = max(map(len, FAULTS))
    yield " " * wide + "".join(f"{call.removeprefix('events.'):>11}" for call in CALLS)
    for fault in FAULTS:
        row = ("·" if impossible(fault, call) else str(counts.cells[fault, call]) for call in CALLS)
        yield f"{fault:<{wide}}" + "".join(f"{cell:>11}" for cell in row)
    yield f"Refreshes: {_listed(counts.refreshes)}"
    yield f"Killed or interrupted: {_listed(counts.edges)}"
    yield f"Steps: {_listed(counts.kinds)}"
    yield (
        f"Refreshes until all agrees after the last fault: p50 {percentile(counts.until_agreed, 50)}, "
        f"p99 {percentile(counts.until_agreed, 99)} of {counts.until_agreed.total()}"
    )
    yield (
        f"API calls an account and day: quiet p50 {percentile(counts.quiet_day, 50)}, "
        f"busy p50 {percentile(counts.busy_day, 50)} of {counts.busy_day.total()} days"
    )
    empty = empty_cells(counts)
    yield (
        f"{counts.steps} steps, {seeds} seeds, {counts.refreshes.total()} refreshes, "
        f"{sum(bool(number) for number in counts.cells.values())} of {len(CELLS)} cells met, {len(empty)} empty; "
        "0 violations, 0 duplicates, 0 lost edits"
    )


def percentile(numbers: Counter[int], share: int) -> int:
    """The least number that so many per cent do not exceed; 0 where there are none."""
    reached = 0
    for number in sorted(numbers):
        reached += numbers[number]
        if reached * 100 >= share * numbers.total():
            return number
    return 0


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.most_common()) or "none"
