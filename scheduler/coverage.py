"""Where everybody stands, and whether the blocks can hold them: the two answers that a list alone cannot give."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import ceil

from scheduler.due import ASK_AFTER, ASKED, REST_DAYS, Due, Standing, Why
from scheduler.model import HORIZON, Kind
from scheduler.reasons import say_date
from scheduler.seasons import Season

WEEKS = HORIZON.days / 7
MOST_A_BLOCK = 6
"""More people than this in one block is no advice; more blocks are."""
MOST_A_WEEK = 30
"""More touches a week than this nobody keeps up, however many blocks: then the question is who matters."""
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
    """The arithmetic in people a week, one sentence, and what would mend it (none needed: empty).

    `beyond`: more people than anybody can keep warm; the one mend is to choose among them.
    """

    needed_a_week: float
    held_a_week: float
    people: int
    sentence: str
    mends: tuple[str, ...] = ()
    beyond: bool = False


def cover(standing: Standing, *, seated_on: date | None, today: date, full: str) -> Coverage:
    """Where one contact stands; `full` says in words why somebody who is due has no place."""
    meeting = next((day for day in standing.booked if day >= today), None)
    far = today + (HORIZON if seated_on else 2 * HORIZON)  # no block of the next four weeks is for whom one meets then
    if meeting is not None and meeting <= far:
        return Coverage(
            state=CoverageState.BOOKED, on=meeting, text=f"meeting booked on {say_date(meeting, near=today)}"
        )
    if seated_on is not None:
        season = standing.season(seated_on)
        why = f", once before {say_date(season.before_on, near=today)}" if season else ""
        return Coverage(
            state=CoverageState.PLANNED, on=seated_on, text=f"planned on {say_date(seated_on, near=today)}{why}"
        )
    if standing.contact.unreached >= ASK_AFTER:
        return Coverage(state=CoverageState.WITHOUT_PLACE, text=ASKED)
    due = standing.gate(today)
    season = standing.season(today)
    if isinstance(due, Due) and due.why is Why.SEASON and season is not None:
        words = f"to be reached once before {say_date(season.before_on, near=today)}, without a place yet: {full}"
        return Coverage(state=CoverageState.WITHOUT_PLACE, on=due.since, text=words)
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
    if needed > MOST_A_WEEK:
        sentence += " Your calendar shows more people than anybody can keep warm."
        mends = ("Say who matters, and the blocks are theirs",)
        return Capacity(
            needed_a_week=needed, held_a_week=held, people=people, sentence=sentence, mends=mends, beyond=True
        )
    return Capacity(
        needed_a_week=needed, held_a_week=held, people=people, sentence=sentence, mends=_mends(people, needed, seats)
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class SeasonRoom:
    """Whether the blocks hold everybody a season wants: `people` still to be reached, `seats` until its last day."""

    key: str
    people: int
    seats: int
    sentence: str
    mends: tuple[str, ...] = ()


def season_room(
    season: Season, standings: Collection[Standing], seats: Sequence[tuple[date, int]], *, today: date
) -> SeasonRoom:
    """`seats`: day and people of every block that is planned. Later blocks are taken to be as those are."""
    concerned = [one for one in standings if season.wants(one.contact)]
    people = [one for one in concerned if season in one.seasons and one.contact.unreached < ASK_AFTER]
    there = [count for on, count in seats if season.open_on(on)]
    later = beyond(season, seats, today=today)
    held, before = sum(there) + later, say_date(season.before_on, near=today)
    if not concerned:
        sentence = "Nobody is of these kinds or tags: say on the people page who is."
        return SeasonRoom(key=season.key, people=0, seats=held, sentence=sentence)
    if not people:
        sentence = f"Everyone is reached or has a meeting before {before}."
        return SeasonRoom(key=season.key, people=0, seats=held, sentence=sentence)
    who = "1 person is" if len(people) == 1 else f"{len(people)} people are"
    hold = f"{who} to be reached before {before}; your blocks hold {held} until then"
    if held >= len(people):
        return SeasonRoom(
            key=season.key, people=len(people), seats=held, sentence=f"{hold}, so there is room for everyone."
        )
    return SeasonRoom(
        key=season.key,
        people=len(people),
        seats=held,
        sentence=f"{hold}, so {len(people) - held} would be left out.",
        mends=_season_mends(season, len(people), held, seats, today),
    )


def beyond(season: Season, seats: Sequence[tuple[date, int]], *, today: date) -> int:
    """How many people the blocks between the end of the horizon and the season's last day will hold, going by those
    that are planned."""
    first = max(today + HORIZON, season.begins_on)
    days = (season.last_on - first).days + 1
    return max(0, days) * sum(count for _, count in seats) // HORIZON.days


def _season_mends(
    season: Season, people: int, held: int, seats: Sequence[tuple[date, int]], today: date
) -> tuple[str, ...]:
    """More people a block or more blocks; and a later day, in numbers."""
    begins = max(today, season.begins_on)
    weeks = max(1.0, ((season.last_on - begins).days + 1) / 7)
    a_week = sum(count for _, count in seats) / WEEKS
    if not seats:
        return "A block in the week would be a beginning", "or choose fewer people, by kind or tag"
    usual = max(1, round(sum(count for _, count in seats) / len(seats)))
    needed = ceil(people / weeks - 1e-9)
    blocks = ceil(needed / usual - 1e-9)
    more = f"{_words(blocks)} block{'s' if blocks > 1 else ''} a week of {usual} would hold them"
    if needed > MOST_A_WEEK:
        more = "Fewer people, by kind or tag, could be reached by then"
    later = season.before_on + timedelta(weeks=ceil((people - held) / a_week - 1e-9))
    return more, f"or let it be before {say_date(later, near=today)}"


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
