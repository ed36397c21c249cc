"""Who comes to a database knows whether somebody works there already, also when that somebody was killed."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from app.db import accounts
from app.db.accounts import LEASE_FOR, Lease
from app.db.engine import Database
from app.db.schema import upgrade
from app.db.tables import AccountRow

HOLD = """
import sys, time
from app.db.engine import Database
db = Database(sys.argv[1])
with db.presence.arriving() as alone:
    pass
print(alone, flush=True)
time.sleep(60)
"""


def arrive(db: Database) -> bool:
    with db.presence.arriving() as alone:
        return alone


def test_only_the_first_is_alone(database_url: str) -> None:
    first, second, third = Database(database_url), Database(database_url), Database(database_url)
    assert arrive(first) is True
    assert arrive(second) is False
    first.dispose()
    assert arrive(third) is False  # the second is still there
    second.dispose()
    third.dispose()
    last = Database(database_url)
    assert arrive(last) is True
    last.dispose()


def test_a_killed_process_is_gone(database_url: str) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, database_url], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        beside = Database(database_url)
        assert arrive(beside) is False
        beside.dispose()
        process.kill()
        process.wait()
    after = Database(database_url)
    for _ in range(100):  # PostgreSQL notices a closed connection a moment later
        if alone := arrive(after):
            break
        after.presence.leave()
        threading.Event().wait(0.05)
    assert alone
    after.dispose()


def test_who_arrives_while_leases_are_dropped_waits(database_url: str) -> None:
    first, second = Database(database_url), Database(database_url)
    arrived = threading.Event()

    def come() -> None:
        assert arrive(second) is False
        arrived.set()

    thread = threading.Thread(target=come)
    with first.presence.arriving() as alone:
        assert alone
        thread.start()
        assert not arrived.wait(0.2)
    assert arrived.wait(10)
    thread.join()
    for db in (first, second):
        db.dispose()


def test_where_no_lock_can_be_had_nobody_is_alone() -> None:
    db = Database("sqlite:///:memory:")
    assert arrive(db) is False
    db.dispose()


@pytest.fixture
def db(database_url: str) -> Database:
    made = Database(database_url)
    upgrade(made)
    now = datetime.now(UTC)
    with made.write() as session:
        session.add(
            AccountRow(
                issuer="i", subject="s", email="a@b.example", key="k", block_key=b"b", created_at=now,
                preferences={}, outlook={}, synced_from=now, next_refresh_at=now,
            )
        )  # fmt: skip
    return made


def test_a_dropped_lease_is_free_at_once_and_its_holder_notices(db: Database) -> None:
    killed, fresh = Lease(db, 1), Lease(db, 1)
    assert killed.take() is not None
    assert fresh.take() is None
    with db.write() as session:
        accounts.drop_leases(session)
    assert fresh.take() is not None
    with pytest.raises(accounts.LeaseLost), db.write() as session:
        killed.hold(session)
    db.dispose()


def test_a_lease_outlasts_a_silent_call_and_not_much_more() -> None:
    assert timedelta(seconds=60) < LEASE_FOR <= timedelta(seconds=90)
