"""Dates, times, numbers and quoted titles in English words, whatever the machine's locale is."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, time

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

TITLE_LIMIT = 40
"""How much of an appointment's title is quoted in a reason."""


def weekday(number: int) -> str:
    """The name of an ISO weekday, Monday = 1."""
    return WEEKDAYS[number - 1]


def day(on: date) -> str:
    """ "24 November"."""
    return f"{on.day} {MONTHS[on.month - 1]}"


def weekday_and_day(on: date) -> str:
    """ "Tuesday 24 November"."""
    return f"{weekday(on.isoweekday())} {day(on)}"


def clock(moment: time | datetime) -> str:
    """ "09:30", as the moment's own wall clock shows it."""
    return f"{moment.hour:02}:{moment.minute:02}"


def number(count: int) -> str:
    """ "nine"; digits above twelve."""
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else str(count)


def spoken(at: time) -> str:
    """ "ten", "half past ten", else "10:45"."""
    hour = _NUMBERS[at.hour] if 1 <= at.hour <= 12 else ""
    if hour and at.minute == 0:
        return hour
    if hour and at.minute == 30:
        return f"half past {hour}"
    return clock(at)


def quoted(title: str, otherwise: str = "another appointment") -> str:
    """The title in quotes, on one line and short; `otherwise` where there is none."""
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in title)
    flat = " ".join(visible.split())
    if not flat:
        return otherwise
    return f"“{flat}”" if len(flat) <= TITLE_LIMIT else f"“{flat[: TITLE_LIMIT - 1].rstrip()}…”"
