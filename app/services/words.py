"""Changes in words, for the journal and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.changes import Change, Create, Delete, Keep, Update
from scheduler.model import Part
from scheduler.words import _, clock, weekday_and_day


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """`what` is one of booked, moved, rewrote, retired, kept."""

    what: str
    text: str
    start: datetime | None = None
    end: datetime | None = None


def describe(change: Change) -> Line:
    """What a change does, and why; times in the zone it is written in."""
    match change:
        case Create():
            return Line(
                what="booked", text=change.reason, start=_local(change.event.start, change.event.zone),
                end=_local(change.event.end, change.event.zone),
            )  # fmt: skip
        case Update():
            moved = Part.TIME in change.parts
            return Line(
                what="moved" if moved else "rewrote", text=change.reason,
                start=_local(change.event.start, change.event.zone), end=_local(change.event.end, change.event.zone),
            )  # fmt: skip
        case Delete():
            return Line(what="retired", text=change.reason, start=change.start, end=change.end)
        case Keep():
            return Line(what="kept", text=change.reason)


def _local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone))


def journal_line(change: Change) -> Line | None:
    """What is worth telling on the page: that a block was booked, moved or taken away. None for the rest."""
    line = describe(change)
    if line.what not in {"booked", "moved", "retired"}:
        return None
    text = line.text
    if line.start:
        text = _("{day}, {at}: {what}", day=weekday_and_day(line.start.date()), at=clock(line.start), what=text)
    return Line(what=line.what, text=text, start=line.start, end=line.end)
