"""A register that is changed a little at a time says what a census of all that is there then says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.languages import language
from scheduler.meetings import PeopleSettings
from scheduler.model import Attendee, Event, Occurrence
from scheduler.people import census
from scheduler.register import Passing, Register
from scheduler.words import speaking
from tests.scheduler.test_people import _EVENTS, HERSELF, ME, NOW, TOM, at, guest, history, meeting, taken

FAR = NOW + timedelta(weeks=3)
MARTA_TOO = Attendee(address="marta@home.example", name="Marta Lindqvist")
SETTINGS = [
    HERSELF,
    replace(HERSELF, excluded=frozenset({"firm3.example"})),
    replace(HERSELF, same_person={TOM.address: guest(1).address}),
    replace(HERSELF, counted_in=frozenset({"boss@brandt.example"})),
]


def groups(events: list[Event]) -> dict[str, tuple[Occurrence, ...]]:
    found: dict[str, tuple[Occurrence, ...]] = {event.id: () for event in events}
    for one in taken(events):
        found[one.event_id] = (*found[one.event_id], one)
    return found


def fresh(there: dict[str, tuple[Occurrence, ...]], how: PeopleSettings, now: datetime, until: datetime) -> Any:
    seen = [one for some in there.values() for one in some]
    return census([one for one in seen if moment(one.start) < until], how, now)


def moment(value: Any) -> datetime:
    return value.astimezone(UTC) if isinstance(value, datetime) else datetime.combine(value, datetime.min.time(), UTC)


_STEPS = st.lists(
    st.tuples(
        _EVENTS,  # what is there now in place of those with the same ids
        st.sets(st.integers(0, 11), max_size=3),  # which of those there are deleted, by their place
        st.sampled_from(
            [timedelta(0), timedelta(minutes=10), timedelta(hours=5), timedelta(days=3), -timedelta(hours=1)]
        ),
        st.sampled_from([0, 0, 0, 1, 2, 3]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=80, deadline=None)
@given(_EVENTS, _STEPS)
def test_what_changes_a_little_at_a_time_ends_as_if_it_were_counted_at_once(events: list[Event], steps: Any) -> None:
    there = groups(events)
    register, now, until = Register.of(there.items()), NOW, FAR
    assert register.census(HERSELF, now, until=until) == fresh(there, HERSELF, now, until)
    assert Passing(register).census(HERSELF, now, until=until) == fresh(there, HERSELF, now, until)
    for changed, deleted, passes, how in steps:
        news = groups(changed)
        gone = [group_id for place, group_id in enumerate(sorted(there)) if place in deleted]
        news |= dict.fromkeys(gone, ())
        there = {group_id: turns for group_id, turns in (there | news).items() if turns}
        register.replace(news)
        now, until = now + passes, until + passes
        assert register.census(SETTINGS[how], now, until=until) == fresh(there, SETTINGS[how], now, until)
        assert len(register) == sum(map(len, there.values()))
        assert sorted(map(repr, register)) == sorted(repr(one) for some in there.values() for one in some)


def test_whoever_is_not_concerned_is_the_very_same_as_before() -> None:
    register = Register.of(groups([*history(guest(1)), *history(TOM, id="tom1")[:1]]).items())
    before = {one.address: one for one in register.census(HERSELF, NOW).acquaintances}
    register.replace(groups([meeting(at(3), TOM, id="new")]))
    after = {one.address: one for one in register.census(HERSELF, NOW).acquaintances}
    assert after[guest(1).address] is before[guest(1).address]
    assert len(after[TOM.address].touches) == len(before[TOM.address].touches) + 1


def test_who_is_found_to_be_a_room_or_the_user_is_so_in_every_entry() -> None:
    blue = Attendee(address="blue@ferro-sons.example", name="Blue")
    there = groups(history(blue))
    register = Register.of(there.items())
    assert [one.address for one in register.census(HERSELF, NOW).acquaintances] == [blue.address]
    for truth, rule in ((replace(blue, is_resource=True), ["room"]), (replace(blue, is_self=True), [])):
        news = groups([meeting(at(2), truth, TOM, id="truth")])
        register.replace(news)
        assert register.census(HERSELF, NOW) == fresh(there | news, HERSELF, NOW, FAR)
        assert [one.rule for one in register.census(HERSELF, NOW).left_out if one.address == blue.address] == rule
    register.replace({"truth": ()})
    assert register.census(HERSELF, NOW) == fresh(there, HERSELF, NOW, FAR)


def test_sentences_follow_the_language_that_is_spoken() -> None:
    register = Register.of(groups(history(TOM)[-1:]).items())
    english = register.census(HERSELF, NOW)
    with speaking(language("de")):
        said = register.census(HERSELF, NOW)
        assert said == census(register, HERSELF, NOW)
    assert said.acquaintances[0].unsure != english.acquaintances[0].unsure
    assert register.census(HERSELF, NOW) == english


def test_near_is_what_is_not_over_for_long_and_what_may_be_the_users_alone() -> None:
    talk, alone, aliased = (
        meeting(at(200), TOM, id="talk"),
        meeting(at(200), id="alone"),
        meeting(at(200), MARTA_TOO, id="me"),
    )
    lately, far = meeting(at(3), TOM, id="lately"), meeting(at(-60), TOM, id="far")
    register = Register.of(groups([talk, alone, aliased, lately, far]).items())
    own = frozenset({ME.address, MARTA_TOO.address})
    for calendar in (register, Passing(register)):
        found = calendar.near(NOW - timedelta(days=30), own, NOW + timedelta(days=30))
        assert sorted(one.event_id for one in found) == ["alone", "lately", "me"]
        assert len(calendar) == len(tuple(register)) == 4  # what is so far ahead has no turn yet


def test_a_calendar_that_is_too_big_is_let_go_as_it_is_gone_through() -> None:
    held: list[int] = []

    class Watched(frozenset[str]):
        """Is asked about the guest of each turn, once it is that turn's."""

        def __contains__(self, address: object) -> bool:
            held.append(len(passing))
            return super().__contains__(address)

    talks = taken([meeting(at(n), guest(n), id=f"talk{n}") for n in range(1, 6)])
    passing = Passing(talks)
    settings = replace(HERSELF, counted_in=Watched({guest(3).address}))
    found = passing.census(settings, NOW, until=FAR)
    assert found.attendees == 5
    assert list(dict.fromkeys(held)) == [4, 3, 2, 1, 0]
    with pytest.raises(AssertionError, match="let go"):
        passing.census(HERSELF, NOW, until=FAR)


def test_what_is_over_meanwhile_has_taken_place() -> None:
    register = Register.of(groups([*history(TOM), meeting(at(0, time(10)), TOM, id="today")]).items())
    before, after = (
        register.census(HERSELF, NOW + passed).acquaintances[0] for passed in (timedelta(0), timedelta(hours=3))
    )
    assert len(after.touches) == len(before.touches) + 1
    assert len(before.booked) == 1
    assert after.booked == ()


def test_what_comes_into_view_is_booked() -> None:
    register = Register.of(groups([*history(TOM), meeting(FAR, TOM, id="far")]).items())
    views = [FAR, FAR + timedelta(minutes=1)]
    assert [len(register.census(HERSELF, NOW, until=until).acquaintances[0].booked) for until in views] == [0, 1]
