"""Events and occurrences as the calendar has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any, cast

from sqlalchemy import Delete, Select, Table, Update, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.db.engine import rows_changed
from app.db.prepared import prepared
from app.db.rowtext import dump_event, dump_occurrence, load_event
from app.db.tables import Base, EventRow, OccurrenceRow
from scheduler.model import Event, Occurrence

_EVENTS, _OCCURRENCES = cast(Table, EventRow.__table__), cast(Table, OccurrenceRow.__table__)
_EVENT, _OCCURRENCE = _EVENTS.c, _OCCURRENCES.c

_CHUNK = 500


def upsert(session: Session, table: type[Base], rows: Sequence[dict[str, Any]], key: Sequence[str]) -> None:
    """Insert or overwrite, one row a statement by executemany: many times faster than ORM merge or multi-row VALUES."""
    if not rows:
        return
    statement = _upserting(table, session.get_bind().dialect.name, tuple(rows[0]), tuple(key))
    session.connection().execute(statement, list(rows))


@cache
def _upserting(table: type[Base], dialect: str, columns: tuple[str, ...], key: tuple[str, ...]) -> Any:
    into = table.__table__
    assert isinstance(into, Table)
    statement: Any = (postgresql if dialect == "postgresql" else sqlite).insert(into)
    changed = {name: statement.excluded[name] for name in columns if name not in key}
    return statement.on_conflict_do_update(index_elements=list(key), set_=changed)


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """What a page brings: rows to write, those of which we had another version, and ids of what is as it was but for
    its generation."""

    fresh: list[dict[str, Any]]
    same: list[str]
    known: frozenset[str] = frozenset()
    series: bool = False  # whether any of it is of a series, or was: of a group that has, or had, more than one

    def pieces(self, most: int) -> Iterator[News]:
        """At least one; each of so many rows at most."""
        for start in range(0, max(1, len(self.fresh), len(self.same)), most):
            yield replace(self, fresh=self.fresh[start : start + most], same=self.same[start : start + most])


def store_page(
    session: Session, account_id: int, events: Iterable[Event], *, generation: int, now: datetime, strangers: bool
) -> None:
    """Store what the calendar has just told of these few events, see `news_of_page`."""
    news = news_of_page(
        session, account_id, events, generation=generation, now=now, first_read=False, strangers=strangers
    )
    store_news(session, account_id, news, generation=generation)


def news_of_page(
    session: Session,
    account_id: int,
    events: Iterable[Event],
    *,
    generation: int,
    now: datetime,
    first_read: bool,
    strangers: bool = False,
) -> News:
    """What one page of a pull changes; nothing is written.

    A live entry that comes back cancelled keeps its last content and gets `vanished_at`: if it was over by then, it
    did take place. On the first read nothing was known before, so nothing vanishes. `strangers`: also store deleted
    events that we never saw.
    """
    page = {event.id: event for event in events}
    known: dict[str, Any] = {}
    others = False  # a group has more in it than the page shows
    ids = list(page)
    for start in range(0, len(ids), _CHUNK):
        for row in session.execute(*_known(account_id=account_id, ids=ids[start : start + _CHUNK])):
            others = others or row.is_series or row.group_id != row.id
            if row.id in page:
                known[row.id] = row
    fresh: list[dict[str, Any]] = []
    same: list[str] = []
    for event in page.values():
        before = known.get(event.id)
        if before is not None and before.etag == event.etag and before.cancelled == event.cancelled and event.etag:
            if before.generation != generation:  # our own writes come back in the very next list
                same.append(event.id)
            continue
        if before is None and event.cancelled and event.series_id is None and not strangers:
            continue  # a tombstone of something we never saw
        fresh.append(_row(account_id, event, before, generation=generation, now=now, first_read=first_read))
    return News(
        fresh=fresh,
        same=same,
        known=frozenset(known),
        series=others or any(row["is_series"] or row["group_id"] != row["id"] for row in fresh),
    )


@prepared
def _known(*, account_id: int, ids: list[str]) -> Select[*tuple[Any, ...]]:
    it = _EVENT
    asked = (it.id, it.group_id, it.etag, it.cancelled, it.vanished_at, it.generation, it.is_series, it.body)
    return select(*asked).where(it.account_id == account_id, or_(it.id.in_(ids), it.group_id.in_(ids)))


def store_news(session: Session, account_id: int, news: News, *, generation: int) -> None:
    upsert(session, EventRow, news.fresh, ("account_id", "id"))
    for start in range(0, len(news.same), _CHUNK):
        same = news.same[start : start + _CHUNK]
        session.execute(*_come_again(account_id=account_id, ids=same, generation=generation))


@prepared
def _come_again(*, account_id: int, ids: list[str], generation: int) -> Update:
    return update(_EVENTS).where(_EVENT.account_id == account_id, _EVENT.id.in_(ids)).values(generation=generation)


def _row(
    account_id: int, event: Event, before: Any, *, generation: int, now: datetime, first_read: bool
) -> dict[str, Any]:
    vanished_at = None
    content = event
    if event.cancelled:
        if before is None:
            vanished_at = None if first_read else now  # a turn of a series, live until now
        else:
            vanished_at = before.vanished_at if before.cancelled else now
            content = load_event(before.body)
    return {
        "account_id": account_id,
        "id": event.id,
        "group_id": content.series_id or event.id,
        "etag": event.etag,
        "cancelled": event.cancelled,
        "vanished_at": vanished_at,
        "is_series": bool(content.recurrence),
        "block_tag": content.block_tag[:255],
        "generation": generation,
        "digested": False,
        "ends_at": ends_at(content),
        "body": dump_event(content, keep_description=bool(content.block_tag)),
    }


def keep_content(session: Session, account_id: int, event: Event) -> None:
    """What a deleted block of ours last was, as the calendar has it: lists only tell that it is gone."""
    session.execute(
        update(EventRow)
        .where(EventRow.account_id == account_id, EventRow.id == event.id)
        .values(body=dump_event(event, keep_description=True))
        .execution_options(synchronize_session=False)
    )


def ends_at(event: Event) -> datetime | None:
    """When a single entry is over, UTC; None for series, which are not over by a date, and for bare tombstones."""
    if event.recurrence or event.end is None:
        return None
    if isinstance(event.end, datetime):
        return event.end.astimezone(UTC)
    return datetime.combine(event.end, time(), UTC)


def vanish_unseen(session: Session, account_id: int, *, generation: int, since: datetime, now: datetime) -> int:
    """After a full sync: what lies in its range and did not come back is gone; returns how many.

    What ended before the range stays as it was.
    """
    result = session.execute(
        update(EventRow)
        .where(
            EventRow.account_id == account_id,
            EventRow.generation < generation,
            EventRow.cancelled.is_(False),
            (EventRow.ends_at > since) | EventRow.ends_at.is_(None),
        )
        .values(cancelled=True, vanished_at=now, digested=False)
        .execution_options(synchronize_session=False)
    )
    return rows_changed(result)


def redo_series(session: Session, account_id: int) -> None:
    """Let every series be expanded again."""
    session.execute(*_redoing_series(account_id=account_id))


@prepared
def _redoing_series(*, account_id: int) -> Update:
    these = (_EVENT.account_id == account_id, _EVENT.is_series.is_(True), _EVENT.digested.is_(True))
    return update(_EVENTS).where(*these).values(digested=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Undigested:
    """Whole groups of events in which some wait to be expanded, and when those that vanished did. Cancelled ones come
    with status "cancelled". `more`: others may wait."""

    by_group: dict[str, list[Event]]
    vanished: dict[str, datetime]
    more: bool


def undigested(session: Session, account_id: int, *, most: int) -> Undigested:
    """The groups of at most so many events that wait, as they come."""
    return _of_groups(session.execute(*_waiting(account_id=account_id, most=most)), most=most)


@prepared
def _waiting(*, account_id: int, most: int) -> Select[*tuple[Any, ...]]:
    waiting = select(_EVENT.group_id).where(_EVENT.account_id == account_id, _EVENT.digested.is_(False)).limit(most)
    return _GROUPED.where(_EVENT.account_id == account_id, _EVENT.group_id.in_(waiting.scalar_subquery()))


def events_of_groups(session: Session, account_id: int, groups: Sequence[str]) -> Undigested:
    """All of these groups, whether some of them wait or not."""
    return _of_groups(session.execute(*_grouped(account_id=account_id, groups=list(groups))), most=0)


@prepared
def _grouped(*, account_id: int, groups: list[str]) -> Select[*tuple[Any, ...]]:
    return _GROUPED.where(_EVENT.account_id == account_id, _EVENT.group_id.in_(groups))


_GROUPED = select(
    _EVENT.id, _EVENT.group_id, _EVENT.cancelled, _EVENT.vanished_at, _EVENT.digested, _EVENT.body
).order_by(_EVENT.group_id, _EVENT.id)


def _of_groups(rows: Iterable[Any], *, most: int) -> Undigested:
    return as_undigested((row._mapping for row in rows), most=most)


def as_undigested(rows: Iterable[Mapping[Any, Any]], *, most: int) -> Undigested:
    """Rows of events, as they are read or about to be written."""
    by_group: dict[str, list[Event]] = {}
    vanished: dict[str, datetime] = {}
    count = 0
    for row in rows:
        event = load_event(row["body"])
        if row["cancelled"] and not event.cancelled:
            event = _as_cancelled(event)
        if row["vanished_at"] is not None:
            vanished[row["id"]] = row["vanished_at"]
        by_group.setdefault(row["group_id"], []).append(event)
        count += not row["digested"]
    return Undigested(by_group=by_group, vanished=vanished, more=count >= most)


def _as_cancelled(event: Event) -> Event:
    return replace(event, status="cancelled")


def occurrence_rows(account_id: int, occurrences: Iterable[tuple[str, Occurrence]]) -> list[dict[str, Any]]:
    """As `replace_occurrences` takes them, from occurrences with the id of their group."""
    return [
        {
            "account_id": account_id,
            "event_id": one.event_id,
            "key": one.key,
            "group_id": group_id,
            "starts_at": _instant(one.start),
            "ends_at": _instant(one.end),
            "all_day": one.all_day,
            "body": dump_occurrence(one),
        }
        for group_id, one in occurrences
    ]


def replace_occurrences(session: Session, account_id: int, groups: Sequence[str], rows: list[dict[str, Any]]) -> None:
    """Write what these groups expand to now, and mark their events as digested."""
    if not groups:
        return
    write_turns(session, account_id, groups, rows)
    session.execute(*_digesting(account_id=account_id, groups=list(groups)))


_INSERTING = insert(_OCCURRENCES)


@prepared
def _dropping(*, account_id: int, groups: list[str]) -> Delete:
    return delete(_OCCURRENCES).where(_OCCURRENCE.account_id == account_id, _OCCURRENCE.group_id.in_(groups))


@prepared
def _digesting(*, account_id: int, groups: list[str]) -> Update:
    these = (_EVENT.account_id == account_id, _EVENT.group_id.in_(groups), _EVENT.digested.is_(False))
    return update(_EVENTS).where(*these).values(digested=True)


def write_turns(session: Session, account_id: int, groups: Sequence[str], rows: list[dict[str, Any]]) -> None:
    """These rows in place of those that `groups` have; rows of other groups are new."""
    if groups:
        session.execute(*_dropping(account_id=account_id, groups=list(groups)))
    if rows:
        session.execute(_INSERTING, rows)


def _instant(moment: datetime | date) -> datetime:
    return moment.astimezone(UTC) if isinstance(moment, datetime) else datetime.combine(moment, time(), UTC)


def loaded(rows: Iterable[tuple[str, bool, str]]) -> dict[str, Event]:
    """Events by id, from id, whether cancelled, and body."""
    events = {identifier: (load_event(body), cancelled) for identifier, cancelled, body in rows}
    return {
        identifier: _as_cancelled(event) if cancelled and not event.cancelled else event
        for identifier, (event, cancelled) in events.items()
    }


def has_occurrence(session: Session, account_id: int, event_id: str, key: str) -> bool:
    return session.get(OccurrenceRow, (account_id, event_id, key)) is not None
