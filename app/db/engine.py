"""One database, two kinds of transaction.

SQLite writes begin with BEGIN IMMEDIATE: a deferred transaction that turns into a writer fails at once when another
one writes, whatever the busy timeout says.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import Error as SqliteError
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    CursorResult,
    DateTime,
    Dialect,
    Interval,
    Result,
    TypeDecorator,
    create_engine,
    event,
    func,
    literal,
    make_url,
    text,
)
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from app.clock import Clock
from app.db.presence import Presence
from app.db.trouble import Trouble, Unwritable, trouble_of
from app.errors import ConfigError

if TYPE_CHECKING:
    import psycopg

_DECODER = json.JSONDecoder()

Moment = datetime | ColumnElement[datetime]

BUSY_TIMEOUT_MS = 30_000
_PROBE_WAITS_MS = 250
_ERASER_WAITS_MS = 100


class Instant(TypeDecorator[datetime]):
    """An aware datetime. Stored in UTC, read in UTC, on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"a naive datetime was about to be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def rows_changed(result: Result[Any]) -> int:
    """How many rows an UPDATE or DELETE met."""
    assert isinstance(result, CursorResult)
    return result.rowcount


class Database:
    """Transactions on one database. Cheap to pass around; thread-safe."""

    def __init__(self, url: str, *, clock: Clock | None = None) -> None:
        self.url = _address(url)
        self._clock = clock
        self._log_holds_erased = True  # for all we know
        self.engine = _engine(url)
        self._writing = self.engine.execution_options(immediate=True)
        self.presence = Presence(self.engine)
        self.trouble: Trouble | None = None

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Commits at the end, rolls back on any error. Never held open while a calendar is being called.

        Raises Unwritable where the database takes nothing; `trouble` holds why, until it takes something again."""
        try:
            with Session(self._writing, expire_on_commit=False) as session, session.begin():
                yield session
        except DBAPIError as error:
            trouble = trouble_of(error)
            if trouble is None:
                raise
            self.trouble = trouble
            raise Unwritable(trouble) from error
        self.trouble = None

    def probe(self) -> Trouble | None:
        """Write what stands there already, without waiting long for anybody. Sets `trouble` and returns it."""
        try:
            with self._writing.connect() as connection:
                raw = connection.connection.dbapi_connection
                assert raw is not None
                if self.is_sqlite:
                    raw.cursor().execute(f"PRAGMA busy_timeout={_PROBE_WAITS_MS}")  # nosemgrep  # our number
                try:
                    with connection.begin():
                        if not self.is_sqlite:
                            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_PROBE_WAITS_MS}")  # nosemgrep
                        connection.exec_driver_sql("UPDATE installation SET key = key")
                finally:
                    if self.is_sqlite:
                        raw.cursor().execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")  # nosemgrep  # our number
        except DBAPIError as error:
            self.trouble = trouble_of(error)
            if self.trouble is None:
                raise
        else:
            self.trouble = None
        return self.trouble

    def now(self, session: Session) -> datetime:
        """The time that leases are measured by: the database's own, so that all processes agree.

        A clock given to the constructor replaces it (the demo's and the tests' virtual time).
        """
        here = self._now_here()
        if here is not None:
            return here
        moment = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        assert isinstance(moment, datetime)
        return moment.astimezone(UTC)

    def now_within(self, *, later: timedelta = timedelta(0)) -> Moment:
        """The same, or so much later, for a prepared statement to use, which saves asking for it first."""
        here = self._now_here()
        return here + later if here is not None else _clock_time(later)

    def _now_here(self) -> datetime | None:
        if self._clock is not None:
            return self._clock()
        # SQLite has no clock of its own: it asks this very machine.
        return datetime.now(UTC) if self.is_sqlite else None

    def overwrite_erased(self) -> None:
        """What was just deleted is zeroed in SQLite's file, but its write-ahead log still holds it: fold that in and
        cut it off. Whoever reads meanwhile holds that up; `finish_erasing` does it when they are done. PostgreSQL gives
        the space free by itself.
        """
        if not self.is_sqlite:
            return
        self._log_holds_erased = True
        # A disk that is full just now is no reason to say that nothing was erased, nor for the wheel to stand still.
        with suppress(SqliteError), self.engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            cursor = raw.cursor()
            # Not long: nobody can write meanwhile.
            cursor.execute(f"PRAGMA busy_timeout={_ERASER_WAITS_MS}")  # nosemgrep  # our number
            try:
                busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")  # nosemgrep  # our number
            self._log_holds_erased = bool(busy)

    def finish_erasing(self) -> None:
        """For a wheel to call at each turn: what could not be cut off when it was erased, also by a process before."""
        if self._log_holds_erased:
            self.overwrite_erased()

    @property
    def conninfo(self) -> str:
        """The address as psycopg takes it. PostgreSQL only."""
        from psycopg.conninfo import make_conninfo  # a library that an installation on SQLite need not load

        _, options = self.engine.dialect.create_connect_args(self.engine.url)
        return make_conninfo(**{name: value for name, value in options.items() if name != "context"})

    @contextmanager
    def psycopg(self) -> Iterator[psycopg.Connection]:
        """A bare connection in one transaction, for a library that brings its own SQL. PostgreSQL only."""
        with self.engine.begin() as connection:
            bare: Any = connection.connection.driver_connection
            yield bare

    def dispose(self) -> None:
        self.presence.leave()
        self.engine.dispose()

    close = dispose


@lru_cache(maxsize=16)
def _clock_time(later: timedelta) -> ColumnElement[datetime]:
    return func.clock_timestamp(type_=Instant()) + literal(later, Interval)


def _address(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):  # the address holds a password, so it is not repeated
        raise ConfigError(
            "GREENBLOCK_DATABASE_URL is no address of a database. It looks like sqlite:///greenblock.db or "
            "postgresql+psycopg://user:password@host:5432/name."
        ) from None


def _file(address: URL) -> Path | None:
    """Where SQLite keeps it; None where it is no file."""
    if address.get_backend_name() != "sqlite" or not address.database or address.database == ":memory:":
        return None
    return Path(address.database).expanduser().resolve()


def missing_file(url: str) -> Path | None:
    """The file that this address names and that is not there: to open the database would make it. Raises ConfigError
    for no address."""
    file = _file(_address(url))
    return file if file is not None and file.parent.is_dir() and not file.exists() else None


def _make_private(file: Path) -> None:
    """A new database is its owner's alone to read; SQLite gives its -wal and -shm the mode of the file itself."""
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError:  # there already, or not to be made: SQLite says what is wrong
        return


def _loads(text: str) -> Any:
    """What we wrote ourselves, whole and without blanks around it: a list reads a thousand JSON columns, and half of
    them are empty."""
    return [] if text == "[]" else _DECODER.raw_decode(text)[0]


def _engine(url: str) -> Engine:
    parsed = _address(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=20)
    if (file := _file(parsed)) is not None:
        if not file.parent.is_dir():
            raise ConfigError(
                f"GREENBLOCK_DATABASE_URL: the folder {file.parent} does not exist. Make it, or name another."
            )
        _make_private(file)
    engine = create_engine(
        parsed,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
        json_deserializer=_loads,
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        assert isinstance(connection, SqliteConnection)
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")  # nosemgrep: no-sql-put-together  # the four words above

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        statement = "BEGIN IMMEDIATE" if connection.get_execution_options().get("immediate") else "BEGIN"
        raw = connection.connection.dbapi_connection
        assert isinstance(raw, SqliteConnection)
        try:  # past all that SQLAlchemy does around a statement: half of them are these
            raw.execute(statement)
        except SqliteError as error:
            raise DBAPIError.instance(statement, None, error, SqliteError) from error

    return engine
