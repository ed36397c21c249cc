"""Ties of an account that fell silent, and whether they would have been named before they did. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from scheduler.backtest_own import Silence, silences
from scheduler.model import KINDS_IN_BLOCKS, Contact, Rule
from scheduler.plan import times_in_week


@dataclass(frozen=True, kw_only=True, slots=True)
class SilentTies:
    """`judged`: people seen on enough days; `names` and `days` (ordinals, of contact until today): by contact key."""

    names_a_week: int
    judged: int
    names: Mapping[str, str]
    days: Mapping[str, list[int]]
    silences: tuple[Silence, ...]  # of those without a meeting to come, the latest first


def silent_ties(
    contacts: Iterable[Contact], rules: Iterable[Rule], *, today: date, horizon: int, min_days: int
) -> SilentTies:
    """Of clients, former clients and friends. A silence is `horizon` days without contact; whoever was seen on fewer
    than `min_days` days is not judged."""
    known = [contact for contact in contacts if contact.kind in KINDS_IN_BLOCKS]
    days = {
        contact.key: [on.toordinal() for on in contact.personal_days if on <= today]
        for contact in known
        if contact.personal_days
    }
    # A week's names are as many as the blocks hold; before there are rules, one block as it is proposed.
    running = [rule for rule in rules if rule.active] or [Rule(key="", weekdays=frozenset({2}))]
    names_a_week = sum(rule.people * times_in_week(rule) for rule in running)
    booked = {contact.key for contact in known if contact.booked}
    found = _silences(
        tuple((key, tuple(one)) for key, one in days.items()), today.toordinal(), horizon, min_days, names_a_week
    )
    return SilentTies(
        names_a_week=names_a_week,
        judged=sum(len(one) >= min_days for one in days.values()),
        names={contact.key: contact.name for contact in known},
        days=days,
        silences=tuple(one for one in found if one.contact not in booked),
    )


@lru_cache(maxsize=16)  # each week of the history is ranked anew; a page is looked at more than once
def _silences(
    days: tuple[tuple[str, tuple[int, ...]], ...], today: int, horizon: int, min_days: int, names_a_week: int
) -> tuple[Silence, ...]:
    return tuple(silences(dict(days), today=today, horizon=horizon, min_days=min_days, names_a_week=names_a_week))
