"""What is lost if nobody calls this week, in order.

priority = strength x P(no contact in the next `horizon` days) x P(no contact in the next 7 days).
It ranks; who is due is decided in `fill`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scheduler.remembered import remembered
from scheduler.rhythm import History, Rhythm, UserAverage

HORIZON_DAYS = 90
"""Within which there is contact or there is not."""
MIN_DAYS = 2
"""Contacts seen on fewer days rank last."""
WAIT_DAYS = 7
"""How long the next occasion to call is away."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One contact's place. `priority` is negative for those seen on too few days."""

    key: str
    priority: float
    p_contact: float
    strength: int


def judge(
    key: str,
    history: History,
    average_mu: float,
    *,
    today: int,
    horizon: int = HORIZON_DAYS,
    min_days: int = MIN_DAYS,
) -> Ranked:
    """One contact's figures; `average_mu` is `UserAverage.mu` over all of the user's contacts."""
    return Ranked(key, *_figured(history, average_mu, today=today, horizon=horizon, min_days=min_days))


def _figured(
    history: History, average_mu: float, *, today: int, horizon: int, min_days: int
) -> tuple[float, float, int]:
    """Priority, chance of contact, strength."""
    rhythm = Rhythm(history, average_mu, today=today)
    strength = rhythm.history.strength(today=today, horizon=horizon)
    p_contact = rhythm.p_contact(horizon)
    priority = strength * (1 - p_contact) * (1 - rhythm.settles_itself(WAIT_DAYS))
    if len(rhythm.history.days) < min_days:
        priority -= 2 * horizon + 2  # below 0, which no strength reaches; their own order stays
    return priority, p_contact, strength


_figures = remembered(_figured)
"""For the ranking of a day, which every plan of the day asks for."""


def rank(
    histories: Mapping[str, Sequence[int]], *, today: int, horizon: int = HORIZON_DAYS, min_days: int = MIN_DAYS
) -> list[Ranked]:
    """One user's contacts, the most urgent first, equals by key.

    `histories` holds each contact's days of contact, rising, each once (`History.of` mends others); days after
    `today` do not count. Linear in the number of days.
    """
    known = {key: History.of_sorted(days) for key, days in histories.items()}
    return rank_histories(known, today=today, horizon=horizon, min_days=min_days)


def rank_histories(
    histories: Mapping[str, History], *, today: int, horizon: int = HORIZON_DAYS, min_days: int = MIN_DAYS
) -> list[Ranked]:
    """The same of what is known already."""
    if horizon < 1:
        raise ValueError("the horizon must be at least one day")
    known = {key: history.until(today) for key, history in histories.items()}
    mu = UserAverage.over(known.values()).mu
    ranked = [Ranked(key, *_figures(known[key], mu, today=today, horizon=horizon, min_days=min_days)) for key in known]
    return sorted(ranked, key=lambda one: (-one.priority, one.key))
