"""Which Python `make` takes, with stand-ins that fit or do not."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "python"


def stand_in(path: Path, *, fits: bool) -> str:
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\nexit {0 if fits else 1}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("first", "system", "named"),
    [
        (True, True, "python3"),
        (True, False, "python3"),
        (False, True, "the system's"),
        (False, False, "python3"),  # and the installer says what is wrong with it
    ],
)
def test_the_systems_where_that_is_quicker(tmp_path: Path, first: bool, system: bool, named: str) -> None:
    stand_in(tmp_path / "bin" / "python3", fits=first)
    other = stand_in(tmp_path / "usr" / "python3", fits=system)
    environment = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "SYSTEM_PYTHON": other}
    said = subprocess.run([SCRIPT], env=environment, capture_output=True, text=True, check=True).stdout.strip()
    assert said == (other if named == "the system's" else "python3")


def test_what_it_names_is_new_enough() -> None:
    named = subprocess.run([SCRIPT], capture_output=True, text=True, check=True).stdout.strip()
    subprocess.run([named, "-c", "import sys; assert sys.version_info >= (3, 11)"], check=True)
