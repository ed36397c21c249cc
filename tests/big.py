"""A first read of a very big calendar, as an operator sees it: the real `greenblock serve` and `greenblock sandbox`,
each a process of its own; from outside their memory, the database's write lock and the page's numbers are watched.
"""

from __future__ import annotations

import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from app.keys import Keys
from integrations.sandbox.client import api_endpoint, client_secrets, openid_configuration_url
from tests.running import begin, consent, free_port, plain_client, wait_until

GREENBLOCK = Path(sys.executable).with_name("greenblock")
SCRIPTS = ("Jürgen Groß", "李小龍", "مريم الزهراء", "Ольга Ким", "שרה כהן", "Zoë 👩🏽‍🚀", "ธนพล ศรี", "अनिता राव")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """`peak_mb` of the whole serving process; `lock_ms` the longest that somebody else had to wait for the write lock;
    `progress` what the page said, each number once."""

    peak_mb: float
    lock_ms: float
    seconds: float
    progress: tuple[int, ...]
    people: int


def big_world(count: int, *, guests: int = 3, description: int = 800) -> dict[str, Any]:
    """So many entries over two years: most alone, some series, with descriptions as invitations have them."""
    dice = random.Random(count)
    now = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    events = []
    for n in range(count):
        start = now + timedelta(days=dice.randrange(-728, 60), minutes=15 * dice.randrange(40))
        script = SCRIPTS[n % len(SCRIPTS)]
        people = [
            {"email": f"p{(who := dice.randrange(3000))}@firm{who % 400}.example", "responseStatus": "accepted"}
            for _ in range(guests)
        ]
        event: dict[str, Any] = {
            "id": f"event{n:08}",
            "summary": f"{script} {n}",
            "description": "Join the call. " * (description // 15),
            "start": {"dateTime": start.isoformat(), "timeZone": "Europe/Berlin"},
            "end": {"dateTime": (start + timedelta(minutes=45)).isoformat(), "timeZone": "Europe/Berlin"},
            "attendees": [{"email": "me@own.example", "responseStatus": "accepted"}, *people],
        }
        if n % 200 == 0:
            event["recurrence"] = ["RRULE:FREQ=WEEKLY"]
        events.append(event)
    return {"user": {"email": "me@own.example", "name": "Me"}, "timeZone": "Europe/Berlin", "events": events}


def first_read(world: dict[str, Any], folder: Path, *, seconds: float = 600) -> Measured:
    """Connect, and watch until the welcome page stands."""
    with ExitStack() as stack:
        calendar, service, environment = _set_up(folder, world)
        stack.enter_context(_running("sandbox", calendar, folder, environment, "--seed", "world.json"))
        serving = stack.enter_context(_running("serve", service, folder, environment))
        client = stack.enter_context(plain_client(base_url=f"http://localhost:{service}"))
        wait_until(lambda: _answers(f"http://127.0.0.1:{calendar}/"), "the sandbox answers", seconds=seconds)
        wait_until(lambda: _answers(f"http://127.0.0.1:{service}/healthz"), "the service answers", seconds=60)
        waits = stack.enter_context(_lock_watched(folder / "green.db"))
        begun, progress = time.monotonic(), []
        assert client.get(consent(begin(client))).status_code == 303
        while True:
            page = client.get("/welcome")
            assert page.status_code == 200, page.text
            if 'id="welcome"' in page.text:
                break
            read = re.search(r"events? read</dt><dd>([\d,]+)", page.text)
            assert read, page.text
            number = int(read[1].replace(",", ""))
            if number not in progress:
                progress.append(number)
            assert time.monotonic() - begun < seconds, f"the first read takes longer than {seconds:g} s"
            time.sleep(0.1)
        return Measured(
            peak_mb=_peak_mb(serving.pid),
            lock_ms=1000 * max(waits),
            seconds=time.monotonic() - begun,
            progress=tuple(progress),
            people=page.text.count('name="kind-'),
        )


def _set_up(folder: Path, world: dict[str, Any]) -> tuple[int, int, dict[str, str]]:
    with free_port() as one, free_port() as two:
        calendar, service = one.getsockname()[1], two.getsockname()[1]
    (folder / "world.json").write_text(json.dumps(world))
    url, public = f"http://localhost:{calendar}", f"http://localhost:{service}"
    programs = f"http://127.0.0.1:{calendar}"
    secrets = client_secrets(url, f"{public}/oauth/callback", programs=programs)
    (folder / "client_secret.json").write_text(json.dumps(secrets))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GREENBLOCK_")} | {
        "GREENBLOCK_DATABASE_URL": f"sqlite:///{folder / 'green.db'}",
        "GREENBLOCK_PUBLIC_URL": public,
        "GREENBLOCK_SECRET_KEY": Keys.generate(),
        "GREENBLOCK_GOOGLE_CLIENT_SECRETS": str(folder / "client_secret.json"),
        "GREENBLOCK_GOOGLE_OPENID_CONFIGURATION": openid_configuration_url(programs),
        "GREENBLOCK_GOOGLE_API_ENDPOINT": api_endpoint(programs),
    }
    return calendar, service, environment


@contextmanager
def _running(
    command: str, port: int, folder: Path, environment: dict[str, str], *more: str
) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / f"{command}.log").open("wb") as log:
        words = [str(GREENBLOCK), command, "--port", str(port), *more]
        process = subprocess.Popen(words, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        yield process
        assert process.poll() is None, (folder / f"{command}.log").read_text()
    finally:
        process.terminate()
        process.wait(30)


def _answers(url: str) -> bool:
    try:
        with plain_client() as client:
            return client.get(url).status_code < 500
    except httpx.TransportError:
        return False


def _peak_mb(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024  # type: ignore[index]  # Linux always has the line


@contextmanager
def _lock_watched(database: Path) -> Iterator[list[float]]:
    """Somebody else who wants to write all along: how long each time they had to wait, in seconds."""
    waits, done = [0.0], threading.Event()

    def watch() -> None:
        connection = sqlite3.connect(database, timeout=60, isolation_level=None)
        # The busy handler of SQLite sleeps up to 100 ms at a time: ask again and again instead, to measure finely.
        connection.execute("PRAGMA busy_timeout=0")
        begun = time.monotonic()
        while not done.is_set():
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                time.sleep(0.0005)
                continue
            waits.append(time.monotonic() - begun)
            connection.execute("ROLLBACK")
            time.sleep(0.002)
            begun = time.monotonic()
        waits.append(time.monotonic() - begun)
        connection.close()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield waits
    finally:
        done.set()
        thread.join()
