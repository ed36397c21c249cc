"""The sample world's meetings with people: each habit of `world_people` played out over the months."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from integrations.sandbox.world_diary import WEEKS_AHEAD, WEEKS_BACK, Diary, dice
from integrations.sandbox.world_people import NOT_PEOPLE, ROOMS, SECOND_ADDRESSES, Person, guests

_TITLES = (
    "{first} / Hannah",
    "{company}: quarterly figures",
    "Call {company}",
    "Coffee with {first}",
    "VAT review {company}",
    "Lunch with {first}",
    "Visit {company}",
    "Annual accounts {company}",
    "Catch-up {first}",
    "Call with {first}",
    "{company}: open points",
)
_INTERNAL = ("Case: {}", "Draft review", "Handover", "Hiring", "Website texts", "Quick question", "Year-end planning")
_OLDEST = -WEEKS_BACK * 7
_NEWEST = WEEKS_AHEAD * 7


def add_meetings(diary: Diary, colleagues: list[Person], outsiders: list[Person]) -> None:
    """Meetings with every outsider by habit, then those inside the firm."""
    index = 0
    while index < len(outsiders):
        lead = outsiders[index]
        company: list[tuple[Person, float]] = []
        index += 1
        while index < len(outsiders) and outsiders[index].habit.startswith("+"):
            company.append((outsiders[index], int(outsiders[index].habit[1:]) / 100))
            index += 1
        chance = dice(diary.seed, "meetings", lead.address)
        for offset in _offsets(lead.habit, chance):
            along = [person for person, share in company if chance.random() < share]
            _meet(diary, [lead, *along], offset, chance, colleagues)
    _inside(diary, colleagues)


def _offsets(habit: str, chance: random.Random) -> list[float]:
    """Days from today on which there is to be a meeting, negative in the past; the notation is `world_people`'s."""
    kind, _, until = habit[1:].partition("@")
    match habit[0]:
        case "s":
            return _steady(int(kind), chance)
        case "l":
            return [day for day in _steady(int(kind), chance) if day < -int(until)] + [-int(until)]
        case "b":
            found, day = [], -480 + chance.uniform(0, 40)
            while day < _NEWEST:
                found.append(day)
                day += (12 + (int(kind) - 12) * max(0.0, -day) / 480) * chance.uniform(0.8, 1.2)
            return found
        case "p":
            return [-int(until) - step * 5.5 for step in range(7)]
        case "1":
            return [-int(until)]
        case "n":
            again = [chance.uniform(4, 20)] if chance.random() < 0.6 else []
            return [-int(until), *([-int(until) - 11] if chance.random() < 0.6 else []), *again]
        case "f":
            return [chance.uniform(4, _NEWEST - 6)]
        case "d" | "u" | "c":
            return [-chance.uniform(20, 400) for _ in range(3)]
        case _:
            return []


def _steady(gap: int, chance: random.Random) -> list[float]:
    day = _OLDEST + chance.uniform(0, gap) + (chance.uniform(0, 280) if chance.random() < 0.2 else 0)
    found = []
    while day < _NEWEST:
        if day < 0 or chance.random() < (0.7 if gap <= 30 else 0.5):
            found.append(day)
        day += gap * chance.uniform(0.7, 1.35) * (1.7 if chance.random() < 0.08 else 1)
    return found


def _meet(
    diary: Diary, people: list[Person], offset: float, chance: random.Random, colleagues: Sequence[Person]
) -> None:
    lead, habit = people[0], people[0].habit[0]
    if lead.name in SECOND_ADDRESSES and chance.random() < 0.25:
        people = [replace(lead, address=SECOND_ADDRESSES[lead.name]), *people[1:]]
        lead = people[0]
    title = chance.choice(_TITLES).format(first=lead.first, company=lead.company or lead.name)
    theirs = habit == "u" or (habit != "d" and chance.random() < 0.35)
    status, own, answers = "confirmed", "accepted", {}
    luck = chance.random()
    if habit == "d" or (habit != "u" and luck < 0.035):
        answers = {person.address: "declined" for person in people}
        theirs = False
    elif habit == "u" or (theirs and luck < 0.10):
        own = "declined"
    elif habit == "c" or 0.10 < luck < 0.15:
        status = "cancelled"
    elif luck > 0.93:
        answers = {lead.address: "tentative" if offset < 0 else "needsAction"}
        own = "needsAction" if theirs and offset > 0 else "accepted"
    minutes = chance.choice((30, 30, 45, 60, 60, 90))
    hours = (12, 14) if title.startswith("Lunch") else None
    near = diary.today + timedelta(days=round(offset) or -1)
    day, start = diary.place(near, min(minutes, 60) if hours else minutes, chance, hours=hours)
    extra: dict[str, Any] = {}
    if theirs:
        who = {"email": lead.address} | ({"displayName": lead.name} if lead.shown else {})
        extra |= {"organizer": who, "creator": who}
    if title.startswith("Visit"):
        extra["location"] = f"{lead.company or lead.name}, reception"
    attendees = guests(people, organizer=lead if theirs else None, own=own, responses=answers)
    if chance.random() < 0.2:
        helper = chance.choice(colleagues)
        attendees.insert(-1, {"email": helper.address, "displayName": helper.name, "responseStatus": "accepted"})
    if chance.random() < 0.12:
        address, name = chance.choice(ROOMS)
        attendees.append({"email": address, "displayName": name, "resource": True, "responseStatus": "accepted"})
    if chance.random() < 0.03:
        attendees.append({"email": NOT_PEOPLE["bridge"], "responseStatus": "needsAction"})
    if lead.company == "Cloud Ledger" and chance.random() < 0.3:
        attendees.append({"email": NOT_PEOPLE["support"], "responseStatus": "accepted"})
    length = min(minutes, 60) if hours else minutes
    diary.timed(day, start, length, title, status=status, attendees=attendees, **extra)


def _inside(diary: Diary, colleagues: list[Person]) -> None:
    """Meetings of the firm's own people: some each week, and many in crowded ones."""
    for monday in diary.mondays():
        chance = dice(diary.seed, "inside", (monday - diary.monday).days)
        working = [day for day in (monday + timedelta(days=step) for step in range(5)) if diary.works_on(day)]
        crowded = monday in diary.crowded
        count = chance.choice((3, 4, 4, 5)) + (6 if crowded else 0) if len(working) > 2 else 0
        for turn in range(count):
            some = chance.sample(colleagues, chance.choice((1, 1, 2, 3)))
            title = chance.choice(_INTERNAL).format(chance.choice(("Delgado", "Stern", "Rossi", "Blum")))
            minutes = chance.choice((60, 90)) if crowded else chance.choice((30, 30, 60))
            hours = (9, 12) if crowded and turn < 6 else None
            day, start = diary.place(working[turn % len(working)], minutes, chance, hours=hours)
            attendees = guests(some, organizer=some[0] if chance.random() < 0.4 else None)
            fields: dict[str, Any] = {"attendees": attendees}
            if attendees[0].get("organizer"):
                fields["organizer"] = fields["creator"] = {"email": some[0].address, "displayName": some[0].name}
            diary.timed(day, start, minutes, title, **fields)
