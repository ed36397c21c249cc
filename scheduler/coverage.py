"""Where everybody stands, and whether the blocks can hold them: the two answers that a list alone cannot give."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import ceil

from scheduler.due import ASK_AFTER, ASKED, REST_DAYS, Due, NotDue, Standing, Why
from scheduler.model import HORIZON, Kind
from scheduler.reasons import say_date
from scheduler.remembered import remembered
from scheduler.seasons import Season
from scheduler.words import _, decimal, joined, ngettext, number, upper_first

WEEKS = HORIZON.days / 7
MOST_A_BLOCK = 6
"""More people than this in one block is no advice; more blocks are."""
MOST_A_WEEK = 30
"""More touches a week than this nobody keeps up, however many blocks: then the question is who matters."""


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


@remembered
def cover(standing: Standing, *, seated_on: date | None, today: date, full: str) -> Coverage:
    """Where one contact stands; `full` says in words why somebody who is due has no place."""
    meeting = next((day for day in standing.booked if day >= today), None)
    far = today + (HORIZON if seated_on else 2 * HORIZON)  # no block of the next four weeks is for whom one meets then
    if meeting is not None and meeting <= far:
        said = _("meeting booked on {day}", day=say_date(meeting, near=today))
        return Coverage(state=CoverageState.BOOKED, on=meeting, text=said)
    if seated_on is not None:
        season, day = standing.season(seated_on), say_date(seated_on, near=today)
        said = _("planned on {day}", day=day)
        if season:
            said = _("planned on {day}, once before {before}", day=day, before=say_date(season.before_on, near=today))
        return Coverage(state=CoverageState.PLANNED, on=seated_on, text=said)
    if standing.contact.unreached >= ASK_AFTER:
        return Coverage(state=CoverageState.WITHOUT_PLACE, text=_(ASKED))
    due = standing.gate(today)
    season = standing.season(today)
    if isinstance(due, Due) and due.why is Why.SEASON and season is not None:
        before = say_date(season.before_on, near=today)
        said = _("to be reached once before {day}, without a place yet: {why}", day=before, why=full)
        return Coverage(state=CoverageState.WITHOUT_PLACE, on=due.since, text=said)
    if isinstance(due, Due):
        said = _("due without a place: {why}", why=full)
        return Coverage(state=CoverageState.WITHOUT_PLACE, on=due.since, text=said)
    return Coverage(state=CoverageState.NOT_YET, on=due.until, text=_not_due(due, today))


def _not_due(due: NotDue, today: date) -> str:
    if due.until is None:
        return _("not due (snoozed)") if due.reason == "snoozed" else _("not due")
    day = say_date(due.until, near=today)
    return _("not due until {day} (snoozed)", day=day) if due.reason == "snoozed" else _("not due until {day}", day=day)


def capacity(standings: Collection[Standing], seats: Sequence[int]) -> Capacity:
    """Whether everybody comes round; `seats` are the people each block of the coming four weeks can hold."""
    people = len(standings)
    needed = sum(7 / max(REST_DAYS, standing.gap) for standing in standings)
    held = sum(seats) / WEEKS
    if not people:
        sentence = _("Nobody is to be suggested yet: say on the people page who is a client.")
        return Capacity(needed_a_week=0.0, held_a_week=held, people=0, sentence=sentence)
    all_clients = all(one.contact.kind is Kind.CLIENT for one in standings)
    who = (
        ngettext("{count} client", "{count} clients", people)
        if all_clients
        else ngettext("{count} person", "{count} people", people)
    )
    rate = _plain(needed)
    need = ngettext(
        "{who} at about {gap} needs {touches} a week",
        "{who} at about {gap} need {touches} a week",
        people,
        who=who,
        gap=ngettext("{count} week", "{count} weeks", max(1, round(people / needed))),
        touches=ngettext("{rate} touch", "{rate} touches", 1 if rate == decimal(1) else 2, rate=rate),
    )
    if held >= needed:
        sentence = _("{need}; your blocks hold {held}, so there is room for everyone.", need=need, held=_plain(held))
        return Capacity(needed_a_week=needed, held_a_week=held, people=people, sentence=sentence)
    sentence = _("{need}; no block is planned.", need=need)
    if seats:
        sentence = _("{need}; your blocks hold {held}.", need=need, held=_plain(held))
    if needed > MOST_A_WEEK:
        sentence = joined([sentence, _("Your calendar shows more people than anybody can keep warm.")])
        mends = (_("Say who matters, and the blocks are theirs"),)
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
    season: Season, standings: Collection[Standing], seats: Sequence[tuple[date, int]], *, used: int = 0, today: date
) -> SeasonRoom:
    """`seats`: day and people of every block that is planned, of which `used` are used up. Later blocks are taken to be
    as those are."""
    concerned = [one for one in standings if season.wants(one.contact)]
    people = [one for one in concerned if season in one.seasons and one.contact.unreached < ASK_AFTER]
    there = [count for on, count in seats if season.open_on(on)]
    later = beyond(season, seats, today=today)
    held, before = max(0, sum(there) - used) + later, say_date(season.before_on, near=today)
    if not concerned:
        sentence = _("Nobody is of these kinds or tags: say on the people page who is.")
        return SeasonRoom(key=season.key, people=0, seats=held, sentence=sentence)
    if not people:
        sentence = _("Everyone is reached or has a meeting before {day}.", day=before)
        return SeasonRoom(key=season.key, people=0, seats=held, sentence=sentence)
    hold = ngettext(
        "{count} person is to be reached before {day}; your blocks hold {held} until then",
        "{count} people are to be reached before {day}; your blocks hold {held} until then",
        len(people),
        day=before,
        held=held,
    )
    if held >= len(people):
        sentence = _("{hold}, so there is room for everyone.", hold=hold)
        return SeasonRoom(key=season.key, people=len(people), seats=held, sentence=sentence)
    return SeasonRoom(
        key=season.key,
        people=len(people),
        seats=held,
        sentence=_("{hold}, so {number} would be left out.", hold=hold, number=len(people) - held),
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
        return _("A block in the week would be a beginning"), _("or choose fewer people, by kind or tag")
    usual = max(1, round(sum(count for _, count in seats) / len(seats)))
    needed = ceil(people / weeks - 1e-9)
    blocks = ceil(needed / usual - 1e-9)
    more = ngettext(
        "{count} block a week of {people} would hold them",
        "{count} blocks a week of {people} would hold them",
        blocks,
        count=upper_first(number(blocks)),
        people=usual,
    )
    if needed > MOST_A_WEEK:
        more = _("Fewer people, by kind or tag, could be reached by then")
    later = season.before_on + timedelta(weeks=ceil((people - held) / a_week - 1e-9))
    return more, _("or let it be before {day}", day=say_date(later, near=today))


def _mends(people: int, needed: float, seats: Sequence[int]) -> tuple[str, ...]:
    """More time, or longer gaps."""
    if not seats:
        return _("A block in the week would be a beginning"), _("or fewer people in the blocks")
    blocks_a_week, held = len(seats) / WEEKS, sum(seats) / WEEKS
    a_block = ceil(needed / blocks_a_week - 1e-9)
    if a_block <= MOST_A_BLOCK:
        more = ngettext(
            "{count} person a block would close the gap",
            "{count} people a block would close the gap",
            a_block,
            count=upper_first(number(a_block)),
        )
    else:
        usual = max(1, round(held / blocks_a_week))
        count = ceil(needed / usual - 1e-9)
        more = ngettext(
            "{count} block a week of {people} would close the gap",
            "{count} blocks a week of {people} would close the gap",
            count,
            count=upper_first(number(count)),
            people=_("one person each") if usual == 1 else _("{count} people each", count=number(usual)),
        )
    weeks = ceil(people / held - 1e-9)
    return more, ngettext("or let it be {count} week", "or let it be {count} weeks", weeks, count=number(weeks))


def _plain(rate: float) -> str:
    """A rate a week as people say it: whole from 3 on, else one decimal."""
    return decimal(round(rate) if rate >= 3 else round(max(rate, 0.1), 1))
