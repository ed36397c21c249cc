"""What the service would make of a calendar, worked out without one: no account, no database, nothing stored. Pure.

    events -> occurrences -> census -> contacts -> busy time -> plan -> fill

The same steps as `outlook`, over the events of a file. As on the welcome page, everybody who is sure counts as a
client, and the proposal is what would be booked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.services.connect import HISTORY
from app.services.preview_rule import Wish, hours_for, rule_for
from scheduler.addresses import NOT_A_PERSON, domain_of, in_domains, own_domains
from scheduler.coverage import Capacity
from scheduler.due import Standing, Wishes, usual_gap
from scheduler.fill import Seats, fill
from scheduler.meetings import Identity, PeopleSettings, moment_of
from scheduler.model import (
    HORIZON,
    Acquaintance,
    Block,
    Contact,
    Event,
    Kind,
    LeftOut,
    Occurrence,
    Reason,
    Unplaced,
    WorkingHours,
)
from scheduler.people import REASONS, Census, census
from scheduler.plan import plan, week_of
from scheduler.proposal import WEEKS_BACK
from scheduler.ranking import judge
from scheduler.reasons import reasons, say_date
from scheduler.recurrence import expand, group
from scheduler.rhythm import History, UserAverage
from scheduler.slots import Busy, Closed, busy_time, holidays_between
from scheduler.timespan import Span, at_wall_clock

MOST_OCCURRENCES = 500_000
"""More entries than this within the window are no calendar of a person."""
_BEYOND = timedelta(weeks=2)  # a plan looks one week past the horizon
_STALE = timedelta(days=30)
_DAY = timedelta(days=1)


class TooMuch(Exception):
    """The calendar's series expand beyond all reason. The message is one sentence for the user."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """One contact as found. `unsure` says why the user would be asked first."""

    contact: Contact
    unsure: str
    gap: int | None  # usual days between personal meetings
    priority: float
    reasons: tuple[Reason, ...]

    @property
    def last_on(self) -> date | None:
        return max((touch.on for touch in self.contact.touches), default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """Somebody in a block, and why."""

    contact: Contact
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedBlock:
    """A block with its names."""

    block: Block
    people: tuple[Named, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """All that is told. People by priority, those who are sure first; `sentence` says why this time was proposed."""

    zone: ZoneInfo
    people: tuple[Person, ...]
    left_out: tuple[LeftOut, ...]
    blocks: tuple[PlacedBlock, ...]
    unplaced: tuple[Unplaced, ...]
    capacity: Capacity
    sentence: str = ""
    warnings: tuple[str, ...] = ()
    not_due: Mapping[str, str] = field(default_factory=dict)  # by contact key: where those without a block stand


def preview(
    events: Sequence[Event],
    *,
    me: str,
    now: datetime,
    zone: ZoneInfo,
    wish: Wish,
    not_people: Mapping[str, str] | None = None,
) -> Preview:
    """`me` is the user's address; `not_people` are addresses which the calendar itself says are nobody, with the
    sentence. Raises TooMuch, and ValueError, in words for the user, for a country that is not known."""
    weeks = max(wish.weeks, HORIZON.days // 7)  # names look four weeks ahead, however few are shown
    horizon = timedelta(weeks=weeks)
    today = now.astimezone(zone).date()
    window = Span(now - HISTORY, now + horizon + _BEYOND)
    occurrences = _occurrences(events, window)
    seen = _census(occurrences, me, zone, now, {**_called_off(events, window), **(not_people or {})})
    contacts = [_contact(person) for person in seen.acquaintances]

    hours = hours_for(wish)
    busy, closed = _taken(occurrences, zone, hours, now, horizon)
    closed += _holidays(wish, today, today + horizon + timedelta(days=7))
    rule, sentence = rule_for(wish, busy, closed, zone=zone, now=now)
    planned = plan([rule], zone=zone, hours=hours, busy=busy, closed=closed, standing=[], now=now, horizon=horizon)
    seats = [
        Seats(
            key=block.key,
            on=block.start.astimezone(zone).date(),
            start=block.start,
            people=max(1, block.span.length // timedelta(minutes=1) // rule.minutes_a_person),
        )
        for block in planned.blocks
    ]
    filling = fill(seats, contacts, kept={}, now=now, zone=zone, wishes=Wishes())

    end = today + timedelta(weeks=wish.weeks)
    by_key = {contact.key: contact for contact in contacts}
    blocks = tuple(
        PlacedBlock(
            block=block,
            people=tuple(
                Named(contact=by_key[one.contact], sentence=one.public_sentence)
                for one in filling.suggestions.get(block.key, ())
            ),
        )
        for block in planned.blocks
        if block.start.astimezone(zone).date() < end
    )
    return Preview(
        zone=zone,
        people=_people(seen.acquaintances, contacts, zone, today),
        left_out=seen.left_out,
        blocks=blocks,
        unplaced=tuple(one for one in planned.unplaced if week_of(one.key) < end),
        capacity=filling.capacity,
        sentence=sentence,
        warnings=tuple(_warnings(events, occurrences, me, now, zone)),
        not_due={key: one.text for key, one in filling.coverage.items()},
    )


def _occurrences(events: Sequence[Event], window: Span) -> list[Occurrence]:
    found: list[Occurrence] = []
    for entries in group(events).values():
        for occurrence in expand(entries, window):
            found.append(occurrence)
            if len(found) > MOST_OCCURRENCES:
                raise TooMuch(
                    f"The calendar's series make more than {MOST_OCCURRENCES:,} entries within two years, which is no"
                    " calendar of a person. Export a single calendar, or a shorter stretch of time."
                )
    return found


# -- People ----------------------------------------------------------------------------------------

_ROOM = next(reason for rule, _, reason in NOT_A_PERSON if rule == "room")


def _called_off(events: Iterable[Event], window: Span) -> dict[str, str]:
    """Guests of entries that the file keeps although they were called off: they never took place, so no occurrence
    tells of them."""
    return {
        one.address: REASONS["cancelled"]
        for event in events
        if event.cancelled and event.start is not None and window.holds(moment_of(event.start))
        for one in event.attendees
        if one.address and not one.is_resource and not one.is_self
    }


def _census(
    occurrences: Sequence[Occurrence], me: str, zone: ZoneInfo, now: datetime, not_people: Mapping[str, str]
) -> Census:
    """The brain's, with the calendar's own word on those it calls nobody."""
    identity = Identity(addresses=frozenset({me}), domains=own_domains(me))
    seen = census(occurrences, PeopleSettings(identity=identity, zone=zone), now)
    left_out = {
        one.address: replace(one, reason=not_people[one.address])
        if one.reason == _ROOM and one.address in not_people
        else one
        for one in seen.left_out
    }
    known = {address for person in seen.acquaintances for address in person.addresses} | {me, *left_out}
    for address, reason in not_people.items():
        if address not in known:
            colleague = in_domains(domain_of(address), identity.domains)
            left_out[address] = LeftOut(
                address=address,
                rule="colleague" if colleague else "not_a_guest",
                reason=REASONS["colleague"] if colleague else reason,
            )
    return replace(seen, left_out=tuple(left_out[address] for address in sorted(left_out)))


def _contact(person: Acquaintance) -> Contact:
    return Contact(
        key=person.addresses[0],
        name=person.name,
        address=person.address,
        company=person.company,
        kind=None if person.unsure else Kind.CLIENT,
        sure=not person.unsure,
        touches=person.touches,
        booked=person.booked,
    )


def _people(
    acquaintances: Sequence[Acquaintance], contacts: Sequence[Contact], zone: ZoneInfo, today: date
) -> tuple[Person, ...]:
    standings = [Standing.of(contact, Wishes(), zone) for contact in contacts]
    histories = [History.of_sorted([day.toordinal() for day in one.days]).until(today.toordinal()) for one in standings]
    average = UserAverage.over(histories).mu
    found = [
        Person(
            contact=contact,
            unsure=person.unsure,
            gap=usual_gap(contact),
            priority=judge(contact.key, history, average, today=today.toordinal(), min_days=0).priority,
            reasons=reasons(standing, on=today + _DAY),
        )
        for person, contact, standing, history in zip(acquaintances, contacts, standings, histories, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (not one.contact.sure, -one.priority, one.contact.key)))


# -- Blocks ----------------------------------------------------------------------------------------


def _taken(
    occurrences: Iterable[Occurrence], zone: ZoneInfo, hours: WorkingHours, now: datetime, horizon: timedelta
) -> tuple[list[Busy], list[Closed]]:
    """Busy time of the weeks that the proposal and the plan look at; entries of years are cut to them."""
    today = now.astimezone(zone).date()
    days = today - timedelta(weeks=WEEKS_BACK + 1), today + horizon + _BEYOND
    return busy_time(occurrences, zone, hours=hours, within=days)


def _holidays(wish: Wish, first: date, last: date) -> list[Closed]:
    return holidays_between(first, last, wish.country, wish.region or None) if wish.country else []


# -- Warnings --------------------------------------------------------------------------------------


def _warnings(
    events: Sequence[Event], occurrences: Sequence[Occurrence], me: str, now: datetime, zone: ZoneInfo
) -> Iterable[str]:
    """What the user should know before believing any of this."""
    if not events:
        yield "The calendar holds no entries."
        return
    addresses: Counter[str] = Counter()
    mine = meetings = 0
    for occurrence in occurrences:
        there = {one.address for one in occurrence.attendees if one.address and not one.is_resource}
        if there:
            meetings += 1
            mine += me in there or (occurrence.organizer is not None and occurrence.organizer.address == me)
            addresses.update(there)
    if not meetings:
        yield (
            "No entry of the last two years names its guests, so nobody was found. Some programs leave guests out"
            " unless asked: export again with all details."
        )
    elif not mine:
        often, count = min(addresses.items(), key=lambda item: (-item[1], item[0]))
        yield (
            f"{me} is a guest of none of the {meetings:,} meetings. If you are invited under another address, give"
            f" that one with --me; {often} is named most often, in {count:,}."
        )
    if occurrences:
        last = max(
            (one.start if isinstance(one.start, datetime) else at_wall_clock(one.start, time(), zone))
            for one in occurrences
        )
        if last < now - _STALE:
            on = last.astimezone(zone).date()
            yield (
                f"Nothing in the file lies after {say_date(on, near=now.date())}. Export it again, or go back in time"
                " with --now."
            )
    else:
        yield "Nothing in the file lies within the last two years or the coming weeks."
