"""Schemathesis attacks the API from its own OpenAPI document: signed in, by operation and by walks through answers,
with every check it has. `make test` runs a share of at least 300 requests, `make security` at least 5,000."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.clock import clock_from
from tests.running import Running, connect, first_read, running_service, save_welcome, settled, visitor
from tests.security.conftest import ME, NOW, met, world_of

FULL = bool(os.environ.get("FULL"))
WANTED = 5_000 if FULL else 300
PHASES = "coverage,fuzzing,stateful" if FULL else "fuzzing,stateful"
ENDS_THE_RUN = ["/api/disconnect", "/api/account/delete"]
"""Both have tests of their own."""

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """The wheel looks seldom: what is attacked is the API, and each change asks for a refresh."""
    events = [event for number in range(8) for event in met(number, f"Person {number}")]
    with running_service(world_of(events), clock=clock_from(NOW), sweep_seconds=5) as made:
        yield made


@pytest.fixture
def client(running: Running) -> Iterator[httpx.Client]:
    with visitor(running) as made:
        connect(made, running, user=ME)
        first_read(running)
        save_welcome(made)
        settled(running)
        yield made


def attack(running: Running, client: httpx.Client, folder: Path, *, seed: int, examples: int) -> int:
    """One run; how many requests it made. Fails with schemathesis's own words."""
    skipped = [word for path in ENDS_THE_RUN for word in ("--exclude-path", path)]
    ran = subprocess.run(
        [
            *(Path(sys.executable).with_name("st"), "--config-file", HERE / "schemathesis.toml", "run"),
            *(f"{running.url}/api/openapi.json", "--phases", PHASES, *skipped),
            *("--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure", "--no-shrink"),
            *("--warnings", "off", "--no-color"),
        ],
        cwd=folder,
        env=os.environ | {"GREENBLOCK_SESSION": client.cookies[running.services.settings.cookie_name]},
        capture_output=True,
        text=True,
        check=False,
        timeout=1_200,
    )
    generated = re.search(r"^\s*([\d,]+) generated", ran.stdout, re.MULTILINE)
    assert ran.returncode == 0, ran.stdout[-12_000:] + ran.stderr[-2_000:]
    assert generated is not None, ran.stdout[-2_000:]
    return int(generated[1].replace(",", ""))


def test_the_api_withstands_it(running: Running, client: httpx.Client, tmp_path: Path) -> None:
    made, seed = 0, 0
    while made < WANTED:
        seed += 1
        made += attack(running, client, tmp_path, seed=seed, examples=25 if FULL else 5)
        assert seed < 20
    print(f"schemathesis: {made} requests, {seed} runs, 0 failures ({PHASES})")
    settled(running)
    assert client.get("/api/today").status_code == 200, "the session and the account are still there"
    assert client.get("/today").status_code == 200
