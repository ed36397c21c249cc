"""Contacts as the brain wants them: what the calendar shows of a person, and what the user said of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from app.db.tables import ContactRow, PromiseRow, SuggestionRow
from app.services.memory_actions import THANKS
from app.services.observed import standing_blocks
from app.services.state import State
from scheduler.model import Acquaintance, BlockState, Cadence, Channel, Contact, Kind, Promise, Touch, Touches
from scheduler.people import Census
from scheduler.remembered import remembered
from scheduler.solo import Named, SoloEntry, solo_entries

SOLO = "solo/"
"""How the source of a touch begins that an entry of the user's own made."""


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
            by_hand.setdefault(state.who(row.contact_id), []).append(
                Touch(on=row.on, channel=Channel(row.channel), source=row.source)
            )
    for contact_id, touches in ticked.items():
        by_hand.setdefault(state.who(contact_id), []).extend(touches)
    promised: dict[int, list[PromiseRow]] = {}
    for promise in state.promises:
        promised.setdefault(state.who(promise.contact_id), []).append(promise)
    past, solo = _past_suggestions(state, now), _solo_by_contact(state, seen, now)
    return [
        _contact(
            row,
            shown.get(row.id),
            by_hand.get(row.id, []),
            solo.get(row.id, []),
            past.get(row.id, []),
            promised.get(row.id, []),
            assume=assume,
        )
        for row in state.contacts
    ]


def solo(state: State, seen: Census, *, now: datetime) -> list[SoloEntry]:
    """Entries of the user's own that name one known person, those that were taken back (`State.ignored`) too."""
    names: dict[int, list[str]] = {}
    for row in state.everybody:
        names.setdefault(state.who(row.id), []).append(row.name)
    people = [Named(key=str(row.id), names=tuple(names[row.id])) for row in state.contacts if row.seen or row.by_hand]
    return solo_entries(
        state.occurrences,
        people,
        now=now,
        zone=state.zone,
        strangers={one.name for one in seen.left_out},
        own=state.people_settings().identity.addresses,
    )


def _solo_by_contact(state: State, seen: Census, now: datetime) -> dict[int, list[SoloEntry]]:
    found: dict[int, list[SoloEntry]] = {}
    for entry in solo(state, seen, now=now):
        if entry.source not in state.ignored:
            found.setdefault(int(entry.contact), []).append(entry)
    return found


@remembered
def _contact(
    row: ContactRow,
    person: Acquaintance | None,
    by_hand: list[Touch],
    solo: list[SoloEntry],
    past: Sequence[tuple[date, SuggestionRow]],
    promised: Sequence[PromiseRow],
    *,
    assume: bool,
) -> Contact:
    noted = [
        Touch(on=one.on, channel=one.channel, personal=one.personal, source=f"{SOLO}{one.source}")
        for one in solo
        if one.past
    ]
    booked = {one.start for one in solo if one.personal and not one.past}
    shown = person.touches if person else Touches()
    touches = Touches(sorted([*shown, *by_hand, *noted])) if by_hand or noted else shown
    last = max(
        row.answered_on or date.min,  # the user has said what to do about those before it
        max(touches.personal_days, default=date.min),
    )
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
        booked=tuple(sorted({*(person.booked if person else ()), *booked})),
        cadence=Cadence(ideal=row.cadence_ideal, longest=row.cadence_longest) if row.cadence_ideal else None,
        tags=frozenset(row.tags),
        snoozed_until=row.snoozed_until,
        paused=row.paused or not (row.seen or row.by_hand),
        promises=tuple(Promise(text=one.text, due_on=one.due_on, thanks=one.what == THANKS) for one in promised),
        unreached=len(unreached),
        tried=bool(unreached) and unreached[0].outcome == "tried",
        preferred=Channel(row.preferred) if row.preferred else None,
    )


def _past_suggestions(state: State, now: datetime) -> dict[int, list[tuple[date, SuggestionRow]]]:
    """By contact: the suggestions of blocks that were held, latest first."""
    held = [one for one in standing_blocks(state, now=now).items() if one[1].state is BlockState.HELD]
    found: dict[int, list[tuple[date, SuggestionRow]]] = {}
    for row_id, block in sorted(held, key=lambda one: one[1].start, reverse=True):
        on = block.start.astimezone(state.zone).date()
        for suggestion in state.suggestions.get(row_id, []):
            found.setdefault(state.who(suggestion.contact_id), []).append((on, suggestion))
    return found
