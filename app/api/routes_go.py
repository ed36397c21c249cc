"""The page behind a block's link, as JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from app.api.asked import Asked, Day, Id
from app.services import viewmodel
from app.services.go_actions import GoEntry
from app.services.marks import KEPT, MARKS
from app.web.given import Account, Does

router = APIRouter(tags=["blocks"])

Token = Annotated[str, Path(min_length=1, max_length=400)]
Mark = Annotated[str, Field(pattern=f"^({'|'.join(['', KEPT, *MARKS])})$")]


class SaveGoEntry(Asked):
    """`mark`: how they were reached (call, message, letter, coffee, visit, meeting), tried, two_weeks, month, quarter,
    not_client, never, open; empty says nothing."""

    mark: Mark = ""
    learned: Annotated[str, Field(max_length=2000)] = ""
    promise: Annotated[str, Field(max_length=300)] = ""
    promise_on: Day | None = None


class SaveGo(Asked):
    """By contact id; `kept`: ids of promises that are done."""

    people: dict[Id, SaveGoEntry] = Field(default={})
    kept: list[Id] = Field(default=[])


@router.get("/go/{token}")
def go(account: Account, does: Does, token: Token) -> viewmodel.Go:
    """`token`: the end of a block's link."""
    return does.views.go(account, token)


@router.put("/go/{token}", status_code=202)
def save_go(account: Account, does: Does, token: Token, asked: SaveGo) -> viewmodel.Go:
    """The whole of a block in one Save. The same again changes nothing. `undo` goes to /api/undo."""
    entries = {
        contact: GoEntry(mark=one.mark, learned=one.learned, promise=one.promise, promise_on=one.promise_on)
        for contact, one in asked.people.items()
    }
    key = does.actions.save_go(account, token, entries, frozenset(asked.kept))
    return does.views.go(account, token, key)
