"""A series and its exceptions → occurrences in a window.

The starts come from `turns`; this module lays the exceptions over them (moved, changed, cancelled; one whose
master is unknown stands alone) and remembers what took place: an entry that vanished after its end did happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from scheduler.model import Event, Occurrence, Response
from scheduler.timespan import Span
from scheduler.turns import TURNS_A_DAY, Series, check_rule, key_of

__all__ = ["TURNS_A_DAY", "check_rule", "expand", "group", "key_of", "own_response"]

_DAY = timedelta(days=1)


def group(events: Iterable[Event]) -> dict[str, list[Event]]:
    """Single events and masters with their exceptions, by the id of the series or the event's own."""
    groups: dict[str, list[Event]] = {}
    for event in events:
        groups.setdefault(event.series_id or event.id, []).append(event)
    return groups


def expand(
    events: Iterable[Event], window: Span, *, vanished: Mapping[str, datetime] | None = None
) -> Iterator[Occurrence]:
    """The occurrences of one group of `group()` that overlap `window`; never raises on a bad rule (`check_rule`
    says what is wrong with it).

    `vanished` maps an event's id to the moment at which it was first seen cancelled or gone; its last known
    content is still in `events`, whatever its status. Of such an event the turns that ended by then took place
    and come with `cancelled=True`; the others do not come. A series takes its exceptions along. What is
    cancelled and not in `vanished` never took place.

    Turns of a series, changed or not, carry the id of the series and their original start as `key`, so that a
    turn stays the same one when it is moved. All-day turns up to a day outside the window may come along: it is
    the reader's midnight that counts, and `Occurrence.span` knows it.
    """
    vanished = vanished or {}
    masters: list[Event] = []
    exceptions: dict[str, dict[str, Event]] = {}
    for event in events:
        if event.series_id is None:
            masters.append(event)
        else:
            exceptions.setdefault(event.series_id, {})[_exception_key(event)] = event
    for master in masters:
        yield from _expand_one(master, exceptions.pop(master.id, {}), window, vanished)
    for orphans in exceptions.values():
        for key, orphan in orphans.items():
            occurrence = _occurrence(orphan, key, None)
            yield from _if_it_took_place(occurrence, orphan, vanished.get(orphan.id), window)


def _expand_one(
    master: Event, exceptions: Mapping[str, Event], window: Span, vanished: Mapping[str, datetime]
) -> Iterator[Occurrence]:
    """A single event, or a master with its exceptions by key."""
    gone_at = vanished.get(master.id)
    period_days = None
    if master.recurrence and master.start is not None:
        series = Series(master.recurrence, master.start)
        period_days = series.period_days()
        lasting, length = _lasting(master, period_days), _length(master)
        stands, first, last = gone_at is None and not master.cancelled, key_of(window.start), key_of(window.end)
        for key, start in series.within(window, length):
            if key in exceptions:
                continue
            turn = _turn(lasting, key, start, length)
            if stands and first < key < last:  # by their keys turns compare as by their starts, only faster
                yield turn
            else:
                yield from _if_it_took_place(turn, master, gone_at, window)
    else:
        yield from _if_it_took_place(_occurrence(master, "", None), master, gone_at, window)
    for key, exception in exceptions.items():
        own_gone_at = vanished.get(exception.id)
        if (exception.cancelled and own_gone_at is None) or (master.cancelled and gone_at is own_gone_at is None):
            continue  # called off, as far as we know before its time
        occurrence = _occurrence(exception, key, period_days)
        if occurrence is None and exception.original_start is not None:  # a tombstone: it was as its series has it
            occurrence = _occurrence(master, key, period_days, start=exception.original_start)
        moments = [moment for moment in (gone_at, own_gone_at) if moment is not None]
        yield from _if_it_took_place(occurrence, exception, min(moments, default=None), window)


def _if_it_took_place(
    occurrence: Occurrence | None, event: Event, gone_at: datetime | None, window: Span
) -> Iterator[Occurrence]:
    """The occurrence, marked where its event vanished after its end; nothing where it is outside or called off."""
    if occurrence is None or not _overlaps(occurrence, window):
        return
    if gone_at is not None:
        if _moment(occurrence.end) <= gone_at:
            yield replace(occurrence, cancelled=True)
    elif not event.cancelled:
        yield occurrence


def _occurrence(
    event: Event, key: str, period_days: float | None, *, start: datetime | date | None = None
) -> Occurrence | None:
    """The event as one occurrence, at `start` where that is another turn; None for a mere tombstone."""
    if event.start is None:
        return None
    return _turn(_lasting(event, period_days), key, event.start if start is None else start, _length(event))


def _lasting(event: Event, period_days: float | None) -> Mapping[str, Any]:
    """What all turns of an event have in common; worked out once, as a series has hundreds of turns."""
    return {
        "event_id": event.series_id or event.id,
        "title": event.title,
        "type": event.type,
        "response": own_response(event),
        "transparent": event.transparent,
        "private": event.private,
        "organizer": event.organizer,
        "attendees": event.attendees,
        "attendees_omitted": event.attendees_omitted,
        "period_days": period_days,
        "block_tag": event.block_tag,
    }


def _turn(lasting: Mapping[str, Any], key: str, start: datetime | date, length: timedelta) -> Occurrence:
    if isinstance(start, datetime):
        end: datetime | date = (start.astimezone(UTC) + length).astimezone(start.tzinfo)
    else:
        end = start + max(length, _DAY)
    return Occurrence(key=key, start=start, end=end, **lasting)


def own_response(event: Event) -> Response:
    """The user's answer. Where nobody asked for one (no guests, the user's own meeting, an entry copied into the
    calendar) the entry stands there because the user wants it."""
    return next((attendee.response for attendee in event.attendees if attendee.is_self), Response.ACCEPTED)


def _length(event: Event) -> timedelta:
    """How long one turn lasts, as elapsed time (RFC 5545, 3.8.5.3); never negative."""
    start, end = event.start, event.end
    if isinstance(start, datetime) and isinstance(end, datetime):
        length = end.astimezone(UTC) - start.astimezone(UTC)
    elif start is None or end is None or isinstance(start, datetime) or isinstance(end, datetime):
        length = timedelta()
    else:
        length = end - start
    return max(length, timedelta())


def _overlaps(occurrence: Occurrence, window: Span) -> bool:
    start, end = _moment(occurrence.start), _moment(occurrence.end)
    margin = _DAY if occurrence.all_day else timedelta()
    return start < window.end + margin and (end > window.start - margin or start >= window.start)


def _exception_key(exception: Event) -> str:
    return exception.id if exception.original_start is None else key_of(exception.original_start)


def _moment(value: datetime | date) -> datetime:
    return value.astimezone(UTC) if isinstance(value, datetime) else datetime.combine(value, time(), UTC)
