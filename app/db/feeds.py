"""The secret address of an account's blocks, and what stands there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.db.tables import BlockRow, ContactRow, FeedRow, SuggestionRow

_IN_CALENDARS = ("booked", "pinned", "held")


def feed(session: Session, account_id: int) -> FeedRow | None:
    return session.get(FeedRow, account_id)


def drop(session: Session, account_id: int) -> None:
    session.execute(delete(FeedRow).where(FeedRow.account_id == account_id))


def blocks_shown(session: Session, account_id: int, *, since: datetime) -> list[BlockRow]:
    """The blocks that stand in the calendar and end after `since`, earliest first."""
    return list(
        session.scalars(
            select(BlockRow)
            .where(BlockRow.account_id == account_id, BlockRow.ends_at > since, BlockRow.state.in_(_IN_CALENDARS))
            .order_by(BlockRow.starts_at, BlockRow.id)
        )
    )


def people_in(session: Session, account_id: int, *, since: datetime) -> dict[int, list[ContactRow]]:
    """Block id -> who stands in it, in its order."""
    found: dict[int, list[ContactRow]] = {}
    rows = session.execute(
        select(SuggestionRow.block_id, ContactRow)
        .join(BlockRow, BlockRow.id == SuggestionRow.block_id)
        .join(ContactRow, ContactRow.id == SuggestionRow.contact_id)
        .where(BlockRow.account_id == account_id, BlockRow.ends_at > since)
        .order_by(SuggestionRow.block_id, SuggestionRow.position, SuggestionRow.id)
    )
    for block_id, contact in rows:
        found.setdefault(block_id, []).append(contact)
    return found
