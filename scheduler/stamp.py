"""What we last wrote into an event, kept in the event itself: so an edit by hand can be told from our own lost write.

The stamp travels in the same write as what it describes. If that write's answer is lost, event and stamp still agree,
and nobody mistakes our move for the user's. Before we take a block away it says that too: the calendar remembers it of
an event in the bin, also when our database has been put back to a day before.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32hexencode
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from scheduler.model import BlockEvent, Event, Part, Reminders
from scheduler.worksheet import content_digest

WROTE = "greenblock_wrote"
TAG = "greenblock"
BY = "greenblock_by"

_VERSION = "1"
_THEIRS = "~"  # a value no event can have: the part is the user's for good
_LEAVING = "away"  # after the parts: we are about to take the event away


def event_id(secret: bytes, rule: str, occurrence: str, generation: int) -> str:
    """An id in Google's alphabet (a–v, 0–9; 52 characters), the same whenever the same block is written."""
    mac = hmac.new(secret, f"{rule}/{occurrence}/{generation}".encode(), hashlib.sha256)
    return b32hexencode(mac.digest()).decode().rstrip("=").lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class Stamp:
    """Each part as a short word; see `of` for how it is made. At most some 250 characters in all."""

    start: str
    end: str
    title: str
    color: str
    reminders: str
    transparent: str
    visibility: str
    sheet: str

    @classmethod
    def of(cls, block: BlockEvent) -> Stamp:
        return cls(
            start=_instant(block.start),
            end=_instant(block.end),
            title=_digest(block.title),
            color=block.color_id,
            reminders=_reminders(block.reminders),
            transparent=str(int(block.transparent)),
            visibility=block.visibility,
            sheet=content_digest(block.description),
        )

    @classmethod
    def theirs(cls) -> Stamp:
        """For an event whose stamp was lost: every part counts as the user's."""
        return cls(
            start=_THEIRS,
            end=_THEIRS,
            title=_THEIRS,
            color=_THEIRS,
            reminders=_THEIRS,
            transparent=_THEIRS,
            visibility=_THEIRS,
            sheet="",
        )

    def encode(self) -> str:
        fields = (
            self.start,
            self.end,
            self.title,
            self.color,
            self.reminders,
            self.transparent,
            self.visibility,
            self.sheet,
        )
        return "|".join((_VERSION, *fields))

    @classmethod
    def parse(cls, text: str) -> Stamp | None:
        """None for an empty, damaged or unknown one."""
        version, *fields = text.removesuffix(f"|{_LEAVING}").split("|")
        if version != _VERSION or len(fields) != 8:
            return None
        start, end, title, color, reminders, transparent, visibility, sheet = fields
        return cls(
            start=start,
            end=end,
            title=title,
            color=color,
            reminders=reminders,
            transparent=transparent,
            visibility=visibility,
            sheet=sheet,
        )

    def keeping(self, old: Stamp, parts: frozenset[Part]) -> Stamp:
        """This stamp, with `old`'s word for the parts that are the user's: so they stay so."""
        kept = self
        if Part.TIME in parts:
            kept = replace(kept, start=old.start, end=old.end)
        if Part.TITLE in parts:
            kept = replace(kept, title=old.title)
        if Part.COLOR in parts:
            kept = replace(kept, color=old.color)
        if Part.REMINDERS in parts:
            kept = replace(kept, reminders=old.reminders)
        if Part.TRANSPARENCY in parts:
            kept = replace(kept, transparent=old.transparent)
        if Part.VISIBILITY in parts:
            kept = replace(kept, visibility=old.visibility)
        return kept


def stamp_of(event: Event) -> Stamp | None:
    return Stamp.parse(event.properties.get(WROTE, ""))


def leaving(event: Event) -> str:
    """The event's stamp, saying that we are about to take it away."""
    return f"{(stamp_of(event) or Stamp.theirs()).encode()}|{_LEAVING}"


def is_leaving(event: Event) -> bool:
    """Whether the last thing we wrote into it was that we take it away."""
    return event.properties.get(WROTE, "").endswith(f"|{_LEAVING}")


def by_hand(event: Event, stamp: Stamp | None) -> frozenset[Part]:
    """The parts of a live event that differ from what we last wrote. Without a stamp every part is taken for the
    user's. The description is never in it: it is merged, line by line."""
    stamp = stamp or Stamp.theirs()
    differs = {
        Part.TIME: (_instant(event.start), _instant(event.end)) != (stamp.start, stamp.end),
        Part.TITLE: _digest(event.title) != stamp.title,
        Part.COLOR: event.color_id != stamp.color,
        Part.REMINDERS: _reminders(event.reminders) != stamp.reminders,
        Part.TRANSPARENCY: str(int(event.transparent)) != stamp.transparent,
        Part.VISIBILITY: event.visibility != stamp.visibility,
    }
    return frozenset(part for part, changed in differs.items() if changed)


def _instant(moment: datetime | date | None) -> str:
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return moment.strftime("%Y%m%d") if moment else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()[:12]


def _reminders(reminders: Reminders) -> str:
    return "default" if reminders.minutes is None else ",".join(str(minutes) for minutes in sorted(reminders.minutes))
