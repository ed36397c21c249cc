"""Each fault that the sandbox knows, met by our Google client over real HTTP: which of our errors it becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.oauth2.credentials import Credentials

from integrations.errors import (
    AlreadyExists,
    BadRequest,
    CalendarError,
    Conflict,
    Gone,
    PermissionMissing,
    RateLimited,
    SignInLost,
    SyncTokenExpired,
    Unavailable,
)
from integrations.google.calendar import ApiCall, GoogleCalendar
from integrations.sandbox.client import api_endpoint
from integrations.sandbox.run import SandboxServer
from scheduler.model import BlockEvent, Part, Reminders

START = datetime(2030, 3, 5, 10, 0, tzinfo=UTC)
BLOCK = BlockEvent(
    id="gb0000",
    start=START,
    end=START + timedelta(minutes=30),
    zone="UTC",
    title="Green block",
    description="",
    color_id="10",
    visibility="private",
    transparent=False,
    reminders=Reminders(),
    properties={"greenblock": "r/2030W10.1/0"},
)

KINDS: dict[str, type[CalendarError]] = {
    "authError": SignInLost,  # the bearer of these tests cannot be refreshed
    "insufficientPermissions": PermissionMissing,
    "forbidden": PermissionMissing,
    "forbiddenForNonOrganizer": PermissionMissing,
    "rateLimitExceeded": RateLimited,
    "userRateLimitExceeded": RateLimited,
    "quotaExceeded": RateLimited,
    "tooManyRequests": RateLimited,
    "badRequest": BadRequest,
    "timeRangeEmpty": BadRequest,
    "notFound": Gone,
    "deleted": Gone,
    "duplicate": AlreadyExists,
    "fullSyncRequired": SyncTokenExpired,
    "updatedMinTooLongAgo": SyncTokenExpired,
    "conditionNotMet": Conflict,
    "backendError": Unavailable,
    "unavailable": Unavailable,
    "timeout": Unavailable,
    "malformed": Unavailable,
    "html": Unavailable,
    "cut-body": Unavailable,
}

Call = Callable[[GoogleCalendar, str], object]
CALLS: dict[str, Call] = {
    "events.list": lambda calendar, _: list(calendar.changes(sync_token=None, since=START)),
    "events.get": lambda calendar, _: calendar.get("there00"),
    "events.insert": lambda calendar, _: calendar.insert(BLOCK),
    "events.patch": lambda calendar, etag: calendar.patch(_there(), frozenset({Part.TITLE}), etag=etag),
    "events.delete": lambda calendar, etag: calendar.delete("there00", etag=etag),
}


def _there() -> BlockEvent:
    return replace(BLOCK, id="there00", title="Other")


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    user = {"email": "owner@example.com", "name": "Owner"}
    with SandboxServer({"user": user, "timeZone": "UTC", "events": []}, view=False) as server:
        yield server


@pytest.fixture
def calls() -> list[ApiCall]:
    return []


@pytest.fixture
def calendar(server: SandboxServer, calls: list[ApiCall]) -> Iterator[GoogleCalendar]:
    bearer = Credentials(token="sandbox")  # type: ignore[no-untyped-call]  # google-auth types only in part
    endpoint = api_endpoint(server.url)
    server.faults.clear()
    with GoogleCalendar(bearer, api_endpoint=endpoint, timeout=0.8, observe=calls.append) as calendar:
        yield calendar
    server.faults.clear()


@pytest.fixture
def etag(server: SandboxServer) -> str:
    """Of an event "there00", which is as BLOCK is; and there is no other."""
    server.store.rows.clear()
    body = {"id": "there00", "summary": "There", "start": {"date": "2030-03-05"}, "end": {"date": "2030-03-06"}}
    return str(server.store.insert(body)["etag"])


# An answer without a body cannot be broken in its body.
MEETINGS = [
    (call, fault)
    for fault in sorted(KINDS)
    for call in CALLS
    if call != "events.delete" or fault not in ("cut-body", "malformed")
]


@pytest.mark.parametrize(("call", "fault"), MEETINGS)
def test_a_fault_before_the_call_is_done(
    server: SandboxServer, calendar: GoogleCalendar, calls: list[ApiCall], etag: str, call: str, fault: str
) -> None:
    server.faults.add(call, fault, seconds=1.2)
    with pytest.raises(CalendarError) as caught:
        CALLS[call](calendar, etag)
    assert type(caught.value) is KINDS[fault]
    assert caught.value.retry == issubclass(KINDS[fault], Unavailable)
    assert [seen.method for seen in calls] == [call]
    assert len(list(calendar.changes(sync_token=None, since=START - timedelta(days=9)))) == 1, "the next call is fine"
    assert server.faults.waiting() == []


@pytest.mark.parametrize("fault", ["backendError", "malformed", "cut-body", "timeout"])
def test_an_insert_whose_answer_is_lost_is_there_and_once(
    server: SandboxServer, calendar: GoogleCalendar, etag: str, fault: str
) -> None:
    server.faults.add("events.insert", fault, when="after", seconds=1.2)
    with pytest.raises(Unavailable):
        calendar.insert(BLOCK)
    with pytest.raises(AlreadyExists):
        calendar.insert(BLOCK)
    assert calendar.get(BLOCK.id).title == "Green block"


@pytest.mark.parametrize(
    ("call", "kinds"),
    [("events.insert", AlreadyExists), ("events.patch", Conflict), ("events.delete", (Gone, Conflict))],
)
def test_a_write_cut_off_after_it_was_done(
    server: SandboxServer, calendar: GoogleCalendar, etag: str, call: str, kinds: Any
) -> None:
    """httplib2 sends it a second time where the connection ends without a word."""
    server.faults.add(call, "cut", when="after")
    with pytest.raises(kinds):
        CALLS[call](calendar, etag)
    after = calendar.get("gb0000" if call == "events.insert" else "there00")
    assert (after.title == "Other", after.cancelled) == (call == "events.patch", call == "events.delete")


def test_a_wait_that_is_named_is_kept(server: SandboxServer, calendar: GoogleCalendar, etag: str) -> None:
    server.faults.add("events.get", "tooManyRequests", retry_after=17)
    with pytest.raises(RateLimited) as caught:
        calendar.get("there00")
    assert caught.value.retry_after == 17


@pytest.mark.parametrize("fault", ["empty-page", "short-page"])
def test_an_odd_page_loses_nothing(server: SandboxServer, calendar: GoogleCalendar, etag: str, fault: str) -> None:
    for number in range(4):
        body = {"id": f"more{number}", "start": {"date": "2030-03-05"}, "end": {"date": "2030-03-06"}}
        server.store.insert(body)
    server.faults.add("events.list", fault)
    pages = list(calendar.changes(sync_token=None, since=START - timedelta(days=9)))
    assert len(pages) > 1
    assert sum(len(page.events) for page in pages) == 5
    assert [page.sync_token is None for page in pages] == [True] * (len(pages) - 1) + [False]
