"""One's own data as JSON: take it along, say how long it is kept, take it away."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import Field, StrictBool
from starlette.responses import Response

from app.api.asked import Asked
from app.errors import Invalid
from app.services.preferences import Kept
from app.services.privacy import Leaving, Left
from app.web.given import Account, Does
from app.web.session import drop_cookie
from scheduler.words import _

router = APIRouter(tags=["your data"])

_EXPORT = {
    "type": "object",
    "required": ["greenblock_export", "exported_at", "accounts"],
    "description": "Every row of the account under the name of its table, secrets apart.",
}


class Keep(Asked):
    """Past entries, touches and blocks are kept so many months; null: as long as the account is here."""

    months: Kept


class DeleteEverything(Asked):
    """`address`: the account's own, so that no program erases by mistake. `remove_blocks`: take coming blocks out of
    the calendar first."""

    address: Annotated[str, Field(max_length=320)]
    remove_blocks: StrictBool


@router.get(
    "/export",
    response_class=JSONResponse,
    response_model=None,
    responses={200: {"content": {"application/json": {"schema": _EXPORT}}}},
)
def export(account: Account, does: Does) -> Response:
    """Everything that is stored of you, in one file."""
    does.privacy.wishes(account)  # what is wrong with the account is said before the file begins
    return StreamingResponse(
        does.privacy.export_everything(account),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="greenblock-export.json"'},
    )


@router.put("/keep", status_code=202)
def keep(account: Account, does: Does, asked: Keep) -> Keep:
    """What is older is forgotten at the next refresh; a line in the journal says so."""
    does.privacy.keep_for(account, asked.months)
    return asked


@router.get("/account")
def leaving(account: Account, does: Does) -> Leaving:
    """What deleting everything would take away."""
    return does.privacy.leaving(account)


@router.post("/account/delete")
def delete_everything(
    request: Request, account: Account, does: Does, asked: DeleteEverything, response: Response
) -> Left:
    """Hands Google's permission back and erases every row of the account. It cannot be taken back."""
    if asked.address.strip().lower() != does.privacy.leaving(account).email.lower():
        raise Invalid({"address": _("This is not the address of your account, so nothing was erased.")})
    left = does.privacy.delete_everything(account, remove_blocks=asked.remove_blocks)
    drop_cookie(request, response)
    return left
