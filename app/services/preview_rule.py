"""Which rule a preview plans with: what the user asked for, and the proposal for the rest. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from app.services.outlook import proposed_rule
from scheduler.model import Rule, WorkingHours
from scheduler.proposal import propose
from scheduler.slots import Busy, Closed

RULE_KEY = "preview"
SHORTEST = 15
"""Minutes below which a block is not shortened, unless it is meant to be shorter."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What the user asks of the blocks; what is None or empty is proposed from the calendar."""

    weekdays: frozenset[int] = frozenset()  # ISO
    window: tuple[time, time] | None = None
    ideal: time | None = None
    minutes: int = 30
    country: str = ""
    region: str = ""
    weeks: int = 4


def hours_for(wish: Wish) -> WorkingHours:
    """The usual working hours, and whatever of the week the user asked for by name."""
    usual = WorkingHours()
    first, last = wish.window or (usual.start, usual.end)
    return WorkingHours(
        weekdays=usual.weekdays | wish.weekdays, start=min(usual.start, first), end=max(usual.end, last)
    )


def rule_for(
    wish: Wish, busy: Sequence[Busy], closed: Sequence[Closed], *, zone: ZoneInfo, now: datetime
) -> tuple[Rule, str]:
    """The user's rule where they gave its days, else the proposal within whatever else they gave."""
    sentence = ""
    if wish.weekdays:
        weekdays, window = wish.weekdays, wish.window or (time(9), time(12))
        ideal = wish.ideal or _nearest(time(10), window)
    else:
        hours = WorkingHours()
        if wish.ideal:
            hours = replace(hours, start=wish.ideal, end=_later(wish.ideal, 30))
        elif wish.window:
            hours = replace(hours, start=wish.window[0], end=wish.window[1])
        proposal = propose(busy, closed, zone=zone, hours=hours, now=now)
        proposed, sentence = proposed_rule(proposal), proposal.sentence
        weekdays = proposed.weekdays
        window = wish.window or (proposed.window_start, proposed.window_end)
        ideal = wish.ideal or proposed.ideal
    rule = Rule(
        key=RULE_KEY,
        weekdays=weekdays,
        window_start=window[0],
        window_end=window[1],
        ideal=ideal,
        shortest=min(SHORTEST, wish.minutes),
        longest=wish.minutes,
    )
    return rule, sentence


def _nearest(clock: time, window: tuple[time, time]) -> time:
    return clock if window[0] <= clock < window[1] else window[0]


def _later(clock: time, minutes: int) -> time:
    """`minutes` later on the same day."""
    end = clock.hour * 60 + clock.minute + minutes
    return time(end // 60, end % 60) if end < 24 * 60 else time(23, 59)
