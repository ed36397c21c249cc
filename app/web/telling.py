"""Every request gets an id that stands in its log lines and its answer, and every answer is counted."""

from __future__ import annotations

import secrets

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.logs import request_id
from app.services.metrics import Metrics

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Telling:
    """ASGI middleware, outside of all others. Requests are counted by the template of their route, so that neither ids
    nor what a stranger tries become labels."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name = secrets.token_hex(8)
        token = request_id.set(name)
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = name
            await send(message)

        method = scope["method"] if scope["method"] in _METHODS else "other"
        try:
            await self.app(scope, receive, send_with_id)
        finally:
            self._metrics.answered(method, getattr(scope.get("route"), "path", "none"), status)
            request_id.reset(token)
