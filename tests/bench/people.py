"""Ranking: what one contact costs must not depend on how many there are. Census: over a bare walk of the guests."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from scheduler.meetings import Identity, PeopleSettings
from scheduler.model import Attendee, Occurrence, Response
from scheduler.people import census
from scheduler.ranking import rank
from tests.bench.measuring import Row, Work

TODAY = date(2026, 11, 24).toordinal()
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def contacts(count: int) -> dict[str, list[int]]:
    """Two years of contact-days: gaps from five weeks to a year, some of them weekly."""
    dice = random.Random(7)
    made = {}
    for n in range(count):
        gap, day, days = dice.choice([7, 35, 60, 90, 180, 365]), TODAY - dice.randrange(1, 120), []
        while day > TODAY - 730:
            days.append(day)
            day -= max(1, round(dice.lognormvariate(0, 0.4) * gap))
        made[f"c{n}"] = sorted(set(days))
    return made


def _ranking() -> tuple[Work, Work]:
    many, few = contacts(4000), contacts(1000)
    return lambda: rank(many, today=TODAY), lambda: rank(few, today=TODAY)


def ranked() -> Work:
    few = contacts(1000)
    return lambda: rank(few, today=TODAY)


def _ranking_against_reading() -> tuple[Work, Work]:
    few = contacts(1000)

    def floor() -> object:
        return sorted((sum(b - a for a, b in pairwise(days)), key) for key, days in few.items())

    return lambda: rank(few, today=TODAY), floor


def occurrences(count: int) -> list[Occurrence]:
    """Two years of meetings, one to five guests each, some of the user's own house."""
    dice = random.Random(11)
    made = []
    for n in range(count):
        start = NOW - timedelta(days=dice.randrange(1, 730), minutes=15 * dice.randrange(40))
        guests = [
            Attendee(address=f"p{who}@client{who // 3}.example", name=f"Person {who}", response=Response.ACCEPTED)
            if who % 5
            else Attendee(address=f"p{who}@own.example", response=Response.ACCEPTED)
            for who in dice.sample(range(1500), dice.choice([1, 1, 1, 2, 3, 5]))
        ]
        me = Attendee(address="me@own.example", response=Response.ACCEPTED, is_self=True)
        made.append(
            Occurrence(
                event_id=f"e{n}", start=start, end=start + timedelta(minutes=45), title="Talk", attendees=(me, *guests)
            )
        )
    return made


def _census() -> tuple[Work, Work]:
    seen = occurrences(10_000)
    settings = PeopleSettings(
        identity=Identity(addresses=frozenset({"me@own.example"}), domains=frozenset({"own.example"})),
        zone=ZoneInfo("Europe/Berlin"),
    )

    def floor() -> object:
        days: dict[str, set[date]] = {}
        for one in seen:
            for guest in one.attendees:
                days.setdefault(guest.address, set()).add(one.start.date())  # type: ignore[union-attr]  # all are timed
        return days

    return lambda: census(seen, settings, NOW), floor


ROWS = (
    Row(
        what="ranking 1,000 contacts",
        against="adding up and sorting their gaps",
        prepare=_ranking_against_reading,
        pairs=15,
    ),
    Row(
        what="ranking 4,000 contacts, a contact",
        against="ranking 1,000, a contact",
        prepare=_ranking,
        shares=(4, 1),
        limit=1.5,
        pairs=15,
    ),
    Row(
        what="census of 10,000 meetings",
        against="days by address in a dict",
        prepare=_census,
        pairs=5,
    ),
)
