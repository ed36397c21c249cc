"""Seasons, as the user set them."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.db.tables import SeasonRow


def seasons(session: Session, account_id: int) -> list[SeasonRow]:
    """The first to end first."""
    return list(
        session.scalars(
            select(SeasonRow)
            .where(SeasonRow.account_id == account_id)
            .order_by(SeasonRow.before_on, SeasonRow.begins_on, SeasonRow.id)
        )
    )


def drop(session: Session, account_id: int, season_id: int) -> bool:
    """Whether there was one."""
    found = session.scalars(
        select(SeasonRow).where(SeasonRow.account_id == account_id, SeasonRow.id == season_id)
    ).one_or_none()
    if found is None:
        return False
    session.execute(delete(SeasonRow).where(SeasonRow.id == found.id))
    return True
