"""A year of keeping in touch, counted: what /year shows as pictures and as figures. Pure.

Counted are days: whoever was met twice on one day was in touch once. Only touches that the ranking counts too, and only
with those who are in blocks by what the user says of them today.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.services.people_model import Frame
from scheduler.model import KINDS_IN_BLOCKS, Contact

BLOCK = "block/"
"""How the source of a touch begins that was ticked in a block."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    """Days of contact in the week from `monday`, and how many of them came from blocks. `begins`: the first of a month
    of the year that lies in it."""

    monday: date
    begins: date | None
    touches: int
    from_blocks: int


@dataclass(frozen=True, kw_only=True, slots=True)
class InRhythm:
    """Of `people` met by the end of `on`, so many whose own gap had not passed."""

    on: date
    people: int
    in_rhythm: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Blocks:
    """Blocks that were held in the month that begins on `month`: people named in them, and reached."""

    month: date
    held: int
    named: int
    reached: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Promises:
    """`in_time`: of those kept that had a day. `open`: now, of whatever year."""

    made: int
    kept: int
    in_time: int
    with_day: int
    open: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SilentTie:
    """Without contact from `last_on` until `silent_on` at least. `named_on`: when a block would have named them, None
    where that would not have been before."""

    contact_id: int
    name: str
    last_on: date
    silent_on: date
    named_on: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Silent:
    """Ties that fell silent within the year; `judged`: people seen on `min_days` days or more."""

    ties: tuple[SilentTie, ...]
    judged: int
    min_days: int
    days: int  # without contact that are called a silence
    names_a_week: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Year:
    frame: Frame
    year: int
    years: tuple[int, ...]  # with anything in them, the latest first
    touches: int
    people: int  # with whom
    weeks: tuple[Week, ...]
    months: tuple[InRhythm, ...]
    blocks: tuple[Blocks, ...]
    promises: Promises
    silent: Silent

    @property
    def is_empty(self) -> bool:
        """Nothing to draw."""
        promised = self.promises.made or self.promises.kept or self.promises.open
        drawn = any(one.people for one in self.months) or any(one.held for one in self.blocks)
        return not (self.touches or drawn or promised)


def kept_in_touch(contacts: Iterable[Contact]) -> list[Contact]:
    return [contact for contact in contacts if contact.kind in KINDS_IN_BLOCKS]


def first_year(contacts: Iterable[Contact], today: date) -> int:
    """Of the first touch."""
    return min((contact.touches[0].on.year for contact in contacts if contact.touches), default=today.year)


def weeks(contacts: Iterable[Contact], year: int, today: date) -> tuple[Week, ...]:
    """Weeks that have a day in the year, until today; days of the years beside it do not count."""
    every: Counter[date] = Counter()
    ticked: Counter[date] = Counter()
    for contact in contacts:
        for on in contact.personal_days:
            if on.year == year:
                every[monday_of(on)] += 1
        for on in {touch.on for touch in contact.touches if touch.source.startswith(BLOCK)}:
            if on.year == year:
                ticked[monday_of(on)] += 1
    found = []
    monday, last = monday_of(date(year, 1, 1)), min(date(year, 12, 31), today)
    while monday <= last:
        first = (monday + timedelta(days=6)).replace(day=1)
        begins = first if first >= monday and first.year == year else None
        found.append(Week(monday=monday, begins=begins, touches=every[monday], from_blocks=ticked[monday]))
        monday += timedelta(days=7)
    return tuple(found)


def monday_of(on: date) -> date:
    return on - timedelta(days=on.weekday())


def in_rhythm(
    contacts: Sequence[Contact], year: int, today: date, gap_of: Callable[[Contact], int]
) -> tuple[InRhythm, ...]:
    """At the end of each month, and today. `gap_of`: a person's own gap in days, as it is measured today."""
    measured = [(contact.personal_days, gap_of(contact)) for contact in contacts]
    found = []
    for month in months(year, today):
        on = min(_last_of(month), today)
        met = [(days[so_far - 1], gap) for days, gap in measured if (so_far := bisect_right(days, on))]
        kept = sum((on - last).days <= gap for last, gap in met)
        found.append(InRhythm(on=on, people=len(met), in_rhythm=kept))
    return tuple(found)


def months(year: int, today: date) -> list[date]:
    """Firsts of the months that have begun."""
    return [first for number in range(1, 13) if (first := date(year, number, 1)) <= today]


def _last_of(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def blocks(
    held: Iterable[tuple[int, date]], named: Collection[int], contacts: Iterable[Contact], year: int, today: date
) -> tuple[Blocks, ...]:
    """`held`: id and day of each block that took place. `named`: for each name in one of them, the block's id."""
    on_day = dict(held)
    blocks_in = Counter(on.replace(day=1) for on in on_day.values())
    names_in = Counter(on_day[block].replace(day=1) for block in named if block in on_day)
    touched = {
        (contact.key, touch.source) for contact in contacts for touch in contact.touches
        if touch.source.startswith(BLOCK)
    }  # fmt: skip
    reached_in = Counter(
        on_day[block].replace(day=1)
        for _, source in touched
        if (block := int(source.removeprefix(BLOCK).partition("/")[0])) in on_day
    )
    return tuple(
        Blocks(month=month, held=blocks_in[month], named=names_in[month], reached=reached_in[month])
        for month in months(year, today)
    )


def promises(made: Iterable[tuple[date, date | None, date | None]], year: int) -> Promises:
    """`made`: (made, due, kept) of every promise there is."""
    every = list(made)
    kept = [(due, on) for _, due, on in every if on is not None and on.year == year]
    return Promises(
        made=sum(on.year == year for on, _, _ in every),
        kept=len(kept),
        in_time=sum(due is not None and on <= due for due, on in kept),
        with_day=sum(due is not None for due, _ in kept),
        open=sum(on is None for _, _, on in every),
    )
