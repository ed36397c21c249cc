"""Deleting what is old: past entries, touches, blocks, and the lines of the journal."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

from sqlalchemy import Delete, Table, delete, or_, select
from sqlalchemy.orm import Session

from app.db.engine import rows_changed
from app.db.mirror import events_of_groups
from app.db.prepared import prepared
from app.db.rowtext import load_event
from app.db.tables import BlockRow, EventRow, JournalRow, OccurrenceRow, TouchRow
from scheduler.recurrence import expand
from scheduler.timespan import Span

_EVENTS = cast(Table, EventRow.__table__)


def never_happened(session: Session, account_id: int, *, before: datetime) -> int:
    """Single entries that vanished before they were over, and before `before`; blocks apart, whose tombstones say that
    the user does not want them."""
    return rows_changed(session.execute(*_never_happened(account_id=account_id, before=before)))


@prepared
def _never_happened(*, account_id: int, before: datetime) -> Delete:
    it = _EVENTS.c
    return delete(_EVENTS).where(
        it.account_id == account_id,
        it.cancelled.is_(True),
        it.digested.is_(True),
        it.is_series.is_(False),
        it.group_id == it.id,
        it.block_tag == "",
        it.vanished_at < before,
        or_(it.ends_at.is_(None), it.vanished_at < it.ends_at),
    )


def touches(session: Session, account_id: int, *, before: date) -> int:
    return rows_changed(
        session.execute(delete(TouchRow).where(TouchRow.account_id == account_id, TouchRow.on < before))
    )


def past(session: Session, account_id: int, *, before: datetime, ahead: Span) -> int:
    """Entries that were over by `before`; how many times of entries are forgotten. A series goes when it has no turn in
    `ahead` any more, its changed turns with the turns they replaced."""
    gone = rows_changed(
        session.execute(
            delete(OccurrenceRow).where(OccurrenceRow.account_id == account_id, OccurrenceRow.ends_at <= before)
        )
    )
    session.execute(
        delete(EventRow).where(
            EventRow.account_id == account_id,
            EventRow.is_series.is_(False),
            EventRow.group_id == EventRow.id,
            EventRow.ends_at <= before,
        )
    )
    _changed_turns(session, account_id, before)
    _ended_series(session, account_id, ahead)
    return gone


def _changed_turns(session: Session, account_id: int, before: datetime) -> None:
    """A changed turn stands for the time it was moved from, too: it goes when both are past."""
    found = session.execute(
        select(EventRow.id, EventRow.body).where(
            EventRow.account_id == account_id, EventRow.group_id != EventRow.id, EventRow.ends_at <= before
        )
    ).all()
    for identifier, body in found:
        original = load_event(body).original_start
        over = original < before if isinstance(original, datetime) else original is None or original < before.date()
        if over:
            session.execute(delete(EventRow).where(EventRow.account_id == account_id, EventRow.id == identifier))


def _ended_series(session: Session, account_id: int, ahead: Span) -> None:
    live = select(OccurrenceRow.group_id).where(OccurrenceRow.account_id == account_id).distinct()
    silent = session.scalars(
        select(EventRow.group_id)
        .where(EventRow.account_id == account_id, EventRow.is_series.is_(True), EventRow.group_id.not_in(live))
        .distinct()
    ).all()
    found = events_of_groups(session, account_id, silent)
    for group_id, events in found.by_group.items():
        if next(expand(events, ahead, vanished=found.vanished), None) is None:
            session.execute(delete(EventRow).where(EventRow.account_id == account_id, EventRow.group_id == group_id))


def blocks_and_journal(session: Session, account_id: int, *, before: datetime) -> None:
    """Blocks that are over, with who was named in them, and what was said of moves."""
    session.execute(delete(BlockRow).where(BlockRow.account_id == account_id, BlockRow.ends_at <= before))
    session.execute(delete(JournalRow).where(JournalRow.account_id == account_id, JournalRow.at < before))
