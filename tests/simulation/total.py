"""At the end of a test run: what the share of the simulation met. A plugin of the root conftest, also over xdist."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

_KEY = "simulation_total"
TOLD: Counter[str] = Counter()
"""What this process met: steps, refreshes, bugs found."""


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_KEY] = dict(TOLD)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    TOLD.update(getattr(node, "workeroutput", {}).get(_KEY, {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TOLD:
        terminalreporter.section("simulation")
        terminalreporter.line(", ".join(f"{number} {what}" for what, number in sorted(TOLD.items())))
