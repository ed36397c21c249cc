"""What the user keeps in mind about people: notes, promises, thank-yous; and what a Save changed, to be taken back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.db.tables import NoteRow, PromiseRow, UndoRow


def notes(session: Session, account_id: int, contact_ids: Collection[int]) -> list[NoteRow]:
    """Latest first."""
    return list(
        session.scalars(
            select(NoteRow)
            .where(NoteRow.account_id == account_id, NoteRow.contact_id.in_(contact_ids))
            .order_by(NoteRow.on.desc(), NoteRow.id.desc())
        )
    )


def note(session: Session, account_id: int, note_id: int) -> NoteRow | None:
    return session.scalars(select(NoteRow).where(NoteRow.account_id == account_id, NoteRow.id == note_id)).one_or_none()


def promises(session: Session, account_id: int, contact_ids: Collection[int]) -> list[PromiseRow]:
    """Kept ones too, in the order they were made."""
    return list(
        session.scalars(
            select(PromiseRow)
            .where(PromiseRow.account_id == account_id, PromiseRow.contact_id.in_(contact_ids))
            .order_by(PromiseRow.made_on, PromiseRow.id)
        )
    )


def all_promises(session: Session, account_id: int) -> list[PromiseRow]:
    """Of everybody, kept ones too."""
    return list(session.scalars(select(PromiseRow).where(PromiseRow.account_id == account_id)))


def open_promises(session: Session, account_id: int) -> list[PromiseRow]:
    """Of everybody, in the order they were made."""
    return list(
        session.scalars(
            select(PromiseRow)
            .where(PromiseRow.account_id == account_id, PromiseRow.kept_on.is_(None))
            .order_by(PromiseRow.made_on, PromiseRow.id)
        )
    )


def promise(session: Session, account_id: int, promise_id: int) -> PromiseRow | None:
    return session.scalars(
        select(PromiseRow).where(PromiseRow.account_id == account_id, PromiseRow.id == promise_id)
    ).one_or_none()


# -- Taking back -----------------------------------------------------------------------------------


def saved(session: Session, account_id: int, key: str, *, since: datetime) -> UndoRow | None:
    """What was saved under this key, after `since`."""
    return session.scalars(
        select(UndoRow).where(UndoRow.key == key, UndoRow.account_id == account_id, UndoRow.created_at > since)
    ).one_or_none()


def take_saved(session: Session, account_id: int, key: str, *, since: datetime) -> UndoRow | None:
    """The same, and it is gone: of two who ask for it at once only one gets it."""
    return session.scalars(
        delete(UndoRow)
        .where(UndoRow.key == key, UndoRow.account_id == account_id, UndoRow.created_at > since)
        .returning(UndoRow)
    ).one_or_none()


def drop_saved(session: Session, account_id: int, *, until: datetime) -> None:
    session.execute(delete(UndoRow).where(UndoRow.account_id == account_id, UndoRow.created_at <= until))
