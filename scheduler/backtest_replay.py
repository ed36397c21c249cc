"""The replay of the measure: slots, snoozing and gain, of every rule in every phase. See `backtest`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import floor

from scheduler.backtest_dice import Dice
from scheduler.backtest_figures import mean
from scheduler.peer_rules import FORMULAS, PEER_RULES, Tie

PER_SLOT = 40
"""Live relationships that earn one suggestion a week."""
PHASES = 8
"""When in its week-to-week credit a slot falls moves LVC by up to .04, so it is averaged."""
OURS, RANDOM, CLAIRVOYANT = "greenblock", "random", "clairvoyant"
_PHASE_SEED = 3


class Replay:
    """Give it every person's every week in order, then ask for the shares."""

    def __init__(self, people: Sequence[str], min_days: int) -> None:
        self._min_days = min_days
        dealt = Dice(_PHASE_SEED).fractions(PHASES * len(people))
        self._credit = {
            person: [dealt[phase * len(people) + place] for phase in range(PHASES)]
            for place, person in enumerate(people)
        }
        self._snoozed: dict[tuple[str, str, int], dict[str, int]] = {}  # (person, rule, phase) → contact → last day
        self._gain: dict[tuple[str, str], list[int]] = {}  # (person, rule) → by phase

    def week(self, person: str, ties: Sequence[Tie], ours: Sequence[float], lots: Sequence[float]) -> None:
        """One person's week: `ours` are the priorities of `ties`, `lots` from [0, 1) decide between equals."""
        credit = self._credit[person]
        live = sum(tie.live for tie in ties)
        earned = [before + live / PER_SLOT for before in credit]
        slots = [floor(now) - floor(before) for now, before in zip(earned, credit, strict=True)]
        self._credit[person] = earned
        if not any(slots):
            return
        scores: dict[str, Sequence[float]] = {OURS: ours}
        for name, rule in (*PEER_RULES.items(), *FORMULAS.items()):
            scores[name] = [rule(tie, self._min_days) for tie in ties]
        scores[RANDOM] = lots
        scores[CLAIRVOYANT] = [_at_stake(tie) for tie in ties]
        for name, values in scores.items():
            # Equals are drawn by lot: none may win by the order in which contacts are stored.
            drawn = [score + 1e-9 * lot * (abs(score) + 1e-3) for score, lot in zip(values, lots, strict=True)]
            order = sorted(range(len(ties)), key=drawn.__getitem__, reverse=True)
            gain = self._gain.setdefault((person, name), [0] * PHASES)
            for phase, budget in enumerate(slots):
                if budget:
                    snoozed = self._snoozed.setdefault((person, name, phase), {})
                    gain[phase] += _pick(ties, order, budget, snoozed)

    def shares(self) -> dict[str, list[float]]:
        """By rule: each person's share of the clairvoyant's gain; only people with something to lose in each phase."""
        perfect = {person: gain for (person, name), gain in self._gain.items() if name == CLAIRVOYANT and all(gain)}
        shares: dict[str, list[float]] = {}
        for (person, name), gain in sorted(self._gain.items()):
            if person in perfect:
                share = mean([one / best for one, best in zip(gain, perfect[person], strict=True)])
                shares.setdefault(name, []).append(share)
        return shares


def _at_stake(tie: Tie) -> int:
    return 0 if tie.contacted else tie.strength


def _pick(ties: Sequence[Tie], order: Iterable[int], budget: int, snoozed: dict[str, int]) -> int:
    """Suggest the first `budget` who are not snoozed; the gain."""
    gain = 0
    for place in order:
        tie = ties[place]
        if snoozed.get(tie.contact) == tie.last:
            continue
        snoozed[tie.contact] = tie.last
        gain += _at_stake(tie)
        budget -= 1
        if not budget:
            break
    return gain
