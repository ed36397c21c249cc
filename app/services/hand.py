"""What the user's hand suggests: three drags to one time, three deletions. Rows -> turns -> `habits.suggest`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from app.db.tables import BlockRow
from app.services.state import State, key_of
from scheduler.habits import ChangeRule, OtherTimeOrPause, Turn, suggest
from scheduler.model import Block, BlockState, Rule
from scheduler.proposal import propose
from scheduler.slots import Busy, Closed

_NEAR = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hint:
    """A suggestion about the rule of `rule_key`; `rule` is the rule as it would be, `pause`: or else a pause."""

    rule_key: str
    key: str
    sentence: str
    rule: Rule | None
    pause: bool


def hints(
    state: State,
    observed: Mapping[int, BlockState],
    standing: Mapping[int, Block],
    *,
    busy: Sequence[Busy],
    closed: Sequence[Closed],
    now: datetime,
) -> tuple[Hint, ...]:
    """At most one a rule. What was answered is not asked again: a time said no to never, deletions after three more."""
    turns = [turn for row in state.blocks if (turn := _turn(row, observed, standing)) is not None]
    found = []
    for rule in state.rules:
        answered = state.answered.get(rule.key, ())
        since = max((key.rpartition("/")[2] for key in answered if key.startswith("delete/")), default="")
        own = [turn for turn in turns if turn.key.rule == rule.key and turn.key.occurrence > since]
        made = suggest(rule, own, zone=state.zone, hours=state.wishes.hours)
        if isinstance(made, ChangeRule) and not any(_same_time(made.key, key) for key in answered):
            found.append(Hint(rule_key=rule.key, key=made.key, sentence=made.sentence, rule=made.rule, pause=False))
        elif isinstance(made, OtherTimeOrPause):
            instead = _other_time(rule, state, busy, closed, now)
            again = suggest(rule, own, zone=state.zone, hours=state.wishes.hours, instead=instead)
            assert isinstance(again, OtherTimeOrPause)
            found.append(
                Hint(rule_key=rule.key, key=again.key, sentence=again.sentence, rule=again.elsewhere, pause=True)
            )
    return tuple(found)


def _turn(row: BlockRow, observed: Mapping[int, BlockState], standing: Mapping[int, Block]) -> Turn | None:
    """A block that is over or was touched by the user, where we know where we had put it."""
    if row.planned_at is None:
        return None
    match observed[row.id]:
        case BlockState.SKIPPED:
            return Turn(key=key_of(row), planned=row.planned_at, found=None)
        case BlockState.PINNED | BlockState.HELD:
            return Turn(key=key_of(row), planned=row.planned_at, found=standing[row.id].start)
        case _:
            return None


def _other_time(
    rule: Rule, state: State, busy: Sequence[Busy], closed: Sequence[Closed], now: datetime
) -> tuple[int, time]:
    """What is mostly free, on another weekday where there is one: the present ones did not suit."""
    hours = state.wishes.hours
    others = hours.weekdays - rule.weekdays
    found = propose(busy, closed, zone=state.zone, hours=replace(hours, weekdays=others or hours.weekdays), now=now)
    return found.weekday, found.ideal


def _same_time(one: str, other: str) -> bool:
    """Whether two keys of drags lead to the same weekday and about the same time."""
    first, second = one.split("/"), other.split("/")
    if first[0] != "drag" or second[0] != "drag" or first[-2] != second[-2]:
        return False
    return abs(_minutes(first[-1]) - _minutes(second[-1])) <= _NEAR / timedelta(minutes=1)


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])
