"""Recurrence lines (RFC 5545) → the starts of a series' turns.

A series repeats by the wall clock of its own zone: turns are worked out in naive local time and become moments
last, so that 10:00 stays 10:00 across a DST change. All-day series live at naive midnight on the way.

Rules come from other people's invitations, so none may hang or crash us. dateutil scans up to the year 9999
for a turn that never comes (up to minutes, depending on the rule); what RFC 5545 does not allow, or nobody
means, is therefore refused with a reason instead of being tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from math import lcm
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from scheduler.timespan import Span, at_wall_clock
from scheduler.weekly import WEEKDAYS, Weekly

TURNS_A_DAY = 10
"""A series yields at most this many turns a day of the window, on average: more than any meeting has, and
few enough that an hourly rule over two years costs less than a tenth of a second."""

MOST_DATES = 5_000
"""RDATE and EXDATE values read of one line: far above what a calendar writes."""

_ALLOWED = {  # RFC 5545, the table in 3.3.10; no BYSETPOS within one day, where it has no use for a meeting
    "YEARLY": {"BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY", "BYSETPOS"},
    "MONTHLY": {"BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS"},
    "WEEKLY": {"BYMONTH", "BYDAY", "BYSETPOS"},
    "DAILY": {"BYMONTH", "BYMONTHDAY", "BYDAY"},
    "HOURLY": {"BYMONTH", "BYMONTHDAY", "BYDAY"},
}
_ALWAYS_ALLOWED = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYHOUR", "BYMINUTE", "BYSECOND"}
_STEPS = {"WEEKLY": timedelta(weeks=1), "DAILY": timedelta(days=1), "HOURLY": timedelta(hours=1)}
_LONGEST_INTERVAL = 1_000
_CYCLE_MONTHS = 400 * 12
_DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_EARLIEST, _LATEST = datetime.combine(date.min, time.min), datetime.combine(date.max, time.max)  # naive
_UNREADABLE = (ValueError, OverflowError, TypeError, KeyError, IndexError, AttributeError)
"""What dateutil, strptime and the arithmetic raise on garbage."""


class BadRule(ValueError):
    """A rule we do not follow; the message is a clause for people."""


def key_of(start: datetime | date) -> str:
    """What tells the turns of a series apart: `20261124T090000Z`, or `20261124` for an all-day one."""
    if isinstance(start, datetime):
        # Cheaper than strftime, and this is asked of every turn.
        return start.astimezone(UTC).isoformat(timespec="seconds")[:19].replace("-", "").replace(":", "") + "Z"
    return f"{start:%Y%m%d}"


def check_rule(lines: Iterable[str], start: datetime | date = date(2024, 1, 1)) -> str:
    """What is wrong with these lines for a series that begins at `start`, as one sentence; empty if nothing is."""
    return Series(lines, start).problem


class Series:
    """The turns of one series. `problem` says in one sentence what could not be followed, if anything."""

    def __init__(self, lines: Iterable[str], start: datetime | date) -> None:
        self.start = start
        self.all_day = not isinstance(start, datetime)
        self.problem = ""
        self._zone: tzinfo = (start.tzinfo or UTC) if isinstance(start, datetime) else UTC
        self._first = _naive(start, self._zone)
        self._rules: list[_Rule] = []
        self._exrules: list[_Rule] = []
        self._more: dict[str, datetime | date] = {}  # RDATE
        self._less: set[str] = set()  # EXDATE: keys
        self._less_on: set[date] = set()  # EXDATE: whole days
        try:
            for line in lines:
                self._read(line)
        except BadRule as problem:
            self._rules, self._exrules, self._more = [], [], {}
            self.problem = f"This series cannot be followed ({problem}), so only its first time is read."

    def period_days(self) -> float | None:
        """The usual distance between two turns, in days: the mean over its first twelve gaps. None for one turn."""
        turns = sorted({turn for rule in self._rules for turn in islice(rule.turns(), 13)})[:13]
        if len(turns) < 2:
            turns = sorted({self._first, *turns, *(_naive(more, self._zone) for more in self._more.values())})[:13]
        if len(turns) < 2:
            return None
        return (turns[-1] - turns[0]) / timedelta(days=1) / (len(turns) - 1)

    def within(self, window: Span, length: timedelta) -> list[tuple[str, datetime | date]]:
        """Key and start of each turn that may overlap `window` if it lasts `length`, earliest first. A day more
        on either side: whose midnight an all-day turn begins at is not known here."""
        margin = timedelta(days=1, hours=1)
        try:
            low = _naive(window.start, self._zone) - length - margin
            high = _naive(window.end, self._zone) + margin
        except OverflowError:
            return []
        most = TURNS_A_DAY * ((high - low).days + 1)
        found: dict[str, datetime | date] = {}
        for rule in self._rules:
            for naive in islice(rule.turns(low, high), most):
                turn = self._moment(naive)
                found.setdefault(key_of(turn), turn)
        if low <= self._first <= high:  # a series holds its first time even where its rule misses it (RFC 5545)
            found[key_of(self.start)] = self.start
        found.update((key, turn) for key, turn in self._more.items() if low <= _naive(turn, self._zone) <= high)
        for rule in self._exrules:
            for naive in islice(rule.turns(low, high), most):
                found.pop(key_of(self._moment(naive)), None)
        return [
            (key, turn)
            for key, turn in sorted(found.items())[:most]
            if key not in self._less and not (self._less_on and _naive(turn, self._zone).date() in self._less_on)
        ]

    def _read(self, line: str) -> None:
        head, _, value = line.strip().partition(":")
        name, *parameters = head.split(";")
        match name.upper():
            case "RRULE" | "EXRULE":
                rules = self._rules if name.upper() == "RRULE" else self._exrules
                read = _rule(value.strip().upper(), self._first, self._zone)
                rules.extend(rule for rule in read if rule.ever())
            case "RDATE" | "EXDATE":
                zone = _zone_named(parameters) or self._zone
                for text in islice(value.split(","), MOST_DATES):
                    try:
                        moment = _moment_of(text.partition("/")[0].strip().upper(), zone)
                        self._take(name.upper(), moment)
                    except _UNREADABLE:
                        self.problem = "A date of this series cannot be read and was passed over."
            case _:
                self.problem = "A line of this series is no recurrence rule and was passed over."

    def _take(self, name: str, moment: datetime | date) -> None:
        """One value of RDATE or EXDATE; a bare date stands for the whole day, also in a timed series."""
        timed = isinstance(moment, datetime)
        day = moment.date() if isinstance(moment, datetime) else moment
        if name == "EXDATE":
            if timed and not self.all_day:
                self._less.add(key_of(moment))
            else:
                self._less_on.add(day)
            return
        if isinstance(moment, datetime) and not self.all_day:
            moment = moment.astimezone(self._zone)
        else:
            moment = self._moment(datetime.combine(day, self._first.time()))
        self._more[key_of(moment)] = moment

    def _moment(self, naive: datetime) -> datetime | date:
        return naive.date() if self.all_day else _attach(naive, self._zone)


@dataclass(frozen=True, slots=True)
class _Rule:
    """One RRULE or EXRULE in naive local time. `until` is inclusive; `step` is None where the rule counts its turns.

    dateutil walks from `anchor`; of what it finds nothing lies before `start`, and at most `count` turns are taken
    where dateutil does not count them itself.
    """

    rule: rrule
    start: datetime
    until: datetime
    step: timedelta | None
    anchor: datetime
    count: int | None = None
    weekly: Weekly | None = None  # quicker than dateutil, where the rule is of that kind
    months: int = 0  # its period, where it counts in months or years

    def ever(self) -> bool:
        """Whether there is any turn at all. The calendar repeats every 400 years, weekdays and all: where a rule finds
        nothing in the last ones there are, it never does, and 8,000 years need not be searched."""
        years = lcm(_CYCLE_MONTHS, self.months) // 12 if self.months else 0
        cycles = (MAXYEAR - years - self.anchor.year) // years if years else 0
        if cycles > 0:
            late = self.rule.replace(dtstart=self.anchor.replace(year=self.anchor.year + cycles * years), until=None)
            try:
                return next(iter(late), None) is not None
            except _UNREADABLE:
                return False
        return next(self.turns(), None) is not None

    def turns(self, low: datetime = _EARLIEST, high: datetime = _LATEST) -> Iterator[datetime]:
        """The turns in [low, high], in order, without walking the whole past where that can be avoided."""
        rule = self.rule
        try:
            if self.weekly is None and self.step is not None and low > self.anchor + 3 * self.step:
                # Whole steps keep weekday, phase and time; two to spare, as dateutil cuts the first period short.
                rule = rule.replace(dtstart=self.anchor + ((low - self.anchor) // self.step - 2) * self.step)
            found: Iterable[datetime] = rule
            if self.weekly is not None:
                found = self.weekly.turns(low)
            elif self.anchor < self.start:
                found = islice((turn for turn in rule if turn >= self.start), self.count)
            for turn in found:
                if turn > high or turn > self.until:
                    return
                if turn >= low:
                    yield turn
        except _UNREADABLE:  # also on the way: at the end of the calendar, or where hours never meet
            return


def _rule(text: str, start: datetime, zone: tzinfo) -> tuple[_Rule, ...]:
    """The rule, or nothing where it can never match. Raises BadRule."""
    parts: dict[str, str] = {}
    for part in filter(None, text.split(";")):
        name, _, value = part.partition("=")
        parts[name.strip()] = value.strip()
    try:
        _refuse(parts)
        until = _until(parts.pop("UNTIL"), zone) if "UNTIL" in parts else _LATEST
        interval = int(parts.get("INTERVAL", 1))
        if _never(parts, start, interval):
            return ()
        step = None if "COUNT" in parts else _STEPS.get(parts["FREQ"])
        anchor, count = start, None
        if parts["FREQ"] == "WEEKLY" and "BYSETPOS" in parts:
            # dateutil cuts the first week short and then takes the wrong one of its days: so it gets a whole week.
            anchor -= timedelta(days=(start.weekday() - WEEKDAYS.index(parts.get("WKST", "MO"))) % 7)
            parts.setdefault("BYDAY", WEEKDAYS[start.weekday()])
            count = int(parts.pop("COUNT")) if anchor < start and "COUNT" in parts else None
        rule = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=anchor)
        if not isinstance(rule, rrule):
            raise BadRule("it is no rule")
        weekly = Weekly.of(parts, start)
        months = {"YEARLY": 12, "MONTHLY": 1}.get(parts["FREQ"], 0) * interval
        return (_Rule(rule, start, until, step * interval if step else None, anchor, count, weekly, months),)
    except BadRule:
        raise
    except _UNREADABLE as error:
        raise BadRule("its rule cannot be read") from error


def _refuse(parts: dict[str, str]) -> None:
    """Raise BadRule for what no meeting needs and what would cost time without bound."""
    allowed = _ALLOWED.get(parts.get("FREQ", ""))
    if allowed is None:
        frequent = parts.get("FREQ") in {"SECONDLY", "MINUTELY"}
        raise BadRule("it repeats by the minute or second" if frequent else "its rule names no frequency we know")
    if odd := parts.keys() - allowed - _ALWAYS_ALLOWED:
        raise BadRule(f"its rule combines {parts['FREQ']} with {min(odd)[:20]}")
    if not 1 <= int(parts.get("INTERVAL", 1)) <= _LONGEST_INTERVAL:
        raise BadRule("its interval is out of range")
    if parts["FREQ"] == "HOURLY" and int(parts.get("INTERVAL", 1)) > 1 and parts.keys() & allowed:
        raise BadRule("it repeats every few hours on certain days")


def _never(parts: dict[str, str], start: datetime, interval: int) -> bool:
    """Whether the rule can be seen never to match: dateutil would look for its first turn until the year 9999."""
    months = [int(month) for month in parts.get("BYMONTH", "").split(",") if month]
    days = [int(day) for day in parts.get("BYMONTHDAY", "").split(",") if day]
    weekdays = {name.strip()[-2:] for name in parts.get("BYDAY", "").split(",") if name}
    positions = [int(position) for position in parts.get("BYSETPOS", "").split(",") if position]
    if not all(1 <= month <= 12 for month in months):
        raise BadRule("its rule cannot be read")
    longest = max((_DAYS_OF_MONTH[month - 1] for month in months), default=31)
    if days and min(abs(day) for day in days) > longest:
        return True
    if parts["FREQ"] == "DAILY" and interval % 7 == 0 and weekdays:
        return WEEKDAYS[start.weekday()] not in weekdays
    times = 1
    for name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        times *= max(1, len(parts.get(name, "").split(",")))
    return bool(positions) and min(map(abs, positions)) > _largest_set(parts, len(weekdays), len(days)) * times


def _largest_set(parts: dict[str, str], weekdays: int, days: int) -> int:
    """At most so many days of one week, month or year can match, for BYSETPOS to choose from."""

    def count(name: str) -> int:
        return len([value for value in parts.get(name, "").split(",") if value])

    match parts["FREQ"]:
        case "WEEKLY":
            return max(1, weekdays)
        case "MONTHLY":
            return (days or 31) if weekdays else max(1, days)
        case "YEARLY" if weekdays or count("BYWEEKNO"):
            return 366
        case "YEARLY":
            return max(1, count("BYYEARDAY"), days * (count("BYMONTH") or 12), count("BYMONTH"))
        case _:
            return 366


def _until(text: str, zone: tzinfo) -> datetime:
    """The last possible turn in naive local time; a bare date lasts until its midnight."""
    moment = _moment_of(text, zone)
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time.max)
    return _naive(moment, zone)


def _moment_of(text: str, zone: tzinfo) -> datetime | date:
    """An iCalendar DATE or DATE-TIME; a local one is in `zone`. Raises ValueError."""
    if len(text) == 8:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a date has no zone
    if text.endswith("Z"):
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return _attach(datetime.strptime(text, "%Y%m%dT%H%M%S"), zone)  # noqa: DTZ007 - _attach gives it one


def _zone_named(parameters: Iterable[str]) -> ZoneInfo | None:
    """The zone of a TZID parameter; None where there is none, or one nobody knows."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.upper() == "TZID":
            try:
                return ZoneInfo(value.strip('"'))
            except (*_UNREADABLE, OSError):  # the name is looked up as a path
                return None
    return None


def _attach(naive: datetime, zone: tzinfo) -> datetime:
    return at_wall_clock(naive.date(), naive.time(), zone) if isinstance(zone, ZoneInfo) else naive.replace(tzinfo=zone)


def _naive(moment: datetime | date, zone: tzinfo) -> datetime:
    if isinstance(moment, datetime):
        return moment.astimezone(zone).replace(tzinfo=None)
    return datetime.combine(moment, time())
