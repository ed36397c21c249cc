"""Headers on every answer, HEAD for every page, and the refusal of every change that was sent from elsewhere."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scheduler.words import _

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FROM_ELSEWHERE_IS_FINE = frozenset({"/hooks/google"})  # Google's own POSTs; they carry a secret instead

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)


class Security:
    """ASGI middleware. `public_url` is where browsers reach us: the one origin that may change anything."""

    def __init__(self, app: ASGIApp, *, public_url: str) -> None:
        self.app = app
        parts = urlsplit(public_url)
        self._origin = f"{parts.scheme}://{parts.netloc}".lower()
        self._headers = {
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if parts.scheme == "https":
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        head = scope["method"] == "HEAD"
        answered = False

        async def send_with_headers(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                # Pages show personal things: no cache may keep them. Static files say otherwise themselves.
                headers.setdefault("Cache-Control", "no-store")
            elif message["type"] == "http.response.body":
                answered = not message.get("more_body", False)
                if head:
                    message = {**message, "body": b""}
            await send(message)

        if self._comes_from_elsewhere(scope):
            refusal = PlainTextResponse(
                _(
                    "This was sent from another site, so nothing was changed. Open Greenblock itself and try "
                    "again there."
                ),
                status_code=403,
            )
            await refusal(scope, receive, send_with_headers)
            return
        # What may be read may be asked about: a HEAD is a GET whose body stays here.
        try:
            await self.app({**scope, "method": "GET"} if head else scope, receive, send_with_headers)
        except Exception:
            # Starlette raises again what its handler has told the user and the log of; uvicorn would log it a second
            # time and drop the connection.
            if not answered:
                raise

    def _comes_from_elsewhere(self, scope: Scope) -> bool:
        """Browsers say where a request comes from; what says nothing is no browser and carries no cookie unasked."""
        if scope["method"] in SAFE_METHODS or scope["path"] in FROM_ELSEWHERE_IS_FINE:
            return False
        headers = Headers(scope=scope)
        # All of them, should somebody on the way have added one to what the browser said.
        sites, origins = headers.getlist("sec-fetch-site"), headers.getlist("origin")
        return any(site.lower() != "same-origin" for site in sites) or any(
            origin.lower() != self._origin for origin in origins
        )
