"""In which language a request is answered: that of the account, and until it is known that of the browser."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.languages import best_of
from scheduler.words import speaking


class Speaking:
    """ASGI middleware, outside of everything that says something. `session.maybe_signed_in` switches to the account's
    language as soon as it knows whose request it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with speaking(best_of(Headers(scope=scope).get("accept-language", ""))):
            await self.app(scope, receive, send)
