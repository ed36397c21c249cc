"""Half-open spans of time.

A span holds its start and not its end, so that back-to-back meetings do not overlap.
Both ends are kept in UTC: two datetimes that share a ZoneInfo compare by wall clock in Python,
which is wrong in the hour that comes twice. Whoever needs a wall clock converts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def require_aware(**moments: datetime | None) -> None:
    """Raise ValueError that names the first naive datetime among the keyword arguments."""
    for name, moment in moments.items():
        if moment is not None and moment.utcoffset() is None:
            raise ValueError(f"{name} must carry a time zone, got {moment!r}")


def at_wall_clock(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The moment at which a wall clock in `zone` shows `clock` on `day`.

    A time that does not exist (the hour skipped in spring) becomes the first one after the gap;
    a time that comes twice (autumn) is the first of the two.
    """
    local = datetime.combine(day, clock, zone)
    # The two folds agree but at a change of the clock, where they lie on either side of it.
    if local.utcoffset() == local.replace(fold=1 - local.fold).utcoffset():
        return local
    before = local.replace(fold=0).utcoffset()
    after = local.replace(fold=1).utcoffset()
    assert before is not None
    assert after is not None
    if before > after:  # back: the time exists, twice
        return local
    low, high = local.astimezone(UTC) - abs(after - before), local.astimezone(UTC)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0).astimezone(zone)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """[start, end) in UTC, not empty."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is not UTC or self.end.tzinfo is not UTC:  # there are very many, and most are
            require_aware(start=self.start, end=self.end)
            object.__setattr__(self, "start", self.start.astimezone(UTC))
            object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.start >= self.end:
            raise ValueError(f"a span must end after it starts: {self.start} .. {self.end}")

    @property
    def length(self) -> timedelta:
        """Elapsed time, also across a DST change."""
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def clip(self, to: Span) -> Span | None:
        """The part inside `to`, or None."""
        start, end = max(self.start, to.start), min(self.end, to.end)
        return Span(start, end) if start < end else None

    def widen(self, by: timedelta) -> Span:
        """`by` more on both sides."""
        return Span(self.start - by, self.end + by)


def union(spans: Iterable[Span]) -> list[Span]:
    """Sorted, overlapping and touching spans joined."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].end:
            if span.end > joined[-1].end:
                joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined


def subtract(whole: Span, holes: Iterable[Span]) -> list[Span]:
    """What is left of `whole` without `holes`, sorted."""
    left: list[Span] = []
    start = whole.start
    for hole in union(holes):
        if hole.end <= start:
            continue
        if hole.start >= whole.end:
            break
        if hole.start > start:
            left.append(Span(start, hole.start))
        start = max(start, hole.end)
    if start < whole.end:
        left.append(Span(start, whole.end))
    return left
