"""Connect, callback, sign out."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.errors import GreenblockError
from app.web.back import page_to_return_to
from app.web.render import page
from app.web.session import drop_cookie, secret_of, services, set_cookie
from integrations.errors import CalendarError
from integrations.google import oauth
from scheduler.words import _

log = logging.getLogger("greenblock.auth")
router = APIRouter(include_in_schema=False)


@router.get("/connect")
def connect(request: Request, back: str = "") -> Response:
    """Off to Google, with a session of our own to come back to. `back`: the page to end at."""
    service = services(request).connect
    secret = secret_of(request)
    known = secret is not None and service.session(secret) is not None
    if secret is None or not known:
        secret = service.new_session()
    try:
        url = service.begin(secret, back=page_to_return_to(back))
    except (GreenblockError, CalendarError, oauth.SignInError) as error:
        return _failed(request, str(error), status_code=503)
    response = RedirectResponse(url, status_code=303)
    set_cookie(request, response, secret)
    return response


@router.get("/oauth/callback")
def callback(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
    """Back from Google. Guarded by state, nonce and PKCE, all single use and bound to this browser."""
    secret = secret_of(request)
    if error:
        return _failed(request, oauth.explain(error), status_code=200)
    if secret is None or not state or not code:
        return _failed(request, _("This sign-in was not begun in this browser. Connect again."), status_code=400)
    try:
        service = services(request).connect
        back = service.back_of(secret, state=state)  # before it is used up
        fresh = service.finish(secret, state=state, code=code)
    except (GreenblockError, CalendarError, oauth.SignInError) as problem:
        log.info("sign_in_refused", extra={"kind": type(problem).__name__})
        return _failed(request, str(problem), status_code=400)
    response = RedirectResponse(page_to_return_to(back) or "/", status_code=303)
    set_cookie(request, response, fresh)
    return response


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    secret = secret_of(request)
    if secret is not None:
        services(request).connect.sign_out(secret)
    response = RedirectResponse("/", status_code=303)
    drop_cookie(request, response)
    return response


def _failed(request: Request, sentence: str, *, status_code: int) -> Response:
    return page(request, "landing.html", status_code=status_code, problem=sentence)
