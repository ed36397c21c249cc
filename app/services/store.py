"""What a run concluded -> rows, in one transaction, before the calendar is told of any of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db import blocks, people
from app.db.accounts import Lease
from app.db.rowtext import dump_reasons, dump_rule
from app.db.tables import AccountRow, BlockRow, SuggestionRow
from app.services.facts import asks, facts
from app.services.found import others_to_come
from app.services.lost import unplaced_words
from app.services.outlook import BlockPlan, Outlook, proposed_rule
from app.services.state import MEMORY, State, reload_people
from app.services.ticks import REACHED, source_of
from scheduler.changes import Delete, Update, hands_over
from scheduler.coverage import SeasonRoom
from scheduler.model import Block, BlockState, Suggestion
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
    # All that is gone through below, in one question: the session answers the rest from it. Read again, for the user
    # may have ticked somebody on a page since the plan was made.
    listed = blocks.listed(session, account.id, since=made.now - MEMORY)
    rows = {row.id: row for row in listed}
    names = {row.id: suggestions for row, suggestions in listed.items()}
    for block_id, reading in made.readings.items():
        for tick in reading.ticks:
            row = session.get_one(SuggestionRow, tick.suggestion_id)
            row.in_text = tick.ticked
            if not tick.counts:
                continue
            row.outcome = REACHED if tick.ticked else ""
            if tick.touch is not None:
                people.add_touch(
                    session,
                    account.id,
                    tick.contact_id,
                    on=tick.touch.on,
                    channel=tick.touch.channel.value,
                    source=tick.touch.source,
                )
            else:
                people.drop_touch(session, account.id, tick.contact_id, source_of(block_id))
    if state.welcomed:
        _store_blocks(session, account.id, rows, names, state, made)


def _store_blocks(
    session: Session,
    account_id: int,
    rows: Mapping[int, BlockRow],
    names: Mapping[int, list[SuggestionRow]],
    state: State,
    made: Outlook,
) -> None:
    """`rows` and `names` by block id, of this session."""
    leaving = {change.event_id for change in made.changes if isinstance(change, Delete)}
    theirs = {change.event.id for change in made.changes if isinstance(change, Update) and hands_over(change)}
    planned = {one.row.id for one in made.blocks if one.row is not None}
    for known in state.blocks:
        row = rows[known.id]
        observed = made.observed[known.id]
        event = state.events.get(known.event_id)
        row.taken_away = row.retired_by_us and (event is None or event.cancelled)
        if known.event_id in leaving:
            row.retired_by_us = True
        reading = made.readings.get(known.id)
        if reading is not None and reading.untouched:
            row.written = reading.written
        if known.id not in planned:
            if observed is BlockState.PLANNED:
                session.delete(row)  # never got into the calendar, and is not wanted any more
                for name in names.get(row.id, []):
                    session.expunge(name)  # goes with it; SQLite gives its id to the next
                continue
            before = _shown(row)
            row.state = (BlockState.ADOPTED if known.event_id in theirs else observed).value
            block = made.standing[known.id]
            row.starts_at, row.ends_at = block.start, block.end
            _count(row, _shown(row) != before, made.now)
    session.flush()
    for plan in made.blocks:
        row = rows[plan.row.id] if plan.row else _new_row(account_id, plan.block, plan.event_id)
        _store_block(session, row, names.get(row.id, []), plan, state, made.now)


def _shown(row: BlockRow) -> tuple[object, ...]:
    """What another calendar would see change."""
    return row.starts_at, row.ends_at, row.state


def _count(row: BlockRow, changed: bool, now: datetime) -> None:
    if changed:
        row.revision += 1
        row.changed_at = now


def _store_block(
    session: Session, row: BlockRow, listed: Sequence[SuggestionRow], plan: BlockPlan, state: State, now: datetime
) -> None:
    """`listed`: the names it has so far."""
    block = plan.block
    before: tuple[object, ...] = ()
    if plan.row is None:
        session.add(row)
        session.flush()
    else:
        before = _shown(row)
        row.starts_at, row.ends_at = block.start, block.end
        row.state, row.note = block.state.value, plan.note
        if block.state in _MOVED_BY_US:
            row.planned_at = block.start
        if block.reason:
            row.reason = block.reason
    lost = {occurrence: kept(sentence) for occurrence, sentence in plan.lost.items()}
    if lost != row.lost:
        row.lost = lost
    others = _store_names(session, row, listed, plan, state)
    _count(row, others or _shown(row) != before, now)


def _new_row(account_id: int, block: Block, identifier: str) -> BlockRow:
    return BlockRow(
        account_id=account_id,
        rule=block.key.rule,
        occurrence=block.key.occurrence,
        generation=block.generation,
        event_id=identifier,
        state=BlockState.PLANNED.value,
        starts_at=block.start,
        ends_at=block.end,
        reason=block.reason,
        planned_at=block.start,
        lost={},
    )


def _store_names(
    session: Session, row: BlockRow, listed: Sequence[SuggestionRow], plan: BlockPlan, state: State
) -> bool:
    """The block's list as it is now; whoever was reached in it stays on it. Whether others stand there than before."""
    names: list[Suggestion] = [*plan.done, *plan.people]
    wanted = {int(one.contact): (place, one) for place, one in enumerate(names)}
    before = {state.who(one.contact_id): one for one in listed}
    leaving = [old for contact_id, old in before.items() if contact_id not in wanted and old.outcome == ""]
    for old in leaving:
        session.delete(old)
    for contact_id, (place, one) in wanted.items():
        body = {"reasons": dump_reasons(one.reasons), "channel": one.channel.value, "prompt": kept(one.prompt)}
        if contact_id in before:
            old = before[contact_id]
            old.position = place
            if old.body != body and old.outcome == "":
                old.body = body
        else:
            session.add(SuggestionRow(block_id=row.id, contact_id=contact_id, position=place, body=body))
    return bool(leaving) or not wanted.keys() <= before.keys()


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
