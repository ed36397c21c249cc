"""Serving the sandbox: in the foreground, or in a thread for tests."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from asyncio import BaseTransport, Transport
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from random import Random
from types import TracebackType

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from integrations.sandbox.calls import Calls
from integrations.sandbox.faults import Faults
from integrations.sandbox.grants import Grants
from integrations.sandbox.push import Push
from integrations.sandbox.server import create_sandbox
from integrations.sandbox.store import Store


def system_clock() -> datetime:
    return datetime.now(UTC)


def clock_from(start: datetime) -> Callable[[], datetime]:
    """A clock that shows `start` now and runs on."""
    begun = time.monotonic()
    origin = start.timestamp()
    return lambda: datetime.fromtimestamp(origin + time.monotonic() - begun, UTC)


def serve(
    world: Mapping[str, object],
    *,
    host: str = "127.0.0.1",
    port: int = 8001,
    clock: Callable[[], datetime] = system_clock,
    base_url: str | None = None,
) -> None:
    """Serve until interrupted. `base_url` is http://localhost:PORT unless given. Raises SeedError, OSError."""
    app = create_sandbox(world, base_url=base_url or f"http://localhost:{port}", clock=clock)
    try:
        uvicorn.Server(_config(app, app, host=host, port=port)).run()
    finally:
        app.state.push.close()


class SandboxServer:
    """A sandbox on a free port of loopback, in a thread, as a context manager.

    `wrap` puts an ASGI middleware around the app (the tests' recorder). Inside: `url` (http://localhost:PORT),
    `app`, `store`, `stores`, `faults`, `calls`, `grants`, `push`.
    """

    def __init__(
        self,
        world: Mapping[str, object],
        *,
        clock: Callable[[], datetime] = system_clock,
        wrap: Callable[[ASGIApp], ASGIApp] | None = None,
        view: bool = True,
        port: int = 0,
        chance: Random | None = None,
    ) -> None:
        # asyncio switches Nagle's algorithm off only where the protocol is named; with it each answer takes 40 ms.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(("127.0.0.1", port))
            self.port: int = self._socket.getsockname()[1]
            self.url = f"http://localhost:{self.port}"
            self.app: FastAPI = create_sandbox(world, base_url=self.url, clock=clock, view=view, chance=chance)
        except BaseException:
            self._socket.close()
            raise
        served: ASGIApp = _Dated(wrap(self.app) if wrap else self.app, clock)
        self._server = _PromptServer(_config(self.app, served, host="127.0.0.1", port=self.port, date_header=False))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="sandbox", daemon=True
        )

    def __enter__(self) -> SandboxServer:
        self._thread.start()
        until = time.monotonic() + 20
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.005)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
        self._thread.join(timeout=20)
        self.push.close()
        self._socket.close()

    @property
    def store(self) -> Store:
        store: Store = self.app.state.store
        return store

    @property
    def stores(self) -> dict[str, Store]:
        stores: dict[str, Store] = self.app.state.stores
        return stores

    @property
    def faults(self) -> Faults:
        faults: Faults = self.app.state.faults
        return faults

    @property
    def calls(self) -> Calls:
        calls: Calls = self.app.state.calls
        return calls

    @property
    def grants(self) -> Grants:
        grants: Grants = self.app.state.grants
        return grants

    @property
    def push(self) -> Push:
        push: Push = self.app.state.push
        return push


class _Dated:
    """Puts the Date of the sandbox's own clock on every answer, as Google's servers put theirs."""

    def __init__(self, app: ASGIApp, clock: Callable[[], datetime]) -> None:
        self._app, self._clock = app, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                now = format_datetime(self._clock().astimezone(UTC), usegmt=True)
                message = {**message, "headers": [*message.get("headers", []), (b"date", now.encode())]}
            await send(message)

        await self._app(scope, receive, dated)


class _PromptServer(uvicorn.Server):
    """uvicorn that stops when it is told to, not at its next look at the clock: tests start and stop hundreds."""

    async def main_loop(self) -> None:
        self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        ticks = 0
        while not self._told.is_set() and not await self.on_tick(ticks):
            ticks = (ticks + 1) % 864000
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), 0.1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        until = time.monotonic() + 2
        while (self.server_state.connections or self.server_state.tasks) and time.monotonic() < until:
            await asyncio.sleep(0.002)
        for task in self.server_state.tasks:
            task.cancel()

    def stop(self) -> None:
        """From any thread, once it has started."""
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._told.set)


def _config(app: FastAPI, served: ASGIApp, *, host: str, port: int, date_header: bool = True) -> uvicorn.Config:
    """uvicorn over `served`; the app's faults learn how to drop a connection."""
    transports: dict[tuple[str, int], Transport] = {}

    class Protocol(H11Protocol):
        """Remembers the open connections by their peer, which is what an ASGI scope knows of them."""

        def connection_made(self, transport: BaseTransport) -> None:
            assert isinstance(transport, Transport)
            super().connection_made(transport)
            if self.client is not None:
                transports[self.client] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            if self.client is not None:
                transports.pop(self.client, None)
            super().connection_lost(exc)

    def cut(scope: Scope) -> None:
        transport = transports.get(tuple(scope["client"]))
        if transport is not None:
            transport.abort()

    app.state.faults.cut = cut
    return uvicorn.Config(
        served,
        host=host,
        port=port,
        http=Protocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
        server_header=False,
        date_header=date_header,
        timeout_keep_alive=60,  # between two calls a client may plan, on a busy machine for seconds
    )
