"""What the settings and the choices on Today show of rules, seasons and pauses, as plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.services.people_model import Frame
from app.services.preferences import Preferences
from scheduler.model import Rule


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleLine:
    """One of the rules. `first`: its form is on the settings page itself."""

    rule: Rule
    sentence: str  # "Tuesdays about 10:00, 30 minutes"
    first: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class HabitLine:
    """What the user's hand suggests about a rule: a suggestion, never an action.

    `key` is what a "no" is remembered by. `rule` is the rule as it would be, None where there is nothing to fill a
    form with. `pause`: the blocks were deleted, so that a pause is offered as well.
    """

    rule_key: str
    key: str
    sentence: str
    rule: Rule | None
    pause: bool
    href: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """A pause that is not over. Without days it lasts until it is resumed; both days belong to it."""

    first: date | None
    last: date | None
    running: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class SeasonLine:
    """One season. `whom`: "clients and vip", "everyone"; `sentence` says in numbers whether the blocks hold them."""

    id: int
    name: str
    begins_on: date
    before_on: date
    last_on: date  # the last day a block can be of use; for letters that of posting
    whom: str
    channel: str  # scheduler.model.Channel, "" for any
    over: bool
    sentence: str
    mends: tuple[str, ...]
    kinds: tuple[str, ...] = ()  # scheduler.model.Kind, none: whoever the tags name, or everyone
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ForecastBlock:
    """A block as it would be. `was`: where it would move from; `new`: it would be added; else it stays."""

    start: datetime
    end: datetime
    reason: str
    was: datetime | None = None
    new: bool = False
    pinned: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """The next four weeks with settings that are not saved. Nothing is stored."""

    blocks: tuple[ForecastBlock, ...]
    gone: tuple[datetime, ...]  # starts of blocks that would be taken away
    unplaced: tuple[str, ...]
    capacity: str
    mends: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleView:
    """The form of one rule beside the first. `key` is empty for one that is not saved yet."""

    frame: Frame
    key: str
    rule: Rule
    preferences: Preferences
    others: tuple[RuleLine, ...]
    habit: HabitLine | None = None
