"""How far somebody is along their own gap, and how close the tie is: from the facts that the last plan left. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from scheduler.due import NEVER_MET_RATIO, ONLY_IN_GROUPS_RATIO

STEADY_FROM, CLOSE_FROM = 2, 5
"""Days of contact in the last half-year from which a tie is steady, and close."""
ABOUT_NOW = 3
"""So many days before or after the gap has passed are said as now."""


def ratio_of(facts: Mapping[str, Any], today: date) -> float:
    """Share of their own gap that has passed, as `scheduler.due` measures it."""
    if facts.get("met_on") and facts.get("gap"):
        return max(0, (today - date.fromisoformat(facts["met_on"])).days) / int(facts["gap"])
    return ONLY_IN_GROUPS_RATIO if facts.get("last_on") else NEVER_MET_RATIO


def standing_of(facts: Mapping[str, Any], today: date) -> tuple[str, int]:
    """(past, now, left, never, groups or "", days past or left)."""
    if "gap" not in facts:
        return "", 0
    if not facts.get("met_on"):
        return ("groups", 0) if facts.get("last_on") else ("never", 0)
    over = (today - date.fromisoformat(facts["met_on"])).days - int(facts["gap"])
    return ("now", 0) if abs(over) <= ABOUT_NOW else ("past", over) if over > 0 else ("left", -over)


def tie_of(facts: Mapping[str, Any]) -> int:
    """0 light, 1 steady, 2 close."""
    strength: int = facts.get("strength", 0)
    return (strength >= STEADY_FROM) + (strength >= CLOSE_FROM)
