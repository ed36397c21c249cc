"""A rule in one line of words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.model import Rule
from scheduler.words import clock, weekday

_WORKING_WEEK = (1, 2, 3, 4, 5)
_TIMES = {1: "Once", 2: "Twice"}


def rule_words(rule: Rule) -> str:
    """ "Tuesdays and Thursdays about 10:00, 30 minutes"."""
    days = tuple(sorted(rule.weekdays))
    if rule.times_a_week is not None and rule.times_a_week < len(days):
        times = _TIMES.get(rule.times_a_week, f"{rule.times_a_week} times")
        on = f"{times} a week, {_joined([weekday(day) for day in days], 'or')},"
    elif days == _WORKING_WEEK:
        on = "Monday to Friday"
    else:
        on = _joined([f"{weekday(day)}s" for day in days], "and")
    return f"{on} about {clock(rule.ideal)}, {rule.longest} minutes"


def _joined(names: Sequence[str], last: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"
