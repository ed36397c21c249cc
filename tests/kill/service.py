"""The real `greenblock serve` over a sandbox calendar on loopback, with a database of its own; it can be killed."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from app.keys import Keys
from integrations.sandbox.client import api_endpoint, client_secrets, openid_configuration_url
from integrations.sandbox.run import SandboxServer
from tests.conformance import Record
from tests.prepared import Prepared, said
from tests.running import begin, consent, free_port, plain_client, save_welcome, wait_until

BROKE = ("request_broke", "refresh_broke", "sweep_broke")
"""Lines of the log that no kill excuses."""


class Service:
    """One set-up, of which one process at a time runs. `ids`: the account of each user that has joined."""

    def __init__(self, folder: Path, sandbox: SandboxServer) -> None:
        with free_port() as bound:
            self.port = bound.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.folder, self.sandbox = folder, sandbox
        self.file = folder / "green.db"
        secrets = folder / "client_secret.json"
        secrets.write_text(json.dumps(client_secrets(sandbox.url, f"{self.url}/oauth/callback")))
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GREENBLOCK_")},
            "GREENBLOCK_DATABASE_URL": f"sqlite:///{self.file}",
            "GREENBLOCK_PUBLIC_URL": self.url,
            "GREENBLOCK_SECRET_KEY": Keys.generate(),
            "GREENBLOCK_ALLOWED": "*",
            "GREENBLOCK_GOOGLE_CLIENT_SECRETS": str(secrets),
            "GREENBLOCK_GOOGLE_OPENID_CONFIGURATION": openid_configuration_url(sandbox.url),
            "GREENBLOCK_GOOGLE_API_ENDPOINT": api_endpoint(sandbox.url),
            "GREENBLOCK_LOG": "json",
        }
        self.process: Prepared | None = None
        self.ids: dict[str, int] = {}

    # -- the process

    def start(self, *, ready: bool = True) -> None:
        """`ready`: wait until it serves."""
        assert self.process is None or self.process.poll() is not None, "the one before still runs"
        self.process = Prepared(
            "serve", "--port", str(self.port), cwd=self.folder, env=self.environment, log=self.folder / "log"
        )
        if ready:
            wait_until(self.answers, "the service answers", seconds=180)

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log()[-4000:]
        try:
            with plain_client() as client:
                return client.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        assert self.process.wait() == -signal.SIGKILL, "the service had ended by itself"

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def broke(self) -> list[str]:
        """Lines of the log that must not be there."""
        return [line for line in self.log().splitlines() if any(event in line for event in BROKE)]

    def command(self, *words: str) -> Any:
        """What `greenblock` prints as JSON, in a process beside the service."""
        return json.loads(said(*words, cwd=self.folder, env=self.environment))

    # -- what others need to know of it: `tests.simulation.watched.Watched`

    @property
    def now(self) -> datetime:
        # A little ago: a write that was on its way for a moment was not late for that.
        return datetime.now(UTC) - timedelta(seconds=10)

    @property
    def service_now(self) -> datetime:
        return self.now

    def store(self, email: str) -> Any:
        return self.sandbox.stores[email]

    def rows(self, query: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.file, timeout=30)) as connection:
            return connection.execute(query, values or {}).fetchall()

    def announced(self, event_id: str) -> bool:
        return False  # what is about to be taken away says so itself

    def moves_zone(self, email: str, zone: str) -> None:
        store = self.store(email)
        store.home = replace(store.home, zone=ZoneInfo(zone))

    # -- people

    def joins(self, email: str, client: httpx.Client) -> None:
        """Presses Connect and agrees; the first read begins."""
        assert client.get(consent(begin(client), user=email)).status_code == 303
        self.ids[email] = self.rows("SELECT id FROM accounts WHERE email = :email", {"email": email})[0][0]

    def saves(self, client: httpx.Client) -> None:
        """Waits until the people are found, and presses Save on the welcome page."""
        wait_until(lambda: 'id="welcome"' in client.get("/welcome").text, "the people are found", seconds=60)
        assert save_welcome(client).headers["location"] == "/today"


@contextmanager
def installed(folder: Path, world: Mapping[str, object]) -> Iterator[Service]:
    """Nothing runs yet. Fails at the end where a request or an answer did not fit Google's discovery document."""
    record = Record()
    with ExitStack() as stack:
        sandbox = stack.enter_context(SandboxServer(world, wrap=record.around, view=False))
        service = Service(folder, sandbox)
        try:
            yield service
        finally:
            if service.process is not None and service.process.poll() is None:
                service.kill()
    assert record.violations == [], record.violations
