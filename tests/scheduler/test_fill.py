"""Fill by example: one small world for each thing that it promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scheduler.fill import CoverageState, Due, Filling, NotDue, Seats, Wishes, fill, gate, usual_gap
from scheduler.model import BlockKey, Cadence, Contact, Kind, Promise, Touch
from scheduler.seasons import Season

ZONE = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 23)  # a Monday
NOW = datetime(2026, 11, 23, 9, tzinfo=ZONE)
WISHES = Wishes()


def day(ahead: int) -> date:
    return TODAY + timedelta(days=ahead)


def at(ahead: int) -> datetime:
    return datetime.combine(day(ahead), time(15), ZONE)


def person(key: str, *ago: int, **more: Any) -> Contact:
    """A client met personally so many days before TODAY."""
    touches = tuple(Touch(on=day(-back), source=f"e{back}/") for back in sorted(ago, reverse=True))
    return replace(Contact(key=key, name=key.title(), kind=Kind.CLIENT, touches=touches), **more)


def monthly(key: str, silent_for: int, *, every: int = 30, times: int = 6, **more: Any) -> Contact:
    """A client met regularly, the last time `silent_for` days ago."""
    return person(key, *(silent_for + every * turn for turn in range(times)), **more)


def seat(ahead: int, people: int = 3, *, frozen: bool = False) -> Seats:
    key = BlockKey("r", f"{day(ahead).isocalendar().year}W{day(ahead).isocalendar().week:02}.{day(ahead).weekday()}")
    return Seats(
        key=key, on=day(ahead), start=datetime.combine(day(ahead), time(10), ZONE), people=people, frozen=frozen
    )


def run(
    blocks: Sequence[Seats],
    contacts: Iterable[Contact],
    *,
    kept: Mapping[BlockKey, Sequence[str]] | None = None,
    now: datetime = NOW,
    wishes: Wishes = WISHES,
) -> Filling:
    return fill(blocks, tuple(contacts), kept=kept or {}, now=now, zone=ZONE, wishes=wishes)


def lists(filling: Filling) -> list[list[str]]:
    """The names of every block, in the order of the blocks."""
    return [[one.contact for one in listed] for listed in filling.suggestions.values()]


def due(contact: Contact, ahead: int = 0, wishes: Wishes = WISHES) -> Due | NotDue:
    return gate(contact, wishes, on=day(ahead), zone=ZONE)


# -- the gate --------------------------------------------------------------------------------------


def test_usual_gap_is_said_from_three_gaps_on_and_counts_personal_touches_only() -> None:
    assert usual_gap(person("a", 0, 30, 65)) is None
    assert usual_gap(person("a", 0, 30, 65, 95)) == 30
    weekly = tuple(Touch(on=day(-7 * turn), personal=False) for turn in range(10))
    assert usual_gap(person("a", touches=weekly)) is None


@pytest.mark.parametrize(
    ("contact", "opens"),
    [
        (monthly("usual gap of 30", 0), 24),
        (monthly("usual gap of a week: never within a fortnight", 0, every=7), 14),
        (person("no gap known: a client's eight weeks", 0), 45),
        (person("one gap of a year stretches that: the mean of both", 0, 365), 115),
        (person("a former client: sixteen weeks", 0, kind=Kind.FORMER), 90),
        (person("asked for every 20 days", 0, cadence=Cadence(ideal=20)), 16),
        (monthly("what the user asked for beats the rhythm", 0, cadence=Cadence(ideal=100)), 80),
        (monthly("a tag's cadence too", 0, tags=frozenset({"close", "far"})), 32),
    ],
    ids=lambda value: value.key if isinstance(value, Contact) else str(value),
)
def test_the_gate_opens_after_four_fifths_of_the_gap(contact: Contact, opens: int) -> None:
    wishes = Wishes(tag_cadences={"close": Cadence(ideal=40), "far": Cadence(ideal=200)})
    assert due(contact, opens - 1, wishes) == NotDue(until=day(opens), reason="in touch not long ago")
    gone = due(contact, opens, wishes)
    assert isinstance(gone, Due)
    assert gone.since == day(opens)


def test_a_kinds_cadence_set_by_hand_overrides_the_rhythm() -> None:
    by_hand = Wishes(cadences={Kind.CLIENT: Cadence(ideal=100)}, by_hand=frozenset({Kind.CLIENT}))
    assert isinstance(due(monthly("a", 0), 79, by_hand), NotDue)
    assert isinstance(due(monthly("a", 0), 80, by_hand), Due)


def test_people_never_met_are_due_at_once() -> None:
    assert due(person("by hand")) == Due(since=TODAY, ratio=2.0, why="never_met")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [None, Kind.SUPPLIER, Kind.NEVER])
def test_only_clients_former_clients_and_friends_are_due(kind: Kind | None) -> None:
    assert due(monthly("a", 300, kind=kind)) == NotDue(until=None, reason="not a client, former client or friend")


def test_snoozed_paused_and_asked_are_not_due() -> None:
    assert due(monthly("a", 300, snoozed_until=day(9)), 8) == NotDue(until=day(9), reason="snoozed")
    assert isinstance(due(monthly("a", 300, snoozed_until=day(9)), 9), Due)
    assert due(monthly("a", 300, paused=True)) == NotDue(until=None, reason="paused")
    assert isinstance(due(monthly("a", 300, unreached=2)), Due)
    asked = due(monthly("a", 300, unreached=3))
    assert asked == NotDue(until=None, reason="suggested three times; say on their page what to do")


def test_a_booked_meeting_makes_a_call_superfluous_before_it_and_rests_after_it() -> None:
    contact = monthly("a", 100, booked=(at(40),))
    assert isinstance(due(contact, 11), Due)  # more than four weeks before it
    for ahead in (12, 40, 41, 63):
        assert isinstance(due(contact, ahead), NotDue)
    assert isinstance(due(contact, 64), Due)


def test_a_promise_opens_the_gate_a_week_before_its_day_but_not_on_the_day_of_a_touch() -> None:
    contact = monthly("a", 0, promises=(Promise(text="the checklist", due_on=day(10)),))
    assert isinstance(due(contact, 2), NotDue)
    opened = due(contact, 3)
    assert isinstance(opened, Due)
    assert opened.why == "promise"
    soon = monthly("a", 0, promises=(Promise(text="the checklist", due_on=day(2)),))
    assert isinstance(due(soon, 0), NotDue)
    assert isinstance(due(soon, 1), Due)
    met_since = monthly("a", 0, promises=(Promise(text="the checklist", due_on=day(-3)),))
    assert isinstance(due(met_since, 5), NotDue)
    undated = monthly("a", 0, every=90, promises=(Promise(text="the checklist"),))
    assert isinstance(due(undated, 13), NotDue)
    assert isinstance(due(undated, 14), Due)


# -- the lists -------------------------------------------------------------------------------------


def test_half_of_a_list_by_priority_half_by_how_far_past_their_own_gap() -> None:
    strong = [monthly(f"strong{i}", 30, every=10, times=15) for i in range(4)]  # much at stake
    long_gone = [person(f"gone{i}", 390 + i, 420, 450, 480) for i in range(4)]  # nothing left in half a year
    listed = lists(run([seat(1, 4)], [*strong, *long_gone]))[0]
    assert sum(name.startswith("strong") for name in listed) == 2
    assert sum(name.startswith("gone") for name in listed) == 2
    singles = lists(run([seat(1, 1), seat(2, 1)], [*strong, *long_gone]))
    assert {name[:4] for (name,) in singles} == {"stro", "gone"}


def test_never_more_names_than_seats_and_never_a_name_not_due() -> None:
    assert [
        len(listed) for listed in lists(run([seat(1, 2), seat(3, 1)], [monthly(f"c{i}", 60) for i in range(9)]))
    ] == [2, 1]
    assert lists(run([seat(1, 9)], [monthly("due", 60), monthly("fresh", 5)])) == [["due"]]


def test_late_by_the_longest_gap_the_user_allows_comes_first_of_its_half() -> None:
    late = person("late", 61, cadence=Cadence(ideal=50, longest=60))
    farther = [person(f"far{i}", *range(100, 180, 10), cadence=Cadence(ideal=50)) for i in range(5)]
    assert "late" in lists(run([seat(0, 2)], [late, *farther]))[0]
    assert "late" not in lists(run([seat(0, 2)], [replace(late, cadence=Cadence(ideal=50)), *farther]))[0]


def test_one_person_a_company_a_block_and_fortnight() -> None:
    crew = [monthly(f"c{i}", 60 + i, company="Ferro & Sons" if i else "ferro & sons ") for i in range(3)]
    assert [len(x) for x in lists(run([seat(1), seat(8), seat(14), seat(15), seat(29)], crew))] == [1, 0, 0, 1, 1]


def test_a_name_keeps_its_place_while_stronger_ones_come_up() -> None:
    blocks = [seat(1, 1), seat(8, 1)]
    weak = person("weak", 60)
    strong = monthly("strong", 40, every=10, times=12)
    first = run(blocks, [weak])
    assert lists(first) == [["weak"], []]
    kept = {key: [one.contact for one in listed] for key, listed in first.suggestions.items()}
    assert lists(run(blocks, [weak, strong], kept=kept)) == [["weak"], ["strong"]]


def test_day_after_day_with_nothing_changed_the_names_stay_and_so_do_the_words() -> None:
    people = [monthly(f"c{i:02}", 20 + 3 * i, company=f"F{i % 9}") for i in range(25)]
    blocks = [seat(ahead, 3) for ahead in (4, 8, 11, 15)]
    first = run(blocks, people)
    kept = {key: [one.contact for one in listed] for key, listed in first.suggestions.items()}
    for later in range(1, 5):
        again = run(blocks, people, kept=kept, now=NOW + timedelta(days=later))
        assert again.suggestions == first.suggestions


def test_a_block_cut_short_gives_up_its_last_names() -> None:
    people = [monthly(f"c{i}", 60) for i in range(3)]
    kept = {seat(1).key: ["c2", "c0", "c1"]}
    assert lists(run([seat(1, 2)], people, kept=kept)) == [["c2", "c0"]]


def test_a_frozen_list_stays_as_it_is_even_when_all_have_been_reached() -> None:
    people = [person("reached", 0, 60), person("never again", 90, kind=Kind.NEVER)]
    block = seat(0, 1, frozen=True)
    assert lists(run([block], people, kept={block.key: ["reached", "never again", "forgotten"]})) == [
        ["reached", "never again"]
    ]


def test_who_was_not_reached_is_carried_over_after_a_week_and_whoever_can_best_wait_gives_way() -> None:
    held = seat(-3, 2, frozen=True)
    people = [monthly("missed", 90), monthly("reached", 3), monthly("a", 80), monthly("b", 70), monthly("c", 60)]
    kept = {held.key: ["missed", "reached"], seat(3).key: ["a"], seat(5).key: ["b", "c"]}
    blocks = [held, seat(3, 1), seat(5, 2)]
    filled = lists(run(blocks, people, kept=kept))
    assert filled == [["missed", "reached"], ["a"], ["b", "missed"]]  # the third day is too soon


def test_on_the_day_of_the_block_nobody_is_carried_over_yet() -> None:
    held = seat(0, 1, frozen=True)
    filling = run([held, seat(8, 2)], [monthly("missed", 90)], kept={held.key: ["missed"]})
    assert lists(filling) == [["missed"], []]
    assert filling.coverage["missed"].state is CoverageState.PLANNED
    assert filling.coverage["missed"].on == TODAY


def test_after_an_absence_at_most_half_a_list_is_carried_over() -> None:
    missed = [monthly(f"missed{i}", 60, unreached=1) for i in range(8)]
    fresh = [monthly(f"fresh{i}", 200, every=10, times=12) for i in range(8)]
    kept = {seat(1).key: ["fresh0", "fresh1", "fresh2"], seat(8).key: ["fresh3", "fresh4", "fresh5"]}
    for listed in lists(run([seat(1), seat(8)], [*missed, *fresh], kept=kept)):
        assert sum(name.startswith("missed") for name in listed) == 2


def test_the_names_of_a_block_that_was_let_go_move_to_the_next() -> None:
    people = [monthly("moved", 50), *(monthly(f"c{i}", 90, every=10, times=9) for i in range(5))]
    gone = BlockKey("r", "2026W48.3")
    assert "moved" not in lists(run([seat(1), seat(8)], people))[0]
    assert "moved" in lists(run([seat(1), seat(8)], people, kept={gone: ["moved"]}))[0]


def test_a_promise_comes_in_time_though_the_block_is_full() -> None:
    promised = monthly("promised", 2, promises=(Promise(text="the checklist", due_on=day(4)),))
    others = [monthly(f"c{i}", 60 + i) for i in range(6)]
    kept = {seat(1).key: ["c0", "c1", "c2"], seat(8).key: ["c3", "c4", "c5"]}
    assert lists(run([seat(1), seat(8)], [promised, *others], kept=kept)) == [
        ["c1", "c2", "promised"],
        ["c3", "c4", "c5"],
    ]


def test_who_was_reached_in_a_block_is_not_named_there_again_whatever_is_promised() -> None:
    promised = monthly("promised", 1, promises=(Promise(text="the checklist", due_on=day(4)),))
    reached = replace(seat(2), reached=frozenset({"promised"}))
    assert lists(run([reached, seat(3)], [promised], kept={reached.key: ["promised"]})) == [[], ["promised"]]


def test_a_promise_far_off_displaces_nobody() -> None:
    promised = monthly("promised", 60, promises=(Promise(text="the checklist", due_on=day(200)),))
    others = [monthly(f"c{i}", 60) for i in range(3)]
    assert lists(run([seat(1)], [promised, *others], kept={seat(1).key: ["c0", "c1", "c2"]})) == [["c0", "c1", "c2"]]


# -- coverage and capacity -------------------------------------------------------------------------


def test_the_four_states_of_coverage_and_the_asked() -> None:
    people = [
        monthly("booked", 60, booked=(at(10),)),
        monthly("planned", 90),
        monthly("fresh", 4),
        monthly("snoozed", 90, snoozed_until=date(2027, 1, 4)),
        monthly("waiting", 31),
        monthly("asked", 90, unreached=3),
        monthly("supplier", 90, kind=Kind.SUPPLIER),
        monthly("paused", 90, paused=True),
    ]
    told = {key: (one.state, one.text) for key, one in run([seat(1, 1)], people).coverage.items()}
    assert told == {
        "booked": (CoverageState.BOOKED, "meeting booked on 3 December"),
        "planned": (CoverageState.PLANNED, "planned on 24 November"),
        "fresh": (CoverageState.NOT_YET, "not due until 13 December"),
        "snoozed": (CoverageState.NOT_YET, "not due until 4 January 2027 (snoozed)"),
        "waiting": (CoverageState.WITHOUT_PLACE, "due without a place: the blocks of the coming weeks are full"),
        "asked": (CoverageState.WITHOUT_PLACE, "suggested three times; say on their page what to do"),
    }


def clients(count: int, every: int, kind: Kind = Kind.CLIENT) -> list[Contact]:
    return [person(f"c{i}", 1, cadence=Cadence(ideal=every), kind=kind) for i in range(count)]


@pytest.mark.parametrize(
    ("blocks", "people", "sentence", "mends"),
    [
        (
            [seat(1 + 7 * week + second) for week in range(4) for second in (0, 2)],
            clients(60, 42),
            "60 clients at about 6 weeks need 10 touches a week; your blocks hold 6.",
            ("Five people a block would close the gap", "or let it be ten weeks"),
        ),
        (
            [seat(1 + 7 * week) for week in range(4)],
            clients(60, 42, Kind.FRIEND),
            "60 people at about 6 weeks need 10 touches a week; your blocks hold 3.",
            ("Four blocks a week of three people each would close the gap", "or let it be 20 weeks"),
        ),
        (
            [seat(1 + 7 * week) for week in range(4)],
            clients(6, 42),
            "6 clients at about 6 weeks need 1 touch a week; your blocks hold 3, so there is room for everyone.",
            (),
        ),
        (
            [],
            clients(1, 14),
            "1 client at about 2 weeks needs 0.5 touches a week; no block is planned.",
            ("A block in the week would be a beginning", "or fewer people in the blocks"),
        ),
        ([seat(1)], [], "Nobody is to be suggested yet: say on the people page who is a client.", ()),
    ],
)
def test_capacity_is_one_sentence_with_two_mends(
    blocks: list[Seats], people: list[Contact], sentence: str, mends: tuple[str, ...]
) -> None:
    capacity = run(blocks, people).capacity
    assert capacity.sentence == sentence
    assert capacity.mends == mends


def test_a_seat_that_is_used_up_names_nobody_and_still_counts_as_room() -> None:
    blocks = [replace(seat(2), reached=frozenset("abc")), replace(seat(9), reached=frozenset({"d"}))]
    due_ones = [monthly(f"m{at}", 60 + at) for at in range(6)]
    assert [len(names) for names in lists(run(blocks, due_ones))] == [0, 2]
    everyone = [replace(one, reached=frozenset("abc")) for one in blocks]
    for given in (blocks, everyone):
        assert run(given, clients(60, 42)).capacity.sentence.endswith("your blocks hold 1.5.")
    season = Season(key="s", name="", begins_on=day(0), before_on=day(20), last_on=day(19))
    (room,) = run(everyone, clients(60, 42), wishes=replace(WISHES, seasons=(season,))).seasons
    assert (room.seats, len(room.mends)) == (0, 2)


def test_a_thousand_people_are_seated_quickly(capsys: pytest.CaptureFixture[str]) -> None:
    from time import process_time

    people = [monthly(f"c{i:04}", 20 + i % 300, every=20 + i % 90, company=f"F{i % 400}") for i in range(1000)]
    before = process_time()
    filling = run([seat(ahead, 4) for ahead in range(1, 27) if day(ahead).weekday() < 5], people)
    took = process_time() - before
    assert sum(map(len, lists(filling))) == 76
    print(f"\n1,000 people into 19 blocks: {took * 1e3:.0f} ms")
    assert took < 3
