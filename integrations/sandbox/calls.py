"""What was asked of the sandbox: which call, how it ended, how many bytes went out."""

from __future__ import annotations

import re
import threading
from dataclasses import asdict, dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ROUTES = [
    (method, re.compile(path), name)
    for method, path, name in (
        ("GET", r"/calendar/v3/calendars/[^/]+/events", "events.list"),
        ("POST", r"/calendar/v3/calendars/[^/]+/events", "events.insert"),
        ("POST", r"/calendar/v3/calendars/[^/]+/events/watch", "events.watch"),
        ("GET", r"/calendar/v3/calendars/[^/]+/events/[^/]+/instances", "events.instances"),
        ("GET", r"/calendar/v3/calendars/[^/]+/events/[^/]+", "events.get"),
        ("PATCH", r"/calendar/v3/calendars/[^/]+/events/[^/]+", "events.patch"),
        ("PUT", r"/calendar/v3/calendars/[^/]+/events/[^/]+", "events.update"),
        ("DELETE", r"/calendar/v3/calendars/[^/]+/events/[^/]+", "events.delete"),
        ("GET", r"/calendar/v3/calendars/[^/]+", "calendars.get"),
        ("POST", r"/calendar/v3/channels/stop", "channels.stop"),
        ("GET", r"/o/oauth2/auth", "authorize"),
        ("POST", r"/o/oauth2/consent", "consent"),
        ("POST", r"/token", "token"),
        ("POST", r"/revoke", "revoke"),
        ("GET", r"/userinfo", "userinfo"),
        ("GET", r"/oauth2/v3/certs", "certs"),
        ("GET", r"/\.well-known/openid-configuration", "discovery"),
    )
]


def call_name(method: str, path: str) -> str | None:
    """`events.list`, `token`, …; None for what is neither calendar nor sign-in."""
    return next((name for verb, shape, name in _ROUTES if verb == method and shape.fullmatch(path)), None)


@dataclass(frozen=True, slots=True)
class Call:
    """`status` 0: the connection was cut before an answer. `fault`: what was injected."""

    name: str
    method: str
    path: str
    status: int
    bytes: int
    fault: str = ""


class Calls:
    """The log, in order of completion. Query strings and bodies are not kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[Call] = []

    def add(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()

    def all(self) -> list[Call]:
        with self._lock:
            return list(self._calls)

    def count(self, name: str = "") -> int:
        """How many calls of that name; without one, of the calendar API altogether."""
        return sum(1 for call in self.all() if (call.name == name if name else "." in call.name))

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(call) for call in self.all()]


class CallLog:
    """ASGI middleware that writes the log."""

    def __init__(self, app: ASGIApp, calls: Calls) -> None:
        self._app = app
        self._calls = calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = call_name(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if name is None:
            await self._app(scope, receive, send)
            return
        status = size = 0
        noted = False

        def note() -> None:
            """Before the caller sees the end of the answer, so that who has it also finds it in the log."""
            nonlocal noted
            if not noted:
                fault = scope.get("sandbox.fault", "")
                self._calls.add(Call(name, scope["method"], scope["path"], status, size, fault))
            noted = True

        async def counted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                size += len(message.get("body", b""))
                if not message.get("more_body", False):
                    note()
            await send(message)

        scope["sandbox.note"] = note  # a fault that cuts the connection calls it first
        try:
            await self._app(scope, receive, counted)
        finally:
            note()
