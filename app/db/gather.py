"""Several lists of rows in one statement: each question becomes one JSON value of a single row.

A plan looks into a dozen tables, most of which hold a handful of rows of an account. Asked one by one, the way to the
database and back is most of what they cost; and on PostgreSQL each would see a moment of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import JSON, BindParameter, Boolean, Column, Date, Integer, Select, Table, bindparam, func, select
from sqlalchemy.orm import Session

from app.db.engine import Instant
from app.db.tables import Base

Kind = TypeVar("Kind", bound=Base)
Question = Select[*tuple[Any, ...]]
AccountId = BindParameter[int]
Questions = Callable[[AccountId], Mapping[str, Question]]
Reader = Callable[[Any], Any] | None


def gather(session: Session, questions: Questions, account_id: int) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each question by its name, in its order. Columns of bytes cannot be asked for.

    `questions`: a function of a module, which is called once."""
    asked = _ask(questions, is_sqlite=session.get_bind().dialect.name == "sqlite")
    found = session.execute(asked.statement, {_ACCOUNT: account_id}).one()
    return {name: _read(value, readers) for (name, readers), value in zip(asked.readers.items(), found, strict=True)}


_ACCOUNT = "asked_account"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    statement: Question
    readers: Mapping[str, Sequence[Reader]]  # by question, of each column


@cache
def _ask(questions: Questions, *, is_sqlite: bool) -> _Asked:
    """Made once: putting such a statement together takes longer than answering it."""
    made = questions(bindparam(_ACCOUNT, type_=Integer()))
    return _Asked(
        statement=select(*(_as_json(one, is_sqlite=is_sqlite) for one in made.values())),
        readers={name: [_reader(column.type) for column in one.subquery().c] for name, one in made.items()},
    )


def whole(table: type[Base]) -> Question:
    """A question for all columns, which `made` makes into rows."""
    return select(*_columns(table))


def made(table: type[Kind], rows: Sequence[tuple[Any, ...]]) -> list[Kind]:
    """Rows of `whole`, in no session."""
    names = [column.key for column in _columns(table)]
    return [table(**dict(zip(names, row, strict=True))) for row in rows]


def _columns(table: type[Base]) -> Sequence[Column[Any]]:
    into = table.__table__
    assert isinstance(into, Table)
    return list(into.columns)


def _as_json(question: Question, *, is_sqlite: bool) -> Any:
    rows = question.subquery()
    if not is_sqlite:
        return select(func.json_agg(func.json_build_array(*rows.c))).select_from(rows).scalar_subquery()
    cells = [func.json(column) if isinstance(column.type, JSON) else column for column in rows.c]
    return select(func.json_group_array(func.json_array(*cells))).select_from(rows).scalar_subquery()


def _read(value: Any, readers: Sequence[Reader]) -> list[tuple[Any, ...]]:
    rows: list[list[Any]] = json.loads(value) if isinstance(value, str) else value or []
    return [
        tuple(cell if read is None or cell is None else read(cell) for cell, read in zip(row, readers, strict=True))
        for row in rows
    ]


def _reader(kind: Any) -> Reader:
    """What makes of JSON what the column's type would have given."""
    if isinstance(kind, Instant):
        return _instant
    if isinstance(kind, Date):
        return date.fromisoformat
    return bool if isinstance(kind, Boolean) else None


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
