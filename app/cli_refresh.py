"""`greenblock refresh`: one run of the pipeline, and what it changed or would change."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timedelta

from rich.console import Console
from rich.table import Table

from app import logs
from app.cli import fail, said_plainly
from app.config import load_settings
from app.db import accounts
from app.db.accounts import LEASE_FOR
from app.services.run import Report
from app.services.words import describe
from app.wiring import Services, build

UNSAVED = "Nothing is booked before Save is pressed on the welcome page. Open the service's address to do so."
PATIENCE = LEASE_FOR + timedelta(seconds=5)
"""A run of the service ends by itself, or its lease does."""
_WOULD = {"booked": "book", "moved": "move", "rewrote": "rewrite", "retired": "take away"}


def run_refresh(*, account: str | None, now: datetime | None, dry_run: bool, as_json: bool) -> None:
    settings = load_settings()
    logs.set_up(settings.log, level=logging.WARNING)
    with said_plainly("The database cannot be used"):
        services = build(settings)
        wanted = _accounts(services, account)
    console = Console(stderr=True)
    reports: dict[str, Report] = {}
    unsaved: set[str] = set()
    for account_id, email in wanted:
        with console.status(f"Reading the calendar of {email} …"):
            reports[email] = services.refresh.in_turn(
                account_id,
                patience=PATIENCE,
                dry_run=dry_run,
                at=now,
                tell=lambda text: console.log(text) if sys.stderr.isatty() else None,
            )
        if not _welcomed(services, account_id):
            unsaved.add(email)
    if as_json:
        print(json.dumps([_as_json(email, report, dry_run) for email, report in reports.items()], indent=1))
    else:
        for email, report in reports.items():
            _print(Console(), email, report, dry_run, saved=email not in unsaved)
    failed = [f"{email}: {report.error}" for email, report in reports.items() if report.error]
    if failed:
        fail(" ".join(failed))


def _accounts(services: Services, email: str | None) -> list[tuple[int, str]]:
    with services.db.read() as session:
        if email is None:
            found = accounts.every(session)
            if not found:
                fail("No account is connected yet. Open the service's address and press Connect.")
            return [(row.id, row.email) for row in found]
        row = accounts.by_email(session, email)
        if row is None:
            known = ", ".join(row.email for row in accounts.every(session)) or "none"
            fail(f"There is no account {email}. Accounts here: {known}.")
            raise AssertionError
        return [(row.id, row.email)]


def _welcomed(services: Services, account_id: int) -> bool:
    """Whether Save was pressed on the welcome page."""
    with services.db.read() as session:
        row = accounts.get(session, account_id)
    return row is not None and row.welcomed_at is not None


def _as_json(email: str, report: Report, dry_run: bool) -> dict[str, object]:
    return {
        "account": email,
        "dry_run": dry_run,
        "events_read": report.fresh,
        "full_sync": report.full,
        "changes": [
            {
                "what": line.what,
                "block": str(change.key),
                "start": line.start.isoformat() if line.start else None,
                "end": line.end.isoformat() if line.end else None,
                "reason": line.text,
            }
            for change in report.changes
            if (line := describe(change)).what != "kept"
        ],
        "unplaced": list(report.unplaced),
        "error": report.error or None,
    }


def _print(console: Console, email: str, report: Report, dry_run: bool, *, saved: bool) -> None:
    """`saved`: Save was pressed on the welcome page."""
    console.print(f"{email}: {report.fresh} changed entries read.", highlight=False)
    lines = [line for change in report.changes if (line := describe(change)).what != "kept"]
    if not saved and not lines and not report.error:
        console.print(UNSAVED, highlight=False)
    elif not lines and not report.error:
        console.print("Nothing to change in the calendar.", highlight=False)
    elif lines:
        table = Table(box=None, header_style="bold", pad_edge=False)
        for title in ("What", "When", "Why"):
            table.add_column(title)
        for line in lines:
            when = f"{line.start:%a %d %b %H:%M}–{line.end:%H:%M}" if line.start and line.end else ""
            table.add_row(_WOULD[line.what] if dry_run else line.what, when, line.text)
        console.print(table)
    for reason in report.unplaced:
        console.print(f"No place: {reason}", highlight=False)
