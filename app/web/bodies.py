"""How much a request may bring along: counted while it arrives, before anybody asks who sent it or what it is for.

A framework reads the body of an API's request whole before it looks at the session, so a limit of the route's own would
come too late.
"""

from __future__ import annotations

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integrations.newcomers import MOST_BYTES as MOST_OF_A_FILE
from scheduler.words import _

MOST_BYTES = 1_000_000
TAKES_A_FILE = frozenset({"/people/import", "/api/people/import"})
"""Where people are brought along; encoded for sending, a file can be three times as long as what it says."""


class BodyLimit:
    """ASGI middleware of the application itself: what it raises, HTTPException 413, is answered as the routes' own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        left = 3 * MOST_OF_A_FILE if scope["path"] in TAKES_A_FILE else MOST_BYTES

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(
                    413,
                    _("This is more than can be sent at once, so nothing was changed. Go back and send it in parts."),
                )
            return message

        await self.app(scope, counted, send)
