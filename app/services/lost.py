"""What found no place, in words, and which block's text says it: each once, in the next block. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from app.services.preferences import Preferences
from app.services.state import State
from scheduler.model import BlockKey, Unplaced
from scheduler.plan import Plan, week_of
from scheduler.words import _, again, day

_MOST_TOLD = 3


def unplaced_words(planned: Plan) -> tuple[str, ...]:
    """Each week that is without its block, and why."""
    return tuple(_said(one) for one in planned.unplaced)


def _said(one: Unplaced) -> str:
    return _("Week of {day}: {reason}", day=day(week_of(one.key)), reason=one.reason)


def told_in(planned: Plan, state: State, *, now: datetime) -> dict[BlockKey, dict[str, str]]:
    """By block: the occurrences its text tells of as lost, each with its sentence.

    What is told once stays told in that block and nowhere else, also after its week is over; it goes where the block
    found a place after all, or its rule is no more. A week that the user's own pause closed is no loss.
    """
    placed = {str(block.key) for block in planned.blocks}
    active = {rule.key for rule in state.rules if rule.active}
    there = {(block.key, block.generation): block for block in planned.blocks}
    told: dict[BlockKey, dict[str, str]] = {}
    anywhere: set[str] = set()
    for row in state.blocks:
        before = {key: again(words) for key, words in (row.lost or {}).items()}
        block = there.get((BlockKey(row.rule, row.occurrence), row.generation))
        if block is not None:
            told[block.key] = {
                key: words
                for key, words in before.items()
                if block.start <= now or (key not in placed and key.partition("/")[0] in active)
            }
        if block is not None or row.ends_at <= now:
            anywhere |= before.keys()
    following = next((block for block in planned.blocks if block.start > now), None)
    if following is not None:
        today = now.astimezone(state.zone).date()
        fresh = {
            str(one.key): _said(one)
            for one in planned.unplaced
            if str(one.key) not in anywhere and not _paused(one, state.wishes, today)
        }
        told.setdefault(following.key, {}).update(fresh)
    return told


def lost_note(told: Iterable[str]) -> str:
    """The note of a block's text; more than three are counted."""
    sentences = list(told)
    if not sentences:
        return ""
    shown = " ".join(sentences[:_MOST_TOLD])
    more = len(sentences) - _MOST_TOLD
    if more > 0:
        return _("No place was found. {weeks} And {count} more: see Today.", weeks=shown, count=more)
    return _("No place was found. {weeks}", weeks=shown)


def _paused(one: Unplaced, wishes: Preferences, today: date) -> bool:
    """Whether every working day left of that week is in the user's own pause."""
    days = [week_of(one.key) + timedelta(days=n) for n in range(7)]
    return all(wishes.paused_on(on) for on in days if on >= today and on.isoweekday() in wishes.work_days)
