"""Each import rule falls when it is broken: a planted violation for every contract in pyproject.toml."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

# The contract's name, a file, and the line that must not stand in it.
VIOLATIONS = [
    ("app -> integrations -> scheduler", "scheduler/timespan.py", "import integrations.calendar"),
    ("inside the brain each step imports only those above it", "scheduler/people.py", "import scheduler.plan"),
    (
        "the brain knows no framework, no database, no network, no operating system",
        "scheduler/fill.py",
        "import sqlalchemy",
    ),
    ("the engine knows nothing of app, nor of calendars", "scheduler/engine/embedded.py", "import app.clock"),
    ("the Google client and the sandbox share no code", "integrations/sandbox/store.py", "import integrations.google"),
    ("the sandbox knows neither the brain nor the port", "integrations/sandbox/store.py", "import integrations.errors"),
]


@pytest.mark.parametrize(("contract", "file", "line"), VIOLATIONS, ids=[one[0] for one in VIOLATIONS])
def test_a_planted_violation_is_caught(tmp_path: Path, contract: str, file: str, line: str) -> None:
    for room in ("app", "integrations", "scheduler"):
        shutil.copytree(
            ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "templates", "static")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / file).open("a") as planted:
        planted.write(f"\n{line}\n")
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{contract} BROKEN" in done.stdout


def test_every_contract_has_its_violation() -> None:
    assert {one["name"] for one in CONTRACTS} == {one[0] for one in VIOLATIONS}


def test_every_module_of_the_brain_has_its_place() -> None:
    """A new file in the brain must be put into the order, or nothing would hold its arrows."""
    ordered = next(set(one["layers"]) for one in CONTRACTS if one["name"].startswith("inside"))
    walled = next(set(one["source_modules"]) for one in CONTRACTS if one["name"].startswith("the brain"))
    modules = {f"scheduler.{path.stem}" for path in (ROOT / "scheduler").glob("*.py") if path.stem != "__init__"}
    assert modules == walled == ordered - {"scheduler.engine"}
