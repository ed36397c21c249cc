"""What `make` would run; the commands themselves are run by hand, by CI and by whoever tries the demo."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def make(*arguments: str) -> str:
    # Settings of the make that runs these tests must not reach the one under test.
    clean = {
        name: value
        for name, value in os.environ.items()
        if name not in ("MAKEFLAGS", "MAKELEVEL", "PORT", "SEED", "ARGS")
    }
    return subprocess.run(["make", *arguments], cwd=ROOT, env=clean, capture_output=True, text=True, check=True).stdout


def test_make_alone_says_what_it_can_do() -> None:
    said = make()
    assert [line for line in said.splitlines() if line.startswith("  make demo ")]
    assert [line for line in said.splitlines() if line.startswith("  make test ")]


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ([], '.venv/bin/greenblock demo --port "8000"'),
        (["PORT=9000"], '.venv/bin/greenblock demo --port "9000"'),
        (["SEED=../my seed.json"], '.venv/bin/greenblock demo --port "8000" --seed "../my seed.json"'),
    ],
)
def test_demo_passes_on_what_it_is_given(arguments: list[str], command: str) -> None:
    assert make("--dry-run", "demo", *arguments).splitlines()[-1] == f"trap : INT; {command} || [ $? = 130 ]"


def test_a_part_of_the_tests() -> None:
    assert make("--dry-run", "test", "ARGS=-k slots").splitlines()[-1] == ".venv/bin/pytest -k slots"
