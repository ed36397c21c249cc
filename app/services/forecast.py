"""The next four weeks with rules and preferences that are not saved: what would stay, move, come and go. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.db.blocks import places
from app.services.links import Links
from app.services.lost import unplaced_words
from app.services.outlook import meet, outlook
from app.services.preferences import Preferences
from app.services.settings_model import Forecast, ForecastBlock
from app.services.state import State, key_of
from scheduler.model import BlockState, Rule

_LIVE = frozenset({BlockState.BOOKED, BlockState.PINNED})


def trial(state: State, rules: Sequence[Rule], wishes: Preferences, *, calendar_zone: str) -> State:
    """The state as it would be if these were saved: rules whose times or hours change place their blocks anew."""
    zone = wishes.zone_for(calendar_zone)
    known = {rule.key: rule for rule in state.rules}
    changed = {rule.key for rule in rules if rule.key in known and places(known[rule.key]) != places(rule)}
    if (state.wishes.zone, state.wishes.hours) != (wishes.zone, wishes.hours):
        changed = {rule.key for rule in rules}
    return replace(
        state,
        rules=tuple(rules),
        wishes=wishes,
        zone=zone,
        replacing=state.replacing | changed,
        welcomed=True,  # else the proposal would be planned
    )


def forecast(
    state: State, rules: Sequence[Rule], wishes: Preferences, *, calendar_zone: str, now: datetime, links: Links
) -> Forecast:
    tried = trial(state, rules, wishes, calendar_zone=calendar_zone)
    made = outlook(tried, meet(tried, now=now), now=now, links=links, links_in_text=False)
    zone = tried.zone
    before = {
        (key_of(row), row.generation): made.standing[row.id]
        for row in state.blocks
        if made.observed[row.id] in _LIVE and made.standing[row.id].start > now
    }
    coming = [one.block for one in made.blocks if one.block.start > now]
    there = {(block.key, block.generation) for block in coming}
    shown = []
    for block in coming:
        old = before.get((block.key, block.generation))
        moved = old is not None and old.span != block.span
        shown.append(
            ForecastBlock(
                start=block.start.astimezone(zone),
                end=block.end.astimezone(zone),
                reason=block.reason if old is None or moved else "",
                was=old.start.astimezone(zone) if old is not None and moved else None,
                new=old is None,
                pinned=block.state is BlockState.PINNED,
            )
        )
    capacity = made.filling.capacity
    return Forecast(
        blocks=tuple(shown),
        gone=tuple(sorted(old.start.astimezone(zone) for key, old in before.items() if key not in there)),
        unplaced=unplaced_words(made.plan),
        capacity=capacity.sentence if state.welcomed else "",
        mends=capacity.mends if state.welcomed else (),
    )
