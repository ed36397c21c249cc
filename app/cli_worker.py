"""`worker`: refreshes accounts until it is told to stop; and whether any worker does."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import closing

from app import logs
from app.cli import fail, said_plainly
from app.config import Settings, load_settings
from app.db import accounts
from app.db.engine import Database

QUIET_FOR = 60
"""Seconds without a sweep, of which there is one every few seconds, after which nobody can be at work."""


def run_worker(*, slots: int) -> None:
    """Until Ctrl-C or SIGTERM; what is running then is waited for, unless a second signal comes."""
    from app.wiring import build, keep_for_good  # `--check` must be quick

    settings = _settings()
    logs.set_up(settings.log)
    with said_plainly("The database cannot be used"):
        services = build(settings, slots=slots)
    told = threading.Event()

    def tell(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, tell)
    keep_for_good()
    services.engine.start()
    print(f"Greenblock worker: refreshes up to {slots} accounts at a time", file=sys.stderr, flush=True)
    told.wait()
    print("Greenblock worker: finishes what is running", file=sys.stderr, flush=True)
    services.engine.stop()
    services.db.dispose()


def run_check() -> None:
    """Exit status 1 where no worker is at work."""
    settings = _settings()
    with said_plainly("The database cannot be used"):
        problem, fine = workers_at_work(settings)
    if problem:
        fail(f"Of the workers {problem}.")
    print(f"Of the workers {fine}.")


def workers_at_work(settings: Settings) -> tuple[str | None, str]:
    """The problem, or else that all is well; both go on from "workers". Raises SQLAlchemyError."""
    with closing(Database(settings.database_url)) as db, db.read() as session:
        at, now = accounts.swept_at(session), db.now(session)
    if at is None:
        return "none has ever looked for due accounts. Start one: greenblock worker", ""
    seconds = (now - at).total_seconds()
    if seconds > QUIET_FOR:
        return f"none has looked for due accounts for {seconds / 60:.0f} minutes. Start one: greenblock worker", ""
    return None, f"one looked for due accounts {seconds:.0f} s ago"


def _settings() -> Settings:
    settings = load_settings()
    if settings.engine != "distributed":
        fail("Workers belong to GREENBLOCK_ENGINE=distributed; the embedded engine works inside greenblock serve.")
    return settings
