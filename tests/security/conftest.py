"""A service with a signed-in user and a made-up calendar, and what tells whether anything was changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import text

from app.clock import clock_from
from app.db.engine import Database
from app.db.tables import Base
from app.main import create_app
from app.wiring import Services
from tests.running import Running, connect, fastapi_in, first_read, running_service, save_welcome, settled, visitor

NOW = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)  # a Tuesday
ME = "mia@studio.example"
SECOND = "second@studio.example"


def person(number: int, name: str, domain: str) -> dict[str, Any]:
    return {"email": f"p{number}@{domain}", "displayName": name, "responseStatus": "accepted"}


def met(number: int, name: str, *, domain: str = "", title: str = "Coffee", every: int = 28) -> list[dict[str, Any]]:
    """Six meetings with one outsider, the last of them long enough ago to be due."""
    domain = domain or f"firm{number}.example"
    events = []
    for turn in range(6):
        start = (NOW - timedelta(days=45 + number % 9 + every * turn)).replace(hour=9 + number % 6)
        events.append(
            {
                "id": f"met{number:04d}x{turn}",
                "summary": title,
                "start": {"dateTime": start.isoformat()},
                "end": {"dateTime": (start + timedelta(hours=1)).isoformat()},
                "organizer": {"email": ME, "self": True},
                "attendees": [
                    {"email": ME, "self": True, "organizer": True, "responseStatus": "accepted"},
                    person(number, name, domain),
                ],
            }
        )
    return events


def world_of(events: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"user": {"email": ME, "name": "Mia Example"}, "timeZone": "Europe/Berlin", "events": events, **more}


def other_user(events: list[dict[str, Any]]) -> dict[str, Any]:
    return {"user": {"email": SECOND, "name": "Second User"}, "timeZone": "Europe/Berlin", "events": events}


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """`path` with its parameters in braces."""

    method: str
    path: str


def route_table(services: Services) -> list[Route]:
    """Every route of the real application."""
    found = []
    for context in iter_route_contexts(fastapi_in(create_app(services, wheel=False)).routes):
        for method in sorted(context.methods or {"GET"}):
            found.append(Route(method=method, path=context.path or ""))
    return found


def state_of(db: Database) -> dict[str, str]:
    """A digest of every table, but for the counters of /metrics: answers are counted."""
    with db.engine.connect() as connection:
        return {
            table.name: hashlib.sha256(
                repr(sorted(map(repr, connection.execute(text(f"SELECT * FROM {table.name}"))))).encode()
            ).hexdigest()
            for table in Base.metadata.sorted_tables
            if table.name != "counts"
        }


def remembered(running: Running, client: httpx.Client, account: int) -> None:
    """A note, a promise, what undoes both, and a season."""
    block = running.services.views.today(account).next
    assert block is not None
    said = {str(block.people[0].contact_id): {"learned": "Skis", "promise": "A map"}}
    assert client.put(f"/api{block.link}", json={"people": said}).is_success
    season = {"name": "Greetings", "begins_on": "2026-11-02", "before_on": "2026-12-18", "kinds": ["client"]}
    assert client.post("/api/seasons", json=season).is_success


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """One service for a module: two accounts, both with people and blocks; the wheel rests between tests."""
    mine = [event for number in range(8) for event in met(number, f"Person {number}")]
    theirs = [
        {**event, "organizer": {"email": SECOND, "self": True}}
        | {"attendees": [{"email": SECOND, "self": True, "responseStatus": "accepted"}, event["attendees"][1]]}
        for number in range(20, 26)
        for event in met(number, f"Person {number}")
    ]
    world = world_of(mine, others=[other_user(theirs)])
    with running_service(
        world, clock=clock_from(NOW), settings={"allowed": "*", "refresh_seconds": 86_400}, sweep_seconds=0.5
    ) as made:
        for account, email in enumerate((ME, SECOND), start=1):
            with visitor(made) as client:
                connect(client, made, user=email)
                first_read(made, account)
                assert save_welcome(client).status_code == 303
                made.services.actions.set_feed(account, names=True)
                settled(made)
                remembered(made, client, account)
        settled(made)
        yield made


@pytest.fixture(scope="module")
def mine(running: Running) -> Iterator[httpx.Client]:
    """Signed in as the first user."""
    with visitor(running) as client:
        connect(client, running, user=ME)
        settled(running)
        yield client


@pytest.fixture
def unchanged(running: Running) -> Iterator[Callable[[], dict[str, str]]]:
    """Fails the test that changed anything in the database."""
    settled(running)
    before = state_of(running.services.db)
    yield lambda: state_of(running.services.db)
    assert state_of(running.services.db) == before
