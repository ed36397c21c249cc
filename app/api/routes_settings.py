"""Rules beside the first, and the next four weeks with settings that are not saved, as JSON; the same services."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from app.api.asked import Id
from app.api.asked_settings import AddSeason, AnswerHabit, Preview, SaveRule, SetActive, SetFeed
from app.services import viewmodel
from app.services.season_rows import NewSeason
from app.services.settings_model import Forecast
from app.services.settings_views import NEW
from app.web.forms_seasons import parse_season
from app.web.forms_seasons import values_of as values_of_season
from app.web.forms_settings import parse_rule, parse_settings, rule_values, values_of
from app.web.given import Account, Does
from scheduler.model import Rule

router = APIRouter(tags=["settings"])

Key = Annotated[str, Path(max_length=32)]


@router.post("/settings/preview")
def preview(account: Account, does: Does, asked: Preview) -> Forecast:
    """The next four weeks if this were saved: what stays, moves, comes, goes, and what finds no place. Nothing is
    stored."""
    if asked.preferences is None:
        return does.views.forecast(account, _checked(account, does, asked.rule))
    parsed = parse_settings(values_of(asked.rule, asked.preferences), asked.rule, asked.preferences)
    return does.views.forecast(account, parsed.rule, parsed.preferences)


@router.post("/rules", status_code=202)
def add_rule(account: Account, does: Does, asked: SaveRule) -> viewmodel.SettingsView:
    """Further blocks beside those there are. Two blocks never overlap."""
    does.actions.save_rule(account, "", _checked(account, does, asked.rule))
    return does.views.settings(account)


@router.put("/rules/{rule_key}", status_code=202)
def save_rule(account: Account, does: Does, rule_key: Key, asked: SaveRule) -> viewmodel.SettingsView:
    """Blocks already booked move with the change."""
    does.views.rule(account, rule_key)  # a key that is none is said before a field is
    does.actions.save_rule(account, "" if rule_key == NEW else rule_key, _checked(account, does, asked.rule))
    return does.views.settings(account)


@router.put("/rules/{rule_key}/active", status_code=202)
def set_rule_active(account: Account, does: Does, rule_key: Key, asked: SetActive) -> viewmodel.SettingsView:
    """Switched off, its coming blocks are taken away; switched on, they come back."""
    does.actions.set_rule_active(account, rule_key, asked.active)
    return does.views.settings(account)


@router.post("/rules/{rule_key}/no", status_code=202)
def answer_habit(account: Account, does: Does, rule_key: Key, asked: AnswerHabit) -> viewmodel.Today:
    """No to what blocks moved or deleted by hand suggest; it is not asked again."""
    does.actions.answer_habit(account, rule_key, asked.habit)
    return does.views.today(account)


@router.delete("/rules/{rule_key}", status_code=202)
def remove_rule(account: Account, does: Does, rule_key: Key) -> viewmodel.SettingsView:
    """Its coming blocks are taken away."""
    does.actions.remove_rule(account, rule_key)
    return does.views.settings(account)


@router.put("/feed")
def set_feed(account: Account, does: Does, asked: SetFeed) -> viewmodel.SettingsView:
    """The blocks at a secret address, for other calendars: made, or changed."""
    does.actions.set_feed(account, names=asked.names)
    return does.views.settings(account)


@router.post("/feed/replace")
def replace_feed(account: Account, does: Does) -> viewmodel.SettingsView:
    """A new secret address; the old one leads nowhere from now on."""
    does.actions.replace_feed(account)
    return does.views.settings(account)


@router.delete("/feed")
def drop_feed(account: Account, does: Does) -> viewmodel.SettingsView:
    """Switched off: the address leads nowhere from now on."""
    does.actions.drop_feed(account)
    return does.views.settings(account)


@router.post("/seasons", status_code=202)
def add_season(account: Account, does: Does, asked: AddSeason) -> viewmodel.SettingsView:
    """Everyone of some kinds or tags once before a date; the answer says in numbers whether the blocks hold them."""
    wanted = NewSeason(**asked.model_dump())
    does.actions.add_season(account, parse_season(values_of_season(wanted)))
    return does.views.settings(account)


@router.put("/seasons/{season_id}", status_code=202)
def change_season(
    account: Account, does: Does, season_id: Annotated[Id, Path()], asked: AddSeason
) -> viewmodel.SettingsView:
    """Whoever was reached in it stays reached."""
    wanted = NewSeason(**asked.model_dump())
    does.actions.change_season(account, season_id, parse_season(values_of_season(wanted)))
    return does.views.settings(account)


@router.delete("/seasons/{season_id}", status_code=202)
def remove_season(account: Account, does: Does, season_id: Annotated[Id, Path()]) -> viewmodel.SettingsView:
    does.actions.remove_season(account, season_id)
    return does.views.settings(account)


def _checked(account: int, does: Does, rule: Rule) -> Rule:
    """One set of checks for the form and for this: the values go through the form's."""
    return parse_rule(rule_values(rule), rule, does.views.settings(account).preferences)
