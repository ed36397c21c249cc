"""Changes -> the calendar, one call each, every answer put into the mirror at once.

A surprise (somebody changed it meanwhile, it was there already, it is gone) is not argued with: what the calendar
holds is read into the mirror, and the caller plans again on that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from app.clock import Clock
from app.db import blocks, mirror
from app.db.accounts import Lease
from app.db.tables import AccountRow
from app.services.words import journal_line
from integrations.calendar import Calendar
from integrations.errors import AlreadyExists, Conflict, Gone
from scheduler.changes import Change, Create, Delete, Keep, Update
from scheduler.model import Event, Part


def push(
    calendar: Calendar,
    account: AccountRow,
    lease: Lease,
    changes: Iterable[Change],
    done: list[Change],
    *,
    clock: Clock,
) -> bool:
    """Apply the changes in order, appending what was done to `done`. False where the calendar was other than the
    mirror said, so that the plan has to be made again. Raises any other CalendarError; what was done stays done."""
    settled = True
    for change in changes:
        if isinstance(change, Keep):
            continue
        identifier = change.event_id if isinstance(change, Delete) else change.event.id
        try:
            _apply(calendar, account, lease, change, clock)
        except (AlreadyExists, Conflict, Gone):
            _read_again(calendar, account, lease, identifier, clock)
            settled = False
        else:
            done.append(change)
    return settled


def _apply(calendar: Calendar, account: AccountRow, lease: Lease, change: Change, clock: Clock) -> None:
    match change:
        case Create():
            event = calendar.insert(change.event)
            _remember(account, lease, event, change, clock, written=change.event.description)
        case Update():
            event = calendar.patch(change.event, change.parts, etag=change.etag)
            written = change.event.description if Part.DESCRIPTION in change.parts else None
            _remember(account, lease, event, change, clock, written=written)
        case Delete():
            calendar.delete(change.event_id, etag=change.etag)
            _remember(account, lease, Event(id=change.event_id, status="cancelled"), change, clock, written=None)
        case Keep():
            raise AssertionError("nothing to apply")


def _read_again(calendar: Calendar, account: AccountRow, lease: Lease, identifier: str, clock: Clock) -> None:
    try:
        event = calendar.get(identifier)
    except Gone:
        event = Event(id=identifier, status="cancelled")
    _in_one_write(lease, lambda session: _mirror(session, account, event, clock()))


def _remember(
    account: AccountRow, lease: Lease, event: Event, change: Change, clock: Clock, *, written: str | None
) -> None:
    def work(session: Session) -> bool:
        now = clock()
        theirs = _mirror(session, account, event, now)
        blocks.told(session, account.id, event.id, written=written, gone=isinstance(change, Delete))
        line = journal_line(change)
        if line is not None:
            blocks.note(session, account.id, line.what, line.text, now)
        return theirs

    _in_one_write(lease, work)


def _in_one_write(lease: Lease, work: Callable[[Session], bool]) -> None:
    with lease.db.write() as session:
        # What has become the user's own meeting is to be digested like any other.
        lease.hold(session, **({"digest_due": True} if work(session) else {}))


def _mirror(session: Session, account: AccountRow, event: Event, now: datetime) -> bool:
    """Whether it is a live event without our mark."""
    mirror.store_page(session, account.id, [event], generation=account.sync_generation, now=now, first_read=False)
    return not event.cancelled and not event.block_tag
