"""The two engines over the accounts of a database: who is due, what to run, and where a sweep is remembered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from app.clock import Clock
from app.db import accounts
from app.db.engine import Database
from scheduler.engine import Wheel
from scheduler.engine.embedded import EmbeddedEngine


def turned_here(db: Database, run: Callable[[int], object], clock: Clock, sweep_seconds: float | None = None) -> Wheel:
    """The embedded engine over the accounts of this database."""
    options = {} if sweep_seconds is None else {"sweep_seconds": sweep_seconds}
    ask = _due(db)

    def due(limit: int) -> list[int]:
        db.finish_erasing()
        return ask(limit)

    return EmbeddedEngine(due, run, clock=clock, **options)


def turned_by_workers(db: Database, run: Callable[[int], object], slots: int | None = None, **options: int) -> Wheel:
    """The distributed engine over them."""
    from scheduler.engine.distributed import DistributedEngine  # a library that the embedded engine needs not load

    def swept() -> None:
        with db.write() as session:
            accounts.swept(session, db.now(session))

    def since_sweep() -> timedelta | None:
        with db.read() as session:
            at = accounts.swept_at(session)
            return None if at is None else db.now(session) - at

    if slots is not None:
        options["slots"] = slots
    return DistributedEngine(
        _due(db), run, conninfo=db.conninfo, connect=db.psycopg, swept=swept, since_sweep=since_sweep, **options
    )


def _due(db: Database) -> Callable[[int], list[int]]:
    def due(limit: int) -> list[int]:
        with db.read() as session:
            now = db.now(session)
            astray = accounts.astray(session, now)
            found = accounts.due_accounts(session, now, limit=limit)
        if astray:
            with db.write() as session:
                accounts.bring_forward(session, now)
        return found

    return due
