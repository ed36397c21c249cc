"""The first proposal: the weekday and morning time that was, and is, most often free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.model import WorkingHours
from scheduler.slots import Busy, BusyIndex, Closed
from scheduler.timespan import Span, at_wall_clock, require_aware
from scheduler.words import _, number, spoken_time, weekdays

WEEKS_BACK, WEEKS_AHEAD = 10, 4
LENGTH = timedelta(minutes=30)
_STEP = 30
_MORNING = (9 * 60, 12 * 60)
_FAVOURITE_TIME = 10 * 60
_FAVOURITE_DAYS = (2, 4, 3, 1, 5, 6, 7)  # midweek; Mondays and Fridays are when people are away


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """One block of half an hour a week. Free in `free_weeks` of the last `weeks` weeks, as `sentence` says."""

    weekday: int
    ideal: time
    free_weeks: int
    weeks: int
    sentence: str


def propose(
    busy: Sequence[Busy], closed: Sequence[Closed], *, zone: ZoneInfo, hours: WorkingHours, now: datetime
) -> Proposal:
    """The best of the working days' half hours between nine and twelve (of the whole working day, for those who begin
    later), judged by the last ten weeks and the coming four; ten o'clock, Tuesday and Thursday win ties."""
    require_aware(now=now)
    index, shut = BusyIndex(busy), {entry.on for entry in closed}
    today = now.astimezone(zone).date()

    def is_free(on: date, at: time) -> bool:
        start = at_wall_clock(on, at, zone)
        return on not in shut and not index.within(Span(start, start + LENGTH))

    def counts(weekday_number: int, at: time) -> tuple[int, int]:
        following = today + timedelta(days=(weekday_number - today.isoweekday() - 1) % 7 + 1)
        past = [following - timedelta(weeks=n) for n in range(1, WEEKS_BACK + 1)]
        coming = [following + timedelta(weeks=n) for n in range(WEEKS_AHEAD)]
        return sum(is_free(on, at) for on in past), sum(is_free(on, at) for on in coming)

    candidates = [(day, at) for day in sorted(hours.weekdays) for at in _times(hours)]
    tally = {candidate: counts(*candidate) for candidate in candidates}

    def cost(candidate: tuple[int, time]) -> tuple[int, int, int]:
        day, at = candidate
        away = abs(at.hour * 60 + at.minute - _FAVOURITE_TIME)
        return -sum(tally[candidate]), away, _FAVOURITE_DAYS.index(day)

    chosen = min(candidates, key=cost)
    free_weeks = tally[chosen][0]
    return Proposal(
        weekday=chosen[0],
        ideal=chosen[1],
        free_weeks=free_weeks,
        weeks=WEEKS_BACK,
        sentence=_sentence(*chosen, free_weeks),
    )


def _times(hours: WorkingHours) -> list[time]:
    first, last = hours.start.hour * 60 + hours.start.minute, hours.end.hour * 60 + hours.end.minute
    morning = list(_half_hours(max(first, _MORNING[0]), min(last, _MORNING[1])))
    return morning or list(_half_hours(first, last)) or [hours.start]


def _half_hours(first: int, last: int) -> Iterator[time]:
    at = -(-first // _STEP) * _STEP
    while at + LENGTH.total_seconds() / 60 <= last:
        yield time(at // 60, at % 60)
        at += _STEP


def _sentence(day: int, at: time, free_weeks: int) -> str:
    when = _("{weekdays} at {time}", weekdays=weekdays(day), time=spoken_time(at))
    if free_weeks == 0:
        return _("{when} are your best chance; your last {weeks} weeks were full.", when=when, weeks=number(WEEKS_BACK))
    if free_weeks == WEEKS_BACK:
        return _("{when} were free in all of your last {weeks} weeks.", when=when, weeks=number(WEEKS_BACK))
    return _(
        "{when} were free in {free} of your last {weeks} weeks.",
        when=when,
        free=number(free_weeks),
        weeks=number(WEEKS_BACK),
    )
