"""Fill: what holds for every list, over made-up worlds."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.fill import Due, Filling, Seats, Wishes, fill, gate
from scheduler.model import BlockKey, Cadence, Channel, Contact, Kind, Promise, Touch

ZONE = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 23)  # a Monday
NOW = datetime(2026, 11, 23, 9, tzinfo=ZONE)
WISHES = Wishes()


def days(count: int) -> timedelta:
    return timedelta(days=count)


def touches(*ago: int, today: date = TODAY, personal: bool = True) -> tuple[Touch, ...]:
    """Touches so many days before `today`."""
    return tuple(sorted(Touch(on=today - days(back), personal=personal, source=f"e{back}/") for back in ago))


def seat(on: date, people: int = 3, *, frozen: bool = False, rule: str = "r") -> Seats:
    year, week, weekday = on.isocalendar()
    return Seats(
        key=BlockKey(rule, f"{year}W{week:02}.{weekday}"),
        on=on,
        start=datetime.combine(on, time(10), ZONE),
        people=people,
        frozen=frozen,
    )


def weekly(weeks: int = 4, people: int = 3, first: date = TODAY + days(1)) -> list[Seats]:
    return [seat(first + days(7 * week), people) for week in range(weeks)]


def run(
    blocks: Sequence[Seats],
    contacts: Iterable[Contact],
    *,
    kept: Mapping[BlockKey, Sequence[str]] | None = None,
    now: datetime = NOW,
    wishes: Wishes = WISHES,
) -> Filling:
    return fill(blocks, tuple(contacts), kept=kept or {}, now=now, zone=ZONE, wishes=wishes)


def names(filling: Filling) -> dict[BlockKey, tuple[str, ...]]:
    return {key: tuple(one.contact for one in listed) for key, listed in filling.suggestions.items()}


def everybody(filling: Filling) -> list[str]:
    return [name for listed in names(filling).values() for name in listed]


# -- made-up worlds --------------------------------------------------------------------------------

WORDS = st.sampled_from(["", "", "", "Ferro", "Halden", "Norte", "ferro "])
AGO = st.lists(st.integers(0, 40) | st.integers(40, 500), max_size=4, unique=True)
DATES = st.integers(-30, 60).map(lambda ahead: TODAY + days(ahead))


@st.composite
def contacts(draw: st.DrawFn, key: str) -> Contact:
    return Contact(
        key=key,
        name=key,
        company=draw(WORDS),
        kind=draw(st.sampled_from([Kind.CLIENT] * 6 + [Kind.FORMER, Kind.FRIEND, Kind.SUPPLIER, None])),
        touches=tuple(sorted(touches(*draw(AGO)) + touches(*draw(AGO), personal=False))),
        booked=tuple(
            datetime.combine(TODAY + days(ahead), time(15), ZONE)
            for ahead in draw(st.sampled_from([[], [], []]) | st.lists(st.integers(0, 60), max_size=1))
        ),
        cadence=draw(st.sampled_from([None, None, Cadence(ideal=30, longest=60), Cadence(ideal=365)])),
        snoozed_until=draw(st.none() | st.none() | DATES),
        paused=draw(st.sampled_from([False] * 9 + [True])),
        promises=tuple(
            Promise(text="the list", due_on=due_on) for due_on in draw(st.lists(st.none() | DATES, max_size=1))
        ),
        unreached=draw(st.sampled_from([0, 0, 0, 1, 2, 3])),
        tried=draw(st.booleans()),
        preferred=draw(st.sampled_from([None, None, Channel.MESSAGE, Channel.COFFEE])),
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Seats], list[Contact], dict[BlockKey, list[str]]]:
    people = [draw(contacts(f"c{i:02}")) for i in range(draw(st.integers(0, 16)))]
    blocks = []
    for ahead in draw(st.lists(st.integers(-14, 28), min_size=1, max_size=6, unique=True)):
        blocks.append(seat(TODAY + days(ahead), draw(st.integers(1, 4)), frozen=ahead < 0))
    keys = st.sampled_from([one.key for one in people] or ["nobody"])
    kept = {block.key: draw(st.lists(keys, max_size=4, unique=True)) for block in blocks}
    kept[BlockKey("gone", "2026W48.1")] = draw(st.lists(keys, max_size=2))
    return blocks, people, kept


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_what_holds_for_every_list(world: tuple[list[Seats], list[Contact], dict[BlockKey, list[str]]]) -> None:
    blocks, people, kept = world
    by_key = {one.key: one for one in people}
    filling = run(blocks, people, kept=kept)
    listed = names(filling)
    assert set(listed) == {block.key for block in blocks}
    live = [block for block in blocks if not block.frozen]

    for block in blocks:
        if block.frozen:  # as it was
            assert listed[block.key] == tuple(name for name in kept[block.key] if name in by_key)
        else:  # never crammed
            assert len(listed[block.key]) <= block.people

    seated = [(name, block) for block in live for name in listed[block.key]]
    assert max(Counter(name for name, _ in seated).values(), default=0) <= 1  # once in the horizon
    for name, block in seated:
        contact = by_key[name]
        assert contact.in_blocks
        assert contact.unreached < 3
        assert isinstance(gate(contact, WISHES, on=block.on, zone=ZONE), Due)
        assert contact.snoozed_until is None or contact.snoozed_until <= block.on
        assert not any(0 <= (start.date() - block.on).days <= 28 for start in contact.booked)
        if not contact.promises:
            assert all((block.on - touch.on).days >= 14 for touch in contact.touches if touch.personal)
        for held in blocks:
            if held.frozen and name in listed[held.key]:
                assert block.on - held.on >= days(7)
    for name, block in seated:
        company = by_key[name].company.strip().casefold()
        for other in blocks:
            if company and abs(other.on - block.on) < days(14):
                assert not [
                    mate
                    for mate in listed[other.key]
                    if mate != name and by_key[mate].company.strip().casefold() == company
                ]
    assert set(filling.coverage) == {one.key for one in people if one.in_blocks}
    for suggestion in (one for all_of in filling.suggestions.values() for one in all_of):
        assert suggestion.public_sentence
        assert suggestion.prompt


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_its_own_result_is_kept(world: tuple[list[Seats], list[Contact], dict[BlockKey, list[str]]]) -> None:
    blocks, people, kept = world
    first = run(blocks, people, kept=kept)
    assert run(blocks, people, kept=names(first)) == first


@settings(max_examples=60, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_contacts_and_blocks_does_not_matter(
    world: tuple[list[Seats], list[Contact], dict[BlockKey, list[str]]], order: random.Random
) -> None:
    blocks, people, kept = world
    first = run(blocks, people, kept=kept)
    order.shuffle(people)
    order.shuffle(blocks)
    mixed = []
    for one in people:
        seen = list(one.touches)
        order.shuffle(seen)
        mixed.append(replace(one, touches=tuple(seen)))
    assert run(blocks, mixed, kept=kept) == first


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers(-60, 60))
def test_a_shift_of_all_by_whole_weeks_changes_nothing_else(
    world: tuple[list[Seats], list[Contact], dict[BlockKey, list[str]]], weeks: int
) -> None:
    blocks, people, kept = world
    by = timedelta(weeks=weeks)

    def later(on: date | None) -> date | None:
        return None if on is None else on + by

    moved_blocks = [replace(one, on=one.on + by, start=one.start + by) for one in blocks]
    moved = [
        replace(
            one,
            touches=tuple(replace(touch, on=touch.on + by) for touch in one.touches),
            booked=tuple(start + by for start in one.booked),
            snoozed_until=later(one.snoozed_until),
            promises=tuple(replace(promise, due_on=later(promise.due_on)) for promise in one.promises),
        )
        for one in people
    ]
    before = run(blocks, people, kept=kept)
    after = run(moved_blocks, moved, kept=kept, now=NOW + by)
    assert names(after) == names(before)
    for key, listed in before.suggestions.items():
        pairs = list(zip(listed, after.suggestions[key], strict=True))
        assert all((a.channel, a.prompt, a.priority) == (b.channel, b.prompt, b.priority) for a, b in pairs)
        assert all([r.code for r in a.reasons] == [r.code for r in b.reasons] for a, b in pairs)
    assert after.capacity == before.capacity
    assert {k: (v.state, later(v.on)) for k, v in before.coverage.items()} == {
        k: (v.state, v.on) for k, v in after.coverage.items()
    }


@settings(max_examples=60, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_a_touch_today_takes_somebody_off_until_the_gate_opens(
    world: tuple[list[Seats], list[Contact], dict[BlockKey, list[str]]], draw: random.Random
) -> None:
    blocks, people, kept = world
    first = run(blocks, people, kept=kept)
    live = {block.key: block for block in blocks if not block.frozen}
    seated = [name for key, listed in names(first).items() if key in live for name in listed]
    if not seated:
        return
    chosen = draw.choice(sorted(seated))
    touched = [
        replace(one, touches=(*one.touches, Touch(on=TODAY, source="hand/1")), promises=(), unreached=0)
        if one.key == chosen
        else one
        for one in people
    ]
    after = names(run(blocks, touched, kept=names(first)))
    for key, block in live.items():
        assert chosen not in after[key] or block.on >= TODAY + days(14)
