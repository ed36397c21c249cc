"""Ranking: the order, who comes last, and that it grows with the number of touches only."""

from __future__ import annotations

import random
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.ranking import rank

HISTORIES = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3),
    st.lists(st.integers(0, 700), min_size=0, max_size=12, unique=True).map(sorted),
    max_size=8,
)


def test_a_strong_tie_gone_quiet_comes_before_a_weak_one_and_before_one_who_is_met_anyway() -> None:
    ranked = rank(
        {"quiet": list(range(0, 200, 10)), "weak": [100, 190], "weekly": list(range(0, 256, 7)), "gone": [0, 10, 20]},
        today=256,
    )
    assert [one.key for one in ranked] == ["quiet", "weak", "weekly", "gone"]
    assert ranked[0].strength == 12  # of 20: 80 to 190
    assert ranked[-1].priority == 0  # nothing within the last 180 days is at stake


def test_those_seen_on_too_few_days_come_last_whatever_their_figures() -> None:
    ranked = rank({"once": [250], "long ago": [0, 1], "never": []}, today=300)
    assert [one.key for one in ranked] == ["long ago", "once", "never"]
    assert ranked[0].priority == 0 > ranked[1].priority > ranked[2].priority
    thrice = rank({"twice": [290, 295], "thrice": [0, 1, 2]}, today=300, min_days=3)
    assert [one.key for one in thrice] == ["thrice", "twice"]


def test_equals_stand_by_key() -> None:
    days = [0, 30, 61]
    assert [one.key for one in rank({"b": days, "c": days, "a": days}, today=100)] == ["a", "b", "c"]


def test_a_horizon_below_one_day_is_refused() -> None:
    with pytest.raises(ValueError, match="horizon"):
        rank({"a": [1]}, today=2, horizon=0)


@settings(max_examples=60, deadline=None)
@given(HISTORIES, st.integers(0, 900), st.randoms(use_true_random=False))
def test_the_order_of_contacts_does_not_matter(
    histories: dict[str, list[int]], today: int, order: random.Random
) -> None:
    keys = list(histories)
    order.shuffle(keys)
    assert rank({key: histories[key] for key in keys}, today=today) == rank(histories, today=today)


@settings(max_examples=60, deadline=None)
@given(HISTORIES, st.integers(0, 900), st.integers(-2000, 2000))
def test_a_shift_of_all_days_changes_nothing(histories: dict[str, list[int]], today: int, by: int) -> None:
    shifted = {key: [day + by for day in days] for key, days in histories.items()}
    assert rank(shifted, today=today + by) == rank(histories, today=today)


def test_it_grows_linearly_with_the_contacts() -> None:
    draw = random.Random(4)
    histories = {f"c{i}": sorted(draw.sample(range(700), 10)) for i in range(4000)}
    quarter = dict(list(histories.items())[:1000])

    def cost(of: dict[str, list[int]]) -> float:
        best = 9.0
        for _ in range(4):
            before = process_time()
            rank(of, today=705)
            best = min(best, process_time() - before)
        return best

    small, large = cost(quarter), cost(histories)
    print(f"\nranking 1,000 contacts {small * 1e3:.1f} ms, 4,000 {large * 1e3:.1f} ms")
    assert large < 4 * small * 2  # four times the work; twice that is noise, a square would be sixteen times
