"""When a careful assistant moves a block, and where to, situation by situation.

Made to be read; situations.py says how. Most of it holds in any zone: so it is shown
in six, beside or around a change of their clocks.
"""

from __future__ import annotations

from datetime import date

import pytest

from tests.scheduler.situations import DAYS, ZONES_AND_WEEKS, Situation, check

SITUATIONS = [
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
        calendar=("Tue 10:00-11:00 Perhaps (not answered)",),
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
    # -- further down the ladder ------------------------------------------------------------------
    Situation(
        name="a displaced block goes to another of the rule's days before any other day",
        rule="Tue,Fri 09:00-12:00 at 10:00 for 15-30 1 a week",
        blocks=("1 Tue 10:00-10:30 booked",),
        calendar=("Tue 09:00-12:00 Workshop",),
        expect=("1 Fri 10:00-10:30 booked: 10:00 was taken by “Workshop”; moved to Friday 27 November at 10:00.",),
    ),
    Situation(
        name="of two days equally near the later one, which leaves time to prepare",
        rule="Wed 09:00-12:00 at 10:00 for 15-30",
        blocks=("1 Wed 10:00-10:30 booked",),
        calendar=("Wed 09:00-12:00 Workshop",),
        expect=("1 Thu 10:00-10:30 booked: 10:00 was taken by “Workshop”; moved to Thursday 26 November at 10:00.",),
    ),
    Situation(
        name="two blocks displaced by one fair find two places",
        rule="Tue,Wed 09:00-12:00 at 10:00 for 15-30",
        blocks=("1 Tue 10:00-10:30 booked", "2 Wed 10:00-10:30 booked"),
        calendar=("Tue-Wed all day Fair",),
        expect=(
            (
                "1 Mon 10:00-10:30 booked: Tuesday 24 November is closed: all day “Fair”; "
                "moved to Monday 23 November at 10:00."
            ),
            (
                "2 Thu 10:00-10:30 booked: Wednesday 25 November is closed: all day “Fair”; "
                "moved to Thursday 26 November at 10:00."
            ),
        ),
    ),
    Situation(
        name="a tentative meeting displaces as a firm one does",
        blocks=("1 Tue 10:00-10:30 booked",),
        calendar=("Tue 10:00-10:30 Perhaps (tentative)",),
        expect=("1 Tue 10:30-11:00 booked: 10:00 was taken by “Perhaps”; moved to 10:30.",),
    ),
    Situation(
        name="a declined meeting displaces nothing",
        blocks=("1 Tue 10:00-10:30 booked",),
        calendar=("Tue 10:00-10:30 Sales pitch (declined)",),
        expect=("1 Tue 10:00-10:30 booked: as before",),
    ),
    Situation(
        name="what takes no time displaces nothing",
        blocks=("1 Tue 10:00-10:30 booked",),
        calendar=("Tue all day Home (working location)", "Tue 10:00-11:00 Radio (shown as free)"),
        expect=("1 Tue 10:00-10:30 booked: as before",),
    ),
    Situation(
        name="a vacation entered later: the week's block is lost, and why",
        blocks=("1 Tue 10:00-10:30 booked",),
        calendar=("Mon-Fri all day Sea (out of office)",),
        lost=("1: Every day of that week is closed: out of office.",),
    ),
    Situation(
        name="the rest of a week closed",
        blocks=("1 Thu 10:00-10:30 booked",),
        calendar=("Wed-Fri all day Sea (out of office)",),
        now="Tue 13:00",
        days=6,
        lost=("1: Every day left in that week is closed: out of office.",),
    ),
    Situation(
        name="an hour before it starts a block may still move",
        blocks=("1 Tue 10:00-10:30 booked",),
        calendar=("Tue 10:00-10:30 Steering",),
        now="Tue 09:00",
        days=6,
        expect=("1 Tue 10:30-11:00 booked: 10:00 was taken by “Steering”; moved to 10:30.",),
    ),
    Situation(
        name="a minute later it stays",
        blocks=("1 Tue 10:00-10:30 booked",),
        calendar=("Tue 10:00-10:30 Steering",),
        now="Tue 09:01",
        days=6,
        expect=("1 Tue 10:00-10:30 booked: as before",),
    ),
    Situation(
        name="a block moves within the hour that is left, not into it",
        blocks=("1 Tue 11:00-11:30 booked",),
        calendar=("Tue 11:00-11:30 Steering",),
        now="Tue 09:40",
        days=6,
        expect=("1 Tue 11:30-12:00 booked: 11:00 was taken by “Steering”; moved to 11:30.",),
    ),
    Situation(
        name="a block that is over is done with",
        blocks=("1 Mon 08:00-08:30 held",),
        rule="Mon 08:00-12:00 at 09:00 for 15-30",
        now="Mon 08:40",
    ),
    Situation(
        name="a block dragged into the past is not made again",
        blocks=("1 Mon 08:00-08:30 pinned",),
        now="Mon 12:00",
    ),
    Situation(
        name="a block shortened once is not moved again for its full length",
        blocks=("1 Tue 11:45-12:00 booked",),
        calendar=("Tue 09:00-11:00 Workshop",),
        expect=("1 Tue 11:45-12:00 booked: as before",),
    ),
    Situation(
        name="two rules displaced by one meeting",
        other_rules=("Tue 09:00-12:00 at 11:00 for 15-30",),
        blocks=("1 Tue 10:00-10:30 booked",),
        calendar=("Tue 10:00-11:30 Steering",),
        expect=(
            "1 Tue 09:30-10:00 booked: 10:00 was taken by “Steering”; moved to 09:30.",
            "1 Tue 11:30-12:00 planned: 11:00 was taken by “Steering”; 11:30 is the nearest free time.",
        ),
    ),
    Situation(
        name="a public holiday entered in the settings sends its block to another day",
        rule="Fri 09:00-12:00 at 10:00 for 15-30",
        blocks=("1 Fri 10:00-10:30 booked",),
        holidays="DE",
        week=date(2026, 12, 21),
        expect=(
            (
                "1 Thu 10:00-10:30 booked: Friday 25 December is closed: public holiday (Christmas Day); "
                "moved to Thursday 24 December at 10:00."
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
