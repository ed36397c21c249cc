"""Years that end, clocks that change, days that are missing, and calendars that travel, situation by situation.

Made to be read; situations.py says how.
"""

from __future__ import annotations

from datetime import date, time

import pytest

from scheduler.model import WorkingHours
from tests.scheduler.situations import Situation, check

SUNDAY_TO_THURSDAY = WorkingHours(weekdays=frozenset({7, 1, 2, 3, 4}))
NIGHTS = WorkingHours(weekdays=frozenset(range(1, 8)), start=time(0), end=time(6))

SITUATIONS = [
    # -- the calendar's edges ---------------------------------------------------------------------
    Situation(
        name="a year of 53 weeks",
        week=date(2026, 12, 28),
        days=14,
        expect=(
            "1 Tue 10:00-10:30 planned: Tuesday at your usual time.",
            "1 Tue+1 10:00-10:30 planned: Tuesday at your usual time.",
        ),
    ),
    Situation(
        name="the block of the last week may fall in the new year",
        rule="Fri 09:00-12:00 at 10:00 for 15-30",
        week=date(2026, 12, 28),
        expect=("1 Fri 10:00-10:30 planned: Friday at your usual time.",),
    ),
    Situation(
        name="New Year's Day is closed: the block goes back into the old year",
        rule="Fri 09:00-12:00 at 10:00 for 15-30",
        week=date(2026, 12, 28),
        holidays="GB",
        expect=(
            (
                "1 Thu 10:00-10:30 planned: Friday 1 January is closed: public holiday (New Year's Day); "
                "placed on Thursday 31 December at 10:00."
            ),
        ),
    ),
    Situation(
        name="a leap day is a day like any other",
        week=date(2028, 2, 28),
        expect=("1 Tue 10:00-10:30 planned: Tuesday at your usual time.",),
    ),
    Situation(
        name="a block displaced to a leap day",
        rule="Mon 09:00-12:00 at 10:00 for 15-30",
        blocks=("1 Mon 10:00-10:30 booked",),
        calendar=("Mon all day Fair",),
        week=date(2028, 2, 28),
        expect=(
            (
                "1 Tue 10:00-10:30 booked: Monday 28 February is closed: all day “Fair”; "
                "moved to Tuesday 29 February at 10:00."
            ),
        ),
    ),
    # -- weeks from Sunday ------------------------------------------------------------------------
    Situation(
        name="somebody who works from Sunday to Thursday",
        rule="Mon,Sun 09:00-12:00 at 10:00 for 15-30",
        hours=SUNDAY_TO_THURSDAY,
        zone="Asia/Jerusalem",
        expect=(
            "1 Mon 10:00-10:30 planned: Monday at your usual time.",
            "2 Sun 10:00-10:30 planned: Sunday at your usual time.",
        ),
    ),
    Situation(
        name="for them a Friday is a day off",
        rule="Thu,Fri 09:00-12:00 at 10:00 for 15-30",
        hours=SUNDAY_TO_THURSDAY,
        calendar=("Thu all day Fair",),
        zone="Asia/Jerusalem",
        expect=(
            (
                "1 Wed 10:00-10:30 planned: Thursday 26 November is closed: all day “Fair”; "
                "placed on Wednesday 25 November at 10:00."
            ),
            "2 Sun 10:00-10:30 planned: Friday is not one of your working days; placed on Sunday 29 November at 10:00.",
        ),
    ),
    Situation(
        name="a displaced Sunday goes to a day of the week that ends with it",
        rule="Sun 09:00-12:00 at 10:00 for 15-30",
        hours=SUNDAY_TO_THURSDAY,
        blocks=("1 Sun 10:00-10:30 booked",),
        calendar=("Sun all day Fair",),
        zone="Asia/Jerusalem",
        expect=(
            (
                "1 Thu 10:00-10:30 booked: Sunday 29 November is closed: all day “Fair”; "
                "moved to Thursday 26 November at 10:00."
            ),
        ),
    ),
    # -- clocks that change -----------------------------------------------------------------------
    Situation(
        name="London, autumn: ten o'clock stays ten o'clock",
        week=date(2026, 10, 19),
        days=14,
        expect=(
            "1 Tue 10:00-10:30 planned: Tuesday at your usual time.",
            "1 Tue+1 10:00-10:30 planned: Tuesday at your usual time.",
        ),
    ),
    Situation(
        name="London, spring: a time that does not exist becomes the next one that does",
        rule="Sun 01:00-04:00 at 01:30 for 15-30",
        hours=NIGHTS,
        week=date(2027, 3, 22),
        expect=("1 Sun 02:00-02:30 planned: Sunday at 02:00.",),
    ),
    Situation(
        name="London, autumn: of a time that comes twice, the first; the half hour then ends at one o'clock again",
        rule="Sun 01:00-04:00 at 01:30 for 15-30",
        hours=NIGHTS,
        week=date(2026, 10, 19),
        expect=("1 Sun 01:30-01:00 planned: Sunday at your usual time.",),
    ),
    Situation(
        name="New York, spring",
        zone="America/New_York",
        week=date(2027, 3, 8),
        days=14,
        expect=(
            "1 Tue 10:00-10:30 planned: Tuesday at your usual time.",
            "1 Tue+1 10:00-10:30 planned: Tuesday at your usual time.",
        ),
    ),
    Situation(
        name="Lord Howe Island, where clocks change by half an hour",
        zone="Australia/Lord_Howe",
        week=date(2026, 9, 28),
        days=14,
        expect=(
            "1 Tue 10:00-10:30 planned: Tuesday at your usual time.",
            "1 Tue+1 10:00-10:30 planned: Tuesday at your usual time.",
        ),
    ),
    Situation(
        name="Lord Howe Island, the night: half past two becomes half past two, ten past becomes half past",
        rule="Sun 02:00-04:00 at 02:10 for 15-30",
        hours=NIGHTS,
        zone="Australia/Lord_Howe",
        week=date(2026, 9, 28),
        expect=("1 Sun 02:30-03:00 planned: Sunday at 02:30.",),
    ),
    Situation(
        name="Kathmandu, on the day its clocks moved a quarter of an hour",
        rule="Wed 00:00-03:00 at 00:00 for 15-30",
        hours=NIGHTS,
        zone="Asia/Kathmandu",
        week=date(1985, 12, 30),
        expect=("1 Wed 00:15-00:45 planned: Wednesday at 00:15.",),
    ),
    Situation(
        name="Casablanca, where clocks change for Ramadan",
        zone="Africa/Casablanca",
        week=date(2027, 2, 1),
        days=14,
        expect=(
            "1 Tue 10:00-10:30 planned: Tuesday at your usual time.",
            "1 Tue+1 10:00-10:30 planned: Tuesday at your usual time.",
        ),
    ),
    Situation(
        name="Apia, 2011: Friday 30 December does not exist, so its block goes to Thursday",
        rule="Fri 09:00-12:00 at 10:00 for 15-30",
        zone="Pacific/Apia",
        week=date(2011, 12, 26),
        expect=(
            (
                "1 Thu 10:00-10:30 planned: Friday 30 December does not exist in your time zone; "
                "placed on Thursday 29 December at 10:00."
            ),
        ),
    ),
    Situation(
        name="Apia, 2011: the other days are as ever",
        rule="Thu,Sat 09:00-12:00 at 10:00 for 15-30",
        hours=WorkingHours(weekdays=frozenset(range(1, 8))),
        zone="Pacific/Apia",
        week=date(2011, 12, 26),
        days=8,
        expect=(
            "1 Thu 10:00-10:30 planned: Thursday at your usual time.",
            "2 Sat 10:00-10:30 planned: Saturday at your usual time.",
        ),
    ),
    # -- travelling -------------------------------------------------------------------------------
    Situation(
        name="the calendar moves to New York: ten o'clock is ten o'clock there",
        blocks=("1 Tue 10:00-10:30 booked",),
        booked_in="Europe/London",
        zone="America/New_York",
        changed=True,
        expect=("1 Tue 10:00-10:30 booked: Your settings changed; moved to 10:00.",),
    ),
    Situation(
        name="in Paris a block keeps its place where the new clock allows it",
        blocks=("1 Tue 10:00-10:30 booked",),
        booked_in="Europe/London",
        zone="Europe/Paris",
        expect=("1 Tue 11:00-11:30 booked: as before",),
    ),
    Situation(
        name="what the user moved keeps its moment on a journey",
        blocks=("1 Tue 16:00-16:30 pinned",),
        booked_in="Europe/London",
        zone="America/New_York",
        changed=True,
        expect=("1 Tue 11:00-11:30 pinned: as before",),
    ),
    Situation(
        name="a block that the new clock puts on another day comes back to its own",
        rule="Tue 18:00-20:00 at 19:00 for 15-30",
        hours=WorkingHours(start=time(8), end=time(20)),
        blocks=("1 Tue 19:00-19:30 booked",),
        booked_in="Europe/London",
        zone="Pacific/Apia",
        changed=True,
        expect=("1 Tue 19:00-19:30 booked: Your settings changed; moved to Tuesday 24 November at 19:00.",),
    ),
]


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_situation(situation: Situation) -> None:
    check(situation)
