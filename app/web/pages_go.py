"""The page behind a block's link: the whole block in one form, and its Undo. Only POST changes anything."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from app.errors import Invalid, Refused
from app.services.viewmodel import Go
from app.web import forms, forms_go, render
from app.web.formdata import FormData
from app.web.given import Account, Does, see
from scheduler.words import _

router = APIRouter(include_in_schema=False)


@router.get("/go/{token}")
def go(request: Request, token: str, account: Account, does: Does, saved: str = "") -> HTMLResponse:
    return _go(request, does.views.go(account, token, saved[:64]), saved=saved)


@router.post("/go/{token}")
def save_go(request: Request, token: str, account: Account, form: FormData, does: Does) -> Response:
    # Looked up first: what is wrong with a form is nothing to whoever has no such block.
    view = does.views.go(account, token)
    try:
        parsed = forms_go.parse_go(form, today=view.frame.today or does.clock().date())
        key = does.actions.save_go(account, token, parsed.entries, parsed.kept)
    except Invalid as invalid:
        return _go(request, view, form=form, problems=invalid.problems, status_code=422)
    return see(f"/go/{quote(token, safe='')}?saved={key or 'nothing'}")


@router.post("/go/{token}/undo")
def undo_go(request: Request, token: str, account: Account, form: FormData, does: Does) -> Response:
    """What one Save changed is as it was before. Works once."""
    view = does.views.go(account, token)
    try:
        does.actions.undo(account, forms.Reader(form).text("key")[:64])
    except Refused as refused:
        return _go(request, view, problems={"save": str(refused)}, lead=_("Not undone"), status_code=409)
    return see(f"/go/{quote(token, safe='')}?saved=undone")


def _go(
    request: Request,
    view: Go,
    *,
    form: forms.Form | None = None,
    problems: dict[str, str] | None = None,
    lead: str = "",
    saved: str = "",
    status_code: int = 200,
) -> HTMLResponse:
    return render.page(
        request,
        "go.html",
        status_code=status_code,
        frame=view.frame,
        view=view,
        to=view.block.link,
        typed=forms.first_values(form or {}),
        ticked=frozenset((form or {}).get("kept", ())),
        problems=problems or {},
        lead=lead,
        saved=saved,
    )
