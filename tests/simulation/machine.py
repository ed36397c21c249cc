"""The real service over the sandbox, over real HTTP, on one virtual clock; made once a process, begun anew each seed.

Everything that is drawn comes from the seed: what the service draws, what the sandbox draws, and the steps. What signs
a browser in is drawn by the system, and is in no trace.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import httpx
from pydantic import SecretStr
from starlette.types import ASGIApp

from app.config import DemoSettings
from app.db import accounts, engine
from app.db.engine import Database
from app.db.schema import upgrade
from app.main import create_app
from app.wiring import Services, build, keep_for_good
from integrations.google.push import notification_from
from integrations.sandbox.run import SandboxServer
from integrations.sandbox.seed import load_stores
from tests.app.pushed_house import PUBLIC, Reachable
from tests.app.world_house import settings_for, sign_in
from tests.running import fastapi_in
from tests.simulation.boundary import Boundary
from tests.simulation.places import NILS, OLGA, beginning, world

KEY = "c2ltdWxhdGlvbiBzaW11bGF0aW9uIHNpbXVsYXRpb24="
"""Always the same, so that links are: a Fernet key that seals nothing of anybody's."""


class Time:
    """The one clock of service, sandbox, leases and database. It can be set back: clocks are."""

    def __init__(self) -> None:
        self.now = datetime(2027, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)  # no two things happen at the same moment
        return self.now

    def pass_(self, **length: float) -> None:
        self.now += timedelta(**length)


class Skewed:
    """The service's own clock, which may be `wrong` by some minutes."""

    def __init__(self, right: Time) -> None:
        self._right = right
        self.wrong = timedelta()

    def __call__(self) -> datetime:
        return self._right() + self.wrong


class Machine:
    """Sandbox and settings of this process; `with Machine() as machine`."""

    def __init__(self) -> None:
        self.clock = Time()
        self.service_clock = Skewed(self.clock)
        self.chance = Random()
        memory = Path("/dev/shm")
        self._folder = tempfile.TemporaryDirectory(
            prefix="greenblock-simulation-", dir=memory if memory.is_dir() else None
        )
        self.folder = Path(self._folder.name)
        empty: dict[str, Any] = {"user": {"email": OLGA, "name": ""}, "timeZone": "UTC", "events": []}
        empty["others"] = [{"user": {"email": NILS, "name": ""}, "timeZone": "UTC", "events": []}]
        self.settings: dict[bool, DemoSettings] = {}  # by whether the calendar can reach the service
        self.sandbox = SandboxServer(empty, clock=self.clock, view=False, chance=self.chance)
        self.sandbox.push.stands_for[PUBLIC] = self.sandbox.url
        self.sandbox.push.held = []
        self.file = self.folder / "life.db"
        self._template = self.folder / "migrated.db"
        self._grants = self.sandbox.grants.snapshot()
        self._app: ASGIApp | None = None
        # A process that rises anew opens new connections, but what SQLAlchemy has compiled need not be compiled again.
        self._one_engine = patch.object(engine, "_engine", cache(engine._engine))
        # A thread of its own: where a browser is open in the same process, the main thread has a loop running already.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="browser")
        self._loop = asyncio.Runner()

    def __enter__(self) -> Machine:
        self.sandbox.__enter__()
        self._one_engine.start()
        for kind in (DemoSettings, Reachable):
            made = settings_for(self.sandbox, self.folder, f"sqlite:///{self.file}", allowed="*", kind=kind)
            self.settings[kind is Reachable] = made.model_copy(update={"secret_key": SecretStr(KEY)})
        database = Database(f"sqlite:///{self._template}")
        upgrade(database)
        database.dispose()
        with closing(sqlite3.connect(self._template)) as one:
            one.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        keep_for_good()  # as the served process does
        return self

    def __exit__(self, *failure: object) -> None:
        self._thread.submit(self._loop.close).result()
        self._thread.shutdown()
        self.sandbox.__exit__(None, None, None)
        self._one_engine.stop()
        self._folder.cleanup()

    def ask(
        self,
        services: Services,
        cookie: str,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """One request of a signed-in browser to this service's real pages and API, without a socket between; with
        `headers`, one of anybody's."""
        if self._app is None:
            self._app = create_app(services, wheel=False)
        fastapi_in(self._app).state.services = services
        transport, here = httpx.ASGITransport(app=self._app), services.settings.public_url
        cookies = {services.settings.cookie_name: cookie} if cookie else {}
        sent = {"Origin": here} if headers is None else dict(headers)

        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=transport, base_url=here, cookies=cookies, trust_env=False
            ) as browser:
                return await browser.request(method, path, json=body, headers=sent)

        return self._thread.submit(lambda: self._loop.run(ask())).result()

    @contextmanager
    def life(self, seed: int) -> Iterator[Life]:
        """A new beginning: two users who have just connected, and nothing read yet."""
        dice = Random(f"world/{seed}")
        self.chance.seed(f"sandbox/{seed}")
        start, zone = beginning(dice)
        self.clock.now = start.astimezone(UTC)
        self.service_clock.wrong = timedelta()
        fresh = load_stores(world(dice, start, zone), clock=self.clock, base_url=self.sandbox.url, chance=self.chance)
        for store in fresh:
            served = self.sandbox.stores[store.home.email]
            served.restore(store.snapshot())
            served._witnesses.clear()
        self.sandbox.grants.restore(self._grants)
        self.sandbox.faults.clear()
        self.sandbox.faults.met.clear()
        self.sandbox.calls.clear()
        self.sandbox.push.forget()
        for leftover in ("", "-wal", "-shm", "-inuse"):
            Path(f"{self.file}{leftover}").unlink(missing_ok=True)
        shutil.copy(self._template, self.file)
        chance = Random(f"service/{seed}")
        settings = self.settings[seed % 2 == 1]
        built = build(settings, clock=self.service_clock, chance=chance)
        life = Life(machine=self, settings=settings, chance=chance, services=built)
        life.boundary.attach(life.services)
        for email in (OLGA, NILS):
            life.connect(email)
        try:
            yield life
        finally:
            life.looks_away()
            life.services.db.dispose()


@dataclass
class Life:
    """The service as it runs now; `restart` builds it anew on the same database."""

    machine: Machine
    settings: DemoSettings
    chance: Random
    services: Services

    def __post_init__(self) -> None:
        self.boundary = Boundary()
        self.ids: dict[str, int] = {}
        self.cookies: dict[str, str] = {}
        self._raw: sqlite3.Connection | None = None

    @property
    def now(self) -> datetime:
        return self.machine.clock.now

    @property
    def service_now(self) -> datetime:
        """By the service's own clock."""
        return self.now + self.machine.service_clock.wrong

    @property
    def is_told(self) -> bool:
        """Whether the calendar can reach the service."""
        return self.settings.push_address is not None

    @property
    def sandbox(self) -> SandboxServer:
        return self.machine.sandbox

    def store(self, email: str) -> Any:
        return self.sandbox.stores[email]

    def connect(self, email: str, *, without: str = "") -> None:
        """Sign in at Google, as a browser would."""
        services = self.services
        cookie = sign_in(services, self.sandbox, services.connect.new_session(), user=email, without=without)
        with services.db.read() as session:
            row = accounts.by_email(session, email)
            assert row is not None
        self.ids[email], self.cookies[email] = row.id, cookie

    def restart(self) -> None:
        self.boundary.revive()
        self.services.db.dispose()
        self.services = build(self.settings, clock=self.machine.service_clock, chance=self.chance)
        self.boundary.attach(self.services)

    def asks(self, email: str, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.machine.ask(self.services, self.cookies[email], method, path, body)

    def posts(self) -> list[dict[str, str]]:
        """What the calendar has to tell and has not told yet, taken."""
        held = self.sandbox.push.held
        assert held is not None
        taken = held[:]
        held.clear()
        return taken

    def is_posted(self, headers: Mapping[str, str]) -> int:
        """One message to the real address; the status of the answer."""
        return self.machine.ask(self.services, "", "POST", "/hooks/google", headers=headers).status_code

    def is_heard(self, headers: Mapping[str, str]) -> None:
        """The same without HTTP around it, for the many."""
        notification = notification_from(httpx.Headers(headers))
        assert notification is not None
        self.services.watch.heard(notification)

    def copy_database(self, to: Path) -> None:
        with closing(sqlite3.connect(self.machine.file)) as here, closing(sqlite3.connect(to)) as there:
            here.backup(there)

    def restore_database(self, kept: Path) -> None:
        self.looks_away()
        self.services.db.dispose()
        for leftover in ("-wal", "-shm"):
            Path(f"{self.machine.file}{leftover}").unlink(missing_ok=True)
        shutil.copy(kept, self.machine.file)
        self.restart()

    def rows(self, query: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """What the tables hold, read beside the code under test: over a connection of its own, which holds nothing."""
        if self._raw is None:
            self._raw = sqlite3.connect(self.machine.file, isolation_level=None, check_same_thread=False)
        return self._raw.execute(query, values or {}).fetchall()

    def looks_away(self) -> None:
        """The file will be another one."""
        if self._raw is not None:
            self._raw.close()
            self._raw = None

    def announced(self, event_id: str) -> bool:
        """Whether the service is about to take this away: whoever does so meanwhile wants the same."""
        return self.boundary.about_to == f"events.delete {event_id}"

    def moves_zone(self, email: str, zone: str) -> None:
        """The user chooses another zone in the calendar's settings."""
        store = self.store(email)
        store.home = replace(store.home, zone=ZoneInfo(zone))
