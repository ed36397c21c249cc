"""Every page action as JSON. Each route parses, calls one service, answers what the page would show next."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from app.api import routes_go, routes_memory, routes_people, routes_privacy, routes_settings, routes_year
from app.api.asked import (
    Id,
    Pause,
    SaveSettings,
    SaveWelcome,
    SetOutcome,
)
from app.services import viewmodel
from app.services.first_block import FirstBlock
from app.web.forms_settings import parse_settings, values_of
from app.web.given import Account, Does

_PROBLEM: dict[str, Any] = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"description": "It cannot be done as asked; the answer says what to do next.", **_PROBLEM},
    401: {"description": "Nobody is signed in.", **_PROBLEM},
    403: {"description": "The request was sent from another site.", **_PROBLEM},
    404: {"description": "There is no such thing, or it is somebody else's.", **_PROBLEM},
    429: {"description": "Too many requests from one address; Retry-After says when to try again.", **_PROBLEM},
}

router = APIRouter(prefix="/api", responses=PROBLEMS)


@router.get("/progress", tags=["start"])
def progress(account: Account, does: Does) -> viewmodel.Progress:
    """How far the first read is."""
    return does.views.progress(account)


@router.get("/welcome", tags=["start"])
def welcome(account: Account, does: Does) -> viewmodel.Welcome:
    """Who was found, who is not sure, who was left out and why, and the proposal."""
    return does.views.welcome(account)


@router.post("/welcome", tags=["start"], status_code=202)
def save_welcome(account: Account, does: Does, asked: SaveWelcome) -> viewmodel.Today:
    """Save: clients are clients, and the proposal is booked within seconds."""
    first = FirstBlock(**asked.first.model_dump()) if asked.first else None
    does.actions.save_welcome(account, {who: kind.value if kind else "" for who, kind in asked.kinds.items()}, first)
    return does.views.today(account)


@router.get("/today", tags=["blocks"])
def today(account: Account, does: Does) -> viewmodel.Today:
    """The next block and the coming weeks, what moved and why, and whether there is room for everyone."""
    return does.views.today(account)


@router.put("/blocks/{block_id}/people/{contact_id}", tags=["blocks"], status_code=202)
def set_outcome(account: Account, does: Does, block_id: Id, contact_id: Id, asked: SetOutcome) -> viewmodel.Today:
    """What became of one name in one block."""
    does.actions.set_outcome(account, block_id, contact_id, asked.outcome, asked.until)
    return does.views.today(account)


@router.post("/refresh", tags=["blocks"], status_code=202)
def refresh(account: Account, does: Does) -> viewmodel.Progress:
    """Look at the calendar now."""
    does.actions.refresh_now(account)
    return does.views.progress(account)


@router.get("/settings", tags=["settings"])
def settings(account: Account, does: Does) -> viewmodel.SettingsView:
    return does.views.settings(account)


@router.put("/settings", tags=["settings"], status_code=202)
def save_settings(account: Account, does: Does, asked: SaveSettings) -> viewmodel.SettingsView:
    """Blocks already booked move with the change."""
    # One set of checks for the form and for this: the values go through the form's.
    parsed = parse_settings(values_of(asked.rule, asked.preferences), asked.rule, asked.preferences)
    does.actions.save_settings(account, parsed.rule, parsed.preferences)
    return does.views.settings(account)


@router.post("/pause", tags=["settings"], status_code=202)
def pause(account: Account, does: Does, asked: Pause) -> viewmodel.Frame:
    """Coming blocks are taken out of the calendar."""
    does.actions.pause(account, asked.first, asked.last)
    return does.views.frame(account)


@router.post("/resume", tags=["settings"], status_code=202)
def resume(account: Account, does: Does) -> viewmodel.Frame:
    does.actions.resume(account)
    return does.views.frame(account)


@router.post("/disconnect", tags=["settings"])
def disconnect(account: Account, does: Does) -> viewmodel.Frame:
    """Hand the permission back to Google."""
    does.connect.disconnect(account)
    return does.views.frame(account)


router.include_router(routes_people.router)
router.include_router(routes_memory.router)
router.include_router(routes_year.router)
router.include_router(routes_go.router)
router.include_router(routes_settings.router)
router.include_router(routes_privacy.router)
