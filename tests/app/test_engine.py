"""The database: aware times in and out, writers that wait for each other, and one clock."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError

from app.db.engine import Database
from app.db.schema import upgrade
from app.db.tables import InstallationRow, SessionRow
from app.errors import ConfigError

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def db(database_url: str) -> Database:
    database = Database(database_url)
    upgrade(database)
    return database


def test_times_come_back_aware_and_in_utc(db: Database) -> None:
    there = NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))
    with db.write() as session:
        session.add(SessionRow(id_hash="a", created_at=there, expires_at=there))
    with db.read() as session:
        row = session.get_one(SessionRow, "a")
    assert row.created_at == NOON
    assert row.created_at.tzinfo is UTC
    db.dispose()


def test_a_naive_time_is_never_stored(db: Database) -> None:
    with pytest.raises(StatementError, match="naive"), db.write() as session:
        session.add(SessionRow(id_hash="a", created_at=NOON.replace(tzinfo=None), expires_at=NOON))
    db.dispose()


def test_a_failed_transaction_leaves_nothing(db: Database) -> None:
    def half_done() -> None:
        with db.write() as session:
            session.add(SessionRow(id_hash="a", created_at=NOON, expires_at=NOON))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    with db.read() as session:
        assert session.scalars(select(SessionRow)).all() == []
    db.dispose()


def test_writers_wait_for_each_other(db: Database) -> None:
    """Read, then write, in eight threads at once: with deferred transactions SQLite would refuse most of them."""
    with db.write() as session:
        session.add(InstallationRow(id=1, key="0", key_check=b""))
    failures: list[Exception] = []

    def count_up() -> None:
        try:
            for _ in range(10):
                with db.write() as session:
                    row = session.scalars(select(InstallationRow).with_for_update()).one()
                    row.key = str(int(row.key) + 1)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=count_up) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.read() as session:
        assert (failures, session.scalars(select(InstallationRow.key)).one()) == ([], "80")
    db.dispose()


def test_the_clock_is_the_databases_own_unless_one_is_given(database_url: str) -> None:
    db = Database(database_url)
    with db.read() as session:
        assert abs(db.now(session) - datetime.now(UTC)) < timedelta(seconds=30)
    virtual = Database(database_url, clock=lambda: NOON)
    with virtual.read() as session:
        assert virtual.now(session) == NOON
    db.dispose()
    virtual.dispose()


def test_sqlite_keeps_its_promises(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'one.db'}")
    with db.read() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert session.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    db.dispose()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere does not exist\. Make it"):
        Database(f"sqlite:///{tmp_path / 'nowhere' / 'one.db'}")
