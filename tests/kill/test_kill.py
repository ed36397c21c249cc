"""A share of `make kill`: one set-up, killed in its first read, in its first writes, and at work."""

from __future__ import annotations

import pytest

from tests.kill.__main__ import shares
from tests.kill.killing import killed
from tests.simulation.total import KILLS


@pytest.mark.long
def test_killed_again_and_again() -> None:
    counts = killed(0, 8)
    made = counts.tally
    KILLS.update({"kills": counts.kills.total(), "at effect boundaries": counts.at_edges()})
    KILLS.update({"edits looked at": made.edits, "edits lost": made.lost, "blocks doubled": made.duplicates})
    assert counts.kills.total() == 8
    assert counts.at_edges() >= 4
    assert counts.agreed == 2
    assert (made.duplicates, made.lost) == (0, 0)
    assert made.blocks > 0
    assert made.edits > 0


def test_kills_are_shared_out() -> None:
    assert shares(210, 6) == [35] * 6
    assert shares(11, 3) == [4, 4, 3]
