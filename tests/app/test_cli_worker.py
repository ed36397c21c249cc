"""The command line of workers: what is refused, and what doctor and `--check` say about them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from app import cli
from app.config import load_settings
from app.db import accounts
from app.db.engine import Database
from app.keys import Keys
from app.main import create_app
from app.wiring import build
from tests.running import ask_directly

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """The console script in this process: status, and all it said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GREENBLOCK_SECRET_KEY", Keys.generate())
    monkeypatch.setenv("GREENBLOCK_ENGINE", "distributed")

    def call(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["greenblock", *words])
        capsys.readouterr()
        status = 0
        try:
            cli.main()
        except SystemExit as leave:
            status = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
        return status, "".join(capsys.readouterr())

    return call


@pytest.mark.parametrize("command", ["worker", "serve", "migrate"])
def test_sqlite_is_refused_with_the_mend(run: Run, command: str) -> None:
    status, said = run(command)
    assert status == 1
    assert (
        "GREENBLOCK_ENGINE=distributed needs PostgreSQL: set GREENBLOCK_DATABASE_URL to postgresql+psycopg://" in said
    )


def test_a_worker_beside_the_embedded_engine_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENBLOCK_ENGINE", "embedded")
    status, said = run("worker")
    assert status == 1
    assert "Workers belong to GREENBLOCK_ENGINE=distributed" in said


@pytest.mark.postgres
def test_everybody_is_told_whether_a_worker_works(run: Run, monkeypatch: pytest.MonkeyPatch, postgres_url: str) -> None:
    monkeypatch.setenv("GREENBLOCK_DATABASE_URL", postgres_url)
    assert run("migrate")[0] == 0
    assert "already" in run("migrate")[1]
    services = build(load_settings())
    pages = create_app(services)
    db = Database(postgres_url)

    def all_say() -> tuple[str, int, bool, int]:
        status, said = run("worker", "--check")
        doctor = next(line for line in run("doctor")[1].splitlines() if "workers:" in line)
        ready = ask_directly(pages, "GET", "http://localhost:8000/readyz")
        return said.strip(), status, doctor.startswith("ok"), ready.status_code

    def swept(ago: timedelta) -> None:
        with db.write() as session:
            accounts.swept(session, db.now(session) - ago)

    try:
        start = "Start one: greenblock worker."
        never = f"greenblock: Of the workers none has ever looked for due accounts. {start}"
        assert all_say() == (never, 1, False, 503)
        swept(timedelta(seconds=1))
        assert all_say()[1:] == (0, True, 200)
        swept(timedelta(minutes=7))
        lately = (
            "greenblock: Of the workers none has looked for due accounts for 7 minutes. Start one: greenblock worker."
        )
        assert all_say() == (lately, 1, False, 503)
    finally:
        services.db.dispose()
        db.dispose()
