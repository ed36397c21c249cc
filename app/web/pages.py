"""The routes of the start and the welcome page. Each parses, calls one service, renders.

`router` holds all pages; the others are in modules of their own.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, HTMLResponse, Response

from app.errors import Invalid
from app.services.first_block import LENGTHS
from app.services.settings_model import Forecast
from app.services.viewmodel import Welcome
from app.web import (
    forms,
    pages_feed,
    pages_go,
    pages_memory,
    pages_people,
    pages_privacy,
    pages_rules,
    pages_settings,
    pages_today,
    pages_year,
    render,
    shown,
)
from app.web.back import page_to_return_to
from app.web.formdata import FormData
from app.web.given import Account, Does, Visitor, see
from app.web.listing import address, asked

router = APIRouter(include_in_schema=False)


# -- The start -------------------------------------------------------------------------------------


@router.get("/")
def start(request: Request, account: Visitor, does: Does, back: str = "", lost: str = "") -> Response:
    """`back`: the page that wants a sign-in first; `lost`: something was sent there and not taken."""
    back = page_to_return_to(back)
    if account is None:
        return render.page(request, "landing.html", back=back, lost=bool(lost))
    if back:
        return see(back)
    return see("/today" if does.views.progress(account).saved else "/welcome")


@router.get("/about")
def about(request: Request, account: Visitor, does: Does) -> HTMLResponse:
    return render.page(request, "about.html", frame=does.views.frame(account) if account is not None else None)


@router.get("/favicon.ico")
def favicon() -> FileResponse:
    return FileResponse(render.ICON, media_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})


# -- Welcome ---------------------------------------------------------------------------------------


@router.get("/welcome")
def welcome(request: Request, account: Account, does: Does) -> HTMLResponse:
    progress = does.views.progress(account)
    if not progress.done:
        return render.page(request, "progress.html", frame=does.views.frame(account), progress=progress)
    return _welcome(request, does.views.welcome(account))


@router.post("/welcome")
def save_welcome(request: Request, account: Account, form: FormData, does: Does) -> Response:
    try:
        parsed = forms.parse_welcome(form)
        does.actions.save_welcome(account, parsed.kinds, parsed.first)
    except Invalid as invalid:
        view = does.views.welcome(account)
        return _welcome(request, view, form=form, problems=invalid.problems, status_code=422)
    return see("/today")


@router.get("/welcome/preview")
def leave_preview(account: Account) -> Response:
    """What was typed is gone with the form that sent it."""
    return see("/welcome")


@router.post("/welcome/preview")
def preview_welcome(request: Request, account: Account, form: FormData, does: Does) -> HTMLResponse:
    """The page as it was filled in, and the four weeks it would make. Nothing is stored, and nothing refused:
    what cannot be shown says so in its place."""
    view = does.views.welcome(account)
    try:
        shown = does.views.first_forecast(account, forms.parse_welcome(form).first)
    except Invalid as invalid:
        return _welcome(request, view, form=form, problems=invalid.problems)
    return _welcome(request, view, form=form, forecast=shown)


@router.post("/left-out")
def left_out(request: Request, account: Account, form: FormData, does: Does) -> Response:
    """Count an address in, or leave it out again; what else was chosen on the welcome page stays chosen."""
    parsed = forms.parse_left_out(form)
    does.actions.set_counted_in(account, parsed.address, parsed.counted)
    if parsed.back == "people":
        now = asked(show="left", q=parsed.q, page=parsed.page)
        return see(f"{address(now, page=now.page)}#left")
    return _welcome(request, does.views.welcome(account), form=form, pressed=parsed.address)


def _welcome(
    request: Request,
    view: Welcome,
    *,
    form: forms.Form | None = None,
    problems: dict[str, str] | None = None,
    pressed: str = "",
    forecast: Forecast | None = None,
    status_code: int = 200,
) -> HTMLResponse:
    """`form` holds what was chosen but not saved, `pressed` the address just counted in or left out."""
    counts = {
        "sure": sum(len(people) for _, people in view.companies),
        "unsure": len(view.unsure),
        "left_out": sum(len(people) for _, people in view.left_out),
        "by_rule": {words: len(people) for words, people in view.left_out},
    }
    return render.page(
        request,
        "welcome.html",
        status_code=status_code,
        frame=view.frame,
        welcome=view,
        shown=shown.of_welcome(view, pressed),
        counts=counts,
        kinds=forms.chosen_kinds(form or {}),
        typed=forms.first_values(form or {}),
        lengths=LENGTHS,
        problems=problems or {},
        pressed=pressed,
        forecast=forecast,
    )


router.include_router(pages_today.router)
router.include_router(pages_go.router)
router.include_router(pages_people.router)
router.include_router(pages_memory.router)
router.include_router(pages_year.router)
router.include_router(pages_settings.router)
router.include_router(pages_rules.router)
router.include_router(pages_privacy.router)
router.include_router(pages_feed.router)
