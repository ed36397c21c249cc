"""Notes, promises, thank-yous and how to reach somebody, as JSON; every change can be undone for an hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path

from app.api.asked import Id as _Id
from app.api.asked_memory import AddPromise, Keep, SaveNote, SavePromise, SaveReach
from app.services import viewmodel
from app.web.given import Account, Does

router = APIRouter(tags=["memory"])

Id = Annotated[_Id, Path()]
Key = Annotated[str, Path(min_length=1, max_length=64)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembered:
    """The person as they are now. `undo`: what takes this change back, empty where nothing was changed."""

    person: viewmodel.Person
    undo: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Undone:
    undone: bool


def _remembered(does: Does, account: int, contact_id: int, key: str) -> Remembered:
    return Remembered(person=does.views.person(account, contact_id), undo=key)


@router.put("/people/{contact_id}/reach", status_code=202)
def save_reach(account: Account, does: Does, contact_id: Id, asked: SaveReach) -> Remembered:
    """The way they like best, and their telephone number."""
    key = does.actions.save_reach(account, contact_id, asked.preferred.value if asked.preferred else None, asked.phone)
    return _remembered(does, account, contact_id, key)


@router.post("/people/{contact_id}/notes", status_code=202)
def add_note(account: Account, does: Does, contact_id: Id, asked: SaveNote) -> Remembered:
    """The same words on the same day are one note."""
    key = does.actions.add_note(account, contact_id, asked.text, asked.on)
    return _remembered(does, account, contact_id, key)


@router.put("/people/{contact_id}/notes/{note_id}", status_code=202)
def edit_note(account: Account, does: Does, contact_id: Id, note_id: Id, asked: SaveNote) -> Remembered:
    key = does.actions.edit_note(account, contact_id, note_id, asked.text, asked.on)
    return _remembered(does, account, contact_id, key)


@router.delete("/people/{contact_id}/notes/{note_id}", status_code=202)
def drop_note(account: Account, does: Does, contact_id: Id, note_id: Id) -> Remembered:
    key = does.actions.drop_note(account, contact_id, note_id)
    return _remembered(does, account, contact_id, key)


@router.post("/people/{contact_id}/promises", status_code=202)
def add_promise(account: Account, does: Does, contact_id: Id, asked: AddPromise) -> Remembered:
    """It comes back as a reason before it is due. The same words again are the same promise."""
    key = does.actions.add_promise(account, contact_id, asked.text, asked.due_on, asked.what)
    return _remembered(does, account, contact_id, key)


@router.put("/people/{contact_id}/promises/{promise_id}", status_code=202)
def edit_promise(account: Account, does: Does, contact_id: Id, promise_id: Id, asked: SavePromise) -> Remembered:
    key = does.actions.edit_promise(account, contact_id, promise_id, asked.text, asked.due_on)
    return _remembered(does, account, contact_id, key)


@router.put("/people/{contact_id}/promises/{promise_id}/kept", status_code=202)
def keep_promise(account: Account, does: Does, contact_id: Id, promise_id: Id, asked: Keep) -> Remembered:
    """Done, or open again."""
    key = does.actions.keep_promise(account, contact_id, promise_id, asked.kept)
    return _remembered(does, account, contact_id, key)


@router.delete("/people/{contact_id}/promises/{promise_id}", status_code=202)
def drop_promise(account: Account, does: Does, contact_id: Id, promise_id: Id) -> Remembered:
    key = does.actions.drop_promise(account, contact_id, promise_id)
    return _remembered(does, account, contact_id, key)


@router.post("/undo/{key}", status_code=202)
def undo(account: Account, does: Does, key: Key) -> Undone:
    """Put back exactly what was before that change: once, within an hour, unless something of it was changed since."""
    does.actions.undo(account, key)
    return Undone(undone=True)
