"""Occurrences as they are read: all of an account, or those of rows that are about to be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Select, Table, func, select
from sqlalchemy.orm import Session

from app.db.prepared import prepared
from app.db.rowtext import load_occurrence
from app.db.tables import OccurrenceRow
from scheduler.model import Occurrence

_IT = cast(Table, OccurrenceRow.__table__).c
_NAMES = ("event_id", "key", "starts_at", "ends_at", "all_day", "body")
_COLUMNS = tuple(_IT[name] for name in _NAMES)
_of_row = itemgetter(*_NAMES)
_CHUNK = 500


def count(session: Session, account_id: int) -> int:
    """How many occurrences there are."""
    counted: int = session.scalars(*_counted(account_id=account_id)).one()
    return counted


@prepared
def _counted(*, account_id: int) -> Select[int]:
    return select(func.count()).where(_IT.account_id == account_id)


def by_group(session: Session, account_id: int) -> Iterator[tuple[str, tuple[Occurrence, ...]]]:
    """All occurrences, by the id of their group."""
    rows = session.execute(*_by_group(account_id=account_id))
    for group_id, some in groupby(rows, itemgetter(0)):
        yield group_id, tuple(_occurrence(*columns) for _, *columns in some)


@prepared
def _by_group(*, account_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(_IT.group_id, *_COLUMNS)
        .where(_IT.account_id == account_id)
        .order_by(_IT.group_id, _IT.starts_at, _IT.event_id)
        .execution_options(yield_per=_CHUNK)
    )


def latest_first(session: Session, account_id: int, since: datetime) -> Iterator[Occurrence]:
    """All occurrences, first those that end from `since` on: what is kept of them lies together in memory then, and
    what is let go leaves no holes that nothing else fits into."""
    for question in (_ending_from, _ending_before):
        for columns in session.execute(*question(account_id=account_id, since=since)):
            yield _occurrence(*columns)


@prepared
def _ending_from(*, account_id: int, since: datetime) -> Select[*tuple[Any, ...]]:
    return _TURNS.where(_IT.account_id == account_id, _IT.ends_at >= since)


@prepared
def _ending_before(*, account_id: int, since: datetime) -> Select[*tuple[Any, ...]]:
    return _TURNS.where(_IT.account_id == account_id, _IT.ends_at < since)


_TURNS = select(*_COLUMNS).execution_options(yield_per=_CHUNK)


def of_rows(groups: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Occurrence, ...]]:
    """By group, as they will be read when these rows, of these groups, are written."""
    found: dict[str, list[Occurrence]] = {group_id: [] for group_id in groups}
    for row in rows:
        found[row["group_id"]].append(_occurrence(*_of_row(row)))
    return {group_id: tuple(some) for group_id, some in found.items()}


def _occurrence(event_id: str, key: str, starts_at: datetime, ends: datetime, all_day: bool, body: str) -> Occurrence:
    if all_day:
        return load_occurrence(event_id, key, starts_at.date(), ends.date(), body)
    return load_occurrence(event_id, key, starts_at, ends, body)
