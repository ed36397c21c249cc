"""What every calendar behind the port must do. One suite, run over each implementation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from integrations.calendar import Calendar, Page
from integrations.errors import AlreadyExists, CalendarError, Conflict, Gone, SyncTokenExpired
from scheduler.model import BlockEvent, Event, Part, Reminders
from tests.contract.hands import Hand, hands

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2030, 3, 5, 10, 0, tzinfo=BERLIN)
SINCE = START - timedelta(days=400)
HALF_HOUR = timedelta(minutes=30)

BLOCK = BlockEvent(
    id="greenblock0001",
    start=START,
    end=START + HALF_HOUR,
    zone="Europe/Berlin",
    title="Green block",
    description="☐ Zoë Ödegård · Åre AB\nbelow this line all is yours",
    color_id="10",
    visibility="private",
    transparent=False,
    reminders=Reminders(minutes=(10,)),
    properties={"greenblock": "r/2030W10.1/0", "greenblock_wrote": "stamp"},
)

OTHER = replace(
    BLOCK,
    start=START + timedelta(days=1),
    end=START + timedelta(days=1, minutes=45),
    title="Green block: Zoë",
    description="",
    color_id="",
    visibility="default",
    transparent=True,
    reminders=Reminders(),
    properties={"greenblock": "r/2030W10.1/0", "greenblock_wrote": "", "greenblock_by": "house"},
)


@pytest.fixture(params=sorted(hands), scope="module")
def implementation(request: pytest.FixtureRequest) -> Iterator[Hand]:
    with hands[request.param]() as hand:
        yield hand


@pytest.fixture
def hand(implementation: Hand) -> Hand:
    """The user's own hand on an empty calendar."""
    implementation.empties()
    return implementation


@pytest.fixture
def calendar(hand: Hand) -> Calendar:
    return hand.calendar


def read(calendar: Calendar, token: str | None = None) -> tuple[dict[str, Event], str]:
    """All pages: the events by id and the sync token."""
    pages = list(calendar.changes(sync_token=token, since=SINCE))
    assert [page.sync_token is not None for page in pages] == [False] * (len(pages) - 1) + [True]
    return {event.id: event for page in pages for event in page.events}, str(pages[-1].sync_token)


def wanted(block: BlockEvent) -> dict[str, object]:
    """What an event shows that was written from this block, part by part."""
    return {
        Part.TIME: (block.start, block.end),
        Part.TITLE: block.title,
        Part.DESCRIPTION: block.description,
        Part.COLOR: block.color_id,
        Part.VISIBILITY: block.visibility,
        Part.TRANSPARENCY: block.transparent,
        Part.REMINDERS: block.reminders,
        Part.PROPERTIES: {key: value for key, value in block.properties.items() if value},
    }


def shown(event: Event) -> dict[str, object]:
    return {
        Part.TIME: (event.start, event.end),
        Part.TITLE: event.title,
        Part.DESCRIPTION: event.description,
        Part.COLOR: event.color_id,
        Part.VISIBILITY: event.visibility,
        Part.TRANSPARENCY: event.transparent,
        Part.REMINDERS: event.reminders,
        Part.PROPERTIES: dict(event.properties),
    }


# -- reading ---------------------------------------------------------------------------------------


def test_the_first_read_gives_what_is_there_and_a_token(calendar: Calendar, hand: Hand) -> None:
    hand.meets("lunch0001", START, START + HALF_HOUR, "Lunch", guest="Zoe@Example.com", name="Zoë")
    pages = list(calendar.changes(sync_token=None, since=SINCE))
    assert [page.zone for page in pages] == ["Europe/Berlin"]
    (lunch,) = pages[0].events
    assert (lunch.id, lunch.title, lunch.status) == ("lunch0001", "Lunch", "confirmed")
    assert (lunch.start, lunch.end) == (START, START + HALF_HOUR)
    assert lunch.start.tzinfo == BERLIN  # type: ignore[union-attr]  # it is a datetime
    assert lunch.etag
    assert [(a.address, a.name) for a in lunch.attendees if not a.is_self] == [("zoe@example.com", "Zoë")]


def test_an_empty_calendar_is_one_empty_page_with_a_token(calendar: Calendar) -> None:
    assert [len(page.events) for page in calendar.changes(sync_token=None, since=SINCE)] == [0]


def test_what_ended_before_since_is_not_read(calendar: Calendar, hand: Hand) -> None:
    hand.meets("long0ago", SINCE - HALF_HOUR, SINCE, "Ended just then")
    hand.meets("still0on", SINCE - HALF_HOUR, SINCE + timedelta(minutes=1), "Still on")
    assert set(read(calendar)[0]) == {"still0on"}


def test_after_a_token_only_changes_come(calendar: Calendar, hand: Hand) -> None:
    hand.meets("one00", START, START + HALF_HOUR, "One")
    hand.meets("second0", START, START + HALF_HOUR, "Two")
    _, token = read(calendar)
    changed, token = read(calendar, token)
    assert changed == {}
    hand.retitles("second0", "Two, moved")
    hand.meets("three00", START, START + HALF_HOUR, "Three")
    changed, token = read(calendar, token)
    assert {event.title for event in changed.values()} == {"Two, moved", "Three"}
    assert read(calendar, token)[0] == {}


def test_an_old_token_gives_the_same_changes_again(calendar: Calendar, hand: Hand) -> None:
    _, token = read(calendar)
    hand.meets("one00", START, START + HALF_HOUR, "One")
    assert set(read(calendar, token)[0]) == set(read(calendar, token)[0]) == {"one00"}


def test_a_deletion_comes_as_a_tombstone_and_only_with_a_token(calendar: Calendar, hand: Hand) -> None:
    hand.meets("one00", START, START + HALF_HOUR, "One")
    _, token = read(calendar)
    hand.deletes("one00")
    changed, _ = read(calendar, token)
    assert [(event.id, event.cancelled) for event in changed.values()] == [("one00", True)]
    assert read(calendar)[0] == {}


@pytest.mark.parametrize("token", ["nonsense", "AAAA=="])
def test_a_bad_token_asks_for_a_full_sync(calendar: Calendar, token: str) -> None:
    with pytest.raises(SyncTokenExpired):
        list(calendar.changes(sync_token=token, since=SINCE))
    assert read(calendar)[1]


def test_an_expired_token_asks_for_a_full_sync(calendar: Calendar, hand: Hand) -> None:
    _, token = read(calendar)
    hand.expires_tokens()
    with pytest.raises(SyncTokenExpired):
        list(calendar.changes(sync_token=token, since=SINCE))
    _, token = read(calendar)
    assert read(calendar, token)[0] == {}


def test_a_series_comes_as_its_master_and_exceptions(calendar: Calendar, hand: Hand) -> None:
    hand.repeats("series0", START, START + HALF_HOUR, "RRULE:FREQ=WEEKLY;COUNT=5")
    _, token = read(calendar)
    hand.cancels_turn("series0", START + timedelta(days=7))
    for events in (read(calendar)[0], read(calendar, token)[0]):
        (gone,) = [event for event in events.values() if event.series_id]
        assert (gone.cancelled, gone.series_id) == (True, "series0")
        assert gone.original_start == START + timedelta(days=7)
    master = read(calendar)[0]["series0"]
    assert master.recurrence == ("RRULE:FREQ=WEEKLY;COUNT=5",)
    assert master.start == START


# -- one event -------------------------------------------------------------------------------------


def test_get_gives_the_event(calendar: Calendar, hand: Hand) -> None:
    hand.meets("one00", START, START + HALF_HOUR, "One")
    assert calendar.get("one00") == read(calendar)[0]["one00"]


def test_get_gives_a_deleted_event_as_cancelled(calendar: Calendar, hand: Hand) -> None:
    hand.meets("one00", START, START + HALF_HOUR, "One")
    hand.deletes("one00")
    assert calendar.get("one00").cancelled


def test_get_of_an_unknown_id_is_gone(calendar: Calendar) -> None:
    with pytest.raises(Gone):
        calendar.get("never0there")


# -- writing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", [BLOCK, OTHER], ids=["full", "bare"])
def test_what_is_inserted_is_what_is_there(calendar: Calendar, block: BlockEvent) -> None:
    _, token = read(calendar)
    answer = calendar.insert(block)
    assert shown(answer) == wanted(block)
    assert answer.attendees == ()
    assert answer.start.tzinfo == BERLIN  # type: ignore[union-attr]  # it is a datetime
    assert calendar.get(block.id) == answer
    assert read(calendar, token)[0] == {block.id: answer}


def test_an_id_is_taken_once_and_for_all(calendar: Calendar) -> None:
    event = calendar.insert(BLOCK)
    with pytest.raises(AlreadyExists):
        calendar.insert(OTHER)
    assert calendar.get(BLOCK.id) == event
    calendar.delete(BLOCK.id, etag=event.etag)
    with pytest.raises(AlreadyExists):
        calendar.insert(BLOCK)
    assert calendar.get(BLOCK.id).cancelled


@pytest.mark.parametrize("part", list(Part))
def test_a_patch_writes_its_part_and_leaves_the_others(calendar: Calendar, part: Part) -> None:
    before = calendar.insert(BLOCK)
    _, token = read(calendar)
    after = calendar.patch(OTHER, frozenset({part}), etag=before.etag)
    assert shown(after) == {**wanted(BLOCK), part: wanted(OTHER)[part]}
    assert after.etag != before.etag
    assert calendar.get(BLOCK.id) == after
    assert read(calendar, token)[0] == {BLOCK.id: after}


def test_all_parts_can_be_patched_at_once_and_back(calendar: Calendar) -> None:
    event = calendar.insert(BLOCK)
    event = calendar.patch(OTHER, frozenset(Part), etag=event.etag)
    assert shown(event) == wanted(OTHER)
    event = calendar.patch(BLOCK, frozenset(Part), etag=event.etag)
    assert shown(event) == wanted(replace(BLOCK, properties={**BLOCK.properties, "greenblock_by": "house"}))


def test_a_patch_leaves_what_the_user_added(calendar: Calendar, hand: Hand) -> None:
    calendar.insert(BLOCK)
    hand.retitles(BLOCK.id, "My own words")
    hand.invites(BLOCK.id, "zoe@example.com")
    event = calendar.patch(OTHER, frozenset({Part.COLOR, Part.PROPERTIES}), etag=calendar.get(BLOCK.id).etag)
    assert event.title == "My own words"
    assert "zoe@example.com" in {attendee.address for attendee in event.attendees}


def test_a_write_over_a_change_is_a_conflict_and_changes_nothing(calendar: Calendar, hand: Hand) -> None:
    stale = calendar.insert(BLOCK).etag
    hand.retitles(BLOCK.id, "My own words")
    now = calendar.get(BLOCK.id)
    assert now.etag != stale
    with pytest.raises(Conflict):
        calendar.patch(OTHER, frozenset(Part), etag=stale)
    with pytest.raises(Conflict):
        calendar.delete(BLOCK.id, etag=stale)
    assert calendar.get(BLOCK.id) == now


def test_a_patch_of_a_deleted_event_is_refused(calendar: Calendar, hand: Hand) -> None:
    etag = calendar.insert(BLOCK).etag
    hand.deletes(BLOCK.id)
    with pytest.raises((Conflict, Gone)):
        calendar.patch(OTHER, frozenset(Part), etag=etag)
    assert calendar.get(BLOCK.id).cancelled


def test_a_patch_of_an_unknown_event_is_gone(calendar: Calendar) -> None:
    with pytest.raises(Gone):
        calendar.patch(OTHER, frozenset(Part), etag='"1"')


@pytest.mark.parametrize("with_etag", [True, False])
def test_a_deleted_event_is_gone(calendar: Calendar, with_etag: bool) -> None:
    etag = calendar.insert(BLOCK).etag
    _, token = read(calendar)
    calendar.delete(BLOCK.id, etag=etag if with_etag else None)
    assert calendar.get(BLOCK.id).cancelled
    assert [event.cancelled for event in read(calendar, token)[0].values()] == [True]
    with pytest.raises(Gone):
        calendar.delete(BLOCK.id, etag=None)


def test_deleting_what_never_was_is_gone(calendar: Calendar) -> None:
    with pytest.raises(Gone):
        calendar.delete("never0there", etag=None)


def test_a_block_across_the_end_of_summer_time_keeps_its_moments(calendar: Calendar) -> None:
    start = datetime(2030, 10, 27, 0, 45, tzinfo=UTC)  # 02:45 summer time
    block = replace(BLOCK, start=start, end=start + HALF_HOUR)  # to 02:15 winter time
    event = calendar.insert(block)
    assert isinstance(event.start, datetime)
    assert isinstance(event.end, datetime)
    assert (event.start.astimezone(UTC), event.end.astimezone(UTC)) == (start, start + HALF_HOUR)


def test_a_channel_ends_when_it_is_told_to(calendar: Calendar) -> None:
    """Port 9 of loopback discards: nobody listens, and that disturbs nobody."""
    address = "http://localhost:9/hooks/google"
    channel = calendar.watch("channel-1", token="t" * 43, address=address, lasts=timedelta(days=1))
    assert channel.id == "channel-1"
    assert channel.resource_id
    assert channel.expires_at.utcoffset() is not None
    calendar.stop(channel)
    with pytest.raises(Gone):
        calendar.stop(channel)


def test_every_error_is_of_the_family(calendar: Calendar) -> None:
    """So that one except clause is enough for the caller."""
    with pytest.raises(CalendarError) as caught:
        calendar.get("never0there")
    assert "never0there" not in str(caught.value)
    assert isinstance(caught.value.reason, str)


def test_pages_are_pages(calendar: Calendar) -> None:
    assert all(isinstance(page, Page) for page in calendar.changes(sync_token=None, since=SINCE))
