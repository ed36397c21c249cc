"""The first read of a calendar over unpacking its pages and writing them into one bare table."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.db.accounts import Lease
from app.db.engine import Database
from app.db.schema import upgrade
from app.db.tables import AccountRow
from app.services import preferences
from app.services.digest import digest
from app.services.pull import pull
from integrations.calendar import Page
from integrations.google.codec import event_from_json
from tests.bench.measuring import Row, Work

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
PAGE = 2500


def pages(count: int) -> list[bytes]:
    """So many single events as Google sends them, gzipped, 2,500 a page."""
    dice = random.Random(17)
    items = []
    for n in range(count):
        start = NOW + timedelta(days=dice.randrange(-730, 28), minutes=15 * dice.randrange(40))
        items.append(
            {
                "id": f"event{n:08}",
                "etag": f'"{n}"',
                "status": "confirmed",
                "eventType": "default",
                "summary": f"Talk {n}",
                "start": {"dateTime": start.isoformat(), "timeZone": "Europe/Berlin"},
                "end": {"dateTime": (start + timedelta(minutes=45)).isoformat(), "timeZone": "Europe/Berlin"},
                "organizer": {"email": "me@own.example", "self": True},
                "attendees": [
                    {"email": "me@own.example", "self": True, "organizer": True, "responseStatus": "accepted"},
                    {"email": f"p{dice.randrange(800)}@client.example", "responseStatus": "accepted"},
                ],
                "reminders": {"useDefault": True},
            }
        )
    return [
        gzip.compress(json.dumps({"items": items[at : at + PAGE], "timeZone": "Europe/Berlin"}).encode())
        for at in range(0, count, PAGE)
    ]


class Unpacked:
    """A calendar whose pages lie in memory; only what a pull asks for."""

    def __init__(self, packed: list[bytes]) -> None:
        self._packed = packed

    def changes(self, *, sync_token: str | None, since: datetime) -> Iterator[Page]:
        for number, page in enumerate(self._packed, start=1):
            answer = json.loads(gzip.decompress(page))
            zone = answer["timeZone"]
            events = tuple(event_from_json(one, zone=zone) for one in answer["items"])
            yield Page(events=events, zone=zone, sync_token="next" if number == len(self._packed) else None)


def _first_read() -> tuple[Work, Work]:
    packed = pages(10_000)

    def ours() -> None:
        folder = Path(tempfile.mkdtemp(prefix="greenblock-bench-"))
        db = Database(f"sqlite:///{folder / 'g.db'}", clock=lambda: NOW)
        try:
            upgrade(db)
            with db.write() as session:
                session.add(_account())
            lease = Lease(db, 1)
            account = lease.take()
            assert account is not None
            assert pull(Unpacked(packed), account, lease, lambda: NOW).fresh == 10_000  # type: ignore[arg-type]  # reads only
            account.digest_due = True
            assert digest(account, lease, now=NOW, today=NOW.date()) == 10_000
        finally:
            db.dispose()
            shutil.rmtree(folder)

    def bare() -> None:
        folder = Path(tempfile.mkdtemp(prefix="greenblock-bench-"))
        connection = sqlite3.connect(folder / "g.db")
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE events (id TEXT PRIMARY KEY, starts TEXT, body TEXT)")
            for page in packed:
                items: list[dict[str, Any]] = json.loads(gzip.decompress(page))["items"]
                with connection:
                    rows = [(one["id"], one["start"]["dateTime"], json.dumps(one)) for one in items]
                    connection.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)
        finally:
            connection.close()
            shutil.rmtree(folder)

    return ours, bare


def _account() -> AccountRow:
    return AccountRow(
        id=1, issuer="i", subject="s", email="me@own.example", key="k", block_key=b"0" * 32, created_at=NOW,
        preferences=preferences.dump(preferences.Preferences()), outlook={}, synced_from=NOW - timedelta(days=730),
    )  # fmt: skip


ROWS = (
    Row(
        what="first read of 10,000 events",
        against="gunzip, json and a bare executemany",
        prepare=_first_read,
        pairs=3,
    ),
)
