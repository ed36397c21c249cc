"""The sandbox as one FastAPI app, and the only place that puts its parts together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from integrations.sandbox.calls import CallLog, Calls
from integrations.sandbox.control import control_routes
from integrations.sandbox.errors import ApiError, not_found
from integrations.sandbox.events import calendar_routes
from integrations.sandbox.faults import FaultMiddleware, Faults
from integrations.sandbox.grants import Grants
from integrations.sandbox.oauth import oauth_routes
from integrations.sandbox.push import Push
from integrations.sandbox.seed import load_stores
from integrations.sandbox.view import add_view


def create_sandbox(
    world: Mapping[str, object],
    *,
    base_url: str,
    clock: Callable[[], datetime],
    view: bool = True,
    chance: Random | None = None,
) -> FastAPI:
    """The server for a world (a seed: `user`, `timeZone`, `events`, and `others` of the same shape).

    `base_url` is where it will be reached, without a slash at its end; it is the issuer of tokens. `clock` is the only
    time it knows, and `chance` draws ids and tokens (None: nobody can foresee them). `app.state` holds `store` (the
    user's), `stores` (by address), `grants`, `faults`, `calls`, `push`. Raises SeedError.
    """
    stores = load_stores(world, clock=clock, base_url=base_url, chance=chance)
    by_owner = {store.home.email.lower(): store for store in stores}
    grants = Grants(owner=stores[0].home.email, clock=clock, chance=chance)
    faults, calls = Faults(), Calls()
    push = Push(clock=clock, faults=faults)
    app = FastAPI(title="Greenblock sandbox calendar", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.store, app.state.stores = stores[0], by_owner
    app.state.grants, app.state.faults, app.state.calls, app.state.push = grants, faults, calls, push
    for store in stores:
        push.follow(store)
    app.include_router(oauth_routes([store.home for store in stores], grants, base_url=base_url, clock=clock))
    app.include_router(calendar_routes(by_owner, grants, push))
    app.include_router(control_routes(stores, grants, faults, calls, push))

    @app.exception_handler(ApiError)
    def refused(request: Request, error: ApiError) -> Response:
        return error.response()

    @app.api_route("/calendar/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def unknown(rest: str) -> Response:
        return not_found().response()

    if view:
        add_view(app, stores[0], clock)
    # The last one added is the outermost.
    app.add_middleware(GZipMiddleware, minimum_size=2000, compresslevel=1)
    app.add_middleware(FaultMiddleware, faults=faults)
    app.add_middleware(CallLog, calls=calls)
    # The bearer is no secret, so no web page may reach this server under a name of its own (DNS rebinding).
    here = [urlsplit(base_url).hostname or "localhost", "localhost", "127.0.0.1"]
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=here)
    return app
