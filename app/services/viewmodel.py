"""What pages show, as plain frozen values: made by services.views, drawn by templates. No rows, no queries, no markup.

Times are aware and already in the user's zone; texts are plain (templates escape).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from app.services.people_model import (
    Banner,
    Frame,
    LeftOutPerson,
    Newcomers,
    People,
    PeoplePage,
    Person,
    PersonRow,
    PromiseLine,
    Question,
    TouchLine,
)
from app.services.preferences import Preferences
from app.services.settings_model import HabitLine, Pause, RuleLine, SeasonLine
from scheduler.model import Rule

__all__ = [
    "Banner",
    "BlockPerson",
    "BlockView",
    "FoundPerson",
    "Frame",
    "Go",
    "GoPerson",
    "LeftOutPerson",
    "Newcomers",
    "People",
    "PeoplePage",
    "Person",
    "PersonRow",
    "Progress",
    "Proposal",
    "Question",
    "SettingsView",
    "Today",
    "TouchLine",
    "Welcome",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """The first read. `done`: the people are known and the welcome page can be shown."""

    events: int
    people: int
    done: bool
    saved: bool = False  # Save was pressed before


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundPerson:
    """A row of the welcome page. `kind` is "" while nothing is said; `sure` people become clients at Save."""

    id: int
    name: str
    company: str
    address: str
    kind: str
    sure: bool
    why_unsure: str
    rhythm: str  # "every 5 weeks", "met once, too new"
    last: str  # "last in your calendar 6 October"


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockPerson:
    """One contact in one block."""

    contact_id: int
    name: str
    company: str
    reason: str  # a sentence
    channel: str  # "A call"
    prompt: str
    outcome: str  # "" open, reached, tried, snoozed, declined, never
    note: str = ""  # the latest
    phone: str = ""
    tel: str = ""  # the address that dials it
    promises: tuple[PromiseLine, ...] = ()  # open ones
    put_off_until: date | None = None  # where the outcome is snoozed


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockView:
    id: int
    start: datetime
    end: datetime
    state: str  # scheduler.model.BlockState
    reason: str  # why it is there
    people: tuple[BlockPerson, ...]
    names_on: date | None  # when the names come, for later blocks
    link: str  # path of its /go page


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """The first block, before Save."""

    sentence: str  # "Thursdays at ten were free in nine of your last ten weeks."
    blocks: tuple[BlockView, ...]  # of the next four weeks, unsaved
    weekday: int
    unplaced: tuple[str, ...]
    ideal: time = time(10)
    minutes: int = 30
    work_days: tuple[int, ...] = (1, 2, 3, 4, 5)  # to choose from


@dataclass(frozen=True, kw_only=True, slots=True)
class Welcome:
    frame: Frame
    saved: bool  # Save was pressed before
    account_line: str  # "412 attendees: 120 found, 18 not sure, 230 colleagues, …"
    companies: tuple[tuple[str, tuple[FoundPerson, ...]], ...]  # sure ones by company, first those named first
    unsure: tuple[FoundPerson, ...]
    left_out: tuple[tuple[str, tuple[LeftOutPerson, ...]], ...]  # by rule, in words
    proposal: Proposal | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Today:
    frame: Frame
    now: datetime
    next: BlockView | None
    week: tuple[tuple[date, tuple[BlockView, ...]], ...]  # Monday to Sunday of this week
    later: tuple[BlockView, ...]
    questions: tuple[Question, ...]  # suggested three times to no avail
    moved: tuple[tuple[datetime, str], ...]  # what moved, and why
    unplaced: tuple[str, ...]
    capacity: str
    mends: tuple[str, ...]
    needed: int  # touches a week that are needed, and held: for the tally
    held: int
    checked_at: datetime | None
    beyond: bool = False  # more people than anybody can keep in touch with
    looking: bool = False  # the calendar is being looked at, or about to be
    said: tuple[str, ...] = ()  # what was just saved, in words
    undo: str = ""  # what takes it back
    pause: Pause | None = None
    habits: tuple[HabitLine, ...] = ()
    seasons: tuple[SeasonLine, ...] = ()  # those that are not over


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedLine:
    """The blocks for other calendars: the secret address, and whether names stand in it."""

    url: str
    names: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingsView:
    frame: Frame
    rule: Rule
    preferences: Preferences
    calendar_zone: str
    zones: tuple[str, ...]
    countries: tuple[tuple[str, str], ...]  # code, name
    capacity: str
    connected_since: date
    connected: bool
    rules: tuple[RuleLine, ...] = ()
    pause: Pause | None = None
    habit: HabitLine | None = None  # about the first rule
    seasons: tuple[SeasonLine, ...] = ()
    feed: FeedLine | None = None  # None: switched off


@dataclass(frozen=True, kw_only=True, slots=True)
class GoPerson:
    """One person of the page behind a block's link. `mark`: how it stands, see app.services.marks."""

    person: BlockPerson
    mark: str
    way: str  # scheduler.model.Channel: how to try
    coffee: str = ""  # addresses of a new event in the user's calendar, to be filled in and saved there
    visit: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Go:
    """The page behind a block's link."""

    frame: Frame
    block: BlockView
    open: bool  # outcomes still count (up to 14 days after the block)
    people: tuple[GoPerson, ...] = ()
    said: tuple[str, ...] = ()  # what was just saved, in words
    undo: str = ""  # what takes it back
