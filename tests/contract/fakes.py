"""A calendar in memory behind the port, for tests of whatever uses one. Written apart from Google's client and
from the sandbox; the contract suite holds it to the same promises.

    calendar = MemoryCalendar([event, ...])
    calendar.user_edits("abc", title="Lunch")              the user's own hand
    calendar.fail("insert", Unavailable("cut off"))        before anything is done
    calendar.fail("insert", Unavailable("cut off"), after=True)   done, and the answer lost
    calendar.calls                                         ["changes", "insert", ...]
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.calendar import Channel, Page
from integrations.errors import AlreadyExists, CalendarError, Conflict, Gone, SyncTokenExpired
from scheduler.model import Attendee, BlockEvent, Event, Part


@dataclass
class MemoryCalendar:
    """All of a calendar: events by id, and at which step each last changed. `page_size` events a page."""

    events: Iterable[Event] = ()
    zone: str = "Europe/Berlin"
    page_size: int = 250
    owner: str = "owner@example.com"
    calls: list[str] = field(default_factory=list)
    channels: dict[str, Channel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._step = 0
        self._kept: dict[str, Event] = {}
        self._changed: dict[str, int] = {}
        self._oldest_token = 0
        self._faults: dict[str, deque[tuple[CalendarError, bool]]] = defaultdict(deque)
        for event in self.events:
            self.user_inserts(event)

    @property
    def requests(self) -> int:
        return len(self.calls)

    @property
    def served_at(self) -> None:
        """It says nothing of the time."""

    # -- the port --------------------------------------------------------------------------------

    def changes(self, *, sync_token: str | None, since: datetime) -> Iterator[Page]:
        self._begin("changes")
        if sync_token is None:
            listed = [event for event in self._kept.values() if self._ends_after(event, since)]
        else:
            known = self._step_of(sync_token)
            listed = [event for event_id, event in self._kept.items() if self._changed[event_id] > known]
        token = f"step {self._step}"
        pages = [listed[at : at + self.page_size] for at in range(0, len(listed), self.page_size)] or [[]]
        for number, page in enumerate(pages, start=1):
            last = number == len(pages)
            yield Page(events=tuple(page), zone=self.zone, sync_token=token if last else None)
        self._end("changes")

    def get(self, event_id: str) -> Event:
        self._begin("get")
        found = self._find(event_id)
        self._end("get")
        return found

    def insert(self, block: BlockEvent) -> Event:
        self._begin("insert")
        if block.id in self._kept:
            raise AlreadyExists("this id was used before", reason="duplicate", status=409)
        me = Attendee(address=self.owner, is_self=True, is_organizer=True)
        stored = self._store(_written(Event(id=block.id, organizer=me), block, frozenset(Part)))
        self._end("insert")
        return stored

    def patch(self, block: BlockEvent, parts: frozenset[Part], *, etag: str) -> Event:
        self._begin("patch")
        stored = self._store(_written(self._live(block.id, etag), block, parts))
        self._end("patch")
        return stored

    def delete(self, event_id: str, *, etag: str | None) -> None:
        self._begin("delete")
        self._live(event_id, etag)
        self.user_deletes(event_id)
        self._end("delete")

    def watch(self, channel_id: str, *, token: str, address: str, lasts: timedelta) -> Channel:
        self._begin("watch")
        made = Channel(id=channel_id, resource_id="all of it", expires_at=datetime.now(UTC) + lasts)
        self.channels[channel_id] = made
        self._end("watch")
        return made

    def stop(self, channel: Channel) -> None:
        self._begin("stop")
        if self.channels.pop(channel.id, None) is None:
            raise Gone("no such channel", reason="notFound", status=404)
        self._end("stop")

    # -- the user's own hand, and the world's ------------------------------------------------------

    def user_inserts(self, event: Event) -> Event:
        return self._store(event)

    def user_edits(self, event_id: str, **fields: Any) -> Event:
        return self._store(replace(self._find(event_id), **fields))

    def user_deletes(self, event_id: str) -> Event:
        """What is left is a tombstone; of an exception also where in its series it was."""
        was = self._find(event_id)
        return self._store(
            Event(id=event_id, status="cancelled", series_id=was.series_id, original_start=was.original_start)
        )

    def expire_sync_tokens(self) -> None:
        """Tokens given out so far are refused from now on."""
        self._step += 1
        self._oldest_token = self._step

    def fail(self, method: str, error: CalendarError, *, after: bool = False, times: int = 1) -> None:
        """Let the next call of `method` raise; `after` = when it has been done (for changes: after its pages)."""
        self._faults[method].extend([(error, after)] * times)

    @property
    def live(self) -> list[Event]:
        return [event for event in self._kept.values() if not event.cancelled]

    # -- inside --------------------------------------------------------------------------------------

    def _begin(self, method: str) -> None:
        self.calls.append(method)
        if self._faults[method] and not self._faults[method][0][1]:
            raise self._faults[method].popleft()[0]

    def _end(self, method: str) -> None:
        if self._faults[method] and self._faults[method][0][1]:
            raise self._faults[method].popleft()[0]

    def _store(self, event: Event) -> Event:
        self._step += 1
        self._changed[event.id] = self._step
        self._kept[event.id] = replace(event, etag=f'"{self._step}"')
        return self._kept[event.id]

    def _find(self, event_id: str) -> Event:
        if event_id not in self._kept:
            raise Gone("no such event", reason="notFound", status=404)
        return self._kept[event_id]

    def _live(self, event_id: str, etag: str | None) -> Event:
        event = self._find(event_id)
        if event.cancelled:
            raise Gone("deleted", reason="deleted", status=410)
        if etag is not None and etag != event.etag:
            raise Conflict("changed meanwhile", reason="conditionNotMet", status=412)
        return event

    def _step_of(self, sync_token: str) -> int:
        word, _, number = sync_token.partition(" ")
        if word != "step" or not number.isdecimal() or not self._oldest_token <= int(number) <= self._step:
            raise SyncTokenExpired("a full sync is due", reason="fullSyncRequired", status=410)
        return int(number)

    def _ends_after(self, event: Event, since: datetime) -> bool:
        """What a full sync lists: no tombstones but those of series, and series for as long as they might run."""
        if event.cancelled:
            return event.series_id is not None
        if event.recurrence or event.end is None:
            return True
        end: datetime | date = event.end
        if not isinstance(end, datetime):
            end = datetime.combine(end, time(), ZoneInfo(self.zone))
        return end.astimezone(UTC) > since.astimezone(UTC)


def _written(event: Event, block: BlockEvent, parts: frozenset[Part]) -> Event:
    """The event with these parts of the block's; a property with an empty value goes, unnamed ones stay."""
    zone = ZoneInfo(block.zone)
    fields: dict[Part, dict[str, Any]] = {
        Part.TIME: {
            "start": block.start.astimezone(zone).replace(microsecond=0),
            "end": block.end.astimezone(zone).replace(microsecond=0),
        },
        Part.TITLE: {"title": block.title},
        Part.DESCRIPTION: {"description": block.description},
        Part.COLOR: {"color_id": block.color_id},
        Part.VISIBILITY: {"visibility": block.visibility, "private": block.visibility == "private"},
        Part.TRANSPARENCY: {"transparent": block.transparent},
        Part.REMINDERS: {"reminders": block.reminders},
        Part.PROPERTIES: {
            "properties": {key: value for key, value in {**event.properties, **block.properties}.items() if value}
        },
    }
    for part in parts:
        event = replace(event, **fields[part])
    return event
