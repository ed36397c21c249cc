"""One contact's days of contact → what is usual between two people, and the chance that there is contact anyway.

Days are whole numbers (`date.toordinal()` or days since any other day); one day of contact counts once.
The model uses the user's own history and fixed constants, nothing is trained:

1. gaps are log-normal, shrunk to the user's own average; after each contact a tie may end (drop-out);
2. BG/NBD of Fader, Hardie and Lee (2005): buying while alive, drop-out after a purchase;
3. the two chances are averaged in logits, then raised by the warmth of the past: a long silence of a strong tie
   is oftener a pause than an end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from math import erfc, exp, fsum, log, log1p, sqrt

PRIOR_GAP = 14.0
"""What the user's average gap is taken for before there is any, in days."""
PRIOR_GAPS = 20
"""For how many gaps that counts."""
OWN_GAPS = 4
"""For how many gaps the user's average counts in one contact's own."""
PRIOR_SPREAD = 1.5
"""Spread of ln(gap) before there is any."""
DROP_OUT, DROP_OUT_AFTER = 0.3, 2.3
"""A tie ends after a contact with the chance DROP_OUT / (DROP_OUT_AFTER + contact-days)."""
NBD_R, NBD_ALPHA, NBD_A, NBD_B = 0.4, 14.0, 0.3, 1.5
"""BG/NBD: rate of contact ~ Gamma(r, alpha), drop-out ~ Beta(a, b)."""
BIAS, BLEND_WEIGHT, WARMTH_WEIGHT = -1.3, 0.5, 0.95
LONG_HORIZON = 50
"""From here on warmth fades by half in LONG_HALF_LIFE days, else in SHORT_HALF_LIFE."""
LONG_HALF_LIFE, SHORT_HALF_LIFE = 90.0, 30.0
SAID_FROM = 3
"""The usual gap is told to people from so many gaps on."""

_LEAST = 1e-5  # of a probability in a logit
_STEEPEST = 50.0  # of an exponent
_TINY = 1e-300
_ROOT_HALF = sqrt(0.5)
_LOGS = tuple(log(max(gap, 1)) for gap in range(2048))  # a look-up is faster than a logarithm


def _log_gap(gap: int) -> float:
    return _LOGS[gap] if gap < 2048 else log(gap)


def _logit(p: float) -> float:
    p = min(max(p, _LEAST), 1.0 - _LEAST)
    return log(p / (1.0 - p))


def sigmoid(x: float) -> float:
    """1 / (1 + e^-x), for any x."""
    return 1.0 / (1.0 + exp(-min(max(x, -_STEEPEST), _STEEPEST)))


def half_life(horizon: int) -> float:
    """In how many days warmth fades by half when the question is about `horizon` days."""
    return LONG_HALF_LIFE if horizon >= LONG_HORIZON else SHORT_HALF_LIFE


@lru_cache(maxsize=8)
def _fading(half_life: float) -> tuple[float, ...]:
    return tuple(0.5 ** (gap / half_life) for gap in range(2048))


@dataclass(frozen=True)
class History:
    """The days of contact with one person, and the sums that the model needs. Made by `of`."""

    days: Sequence[int]  # rising, each once
    log_sum: float  # of ln(gap)
    log_squares: float

    @classmethod
    def of(cls, days: Iterable[int]) -> History:
        """`days` in any order, repeats allowed."""
        return cls.of_sorted(sorted(set(days)))

    @classmethod
    def of_sorted(cls, days: Sequence[int]) -> History:
        """`days` must rise without repeats."""
        total = squares = 0.0
        if days:
            before = days[0]
            for day in days:
                value = _log_gap(day - before)
                total += value
                squares += value * value
                before = day
        return cls(days, total, squares)

    @property
    def gaps(self) -> int:
        return max(0, len(self.days) - 1)

    @cached_property
    def usual_gap(self) -> float | None:
        """Median gap in days; None below SAID_FROM gaps."""
        gaps = sorted(later - earlier for earlier, later in pairwise(self.days))
        if len(gaps) < SAID_FROM:
            return None
        middle = len(gaps) // 2
        return float(gaps[middle]) if len(gaps) % 2 else (gaps[middle - 1] + gaps[middle]) / 2

    def until(self, today: int) -> History:
        """The part up to and including `today`."""
        if not self.days or self.days[-1] <= today:
            return self
        return History.of_sorted(self.days[: bisect_right(self.days, today)])

    def strength(self, *, today: int, horizon: int) -> int:
        """Contact-days in the last 2 x `horizon` days: what is at stake."""
        return bisect_right(self.days, today) - bisect_right(self.days, today - 2 * horizon - 1)

    def warmth(self, *, today: int, half_life: float) -> float:
        """Contact-days, each worth half as much for every `half_life` days of age."""
        if not self.days:
            return 0.0
        fading = _fading(half_life)
        warmth, before = 0.0, self.days[0]
        for day in self.days:
            gap = day - before
            warmth = warmth * (fading[gap] if gap < 2048 else 0.5 ** (gap / half_life)) + 1.0
            before = day
        return float(warmth * 0.5 ** (max(0, today - before) / half_life))


@dataclass(frozen=True, slots=True)
class UserAverage:
    """ln(gap) over all of a user's contacts: what a contact with few gaps is taken for."""

    log_sum: float = 0.0
    gaps: int = 0

    @classmethod
    def over(cls, histories: Iterable[History]) -> UserAverage:
        """The sum is exact, so that the order of the contacts moves no digit."""
        known = list(histories)
        return cls(fsum(history.log_sum for history in known), sum(history.gaps for history in known))

    @property
    def mu(self) -> float:
        """Mean of ln(gap in days)."""
        return (self.log_sum + PRIOR_GAPS * log(PRIOR_GAP)) / (self.gaps + PRIOR_GAPS)


class Rhythm:
    """What is to be expected of one contact as of `today`. Nobody ever met is never expected (chance 0)."""

    __slots__ = (
        "_alive",
        "_gap_now",
        "_last_power",
        "_nbd_alive",
        "_nbd_time",
        "elapsed",
        "history",
        "mu",
        "sigma",
        "today",
    )

    def __init__(self, history: History, average_mu: float, *, today: int) -> None:
        """`average_mu` is `UserAverage.mu`; days after `today` do not count."""
        self.history = history = history.until(today)
        self.today = today
        if not history.days:
            self.elapsed, self.mu, self.sigma = 0, average_mu, PRIOR_SPREAD
            self._alive = self._nbd_alive = 0.0
            self._gap_now, self._last_power, self._nbd_time = 1.0, NBD_R, NBD_ALPHA
            return
        n, g = len(history.days), len(history.days) - 1
        self.elapsed = elapsed = today - history.days[-1]
        self.mu = (history.log_sum + OWN_GAPS * average_mu) / (g + OWN_GAPS)
        mean = history.log_sum / g if g else average_mu
        squares = max(0.0, history.log_squares - g * mean * mean)
        squares += OWN_GAPS * g / (g + OWN_GAPS) * (mean - average_mu) ** 2
        self.sigma = sqrt((squares + OWN_GAPS * PRIOR_SPREAD**2) / (g + OWN_GAPS) * (1 + 1 / (g + OWN_GAPS)))
        self._gap_now = max(self._longer(elapsed), _TINY)
        dropped = DROP_OUT / (DROP_OUT_AFTER + n)
        stays = (1 - dropped) * self._gap_now
        self._alive = stays / (stays + dropped)
        self._nbd_time = NBD_ALPHA + today - history.days[0]
        self._last_power = NBD_R + g
        self._nbd_alive = 1.0
        if g:
            steep = self._last_power * log(self._nbd_time / (self._nbd_time - elapsed))
            self._nbd_alive = 1 / (1 + NBD_A / (NBD_B + g - 1) * exp(min(steep, _STEEPEST)))

    def _longer(self, days: float) -> float:
        """P(a gap is longer than `days`)."""
        return 0.5 * erfc((log(max(days, 0.5)) - self.mu) / self.sigma * _ROOT_HALF)

    def by_gaps(self, days: int) -> float:
        """Chance of contact within `days` by the log-normal gaps."""
        return self._alive * (1 - min(1.0, self._longer(self.elapsed + days) / self._gap_now))

    def by_counts(self, days: int) -> float:
        """Chance of contact within `days` by BG/NBD."""
        steep = self._last_power * log(self._nbd_time / (self._nbd_time + days))
        return self._nbd_alive * (1 - exp(max(steep, -_STEEPEST)))

    def blend(self, days: int) -> float:
        """B(h): the mean of both, in logits."""
        return 0.5 * _logit(self.by_gaps(days)) + 0.5 * _logit(self.by_counts(days))

    def p_contact(self, days: int) -> float:
        """Chance that there is contact within `days` although nobody calls."""
        if not self.history.days:
            return 0.0
        warmth = self.history.warmth(today=self.today, half_life=half_life(days))
        return sigmoid(BIAS + BLEND_WEIGHT * self.blend(days) + WARMTH_WEIGHT * log1p(warmth))

    def settles_itself(self, days: int = 7) -> float:
        """Chance that waiting `days` is answered by contact anyway: the third factor of the priority, unraised."""
        return sigmoid(self.blend(days)) if self.history.days else 0.0
