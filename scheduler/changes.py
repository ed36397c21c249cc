"""Planned blocks against the calendar → what to write, each with its reason, and nothing else.

The user's hand wins: a part changed by hand is never overwritten, a block that has begun is not touched, and only
events whose ids we derived are looked at, so copies and other installations' blocks are left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from scheduler.model import Block, BlockEvent, BlockKey, BlockState, Event, Part, Reminders, ShowAs
from scheduler.stamp import BY, TAG, WROTE, Stamp, by_hand, is_leaving, leaving, stamp_of
from scheduler.stamp import event_id as event_id  # the ids of the events compared here
from scheduler.timespan import require_aware
from scheduler.words import N_, _, listed, ngettext
from scheduler.worksheet import same_text

NEAR = timedelta(hours=24)
"""With the policy "free until near", blocks become busy this long before they start."""

# -- Decisions -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Create:
    key: BlockKey
    event: BlockEvent
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Update:
    """Write `parts` of `event` if it still has `etag`. A property of value "" is to be taken off the event."""

    key: BlockKey
    event: BlockEvent
    parts: frozenset[Part]
    etag: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Delete:
    """`farewell` is written first, so that the calendar knows who took the event away; None where it stands there."""

    key: BlockKey
    event_id: str
    etag: str
    reason: str
    start: datetime
    end: datetime
    farewell: BlockEvent | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Keep:
    """Nothing is written."""

    key: BlockKey
    event_id: str
    reason: str


Change = Create | Update | Delete | Keep

NOT_WANTED = N_("Your settings want no block here.")
TAKEN_OVER = N_("You made it a meeting of your own: our text is taken out, and it is not touched again.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A block of the plan, and its event as we would write it if nobody had a hand in it (but the description is
    already merged with what the user wrote). The stamp is added here."""

    block: Block
    event: BlockEvent
    after: Event | None = None  # the generation before it, which we took away: what the user changed there comes back


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A block we know of. `event` is what the calendar holds under its id, None where it holds no trace.

    `retired`: we took it away or are about to. `below`: the user's own part of its description (`Parsed.below`),
    which is what stays when they make the block a meeting of theirs.
    """

    key: BlockKey
    generation: int
    event_id: str
    event: Event | None
    state: BlockState
    retired: bool = False
    below: str = ""
    words_stay: bool = False  # not to be deleted while the user's words stand below the line


# -- What the calendar shows -----------------------------------------------------------------------


def guests(event: Event) -> bool:
    """Whether somebody besides the user is on it. Rooms are nobody; a list left out means there are many."""
    return event.attendees_omitted or any(not (one.is_self or one.is_resource) for one in event.attendees)


def observe(
    event: Event | None, stored: BlockState, *, retired: bool = False, taken_away: bool = False, now: datetime
) -> BlockState:
    """Where a block stands, from what the calendar shows and what we stored.

    `retired`: we announced that we take it away; `taken_away`: and the calendar has shown it gone since. One that is
    back after that was restored by the user and is theirs (ADOPTED): we had no use for it. So is a live one without
    our mark: we take it off nothing else, and a database from yesterday may have forgotten that we did.
    """
    require_aware(now=now)
    if event is None:
        gone = stored in (BlockState.BOOKED, BlockState.PINNED)
        return (BlockState.RETIRED if retired else BlockState.SKIPPED) if gone else stored
    if event.cancelled:
        if retired:
            return BlockState.RETIRED
        return stored if stored in (BlockState.HELD, BlockState.ADOPTED) else BlockState.SKIPPED
    handed_over = stored is BlockState.ADOPTED or not event.block_tag
    if handed_over or guests(event) or event.recurrence or (retired and taken_away):
        return BlockState.ADOPTED
    if retired:
        return BlockState.RETIRED
    if isinstance(event.end, datetime) and event.end <= now:
        return BlockState.HELD
    return BlockState.PINNED if Part.TIME in by_hand(event, stamp_of(event)) else BlockState.BOOKED


def shown_free(policy: ShowAs, start: datetime, now: datetime) -> bool:
    """Whether others see the time of a block as free."""
    return policy is ShowAs.FREE or (policy is ShowAs.LATE and start - now > NEAR)


# -- The difference --------------------------------------------------------------------------------


def changes(
    wanted: Iterable[Wanted],
    standing: Iterable[Standing],
    *,
    now: datetime,
    reasons: Mapping[BlockKey, str] | None = None,
) -> list[Change]:
    """All differences between plan and calendar, in order of time; what agrees is a Keep. Where a block comes back
    while the one before it is still to go, that one goes first, so that there is never one twice.

    `wanted` are the plan's blocks, `standing` every block known (an event we know nothing of is not ours to touch).
    `reasons` says why a block that is not wanted any more goes (from the plan's `unplaced`).
    """
    require_aware(now=now)
    by_id = {one.event_id: one for one in standing}
    found: list[tuple[datetime, Change]] = []
    seen: set[str] = set()
    for want in wanted:
        seen.add(want.event.id)
        change = _towards(want, by_id.get(want.event.id), now)
        found.append((want.event.start, change))
    for one in by_id.values():
        if one.event_id not in seen:
            leave = _away(one, now, (reasons or {}).get(one.key, ""))
            if leave:
                found.append((_start(one.event), leave))
    comes_back = {change.key: start for start, change in found if isinstance(change, Create)}

    def order(entry: tuple[datetime, Change]) -> tuple[datetime, BlockKey, bool]:
        start, change = entry
        return min(start, comes_back.get(change.key, start)).astimezone(UTC), change.key, isinstance(change, Create)

    return [change for _, change in sorted(found, key=order)]


def _towards(want: Wanted, one: Standing | None, now: datetime) -> Change:
    key, event = want.block.key, one.event if one else None

    def keep(reason: str) -> Keep:
        return Keep(key=key, event_id=want.event.id, reason=reason)

    if event is None:
        if one and one.state is not BlockState.PLANNED:
            return keep(_("It is not in the calendar any more; it is not written again."))
        full, stamp = _as_they_left_it(want)
        return Create(key=key, event=_stamped(full, stamp), reason=want.block.reason)
    if event.cancelled:
        return keep(_("It was deleted in the calendar; it is not written again."))
    if _start(event) <= now:
        return keep(_("It has begun; it is not changed any more."))
    if guests(event) or event.recurrence:
        return keep(_("It has become a meeting of your own."))

    old = stamp_of(event) or Stamp.theirs()
    theirs = by_hand(event, old)
    full = _with_their_parts(want.event, event, theirs)
    parts = _differing(full, event)
    marked = all(event.properties.get(name) == value for name, value in want.event.properties.items())
    if not parts and marked and not is_leaving(event):
        return keep(_agreed(theirs))
    stamp = Stamp.of(full).keeping(old, theirs)
    if full.description == event.description and old.sheet:
        # What we do not write is not ours by that: words of the user's may stand above the line, for want of room.
        stamp = replace(stamp, sheet=old.sheet)
    return Update(
        key=key,
        event=_stamped(full, stamp),
        parts=parts | {Part.PROPERTIES},
        etag=event.etag,
        reason=want.block.reason if Part.TIME in parts else _renewed(parts),
    )


def _as_they_left_it(want: Wanted) -> tuple[BlockEvent, Stamp]:
    """A new event. One that comes back has what the user had changed in the one before, and it stays theirs."""
    if want.after is None:
        return want.event, Stamp.of(want.event)
    old = stamp_of(want.after) or Stamp.theirs()
    theirs = by_hand(want.after, old)
    if want.block.state is not BlockState.PINNED:
        theirs -= {Part.TIME}  # the place they had chosen is over, or was never theirs
    full = _with_their_parts(want.event, want.after, theirs)
    return full, Stamp.of(full).keeping(old, theirs)


def _away(one: Standing, now: datetime, why: str) -> Change | None:
    """What happens to a block that the plan does not hold; None where there is nothing in the calendar to speak of."""
    event = one.event
    if event is None or event.cancelled:
        return None

    def keep(reason: str) -> Keep:
        return Keep(key=one.key, event_id=one.event_id, reason=reason)

    if one.state is BlockState.ADOPTED or guests(event) or event.recurrence:
        return _handed_over(one, event)
    if _start(event) <= now:
        return keep(_("It has begun; it is not changed any more."))
    if one.words_stay and one.below.strip():
        return _handed_over(
            one, event, _("{why} Your own words stand in it, so it is left to you.", why=why or _(NOT_WANTED))
        )
    return Delete(
        key=one.key,
        event_id=one.event_id,
        etag=event.etag,
        reason=why or _(NOT_WANTED),
        start=_start(event),
        end=_as_it_is(event).end,
        farewell=None if is_leaving(event) else replace(_as_it_is(event), properties={WROTE: leaving(event)}),
    )


def hands_over(change: Update) -> bool:
    """Whether our mark comes off: the event is the user's own from then on."""
    return change.event.properties.get(TAG) == ""


def _handed_over(one: Standing, event: Event, reason: str = "") -> Change:
    """Take our text and marks off a block that is the user's own from now on; after that it is left alone.

    "Private" goes too where it was ours: a meeting counts for the user's history, a private entry never does.
    """
    ours = [name for name in (TAG, BY, WROTE) if event.properties.get(name)]
    if not ours:
        return Keep(key=one.key, event_id=one.event_id, reason=_("It is a meeting of your own."))
    bare = replace(_as_it_is(event), description=one.below, properties=dict.fromkeys(ours, ""))
    parts = {Part.DESCRIPTION, Part.PROPERTIES}
    if bare.visibility == "private" and Part.VISIBILITY not in by_hand(event, stamp_of(event)):
        bare = replace(bare, visibility="default")
        parts.add(Part.VISIBILITY)
    return Update(
        key=one.key,
        event=bare,
        parts=frozenset(parts),
        etag=event.etag,
        reason=reason or _(TAKEN_OVER),
    )


def _as_it_is(event: Event) -> BlockEvent:
    start, end = _start(event), event.end
    return BlockEvent(
        id=event.id,
        start=start,
        end=end if isinstance(end, datetime) else start,
        zone=str(start.tzinfo or "UTC"),
        title=event.title,
        description=event.description,
        color_id=event.color_id,
        visibility=event.visibility,
        transparent=event.transparent,
        reminders=event.reminders,
        properties=dict(event.properties),
    )


def _with_their_parts(want: BlockEvent, event: Event, theirs: frozenset[Part]) -> BlockEvent:
    """What we want, with the user's own values for the parts they changed."""
    full = want
    if Part.TIME in theirs and isinstance(event.start, datetime) and isinstance(event.end, datetime):
        full = replace(full, start=event.start, end=event.end)
    if Part.TITLE in theirs:
        full = replace(full, title=event.title)
    if Part.COLOR in theirs:
        full = replace(full, color_id=event.color_id)
    if Part.REMINDERS in theirs:
        full = replace(full, reminders=event.reminders)
    if Part.TRANSPARENCY in theirs:
        full = replace(full, transparent=event.transparent)
    if Part.VISIBILITY in theirs:
        full = replace(full, visibility=event.visibility)
    return full


def _differing(full: BlockEvent, event: Event) -> frozenset[Part]:
    timed = isinstance(event.start, datetime) and isinstance(event.end, datetime)
    differs = {
        # An all-day block was made so by hand; its time is not ours to compare.
        Part.TIME: timed and (_utc(event.start), _utc(event.end)) != (_utc(full.start), _utc(full.end)),
        Part.TITLE: event.title != full.title,
        Part.DESCRIPTION: not same_text(event.description, full.description),
        Part.COLOR: event.color_id != full.color_id,
        Part.VISIBILITY: event.visibility != full.visibility,
        Part.TRANSPARENCY: event.transparent != full.transparent,
        Part.REMINDERS: _sorted(event.reminders) != _sorted(full.reminders),
    }
    return frozenset(part for part, changed in differs.items() if changed)


def _stamped(event: BlockEvent, stamp: Stamp) -> BlockEvent:
    return replace(event, properties={**event.properties, WROTE: stamp.encode()})


def _start(event: Event | None) -> datetime:
    """An all-day entry counts from midnight UTC: near enough to tell whether it has begun."""
    start = event.start if event else None
    if isinstance(start, datetime):
        return start
    return (
        datetime.combine(start, datetime.min.time(), UTC)
        if isinstance(start, date)
        else datetime.min.replace(tzinfo=UTC)
    )


def _utc(moment: datetime | date | None) -> datetime | None:
    return moment.astimezone(UTC) if isinstance(moment, datetime) else None


def _sorted(reminders: Reminders) -> tuple[int, ...] | None:
    return None if reminders.minutes is None else tuple(sorted(reminders.minutes))


# -- In words --------------------------------------------------------------------------------------

_PART_WORDS = {
    Part.TITLE: N_("title"),
    Part.DESCRIPTION: N_("text"),
    Part.COLOR: N_("colour"),
    Part.VISIBILITY: N_("privacy"),
    Part.TRANSPARENCY: N_("free or busy"),
    Part.REMINDERS: N_("reminder"),
    Part.PROPERTIES: N_("mark"),
}


def _renewed(parts: frozenset[Part]) -> str:
    words = [_(word) for part, word in _PART_WORDS.items() if part in parts] or [_(_PART_WORDS[Part.PROPERTIES])]
    return ngettext(
        "Its {parts} is brought up to date.", "Its {parts} are brought up to date.", len(words), parts=listed(words)
    )


def _agreed(theirs: frozenset[Part]) -> str:
    return _("You changed it by hand; that stays.") if theirs else _("It is as it should be.")
