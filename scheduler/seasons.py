"""Everyone of some kinds or tags once before a date: whom it concerns, its last day, and how it is spread.

A season makes its people due whatever their rhythm, once, and never more of them than the blocks' minutes hold.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.model import Channel, Contact, Kind

_DAYS_OFF = frozenset({6, 7})
"""No post moves on Saturdays and Sundays."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Season:
    """Everyone with one of `kinds` or `tags` (neither given: everyone) once from `begins_on` on, before `before_on`.

    `last_on` is the last day on which a block is of use: that of posting for letters (`last_day`). `channel` is how,
    None = as suits each. Where `last_on` lies before `begins_on` nobody is due by it.
    """

    key: str
    name: str
    begins_on: date
    before_on: date
    last_on: date
    kinds: frozenset[Kind] = frozenset()
    tags: frozenset[str] = frozenset()
    channel: Channel | None = None

    @property
    def posted(self) -> bool:
        """Whether what is sent needs days on its way."""
        return self.last_on < self.before_on - timedelta(days=1)

    def wants(self, contact: Contact) -> bool:
        """Whether it concerns them at all."""
        everyone = not self.kinds and not self.tags
        return contact.in_blocks and (everyone or contact.kind in self.kinds or bool(self.tags & contact.tags))

    def reached(self, days: Collection[date]) -> bool:
        """Whether one of these days of contact, past or booked, lies within it."""
        return any(self.begins_on <= day < self.before_on for day in days)

    def open_on(self, on: date) -> bool:
        return self.begins_on <= on <= self.last_on


def last_day(before_on: date, *, posting_days: int = 0, closed: Collection[date] = ()) -> date:
    """The day before `before_on`, or where letters need `posting_days` working days, the day they must be posted.

    `closed`: public holidays, on which no post moves.
    """
    on = before_on - timedelta(days=0 if posting_days else 1)
    while posting_days:
        on -= timedelta(days=1)
        posting_days -= on.isoweekday() not in _DAYS_OFF and on not in closed
    return on


def spread(people: int, free: Sequence[int], *, beyond: int = 0) -> tuple[int, ...]:
    """How many of `people` each block takes, given its free seats, earliest block first; never more than it has.

    Shared out from the last block backwards, in proportion, so that nobody is left over while there is a seat.
    `beyond`: seats of later blocks, which take their share first.
    """
    left, room = people, sum(free) + beyond
    taken: list[int] = []
    for seats in (beyond, *reversed(free)):
        share = min(seats, -(-left * seats // room)) if room else 0
        taken.append(share)
        left, room = left - share, room - seats
    return tuple(reversed(taken[1:]))
