"""What is counted across processes: the project's allowance at Google, each account's requests, and all of /metrics."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, Update, case, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.db.engine import Instant, rows_changed
from app.db.prepared import prepared, typed
from app.db.tables import AccountRow
from app.db.tables_google import BudgetRow, CountRow

_BUDGET = cast(Table, BudgetRow.__table__)
_EARLIER = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def open_budget(session: Session) -> None:
    """The one row, where it is not there yet; two processes may try at the same moment."""
    dialect = session.get_bind().dialect.name
    row = {"id": 1, "minute_at": _EARLIER, "minute_taken": 0, "day_at": _EARLIER, "day_taken": 0}
    statement = (postgresql if dialect == "postgresql" else sqlite).insert(BudgetRow).values(row)
    session.execute(statement.on_conflict_do_nothing(index_elements=["id"]))


def take_slice(
    session: Session, minute_at: datetime, day_at: datetime, *, size: int, unused: int, a_minute: int, a_day: int
) -> bool:
    """Take `size` requests out of what is left, and give back what an earlier slice of this day left `unused`: one
    statement, right for any number of processes. False where less is left. A process whose clock is behind counts into
    the newest minute."""
    taking = _taking(minute_at=minute_at, day_at=day_at, size=size, unused=unused, a_minute=a_minute, a_day=a_day)
    return rows_changed(session.execute(*taking)) == 1


@prepared
def _taking(*, minute_at: datetime, day_at: datetime, size: int, unused: int, a_minute: int, a_day: int) -> Update:
    it = _BUDGET.c
    minute = case((it.minute_at < minute_at, 0), else_=it.minute_taken) + size
    day = case((it.day_at < day_at, 0), (it.day_taken < unused, 0), else_=it.day_taken - unused) + size
    return (
        update(_BUDGET)
        .where(it.id == 1, minute <= a_minute, day <= a_day)
        .values(
            minute_at=case((it.minute_at < minute_at, typed(minute_at, Instant)), else_=it.minute_at),
            minute_taken=minute,
            day_at=case((it.day_at < day_at, typed(day_at, Instant)), else_=it.day_at),
            day_taken=day,
        )
    )


def budget(session: Session) -> BudgetRow | None:
    return session.get(BudgetRow, 1)


def called(account: AccountRow, day_at: datetime, calls: int) -> dict[str, Any]:
    """Values for an account's row, which whoever has its lease has read: so many more requests this day (UTC)."""
    return {"calls": calls + (account.calls if account.calls_day_at == day_at else 0), "calls_day_at": day_at}


def calls_by_account(session: Session, day_at: datetime) -> dict[int, int]:
    """Requests of this day by account id, of those that made any."""
    rows = session.execute(select(AccountRow.id, AccountRow.calls).where(AccountRow.calls_day_at == day_at))
    return {row.id: row.calls for row in rows}


def add(session: Session, counted: Mapping[tuple[str, str], int]) -> None:
    """Add what one process has counted, by (name, labels), to what all have."""
    dialect = session.get_bind().dialect.name
    statement = (postgresql if dialect == "postgresql" else sqlite).insert(CountRow)
    rows = [{"name": name, "labels": labels, "value": value} for (name, labels), value in sorted(counted.items())]
    session.connection().execute(
        statement.on_conflict_do_update(
            index_elements=["name", "labels"], set_={"value": CountRow.value + statement.excluded.value}
        ),
        rows,
    )


def every(session: Session) -> list[CountRow]:
    return list(session.scalars(select(CountRow).order_by(CountRow.name, CountRow.labels)))


def due_and_lag(session: Session, now: datetime) -> tuple[int, timedelta]:
    """How many accounts wait for their refresh, and how late the one is that waits longest."""
    free = or_(AccountRow.lease_until.is_(None), AccountRow.lease_until <= now)
    waiting = session.execute(
        select(func.count(), func.min(AccountRow.next_refresh_at)).where(
            AccountRow.connection == "connected", AccountRow.next_refresh_at <= now, free
        )
    ).one()
    return waiting[0], now - waiting[1] if waiting[1] is not None else timedelta(0)


def accounts_by_connection(session: Session) -> dict[str, int]:
    rows = session.execute(select(AccountRow.connection, func.count()).group_by(AccountRow.connection))
    return {row[0]: row[1] for row in rows}
