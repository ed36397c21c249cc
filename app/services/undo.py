"""Taking a Save back: what it changed is kept row by row, and put back exactly, once, within the hour.

A step is `{"table", "id", "before", "after"}`; `before` is None for a row that the Save made, `after` for one that it
removed. A row that somebody has changed since is not overwritten: then nothing at all is undone, and the user is told.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, delete, insert, select, update
from sqlalchemy.orm import Session

from app.db import memory
from app.db.tables import ContactRow, NoteRow, PromiseRow, SuggestionRow, TouchRow, UndoRow
from app.errors import NotFound, Refused
from scheduler.words import _, kept

LASTS = timedelta(hours=1)

Values = dict[str, Any]
Step = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Watched:
    """`columns` are put back; of them `carried` may differ since, for the refresh writes them too."""

    row: Any
    columns: tuple[str, ...]
    carried: frozenset[str] = frozenset()


_WATCHED: Mapping[str, _Watched] = {
    "contacts": _Watched(
        row=ContactRow,
        columns=(
            *("kind", "snoozed_until", "preferred", "phone"),
            *("cadence_ideal", "cadence_longest", "answered_on", "facts"),
        ),
        carried=frozenset({"facts"}),
    ),
    "suggestions": _Watched(row=SuggestionRow, columns=("outcome", "body"), carried=frozenset({"body"})),
    **{
        row.__tablename__: _Watched(row=row, columns=tuple(row.__table__.columns.keys()))
        for row in (TouchRow, NoteRow, PromiseRow)
    },
}


class Trace:
    """Looks before a change; `keep` looks again and keeps the difference.

    Watched are these contacts with their notes and promises, and with a block its list and the touches it made.
    """

    def __init__(
        self,
        session: Session,
        account_id: int,
        contacts: Collection[int],
        *,
        block: int | None = None,
        source: str = "",
    ) -> None:
        self._session = session
        self._account_id = account_id
        self._where: dict[str, ColumnElement[bool]] = {
            "contacts": ContactRow.id.in_(contacts) & (ContactRow.account_id == account_id),
            "notes": NoteRow.contact_id.in_(contacts) & (NoteRow.account_id == account_id),
            "promises": PromiseRow.contact_id.in_(contacts) & (PromiseRow.account_id == account_id),
        }
        if block is not None:
            self._where["suggestions"] = SuggestionRow.block_id == block
            self._where["touches"] = (TouchRow.account_id == account_id) & (TouchRow.source == source)
        self._before = self._look()

    def _look(self) -> dict[str, dict[int, Values]]:
        self._session.flush()
        return {table: _rows(self._session, table, where) for table, where in self._where.items()}

    def keep(self, said: list[str], *, now: datetime) -> str:
        """The key under which the change can be taken back; empty where nothing was changed."""
        after = self._look()
        steps: list[Step] = []
        for table, rows in self._before.items():
            for row_id in sorted({*rows, *after[table]}):
                old, new = rows.get(row_id), after[table].get(row_id)
                if old != new:
                    steps.append({"table": table, "id": row_id, "before": old, "after": new})
        if not steps:
            return ""
        key, words = secrets.token_urlsafe(12), [kept(one) for one in said]
        memory.drop_saved(self._session, self._account_id, until=now - LASTS)
        self._session.add(UndoRow(key=key, account_id=self._account_id, created_at=now, said=words, steps=steps))
        return key


def undo(session: Session, account_id: int, key: str, *, now: datetime) -> None:
    """All of it or nothing. Raises NotFound, or Refused where one of its rows has been changed since."""
    kept = memory.take_saved(session, account_id, key, since=now - LASTS)
    if kept is None:
        raise NotFound(_("This can no longer be undone: it was undone already, or more than an hour has passed."))
    for step in kept.steps:
        _put_back(session, step)


def _put_back(session: Session, step: Step) -> None:
    watched = _WATCHED[step["table"]]
    row = watched.row
    there = _rows(session, step["table"], row.id == step["id"]).get(step["id"])
    if _judged(watched, there) != _judged(watched, step["after"]):
        raise Refused(
            _(
                "Something of it has been changed since, so nothing was undone. Look at it again and change "
                "what you want to be different."
            )
        )
    if step["before"] is None:
        session.execute(delete(row).where(row.id == step["id"]))
        return
    before = {name: _told(row, name, value) for name, value in step["before"].items()}
    if step["after"] is None:
        session.execute(insert(row).values(**before))
    else:
        session.execute(update(row).where(row.id == step["id"]).values(**before))


def _judged(watched: _Watched, values: Values | None) -> Values | None:
    if values is None:
        return None
    return {name: value for name, value in values.items() if name not in watched.carried}


def _rows(session: Session, table: str, where: ColumnElement[bool]) -> dict[int, Values]:
    """By id: the watched columns as JSON can hold them."""
    watched = _WATCHED[table]
    columns = [getattr(watched.row, name) for name in watched.columns]
    found = session.execute(select(watched.row.id, *columns).where(where))
    return {
        one[0]: {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in zip(watched.columns, one[1:], strict=True)
        }
        for one in found
    }


def _told(row: Any, name: str, value: Any) -> Any:
    """As the column wants it."""
    return date.fromisoformat(value) if value and isinstance(row.__table__.c[name].type, Date) else value
