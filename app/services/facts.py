"""What lists show of everybody, from one plan: a few figures and words by person, kept with their row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.services.outlook import Outlook
from app.services.state import State
from scheduler.coverage import Coverage
from scheduler.due import ASK_AFTER, Wishes, own_gap, usual_gap, wanted
from scheduler.model import Contact, Touch
from scheduler.ranking import rank_histories
from scheduler.remembered import remembered
from scheduler.words import kept


def facts(made: Outlook, state: State) -> dict[int, dict[str, Any]]:
    """By contact id: `order` in the ranking of today, and what `_of_contact` says."""
    today = made.now.astimezone(state.zone).date()
    ranked = rank_histories({one.key: one.touches.history for one in made.contacts}, today=today.toordinal())
    place = {one.key: (order, one.strength) for order, one in enumerate(ranked)}
    rhythms, coverage = state.wishes.rhythms, made.filling.coverage
    found = {}
    for contact in made.contacts:
        order, strength = place[contact.key]
        said = _of_contact(contact, rhythms, strength, coverage.get(contact.key))
        found[int(contact.key)] = {**said, "order": order}
    return found


def asks(contact: Contact) -> bool:
    """Whether the user is to be asked about somebody who was suggested often enough to no avail."""
    return contact.in_blocks and contact.unreached >= ASK_AFTER


def is_noted(touch: Touch) -> bool:
    """Written down or ticked by the user; no entry of the calendar shows it."""
    return touch.source.startswith(("hand/", "block/"))


@remembered
def _of_contact(contact: Contact, rhythms: Wishes, strength: int, cover: Coverage | None) -> Mapping[str, Any]:
    """`first_on`, `last_on`, `times` (days of any touch), `noted` (no entry shows the last), `days` met in person and
    the last of them `met_on`, `usual` gap in days (from 3 gaps on), `wanted` gap (of the person, a tag or the kind),
    `gap` they are measured by, `strength` of the tie, `booked`, `ask` (see `asks`), and where they stand: `state`,
    `on`, `text` (as `kept`)."""
    days, met, asked = contact.touches.days, contact.personal_days, wanted(contact, rhythms)
    said: dict[str, Any] = {
        "first_on": days[0].isoformat() if days else None,
        "last_on": days[-1].isoformat() if days else None,
        "times": len(days),
        "noted": bool(days) and all(is_noted(one) for one in contact.touches if one.on == days[-1]),
        "days": len(met),
        "met_on": met[-1].isoformat() if met else None,
        "gap": own_gap(contact, rhythms)[0],
        "strength": strength,
        "usual": usual_gap(contact),
        "wanted": asked.ideal if asked else None,
        "booked": bool(contact.booked),
        "ask": asks(contact),
    }
    if cover is not None:
        said |= {"state": cover.state.value, "on": cover.on.isoformat() if cover.on else None, "text": kept(cover.text)}
    return said
