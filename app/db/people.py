"""Contacts, their addresses, who was left out and why, and touches that no meeting shows."""

from __future__ import annotations

import json
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Table, Text, bindparam, cast, delete, func, insert, select, update
from sqlalchemy.orm import Session

from app.db.mirror import upsert
from app.db.tables import AddressRow, ApartRow, ContactRow, IgnoredRow, LeftOutRow, TouchRow
from scheduler.model import Acquaintance, LeftOut


def everybody(session: Session, account_id: int) -> list[ContactRow]:
    """Every row, those merged into another one too."""
    return list(session.scalars(select(ContactRow).where(ContactRow.account_id == account_id).order_by(ContactRow.id)))


def contacts(session: Session, account_id: int) -> list[ContactRow]:
    """Everybody once: who was merged into somebody is told with them."""
    return [row for row in everybody(session, account_id) if row.merged_into is None]


class Ranked(NamedTuple):
    """What a list of everybody is ordered, narrowed and counted by. `by`: the facts that an order needs besides."""

    id: int
    name: str
    company: str
    kind: str | None
    tags: list[str]
    state: str | None
    first_on: str | None
    by: Mapping[str, Any]


class Listed(NamedTuple):
    """What lists show of a contact."""

    id: int
    name: str
    company: str
    kind: str | None
    unsure: str
    cadence_ideal: int | None
    tags: list[str]
    facts: dict[str, Any]


_CONTACTS = ContactRow.__table__.c
_NUMBERS = frozenset({"gap", "strength"})
_LAST = 1 << 30  # in no ranking yet


def ranked(session: Session, account_id: int, by: Sequence[str] = ()) -> list[Ranked]:
    """Everybody who is there, each once, in the ranking's order. The database takes out of their facts what is needed:
    to read them all takes five times as long."""
    c, facts = _CONTACTS, _CONTACTS.facts
    asked = (
        select(
            *(c.id, c.name, c.company, c.kind, c.tags, facts["state"].as_string(), facts["first_on"].as_string()),
            *(facts[name].as_float() if name in _NUMBERS else facts[name].as_string() for name in by),
        )
        .where(c.account_id == account_id, c.merged_into.is_(None), c.seen.is_(True) | c.by_hand.is_(True))
        .order_by(func.coalesce(facts["order"].as_integer(), _LAST), c.id)
    )
    rows = session.connection().execute(asked).all()
    if not by:
        return [Ranked._make((*row, _NOTHING)) for row in rows]
    return [Ranked._make((*row[: -len(by)], dict(zip(by, row[-len(by) :], strict=True)))) for row in rows]


_NOTHING: Mapping[str, Any] = {}


def listed(session: Session, account_id: int, ids: Collection[int]) -> dict[int, Listed]:
    """These, by id. The JSON of all of them is read in one go."""
    c = _CONTACTS
    rows = (
        session.connection()
        .execute(
            select(
                *(c.id, c.name, c.company, c.kind, c.unsure, c.cadence_ideal),
                *(cast(c.tags, Text), cast(c.facts, Text)),
            ).where(c.account_id == account_id, c.id.in_(ids))
        )
        .all()
    )
    read = json.loads(f"[{','.join(f'[{tags},{facts}]' for *_, tags, facts in rows)}]")
    return {row[0]: Listed(*row[:-2], *said) for row, said in zip(rows, read, strict=True)}


def how_many_seen(session: Session, account_id: int) -> int:
    """How many people the calendar shows, each once."""
    asked = select(func.count()).where(
        ContactRow.account_id == account_id, ContactRow.merged_into.is_(None), ContactRow.seen.is_(True)
    )
    return session.scalar(asked) or 0


def survivors(rows: Iterable[ContactRow]) -> dict[int, int]:
    """Contact id -> the id of whom they were merged into, their own where nobody's. `rows`: everybody."""
    return _last_of({row.id: row.merged_into for row in rows})


def _last_of(into: Mapping[int, int | None]) -> dict[int, int]:
    found: dict[int, int] = {}
    for start in into:
        last, seen = start, {start}
        while (following := into.get(last)) is not None and following not in seen:
            seen.add(following)
            last = following
        found[start] = last
    return found


def merges(session: Session, account_id: int) -> dict[int, int]:
    """The same for those alone who were merged, without reading everybody."""
    asked = select(ContactRow.id, ContactRow.merged_into).where(
        ContactRow.account_id == account_id, ContactRow.merged_into.is_not(None)
    )
    into = {row.id: row.merged_into for row in session.execute(asked)}
    return {start: last for start, last in _last_of(into).items() if last != start}


def some(session: Session, account_id: int, ids: Collection[int]) -> dict[int, ContactRow]:
    """These rows, by id."""
    if not ids:
        return {}
    asked = select(ContactRow).where(ContactRow.account_id == account_id, ContactRow.id.in_(ids))
    return {row.id: row for row in session.scalars(asked)}


def row_of(session: Session, account_id: int, contact_id: int) -> ContactRow | None:
    """That very row, merged or not."""
    return session.scalars(
        select(ContactRow).where(ContactRow.account_id == account_id, ContactRow.id == contact_id)
    ).one_or_none()


def contact(session: Session, account_id: int, contact_id: int) -> ContactRow | None:
    """The person, who for a merged row is the one they were merged into."""
    row, seen = row_of(session, account_id, contact_id), {contact_id}
    while row is not None and row.merged_into is not None and row.merged_into not in seen:
        seen.add(row.merged_into)
        row = row_of(session, account_id, row.merged_into)
    return row


def apart(session: Session, account_id: int) -> frozenset[tuple[int, int]]:
    """Pairs that look like one person and are two, the smaller id first."""
    rows = session.execute(select(ApartRow.first_id, ApartRow.second_id).where(ApartRow.account_id == account_id))
    return frozenset((row.first_id, row.second_id) for row in rows)


def set_apart(session: Session, account_id: int, one: int, other: int, apart: bool) -> None:
    first, second = min(one, other), max(one, other)
    row = session.get(ApartRow, (first, second))
    if apart and row is None:
        session.add(ApartRow(account_id=account_id, first_id=first, second_id=second))
    elif not apart and row is not None:
        session.delete(row)


def set_ignored(session: Session, account_id: int, source: str, ignore: bool) -> None:
    row = session.get(IgnoredRow, (account_id, source))
    if ignore and row is None:
        session.add(IgnoredRow(account_id=account_id, source=source))
    elif not ignore and row is not None:
        session.delete(row)


def addresses(session: Session, account_id: int) -> dict[str, int]:
    """Address -> contact id, as the rows have it: see `survivors`."""
    rows = session.execute(
        select(AddressRow.address, AddressRow.contact_id)
        .where(AddressRow.account_id == account_id)
        .order_by(AddressRow.contact_id, AddressRow.address)
    )
    return {row.address: row.contact_id for row in rows}


def addresses_of(session: Session, account_id: int, contact_ids: Collection[int] | None = None) -> dict[int, list[str]]:
    """Contact id -> addresses as the rows have it, of these alone or of everybody."""
    asked = select(AddressRow.contact_id, AddressRow.address).where(AddressRow.account_id == account_id)
    if contact_ids is not None:
        asked = asked.where(AddressRow.contact_id.in_(contact_ids))
    found: dict[int, list[str]] = {}
    for contact_id, address in session.execute(asked.order_by(AddressRow.address)):
        found.setdefault(contact_id, []).append(address)
    return found


def count_left_out(session: Session, account_id: int) -> int:
    return session.scalar(select(func.count()).where(LeftOutRow.account_id == account_id)) or 0


def left_out(session: Session, account_id: int) -> list[LeftOutRow]:
    return list(
        session.scalars(
            select(LeftOutRow)
            .where(LeftOutRow.account_id == account_id)
            .order_by(LeftOutRow.counted_in, LeftOutRow.rule, LeftOutRow.address)
        )
    )


def touch_from(session: Session, contact_id: int, source: str) -> TouchRow | None:
    return session.scalars(
        select(TouchRow).where(TouchRow.contact_id == contact_id, TouchRow.source == source)
    ).one_or_none()


class Outsider(NamedTuple):
    """What is stored of an address that did not become a contact."""

    address: str
    rule: str
    reason: str
    counted_in: bool


def strangers(known: Container[str], acquaintances: Iterable[Acquaintance]) -> list[Acquaintance]:
    """Those of whom we know no address yet."""
    return [person for person in acquaintances if not any(address in known for address in person.addresses)]


def add(session: Session, account_id: int, acquaintances: Sequence[Acquaintance], *, now: datetime) -> None:
    """Rows for strangers, all at once: one by one, thousands would hold up everybody else who writes."""
    rows = [
        ContactRow(
            account_id=account_id,
            name=person.name,
            company=person.company,
            unsure=person.unsure,
            tags=[],
            facts={},
            created_at=now,
        )
        for person in acquaintances
    ]
    session.add_all(rows)
    session.flush()
    owners = {address: row.id for row, person in zip(rows, acquaintances, strict=True) for address in person.addresses}
    upsert(
        session,
        AddressRow,
        [{"account_id": account_id, "address": one, "contact_id": owner} for one, owner in owners.items()],
        ("account_id", "address"),
    )


def is_absorbed(
    rows: Collection[ContactRow],
    by_address: Mapping[str, int],
    before: Mapping[str, Outsider],
    acquaintances: Sequence[Acquaintance],
    out: Sequence[LeftOut],
) -> bool:
    """Whether the rows say what the calendar shows, so that `absorb` would change nothing. `by_address`: the survivor's
    id."""
    if not all(address in by_address for person in acquaintances for address in person.addresses):
        return False
    found = _shown({row.id: row for row in rows}, by_address, acquaintances)
    said = all(
        row.by_hand or (row.name, row.company, row.unsure) == (one.name, one.company, one.unsure) for row, one in found
    )
    ids, outside = {row.id for row, _ in found}, {one.address for one in out}
    return (
        said
        and all(row.seen == (row.id in ids or row.by_hand) for row in rows if row.merged_into is None)
        and all(one.counted_in or one.address in outside for one in before.values())
        and not left_out_to_write(0, before, out)
    )


def _shown(
    rows: Mapping[int, ContactRow], by_address: Mapping[str, int], acquaintances: Iterable[Acquaintance]
) -> list[tuple[ContactRow, Acquaintance]]:
    """Whose row is whose; at least one address of each is known."""
    return [
        (rows[next(by_address[address] for address in person.addresses if address in by_address)], person)
        for person in acquaintances
    ]


def absorb(
    session: Session,
    account_id: int,
    acquaintances: Sequence[Acquaintance],
    out: Sequence[LeftOut],
    *,
    now: datetime,
) -> None:
    """Make the rows say what the calendar shows; what the user said of anybody stays. `strangers` are best added
    before, in pieces.

    Nobody is deleted: a contact that the calendar no longer shows is only marked, so notes and history survive.
    """
    add(session, account_id, strangers(addresses(session, account_id), acquaintances), now=now)
    rows = {row.id: row for row in everybody(session, account_id)}
    survivor = survivors(rows.values())
    by_address = {address: survivor[owner] for address, owner in addresses(session, account_id).items()}
    shown: set[int] = set()
    for row, person in _shown(rows, by_address, acquaintances):
        if not row.by_hand:
            # Assigning an equal value writes nothing.
            row.name, row.company, row.unsure = person.name, person.company, person.unsure
        shown.add(row.id)
        for address in person.addresses:
            if address not in by_address:
                session.add(AddressRow(account_id=account_id, address=address, contact_id=row.id))
                by_address[address] = row.id
    for row in rows.values():
        if row.merged_into is None:  # a merged one is kept as it was, to come back as it was
            row.seen = row.id in shown or row.by_hand
    _absorb_left_out(session, account_id, out)


def left_out_to_write(account_id: int, before: Mapping[str, Outsider], out: Iterable[LeftOut]) -> list[dict[str, Any]]:
    """Addresses that did not become contacts, as `write_left_out` takes them; only what changed."""
    return [
        {
            "account_id": account_id,
            "address": one.address,
            "name": one.name,
            "rule": one.rule,
            "reason": one.reason,
            "counted_in": one.address in before and before[one.address].counted_in,
        }
        for one in {one.address: one for one in out}.values()
        if one.address not in before or before[one.address][1:3] != (one.rule, one.reason)
    ]


def write_left_out(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    upsert(session, LeftOutRow, rows, ("account_id", "address"))


def _absorb_left_out(session: Session, account_id: int, out: Sequence[LeftOut]) -> None:
    now_out = {one.address for one in out}
    before: dict[str, Outsider] = {}
    for row in left_out(session, account_id):
        if row.address not in now_out and not row.counted_in:
            session.delete(row)
        else:
            before[row.address] = Outsider(row.address, row.rule, row.reason, row.counted_in)
    session.flush()
    write_left_out(session, left_out_to_write(account_id, before, out))


def set_counted_in(session: Session, account_id: int, address: str, counted: bool) -> bool:
    """Undo an exclusion, or restore it. False where there is none."""
    row = session.get(LeftOutRow, (account_id, address))
    if row is None:
        return False
    row.counted_in = counted
    return True


def facts_to_write(rows: Iterable[ContactRow], facts: Mapping[int, dict[str, Any]]) -> list[dict[str, Any]]:
    """What the last plan said of each of these, as `write_facts` takes it; only what changed."""
    return [{"contact": row.id, "said": facts.get(row.id, {})} for row in rows if row.facts != facts.get(row.id, {})]


def write_facts(session: Session, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    table = ContactRow.__table__
    assert isinstance(table, Table)
    session.connection().execute(
        update(table).where(table.c.id == bindparam("contact")).values(facts=bindparam("said")), rows
    )


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
