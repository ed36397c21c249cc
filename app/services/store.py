"""What a run concluded -> rows, in one transaction, before the calendar is told of any of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.db import blocks, people
from app.db.accounts import Lease
from app.db.rowtext import dump_reasons, dump_rule
from app.db.tables import AccountRow, BlockRow, SuggestionRow
from app.services.facts import asks, facts
from app.services.found import others_to_come
from app.services.lost import unplaced_words
from app.services.outlook import BlockPlan, Outlook, proposed_rule
from app.services.state import State, reload_people
from app.services.ticks import REACHED, Tick, source_of
from scheduler.changes import Delete, Update, hands_over
from scheduler.coverage import SeasonRoom
from scheduler.model import BlockState, Suggestion
from scheduler.people import Census
from scheduler.twins import Known, pairs
from scheduler.words import kept

_MOST_TWINS = 500
_ROWS_A_COMMIT = 500

_MOVED_BY_US = frozenset({BlockState.BOOKED, BlockState.PLANNED})


def store_people(lease: Lease, state: State, seen: Census, *, now: datetime) -> State:
    """Everybody whom the calendar shows and we do not know yet, and everybody it leaves out: in short writes, for
    there may be thousands; then all that has changed of anybody. Returns the state with the people as they are now."""
    account_id = lease.account_id
    if _is_absorbed(state, seen):
        return state
    for some in _pieces(people.strangers(state.addresses, seen.acquaintances)):
        with lease.db.write() as session:
            people.add(session, account_id, some, now=now)
            lease.hold(session)
    for rows in _pieces(people.left_out_to_write(account_id, state.left_out, seen.left_out)):
        with lease.db.write() as session:
            people.write_left_out(session, rows)
            lease.hold(session)
    state = _reloaded(lease, state)
    if not _is_absorbed(state, seen):  # after a first read it is, and need not be gone through with the lock in hand
        with lease.db.write() as session:
            people.absorb(session, account_id, seen.acquaintances, seen.left_out, now=now)
            lease.hold(session)
        state = _reloaded(lease, state)
    return state


def _is_absorbed(state: State, seen: Census) -> bool:
    return people.is_absorbed(state.everybody, state.addresses, state.left_out, seen.acquaintances, seen.left_out)


def _reloaded(lease: Lease, state: State) -> State:
    with lease.db.read() as session:
        return reload_people(session, state)


def store_facts(lease: Lease, state: State, made: Outlook) -> list[dict[str, Any]]:
    """What lists show of everybody, in short writes. Returns those that one more write may hold."""
    *pieces, rest = [*_pieces(people.facts_to_write(state.contacts, facts(made, state)))] or [[]]
    for rows in pieces:
        with lease.db.write() as session:
            people.write_facts(session, rows)
            lease.hold(session)
    return rest


def _pieces(rows: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(rows), _ROWS_A_COMMIT):
        yield rows[start : start + _ROWS_A_COMMIT]


def outlook_values(state: State, made: Outlook) -> dict[str, Any]:
    """The columns of the account's row that go with what `store_outlook` writes."""
    return {"outlook": _outlook(made, state), "other_blocks": others_to_come(state, now=made.now)}


def store_outlook(session: Session, account: AccountRow, state: State, made: Outlook) -> None:
    """Blocks, names, ticks and coverage.

    What we are about to take away is marked as ours to take before we do it: a cancellation that we did not announce
    is the user's.
    """
    revised = _revised(state, made) if state.welcomed else {}
    ticks = [(block_id, tick) for block_id, reading in made.readings.items() for tick in reading.ticks]
    # Of all that is gone through below, in one question: the session answers the rest from it. Read again, for the user
    # may have ticked somebody on a page since the plan was made.
    listed = blocks.listed(session, account.id, {*revised, *(block_id for block_id, _ in ticks)})
    for block_id, tick in ticks:
        _store_tick(session, account.id, block_id, tick)
    if state.welcomed:
        _store_blocks(session, account.id, listed, revised, state, made)


def _store_tick(session: Session, account_id: int, block_id: int, tick: Tick) -> None:
    row = session.get_one(SuggestionRow, tick.suggestion_id)
    row.in_text = tick.ticked
    if not tick.counts:
        return
    row.outcome = REACHED if tick.ticked else ""
    if tick.touch is not None:
        people.add_touch(
            session,
            account_id,
            tick.contact_id,
            on=tick.touch.on,
            channel=tick.touch.channel.value,
            source=tick.touch.source,
        )
    else:
        people.drop_touch(session, account_id, tick.contact_id, source_of(block_id))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Revision:
    """What becomes of a block that has a row. `columns`: as the row should be, or None where it goes."""

    columns: Mapping[str, Any] | None
    names: Mapping[int, _Name] | None  # by contact id; None: they stay as they are


class _Name(NamedTuple):
    position: int
    body: dict[str, Any]


def _revised(state: State, made: Outlook) -> dict[int, _Revision]:
    """By row id, only blocks of which the plan wants something else than stood there when it was made. Most runs want
    nothing of most blocks, and what is not asked for needs not be read again with the lock in hand."""
    plans = {one.row.id: one for one in made.blocks if one.row is not None}
    leaving = {change.event_id for change in made.changes if isinstance(change, Delete)}
    theirs = {change.event.id for change in made.changes if isinstance(change, Update) and hands_over(change)}
    found = {}
    for known in state.blocks:
        plan = plans.get(known.id)
        if plan is None and made.observed[known.id] is BlockState.PLANNED:
            found[known.id] = _Revision(columns=None, names=None)  # never got into the calendar, and is not wanted
            continue
        event, reading = state.events.get(known.event_id), made.readings.get(known.id)
        columns: dict[str, Any] = {"taken_away": known.retired_by_us and (event is None or event.cancelled)}
        if known.event_id in leaving:
            columns["retired_by_us"] = True
        if reading is not None and reading.untouched:
            columns["written"] = reading.written
        if plan is None:
            block = made.standing[known.id]
            now = BlockState.ADOPTED if known.event_id in theirs else made.observed[known.id]
            columns |= {"state": now.value, "starts_at": block.start, "ends_at": block.end}
        else:
            columns |= _planned(plan)
        names = None if plan is None else _names(plan)
        ticked = reading is not None and bool(reading.ticks)  # which may change who stays on its list
        renamed = names is not None and any(_renamed(state.suggestions.get(known.id, []), names, state))
        if ticked or renamed or any(getattr(known, column) != value for column, value in columns.items()):
            found[known.id] = _Revision(columns=columns, names=names)
    return found


def _planned(plan: BlockPlan) -> dict[str, Any]:
    block = plan.block
    columns: dict[str, Any] = {
        "state": block.state.value,
        "starts_at": block.start,
        "ends_at": block.end,
        "note": plan.note,
        "lost": _lost(plan),
    }
    if block.state in _MOVED_BY_US:
        columns["planned_at"] = block.start
    if block.reason:
        columns["reason"] = block.reason
    return columns


def _lost(plan: BlockPlan) -> dict[str, Any]:
    return {occurrence: kept(sentence) for occurrence, sentence in plan.lost.items()}


def _names(plan: BlockPlan) -> dict[int, _Name]:
    names: list[Suggestion] = [*plan.done, *plan.people]
    return {
        int(one.contact): _Name(
            place, {"reasons": dump_reasons(one.reasons), "channel": one.channel.value, "prompt": kept(one.prompt)}
        )
        for place, one in enumerate(names)
    }


def _store_blocks(
    session: Session,
    account_id: int,
    listed: Mapping[BlockRow, list[SuggestionRow]],
    revised: Mapping[int, _Revision],
    state: State,
    made: Outlook,
) -> None:
    """`listed` has the rows of those `revised`."""
    for row, names in listed.items():
        revision = revised.get(row.id)
        if revision is None:
            continue
        if revision.columns is None:
            session.delete(row)
            for name in names:
                session.expunge(name)  # goes with it; SQLite gives its id to the next
            continue
        before = _shown(row)
        for column, value in revision.columns.items():
            if getattr(row, column) != value:
                setattr(row, column, value)
        others = revision.names is not None and _store_names(session, row, names, revision.names, state)
        _count(row, others or _shown(row) != before, made.now)
    session.flush()
    new = [(_new_row(account_id, plan, made.now), plan) for plan in made.blocks if plan.row is None]
    session.add_all(row for row, _plan in new)
    session.flush()
    for row, plan in new:
        _store_names(session, row, [], _names(plan), state)


def _shown(row: BlockRow) -> tuple[object, ...]:
    """What another calendar would see change."""
    return row.starts_at, row.ends_at, row.state


def _count(row: BlockRow, changed: bool, now: datetime) -> None:
    if changed:
        row.revision += 1
        row.changed_at = now


def _new_row(account_id: int, plan: BlockPlan, now: datetime) -> BlockRow:
    block = plan.block
    return BlockRow(
        account_id=account_id,
        rule=block.key.rule,
        occurrence=block.key.occurrence,
        generation=block.generation,
        event_id=plan.event_id,
        state=BlockState.PLANNED.value,
        starts_at=block.start,
        ends_at=block.end,
        reason=block.reason,
        planned_at=block.start,
        lost=_lost(plan),
        revision=1,
        changed_at=now,
    )


class _Renaming(NamedTuple):
    leaving: Sequence[SuggestionRow]
    changed: Sequence[tuple[SuggestionRow, _Name]]
    new: Mapping[int, _Name]


def _renamed(listed: Sequence[SuggestionRow], names: Mapping[int, _Name], state: State) -> _Renaming:
    """From the names `listed` so far to those that should be; whoever was reached in the block stays on its list."""
    before = {state.who(one.contact_id): one for one in listed}
    return _Renaming(
        leaving=[old for contact_id, old in before.items() if contact_id not in names and old.outcome == ""],
        changed=[
            (old, one)
            for contact_id, one in names.items()
            if (old := before.get(contact_id)) is not None
            and (old.position != one.position or (old.body != one.body and old.outcome == ""))
        ],
        new={contact_id: one for contact_id, one in names.items() if contact_id not in before},
    )


def _store_names(
    session: Session, row: BlockRow, listed: Sequence[SuggestionRow], names: Mapping[int, _Name], state: State
) -> bool:
    """Whether others stand there than before."""
    renamed = _renamed(listed, names, state)
    for old in renamed.leaving:
        session.delete(old)
    for old, one in renamed.changed:
        old.position = one.position
        if old.outcome == "":
            old.body = one.body
    for contact_id, one in renamed.new.items():
        session.add(SuggestionRow(block_id=row.id, contact_id=contact_id, position=one.position, body=one.body))
    return bool(renamed.leaving or renamed.new)


def _outlook(made: Outlook, state: State) -> dict[str, Any]:
    """What pages say that no row says; sentences as `kept`."""
    capacity = made.filling.capacity
    said: dict[str, Any] = {
        "capacity": kept(capacity.sentence),
        "mends": [kept(one) for one in capacity.mends],
        "needed": capacity.needed_a_week,
        "held": capacity.held_a_week,
        "beyond": capacity.beyond,
        "unplaced": [kept(one) for one in unplaced_words(made.plan)],
        "seasons": {one.key: _of_season(one) for one in made.filling.seasons},
        "hints": [
            {
                "rule": one.rule_key,
                "key": one.key,
                "sentence": kept(one.sentence),
                "instead": dump_rule(one.rule) if one.rule else None,
                "pause": one.pause,
            }
            for one in made.hints
        ],
        "ask": [int(one.key) for one in made.contacts if asks(one)],
        "attendees": made.census.attendees,
        "twins": _twins(state),
    }
    if made.proposal is not None:
        said["proposal"] = {
            "sentence": kept(made.proposal.sentence),
            "weekday": made.proposal.weekday,
            "rule": dump_rule(proposed_rule(made.proposal)),
            "blocks": [
                {
                    "start": one.block.start.isoformat(),
                    "end": one.block.end.isoformat(),
                    "reason": kept(one.block.reason),
                    "people": [
                        {
                            "contact": int(who.contact),
                            "reasons": dump_reasons(who.reasons),
                            "channel": who.channel.value,
                            "prompt": kept(who.prompt),
                        }
                        for who in one.people
                    ],
                }
                for one in made.blocks
            ],
        }
    return said


def _of_season(room: SeasonRoom) -> dict[str, Any]:
    return {"sentence": kept(room.sentence), "mends": [kept(one) for one in room.mends]}


def _twins(state: State) -> list[tuple[int, int]]:
    """Contact ids of those who may be one person, whatever the user said of it."""
    addresses: dict[int, list[str]] = {}
    for address, contact_id in state.addresses.items():
        addresses.setdefault(contact_id, []).append(address)
    return pairs(
        Known(key=row.id, name=row.name, company=row.company, addresses=tuple(addresses.get(row.id, ())))
        for row in state.contacts
        if row.seen or row.by_hand
    )[:_MOST_TWINS]
