"""The user's own hand on each kind of calendar: what they do in it, beside what we do through the port."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from integrations.calendar import Calendar
from scheduler.model import Attendee, Event
from tests.contract.fakes import MemoryCalendar


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


@contextmanager
def memory() -> Iterator[Hand]:
    yield MemoryHand(MemoryCalendar())


hands: dict[str, Callable[[], AbstractContextManager[Hand]]] = {"memory": memory}
