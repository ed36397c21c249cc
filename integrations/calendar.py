"""The port: what any calendar must do for us. One object serves one account's one calendar, in one thread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from scheduler.model import BlockEvent, Event, Part


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page of changes. Only the last one carries `sync_token`; a page may be empty and yet not the last."""

    events: tuple[Event, ...]
    zone: str = ""  # the calendar's IANA time zone
    sync_token: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """A promise of the calendar to tell of changes, until it ends. `resource_id`: its own word for what is watched."""

    id: str
    resource_id: str
    expires_at: datetime


class Calendar(Protocol):
    """Every method may raise any CalendarError (integrations.errors)."""

    @property
    def requests(self) -> int:
        """How many were made of the calendar so far, answered or not; renewals of an access token are none."""
        ...

    @property
    def served_at(self) -> datetime | None:
        """What the newest answer that tells the time says of it; None where there was none."""
        ...

    def changes(self, *, sync_token: str | None, since: datetime) -> Iterator[Page]:
        """Pages of what changed since `sync_token`, tombstones included; without one, of everything that ends
        after `since`. Series come as masters and exceptions, not as instances. Raises SyncTokenExpired."""
        ...

    def get(self, event_id: str) -> Event:
        """The event, also when cancelled. Raises Gone where the calendar has no trace of it."""
        ...

    def insert(self, block: BlockEvent) -> Event:
        """Write a new event; nobody is notified. Raises AlreadyExists where the id was ever used."""
        ...

    def patch(self, block: BlockEvent, parts: frozenset[Part], *, etag: str) -> Event:
        """Write only these parts, and only if the event still has `etag`. Raises Conflict, Gone."""
        ...

    def delete(self, event_id: str, *, etag: str | None) -> None:
        """Take an event away; nobody is notified. Raises Conflict, Gone."""
        ...

    def watch(self, channel_id: str, *, token: str, address: str, lasts: timedelta) -> Channel:
        """Have every change told to `address`, with `token`. It may come twice, late or never: it is only a hint."""
        ...

    def stop(self, channel: Channel) -> None:
        """End a channel before its time. Raises Gone where it has ended."""
        ...
