"""Every guard is needed: with it taken away, the test that stands for it falls. Prints which.

`make test` takes away those whose tests need no service, `make security` each of them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.security.unguarded import GUARDS, Guard

ROOT = Path(__file__).resolve().parents[2]
FULL = bool(os.environ.get("FULL"))
TAKEN_AWAY = [guard for guard in GUARDS if FULL or guard.quick]
TABLE = os.environ.get("GUARD_TABLE")
"""A file to which each guard and the test that fell without it are added, for `make security` to print."""


def run(guard: Guard, *, off: bool) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in {"FULL", "UNGUARDED"}}
    environment |= {"UNGUARDED": guard.name} if off else {}
    words = ["-q", "-x", "-n", "0", "-p", "tests.security.unguarded", "-p", "no:cacheprovider", guard.falls]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize("guard", TAKEN_AWAY, ids=lambda guard: guard.name)
def test_without_it_a_test_falls(guard: Guard) -> None:
    ran = run(guard, off=True)
    said = ran.stdout[-3_000:] + ran.stderr[-1_000:]
    assert ran.returncode == 1, f"{guard.falls} does not need the guard “{guard.name}”:\n{said}"
    # A test that fell, not a set-up that broke.
    fell = re.search(r"^FAILED (\S+)", ran.stdout, re.MULTILINE)
    assert fell is not None, said
    print(f"without “{guard.name}” fell {fell[1]}")
    if TABLE:
        with Path(TABLE).open("a", encoding="utf-8") as table:
            table.write(f"{guard.name}\t{fell[1]}\n")


def test_each_guard_of_the_list_is_there() -> None:
    names = " ".join(guard.name for guard in GUARDS)
    for word in (
        *("CSRF", "state", "nonce", "PKCE", "audience", "escape", "links stripped", "signed link", "session id"),
        *("tenant filter", "webhook token", "rate limit", "redirect", "headers"),
    ):
        assert word in names
    for guard in GUARDS:
        file, _, test = guard.falls.partition("::")
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), guard.falls
