"""An occurrence → whether it was a meeting, with whom, and how close it was.

Three tables of rules: an address (`Judge.address_rule`), a meeting as a whole (`Judge.meeting_rule`), one attendee
of it (`Judge.attendee_rule`). Each answers with the short name of the rule that excludes, or with "".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from scheduler.addresses import NOT_A_PERSON, domain_of, in_domains, is_free_mail, not_a_person
from scheduler.model import Attendee, EventType, Occurrence, Response, Touch, WorkingHours

PERSONAL_OUTSIDERS = 2
"""A touch is personal with at most this many outsiders …"""
PERSONAL_PERIOD = 7.0
"""… and if its series, where it is one, has more days than this between its turns: a weekly status call is no ping."""

_NO_MEETINGS = frozenset(set(EventType) - {EventType.DEFAULT})
_SATURDAY = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who the user is: addresses (aliases too) and own domains. A free-mail domain is never own."""

    addresses: frozenset[str]
    domains: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        domains = (domain.strip().lower() for domain in self.domains)
        object.__setattr__(self, "domains", frozenset(domain for domain in domains if not is_free_mail(domain)))
        object.__setattr__(self, "addresses", frozenset(address.strip().lower() for address in self.addresses))


@dataclass(frozen=True, kw_only=True, slots=True)
class PeopleSettings:
    """What the user said about people. Addresses and domains are lower case."""

    identity: Identity
    zone: ZoneInfo
    hours: WorkingHours = field(default_factory=WorkingHours)
    large: int = 10  # more people than this, the user included, are too many for a talk
    excluded: frozenset[str] = frozenset()  # addresses and domains never to be suggested
    counted_in: frozenset[str] = frozenset()  # addresses whose exclusion was undone; outranks every rule
    known: frozenset[str] = frozenset()  # of people of whom the user has said who they are; outranks what is a guess
    same_person: Mapping[str, str] = field(default_factory=dict)  # address → canonical address

    def canonical(self, address: str) -> str:
        """The address that stands for this person, also through a chain of merges."""
        if address not in self.same_person:  # nearly everybody
            return address
        walked = {address}
        while (following := self.same_person.get(address)) is not None and following not in walked:
            walked.add(following)
            address = following
        return (
            min(walked) if following is not None else address
        )  # a ring of merges has no end: any one, always the same


@dataclass(frozen=True, slots=True)
class Meeting:
    """What one meeting was to each outsider who took part, held once for all of them."""

    start: datetime  # UTC
    touch: Touch
    evening: bool
    outsiders: int

    @property
    def closeness(self) -> tuple[bool, bool, int, str, date]:
        """Of two copies the smaller one is the closer."""
        return not self.touch.personal, self.evening, self.outsiders, self.touch.source, self.touch.on


class Judge:
    """The rules, with what all occurrences must be asked before one can be judged: who is a room, who is the user."""

    def __init__(
        self, settings: PeopleSettings, *, rooms: Collection[str], mine: Collection[str], now: datetime
    ) -> None:
        """`rooms`, `mine`: addresses that any entry calls a room, and "you"."""
        self.settings = settings
        self.now = now
        self._rooms = rooms
        self._mine = settings.identity.addresses | set(mine)
        self._rules: dict[str, str] = {}
        self._days: dict[date, date] = {}  # held once each: there are thousands of meetings, on a few hundred days

    @classmethod
    def of(cls, occurrences: Iterable[Occurrence], settings: PeopleSettings, now: datetime) -> Judge:
        rooms: set[str] = set()
        mine: set[str] = set()
        for occurrence in occurrences:
            for attendee in occurrence.attendees:
                if attendee.is_resource:
                    rooms.add(attendee.address)
                if attendee.is_self:
                    mine.add(attendee.address)
        return cls(settings, rooms=rooms, mine=mine, now=now)

    def is_mine(self, address: str) -> bool:
        return address in self._mine

    def is_user(self, attendee: Attendee) -> bool:
        return attendee.is_self or attendee.address in self._mine

    def address_rule(self, address: str) -> str:
        """Why this address can be nobody's contact, whatever the meeting."""
        rule = self._rules.get(address)
        if rule is None:
            rule = self._rules[address] = "" if address in self.settings.counted_in else self._judge(address)
        return rule

    def _judge(self, address: str) -> str:
        if address in self._rooms:
            return "room"
        if rule := not_a_person(address):
            return rule
        domain = domain_of(address)
        if in_domains(domain, self.settings.identity.domains):
            return "colleague"
        excluded = self.settings.excluded
        return "excluded" if address in excluded or in_domains(domain, excluded) else ""

    def meeting_rule(self, occurrence: Occurrence) -> str:
        """Why this was no meeting between the user and anybody."""
        if occurrence.all_day or occurrence.type in _NO_MEETINGS:
            return "no_meeting"
        if occurrence.private:
            return "private"
        if occurrence.attendees_omitted:
            return "hidden_guests"  # unknown is not "none": it may have been ten or a hundred
        if occurrence.response is Response.DECLINED:
            return "you_declined"
        if occurrence.cancelled and not self.is_past(occurrence):
            return "cancelled"
        return ""

    def attendee_rule(self, attendee: Attendee) -> str:
        """Why the user did not meet this one in a meeting that took place."""
        return "they_declined" if attendee.response is Response.DECLINED else ""

    def is_past(self, occurrence: Occurrence) -> bool:
        return moment_of(occurrence.end) <= self.now

    def sizes(self, occurrence: Occurrence) -> tuple[int, int]:
        """How many people took part, the user among them, and how many of them were outsiders; rooms, lists and
        machines are none."""
        people: set[str] = set()
        outsiders: set[str] = set()
        for attendee in occurrence.attendees:
            if attendee.is_self or attendee.response is Response.DECLINED or attendee.address in self._mine:
                continue
            rule = self.address_rule(attendee.address)
            if rule not in _NOBODY:
                who = self.settings.canonical(attendee.address)
                people.add(who)
                if rule != "colleague":
                    outsiders.add(who)
        return 1 + len(people), len(outsiders)

    def read(self, occurrence: Occurrence, outsiders: int) -> Meeting:
        """The meeting, as it was to one of so many outsiders in it."""
        often = occurrence.period_days is not None and occurrence.period_days <= PERSONAL_PERIOD
        start = moment_of(occurrence.start)
        local = start.astimezone(self.settings.zone)
        hours = self.settings.hours
        weekend = local.isoweekday() >= _SATURDAY and local.isoweekday() not in hours.weekdays
        day = local.date()
        touch = Touch(
            on=self._days.setdefault(day, day),
            personal=outsiders <= PERSONAL_OUTSIDERS and not often,
            source=f"{occurrence.event_id}/{occurrence.key}",
        )
        return Meeting(start, touch, evening=weekend or local.time() >= hours.end, outsiders=outsiders)


_NOBODY = frozenset(rule for rule, _, _ in NOT_A_PERSON)


def moment_of(value: datetime | date) -> datetime:
    """In UTC; an all-day value at its UTC midnight, which is near enough for telling past from future."""
    return value.astimezone(UTC) if isinstance(value, datetime) else datetime.combine(value, time(), UTC)
