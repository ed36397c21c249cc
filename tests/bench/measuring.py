"""Ours against its floor, again and again by turns: the machine's moods fall on both, and the median is told.

Processor time is measured: what else the machine is doing does not count."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from time import process_time

Work = Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table. `prepare` gives (ours, rival), made anew for each row and not measured.

    `shares`: how many parts each of the two is divided into, where the price of one part is compared.
    `limit`: the highest ratio that is allowed; None where none was promised.
    """

    what: str
    against: str
    prepare: Callable[[], tuple[Work, Work]]
    shares: tuple[int, int] = (1, 1)
    limit: float | None = None
    pairs: int = 7


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Medians in seconds (of the whole, not of a share), and the median of the pairs' ratios."""

    row: Row
    ours: float
    rival: float
    ratio: float

    @property
    def broken(self) -> bool:
        return self.row.limit is not None and self.ratio > self.row.limit


def measure(row: Row) -> Measured:
    """One unmeasured run of each first, so that imports and caches are paid for."""
    ours, rival = row.prepare()
    ours(), rival()
    pairs = [(_seconds(ours), _seconds(rival)) for _ in range(row.pairs)]
    mine, theirs = row.shares
    return Measured(
        row=row,
        ours=median(pair[0] for pair in pairs),
        rival=median(pair[1] for pair in pairs),
        ratio=median((pair[0] / mine) / (pair[1] / theirs) for pair in pairs),
    )


def measure_all(rows: tuple[Row, ...]) -> Iterator[Measured]:
    for row in rows:
        yield measure(row)


def _seconds(work: Work) -> float:
    gc.collect()
    start = process_time()
    work()
    return process_time() - start
