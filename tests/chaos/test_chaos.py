"""Two workers and two web processes on PostgreSQL, workers killed with SIGKILL at random while users press and move.

`make chaos` runs five minutes of it, with the service as it is. `make test` runs 20 seconds, with a shorter lease and
quicker heartbeats, so that it need not wait long for what dead workers held.
"""

from __future__ import annotations

import os
import random
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

import pytest
from sqlalchemy import update

from app.db import accounts
from app.db.engine import Database
from app.db.tables import AccountRow
from app.services import preferences
from integrations.sandbox.run import SandboxServer
from tests.chaos.fleet import (
    Fleet,
    InFlight,
    Load,
    emails,
    live_blocks,
    occurrence,
    pause,
    world,
)
from tests.chaos.impatient import be_impatient
from tests.conftest import missing
from tests.postgres import postgres_cluster, postgres_programs
from tests.running import wait_until

SECONDS = float(os.environ.get("CHAOS", "20"))
WHOLE = "CHAOS" in os.environ
ACCOUNTS = 12 if WHOLE else 6
EVERY = 60 if WHOLE else 30
"""Seconds between two looks at a calendar; jitter makes them up to a tenth more."""
SEED = int(os.environ.get("CHAOS_SEED", "7"))

WATCH_LEASES = """
    CREATE TABLE leases (account int, before text, before_until timestamptz, after text, at timestamptz);
    CREATE FUNCTION watch_leases() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO leases VALUES (NEW.id, OLD.lease_id, OLD.lease_until, NEW.lease_id, clock_timestamp());
        RETURN NEW;
    END $$;
    CREATE TRIGGER watch_leases AFTER UPDATE ON accounts FOR EACH ROW
        WHEN (OLD.lease_id IS DISTINCT FROM NEW.lease_id) EXECUTE FUNCTION watch_leases();
"""


@pytest.mark.long
@pytest.mark.postgres
def test_workers_die_and_nothing_is_lost_doubled_or_late(tmp_path: Path) -> None:
    programs = postgres_programs()
    if programs is None:
        missing("PostgreSQL", "On Debian: apt-get install postgresql")
    flights, dice = InFlight(), random.Random(SEED)
    with ExitStack() as stack:
        server = stack.enter_context(postgres_cluster(programs))
        sandbox = stack.enter_context(SandboxServer(world(ACCOUNTS), wrap=flights.around))
        flights.learn(sandbox)
        fleet = Fleet(tmp_path, server, sandbox, first=None if WHOLE else be_impatient, every=EVERY)
        db = Database(server.url(fleet.database))
        try:
            fleet.start_pages()
            assert [fleet.status(port, "/readyz") for port in fleet.ports] == [503, 503]  # no worker has ever swept
            with db.psycopg() as connection:
                connection.execute(WATCH_LEASES)
            fleet.start_workers()
            browsers = {
                email: fleet.joins(email, stack.enter_context(fleet.visitor(fleet.ports[0])))
                for email in emails(ACCOUNTS)
            }
            always_at_work(db)
            assert [fleet.status(port, "/readyz") for port in fleet.ports] == [200, 200]

            kills, until, restarted = 0, time.monotonic() + SECONDS, False
            with Load(fleet, browsers, seed=SEED) as load:
                while (left := until - time.monotonic()) > 0 or not (kills and restarted):
                    pause(dice.uniform(1, 5))
                    kills += fleet.kill_a_worker(dice)
                    if not restarted and left < SECONDS / 2:
                        server.restart()
                        restarted = True
            assert kills
            assert restarted
            wait_until(fleet.all_at_work, "both workers are at work", seconds=60)
            calm_at = datetime.now(UTC)
            took = [refreshed_after(calm_at, db, email) for email in emails(ACCOUNTS)]
            assert fleet.stop() == [0, 0, 143, 143]  # workers, pages
            looks = fleet.commands("refresh", "--dry-run", "--json")
        finally:
            fleet.stop()
            with db.engine.connect() as connection:
                counts = connection.exec_driver_sql(
                    "SELECT count(*), count(before), count(before) FILTER (WHERE before_until > at)"
                    " FROM leases WHERE after IS NOT NULL"
                ).one()
            db.dispose()

        runs, taken_over, overlapping = counts
        doubles = 0
        for email in emails(ACCOUNTS):
            blocks = live_blocks(sandbox, email)
            assert blocks
            doubles += len(blocks) - len({occurrence(block) for block in blocks})
        said = fleet.log()
        print(
            f"\nchaos: {SECONDS:g} s, {ACCOUNTS} accounts, {kills} workers killed, PostgreSQL restarted once;"
            f"\n  users: {dict(load.done)}"
            f"\n  {runs} runs, {taken_over} of them after a dead one's lease had run out, {said['job_rescued']} jobs"
            f" thrown away; {flights.calls.total()} calls to the calendar"
            f"\n  {overlapping} overlapping leases, {len(flights.overlaps)} overlapping calls, {doubles} double blocks"
            f"\n  afterwards all were refreshed within {max(took):.0f} s (interval {EVERY} s)"
        )
        assert (overlapping, flights.overlaps, doubles) == (0, [], 0)
        assert [(look["error"], look["changes"]) for look in looks] == [(None, [])] * ACCOUNTS
        assert load.done["asked"] > 0


def always_at_work(db: Database) -> None:
    """Working hours all week, for outside of them a calendar is looked at four times less often."""
    with db.write() as session:
        for row in accounts.every(session):
            wishes = preferences.load(row.preferences)
            around = {"work_days": tuple(range(1, 8)), "work_start": clock_time(0), "work_end": clock_time(23, 59, 59)}
            body = preferences.dump(preferences.Preferences(**{**vars_of(wishes), **around}))
            session.execute(update(AccountRow).where(AccountRow.id == row.id).values(preferences=body))


def vars_of(wishes: preferences.Preferences) -> dict[str, object]:
    return {name: getattr(wishes, name) for name in wishes.__dataclass_fields__}


def refreshed_after(calm_at: datetime, db: Database, email: str) -> float:
    """Wait for a whole run that began after `calm_at`; how many seconds after it began."""

    def done() -> bool:
        with db.read() as session:
            row = accounts.by_email(session, email)
        assert row is not None
        done.at = row.started_at  # type: ignore[attr-defined]  # the answer of the last look
        began = row.started_at is not None and row.started_at > calm_at
        return began and row.lease_id is None and row.last_error is None

    most = 2 * EVERY * 1.1 if WHOLE else 4 * EVERY  # `make test` may run on a busy machine, and judges nothing by speed
    left = most - (datetime.now(UTC) - calm_at).total_seconds()
    wait_until(done, f"{email} is refreshed after all the killing", seconds=max(left, 1))
    began: datetime = done.at  # type: ignore[attr-defined]
    return (began - calm_at) / timedelta(seconds=1)
