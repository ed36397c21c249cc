"""What every test may ask for: a database of its own, a browser, a folder for screenshots; and no way out of loopback.

A part that is missing on the machine (Chromium, PostgreSQL) skips the tests that need it and says what to install;
with CI=true it fails them. `make test` installs both on Debian.
"""

import getpass
import ipaddress
import itertools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import hypothesis
import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent

pytest_plugins = ("tests.conformance_total",)  # prints what was held against Google's discovery document

# A busy machine is slow now and then; that is no failure of what is tested.
hypothesis.settings.register_profile("greenblock", deadline=None)
hypothesis.settings.load_profile("greenblock")


def missing(what: str, mend: str) -> NoReturn:
    """Skip the test that needs `what`; in CI nothing is skipped."""
    message = f"{what} is not installed. {mend}"
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


# --- no test talks to anything but this machine ---------------------------------------------------------------------


class OutsideCallError(RuntimeError):
    """A test wanted to reach another machine."""


_outside_calls: list[str] = []


def is_here(host: object) -> bool:
    """Whether a host name or address stays on this machine; names are not looked up."""
    if isinstance(host, bytes):
        host = host.decode()
    if not isinstance(host, str):
        return host is None
    if host in ("", "localhost") or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse_outside(event: str, arguments: tuple[object, ...]) -> None:
    # An audit hook sees every way Python has to open a connection, whoever imported what before us.
    if event in ("socket.connect", "socket.sendto"):
        peer, address = arguments
        if not isinstance(peer, socket.socket) or peer.family not in (socket.AF_INET, socket.AF_INET6):
            return
        host = address[0] if isinstance(address, tuple) else None
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not is_here(host):
        _outside_calls.append(f"{event} {host!r}")
        raise OutsideCallError(f"tests stay on this machine, but this one wanted {host!r} ({event})")


sys.addaudithook(_refuse_outside)


@pytest.fixture(autouse=True)
def outside_calls() -> Iterator[list[str]]:
    """Fails a test that tried to reach another machine, even where the code swallowed the refusal."""
    _outside_calls.clear()
    yield _outside_calls
    assert not _outside_calls, f"tests stay on this machine, but this one wanted {_outside_calls}"


# --- databases ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class PostgresServer:
    """A private cluster that listens on a Unix socket in its own folder only, so it needs no port."""

    folder: Path
    user: str
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{self.user}@/{database}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """Make a database as a copy of `template` (which nobody may be connected to); returns its name."""
        name = f"test_{next(self._numbers)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return name

    def drop(self, database: str) -> None:
        self._execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        with psycopg.connect(host=str(self.folder), user=self.user, dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())


def _postgres_programs() -> Path | None:
    """The folder of initdb and pg_ctl, the newest where there are several; Debian keeps them off the PATH."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return debian[-1].parent if debian else None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL cluster for this run (for each worker of pytest-xdist one), gone at the end."""
    programs = _postgres_programs()
    if programs is None:
        missing("PostgreSQL", "On Debian: apt-get install postgresql")
    # PostgreSQL refuses to run as root; Debian's package brings a user for it.
    user = "postgres" if os.geteuid() == 0 else None
    # Not pytest's own tmp folder: a socket's path may have 107 bytes at most, and `user` must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="greenblock-pg-", dir="/tmp"))
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        with (folder / "log").open("ab") as log:
            done = subprocess.run(
                [programs / program, *arguments],
                user=user,
                group=user,
                extra_groups=None if user is None else [],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
            )
        assert done.returncode == 0, f"{program} failed:\n{(folder / 'log').read_text()}"

    try:
        if user is not None:
            shutil.chown(folder, user, user)
        run("initdb", "--auth=trust", "--no-sync", "--no-locale", "--encoding=UTF8", f"--pgdata={data}")
        # Speed is worth more than surviving a power cut.
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
        run("pg_ctl", "start", "--wait", "--silent", f"--pgdata={data}", f"--options={options}")
        try:
            yield PostgresServer(folder=folder, user=user or getpass.getuser())
        finally:
            run("pg_ctl", "stop", "--mode=immediate", "--silent", f"--pgdata={data}")
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty PostgreSQL database that this test has to itself."""
    database = postgres_server.create()
    yield postgres_server.url(database)
    postgres_server.drop(database)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: each test that asks for it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'greenblock.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


# --- browser --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """./artefacts, where screenshots stay after the run."""
    folder = ROOT / "artefacts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium of the machine for the whole run; it cannot look up any name but localhost."""
    program = shutil.which("chromium")
    if program is None:
        missing("Chromium", "On Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",  # containers give /dev/shm 64 MB
                "--disable-background-networking",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts (each with cookies of its own) that are closed with the test."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(15_000)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page without cookies or history."""
    return new_context().new_page()
