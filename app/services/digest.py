"""Events -> occurrences: of what changed, and once a day of every series, so that the horizon is always covered.

An entry that is no series has one turn, which is kept however far ahead it is: the horizon will come to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.db import mirror
from app.db.accounts import Lease
from app.db.mirror import Undigested
from app.db.tables import AccountRow
from scheduler.model import HORIZON
from scheduler.recurrence import expand
from scheduler.timespan import Span

_EVENTS_A_LOOK = 500
_GROUPS_A_COMMIT, _ROWS_A_COMMIT = 250, 1000  # keeps a write short, so that pages stay quick during a first read
_BEYOND = timedelta(weeks=2)  # a plan looks one week past the horizon, and is made a day after the last roll
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def digest(account: AccountRow, lease: Lease, *, now: datetime, today: date) -> int:
    """Expand what is due; returns how many groups were. `today` is the user's. The last commit clears `digest_due`."""
    window = Span(account.synced_from, seen_until(now))
    if account.rolled_on != today:  # every series is due: its horizon has moved on
        with lease.db.write() as session:
            mirror.redo_series(session, account.id)
            lease.hold(session, digest_due=True)
    done, more = 0, True
    while more:
        with lease.db.read() as session:
            due = mirror.undigested(session, account.id, most=_EVENTS_A_LOOK)
        done, more = done + len(due.by_group), due.more
        pieces = _pieces(account.id, due, window)
        some, rows = next(pieces)
        for following in pieces:
            with lease.db.write() as session:
                mirror.replace_occurrences(session, account.id, some, rows)
                lease.hold(session)
            some, rows = following
        with lease.db.write() as session:
            mirror.replace_occurrences(session, account.id, some, rows)
            lease.hold(session, **({} if more else {"digest_due": False, "rolled_on": today, "plan_due": True}))
    return done


def _pieces(account_id: int, due: Undigested, window: Span) -> Iterator[tuple[list[str], list[dict[str, Any]]]]:
    """Groups with their rows, as many at a time as one short write takes; at least one piece."""
    some: list[str] = []
    rows: list[dict[str, Any]] = []
    for group_id, events in due.by_group.items():
        if len(rows) >= _ROWS_A_COMMIT or len(some) >= _GROUPS_A_COMMIT:
            yield some, rows
            some, rows = [], []
        some.append(group_id)
        wide = window if any(one.recurrence for one in events) else Span(window.start, _NEVER)
        turns = ((group_id, one) for one in expand(events, wide, vanished=due.vanished))
        rows += mirror.occurrence_rows(account_id, turns)
    yield some, rows


def seen_until(now: datetime) -> datetime:
    """How far ahead a plan of `now` looks into the calendar."""
    return now + HORIZON + _BEYOND


def is_due(account: AccountRow, today: date) -> bool:
    return account.digest_due or account.rolled_on != today
