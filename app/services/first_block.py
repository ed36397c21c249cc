"""The first block as the welcome page's fields say it: the proposal's, or what the user wrote there. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import time

from app.errors import Invalid
from scheduler.model import Rule, WorkingHours
from scheduler.words import _, clock, weekday

LENGTHS = (15, 30, 45, 60)
"""Minutes to choose from."""

SHORTEST = 15
_BEFORE, _AFTER, _LAST = 60, 120, 24 * 60 - 1  # minutes


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstBlock:
    """`weekday`: ISO. `ideal`: wall clock in the user's zone, whole minutes. `minutes`: one of LENGTHS."""

    weekday: int
    ideal: time
    minutes: int


def rule_with(first: FirstBlock | None, proposed: Rule, hours: WorkingHours) -> Rule:
    """The proposal where it was left as it was, else one with that day, time and length, from an hour before that time
    to two hours after it. Raises Invalid, by the fields of the page, for what working hours leave no room for."""
    if first is None or first == first_of(proposed):
        return proposed
    _check(first, hours)
    at = _minutes(first.ideal)
    return replace(
        proposed,
        weekdays=frozenset({first.weekday}),
        window_start=_clock(max(0, at - _BEFORE)),
        window_end=_clock(min(_LAST, at + _AFTER)),
        ideal=first.ideal,
        shortest=min(SHORTEST, first.minutes),
        longest=first.minutes,
    )


def first_of(rule: Rule) -> FirstBlock:
    """What the fields show of a proposed rule."""
    return FirstBlock(weekday=min(rule.weekdays), ideal=rule.ideal, minutes=rule.longest)


def _check(first: FirstBlock, hours: WorkingHours) -> None:
    problems = {}
    if first.weekday not in hours.weekdays:
        problems["first-day"] = _(
            "{weekday} is no working day of yours. Choose another day, or add it in Settings first.",
            weekday=weekday(first.weekday),
        )
    start, last = _minutes(hours.start), _minutes(hours.end) - min(SHORTEST, first.minutes)
    if not start <= _minutes(first.ideal) <= last:
        said = {"start": clock(hours.start), "end": clock(hours.end)}
        if start <= last:
            said |= {"first": clock(_clock(start)), "last": clock(_clock(last))}
            problems["first-time"] = _(
                "Your working hours are {start} to {end}. Choose a time from {first} to {last}, or change them in "
                "Settings first.",
                **said,
            )
        else:
            problems["first-time"] = _(
                "Your working hours are {start} to {end}. They leave no room for a block. Change them in Settings "
                "first.",
                **said,
            )
    if problems:
        raise Invalid(problems)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)
