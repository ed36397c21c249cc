"""The mirror and what the user said -> what should be in the calendar, and what to say about it. Pure.

    census -> contacts -> busy time -> plan -> fill -> texts -> changes

Everything here is a function of `State` and `now`; nothing is read or written on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from app.db.tables import BlockRow, SuggestionRow
from app.services import roster
from app.services.digest import seen_until
from app.services.found import times_of
from app.services.hand import Hint, hints
from app.services.links import Links
from app.services.lost import lost_note, told_in
from app.services.observed import standing_block, standing_blocks
from app.services.seating import reached_in, seat
from app.services.state import State, key_of
from app.services.ticks import Reading, line_of, load_suggestion, read_texts, source_of
from scheduler.changes import Change, Standing, Wanted, changes, shown_free
from scheduler.fill import Filling
from scheduler.model import (
    HORIZON,
    NAMES_AHEAD,
    Block,
    BlockEvent,
    BlockKey,
    BlockState,
    Contact,
    Event,
    Part,
    Reminders,
    Rule,
    ShowAs,
    Suggestion,
)
from scheduler.people import Census
from scheduler.plan import LAST_HOUR, Plan, plan
from scheduler.proposal import WEEKS_BACK, Proposal, propose
from scheduler.slots import Closed, busy_time, holidays_between
from scheduler.stamp import BY, TAG, by_hand, event_id, stamp_of
from scheduler.timespan import at_wall_clock
from scheduler.words import N_, _
from scheduler.worksheet import Line, Worksheet, begin, merge

NEAR = timedelta(hours=24)
NOBODY_DUE = N_("Nobody is due this time.")


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockPlan:
    """A block of the plan with its names. `row` is None for one that is new."""

    block: Block
    row: BlockRow | None
    event_id: str
    people: tuple[Suggestion, ...]
    done: tuple[Suggestion, ...]  # reached already, before it began
    note: str
    lost: Mapping[str, str] = field(default_factory=dict)  # what it tells of as lost: occurrence -> sentence


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """All that one run concludes."""

    now: datetime
    census: Census
    contacts: tuple[Contact, ...]
    plan: Plan
    blocks: tuple[BlockPlan, ...]
    ticked: Mapping[str, frozenset[int]]  # by event id: the contacts whose lines are written as done
    observed: Mapping[int, BlockState]  # by block row id, what the calendar shows
    standing: Mapping[int, Block]  # by block row id, where the calendar shows it
    readings: Mapping[int, Reading]
    filling: Filling
    proposal: Proposal | None
    hints: tuple[Hint, ...]
    changes: tuple[Change, ...]
    replan_at: datetime


def meet(state: State, *, now: datetime) -> Census:
    """Who is who, from the calendar alone."""
    return state.calendar.census(state.people_settings(), now, until=seen_until(now))


def outlook(state: State, seen: Census, *, now: datetime, links: Links, links_in_text: bool) -> Outlook:
    """What should be. Before the welcome page was saved it plans the proposal, and changes nothing."""
    zone, today = state.zone, now.astimezone(state.zone).date()
    assume = not state.welcomed
    urls = {row.id: links.url(state.account_id, key_of(row)) if links_in_text else None for row in state.blocks}
    standing = standing_blocks(state, now=now)
    observed = {row_id: block.state for row_id, block in standing.items()}
    readings = read_texts(state, standing, urls, now=now)
    ticks = [tick for reading in readings.values() for tick in reading.ticks]
    contacts = roster.contacts(
        state,
        seen,
        now=now,
        ticked={tick.contact_id: [tick.touch] for tick in ticks if tick.touch and tick.counts},
        dropped=frozenset(
            (tick.contact_id, source_of(block_id))
            for block_id, reading in readings.items()
            for tick in reading.ticks
            if tick.touch is None
        ),
        assume=assume,
    )
    own = {row.event_id for row in state.blocks if observed[row.id] is not BlockState.ADOPTED}
    days = today - timedelta(weeks=WEEKS_BACK + 1), today + HORIZON + timedelta(weeks=2)
    busy, closed = busy_time(state.occurrences, zone, hours=state.wishes.hours, own=own, within=days)
    closed = [*closed, *_closed_days(state, today)]
    proposal = propose(busy, closed, zone=zone, hours=state.wishes.hours, now=now) if assume else None
    rules = (proposed_rule(proposal),) if proposal else state.rules
    if state.wishes.paused:
        rules = ()
    planned = plan(
        rules,
        zone=zone,
        hours=state.wishes.hours,
        busy=busy,
        closed=closed,
        standing=[*standing.values(), *_pinned_again(state, observed, now)],
        now=now,
        replace=state.replacing,
    )
    by_key = {rule.key: rule for rule in rules}
    rows = {(key_of(row), row.generation): row for row in state.blocks}
    done = {row.id: reached_in(row, state, readings) for row in state.blocks}
    filling = seat(planned, standing, by_key, rows, done, contacts, state, now=now)
    told = told_in(planned, state, now=now)
    blocks = tuple(
        replace(_block_plan(block, rows, done, filling, state, now), lost=told.get(block.key, {}))
        for block in planned.blocks
    )
    names = {contact.key: contact for contact in contacts}
    wanted = [
        Wanted(
            block=one.block,
            event=_event(one, by_key[one.block.key.rule], names, readings, rows, state, links, links_in_text, now),
            after=_before(one.block, rows, state),
        )
        for one in blocks
        if one.block.key.rule in by_key
    ]
    known = [_known(row, observed[row.id], readings, state, runs=row.rule in by_key) for row in state.blocks]
    reasons = {one.key: one.reason for one in planned.unplaced}
    if state.wishes.paused:
        reasons = {key_of(row): _(PAUSED) for row in state.blocks}
    return Outlook(
        now=now,
        census=seen,
        contacts=tuple(contacts),
        plan=planned,
        blocks=blocks,
        ticked={one.event_id: _rows_of(one.done, state) for one in blocks},
        observed=observed,
        standing=standing,
        readings=readings,
        filling=filling,
        proposal=proposal,
        hints=() if assume else hints(state, observed, standing, busy=busy, closed=closed, now=now),
        changes=() if assume else tuple(changes(wanted, known, now=now, reasons=reasons)),
        replan_at=_replan_at(planned, by_key, state, now),
    )


PROPOSED_RULE = "proposed"
PAUSED = N_("You paused: it comes back when you resume.")


def proposed_rule(proposal: Proposal) -> Rule:
    """Begin small: one block of 30 minutes a week. Its key is replaced by a random one at Save."""
    end = (datetime.combine(date.min, proposal.ideal) + timedelta(hours=2)).time()
    start = (datetime.combine(date.min, proposal.ideal) - timedelta(hours=1)).time()
    return Rule(
        key=PROPOSED_RULE,
        weekdays=frozenset({proposal.weekday}),
        window_start=min(start, time(9)),
        window_end=max(end, time(12)),
        ideal=proposal.ideal,
    )


# -- What stands in the calendar -------------------------------------------------------------------


def _before(block: Block, rows: Mapping[tuple[BlockKey, int], BlockRow], state: State) -> Event | None:
    """The event of the generation before, which we took away; the mirror keeps what it last held."""
    row = rows.get((block.key, block.generation - 1))
    return state.events.get(row.event_id) if row else None


def _pinned_again(state: State, observed: Mapping[int, BlockState], now: datetime) -> list[Block]:
    """Blocks that the user had moved before we took them away: they come back where they were, if that is to come."""
    newest = {key_of(row): row for row in sorted(state.blocks, key=lambda row: row.generation)}
    found = []
    for key, row in newest.items():
        event = state.events.get(row.event_id)
        if (
            observed[row.id] is not BlockState.RETIRED
            or event is None
            or Part.TIME not in by_hand(event, stamp_of(event))
        ):
            continue
        there = times_of(event, state.zone)
        if there and there[0] > now + LAST_HOUR:
            block = Block(key=key, generation=row.generation + 1, start=there[0], end=there[1], state=BlockState.PINNED)
            found.append(replace(block, reason=_("Back where you had put it.")))
    return found


def _known(
    row: BlockRow, observed: BlockState, readings: Mapping[int, Reading], state: State, *, runs: bool
) -> Standing:
    """`runs`: its rule is in force, so a block that goes now does not come back by itself."""
    reading = readings.get(row.id)
    return Standing(
        key=key_of(row),
        generation=row.generation,
        event_id=row.event_id,
        event=state.events.get(row.event_id),
        state=observed,
        retired=row.retired_by_us,
        below=reading.parsed.below if reading else "",
        words_stay=runs,
    )


def _closed_days(state: State, today: date) -> list[Closed]:
    """Public holidays and pauses with dates, a week past the horizon."""
    wishes, last = state.wishes, today + HORIZON + timedelta(days=7)
    closed = holidays_between(today, last, wishes.country, wishes.region or None) if wishes.country else []
    if wishes.paused_from or wishes.paused_until:
        first = max(today, wishes.paused_from or today)
        days = (min(last, wishes.paused_until or last) - first).days + 1
        closed = [*closed, *(Closed(on=first + timedelta(days=n), reason=_("your pause")) for n in range(days))]
    return closed


# -- The blocks ------------------------------------------------------------------------------------


def _block_plan(
    block: Block,
    rows: Mapping[tuple[BlockKey, int], BlockRow],
    done: Mapping[int, list[SuggestionRow]],
    filling: Filling,
    state: State,
    now: datetime,
) -> BlockPlan:
    row = rows.get((block.key, block.generation))
    note = row.note if row else ""
    if row is not None and row.state in ("booked", "planned") and block.state is not BlockState.PINNED:
        before = standing_block(row, BlockState(row.state), state)
        if before.span != block.span and block.key.rule not in state.replacing:
            note = block.reason
        elif block.key.rule in state.replacing:
            note = ""
    return BlockPlan(
        block=block,
        row=row,
        event_id=event_id(state.block_key, block.key.rule, block.key.occurrence, block.generation),
        people=filling.suggestions.get(block.key, ()),
        done=_done(done.get(row.id, []), state) if row and block.start > now else (),
        note=note,
    )


def _done(rows: list[SuggestionRow], state: State) -> tuple[Suggestion, ...]:
    """Who was reached, each once, under the key they have now."""
    found = {state.who(row.contact_id): load_suggestion(row) for row in rows}
    return tuple(replace(one, contact=str(contact_id)) for contact_id, one in found.items())


def _rows_of(done: tuple[Suggestion, ...], state: State) -> frozenset[int]:
    """The ids under which rows may know these people, who may have been merged since."""
    now = {int(one.contact) for one in done}
    return frozenset(row.id for row in state.everybody if state.who(row.id) in now) if now else frozenset()


# -- The event -------------------------------------------------------------------------------------


def _words_before(block: Block, rows: Mapping[tuple[BlockKey, int], BlockRow], readings: Mapping[int, Reading]) -> str:
    """What the user had written into the generation before: it comes back with the block."""
    row = rows.get((block.key, block.generation - 1))
    return readings[row.id].parsed.below if row and row.id in readings else ""


def _event(
    one: BlockPlan,
    rule: Rule,
    names: Mapping[str, Contact],
    readings: Mapping[int, Reading],
    rows: Mapping[tuple[BlockKey, int], BlockRow],
    state: State,
    links: Links,
    links_in_text: bool,
    now: datetime,
) -> BlockEvent:
    block, today = one.block, now.astimezone(state.zone).date()
    on = block.start.astimezone(state.zone).date()
    named = on - today <= NAMES_AHEAD
    link = links.url(state.account_id, block.key) if links_in_text else None
    lines: tuple[Line, ...] = ()
    if named:
        lines = tuple(
            line_of(who, names[who.contact].name, names[who.contact].company, link=link, ticked=ticked)
            for people, ticked in ((one.done, True), (one.people, False))
            for who in people
            if who.contact in names
        )
    sheet = Worksheet(
        lines=lines,
        as_of=today if named else None,
        text=rule.text,
        names_on=None if named else on - NAMES_AHEAD,
        note=" ".join(filter(None, (one.note, lost_note(one.lost.values()))))
        or (_(NOBODY_DUE) if named and not lines else ""),
        link=link,
    )
    reading = readings.get(one.row.id) if one.row else None
    event = state.events.get(one.event_id)
    description = (
        merge(
            sheet,
            event.description,
            reading.lines if reading else (),
            written=reading.written if reading else "",
            digest=reading.digest if reading else "",
        )
        if event is not None and not event.cancelled
        else begin(sheet, _words_before(block, rows, readings))
    )
    first_names = [line.name.split()[0] for line in lines if line.name.split()]
    title = "Green block" + (f": {', '.join(first_names)}" if rule.names_in_title and first_names else "")
    return BlockEvent(
        id=one.event_id,
        start=block.start,
        end=block.end,
        zone=state.zone.key,
        title=title,
        description=description,
        color_id=rule.color_id,
        visibility="private" if rule.private else "default",
        transparent=shown_free(rule.show_as, block.start, now),
        reminders=Reminders(minutes=() if rule.reminder is None else (rule.reminder,)),
        properties={TAG: f"{block.key}/{block.generation}", BY: state.by},
    )


def _replan_at(planned: Plan, rules: Mapping[str, Rule], state: State, now: datetime) -> datetime:
    """The next moment at which time alone changes something: a day begins, a block nears, begins or ends."""
    tomorrow = now.astimezone(state.zone).date() + timedelta(days=1)
    moments = [at_wall_clock(tomorrow, time(), state.zone)]
    for block in planned.blocks:
        rule = rules.get(block.key.rule)
        moments += [block.start, block.end]
        if rule and rule.show_as is ShowAs.LATE:
            moments.append(block.start - NEAR)
    return min(moment.astimezone(UTC) for moment in moments if moment > now)
