"""What every test may ask for: a database of its own, a browser, a folder for screenshots; and no way out of loopback.

A part that is missing on the machine (Chromium, PostgreSQL) skips the tests that need it and says what to install;
with CI=true it fails them. `make test` installs both on Debian.
"""

import gc
import ipaddress
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import hypothesis
import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, sync_playwright

from tests.console import listen
from tests.migrated import migrated_postgres, migrated_sqlite
from tests.postgres import PostgresServer, postgres_cluster, postgres_programs

ROOT = Path(__file__).resolve().parent.parent

pytest_plugins = (
    "tests.conformance_total",
    "tests.simulation.total",
)  # prints what was held against Google's discovery document

# A busy machine is slow now and then; that is no failure of what is tested.
hypothesis.settings.register_profile("greenblock", deadline=None)
hypothesis.settings.load_profile("greenblock")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first, however many workers there are: one begun last would let the others wait for it."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """What is loaded by now stays; going through it for rubbish again and again takes an eighth of the time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


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


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL cluster for this run (for each worker of pytest-xdist one), gone at the end."""
    programs = postgres_programs()
    if programs is None:
        missing("PostgreSQL", "On Debian: apt-get install postgresql")
    with postgres_cluster(programs) as server:
        yield server


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


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """As `database_url`, but of a database with the current schema."""
    if request.param == "sqlite":
        yield migrated_sqlite(tmp_path / "greenblock.db")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    database = migrated_postgres(server)
    yield server.url(database)
    server.drop(database)


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
    with sync_playwright() as playwright:
        browser = chromium(playwright.chromium)
        yield browser
        browser.close()


def chromium(kind: BrowserType, *switches: str) -> Browser:
    """Started with these switches besides those of every test."""
    program = shutil.which("chromium")
    if program is None:
        missing("Chromium", "On Debian: apt-get install chromium")
    return kind.launch(
        executable_path=program,
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",  # containers give /dev/shm 64 MB
            "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
            *switches,
        ],
    )


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """What the test's browsers said (see tests/console.py); whatever is left of it at the end fails the test."""
    said: list[str] = []
    yield said
    assert said == [], "browsers have nothing to complain of; what a test provokes on purpose it takes out of `heard`"


@pytest.fixture
def new_context(browser: Browser, heard: list[str]) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts (each with cookies of its own) that are closed with the test, and listened to."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(
            **{
                "locale": "en-GB",
                "viewport": {"width": 1280, "height": 900},
                "reduced_motion": "reduce",  # a colour on its way from one look to the other is none to be judged
                **options,
            }
        )
        context.set_default_timeout(15_000)
        made.append(context)
        return listen(context, heard)

    yield make
    for context in made:
        context.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page without cookies or history."""
    return new_context().new_page()
