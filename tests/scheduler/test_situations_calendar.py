"""What in a calendar takes time away, and how several rules share what is left, situation by situation.

Made to be read; situations.py says how.
"""

from __future__ import annotations

from datetime import date

import pytest

from tests.scheduler.situations import DAYS, ZONES_AND_WEEKS, Situation, check

SITUATIONS = [
    # -- what counts as taken ---------------------------------------------------------------------
    Situation(
        name="a tentative meeting takes its time",
        calendar=("Tue 10:00-11:00 Perhaps (tentative)",),
        expect=("1 Tue 09:30-10:00 planned: 10:00 was taken by “Perhaps”; 09:30 is the nearest free time.",),
    ),
    Situation(
        name="a declined one does not",
        calendar=("Tue 10:00-11:00 Sales pitch (declined)",),
        expect=("1 Tue 10:00-10:30 planned: Tuesday at your usual time.",),
    ),
    Situation(
        name="nor one shown as free",
        calendar=("Tue 10:00-11:00 Radio (shown as free)",),
        expect=("1 Tue 10:00-10:30 planned: Tuesday at your usual time.",),
    ),
    Situation(
        name="nor one called off",
        calendar=("Tue 10:00-11:00 Steering (cancelled)",),
        expect=("1 Tue 10:00-10:30 planned: Tuesday at your usual time.",),
    ),
    Situation(
        name="focus time is time taken",
        calendar=("Tue 10:00-11:00 Deep work (focus time)",),
        expect=("1 Tue 09:30-10:00 planned: 10:00 was taken by “Deep work”; 09:30 is the nearest free time.",),
    ),
    Situation(
        name="where one works takes no time",
        calendar=("Tue all day Home (working location)",),
        expect=("1 Tue 10:00-10:30 planned: Tuesday at your usual time.",),
    ),
    Situation(
        name="nor does a birthday",
        calendar=("Tue all day Marta Lindqvist (birthday)",),
        expect=("1 Tue 10:00-10:30 planned: Tuesday at your usual time.",),
    ),
    Situation(
        name="a private meeting takes its time and keeps its name",
        calendar=("Tue 10:00-11:00 Doctor (private)",),
        expect=("1 Tue 09:30-10:00 planned: 10:00 was taken by another appointment; 09:30 is the nearest free time.",),
    ),
    Situation(
        name="an all-day entry closes its day",
        calendar=("Tue all day Fair",),
        expect=(
            (
                "1 Wed 10:00-10:30 planned: Tuesday 24 November is closed: all day “Fair”; "
                "placed on Wednesday 25 November at 10:00."
            ),
        ),
    ),
    Situation(
        name="but not where it is shown as free",
        calendar=("Tue all day School holidays (shown as free)",),
        expect=("1 Tue 10:00-10:30 planned: Tuesday at your usual time.",),
    ),
    Situation(
        name="a private all-day entry keeps its name",
        calendar=("Tue all day Clinic (private)",),
        expect=(
            (
                "1 Wed 10:00-10:30 planned: Tuesday 24 November is closed: a private all-day entry; "
                "placed on Wednesday 25 November at 10:00."
            ),
        ),
    ),
    Situation(
        name="an all-day invitation not answered yet is not booked over",
        calendar=("Tue all day Fair (not answered)",),
        expect=("1 Wed 10:00-10:30 planned: 10:00 was taken by “Fair”; placed on Wednesday 25 November at 10:00.",),
    ),
    Situation(
        name="an entry over several days closes each of them",
        calendar=("Mon-Wed all day Fair",),
        expect=(
            (
                "1 Thu 10:00-10:30 planned: Tuesday 24 November is closed: all day “Fair”; "
                "placed on Thursday 26 November at 10:00."
            ),
        ),
    ),
    Situation(
        name="a flight overnight takes the morning it lands on",
        calendar=("Mon-Tue 22:00-10:20 Flight",),
        expect=("1 Tue 10:30-11:00 planned: 10:00 was taken by “Flight”; 10:30 is the nearest free time.",),
    ),
    Situation(
        name="a day out of office is closed",
        calendar=("Tue 08:00-18:00 Away (out of office)",),
        expect=(
            (
                "1 Wed 10:00-10:30 planned: Tuesday 24 November is closed: out of office; "
                "placed on Wednesday 25 November at 10:00."
            ),
        ),
    ),
    Situation(
        name="half a day out of office takes that half",
        calendar=("Tue 08:00-12:00 Away (out of office)",),
        expect=("1 Wed 10:00-10:30 planned: 10:00 was taken by “Away”; placed on Wednesday 25 November at 10:00.",),
    ),
    Situation(
        name="a week of vacation has no block and says why",
        calendar=("Mon-Fri all day Sea (out of office)",),
        lost=("1: Every day of that week is closed: out of office.",),
    ),
    Situation(
        name="back from vacation on Thursday",
        calendar=("Mon 08:00-09:00 A", "Mon-Wed all day Sea (out of office)"),
        expect=(
            (
                "1 Thu 10:00-10:30 planned: Tuesday 24 November is closed: out of office; "
                "placed on Thursday 26 November at 10:00."
            ),
        ),
    ),
    # -- public holidays --------------------------------------------------------------------------
    Situation(
        name="the country's holidays are closed",
        rule="Fri 09:00-12:00 at 10:00 for 15-30",
        holidays="DE",
        week=date(2026, 12, 21),
        expect=(
            (
                "1 Thu 10:00-10:30 planned: Friday 25 December is closed: public holiday (Christmas Day); "
                "placed on Thursday 24 December at 10:00."
            ),
        ),
    ),
    Situation(
        name="in Bavaria Epiphany is a holiday",
        rule="Wed 09:00-12:00 at 10:00 for 15-30",
        holidays="DE-BY",
        week=date(2027, 1, 4),
        expect=(
            (
                "1 Thu 10:00-10:30 planned: Wednesday 6 January is closed: public holiday (Epiphany); "
                "placed on Thursday 7 January at 10:00."
            ),
        ),
    ),
    Situation(
        name="in Hamburg it is not",
        rule="Wed 09:00-12:00 at 10:00 for 15-30",
        holidays="DE-HH",
        week=date(2027, 1, 4),
        expect=("1 Wed 10:00-10:30 planned: Wednesday at your usual time.",),
    ),
    # -- several rules ----------------------------------------------------------------------------
    Situation(
        name="three rules side by side on one morning",
        other_rules=("Tue 09:00-12:00 at 10:00 for 15-30", "Tue 09:00-12:00 at 10:00 for 15-30"),
        expect=(
            "1 Tue 09:30-10:00 planned: 10:00 was taken by another block of yours; 09:30 is the nearest free time.",
            "1 Tue 10:00-10:30 planned: Tuesday at your usual time.",
            "1 Tue 10:30-11:00 planned: 10:00 was taken by another block of yours; 10:30 is the nearest free time.",
        ),
    ),
    Situation(
        name="a rule's buffer keeps clear of the other rule's block too",
        other_rules=("Tue 09:00-12:00 at 10:00 for 15-30 buffer 15",),
        expect=(
            "1 Tue 10:00-10:30 planned: Tuesday at your usual time.",
            "1 Tue 10:45-11:15 planned: 10:00 was taken by another block of yours; 10:45 is the nearest free time.",
        ),
    ),
    Situation(
        name="a rule that pauses leaves its time to the others",
        rule="Tue 09:00-12:00 at 10:00 for 15-30 off",
        other_rules=("Tue 09:00-12:00 at 10:00 for 15-30",),
        expect=("1 Tue 10:00-10:30 planned: Tuesday at your usual time.",),
    ),
    Situation(
        name="a morning rule and an afternoon rule do not meet",
        other_rules=("Tue,Thu 14:00-17:00 at 15:00 for 15-45",),
        expect=(
            "1 Tue 10:00-10:30 planned: Tuesday at your usual time.",
            "1 Tue 15:00-15:45 planned: Tuesday at your usual time.",
            "2 Thu 15:00-15:45 planned: Thursday at your usual time.",
        ),
    ),
    Situation(
        name="on a full morning the first rule's block is kept whole and the other goes elsewhere",
        calendar=("Tue 09:00-10:00 Standup", "Tue 10:30-12:00 Review"),
        other_rules=("Tue 09:00-12:00 at 10:00 for 15-30",),
        expect=(
            "1 Tue 10:00-10:30 planned: Tuesday at your usual time.",
            (
                "1 Wed 10:00-10:30 planned: 10:00 was taken by another block of yours; "
                "placed on Wednesday 25 November at 10:00."
            ),
        ),
    ),
    Situation(
        name="a fallback does not share the day of a block that had to be shortened",
        rule="Mon,Tue 09:00-12:00 at 10:00 for 15-30",
        calendar=(
            "Mon all day Fair",
            "Tue 09:20-11:40 Workshop",
            *(f"{day} 09:00-12:00 Fair" for day in DAYS[2:5]),
        ),
        expect=(
            (
                "2 Tue 09:00-09:20 planned: 10:00 was taken by “Workshop”; "
                "09:00 is the nearest free time; shortened to 20 minutes."
            ),
        ),
        lost=("1: No 15 minutes were free between 09:00 and 12:00 on the days of that week without a block.",),
    ),
    # -- the form's limits ------------------------------------------------------------------------
    Situation(
        name="a long block is shortened in steps of five minutes, no more than it must",
        rule="Tue 09:00-10:00 at 09:00 for 15-60",
        calendar=tuple(f"{day} 09:40-10:00 Standup" for day in DAYS[:5]),
        expect=("1 Tue 09:00-09:40 planned: Tuesday at 09:00; shortened to 40 minutes.",),
    ),
    Situation(
        name="a block that fits its window exactly",
        rule="Tue 09:00-10:00 at 09:00 for 60-60",
        calendar=("Tue 08:00-09:00 Standup", "Tue 10:00-11:00 Review"),
        expect=("1 Tue 09:00-10:00 planned: Tuesday at your usual time.",),
    ),
    Situation(
        name="every working day at once",
        rule="Mon,Tue,Wed,Thu,Fri 09:00-12:00 at 10:00 for 15-30",
        now="Mon 06:00",
        closed=("Wed public holiday (Spring Day)",),
        expect=(
            "1 Mon 10:00-10:30 planned: Monday at your usual time.",
            "2 Tue 10:00-10:30 planned: Tuesday at your usual time.",
            "4 Thu 10:00-10:30 planned: Thursday at your usual time.",
            "5 Fri 10:00-10:30 planned: Friday at your usual time.",
        ),
        lost=(
            (
                "3: Wednesday 25 November is closed: public holiday (Spring Day), "
                "and the other days of that week have their block."
            ),
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
