"""The real `greenblock serve`, killed with SIGKILL in the middle of its work and started again: one set of blocks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from app.keys import Keys
from integrations.sandbox.client import api_endpoint, client_secrets, openid_configuration_url
from integrations.sandbox.run import SandboxServer
from integrations.sandbox.world import sample_world
from tests.conformance import Record
from tests.running import begin, consent, free_port, plain_client, save_welcome, wait_until

GREENBLOCK = Path(sys.executable).with_name("greenblock")


class Service:
    """One set-up, of which one process at a time runs."""

    def __init__(self, folder: Path, sandbox: SandboxServer) -> None:
        with free_port() as bound:
            self.port = bound.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.folder, self.sandbox = folder, sandbox
        secrets = folder / "client_secret.json"
        secrets.write_text(json.dumps(client_secrets(sandbox.url, f"{self.url}/oauth/callback")))
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GREENBLOCK_")},
            "GREENBLOCK_DATABASE_URL": f"sqlite:///{folder / 'green.db'}",
            "GREENBLOCK_PUBLIC_URL": self.url,
            "GREENBLOCK_SECRET_KEY": Keys.generate(),
            "GREENBLOCK_GOOGLE_CLIENT_SECRETS": str(secrets),
            "GREENBLOCK_GOOGLE_OPENID_CONFIGURATION": openid_configuration_url(sandbox.url),
            "GREENBLOCK_GOOGLE_API_ENDPOINT": api_endpoint(sandbox.url),
            "GREENBLOCK_LOG": "json",
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0

    def start(self) -> None:
        self.started += 1
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [GREENBLOCK, "serve", "--port", str(self.port)], cwd=self.folder, env=self.environment, stderr=log
            )
        wait_until(self.answers, "the service answers", seconds=60)

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            with plain_client() as client:
                return client.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def kill_during(self, at: str, *, done: bool = False, skip: int = 0, act: Callable[[], None] | None = None) -> None:
        """Let `skip` calls pass, hold the next one up, and kill while it hangs: `done` by then or never.

        `act` sets the work going, else a start of the service does."""
        faults, fault, when = self.sandbox.faults, "slow" if done else "timeout", "after" if done else "before"
        before = faults.met[at, fault, when]
        faults.clear()  # of two that fit a call the one that was there first happens
        faults.add(at, fault, when=when, skip=skip, seconds=1.5)
        faults.add("events.list", "short-page", times=40)
        (act or self.start)()
        wait_until(lambda: faults.met[at, fault, when] > before, f"call {skip} of {at} is on its way")
        self.kill()

    def command(self, *words: str) -> Any:
        done = subprocess.run(
            [GREENBLOCK, *words], cwd=self.folder, env=self.environment, capture_output=True, check=True, timeout=30
        )
        return json.loads(done.stdout)


@contextmanager
def installed(folder: Path) -> Iterator[Service]:
    record = Record()
    with SandboxServer(sample_world(today=datetime.now(UTC).date()), wrap=record.around) as sandbox:
        service = Service(folder, sandbox)
        try:
            yield service
        finally:
            if service.process is not None and service.process.poll() is None:
                service.kill()
    assert record.violations == []


def blocks_of(sandbox: SandboxServer) -> list[dict[str, Any]]:
    """Every event that was ever a green block, deleted ones included."""
    found: list[dict[str, Any]] = []
    with plain_client(headers={"Authorization": "Bearer sandbox"}) as google:
        token = None
        while token is not None or not found:
            options = {"showDeleted": "true", "maxResults": "2500", **({"pageToken": token} if token else {})}
            page = google.get(f"{sandbox.url}/calendar/v3/calendars/primary/events", params=options).json()
            found += page["items"]
            token = page.get("nextPageToken")
            if token is None:
                break
    return [event for event in found if "greenblock" in event.get("extendedProperties", {}).get("private", {})]


def occurrence(event: dict[str, Any]) -> str:
    tag: str = event["extendedProperties"]["private"]["greenblock"]
    return tag.rpartition("/")[0]


def connect(client: httpx.Client) -> None:
    assert client.get(consent(begin(client))).status_code == 303


def save(client: httpx.Client) -> None:
    wait_until(lambda: 'id="welcome"' in client.get("/welcome").text, "the people are found", seconds=15)
    assert save_welcome(client).headers["location"] == "/today"


def assert_one_set(service: Service) -> None:
    """A block for each of the four weeks, each once, nothing to mend; and nobody has waited for a lease to run out."""
    wait_until(lambda: len(blocks_of(service.sandbox)) >= 4, "all blocks are booked", seconds=10)
    wait_until(lambda: service.command("refresh", "--json")[0]["error"] is None, "a whole run goes through")
    found = blocks_of(service.sandbox)
    # Four weeks from a Thursday on reach into five: the fifth's block is there when a holiday moved it forward.
    assert {event["status"] for event in found} == {"confirmed"}
    assert 4 <= len(found) == len(set(map(occurrence, found))) == len({event["start"]["dateTime"] for event in found})
    (look,) = service.command("refresh", "--dry-run", "--json")
    assert (look["changes"], look["full_sync"]) == ([], False)
    log = (service.folder / "log").read_text()
    assert "request_broke" not in log
    assert "refresh_broke" not in log


def test_killed_in_a_first_read(tmp_path: Path) -> None:
    with installed(tmp_path) as service, plain_client(base_url=service.url) as client:
        service.start()
        service.kill_during("events.list", act=lambda: connect(client))
        service.kill_during("events.list", skip=2)
        service.kill_during("events.list", skip=4, done=True)
        service.sandbox.faults.clear()
        service.start()
        save(client)
        assert_one_set(service)


def test_killed_in_a_push(tmp_path: Path) -> None:
    with installed(tmp_path) as service, plain_client(base_url=service.url) as client:
        service.start()
        connect(client)
        service.kill_during("events.insert", act=lambda: save(client))
        service.kill_during("events.insert", done=True)
        service.kill_during("events.insert", skip=1)
        service.sandbox.faults.clear()
        service.start()
        assert_one_set(service)
