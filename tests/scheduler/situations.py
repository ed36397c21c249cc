"""How the tables of situations are read. The tables are made to be read by anybody; this file is for whoever adds one.

The week is Monday 23 to Sunday 29 November 2026 in London, and it is Monday, 08:00, unless said otherwise. Working
hours are Monday to Friday, 08:00 to 18:00. "Tue" is the Tuesday of that week, "Tue+1" the next one's. A block is
written as its number in the week, its time and its state.

An appointment is a day (or first-last day), its time or "all day", a title, and in brackets what is special about it:
(not answered), (tentative), (declined), (shown as free), (private), (cancelled), (out of office), (focus time),
(working location), (birthday). One without a title is private too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.model import Block, BlockKey, BlockState, EventType, Occurrence, Response, Rule, WorkingHours
from scheduler.plan import Plan, occurrence, plan
from scheduler.slots import Closed, busy_time, holidays_between
from scheduler.timespan import Span, at_wall_clock
from scheduler.words import weekday_and_day

MONDAY = date(2026, 11, 23)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ZONES_AND_WEEKS = [
    ("Europe/London", date(2026, 10, 26)),  # the clocks went back on the Sunday before
    ("America/New_York", date(2027, 3, 8)),  # they go forward on its Sunday
    ("Australia/Lord_Howe", date(2026, 9, 28)),  # forward by half an hour on its Sunday
    ("Asia/Kathmandu", date(1985, 12, 30)),  # by a quarter of an hour on its Wednesday
    ("Africa/Casablanca", date(2027, 2, 8)),  # back for Ramadan on the Sunday before
    ("Pacific/Apia", date(2012, 1, 2)),  # across the date line in the week before
]
"""Weeks beside or around a change of the clocks, where what holds elsewhere must hold as well."""

USUAL = "Tue 09:00-12:00 at 10:00 for 15-30"


@dataclass(frozen=True, kw_only=True)
class Situation:
    """`rule`: weekdays, window, ideal time, shortest-longest length; then `2 a week`, `buffer 15`, `off`."""

    name: str
    expect: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    rule: str = USUAL
    other_rules: tuple[str, ...] = ()
    calendar: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    holidays: str = ""  # "DE", "DE-BY"
    blocks: tuple[str, ...] = ()
    now: str = "Mon 08:00"
    days: int = 7
    changed: bool = False  # the rule's settings, or the zone, changed since the blocks were booked
    hours: WorkingHours = field(default_factory=WorkingHours)
    week: date = MONDAY
    zone: str = "Europe/London"
    booked_in: str = ""  # the zone in which the blocks' times are told, where it is another one

    def elsewhere(self, zone: str, week: date) -> Situation:
        """The same in another zone and week: the dates named in reasons become that week's."""
        return replace(
            self,
            zone=zone,
            week=week,
            expect=tuple(_redated(text, week) for text in self.expect),
            lost=tuple(_redated(text, week) for text in self.lost),
        )


def _redated(text: str, week: date) -> str:
    for n in range(14):
        text = text.replace(weekday_and_day(MONDAY + timedelta(days=n)), f"<{n}>")
    return re.sub(r"<(\d+)>", lambda found: weekday_and_day(week + timedelta(days=int(found[1]))), text)


def check(situation: Situation) -> None:
    """The plan is what the table says, and the same whatever the order of what is given."""
    result = run(situation)
    assert [told(block, situation) for block in result.blocks] == list(situation.expect)
    assert tuple(f"{one.key.occurrence.rpartition('.')[2]}: {one.reason}" for one in result.unplaced) == situation.lost
    assert run(situation, backwards=True) == result


def run(situation: Situation, *, backwards: bool = False) -> Plan:
    step = -1 if backwards else 1
    zone = ZoneInfo(situation.zone)
    rules = [
        read_rule(text, key) for text, key in zip((situation.rule, *situation.other_rules), "abcdef", strict=False)
    ]
    entries = [read_entry(text, situation, n) for n, text in enumerate(situation.calendar)]
    busy, closed = busy_time(entries[::step], zone, hours=situation.hours)
    closed += [read_closed(text, situation) for text in situation.closed]
    if situation.holidays:
        country, _, region = situation.holidays.partition("-")
        closed += holidays_between(situation.week, situation.week + timedelta(days=27), country, region)
    return plan(
        rules[::step],
        zone=zone,
        hours=situation.hours,
        busy=busy[::step],
        closed=closed[::step],
        standing=[read_block(text, situation) for text in situation.blocks][::step],
        now=read_moment(situation.now, situation),
        horizon=timedelta(days=situation.days),
        replace=frozenset({"a"}) if situation.changed else frozenset(),
    )


# -- reading ---------------------------------------------------------------------------------------


def read_day(text: str, situation: Situation) -> date:
    name, _, weeks = text.partition("+")
    return situation.week + timedelta(days=DAYS.index(name), weeks=int(weeks or 0))


def read_moment(text: str, situation: Situation, zone: str = "") -> datetime:
    day, clock = text.split()
    return at_wall_clock(read_day(day, situation), time.fromisoformat(clock), ZoneInfo(zone or situation.zone))


def read_span(day: str, clocks: str, situation: Situation, zone: str = "") -> Span:
    first, last = clocks.split("-")
    return Span(read_moment(f"{day} {first}", situation, zone), read_moment(f"{day} {last}", situation, zone))


def read_rule(text: str, key: str) -> Rule:
    found = re.fullmatch(r"(\S+) (\S+)-(\S+) at (\S+) for (\d+)-(\d+)(?: (\d) a week)?(?: buffer (\d+))?( off)?", text)
    assert found, text
    days, first, last, ideal, shortest, longest, times, buffer, off = found.groups()
    return Rule(
        key=key,
        weekdays=frozenset(DAYS.index(day) + 1 for day in days.split(",")),
        times_a_week=int(times) if times else None,
        window_start=time.fromisoformat(first),
        window_end=time.fromisoformat(last),
        ideal=time.fromisoformat(ideal),
        shortest=int(shortest),
        longest=int(longest),
        buffer=int(buffer or 0),
        active=not off,
    )


SPECIAL: dict[str, dict[str, object]] = {
    "not answered": {"response": Response.NEEDS_ACTION},
    "tentative": {"response": Response.TENTATIVE},
    "declined": {"response": Response.DECLINED},
    "shown as free": {"transparent": True},
    "private": {"private": True},
    "cancelled": {"cancelled": True},
    "out of office": {"type": EventType.OUT_OF_OFFICE},
    "focus time": {"type": EventType.FOCUS_TIME},
    "working location": {"type": EventType.WORKING_LOCATION},
    "birthday": {"type": EventType.BIRTHDAY},
}


def read_entry(text: str, situation: Situation, number: int) -> Occurrence:
    found = re.fullmatch(r"(\w{3}(?:\+\d)?)(?:-(\w{3}(?:\+\d)?))? (all day|\S+)(?: (.*?))?(?: ?\(([a-z ]+)\))?", text)
    assert found, text
    first, last, clocks, title, special = found.groups()
    start: datetime | date
    end: datetime | date
    if clocks == "all day":
        start, end = read_day(first, situation), read_day(last or first, situation) + timedelta(days=1)
    else:
        opening, closing = clocks.split("-")
        start = read_moment(f"{first} {opening}", situation)
        end = read_moment(f"{last or first} {closing}", situation)
    fields: dict[str, object] = {"response": Response.ACCEPTED, **(SPECIAL[special] if special else {})}
    return Occurrence(event_id=f"entry{number}", start=start, end=end, title=title or "", **fields)  # type: ignore[arg-type]  # the table above names the fields


def read_closed(text: str, situation: Situation) -> Closed:
    day, _, reason = text.partition(" ")
    return Closed(on=read_day(day, situation), reason=reason)


def read_block(text: str, situation: Situation) -> Block:
    ordinal, day, clocks, state = text.split()
    span = read_span(day, clocks, situation, situation.booked_in)
    key = BlockKey("a", occurrence(read_day(day, situation), int(ordinal)))
    return Block(key=key, start=span.start, end=span.end, state=BlockState(state), reason="as before")


def told(block: Block, situation: Situation) -> str:
    zone = ZoneInfo(situation.zone)
    start, end = block.start.astimezone(zone), block.end.astimezone(zone)
    weeks, weekday = divmod((start.date() - situation.week).days, 7)
    day = DAYS[weekday] + (f"+{weeks}" if weeks else "")
    generation = f", generation {block.generation}" if block.generation else ""
    ordinal = block.key.occurrence.rpartition(".")[2]
    return f"{ordinal} {day} {start:%H:%M}-{end:%H:%M} {block.state}{generation}: {block.reason}"
