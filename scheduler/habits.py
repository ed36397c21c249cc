"""What the user's hand says about a rule when it says the same three times: suggestions, never actions.

Three blocks in a row dragged to the same weekday and time: the rule might be changed. Three in a row deleted: another
time, or a pause. Whoever asks decides what to do with the answer, and may remember its `key` to ask but once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.model import BlockKey, Rule, WorkingHours
from scheduler.timespan import require_aware
from scheduler.words import _, clock, joined, weekday

IN_A_ROW = 3
_NEAR = timedelta(minutes=15)
"""Drags this close to one another lead to the same time: nobody aims better on a phone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """One block of a rule: where we put it, and where the user did; `found` is None where they deleted it."""

    key: BlockKey
    planned: datetime
    found: datetime | None

    def __post_init__(self) -> None:
        require_aware(planned=self.planned, found=self.found)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeRule:
    """`rule` as it would be. `outside_hours`: its blocks would find no place before the working hours are widened."""

    key: str
    rule: Rule
    outside_hours: bool
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherTimeOrPause:
    """`elsewhere` is the rule at another time, where one was given; `paused` is the rule switched off."""

    key: str
    elsewhere: Rule | None
    paused: Rule
    sentence: str


def suggest(
    rule: Rule,
    turns: Sequence[Turn],
    *,
    zone: ZoneInfo,
    hours: WorkingHours,
    instead: tuple[int, time] | None = None,
) -> ChangeRule | OtherTimeOrPause | None:
    """What the last blocks of `rule` suggest, if anything.

    `turns` are the rule's blocks that are over or were touched by the user, in any order; those of other rules are
    passed over. `instead` is a weekday and time that is mostly free (`proposal.propose`). Of a rule with several
    blocks a week each is looked at by itself for drags, all together for deletions.
    """
    own = sorted((turn for turn in turns if turn.key.rule == rule.key), key=lambda turn: turn.planned.astimezone(UTC))
    last = own[-IN_A_ROW:]
    if not rule.active or len(last) < IN_A_ROW:
        return None
    if all(turn.found is None for turn in last):
        return _other_time_or_pause(rule, last[-1], instead)
    by_ordinal: defaultdict[str, list[Turn]] = defaultdict(list)
    for turn in own:
        by_ordinal[turn.key.occurrence.rpartition(".")[2]].append(turn)
    for ordinal in sorted(by_ordinal):
        found = _changed(rule, by_ordinal[ordinal][-IN_A_ROW:], zone, hours)
        if found:
            return found
    return None


# -- Dragged ---------------------------------------------------------------------------------------


def _changed(rule: Rule, last: Sequence[Turn], zone: ZoneInfo, hours: WorkingHours) -> ChangeRule | None:
    drags = [(turn.planned.astimezone(zone), turn.found.astimezone(zone)) for turn in last if turn.found is not None]
    if len(drags) < IN_A_ROW or any(_same(planned, found) for planned, found in drags):
        return None
    aim = drags[-1][1]
    if not all(_same(found, aim) for _, found in drags):
        return None
    at = aim.time().replace(second=0, microsecond=0)
    changed = _at(rule, {planned.isoweekday() for planned, _ in drags}, aim.isoweekday(), at)
    if changed is None or changed == rule or (len(changed.weekdays) < len(rule.weekdays) and rule.times_a_week is None):
        return None  # two blocks dragged onto one day: no rule books that
    outside = aim.isoweekday() not in hours.weekdays or at < hours.start or _plus(at, rule.shortest) > hours.end
    day, said = weekday(aim.isoweekday()), clock(at)
    sentences = [_("You moved the last three blocks to {weekday} at {at}.", weekday=day, at=said)]
    sentences.append(_("Shall they be booked there from now on?"))
    if len(changed.weekdays) > 1 and at != rule.ideal:
        sentences.append(_("Its other days would move to {at} too.", at=said))
    if outside:
        sentences.append(_("That lies outside your working hours, so widen those too."))
    return ChangeRule(
        key=f"drag/{last[-1].key}/{aim.isoweekday()}/{clock(at)}",
        rule=changed,
        outside_hours=outside,
        sentence=joined(sentences),
    )


def _same(one: datetime, other: datetime) -> bool:
    """Whether two moments, each by its own wall clock, are the same weekday and about the same time."""
    if one.isoweekday() != other.isoweekday():
        return False
    return abs(_minutes(one.time()) - _minutes(other.time())) <= _NEAR / timedelta(minutes=1)


def _at(rule: Rule, before: set[int], day: int, at: time) -> Rule | None:
    """The rule at that weekday and time, its window widened to hold it; None where the day ends too early."""
    end = _plus(at, rule.longest)
    if _minutes(at) + rule.shortest >= 24 * 60:
        return None
    if rule.times_a_week is None:
        weekdays = (rule.weekdays - before) | {day}
    else:
        weekdays = frozenset({day}) if rule.times_a_week == 1 else rule.weekdays | {day}
    return replace(
        rule,
        weekdays=weekdays,
        ideal=at,
        window_start=min(rule.window_start, at),
        window_end=max(rule.window_end, end),
    )


def _plus(at: time, minutes: int) -> time:
    """That many minutes later, the last minute of the day at most."""
    total = min(_minutes(at) + minutes, 24 * 60 - 1)
    return time(total // 60, total % 60)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


# -- Deleted ---------------------------------------------------------------------------------------


def _other_time_or_pause(rule: Rule, last: Turn, instead: tuple[int, time] | None) -> OtherTimeOrPause:
    elsewhere = _at(rule, set(rule.weekdays), *instead) if instead else None
    if elsewhere == rule:
        elsewhere = None
    offer = _("Would another time suit you better, or a pause?")
    if elsewhere and instead:
        offer = _(
            "Would {weekday} at {at} suit you better, or a pause?", weekday=weekday(instead[0]), at=clock(instead[1])
        )
    return OtherTimeOrPause(
        key=f"delete/{last.key}",
        elsewhere=elsewhere,
        paused=replace(rule, active=False),
        sentence=joined([_("You deleted the last three blocks."), offer]),
    )
