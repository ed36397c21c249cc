"""Is anybody else working on this database? A lock tells, which the system lets go of however a process ends.

A process that was killed leaves its leases behind. They run out by themselves, but who comes when nobody else is there
need not wait for that. The lock is a hint and nothing more: where it cannot be had, leases run out as they always do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlalchemy.engine import Engine

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]  # a module is never None to the type checker

_ADVISORY = 0x6772_6E62  # of PostgreSQL's advisory locks, which are one number space a database
SUFFIX = "-inuse"  # beside SQLite's own -wal and -shm


class Presence:
    """Shared by all who work on one database; alone is whoever gets it exclusively on arrival."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._file: int | None = None
        self._connection: Connection | None = None

    @contextmanager
    def arriving(self) -> Iterator[bool]:
        """True where nobody else is here; others who arrive meanwhile wait before their own block until this one is
        left. Then we are here, until `leave` or the end of the process."""
        database = self._engine.url.database
        if self._engine.dialect.name == "postgresql":
            yield from self._at_postgres()
        elif fcntl is not None and database and database != ":memory:":
            yield from self._at_file(database + SUFFIX)
        else:
            yield False

    def leave(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._connection is not None:
            self._connection.invalidate()  # its session ends, and the lock with it
            self._connection.close()
            self._connection = None

    def _at_file(self, path: str) -> Iterator[bool]:
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            alone = _locked(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        if not alone:
            _locked(self._file, fcntl.LOCK_SH)
        try:
            yield alone
        finally:
            if alone:
                _locked(self._file, fcntl.LOCK_SH)

    def _at_postgres(self) -> Iterator[bool]:
        connection = self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        key = {"key": _ADVISORY}
        alone = bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), key).scalar_one())
        if not alone:
            connection.execute(text("SELECT pg_advisory_lock_shared(:key)"), key)
        try:
            yield alone
        finally:
            if alone:
                connection.execute(text("SELECT pg_advisory_lock_shared(:key)"), key)
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)


def _locked(file: int, how: int) -> bool:
    try:
        fcntl.flock(file, how)
    except OSError:
        return False
    return True
