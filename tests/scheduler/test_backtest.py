"""The measure on made-up histories small enough to be worked out by hand; slots, snoozing, intervals, silences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.backtest import Backtest, Ranker, backtest, by_formula, cuts
from scheduler.backtest_dice import Dice
from scheduler.backtest_figures import auc, brier, interval, log_loss
from scheduler.backtest_own import silences
from scheduler.backtest_replay import CLAIRVOYANT, OURS, PER_SLOT, PHASES, RANDOM, Replay
from scheduler.peer_rules import FORMULAS, PEER_RULES, Tie, ties_at

H = 30
FIRST, SPAN = 1000, 12 * H
HALF = FIRST + SPAN // 2
EARLY, LATE = 40, 40
"""Forty who stay in touch for ever and forty whose last contact is at half time: two slots in the first week."""


def fading(strengths: Mapping[str, int], stay: int = EARLY) -> dict[str, list[int]]:
    """`strengths`: who falls silent at half time, with so many contact-days in the last two horizons before it."""
    contacts = {f"stays{n:02}": list(range(FIRST + n % 7, FIRST + SPAN, 7)) for n in range(stay)}
    contacts["first"] = [FIRST, FIRST + SPAN - 1]
    for name, strength in strengths.items():
        contacts[name] = [HALF - 1 - n for n in reversed(range(strength))]
    return contacts


def judged(histories: Mapping[str, Mapping[str, Sequence[int]]], ranker: Ranker | None = None) -> Backtest:
    result = backtest(histories, horizon=H, min_days=2, ranker=ranker)
    assert result is not None
    return result


def knowing(histories: Mapping[str, Mapping[str, Sequence[int]]], sign: int = 1) -> Ranker:
    """A ranker that has seen the future (sign 1), or does the opposite (sign -1)."""
    future = {contact: days for contacts in histories.values() for contact, days in contacts.items()}

    def ranker(before: Mapping[str, Sequence[int]], cut: int) -> dict[str, tuple[float, float]]:
        found = {}
        for contact, days in before.items():
            recent = sum(cut - 2 * H <= day for day in days)
            contacted = any(cut <= day < cut + H for day in future[contact])
            worth = 0 if contacted or len(days) < 2 else recent
            found[contact] = (float(sign * worth), 1.0 if contacted == (sign > 0) else 0.0)
        return found

    return ranker


def test_the_cuts_are_weekly_in_the_second_half_and_leave_room_for_the_horizon() -> None:
    days = {"a": {"x": [100, 299]}}  # 200 days
    assert list(cuts(days, 50)) == [200, 207, 214, 221, 228, 235, 242, 249]
    assert list(cuts(days, 100)) == [200]
    assert list(cuts(days, 101)) == []
    assert list(cuts({}, 10)) == []


def test_a_tie_as_it_stood() -> None:
    contacts = {f"c{n}": [n, 100 + n] for n in range(9)} | {"x": [10, 40, 80, 130], "later": [95]}
    tie = next(one for one in ties_at(contacts, 90, horizon=30, min_days=2) if one.contact == "x")
    assert tie == Tie("x", 3, 80, 10, 35.0, 2, True, False)  # 40 and 80 fall into [30, 90); 130 is no contact by 120
    assert "later" not in {one.contact for one in ties_at(contacts, 90, horizon=30, min_days=2)}
    assert next(one for one in ties_at(contacts, 95, horizon=36, min_days=4) if one.contact == "x").live is False


def test_the_horizon_holds_its_first_day_and_not_its_last() -> None:
    contacts = {f"c{n}": [50, 60 + n] for n in range(40)}
    at = {one.contact: one.contacted for one in ties_at(contacts, 60, horizon=30, min_days=1)}
    assert [name for name in at if not at[name]] == sorted(f"c{n}" for n in range(30, 40))


def test_there_must_be_a_choice() -> None:
    nine = {f"c{n}": [0, 20] for n in range(9)}
    assert ties_at(nine, 10, horizon=30, min_days=1) == []
    assert len(ties_at(nine | {"c9": [1]}, 10, horizon=30, min_days=1)) == 10
    assert ties_at(nine | {"c9": [1]}, 30, horizon=30, min_days=1) == []  # nobody comes back: the person has left
    assert ties_at(nine | {"c9": [1, 500]}, 490, horizon=30, min_days=1) == []  # nobody was seen of late


def tie(name: str, *, strength: int = 1, contacted: bool = False, last: int = 0, live: bool = True) -> Tie:
    return Tie(name, 3, last, 10, 5.0, strength if live else 0, live, contacted)


def week_of(replay: Replay, ties: Sequence[Tie], ours: Sequence[float]) -> None:
    replay.week("p", ties, ours, [n / 1000 for n in range(len(ties))])


def test_forty_live_ties_earn_exactly_one_suggestion_in_every_phase() -> None:
    """Strengths 1 … 40, all lapse. Ours names the weakest, the clairvoyant the strongest: 1 of 40."""
    replay = Replay(["p"], 2)
    ties = [tie(f"c{n:02}", strength=n + 1) for n in range(PER_SLOT)]
    week_of(replay, ties, [-float(one.strength) for one in ties])
    assert replay.shares()[OURS] == [pytest.approx(1 / 40)]
    assert replay.shares()[CLAIRVOYANT] == [1.0]


def test_whoever_was_named_is_left_alone_until_there_is_new_contact() -> None:
    replay = Replay(["p"], 2)
    ties = [tie(f"c{n:02}", strength=n + 1) for n in range(PER_SLOT)]
    weakest_first = [-float(one.strength) for one in ties]
    week_of(replay, ties, weakest_first)
    week_of(replay, ties, weakest_first)
    assert replay.shares()[OURS] == [pytest.approx((1 + 2) / (40 + 39))]
    met = [ties[0]._replace(last=7), *ties[1:]]  # new contact: a silence of its own
    week_of(replay, met, weakest_first)
    assert replay.shares()[OURS] == [pytest.approx((1 + 2 + 1) / (40 + 39 + 38))]
    week_of(replay, met, weakest_first)
    assert replay.shares()[OURS] == [pytest.approx((1 + 2 + 1 + 3) / (40 + 39 + 38 + 37))]


def test_a_suggestion_that_was_not_needed_earns_nothing_and_uses_up_the_silence() -> None:
    replay = Replay(["p"], 2)
    ties = [tie(f"c{n:02}", strength=n + 1, contacted=n % 2 == 1) for n in range(PER_SLOT)]
    week_of(replay, ties, [float(one.strength) for one in ties])  # names c39, who comes anyway
    assert replay.shares()[OURS] == [0.0]
    week_of(replay, ties, [float(one.strength) for one in ties])  # now c38: 39, of the clairvoyant's 39 + 37
    assert replay.shares()[OURS] == [pytest.approx(39 / 76)]


def test_twenty_live_ties_earn_one_suggestion_in_two_weeks() -> None:
    """Whatever the phase, two weeks hold one slot; who had none in a phase is not judged before that."""
    replay = Replay(["p"], 2)
    ties = [tie(f"c{n:02}") for n in range(PER_SLOT // 2)]
    week_of(replay, ties, [1.0] * len(ties))
    assert replay.shares() == {}  # some phases have had no slot
    week_of(replay, ties, [1.0] * len(ties))
    assert replay.shares()[OURS] == [1.0]


def test_ties_that_are_not_live_earn_no_slots() -> None:
    """Twenty live among a hundred: half a slot a week, so that after one week some phases have had none."""
    replay = Replay(["p"], 2)
    ties = [tie(f"c{n:03}", live=n < PER_SLOT // 2) for n in range(100)]
    week_of(replay, ties, [1.0] * 100)
    assert replay.shares() == {}
    week_of(replay, ties, [1.0] * 100)
    assert list(replay.shares()) != []


def test_phases_differ_between_people_and_are_the_same_each_time() -> None:
    first, again = Replay(["a", "b"], 2)._credit, Replay(["a", "b"], 2)._credit
    assert first == again
    assert len({*first["a"], *first["b"]}) == 2 * PHASES


STRENGTHS = {f"fades{n:02}": n + 2 for n in range(EARLY)}


def test_the_clairvoyant_gets_all_and_the_worst_ranker_little() -> None:
    histories = {"p": fading(STRENGTHS), "q": fading(dict.fromkeys(STRENGTHS, 10))}
    best = judged(histories, knowing(histories))
    assert best.people == 2
    assert best.lvc[OURS] == best.lvc[CLAIRVOYANT] == 1.0
    assert (best.auc, best.brier) == (1.0, 0.0)
    worst = judged(histories, knowing(histories, -1))
    assert worst.lvc[OURS] < 0.2
    assert (worst.auc, worst.brier) == (0.0, 1.0)
    assert worst.lvc[RANDOM] == best.lvc[RANDOM]


def test_every_rule_has_its_figure_and_the_best_peer_is_no_formula() -> None:
    result = judged({"p": fading(STRENGTHS)})
    assert {*result.lvc} == {OURS, RANDOM, CLAIRVOYANT, *PEER_RULES, *FORMULAS}
    assert list(result.lvc.values()) == sorted(result.lvc.values())
    assert result.best_peer == max(PEER_RULES, key=lambda rule: result.lvc[rule])
    assert result.interval is None  # nothing is known of the spread of one person
    assert result.cuts == len(cuts({"p": fading(STRENGTHS)}, H)) > 0


def test_nothing_is_said_of_too_little() -> None:
    assert backtest({}) is None
    assert backtest({"p": {"x": [1, 2, 3]}}) is None
    assert backtest({"p": {}}) is None
    assert backtest({"p": fading({})}, horizon=H) is None  # nobody fell silent
    assert backtest({"p": fading(STRENGTHS)}, horizon=SPAN) is None  # too short for this horizon


def test_contacts_seen_on_too_few_days_are_not_at_stake() -> None:
    """Of the one who fades, only two days are known: with three asked for there is nothing left to lose."""
    history = {"p": fading({"fades": 2}, stay=80)}
    assert backtest(history, horizon=H, min_days=2) is not None
    assert backtest(history, horizon=H, min_days=3) is None


def test_the_ranker_sees_nothing_of_the_future() -> None:
    histories = {"p": fading(STRENGTHS)}
    seen = []

    def ranker(before: Mapping[str, Sequence[int]], cut: int) -> dict[str, tuple[float, float]]:
        seen.append(all(day < cut for days in before.values() for day in days))
        return dict.fromkeys(before, (0.0, 0.5))

    judged(histories, ranker)
    assert seen
    assert all(seen)


def test_progress_counts_the_cuts() -> None:
    seen: list[tuple[int, int]] = []
    backtest({"p": fading(STRENGTHS)}, horizon=H, progress=lambda done, of: seen.append((done, of)))
    total = len(cuts({"p": fading(STRENGTHS)}, H))
    assert seen == [(n, total) for n in range(1, total + 1)]


small = st.dictionaries(
    st.sampled_from([f"c{n:02}" for n in range(30)]),
    st.lists(st.integers(0, 200), min_size=1, max_size=12).map(lambda days: sorted(set(days))),
    min_size=12,
)


@settings(max_examples=15)
@given(st.lists(small, min_size=1, max_size=3), st.integers(1, 1000))
def test_scale_of_priorities_order_of_rows_and_the_calendar_date_change_nothing(
    people: list[dict[str, list[int]]], weeks: int
) -> None:
    histories = {f"p{n}": contacts for n, contacts in enumerate(people)}
    result = backtest(histories, horizon=20, min_days=1)
    formula = by_formula(20, 1)

    def scaled(before: Mapping[str, Sequence[int]], cut: int) -> dict[str, tuple[float, float]]:
        return {contact: (1024 * priority, p) for contact, (priority, p) in formula(before, cut).items()}

    assert backtest(histories, horizon=20, min_days=1, ranker=scaled) == result
    turned = {name: dict(reversed(contacts.items())) for name, contacts in reversed(histories.items())}
    assert backtest(turned, horizon=20, min_days=1) == result
    later = {
        name: {contact: [day + 7 * weeks for day in days] for contact, days in contacts.items()}
        for name, contacts in histories.items()
    }
    assert backtest(later, horizon=20, min_days=1) == result
    if result is not None:
        assert result.lvc[CLAIRVOYANT] == 1.0
        assert all(value >= 0 for value in result.lvc.values())
        assert backtest(histories, horizon=20, min_days=1, ranker=_blind) is not None


def _blind(before: Mapping[str, Sequence[int]], cut: int) -> dict[str, tuple[float, float]]:
    return dict.fromkeys(before, (0.0, 0.5))


# -- Figures ---------------------------------------------------------------------------------------


def test_auc_brier_and_log_loss_by_hand() -> None:
    assert auc([True, False], [0.9, 0.1]) == 1.0
    assert auc([False, True], [0.9, 0.1]) == 0.0
    assert auc([True, False, True], [0.5, 0.5, 0.5]) == 0.5
    assert auc([True, False, True, False], [0.8, 0.4, 0.4, 0.2]) == pytest.approx(3.5 / 4)
    assert auc([True, True], [1, 2]) is None
    assert brier([True, False], [1.0, 0.5]) == pytest.approx(0.125)
    assert brier([], []) is None
    assert log_loss([True, False], [0.5, 0.5]) == pytest.approx(0.6931471805599453)
    assert log_loss([], []) is None


def test_the_interval_holds_the_mean_and_shrinks_with_the_spread() -> None:
    wide, narrow = [float(n % 10) for n in range(50)], [4.5 + (n % 2) / 100 for n in range(50)]
    first, second = interval(wide, narrow)
    assert first is not None
    assert second is not None
    assert first[0] < 4.5 < first[1]
    assert 2 * 0.5 < first[1] - first[0] < 2 * 1.1  # 1.96 × 2.87 / √50 = 0.80 on either side
    assert second[1] - second[0] < 0.01
    assert interval([1.0]) == [None]


def test_the_dice_are_those_of_the_public_measure() -> None:
    """Known values of NumPy's default generator (its documentation shows the first ones of 12345)."""
    assert Dice(12345).fractions(3) == [0.22733602246716966, 0.31675833970975287, 0.7973654573327341]
    assert Dice(0).fractions(2) == [0.6369616873214543, 0.2697867137638703]
    assert Dice(7).fractions(1) != Dice(8).fractions(1)
    stream = Dice(3)
    assert [*stream.fractions(2), *stream.fractions(3)] == Dice(3).fractions(5)


def test_whole_numbers_are_all_below_the_limit_and_evenly_spread() -> None:
    thrown = Dice(1).below(6, 6001)
    assert len(thrown) == 6001
    counts = [thrown.count(n) for n in range(6)]
    assert sum(counts) == 6001
    assert max(abs(one - 1000) for one in counts) < 120
    assert Dice(7).below(563, 9) == [531, 351, 385, 505, 325, 436, 469, 126, 31]  # NumPy's integers(0, 563, 9)
    assert max(Dice(2).below(3_000_000_000, 100)) < 3_000_000_000


# -- The user's own history ------------------------------------------------------------------------

MONDAY = 738_000 - (738_000 - 1) % 7


def test_a_tie_that_fell_silent_is_named_before_it_counts_as_silent() -> None:
    steady = {f"steady{n}": list(range(MONDAY + n, MONDAY + 400, 7)) for n in range(5)}
    faded = {"faded": list(range(MONDAY + 3, MONDAY + 150, 14))}
    last = faded["faded"][-1]
    (one,) = silences(steady | faded, today=MONDAY + 400, horizon=90, min_days=2, names_a_week=3)
    assert (one.contact, one.last, one.silent) == ("faded", last, last + 90)
    assert one.named is not None
    assert last + 14 <= one.named < last + 90
    assert one.named % 7 == 1  # a Monday: week by week


def test_without_a_seat_or_with_stronger_ties_before_them_nobody_is_named_in_time() -> None:
    contacts = {f"c{n}": [MONDAY + n, MONDAY + 7 + n, MONDAY + 21 + n] for n in range(60)}
    told = silences(contacts, today=MONDAY + 400, horizon=30, min_days=2, names_a_week=1)
    assert len(told) == 60
    assert 0 < sum(one.named is not None for one in told) < 20  # one a week, and thirty days each
    assert all(one.named < one.silent for one in told if one.named is not None)
    assert [one.last for one in told] == sorted((one.last for one in told), reverse=True)
    none = silences(contacts, today=MONDAY + 400, horizon=30, min_days=2, names_a_week=0)
    assert all(one.named is None for one in none)


def test_who_came_back_who_is_new_and_the_future_are_not_told_of() -> None:
    contacts = {
        "back": [*range(MONDAY, MONDAY + 60, 7), MONDAY + 395],
        "once": [MONDAY],
        "later": [MONDAY, MONDAY + 9, MONDAY + 900],
        "never": [],
    }
    told = silences(contacts, today=MONDAY + 400, horizon=90, min_days=2, names_a_week=3)
    assert [one.contact for one in told] == ["later"]
    assert silences({}, today=MONDAY, horizon=90, min_days=2, names_a_week=3) == []


def test_nobody_is_named_twice_in_one_silence() -> None:
    """One seat a week and three silences: a name said again would leave no seat for the third."""
    contacts = {name: list(range(MONDAY, MONDAY + 140, 7)) for name in "abc"}
    told = silences(contacts, today=MONDAY + 300, horizon=60, min_days=2, names_a_week=1)
    days = sorted(one.named for one in told if one.named is not None)
    assert len(days) == 3
    assert all(later - earlier >= 7 for earlier, later in pairwise(days))
