"""/metrics: open where the public address is localhost, else for whoever has the token of the settings."""

from __future__ import annotations

import hmac

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import PlainTextResponse, Response

from app.web.session import services

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """What Prometheus asks for. Judged by GREENBLOCK_PUBLIC_URL, never by where a request comes from."""
    settings = services(request).settings
    if not settings.is_local:
        token = settings.metrics_token.get_secret_value() if settings.metrics_token else ""
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not token or not hmac.compare_digest(given.encode(), token.encode()):
            words = "Send the token of GREENBLOCK_METRICS_TOKEN as a bearer. Without that setting nobody is let in."
            return PlainTextResponse(words, status_code=401, headers={"WWW-Authenticate": "Bearer"})
    return Response(services(request).metrics.text(), media_type=CONTENT_TYPE_LATEST)
