"""Whose browser this is: a cookie, and a row that it names."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from app.errors import GreenblockError
from app.languages import language
from app.services.connect import SESSION_LASTS
from app.wiring import Services
from scheduler.words import _, switch


class SignedOut(GreenblockError):
    """No session, or a session that has not signed in. Pages answer it with a redirect to the landing page."""


def services(request: Request) -> Services:
    found = request.app.state.services
    assert isinstance(found, Services)
    return found


def secret_of(request: Request) -> str | None:
    """The cookie's value, whether or not it is worth anything."""
    value = request.cookies.get(services(request).settings.cookie_name)
    return value if value and len(value) <= 100 else None


def maybe_signed_in(request: Request) -> int | None:
    """The account of the signed-in user, or None. From here on the request is answered in that user's language."""
    secret = secret_of(request)
    if secret is None:
        return None
    visitor = services(request).connect.visitor(secret)
    if visitor is None or visitor.account_id is None:
        return None
    switch(language(visitor.language))
    return visitor.account_id


def signed_in(request: Request) -> int:
    """The account of the signed-in user. Raises SignedOut."""
    account_id = maybe_signed_in(request)
    if account_id is None:
        raise SignedOut(_("You are signed out. Connect with Google to sign in."))
    return account_id


def set_cookie(request: Request, response: Response, secret: str) -> None:
    settings = services(request).settings
    response.set_cookie(
        settings.cookie_name,
        secret,
        max_age=int(SESSION_LASTS.total_seconds()),
        path="/",
        secure=settings.is_https,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(request: Request, response: Response) -> None:
    settings = services(request).settings
    response.delete_cookie(settings.cookie_name, path="/", secure=settings.is_https, httponly=True, samesite="lax")
