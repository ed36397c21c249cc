"""A rule in one line of words. Pure."""

from __future__ import annotations

from scheduler.model import Rule
from scheduler.words import _, clock, listed, ngettext, weekday, weekdays

_WORKING_WEEK = (1, 2, 3, 4, 5)


def rule_words(rule: Rule) -> str:
    """ "Tuesdays and Thursdays about 10:00, 30 minutes"."""
    days = tuple(sorted(rule.weekdays))
    at, minutes = clock(rule.ideal), rule.longest
    if rule.times_a_week is not None and rule.times_a_week < len(days):
        names = listed([weekday(day) for day in days], "or")
        times = _times(rule.times_a_week)
        return _(
            "{times} a week, {days}, about {at}, {minutes} minutes", times=times, days=names, at=at, minutes=minutes
        )
    names = _("Monday to Friday") if days == _WORKING_WEEK else listed([weekdays(day) for day in days])
    return _("{days} about {at}, {minutes} minutes", days=names, at=at, minutes=minutes)


def _times(count: int) -> str:
    match count:
        case 1:
            return _("Once")
        case 2:
            return _("Twice")
    return ngettext("{count} time", "{count} times", count)
