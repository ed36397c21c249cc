"""What the pages about people show, as plain frozen values; what every page shares stands here too."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from app.services.strip import Strip
from app.services.why import Part


@dataclass(frozen=True, kw_only=True, slots=True)
class Banner:
    """A standing fault in one plain message, and where its mend is (`action` empty: nothing to do)."""

    code: str
    text: str
    action: str = ""
    href: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """What every page of a signed-in user carries."""

    email: str
    banner: Banner | None
    paused: bool
    paused_until: date | None = None  # the last day of the pause that is running, None: until it is resumed
    today: date | None = None  # the user's, for dates in words; None: the clock's


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOutPerson:
    address: str
    name: str
    reason: str
    counted_in: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonRow:
    """A row of the people page."""

    id: int
    name: str
    company: str
    kind: str
    rhythm: str
    last: str
    coverage: str  # "planned on 3 December", …
    unsure: str
    state: str = ""  # booked, planned, not_yet, without_place; "" for those in no block
    tags: tuple[str, ...] = ()
    standing: str = ""  # past, now, left (before their gap has passed), never (met), groups (only); "" not known yet
    days: int = 0  # so many days past or left
    tie: int = 0  # 0 light, 1 steady, 2 close


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """Suggested three times and not reached: what shall be done?"""

    contact_id: int
    name: str
    company: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Somebody:
    """Enough of a person to tell them from another."""

    id: int
    name: str
    company: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Twins:
    """Two who may be one person."""

    first: Somebody
    second: Somebody


@dataclass(frozen=True, kw_only=True, slots=True)
class Acquainted:
    """First met lately, and nothing booked: a follow-up would be due by `until`."""

    id: int
    name: str
    company: str
    first_on: date
    until: date
    kind: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TouchLine:
    """One touch. `by_hand`: the user wrote it down, and can take it back by its day and channel."""

    on: date
    words: str
    channel: str
    by_hand: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnEntry:
    """An entry of the user's own that names this person. `counts`: as contact with them, until taken back."""

    source: str
    title: str
    on: date
    past: bool
    counts: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteLine:
    """In the user's own words; no calendar ever sees them."""

    id: int
    on: date
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PromiseLine:
    """`what`: promise, or thanks, and then `text` is whom they introduced. `kept_on`: None while it is open."""

    id: int
    what: str
    text: str
    words: str  # "Send the checklist", "A thank-you for introducing Ana"
    due_on: date | None
    kept_on: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class People:
    frame: Frame
    people: tuple[PersonRow, ...]  # those with a kind that enters blocks
    unsure: tuple[PersonRow, ...]  # nothing said yet
    others: tuple[PersonRow, ...]  # supplier, never
    left_out: tuple[tuple[str, tuple[LeftOutPerson, ...]], ...]
    coverage: tuple[tuple[str, int], ...] = ()  # the four states in words, of those in blocks
    questions: tuple[Question, ...] = ()
    met_lately: tuple[Acquainted, ...] = ()
    twins: tuple[Twins, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Which part of the people page. `show`: blocks, unsure, others, left. Empty filters let everybody through."""

    show: str = "blocks"
    q: str = ""
    kind: str = ""
    tag: str = ""
    company: str = ""
    state: str = ""  # scheduler.coverage.CoverageState
    sort: str = "priority"  # priority, name, company, rhythm, tie, place; "-" before it turns the order round
    by: str = ""  # what the picture is divided by: tag, company; empty: whatever leaves fewer among the others
    page: int = 1  # from 1


@dataclass(frozen=True, kw_only=True, slots=True)
class SonarDot:
    """One person in the picture: centre and radius in its units, and the outline there, an SVG path.
    `label`: a short name beside it, for a few."""

    person: PersonRow
    outline: str
    x: float
    y: float
    r: float
    label: str = ""
    label_x: float = 0.0
    label_y: float = 0.0
    label_desk: bool = False  # on a desk only
    label_end: bool = False  # the label ends at its x instead of beginning there


@dataclass(frozen=True, kw_only=True, slots=True)
class SonarSector:
    """`arc`: the path its name runs along; `edge`: the line where it begins. `name` is empty for all others."""

    name: str
    label: str  # what of the name fits there
    label_phone: str  # on a phone, where letters are larger beside the drawing
    people: int
    arc: str
    edge: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Sonar:
    """Those of the page's people who matter most, as places on a disc; see app.services.sonar."""

    dots: tuple[SonarDot, ...]
    sectors: tuple[SonarSector, ...]  # empty where there is only one
    by: str  # tag, company


@dataclass(frozen=True, kw_only=True, slots=True)
class PeoplePage:
    """What the people page shows: one of its four lists, a hundred rows at a time, and what goes with it."""

    frame: Frame
    asked: Asked
    rows: tuple[PersonRow, ...]
    found: int  # rows on all pages
    pages: int
    counts: dict[str, int]  # by `Asked.show`, after the search
    states: dict[str, int]  # by coverage state, of those in blocks, after search and filters
    kinds: tuple[str, ...]  # to choose from: those there are
    tags: tuple[str, ...]
    companies: tuple[str, ...]
    sonar: Sonar | None = None
    unsure: tuple[PersonRow, ...] = ()  # the first few, beside the picture
    left_out: tuple[tuple[str, tuple[LeftOutPerson, ...]], ...] = ()  # for `left` only
    left_out_counts: dict[str, int] = field(default_factory=dict)  # by rule, on all pages; for `left` only
    questions: tuple[Question, ...] = ()
    met_lately: tuple[Acquainted, ...] = ()
    twins: tuple[Twins, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """In a block to come. `reasons`: a sentence; `link`: the block's page."""

    start: datetime
    reasons: str
    link: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    frame: Frame
    row: PersonRow
    addresses: tuple[str, ...]
    touches: tuple[TouchLine, ...]  # latest first
    cadence_weeks: int | None
    snoozed_until: date | None
    longest_weeks: int | None = None
    tags: tuple[str, ...] = ()
    phone: str = ""
    tel: str = ""  # the address that dials it, where it is a number
    preferred: str = ""  # scheduler.model.Channel: the way they like best
    notes: tuple[NoteLine, ...] = ()  # latest first
    promises: tuple[PromiseLine, ...] = ()  # open ones first, of these the earliest
    own_entries: tuple[OwnEntry, ...] = ()  # latest first
    asks: bool = False  # suggested three times to no avail
    merged: tuple[Somebody, ...] = ()  # whose rows are read as this person's
    twins: tuple[Somebody, ...] = ()  # who may be this person
    others: tuple[Somebody, ...] = ()  # with whom they could be merged
    strip: Strip | None = None  # touches along a line of time
    why: tuple[Part, ...] = ()  # what decides about when they are named, in words
    named: tuple[Named, ...] = ()  # blocks to come that name them


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownNewcomer:
    """Somebody in a list who is known already; `adds`: addresses that were not known of them."""

    id: int
    name: str
    company: str
    adds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class NewPerson:
    name: str
    company: str
    addresses: tuple[str, ...]
    phone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UnreadLine:
    line: int
    text: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Newcomers:
    """What adding a list would do. Nothing is stored yet."""

    frame: Frame
    new: tuple[NewPerson, ...]
    known: tuple[KnownNewcomer, ...]
    unread: tuple[UnreadLine, ...]
    yourself: int  # lines with the user's own address
    text: str  # those that could be read, to be sent again
