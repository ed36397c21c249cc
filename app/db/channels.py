"""Push channels: what was asked for, what is open, and whose a notification is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app.db.tables import AccountRow
from app.db.tables_google import ChannelRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A channel, and of its account what says whether a notification changes anything."""

    account_id: int
    token_hash: str
    resource_id: str | None
    expires_at: datetime
    connection: str
    failures: int
    next_refresh_at: datetime | None
    started_at: datetime | None
    lease_until: datetime | None
    pushed_at: datetime | None
    push_until: datetime | None


def told(session: Session, channel_id: str) -> Told | None:
    """In one statement: every push of a storm asks this."""
    row = session.execute(
        select(
            ChannelRow.account_id,
            ChannelRow.token_hash,
            ChannelRow.resource_id,
            ChannelRow.expires_at,
            AccountRow.connection,
            AccountRow.failures,
            AccountRow.next_refresh_at,
            AccountRow.started_at,
            AccountRow.lease_until,
            AccountRow.pushed_at,
            AccountRow.push_until,
        )
        .join(AccountRow, AccountRow.id == ChannelRow.account_id)
        .where(ChannelRow.id == channel_id)
    ).one_or_none()
    return Told(**row._asdict()) if row is not None else None


def of_account(session: Session, account_id: int) -> list[ChannelRow]:
    return list(session.scalars(select(ChannelRow).where(ChannelRow.account_id == account_id).order_by(ChannelRow.id)))


def opened(session: Session, channel_id: str, resource_id: str, expires_at: datetime) -> None:
    session.execute(
        update(ChannelRow).where(ChannelRow.id == channel_id).values(resource_id=resource_id, expires_at=expires_at)
    )


def drop(session: Session, ids: Iterable[str]) -> None:
    session.execute(delete(ChannelRow).where(ChannelRow.id.in_(list(ids))))


def take(session: Session, account_id: int) -> Sequence[ChannelRow]:
    """Forget every channel of an account, so that no notification is believed any more; what there was to stop."""
    rows = of_account(session, account_id)
    session.execute(delete(ChannelRow).where(ChannelRow.account_id == account_id))
    return rows


def works(session: Session, account_id: int, until: datetime) -> None:
    """A channel of this account, which lives until then, has been heard."""
    session.execute(
        update(AccountRow)
        .where(AccountRow.id == account_id, or_(AccountRow.push_until.is_(None), AccountRow.push_until < until))
        .values(push_until=until)
        .execution_options(synchronize_session=False)
    )


def look_again_where_moved(session: Session, address: str | None, now: datetime) -> None:
    """Where we are told has changed (or is no more): the channels that lead elsewhere are looked after at once."""
    elsewhere = select(ChannelRow.account_id)
    if address is not None:
        elsewhere = elsewhere.where(ChannelRow.address != address)
    session.execute(
        update(AccountRow)
        .where(AccountRow.id.in_(elsewhere))
        .values(watch_at=now)
        .execution_options(synchronize_session=False)
    )
