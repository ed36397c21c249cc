"""One person's touches as a strip, and why they are named when they are, in words."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.services.strip import LEFT, RIGHT, SHAPES, strip
from app.services.why import why
from scheduler.due import Wishes
from scheduler.model import Cadence, Channel, Contact, Kind, Touch

TODAY = date(2027, 3, 1)


def touches(*days_ago: int, channel: Channel = Channel.MEETING) -> list[Touch]:
    return sorted(Touch(on=TODAY - timedelta(days=days), channel=channel) for days in days_ago)


@given(
    st.lists(st.integers(0, 900), max_size=60),
    st.none() | st.integers(1, 400),
    st.none() | st.tuples(st.sampled_from(["booked", "planned", "due"]), st.integers(-9, 400)),
)
def test_all_is_inside_and_later_is_further_right(
    days_ago: list[int], gap: int | None, coming: tuple[str, int] | None
) -> None:
    following = (coming[0], TODAY + timedelta(days=coming[1])) if coming else None
    made = strip(touches(*days_ago), gap=gap, coming=following, today=TODAY)
    if made is None:
        assert all(days > 730 for days in days_ago)
        return
    places = [one.x for one in made.touches]
    assert places == sorted(places)
    assert LEFT <= min(places) <= max(places) <= made.today <= RIGHT
    assert [x for _, x in made.months] == sorted(x for _, x in made.months)
    assert not set(made.months) & set(made.months_desk)
    assert all(later - earlier > 13 for (_, earlier), (_, later) in pairwise(made.months))
    for span in (made.gap, made.late):
        assert span is None or (span[0] >= LEFT and span[1] >= 0 and sum(span) <= RIGHT + 0.1)
    for months, word in ((made.months, 15), (made.months_desk, 8)):
        assert all(not made.today - 2 * word < x < made.today or made.today < 86 for _, x in months)
    assert made.next is None or made.today <= made.next.x <= RIGHT


def test_the_gap_begins_with_the_last_personal_touch_and_what_is_past_it_is_late() -> None:
    group = Touch(on=TODAY - timedelta(days=5), personal=False)
    made = strip([*touches(200, 100), group], gap=40, coming=("planned", TODAY + timedelta(days=8)), today=TODAY)
    assert made is not None
    assert made.gap is not None
    assert made.late is not None
    assert made.gap[0] == made.touches[1].x
    assert sum(made.late) == made.today
    assert made.next is not None
    assert not made.touches[-1].personal
    fresh = strip(touches(200, 10), gap=40, coming=None, today=TODAY)
    assert fresh is not None
    assert fresh.late is None
    assert strip(touches(800), gap=40, coming=None, today=TODAY) is None


def test_every_way_of_being_in_touch_has_a_shape_of_its_own() -> None:
    assert set(SHAPES) == set(Channel)
    assert len(set(SHAPES.values())) == len(Channel)


def told(contact: Contact, wishes: Wishes | None = None) -> dict[str, str]:
    parts = why(contact, [contact], wishes or Wishes(), {"text": "planned on 2 March"}, today=TODAY)
    assert not any(letter in part.text for part in parts for letter in "%{}")
    return {part.code: part.text for part in parts}


def test_the_parts_are_said_in_words_and_never_as_a_score() -> None:
    usual = Contact(key="1", name="Ada", kind=Kind.CLIENT, touches=tuple(touches(50, 85, 120, 155)))
    assert told(usual) == {
        "rhythm": "Usually every 5 weeks; the last time was 7 weeks ago.",
        "stake": "In touch on 4 days in the last half-year: the more, the sooner named.",
        "waiting": told(usual)["waiting"],
        "stands": "Now: planned on 2 March.",
    }
    asked = Contact(key="1", name="Ada", kind=Kind.FRIEND, touches=usual.touches, cadence=Cadence(ideal=28))
    assert told(asked)["rhythm"].startswith("You asked for every 4 weeks")
    new = Contact(key="1", name="Ada", kind=Kind.CLIENT, touches=tuple(touches(1)))
    assert told(new)["rhythm"].startswith("Too few times for a rhythm of their own")
    assert told(new)["rhythm"].endswith("the last time was yesterday.")
    unmet = Contact(key="1", name="Ada", kind=Kind.CLIENT)
    assert told(unmet).keys() == {"rhythm", "stands"}
    assert why(Contact(key="1", name="Ada", kind=Kind.NEVER), [], Wishes(), {}, today=TODAY) == ()


def test_going_by_the_past_is_likelier_for_whom_one_meets_each_week() -> None:
    weekly = Contact(key="1", name="Ada", kind=Kind.CLIENT, touches=tuple(touches(*range(2, 200, 7))))
    gone = Contact(key="1", name="Ada", kind=Kind.CLIENT, touches=tuple(touches(*range(500, 700, 30))))
    daily = Contact(key="1", name="Ada", kind=Kind.CLIENT, touches=tuple(touches(*range(1, 200))))
    assert "may well be in touch this week" in told(daily)["waiting"]
    assert "is likely" in told(weekly)["waiting"]
    assert "unlikely" in told(gone)["waiting"]
