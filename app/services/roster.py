"""Contacts as the brain wants them: what the calendar shows of a person, and what the user said of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from app.db.tables import ContactRow, SuggestionRow
from app.services.state import State
from scheduler.model import Acquaintance, Cadence, Channel, Contact, Kind, Touch
from scheduler.people import Census


def contacts(
    state: State,
    seen: Census,
    *,
    now: datetime,
    ticked: Mapping[int, Iterable[Touch]] = {},
    dropped: frozenset[tuple[int, str]] = frozenset(),
    assume: bool = False,
) -> list[Contact]:
    """Everybody with a row. `ticked`: touches just read from texts, by contact id; `dropped`: (contact id, source) of
    ticks taken away again. `assume`: those who are sure and of whom nothing is said count as clients, as on the
    welcome page.
    """
    shown: dict[int, Acquaintance] = {}
    for person in seen.acquaintances:
        for address in person.addresses:
            if address in state.addresses:
                shown.setdefault(state.addresses[address], person)
    by_hand: dict[int, list[Touch]] = {}
    for row in state.touches:
        if (row.contact_id, row.source) not in dropped:
            by_hand.setdefault(row.contact_id, []).append(
                Touch(on=row.on, channel=Channel(row.channel), source=row.source)
            )
    for contact_id, touches in ticked.items():
        by_hand.setdefault(contact_id, []).extend(touches)
    past = _past_suggestions(state, now)
    return [
        _contact(row, shown.get(row.id), by_hand.get(row.id, []), past.get(row.id, []), assume=assume)
        for row in state.contacts
    ]


def _contact(
    row: ContactRow,
    person: Acquaintance | None,
    by_hand: list[Touch],
    past: Sequence[tuple[date, SuggestionRow]],
    *,
    assume: bool,
) -> Contact:
    touches = tuple(sorted([*(person.touches if person else ()), *by_hand]))
    last = max((touch.on for touch in touches if touch.personal), default=date.min)
    unreached = [suggestion for on, suggestion in past if on > last and suggestion.outcome in ("", "tried")]
    sure = not row.unsure
    kind = Kind(row.kind) if row.kind else (Kind.CLIENT if assume and sure and row.seen else None)
    return Contact(
        key=str(row.id),
        name=row.name,
        address=person.address if person else "",
        company=row.company,
        kind=kind,
        sure=sure,
        touches=touches,
        booked=person.booked if person else (),
        cadence=Cadence(ideal=row.cadence_ideal, longest=row.cadence_longest) if row.cadence_ideal else None,
        tags=frozenset(row.tags),
        snoozed_until=row.snoozed_until,
        paused=row.paused or not (row.seen or row.by_hand),
        unreached=len(unreached),
        tried=bool(unreached) and unreached[0].outcome == "tried",
        preferred=Channel(row.preferred) if row.preferred else None,
    )


def _past_suggestions(state: State, now: datetime) -> dict[int, list[tuple[date, SuggestionRow]]]:
    """By contact: the suggestions of blocks that were held, latest first."""
    found: dict[int, list[tuple[date, SuggestionRow]]] = {}
    for block in sorted(state.blocks, key=lambda row: row.starts_at, reverse=True):
        if block.ends_at <= now and block.state == "held":
            on = block.starts_at.astimezone(state.zone).date()
            for suggestion in state.suggestions.get(block.id, []):
                found.setdefault(suggestion.contact_id, []).append((on, suggestion))
    return found
