"""Events -> occurrences: of what changed, and once a day of every series, so that the horizon is always covered.

An entry that is no series has one turn, which is kept however far ahead it is: the horizon will come to it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.db import mirror
from app.db.accounts import Lease
from app.db.mirror import News, Undigested
from app.db.tables import AccountRow
from app.services.recent import Recollection
from scheduler.model import HORIZON, Event, Occurrence
from scheduler.recurrence import expand
from scheduler.timespan import Span

_EVENTS_A_LOOK = 500
_GROUPS_A_COMMIT, _ROWS_A_COMMIT = 250, 1000  # keeps a write short, so that pages stay quick during a first read
_BEYOND = timedelta(weeks=2)  # a plan looks one week past the horizon, and is made a day after the last roll
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def digest(account: AccountRow, lease: Lease, recollection: Recollection, *, now: datetime, today: date) -> int:
    """Expand what is due; returns how many groups were. `today` is the user's. The last commit clears `digest_due`."""
    if account.rolled_on != today:  # every series is due: its horizon has moved on
        with lease.db.write() as session:
            mirror.redo_series(session, account.id)
            lease.hold(session, digest_due=True)
    done, more = 0, True
    while more:
        with lease.db.read() as session:
            due = mirror.undigested(session, account.id, most=_EVENTS_A_LOOK)
        done, more = done + len(due.by_group), due.more
        pieces = _pieces(account, due, now)
        some, rows = next(pieces)
        for following in pieces:
            _store(lease, recollection, some, rows)
            some, rows = following
        last = {} if more else {"digest_due": False, "rolled_on": today, "plan_due": True}
        _store(lease, recollection, some, rows, **last)
    return done


@dataclass(frozen=True, kw_only=True, slots=True)
class AtOnce:
    """Groups with their rows, to be written with the events they come from; and the word for what is there then."""

    groups: list[str]
    known: list[str]  # of them those that may have had others
    rows: list[dict[str, Any]]
    digested_as: str


def at_once(account: AccountRow, news: News, *, now: datetime) -> AtOnce | None:
    """What a page brings, expanded before it is stored; None where it waits for `digest`: of a series all of its group
    is needed, and a first read has other things to do. Marks the rows as digested."""
    if news.series or not news.fresh or account.synced_at is None:
        return None
    due = mirror.as_undigested(news.fresh, most=0)
    turns = (
        (group_id, one) for group_id, events in due.by_group.items() for one in _expanded(events, due, account, now)
    )
    rows = mirror.occurrence_rows(account.id, turns)
    for row in news.fresh:
        row["digested"] = True
    groups = list(due.by_group)
    return AtOnce(groups=groups, known=[one for one in groups if one in news.known], rows=rows, digested_as=_new_word())


def _new_word() -> str:
    return secrets.token_hex(8)


def _store(
    lease: Lease, recollection: Recollection, groups: list[str], rows: list[dict[str, Any]], **values: object
) -> None:
    digested_as = _new_word() if groups or not recollection.digested_as else recollection.digested_as
    with lease.db.write() as session:
        mirror.replace_occurrences(session, lease.account_id, groups, rows)
        lease.hold(session, digested_as=digested_as, **values)
    recollection.replaced(groups, rows, digested_as)


def _pieces(account: AccountRow, due: Undigested, now: datetime) -> Iterator[tuple[list[str], list[dict[str, Any]]]]:
    """Groups with their rows, as many at a time as one short write takes; at least one piece."""
    some: list[str] = []
    rows: list[dict[str, Any]] = []
    for group_id, events in due.by_group.items():
        if len(rows) >= _ROWS_A_COMMIT or len(some) >= _GROUPS_A_COMMIT:
            yield some, rows
            some, rows = [], []
        some.append(group_id)
        turns = ((group_id, one) for one in _expanded(events, due, account, now))
        rows += mirror.occurrence_rows(account.id, turns)
    yield some, rows


def _expanded(events: list[Event], due: Undigested, account: AccountRow, now: datetime) -> Iterator[Occurrence]:
    until = seen_until(now) if any(one.recurrence for one in events) else _NEVER
    return expand(events, Span(account.synced_from, until), vanished=due.vanished)


def seen_until(now: datetime) -> datetime:
    """How far ahead a plan of `now` looks into the calendar."""
    return now + HORIZON + _BEYOND


def is_due(account: AccountRow, today: date) -> bool:
    return account.digest_due or account.rolled_on != today
