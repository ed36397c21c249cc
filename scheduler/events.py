"""What the calendar holds, as frozen, keyword-only dataclasses. Times are aware or refused.

The rest of the brain takes these names from `scheduler.model`, where all nouns stand together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from scheduler.timespan import Span, at_wall_clock


class Response(StrEnum):
    """An attendee's answer, as Google spells it."""

    NEEDS_ACTION = "needsAction"
    DECLINED = "declined"
    TENTATIVE = "tentative"
    ACCEPTED = "accepted"


class EventType(StrEnum):
    """What kind of entry it is, as Google spells it."""

    DEFAULT = "default"
    FOCUS_TIME = "focusTime"
    OUT_OF_OFFICE = "outOfOffice"
    WORKING_LOCATION = "workingLocation"
    BIRTHDAY = "birthday"
    FROM_GMAIL = "fromGmail"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attendee:
    """Somebody on an event. `address` is normalised: stripped and lower case; may be empty."""

    address: str
    name: str = ""
    response: Response = Response.NEEDS_ACTION
    is_self: bool = False
    is_organizer: bool = False
    is_resource: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Reminders:
    """`minutes` before the start at which a popup appears; `None` = the calendar's own default."""

    minutes: tuple[int, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """A calendar entry as the calendar has it: single event, series master, or exception of a series.

    `start` and `end` are aware datetimes, or dates for all-day entries (end exclusive); both are None
    where only a tombstone is known. A datetime's tzinfo is the ZoneInfo the entry was made in where the
    calendar says so, for it is what a series repeats in.
    """

    id: str
    etag: str = ""
    status: str = "confirmed"  # confirmed, tentative, cancelled
    type: EventType = EventType.DEFAULT
    title: str = ""
    description: str = ""
    start: datetime | date | None = None
    end: datetime | date | None = None
    recurrence: tuple[str, ...] = ()
    series_id: str | None = None
    original_start: datetime | date | None = None
    organizer: Attendee | None = None
    attendees: tuple[Attendee, ...] = ()
    attendees_omitted: bool = False
    transparent: bool = False
    private: bool = False
    visibility: str = "default"  # as Google spells it: default, public, private, confidential
    color_id: str = ""
    reminders: Reminders = Reminders()
    properties: Mapping[str, str] = field(default_factory=dict)  # extendedProperties.private

    def __post_init__(self) -> None:
        for value in (self.start, self.end, self.original_start):
            if isinstance(value, datetime) and value.utcoffset() is None:
                raise ValueError(f"the times of an event must carry a time zone, got {value!r}")

    @property
    def cancelled(self) -> bool:
        return self.status == "cancelled"

    @property
    def block_tag(self) -> str:
        """`<rule>/<occurrence>/<generation>` where the event carries our property, else empty."""
        return self.properties.get("greenblock", "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Occurrence:
    """One entry at one time: a single event, or one turn of a series. Self-contained, so it can be stored.

    `key` tells the turns of a series apart (their original start, UTC ISO or date); empty for a single event.
    `period_days` is the usual distance between two turns of its series, None for a single event.
    `took_place` may say more than `cancelled`: an entry that vanished after its end did happen.
    """

    event_id: str
    key: str = ""
    start: datetime | date
    end: datetime | date
    title: str = ""
    type: EventType = EventType.DEFAULT
    response: Response = Response.ACCEPTED  # the user's own answer; ACCEPTED where there are no attendees
    transparent: bool = False
    private: bool = False
    organizer: Attendee | None = None
    attendees: tuple[Attendee, ...] = ()
    attendees_omitted: bool = False
    period_days: float | None = None
    block_tag: str = ""
    cancelled: bool = False  # only for those that vanished after their end: free in the plan, still a touch

    @property
    def all_day(self) -> bool:
        return not isinstance(self.start, datetime)

    def span(self, zone: ZoneInfo) -> Span | None:
        """Its time; an all-day entry lasts from midnight to midnight in `zone`. None for one without length."""
        start = self.start if isinstance(self.start, datetime) else at_wall_clock(self.start, time(), zone)
        end = self.end if isinstance(self.end, datetime) else at_wall_clock(self.end, time(), zone)
        return Span(start, end) if start.astimezone(UTC) < end.astimezone(UTC) else None
