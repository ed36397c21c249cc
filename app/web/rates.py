"""How often one address may ask: a token bucket per address and kind of request, in this process, bounded in size.

It keeps guessing slow and one visitor from crowding out the others; several processes allow several times as much.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from scheduler.words import _

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_ADDRESSES = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """`burst` requests at once, and from then on `a_minute`."""

    burst: int
    a_minute: int


RATES = {
    "sign-in": Rate(burst=20, a_minute=20),  # each begins a sign-in at Google or tries a state
    "link": Rate(burst=60, a_minute=60),  # /go/ and /feed/: a phone opens one or two
    "hook": Rate(burst=300, a_minute=600),  # Google's machines, which share addresses
    "change": Rate(burst=120, a_minute=120),
    "look": Rate(burst=300, a_minute=600),
}
UNLIMITED = ("/static/", "/healthz", "/readyz", "/metrics")


def class_of(method: str, path: str) -> str | None:
    """Which rate a request counts towards, None: none."""
    if path.startswith(UNLIMITED):
        return None
    if path in {"/connect", "/oauth/callback"}:
        return "sign-in"
    if path.startswith("/hooks/"):
        return "hook"
    if path.startswith(("/go/", "/api/go/", "/feed/")):
        return "link"
    return "look" if method in SAFE_METHODS else "change"


def whose(host: str) -> str | None:
    """The address that counts: of IPv6 the network, which one household has; None for this very machine, which is
    whoever runs the service, their health checks, or a proxy that does not say for whom it asks."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return whose(str(address.ipv4_mapped))
        if not address.is_loopback:
            return str(ipaddress.ip_network((address, 64), strict=False))
    return None if address.is_loopback else str(address)


class Buckets:
    """When each address will have its whole burst again (the generic cell rate algorithm: one number an address)."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic, most: int = MOST_ADDRESSES) -> None:
        self._now = now
        self._most = most
        self._full_at: OrderedDict[tuple[str, str], float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def wait(self, kind: str, address: str) -> float:
        """Seconds until a request of this kind may come; 0: it may, and is counted."""
        rate, now = RATES[kind], self._now()
        each = 60 / rate.a_minute
        full_at = max(self._full_at.get((kind, address), now), now) + each
        over = full_at - now - each * rate.burst
        if over > 1e-9:
            return over
        self._full_at[kind, address] = full_at
        self._full_at.move_to_end((kind, address))
        while len(self._full_at) > self._most:
            self._full_at.popitem(last=False)  # whoever was quiet longest
        return 0


class RateLimit:
    """ASGI middleware, inside Security: what comes from elsewhere is refused before it is counted."""

    def __init__(self, app: ASGIApp, *, buckets: Buckets) -> None:
        self.app = app
        self._buckets = buckets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        seconds = self._wait(scope) if scope["type"] == "http" else 0
        if seconds > 0:
            await refusal(scope["path"], seconds)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _wait(self, scope: Scope) -> float:
        kind = class_of(scope["method"], scope["path"])
        address = whose(scope["client"][0]) if scope.get("client") else None
        return self._buckets.wait(kind, address) if kind is not None and address is not None else 0


def refusal(path: str, seconds: float) -> Response:
    """429, with what to do."""
    wait = math.ceil(seconds)
    words = _(
        "Too many requests from your address, so this one was not looked at. Try again in {wait} seconds.", wait=wait
    )
    headers = {"Retry-After": str(wait)}
    if path.startswith("/api/"):
        return JSONResponse({"detail": words}, status_code=429, headers=headers)
    return PlainTextResponse(words, status_code=429, headers=headers)
