"""The turns of a plain weekly rule, worked out by counting days.

Nearly every series is one (FREQ=WEEKLY with INTERVAL, plain BYDAY, WKST and UNTIL), and a calendar has hundreds
with hundreds of turns each: dateutil takes several times as long. All other rules are left to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PLAIN = frozenset({"FREQ", "INTERVAL", "BYDAY", "WKST"})


@dataclass(frozen=True, slots=True)
class Weekly:
    """`days`: of each week that counts, as days from the week's first, rising."""

    start: datetime  # naive local time, whole seconds
    week: datetime  # the first day of the start's week, at the start's time
    step: timedelta
    days: tuple[timedelta, ...]

    @classmethod
    def of(cls, parts: Mapping[str, str], start: datetime) -> Weekly | None:
        """From the parts of a rule without UNTIL; None where it is not a plain weekly one."""
        if parts.get("FREQ") != "WEEKLY" or not parts.keys() <= _PLAIN:
            return None
        names = parts["BYDAY"].split(",") if "BYDAY" in parts else [WEEKDAYS[start.weekday()]]
        first, interval = parts.get("WKST", "MO"), parts.get("INTERVAL", "1")
        if first not in WEEKDAYS or not interval.isdecimal() or not set(names) <= set(WEEKDAYS):
            return None
        if start.year == 1:  # its week may begin before the calendar does
            return None
        start, begins = start.replace(microsecond=0), WEEKDAYS.index(first)
        into = timedelta(days=(start.weekday() - begins) % 7)
        offsets = sorted({(WEEKDAYS.index(name) - begins) % 7 for name in names})
        return cls(start, start - into, timedelta(weeks=int(interval)), tuple(timedelta(days=n) for n in offsets))

    def turns(self, low: datetime) -> Iterator[datetime]:
        """From the start on, and from the week of `low` at the latest; without end but the calendar's, which is an
        OverflowError."""
        for week in count(max(0, (low - self.week) // self.step)):
            base = self.week + week * self.step
            for day in self.days:
                turn = base + day
                if turn >= self.start:
                    yield turn
