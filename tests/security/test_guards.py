"""Every guard is needed: with it taken away, the test that stands for it falls.

Here those are taken away whose tests need no service; `make security` takes away each of them and prints the table.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.security.unguarded import GUARDS

ROOT = Path(__file__).resolve().parents[2]


def test_without_them_tests_fall() -> None:
    quick = [guard.name for guard in GUARDS if guard.quick]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.security.taking_away", *quick],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout[-4_000:] + ran.stderr[-1_000:]
    assert f"{len(quick)} of {len(quick)} guards were missed" in ran.stdout
    print(f"{ran.stdout}({len(GUARDS)} in all)")


def test_each_guard_of_the_list_is_there() -> None:
    names = " ".join(guard.name for guard in GUARDS)
    for word in (
        *("CSRF", "state", "nonce", "PKCE", "audience", "escape", "links stripped", "signed link", "session id"),
        *("tenant filter", "webhook token", "rate limit", "redirect", "headers"),
        *("signed out", "a session ends", "https only", "looking changes nothing", "a link ends", "log fields"),
        *("is opened", "formula", "calendar files", "tokens sealed", "key fits", "size of bodies", "one export"),
        *("handed back", "channels stopped", "zeroed", "log cut off", "public address", "joins at a time"),
    ):
        assert word in names
    assert len({guard.name for guard in GUARDS}) == len(GUARDS)
    for guard in GUARDS:
        file, _, test = guard.falls.partition("::")
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), guard.falls
