"""Our blocks as the calendar shows them now, whatever the rows say: a row is as old as the last run. Pure."""

from __future__ import annotations

from datetime import datetime

from app.db.tables import BlockRow
from app.services.found import times_of
from app.services.state import State, key_of
from scheduler.changes import observe
from scheduler.model import Block, BlockKey, BlockState


def standing_blocks(state: State, *, now: datetime) -> dict[int, Block]:
    """By block row id. A block of which the calendar holds no trace is where its row says."""
    newest: dict[BlockKey, int] = {}
    stood: dict[BlockKey, int] = {}
    for row in state.blocks:
        key = key_of(row)
        newest[key] = max(row.generation, newest.get(key, 0))
        if row.state != BlockState.PLANNED or row.event_id in state.events:
            stood[key] = max(row.generation, stood.get(key, 0))
    return {
        row.id: standing_block(row, _observe(row, newest[key_of(row)], stood.get(key_of(row), 0), state, now), state)
        for row in state.blocks
    }


def _observe(row: BlockRow, newest: int, stood: int, state: State, now: datetime) -> BlockState:
    """`newest`: the latest generation of its occurrence, and `stood`: the latest that got into the calendar. There is a
    next one only where we take this one away, and it gets there only when this one is gone, even if a database from
    yesterday has forgotten it."""
    event = state.events.get(row.event_id)
    stored = BlockState(row.state)
    if event is None and stored in (BlockState.HELD, BlockState.SKIPPED, BlockState.RETIRED):
        return stored
    return observe(
        event,
        stored,
        retired=row.retired_by_us or row.generation < newest,
        taken_away=row.taken_away or row.generation < stood,
        now=now,
    )


def standing_block(row: BlockRow, observed: BlockState, state: State) -> Block:
    """The row's block, where its event is."""
    event = state.events.get(row.event_id)
    there = times_of(event, state.zone) if event is not None and not event.cancelled else None
    start, end = there or (row.starts_at, row.ends_at)
    return Block(key=key_of(row), generation=row.generation, start=start, end=end, state=observed, reason=row.reason)
