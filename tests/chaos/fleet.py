"""Several real `greenblock serve` and `greenblock worker` on one PostgreSQL, over a sandbox with several accounts."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.keys import Keys
from integrations.sandbox.client import api_endpoint, client_secrets, openid_configuration_url
from integrations.sandbox.run import SandboxServer
from tests.app.world import FRIENDS, meeting
from tests.postgres import PostgresServer
from tests.prepared import Prepared, said
from tests.running import begin, consent, free_port, plain_client, save_welcome, wait_until


def emails(count: int) -> list[str]:
    return [f"user{n}@owner{n}.example" for n in range(count)]


def world(count: int) -> dict[str, Any]:
    """So many people with the same ten friends, who have not met them for ten weeks or more."""
    now = datetime.now(UTC).replace(hour=13, minute=0, second=0, microsecond=0)
    made = []
    for email in emails(count):
        events = [
            meeting(f"{name} and I", now - timedelta(days=68 + place, weeks=6 * n), name)
            for place, name in enumerate(FRIENDS)
            for n in range(3)
        ]
        for event in events:
            event["attendees"][0]["email"] = email
        made.append({"user": {"email": email, "name": email}, "timeZone": "Europe/Berlin", "events": events})
    return {**made[0], "others": made[1:]}


class InFlight:
    """ASGI middleware: two calls for one calendar at the same time can only be two runs of one account."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.overlaps: list[str] = []
        self._now: dict[str, list[str]] = {}
        self._email: Any = lambda token: None

    def around(self, app: ASGIApp) -> ASGIApp:
        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            access = self._email(dict(scope.get("headers", [])).get(b"authorization", b"").decode()[7:])
            if access is None or not scope["path"].startswith("/calendar/v3/"):
                await app(scope, receive, send)
                return
            what, now = f"{scope['method']} {access.email}", self._now.setdefault(access.email, [])
            if now:
                self.overlaps.append(f"{what} while {now}")
            now.append(what)
            self.calls[what] += 1

            async def ending(message: Message) -> None:  # before the caller has the answer, and may ask the next thing
                if message["type"] == "http.response.body" and not message.get("more_body") and what in now:
                    now.remove(what)
                await send(message)

            try:
                await app(scope, receive, ending)
            finally:
                if what in now:
                    now.remove(what)

        return counted

    def learn(self, sandbox: SandboxServer) -> None:
        self._email = sandbox.grants.bearer


class Fleet:
    """`first`: what each process does first, see Prepared. Processes are told apart by what they were started with."""

    def __init__(
        self,
        folder: Path,
        server: PostgresServer,
        sandbox: SandboxServer,
        *,
        first: Callable[[], None] | None,
        every: int,
    ) -> None:
        self.folder, self.server, self.sandbox, self._first = folder, server, sandbox, first
        self.database = server.create()
        self.ports = []
        for _ in range(2):
            with free_port() as bound:
                self.ports.append(bound.getsockname()[1])
        self.url = f"http://localhost:{self.ports[0]}"
        secrets = folder / "client_secret.json"
        secrets.write_text(json.dumps(client_secrets(sandbox.url, f"{self.url}/oauth/callback")))
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GREENBLOCK_")},
            "GREENBLOCK_DATABASE_URL": server.url(self.database),
            "GREENBLOCK_PUBLIC_URL": self.url,
            "GREENBLOCK_SECRET_KEY": Keys.generate(),
            "GREENBLOCK_ALLOWED": "*",
            "GREENBLOCK_ENGINE": "distributed",
            "GREENBLOCK_REFRESH_SECONDS": str(every),
            "GREENBLOCK_GOOGLE_CLIENT_SECRETS": str(secrets),
            "GREENBLOCK_GOOGLE_OPENID_CONFIGURATION": openid_configuration_url(sandbox.url),
            "GREENBLOCK_GOOGLE_API_ENDPOINT": api_endpoint(sandbox.url),
            "GREENBLOCK_LOG": "json",
        }
        self.pages: list[Prepared] = []
        self.workers: list[Prepared] = []
        self._logs: dict[int, Path] = {}
        self._started = 0

    # -- Processes ---------------------------------------------------------------------------------

    def start(self, *words: str) -> Prepared:
        """Each with a log of its own."""
        self._started += 1
        log = self._log(self._started)
        log.touch()
        process = Prepared(*words, cwd=self.folder, env=self.environment, log=log, first=self._first)
        self._logs[process.pid] = log
        return process

    def _log(self, number: int) -> Path:
        return self.folder / f"log-{number:03}"

    def start_pages(self) -> None:
        self.pages = [self.start("serve", "--port", str(port)) for port in self.ports]
        for port in self.ports:
            wait_until(lambda port=port: self.status(port, "/healthz") == 200, "pages are served", seconds=60)  # type: ignore[misc]  # bound now

    def start_workers(self) -> None:
        self.workers = [self.start("worker") for _ in range(2)]

    def status(self, port: int, path: str) -> int:
        """0 where nobody answers."""
        try:
            with plain_client() as client:
                return client.get(f"http://localhost:{port}{path}").status_code
        except httpx.TransportError:
            return 0

    def _at_work(self) -> list[int]:
        """The places of those that have begun to work. One that found the database away when it started has said so and
        ended; it is begun again, as any supervisor does."""
        for place, process in enumerate(self.workers):
            if process.poll() is not None:
                assert b"The database cannot be used" in self._logs[process.pid].read_bytes()
                self.workers[place] = self.start("worker")
        return [
            n for n, process in enumerate(self.workers) if b"refreshes up to" in self._logs[process.pid].read_bytes()
        ]

    def all_at_work(self) -> bool:
        return len(self._at_work()) == len(self.workers)

    def kill_a_worker(self, dice: random.Random) -> bool:
        """SIGKILL to one of those that have begun to work, and another one in its place. False where none has."""
        grown = self._at_work()
        if not grown:
            return False
        place = dice.choice(grown)
        self.workers[place].send_signal(signal.SIGKILL)
        self.workers[place].wait()
        self.workers[place] = self.start("worker")
        return True

    def stop(self) -> list[int]:
        """SIGTERM to all; how each ended."""
        everybody = [*self.workers, *self.pages]
        for process in everybody:
            if process.poll() is None:
                process.terminate()
        try:
            return [process.wait(timeout=60) for process in everybody]
        finally:
            for process in everybody:
                if process.poll() is None:
                    process.kill()

    def log(self) -> Counter[str]:
        """How often each event stands in the log of all processes."""
        texts = [path.read_text(encoding="utf-8") for path in sorted(self.folder.glob("log-*"))]
        lines = "\n".join(texts).splitlines()
        return Counter(json.loads(line)["event"] for line in lines if line.startswith("{"))

    def commands(self, *words: str) -> Any:
        return json.loads(said(*words, cwd=self.folder, env=self.environment))

    # -- People ------------------------------------------------------------------------------------

    def visitor(self, port: int) -> httpx.Client:
        """A browser that a load balancer has sent to this process."""
        return plain_client(base_url=f"http://localhost:{port}", headers={"host": self.url.removeprefix("http://")})

    def joins(self, email: str, client: httpx.Client) -> httpx.Client:
        """Signs in, waits for the first read, saves."""
        answer = client.get(consent(begin(client), user=email).replace(self.url, f"http://localhost:{self.ports[0]}"))
        assert answer.status_code == 303, answer.text
        wait_until(lambda: 'id="welcome"' in client.get("/welcome").text, "the people are found", seconds=90)
        assert save_welcome(client).headers["location"] == "/today"
        return client


class Load:
    """What users do meanwhile, at random: meetings on top of blocks, moved blocks, refreshes asked for by page."""

    def __init__(self, fleet: Fleet, browsers: dict[str, httpx.Client], *, seed: int) -> None:
        self._fleet, self._browsers, self._dice = fleet, browsers, random.Random(seed)
        self.done: Counter[str] = Counter()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._stop.set()
        self._thread.join(timeout=60)

    def _run(self) -> None:
        while not self._stop.wait(self._dice.uniform(0.05, 0.4)):
            email = self._dice.choice(list(self._browsers))
            self._dice.choice((self._asks, self._asks, self._meets, self._moves))(email)

    def _asks(self, email: str) -> None:
        browser, port = self._browsers[email], self._dice.choice(self._fleet.ports)
        try:
            answer = browser.post(f"http://localhost:{port}/refresh", headers={"origin": self._fleet.url})
            self.done["asked" if answer.status_code == 303 else "refused while the database was away"] += 1
        except httpx.TransportError:
            self.done["not answered"] += 1

    def _blocks(self, email: str) -> list[dict[str, Any]]:
        return live_blocks(self._fleet.sandbox, email)

    def _meets(self, email: str) -> None:
        if blocks := self._blocks(email):
            start = datetime.fromisoformat(self._dice.choice(blocks)["start"]["dateTime"])
            self._fleet.sandbox.stores[email].insert(meeting("Sudden", start, minutes=30))
            self.done["met"] += 1

    def _moves(self, email: str) -> None:
        if blocks := self._blocks(email):
            block = self._dice.choice(blocks)
            start = datetime.fromisoformat(block["start"]["dateTime"]) + timedelta(minutes=self._dice.choice((-15, 15)))
            times = meeting("", start, minutes=30)
            self._fleet.sandbox.stores[email].patch(block["id"], {"start": times["start"], "end": times["end"]})
            self.done["moved"] += 1


def live_blocks(sandbox: SandboxServer, email: str) -> list[dict[str, Any]]:
    live = sandbox.stores[email].live()
    return [one for one in live if "greenblock" in one.get("extendedProperties", {}).get("private", {})]


def occurrence(event: dict[str, Any]) -> str:
    tag: str = event["extendedProperties"]["private"]["greenblock"]
    return tag.rpartition("/")[0]


def pause(seconds: float) -> None:
    """Time in which others work; nothing depends on how long it is."""
    time.sleep(seconds)
