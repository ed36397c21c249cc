"""The body of a POST -> a form, within limits; how long it may be app.web.bodies has seen to."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, HTTPException, Request

from scheduler.words import N_, _

MOST_FIELDS = 5_000

_TOO_LARGE = N_("This form is too large, so nothing was changed. Go back and send less at a time.")
_NO_FORM = N_("This did not come as a form, so nothing was changed. Go back, load the page again and press the button.")


async def form_data(request: Request) -> dict[str, list[str]]:
    """The fields of an urlencoded body. Raises HTTPException 413 for too many of them, 400 for any other body."""
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded" and (body or kind):
        raise HTTPException(400, _(_NO_FORM))
    if body.count(b"&") >= MOST_FIELDS:
        raise HTTPException(413, _(_TOO_LARGE))
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace"):
        fields.setdefault(name, []).append(value)
    return fields


FormData = Annotated[dict[str, list[str]], Depends(form_data)]
