"""Rules and busy time → the blocks of the coming weeks, and what found no place.

An occurrence is a week and a number in it, so a rule that changes its weekday moves its blocks instead of replacing
them. Booked blocks stay unless they cannot; what has to be placed goes down one ladder: its own day, the rule's other
days of that week, other working days of that week, and then the same again shorter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from zoneinfo import ZoneInfo

from scheduler.model import HORIZON, Block, BlockKey, BlockState, Rule, Unplaced, WorkingHours
from scheduler.placing import Board
from scheduler.slots import Busy, Closed
from scheduler.timespan import Span, require_aware
from scheduler.words import _, clock, weekday, weekday_and_day

LAST_HOUR = timedelta(hours=1)
"""A block that starts within this time is not moved any more, and none is put there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """`blocks`: all that should be in the calendar from now on, those under way included, earliest first.

    New ones are PLANNED; those already in the calendar keep their state and generation, with their new time where
    they move. A standing block that is not here (and is neither over, skipped nor adopted) is to be taken away.
    """

    blocks: tuple[Block, ...]
    unplaced: tuple[Unplaced, ...]


def plan(
    rules: Sequence[Rule],
    *,
    zone: ZoneInfo,
    hours: WorkingHours,
    busy: Sequence[Busy],
    closed: Sequence[Closed],
    standing: Sequence[Block],
    now: datetime,
    horizon: timedelta = HORIZON,
    replace: frozenset[str] = frozenset(),
) -> Plan:
    """The blocks of the `horizon` (whole days from today on).

    `standing` are the blocks known so far, where they are in the calendar now; several generations of one occurrence
    may be given. `replace` names rules (their keys) whose settings or zone changed: their booked blocks are placed
    anew. The order of all inputs is of no importance.

    The result is a fixed point: planned again with its blocks standing and nothing else changed, it is the same. One
    pass is not enough for that, because what has found a place changes what is best for the rest.
    """
    require_aware(now=now)
    given = {(block.key, block.generation): block for block in standing}
    while True:
        made = _pass(rules, zone, hours, busy, closed, list(given.values()), now, horizon, replace)
        known = given | {(block.key, block.generation): block for block in made.blocks}
        if known == given:
            return made
        given, replace = known, frozenset()


def _pass(
    rules: Sequence[Rule],
    zone: ZoneInfo,
    hours: WorkingHours,
    busy: Sequence[Busy],
    closed: Sequence[Closed],
    standing: Sequence[Block],
    now: datetime,
    horizon: timedelta,
    replace: frozenset[str],
) -> Plan:
    """Standing blocks stay or move, open occurrences find a place or not. Passes end: each one that changes anything
    settles at least one more occurrence."""
    board = Board(zone=zone, hours=hours, busy=busy, closed=closed, earliest=now + LAST_HOUR)
    active = {rule.key: rule for rule in rules if rule.active}
    today = now.astimezone(zone).date()
    end = today + timedelta(days=horizon.days)

    known = _sort_out(standing, active, now)
    for block in known.fixed:
        board.take(block.key, block.span)
    blocks = list(known.shown)
    waiting: list[_Waiting] = []
    anew: dict[BlockKey, Block] = {}
    for block in known.movable:
        rule = active[block.key.rule]
        if rule.key in replace:
            anew[block.key] = block
            continue
        cause = board.clash(rule, block.span)
        if cause:
            own_day = block.start.astimezone(zone).date()
            waiting.append(_Waiting(rule=rule, key=block.key, on=own_day, block=block, cause=cause))
        else:
            board.take(block.key, block.span)
            blocks.append(block)

    for rule in sorted(active.values(), key=lambda rule: rule.key):
        for monday in _weeks(today, end):
            waiting += _open_occurrences(rule, monday, board, known, anew)

    placed, unplaced = _place_all(waiting, board)
    blocks += [block for block in placed if block.key in known.live or block.start.astimezone(zone).date() < end]
    lost = [Unplaced(key=item.key, reason=_why_unplaced(item, board)) for item in unplaced if item.on < end]
    blocks.sort(key=lambda block: (block.start.astimezone(UTC), block.key, block.generation))
    return Plan(blocks=tuple(blocks), unplaced=tuple(sorted(lost, key=lambda one: one.key)))


def week_of(key: BlockKey) -> date:
    """The Monday of an occurrence's week."""
    year, _, rest = key.occurrence.partition("W")
    week, _, _ = rest.partition(".")
    return date.fromisocalendar(int(year), int(week), 1)


def occurrence(monday: date, ordinal: int) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year}W{week:02}.{ordinal}"


def times_in_week(rule: Rule) -> int:
    """How many blocks a week the rule wants: never two on one day."""
    return min(rule.times_a_week or len(rule.weekdays), len(rule.weekdays))


def _weeks(first: date, end: date) -> Iterator[date]:
    monday = first - timedelta(days=first.weekday())
    while monday < end:
        yield monday
        monday += timedelta(days=7)


# -- What stands already ---------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    fixed: list[Block]  # their time is taken and they do not move
    shown: list[Block]  # those of them that belong into the plan
    movable: list[Block]  # booked, may have to move; earliest first
    settled: set[BlockKey]  # nothing new is created for these
    live: set[BlockKey]
    generation: dict[BlockKey, int]  # for occurrences that come back


_NEVER_AGAIN = frozenset({BlockState.SKIPPED, BlockState.ADOPTED, BlockState.HELD})
_MOVABLE = frozenset({BlockState.BOOKED, BlockState.PLANNED})


def _sort_out(standing: Sequence[Block], active: dict[str, Rule], now: datetime) -> _Known:
    known = _Known(fixed=[], shown=[], movable=[], settled=set(), live=set(), generation={})
    by_key: defaultdict[BlockKey, list[Block]] = defaultdict(list)
    for block in standing:
        by_key[block.key].append(block)
    for key in sorted(by_key):
        generations = sorted(by_key[key], key=lambda block: block.generation)
        latest = generations[-1]
        if latest.state is BlockState.RETIRED:
            known.generation[key] = latest.generation + 1
        for block in generations:
            if block.state is BlockState.ADOPTED or (block.state is BlockState.HELD and block.end > now):
                known.fixed.append(block)
            if block.state in _NEVER_AGAIN:
                known.settled.add(key)
        if key not in known.settled and latest.state is not BlockState.RETIRED:
            _sort_out_live(latest, active.get(key.rule), now, known)
    known.movable.sort(key=lambda block: (block.start.astimezone(UTC), block.key))
    return known


def _sort_out_live(block: Block, rule: Rule | None, now: datetime, known: _Known) -> None:
    if block.end <= now:
        known.settled.add(block.key)
    elif block.start <= now or (rule and (block.state is BlockState.PINNED or block.start < now + LAST_HOUR)):
        known.fixed.append(block)
        known.shown.append(block)
        known.settled.add(block.key)
        known.live.add(block.key)
    elif rule and block.state in _MOVABLE and _ordinal(block.key) <= times_in_week(rule):
        known.movable.append(block)
        known.settled.add(block.key)
        known.live.add(block.key)


def _ordinal(key: BlockKey) -> int:
    return int(key.occurrence.rpartition(".")[2])


# -- What has to be placed -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class _Waiting:
    """An occurrence that needs a place. `on` is the day it would like; `cause` says why a block must leave its own."""

    rule: Rule
    key: BlockKey
    on: date
    block: Block | None = None
    generation: int = 0
    cause: str = ""


def _open_occurrences(
    rule: Rule, monday: date, board: Board, known: _Known, anew: dict[BlockKey, Block]
) -> Iterator[_Waiting]:
    """The week's occurrences without a place, each with its day. Days that have passed are not made up for."""
    keys = [BlockKey(rule.key, occurrence(monday, n)) for n in range(1, times_in_week(rule) + 1)]
    keys = [key for key in keys if key in anew or key not in known.settled]
    days = [monday + timedelta(days=n - 1) for n in sorted(rule.weekdays)]
    if rule.times_a_week is None:
        wanted = [(key, days[_ordinal(key) - 1]) for key in keys]
    else:
        wanted = _best_days(rule, keys, days, board)
    for key, on in wanted:
        block = anew.get(key)
        if board.over(rule, on):
            on_now = block.start.astimezone(board.zone).date() if block else on
            if block is None or on_now.isoweekday() not in rule.weekdays or board.over(rule, on_now):
                continue
            on = on_now
        yield _Waiting(rule=rule, key=key, on=on, block=block, generation=known.generation.get(key, 0))


def _best_days(rule: Rule, keys: list[BlockKey], days: list[date], board: Board) -> list[tuple[BlockKey, date]]:
    """For a rule that leaves us the choice: the days whose open time is nearest to the ideal one, spread over the week
    where several are equally good. Fewer than `keys` where days have passed."""
    coming = [on for on in days if not board.over(rule, on)]
    opens = [on for on in coming if not board.has_block_of(rule.key, on)]
    times = times_in_week(rule)
    spread = {len(days) * (2 * n + 1) // (2 * times) for n in range(times)}

    def cost(on: date) -> tuple[bool, timedelta, bool, date]:
        found = board.place(rule, on, rule.longest)
        away = abs(found.start - board.ideal(rule, on)) if found else timedelta(0)
        return found is None, away, days.index(on) not in spread, on

    chosen = sorted(sorted(opens, key=cost)[: len(keys)])
    if len(chosen) < len(keys) and len(coming) == len(days):
        # A block dragged here from another week sits on one of the days: the rest must find another or be reported.
        chosen += [days[0]] * (len(keys) - len(chosen))
    return list(zip(keys, chosen, strict=False))


# -- The ladder ------------------------------------------------------------------------------------


def _place_all(waiting: list[_Waiting], board: Board) -> tuple[list[Block], list[_Waiting]]:
    """Everybody's own day first, then the fallbacks, so that no fallback takes the day of another."""
    placed: list[Block] = []
    for step in (_on_own_day, _on_another_day, _shorter_on_own_day, _shorter_on_another_day):
        left = []
        for item in sorted(waiting, key=lambda item: (item.block is None, week_of(item.key), item.key)):
            span = step(item, board)
            if span is None:
                left.append(item)
            else:
                placed.append(_settle(item, span, board))
                board.take(item.key, span)
        waiting = left
    return placed, waiting


def _on_own_day(item: _Waiting, board: Board, minutes: int | None = None) -> Span | None:
    if item.rule.times_a_week is not None and board.has_block_of(item.rule.key, item.on):
        return None
    return board.place(item.rule, item.on, minutes or item.rule.longest)


def _on_another_day(item: _Waiting, board: Board, minutes: int | None = None) -> Span | None:
    for on in _other_days(item, board):
        span = board.place(item.rule, on, minutes or item.rule.longest)
        if span:
            return span
    return None


def _shorter_on_own_day(item: _Waiting, board: Board) -> Span | None:
    return _first(_on_own_day(item, board, minutes) for minutes in _shorter(item.rule))


def _shorter_on_another_day(item: _Waiting, board: Board) -> Span | None:
    return _first(_on_another_day(item, board, minutes) for minutes in _shorter(item.rule))


def _shorter(rule: Rule) -> list[int]:
    return [*range(rule.longest - 5, rule.shortest, -5), rule.shortest]


def _first(spans: Iterator[Span | None]) -> Span | None:
    return next((span for span in spans if span), None)


def _other_days(item: _Waiting, board: Board) -> list[date]:
    """The rule's other days of that week, then the other working days; the nearest first. None for a rule whose every
    day is a day off: that is for the user to mend."""
    if not item.rule.weekdays & board.hours.weekdays:
        return []
    monday = week_of(item.key)
    days = [monday + timedelta(days=n) for n in range(7)]
    days = [on for on in days if on != item.on and not board.has_block_of(item.rule.key, on)]
    return sorted(days, key=lambda on: (on.isoweekday() not in item.rule.weekdays, abs(on - item.on), item.on - on))


def _settle(item: _Waiting, span: Span, board: Board) -> Block:
    start, end = span.start.astimezone(board.zone), span.end.astimezone(board.zone)
    if item.block is None:
        return Block(
            key=item.key, generation=item.generation, start=start, end=end, reason=_why_here(item, start, end, board)
        )
    if item.block.span == span:
        return item.block
    return replace(item.block, start=start, end=end, reason=_why_moved(item, start, end, board))


# -- In words --------------------------------------------------------------------------------------


def _why_here(item: _Waiting, start: datetime, end: datetime, board: Board) -> str:
    ideal = start.timetz().replace(tzinfo=None) == item.rule.ideal
    short = _shortened(item, start, end)
    if start.date() != item.on:
        cause = board.why_not(item.rule, item.on) or _("No place was left on {day}", day=weekday_and_day(item.on))
        at = clock(start)
        return _(
            "{cause}; placed on {day} at {at}{short}.", cause=cause, day=weekday_and_day(start), at=at, short=short
        )
    if ideal and not short:
        return _("{weekday} at your usual time.", weekday=weekday(start.isoweekday()))
    cause = board.why_not(item.rule, item.on)
    if ideal or not cause:
        return _("{weekday} at {at}{short}.", weekday=weekday(start.isoweekday()), at=clock(start), short=short)
    return _("{cause}; {at} is the nearest free time{short}.", cause=cause, at=clock(start), short=short)


def _why_moved(item: _Waiting, start: datetime, end: datetime, board: Board) -> str:
    assert item.block is not None
    before = item.block.start.astimezone(board.zone)
    cause = item.cause or _("Your settings changed")
    if not item.cause and (start.date() != item.on or start.timetz().replace(tzinfo=None) != item.rule.ideal):
        obstacle = board.why_not(item.rule, item.on)
        cause = _joined(cause, obstacle) if obstacle else cause
    short, at = _shortened(item, start, end), clock(start)
    if start == before:
        return _("{cause}{short}.", cause=cause, short=short)
    if start.date() == before.date():
        return _("{cause}; moved to {at}{short}.", cause=cause, at=at, short=short)
    return _("{cause}; moved to {day} at {at}{short}.", cause=cause, day=weekday_and_day(start), at=at, short=short)


def _joined(cause: str, other: str) -> str:
    return _("{cause}; {other}", cause=cause, other=other)


def _shortened(item: _Waiting, start: datetime, end: datetime) -> str:
    minutes = round((end.astimezone(UTC) - start.astimezone(UTC)).total_seconds() / 60)
    return _("; shortened to {minutes} minutes", minutes=minutes) if minutes < item.rule.longest else ""


def _why_unplaced(item: _Waiting, board: Board) -> str:
    rule, hours = item.rule, board.hours
    if not rule.weekdays & hours.weekdays:
        return _("None of its weekdays is a working day of yours. Choose another weekday, or widen your working hours.")
    first, last = max(rule.window_start, hours.start), min(rule.window_end, hours.end)
    if first >= last:
        window = {"first": clock(rule.window_start), "last": clock(rule.window_end)}
        window |= {"start": clock(hours.start), "end": clock(hours.end)}
        return _(
            "Its window, {first} to {last}, lies outside your working hours, {start} to {end}. Change one of the two "
            "in the settings.", **window
        )  # fmt: skip
    monday = week_of(item.key)
    days = [monday + timedelta(days=n) for n in range(7)]
    coming = [on for on in days if on.isoweekday() in hours.weekdays and not board.over(rule, on)]
    reasons = [board.closed_reason(on) for on in coming]
    if coming and all(reasons):
        words = reduce(_joined, dict.fromkeys(reason for reason in reasons if reason))
        if len(coming) < len(hours.weekdays):
            return _("Every day left in that week is closed: {causes}.", causes=words)
        return _("Every day of that week is closed: {causes}.", causes=words)
    without = [on for on in coming if on != item.on and not board.has_block_of(rule.key, on)]
    if len(coming) > 1 and not without:
        cause = item.cause or board.why_not(rule, item.on)
        cause = cause or _("No place was left on {day}", day=weekday_and_day(item.on))
        return _("{cause}, and the other days of that week have their block.", cause=cause)
    on_any = len(without) >= len(coming) - 1
    where = _("on any day that week") if on_any else _("on the days of that week without a block")
    said = {"minutes": rule.shortest, "first": clock(first), "last": clock(last), "where": where, "cause": item.cause}
    if not item.cause:
        return _("No {minutes} minutes were free between {first} and {last} {where}.", **said)
    return _("{cause}, and no {minutes} minutes were free between {first} and {last} {where}.", **said)
