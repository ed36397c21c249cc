"""The routes of the settings, the pause and the connection."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from app.errors import Invalid, NotFound
from app.services.settings_model import Forecast, HabitLine, SeasonLine
from app.services.viewmodel import SettingsView
from app.web import forms, forms_seasons, forms_settings, render
from app.web.formdata import FormData
from app.web.forms_seasons import fields_of
from app.web.given import Account, Does, see

router = APIRouter(include_in_schema=False)


@router.get("/settings")
def settings(
    request: Request, account: Account, does: Does, saved: str = "", suggested: str = "", season: str = ""
) -> HTMLResponse:
    """`season`: the one whose form is wanted."""
    view = does.views.settings(account)
    editing = _season_of(view, forms.whole(season)) if season else None
    typed = forms_settings.values_of(view.rule, view.preferences) | fields_of(editing) if editing else None
    habit = view.habit if suggested else None
    return _settings(request, view, form=typed, editing=editing, saved=bool(saved), habit=habit)


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
    """The form as it was typed, and the four weeks it would make. Nothing is stored, and nothing refused:
    what cannot be shown says so in its place."""
    view = does.views.settings(account)
    try:
        parsed = forms_settings.parse_settings(form, view.rule, view.preferences)
    except Invalid as invalid:
        return _settings(request, view, form=form, problems=invalid.problems)
    shown = does.views.forecast(account, parsed.rule, parsed.preferences)
    return _settings(request, view, form=form, forecast=shown)


@router.post("/seasons")
def add_season(request: Request, account: Account, form: FormData, does: Does) -> Response:
    try:
        does.actions.add_season(account, forms_seasons.parse_season(form))
    except Invalid as invalid:
        return _wrong_season(request, account, does, form, invalid)
    return see("/settings?saved=1#seasons")


@router.post("/seasons/{season_id}")
def change_season(request: Request, season_id: str, account: Account, form: FormData, does: Does) -> Response:
    season = forms.id_of(season_id)
    try:
        does.actions.change_season(account, season, forms_seasons.parse_season(form))
    except Invalid as invalid:
        return _wrong_season(request, account, does, form, invalid, season)
    return see("/settings?saved=1#seasons")


def _wrong_season(
    request: Request, account: int, does: Does, form: forms.Form, invalid: Invalid, season: int | None = None
) -> Response:
    view = does.views.settings(account)
    typed = {**forms_settings.values_of(view.rule, view.preferences), **form}
    editing = _season_of(view, season)
    if season is not None and editing is None:
        raise NotFound  # what is wrong with a form is nothing to whoever has no such season
    return _settings(request, view, form=typed, editing=editing, problems=invalid.problems, status_code=422)


def _season_of(view: SettingsView, season: int | None) -> SeasonLine | None:
    return next((line for line in view.seasons if line.id == season), None)


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
    editing: SeasonLine | None = None,
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
        editing=editing,
        suggested=habit.sentence if habit and habit.rule else "",
        saved=saved,
        **forms_settings.fields_of(shown),
    )
