"""Two columns of numbers → one figure: how well chances sort and fit, and how sure a mean is."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, log

from scheduler.backtest_dice import Dice

_DRAWS, _SEED = 1000, 7
_LEAST = 1e-4  # of a chance in the logarithm


def mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values)


def auc(happened: Sequence[int], scores: Sequence[float]) -> float | None:
    """Chance that one which happened scores above one which did not, ties half; None where there is only one sort."""
    yes = sum(happened)
    no = len(happened) - yes
    if not yes or not no:
        return None
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranks, at = 0.0, 0
    while at < len(order):
        end = at + 1
        while end < len(order) and scores[order[end]] == scores[order[at]]:
            end += 1
        middle = (at + 1 + end) / 2  # of the ranks at+1 … end
        ranks += middle * sum(happened[place] for place in order[at:end])
        at = end
    return (ranks - yes * (yes + 1) / 2) / (yes * no)


def brier(happened: Sequence[int], chances: Sequence[float]) -> float | None:
    """Mean square of chance minus outcome: 0 is perfect, ¼ is a coin. None for nothing."""
    if not happened:
        return None
    return fsum((chance - yes) ** 2 for yes, chance in zip(happened, chances, strict=True)) / len(happened)


def log_loss(happened: Sequence[int], chances: Sequence[float]) -> float | None:
    """Mean surprise in nats, chances clipped to [1e-4, 1 - 1e-4]. None for nothing."""
    if not happened:
        return None
    clipped = (min(max(chance, _LEAST), 1 - _LEAST) for chance in chances)
    return -fsum(log(p if yes else 1 - p) for yes, p in zip(happened, clipped, strict=True)) / len(happened)


def interval(*columns: Sequence[float]) -> list[tuple[float, float] | None]:
    """95% bootstrap intervals of the mean of each column, all over the same 1,000 draws of rows; None below two rows,
    where nothing is known of the spread."""
    rows = len(columns[0])
    if rows < 2:
        return [None for _ in columns]
    drawn = Dice(_SEED).below(rows, _DRAWS * rows)
    draws = [drawn[start : start + rows] for start in range(0, len(drawn), rows)]
    found: list[tuple[float, float] | None] = []
    for column in columns:
        means = sorted(sum(map(column.__getitem__, draw)) / rows for draw in draws)
        found.append((_quantile(means, 0.025), _quantile(means, 0.975)))
    return found


def _quantile(rising: Sequence[float], share: float) -> float:
    place = share * (len(rising) - 1)
    low = int(place)
    high = min(low + 1, len(rising) - 1)
    return rising[low] + (place - low) * (rising[high] - rising[low])
