"""The nouns, as frozen, keyword-only dataclasses. Times are aware or refused; `_at` is an instant, `_on` a date.

Read from top to bottom: what the calendar holds (`scheduler.events`, named here too), what we make of it, what the
user wants, what we put into the calendar.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from scheduler.events import Attendee, Event, EventType, Occurrence, Reminders, Response
from scheduler.rhythm import History
from scheduler.timespan import Span, require_aware

__all__ = [
    "HORIZON",
    "KINDS_IN_BLOCKS",
    "NAMES_AHEAD",
    "Acquaintance",
    "Attendee",
    "Block",
    "BlockEvent",
    "BlockKey",
    "BlockState",
    "Cadence",
    "Channel",
    "Contact",
    "Event",
    "EventType",
    "Kind",
    "LeftOut",
    "Occurrence",
    "Part",
    "Promise",
    "Reason",
    "Reminders",
    "Response",
    "Rule",
    "ShowAs",
    "Suggestion",
    "Text",
    "Touch",
    "Touches",
    "Unplaced",
    "WorkingHours",
]

HORIZON = timedelta(weeks=4)
"""How far ahead blocks are planned."""

NAMES_AHEAD = timedelta(days=7)
"""Names are written into blocks that start within this time; later blocks say when their names come."""

# -- What we make of it ----------------------------------------------------------------------------


class Kind(StrEnum):
    """What a contact is to the user; unsaid is None."""

    CLIENT = "client"
    FORMER = "former"
    FRIEND = "friend"
    SUPPLIER = "supplier"
    NEVER = "never"


KINDS_IN_BLOCKS = frozenset({Kind.CLIENT, Kind.FORMER, Kind.FRIEND})


class Channel(StrEnum):
    """By which way people were, or are to be, in touch."""

    MEETING = "meeting"
    CALL = "call"
    COFFEE = "coffee"
    VISIT = "visit"
    LETTER = "letter"
    MESSAGE = "message"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Touch:
    """One dated contact with one person. `personal`: at most two outsiders, not a series of every week or oftener."""

    on: date  # in the user's zone
    channel: Channel = Channel.MEETING
    personal: bool = True
    source: str = ""  # "<event_id>/<key>" for a meeting, "hand/<id>" for one the user told us of


class Touches(tuple[Touch, ...]):
    """One person's, oldest first. What follows from them is worked out once, however long they are kept."""

    @cached_property
    def days(self) -> tuple[date, ...]:
        """Days with any, each once, oldest first."""
        return tuple(sorted({touch.on for touch in self}))

    @cached_property
    def personal_days(self) -> tuple[date, ...]:
        """Days with a personal one."""
        return tuple(sorted({touch.on for touch in self if touch.personal}))

    @cached_property
    def history(self) -> History:
        """The personal days as the ranking takes them."""
        return History.of_sorted([day.toordinal() for day in self.personal_days])


@dataclass(frozen=True, kw_only=True, slots=True)
class Cadence:
    """The gap the user wants, in days: due after `ideal`, late after `longest`."""

    ideal: int
    longest: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """Something the user said they would do for a contact. `thanks`: a thank-you owed; `text`: whom they introduced."""

    text: str
    due_on: date | None = None
    thanks: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Acquaintance:
    """What the calendar alone shows of one person. `unsure` says in words why the user should be asked first."""

    address: str  # the address met most recently
    addresses: tuple[str, ...]
    name: str
    company: str = ""
    touches: Touches = field(default_factory=Touches)  # past only
    booked: tuple[datetime, ...] = ()  # starts of personal meetings still to come, earliest first
    unsure: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """An address that did not become a contact. `rule` is a short stable name, `reason` a sentence."""

    address: str
    name: str = ""
    rule: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A person and what we know: the calendar's part and what the user has said. `key` is stable for ever."""

    key: str
    name: str
    address: str = ""  # empty for people added by hand without one
    company: str = ""
    kind: Kind | None = None
    sure: bool = True  # False: PEERS' "not sure yet"; such people enter no block before the user says what they are
    touches: Touches = field(default_factory=Touches)
    booked: tuple[datetime, ...] = ()  # personal meetings to come
    cadence: Cadence | None = None
    tags: frozenset[str] = frozenset()
    snoozed_until: date | None = None  # first day on which they may be suggested again
    paused: bool = False
    promises: tuple[Promise, ...] = ()
    unreached: int = 0  # suggestions in a row that ended without a touch
    tried: bool = False  # the last suggestion ended "tried, no answer": another channel is in order
    preferred: Channel | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.touches, Touches):
            object.__setattr__(self, "touches", Touches(self.touches))

    @property
    def in_blocks(self) -> bool:
        return self.kind in KINDS_IN_BLOCKS and not self.paused

    @property
    def personal_days(self) -> tuple[date, ...]:
        """Days with a personal touch, each once, oldest first."""
        return self.touches.personal_days


# -- What the user wants ---------------------------------------------------------------------------


class ShowAs(StrEnum):
    """How others see the time of a block."""

    BUSY = "busy"
    FREE = "free"
    LATE = "late"  # free until 24 hours before, then busy


class Text(StrEnum):
    """How much is written into a block."""

    REASONS = "reasons"
    NAMES = "names"
    LINK = "link"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A recurring block. `weekdays` are ISO (Monday = 1); each week gets `times_a_week` blocks on the best of them,
    one on every weekday where that is None. Times are wall clock in the user's zone; lengths are minutes."""

    key: str
    weekdays: frozenset[int]
    times_a_week: int | None = None
    window_start: time = time(9)
    window_end: time = time(12)
    ideal: time = time(10)
    shortest: int = 15
    longest: int = 30
    minutes_a_person: int = 10
    buffer: int = 0
    color_id: str = "10"
    show_as: ShowAs = ShowAs.BUSY
    private: bool = True
    reminder: int | None = 10  # minutes before; None = no reminder of ours
    names_in_title: bool = False
    text: Text = Text.REASONS
    active: bool = True

    def __post_init__(self) -> None:
        if not self.weekdays or not all(1 <= day <= 7 for day in self.weekdays):
            raise ValueError("a rule needs at least one weekday from 1 (Monday) to 7 (Sunday)")
        if not 5 <= self.shortest <= self.longest:
            raise ValueError("the shortest length must be at least 5 minutes and not above the longest")
        room = (self.window_end.hour - self.window_start.hour) * 60 + self.window_end.minute - self.window_start.minute
        if room < self.shortest:
            raise ValueError("the window is shorter than the shortest block")

    @property
    def people(self) -> int:
        """How many people a block of full length holds."""
        return max(1, self.longest // self.minutes_a_person)


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkingHours:
    """Hard limits, wall clock in the user's zone. "Evening" begins at `end`."""

    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    start: time = time(8)
    end: time = time(18)


# -- What we put into the calendar -----------------------------------------------------------------


class BlockKey(NamedTuple):
    """Which turn of which rule: stable when the weekday changes, so the same event moves."""

    rule: str
    occurrence: str  # "<ISO year>W<week>.<ordinal in the week, from 1>", e.g. 2026W48.1

    def __str__(self) -> str:
        return f"{self.rule}/{self.occurrence}"


class BlockState(StrEnum):
    """Where one block stands."""

    PLANNED = "planned"  # wanted, not in the calendar yet
    BOOKED = "booked"  # in the calendar where we put it
    PINNED = "pinned"  # the user moved or resized it
    SKIPPED = "skipped"  # the user deleted it: never re-created
    RETIRED = "retired"  # we took it away
    HELD = "held"  # it has passed
    ADOPTED = "adopted"  # the user made it a meeting of theirs


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One occurrence of a rule, where it is or shall be. `reason` says in words why it is there."""

    key: BlockKey
    generation: int = 0
    start: datetime
    end: datetime
    state: BlockState = BlockState.PLANNED
    reason: str = ""

    def __post_init__(self) -> None:
        require_aware(start=self.start, end=self.end)

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(frozen=True, kw_only=True, slots=True)
class Unplaced:
    """An occurrence that found no place, with the reason in words."""

    key: BlockKey
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why a contact is suggested: `code` and `facts` for programs, `text` a plain clause of facts for people.

    `personal` reasons (promises, notes) stay on the page: the block may be read over the user's shoulder.
    """

    code: str
    text: str
    facts: Mapping[str, str | int] = field(default_factory=dict)
    personal: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """One contact in one block. Reasons are computed as of the block's date, so they do not churn."""

    contact: str  # Contact.key
    reasons: tuple[Reason, ...]
    channel: Channel
    prompt: str  # one listening question, never a pitch
    priority: float = 0.0

    @property
    def sentence(self) -> str:
        """All reasons, as one sentence for the page."""
        return _sentence(reason.text for reason in self.reasons)

    @property
    def public_sentence(self) -> str:
        """Only what may stand in the block."""
        return _sentence(reason.text for reason in self.reasons if not reason.personal)


def _sentence(clauses: Iterable[str]) -> str:
    joined = "; ".join(clauses)
    return joined[:1].upper() + joined[1:] + "." if joined else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockEvent:
    """What we want an event to be: the whole of a block as the calendar shall hold it."""

    id: str
    start: datetime
    end: datetime
    zone: str  # IANA
    title: str
    description: str
    color_id: str  # "" = the calendar's own colour
    visibility: str  # default, private
    transparent: bool
    reminders: Reminders
    properties: Mapping[str, str]


class Part(StrEnum):
    """The parts of a block's event that can be written apart from each other."""

    TIME = "time"
    TITLE = "title"
    DESCRIPTION = "description"
    COLOR = "color"
    VISIBILITY = "visibility"
    TRANSPARENCY = "transparency"
    REMINDERS = "reminders"
    PROPERTIES = "properties"
