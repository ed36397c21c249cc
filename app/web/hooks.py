"""Where Google says that a calendar has changed. The one POST that may come from elsewhere: it proves itself."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.web.session import services
from integrations.google.push import notification_from

router = APIRouter(include_in_schema=False)


@router.post("/hooks/google")
def google(request: Request) -> Response:
    """204 for a message of a channel of ours, 404 for anything else. Its body, if any, is not read."""
    notification = notification_from(request.headers)
    ours = notification is not None and services(request).watch.heard(notification)
    return Response(status_code=204 if ours else 404)
