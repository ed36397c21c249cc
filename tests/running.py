"""The whole service and a sandbox calendar, each on a free port of loopback, in threads of this process.

    with running_service(world) as running:
        with visitor(running) as client:
            connect(client, running)          # consent given, signed in
            first_read(running)               # people found
            client.post("/welcome", data=...)

Everything that passes between the two is held against Google's discovery document; leaving fails on a violation.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from app.cli_serve import demo_settings
from app.clock import Clock, system_clock
from app.main import create_app
from app.wiring import Services, build
from integrations.sandbox.run import SandboxServer
from tests.conformance import Record
from tests.migrated import migrated_sqlite
from tests.pageforms import Form, forms_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """`url` and `calendar` are addresses without a slash at their end."""

    url: str
    calendar: str
    services: Services
    sandbox: SandboxServer
    app: ASGIApp
    record: Record


@contextmanager
def running_service(
    world: Mapping[str, object],
    *,
    clock: Clock = system_clock,
    settings: Mapping[str, Any] | None = None,
    sweep_seconds: float = 0.2,
) -> Iterator[Running]:
    """Built as the demo is, with `settings` (fields of app.config.Settings) on top."""
    record = Record()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="greenblock-test-")))
        sandbox = stack.enter_context(SandboxServer(world, clock=clock, wrap=record.around))
        listening = stack.enter_context(free_port())
        port: int = listening.getsockname()[1]
        made = demo_settings(folder, port=port, calendar=sandbox.url).model_copy(update=dict(settings or {}))
        if settings is None or "database_url" not in settings:
            migrated_sqlite(folder / "demo.db")
        services = build(made, clock=clock, sweep_seconds=sweep_seconds)
        stack.callback(services.db.dispose)
        app = create_app(services)
        stack.enter_context(served(app, listening))
        yield Running(
            url=made.public_url, calendar=sandbox.url, services=services, sandbox=sandbox, app=app, record=record
        )
    assert record.violations == []


@contextmanager
def free_port() -> Iterator[socket.socket]:
    """A socket bound to a port that nobody else has."""
    # asyncio switches Nagle's algorithm off only where the protocol is named; with it each answer takes 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", 0))
        yield bound


@contextmanager
def served(app: ASGIApp, listening: socket.socket) -> Iterator[None]:
    """The application on a socket of `free_port`, until the end."""
    server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_config=None, server_header=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="service", daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive(), "the service has started")
        assert server.started
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=20)


def wait_until(met: Callable[[], object], what: str, *, seconds: float = 20) -> None:
    """Ask again and again; fails with `what` in words."""
    until = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < until, f"within {seconds:g} s it did not come about that {what}"
        time.sleep(0.02)


# -- What a person does, over HTTP -----------------------------------------------------------------


@contextmanager
def visitor(running: Running) -> Iterator[httpx.Client]:
    """A browser's cookies without a browser. It does not follow redirects."""
    with plain_client(base_url=running.url) as client:
        yield client


def plain_client(**options: Any) -> httpx.Client:
    # Loopback has no certificates and no proxy; setting both up takes longer than a request.
    return httpx.Client(timeout=20, trust_env=False, verify=False, **options)


def fastapi_in(app: ASGIApp) -> FastAPI:
    """The application itself, inside what create_app has put around it."""
    while not isinstance(app, FastAPI):
        app = app.app  # type: ignore[attr-defined]  # each layer holds the next one so
    return app


def ask_directly(app: ASGIApp, method: str, url: str, **headers: str) -> httpx.Response:
    """One request to an application without a server around it, so that whatever it raises comes through."""

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
            return await client.request(method, url, headers=headers)

    # A thread of its own: Playwright keeps an event loop in this one.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(lambda: asyncio.run(ask())).result()


def begin(client: httpx.Client) -> str:
    """Press Connect; where the consent page is."""
    answer = client.get("/connect")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def consent(
    address: str,
    *,
    button: int = 0,
    user: str | None = None,
    change: Callable[[list[tuple[str, str]]], None] | None = None,
) -> str:
    """Press a button of the consent page (0 allows, 1 cancels); the address that the browser is then sent to."""
    with plain_client() as google:
        page = google.get(address)
        assert page.status_code == 200, page.text
        form = forms_of(page.text)[0]
        fields = list(form.fields)
        if user is not None:
            fields = [(name, value) for name, value in fields if name != "user"] + [("user", user)]
        if change is not None:
            change(fields)
        sent = {name: [value for other, value in fields if other == name] for name, _ in fields}
        answer = google.post(str(page.url.join(form.action)), data={**sent, **dict(form.buttons[button].fields)})
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]


def connect(client: httpx.Client, running: Running, *, user: str | None = None) -> httpx.Response:
    """The whole sign-in, all granted."""
    answer = client.get(consent(begin(client), user=user))
    assert answer.status_code == 303, answer.text
    return answer


def first_read(running: Running, account: int = 1) -> None:
    """Wait until the people of the first account are known."""
    wait_until(lambda: running.services.views.progress(account).done, "the first read is done")


def settled(running: Running) -> None:
    """Wait until nobody is due and nobody is being refreshed."""
    from app.db import accounts

    def idle() -> bool:
        with running.services.db.read() as session:
            now = running.services.db.now(session)
            rows = accounts.every(session)
        return all(
            row.lease_until is None and (row.next_refresh_at is None or row.next_refresh_at > now) for row in rows
        )

    wait_until(idle, "everything asked for is done")


@contextmanager
def no_refresh_between(running: Running, account: int = 1) -> Iterator[None]:
    """The seat of somebody who is put off is given away by the next refresh, however soon that comes."""
    from app.db import accounts

    settled(running)
    assert accounts.Lease(running.services.db, account).take() is not None
    try:
        yield
    finally:
        with running.services.db.write() as session:
            accounts.drop_leases(session)


def save_welcome(client: httpx.Client) -> httpx.Response:
    """The welcome form, untouched, by its first button."""
    page = client.get("/welcome")
    form: Form = max(forms_of(page.text), key=lambda form: len(form.fields))
    return client.post(form.buttons[0].action or form.action, data=dict(form.fields))


def live_blocks(running: Running) -> list[dict[str, Any]]:
    """The green blocks in the user's calendar, by start."""
    found = []
    with plain_client() as google:
        token = None
        while True:
            answer = google.get(
                f"{running.calendar}/calendar/v3/calendars/primary/events",
                params={"maxResults": 2500, **({"pageToken": token} if token else {})},
                headers={"Authorization": "Bearer sandbox"},
            ).json()
            found += [
                event
                for event in answer["items"]
                if "greenblock" in event.get("extendedProperties", {}).get("private", {})
            ]
            token = answer.get("nextPageToken")
            if token is None:
                return sorted(found, key=lambda event: str(event["start"]["dateTime"]))
