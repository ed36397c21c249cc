"""What people did in the texts of blocks: ticks set, and ticks taken away again. Pure.

A tick is the difference between what the text says now and what it said when we last looked (`in_text`), so that a
tick set on a page, a text we have not rewritten yet, and a repeat are never taken for the user's hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from app.db.rowtext import load_reasons
from app.db.tables import SuggestionRow
from app.services.links import OUTCOMES_COUNT_FOR
from app.services.state import State
from scheduler.model import Block, BlockState, Channel, Suggestion, Touch
from scheduler.reasons import say_channel
from scheduler.stamp import stamp_of
from scheduler.words import again
from scheduler.worksheet import Line, Parsed, content_digest, parse

REACHED = "reached"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    """One suggestion whose line changed. `touch` is what it means for the contact; None where it was undone."""

    suggestion_id: int
    contact_id: int
    ticked: bool
    counts: bool  # False: only what the text says changed, a page had said the same before
    touch: Touch | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """One block's text, read. `untouched`: it still says what we last wrote, so that may be kept as `written`."""

    parsed: Parsed
    lines: tuple[Line, ...]
    ticks: tuple[Tick, ...]
    untouched: bool
    written: str
    digest: str


def source_of(block_id: int) -> str:
    """The touch that a block's tick makes: one a person and block."""
    return f"block/{block_id}"


def load_suggestion(row: SuggestionRow) -> Suggestion:
    return Suggestion(
        contact=str(row.contact_id),
        reasons=load_reasons(row.body["reasons"]),
        channel=Channel(row.body["channel"]),
        prompt=again(row.body["prompt"]),
    )


def line_of(suggestion: Suggestion, name: str, company: str, *, link: str | None, ticked: bool) -> Line:
    """A person's line in the text."""
    return Line(
        contact=suggestion.contact,
        name=name,
        company=company,
        reason=suggestion.public_sentence,
        channel=say_channel(suggestion.channel),
        link=f"{link}#p{suggestion.contact}" if link else None,
        ticked=ticked,
    )


def read_texts(
    state: State, standing: Mapping[int, Block], links: Mapping[int, str | None], *, now: datetime
) -> dict[int, Reading]:
    """By block id: the texts of blocks whose ticks still count, what was last in those that are gone (their ticks were
    read while they stood), and what is in those that are still to be handed over, however old. `standing`: the blocks
    as the calendar shows them; `links`: the block's address, or None."""
    contacts = {row.id: row for row in state.everybody}
    found: dict[int, Reading] = {}
    for block in state.blocks:
        event = state.events.get(block.event_id)
        if event is None:
            continue
        counts = now <= standing[block.id].end + OUTCOMES_COUNT_FOR
        if not counts and (standing[block.id].state is not BlockState.ADOPTED or not event.block_tag):
            continue
        rows = state.suggestions.get(block.id, [])
        # Who was merged since may stand there under either name.
        lines = tuple(
            line_of(
                replace(load_suggestion(row), contact=str(contact.id)),
                contact.name,
                contact.company,
                link=links.get(block.id),
                ticked=row.outcome == REACHED,
            )
            for row in rows
            for contact in {
                one: contacts[one] for one in (row.contact_id, state.who(row.contact_id)) if one in contacts
            }.values()
        )
        stamp = stamp_of(event)
        digest = stamp.sheet if stamp else ""
        untouched = bool(digest) and content_digest(event.description) == digest
        written = event.description if untouched else block.written
        parsed = parse(event.description, lines, written=written, digest=digest)
        found[block.id] = Reading(
            parsed=parsed,
            lines=lines,
            ticks=tuple(
                tick
                for row in (rows if counts and not event.cancelled else ())
                if (tick := _tick(standing[block.id], row, parsed, state, now)) is not None
            ),
            untouched=untouched,
            written=written,
            digest=digest,
        )
    return found


def _tick(block: Block, row: SuggestionRow, parsed: Parsed, state: State, now: datetime) -> Tick | None:
    keys = {str(row.contact_id), str(state.who(row.contact_id))}
    if not keys.isdisjoint(parsed.ticks) and not row.in_text:
        on: date = min(block.start, now).astimezone(state.zone).date()
        return Tick(
            suggestion_id=row.id,
            contact_id=row.contact_id,
            ticked=True,
            counts=row.outcome != REACHED,
            touch=Touch(on=on, channel=Channel(row.body["channel"]), source=source_of(row.block_id)),
        )
    if not keys.isdisjoint(parsed.unticked) and row.in_text:
        return Tick(
            suggestion_id=row.id,
            contact_id=row.contact_id,
            ticked=False,
            counts=row.outcome == REACHED,
            touch=None,
        )
    return None
