"""Who is busy when, which days are closed, and what time is free."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from scheduler.model import EventType, Occurrence, Response, WorkingHours
from scheduler.timespan import Span, at_wall_clock
from scheduler.words import ENGLISH, _, quoted, spoken


@dataclass(frozen=True, kw_only=True, slots=True)
class Busy:
    """Time that is taken. `firm` is False for an unanswered invitation: nothing new is put there, nothing moves away.

    `title` is for reasons; empty where it must not be told (private entries) or is not known.
    """

    span: Span
    title: str = ""
    firm: bool = True


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Closed:
    """A day without blocks. `reason` is a noun phrase: "public holiday (Christmas Day)"."""

    on: date
    reason: str


# -- From the calendar -----------------------------------------------------------------------------

_FREE_TYPES = frozenset({EventType.WORKING_LOCATION, EventType.BIRTHDAY})


def busy_time(
    occurrences: Iterable[Occurrence],
    zone: ZoneInfo,
    *,
    hours: WorkingHours | None = None,
    own: Container[str] | None = None,
    within: tuple[date, date] | None = None,
) -> tuple[list[Busy], list[Closed]]:
    """What the calendar's entries take away, sorted.

    `within`: the days [first, last) that matter; an entry of ten thousand years is cut to them.

    `own` are the event ids of our own blocks, which the plan handles by itself; where it is None every entry
    that carries our property is left out. (Given the ids, copies of blocks and blocks of another installation count
    as what they are: busy.) An out-of-office entry closes the days whose whole working hours it covers.
    """
    hours = hours or WorkingHours()
    busy: list[Busy] = []
    closed: set[Closed] = set()
    for whole in occurrences:
        if _leaves_free(whole) or _is_own(whole, own):
            continue
        there = _cut(whole, zone, within)
        if there is None:
            continue
        occurrence, span = there
        firm = occurrence.response is not Response.NEEDS_ACTION
        title = "" if occurrence.private else occurrence.title
        away = occurrence.type is EventType.OUT_OF_OFFICE
        if occurrence.all_day:
            named = _("all day {title}", title=quoted(title)) if title.strip() else _("a private all-day entry")
            reason = _("out of office") if away else named
            if firm:
                closed.update(Closed(on=on, reason=reason) for on in _days(occurrence))
            else:
                busy.append(Busy(span=span, title=title, firm=False))
            continue
        busy.append(Busy(span=span, title=title, firm=firm))
        if away:
            closed.update(Closed(on=on, reason=_("out of office")) for on in _covered_days(span, zone, hours))
    busy.sort(key=lambda entry: (entry.span.start, entry.span.end, entry.title, entry.firm))
    return busy, sorted(closed)


def _leaves_free(occurrence: Occurrence) -> bool:
    return (
        occurrence.transparent
        or occurrence.cancelled
        or occurrence.response is Response.DECLINED
        or occurrence.type in _FREE_TYPES
    )


def _is_own(occurrence: Occurrence, own: Container[str] | None) -> bool:
    return bool(occurrence.block_tag) if own is None else occurrence.event_id in own


def _cut(whole: Occurrence, zone: ZoneInfo, within: tuple[date, date] | None) -> tuple[Occurrence, Span] | None:
    """The part on those days, and its time; None where there is none."""
    if within is not None and not isinstance(whole.start, datetime):
        assert not isinstance(whole.end, datetime)
        start, end = max(whole.start, within[0]), min(whole.end, within[1])
        if start >= end:
            return None
        whole = replace(whole, start=start, end=end)
    there = whole.span(zone)
    if there is None or within is None or whole.all_day:
        return None if there is None else (whole, there)
    days = _span_of(*within, zone)
    if days.contains(there):
        return whole, there
    cut = there.clip(days)
    return None if cut is None else (replace(whole, start=cut.start, end=cut.end), cut)


@lru_cache(maxsize=64)
def _span_of(first: date, last: date, zone: ZoneInfo) -> Span:
    return Span(at_wall_clock(first, time(), zone), at_wall_clock(last, time(), zone))


def _days(occurrence: Occurrence) -> list[date]:
    start, end = occurrence.start, occurrence.end
    assert not isinstance(start, datetime)
    assert not isinstance(end, datetime)
    return [start + timedelta(days=n) for n in range((end - start).days)]


def _covered_days(span: Span, zone: ZoneInfo, hours: WorkingHours) -> list[date]:
    first, last = span.start.astimezone(zone).date(), span.end.astimezone(zone).date()
    covered = []
    for n in range((last - first).days + 1):
        on = first + timedelta(days=n)
        working = day_window(on, zone, hours)
        if working and span.contains(working):
            covered.append(on)
    return covered


def day_window(on: date, zone: ZoneInfo, hours: WorkingHours) -> Span | None:
    """The working hours of that day (whatever the weekday); None where the clock change leaves nothing of them."""
    start, end = at_wall_clock(on, hours.start, zone), at_wall_clock(on, hours.end, zone)
    return Span(start, end) if start.timestamp() < end.timestamp() else None


# -- Public holidays -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Country:
    """For the form: ISO 3166 code, English name, codes of the regions that have holidays of their own."""

    code: str
    name: str
    regions: tuple[str, ...]


def supported_countries() -> list[Country]:
    """Countries whose public holidays are known, by name."""
    regions: Mapping[str, Sequence[str]] = holidays.list_supported_countries(include_aliases=False)
    found = [
        Country(code=code, name=module.replace("_", " ").title(), regions=tuple(regions.get(code, ())))
        for module, (_, code, *_) in holidays.registry.COUNTRIES.items()
    ]
    return sorted(found, key=lambda country: country.name)


def holidays_between(first: date, last: date, country: str, region: str | None = None) -> list[Closed]:
    """Public holidays from `first` to `last`, both included, with their names in the language spoken where
    they are known in it, in English else; sorted.

    Raises ValueError, in words for the user, for a country or region that is not known.
    """
    code = country.strip().upper()
    known: Mapping[str, Sequence[str]] = holidays.list_supported_countries()
    if code not in known:
        raise ValueError(f"Holidays of “{country}” are not known. Choose a country by its two-letter code, such as DE.")
    part = (region or "").strip() or None
    if part and part not in known[code]:
        choices = ", ".join(known[code])
        mend = f"Choose one of: {choices}." if choices else "Leave the region empty for this country."
        raise ValueError(f"“{part}” is not a region of {code} with holidays of its own. {mend}")
    table: Mapping[date, str] = holidays.country_holidays(
        code, subdiv=part, years=range(first.year, last.year + 1), language=_names_in(code)
    )
    return [
        Closed(on=on, reason=_("public holiday ({name})", name=name))
        for on, name in sorted(table.items())
        if first <= on <= last
    ]


def _names_in(country: str) -> str:
    """Of the languages in which a country's holidays are named: the one that is spoken, else English."""
    known: Sequence[str] = holidays.list_localized_countries().get(country, ())
    code = spoken().code
    return next((one for one in known if one.partition("_")[0] == code and code != ENGLISH.code), "en_US")


# -- What is free ----------------------------------------------------------------------------------

_LONG = timedelta(hours=36)


class BusyIndex:
    """Busy time, sorted, so that one day among 52 weeks and 10,000 entries is found by two bisections.

    Entries longer than a day and a half stand apart: so a bisection that starts that much earlier misses nothing.
    """

    def __init__(self, busy: Iterable[Busy]) -> None:
        entries = list(busy)
        self._short = sorted((entry for entry in entries if entry.span.length <= _LONG), key=_by_time)
        self._starts = [entry.span.start for entry in self._short]
        self._long = sorted((entry for entry in entries if entry.span.length > _LONG), key=_by_time)

    def within(self, span: Span) -> list[Busy]:
        """Entries that overlap `span`, earliest first."""
        low = bisect_left(self._starts, span.start - _LONG)
        high = bisect_left(self._starts, span.end)
        found = [entry for entry in self._short[low:high] if entry.span.end > span.start]
        if self._long:
            found += [entry for entry in self._long if entry.span.overlaps(span)]
            found.sort(key=_by_time)
        return found


def _by_time(entry: Busy) -> tuple[datetime, datetime, str, bool]:
    return entry.span.start, entry.span.end, entry.title, entry.firm


def free(window: Span, busy: BusyIndex, *, buffer: timedelta = timedelta(0)) -> list[Span]:
    """What is left of `window` when every busy entry keeps `buffer` around it; sorted."""
    gaps: list[Span] = []
    start = window.start
    for entry in busy.within(window.widen(buffer) if buffer else window):
        begins, ends = entry.span.start - buffer, entry.span.end + buffer
        if begins > start:
            gaps.append(Span(start, min(begins, window.end)))
        start = max(start, ends)
        if start >= window.end:
            return gaps
    gaps.append(Span(start, window.end))
    return gaps
