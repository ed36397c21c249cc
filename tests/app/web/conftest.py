"""The pages over fake services, signed in unless a test says otherwise."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from app.errors import GreenblockError, NotFound
from app.web import given, pages, render, session
from tests.app.web.fakes import ACCOUNT, FakeServices

with warnings.catch_warnings():
    # Starlette would rather have httpx2, which this project does not depend on.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient


def pages_app(services: FakeServices, account: int | None = ACCOUNT) -> FastAPI:
    app = FastAPI()
    app.state.services = services
    app.include_router(pages.router)
    app.mount("/static", render.Static())
    app.dependency_overrides[given.does] = lambda: services
    app.dependency_overrides[session.maybe_signed_in] = lambda: account

    def signed_in() -> int:
        if account is None:
            raise session.SignedOut("You are signed out.")
        return account

    app.dependency_overrides[session.signed_in] = signed_in

    @app.exception_handler(session.SignedOut)
    def to_the_start(request: Request, error: Exception) -> Response:
        return RedirectResponse("/", status_code=303)

    @app.exception_handler(GreenblockError)
    def say_it(request: Request, error: Exception) -> Response:
        return render.problem_page(request, 404 if isinstance(error, NotFound) else 422, str(error))

    @app.exception_handler(HTTPException)
    def say_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return render.problem_page(request, error.status_code, error.detail)

    return app


@pytest.fixture
def fake() -> FakeServices:
    return FakeServices()


@pytest.fixture
def client(fake: FakeServices) -> Iterator[TestClient]:
    with TestClient(pages_app(fake), follow_redirects=False) as client:
        yield client


@pytest.fixture
def stranger(fake: FakeServices) -> Iterator[TestClient]:
    """Signed out."""
    with TestClient(pages_app(fake, account=None), follow_redirects=False) as client:
        yield client
