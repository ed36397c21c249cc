"""What a careful assistant does, situation by situation. Made to be read.

The week is Monday 23 to Sunday 29 November 2026 in London, and it is Monday, 08:00, unless said otherwise. Working
hours are Monday to Friday, 08:00 to 18:00. "Tue" is the Tuesday of that week, "Tue+1" the next one's. A "?" before an
appointment is an invitation not answered yet. A block is written as its number in the week, its time and its state.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.model import Block, BlockKey, BlockState, Rule, WorkingHours
from scheduler.plan import Plan, occurrence, plan
from scheduler.slots import Busy, Closed
from scheduler.timespan import Span

LONDON = ZoneInfo("Europe/London")
MONDAY = date(2026, 11, 23)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, kw_only=True)
class Situation:
    """`rule`: weekdays, window, ideal time, shortest-longest length; then `2 a week`, `buffer 15`, `off`."""

    name: str
    expect: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    rule: str = "Tue 09:00-12:00 at 10:00 for 15-30"
    other_rule: str = ""
    calendar: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    now: str = "Mon 08:00"
    days: int = 7
    changed: bool = False
    hours: WorkingHours = field(default_factory=WorkingHours)


SITUATIONS = [
    # -- a new block ------------------------------------------------------------------------------
    Situation(name="an empty week", expect=("1 Tue 10:00-10:30 planned: Tuesday at your usual time.",)),
    Situation(
        name="a meeting at the usual time",
        calendar=("Tue 10:00-10:30 Steering",),
        expect=("1 Tue 10:30-11:00 planned: 10:00 was taken by “Steering”; 10:30 is the nearest free time.",),
    ),
    Situation(
        name="a meeting that only touches the usual time does not matter",
        calendar=("Tue 09:00-10:00 Standup", "Tue 10:30-11:00 Review"),
        expect=("1 Tue 10:00-10:30 planned: Tuesday at your usual time.",),
    ),
    Situation(
        name="quarters of an hour are preferred to odd minutes",
        calendar=("Tue 09:30-10:05 Standup",),
        expect=("1 Tue 10:15-10:45 planned: 10:00 was taken by “Standup”; 10:15 is the nearest free time.",),
    ),
    Situation(
        name="odd minutes are better than another day",
        calendar=("Tue 09:00-10:10 Standup", "Tue 10:40-12:00 Review"),
        expect=("1 Tue 10:10-10:40 planned: 10:00 was taken by “Standup”; 10:10 is the nearest free time.",),
    ),
    Situation(
        name="an invitation not answered yet is not booked over",
        calendar=("? Tue 10:00-11:00 Perhaps",),
        expect=("1 Tue 09:30-10:00 planned: 10:00 was taken by “Perhaps”; 09:30 is the nearest free time.",),
    ),
    Situation(
        name="the rule's buffer is kept free around meetings",
        rule="Tue 09:00-12:00 at 10:00 for 15-30 buffer 15",
        calendar=("Tue 09:00-10:00 Standup",),
        expect=("1 Tue 10:15-10:45 planned: 10:00 was taken by “Standup”; 10:15 is the nearest free time.",),
    ),
    Situation(
        name="a private appointment is not named",
        calendar=("Tue 10:00-11:00",),
        expect=("1 Tue 09:30-10:00 planned: 10:00 was taken by another appointment; 09:30 is the nearest free time.",),
    ),
    Situation(
        name="a full window means another day of that week",
        calendar=("Tue 08:00-12:00 Workshop",),
        expect=("1 Wed 10:00-10:30 planned: 10:00 was taken by “Workshop”; placed on Wednesday 25 November at 10:00.",),
    ),
    Situation(
        name="a public holiday means another day of that week",
        closed=("Tue public holiday (Spring Day)",),
        expect=(
            (
                "1 Wed 10:00-10:30 planned: Tuesday 24 November is closed: public holiday (Spring Day); "
                "placed on Wednesday 25 November at 10:00."
            ),
        ),
    ),
    Situation(
        name="the rule's other days come before days it does not name",
        rule="Tue,Fri 09:00-12:00 at 10:00 for 15-30 1 a week",
        closed=("Tue out of office",),
        expect=("1 Fri 10:00-10:30 planned: Friday at your usual time.",),
    ),
    Situation(
        name="a fallback never takes the day of the rule's other block",
        rule="Tue,Wed 09:00-12:00 at 10:00 for 15-30",
        closed=("Tue out of office",),
        expect=(
            (
                "1 Mon 10:00-10:30 planned: Tuesday 24 November is closed: out of office; "
                "placed on Monday 23 November at 10:00."
            ),
            "2 Wed 10:00-10:30 planned: Wednesday at your usual time.",
        ),
    ),
    Situation(
        name="only when no day has room for the full length, a shorter block",
        calendar=(
            "Mon 08:00-12:00 Fair",
            "Tue 08:00-10:40 Fair",
            "Tue 11:00-12:00 Fair",
            "Wed 08:00-12:00 Fair",
            "Thu 08:00-12:00 Fair",
            "Fri 08:00-12:00 Fair",
        ),
        expect=(
            (
                "1 Tue 10:40-11:00 planned: 10:00 was taken by “Fair”; 10:40 is the nearest free time; "
                "shortened to 20 minutes."
            ),
        ),
    ),
    Situation(
        name="a week without room is reported, not passed over in silence",
        calendar=tuple(f"{day} 08:00-12:00 Fair" for day in DAYS[:5]),
        lost=("1: No 15 minutes were free between 09:00 and 12:00 on any day that week.",),
    ),
    Situation(
        name="a week of holidays says so",
        closed=tuple(f"{day} public holiday (Golden Week)" for day in DAYS[:5]),
        lost=("1: Every day of that week is closed: public holiday (Golden Week).",),
    ),
    # -- hard limits ------------------------------------------------------------------------------
    Situation(
        name="working hours cut the window",
        rule="Tue 06:00-12:00 at 07:00 for 15-30",
        expect=("1 Tue 08:00-08:30 planned: 07:00 is outside the hours you allow; 08:00 is the nearest free time.",),
    ),
    Situation(
        name="a window outside working hours is reported with the mend",
        rule="Tue 18:30-20:00 at 19:00 for 15-30",
        lost=(
            (
                "1: Its window, 18:30 to 20:00, lies outside your working hours, 08:00 to 18:00. "
                "Change one of the two in the settings."
            ),
        ),
    ),
    Situation(
        name="a rule for days off is reported with the mend",
        rule="Sat 09:00-12:00 at 10:00 for 15-30",
        lost=(
            "1: None of its weekdays is a working day of yours. Choose another weekday, or widen your working hours.",
        ),
    ),
    Situation(
        name="Saturday is fine for those who work then",
        rule="Sat 09:00-12:00 at 10:00 for 15-30",
        hours=WorkingHours(weekdays=frozenset({2, 3, 4, 5, 6})),
        expect=("1 Sat 10:00-10:30 planned: Saturday at your usual time.",),
    ),
    Situation(name="a rule that is switched off books nothing", rule="Tue 09:00-12:00 at 10:00 for 15-30 off"),
    # -- the first week ---------------------------------------------------------------------------
    Situation(name="a day that has passed is not made up for", now="Wed 08:00", days=5),
    Situation(
        name="the rest of the week is planned",
        rule="Tue,Thu 09:00-12:00 at 10:00 for 15-30",
        now="Wed 08:00",
        days=5,
        expect=("2 Thu 10:00-10:30 planned: Thursday at your usual time.",),
    ),
    Situation(
        name="nothing new within the next hour",
        now="Tue 09:20",
        days=6,
        expect=("1 Tue 10:30-11:00 planned: It was too late for 10:00; 10:30 is the nearest free time.",),
    ),
    Situation(name="too late for today is too late", now="Tue 11:00", days=6),
    # -- two rules --------------------------------------------------------------------------------
    Situation(
        name="two rules never share a time",
        other_rule="Tue 09:00-12:00 at 10:00 for 15-45",
        expect=(
            "1 Tue 10:00-10:30 planned: Tuesday at your usual time.",
            "1 Tue 10:30-11:15 planned: 10:00 was taken by another block of yours; 10:30 is the nearest free time.",
        ),
    ),
    # -- days of our choice -----------------------------------------------------------------------
    Situation(
        name="once a week takes the day on which the usual time is free",
        rule="Mon,Tue,Wed,Thu,Fri 09:00-12:00 at 10:00 for 15-30 1 a week",
        calendar=("Tue 10:00-11:00 A", "Wed 10:00-11:00 B", "Thu 10:00-11:00 C", "Mon 10:00-11:00 D"),
        expect=("1 Fri 10:00-10:30 planned: Friday at your usual time.",),
    ),
    Situation(
        name="twice a week is spread over the week",
        rule="Mon,Tue,Wed,Thu,Fri 09:00-12:00 at 10:00 for 15-30 2 a week",
        expect=(
            "1 Tue 10:00-10:30 planned: Tuesday at your usual time.",
            "2 Thu 10:00-10:30 planned: Thursday at your usual time.",
        ),
    ),
    Situation(
        name="twice a week with one booked adds the other and leaves the first",
        rule="Mon,Tue,Wed,Thu,Fri 09:00-12:00 at 10:00 for 15-30 2 a week",
        blocks=("1 Fri 11:00-11:30 booked",),
        expect=("2 Wed 10:00-10:30 planned: Wednesday at your usual time.", "1 Fri 11:00-11:30 booked: as before"),
    ),
    # -- a booked block ---------------------------------------------------------------------------
    Situation(
        name="a booked block stays, even where a better time has become free",
        blocks=("1 Tue 11:15-11:45 booked",),
        expect=("1 Tue 11:15-11:45 booked: as before",),
    ),
    Situation(
        name="a meeting put on a block moves it within its window that day",
        blocks=("1 Tue 10:00-10:30 booked",),
        calendar=("Tue 10:00-10:30 Steering",),
        expect=("1 Tue 10:30-11:00 booked: 10:00 was taken by “Steering”; moved to 10:30.",),
    ),
    Situation(
        name="a meeting next to a block does not move it, buffer or not",
        rule="Tue 09:00-12:00 at 10:00 for 15-30 buffer 15",
        blocks=("1 Tue 10:00-10:30 booked",),
        calendar=("Tue 10:30-11:00 Steering",),
        expect=("1 Tue 10:00-10:30 booked: as before",),
    ),
    Situation(
        name="an invitation not answered yet displaces nothing",
        blocks=("1 Tue 10:00-10:30 booked",),
        calendar=("? Tue 10:00-11:00 Perhaps",),
        expect=("1 Tue 10:00-10:30 booked: as before",),
    ),
    Situation(
        name="no room that day: another day of that week",
        blocks=("1 Tue 10:00-10:30 booked",),
        calendar=("Tue 09:00-12:00 Workshop",),
        expect=("1 Wed 10:00-10:30 booked: 10:00 was taken by “Workshop”; moved to Wednesday 25 November at 10:00.",),
    ),
    Situation(
        name="no room that week: shortened",
        blocks=("1 Tue 10:00-10:30 booked",),
        calendar=("Tue 09:00-11:45 Workshop", *(f"{day} 09:00-12:00 Fair" for day in ("Mon", "Wed", "Thu", "Fri"))),
        expect=("1 Tue 11:45-12:00 booked: 10:00 was taken by “Workshop”; moved to 11:45; shortened to 15 minutes.",),
    ),
    Situation(
        name="no room at all: lost, and why",
        blocks=("1 Tue 10:00-10:30 booked",),
        calendar=tuple(f"{day} 09:00-12:00 Fair" for day in DAYS[:5]),
        lost=(
            "1: 10:00 was taken by “Fair”, and no 15 minutes were free between 09:00 and 12:00 on any day that week.",
        ),
    ),
    Situation(
        name="a day that closes sends its block to another",
        blocks=("1 Tue 10:00-10:30 booked",),
        closed=("Tue out of office",),
        expect=(
            (
                "1 Wed 10:00-10:30 booked: Tuesday 24 November is closed: out of office; "
                "moved to Wednesday 25 November at 10:00."
            ),
        ),
    ),
    Situation(
        name="in the last hour a block stays, whatever is put on it",
        blocks=("1 Tue 10:00-10:30 booked",),
        calendar=("Tue 10:00-10:30 Steering",),
        now="Tue 09:15",
        days=6,
        expect=("1 Tue 10:00-10:30 booked: as before",),
    ),
    Situation(
        name="a block is not moved into the past",
        blocks=("1 Thu 11:00-11:30 booked",),
        calendar=("Thu 11:00-12:00 Steering", "Fri 08:00-18:00 Fair"),
        now="Thu 09:50",
        days=4,
        lost=(
            (
                "1: 11:00 was taken by “Steering”, and no 15 minutes were free between 09:00 and 12:00 "
                "on any day that week."
            ),
        ),
    ),
    Situation(
        name="a block under way stays",
        blocks=("1 Tue 10:00-10:30 booked",),
        calendar=("Tue 10:15-11:00 Steering",),
        now="Tue 10:10",
        days=6,
        expect=("1 Tue 10:00-10:30 booked: as before",),
    ),
    # -- the user's hand --------------------------------------------------------------------------
    Situation(
        name="a block the user moved stays there, even over a meeting and outside its window",
        blocks=("1 Wed 17:00-18:30 pinned",),
        calendar=("Wed 17:00-18:00 Steering",),
        expect=("1 Wed 17:00-18:30 pinned: as before",),
    ),
    Situation(name="a block the user deleted is not made again", blocks=("1 Tue 10:00-10:30 skipped",)),
    Situation(name="a block that became the user's meeting is left to them", blocks=("1 Tue 10:00-10:30 adopted",)),
    Situation(
        name="another rule keeps clear of a block that became a meeting",
        blocks=("1 Tue 10:00-10:30 adopted",),
        other_rule="Tue 09:00-12:00 at 10:00 for 15-30",
        expect=(
            "1 Tue 10:30-11:00 planned: 10:00 was taken by another block of yours; 10:30 is the nearest free time.",
        ),
    ),
    Situation(
        name="a block dragged onto another one makes that other one move",
        rule="Tue,Thu 09:00-12:00 at 10:00 for 15-30",
        blocks=("1 Thu 10:15-10:45 pinned", "2 Thu 10:00-10:30 booked"),
        expect=(
            "2 Thu 09:45-10:15 booked: 10:00 was taken by another block of yours; moved to 09:45.",
            "1 Thu 10:15-10:45 pinned: as before",
        ),
    ),
    Situation(
        name="a block we took away comes back as the next generation",
        blocks=("1 Tue 10:00-10:30 retired",),
        expect=("1 Tue 10:00-10:30 planned, generation 1: Tuesday at your usual time.",),
    ),
    # -- changed settings -------------------------------------------------------------------------
    Situation(
        name="another weekday moves the same block",
        rule="Thu 09:00-12:00 at 10:00 for 15-30",
        blocks=("1 Tue 10:00-10:30 booked",),
        changed=True,
        expect=("1 Thu 10:00-10:30 booked: Your settings changed; moved to Thursday 26 November at 10:00.",),
    ),
    Situation(
        name="another time moves it within the day",
        rule="Tue 13:00-17:00 at 14:00 for 15-30",
        blocks=("1 Tue 10:00-10:30 booked",),
        changed=True,
        expect=("1 Tue 14:00-14:30 booked: Your settings changed; moved to 14:00.",),
    ),
    Situation(
        name="what the user moved stays when the settings change",
        rule="Thu 09:00-12:00 at 10:00 for 15-30",
        blocks=("1 Wed 17:00-17:30 pinned",),
        changed=True,
        expect=("1 Wed 17:00-17:30 pinned: as before",),
    ),
    Situation(
        name="changed to a weekday that has passed: none this week",
        rule="Tue 09:00-12:00 at 10:00 for 15-30",
        blocks=("1 Thu 10:00-10:30 booked",),
        now="Wed 08:00",
        days=5,
        changed=True,
    ),
    Situation(
        name="fewer times a week takes the last ones away",
        rule="Tue,Thu 09:00-12:00 at 10:00 for 15-30 1 a week",
        blocks=("1 Tue 10:00-10:30 booked", "2 Thu 10:00-10:30 booked"),
        expect=("1 Tue 10:00-10:30 booked: as before",),
    ),
    Situation(
        name="a rule switched off takes its blocks away, moved ones too, but not the one under way",
        rule="Mon,Tue,Wed 09:00-12:00 at 10:00 for 15-30 off",
        blocks=("1 Mon 10:00-10:30 booked", "2 Tue 10:00-10:30 booked", "3 Wed 15:00-15:30 pinned"),
        now="Mon 10:05",
        expect=("1 Mon 10:00-10:30 booked: as before",),
    ),
    # -- the edge of the plan ---------------------------------------------------------------------
    Situation(
        name="the next week is not planned before it comes into sight",
        days=8,
        expect=("1 Tue 10:00-10:30 planned: Tuesday at your usual time.",),
    ),
    Situation(
        name="and is as soon as its day does",
        days=9,
        expect=(
            "1 Tue 10:00-10:30 planned: Tuesday at your usual time.",
            "1 Tue+1 10:00-10:30 planned: Tuesday at your usual time.",
        ),
    ),
]


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_situation(situation: Situation) -> None:
    result = run(situation)
    assert [told(block, situation) for block in result.blocks] == list(situation.expect)
    assert tuple(f"{one.key.occurrence[-1]}: {one.reason}" for one in result.unplaced) == situation.lost


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_the_order_of_what_is_given_makes_no_difference(situation: Situation) -> None:
    assert run(situation, backwards=True) == run(situation)


# -- reading the table -----------------------------------------------------------------------------


def run(situation: Situation, *, backwards: bool = False) -> Plan:
    step = -1 if backwards else 1
    rules = [read_rule(text, key) for text, key in ((situation.rule, "a"), (situation.other_rule, "b")) if text]
    return plan(
        rules[::step],
        zone=LONDON,
        hours=situation.hours,
        busy=[read_busy(text) for text in situation.calendar][::step],
        closed=[read_closed(text) for text in situation.closed][::step],
        standing=[read_block(text) for text in situation.blocks][::step],
        now=read_moment(situation.now),
        horizon=timedelta(days=situation.days),
        replace=frozenset({"a"}) if situation.changed else frozenset(),
    )


def read_day(text: str) -> date:
    name, _, weeks = text.partition("+")
    return MONDAY + timedelta(days=DAYS.index(name), weeks=int(weeks or 0))


def read_moment(text: str) -> datetime:
    day, clock = text.split()
    return datetime.combine(read_day(day), time.fromisoformat(clock), LONDON)


def read_span(day: str, clocks: str) -> Span:
    first, last = clocks.split("-")
    return Span(read_moment(f"{day} {first}"), read_moment(f"{day} {last}"))


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


def read_busy(text: str) -> Busy:
    open_question = text.startswith("? ")
    day, clocks, *title = text.removeprefix("? ").split(" ", 2)
    return Busy(span=read_span(day, clocks), title=" ".join(title), firm=not open_question)


def read_closed(text: str) -> Closed:
    day, _, reason = text.partition(" ")
    return Closed(on=read_day(day), reason=reason)


def read_block(text: str) -> Block:
    ordinal, day, clocks, state = text.split()
    span = read_span(day, clocks)
    key = BlockKey("a", occurrence(MONDAY, int(ordinal)))
    return Block(key=key, start=span.start, end=span.end, state=BlockState(state), reason="as before")


def told(block: Block, situation: Situation) -> str:
    start, end = block.start.astimezone(LONDON), block.end.astimezone(LONDON)
    weeks, weekday = divmod((start.date() - MONDAY).days, 7)
    day = DAYS[weekday] + (f"+{weeks}" if weeks else "")
    generation = f", generation {block.generation}" if block.generation else ""
    ordinal = block.key.occurrence.rpartition(".")[2]
    return f"{ordinal} {day} {start:%H:%M}-{end:%H:%M} {block.state}{generation}: {block.reason}"
