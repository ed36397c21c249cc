"""The sample world's repeating meetings: inside the firm, with clients, and one made on New York's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.sandbox.world_diary import ZONE, Diary, dice
from integrations.sandbox.world_people import NOT_PEOPLE, ROOMS, Person, guests

_DAYS = ("MO", "TU", "WE", "TH", "FR")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Series:
    """`first_week` and `last_week` count from this week; `start` is minutes on the clock of `zone`."""

    title: str
    weekday: int
    start: int
    minutes: int
    people: list[Person]
    every: int = 1
    first_week: int = -78
    last_week: int | None = None
    zone: str = ZONE.key
    organizer: Person | None = None
    room: int | None = None
    addresses: tuple[str, ...] = ()


def add_series(diary: Diary, colleagues: list[Person], outsiders: list[Person]) -> None:
    """All repeating meetings with their exceptions; their time is taken before any other meeting is placed."""
    named = {person.name: person for person in [*colleagues, *outsiders]}
    partners = colleagues[:4]
    norrland = [person for person in outsiders if person.company == "Norrland Energi"]
    for series in (
        _Series(title="Team stand-up", weekday=0, start=540, minutes=30, people=colleagues, addresses=("own list",)),
        _Series(title="Partners' round", weekday=2, start=510, minutes=45, people=partners[:3], room=0, last_week=-31),
        # The same series after "this and following": a new id, another hour.
        _Series(title="Partners' round", weekday=2, start=525, minutes=45, people=partners, room=0, first_week=-30),
        _Series(title="Jonas / Hannah", weekday=1, start=780, minutes=30, people=[named["Jonas Weidner"]], every=2),
        _Series(title="Priya / Hannah", weekday=3, start=780, minutes=30, people=[named["Priya Raman"]], every=2),
        _Series(title="1:1 Lena", weekday=4, start=660, minutes=30, people=[named["Lena Hoffstätter"]], every=2),
        _Series(title="1:1 Samuel", weekday=0, start=840, minutes=30, people=[named["Samuel Boateng"]], every=4),
        _Series(title="Mandate review", weekday=4, start=570, minutes=60, people=colleagues[2:7], every=2, room=1),
        _Series(
            title="Norrland status call", weekday=3, start=840, minutes=45, people=norrland, first_week=-60,
            organizer=norrland[0], addresses=("list", "bridge"),
        ),
        _Series(
            title="Halden Capital x Okafor", weekday=2, start=570, minutes=45, every=2, first_week=-52,
            people=[named["Dana Whitfield"], named["Marcus Lee"]], organizer=named["Dana Whitfield"],
            zone="America/New_York",
        ),
        _Series(
            title="Monthly numbers: Rosa", weekday=1, start=900, minutes=30, every=4, first_week=-40,
            people=[named["Rosa Keller"]],
        ),
    ):  # fmt: skip
        _write(diary, series)


def _write(diary: Diary, series: _Series) -> None:
    chance = dice(diary.seed, "series", series.title, series.weekday, series.first_week)
    days = _turns(diary, series)
    begins = [_in_berlin(day, series) for day in days]
    rule = f"RRULE:FREQ=WEEKLY;BYDAY={_DAYS[series.weekday]}" + (
        f";INTERVAL={series.every}" if series.every > 1 else ""
    )
    if series.last_week is not None:
        until = datetime.combine(days[-1], time(series.start // 60, series.start % 60), ZoneInfo(series.zone))
        rule = f"RRULE:FREQ=WEEKLY;UNTIL={until.astimezone(UTC):%Y%m%dT%H%M%SZ};BYDAY={_DAYS[series.weekday]}"
    organizer: dict[str, Any] = {}
    if series.organizer is not None:
        who = {"email": series.organizer.address, "displayName": series.organizer.name}
        organizer = {"organizer": who, "creator": who}
    attendees = guests(series.people, organizer=series.organizer)
    attendees += [{"email": NOT_PEOPLE[kind], "responseStatus": "needsAction"} for kind in series.addresses]
    if series.room is not None:
        address, name = ROOMS[series.room]
        attendees.append({"email": address, "displayName": name, "resource": True, "responseStatus": "accepted"})
    master = diary.timed(
        days[0],
        begins[0].hour * 60 + begins[0].minute,
        series.minutes,
        series.title,
        zone=series.zone,
        attendees=attendees,
        recurrence=[rule],
        **organizer,
    )
    for begin in begins:
        _turn(diary, series, master, begin, chance.random())


def _turn(diary: Diary, series: _Series, master: dict[str, Any], begin: datetime, luck: float) -> None:
    """Most turns are as planned; some are called off, moved, or answered apart from the rest."""
    day, start = begin.date(), begin.hour * 60 + begin.minute
    if not diary.works_on(day) or luck < 0.04:
        called_off = diary.exception(master, day, start, {"status": "cancelled"})
        slim = ("kind", "etag", "id", "status", "recurringEventId", "originalStartTime")
        for key in set(called_off) - set(slim):
            del called_off[key]
        return
    if luck < 0.10:
        later = start + 60
        ends = begin + timedelta(minutes=60 + series.minutes)
        diary.exception(
            master,
            day,
            start,
            {
                "start": master["start"] | {"dateTime": (begin + timedelta(minutes=60)).isoformat()},
                "end": master["end"] | {"dateTime": ends.isoformat()},
            },
        )
        diary.take(day, later, later + series.minutes)
        return
    diary.take(day, start, start + series.minutes)
    if luck < 0.13:
        declined = [{**who, "responseStatus": "declined"} if who.get("self") else who for who in master["attendees"]]
        diary.exception(master, day, start, {"attendees": declined})
    elif luck < 0.16 and len(series.people) == 1:
        declined = [{**who, "responseStatus": "declined"} if "self" not in who else who for who in master["attendees"]]
        diary.exception(master, day, start, {"attendees": declined})
    elif luck > 0.97:
        diary.exception(master, day, start, {"summary": f"{series.title}: year plan"})


def _turns(diary: Diary, series: _Series) -> list[date]:
    last = series.last_week if series.last_week is not None else 5
    return [
        diary.monday + timedelta(weeks=week, days=series.weekday)
        for week in range(series.first_week, last + 1, series.every)
    ]


def _in_berlin(day: date, series: _Series) -> datetime:
    there = datetime.combine(day, time(series.start // 60, series.start % 60), ZoneInfo(series.zone))
    return there.astimezone(ZONE)
