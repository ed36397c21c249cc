"""What is kept and for how long; taking it along; taking it away. Each parses, calls one service, renders."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from app.errors import GreenblockError
from app.services.preferences import KEPT, kept_words
from app.web import render
from app.web.formdata import FormData
from app.web.forms_privacy import parse_delete, parse_keep
from app.web.given import Account, Does, Visitor, see
from app.web.session import drop_cookie
from scheduler.words import _

router = APIRouter(include_in_schema=False)


@router.get("/privacy")
def privacy(request: Request, account: Visitor, does: Does) -> HTMLResponse:
    kept = None
    if account is not None:
        kept = kept_words(does.privacy.wishes(account).keep_months)
    frame = does.views.frame(account) if account is not None else None
    return render.page(request, "privacy.html", frame=frame, kept=kept)


@router.get("/settings/data")
def data(request: Request, account: Account, does: Does, saved: str = "") -> HTMLResponse:
    """How long things are kept, the export, and the way to the deletion."""
    return render.page(
        request,
        "data.html",
        frame=does.views.frame(account),
        chosen=does.privacy.wishes(account).keep_months,
        kept=[("" if months is None else str(months), kept_words(months)) for months in KEPT],
        saved=bool(saved),
    )


@router.get("/settings/data/people.csv")
def people_csv(account: Account, does: Does) -> Response:
    return _file(does.views.people_csv(account), "text/csv", "greenblock-people.csv")


@router.get("/settings/data/blocks.ics")
def blocks_ics(account: Account, does: Does) -> Response:
    return _file(does.feed.download(account).body, "text/calendar", "greenblock-blocks.ics")


@router.get("/settings/data/everything.json")
def everything(account: Account, does: Does) -> Response:
    """As /api/export; but what stands in the way is said on a page."""
    made = does.privacy.export_everything(account)
    return StreamingResponse(made, media_type="application/json", headers=_named("greenblock-export.json"))


def _file(body: str | bytes, kind: str, name: str) -> Response:
    return Response(body, media_type=f"{kind}; charset=utf-8", headers=_named(name))


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


@router.post("/settings/data")
def keep(account: Account, form: FormData, does: Does) -> Response:
    does.privacy.keep_for(account, parse_keep(form))
    return see("/settings/data?saved=1")


@router.get("/settings/delete")
def ask(request: Request, account: Account, does: Does) -> HTMLResponse:
    """Says what would go; nothing goes before the button there."""
    return _ask(request, account, does)


@router.post("/settings/delete")
def delete(request: Request, account: Account, form: FormData, does: Does) -> Response:
    asked = parse_delete(form)
    if not asked.sure:
        return _ask(
            request,
            account,
            does,
            remove_blocks=asked.remove_blocks,
            problems={"sure": _("Tick this box if everything is to be erased. Nothing was erased yet.")},
        )
    try:
        left = does.privacy.delete_everything(account, remove_blocks=asked.remove_blocks)
    except GreenblockError as error:
        return _ask(
            request, account, does, remove_blocks=asked.remove_blocks, problems={"blocks": str(error)}, status_code=503
        )
    response = render.page(request, "gone.html", left=left)
    drop_cookie(request, response)
    return response


def _ask(
    request: Request,
    account: int,
    does: Does,
    *,
    remove_blocks: bool = True,
    problems: dict[str, str] | None = None,
    status_code: int = 422,
) -> HTMLResponse:
    return render.page(
        request,
        "delete.html",
        status_code=status_code if problems else 200,
        frame=does.views.frame(account),
        leaving=does.privacy.leaving(account),
        remove_blocks=remove_blocks,
        problems=problems or {},
    )
