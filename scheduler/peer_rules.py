"""Rules that other tools remind by, to be held against the ranking in `backtest`.

They are of the kind that reminder tools use; no other product was run.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import NamedTuple

MIN_CONTACTS = 10
"""Nobody with fewer contacts is judged: there is no choice to make."""

Days = Mapping[str, Sequence[int]]
"""One person's contacts → days of contact, rising, each once."""


class Tie(NamedTuple):
    """One relationship as it stood at a cut, in days since any day. `contacted`: what no rule may look at."""

    contact: str
    days: int  # on how many days there was contact before the cut
    last: int  # the last of them
    elapsed: int  # from the last to the cut
    mean_gap: float  # infinite for a single day
    strength: int  # contact-days in the last two horizons; 0 where not live
    live: bool  # seen on enough days, and within the last two horizons
    contacted: bool  # within the horizon from the cut on


PeerRule = Callable[[Tie, int], float]
"""(tie, min_days) → how soon to name it, the highest first."""

_HIDDEN = -1e9


def ties_at(contacts: Days, cut: int, *, horizon: int, min_days: int) -> list[Tie]:
    """One person's ties as they stood at 00:00 of `cut`, by name; none where there was nothing to choose."""
    found = []
    recent_any = contacted_any = False
    for contact in sorted(contacts):
        days = contacts[contact]
        known = bisect_left(days, cut)
        if not known:
            continue
        recent = known - bisect_left(days, cut - 2 * horizon)
        contacted = known < len(days) and days[known] < cut + horizon
        recent_any, contacted_any = recent_any or recent > 0, contacted_any or contacted
        found.append(_tie(contact, days, known, cut, recent, min_days, contacted))
    return found if len(found) >= MIN_CONTACTS and recent_any and contacted_any else []


def _tie(contact: str, days: Sequence[int], known: int, cut: int, recent: int, min_days: int, contacted: bool) -> Tie:
    """From the first `known` days; `recent` of them fall into the last two horizons."""
    live, last = known >= min_days and recent > 0, days[known - 1]
    mean_gap = (last - days[0]) / (known - 1) if known > 1 else inf
    return Tie(contact, known, last, cut - last, mean_gap, recent if live else 0, live, contacted)


def _overdue(tie: Tie) -> float:
    return tie.elapsed / max(tie.mean_gap, 1)


def _cadence(wanted: int) -> PeerRule:
    """The same gap for everybody; the most overdue first, then those who will be."""

    def rule(tie: Tie, min_days: int) -> float:
        if tie.days < min_days:
            return _HIDDEN
        return tie.elapsed - wanted if tie.elapsed > wanted else tie.elapsed - 1e4

    return rule


PEER_RULES: Mapping[str, PeerRule] = {
    "most recent first": lambda tie, _: -tie.elapsed,
    "longest silent first": lambda tie, _: tie.elapsed,
    "most frequent": lambda tie, _: tie.days,
    "30-day cadence, most overdue": _cadence(30),
    "90-day cadence, most overdue": _cadence(90),
    "overdue ratio": lambda tie, min_days: _overdue(tie) if tie.days >= min_days else _HIDDEN,
}

ELAPSED_TIMES_STRENGTH = "elapsed × strength"
FORMULAS: Mapping[str, PeerRule] = {
    ELAPSED_TIMES_STRENGTH: lambda tie, _: tie.strength * tie.elapsed if tie.live else _HIDDEN,
    "overdue ratio × strength": lambda tie, _: tie.strength * min(_overdue(tie), 5) if tie.live else _HIDDEN,
}
"""No tool's, but what one might write in an afternoon: the bar that a model has to clear."""
