"""The user's own hand on each kind of calendar: what they do in it, beside what we do through the port."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx
from google.oauth2.credentials import Credentials

from integrations.calendar import Calendar
from integrations.google.calendar import GoogleCalendar
from integrations.google.oauth import SCOPES
from integrations.sandbox.client import CLIENT_ID, api_endpoint
from integrations.sandbox.grants import Asked
from integrations.sandbox.run import SandboxServer
from scheduler.model import Attendee, Event
from tests.conformance import Record
from tests.contract.fakes import MemoryCalendar

PEOPLE = [f"person{number}@example.com" for number in range(100)]


class Hand(Protocol):
    calendar: Calendar

    def empties(self) -> None:
        """A calendar without a trace of anything, in Europe/Berlin."""
        ...

    def meets(
        self, event_id: str, start: datetime, end: datetime, title: str, guest: str = "", name: str = ""
    ) -> None: ...

    def repeats(self, event_id: str, start: datetime, end: datetime, rule: str) -> None: ...

    def cancels_turn(self, series_id: str, start: datetime) -> None: ...

    def retitles(self, event_id: str, title: str) -> None: ...

    def invites(self, event_id: str, address: str) -> None: ...

    def deletes(self, event_id: str) -> None: ...

    def expires_tokens(self) -> None: ...


@dataclass
class MemoryHand:
    calendar: MemoryCalendar

    def empties(self) -> None:
        self.calendar.__init__()  # type: ignore[misc]  # the same object, as on the first day

    def meets(self, event_id: str, start: datetime, end: datetime, title: str, guest: str = "", name: str = "") -> None:
        guests = (Attendee(address=guest.lower(), name=name),) if guest else ()
        self.calendar.user_inserts(Event(id=event_id, start=start, end=end, title=title, attendees=guests))

    def repeats(self, event_id: str, start: datetime, end: datetime, rule: str) -> None:
        self.calendar.user_inserts(Event(id=event_id, start=start, end=end, title="Weekly", recurrence=(rule,)))

    def cancels_turn(self, series_id: str, start: datetime) -> None:
        master = self.calendar.get(series_id)
        assert isinstance(master.start, datetime)
        assert isinstance(master.end, datetime)
        turn = replace(
            master,
            id=f"{series_id}_{start:%Y%m%d}",
            recurrence=(),
            series_id=series_id,
            original_start=start,
            start=start,
            end=start + (master.end - master.start),
        )
        self.calendar.user_inserts(turn)
        self.calendar.user_deletes(turn.id)

    def retitles(self, event_id: str, title: str) -> None:
        self.calendar.user_edits(event_id, title=title)

    def invites(self, event_id: str, address: str) -> None:
        self.calendar.user_edits(event_id, attendees=(Attendee(address=address),))

    def deletes(self, event_id: str) -> None:
        self.calendar.user_deletes(event_id)

    def expires_tokens(self) -> None:
        self.calendar.expire_sync_tokens()


@dataclass
class SandboxHand:
    """Our Google client and the user, both over real HTTP, each time with the calendar of somebody new, who has
    granted what we ask for at a sign-in and no more."""

    server: SandboxServer
    calendar: GoogleCalendar = field(init=False)
    http: httpx.Client = field(init=False)
    people: Iterator[str] = field(default_factory=lambda: iter(PEOPLE))
    stack: ExitStack = field(default_factory=ExitStack)

    def empties(self) -> None:
        self.stack.close()
        person = next(self.people)
        token = self._grant(person)
        bearer = Credentials(token=token)  # type: ignore[no-untyped-call]  # google-auth types only in part
        self.calendar = self.stack.enter_context(GoogleCalendar(bearer, api_endpoint=api_endpoint(self.server.url)))
        self.http = self.stack.enter_context(
            httpx.Client(base_url=self.server.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
        )

    def _grant(self, person: str) -> str:
        address = "http://localhost/oauth/callback"
        asked = Asked(client_id=CLIENT_ID, redirect_uri=address, scopes=SCOPES)
        code = self.server.grants.code(asked, person, frozenset(SCOPES))
        return self.server.grants.redeem(code, redirect_uri=address, verifier=None).access_token

    def _asks(self, method: str, path: str, body: object = None) -> None:
        self.http.request(method, f"/calendar/v3/calendars/primary/events{path}", json=body).raise_for_status()

    def _adds(self, event_id: str, start: datetime, end: datetime, **more: object) -> None:
        zone = {"timeZone": "Europe/Berlin"}
        times = {"start": {"dateTime": start.isoformat(), **zone}, "end": {"dateTime": end.isoformat(), **zone}}
        self._asks("POST", "", {"id": event_id, **times, **more})

    def meets(self, event_id: str, start: datetime, end: datetime, title: str, guest: str = "", name: str = "") -> None:
        guests = {"attendees": [{"email": guest, "displayName": name}]} if guest else {}
        self._adds(event_id, start, end, summary=title, **guests)

    def repeats(self, event_id: str, start: datetime, end: datetime, rule: str) -> None:
        self._adds(event_id, start, end, summary="Weekly", recurrence=[rule])

    def cancels_turn(self, series_id: str, start: datetime) -> None:
        self._asks("DELETE", f"/{series_id}_{start.astimezone(UTC):%Y%m%dT%H%M%SZ}")

    def retitles(self, event_id: str, title: str) -> None:
        self._asks("PATCH", f"/{event_id}", {"summary": title})

    def invites(self, event_id: str, address: str) -> None:
        self._asks("PATCH", f"/{event_id}", {"attendees": [{"email": address}]})

    def deletes(self, event_id: str) -> None:
        self._asks("DELETE", f"/{event_id}")

    def expires_tokens(self) -> None:
        self.http.post("/sandbox/expire-sync-tokens").raise_for_status()


def _world(email: str) -> dict[str, Any]:
    return {"user": {"email": email, "name": "Somebody"}, "timeZone": "Europe/Berlin", "events": []}


@contextmanager
def google_over_the_sandbox() -> Iterator[Hand]:
    world = {**_world("owner@example.com"), "others": [_world(person) for person in PEOPLE]}
    record = Record()
    with SandboxServer(world, view=False, wrap=record.around) as server:
        hand = SandboxHand(server)
        with hand.stack:
            yield hand
    print(record)
    assert record.requests
    assert not record.violations


@contextmanager
def memory() -> Iterator[Hand]:
    yield MemoryHand(MemoryCalendar())


hands: dict[str, Callable[[], AbstractContextManager[Hand]]] = {
    "google": google_over_the_sandbox,
    "memory": memory,
}
