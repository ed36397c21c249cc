"""Rules, blocks, suggestions, and the journal of what changed in the calendar."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, Table, Update, case, delete, insert, select, update
from sqlalchemy.orm import Session, aliased

from app.chance import Chance
from app.db.engine import rows_changed
from app.db.prepared import prepared
from app.db.rowtext import dump_rule, load_rule
from app.db.tables import BlockRow, JournalRow, RuleRow, SuggestionRow
from scheduler.model import BlockKey, BlockState, Rule

_BLOCKS, _NAMES = cast(Table, BlockRow.__table__), cast(Table, SuggestionRow.__table__)
_RULES, _JOURNAL = cast(Table, RuleRow.__table__), cast(Table, JournalRow.__table__)
_BLOCK, _NAME, _RULE = _BLOCKS.c, _NAMES.c, _RULES.c


def new_rule_key(chance: Chance) -> str:
    """Random: part of the derived ids of its blocks, and never used again."""
    return chance.randbytes(4).hex()


def rules(session: Session, account_id: int) -> list[RuleRow]:
    return list(session.scalars(*_rules(account_id=account_id)))


@prepared
def _rules(*, account_id: int) -> Select[RuleRow]:
    return select(RuleRow).where(RuleRow.account_id == account_id).order_by(RuleRow.id)


def save_rule(session: Session, account_id: int, rule: Rule) -> None:
    """Add the rule, or change the one with its key; a change of its times lets its blocks find new places."""
    row = session.scalars(*_rule(account_id=account_id, key=rule.key)).one_or_none()
    if row is None:
        session.add(RuleRow(account_id=account_id, key=rule.key, body=dump_rule(rule), replace=False))
        return
    if places(load_rule(row.body)) != places(rule):
        row.replace = True
    row.body = dump_rule(rule)


@prepared
def _rule(*, account_id: int, key: str) -> Select[RuleRow]:
    return select(RuleRow).where(RuleRow.account_id == account_id, RuleRow.key == key)


def places(rule: Rule) -> tuple[object, ...]:
    """What decides where a rule's blocks lie."""
    return (
        sorted(rule.weekdays),
        rule.times_a_week,
        rule.window_start,
        rule.window_end,
        rule.ideal,
        rule.shortest,
        rule.longest,
        rule.buffer,
    )


def replaced(session: Session, account_id: int, keys: Iterable[str]) -> None:
    """These rules' blocks have found their new places."""
    session.execute(*_replaced(account_id=account_id, keys=list(keys)))


@prepared
def _replaced(*, account_id: int, keys: list[str]) -> Update:
    return update(_RULES).where(_RULE.account_id == account_id, _RULE.key.in_(keys)).values(replace=False)


def place_anew(session: Session, account_id: int) -> None:
    """The zone or the working hours changed: blocks of every rule find new places, pinned ones apart."""
    session.execute(update(RuleRow).where(RuleRow.account_id == account_id).values(replace=True))


def listed(session: Session, account_id: int, ids: Collection[int]) -> dict[BlockRow, list[SuggestionRow]]:
    """These blocks, earliest first, each with its names in their order."""
    found: dict[BlockRow, list[SuggestionRow]] = {}
    if ids:
        for block_row, name in session.execute(*_listed(account_id=account_id, ids=sorted(ids))):
            names = found.setdefault(block_row, [])
            if name is not None:
                names.append(name)
    return found


@prepared
def _listed(*, account_id: int, ids: list[int]) -> Select[BlockRow, SuggestionRow]:
    return (
        select(BlockRow, SuggestionRow)
        .outerjoin(SuggestionRow, SuggestionRow.block_id == BlockRow.id)
        .where(BlockRow.account_id == account_id, BlockRow.id.in_(ids))
        .order_by(BlockRow.starts_at, BlockRow.id, SuggestionRow.position, SuggestionRow.id)
    )


def blocks(session: Session, account_id: int, *, since: datetime) -> list[BlockRow]:
    """Blocks that end after `since`, earliest first."""
    return list(
        session.scalars(
            select(BlockRow)
            .where(BlockRow.account_id == account_id, BlockRow.ends_at > since)
            .order_by(BlockRow.starts_at, BlockRow.id)
        )
    )


def held(session: Session, account_id: int) -> list[BlockRow]:
    """Every block that took place."""
    return list(
        session.scalars(
            select(BlockRow).where(BlockRow.account_id == account_id, BlockRow.state == BlockState.HELD.value)
        )
    )


def block(session: Session, account_id: int, block_id: int) -> BlockRow | None:
    return session.scalars(
        select(BlockRow).where(BlockRow.account_id == account_id, BlockRow.id == block_id)
    ).one_or_none()


def latest(session: Session, account_id: int, key: BlockKey) -> BlockRow | None:
    """The newest generation of an occurrence."""
    return session.scalars(
        select(BlockRow)
        .where(BlockRow.account_id == account_id, BlockRow.rule == key.rule, BlockRow.occurrence == key.occurrence)
        .order_by(BlockRow.generation.desc())
        .limit(1)
    ).one_or_none()


def told(
    session: Session, account_id: int, event_id: str, *, written: str | None, ticked: frozenset[int], gone: bool
) -> None:
    """The calendar has taken our write: the description as it stands there now, with the lines of `ticked` contacts
    done, or that the event is gone."""
    values: dict[str, Any] = {"state": _NOW_BOOKED}
    if written is not None:
        values["written"] = written
    if gone:
        values |= {"state": BlockState.RETIRED.value, "taken_away": True}
    session.execute(*_writing(account=account_id, event=event_id, **values))
    if written is not None:
        session.execute(*_ticking(account=account_id, event=event_id, ticked=list(ticked)))


_NOW_BOOKED = case((_BLOCK.state == BlockState.PLANNED, BlockState.BOOKED.value), else_=_BLOCK.state)


@prepared
def _writing(*, account: int, event: str, **values: Any) -> Update:
    return update(_BLOCKS).where(_BLOCK.account_id == account, _BLOCK.event_id == event).values(values)


@prepared
def _ticking(*, account: int, event: str, ticked: list[int]) -> Update:
    this = select(_BLOCK.id).where(_BLOCK.account_id == account, _BLOCK.event_id == event).scalar_subquery()
    done = _NAME.contact_id.in_(ticked)
    return update(_NAMES).where(_NAME.block_id == this, _NAME.in_text != done).values(in_text=done)


def was_us(session: Session, account_id: int, event_id: str) -> bool:
    """The calendar says that it was we who took this block away. Whether the row did not."""
    return _was(session, account_id, event_id, us=True)


def was_the_user(session: Session, account_id: int, event_id: str) -> bool:
    """It says that it was not we, though we may have been about to: then nothing comes in its place either."""
    if not _was(session, account_id, event_id, us=False):
        return False
    before = aliased(BlockRow)
    planned = (
        select(BlockRow.id)
        .join(before, (before.rule == BlockRow.rule) & (before.occurrence == BlockRow.occurrence))
        .where(
            BlockRow.account_id == account_id,
            before.account_id == account_id,
            before.event_id == event_id,
            BlockRow.generation > before.generation,
            BlockRow.state == BlockState.PLANNED.value,
        )
    )
    session.execute(delete(BlockRow).where(BlockRow.id.in_(planned)).execution_options(synchronize_session=False))
    return True


def _was(session: Session, account_id: int, event_id: str, *, us: bool) -> bool:
    changed = session.execute(
        update(_BLOCKS)
        .where(_BLOCK.account_id == account_id, _BLOCK.event_id == event_id, _BLOCK.retired_by_us != us)
        .values(retired_by_us=us)
    )
    return rows_changed(changed) > 0


def suggestions(session: Session, block_ids: Sequence[int]) -> dict[int, list[SuggestionRow]]:
    """By block id, in their order; of two at one place the older first, for the other took a seat that was free."""
    found: dict[int, list[SuggestionRow]] = {}
    if block_ids:
        rows = session.scalars(
            select(SuggestionRow)
            .where(SuggestionRow.block_id.in_(block_ids))
            .order_by(SuggestionRow.block_id, SuggestionRow.position, SuggestionRow.id)
        )
        for row in rows:
            found.setdefault(row.block_id, []).append(row)
    return found


def suggestion(session: Session, block_id: int, contact_id: int) -> SuggestionRow | None:
    return session.scalars(
        select(SuggestionRow).where(SuggestionRow.block_id == block_id, SuggestionRow.contact_id == contact_id)
    ).one_or_none()


def last_channel(session: Session, contact_ids: Sequence[int]) -> str | None:
    """By which way a person was last suggested."""
    body = session.scalars(
        select(SuggestionRow.body)
        .join(BlockRow, BlockRow.id == SuggestionRow.block_id)
        .where(SuggestionRow.contact_id.in_(contact_ids), BlockRow.state == BlockState.HELD.value)
        .order_by(BlockRow.starts_at.desc())
        .limit(1)
    ).first()
    return str(body["channel"]) if body else None


def drop_suggestions(session: Session, ids: Sequence[int]) -> None:
    if ids:
        session.execute(delete(SuggestionRow).where(SuggestionRow.id.in_(ids)))


def note(session: Session, account_id: int, what: str, text: str, at: datetime) -> None:
    """One line of the journal."""
    session.execute(_NOTING, {"account_id": account_id, "at": at, "what": what, "text": text})


_NOTING = insert(_JOURNAL)


def journal(
    session: Session, account_id: int, *, since: datetime, what: Collection[str], limit: int = 50
) -> list[JournalRow]:
    """Lines of these kinds, the latest first."""
    return list(
        session.scalars(
            select(JournalRow)
            .where(JournalRow.account_id == account_id, JournalRow.at >= since, JournalRow.what.in_(what))
            .order_by(JournalRow.at.desc(), JournalRow.id.desc())
            .limit(limit)
        )
    )
