"""What routes are given, and the answer to a change that worked."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import RedirectResponse

from app.web.session import maybe_signed_in, services, signed_in
from app.wiring import Services

Account = Annotated[int, Depends(signed_in)]
"""The account of the signed-in user; without one the route is not entered."""

Visitor = Annotated[int | None, Depends(maybe_signed_in)]
"""The account of whoever looks, or None."""


async def does(request: Request) -> Services:
    """Async, so that it takes no thread of the pool."""
    return services(request)


Does = Annotated[Services, Depends(does)]


def see(address: str) -> RedirectResponse:
    """Go and look there: a page that can be loaded again without doing it twice."""
    return RedirectResponse(address, status_code=303)
