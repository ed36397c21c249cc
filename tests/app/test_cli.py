"""The command line: exit status 0, 1 or 2, one line that names the mend, JSON alone where JSON was asked for."""

from __future__ import annotations

import json
import logging
import os
import socket
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import cli
from app.db import accounts
from app.keys import Keys
from integrations.sandbox.world import sample_world
from tests.running import (
    Running,
    connect,
    first_read,
    running_service,
    settled,
    visitor,
)

GREENBLOCK = Path(sys.executable).with_name("greenblock")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """An empty folder, no variable of the machine that runs the tests, and logging as it was afterwards."""
    for name in [name for name in os.environ if name.startswith("GREENBLOCK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level, ours = root.handlers[:], root.level, logging.getLogger("greenblock").level
    yield
    root.handlers[:], root.level = handlers, level
    logging.getLogger("greenblock").setLevel(ours)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The console script in this process: status, stdout, stderr."""

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["greenblock", *words])
        capsys.readouterr()
        status = 0
        try:
            cli.main()
        except SystemExit as leave:
            status = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
        return status, *capsys.readouterr()

    return call


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    made = Keys.generate()
    monkeypatch.setenv("GREENBLOCK_SECRET_KEY", made)
    return made


def one_line(result: tuple[int, str, str], *says: str) -> None:
    """A failure: status 1, nothing on stdout, one sentence or two on one line of stderr."""
    status, out, err = result
    assert (status, out) == (1, ""), err
    assert err.startswith("greenblock: ")
    assert err.count("\n") == 1, err
    assert err.rstrip().endswith((".", ")")), err
    assert "Traceback" not in err
    for part in says:
        assert part in err


def wrong_usage(result: tuple[int, str, str], says: str) -> None:
    status, out, err = result
    assert (status, out) == (2, ""), err
    assert says in " ".join(err.split())
    assert "Traceback" not in err


# -- Wrong usage -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["steam"], "No such command 'steam'"),
        (["serve", "--port", "0"], "'--port'"),
        (["serve", "--port", "70000"], "'--port'"),
        (["demo", "--port", "http"], "should be a valid integer"),
        (["sandbox", "--now", "yesterday"], "'yesterday' is not a time such as 2026-11-24T09:00:00+01:00."),
        (["refresh", "--now", "2026-13-01"], "'2026-13-01' is not a time such as"),
        (["refresh", "--soon"], "No such option"),
        (["rank"], "Missing argument"),
        (["rank", "x.csv", "--at", "tomorrow"], "--at takes dates such as 2026-11-24"),
        (["rank", "x.csv", "--at", ","], "at least one date"),
        (["rank", "x.csv", "--at", "2026-01-01", "--horizon", "0"], "'--horizon'"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_status_2(run: Run, words: list[str], says: str) -> None:
    wrong_usage(run(*words), says)


def test_each_command_tells_of_itself(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    for name in ("demo", "serve", "sandbox", "migrate", "refresh", "rank", "backup", "restore", "doctor"):
        assert name in out
        status, words, _ = run(name, "--help")
        assert status == 0
        assert "Usage: greenblock" in words


# -- Seeds -----------------------------------------------------------------------------------------

USER = '"user": {"email": "a@b.example", "name": "A"}, "timeZone": "Europe/Berlin"'
SEEDS = {
    "nothing at all": b"",
    "no JSON": b"{user: me}",
    "a list": b"[]",
    "not UTF-8": b'{"user": "\xff\xfe"}',
    "nested too deeply": b"[" * 200_000,
    "no user": b'{"timeZone": "Europe/Berlin", "events": []}',
    "a zone that is none": b'{"user": {"email": "a@b.example"}, "timeZone": "Moon/Base", "events": []}',
    "events that are none": f'{{{USER}, "events": 7}}'.encode(),
    "an event that is none": f'{{{USER}, "events": ["x"]}}'.encode(),
    "no start": f'{{{USER}, "events": [{{"id": "abcde"}}]}}'.encode(),
    "no such day": f'{{{USER}, "events": [{{"start": {{"date": "2026-02-30"}}, "end": {{"date": "2026-03-01"}}}}]}}'
    "".encode(),
    "a rule that is none": f'{{{USER}, "events": [{{"start": {{"date": "2026-02-03"}}, "end": {{"date": "2026-02-04"}},'
    f' "recurrence": ["RRULE:FREQ=SOON"]}}]}}'.encode(),
}  # fmt: skip


@pytest.mark.parametrize("command", ["demo", "sandbox"])
@pytest.mark.parametrize("seed", SEEDS.values(), ids=SEEDS)
def test_a_broken_seed_gets_one_line(run: Run, tmp_path: Path, command: str, seed: bytes) -> None:
    path = tmp_path / "seed.json"
    path.write_bytes(seed)
    one_line(run(command, "--seed", str(path)))


def test_a_seed_that_cannot_be_read_is_named(run: Run, tmp_path: Path) -> None:
    one_line(run("demo", "--seed", str(tmp_path / "none.json")), "none.json", "cannot be read")
    one_line(run("sandbox", "--seed", str(tmp_path)), "cannot be read")


# -- Ports -----------------------------------------------------------------------------------------


def taken() -> socket.socket:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    bound.listen()
    return bound


def test_a_taken_port_is_said_before_anything_is_begun(run: Run, key: str, tmp_path: Path) -> None:
    with taken() as bound:
        port = bound.getsockname()[1]
        for command in ("serve", "sandbox", "demo"):
            one_line(run(command, "--port", str(port)), f"Port {port} cannot be used", "choose another port")
        # the demo's second port is the sandbox's
        one_line(run("demo", "--port", str(port - 1)), "cannot be used")
    assert list(tmp_path.iterdir()) == []
    one_line(run("demo", "--port", "65535"), "two ports")


# -- Keys, database, credentials -------------------------------------------------------------------


@pytest.mark.parametrize("command", ["serve", "refresh"])
def test_without_a_key_nothing_starts(run: Run, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    one_line(run(command), "GREENBLOCK_SECRET_KEY is missing", "Make one with: python3 -c")
    monkeypatch.setenv("GREENBLOCK_SECRET_KEY", "hunter2")
    one_line(run(command), "key number 1 is not a Fernet key")
    status, out, _ = run("doctor")
    assert status == 1
    assert "wrong  keys: GREENBLOCK_SECRET_KEY: key number 1" in out
    assert "hunter2" not in out


def test_doctor_makes_no_database(run: Run, key: str, tmp_path: Path) -> None:
    status, out, _ = run("doctor")
    assert status == 1
    assert f"wrong  database: there is none at {tmp_path / 'greenblock.db'} yet. Run: greenblock migrate" in out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["serve", "refresh"])
def test_with_another_key_nothing_starts(run: Run, key: str, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    one_line(run("refresh"), "No account is connected yet")
    other = Keys.generate()
    monkeypatch.setenv("GREENBLOCK_SECRET_KEY", other)
    one_line(run(command), "Put the old key back into GREENBLOCK_SECRET_KEY")
    status, out, _ = run("doctor")
    assert status == 1
    assert "wrong  database: What is stored was encrypted with another key." in out
    monkeypatch.setenv("GREENBLOCK_SECRET_KEY", f"{other},{key}")
    one_line(run("refresh"), "No account is connected yet")


@pytest.mark.parametrize("command", ["migrate", "serve", "refresh"])
@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://x", "must begin with sqlite:/// or postgresql+psycopg://"),
        ("sqlite:///no/such/folder/green.db", "does not exist"),
        ("sqlite:///.", "GREENBLOCK_DATABASE_URL"),
        ("sqlite:///text.db", "GREENBLOCK_DATABASE_URL"),
        ("sqlite:///future.db", "newer"),
        ("postgresql+psycopg://nobody:hunter2@127.0.0.1:1/none", "GREENBLOCK_DATABASE_URL"),
        ("postgresql+psycopg://nobody:hunter2@127.0.0.1:port/none", "GREENBLOCK_DATABASE_URL"),
    ],
)
def test_a_database_that_cannot_be_used_gets_one_line(
    run: Run, key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str, url: str, says: str
) -> None:
    (tmp_path / "text.db").write_text("This is no database. " * 100)
    future = sqlite3.connect(tmp_path / "future.db")
    future.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    future.execute("INSERT INTO alembic_version VALUES ('9999')")
    future.commit()
    future.close()
    monkeypatch.setenv("GREENBLOCK_DATABASE_URL", url)
    result = run(command)
    one_line(result, says)
    assert "hunter2" not in result[2]
    status, out, err = run("doctor")
    assert (status, err) == (1, "")
    assert "wrong" in out
    assert "hunter2" not in out


def test_migrate_says_what_it_did(run: Run) -> None:
    status, out, err = run("migrate")
    assert (status, err) == (0, "")
    assert "from empty." in out
    status, out, _ = run("migrate")
    assert (status, out.endswith("already.\n")) == (0, True)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "client_secret.json"),
        (b"", "client_secret.json"),
        (b"\xff\xfe", "client_secret.json"),
        (b"[]", "client_secret.json"),
        (b'{"installed": {"client_id": "a"}}', "Web application"),
        (b'{"web": {"client_id": "a"}}', "client_secret.json"),
    ],
)
def test_credentials_that_cannot_be_read_are_told_by_doctor_and_by_connect(
    run: Run, key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, says: str
) -> None:
    path = tmp_path / "client_secret.json"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("GREENBLOCK_GOOGLE_CLIENT_SECRETS", str(path))
    status, out, err = run("doctor")
    assert (status, err) == (1, "")
    line = next(line for line in out.splitlines() if "google:" in line)
    assert line.startswith("wrong")
    assert says in line


def test_doctor_names_a_setting_that_is_wrong(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GREENBLOCK_REFRESH_SECONDS", "soon")
    status, out, _ = run("doctor")
    assert status == 1
    assert out.startswith("wrong  settings: GREENBLOCK_REFRESH_SECONDS: input should be a valid integer")
    (tmp_path / ".env").write_bytes(b"GREENBLOCK_ALLOWED=\xff\xfe")
    one_line(run("serve"), ".env file cannot be read")


# -- A connected account ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    now = datetime.now(UTC)
    with running_service(sample_world(today=now.date()), settings={"refresh_seconds": 86_400}) as made:
        with visitor(made) as client:
            connect(client, made)
        first_read(made)
        yield made


@pytest.fixture
def connected(running: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    """The commands see the same set-up as the service that runs."""
    settings = running.services.settings
    assert settings.secret_key is not None
    for name, value in {
        "DATABASE_URL": settings.database_url,
        "PUBLIC_URL": settings.public_url,
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "GOOGLE_CLIENT_SECRETS": str(settings.google_client_secrets),
        "GOOGLE_OPENID_CONFIGURATION": settings.google_openid_configuration or "",
        "GOOGLE_API_ENDPOINT": settings.google_api_endpoint or "",
    }.items():
        monkeypatch.setenv(f"GREENBLOCK_{name}", value)
    return running


def test_refresh_prints_json_alone(run: Run, connected: Running) -> None:
    for options in (["--dry-run"], [], ["--account", "HANNAH@okafor.example"], ["--now", "2030-01-01"]):
        status, out, err = run("refresh", "--json", *options)
        assert status == 0, err
        (told,) = json.loads(out)
        assert told["account"] == "hannah@okafor.example"
        assert told["dry_run"] is ("--dry-run" in options)
        assert told["error"] is None
        assert told["changes"] == []  # Save was not pressed


def test_refresh_waits_for_the_run_that_is_under_way(run: Run, connected: Running) -> None:
    services = connected.services
    with services.db.read() as session:
        (account,) = accounts.every(session)
    settled(connected)
    lease = accounts.Lease(services.db, account.id)
    assert lease.take() is not None
    threading.Timer(0.5, lambda: lease.close(next_refresh_at=account.next_refresh_at)).start()
    status, out, err = run("refresh", "--json")
    assert status == 0, err
    assert json.loads(out)[0]["error"] is None


def test_refresh_speaks_in_words(run: Run, connected: Running) -> None:
    status, out, _ = run("refresh", "--dry-run")
    assert status == 0
    assert "Nothing is booked before Save is pressed on the welcome page." in out


def test_refresh_of_a_saved_account_has_nothing_to_change(run: Run, connected: Running) -> None:
    services = connected.services
    with services.db.read() as session:
        (account,) = accounts.every(session)
    services.actions.save_welcome(account.id, {})
    settled(connected)
    status, out, _ = run("refresh", "--dry-run")
    assert status == 0
    assert "Nothing to change in the calendar." in out


def test_an_unknown_account_is_one_line(run: Run, connected: Running) -> None:
    one_line(
        run("refresh", "--account", "nobody@b.example"),
        "There is no account nobody@b.example. Accounts here: hannah@okafor.example.",
    )


def test_doctor_finds_all_well(run: Run, connected: Running) -> None:
    status, out, err = run("doctor")
    assert (status, err) == (0, "")
    assert all(line.startswith("ok") for line in out.splitlines())
    assert "account hannah@okafor.example: connected and in step" in out


def test_backup_while_the_service_runs_and_restore_only_when_it_does_not(
    run: Run, connected: Running, tmp_path: Path
) -> None:
    assert run("backup", "copy.db")[1].startswith("Backed up to copy.db, ")
    one_line(run("backup", "copy.db"), "copy.db is there already and is not overwritten.")
    one_line(run("restore", "copy.db"), "Stop it")
    with pytest.MonkeyPatch.context() as keyless:
        keyless.delenv("GREENBLOCK_SECRET_KEY")
        one_line(run("restore", "none.db"), "There is no file none.db.")
        one_line(run("restore", "copy.db"), "GREENBLOCK_SECRET_KEY is missing.")
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setenv("GREENBLOCK_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
        one_line(run("backup", "other-copy.db"), "nothing to back up")
        status, out, err = run("restore", "copy.db")
        assert (status, err) == (0, "")
        assert "with 1 account.\n" in out
        status, out, err = run("refresh", "--dry-run", "--json")
        assert (status, json.loads(out)[0]["error"]) == (0, None)


def test_a_refresh_that_failed_is_status_1_and_still_json(run: Run, connected: Running) -> None:
    connected.sandbox.faults.add("events.list", "backendError", times=5)
    status, out, err = run("refresh", "--json")
    connected.sandbox.faults.clear()
    assert status == 1
    assert json.loads(out)[0]["error"]
    last = err.splitlines()[-1]
    assert last.startswith("greenblock: hannah@okafor.example: ")
    assert "Traceback" not in err


def test_rank_writes_csv_alone(run: Run, tmp_path: Path) -> None:
    history = tmp_path / "history.csv"
    history.write_text("ego,contact,unix_time\ne,c,1700000000\ne,c,1700900000\n")
    status, out, err = run("rank", str(history), "--at", "2026-01-01")
    assert (status, err) == (0, "")
    assert out.splitlines()[0] == "ego,at,contact,priority,p_contact,strength"
    one_line(run("rank", str(tmp_path / "none.csv"), "--at", "2026-01-01"), "none.csv")
