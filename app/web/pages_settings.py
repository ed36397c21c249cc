"""The routes of the settings, the pause and the connection."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from app.errors import Invalid
from app.services.settings_model import Forecast, HabitLine
from app.services.viewmodel import SettingsView
from app.web import forms, forms_seasons, forms_settings, render
from app.web.formdata import FormData
from app.web.given import Account, Does, see

router = APIRouter(include_in_schema=False)


@router.get("/settings")
def settings(request: Request, account: Account, does: Does, saved: str = "", suggested: str = "") -> HTMLResponse:
    view = does.views.settings(account)
    return _settings(request, view, saved=bool(saved), habit=view.habit if suggested else None)


@router.post("/settings")
def save_settings(request: Request, account: Account, form: FormData, does: Does) -> Response:
    view = does.views.settings(account)
    try:
        parsed = forms_settings.parse_settings(form, view.rule, view.preferences)
        does.actions.save_settings(account, parsed.rule, parsed.preferences)
    except Invalid as invalid:
        return _settings(request, view, form=form, problems=invalid.problems, status_code=422)
    return see("/settings?saved=1")


@router.get("/settings/preview")
def leave_preview(account: Account) -> Response:
    """What was typed is gone with the form that sent it."""
    return see("/settings")


@router.post("/settings/preview")
def preview_settings(request: Request, account: Account, form: FormData, does: Does) -> HTMLResponse:
    """The form as it was typed, and the four weeks it would make. Nothing is stored."""
    view = does.views.settings(account)
    try:
        parsed = forms_settings.parse_settings(form, view.rule, view.preferences)
    except Invalid as invalid:
        return _settings(request, view, form=form, problems=invalid.problems, status_code=422)
    shown = does.views.forecast(account, parsed.rule, parsed.preferences)
    return _settings(request, view, form=form, forecast=shown)


@router.post("/seasons")
def add_season(request: Request, account: Account, form: FormData, does: Does) -> Response:
    try:
        does.actions.add_season(account, forms_seasons.parse_season(form))
    except Invalid as invalid:
        view = does.views.settings(account)
        typed = forms_settings.values_of(view.rule, view.preferences) | form
        return _settings(request, view, form=typed, problems=invalid.problems, status_code=422)
    return see("/settings?saved=1#seasons")


@router.post("/seasons/{season_id}/remove")
def remove_season(season_id: str, account: Account, does: Does) -> Response:
    does.actions.remove_season(account, forms.id_of(season_id))
    return see("/settings#seasons")


@router.post("/pause")
def pause(request: Request, account: Account, form: FormData, does: Does) -> Response:
    try:
        parsed = forms.parse_pause(form)
    except Invalid as invalid:
        view = does.views.settings(account)
        typed = forms_settings.values_of(view.rule, view.preferences) | form
        return _settings(request, view, form=typed, problems=invalid.problems, status_code=422)
    does.actions.pause(account, parsed.from_, parsed.until)
    return see("/settings?saved=1")


@router.post("/resume")
def resume(account: Account, does: Does) -> Response:
    does.actions.resume(account)
    return see("/today")


@router.post("/disconnect")
def disconnect(account: Account, does: Does) -> Response:
    does.connect.disconnect(account)
    return see("/settings#data")


def _settings(
    request: Request,
    view: SettingsView,
    *,
    form: forms.Form | None = None,
    problems: dict[str, str] | None = None,
    forecast: Forecast | None = None,
    habit: HabitLine | None = None,
    saved: bool = False,
    status_code: int = 200,
) -> HTMLResponse:
    """`form`: what was typed, shown again as it came; `habit`: what else the rule's fields are filled with."""
    rule = habit.rule if habit and habit.rule else view.rule
    shown = form if form is not None else forms_settings.values_of(rule, view.preferences)
    return render.page(
        request,
        "settings.html",
        status_code=status_code,
        frame=view.frame,
        view=view,
        problems=problems or {},
        forecast=forecast,
        suggested=habit.sentence if habit and habit.rule else "",
        saved=saved,
        **forms_settings.fields_of(shown),
    )
