"""Who is due on a date: not whom the ranking likes, but whom the user would be right to call.

The gate opens max(14 days, 0.8 x the wanted or usual gap) after the last personal touch, or earlier for a promise or
in a season.
It is judged as of a block's date, so that nothing churns from day to day: a meeting booked before that date
counts as held, and one booked in the four weeks after it makes a call superfluous.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from math import ceil, exp, log
from zoneinfo import ZoneInfo

from scheduler.model import HORIZON, KINDS_IN_BLOCKS, Cadence, Contact, Kind
from scheduler.remembered import remembered
from scheduler.rhythm import History
from scheduler.seasons import Season
from scheduler.words import N_

REST_DAYS = 14
"""Nobody is suggested sooner after a personal touch, promises apart."""
OPENS_AT = 0.8
"""Share of the wanted or usual gap after which someone is due."""
PROMISE_LEAD_DAYS = 7
"""A promise with a date makes due so many days before it."""
ASK_AFTER = 3
"""So many suggestions in a row without a touch, and the user is asked instead."""
NEVER_MET_RATIO = 2.0
"""People added by hand and never met stand as if twice their gap had passed."""
ONLY_IN_GROUPS_RATIO = 1.0
"""People met in groups or regular meetings only are in sight: due, but behind everybody whose silence is real."""
ASKED = N_("suggested three times; say on their page what to do")

DEFAULT_CADENCES: Mapping[Kind, Cadence] = {
    Kind.CLIENT: Cadence(ideal=56),
    Kind.FORMER: Cadence(ideal=112),
    Kind.FRIEND: Cadence(ideal=112),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """How often the user wants to be in touch, where it is not said of a person.

    A kind's cadence stands in where no rhythm is known; for kinds in `by_hand` the user has set it, and it
    overrides the rhythm. The shortest of a contact's tags counts.
    """

    cadences: Mapping[Kind, Cadence] = field(default_factory=lambda: dict(DEFAULT_CADENCES))
    by_hand: frozenset[Kind] = frozenset()
    tag_cadences: Mapping[str, Cadence] = field(default_factory=dict)
    seasons: tuple[Season, ...] = ()


class Why(StrEnum):
    """What made someone due; the first three tell where their gap comes from."""

    WANTED = "wanted"
    USUAL = "usual"
    KIND = "kind"
    PROMISE = "promise"
    NEVER_MET = "never_met"
    SEASON = "season"


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """`ratio`: how far past their own gap, 1.0 = just at it. `late`: past the longest gap the user allows."""

    since: date
    ratio: float
    why: Why
    late: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class NotDue:
    """`until`: the first day on which they may be due, None where no date will bring it. `reason` is a clause."""

    until: date | None
    reason: str


def usual_gap(contact: Contact) -> int | None:
    """Median days between personal touches; None below three gaps."""
    return _usual_gap(contact.touches.history)


def _usual_gap(seen: History) -> int | None:
    return None if seen.usual_gap is None else max(1, round(seen.usual_gap))


def wanted(contact: Contact, wishes: Wishes) -> Cadence | None:
    """What the user asked for: of the person, else of a tag, else of the kind. None where nothing was said."""
    if contact.cadence is not None:
        return contact.cadence
    tagged = [wishes.tag_cadences[tag] for tag in contact.tags if tag in wishes.tag_cadences]
    if tagged:
        return min(tagged, key=lambda cadence: (cadence.ideal, cadence.longest or 0))
    return wishes.cadences.get(contact.kind) if contact.kind in wishes.by_hand else None


def own_gap(contact: Contact, wishes: Wishes) -> tuple[int, Why]:
    """The gap in days that a contact is measured by, and where it comes from: wanted, usual, or their kind's.

    One or two gaps are too few to speak of but not to heed: there the kind's cadence counts as one gap more, in the
    geometric mean. Else somebody met once a year would be suggested every eight weeks.
    """
    asked = wanted(contact, wishes)
    if asked is not None:
        return max(1, asked.ideal), Why.WANTED
    seen = contact.touches.history
    usual = _usual_gap(seen)
    if usual is not None:
        return usual, Why.USUAL
    kind = contact.kind if contact.kind is not None else Kind.CLIENT
    cadence = wishes.cadences.get(kind) or DEFAULT_CADENCES.get(kind) or DEFAULT_CADENCES[Kind.CLIENT]
    ideal = max(1, cadence.ideal)
    if not seen.gaps:
        return ideal, Why.KIND
    return max(1, round(exp((seen.log_sum + log(ideal)) / (seen.gaps + 1)))), Why.USUAL


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A contact with all that the gate needs worked out once. `days` are touches and booked meetings."""

    contact: Contact
    days: tuple[date, ...]
    booked: tuple[date, ...]
    gap: int
    source: Why
    longest: int | None
    seasons: tuple[Season, ...] = ()  # those that concern them and in which they are not reached yet

    @classmethod
    def of(cls, contact: Contact, wishes: Wishes, zone: ZoneInfo) -> Standing:
        return _standing(contact, wishes, zone)

    @cached_property
    def history(self) -> History:
        """`days` as the ranking takes them."""
        return (
            History.of_sorted([day.toordinal() for day in self.days]) if self.booked else self.contact.touches.history
        )

    def season(self, on: date) -> Season | None:
        """The season that wants them in a block on `on`, the first to end where there are several."""
        there = [one for one in self.seasons if one.open_on(on)]
        return min(there, key=lambda one: (one.last_on, one.key), default=None)

    def last_before(self, on: date) -> date | None:
        """The last personal touch or booked meeting before `on`."""
        place = bisect_left(self.days, on)
        return self.days[place - 1] if place else None

    def meeting_after(self, on: date) -> date | None:
        """The first meeting booked on `on` or in the four weeks after it."""
        place = bisect_left(self.booked, on)
        return self.booked[place] if place < len(self.booked) and self.booked[place] - on <= HORIZON else None

    def ratio(self, on: date) -> float:
        """How far past their own gap they are on `on`."""
        last = self.last_before(on)
        if last is not None:
            return (on - last).days / self.gap
        return ONLY_IN_GROUPS_RATIO if any(touch.on < on for touch in self.contact.touches) else NEVER_MET_RATIO

    def gate(self, on: date) -> Due | NotDue:
        contact = self.contact
        if contact.kind not in KINDS_IN_BLOCKS:
            return NotDue(until=None, reason="not a client, former client or friend")
        if contact.paused:
            return NotDue(until=None, reason="paused")
        if contact.unreached >= ASK_AFTER:
            return NotDue(until=None, reason=ASKED)
        meeting = self.meeting_after(on)
        if meeting is not None:
            return NotDue(until=meeting + timedelta(days=self._rest), reason="meeting booked")
        last = self.last_before(on + timedelta(days=1))
        opens, why = self._opens(last, on)
        if contact.snoozed_until is not None and contact.snoozed_until > max(opens, on):
            return NotDue(until=contact.snoozed_until, reason="snoozed")
        if on < opens:
            return NotDue(until=opens, reason="in touch not long ago")
        late = self.longest is not None and last is not None and (on - last).days >= self.longest
        return Due(since=opens, ratio=self.ratio(on), why=why, late=late)

    @property
    def _rest(self) -> int:
        return max(REST_DAYS, ceil(OPENS_AT * self.gap))

    def _opens(self, last: date | None, on: date) -> tuple[date, Why]:
        """When the gate opens after `last`, and by what; `on` for those never met."""
        if last is None:
            return on, Why.NEVER_MET
        opens, why = last + timedelta(days=self._rest), self.source
        for promise in self.contact.promises:
            if promise.due_on is None:
                promised = last + timedelta(days=REST_DAYS)
            elif promise.due_on <= last:
                continue  # they have met since: no reason to hurry
            else:
                promised = max(promise.due_on - timedelta(days=PROMISE_LEAD_DAYS), last + timedelta(days=1))
            if promised < opens:
                opens, why = promised, Why.PROMISE
        for season in self.seasons:
            rested = max(season.begins_on, last + timedelta(days=REST_DAYS))
            if max(rested, on) <= season.last_on and rested < opens:
                opens, why = rested, Why.SEASON
        return opens, why


@remembered
def _standing(contact: Contact, wishes: Wishes, zone: ZoneInfo) -> Standing:
    booked = tuple(sorted({start.astimezone(zone).date() for start in contact.booked}))
    gap, source = own_gap(contact, wishes)
    asked = wanted(contact, wishes)
    days = tuple(sorted({*contact.personal_days, *booked})) if booked else contact.personal_days
    return Standing(
        contact=contact,
        days=days,
        booked=booked,
        gap=gap,
        source=source,
        longest=asked.longest if asked else None,
        seasons=tuple(one for one in wishes.seasons if one.wants(contact) and not one.reached(days)),
    )


def gate(contact: Contact, wishes: Wishes, *, on: date, zone: ZoneInfo) -> Due | NotDue:
    """Whether `contact` is due in a block on `on`."""
    return Standing.of(contact, wishes, zone).gate(on)
