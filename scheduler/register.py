"""Who is who in a calendar that changes a little at a time.

A census goes through every entry of two years. From one look to the next a handful of them change, and whoever is in
none of those is who they were: a register keeps the entries with what was concluded from them, and concludes anew only
of those whom a change concerns. Its census is the one that `people.census` makes of the same entries, but that an entry
which is not in view yet may say already who is a room, or the user.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Protocol

from scheduler.meetings import Judge, PeopleSettings, moment_of
from scheduler.model import Occurrence
from scheduler.people import Census, Person, conclude, gather, met_in
from scheduler.words import spoken

Addresses = tuple[str, ...]
_ALWAYS = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Group:
    """All turns of a series, or of a single entry the one."""

    turns: tuple[Occurrence, ...]
    last_end: datetime
    guests: Addresses  # of every turn: neither the user nor a room
    everybody: Addresses  # of any turn, whoever invited too
    rooms: Addresses
    mine: Addresses  # under which the calendar says "you"


@dataclass(frozen=True, slots=True)
class _Judged:
    """What was concluded last, and for when it holds."""

    settings: PeopleSettings
    now: datetime
    until: datetime
    language: str
    persons: dict[str, Person]  # by the address that stands for each


class Calendar(Protocol):
    """What is asked of all occurrences."""

    def __len__(self) -> int: ...

    def near(self, since: datetime, own: frozenset[str], until: datetime) -> tuple[Occurrence, ...]:
        """What begins before `until` and ends from `since` on, or may be the user's alone (`own`: addresses of theirs):
        such an entry may name somebody, however long ago it was."""
        ...

    def census(self, settings: PeopleSettings, now: datetime, *, until: datetime) -> Census:
        """Who is who, from all that begins before `until`. `Passing` can say so once."""
        ...


class Passing:
    """A calendar too big to be kept: its census goes through it once, and lets go of each turn on the way. What is
    gathered of a turn weighs nearly as much as the turn, and both at once would be most of what a process needs."""

    def __init__(self, turns: Iterable[Occurrence]) -> None:
        self._turns = deque(turns)
        self._gone = False

    def __len__(self) -> int:
        return len(self._turns)

    def near(self, since: datetime, own: frozenset[str], until: datetime) -> tuple[Occurrence, ...]:
        return tuple(
            turn
            for turn in self._turns
            if moment_of(turn.start) < until and (moment_of(turn.end) >= since or own.issuperset(_guests(turn)))
        )

    def census(self, settings: PeopleSettings, now: datetime, *, until: datetime) -> Census:
        assert not self._gone, "a calendar that was let go would show nobody"
        self._gone = True
        judge = Judge.of(filter(met_in, _seen_until(self._turns, until)), settings, now)
        return Census.of(conclude(gather(_seen_until(self._let_go(), until), judge), judge).values())

    def _let_go(self) -> Iterator[Occurrence]:
        while self._turns:
            yield self._turns.popleft()


class Register:
    """The occurrences of one calendar by group: the id of the entry that they are turns of. Not for two threads."""

    def __init__(self) -> None:
        self._groups: dict[str, _Group] = {}
        self._rooms: Counter[str] = Counter()
        self._mine: Counter[str] = Counter()
        self._same: dict[Addresses, Addresses] = {}  # the same few people meet again and again: held once
        self._turns = 0
        self._stale: set[str] = set()  # addresses of whom nothing that was concluded holds any more
        self._by_address: dict[str, dict[str, None]] | None = None  # -> groups; made when it is needed first
        self._judged: _Judged | None = None

    @classmethod
    def of(cls, groups: Iterable[tuple[str, tuple[Occurrence, ...]]]) -> Register:
        """From groups in any order, each once."""
        made = cls()
        for group_id, turns in groups:
            made._add(group_id, turns)
        return made

    def __len__(self) -> int:
        """How many occurrences."""
        return self._turns

    def __iter__(self) -> Iterator[Occurrence]:
        return chain.from_iterable(group.turns for group in self._groups.values())

    def replace(self, groups: Mapping[str, tuple[Occurrence, ...]]) -> None:
        """These groups have these turns now; one without any is gone."""
        for group_id, turns in groups.items():
            self._take_out(group_id)
            self._add(group_id, turns)

    def near(self, since: datetime, own: frozenset[str], until: datetime) -> tuple[Occurrence, ...]:
        return tuple(
            turn
            for group in self._groups.values()
            if group.last_end >= since or own.issuperset(group.guests)
            for turn in group.turns
            if moment_of(turn.start) < until and (moment_of(turn.end) >= since or own.issuperset(_guests(turn)))
        )

    def census(self, settings: PeopleSettings, now: datetime, *, until: datetime = _ALWAYS) -> Census:
        """Rooms, and what else is the user's, are known from all entries, those beyond `until` too."""
        language, before = spoken().code, self._judged
        judge = Judge(settings, rooms=self._rooms.keys(), mine=self._mine.keys(), now=now)
        if before is None or not _holds(before, settings, now, until, language):
            persons = conclude(gather(_seen_until(self, until), judge), judge)
        else:
            persons = before.persons
            self._revise(persons, self._touched(before, now, until), judge, until)
        self._stale.clear()
        self._judged = _Judged(settings, now, until, language, persons)
        return Census.of(persons.values())

    # -- Judging anew ------------------------------------------------------------------------------

    def _touched(self, before: _Judged, now: datetime, until: datetime) -> set[str]:
        """Whom anything new is to be said of: their entries were changed, are over now, or have come into view."""
        touched = set(self._stale)
        for group in self._groups.values():
            if group.last_end > before.now and any(
                before.now < moment_of(turn.end) <= now or before.until <= moment_of(turn.start) < until
                for turn in group.turns
            ):
                touched.update(group.everybody)
        return touched

    def _revise(self, persons: dict[str, Person], touched: set[str], judge: Judge, until: datetime) -> None:
        stands_for = judge.settings.canonical
        concerned = {stands_for(address) for address in touched if not judge.is_mine(address)}
        addresses = {address for address in touched if stands_for(address) in concerned}
        for one in concerned:
            if (person := persons.pop(one, None)) is not None:
                addresses.update(person.addresses)
        found = self._groups_of(addresses)
        turns = chain.from_iterable(self._groups[group_id].turns for group_id in found)
        persons |= conclude(gather(_seen_until(turns, until), judge, only=addresses), judge)

    def _groups_of(self, addresses: Iterable[str]) -> Iterable[str]:
        if self._by_address is None:
            self._by_address = {}
            for group_id, group in self._groups.items():
                self._enter(group_id, group)
        return dict.fromkeys(chain.from_iterable(self._by_address.get(address, ()) for address in addresses))

    # -- Groups ------------------------------------------------------------------------------------

    def _add(self, group_id: str, turns: tuple[Occurrence, ...]) -> None:
        if not turns:
            return
        group = self._groups[group_id] = self._group(turns)
        self._turns += len(turns)
        for counted, addresses in ((self._rooms, group.rooms), (self._mine, group.mine)):
            for address in addresses:
                if not counted[address]:
                    self._judged = None  # who is a room, and who is the user, bears on everybody
                counted[address] += 1
        self._note(group)
        if self._by_address is not None:
            self._enter(group_id, group)

    def _take_out(self, group_id: str) -> None:
        group = self._groups.pop(group_id, None)
        if group is None:
            return
        self._turns -= len(group.turns)
        for counted, addresses in ((self._rooms, group.rooms), (self._mine, group.mine)):
            for address in addresses:
                counted[address] -= 1
                if not counted[address]:
                    del counted[address]
                    self._judged = None
        self._note(group)
        if self._by_address is not None:
            for address in group.everybody:
                del self._by_address[address][group_id]
                if not self._by_address[address]:
                    del self._by_address[address]

    def _note(self, group: _Group) -> None:
        if self._judged is not None:
            self._stale.update(group.everybody)

    def _enter(self, group_id: str, group: _Group) -> None:
        assert self._by_address is not None
        for address in group.everybody:
            self._by_address.setdefault(address, {})[group_id] = None

    def _group(self, turns: tuple[Occurrence, ...]) -> _Group:
        """Turns that are entries of the user's own calendar count for nobody where they are blocks: see `met_in`."""
        everybody: dict[str, None] = {}
        rooms: dict[str, None] = {}
        mine: dict[str, None] = {}
        guests: list[Addresses] = []
        for turn in turns:
            guests.append(_guests(turn))
            if not met_in(turn):
                continue
            for one in turn.attendees:
                if one.is_self:
                    mine[one.address] = None
                elif one.address:
                    everybody[one.address] = None
                if one.is_resource:
                    rooms[one.address] = None
            if turn.organizer is not None and turn.organizer.address and not turn.organizer.is_self:
                everybody[turn.organizer.address] = None
        shared = guests[0] if len(guests) == 1 else tuple(set(guests[0]).intersection(*guests[1:]))
        return _Group(
            turns,
            max(moment_of(turn.end) for turn in turns),
            self._once(shared),
            self._once(tuple(everybody)),
            self._once(tuple(rooms)),
            self._once(tuple(mine)),
        )

    def _once(self, addresses: Addresses) -> Addresses:
        return self._same.setdefault(addresses, addresses)


def _seen_until(turns: Iterable[Occurrence], until: datetime) -> Iterator[Occurrence]:
    return (turn for turn in turns if moment_of(turn.start) < until)


def _guests(turn: Occurrence) -> Addresses:
    return tuple(one.address for one in turn.attendees if not (one.is_self or one.is_resource))


def _holds(before: _Judged, settings: PeopleSettings, now: datetime, until: datetime, language: str) -> bool:
    """Whether what was concluded still does, but for what has changed since. Some sentences are of a day."""
    zone = settings.zone
    return (
        before.now <= now
        and before.until <= until
        and before.now.astimezone(zone).date() == now.astimezone(zone).date()
        and before.language == language
        and before.settings == settings
    )
