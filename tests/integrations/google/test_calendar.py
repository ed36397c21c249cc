"""What the contract suite cannot see: what goes over the wire, and what comes of bad answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials

from integrations.errors import (
    AlreadyExists,
    CalendarError,
    Conflict,
    Gone,
    RateLimited,
    SignInLost,
    SyncTokenExpired,
    Unavailable,
)
from integrations.google.bearer import Bearer
from integrations.google.calendar import ApiCall, GoogleCalendar
from integrations.google.codec import EVENT_FIELDS, FIELDS
from scheduler.model import BlockEvent, Part, Reminders
from tests.integrations.google.scripted import CUT, Scripted, refusal

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
EVENT = {"id": "abc", "etag": '"1"', "start": {"date": "2026-03-05"}, "end": {"date": "2026-03-06"}}
LAST = {"items": [EVENT], "nextSyncToken": "next", "timeZone": "Europe/Berlin"}
BLOCK = BlockEvent(
    id="gb01",
    start=SINCE,
    end=SINCE + timedelta(minutes=30),
    zone="UTC",
    title="Green block",
    description="",
    color_id="10",
    visibility="private",
    transparent=False,
    reminders=Reminders(),
    properties={},
)


def bearer(server: Scripted, **more: Any) -> Bearer:
    base = {"refresh_token": "r", "expires_at": None, "client_id": "c", "client_secret": "s"}
    return Bearer(token="old", token_uri=f"{server.base}/token", clock=lambda: SINCE, **{**base, **more})


class Open:
    """A calendar on the scripted server and the calls it told of."""

    def __init__(self, server: Scripted, **more: Any) -> None:
        self.calls: list[ApiCall] = []
        self.port = GoogleCalendar(
            bearer(server, **more),
            api_endpoint=f"{server.base}/calendar/v3/",
            timeout=0.5,
            observe=self.calls.append,
        )


@pytest.fixture
def calendar(server: Scripted) -> Iterator[Open]:
    opened = Open(server)
    with opened.port:
        yield opened


def read(calendar: Open, token: str | None = None) -> list[Any]:
    return list(calendar.port.changes(sync_token=token, since=SINCE))


# -- requests --------------------------------------------------------------------------------------


def test_a_first_sync_asks_the_same_on_every_page(server: Scripted, calendar: Open) -> None:
    server.answers = [{"items": [], "nextPageToken": "p2"}, {"items": [EVENT], "nextPageToken": "p3"}, LAST]
    pages = read(calendar)
    assert [(len(page.events), page.sync_token) for page in pages] == [(0, None), (1, None), (1, "next")]
    assert {asked.path for asked in server.asked} == {"/calendar/v3/calendars/primary/events"}
    same = {"maxResults": "1000", "fields": FIELDS, "timeMin": "2026-01-01T00:00:00Z", "alt": "json"}
    assert [asked.query for asked in server.asked] == [same, {**same, "pageToken": "p2"}, {**same, "pageToken": "p3"}]
    assert calendar.calls == [ApiCall(method="events.list", status=200)] * 3


def test_a_sync_by_token_names_nothing_that_is_refused_with_it(server: Scripted, calendar: Open) -> None:
    server.answers = [{"items": [], "nextPageToken": "p2"}, LAST]
    read(calendar, "token")
    same = {"maxResults": "1000", "fields": FIELDS, "syncToken": "token", "alt": "json"}
    assert [asked.query for asked in server.asked] == [same, {**same, "pageToken": "p2"}]


def test_pages_are_fetched_as_they_are_wanted(server: Scripted, calendar: Open) -> None:
    server.answers = [{"nextPageToken": "p2"}, LAST]
    pages = calendar.port.changes(sync_token=None, since=SINCE)
    assert server.asked == []
    next(pages)
    assert len(server.asked) == 1


def test_writes_notify_nobody_and_hold_the_etag(server: Scripted, calendar: Open) -> None:
    server.answers = [EVENT, EVENT, (204, b""), (204, b"")]
    calendar.port.insert(BLOCK)
    calendar.port.patch(BLOCK, frozenset({Part.TITLE}), etag='"7"')
    calendar.port.delete("gb01", etag='"8"')
    calendar.port.delete("gb01", etag=None)
    assert [asked.method for asked in server.asked] == ["POST", "PATCH", "DELETE", "DELETE"]
    assert {asked.query["sendUpdates"] for asked in server.asked} == {"none"}
    assert [asked.headers.get("If-Match") for asked in server.asked] == [None, '"7"', '"8"', None]
    assert [asked.query.get("fields") for asked in server.asked[:2]] == [EVENT_FIELDS] * 2
    assert server.asked[1].json == {"summary": "Green block"}
    assert "attendees" not in server.asked[0].json
    assert [call.method for call in calendar.calls] == [
        "events.insert",
        "events.patch",
        "events.delete",
        "events.delete",
    ]


def test_another_calendar_of_the_user(server: Scripted) -> None:
    server.answers = [EVENT]
    with GoogleCalendar(
        bearer(server), api_endpoint=f"{server.base}/calendar/v3/", calendar_id="team@group.calendar.google.com"
    ) as calendar:
        calendar.get("abc")
    assert server.asked[0].path == "/calendar/v3/calendars/team%40group.calendar.google.com/events/abc"


# -- answers ---------------------------------------------------------------------------------------


def test_a_weird_event_is_skipped_and_counted(server: Scripted, calendar: Open) -> None:
    server.answers = [{**LAST, "items": [EVENT, {"id": "x"}, None, {"summary": "no id"}, {"id": "y"}]}]
    (page,) = read(calendar)
    assert [event.id for event in page.events] == ["abc"]
    assert calendar.port.malformed == {
        "a live event without a readable start": 2,
        "not an object": 1,
        "without an id": 1,
    }


@pytest.mark.parametrize(
    "answer",
    [
        {"items": [EVENT]},
        {"items": [EVENT], "nextSyncToken": ""},
        {"items": "none", "nextSyncToken": "t"},
        [],
        "text",
        (200, b"<html>"),
        (200, b"\xff\xfe"),
        (200, b"[" * 100_000),
        (200, b""),
        (204, b""),
        (404, b"<html>"),
        (404, b"[" * 100_000),
        (500, {"error": {"message": {}}}),
        CUT,
    ],
    ids=repr,
)
def test_what_cannot_be_read_is_unavailable(server: Scripted, calendar: Open, answer: Any) -> None:
    server.answers = [answer]
    for token in (None, "token"):
        with pytest.raises(Unavailable) as caught:
            read(calendar, token)
        assert caught.value.retry


def test_a_token_does_not_follow_a_redirect(server: Scripted, calendar: Open) -> None:
    server.routes["/elsewhere"] = LAST
    server.answers = [(302, b"", {"Location": f"{server.base}/elsewhere"})]
    with pytest.raises(Unavailable):
        read(calendar)
    assert "/elsewhere" not in {asked.path for asked in server.asked}


def test_only_the_last_page_carries_the_token(server: Scripted, calendar: Open) -> None:
    server.answers = [{"items": [], "nextPageToken": "p2", "nextSyncToken": "too soon"}, LAST]
    assert [page.sync_token for page in read(calendar)] == [None, "next"]


def test_pages_that_go_round_in_a_circle_end(server: Scripted, calendar: Open) -> None:
    server.answers = [{"nextPageToken": "p2"}, {"nextPageToken": "p2"}, LAST]
    with pytest.raises(Unavailable):
        read(calendar)
    assert len(server.asked) == 2


def test_nothing_is_retried_here(server: Scripted, calendar: Open) -> None:
    server.answers = [refusal(503, "backendError"), LAST]
    with pytest.raises(Unavailable):
        read(calendar)
    assert len(server.asked) == 1
    assert calendar.calls == [ApiCall(method="events.list", status=503, reason="backendError")]


def test_silence_ends_after_the_timeout(server: Scripted, calendar: Open) -> None:
    def slow(_: object) -> Any:
        import time

        time.sleep(0.8)
        return EVENT

    server.answers = [slow]
    with pytest.raises(Unavailable):
        calendar.port.get("abc")
    assert calendar.calls == [ApiCall(method="events.get", status=0, reason="TimeoutError")]


def test_nobody_there() -> None:
    calls: list[ApiCall] = []
    with (
        GoogleCalendar(
            AnonymousCredentials(),  # type: ignore[no-untyped-call]  # typed in part only
            api_endpoint="http://localhost:1/calendar/v3/",
            observe=calls.append,
        ) as calendar,
        pytest.raises(Unavailable),
    ):
        calendar.get("abc")
    assert [call.status for call in calls] == [0]


@pytest.mark.parametrize("reason", ["fullSyncRequired", "updatedMinTooLongAgo", "deleted", "somethingNew"])
def test_410_to_a_sync_token_asks_for_a_full_sync(server: Scripted, calendar: Open, reason: str) -> None:
    server.answers = [refusal(410, reason)]
    with pytest.raises(SyncTokenExpired):
        read(calendar, "token")


def test_a_calendar_that_is_gone_is_gone(server: Scripted, calendar: Open) -> None:
    server.answers = [refusal(404, "notFound")]
    for token in (None, "token"):
        with pytest.raises(Gone):
            read(calendar, token)


def test_an_insert_whose_answer_was_lost_shows_as_there_already(server: Scripted, calendar: Open) -> None:
    """httplib2 sends it again by itself when the connection is cut; the id keeps it from being two."""
    server.answers = [CUT, refusal(409, "duplicate")]
    with pytest.raises(AlreadyExists):
        calendar.port.insert(BLOCK)
    assert [asked.json["id"] for asked in server.asked] == ["gb01", "gb01"]


@pytest.mark.parametrize(("status", "reason", "kind"), [(412, "conditionNotMet", Conflict), (410, "deleted", Gone)])
def test_refused_writes(server: Scripted, calendar: Open, status: int, reason: str, kind: type[CalendarError]) -> None:
    server.answers = [refusal(status, reason)]
    with pytest.raises(kind):
        calendar.port.patch(BLOCK, frozenset({Part.TITLE}), etag='"1"')
    with pytest.raises(kind):
        calendar.port.delete("gb01", etag='"1"')


def test_errors_tell_nothing_personal(server: Scripted, calendar: Open) -> None:
    server.answers = [refusal(403, "rateLimitExceeded")]
    with pytest.raises(RateLimited) as caught:
        calendar.port.get("secret0event0id")
    assert "secret" not in str(caught.value)


# -- the access token ------------------------------------------------------------------------------

FRESH = {"access_token": "new", "expires_in": 3600, "token_type": "Bearer"}


def test_401_refreshes_once_and_goes_on(server: Scripted, calendar: Open) -> None:
    server.routes["/token"] = FRESH
    server.answers = [refusal(401, "authError"), EVENT]
    assert calendar.port.get("abc").id == "abc"
    assert [asked.headers.get("Authorization") for asked in server.asked] == ["Bearer old", None, "Bearer new"]
    assert calendar.calls == [
        ApiCall(method="events.get", status=401, reason="authError"),
        ApiCall(method="token", status=200),
        ApiCall(method="events.get", status=200),
    ]


def test_401_twice_is_a_lost_sign_in(server: Scripted, calendar: Open) -> None:
    server.routes["/token"] = FRESH
    server.answers = [refusal(401, "authError")]
    with pytest.raises(SignInLost):
        calendar.port.get("abc")
    assert [asked.path for asked in server.asked].count("/token") == 1


def test_an_expired_access_token_is_refreshed_before(server: Scripted) -> None:
    server.routes["/token"] = FRESH
    server.answers = [EVENT]
    with Open(server, expires_at=SINCE + timedelta(minutes=3)).port as calendar:
        calendar.get("abc")
    assert server.asked[0].path == "/token"
    assert server.asked[0].form["refresh_token"] == "r"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}), SignInLost),
        ((502, b"<html>"), Unavailable),
        ((200, b"null"), Unavailable),
        ((200, b"[]"), Unavailable),
        ((200, {"access_token": "new", "expires_in": "soon"}), Unavailable),
        ((200, {}), Unavailable),
        (CUT, Unavailable),
    ],
    ids=repr,
)
def test_a_refresh_that_fails(server: Scripted, calendar: Open, answer: Any, kind: type[CalendarError]) -> None:
    server.routes["/token"] = answer
    server.answers = [refusal(401, "authError")]
    with pytest.raises(kind) as caught:
        calendar.port.get("abc")
    assert isinstance(caught.value, SignInLost) == (kind is SignInLost)


def test_without_a_refresh_token_401_is_a_lost_sign_in(server: Scripted) -> None:
    server.answers = [refusal(401, "authError")]
    with Open(server, refresh_token=None).port as calendar, pytest.raises(SignInLost):
        calendar.get("abc")
