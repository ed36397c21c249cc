"""create_app(): the pages, the API and the wheel in one ASGI application."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import compile_path
from starlette.types import ASGIApp

from app.api import docs
from app.api import routes as api
from app.db.trouble import Unwritable, trouble_of
from app.errors import GreenblockError, Invalid, NoRoom, NotFound
from app.web import auth, hooks, metrics, pages
from app.web.back import to_the_start
from app.web.bodies import BodyLimit
from app.web.rates import Buckets, RateLimit
from app.web.render import Static, page
from app.web.security import Security
from app.web.session import SignedOut
from app.web.speaking import Speaking
from app.web.telling import Telling
from app.wiring import Services
from scheduler.words import _

log = logging.getLogger("greenblock.web")
MOST_PROBLEMS = 20

ROUTES = APIRouter()
"""Of every application in this process: FastAPI puts an included router together at its first request, which takes half
a second of processor time, and keeps what it made with that inclusion."""
for part in (auth, hooks, metrics, pages, api, docs):
    ROUTES.include_router(part.router)


def create_app(services: Services, *, wheel: bool = True) -> ASGIApp:
    """`wheel`: turn the embedded engine inside this process; the distributed one turns in workers, and is asked.

    Security lies outside of everything, so that its headers are on answers to our own failures too.
    """

    turns_here = wheel and services.settings.engine == "embedded"

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if turns_here:
            services.engine.start()
        if wheel:
            services.standing.watch(services.engine.is_turning)
        try:
            yield
        finally:
            if turns_here:
                services.engine.stop()

    app = FastAPI(
        title="Greenblock",
        lifespan=lifespan,
        routes=ROUTES.routes,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # such a redirect would lead to whatever host the request has named
    )
    app.state.services = services
    # Compressed, length tells nothing of a secret: what a request from elsewhere can put into a page (the query of an
    # address) stands on none that holds one; other sites' POSTs are refused, and SameSite keeps the cookie from frames.
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=6)  # 9 takes twice as long and saves 1 %
    app.add_middleware(BodyLimit)
    app.mount("/static", Static(), name="static")
    app.add_exception_handler(SignedOut, _signed_out)
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(GreenblockError, _refused)
    app.add_exception_handler(Unwritable, _not_stored)
    app.add_exception_handler(NoRoom, _not_stored)
    app.add_exception_handler(Exception, _broke)

    @app.get("/healthz", include_in_schema=False)
    def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/readyz", include_in_schema=False)
    def readyz() -> JSONResponse:
        """The database answers and takes what is to be stored, and the wheel turns. `faults`: how often each stands."""
        answers = services.views.database_answers()
        faults = services.standing.counted()
        checks = {
            "database": answers and services.db.trouble is None,
            "wheel": not wheel or (answers and services.engine.is_turning()),
        }
        ready = all(checks.values())
        return JSONResponse(
            {"status": "ready" if ready else "not ready", **checks, "faults": dict(sorted(faults.items()))},
            status_code=200 if ready else 503,
        )

    secured = Security(RateLimit(app, buckets=Buckets()), public_url=services.settings.public_url)
    return Telling(Speaking(secured), metrics=services.metrics)


def _signed_out(request: Request, error: Exception) -> Response:
    if _is_api(request):
        return _problem(401, str(error))
    lost = request.method not in {"GET", "HEAD"}
    return RedirectResponse(to_the_start(request.url.path, lost=lost), status_code=303)


def _is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def _problem(status_code: int, detail: str, **more: object) -> Response:
    return JSONResponse({"detail": detail, **more}, status_code=status_code)


def _not_found(request: Request, error: Exception) -> Response:
    text = str(error) if isinstance(error, NotFound) else str(NotFound())
    if _is_api(request):
        return _problem(404, text)
    return page(request, "problem.html", status_code=404, title=_("Not found"), text=text)


def _http(request: Request, error: Exception) -> Response:
    """No such route, no such method, or a body that is no form: a page, too."""
    assert isinstance(error, HTTPException)
    match error.status_code:
        case 404:
            return _not_found(request, error)
        case 405:
            error.headers = {"Allow": ", ".join(_methods(request))}
            text = _("This address does not take that kind of request. Go back to Today and press the button there.")
        case _:
            text = error.detail
    if _is_api(request):
        answer = _problem(error.status_code, text)
    else:
        answer = page(request, "problem.html", status_code=error.status_code, title=_("That did not work"), text=text)
    answer.headers.update(error.headers or {})
    return answer


def _unreadable(_request: Request, error: Exception) -> Response:
    """A body or an address of the API that is not of its shape: which fields and why, and nothing of what was sent."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[:MOST_PROBLEMS]  # a body of nothing but mistakes has no longer answer than one of a few
    problems = {".".join(str(part) for part in one["loc"])[:200]: str(one["msg"])[:200] for one in first}
    fields = ", ".join(problems) or _("the body")
    return _problem(
        422, _("This cannot be read: {fields}. Look at the problems, and at /docs.", fields=fields), problems=problems
    )


def _methods(request: Request) -> list[str]:
    """What the address of the request takes; the framework names the methods of one route of several."""
    path = request.url.path
    return sorted(
        {
            method
            for route in iter_route_contexts(request.app.routes)
            if route.path and compile_path(route.path)[0].fullmatch(path)
            for method in route.methods or ()
        }
    )


def _refused(request: Request, error: Exception) -> Response:
    if _is_api(request):
        by_field = {"problems": error.problems} if isinstance(error, Invalid) else {}
        return _problem(422 if by_field else 400, str(error), **by_field)
    return page(request, "problem.html", status_code=400, title=_("That did not work"), text=str(error))


def _not_stored(request: Request, error: Exception) -> Response:
    if _is_api(request):
        return _problem(503, str(error))
    return page(
        request, "problem.html", status_code=503, title=_("Nothing can be stored at the moment"), text=str(error)
    )


def _broke(request: Request, error: Exception) -> Response:
    trouble = trouble_of(error)
    if trouble is not None:
        log.error("database_trouble", extra={"fault": trouble.value})
        return _not_stored(request, Unwritable(trouble))
    log.error(
        "request_broke", exc_info=error, extra={"path": request.scope["route"].path if "route" in request.scope else ""}
    )
    return page(
        request,
        "problem.html",
        status_code=500,
        title=_("Something went wrong on our side"),
        text=_(
            "Nothing was changed. Go back and try again; if it happens again, whoever runs this service finds the "
            "reason in its log."
        ),
    )
