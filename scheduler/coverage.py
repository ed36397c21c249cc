"""Where everybody stands, and whether the blocks can hold them: the two answers that a list alone cannot give."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import ceil

from scheduler.due import ASK_AFTER, ASKED, REST_DAYS, Due, Standing
from scheduler.model import HORIZON, Kind
from scheduler.reasons import say_date

WEEKS = HORIZON.days / 7
MOST_A_BLOCK = 6
"""More people than this in one block is no advice; more blocks are."""
_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")


class CoverageState(StrEnum):
    BOOKED = "booked"
    PLANNED = "planned"
    NOT_YET = "not_yet"
    WITHOUT_PLACE = "without_place"


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """One contact's state. `on`: of the meeting, the block, or when they become due; `text` says it as a clause."""

    state: CoverageState
    on: date | None = None
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Capacity:
    """The arithmetic in people a week, one sentence, and what would mend it (none needed: empty)."""

    needed_a_week: float
    held_a_week: float
    people: int
    sentence: str
    mends: tuple[str, ...] = ()


def cover(standing: Standing, *, seated_on: date | None, today: date, full: str) -> Coverage:
    """Where one contact stands; `full` says in words why somebody who is due has no place."""
    meeting = next((day for day in standing.booked if day >= today), None)
    far = today + (HORIZON if seated_on else 2 * HORIZON)  # no block of the next four weeks is for whom one meets then
    if meeting is not None and meeting <= far:
        return Coverage(
            state=CoverageState.BOOKED, on=meeting, text=f"meeting booked on {say_date(meeting, near=today)}"
        )
    if seated_on is not None:
        return Coverage(state=CoverageState.PLANNED, on=seated_on, text=f"planned on {say_date(seated_on, near=today)}")
    if standing.contact.unreached >= ASK_AFTER:
        return Coverage(state=CoverageState.WITHOUT_PLACE, text=ASKED)
    due = standing.gate(today)
    if isinstance(due, Due):
        return Coverage(state=CoverageState.WITHOUT_PLACE, on=due.since, text=f"due without a place: {full}")
    until = f" until {say_date(due.until, near=today)}" if due.until else ""
    snoozed = " (snoozed)" if due.reason == "snoozed" else ""
    return Coverage(state=CoverageState.NOT_YET, on=due.until, text=f"not due{until}{snoozed}")


def capacity(standings: Collection[Standing], seats: Sequence[int]) -> Capacity:
    """Whether everybody comes round; `seats` are the people each block of the coming four weeks can hold."""
    people = len(standings)
    needed = sum(7 / max(REST_DAYS, standing.gap) for standing in standings)
    held = sum(seats) / WEEKS
    if not people:
        sentence = "Nobody is to be suggested yet: say on the people page who is a client."
        return Capacity(needed_a_week=0.0, held_a_week=held, people=0, sentence=sentence)
    noun = "client" if all(one.contact.kind is Kind.CLIENT for one in standings) else "person"
    who = f"1 {noun}" if people == 1 else f"{people} {'people' if noun == 'person' else noun + 's'}"
    weeks = max(1, round(people / needed))
    touches = "touch" if _plain(needed) == "1" else "touches"
    sentence = (
        f"{who} at about {weeks} week{'s' if weeks > 1 else ''} need{'s' if people == 1 else ''}"
        f" {_plain(needed)} {touches} a week; "
    )
    if held >= needed:
        sentence += f"your blocks hold {_plain(held)}, so there is room for everyone."
        return Capacity(needed_a_week=needed, held_a_week=held, people=people, sentence=sentence)
    sentence += f"your blocks hold {_plain(held)}." if seats else "no block is planned."
    return Capacity(
        needed_a_week=needed, held_a_week=held, people=people, sentence=sentence, mends=_mends(people, needed, seats)
    )


def _mends(people: int, needed: float, seats: Sequence[int]) -> tuple[str, ...]:
    """More time, or longer gaps."""
    if not seats:
        return ("A block in the week would be a beginning", "or fewer people in the blocks")
    blocks_a_week, held = len(seats) / WEEKS, sum(seats) / WEEKS
    a_block = ceil(needed / blocks_a_week - 1e-9)
    if a_block <= MOST_A_BLOCK:
        more = f"{_words(a_block)} people a block would close the gap"
    else:
        usual = max(1, round(held / blocks_a_week))
        count = ceil(needed / usual - 1e-9)
        of = f"{_words(usual).lower()} people each" if usual > 1 else "one person each"
        more = f"{_words(count)} blocks a week of {of} would close the gap"
    weeks = ceil(people / held - 1e-9)
    return more, f"or let it be {_words(weeks).lower()} weeks"


def _plain(rate: float) -> str:
    """A rate a week as people say it: whole from 3 on, else one decimal."""
    return f"{rate:.0f}" if rate >= 3 else f"{max(rate, 0.1):.1f}".removesuffix(".0")


def _words(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)
