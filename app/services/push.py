"""Changes -> the calendar, one call each, every answer put into the mirror at once.

A surprise (somebody changed it meanwhile, it was there already, it is gone) is not argued with: what the calendar
holds is read into the mirror, and the caller plans again on that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.clock import Clock
from app.db import blocks, mirror
from app.db.accounts import Lease
from app.db.tables import AccountRow
from app.services.words import journal_line
from integrations.calendar import Calendar
from integrations.errors import AlreadyExists, BadRequest, Conflict, Gone, Unavailable
from scheduler.changes import Change, Create, Delete, Keep, Update, hands_over
from scheduler.model import BlockKey, Event, Part
from scheduler.stamp import is_leaving


def push(
    calendar: Calendar,
    account: AccountRow,
    lease: Lease,
    changes: Iterable[Change],
    done: list[Change],
    *,
    ticked: Mapping[str, frozenset[int]],
    clock: Clock,
) -> bool:
    """Apply the changes in order, appending what was done to `done`. False where the calendar is other than the plan
    took it to be, so that the plan has to be made again. Raises any other CalendarError; what was done stays done, and
    where only the one event was refused for good, all the others are written first.

    `ticked`: by event id, the contacts whose lines the texts show as done."""
    settled = True
    surprising: set[BlockKey] = set()
    refused: BadRequest | None = None
    for change in changes:
        # Where one was to go and did not, it may stand there still: its successor waits for the next plan.
        if isinstance(change, Keep) or change.key in surprising:
            continue
        identifier = change.event_id if isinstance(change, Delete) else change.event.id
        try:
            _apply(calendar, account, lease, change, ticked.get(identifier, frozenset()), clock)
        except (AlreadyExists, Conflict, Gone):
            _read_again(calendar, account, lease, identifier, clock, new=isinstance(change, Create))
            settled = False
            surprising.add(change.key)
        except BadRequest as error:
            if error.status != 400:  # the sign-in's: nothing would go better
                raise
            surprising.add(change.key)
            refused = refused or error
        else:
            done.append(change)
            # An event that is the user's own now may be a meeting, and change who is due.
            settled = settled and not (isinstance(change, Update) and hands_over(change))
    if refused is not None:
        raise refused
    return settled


def _apply(
    calendar: Calendar, account: AccountRow, lease: Lease, change: Change, ticked: frozenset[int], clock: Clock
) -> None:
    def remember(event: Event, written: str | None = None) -> None:
        _remember(account, lease, event, change, clock, written=written, ticked=ticked)

    match change:
        case Create():
            remember(calendar.insert(change.event), change.event.description)
        case Update():
            event = calendar.patch(change.event, change.parts, etag=change.etag)
            remember(event, change.event.description if Part.DESCRIPTION in change.parts else None)
        case Delete():
            etag = change.etag
            if change.farewell is not None:
                marked = calendar.patch(change.farewell, frozenset({Part.PROPERTIES}), etag=etag)
                _in_one_write(lease, lambda session: _mirror(session, account, marked, clock()))
                etag = marked.etag
            calendar.delete(change.event_id, etag=etag)
            remember(Event(id=change.event_id, status="cancelled"))
        case Keep():
            raise AssertionError("nothing to apply")


def _read_again(
    calendar: Calendar, account: AccountRow, lease: Lease, identifier: str, clock: Clock, *, new: bool
) -> None:
    """`new`: it was about to be inserted. Raises CalendarError."""
    try:
        event = calendar.get(identifier)
    except Gone as gone:
        # A deleted event is shown as deleted. That one is not there at all is no word on who took it away: what was
        # about to be inserted was never there, and of any other the list, read from its beginning, says what it is.
        # If it is the calendar that is gone, the next read says so.
        if not new:
            with lease.db.write() as session:
                lease.hold(session, sync_token=None)
        raise Unavailable("The calendar contradicts itself about an event; it is read again later.") from gone
    _in_one_write(lease, lambda session: _mirror(session, account, event, clock()))


def _remember(
    account: AccountRow,
    lease: Lease,
    event: Event,
    change: Change,
    clock: Clock,
    *,
    written: str | None,
    ticked: frozenset[int],
) -> None:
    def work(session: Session) -> bool:
        now = clock()
        theirs = _mirror(session, account, event, now)
        gone = isinstance(change, Delete)
        blocks.told(session, account.id, event.id, written=written, ticked=ticked, gone=gone)
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
    # A deleted event that we never saw is that of a block we are about to write: it was written before, and is over.
    mirror.store_page(session, account.id, [event], generation=account.sync_generation, now=now, strangers=True)
    return not event.cancelled and not event.block_tag


def ask_who_took_away(calendar: Calendar, lease: Lease, gone: Iterable[str]) -> bool:
    """Of blocks that are gone, and nobody knows by whom: what we wrote into an event before we took it away stands in
    it still, whatever a database from yesterday has forgotten; and where it does not stand, it was the user, whatever
    we were about to do. Whether any of the rows said otherwise. Raises CalendarError."""
    changed = False
    for event_id in gone:
        try:
            event = calendar.get(event_id)
        except Gone:
            continue
        if not event.cancelled:
            continue
        with lease.db.write() as session:
            if is_leaving(event):
                changed = blocks.was_us(session, lease.account_id, event_id) or changed
                # What the user wrote into it between the backup and its end comes back with the block.
                mirror.keep_content(session, lease.account_id, event)
            else:
                changed = blocks.was_the_user(session, lease.account_id, event_id) or changed
            lease.hold(session)
    return changed
