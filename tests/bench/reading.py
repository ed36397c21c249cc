"""The first read of a calendar over unpacking its pages and writing them into one bare table."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httplib2
from gcal_sync.api import GoogleCalendarService
from gcal_sync.auth import AbstractAuth
from gcal_sync.store import CalendarStore
from gcal_sync.sync import CalendarEventSyncManager
from google.oauth2.credentials import Credentials
from sqlalchemy import update

from app.db.accounts import Lease
from app.db.engine import Database
from app.db.rowtext import dump_event
from app.db.schema import upgrade
from app.db.tables import AccountRow, EventRow
from app.services import preferences
from app.services.digest import digest
from app.services.pull import pull
from app.services.recent import Recollection
from integrations.google.calendar import PAGE_SIZE, GoogleCalendar
from integrations.google.codec import event_from_json
from scheduler.recurrence import expand
from scheduler.timespan import Span
from tests.bench.measuring import Row, Work

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def pages(count: int) -> list[bytes]:
    """So many single events as Google sends them, gzipped, as many a page as we ask for."""
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
    cuts = range(0, count, PAGE_SIZE)
    return [
        gzip.compress(
            json.dumps(
                {"items": items[at : at + PAGE_SIZE], "timeZone": "Europe/Berlin"}
                | ({"nextPageToken": str(at + PAGE_SIZE)} if at + PAGE_SIZE < count else {"nextSyncToken": "next"})
            ).encode()
        )
        for at in cuts
    ]


class Wire:
    """Stands where httplib2 would: gives one page after another, unpacked as it unpacks them."""

    def __init__(self, packed: list[bytes]) -> None:
        self._packed = iter(packed)

    def request(self, uri: str, method: str = "GET", **_rest: Any) -> tuple[httplib2.Response, bytes]:
        return httplib2.Response({"status": "200"}), gzip.decompress(next(self._packed))

    def close(self) -> None:
        pass


@contextmanager
def read_account() -> Iterator[tuple[AccountRow, Lease, Path]]:
    """An account of a database of its own, taken for a run."""
    folder = Path(tempfile.mkdtemp(prefix="greenblock-bench-"))
    db = Database(f"sqlite:///{folder / 'g.db'}", clock=lambda: NOW)
    try:
        upgrade(db)
        with db.write() as session:
            session.add(_account())
        lease = Lease(db, 1)
        account = lease.take()
        assert account is not None
        yield account, lease, folder
    finally:
        db.dispose()
        shutil.rmtree(folder)


def read(packed: list[bytes], account: AccountRow, lease: Lease) -> None:
    """Through Google's client, the codec and the mirror, as a run does it."""
    credentials = Credentials("token")  # type: ignore[no-untyped-call]  # google-auth is not typed here
    with GoogleCalendar(credentials, api_endpoint=None) as calendar:
        calendar._wire._http = Wire(packed)
        assert pull(calendar, account, lease, lambda: NOW, Recollection()).fresh == 10_000


def ours(packed: list[bytes]) -> Work:
    """Databases are made beforehand: a first read does not make one."""
    ready: list[tuple[ExitStack, AccountRow, Lease]] = []
    for _ in range(_RUNS):
        stack = ExitStack()
        account, lease, _folder = stack.enter_context(read_account())
        ready.append((stack, account, lease))

    def work() -> None:
        stack, account, lease = ready.pop()
        read(packed, account, lease)
        stack.close()

    return work


_RUNS = 6  # an unmeasured one and five pairs


def bare(packed: list[bytes]) -> Work:
    """The least that it could cost: no types, no judgement, one table."""

    def work() -> None:
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

    return work


class OnDisk(CalendarStore):
    """gcal_sync's store as a file, which is how Home Assistant keeps it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def async_load(self) -> dict[str, Any] | None:
        return json.loads(self._file.read_text()) if self._file.exists() else None

    async def async_save(self, data: dict[str, Any]) -> None:
        self._file.write_text(json.dumps(data, default=str))


class Canned(AbstractAuth):
    """gcal_sync's way out: gives one page after another."""

    def __init__(self, packed: list[bytes]) -> None:
        self._packed = iter(packed)

    async def async_get_access_token(self) -> str:
        return "token"

    async def get_json(self, url: str, **_rest: Any) -> dict[str, Any]:
        page: dict[str, Any] = json.loads(gzip.decompress(next(self._packed)))
        return page


def gcal_sync(packed: list[bytes]) -> Work:
    def work() -> None:
        folder = Path(tempfile.mkdtemp(prefix="greenblock-bench-"))
        try:
            service = GoogleCalendarService(Canned(packed))
            asyncio.run(CalendarEventSyncManager(service, "primary", OnDisk(folder / "store.json")).run())
        finally:
            shutil.rmtree(folder)

    return work


def _against(rival: Callable[[list[bytes]], Work]) -> tuple[Work, Work]:
    packed = pages(10_000)
    return ours(packed), rival(packed)


def _shares(part: Callable[[list[bytes]], Work]) -> tuple[Work, Work]:
    """A part of the first read over the whole: what doing it in no time at all would save."""
    packed = pages(10_000)
    return part(packed), ours(packed)


def unpacking(packed: list[bytes]) -> Work:
    """What orjson could make faster."""
    return lambda: [json.loads(gzip.decompress(page)) for page in packed]


def coding(packed: list[bytes]) -> Work:
    """And what msgspec could, which reads into classes of its own: to the event, and to the row's text."""

    def work() -> object:
        items = (one for page in packed for one in json.loads(gzip.decompress(page))["items"])
        return [dump_event(event_from_json(one, zone="Europe/Berlin"), keep_description=False) for one in items]

    return work


def _digest() -> tuple[Work, Work]:
    """Over expanding the same entries without a database."""
    packed = pages(10_000)
    stack = ExitStack()
    account, lease, _folder = stack.enter_context(read_account())
    read(packed, account, lease)
    items = [one for page in packed for one in json.loads(gzip.decompress(page))["items"]]
    events = [event_from_json(one, zone="Europe/Berlin") for one in items]
    window = Span(account.synced_from, NOW + timedelta(days=42))

    def again() -> None:
        assert stack  # the database lives as long as this work does
        with lease.db.write() as session:
            session.execute(update(EventRow).values(digested=False))
        account.digest_due = True
        assert digest(account, lease, Recollection(), now=NOW, today=NOW.date()) == 10_000

    def floor() -> object:
        return [list(expand([event], window)) for event in events]

    return again, floor


def _account() -> AccountRow:
    return AccountRow(
        id=1, issuer="i", subject="s", email="me@own.example", key="k", block_key=b"0" * 32, created_at=NOW,
        preferences=preferences.dump(preferences.Preferences()), outlook={}, synced_from=NOW - timedelta(days=730),
    )  # fmt: skip


ROWS = (
    Row(
        what="first read of 10,000 events: fetch, codec, store",
        against="gunzip, json and a bare executemany",
        prepare=lambda: _against(bare),
        limit=5.0,
        pairs=_RUNS - 1,
    ),
    Row(
        what="first read of 10,000 events: fetch, codec, store",
        against="gcal_sync, its store as a file",
        prepare=lambda: _against(gcal_sync),
        limit=0.5,
        pairs=_RUNS - 1,
    ),
    Row(
        what="of that: gunzip and json",
        against="the whole first read",
        prepare=lambda: _shares(unpacking),
        pairs=_RUNS - 1,
    ),
    Row(
        what="of that: gunzip, json and codec, both ways",
        against="the whole first read",
        prepare=lambda: _shares(coding),
        pairs=_RUNS - 1,
    ),
    Row(
        what="digest of 10,000 single events",
        against="expanding them, without a database",
        prepare=_digest,
        pairs=3,
    ),
)
