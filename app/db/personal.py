"""Every row that belongs to an account, found by the tables' own keys, so that a new table cannot be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, delete, func, select
from sqlalchemy.orm import Session

from app.db.tables import AccountRow, Base, InstallationRow
from app.db.tables_google import BudgetRow, CountRow

NOBODYS = frozenset({row.__tablename__ for row in (InstallationRow, BudgetRow, CountRow)})
"""Tables that say nothing of any account."""


def belongs(table: Table, account_id: int) -> ColumnElement[bool] | None:
    """Which rows of the table are the account's, by its column `account_id` or by the row that it hangs on; None where
    no row can be anybody's."""
    if table.name == AccountRow.__tablename__:
        return table.c.id == account_id
    if "account_id" in table.c:
        return table.c.account_id == account_id
    for key in sorted(table.foreign_keys, key=lambda key: str(key.parent)):
        if key.column.table is not table and (whose := belongs(key.column.table, account_id)) is not None:
            return key.parent.in_(select(key.column).where(whose))
    return None


def personal_tables() -> list[Table]:
    """In an order in which a row comes after those that it hangs on."""
    return [table for table in Base.metadata.sorted_tables if table.name not in NOBODYS]


def shown_columns(table: Table) -> list[Column[Any]]:
    """All but secrets: what is sealed, and what opens or signs something."""
    return [column for column in table.columns if not (column.info.get("sealed") or column.info.get("secret"))]


def rows_of(session: Session, table: Table, account_id: int) -> Iterator[dict[str, Any]]:
    """The account's rows of one table without secrets, read as they are asked for."""
    whose = belongs(table, account_id)
    assert whose is not None
    columns = shown_columns(table)
    found = session.execute(
        select(*columns).where(whose).order_by(*table.primary_key), execution_options={"yield_per": 500}
    )
    for row in found.mappings():
        yield {column.name: row[column] for column in columns}


def count(session: Session, name: str, account_id: int) -> int:
    """How many rows of one table are the account's."""
    table = Base.metadata.tables[name]
    whose = belongs(table, account_id)
    assert whose is not None
    return session.scalar(select(func.count()).select_from(table).where(whose)) or 0


def erase(session: Session, account_id: int) -> dict[str, int]:
    """Delete every row of the account; how many there were, by table."""
    gone: dict[str, int] = {}
    for table in reversed(personal_tables()):
        whose = belongs(table, account_id)
        assert whose is not None
        gone[table.name] = len(session.execute(delete(table).where(whose).returning(*table.primary_key)).all())
    return gone
