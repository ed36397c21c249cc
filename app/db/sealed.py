"""Every value that the secret key encrypted, wherever it stands: found by the columns' own mark, so that none is
forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import Column, Table, and_, select, update
from sqlalchemy.orm import Session

from app.db.tables import Base


def sealed_columns() -> Iterator[tuple[Table, Column[bytes]]]:
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if column.info.get("sealed"):
                yield table, column


def replace_sealed(session: Session, change: Callable[[bytes], bytes | None]) -> dict[str, int]:
    """Give every sealed value to `change` and store what it returns (None: it stays). How many changed, by
    "table.column"; all marked columns are named."""
    counts: dict[str, int] = {}
    for table, column in sealed_columns():
        keys = list(table.primary_key.columns)
        counts[str(column)] = 0
        for *ids, sealed in session.execute(select(*keys, column).where(column.is_not(None)).with_for_update()).all():
            new = change(sealed)
            if new is None:
                continue
            mine = and_(*(key == value for key, value in zip(keys, ids, strict=True)))
            session.execute(update(table).where(mine).values({column: new}))
            counts[str(column)] += 1
    return counts
