"""What the user moved, deleted or set anew, situation by situation.

Made to be read; situations.py says how. Most of it holds in any zone: so it is shown
in six, beside or around a change of their clocks.
"""

from __future__ import annotations

from datetime import date

import pytest

from tests.scheduler.situations import ZONES_AND_WEEKS, Situation, check

SITUATIONS = [
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
        other_rules=("Tue 09:00-12:00 at 10:00 for 15-30",),
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
]


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_situation(situation: Situation) -> None:
    check(situation)


@pytest.mark.parametrize(("zone", "week"), ZONES_AND_WEEKS)
@pytest.mark.parametrize("situation", [one for one in SITUATIONS if not one.holidays], ids=lambda one: one.name)
def test_the_same_where_clocks_change(situation: Situation, zone: str, week: date) -> None:
    check(situation.elsewhere(zone, week))
