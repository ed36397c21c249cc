"""Procrastinate's tables, made and kept up to date. What stands there is remembered in a comment on its main table.

The SQL is the library's own: its whole schema for an empty database, else its migrations after the last one applied.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import sql

_TABLE = "procrastinate_jobs"


def bring_up_to_date(connection: psycopg.Connection) -> str:
    """In the caller's transaction. The name of the newest migration that the tables then have."""
    newest = max(name for name, _ in _migrations())
    there = applied(connection)
    if there is None:
        connection.execute(SchemaManager.get_schema())
    for name, statements in sorted(_migrations()):
        if there is not None and name > there:
            connection.execute(statements)
    if there != newest:
        connection.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(sql.Identifier(_TABLE), newest))
    return newest


def applied(connection: psycopg.Connection) -> str | None:
    """The newest migration in the tables, None where there are none."""
    row = connection.execute(
        "SELECT obj_description(to_regclass(%(table)s), 'pg_class') WHERE to_regclass(%(table)s) IS NOT NULL",
        {"table": _TABLE},
    ).fetchone()
    return None if row is None else row[0] or ""


def _migrations() -> Iterator[tuple[str, bytes]]:
    for file in (resources.files("procrastinate.sql") / "migrations").iterdir():
        if file.name.endswith(".sql"):
            yield file.name.removesuffix(".sql"), file.read_text(encoding="utf-8").encode()
