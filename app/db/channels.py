"""Push channels: what was asked for, what is open, and whose a notification is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Delete, Select, Table, Update, delete, or_, select, update
from sqlalchemy.orm import Session

from app.db.prepared import prepared
from app.db.tables import AccountRow
from app.db.tables_google import ChannelRow

_IT, _ACCOUNT = cast(Table, ChannelRow.__table__), cast(Table, AccountRow.__table__)


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
    row = session.execute(*_told(channel=channel_id)).one_or_none()
    return Told(**row._asdict()) if row is not None else None


@prepared
def _told(*, channel: str) -> Select[*tuple[Any, ...]]:
    asked = [(_IT if field.name in _IT.c else _ACCOUNT).c[field.name] for field in fields(Told)]
    return select(*asked).join(_ACCOUNT, _ACCOUNT.c.id == _IT.c.account_id).where(_IT.c.id == channel)


def of_account(session: Session, account_id: int) -> list[ChannelRow]:
    return list(session.scalars(*_of_account(account=account_id)))


@prepared
def _of_account(*, account: int) -> Select[ChannelRow]:
    return select(ChannelRow).where(ChannelRow.account_id == account).order_by(ChannelRow.id)


def opened(session: Session, channel_id: str, resource_id: str, expires_at: datetime) -> None:
    session.execute(*_opened(channel=channel_id, resource_id=resource_id, expires_at=expires_at))


@prepared
def _opened(*, channel: str, **values: Any) -> Update:
    return update(_IT).where(_IT.c.id == channel).values(values)


def drop(session: Session, ids: Iterable[str]) -> None:
    session.execute(*_dropping(ids=list(ids)))


@prepared
def _dropping(*, ids: list[str]) -> Delete:
    return delete(_IT).where(_IT.c.id.in_(ids))


def take(session: Session, account_id: int) -> Sequence[ChannelRow]:
    """Forget every channel of an account, so that no notification is believed any more; what there was to stop."""
    rows = of_account(session, account_id)
    session.execute(delete(ChannelRow).where(ChannelRow.account_id == account_id))
    return rows


def works(session: Session, account_id: int, until: datetime) -> None:
    """A channel of this account, which lives until then, has been heard."""
    session.execute(*_works(account=account_id, until=until))


@prepared
def _works(*, account: int, until: datetime) -> Update:
    lived = _ACCOUNT.c.push_until
    return (
        update(_ACCOUNT).where(_ACCOUNT.c.id == account, or_(lived.is_(None), lived < until)).values(push_until=until)
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
