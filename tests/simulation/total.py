"""At the end of a test run: what the shares of the long suites met. A plugin of the root conftest, also over xdist."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

_KEY = "long_suites"
TOLD: Counter[str] = Counter()
"""What this process met in the simulation: steps, refreshes, bugs found."""
KILLS: Counter[str] = Counter()
"""What it did and found with a service that is killed."""

_SECTIONS = {"simulation": TOLD, "kill": KILLS}


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_KEY] = {name: dict(counter) for name, counter in _SECTIONS.items()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    for name, told in getattr(node, "workeroutput", {}).get(_KEY, {}).items():
        _SECTIONS[name].update(told)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name, counter in _SECTIONS.items():
        if counter:
            terminalreporter.section(name)
            terminalreporter.line(", ".join(f"{number} {what}" for what, number in sorted(counter.items())))
