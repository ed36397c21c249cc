"""The user's own history: which ties fell silent, and would they have been named before they were?

Replayed week by week with what was known then: the ranking, nobody within the rest after a touch, nobody twice in one
silence. It tells who would have been named, never who would have been saved: a log cannot show that.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scheduler.due import REST_DAYS
from scheduler.ranking import HORIZON_DAYS, rank

WEEK = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """A tie without contact for a whole horizon, up to `today` at least. Days are ordinals.

    `named`: the first week's day on which they would have been named, None where that is not before `silent`.
    """

    contact: str
    last: int
    silent: int  # last + horizon: from here on it counts as silent
    named: int | None


def silences(
    contacts: Mapping[str, Sequence[int]],
    *,
    today: int,
    horizon: int = HORIZON_DAYS,
    min_days: int,
    names_a_week: int,
) -> list[Silence]:
    """The latest silence first. `contacts`: days of contact, rising, each once; days after `today` do not count.

    Ties seen on fewer than `min_days` days had hardly begun and are not told of.
    """
    known = {key: days[: bisect_right(days, today)] for key, days in contacts.items()}
    known = {key: days for key, days in known.items() if days}
    silent = {key: days[-1] for key, days in known.items() if len(days) >= min_days and days[-1] + horizon <= today}
    if not silent:
        return []
    first_named: dict[str, tuple[int, int]] = {}  # contact → (its last day then, when named)
    first = min(days[0] for days in known.values())
    for cut in range(first + WEEK - (first - 1) % WEEK, today + 1, WEEK):  # Mondays
        before = {key: days[: bisect_left(days, cut)] for key, days in known.items() if days[0] < cut}
        left = names_a_week
        for one in rank(before, today=cut, horizon=horizon, min_days=min_days):
            if not left or one.priority <= 0:
                break
            last = before[one.key][-1]
            if cut - last < REST_DAYS or first_named.get(one.key, (None, 0))[0] == last:
                continue
            first_named[one.key] = (last, cut)
            left -= 1
    found = []
    for key, last in silent.items():
        seen, named = first_named.get(key, (0, 0))
        in_time = seen == last and named < last + horizon
        found.append(Silence(contact=key, last=last, silent=last + horizon, named=named if in_time else None))
    return sorted(found, key=lambda one: (-one.last, one.contact))
