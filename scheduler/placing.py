"""One day and one rule: which times are open, which of them is best, and what stands in the way of the usual one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.model import BlockKey, Rule, WorkingHours
from scheduler.slots import Busy, BusyIndex, Closed, free
from scheduler.timespan import Span, at_wall_clock, subtract
from scheduler.words import _, clock, quoted, weekday, weekday_and_day

GRID = timedelta(minutes=5)
"""Blocks start on this grid unless their ideal time lies off it."""

_OFF_QUARTER = timedelta(minutes=15)
"""How much farther from the ideal a quarter of an hour may be to be preferred to an odd five minutes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """Time of one of our own blocks."""

    span: Span
    key: BlockKey


class Board:
    """What is known about the time of the coming weeks, and the blocks put there so far.

    Nothing new may start before `earliest`.
    """

    def __init__(
        self,
        *,
        zone: ZoneInfo,
        hours: WorkingHours,
        busy: Iterable[Busy],
        closed: Iterable[Closed],
        earliest: datetime,
    ) -> None:
        self.zone = zone
        self.hours = hours
        self.earliest = earliest.astimezone(UTC)
        self._all = BusyIndex(busy)
        self._closed: dict[date, str] = {}
        for entry in sorted(closed):
            self._closed.setdefault(entry.on, entry.reason)
        self._taken: dict[date, list[Taken]] = {}

    # -- blocks ------------------------------------------------------------------------------------

    def take(self, key: BlockKey, span: Span) -> None:
        for on in self._days_of(span):
            self._taken.setdefault(on, []).append(Taken(span=span, key=key))

    def has_block_of(self, rule: str, on: date) -> bool:
        return any(taken.key.rule == rule for taken in self._taken.get(on, ()))

    def _days_of(self, span: Span) -> Iterator[date]:
        on = span.start.astimezone(self.zone).date()
        last = (span.end - timedelta(microseconds=1)).astimezone(self.zone).date()
        while on <= last:
            yield on
            on += timedelta(days=1)

    def _blocks_near(self, span: Span) -> list[Span]:
        return [taken.span for on in self._days_of(span) for taken in self._taken.get(on, ())]

    # -- limits ------------------------------------------------------------------------------------

    def window(self, rule: Rule, on: date) -> Span | None:
        """The rule's window inside the working hours; None on a day off or where the two do not meet."""
        if on.isoweekday() not in self.hours.weekdays:
            return None
        first, last = max(rule.window_start, self.hours.start), min(rule.window_end, self.hours.end)
        start, end = at_wall_clock(on, first, self.zone), at_wall_clock(on, last, self.zone)
        return Span(start, end) if start.timestamp() < end.timestamp() else None

    def ideal(self, rule: Rule, on: date) -> datetime:
        return at_wall_clock(on, rule.ideal, self.zone).astimezone(UTC)

    def over(self, rule: Rule, on: date) -> bool:
        """Whether it is too late to begin even the shortest block on that day."""
        end = at_wall_clock(on, min(rule.window_end, self.hours.end), self.zone)
        return end.astimezone(UTC) - timedelta(minutes=rule.shortest) < self.earliest

    # -- places ------------------------------------------------------------------------------------

    def spaces(self, rule: Rule, on: date) -> list[Span]:
        """Open time for a new or moved block of `rule`, with its buffer kept; sorted."""
        window = self.window(rule, on)
        if window is None or on in self._closed:
            return []
        buffer = timedelta(minutes=rule.buffer)
        opens = free(window, self._all, buffer=buffer)
        blocks = [span.widen(buffer) for span in self._blocks_near(window.widen(buffer))]
        if blocks:
            opens = [piece for space in opens for piece in subtract(space, blocks)]
        if window.start >= self.earliest:
            return opens
        return [Span(max(space.start, self.earliest), space.end) for space in opens if space.end > self.earliest]

    def place(self, rule: Rule, on: date, minutes: int) -> Span | None:
        """The open time of that length closest to the ideal one."""
        return best(self.spaces(rule, on), self.ideal(rule, on), timedelta(minutes=minutes), self.zone)

    # -- obstacles, in words -----------------------------------------------------------------------

    def clash(self, rule: Rule, span: Span) -> str:
        """Why a booked block cannot stay at `span`, as a clause; empty where it can.

        Unanswered invitations and the buffer displace nothing.
        """
        start = span.start.astimezone(self.zone)
        day_reason = self._day_reason(start.date())
        if day_reason:
            return day_reason
        window = self.window(rule, start.date())
        if window is None or not window.contains(span):
            return _("{at} is outside the hours you allow", at=clock(start))
        return self._taken_by(start, span, (entry for entry in self._all.within(span) if entry.firm))

    def why_not(self, rule: Rule, on: date) -> str:
        """What stands in the way of the ideal time on that day, as a clause; empty where nothing does."""
        day_reason = self._day_reason(on)
        if day_reason:
            return day_reason
        ideal = self.ideal(rule, on)
        span = Span(ideal, ideal + timedelta(minutes=rule.longest))
        window = self.window(rule, on)
        if window is None or not window.contains(span):
            return _("{at} is outside the hours you allow", at=clock(rule.ideal))
        if ideal < self.earliest:
            return _("It was too late for {at}", at=clock(rule.ideal))
        wide = span.widen(timedelta(minutes=rule.buffer))
        return self._taken_by(ideal.astimezone(self.zone), wide, self._all.within(wide))

    def _day_reason(self, on: date) -> str:
        if on.isoweekday() not in self.hours.weekdays:
            return _("{weekday} is not one of your working days", weekday=weekday(on.isoweekday()))
        if on in self._closed:
            return _("{day} is closed: {cause}", day=weekday_and_day(on), cause=self._closed[on])
        if at_wall_clock(on, time(12), self.zone).date() != on:  # as where a country crosses the date line
            return _("{day} does not exist in your time zone", day=weekday_and_day(on))
        return ""

    def closed_reason(self, on: date) -> str | None:
        return self._closed.get(on)

    def _taken_by(self, start: datetime, span: Span, busy: Iterable[Busy]) -> str:
        for entry in busy:
            # A long meeting that began before may be the obstacle as well; the clock named is always the block's own.
            return _("{at} was taken by {title}", at=clock(start), title=quoted(entry.title))
        if any(other.overlaps(span) for other in self._blocks_near(span)):
            return _("{at} was taken by another block of yours", at=clock(start))
        return ""


def best(spaces: Sequence[Span], ideal: datetime, length: timedelta, zone: ZoneInfo) -> Span | None:
    """The place of `length` in `spaces` that starts closest to `ideal`: quarters of an hour before odd fives,
    the later of two that are equally near."""
    starts: list[datetime] = []
    for space in spaces:
        if space.start <= ideal <= space.end - length:
            return Span(ideal, ideal + length)
        starts += _grid(space.start, space.end - length)
    if not starts:
        return None

    def cost(start: datetime) -> tuple[timedelta, timedelta]:
        odd = start.astimezone(zone).minute % 15 != 0
        return abs(start - ideal) + (_OFF_QUARTER if odd else timedelta(0)), ideal - start

    start = min(starts, key=cost)
    return Span(start, start + length)


def _grid(first: datetime, last: datetime) -> Iterator[datetime]:
    step = int(GRID.total_seconds())
    at = datetime.fromtimestamp(-(-first.timestamp() // step) * step, UTC)
    while at <= last:
        yield at
        at += GRID
