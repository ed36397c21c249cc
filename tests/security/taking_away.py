"""`python -m tests.security.taking_away [NAME …]`: take each guard away, all of them without a name, and see the test
that stands for it fall.

What all of them need is loaded once, then each has a process of its own: a fork with the guard's patch and one test.
A line for each says which test fell, and the exit status is 1 where nothing did, or where a patch has lost its place.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import app.main
import integrations.sandbox.run
from tests.security.unguarded import GUARDS, Guard

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 300.0
"""Seconds after which a test that does not end counts as one that did not fall."""
LOADED = (app.main, integrations.sandbox.run)


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """`fell`: the test that fell; empty where none did, and `said` is then why that may be."""

    guard: str
    fell: str
    said: str


def take_away(guards: Sequence[Guard], *, at_once: int) -> Iterator[Taken]:
    """As they end, `at_once` of them at the same time."""
    waiting, running = list(guards), dict[int, tuple[Guard, Path, float]]()
    with tempfile.TemporaryDirectory(prefix="greenblock-guards-") as folder:
        while waiting or running:
            while waiting and len(running) < at_once:
                guard = waiting.pop(0)
                told = Path(folder) / str(len(waiting))
                running[_begun(guard, told)] = guard, told, time.monotonic()
            time.sleep(0.1)
            for child, (guard, told, started) in list(running.items()):
                ended, status = os.waitpid(child, os.WNOHANG)
                if ended == 0:
                    if time.monotonic() - started > LONGEST:
                        os.kill(child, 9)
                    continue
                del running[child]
                said = told.read_text(encoding="utf-8")
                # A test that fell, not a set-up that broke.
                fell = (
                    re.search(r"^FAILED (\S+)", said, re.MULTILINE) if os.waitstatus_to_exitcode(status) == 1 else None
                )
                yield Taken(guard=guard.name, fell=fell[1] if fell else "", said="" if fell else said[-3_000:])


def _begun(guard: Guard, told: Path) -> int:
    """The id of a new process that runs the test without the guard and writes what pytest says into `told`."""
    sys.stdout.flush()
    child = os.fork()
    if child != 0:
        return child
    out = os.open(told, os.O_WRONLY | os.O_CREAT)
    os.dup2(out, 1)
    os.dup2(out, 2)
    status = 2
    try:
        guard.off()
        # Neither cache nor workers; what is loaded already is as it is.
        options = ["-q", "-x", "-n", "0", "-p", "no:cacheprovider"]
        options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
        status = int(pytest.main([*options, "--rootdir", str(ROOT), guard.falls]))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main(names: Sequence[str]) -> int:
    guards = [guard for guard in GUARDS if guard.name in names or not names]
    wide = max(len(guard.name) for guard in guards)
    missed = 0
    for taken in take_away(guards, at_once=os.cpu_count() or 1):
        missed += not taken.fell
        print(f"{taken.guard:{wide}}  {taken.fell or 'NOTHING FELL'}", flush=True)
        if not taken.fell:
            print(taken.said, flush=True)
    print(f"{len(guards) - missed} of {len(guards)} guards were missed when they were taken away")
    lost = [guard.name for guard in GUARDS if guard not in guards and not _can_be_taken_away(guard)]
    if lost:
        print(f"what they patch is not there any more: {', '.join(lost)}")
    return 1 if missed or lost else 0


def _can_be_taken_away(guard: Guard) -> bool:
    child = os.fork()
    if child == 0:
        try:
            guard.off()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))
