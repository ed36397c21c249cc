"""A simulated quarter: seventy clients, six names a week, a dip, a holiday, meetings that happen anyway.

Everything is drawn from a seed. Each day the names are filled anew, with what the day before seated as `kept`,
as the service does; a block's people are reached on its day, or not.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.fill import Seats, Wishes, fill
from scheduler.model import BlockKey, Contact, Kind, Touch

ZONE = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 9, 7)
CLIENTS, WEEKS, SEED = 70, 13, 7
HOLIDAY = {MONDAY + timedelta(days=count) for count in range(35, 42)}  # a week without blocks, known ahead
DIP = {MONDAY + timedelta(days=count) for count in range(63, 77)}  # two busy weeks with half of the blocks


@dataclass
class World:
    """What the days bring. `log`: (day, contact, days since the last personal touch)."""

    draw: random.Random
    contacts: dict[str, Contact]
    meetings: list[tuple[date, str]]  # that happen anyway
    log: list[tuple[date, str, int]] = field(default_factory=list)
    in_a_row: Counter[str] = field(default_factory=Counter)
    most_in_a_row: int = 0

    def touch(self, key: str, on: date, source: str) -> None:
        contact = self.contacts[key]
        self.contacts[key] = replace(contact, touches=(*contact.touches, Touch(on=on, source=source)), unreached=0)
        self.in_a_row[key] = 0


def world(seed: int) -> World:
    draw = random.Random(seed)
    contacts, meetings = {}, []
    end = MONDAY + timedelta(weeks=WEEKS)
    for number in range(CLIENTS):
        key, gap = f"c{number:02}", draw.uniform(35, 365)
        day = MONDAY - timedelta(days=draw.uniform(0, 1.3 * gap))
        seen = []
        while day > MONDAY - timedelta(days=730):
            seen.append(Touch(on=day, source=f"e{day}/"))
            if draw.random() < 0.2:  # a messy calendar: the same day again, a big meeting
                seen.append(Touch(on=day + timedelta(days=3), personal=False, source=f"g{day}/"))
            day -= timedelta(days=max(1.0, draw.gauss(gap, gap / 4)))
        seen = [touch for touch in seen if touch.on < MONDAY]
        contacts[key] = Contact(
            key=key, name=key, company=f"F{number % 55}", kind=Kind.CLIENT, touches=tuple(sorted(seen))
        )
        if draw.random() < 0.7:  # most rhythms run on by themselves
            day = seen[0].on if seen else MONDAY
            while day < end:
                day += timedelta(days=max(1.0, draw.gauss(gap, gap / 4)))
                if MONDAY <= day < end:
                    meetings.append((day, key))
    return World(draw=draw, contacts=contacts, meetings=sorted(meetings))


def blocks(today: date) -> list[Seats]:
    """Tuesdays and Thursdays at ten, three people each, from a fortnight ago to four weeks ahead."""
    found = []
    for ahead in range(-14, 28):
        on = today + timedelta(days=ahead)
        if on.isoweekday() in ((2,) if on in DIP else (2, 4)) and on not in HOLIDAY and on >= MONDAY:
            year, week, weekday = on.isocalendar()
            key = BlockKey("r", f"{year}W{week:02}.{weekday}")
            start = datetime.combine(on, time(10), ZONE)
            found.append(Seats(key=key, on=on, start=start, people=3, frozen=ahead < 0))
    return found


def live(seed: int, *, never_reached: frozenset[str]) -> World:
    it = world(seed)
    kept: dict[BlockKey, tuple[str, ...]] = {}
    for count in range(WEEKS * 7):
        today = MONDAY + timedelta(days=count)
        for key, contact in it.contacts.items():  # booked a fortnight before
            ahead = tuple(
                datetime.combine(on, time(15), ZONE)
                for on, who in it.meetings
                if who == key and today <= on <= today + timedelta(days=14)
            )
            it.contacts[key] = replace(contact, booked=ahead)
        seats = blocks(today)
        now = datetime.combine(today, time(8), ZONE)
        filling = fill(seats, tuple(it.contacts.values()), kept=kept, now=now, zone=ZONE, wishes=Wishes())
        names = {key: tuple(one.contact for one in listed) for key, listed in filling.suggestions.items()}
        kept = kept | names
        for seat in seats:
            assert len(names[seat.key]) <= seat.people
            if seat.on == today:
                for name in names[seat.key]:
                    hold(it, name, today, reached=name not in never_reached)
        for on, who in it.meetings:
            if on == today:
                it.touch(who, today, f"m{today}/")
    return it


def hold(it: World, name: str, today: date, *, reached: bool) -> None:
    last = max((touch.on for touch in it.contacts[name].touches if touch.personal), default=date.min)
    it.log.append((today, name, (today - last).days))
    it.in_a_row[name] += 1
    it.most_in_a_row = max(it.most_in_a_row, it.in_a_row[name])
    if reached:
        it.touch(name, today, "hand/1")
    else:
        contact = it.contacts[name]
        it.contacts[name] = replace(contact, unreached=contact.unreached + 1)


@pytest.mark.parametrize("share", [0.0, 0.5], ids=["all reached", "half never reached"])
def test_a_quarter_with_six_names_a_week(share: float, capsys: pytest.CaptureFixture[str]) -> None:
    keys = sorted(world(SEED).contacts)
    never = frozenset(random.Random(SEED + 1).sample(keys, int(share * len(keys))))
    it = live(SEED, never_reached=never)
    named = {name for _, name, _ in it.log}
    met = {key for _, key in it.meetings}
    with capsys.disabled():
        print(
            f"\nquarter, {int(share * 100)}% never reached: {len(it.log)} suggestions, "
            f"{len(named)} of {CLIENTS} named, {len(named | met)} named or met, "
            f"soonest after a touch {min(ago for *_, ago in it.log)} days, "
            f"at most {it.most_in_a_row} suggestions in a row unanswered"
        )
    assert all(ago >= 14 for *_, ago in it.log)
    assert it.most_in_a_row <= 3
    assert not any(on in HOLIDAY for on, *_ in it.log)
    if not never:
        assert len(named | met) >= 60
