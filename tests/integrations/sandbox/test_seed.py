"""Seeds: what is tolerated, what is refused and in which words."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from integrations.sandbox.seed import SeedError, check_seed, load_stores, read_seed
from integrations.sandbox.store import Store
from tests.integrations.sandbox.conftest import ANNA, ME, NOW, meeting, small_world


def load(events: list[Any]) -> Store:
    world = {"user": {"email": ME, "name": "Mia"}, "timeZone": "Europe/Berlin", "events": events}
    return load_stores(world, clock=lambda: NOW, base_url="http://localhost:1")[0]


def test_missing_parts_are_filled_in() -> None:
    event = meeting("", "2026-02-10", attendees=[{"email": ME.upper()}, {"email": ANNA, "organizer": True}])
    del event["id"]
    (made,) = load([event]).live()
    assert made["kind"] == "calendar#event"
    assert made["etag"].startswith('"')
    assert made["updated"] == "2026-03-02T08:00:00.000Z"
    assert made["attendees"][0]["self"] is True
    assert made["organizer"] == {"email": ANNA}


def test_what_the_seed_says_is_kept() -> None:
    given = {
        "created": "2025-01-01T00:00:00.000Z",
        "updated": "2025-02-01T00:00:00.000Z",
        "iCalUID": "abc@elsewhere.example",
        "sequence": 3,
        "hangoutLink": "https://meet.example/x",
        "description": "<p>" + "x" * 9000 + "</p>",
        "attendeesOmitted": True,
    }
    (made,) = load([meeting("single0", "2026-02-10", **given)]).live()
    assert {key: made[key] for key in given} == given


def test_guests_without_an_address_are_taken_as_google_gives_them() -> None:
    guests = [{"displayName": "Nameless Ned"}, {"email": "front desk"}, {"email": "", "id": "77"}, {}]
    (made,) = load([meeting("single0", "2026-02-10", attendees=guests)]).live()
    answered = {"responseStatus": "needsAction"}
    assert made["attendees"] == [
        {"displayName": "Nameless Ned", **answered},
        {"email": "front desk", **answered},
        {"id": "77", **answered},
        answered,
    ]


def test_special_events_need_no_properties() -> None:
    store = load([meeting(f"one{kind.lower()}", "2026-02-10", eventType=kind) for kind in ("outOfOffice", "focusTime")])
    assert [made["eventType"] for made in store.live()] == ["outOfOffice", "focusTime"]


def test_exceptions_and_tombstones() -> None:
    cancelled = {"id": "series0_20260310T090000Z", "status": "cancelled", "recurringEventId": "series0"}
    moved = meeting("series0_20260317T090000Z", "2026-03-18", recurringEventId="series0")
    gone = {"id": "gone00", "status": "cancelled"}
    store = load([meeting("series0", "2026-03-03", recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"]), cancelled, moved, gone])
    shown = store.between(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    assert [event["start"]["dateTime"][:10] for event in shown] == ["2026-03-03", "2026-03-18", "2026-03-24"]
    assert shown[1]["originalStartTime"]["dateTime"] == "2026-03-17T10:00:00+01:00"
    assert store.get("gone00")["status"] == "cancelled"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"user": None}, "user: needs an object with email and name."),
        ({"user": {"email": "nobody"}}, "user.email: needs an address, got 'nobody'."),
        ({"user": {"email": ME, "name": 3}}, "user.name: must be text."),
        ({"timeZone": "Mars"}, "timeZone: 'Mars' is not a time zone such as Europe/Berlin."),
        ({"events": None}, "events: needs a list of events."),
        ({"events": ["x"]}, "events[0]: must be an object."),
        ({"events": [{"id": "a"}]}, "events[0].start: Missing start time: needs dateTime or date."),
        ({"events": [meeting("a", "2026-01-01", end={"date": "x"})]}, "events[0].end.date: Invalid end date: 'x'"),
        ({"events": [meeting("a", "2026-01-01"), meeting("a", "2026-01-01")]}, "events[1].id: 'a' is there twice."),
        ({"events": [meeting("a/b", "2026-01-01")]}, "events[0].id: must be text without a slash, got 'a/b'."),
        ({"events": [meeting("a", "2026-01-01", attendees="x")]}, "events[0].attendees: Invalid value for attendees"),
        ({"events": [meeting("a", "2026-01-01", attendees=["x"])]}, "events[0].attendees[0]: Invalid attendee"),
        ({"events": [meeting("a", "2026-01-01", attendees=[{"email": 3}])]}, "events[0].attendees[0].email: Missing"),
        ({"events": [meeting("a", "2026-01-01", recurrence=["x"])]}, "events[0].recurrence: Invalid recurrence rule"),
        ({"events": [meeting("a", "2026-01-01", updated="x")]}, "events[0].updated: 'x' is not an RFC 3339 time."),
        ({"events": [meeting("a", "2026-01-01", organizer=3)]}, "events[0].organizer: must be an object"),
        ({"events": [meeting("a", "2026-01-01", recurringEventId=3)]}, "events[0].recurringEventId: must be text."),
        ({"others": {}}, "others: must be a list of seeds."),
        ({"others": [{"user": {"email": ME}, "events": []}]}, "others: two users have the same email."),
        ({"others": [{"user": {"email": ANNA}, "events": [3]}]}, "others[0].events[0]: must be an object."),
    ],
)
def test_a_broken_seed_gives_one_sentence_with_the_place(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SeedError) as caught:
        check_seed(small_world() | change, clock=lambda: NOW)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is not JSON (line 1, column 2"),
        (b"[]", "must be an object with user, timeZone and events."),
        (b"\xff\xfe", "is not UTF-8 text."),
    ],
)
def test_files_that_are_no_seeds(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "seed.json"
    path.write_bytes(content)
    with pytest.raises(SeedError, match=r"seed\.json: ") as caught:
        read_seed(path)
    assert message in str(caught.value)
    with pytest.raises(SeedError, match="cannot be read"):
        read_seed(tmp_path / "nothing.json")
