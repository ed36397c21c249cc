"""Several lists of rows in one statement: each question becomes one JSON value of a single row.

A plan looks into a dozen tables, most of which hold a handful of rows of an account. Asked one by one, the way to the
database and back is most of what they cost; and on PostgreSQL each would see a moment of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache, partial
from typing import Any, TypeVar

from sqlalchemy import JSON, BindParameter, Boolean, Column, Date, Integer, Select, Table, bindparam, func, select
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from app.db.engine import Instant
from app.db.tables import Base

Kind = TypeVar("Kind", bound=Base)
Question = Select[*tuple[Any, ...]]
AccountId = BindParameter[int]
Since = BindParameter[datetime]
Questions = Callable[[AccountId, Since], Mapping[str, Question]]
Reader = Callable[[Any], Any] | None


def gather(
    session: Session, questions: Questions, account_id: int, *, since: datetime | None = None
) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each question by its name, in its order. Columns of bytes cannot be asked for.

    `questions`: a function of a module, which is called once; `since` where one of them asks for it."""
    asked = _ask(questions, session.get_bind().dialect)
    found = session.execute(asked.statement, {_ACCOUNT: account_id, _SINCE: since}).one()
    return {name: _read(value, readers) for (name, readers), value in zip(asked.readers.items(), found, strict=True)}


_ACCOUNT, _SINCE = "asked_account", "asked_since"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    statement: Question
    readers: Mapping[str, Sequence[Reader]]  # by question, of each column


@lru_cache(maxsize=16)
def _ask(questions: Questions, dialect: Dialect) -> _Asked:
    """Made once: putting such a statement together takes longer than answering it."""
    made = questions(bindparam(_ACCOUNT, type_=Integer()), bindparam(_SINCE, type_=Instant()))
    is_sqlite = dialect.name == "sqlite"
    return _Asked(
        statement=select(*(_as_json(one, is_sqlite=is_sqlite) for one in made.values())),
        readers={name: [_reader(column.type, dialect) for column in one.subquery().c] for name, one in made.items()},
    )


def whole(table: type[Base]) -> Question:
    """A question for all columns, which `made` makes into rows."""
    return select(*_columns(table))


def made(table: type[Kind], rows: Sequence[tuple[Any, ...]]) -> list[Kind]:
    """Rows of `whole`, to be read: they belong to no session, and no session takes them."""
    names, plain = _names(table), _plain(table)
    found = []
    for row in rows:
        one = plain()
        one.__dict__.update(zip(names, row, strict=True))
        found.append(one)
    return found


@cache
def _names(table: type[Base]) -> Sequence[str]:
    return [column.key for column in _columns(table)]


@cache
def _plain(table: type[Kind]) -> type[Kind]:
    """As the table's own class, without what watches each look at an attribute: a plan looks at a thousand people, at
    each fifty times."""
    plain: Any = type(table.__name__, (), {"__doc__": table.__doc__, "__module__": __name__})
    kind: type[Kind] = plain
    return kind


@cache
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
    for place, read in enumerate(readers):
        if read is not None:  # of most columns JSON says it all
            for row in rows:
                cell = row[place]
                if cell is not None:
                    row[place] = read(cell)
    return [tuple(row) for row in rows]


def _reader(kind: Any, dialect: Dialect) -> Reader:
    """What makes of JSON what the column's type would have given."""
    if isinstance(kind, Instant):
        return _instant
    if isinstance(kind, Date):
        return date.fromisoformat
    if isinstance(kind, TypeDecorator):
        return partial(kind.process_result_value, dialect=dialect)
    return bool if isinstance(kind, Boolean) else None


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
