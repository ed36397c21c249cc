"""What spares statements gives what several would, on both databases and by their own clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.db import gather
from app.db.accounts import LEASE_FOR, Lease, LeaseLost
from app.db.engine import Database
from app.db.schema import upgrade
from app.db.tables import AccountRow, BlockRow, ContactRow, IgnoredRow, SeasonRow
from scheduler.words import _

NOW = datetime(2027, 3, 28, 1, 30, 0, 123456, tzinfo=UTC)
TEXT = 'Zoë "\\ \n\t\x01 👩🏽‍🚀 שרה'


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    upgrade(database)
    with database.write() as session:
        session.add(
            AccountRow(
                id=1, issuer="i", subject="s", email="a@b.example", key="k", block_key=b"", preferences={},
                outlook={}, created_at=NOW, synced_from=NOW,
            )
        )  # fmt: skip
        session.flush()
        for n in (3, 1, 2):
            session.add(IgnoredRow(account_id=1, source=f"{TEXT}{n}"))
        session.add(
            ContactRow(
                id=1, account_id=1, name=TEXT, tags=[TEXT, 1, None], facts={"usual": 2.5, "booked": True},
                created_at=NOW, snoozed_until=date(2027, 4, 1), seen=False,
            )
        )  # fmt: skip
        session.add(
            BlockRow(
                account_id=1, rule="r", occurrence="2027W09.1", event_id="e", state="booked", starts_at=NOW,
                ends_at=NOW.replace(microsecond=0), lost={"2027W09.2": TEXT}, reason=_("{count} weeks", count=3),
                note=TEXT,
            )
        )  # fmt: skip
    yield database
    database.dispose()


@pytest.mark.parametrize("table", [ContactRow, BlockRow, SeasonRow])
def test_rows_are_as_the_session_gives_them(database: Database, table: type[ContactRow]) -> None:
    with database.read() as session:
        rows = gather.made(
            table, gather.gather(session, lambda *_: {"rows": gather.whole(table)}, 1, since=NOW)["rows"]
        )
        expected = list(session.scalars(select(table)))
    names = [column.key for column in table.__table__.columns]
    assert [[getattr(row, name) for name in names] for row in rows] == [
        [getattr(row, name) for name in names] for row in expected
    ]


def test_each_question_keeps_its_order(database: Database) -> None:
    def asked(account_id: gather.AccountId, _since: gather.Since) -> dict[str, gather.Question]:
        sources = select(IgnoredRow.source).where(IgnoredRow.account_id == account_id)
        return {"up": sources.order_by(IgnoredRow.source), "down": sources.order_by(IgnoredRow.source.desc())}

    up = [(f"{TEXT}{n}",) for n in (1, 2, 3)]
    with database.read() as session:
        assert gather.gather(session, asked, 1, since=NOW) == {"up": up, "down": up[::-1]}
        assert gather.gather(session, asked, 2, since=NOW) == {"up": [], "down": []}, (
            "another account's, by the same statement"
        )


def test_a_lease_goes_by_the_databases_own_clock(database: Database) -> None:
    with database.read() as session:
        before = database.now(session)
    lease = Lease(database, 1)
    taken = lease.take()
    assert taken is not None
    assert taken.started_at is not None
    assert taken.lease_until is not None
    assert timedelta(0) <= taken.started_at - before < timedelta(seconds=30)
    assert abs(taken.lease_until - taken.started_at - LEASE_FOR) < timedelta(seconds=1)
    assert Lease(database, 1).take() is None
    with database.write() as session:
        renewed = lease.hold_and_read(session, read_events=3)
    assert renewed.lease_until is not None
    assert renewed.lease_until >= taken.lease_until
    assert renewed.read_events == 3
    lease.close(next_refresh_at=NOW)
    with pytest.raises(LeaseLost), database.write() as session:
        lease.hold(session)
    assert Lease(database, 1).take() is not None
