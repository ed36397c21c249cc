"""The routes of Today: the next block as a worksheet, whose every answer can be undone."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from app.errors import Invalid, Refused
from app.web import forms, forms_today, render
from app.web.formdata import FormData
from app.web.given import Account, Does, see

router = APIRouter(include_in_schema=False)

UNDONE = "undone"


@router.get("/today")
def today(
    request: Request, account: Account, does: Does, saved: str = "", of: str = "", looking: str = ""
) -> HTMLResponse:
    """`saved`: the key of what was just pressed, or that it was undone; `of`: beside whom. `looking`: a look at the
    calendar was asked for, so that the page waits for it."""
    return _today(request, account, does, saved=saved[:64], of=forms.whole(of) or 0, looking=bool(looking))


@router.post("/today/undo")
def undo(request: Request, account: Account, form: FormData, does: Does) -> Response:
    """As it was before. Works once."""
    read = forms.Reader(form)
    of = forms.whole(read.text("of")) or 0
    try:
        does.actions.undo(account, read.text("key")[:64])
    except Refused as refused:
        return _today(request, account, does, problem=str(refused), status_code=409)
    return _back(UNDONE, of)


@router.post("/blocks/{block_id}/people/{contact_id}")
def answer(request: Request, block_id: str, contact_id: str, account: Account, form: FormData, does: Does) -> Response:
    """What became of one name, what was learned, or a promise that is kept."""
    block, contact = forms.id_of(block_id), forms.id_of(contact_id)
    try:
        match forms_today.parse_line(form):
            case forms_today.OutcomeForm(outcome=outcome, until=until):
                key = does.actions.set_outcome(account, block, contact, outcome, until)
            case forms_today.LearnedForm(text=text):
                on = does.views.frame(account).today or does.clock().date()
                key = does.actions.add_note(account, contact, text, on)
            case forms_today.KeptForm(promise=promise):
                key = does.actions.keep_promise(account, contact, promise, True)
    except Invalid as invalid:
        return _today(request, account, does, problem=" ".join(invalid.problems.values()), status_code=422)
    return _back(key or "", contact)


@router.post("/refresh")
def refresh(account: Account, does: Does) -> Response:
    does.actions.refresh_now(account)
    return see("/today?looking=1#fresh")


def _back(key: str, contact: int) -> Response:
    asked = "&".join([*([f"saved={key}"] if key else []), *([f"of={contact}"] if contact else [])])
    return see(f"/today{'?' if asked else ''}{asked}{f'#p{contact}' if contact else ''}")


def _today(
    request: Request,
    account: int,
    does: Does,
    *,
    saved: str = "",
    of: int = 0,
    looking: bool = False,
    problem: str = "",
    status_code: int = 200,
) -> HTMLResponse:
    view = does.views.today(account, "" if saved == UNDONE else saved)
    return render.page(
        request,
        "today.html",
        status_code=status_code,
        frame=view.frame,
        view=view,
        of=of,
        undone=saved == UNDONE,
        looking=looking and view.looking,
        problem=problem,
    )
