"""Occurrences → contacts and touches; who was left out, and why.

`meetings` judges addresses and occurrences one by one; here the judgements are
gathered. Each address that was seen ends either in exactly one acquaintance or in exactly one `LeftOut`, with the
rule that says most about it. The order of occurrences never matters: what is gathered are sets, minima and maxima.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scheduler import words
from scheduler.addresses import NOT_A_PERSON, own_domains
from scheduler.meetings import Identity, Judge, Meeting, PeopleSettings, moment_of
from scheduler.model import Acquaintance, Attendee, LeftOut, Occurrence, Touches
from scheduler.names import company_of, tidy_name
from scheduler.words import N_, _, ngettext

__all__ = ["REASONS", "Census", "Identity", "PeopleSettings", "census", "own_domains"]

CROWD = 3
"""Whoever was only ever met among more outsiders than this is not sure yet."""
NEW = 2
"""Whoever was met on so many days at most is new, so not sure yet."""
BURST_DAYS, BURST_SPAN, BURST_SILENCE = 4, timedelta(days=60), timedelta(days=30)
"""So many days or more, all within one span, none in the last stretch: a project, a recruiter, the other side's
lawyer; so not sure yet."""

REASONS: Mapping[str, str] = {
    **{rule: reason for rule, _, reason in NOT_A_PERSON},
    "colleague": N_("A colleague: same address domain as you."),
    "excluded": N_("You asked never to suggest this address."),
    "evenings": N_("Met only in the evening or at weekends."),
    "large": N_("{size} guests, too many to be a talk."),
    "future": N_("You meet on {first} for the first time."),
    "they_declined": N_("Declined each time."),
    "you_declined": N_("You declined each time."),
    "cancelled": N_("Called off each time."),
    "hidden_guests": N_("Met only where the guest list is hidden."),
    "private": N_("Only in entries that you marked private."),
    "no_meeting": N_("Only in entries that are no meetings, such as all-day ones."),
    "absent_organizer": N_("Sent the invitation, but took no part."),
}
"""Rule → the sentence for the page. Where several rules kept somebody out, the first of this table is told."""


@dataclass(frozen=True, slots=True)
class Person:
    """What a calendar shows of one person: of each address, whether it is theirs as an acquaintance or was left out."""

    addresses: tuple[str, ...]
    acquaintance: Acquaintance | None
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Census:
    """Everybody who was seen, both lists by address. `attendees` counts addresses, each in one list, once."""

    acquaintances: tuple[Acquaintance, ...]
    left_out: tuple[LeftOut, ...]

    @classmethod
    def of(cls, persons: Iterable[Person]) -> Census:
        acquaintances: list[Acquaintance] = []
        left_out: list[LeftOut] = []
        for one in persons:
            if one.acquaintance is not None:
                acquaintances.append(one.acquaintance)
            left_out.extend(one.left_out)
        return cls(
            acquaintances=tuple(sorted(acquaintances, key=lambda one: one.addresses)),
            left_out=tuple(sorted(left_out, key=lambda one: one.address)),
        )

    @property
    def attendees(self) -> int:
        return sum(len(one.addresses) for one in self.acquaintances) + len(self.left_out)


def census(occurrences: Iterable[Occurrence], settings: PeopleSettings, now: datetime) -> Census:
    """Judge everybody whom the occurrences name but the user. Linear in the number of attendances.

    Whom the user counted in becomes a contact under any rule, but private entries never yield a touch.
    """
    kept = tuple(filter(met_in, occurrences))
    judge = Judge.of(kept, settings, now)
    return Census.of(conclude(gather(kept, judge), judge).values())


def met_in(occurrence: Occurrence) -> bool:
    """Whether it can have been a meeting at all: blocks of ours are none. One that the user made a meeting of theirs
    comes without its `block_tag`."""
    return not occurrence.block_tag


def conclude(seen: Seen, judge: Judge) -> dict[str, Person]:
    """From what was gathered of addresses, by the address that stands for a person. Empties `seen`: of a big calendar
    this is a lot, and is given back one by one."""
    people: dict[str, dict[str, _Seen]] = {}
    while seen:
        address, one = seen.popitem()
        people.setdefault(judge.settings.canonical(address), {})[address] = one
    persons = {}
    while people:
        stands_for, by_address = people.popitem()
        persons[stands_for] = _person(by_address, judge)
    return persons


def _person(seen: Mapping[str, _Seen], judge: Judge) -> Person:
    settings = judge.settings
    left_out = [
        _left_out(address, rule, one, judge) for address, one in seen.items() if (rule := judge.address_rule(address))
    ]
    person = {address: one for address, one in seen.items() if not judge.address_rule(address)}
    counted_in = not settings.counted_in.isdisjoint(person)
    known = counted_in or not settings.known.isdisjoint(person)
    meetings = _counting(person.values(), known=known, crowds=counted_in)
    acquaintance = None
    if meetings or counted_in:
        acquaintance = _acquaintance(person, meetings, judge.now.astimezone(settings.zone))
    else:
        left_out.extend(_left_out(address, _loudest(one), one, judge) for address, one in person.items())
    return Person(tuple(seen), acquaintance, tuple(left_out))


@dataclass(slots=True)
class _Seen:
    """What was gathered about one address."""

    name: tuple[bool, datetime, str] | None = None  # the best display name: no address in it, newest
    rules: set[str] = field(default_factory=set)
    met: list[Meeting] = field(default_factory=list)
    crowds: list[Meeting] = field(default_factory=list)  # met, but among too many
    booked: set[datetime] = field(default_factory=set)
    crowd: int = 0  # people in the smallest of the crowds
    first: datetime | None = None  # the earliest meeting to come


Seen = dict[str, _Seen]


def gather(occurrences: Iterable[Occurrence], judge: Judge, *, only: Collection[str] | None = None) -> Seen:
    """What these say of each address in them but the user's; `only`: of these addresses."""
    seen: Seen = {}
    for occurrence in occurrences:
        if met_in(occurrence):
            _gather(occurrence, judge, seen, only)
    return seen


def _gather(occurrence: Occurrence, judge: Judge, seen: Seen, only: Collection[str] | None) -> None:
    """Note for each attendee what this occurrence says about them."""
    start, large = moment_of(occurrence.start), judge.settings.large
    others = [attendee for attendee in occurrence.attendees if attendee.address and not judge.is_user(attendee)]
    organizer = occurrence.organizer
    if organizer is not None and _is_asked(organizer, only) and not judge.is_user(organizer):
        came = any(attendee.address == organizer.address for attendee in others)
        if not came:
            _see(organizer, start, seen).rules.add("absent_organizer")
    if only is not None:
        others = [attendee for attendee in others if attendee.address in only]
    if not others:
        return
    rule = judge.meeting_rule(occurrence)
    size, outsiders = (0, 0) if rule else judge.sizes(occurrence)
    meeting = None if rule else judge.read(occurrence, outsiders)
    past = judge.is_past(occurrence)
    for attendee in others:
        one = _see(attendee, start, seen)
        why = rule or judge.attendee_rule(attendee)
        if why or meeting is None:
            one.rules.add(why)
        elif not past:
            one.rules.add("future")
            one.first = start if one.first is None else min(one.first, start)
            if meeting.touch.personal and size <= large:
                one.booked.add(start)
        elif size > large:
            one.rules.add("large")
            one.crowd = min(one.crowd or size, size)
            one.crowds.append(meeting)
        else:
            one.met.append(meeting)


def _is_asked(who: Attendee, only: Collection[str] | None) -> bool:
    return bool(who.address) and (only is None or who.address in only)


def _see(attendee: Attendee, start: datetime, seen: dict[str, _Seen]) -> _Seen:
    one = seen.get(attendee.address)
    if one is None:
        one = seen[attendee.address] = _Seen()
    if attendee.name:
        name = ("@" not in attendee.name, start, attendee.name)
        one.name = name if one.name is None else max(one.name, name)
    return one


def _counting(person: Iterable[_Seen], *, known: bool, crowds: bool) -> dict[datetime, Meeting]:
    """The meetings that make somebody a contact, by start, so that copies of one count once; none where all were too
    large (unless `crowds`) or outside of working life (unless `known`: where that is depends on the zone that the
    user's calendar happens to be in, and nobody may be lost on a journey)."""
    met: dict[datetime, Meeting] = {}
    for one in person:
        for meetings in (one.met, one.crowds) if crowds else (one.met,):
            for meeting in meetings:
                before = met.get(meeting.start)
                if before is None or meeting.closeness < before.closeness:
                    met[meeting.start] = meeting
    if not known and all(meeting.evening for meeting in met.values()):
        return {}
    return met


def _loudest(one: _Seen) -> str:
    """The rule to tell of those that kept somebody out. Meetings that count, yet made no contact, were evenings."""
    rules = one.rules | {"evenings"} if one.met else one.rules
    return next(rule for rule in REASONS if rule in rules)


def _left_out(address: str, rule: str, one: _Seen, judge: Judge) -> LeftOut:
    zone = judge.settings.zone
    first = "" if one.first is None else _say(one.first.astimezone(zone), judge.now.astimezone(zone))
    return LeftOut(
        address=address,
        name=tidy_name(one.name[2] if one.name else "", address),
        rule=rule,
        reason=_(REASONS[rule], size=one.crowd, first=first),
    )


def _acquaintance(person: Mapping[str, _Seen], meetings: Mapping[datetime, Meeting], now: datetime) -> Acquaintance:
    names = [one.name for one in person.values() if one.name]
    latest = max(person, key=lambda address: (_last_met(person[address]), [-ord(char) for char in address]))
    return Acquaintance(
        address=latest,
        addresses=tuple(sorted(person)),
        name=tidy_name(max(names)[2] if names else "", latest),
        company=company_of(latest),
        touches=Touches(sorted(meeting.touch for meeting in meetings.values())),
        booked=tuple(sorted({start for one in person.values() for start in one.booked})),
        unsure=_unsure(meetings.values(), now),
    )


def _last_met(one: _Seen) -> float:
    return max((entry.start.timestamp() for entry in (*one.met, *one.crowds)), default=float("-inf"))


def _unsure(meetings: Collection[Meeting], now: datetime) -> str:
    """Why the user should be asked who this is, in words; empty where the calendar is clear."""
    days = sorted({meeting.touch.on for meeting in meetings})
    if not days:
        return _("No meeting with them counts so far.")
    if all(meeting.outsiders > CROWD for meeting in meetings):
        return _("Met only in larger groups.")
    if len(days) <= NEW:
        return _("Met once so far.") if len(days) == 1 else _("Met twice so far.")
    if len(days) >= BURST_DAYS and days[-1] - days[0] <= BURST_SPAN and now.date() - days[-1] > BURST_SILENCE:
        weeks = max(1, round((days[-1] - days[0]).days / 7))
        within = _("one week") if weeks == 1 else ngettext("{count} week", "{count} weeks", weeks)
        return _("Met on {days} days within {time}, and not since.", days=len(days), time=within)
    return ""


def _say(day: datetime, now: datetime) -> str:
    return words.day(day) if day.year == now.year else words.day_and_year(day)
