"""Whose names go into which block.

Whoever is due (`due`) gets a seat, half of each list by priority (`ranking`), half by how far past their own gap.
Each person once in the horizon, one person a company a block and fortnight, never more names than seats, nobody
who is not due. A name keeps its place until touched, snoozed, excluded, booked elsewhere, or displaced by a promise
that would come too late or by somebody who was not reached and is carried over. Nothing here depends on how long
ago the last run was: there is no backlog.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.coverage import Capacity, Coverage, CoverageState, SeasonRoom, beyond, capacity, cover, season_room
from scheduler.due import ASK_AFTER, DEFAULT_CADENCES, PROMISE_LEAD_DAYS, Due, NotDue, Standing, Wishes, gate, usual_gap
from scheduler.model import HORIZON, NAMES_AHEAD, BlockKey, Contact, Suggestion
from scheduler.ranking import Ranked, judge
from scheduler.reasons import channel, prompt, reasons
from scheduler.rhythm import UserAverage
from scheduler.seasons import Season, spread
from scheduler.timespan import Span, require_aware
from scheduler.words import _

__all__ = [
    "DEFAULT_CADENCES", "Capacity", "Coverage", "CoverageState", "Due", "Filling", "NotDue", "SeasonRoom",
    "Seats", "Wishes", "fill", "gate", "usual_gap",
]  # fmt: skip

FORTNIGHT = timedelta(days=14)
"""Between two people of one company; and how long somebody not reached is carried over."""
CARRY_AFTER = timedelta(days=7)
"""Nobody is suggested again sooner after a block that had their name."""

_ROUNDS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Seats:
    """A live block as seats. `people`: its length ÷ minutes a person; `frozen`: it has started, its list stays;
    `reached`: contact keys of those who were reached in it before it began: each has used a seat, and is not named
    there twice."""

    key: BlockKey
    on: date  # in the user's zone
    start: datetime
    people: int
    frozen: bool = False
    reached: Collection[str] = frozenset()

    def __post_init__(self) -> None:
        require_aware(start=self.start)

    @property
    def free(self) -> int:
        """How many may be named."""
        return max(0, self.people - len(self.reached))


@dataclass(frozen=True, kw_only=True, slots=True)
class Filling:
    """Every given block's names in order, where every contact stands, and whether there is room for all."""

    suggestions: Mapping[BlockKey, tuple[Suggestion, ...]]
    coverage: Mapping[str, Coverage]
    capacity: Capacity
    seasons: tuple[SeasonRoom, ...] = ()


def fill(
    blocks: Sequence[Seats],
    contacts: Sequence[Contact],
    *,
    kept: Mapping[BlockKey, Sequence[str]],
    now: datetime,
    zone: ZoneInfo,
    wishes: Wishes,
) -> Filling:
    """The names of every block, given who was seated so far.

    `blocks`: the live blocks of the horizon, and the held ones of the last fortnight as `frozen`, so that their
    people rest a week and are then carried over. `kept`: contact keys by block; names of blocks that are not among
    `blocks` any more are seated elsewhere first. Past suggestions must be counted in `Contact.unreached` within a
    week, or somebody might be named a fourth time.
    """
    require_aware(now=now)
    table = _Table(blocks, contacts, today=now.astimezone(zone).date(), zone=zone, wishes=wishes)
    table.keep(kept)
    table.bring_forward(kept)
    table.seat_seasons(wishes.seasons)
    table.fill_up()
    return Filling(
        suggestions={seat.key: tuple(table.suggest(key, seat) for key in table.lists[seat.key]) for seat in table.all},
        coverage=table.coverage(),
        capacity=capacity(
            [standing for standing in table.standings.values() if standing.contact.in_blocks],
            [seat.people for seat in table.live if Span(now, now + HORIZON).holds(seat.start)],
        ),
        seasons=tuple(
            season_room(
                one,
                list(table.standings.values()),
                [(seat.on, seat.people) for seat in table.live],
                used=sum(len(seat.reached) for seat in table.live if one.open_on(seat.on)),
                today=table.today,
            )
            for one in wishes.seasons
            if one.before_on > table.today
        ),
    )


class _Table:
    """The seating while it is being made."""

    def __init__(
        self, blocks: Sequence[Seats], contacts: Sequence[Contact], *, today: date, zone: ZoneInfo, wishes: Wishes
    ) -> None:
        self.today = today
        self.all = sorted(blocks, key=lambda seat: (seat.start.astimezone(UTC), seat.key))
        self.live = [seat for seat in self.all if not seat.frozen]
        self.lists: dict[BlockKey, list[str]] = {seat.key: [] for seat in self.all}
        ordered = sorted(contacts, key=lambda contact: contact.key)
        self.standings = {contact.key: Standing.of(contact, wishes, zone) for contact in ordered}
        self._histories = {key: standing.history for key, standing in self.standings.items()}
        self._mu = UserAverage.over(self._histories.values()).mu
        self._place: dict[str, Seats] = {}  # of those who sit in a live block
        self._held: dict[str, date] = {}  # when they were last in a frozen list
        self._company_days: dict[str, set[tuple[date, str]]] = {}
        self._dues: dict[tuple[str, date], Due | None] = {}
        self._figures: dict[tuple[str, date], Ranked] = {}

    # -- what is known of one contact on one day ---------------------------------------------------

    def due(self, key: str, on: date) -> Due | None:
        if (key, on) not in self._dues:
            due = self.standings[key].gate(on)
            self._dues[key, on] = due if isinstance(due, Due) else None
        return self._dues[key, on]

    def figures(self, key: str, on: date) -> Ranked:
        if (key, on) not in self._figures:
            before = self._histories[key].until(on.toordinal() - 1)
            self._figures[key, on] = judge(key, before, self._mu, today=on.toordinal(), min_days=0)
        return self._figures[key, on]

    def _by_priority(self, key: str, on: date) -> tuple[float, float, str]:
        return -self.figures(key, on).priority, -self.standings[key].ratio(on), key

    def _by_ratio(self, key: str, on: date) -> tuple[bool, float, str]:
        due = self.due(key, on)
        return not (due and due.late), -self.standings[key].ratio(on), key

    # -- sitting down and getting up ---------------------------------------------------------------

    def _company(self, key: str) -> str:
        return self.standings[key].contact.company.strip().casefold()

    def _may_sit(self, key: str, seat: Seats) -> bool:
        """Whether they may have a seat there, were one free."""
        if key in seat.reached:
            return False
        held = self._held.get(key)
        if held is not None and (held >= self.today or seat.on - held < CARRY_AFTER):
            return False
        if self.due(key, seat.on) is None:
            return False
        company = self._company(key)
        # A season wants everyone before a day: there colleagues only keep out of one another's blocks.
        apart = timedelta(days=1) if self.standings[key].season(seat.on) else FORTNIGHT
        return not company or all(
            other == key or abs(seat.on - day) >= apart for day, other in self._company_days.get(company, ())
        )

    def _sit(self, key: str, seat: Seats) -> None:
        self.lists[seat.key].append(key)
        if not seat.frozen:
            self._place[key] = seat
        if self._company(key):
            self._company_days.setdefault(self._company(key), set()).add((seat.on, key))

    def _get_up(self, key: str) -> None:
        seat = self._place.pop(key)
        self.lists[seat.key].remove(key)
        self._company_days.get(self._company(key), set()).discard((seat.on, key))

    # -- the steps ---------------------------------------------------------------------------------

    def keep(self, kept: Mapping[BlockKey, Sequence[str]]) -> None:
        """Frozen lists as they are; in live blocks whoever still may sit where they sat."""
        for seat in self.all:
            if seat.frozen:
                for key in dict.fromkeys(kept.get(seat.key, ())):
                    if key in self.standings:
                        self._sit(key, seat)
                        self._held[key] = max(seat.on, self._held.get(key, seat.on))
        for seat in self.live:
            for key in kept.get(seat.key, ()):
                free = len(self.lists[seat.key]) < seat.free
                if free and key in self.standings and key not in self._place and self._may_sit(key, seat):
                    self._sit(key, seat)

    def bring_forward(self, kept: Mapping[BlockKey, Sequence[str]]) -> None:
        """Into the first block that can have them: promises that would come too late, then those carried over,
        then the names of blocks that are gone. Where it is full, whoever can best wait gives way.

        At most half of a block (rounded up) is carried over, so that a list is never only a backlog.
        """
        promises, carried = self._promises(), self._carried()
        let_go = {key for block, keys in kept.items() if block not in self.lists for key in keys} & set(self.standings)
        for _round in range(_ROUNDS):  # who gave way may have been in the way of a colleague
            before = dict(self._place)
            for key, due_on in sorted(promises.items(), key=lambda item: (item[1], item[0])):
                if key not in self._place or (due_on >= self.today and self._place[key].on > due_on):
                    self._push_in(key, self._in_time(due_on), settled=set(promises))
            for key in sorted(carried - set(self._place), key=lambda key: self._by_ratio(key, self.today)):
                self._push_in(key, self.live, settled=carried | set(promises), half=carried)
            for key in sorted(let_go - set(self._place), key=lambda key: self._by_ratio(key, self.today)):
                self._push_in(key, self._unread(), settled=carried | set(promises) | let_go)
            if self._place == before:
                break

    def _unread(self) -> list[Seats]:
        """Blocks with a free seat, and those whose names nobody has read yet: a name that was seen is not pushed out
        because another block is gone."""
        return [
            seat for seat in self.live if len(self.lists[seat.key]) < seat.free or seat.on - self.today > NAMES_AHEAD
        ]

    def _promises(self) -> dict[str, date]:
        """The first day by which something is promised, where it falls before the end of the horizon; promises
        from before the last touch do not hurry."""
        promises = {}
        for key, standing in self.standings.items():
            last = standing.last_before(self.today) or date.min
            days = [one.due_on for one in standing.contact.promises if one.due_on is not None and one.due_on > last]
            if days and min(days) <= self.today + HORIZON:
                promises[key] = min(days)
        return promises

    def _in_time(self, due_on: date) -> list[Seats]:
        """The blocks for a promise: of its last week, then earlier ones, the latest first; when it is late, any."""
        if due_on < self.today:
            return self.live
        week = due_on - timedelta(days=PROMISE_LEAD_DAYS)
        earlier = [seat for seat in self.live if seat.on < week]
        return [seat for seat in self.live if week <= seat.on <= due_on] + earlier[::-1]

    def _carried(self) -> set[str]:
        """Whose name stood in a list of the last fortnight, or at all, without a touch since."""
        carried = {key for key, one in self.standings.items() if 0 < one.contact.unreached < ASK_AFTER}
        for key, on in self._held.items():
            if on < self.today <= on + FORTNIGHT and not any(day >= on for day in self.standings[key].days):
                carried.add(key)
        return carried

    def _push_in(
        self, key: str, seats: Sequence[Seats], *, settled: set[str], half: Collection[str] = frozenset()
    ) -> None:
        """Seat `key` in the first of `seats` that can have it, in the place of nobody who is `settled`.

        A block takes no more than half of its people from `half`.
        """
        for seat in seats:
            there = self.lists[seat.key]
            if key in half and sum(other in half for other in there) >= (seat.free + 1) // 2:
                continue
            if not self._may_sit(key, seat):
                continue
            if len(there) >= seat.free:
                can_wait = [other for other in there if other not in settled and not self._in_season(other, seat)]
                if not can_wait:
                    continue
                self._get_up(max(can_wait, key=lambda other: self._by_ratio(other, seat.on)))
            if key in self._place:
                self._get_up(key)
            self._sit(key, seat)
            return

    def _in_season(self, key: str, seat: Seats) -> bool:
        return self.standings[key].season(seat.on) is not None

    def seat_seasons(self, seasons: Sequence[Season]) -> None:
        """Whoever a season still wants, spread backwards over the free seats of its blocks; where later blocks will not
        hold the rest, others who can wait give way, in the latest blocks first."""
        promises = set(self._promises())
        for season in sorted(seasons, key=lambda one: (one.last_on, one.key)):
            seats = [seat for seat in self.live if season.open_on(seat.on)]
            later = beyond(season, [(seat.on, seat.people) for seat in self.live], today=self.today)
            free = [max(0, seat.free - len(self.lists[seat.key])) for seat in seats]
            shares = spread(len(self._wanted_by(season)), free, beyond=later)
            for seat, share in zip(reversed(seats), reversed(shares), strict=True):
                chosen = sorted(self._wanted_by(season), key=lambda key: self._by_ratio(key, seat.on))
                for key in chosen:
                    if share and self._may_sit(key, seat):
                        self._sit(key, seat)
                        share -= 1
            without = sorted(self._wanted_by(season), key=lambda key: self._by_ratio(key, self.today))
            for key in without[: max(0, len(without) - later)]:
                self._push_in(key, seats[::-1], settled=promises)

    def _wanted_by(self, season: Season) -> list[str]:
        """Who is still to be reached in a season and has no seat."""
        return [key for key, one in self.standings.items() if season in one.seasons and key not in self._place]

    def fill_up(self) -> None:
        """Free seats, the earliest block first: by priority and by how far past their own gap, in turn."""
        for turn, seat in enumerate(self.all):
            if seat.frozen or len(self.lists[seat.key]) >= seat.free:
                continue
            on = seat.on
            waiting = [key for key in self.standings if key not in self._place and self._may_sit(key, seat)]
            orders = [
                sorted(waiting, key=lambda key: self._by_priority(key, on)),
                sorted(waiting, key=lambda key: self._by_ratio(key, on)),
            ]
            while len(self.lists[seat.key]) < seat.free:
                order = orders[(turn + len(self.lists[seat.key])) % 2]
                chosen = next((key for key in order if key not in self._place and self._may_sit(key, seat)), None)
                if chosen is None:
                    break
                self._sit(chosen, seat)

    # -- what comes of it --------------------------------------------------------------------------

    def suggest(self, key: str, seat: Seats) -> Suggestion:
        standing = self.standings[key]
        return Suggestion(
            contact=key,
            reasons=reasons(standing, on=seat.on),
            channel=channel(standing, on=seat.on),
            prompt=prompt(standing, on=seat.on),
            priority=self.figures(key, seat.on).priority,
        )

    def coverage(self) -> dict[str, Coverage]:
        """Of everybody who is to be in blocks."""
        covered, full = {}, self._why_no_place()
        for key, standing in self.standings.items():
            if standing.contact.in_blocks:
                seat = self._place.get(key)
                held = self._held.get(key)
                seated_on = seat.on if seat else held if held == self.today else None
                covered[key] = cover(standing, seated_on=seated_on, today=self.today, full=full)
        return covered

    def _why_no_place(self) -> str:
        if not self.live:
            return _("no block is planned in the coming weeks")
        if any(len(self.lists[seat.key]) < seat.free for seat in self.live):
            return _("somebody else of their company comes first, or they were suggested only lately")
        return _("the blocks of the coming weeks are full")
