"""Seasons: everyone of a kind or tag once before a date, spread over the blocks, and never more than they hold."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.coverage import CoverageState
from scheduler.due import Due, NotDue, Why, gate
from scheduler.fill import Filling, Seats, Wishes, fill
from scheduler.model import BlockKey, Channel, Contact, Kind, Touch
from scheduler.seasons import Season, last_day, spread

LONDON = ZoneInfo("Europe/London")
TODAY = date(2026, 11, 9)  # a Monday
TUESDAYS = [date(2026, 11, day) for day in (10, 17, 24)] + [date(2026, 12, 1)]


def season(**more: object) -> Season:
    made: dict[str, object] = {"key": "s", "name": "Cards", "begins_on": TODAY, "before_on": date(2026, 12, 4)}
    made |= more
    made.setdefault("last_on", last_day(made["before_on"]))  # type: ignore[arg-type]
    return Season(**made)  # type: ignore[arg-type]


def client(key: str, *days_ago: int, **more: object) -> Contact:
    """Met so many days ago; every twenty weeks is their rhythm unless more is said."""
    touches = tuple(Touch(on=TODAY - timedelta(days=days)) for days in sorted(days_ago, reverse=True))
    return Contact(key=key, name=key, **({"kind": Kind.CLIENT, "touches": touches} | more))  # type: ignore[arg-type]


REGULAR = (30, 170, 310, 450)
"""Met every twenty weeks, last month: not due by their rhythm for long."""


def filled(contacts: list[Contact], *seasons: Season, people: int = 3, kept: dict[int, list[str]] | None = None,
           days: list[date] | None = None, today: date = TODAY) -> Filling:  # fmt: skip
    blocks = [
        Seats(key=BlockKey("r", f"2026W{n}.1"), on=on, start=datetime.combine(on, time(10), LONDON), people=people)
        for n, on in enumerate(days or TUESDAYS, start=10)
    ]
    given_ = {blocks[n].key: keys for n, keys in (kept or {}).items()}
    now = datetime.combine(today, time(9), LONDON)
    return fill(blocks, contacts, kept=given_, now=now, zone=LONDON, wishes=Wishes(seasons=seasons))


def names(made: Filling) -> list[list[str]]:
    return [[one.contact for one in made.suggestions[key]] for key in sorted(made.suggestions)]


@pytest.mark.parametrize(
    ("posting", "closed", "expected"),
    [
        (0, (), date(2026, 12, 17)),
        (1, (), date(2026, 12, 17)),
        (5, (), date(2026, 12, 11)),
        (5, (date(2026, 12, 15),), date(2026, 12, 10)),
    ],
)
def test_the_last_day(posting: int, closed: tuple[date, ...], expected: date) -> None:
    """Before Friday 18 December."""
    assert last_day(date(2026, 12, 18), posting_days=posting, closed=closed) == expected


@given(st.integers(0, 60), st.lists(st.integers(0, 6), max_size=8), st.integers(0, 30))
def test_spreading_loses_nobody_and_overfills_nothing(people: int, free: list[int], beyond: int) -> None:
    shares = spread(people, free, beyond=beyond)
    assert all(0 <= share <= seats for share, seats in zip(shares, free, strict=True))
    assert sum(shares) <= people
    assert sum(shares) + beyond >= min(people, sum(free) + beyond)


def test_spread_from_the_last_block_backwards() -> None:
    assert spread(6, [3, 3, 3, 3]) == (1, 1, 2, 2)
    assert spread(20, [3, 3, 3, 3]) == (3, 3, 3, 3)
    assert spread(6, [3, 3], beyond=6) == (1, 2)


def test_it_makes_due_whatever_the_rhythm_but_not_twice_and_not_just_met() -> None:
    wishes, on = Wishes(seasons=(season(),)), TUESDAYS[1]
    regular = client("a", *REGULAR)
    assert isinstance(gate(regular, Wishes(), on=on, zone=LONDON), NotDue)
    due = gate(regular, wishes, on=on, zone=LONDON)
    assert isinstance(due, Due)
    assert due.why is Why.SEASON
    just_met = client("a", 3, 143, 283)
    assert gate(just_met, wishes, on=date(2026, 11, 19), zone=LONDON) == NotDue(
        until=date(2026, 11, 20), reason="in touch not long ago"
    )
    assert isinstance(gate(just_met, wishes, on=date(2026, 11, 20), zone=LONDON), Due)
    reached = client("a", 0, *REGULAR)
    assert isinstance(gate(reached, wishes, on=date(2026, 12, 1), zone=LONDON), NotDue)
    assert isinstance(gate(regular, wishes, on=date(2026, 12, 4), zone=LONDON), NotDue)  # it is over
    later = Wishes(seasons=(season(begins_on=date(2026, 11, 20)),))
    assert gate(regular, later, on=on, zone=LONDON) == NotDue(until=date(2026, 11, 20), reason="in touch not long ago")


def test_whom_it_concerns() -> None:
    one = season(kinds=frozenset({Kind.FORMER}), tags=frozenset({"vip"}))
    assert not one.wants(client("a"))
    assert one.wants(client("a", kind=Kind.FORMER))
    assert one.wants(client("a", tags=frozenset({"vip", "golf"})))
    assert not one.wants(client("a", tags=frozenset({"vip"}), paused=True))
    assert season().wants(client("a"))
    assert not season().wants(client("a", kind=Kind.SUPPLIER))


def test_everyone_has_a_seat_before_its_end_spread_over_the_blocks() -> None:
    people = [client(f"p{n}", *REGULAR) for n in range(6)]
    made = filled(people, season())
    assert [len(there) for there in names(made)] == [1, 1, 2, 2]
    assert sorted(key for there in names(made) for key in there) == [one.key for one in people]
    said = made.suggestions[BlockKey("r", "2026W10.1")][0].public_sentence
    assert said.endswith("; season: everyone once before 4 December.")
    assert made.coverage["p0"].text.endswith(", once before 4 December")
    assert filled(people).coverage["p0"].state is CoverageState.NOT_YET


def test_letters_come_before_their_day_of_posting() -> None:
    one = season(channel=Channel.LETTER, last_on=last_day(date(2026, 12, 4), posting_days=5))
    made = filled([client(f"p{n}", *REGULAR) for n in range(6)], one)
    assert [len(there) for there in names(made)] == [2, 2, 2, 0]
    first = made.suggestions[BlockKey("r", "2026W10.1")][0]
    assert first.channel is Channel.LETTER
    assert "in the post by 27 November" in first.sentence


def test_never_more_than_the_minutes_hold_and_it_is_said_with_two_mends() -> None:
    made = filled([client(f"p{n:02}", *REGULAR) for n in range(20)], season())
    assert [len(there) for there in names(made)] == [3, 3, 3, 3]
    (room,) = made.seasons
    assert (room.people, room.seats) == (20, 12)
    assert room.sentence == (
        "20 people are to be reached before 4 December; your blocks hold 12 until then, so 8 would be left out."
    )
    assert room.mends == ("Two blocks a week of 3 would hold them", "or let it be before 25 December")
    left = next(cover for cover in made.coverage.values() if cover.state is CoverageState.WITHOUT_PLACE)
    assert left.text.startswith("to be reached once before 4 December, without a place yet")


def test_room_for_everyone_nobody_left_and_nobody_at_all() -> None:
    assert filled([client("a", *REGULAR)], season()).seasons[0].sentence == (
        "1 person is to be reached before 4 December; your blocks hold 12 until then, so there is room for everyone."
    )
    assert "Everyone is reached" in filled([client("a", 0, *REGULAR)], season()).seasons[0].sentence
    assert "Nobody is of these" in filled([client("a")], season(tags=frozenset({"x"}))).seasons[0].sentence
    assert filled([client("a")], season(), today=date(2026, 12, 5), days=[date(2026, 12, 8)]).seasons == ()


def test_others_give_way_only_where_later_blocks_will_not_do() -> None:
    others = [client(f"o{n:02}", 300, 330, 360, 390) for n in range(12)]
    kept = {n: [f"o{3 * n + k:02}" for k in range(3)] for n in range(4)}
    tagged = [client(f"p{n}", *REGULAR, tags=frozenset({"x"})) for n in range(3)]
    tight = season(tags=frozenset({"x"}))
    made = names(filled([*others, *tagged], tight, kept=kept))
    assert {key for there in made for key in there} >= {"p0", "p1", "p2"}
    assert made[0] == kept[0]  # the latest blocks first
    roomy = season(tags=frozenset({"x"}), before_on=date(2027, 3, 1), last_on=date(2027, 2, 28))
    assert names(filled([*others, *tagged], roomy, kept=kept)) == list(kept.values())


@given(st.lists(st.integers(15, 400), min_size=1, max_size=25), st.integers(1, 4), st.integers(5, 60), st.booleans())
def test_once_seated_they_stay_and_no_block_is_overfull(ago: list[int], people: int, length: int, tag: bool) -> None:
    contacts = [
        client(f"p{n:02}", days, days + 100, tags=frozenset({"x"} if n % 2 else {})) for n, days in enumerate(ago)
    ]
    before = TODAY + timedelta(days=length)
    one = season(tags=frozenset({"x"} if tag else {}), before_on=before)
    first = names(filled(contacts, one, people=people))
    assert all(len(there) <= people for there in first)
    seated = [key for there in first for key in there]
    assert len(seated) == len(set(seated))
    again = names(filled(contacts, one, people=people, kept=dict(enumerate(first))))
    assert again == first
