"""At the end of a run: how many requests and answers were held against Google's discovery document.

A plugin of the root conftest. With pytest-xdist the workers tell their totals to the process that prints.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance import total

_KEY = "conformance_total"
_told: list[dict[str, Any]] = []


def _as_dict() -> dict[str, Any]:
    made = total()
    return {
        "requests": made.requests,
        "answers": made.answers,
        "faulted": made.faulted,
        "violations": sorted(set(made.violations)),
    }


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_KEY] = _as_dict()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    told = getattr(node, "workeroutput", {}).get(_KEY)
    if told:
        _told.append(told)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    totals = [*_told, _as_dict()]
    requests, answers, faulted = (sum(one[name] for one in totals) for name in ("requests", "answers", "faulted"))
    if not requests:
        return
    violations = sorted({line for one in totals for line in one["violations"]})
    terminalreporter.section("conformance")
    terminalreporter.line(
        f"{requests} requests and {answers} answers were held against Google's discovery document "
        f"({faulted} more answers were made by faults): {len(violations)} violations"
    )
    for line in violations:
        terminalreporter.line(f"  {line}")
