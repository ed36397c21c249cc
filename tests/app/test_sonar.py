"""The sonar: everybody finds a place, nobody covers anybody, and the ring of the usual gap tells the truth."""

from __future__ import annotations

import re
from itertools import pairwise
from math import atan2, degrees, hypot, radians

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services import sonar, sonar_names
from app.services.sonar import EDGE, MOST, SIZES, USUAL, Mark, distance, place, sectors, shape

ratios = st.one_of(st.sampled_from([0.0, 1.0, 2.0]), st.floats(0, 100, allow_nan=False))
crowds = st.lists(st.tuples(ratios, st.integers(0, 2), st.integers(0, 6)), max_size=MOST + 20)
alike = st.tuples(ratios, st.integers(0, 2), st.just(0)).flatmap(
    lambda one: st.integers(0, MOST).map(lambda n: [one] * n)
)


def drawn(people: list[tuple[float, int, int]]) -> tuple[tuple[Mark, ...], tuple[int, ...]]:
    marks = tuple(Mark(key, ratio, tie, sector) for key, (ratio, tie, sector) in enumerate(people))
    return marks, tuple(sum(mark.sector == n for mark in marks) for n in range(7))


@settings(max_examples=40)
@given(st.one_of(crowds, alike))
def test_everybody_is_inside_and_nobody_covers_anybody(people: list[tuple[float, int, int]]) -> None:
    marks, counts = drawn(people)
    dots = place(marks, counts).dots
    assert [dot.key for dot in dots] == [mark.key for mark in marks[:MOST]]
    for place_, dot in enumerate(dots):
        assert hypot(dot.x, dot.y) + dot.r <= EDGE + 0.2
        assert all(hypot(dot.x - other.x, dot.y - other.y) > dot.r + other.r for other in dots[:place_])


@settings(max_examples=40)
@given(crowds)
def test_who_is_past_their_gap_is_outside_its_ring_and_nobody_else(people: list[tuple[float, int, int]]) -> None:
    marks, counts = drawn(people)
    for mark, dot in zip(marks, place(marks, counts).dots, strict=False):
        if mark.ratio > 1:
            assert hypot(dot.x, dot.y) - dot.r > USUAL
        else:
            assert hypot(dot.x, dot.y) + dot.r < USUAL


@given(st.integers(1, 60), st.lists(st.integers(1, 40), min_size=1, max_size=7))
def test_everybody_stands_in_their_sector_and_in_the_same_place_again(few: int, sizes: list[int]) -> None:
    people = [(0.3 + 0.1 * n % 3, n % 3, sector) for sector, size in enumerate(sizes) for n in range(min(size, 9))][
        :few
    ]
    marks, counts = drawn(people)
    picture = place(marks, counts)
    place.cache_clear()
    assert place(marks, counts) == picture
    for mark, dot in zip(marks, picture.dots, strict=True):
        angle = degrees(atan2(dot.x, -dot.y)) % 360
        assert picture.sectors[mark.sector].start - 1 <= angle <= picture.sectors[mark.sector].end + 1


@given(ratios, ratios)
def test_longer_is_further(one: float, other: float) -> None:
    assert (distance(one) <= distance(other)) or one > other
    assert distance(1.0) == USUAL


@pytest.mark.parametrize("counts", [(), (0,), (1,), (200,), (196, 1, 1, 1, 1), (5, 0, 5)])
def test_sectors_follow_each_other_around_the_free_top(counts: tuple[int, ...]) -> None:
    parts = sectors(counts)
    assert len(parts) == len(counts)
    assert all(earlier.end == later.start for earlier, later in pairwise(parts))
    if parts:
        assert parts[0].start == sonar.WEDGE / 2
        assert parts[-1].end == pytest.approx(360 - sonar.WEDGE / 2)


def test_a_closer_tie_is_larger() -> None:
    light, close = place((Mark(1, 0.5, 0, 0), Mark(2, 0.5, 2, 0)), (2,)).dots
    assert (light.r, close.r) == (SIZES[0], SIZES[2])


def test_shapes_differ_by_more_than_their_colour() -> None:
    dot = sonar.Dot(1, 10.0, -4.5, 5.0)
    shapes = [shape(state, dot) for state in ("booked", "planned", "not_yet", "without_place", "")]
    assert len({re.sub(r"[-\d. ]", "", one) for one in shapes}) == 4  # a ring is a smaller disc, and hollow
    assert len(set(shapes)) == 5


def test_names_beside_dots_do_not_cover_each_other() -> None:
    picture = place(tuple(Mark(key, 1.5, 1, 0) for key in range(40)), (40,))
    labels = sonar_names.labels(picture, tuple((key, "Wolfeschlegelst") for key in range(7)))
    assert 1 <= len(labels) <= 7
    for letters, shown in (
        (sonar_names.DESK, list(labels.values())),
        (sonar_names.PHONE, [one for one in labels.values() if not one.desk]),
    ):
        wide, high = sonar_names.width("Wolfeschlegelst") * letters, sonar_names.LINE * letters
        boxes = [(one.x - (wide if one.end else 0), one.y) for one in shown]
        assert boxes
        for n, (x, y) in enumerate(boxes):
            assert -214 < x < x + wide < 214
            assert all(abs(x - to_x) >= wide - 0.2 or abs(y - to_y) >= high - 0.2 for to_x, to_y in boxes[:n])


def test_words_are_cut_to_the_room_there_is() -> None:
    assert sonar_names.cut("Ferro & Sons", 20) == "Ferro & Sons"
    assert sonar_names.width(sonar_names.cut("Wolfeschlegelsteinhausen", 10)) <= 10
    assert sonar_names.width("王小明") == pytest.approx(3.09)
    assert sonar_names.cut("王小明天", 3) == ""
    narrow = sonar.Sector(40, 60)
    for name in ("Great Northern Shipping", "WMWMWMWMWM", "Ferro & Sons", "illillillillillillill"):
        for letters in (sonar_names.DESK, sonar_names.PHONE):
            cut = sonar_names.sector_name(name, narrow, letters)
            assert sonar_names.width(cut) * letters < radians(20) * sonar_names.OUTSIDE
        assert len(cut) <= len(sonar_names.sector_name(name, narrow, sonar_names.DESK))
    names = sonar_names.short_names(["Marta Lindqvist", "Rohan Iyer", "Rohan Solberg", "محمد بن سلمان"])
    assert names["Marta Lindqvist"] == "Marta"
    assert (names["Rohan Iyer"], names["Rohan Solberg"]) == ("Rohan Iyer", "Rohan Solberg")
