"""The blocks for other calendars: the file at its secret address, and what the settings say of it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.web import forms
from app.web.formdata import FormData
from app.web.given import Account, Does, see

router = APIRouter(include_in_schema=False)


@router.get("/feed/{feed}.ics")
def read_feed(request: Request, feed: str, does: Does) -> Response:
    """Needs no session: whoever has the address may read. A calendar that has it already is told so in one line."""
    made = does.feed(feed)
    headers = {
        "ETag": made.etag,
        "Cache-Control": "private, max-age=900",
        "Content-Disposition": 'inline; filename="greenblock.ics"',
        "X-Robots-Tag": "noindex",
    }
    if _knows(request.headers.get("if-none-match", ""), made.etag):
        return Response(status_code=304, headers=headers)
    return Response(made.body, media_type="text/calendar; charset=utf-8", headers=headers)


def _knows(if_none_match: str, etag: str) -> bool:
    """RFC 9110, 13.1.2: compared weakly, one of several, or any."""
    asked = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return etag in asked or "*" in asked


@router.post("/settings/feed")
def save_feed(account: Account, form: FormData, does: Does) -> Response:
    match forms.first_values(form).get("do", ""):
        case "off":
            does.actions.drop_feed(account)
        case "replace":
            does.actions.replace_feed(account)
        case _:
            does.actions.set_feed(account, names="names" in form)
    return see("/settings#feed")
