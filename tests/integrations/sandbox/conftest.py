"""One sandbox with a small world for each test, and what a test needs to talk to it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from integrations.sandbox.run import SandboxServer
from tests.conformance import Record

ME, ANNA = "me@studio.example", "anna@alder.example"
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday
EVENTS = "/calendar/v3/calendars/primary/events"


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, by: timedelta) -> None:
        self.now += by


def meeting(event_id: str, day: str, **more: Any) -> dict[str, Any]:
    """An hour from 10:00 in Berlin."""
    zone = "Europe/Berlin"
    start, end = {"dateTime": f"{day}T10:00:00", "timeZone": zone}, {"dateTime": f"{day}T11:00:00", "timeZone": zone}
    return {"id": event_id, "summary": event_id, "start": start, "end": end, **more}


def small_world() -> dict[str, Any]:
    """A single meeting, a weekly series across the change to summer time (29 March), an all-day event."""
    return {
        "user": {"email": ME, "name": "Mia Example"},
        "timeZone": "Europe/Berlin",
        "events": [
            meeting("single0", "2026-02-10", attendees=[{"email": ME, "responseStatus": "accepted"}, {"email": ANNA}]),
            meeting("series0", "2026-03-03", recurrence=["RRULE:FREQ=WEEKLY;COUNT=8"]),
            {"id": "allday0", "summary": "Fair", "start": {"date": "2026-03-10"}, "end": {"date": "2026-03-12"}},
        ],
    }


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def record() -> Iterator[Record]:
    """Every answer in these tests, refusals included, must fit Google's document; requests may be wrong on purpose."""
    record = Record(deliberate=True)
    yield record
    assert record.answer_violations == []


@pytest.fixture
def sandbox(clock: Clock, record: Record) -> Iterator[SandboxServer]:
    with SandboxServer(small_world(), clock=clock, wrap=record.around, view=False) as server:
        yield server


@pytest.fixture
def client(sandbox: SandboxServer) -> Iterator[httpx.Client]:
    """With the owner's bearer."""
    headers = {"Authorization": "Bearer sandbox"}
    with httpx.Client(base_url=sandbox.url, headers=headers, timeout=10, trust_env=False, verify=False) as client:
        yield client
