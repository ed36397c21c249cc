"""The routes of the rules beside the first: one form each, switched off and on, removed."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from app.errors import Invalid
from app.services.settings_model import Forecast, HabitLine, RuleView
from app.web import forms, forms_settings, render
from app.web.formdata import FormData
from app.web.given import Account, Does, see

router = APIRouter(prefix="/settings/blocks", include_in_schema=False)


@router.get("/{rule_key}")
def rule(
    request: Request, account: Account, does: Does, rule_key: str, saved: str = "", suggested: str = ""
) -> HTMLResponse:
    view = does.views.rule(account, rule_key)
    return _rule(request, view, saved=bool(saved), habit=view.habit if suggested else None)


@router.post("/{rule_key}")
def save_rule(request: Request, account: Account, form: FormData, does: Does, rule_key: str) -> Response:
    view = does.views.rule(account, rule_key)
    try:
        parsed = forms_settings.parse_rule(form, view.rule, view.preferences)
    except Invalid as invalid:
        return _rule(request, view, form=form, problems=invalid.problems, status_code=422)
    does.actions.save_rule(account, view.key, parsed)
    return see(f"/settings/blocks/{view.key}?saved=1" if view.key else "/settings?saved=1#rules")


@router.get("/{rule_key}/preview")
def leave_preview(account: Account, does: Does, rule_key: str) -> Response:
    """What was typed is gone with the form that sent it."""
    does.views.rule(account, rule_key)
    return see(f"/settings/blocks/{rule_key}")


@router.post("/{rule_key}/preview")
def preview_rule(request: Request, account: Account, form: FormData, does: Does, rule_key: str) -> HTMLResponse:
    """The form as it was typed, and the four weeks it would make. Nothing is stored, and nothing refused:
    what cannot be shown says so in its place."""
    view = does.views.rule(account, rule_key)
    try:
        parsed = forms_settings.parse_rule(form, view.rule, view.preferences)
    except Invalid as invalid:
        return _rule(request, view, form=form, problems=invalid.problems)
    return _rule(request, view, form=form, forecast=does.views.forecast(account, parsed))


@router.post("/{rule_key}/off")
def switch_off(account: Account, does: Does, rule_key: str) -> Response:
    does.actions.set_rule_active(account, rule_key, False)
    return see("/settings#rules")


@router.post("/{rule_key}/on")
def switch_on(account: Account, does: Does, rule_key: str) -> Response:
    does.actions.set_rule_active(account, rule_key, True)
    return see("/settings#rules")


@router.post("/{rule_key}/no")
def answer_habit(account: Account, form: FormData, does: Does, rule_key: str) -> Response:
    """What the blocks moved or deleted by hand suggest is not wanted."""
    does.actions.answer_habit(account, rule_key, forms.first_values(form).get("habit", ""))
    return see("/today")


@router.post("/{rule_key}/remove")
def remove_rule(account: Account, does: Does, rule_key: str) -> Response:
    does.actions.remove_rule(account, rule_key)
    return see("/settings#rules")


def _rule(
    request: Request,
    view: RuleView,
    *,
    form: forms.Form | None = None,
    problems: dict[str, str] | None = None,
    forecast: Forecast | None = None,
    habit: HabitLine | None = None,
    saved: bool = False,
    status_code: int = 200,
) -> HTMLResponse:
    """`form`: what was typed, shown again as it came; `habit`: what else it is filled with."""
    rule = habit.rule if habit and habit.rule else view.rule
    shown = form if form is not None else forms_settings.rule_values(rule)
    return render.page(
        request,
        "rule.html",
        status_code=status_code,
        frame=view.frame,
        view=view,
        problems=problems or {},
        forecast=forecast,
        suggested=habit.sentence if habit and habit.rule else "",
        saved=saved,
        **forms_settings.fields_of(shown),
    )
