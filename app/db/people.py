"""Contacts, their addresses, who was left out and why, and touches that no meeting shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.db.mirror import upsert
from app.db.tables import AddressRow, ContactRow, LeftOutRow, TouchRow
from scheduler.model import Acquaintance, LeftOut


def contacts(session: Session, account_id: int) -> list[ContactRow]:
    return list(session.scalars(select(ContactRow).where(ContactRow.account_id == account_id).order_by(ContactRow.id)))


def contact(session: Session, account_id: int, contact_id: int) -> ContactRow | None:
    return session.scalars(
        select(ContactRow).where(ContactRow.account_id == account_id, ContactRow.id == contact_id)
    ).one_or_none()


def addresses(session: Session, account_id: int) -> dict[str, int]:
    """Address -> contact id."""
    rows = session.execute(
        select(AddressRow.address, AddressRow.contact_id)
        .where(AddressRow.account_id == account_id)
        .order_by(AddressRow.contact_id, AddressRow.address)
    )
    return {row.address: row.contact_id for row in rows}


def left_out(session: Session, account_id: int) -> list[LeftOutRow]:
    return list(
        session.scalars(
            select(LeftOutRow)
            .where(LeftOutRow.account_id == account_id)
            .order_by(LeftOutRow.counted_in, LeftOutRow.rule, LeftOutRow.address)
        )
    )


def counted_in(session: Session, account_id: int) -> frozenset[str]:
    """Addresses whose exclusion the user undid."""
    return frozenset(
        session.scalars(
            select(LeftOutRow.address).where(LeftOutRow.account_id == account_id, LeftOutRow.counted_in.is_(True))
        )
    )


def touches(session: Session, account_id: int) -> list[TouchRow]:
    return list(session.scalars(select(TouchRow).where(TouchRow.account_id == account_id).order_by(TouchRow.on)))


def absorb(
    session: Session,
    account_id: int,
    acquaintances: Iterable[Acquaintance],
    out: Iterable[LeftOut],
    *,
    now: datetime,
) -> dict[str, int]:
    """Make the rows say what the calendar shows; what the user said of anybody stays. Returns address -> contact id.

    Nobody is deleted: a contact that the calendar no longer shows is only marked, so notes and history survive.
    """
    by_address = addresses(session, account_id)
    rows = {row.id: row for row in contacts(session, account_id)}
    shown: set[int] = set()
    for person in acquaintances:
        contact_id = next((by_address[address] for address in person.addresses if address in by_address), None)
        row = rows.get(contact_id) if contact_id is not None else None
        if row is None:
            row = ContactRow(
                account_id=account_id,
                name=person.name,
                company=person.company,
                unsure=person.unsure,
                tags=[],
                facts={},
                created_at=now,
            )
            session.add(row)
            session.flush()
            rows[row.id] = row
        elif not row.by_hand:
            # Assigning an equal value writes nothing.
            row.name, row.company, row.unsure = person.name, person.company, person.unsure
        shown.add(row.id)
        for address in person.addresses:
            if address not in by_address:
                session.add(AddressRow(account_id=account_id, address=address, contact_id=row.id))
                by_address[address] = row.id
    for row in rows.values():
        row.seen = row.id in shown or row.by_hand
    _absorb_left_out(session, account_id, out)
    return by_address


def _absorb_left_out(session: Session, account_id: int, out: Iterable[LeftOut]) -> None:
    before = {row.address: row for row in left_out(session, account_id)}
    now_out = {one.address: one for one in out}
    for address, row in before.items():
        if address not in now_out and not row.counted_in:
            session.delete(row)
    session.flush()
    rows = [
        {
            "account_id": account_id,
            "address": one.address,
            "name": one.name,
            "rule": one.rule,
            "reason": one.reason,
            "counted_in": one.address in before and before[one.address].counted_in,
        }
        for one in now_out.values()
        if one.address not in before or (before[one.address].rule, before[one.address].reason) != (one.rule, one.reason)
    ]
    upsert(session, LeftOutRow, rows, ("account_id", "address"))


def set_counted_in(session: Session, account_id: int, address: str, counted: bool) -> bool:
    """Undo an exclusion, or restore it. False where there is none."""
    row = session.get(LeftOutRow, (account_id, address))
    if row is None:
        return False
    row.counted_in = counted
    return True


def set_facts(session: Session, account_id: int, facts: Mapping[int, dict[str, Any]]) -> None:
    """What the last plan said of each contact; only what changed is written."""
    for row in contacts(session, account_id):
        said = facts.get(row.id, {})
        if row.facts != said:
            row.facts = said


def add_touch(session: Session, account_id: int, contact_id: int, *, on: date, channel: str, source: str) -> None:
    """A repeat with the same source changes nothing but the date and channel."""
    found = session.execute(
        update(TouchRow)
        .where(TouchRow.contact_id == contact_id, TouchRow.source == source)
        .values(on=on, channel=channel)
        .returning(TouchRow.id)
    ).first()
    if found is None:
        session.execute(
            insert(TouchRow).values(account_id=account_id, contact_id=contact_id, on=on, channel=channel, source=source)
        )


def drop_touch(session: Session, account_id: int, contact_id: int, source: str) -> None:
    session.execute(
        delete(TouchRow).where(
            TouchRow.account_id == account_id, TouchRow.contact_id == contact_id, TouchRow.source == source
        )
    )
