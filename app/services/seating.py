"""Whose names go into which block: the plan's blocks and the rows -> seats and names kept -> `fill`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.db.tables import BlockRow, SuggestionRow
from app.services.state import State, key_of
from app.services.ticks import REACHED, Reading
from scheduler.fill import FORTNIGHT, Filling, Seats, fill
from scheduler.model import Block, BlockKey, BlockState, Contact, Rule
from scheduler.plan import Plan


def reached_in(row: BlockRow, state: State, readings: Mapping[int, Reading]) -> list[SuggestionRow]:
    """Who was reached in this block already, ticks just read included."""
    reading = readings.get(row.id)
    fresh = {tick.suggestion_id: tick.ticked for tick in reading.ticks if tick.counts} if reading else {}
    return [one for one in state.suggestions.get(row.id, []) if fresh.get(one.id, one.outcome == REACHED)]


def seat(
    planned: Plan,
    standing: Mapping[int, Block],
    rules: Mapping[str, Rule],
    rows: Mapping[tuple[BlockKey, int], BlockRow],
    done: Mapping[int, list[SuggestionRow]],
    contacts: Sequence[Contact],
    state: State,
    *,
    now: datetime,
) -> Filling:
    """`standing`: by row id, the blocks as the calendar shows them; `rows` by key and generation; `done`: `reached_in`
    by row id."""
    before = _names_before(state, done)
    seats, kept = [], {}
    for block in planned.blocks:
        row = rows.get((block.key, block.generation))
        reached = _names(done.get(row.id, []), state) if row else []
        seats.append(_seats(block, rules.get(block.key.rule), reached, state, now))
        kept[block.key] = before.get(block.key, [])
        if row and block.start <= now:
            kept[block.key] = _names(state.suggestions.get(row.id, []), state)
    for row in state.blocks:
        key = key_of(row)
        if key in kept:
            continue
        there = standing[row.id]
        if there.state is BlockState.HELD and now < there.end + FORTNIGHT:
            listed = state.suggestions.get(row.id, [])
            on = there.start.astimezone(state.zone).date()
            seats.append(Seats(key=key, on=on, start=there.start, people=len(listed), frozen=True))
            kept[key] = _names(listed, state)
        elif there.start > now:
            kept[key] = before[key]  # a block that is gone: its names are seated elsewhere first
    wishes = replace(state.wishes.rhythms, seasons=state.seasons)
    return fill(seats, contacts, kept=kept, now=now, zone=state.zone, wishes=wishes)


def _seats(block: Block, rule: Rule | None, reached: Sequence[str], state: State, now: datetime) -> Seats:
    frozen = block.start <= now
    room = max(1, block.span.length // timedelta(minutes=rule.minutes_a_person if rule else 10))
    return Seats(
        key=block.key,
        on=block.start.astimezone(state.zone).date(),
        start=block.start,
        people=room,
        frozen=frozen,
        reached=frozenset() if frozen else frozenset(reached),
    )


def _names(rows: Sequence[SuggestionRow], state: State) -> list[str]:
    """Each person once, under the key they have now."""
    return list(dict.fromkeys(str(state.who(one.contact_id)) for one in rows))


def _names_before(state: State, done: Mapping[int, list[SuggestionRow]]) -> dict[BlockKey, list[str]]:
    """By key, of the newest generation: who was seated and not reached there. A block that comes back after we took
    it away begins with the names it had."""
    found: dict[BlockKey, list[str]] = {}
    for row in sorted(state.blocks, key=lambda row: row.generation):
        finished = {one.id for one in done.get(row.id, [])}
        listed = _names([one for one in state.suggestions.get(row.id, []) if one.id not in finished], state)
        if listed or key_of(row) not in found:
            found[key_of(row)] = listed
    return found
