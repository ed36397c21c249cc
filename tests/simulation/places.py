"""Where and when a life begins, and what its calendars hold by then: all of it drawn from the seed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

OLGA, NILS = "olga@owner.example", "nils@other.example"

PEOPLE = {
    OLGA: ("Ada Arborwick", "Ben Birchwell", "Cleo Cedarholm", "Dan Dogwoodley", "Eva Elmsworth", "Finn Firthorpe"),
    NILS: ("Pia Pinecroft", "Quinn Quincewood", "Rosa Rowanfield"),
}
"""No name is part of another, and none is an everyday word: where one turns up in a log, it is a leak."""

BEGINNINGS: tuple[tuple[str, str], ...] = (
    ("2027-02-15", "Europe/Berlin"),  # summer time begins on 28 March
    ("2027-10-04", "Europe/Berlin"),  # and ends on 31 October
    ("2028-02-07", "America/New_York"),  # a leap day, summer time on 12 March
    ("2026-12-07", "Europe/London"),  # a year of 53 weeks ends
    ("2027-12-06", "Asia/Kolkata"),  # half an hour beside the others, no summer time
    ("2027-09-06", "Australia/Lord_Howe"),  # summer time of half an hour
    ("2027-03-22", "Pacific/Auckland"),  # summer time ends
    ("2027-06-07", "America/St_Johns"),
)


def beginning(dice: Random) -> tuple[datetime, ZoneInfo]:
    day, name = dice.choice(BEGINNINGS)
    zone = ZoneInfo(name)
    at = datetime.combine(date.fromisoformat(day) + timedelta(days=dice.randrange(14)), time(9), zone)
    return at + timedelta(minutes=dice.randrange(300)), zone


def world(dice: Random, start: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """A seed of the sandbox: the owner's calendar, and a second user's."""
    return {
        "user": {"email": OLGA, "name": "Olga Owner"},
        "timeZone": zone.key,
        "events": _events(dice, start, zone, OLGA),
        "others": [
            {
                "user": {"email": NILS, "name": "Nils Other"},
                "timeZone": "Europe/Berlin",
                "events": _events(dice, start, ZoneInfo("Europe/Berlin"), NILS),
            }
        ],
    }


def _events(dice: Random, start: datetime, zone: ZoneInfo, owner: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    today = start.astimezone(zone).date()
    for name in PEOPLE[owner]:
        day = today - timedelta(days=dice.randint(40, 90))
        for _ in range(3):
            made.append(talk(zone, _working(day), dice.choice((13, 14, 15, 16)), owner, name))
            day -= timedelta(days=dice.randint(28, 56))
    monday = today - timedelta(days=today.weekday() + 7)
    weekly = timed("Staff", datetime.combine(monday, time(11), zone), 30)
    made.append({**weekly, "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE"]})
    made.append(timed("Dentist", datetime.combine(today + timedelta(days=dice.randint(2, 20)), time(10), zone), 60))
    return made


def _working(day: date) -> date:
    return day - timedelta(days=max(0, day.isoweekday() - 5))


def timed(title: str, start: datetime, minutes: int) -> dict[str, Any]:
    """An entry of the user's own."""
    zone = str(start.tzinfo)
    end = start + timedelta(minutes=minutes)
    return {
        "summary": title,
        "start": {"dateTime": start.isoformat(), "timeZone": zone},
        "end": {"dateTime": end.isoformat(), "timeZone": zone},
    }


def guests(owner: str, *names: str) -> list[dict[str, Any]]:
    return [{"email": owner, "responseStatus": "accepted"}] + [
        {"email": address_of(name), "displayName": name, "responseStatus": "accepted"} for name in names
    ]


def talk(zone: ZoneInfo, day: date, hour: int, owner: str, name: str) -> dict[str, Any]:
    made = timed(f"{name} and I", datetime.combine(day, time(hour), zone), 45)
    return {**made, "attendees": guests(owner, name)}


def address_of(name: str) -> str:
    first, last = name.lower().split()
    return f"{first}@{last}.example"
