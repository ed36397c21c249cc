"""What the calendar knows and our rows do not: blocks of ours, and names ticked in a text. Pure.

It happens when the database is older than the calendar, or when a name left a block and the text could not be written.
Both get their rows before anything is planned, so that nothing is doubled and what the user did counts.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from app.db.tables import BlockRow, SuggestionRow
from app.services.links import OUTCOMES_COUNT_FOR
from app.services.state import State
from scheduler.model import BlockState, Channel, Event
from scheduler.stamp import BY, event_id
from scheduler.timespan import at_wall_clock
from scheduler.worksheet import Line, parse

_UNSETTLED = frozenset({BlockState.PLANNED, BlockState.BOOKED, BlockState.PINNED})


def times_of(event: Event, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """Where an event is; an all-day one from midnight to midnight of the user's zone. None for one without length."""
    if event.start is None or event.end is None:
        return None
    start, end = (
        moment if isinstance(moment, datetime) else at_wall_clock(moment, time(), zone)
        for moment in (event.start, event.end)
    )
    return (start, end) if start.astimezone(UTC) < end.astimezone(UTC) else None


def lost_rows(state: State) -> list[BlockRow]:
    """New rows, in no session. Copies are not found (their ids are not ours), nor other installations' blocks."""
    found = []
    for event in state.events.values():
        if event.id in state.event_ids or event.cancelled or event.properties.get(BY) != state.by:
            continue
        rule, _, rest = event.block_tag.partition("/")
        occurrence, _, generation = rest.partition("/")
        there = times_of(event, state.zone)
        if not generation.isdecimal() or there is None:
            continue
        if event_id(state.block_key, rule, occurrence, int(generation)) == event.id:
            found.append(
                BlockRow(
                    account_id=state.account_id,
                    rule=rule,
                    occurrence=occurrence,
                    generation=int(generation),
                    event_id=event.id,
                    state=BlockState.BOOKED.value,
                    starts_at=there[0],
                    ends_at=there[1],
                    reason="",
                    note="",
                    written="",
                    retired_by_us=False,
                    taken_away=False,
                )
            )
    return found


def gone_in_doubt(state: State) -> list[str]:
    """Event ids of blocks that the calendar shows deleted, of which we do not know who did it: we have not said that we
    would, or have said so and never seen it done, for it may have failed and the user have been first."""
    return [
        row.event_id
        for row in sorted(state.blocks, key=lambda row: row.id)
        if (not row.taken_away if row.retired_by_us else row.state in _UNSETTLED)
        and (event := state.events.get(row.event_id)) is not None
        and event.cancelled
    ]


def others_to_come(state: State, *, now: datetime) -> int:
    """How many live blocks of another installation the calendar still has before it."""
    count = 0
    for event in state.events.values():
        there = times_of(event, state.zone)
        ours = event.properties.get(BY, state.by) == state.by
        count += not (ours or event.cancelled) and bool(event.block_tag) and there is not None and there[1] > now
    return count


def ticked_but_not_listed(state: State, *, now: datetime) -> Iterator[SuggestionRow]:
    """New rows, in no session, for people ticked in a block's text whom the block's list does not hold (any more)."""
    for block in state.blocks:
        event = state.events.get(block.event_id)
        if event is None or event.cancelled or now > block.ends_at + OUTCOMES_COUNT_FOR:
            continue
        listed = {state.who(one.contact_id) for one in state.suggestions.get(block.id, [])}
        text = html.unescape(event.description)
        there = [contact for contact in state.contacts if contact.id in listed or contact.name in text]
        if all(contact.id in listed for contact in there):
            continue
        lines = [Line(contact=str(one.id), name=one.name, company=one.company) for one in there]
        # What we wrote as done ourselves is no tick of the user's: a name may have changed hands since.
        ours = parse(block.written, lines, written="").ticks if block.written else frozenset()
        ticks = parse(event.description, lines, written=block.written).ticks - ours
        for place, contact in enumerate(there):
            if str(contact.id) in ticks and contact.id not in listed:
                yield SuggestionRow(
                    block_id=block.id,
                    contact_id=contact.id,
                    position=len(listed) + place,
                    body={"reasons": [], "channel": Channel.CALL.value, "prompt": ""},
                    in_text=False,
                    outcome="",
                )
