"""What can be made to go wrong with a call: instead of it, or after it was done."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integrations.sandbox import errors
from integrations.sandbox.calls import call_name
from integrations.sandbox.errors import ApiError

HEADER = "X-Sandbox-Fault"  # on every answer that a fault has made or changed

_LIMITS = {"rateLimitExceeded": "Rate Limit Exceeded", "userRateLimitExceeded": "User Rate Limit Exceeded"}
_ANSWERS: dict[str, ApiError] = {
    "authError": errors.auth_error(),
    "insufficientPermissions": errors.insufficient_permissions(),
    "forbidden": ApiError(403, "forbidden", "Forbidden", domain="calendar"),
    "forbiddenForNonOrganizer": ApiError(
        403, "forbiddenForNonOrganizer", "Shared properties can only be changed by the organizer.", domain="calendar"
    ),
    **{name: ApiError(403, name, text, domain="usageLimits") for name, text in _LIMITS.items()},
    "quotaExceeded": ApiError(403, "quotaExceeded", "Calendar usage limits exceeded.", domain="usageLimits"),
    "badRequest": ApiError(400, "invalid", "Bad Request"),
    "timeRangeEmpty": errors.time_range_empty(),
    "notFound": errors.not_found(),
    "duplicate": errors.duplicate(),
    "deleted": errors.deleted(),
    "fullSyncRequired": errors.full_sync_required(),
    "updatedMinTooLongAgo": errors.updated_min_too_long_ago(),
    "conditionNotMet": errors.condition_not_met(),
    "tooManyRequests": ApiError(429, "rateLimitExceeded", "Rate Limit Exceeded", domain="usageLimits"),
    "backendError": ApiError(500, "backendError", "Backend Error"),
    "unavailable": ApiError(503, "backendError", "Service Unavailable"),
}
_OAUTH_ANSWERS = {
    "invalid_grant": (400, "Token has been expired or revoked."),
    "invalid_client": (401, "Unauthorized"),
    "admin_policy_enforced": (400, "Access to your account data is restricted by policies within your organization."),
    "org_internal": (403, "This app is restricted to users within its organization."),
}
_PAGES = frozenset({"empty-page", "short-page", "stale-list"})
_WIRE = frozenset({"timeout", "cut", "cut-body", "malformed", "slow", "html"})
_PUSH = frozenset({"push-lost", "push-doubled"})
NAMES = frozenset(_ANSWERS) | frozenset(_OAUTH_ANSWERS) | _PAGES | _WIRE | _PUSH


@dataclass(slots=True)
class Fault:
    """`at`: a call's name (`events.list`, `token`, `push`), `events.*`, or `*`. `when`: "before" the server does it
    or "after" it has done it. It happens `times` times, after letting `skip` calls pass."""

    at: str
    fault: str
    when: str = "before"
    times: int = 1
    skip: int = 0
    seconds: float = 1.0  # of "slow" and "timeout"
    retry_after: int | None = None  # header of 403, 429, 503

    def __post_init__(self) -> None:
        if self.fault not in NAMES:
            raise ValueError(f"no fault is called {self.fault!r}; there are {', '.join(sorted(NAMES))}")
        if self.when not in ("before", "after"):
            raise ValueError(f"when must be before or after, not {self.when!r}")

    def meets(self, name: str) -> bool:
        return self.at in ("*", name) or (self.at.endswith(".*") and name.startswith(self.at[:-1]))


class Faults:
    """Those that wait, in order: the first that fits a call happens to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self.met: Counter[tuple[str, str, str]] = Counter()  # (call, fault, when) → how often
        self.cut: Callable[[Scope], None] | None = None  # set by who owns the connections

    def add(
        self,
        at: str,
        fault: str,
        *,
        when: str = "before",
        times: int = 1,
        skip: int = 0,
        seconds: float = 1.0,
        retry_after: int | None = None,
    ) -> None:
        """Raises ValueError for an unknown fault."""
        self.put(Fault(at, fault, when, times, skip, seconds, retry_after))

    def put(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> list[Fault]:
        with self._lock:
            return list(self._waiting)

    def take(self, name: str) -> Fault | None:
        with self._lock:
            for fault in self._waiting:
                if not fault.meets(name) or (name == "push") != (fault.fault in _PUSH):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                self.met[name, fault.fault, fault.when] += 1
                return fault
        return None


def fault_from(content: Mapping[str, Any]) -> Fault:
    """A fault posted as JSON. Raises ValueError, TypeError."""
    fault = Fault(**content)
    for name in ("times", "skip"):
        if not isinstance(getattr(fault, name), int):
            raise TypeError(f"{name} must be a number")
    return fault


class FaultMiddleware:
    """ASGI middleware around the app."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = call_name(scope["method"], scope["path"]) if scope["type"] == "http" else None
        fault = self._faults.take(name) if name else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        scope["sandbox.fault"] = fault.fault
        if fault.fault in _PAGES:
            await self._app(scope, receive, _marked(send, fault))
            return
        done: list[Message] = []
        if fault.when == "after" or fault.fault in ("cut-body", "malformed"):

            async def keep(message: Message) -> None:
                done.append(message)

            await self._app(scope, receive, keep)
        elif fault.fault != "slow":
            await _drain(receive)
        if fault.fault in ("slow", "timeout"):
            await asyncio.sleep(fault.seconds)
        if fault.fault == "slow":
            if not done:
                await self._app(scope, receive, send)
            for message in done:
                await send(message)
        elif fault.fault in ("timeout", "cut"):
            await self._cut(scope, receive)
        elif fault.fault == "cut-body":
            await _half(done, send, whole=False)
            await self._cut(scope, receive)
        elif fault.fault == "malformed":
            await _half(done, _marked(send, fault), whole=True)
        else:
            await _answer(fault, send)

    async def _cut(self, scope: Scope, receive: Receive) -> None:
        """Drop the connection, and wait until the server has noticed, so that it adds no answer of its own."""
        if self._faults.cut is None:
            raise ConnectionResetError("a fault has cut the connection")
        if note := scope.get("sandbox.note"):
            note()
        self._faults.cut(scope)
        while (await receive())["type"] != "http.disconnect":
            pass


async def _drain(receive: Receive) -> None:
    """Read the request to its end: a socket closed with unread bytes is reset, and not always."""
    while True:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            return


def _marked(send: Send, fault: Fault) -> Send:
    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", []), (HEADER.lower().encode(), fault.fault.encode())]
            message = {**message, "headers": headers}
        await send(message)

    return marked


async def _half(done: list[Message], send: Send, *, whole: bool) -> None:
    """The head and the first half of the body. `whole`: with a length that fits, so that only the content is broken."""
    body = b"".join(message.get("body", b"") for message in done if message["type"] == "http.response.body")
    half = body[: len(body) // 2]
    head = dict(done[0])
    if whole:
        kept = [(key, value) for key, value in head.get("headers", []) if key.lower() != b"content-length"]
        head["headers"] = [*kept, (b"content-length", str(len(half)).encode())]
    await send(head)
    await send({"type": "http.response.body", "body": half, "more_body": not whole})


async def _answer(fault: Fault, send: Send) -> None:
    kind, headers = b"application/json; charset=UTF-8", {}
    if fault.fault == "html":
        status, body, kind = 502, b"<html><title>Error 502 (Server Error)!!1</title></html>", b"text/html"
    elif fault.fault in _OAUTH_ANSWERS:
        status, words = _OAUTH_ANSWERS[fault.fault]
        body = json.dumps({"error": fault.fault, "error_description": words}).encode()
    else:
        error = _ANSWERS[fault.fault]
        status, body, headers = error.status, json.dumps(error.body()).encode(), error.headers
    sent = [(key.lower().encode(), value.encode()) for key, value in headers.items()]
    sent += [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    sent.append((HEADER.lower().encode(), fault.fault.encode()))
    if fault.retry_after is not None:
        sent.append((b"retry-after", str(fault.retry_after).encode()))
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body})
