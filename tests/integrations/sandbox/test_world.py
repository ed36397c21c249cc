"""The sample world is large, plausible, the same for everyone, and holds one of each thing the rules must know."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from googleapiclient.discovery_cache import get_static_doc

from integrations.sandbox.seed import load_stores
from integrations.sandbox.world import sample_world

Json = dict[str, Any]
BERLIN = ZoneInfo("Europe/Berlin")
TODAYS = [
    date(2026, 11, 22),
    date(2027, 3, 28),  # the clocks go forward
    date(2026, 10, 25),  # the clocks go back
    date(2028, 2, 29),
    date(2027, 1, 1),
    date(2027, 8, 4),
]
ROBOTS = re.compile(r"^(finance-team|noreply|calendar|bookings|support|conf\.\d+)@")
FREE_MAIL = ("gmail.com", "gmx.de")


@pytest.fixture(scope="module", params=TODAYS, ids=str)
def today(request: pytest.FixtureRequest) -> date:
    assert isinstance(request.param, date)
    return request.param


@pytest.fixture(scope="module")
def events(today: date) -> list[Json]:
    found: list[Json] = sample_world(today=today)["events"]
    return found


def outside_addresses(events: list[Json]) -> set[str]:
    return {
        guest["email"]
        for event in events
        for guest in event.get("attendees", [])
        if not guest.get("resource")
        and not guest["email"].endswith("@okafor.example")
        and not ROBOTS.match(guest["email"])
    }


def starts(event: Json) -> datetime:
    if "dateTime" in event["start"]:
        return datetime.fromisoformat(event["start"]["dateTime"])
    return datetime.combine(date.fromisoformat(event["start"]["date"]), time(), BERLIN)


def ends(event: Json) -> datetime:
    if "dateTime" in event["end"]:
        return datetime.fromisoformat(event["end"]["dateTime"])
    return datetime.combine(date.fromisoformat(event["end"]["date"]), time(), BERLIN)


def test_says_whose_calendar_it_is() -> None:
    world = sample_world(today=TODAYS[0])
    assert world["user"] == {"email": "hannah@okafor.example", "name": "Hannah Okafor"}
    assert world["timeZone"] == "Europe/Berlin"
    assert set(world) == {"user", "timeZone", "events"}


def test_is_as_large_as_a_busy_professionals_calendar(events: list[Json]) -> None:
    people = outside_addresses(events)
    firms = {address.split("@")[1] for address in people} - set(FREE_MAIL)
    assert 1_800 <= len(events) <= 2_300
    assert 110 <= len(people) <= 135
    assert 55 <= len(firms) <= 65


def test_spans_eighteen_months_back_and_five_weeks_ahead(events: list[Json], today: date) -> None:
    days = [starts(event).date() for event in events if "start" in event and "recurrence" not in event]
    assert timedelta(days=535) <= today - min(days) <= timedelta(days=560)
    assert timedelta(days=28) <= max(days) - today <= timedelta(days=43)


def test_is_the_same_for_the_same_day_and_seed_and_not_for_another_seed() -> None:
    once = json.dumps(sample_world(today=TODAYS[0]))
    assert once == json.dumps(sample_world(today=TODAYS[0]))
    assert once != json.dumps(sample_world(today=TODAYS[0], seed=8))


def test_other_seeds_are_as_large(today: date) -> None:
    assert 1_800 <= len(sample_world(today=today, seed=today.year + today.month)["events"]) <= 2_300


def test_the_sandbox_takes_it_as_a_seed(today: date, events: list[Json]) -> None:
    now = datetime.combine(today, time(9), UTC)
    world = {"user": {"email": "hannah@okafor.example"}, "timeZone": "Europe/Berlin", "events": events}
    (store,) = load_stores(world, clock=lambda: now, base_url="http://localhost:8001")
    assert len(store.rows) == len(events)
    ahead = store.between(now, now + timedelta(weeks=4))
    assert sum(event.get("recurringEventId") is not None for event in ahead) > 10


def test_ids_are_googles_and_unique(events: list[Json]) -> None:
    ids = [event["id"] for event in events]
    assert len(set(ids)) == len(ids)
    masters = {event["id"] for event in events if "recurrence" in event}
    for event in events:
        if "recurringEventId" in event:
            base, _, stamp = event["id"].partition("_")
            assert base == event["recurringEventId"]
            assert base in masters
            original = datetime.fromisoformat(event["originalStartTime"]["dateTime"])
            assert stamp == original.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        else:
            assert re.fullmatch(r"[a-v0-9]{5,1024}", event["id"])


def test_fields_are_those_of_googles_discovery_document(events: list[Json]) -> None:
    schemas = json.loads(get_static_doc("calendar", "v3"))["schemas"]
    event_fields, guest_fields = set(schemas["Event"]["properties"]), set(schemas["EventAttendee"]["properties"])
    for event in events:
        assert set(event) <= event_fields
        for guest in event.get("attendees", []):
            assert set(guest) <= guest_fields
            assert guest["responseStatus"] in {"needsAction", "declined", "tentative", "accepted"}


def test_every_entry_ends_after_it_starts_and_was_made_before_today_is_over(events: list[Json], today: date) -> None:
    tomorrow = datetime.combine(today + timedelta(days=1), time(), BERLIN)
    for event in events:
        if "start" not in event:
            assert event["status"] == "cancelled"
            assert "recurringEventId" in event
            continue
        assert starts(event) < ends(event)
        assert ("dateTime" in event["start"]) == ("dateTime" in event["end"])
        created, updated = datetime.fromisoformat(event["created"]), datetime.fromisoformat(event["updated"])
        assert created <= updated < tomorrow
        assert created < starts(event)


def test_meetings_are_within_the_working_day_and_rarely_at_once(events: list[Json]) -> None:
    taken: dict[date, list[tuple[datetime, datetime]]] = {}
    for event in events:
        outside = {address for address in outside_addresses([event]) if not address.endswith("@chor-am-see.example")}
        if not outside or event["status"] == "cancelled" or "recurrence" in event or "recurringEventId" in event:
            continue
        begin, end = starts(event), ends(event)
        assert begin.weekday() < 5
        assert time(8) <= begin.astimezone(BERLIN).time()
        assert end.astimezone(BERLIN).time() <= time(17, 45)
        assert {begin.minute % 5, end.minute % 5} == {0}
        taken.setdefault(begin.date(), []).append((begin, end))
    pairs = [(a, b) for spans in taken.values() for a in spans for b in spans if a < b]
    clashes = [(a, b) for a, b in pairs if a[0] < b[1] and b[0] < a[1]]
    assert len(clashes) <= 12


def test_most_coming_weeks_leave_half_an_hour_in_the_morning_and_next_week_is_crowded(
    events: list[Json], today: date
) -> None:
    monday = today - timedelta(days=today.weekday())
    busy: dict[date, list[tuple[int, int]]] = {}
    for event in events:
        live = event["status"] == "confirmed" and "start" in event and "dateTime" in event["start"]
        if not live or event.get("transparency") == "transparent" or "recurrence" in event:
            continue
        begin, end = starts(event).astimezone(BERLIN), ends(event).astimezone(BERLIN)
        last = 1440 if end.date() > begin.date() else end.hour * 60 + end.minute
        busy.setdefault(begin.date(), []).append((begin.hour * 60 + begin.minute, last))

    def roomy(day: date) -> int:
        spans = busy.get(day, [])
        return sum(
            all(slot + 30 <= start or end <= slot for start, end in spans) for slot in range(9 * 60, 12 * 60, 30)
        )

    def room(week: int) -> int:
        return sum(roomy(monday + timedelta(weeks=week, days=day)) for day in range(5))

    assert sum(room(week) >= 6 for week in range(5)) >= 3
    assert room(1) < max(room(week) for week in range(5))


def two_zones(event: Json) -> bool:
    return "recurrence" in event and event["start"].get("timeZone") == "America/New_York"


def guest_declined(event: Json) -> bool:
    return any(g["responseStatus"] == "declined" and not g.get("self") for g in event.get("attendees", []))


def user_declined(event: Json) -> bool:
    return any(g["responseStatus"] == "declined" and g.get("self") for g in event.get("attendees", []))


def only_organises(event: Json) -> bool:
    organiser = event.get("organizer", {}).get("email", "")
    guests = {g["email"] for g in event.get("attendees", [])}
    return bool(guests) and organiser.startswith("shirley") and organiser not in guests


def at_home(event: Json) -> bool:
    return "start" in event and starts(event).hour >= 18 and "attendees" not in event


def has_guest(pattern: str) -> Callable[[Json], bool]:
    return lambda event: any(re.search(pattern, guest["email"]) for guest in event.get("attendees", []))


def is_type(name: str) -> Callable[[Json], bool]:
    return lambda event: event.get("eventType") == name


@pytest.mark.parametrize(
    ("kind", "at_least"),
    [
        (two_zones, 1),
        (guest_declined, 15),
        (user_declined, 8),
        (only_organises, 4),
        (at_home, 80),
        (is_type("birthday"), 6),
        (is_type("workingLocation"), 100),
        (is_type("focusTime"), 25),
        (is_type("outOfOffice"), 6),
        (is_type("fromGmail"), 10),
        (has_guest(r"@resource\.calendar\.google\.com$"), 20),
        (has_guest(r"^finance-team@"), 1),
        (has_guest(r"^team@okafor\.example$"), 1),
        (has_guest(r"^noreply@"), 2),
        (has_guest(r"^bookings@"), 2),
        (has_guest(r"^support@"), 1),
        (has_guest(r"^conf\.\d+@"), 5),
        (has_guest(r"@(gmail\.com|gmx\.de)$"), 10),
        (has_guest(r"^kwame"), 5),
        (lambda e: len(e.get("attendees", [])) >= 35, 7),
        (lambda e: e.get("attendeesOmitted"), 1),
        (lambda e: e.get("visibility") == "private" and len(e.get("attendees", [])) == 2, 4),
        (lambda e: e["status"] == "cancelled" and "recurringEventId" not in e, 15),
        (lambda e: e["status"] == "cancelled" and "recurringEventId" in e, 20),
        (lambda e: "originalStartTime" in e and e.get("start", e["originalStartTime"]) != e["originalStartTime"], 10),
        (lambda e: any("UNTIL" in rule for rule in e.get("recurrence", [])), 1),
        (lambda e: any("INTERVAL" in rule for rule in e.get("recurrence", [])), 4),
        (lambda e: e.get("transparency") == "transparent" and "Day" in e["summary"] and "date" in e["start"], 5),
        (lambda e: e.get("summary") == "Call Marta" and "attendees" not in e, 3),
        (lambda e: e.get("summary") in {"Stockholm", "Porto"} and "date" in e["start"], 3),
        (lambda e: "attendees" in e and "displayName" not in e["attendees"][0], 60),
    ],
)  # fmt: skip
def test_holds_examples_of_everything_special(events: list[Json], kind: Callable[[Json], bool], at_least: int) -> None:
    assert sum(bool(kind(event)) for event in events) >= at_least


def days_met(events: list[Json], name: str) -> list[date]:
    return sorted(
        starts(event).date()
        for event in events
        if event["status"] == "confirmed" and "start" in event and has_guest(name)(event)
    )


def test_some_ties_lapsed_some_bloom_some_are_new(events: list[Json], today: date) -> None:
    small = [event for event in events if len(event.get("attendees", [])) < 10]
    lapsed = days_met(small, "@fjord-systems")
    assert len(lapsed) > 10
    assert timedelta(days=70) < today - lapsed[-1]
    blooming = [day for day in days_met(small, "@oduya-foods") if day <= today]
    early, late = ([day for day in blooming if (today - day).days // 180 == part] for part in (2, 0))
    assert len(late) > 2 * len(early)
    new = days_met(small, "@pixel-und-ton")
    assert today - new[0] < timedelta(days=40)


def test_a_third_of_the_steady_have_a_meeting_booked_and_not_everyone_has(events: list[Json], today: date) -> None:
    coming = [
        event
        for event in events
        if "start" in event and event["status"] == "confirmed" and starts(event).date() > today
        and len(event.get("attendees", [])) < 10
    ]  # fmt: skip
    assert 15 <= len(outside_addresses(coming)) <= 80


def test_nobody_but_the_user_is_self_and_each_guest_is_there_once(events: list[Json]) -> None:
    for event in events:
        guests = event.get("attendees", [])
        assert [guest["email"] for guest in guests if guest.get("self")] == ["hannah@okafor.example"] * bool(guests)
        assert max(Counter(guest["email"] for guest in guests).values(), default=1) == 1


def test_the_new_york_series_keeps_new_yorks_clock(events: list[Json]) -> None:
    (master,) = [event for event in events if two_zones(event)]
    there = starts(master).astimezone(ZoneInfo("America/New_York"))
    assert (there.hour, there.minute) == (9, 30)
    turns = [event["originalStartTime"] for event in events if event.get("recurringEventId") == master["id"]]
    assert {turn["timeZone"] for turn in turns} == {"America/New_York"}
    for turn in turns:
        there = datetime.fromisoformat(turn["dateTime"]).astimezone(ZoneInfo("America/New_York"))
        assert (there.hour, there.minute) == (9, 30)
