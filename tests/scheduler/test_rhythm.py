"""Rhythm: the model's numbers, held against the formulas written down a second time, and safe for any input."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import NormalDist, fmean, median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.rhythm import History, Rhythm, UserAverage, sigmoid

DAYS = st.lists(st.integers(0, 3000), min_size=1, max_size=30, unique=True).map(sorted)


def by_the_book(days: list[int], mu_user: float, today: int, horizon: int) -> tuple[float, float]:
    """(p_contact, B(7)) as the model reads on paper, term by term."""
    logs = [math.log(max(later - earlier, 1)) for earlier, later in pairwise(days)]
    n, g, e, age = len(days), len(logs), today - days[-1], today - days[0]
    mu = (sum(logs) + 4 * mu_user) / (g + 4)
    m = fmean(logs) if logs else mu_user
    ss = sum((x - m) ** 2 for x in logs) + 4 * g / (g + 4) * (m - mu_user) ** 2
    sigma = math.sqrt((ss + 4 * 1.5**2) / (g + 4) * (1 + 1 / (g + 4)))

    def longer(x: float) -> float:
        return 1 - NormalDist(mu, sigma).cdf(math.log(max(x, 0.5)))

    def blend(h: int) -> float:
        d = 0.3 / (2.3 + n)
        alive = (1 - d) * longer(e) / ((1 - d) * longer(e) + d)
        p1 = alive * (1 - longer(e + h) / longer(e))
        nbd = 1 / (1 + (g > 0) * 0.3 / (1.5 + g - 1) * ((14 + age) / (14 + age - e)) ** (0.4 + g))
        p2 = nbd * (1 - ((14 + age) / (14 + age + h)) ** (0.4 + g))
        return 0.5 * math.log(p1 / (1 - p1)) + 0.5 * math.log(p2 / (1 - p2))

    half_life = 90 if horizon >= 50 else 30
    warmth = sum(2 ** (-(today - day) / half_life) for day in days)
    return sigmoid(-1.3 + 0.5 * blend(horizon) + 0.95 * math.log(1 + warmth)), blend(7)


@pytest.mark.parametrize(
    ("days", "today"),
    [([0, 35, 70, 103, 140], 180), ([5], 20), ([0, 1, 2, 3, 30], 31), ([0, 365, 700], 900), ([10, 11], 11)],
)
@pytest.mark.parametrize("horizon", [30, 49, 50, 90])
def test_numbers_are_those_of_the_model(days: list[int], today: int, horizon: int) -> None:
    rhythm = Rhythm(History.of(days), math.log(21), today=today)
    p_contact, week = by_the_book(days, math.log(21), today, horizon)
    assert rhythm.p_contact(horizon) == pytest.approx(p_contact, rel=1e-9)
    assert rhythm.settles_itself() == pytest.approx(sigmoid(week), rel=1e-9)


def test_the_users_average_starts_at_a_fortnight_and_follows_their_gaps() -> None:
    assert UserAverage.over([]).mu == pytest.approx(math.log(14))
    assert UserAverage.over([History.of([0])]).mu == pytest.approx(math.log(14))
    of_thirty = UserAverage.over([History.of(range(0, 30 * 21, 30))])  # 20 gaps of 30 days weigh as much as the prior
    assert of_thirty.mu == pytest.approx((math.log(30) + math.log(14)) / 2)


@pytest.mark.parametrize(
    ("days", "gap"), [([0, 7], None), ([0, 7, 20], None), ([0, 7, 20, 60], 13), ([0, 7, 20, 60, 70], 11.5)]
)
def test_usual_gap_is_the_median_and_is_said_from_three_gaps_on(days: list[int], gap: float | None) -> None:
    assert History.of(days).usual_gap == gap


def test_a_day_counts_once_and_the_order_does_not_matter() -> None:
    assert History.of([40, 3, 3, 12, 40]) == History.of([3, 12, 40])


def test_days_after_today_do_not_count() -> None:
    early, late = History.of([0, 30, 60]), History.of([0, 30, 60, 200])
    assert Rhythm(late, 3.0, today=100).p_contact(90) == Rhythm(early, 3.0, today=100).p_contact(90)
    assert late.strength(today=100, horizon=90) == 3


def test_strength_looks_back_twice_the_horizon() -> None:
    history = History.of([0, 20, 100, 180])
    assert history.strength(today=180, horizon=90) == 4
    assert history.strength(today=181, horizon=90) == 3
    assert history.strength(today=600, horizon=90) == 0


def test_nobody_ever_met_is_never_expected() -> None:
    rhythm = Rhythm(History.of([]), math.log(14), today=5)
    assert rhythm.p_contact(90) == 0
    assert rhythm.settles_itself() == 0


def test_silence_lowers_the_chance() -> None:
    history = History.of(range(0, 200, 14))
    chances = [Rhythm(history, math.log(14), today=200 + wait).p_contact(90) for wait in (0, 30, 90, 300, 2000)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.9
    assert chances[-1] < 0.1


@settings(max_examples=150, deadline=None)
@given(DAYS, st.integers(-50, 10**7), st.integers(1, 10_000), st.floats(0, 20))
def test_any_history_gives_a_chance(days: list[int], later: int, horizon: int, mu: float) -> None:
    rhythm = Rhythm(History.of(days), mu, today=days[-1] + later)
    for chance in (
        rhythm.p_contact(horizon),
        rhythm.settles_itself(),
        rhythm.by_gaps(horizon),
        rhythm.by_counts(horizon),
    ):
        assert 0 <= chance <= 1
        assert math.isfinite(chance)


@settings(max_examples=100, deadline=None)
@given(DAYS, st.integers(0, 400))
def test_warmth_and_usual_gap_are_what_they_say(days: list[int], later: int) -> None:
    history, today = History.of(days), days[-1] + later
    plain = sum(0.5 ** ((today - day) / 90) for day in days)
    assert history.warmth(today=today, half_life=90) == pytest.approx(plain)
    if len(days) > 3:
        assert history.usual_gap == median(b - a for a, b in pairwise(days))
