"""Where a careful assistant puts a new block, situation by situation.

Made to be read; situations.py says how. Most of it holds in any zone: so it is shown
in six, beside or around a change of their clocks.
"""

from __future__ import annotations

from datetime import date

import pytest

from scheduler.model import WorkingHours
from tests.scheduler.situations import DAYS, ZONES_AND_WEEKS, Situation, check

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
        calendar=("Tue 10:00-11:00 Perhaps (not answered)",),
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
        other_rules=("Tue 09:00-12:00 at 10:00 for 15-45",),
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
        expect=("2 Tue 10:00-10:30 planned: Tuesday at your usual time.", "1 Fri 11:00-11:30 booked: as before"),
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
    check(situation)


@pytest.mark.parametrize(("zone", "week"), ZONES_AND_WEEKS)
@pytest.mark.parametrize("situation", [one for one in SITUATIONS if not one.holidays], ids=lambda one: one.name)
def test_the_same_where_clocks_change(situation: Situation, zone: str, week: date) -> None:
    check(situation.elsewhere(zone, week))
