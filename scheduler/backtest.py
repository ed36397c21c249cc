"""How much of what was about to lapse would the suggestions have named? LVC, lapse value captured.

A real history is replayed: each week of its second half every person's contacts are ranked by what was known then.
A person earns one suggestion a week for each PER_SLOT live relationships; whoever was suggested is left alone until
there is new contact, so that each silence counts once. A suggestion earns the tie's strength if no contact follows
within the horizon, else nothing; LVC is the sum's share of what a clairvoyant would have earned, averaged over people
and over PHASES phases of the slots. docs/ranking.md says what it cannot show.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from scheduler.backtest_dice import Dice
from scheduler.backtest_figures import auc, brier, interval, log_loss, mean
from scheduler.backtest_replay import OURS, Replay
from scheduler.peer_rules import ELAPSED_TIMES_STRENGTH, PEER_RULES, Days, Tie, ties_at
from scheduler.ranking import HORIZON_DAYS, MIN_DAYS, rank

WEEK = 7
OVERDUE = 1.5
"""A tie is overdue from so many of its mean gaps on."""

Ranker = Callable[[Days, int], Mapping[str, tuple[float, float]]]
"""(days before a cut, the cut) → by contact: priority, and chance of contact within the horizon."""
Interval = tuple[float, float] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Backtest:
    """`lvc`: every rule's, lowest first. `people` had something to lose; intervals are 95%, None for one person."""

    people: int
    cuts: int
    horizon: int
    min_days: int
    lvc: Mapping[str, float]
    interval: Interval
    best_peer: str  # in hindsight
    over_best_peer: Interval
    over_elapsed_times_strength: Interval
    auc: float | None  # of the chance that there is no contact, over live ties
    auc_overdue: float | None
    brier: float | None  # of the chance of contact
    brier_overdue: float | None
    log_loss: float | None


def cuts(histories: Mapping[str, Days], horizon: int) -> range:
    """The days to rank at: weekly through the second half, the horizon still within the history."""
    first, last = _bounds(histories)
    span = last - first + 1
    return range(first + span // 2, first + span - horizon + 1, WEEK)


def _bounds(histories: Mapping[str, Days]) -> tuple[int, int]:
    """The first and the last day of contact of all."""
    known = [days for contacts in histories.values() for days in contacts.values() if days]
    return min((days[0] for days in known), default=0), max((days[-1] for days in known), default=-1)


def by_formula(horizon: int, min_days: int) -> Ranker:
    """The ranking that the product ships."""

    def ranker(before: Days, cut: int) -> dict[str, tuple[float, float]]:
        ranked = rank(before, today=cut, horizon=horizon, min_days=min_days)
        return {one.key: (one.priority, one.p_contact) for one in ranked}

    return ranker


def backtest(
    histories: Mapping[str, Days],
    *,
    horizon: int = HORIZON_DAYS,
    min_days: int = MIN_DAYS,
    ranker: Ranker | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Backtest | None:
    """Replay `histories`, by person; None where they are too short or too few for anything to be told.

    `progress` gets (cuts done, of how many). `ranker` stands in for the formula.
    """
    ranker = ranker or by_formula(horizon, min_days)
    people, dates = sorted(histories), cuts(histories, horizon)
    first, _ = _bounds(histories)
    replay = Replay(people, min_days)
    outcomes = _Outcomes()
    for done, cut in enumerate(dates, start=1):
        standing = {}
        for person in people:
            ties = ties_at(histories[person], cut, horizon=horizon, min_days=min_days)
            if ties:
                standing[person] = ties
        dice = Dice(cut - first)
        for person, ties in standing.items():
            days = histories[person]
            ours = ranker({tie.contact: days[tie.contact][: tie.days] for tie in ties}, cut)
            replay.week(person, ties, [ours[tie.contact][0] for tie in ties], dice.fractions(len(ties)))
            outcomes.note(ties, [ours[tie.contact][1] for tie in ties])
        if progress is not None:
            progress(done, len(dates))
    shares = replay.shares()
    if not shares:
        return None
    best = max(PEER_RULES, key=lambda rule: mean(shares[rule]))
    ours_, best_, elapsed = shares[OURS], shares[best], shares[ELAPSED_TIMES_STRENGTH]
    own, over_best, over_elapsed = interval(ours_, _minus(ours_, best_), _minus(ours_, elapsed))
    overdue = outcomes.overdue_only()
    return Backtest(
        people=len(ours_),
        cuts=len(dates),
        horizon=horizon,
        min_days=min_days,
        lvc=dict(sorted(((rule, mean(values)) for rule, values in shares.items()), key=lambda pair: pair[1])),
        interval=own,
        best_peer=best,
        over_best_peer=over_best,
        over_elapsed_times_strength=over_elapsed,
        auc=outcomes.auc(),
        auc_overdue=overdue.auc(),
        brier=brier(outcomes.contacted, outcomes.chances),
        brier_overdue=brier(overdue.contacted, overdue.chances),
        log_loss=log_loss(outcomes.contacted, outcomes.chances),
    )


def _minus(ours: Iterable[float], theirs: Iterable[float]) -> list[float]:
    return [one - other for one, other in zip(ours, theirs, strict=True)]


class _Outcomes:
    """Chances that were given for live ties, and what came of them."""

    def __init__(self) -> None:
        self.contacted, self.chances, self.overdue = bytearray(), array("d"), bytearray()

    def note(self, ties: Iterable[Tie], chances: Iterable[float]) -> None:
        for tie, chance in zip(ties, chances, strict=True):
            if tie.live:
                self.contacted.append(tie.contacted)
                self.chances.append(chance)
                self.overdue.append(tie.elapsed > OVERDUE * tie.mean_gap)

    def overdue_only(self) -> _Outcomes:
        found = _Outcomes()
        for contacted, chance, overdue in zip(self.contacted, self.chances, self.overdue, strict=True):
            if overdue:
                found.contacted.append(contacted)
                found.chances.append(chance)
        return found

    def auc(self) -> float | None:
        return auc([not one for one in self.contacted], [1 - chance for chance in self.chances])
