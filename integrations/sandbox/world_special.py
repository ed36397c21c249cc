"""The sample world's odd ones: webinars, doctors, choirs, booking robots, travel. One each of what rules must know."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from integrations.sandbox.world_diary import Diary, dice
from integrations.sandbox.world_people import NOT_PEOPLE, Person, guest, guests


def add_special(diary: Diary, colleagues: list[Person], outsiders: list[Person]) -> None:
    """All of them; their times are taken."""
    _webinars(diary, colleagues, outsiders)
    _robots(diary, outsiders)
    _private(diary, outsiders)
    _travel(diary, outsiders)
    _evenings(diary, outsiders)


def _by(address: str, name: str = "") -> dict[str, Any]:
    who = {"email": address} | ({"displayName": name} if name else {})
    return {"organizer": who, "creator": who}


def _webinars(diary: Diary, colleagues: list[Person], outsiders: list[Person]) -> None:
    chance = dice(diary.seed, "webinars")
    always = [person for person in outsiders if person.habit == "w"]
    others = [person for person in outsiders if person.habit[0] in "sltb"]
    for number, weeks in enumerate((-70, -55, -44, -31, -22, -12, -3, 2)):
        day, start = diary.place(diary.monday + timedelta(weeks=weeks, days=2), 60, chance, hours=(10, 16))
        crowd = [*always, *chance.sample(others, 24 + number), *colleagues[:3]]
        answers = {
            person.address: chance.choice(("accepted", "accepted", "needsAction", "declined")) for person in crowd
        }
        diary.timed(
            day,
            start,
            60,
            f"Webinar: tax law update {number + 1}",
            attendees=guests(crowd, organizer=always[0], responses=answers),
            location="https://steuerforum.example/live",
            **_by(always[0].address, always[0].name),
        )
    # So many guests that only the user's own entry is given: unknown is not "nobody".
    day, start = diary.place(diary.monday + timedelta(weeks=-26, days=1), 120, chance, hours=(13, 17))
    diary.timed(
        day,
        start,
        120,
        "Steuerforum annual conference (online)",
        attendees=guests([], organizer=always[0]),
        attendeesOmitted=True,
        guestsCanSeeOtherGuests=False,
        **_by(NOT_PEOPLE["calendar"], "Steuerforum"),
    )


def _robots(diary: Diary, outsiders: list[Person]) -> None:
    """Entries made by addresses that are no people, and by somebody who only sends the invitations."""
    chance = dice(diary.seed, "robots")
    named = {person.name: person for person in outsiders}
    shirley = named["Shirley Vance"]
    for weeks in (-48, -39, -27, -18, -9, -2):
        day, start = diary.place(diary.monday + timedelta(weeks=weeks, days=3), 30, chance)
        people = [named["Dana Whitfield"]]
        attendees = guests(people, organizer=shirley)
        diary.timed(day, start, 30, "Halden: call with Dana", attendees=attendees, **_by(shirley.address, shirley.name))
    for weeks, name in ((-50, "Casa Verde intro"), (-8, "First talk: tax return"), (-1, "First talk: founding")):
        day, start = diary.place(diary.monday + timedelta(weeks=weeks, days=1), 30, chance, hours=(13, 17))
        robot = {"email": NOT_PEOPLE["noreply"], "displayName": "Meet Booker", "organizer": True}
        attendees = [robot | {"responseStatus": "accepted"}, *guests([], organizer=shirley)]
        diary.timed(day, start, 30, name, attendees=attendees, **_by(NOT_PEOPLE["noreply"], "Meet Booker"))
    for weeks in (-33, -11):
        day, start = diary.place(diary.monday + timedelta(weeks=weeks, days=1), 60, chance, hours=(13, 17))
        hotel = {"email": NOT_PEOPLE["booking"], "responseStatus": "accepted"}
        diary.timed(day, start, 60, "Retreat: rooms", attendees=[hotel, *guests([])])


def _private(diary: Diary, outsiders: list[Person]) -> None:
    chance = dice(diary.seed, "private")
    doctor = next(person for person in outsiders if person.habit == "q")
    for weeks, title in ((-62, "Check-up"), (-36, "Check-up"), (-35, "Results"), (-10, "Check-up"), (3, "Vaccination")):
        day, start = diary.place(diary.monday + timedelta(weeks=weeks, days=4), 30, chance)
        diary.timed(day, start, 30, title, visibility="private", attendees=guests([doctor]))
    for weeks in (-41, -5):
        day, start = diary.place(diary.monday + timedelta(weeks=weeks, days=0), 45, chance)
        diary.timed(day, start, 45, "Dentist", visibility="private")


def _evenings(diary: Diary, outsiders: list[Person]) -> None:
    choir = [person for person in outsiders if person.habit == "e"]
    for weeks in range(-76, 5, 4):
        tuesday = diary.monday + timedelta(weeks=weeks, days=1)
        if tuesday in diary.closed:
            continue
        diary.timed(tuesday, 1170, 105, "Choir", attendees=guests(choir, organizer=choir[0]), **_by(choir[0].address))
    for weeks in (-57, -20, -4):
        saturday = diary.monday + timedelta(weeks=weeks, days=5)
        diary.timed(saturday, 900, 180, "Choir day", attendees=guests(choir), location="Chor am See")


def _travel(diary: Diary, outsiders: list[Person]) -> None:
    chance = dice(diary.seed, "travel")
    named = {person.name: person for person in outsiders}
    trips = (
        ("Stockholm", "Astrid Nyström", -72), ("Hamburg", "Pieter van der Berg", -58),
        ("Athens", "Eleni Papadaki", -50),
        ("Paris", "Élodie Duval", -43), ("Stockholm", "Astrid Nyström", -38), ("Vienna", "Beat Steiner", -29),
        ("Porto", "Inês Carvalho", -25), ("Stockholm", "Astrid Nyström", -19), ("Poznań", "Piotr Kowalczyk", -8),
        ("Porto", "Inês Carvalho", -2), ("Stockholm", "Astrid Nyström", 3),
    )  # fmt: skip
    for city, host, weeks in trips:
        there = diary.monday + timedelta(weeks=weeks, days=1)
        if not diary.works_on(there):
            continue
        diary.all_day(there, 2, city, location=city)
        code = f"EW {chance.randint(1000, 9999)}"
        diary.take(there, 18 * 60, 24 * 60)
        diary.take(there + timedelta(days=1), 18 * 60, 24 * 60)
        for day, start, way in ((there, 430, f"to {city}"), (there + timedelta(days=1), 1130, "to Berlin")):
            diary.timed(
                day,
                start,
                110,
                f"Flight {way} ({code})",
                eventType="fromGmail",
                visibility="private",
                guestsCanInviteOthers=False,
                **_by("unknownorganizer@calendar.google.com", "Unknown Organizer"),
            )
        person = named[host]
        diary.closed |= {there, there + timedelta(days=1)}  # no other meetings on the road
        start = 60 * chance.choice((11, 13, 14))
        diary.timed(
            there,
            start,
            90,
            f"Visit {person.company}",
            location=city,
            attendees=[guest(person), *guests([])],
        )
