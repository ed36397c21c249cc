from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.google.codec import FIELDS, MalformedEvent, block_to_json, event_from_json
from scheduler.model import BlockEvent, Event, EventType, Part, Reminders, Response

BERLIN = ZoneInfo("Europe/Berlin")
TEN = datetime(2026, 3, 5, 10, 0, tzinfo=BERLIN)


def timed(**more: Any) -> dict[str, Any]:
    return {
        "id": "abc",
        "start": {"dateTime": "2026-03-05T10:00:00+01:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-03-05T11:00:00+01:00", "timeZone": "Europe/Berlin"},
        **more,
    }


# -- from JSON -------------------------------------------------------------------------------------


def test_an_event_with_everything() -> None:
    event = event_from_json(
        timed(
            etag='"17"',
            status="tentative",
            eventType="focusTime",
            summary="Lunch",
            description="<b>x</b>",
            recurrence=["RRULE:FREQ=WEEKLY"],
            organizer={"email": " Me@Example.COM ", "displayName": "Me", "self": True},
            attendees=[
                {"email": "Zoe@Example.com", "displayName": "Zoë ", "responseStatus": "declined"},
                {"email": "me@example.com", "self": True, "organizer": True, "responseStatus": "accepted"},
                {"email": "room@resource.calendar.google.com", "resource": True},
            ],
            attendeesOmitted=True,
            transparency="transparent",
            visibility="confidential",
            colorId="10",
            reminders={"useDefault": False, "overrides": [{"method": "popup", "minutes": 10}]},
            extendedProperties={"private": {"greenblock": "r/1/0"}, "shared": {"other": "x"}},
        )
    )
    assert (event.id, event.etag, event.status, event.type) == ("abc", '"17"', "tentative", EventType.FOCUS_TIME)
    assert (event.start, event.end) == (TEN, TEN + timedelta(hours=1))
    assert event.organizer is not None
    assert (event.organizer.address, event.organizer.is_self, event.organizer.is_organizer) == (
        "me@example.com",
        True,
        True,
    )
    zoe, me, room = event.attendees
    assert (zoe.address, zoe.name, zoe.response) == ("zoe@example.com", "Zoë", Response.DECLINED)
    assert (me.is_self, me.is_organizer, me.is_resource) == (True, True, False)
    assert (room.is_resource, room.response) == (True, Response.NEEDS_ACTION)
    assert event.attendees_omitted
    assert event.transparent
    assert (event.private, event.visibility) == (True, "confidential")
    assert event.reminders == Reminders(minutes=(10,))
    assert event.block_tag == "r/1/0"
    assert event.properties == {"greenblock": "r/1/0"}


def test_defaults_are_what_google_leaves_out() -> None:
    event = event_from_json(timed())
    assert event == Event(id="abc", start=TEN, end=TEN + timedelta(hours=1))


def test_words_nobody_knows_are_the_default() -> None:
    event = event_from_json(
        timed(
            status="postponed",
            eventType="hologram",
            visibility="secret",
            transparency="misty",
            attendees=[{"email": "a@b.c", "responseStatus": "maybe"}],
        )
    )
    assert event == event_from_json(timed(attendees=[{"email": "a@b.c", "responseStatus": "needsAction"}]))


@pytest.mark.parametrize("name", [None, 7, ["x"], {}])
def test_a_name_that_is_none_is_empty(name: object) -> None:
    (person,) = event_from_json(timed(attendees=[{"displayName": name}])).attendees
    assert (person.address, person.name) == ("", str(name) if name == 7 else "")


@pytest.mark.parametrize("tombstone", [{}, {"start": None}, {"start": {}, "end": {"dateTime": "never"}}])
def test_a_tombstone_needs_only_its_id(tombstone: dict[str, Any]) -> None:
    event = event_from_json({"id": "abc", "status": "cancelled", **tombstone})
    assert event == Event(id="abc", status="cancelled")


def test_a_cancelled_exception() -> None:
    event = event_from_json(
        {
            "id": "abc_20260305T090000Z",
            "status": "cancelled",
            "recurringEventId": "abc",
            "originalStartTime": {"dateTime": "2026-03-05T09:00:00Z", "timeZone": "Europe/Berlin"},
        }
    )
    assert event.cancelled
    assert event.series_id == "abc"
    assert event.original_start == TEN
    assert event.original_start.tzinfo == BERLIN  # type: ignore[union-attr]  # it is a datetime


def test_all_day() -> None:
    event = event_from_json({"id": "a", "start": {"date": "2026-03-05"}, "end": {"date": "2026-03-07"}})
    assert (event.start, event.end) == (date(2026, 3, 5), date(2026, 3, 7))
    assert not isinstance(event.start, datetime)


def test_an_end_left_out() -> None:
    assert event_from_json({"id": "a", "start": {"date": "2026-03-05"}}).end == date(2026, 3, 6)
    assert event_from_json({"id": "a", "start": {"dateTime": "2026-03-05T10:00:00+01:00"}}).end == TEN


@pytest.mark.parametrize(
    ("moment", "zone", "offset_hours", "key"),
    [
        (
            {"dateTime": "2026-07-01T10:00:00+02:00", "timeZone": "Europe/Berlin"},
            "America/New_York",
            2,
            "Europe/Berlin",
        ),
        ({"dateTime": "2026-07-01T08:00:00Z", "timeZone": "Europe/Berlin"}, "", 2, "Europe/Berlin"),
        ({"dateTime": "2026-07-01T10:00:00+02:00"}, "America/New_York", -4, "America/New_York"),
        ({"dateTime": "2026-07-01T10:00:00+02:00", "timeZone": "GMT+02:00"}, "", 2, None),
        ({"dateTime": "2026-07-01T10:00:00+02:00", "timeZone": "../../etc/passwd"}, "", 2, None),
        ({"dateTime": "2026-07-01T10:00:00+02:00", "timeZone": "America"}, "", 2, None),
        ({"dateTime": "2026-07-01T10:00:00+02:00", "timeZone": "\0"}, "Nowhere/None", 2, None),
        ({"dateTime": "2026-07-01T10:00:00+02:00", "timeZone": 5}, "", 2, None),
        ({"dateTime": "2026-07-01T10:00:00", "timeZone": "Europe/Berlin"}, "", 2, "Europe/Berlin"),
    ],
)
def test_zones(moment: dict[str, Any], zone: str, offset_hours: int, key: str | None) -> None:
    start = event_from_json({"id": "a", "start": moment, "end": moment}, zone=zone).start
    assert isinstance(start, datetime)
    assert start == datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
    assert start.utcoffset() == timedelta(hours=offset_hours)
    assert (start.tzinfo.key if isinstance(start.tzinfo, ZoneInfo) else None) == key


@pytest.mark.parametrize(
    "data",
    [
        None,
        "abc",
        [],
        {},
        {"id": ""},
        {"id": None, "status": "cancelled"},
        {"id": "a"},
        {"id": "a", "start": {}, "end": {}},
        {"id": "a", "start": {"dateTime": "yesterday"}},
        {"id": "a", "start": {"dateTime": "2026-07-01T10:00:00"}},
        {"id": "a", "start": {"date": "2026-02-30"}},
        {"id": "a", "start": {"date": "2026-02-03"}, "end": {"date": "2026-02-30"}},
        {"id": "a", "start": {"dateTime": "0001-01-01T00:00:00+14:00", "timeZone": "America/New_York"}},
        {"id": "a", "start": {"dateTime": "9999-12-31T23:59:59-12:00", "timeZone": "Asia/Tokyo"}},
        {"id": "a", "start": {"date": "9999-12-31"}},
        {"id": "a", "start": {"dateTime": "10000-01-01T00:00:00Z"}},
    ],
)
def test_what_is_no_event_is_said_so(data: Any) -> None:
    with pytest.raises(MalformedEvent):
        event_from_json(data)


def test_reminders() -> None:
    def minutes(value: object) -> tuple[int, ...] | None:
        return event_from_json(timed(reminders=value)).reminders.minutes

    assert minutes({"useDefault": True}) is None
    assert minutes({"useDefault": True, "overrides": [{"method": "popup", "minutes": 10}]}) is None
    assert minutes({"useDefault": False}) == ()
    assert minutes({"useDefault": False, "overrides": [{"method": "email", "minutes": 9}]}) == ()
    both = [{"method": "popup", "minutes": 60}, {"method": "popup", "minutes": 5}]
    assert minutes({"useDefault": False, "overrides": both}) == (5, 60)
    assert minutes({"useDefault": False, "overrides": [{"method": "popup", "minutes": "x"}, None]}) == ()
    assert minutes(None) is None


def test_what_no_database_can_hold_is_taken_out() -> None:
    event = event_from_json(json.loads('{"id":"a","start":{"date":"2026-03-05"},"summary":"a\\u0000b\\ud83d é"}'))
    assert event.title == "ab? é"
    event.title.encode()


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["cancelled", "confirmed", "2026-03-05", "2026-03-05T10:00:00Z", "0001-01-01T00:00:00+23:59"])
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner)
)
moments = anything | st.fixed_dictionaries(
    {},
    optional={
        "date": scalars,
        "dateTime": scalars,
        "timeZone": scalars | st.sampled_from(["Asia/Tokyo", "Etc/GMT+12"]),
    },
)
people = anything | st.fixed_dictionaries({}, optional={"email": scalars, "displayName": scalars, "self": scalars})


@settings(max_examples=120, deadline=None)
@given(
    st.fixed_dictionaries(
        {"id": scalars},
        optional={
            "status": scalars,
            "start": moments,
            "end": moments,
            "originalStartTime": moments,
            "recurrence": anything,
            "organizer": people,
            "attendees": st.lists(people, max_size=3) | anything,
            "reminders": anything | st.fixed_dictionaries({"useDefault": st.just(False), "overrides": anything}),
            "extendedProperties": anything | st.fixed_dictionaries({"private": anything}),
            "summary": scalars,
            "visibility": scalars,
            "eventType": anything,
        },
    ),
    st.sampled_from(["", "Europe/Berlin", "nonsense"]),
)
def test_nothing_stops_the_codec(data: dict[str, Any], zone: str) -> None:
    try:
        event = event_from_json(data, zone=zone)
    except MalformedEvent:
        return
    assert event.id
    for moment in (event.start, event.end, event.original_start):
        if isinstance(moment, datetime):
            moment.astimezone(UTC)
    for attendee in event.attendees:
        assert attendee.address == attendee.address.strip().lower()
    hash(event.attendees)


# -- to JSON ---------------------------------------------------------------------------------------

BLOCK = BlockEvent(
    id="gb01",
    start=TEN.astimezone(UTC),
    end=(TEN + timedelta(minutes=30)).astimezone(UTC),
    zone="Europe/Berlin",
    title="Green block",
    description="☐ Zoë",
    color_id="10",
    visibility="private",
    transparent=False,
    reminders=Reminders(minutes=(10,)),
    properties={"greenblock": "r/2026W10.1/0", "greenblock_wrote": ""},
)


def test_a_whole_block() -> None:
    assert block_to_json(BLOCK) == {
        "id": "gb01",
        "start": {"dateTime": "2026-03-05T10:00:00+01:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-03-05T10:30:00+01:00", "timeZone": "Europe/Berlin"},
        "summary": "Green block",
        "description": "☐ Zoë",
        "colorId": "10",
        "visibility": "private",
        "transparency": "opaque",
        "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 10}]},
        "extendedProperties": {"private": {"greenblock": "r/2026W10.1/0"}},
    }


def test_a_patch_names_only_its_parts() -> None:
    assert block_to_json(BLOCK, frozenset()) == {}
    assert block_to_json(BLOCK, frozenset({Part.TITLE})) == {"summary": "Green block"}
    assert set(block_to_json(BLOCK, frozenset({Part.TIME}))) == {"start", "end"}
    every = [set(block_to_json(BLOCK, frozenset({part}))) for part in Part]
    assert sum(map(len, every)) == len(set().union(*every)) == len(block_to_json(BLOCK)) - 1


def test_a_patch_deletes_by_null() -> None:
    body = block_to_json(BLOCK, frozenset({Part.PROPERTIES}))
    assert body == {"extendedProperties": {"private": {"greenblock": "r/2026W10.1/0", "greenblock_wrote": None}}}


@settings(max_examples=60, deadline=None)
@given(
    start=st.integers(1577836800, 2208988800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    minutes=st.integers(5, 300),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "UTC"]),
    transparent=st.booleans(),
    reminders=st.none()
    | st.lists(st.integers(0, 40320), max_size=5, unique=True).map(lambda some: tuple(sorted(some))),
    title=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
)
def test_what_we_write_is_what_we_read(
    start: datetime, minutes: int, zone: str, transparent: bool, reminders: tuple[int, ...] | None, title: str
) -> None:
    block = BlockEvent(
        id="gb01",
        start=start,
        end=start + timedelta(minutes=minutes),
        zone=zone,
        title=title,
        description=title,
        color_id="3",
        visibility="default",
        transparent=transparent,
        reminders=Reminders(minutes=reminders),
        properties={"a": "b"},
    )
    event = event_from_json(json.loads(json.dumps(block_to_json(block))))
    assert isinstance(event.start, datetime)
    assert isinstance(event.end, datetime)
    assert (event.start.astimezone(UTC), event.end.astimezone(UTC)) == (block.start, block.end)
    assert (event.title, event.description, event.color_id) == (title, title, "3")
    assert (event.transparent, event.reminders, event.properties) == (transparent, block.reminders, {"a": "b"})


def test_the_mask_names_what_is_read() -> None:
    for name in ("nextPageToken", "nextSyncToken", "timeZone", "extendedProperties/private", "originalStartTime"):
        assert name in FIELDS
