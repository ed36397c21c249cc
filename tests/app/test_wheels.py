"""What an engine promises, over the real account rows, whichever engine it is.

The work is a stand-in; the lease, the request and the back-off are the service's own.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import delete, event, insert, text, update

from app.clock import system_clock
from app.db import accounts
from app.db.accounts import Lease
from app.db.engine import Database
from app.db.schema import config_for, revisions, upgrade, upgrade_queue
from app.db.tables import AccountRow, InstallationRow
from app.keys import Keys
from app.wheels import turned_by_workers, turned_here
from app.wiring import check_key
from scheduler.engine import Wheel, distributed, queue_schema
from tests.running import wait_until

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Office:
    """Some accounts, all of them due, and what is done to each."""

    def __init__(self, db: Database, make: Callable[[Office], Wheel]) -> None:
        self.db, self._make = db, make
        self.done: Counter[int] = Counter()
        self.refused = 0
        self.at_work: Counter[int] = Counter()
        self.most: Counter[int] = Counter()
        self.work: Callable[[int], None] = lambda account: None
        self._guard = threading.Lock()

    def opens(self, count: int) -> None:
        with self.db.write() as session:
            session.add(InstallationRow(id=1, key="k", key_check=b""))
            common = {
                "issuer": "i", "email": "a@b.example", "key": "k", "block_key": b"b", "created_at": LONG_AGO,
                "preferences": {}, "outlook": {}, "synced_from": LONG_AGO, "next_refresh_at": LONG_AGO,
            }  # fmt: skip
            rows = [{**common, "id": n, "subject": f"s{n}"} for n in range(1, count + 1)]
            session.execute(insert(AccountRow), rows)

    def run(self, account: int) -> None:
        """As the service's own refresh: under the lease, and the row says when to come back."""
        lease = Lease(self.db, account)
        if lease.take() is None:
            self.refused += 1
            return
        with self._guard:
            self.at_work[account] += 1
            self.most[account] = max(self.most[account], self.at_work[account])
        try:
            self.work(account)
        finally:
            with self._guard:
                self.at_work[account] -= 1
            lease.close(next_refresh_at=system_clock() + timedelta(hours=1))
            self.done[account] += 1

    def asks(self, wheel: Wheel, account: int) -> None:
        """What a page and a push do."""
        with self.db.write() as session:
            accounts.request_refresh(session, account, self.db.now(session))
        wheel.wake(account)

    def wheel(self) -> Wheel:
        return self._make(self)

    @contextmanager
    def turning(self, wheels: int = 1) -> Iterator[Wheel]:
        with ExitStack() as stack:
            for _ in range(wheels):
                wheel = self.wheel()
                wheel.start()
                stack.callback(wheel.stop)
            yield wheel

    def leases(self) -> int:
        with self.db.read() as session:
            return sum(row.lease_id is not None for row in accounts.every(session))

    def jobs(self) -> int:
        with self.db.read() as session:
            return int(session.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one())


@pytest.fixture(scope="module")
def databases() -> Iterator[dict[str, Database]]:
    """One of each kind for all tests here: to empty one is much faster than to make one."""
    made: dict[str, Database] = {}
    yield made
    for db in made.values():
        db.dispose()


@pytest.fixture
def emptied(
    databases: dict[str, Database], request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Database]:
    def give(kind: str) -> Database:
        if kind not in databases:
            if kind == "postgres":
                server = request.getfixturevalue("postgres_server")
                url = server.url(server.create())
            else:
                url = f"sqlite:///{tmp_path_factory.mktemp('wheels') / 'g.db'}"
            db = databases[kind] = Database(url)
            upgrade(db)
            upgrade_queue(db)
        db = databases[kind]
        with db.write() as session:
            if not db.is_sqlite:
                session.execute(text("TRUNCATE procrastinate_jobs, procrastinate_periodic_defers CASCADE"))
            for table in (AccountRow, InstallationRow):
                session.execute(delete(table))
        return db

    return give


def by_workers(office: Office) -> Wheel:
    return turned_by_workers(office.db, office.run, sweep_seconds=30)


ENGINES = {
    "embedded": lambda office: turned_here(office.db, office.run, system_clock, 3600),
    "distributed": by_workers,
}


@pytest.fixture(
    params=[
        "embedded-sqlite",
        pytest.param("embedded-postgres", marks=pytest.mark.postgres),
        pytest.param("distributed-postgres", marks=pytest.mark.postgres),
    ]
)
def office(request: pytest.FixtureRequest, emptied: Callable[[str], Database]) -> Office:
    """Sweeps come so seldom that who waits for another one than the first has mostly failed by then."""
    engine, _, database = request.param.partition("-")
    return Office(emptied(database), ENGINES[engine])


@pytest.fixture
def workers(emptied: Callable[[str], Database]) -> Office:
    return Office(emptied("postgres"), by_workers)


def test_everybody_due_is_run_once(office: Office) -> None:
    office.opens(7)
    with office.turning() as wheel:
        wait_until(lambda: len(office.done) == 7, "all seven are refreshed")
        wait_until(wheel.is_turning, "the wheel is seen to turn")
    assert set(office.done.values()) == {1}
    assert office.leases() == 0


def test_several_at_a_time_but_each_by_one(office: Office) -> None:
    office.opens(3)
    all_at_work = threading.Barrier(3)  # broken unless three are at work at the same time
    office.work = lambda account: office.done[account] or all_at_work.wait(timeout=20)  # type: ignore[assignment]  # no result
    with office.turning() as wheel:
        for _ in range(10):
            for account in (1, 2, 3):
                office.asks(wheel, account)
        wait_until(lambda: len(office.done) == 3 and not any(office.at_work.values()), "all three are refreshed")
    assert set(office.most.values()) == {1}


def test_a_request_while_running_is_not_lost(office: Office) -> None:
    office.opens(1)
    started, finish = threading.Event(), threading.Event()

    def work(account: int) -> None:
        started.set()
        assert finish.wait(20)

    office.work = work
    with office.turning() as wheel:
        assert started.wait(20)
        office.asks(wheel, 1)
        finish.set()
        wait_until(lambda: office.done[1] >= 2, "the request is answered by a second run")
    assert office.most[1] == 1


def test_a_request_does_not_wait_for_the_next_sweep(office: Office) -> None:
    office.opens(1)
    with office.turning() as wheel:
        wait_until(lambda: office.done[1] == 1 and office.leases() == 0, "the first run is over")
        office.asks(wheel, 1)
        wait_until(lambda: office.done[1] == 2, "the second run is there", seconds=25)


def test_stopping_waits_for_what_runs_and_begins_nothing(office: Office) -> None:
    office.opens(12)
    started, finish = threading.Event(), threading.Event()

    def work(account: int) -> None:
        started.set()
        assert finish.wait(20)

    office.work = work
    wheel = office.wheel()
    wheel.start()
    assert started.wait(20)
    stopping = threading.Thread(target=wheel.stop)
    stopping.start()
    stopping.join(0.3)
    assert stopping.is_alive()  # somebody is at work
    finish.set()
    stopping.join(20)
    assert not stopping.is_alive()
    over = office.done.total()
    assert 1 <= over < 12
    assert office.leases() == 0
    office.asks(wheel, 12)
    assert office.done.total() == over


def test_a_failure_waits_as_the_row_says_and_holds_up_nobody(office: Office) -> None:
    office.opens(2)

    def work(account: int) -> None:
        if account == 1:
            raise ZeroDivisionError

    office.work = work
    with office.turning() as wheel:
        wait_until(lambda: office.done == {1: 1, 2: 1}, "both were tried")
        office.asks(wheel, 2)
        wait_until(lambda: office.done[2] == 2, "the other one is refreshed again")
    assert office.done[1] == 1


def test_who_is_not_connected_has_their_turn_too(office: Office) -> None:
    """What is old is forgotten there as well."""
    office.opens(3)
    with office.db.write() as session:
        session.execute(text("UPDATE accounts SET connection = 'disconnected' WHERE id = 2"))
        session.execute(text("UPDATE accounts SET connection = 'lost' WHERE id = 3"))
    with office.turning():
        wait_until(lambda: office.done == {1: 1, 2: 1, 3: 1}, "each had a turn")
    assert office.refused == 0


@pytest.mark.parametrize(
    "kind",
    [
        "embedded-sqlite",
        pytest.param("embedded-postgres", marks=pytest.mark.postgres),
        pytest.param("distributed-postgres", marks=pytest.mark.postgres),
    ],
)
def test_who_was_put_off_for_a_year_by_a_wrong_clock_has_their_turn(
    emptied: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(accounts, "_SOON", timedelta(0))
    engine, _, database = kind.partition("-")
    often = {
        "embedded": lambda office: turned_here(office.db, office.run, system_clock, 1),
        "distributed": lambda office: turned_by_workers(office.db, office.run, sweep_seconds=1),
    }
    office = Office(emptied(database), often[engine])
    office.opens(3)
    with office.db.write() as session:
        for account, wait in ((2, timedelta(days=365)), (3, timedelta(days=1))):
            session.execute(
                update(AccountRow).where(AccountRow.id == account).values(next_refresh_at=office.db.now(session) + wait)
            )
    with office.turning():
        wait_until(lambda: office.done[2] == 1, "it is refreshed")
    assert office.done == {1: 1, 2: 1}, "a wait of a day is meant"


def test_a_wheel_that_stands_still_says_so(office: Office) -> None:
    office.opens(1)
    assert not office.wheel().is_turning()


# -- Of the distributed engine alone ---------------------------------------------------------------


def test_two_workers_do_each_account_once_and_leave_an_empty_queue(workers: Office) -> None:
    workers.opens(30)
    with workers.turning(wheels=2):
        wait_until(lambda: len(workers.done) == 30, "all thirty are refreshed")
    assert (set(workers.done.values()), workers.refused) == ({1}, 0)
    wait_until(lambda: workers.jobs() == 0, "finished jobs are deleted")


def test_more_than_a_batch_needs_no_second_tick(workers: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributed, "BATCH", 10)
    workers.opens(45)
    with workers.turning():
        wait_until(lambda: len(workers.done) == 45, "all are refreshed though a sweep names ten", seconds=25)
    assert set(workers.done.values()) == {1}


def test_every_process_sees_whether_the_wheel_turns(workers: Office) -> None:
    workers.opens(1)
    only_pages = workers.wheel()
    assert not only_pages.is_turning()
    with workers.turning():
        wait_until(only_pages.is_turning, "a process without a wheel sees it turn")
    with workers.db.write() as session:
        accounts.swept(session, workers.db.now(session) - timedelta(minutes=5))
    assert not only_pages.is_turning()


def test_who_asks_goes_before_whose_time_has_come(workers: Office) -> None:
    """Six wait behind one that is at work; the last of them asks, and asks again."""
    workers.opens(7)
    begun: list[int] = []
    finish = threading.Event()

    def work(account: int) -> None:
        begun.append(account)
        assert finish.wait(20)

    workers.work = work
    wheel = turned_by_workers(workers.db, workers.run, slots=1, sweep_seconds=30)
    wheel.start()
    wait_until(lambda: len(begun) == 1 and workers.jobs() == 7, "one is at work and six wait")
    late = ({1, 2, 3, 4, 5, 6, 7} - set(begun)).pop() if begun[0] == 7 else 7
    for _ in range(3):
        workers.asks(wheel, late)
    finish.set()
    wait_until(lambda: len(workers.done) == 7, "all seven are refreshed")
    wheel.stop()
    assert begun[1] == late
    assert set(workers.done.values()) == {1}


def test_what_a_killed_worker_left_does_not_keep_the_account_out(
    workers: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distributed, "RESCUE_SECONDS", 1)
    workers.opens(1)
    with workers.db.write() as session:  # its worker is no more; a rescue was killed, too
        for task, queue, lock in (("refresh", "refresh", "account:1"), ("rescue", "wheel", None)):
            session.execute(
                text(
                    "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, status, args)"
                    " VALUES (:queue, :task, :lock, :lock, 'doing', '{\"account\": 1, \"timestamp\": 0}')"
                ),
                {"task": task, "queue": queue, "lock": lock},
            )
    with turning_often(workers):
        wait_until(lambda: workers.done[1] == 1, "the account is refreshed")
    wait_until(lambda: workers.jobs() == 0, "nothing is left")


@contextmanager
def turning_often(office: Office) -> Iterator[Wheel]:
    wheel = turned_by_workers(office.db, office.run, sweep_seconds=1)
    wheel.start()
    yield wheel
    wheel.stop()


def test_a_worker_outlives_its_connections(workers: Office) -> None:
    workers.opens(1)
    with turning_often(workers) as wheel:
        wait_until(lambda: workers.done[1] == 1 and workers.leases() == 0, "the first run is over")
        with workers.db.engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid != pg_backend_pid()"
                )
            )
        workers.asks(wheel, 1)
        wait_until(lambda: workers.done[1] == 2, "it works again", seconds=40)


def test_a_request_is_never_refused_for_the_queues_sake(workers: Office) -> None:
    workers.opens(1)
    with workers.db.psycopg() as connection:
        connection.execute("ALTER TABLE procrastinate_jobs RENAME TO away")
    try:
        workers.asks(workers.wheel(), 1)
    finally:
        with workers.db.psycopg() as connection:
            connection.execute("ALTER TABLE away RENAME TO procrastinate_jobs")
    with workers.db.read() as session:
        assert accounts.due_accounts(session, workers.db.now(session)) == [1]


# -- Picking who is due ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_picking_who_is_due_uses_the_index(emptied: Callable[[str], Database], kind: str) -> None:
    """The plan of the very statement that is sent, over a table of which hardly anybody is due."""
    db = emptied(kind)
    office = Office(db, by_workers)
    office.opens(2000)
    with db.write() as session:
        soon = db.now(session) + timedelta(minutes=5)
        session.execute(text("UPDATE accounts SET next_refresh_at = :soon WHERE id > 3"), {"soon": soon})
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))

    def explained(connection, cursor, statement, parameters, context, executemany) -> tuple[str, object]:  # type: ignore[no-untyped-def]  # SQLAlchemy's
        return ("EXPLAIN QUERY PLAN " if db.is_sqlite else "EXPLAIN ") + statement, parameters

    with db.read() as session:
        now = db.now(session)
        assert sorted(accounts.due_accounts(session, now)) == [1, 2, 3]
        event.listen(db.engine, "before_cursor_execute", explained, retval=True)
        plans = [
            [" ".join(map(str, row)) for row in session.connection().execute(statement)]
            for statement in (accounts.due_statement(now, limit=100), accounts.astray_statement(now))
        ]
        event.remove(db.engine, "before_cursor_execute", explained)
    for plan in plans:
        assert any("ix_accounts_due" in line for line in plan), plan
        assert not any("Seq Scan" in line or line.startswith("SCAN") or " SCAN accounts" in line for line in plan), plan


# -- Its tables ------------------------------------------------------------------------------------


def test_the_queues_tables_are_made_once_and_follow_the_library(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = Database(postgres_url)
    upgrade(db)
    with db.psycopg() as connection:
        assert queue_schema.applied(connection) is None
        newest = queue_schema.bring_up_to_date(connection)
        assert queue_schema.bring_up_to_date(connection) == queue_schema.applied(connection) == newest
    later = ("99.00.00_01_later", b"ALTER TABLE procrastinate_jobs ADD COLUMN later int")
    known = list(queue_schema._migrations())
    monkeypatch.setattr(queue_schema, "_migrations", lambda: iter([*known, later]))
    for _ in range(2):  # the second time it is there already
        upgrade_queue(db)
    with db.psycopg() as connection:
        assert queue_schema.applied(connection) == "99.00.00_01_later"
    with db.engine.begin() as connection:
        command.check(config_for(connection))  # our own migrations leave the library's tables alone
    db.dispose()


def test_several_processes_may_bring_one_database_up_to_date_at_once(postgres_url: str) -> None:
    keys, outcomes = Keys.parse(Keys.generate()), []
    gate = threading.Barrier(4)

    def start() -> None:
        db = Database(postgres_url)
        gate.wait()
        upgrade(db)
        upgrade_queue(db)
        check_key(db, keys)
        outcomes.append(revisions(db)[0])
        db.dispose()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 4
    assert len(set(outcomes)) == 1
