"""One person's touches along a line of time, as places from 0 to 100. Pure geometry: no words and no colours.

The strip shows at most two years back and a little ahead, so that what comes next has room. Where the usual gap began
with the last touch it is marked, and what has passed since it ended.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.model import Channel, Touch

LONGEST, SHORTEST = timedelta(days=730), timedelta(days=120)
"""How far back it goes, at most and at least."""
LEAD = timedelta(days=10)
"""Before the first touch and after what comes next; there an eighth of the strip, for its word."""
FURTHEST = timedelta(days=120)
"""Ahead."""
LEFT, RIGHT = 2.0, 98.0
_WORD_PHONE, _WORD_DESK = 15.0, 8.0
"""Room for the name of a month or for the word today, in the narrowest and in a wide strip."""
_EDGE_TODAY = 85.0
"""After this the word today ends at its day, before it the word stands around it (strip.html does so)."""
_LATE_LEAST = 0.4

SHAPES = {
    Channel.MEETING: "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0z",
    Channel.CALL: "M0-7 7 0 0 7-7 0z",
    Channel.COFFEE: "M0-6.5 6.5 5h-13z",
    Channel.VISIT: "M-5-5h10v10h-10z",
    Channel.LETTER: "M-7-4.5h14v9h-14z",
    Channel.MESSAGE: "M-6.5-5h13L0 6.5z",
}
"""Outlines around the origin, one for each way of being in touch."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StripTouch:
    """`personal`: see scheduler.model.Touch; drawn full, else hollow."""

    on: date
    x: float
    channel: str  # scheduler.model.Channel
    personal: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class StripNext:
    """`what`: booked (a meeting), planned (a block), due (when the gap has passed enough)."""

    what: str
    on: date
    x: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Strip:
    """Spans are (from, length)."""

    touches: tuple[StripTouch, ...]
    months: tuple[tuple[date, float], ...]  # whose names begin there
    months_desk: tuple[tuple[date, float], ...]  # more of them, which have room in a wide strip only
    today: float
    gap: tuple[float, float] | None  # the usual gap, from the last personal touch on
    late: tuple[float, float] | None  # from its end to today
    next: StripNext | None


def strip(touches: Iterable[Touch], *, gap: int | None, coming: tuple[str, date] | None, today: date) -> Strip | None:
    """`gap` in days, `coming` as in `StripNext`; None where there was no touch in the time that is shown."""
    shown = sorted(touch for touch in touches if today - LONGEST <= touch.on <= today)
    if not shown:
        return None
    start = min(today - SHORTEST, shown[0].on - LEAD)
    personal = [touch.on for touch in shown if touch.personal]
    closes = personal[-1] + timedelta(days=gap) if personal and gap else None
    ahead = [on for on in (closes, coming[1] if coming else None) if on is not None and on > today]
    end = min(
        today + FURTHEST, max([today + (today - start) / 12, *(on + max(LEAD, (on - start) / 8) for on in ahead)])
    )
    whole = (end - start).days

    def at(on: date) -> float:
        share = (min(max(on, start), end) - start).days / whole
        return round(LEFT + (RIGHT - LEFT) * share, 1)

    months = [(month, at(month)) for month in _months(start, end)]
    late = None
    if closes is not None and closes < today and at(today) - at(closes) >= _LATE_LEAST:
        late = (at(closes), round(at(today) - at(closes), 1))
    return Strip(
        touches=tuple(
            StripTouch(on=one.on, x=at(one.on), channel=one.channel.value, personal=one.personal) for one in shown
        ),
        months=tuple(one for one in months if _is_free(one[1], at(today), _WORD_PHONE)),
        months_desk=tuple(
            one
            for one in months
            if _is_free(one[1], at(today), _WORD_DESK) and not _is_free(one[1], at(today), _WORD_PHONE)
        ),
        today=at(today),
        gap=(at(personal[-1]), round(at(closes) - at(personal[-1]), 1)) if closes is not None else None,
        late=late,
        next=StripNext(what=coming[0], on=coming[1], x=at(coming[1])) if coming and today <= coming[1] <= end else None,
    )


def _is_free(x: float, today: float, word: float) -> bool:
    """Whether the name of a month that begins at x reaches neither the word today nor over the edge."""
    begins, ends = (today - word, today) if today > _EDGE_TODAY else (today - word / 2, today + word / 2)
    return (x + word <= begins or x >= ends + 1) and x + word <= 100 + word / 3


def _months(start: date, end: date) -> list[date]:
    """Firsts of months, so many apart that their names have room: each, each second, third or sixth."""
    room = (end - start).days / (RIGHT - LEFT) * _WORD_PHONE
    step = next(step for step in (1, 2, 3, 6, 12) if step * 30.4 >= room or step == 12)
    found = []
    month = date(start.year, 1, 1)
    while month <= end:
        if month >= start:
            found.append(month)
        later = month.month - 1 + step
        month = date(month.year + later // 12, later % 12 + 1, 1)
    return found
