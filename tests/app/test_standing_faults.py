"""Each standing fault over real HTTP: one plain banner on every page with the mend, a line of doctor's, a count in
/readyz and /metrics; and all of it gone when the fault is gone."""

from __future__ import annotations

import html
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event, update
from sqlalchemy.exc import IntegrityError

from app.cli_doctor import run_doctor
from app.clock import system_clock
from app.db.engine import Database
from app.db.schema import upgrade
from app.db.tables import AccountRow
from app.db.trouble import Trouble
from app.errors import ConfigError
from app.keys import Keys
from integrations.google.oauth import CALENDAR_SCOPE
from tests.app.world import BERLIN, Hand, world
from tests.running import Running, connect, first_read, running_service, settled, visitor, wait_until

PAGES = ("/today", "/people", "/settings", "/about")
ME = "olga@owner.example"


@dataclass
class Service:
    running: Running
    client: httpx.Client
    undo: list[Callable[[], object]]

    @property
    def services(self) -> Any:
        return self.running.services

    def refresh(self) -> None:
        """One whole run; the wheel may be at one just now."""
        wait_until(lambda: self.services.refresh(1).ran, "a run could begin")

    def sets(self, **values: Any) -> None:
        with self.services.db.write() as session:
            session.execute(update(AccountRow).values(**values))

    def banner(self, page: str = "/today") -> str:
        """The one banner's text; empty where there is none."""
        answer = self.client.get(page)
        assert answer.status_code == 200, answer.text
        found = re.findall(r'<div class="note(?: bad)?" role="\w+"[^>]*>\s*<p>(.*?)</p>', answer.text, re.S)
        assert len(found) <= 1, found
        return html.unescape(found[0]) if found else ""

    def ready(self) -> tuple[int, dict[str, Any]]:
        answer = self.client.get("/readyz")
        return answer.status_code, answer.json()

    def metrics(self) -> dict[str, int]:
        """How often each fault stands, as /metrics counts it."""
        text = self.client.get("/metrics").text
        assert ME not in text
        found = re.findall(r'^greenblock_standing_faults\{fault="(\w+)"\} ([\d.]+)$', text, re.M)
        return {code: int(float(count)) for code, count in found}

    def reconnects(self) -> None:
        connect(self.client, self.running)
        settled(self.running)


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Running, httpx.Client]]:
    settings = {"refresh_seconds": 86_400}
    with running_service(world(), settings=settings) as made, visitor(made) as client:
        connect(client, made)
        first_read(made)
        made.services.actions.save_welcome(1, {})
        settled(made)
        yield made, client


@pytest.fixture
def service(running: tuple[Running, httpx.Client]) -> Iterator[Service]:
    made = Service(*running, undo=[])
    yield made
    for step in reversed(made.undo):
        step()


@pytest.fixture
def doctor(service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], tuple[bool, list[str]]]:
    """Whether all is well, and the lines that say what is not."""
    settings = service.services.settings
    monkeypatch.chdir(tmp_path)
    for name in ("database_url", "public_url", "google_client_secrets", "google_openid_configuration"):
        monkeypatch.setenv(f"GREENBLOCK_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("GREENBLOCK_GOOGLE_API_ENDPOINT", str(settings.google_api_endpoint))
    monkeypatch.setenv("GREENBLOCK_SECRET_KEY", settings.secret_key.get_secret_value())

    def run() -> tuple[bool, list[str]]:
        lines: list[str] = []
        well = run_doctor(lines.append)
        assert all("\n" not in line for line in lines)
        return well, [line for line in lines if not line.startswith("ok ")]

    return run


# -- What can be wrong with an account -------------------------------------------------------------


def refused(*fault: Any, **options: Any) -> Callable[[Service], None]:
    def do(service: Service) -> None:
        service.running.sandbox.faults.add(*fault, **options)
        service.refresh()

    return do


def token_refused(word: str) -> Callable[[Service], None]:
    def do(service: Service) -> None:
        service.running.sandbox.grants.expire_access_tokens()
        service.running.sandbox.faults.add("token", word)
        service.refresh()

    return do


def revoked(service: Service) -> None:
    service.running.sandbox.grants.revoke_all()
    service.refresh()


def revoked_after_a_week(service: Service) -> None:
    service.sets(consented_at=system_clock() - timedelta(days=7, hours=1))
    revoked(service)


def scope_withdrawn(service: Service) -> None:
    service.running.sandbox.grants.withdraw_scope(CALENDAR_SCOPE)
    service.refresh()


def sealed_with_another_key(service: Service) -> None:
    with service.services.db.read() as session:
        before = session.get(AccountRow, 1).token
    service.undo.append(lambda: service.sets(token=before))
    service.sets(token=Keys.parse(Keys.generate()).encrypt("{}"))
    service.refresh()


def settings_gone(service: Service) -> None:
    connect_ = service.services.connect
    before = connect_._provider

    def none() -> Any:
        raise ConfigError("GREENBLOCK_GOOGLE_CLIENT_SECRETS is missing.")

    connect_._provider = none
    service.undo.append(lambda: setattr(connect_, "_provider", before))
    service.refresh()


def clock_ahead(minutes: int) -> Callable[[Service], None]:
    def do(service: Service) -> None:
        connect_ = service.services.connect
        connect_._clock = lambda: system_clock() + timedelta(minutes=minutes)
        service.undo.append(lambda: setattr(connect_, "_clock", system_clock))
        service.refresh()

    return do


def another_greenblock(service: Service) -> None:
    hand, start = Hand(service.running.sandbox, ME), system_clock() + timedelta(days=9)
    marks = {"greenblock": "abcd1234/2027W12.1/0", "greenblock_by": "elsewhere.somebody"}
    added = hand.adds(
        {
            "summary": "Green block",
            "start": {"dateTime": start.isoformat()},
            "end": {"dateTime": (start + timedelta(minutes=30)).isoformat()},
            "extendedProperties": {"private": marks},
        }
    )
    service.undo.append(lambda: hand.deletes(added))
    service.refresh()


def mend(service: Service) -> None:
    while service.undo:
        service.undo.pop()()
    service.refresh()


def reconnect(service: Service) -> None:
    while service.undo:
        service.undo.pop()()
    service.reconnects()


Step = Callable[[Service], None]
ACCOUNT: list[tuple[str, Step, Step, str]] = [
    ("sign_in_lost", revoked, reconnect, "the permission was taken away, the password changed"),
    ("testing_ended", revoked_after_a_week, reconnect, "ended the sign-in 7 days after you agreed"),
    ("permission_missing", scope_withdrawn, reconnect, "tick the box “See, create, change, and delete events on"),
    ("administrator", token_refused("admin_policy_enforced"), mend, "administrator of your Google account"),
    ("client_refused", token_refused("invalid_client"), mend, "download client_secret.json from the Google console"),
    ("over_quota", refused("events.list", "quotaExceeded"), mend, "asks us to slow down. There is nothing to do"),
    ("unavailable", refused("events.list", "unavailable"), mend, "slow or could not be reached. There is nothing"),
    ("calendar_gone", refused("events.list", "notFound"), reconnect, "this calendar is gone"),
    ("wrong_key", sealed_with_another_key, reconnect, "put the old key back"),
    ("settings", settings_gone, mend, "“greenblock doctor”"),
    ("ours", refused("events.list", "badRequest"), mend, "wrong on our side. Nothing was lost"),
    ("clock_wrong", clock_ahead(12), mend, "is 12 minutes fast"),
    ("clock_wrong", clock_ahead(-7), mend, "is 7 minutes slow"),
    ("other_blocks", another_greenblock, mend, "Another Greenblock has blocks in this calendar too (1 still to come)"),
]


@pytest.mark.parametrize(("code", "wrong", "right", "says"), ACCOUNT, ids=[row[0] for row in ACCOUNT])
def test_a_fault_of_an_account_is_told_and_forgotten(
    service: Service,
    doctor: Callable[[], tuple[bool, list[str]]],
    code: str,
    wrong: Step,
    right: Step,
    says: str,
) -> None:
    assert service.banner() == ""
    wrong(service)
    told = {service.banner(page) for page in PAGES}
    (text,) = told
    assert says in text
    assert "{" not in text
    assert service.ready() == (200, {"status": "ready", "database": True, "wheel": True, "faults": {code: 1}})
    assert service.metrics() == {code: 1}
    assert doctor() == (False, [f"wrong  account {ME}: {text}"])
    right(service)
    assert {service.banner(page) for page in PAGES} == {""}
    assert service.ready() == (200, {"status": "ready", "database": True, "wheel": True, "faults": {}})
    assert service.metrics() == {}
    assert doctor() == (True, [])


def test_when_it_is_tried_again_is_said(service: Service) -> None:
    refused("events.list", "tooManyRequests", retry_after=1_200)(service)
    with service.services.db.read() as session:
        again = session.get(AccountRow, 1).next_refresh_at
    assert f"we try again at {again.astimezone(BERLIN):%H:%M}." in service.banner()
    mend(service)


def test_of_several_faults_the_most_important_is_shown_and_then_the_next(service: Service) -> None:
    another_greenblock(service)
    clock_ahead(12)(service)
    assert "12 minutes fast" in service.banner()
    revoked(service)
    assert "no longer lets Greenblock in" in service.banner()
    assert service.ready()[1]["faults"] == {"clock_wrong": 1, "other_blocks": 1, "sign_in_lost": 1}
    service.reconnects()
    assert "12 minutes fast" in service.banner()
    service.undo.pop()()
    service.refresh()
    assert "Another Greenblock" in service.banner()
    mend(service)
    assert service.banner() == ""


def test_disconnected_is_a_banner_too(service: Service) -> None:
    service.services.connect.disconnect(1)
    assert "Google is disconnected." in service.banner()
    service.reconnects()
    assert service.banner() == ""


# -- What can be wrong with the installation -------------------------------------------------------


def on_each_connection(service: Service, wrong: str, right: str) -> None:
    """A PRAGMA for every connection of the service's, and another one afterwards."""
    now = [wrong]

    def set_up(connection: Any, *_: Any) -> None:
        connection.execute(now[0])

    engine = service.services.db.engine
    event.listen(engine, "checkout", set_up)

    def undo() -> None:
        now[0] = right
        for _ in range(3):
            with engine.connect():
                pass

    service.undo.append(undo)


def read_only(service: Service) -> None:
    on_each_connection(service, "PRAGMA query_only=1", "PRAGMA query_only=0")


def held_by_another_program(service: Service) -> None:
    on_each_connection(service, "PRAGMA busy_timeout=50", "PRAGMA busy_timeout=30000")
    other = sqlite3.connect(service.services.db.url.database, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    service.undo.append(other.close)


def full(service: Service) -> None:
    engine = service.services.db.engine

    def refuse(cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

    event.listen(engine, "do_execute", refuse)
    service.undo.append(lambda: event.remove(engine, "do_execute", refuse))


@pytest.mark.parametrize(
    ("code", "wrong", "says", "doctors"),
    [
        ("database_full", full, "The disk with the database is full", False),
        ("database_read_only", read_only, "The database cannot be written to", False),
        ("database_locked", held_by_another_program, "Another program holds the database", True),
    ],
)
def test_a_database_in_trouble_is_told_and_forgotten(
    service: Service,
    doctor: Callable[[], tuple[bool, list[str]]],
    code: str,
    wrong: Step,
    says: str,
    doctors: bool,
) -> None:
    wrong(service)
    answer = service.client.post("/refresh", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 503
    assert says in answer.text
    api = service.client.post("/api/refresh", headers={"Sec-Fetch-Site": "same-origin"})
    assert (api.status_code, says in api.json()["detail"]) == (503, True)
    (text,) = {service.banner(page) for page in PAGES}
    assert says in text
    status, body = service.ready()
    assert (status, body["status"], body["database"]) == (503, "not ready", False)
    assert body["faults"] == {code: 1}
    assert service.metrics() == {code: 1}
    report = service.services.refresh(1)
    assert (report.fault, says in report.error) == (code, True)
    if doctors:
        assert doctor() == (False, [f"wrong  database: {text}"])
    while service.undo:
        service.undo.pop()()
    assert {service.banner(page) for page in PAGES} == {""}
    assert service.ready()[0] == 200
    assert service.metrics() == {}
    settled(service.running)
    assert service.services.refresh(1).fault is None
    assert doctor() == (True, [])


def test_a_wheel_that_stands_still_is_told_and_forgotten(
    service: Service, doctor: Callable[[], tuple[bool, list[str]]]
) -> None:
    engine, standing = service.services.engine, service.services.standing
    before, later = engine.monotonic, lambda: before() + 3600
    engine._scheduler.pause()
    wait_until(lambda: not engine._looking, "the sweep under way is over")
    engine.monotonic = standing.monotonic = later
    service.sets(next_refresh_at=system_clock() - timedelta(minutes=11))
    assert "background work stands still" in service.banner()
    assert service.ready()[0] == 503
    assert service.ready()[1]["faults"] == {"wheel_still": 1}
    assert service.metrics() == {"wheel_still": 1}
    well, lines = doctor()
    assert not well
    (line,) = lines
    assert line.startswith("wrong  wheel: a calendar has been waiting")
    assert line.endswith("Start or restart: greenblock serve")
    engine._scheduler.resume()
    engine.wake()
    settled(service.running)
    assert service.banner() == ""
    assert service.ready()[0] == 200
    assert doctor() == (True, [])
    engine.monotonic = standing.monotonic = before


def test_a_wheel_that_has_just_been_started_is_given_time(service: Service) -> None:
    standing = service.services.standing
    standing.watch(lambda: False)
    assert service.banner() == ""
    standing.watch(service.services.engine.is_turning)


@pytest.mark.postgres
def test_troubles_of_postgresql_are_told_apart(postgres_url: str) -> None:
    db = Database(postgres_url)
    upgrade(db)
    assert db.probe() is None
    with closing(db.engine.raw_connection()) as other:
        other.cursor().execute("LOCK TABLE installation")
        assert db.probe() is Trouble.LOCKED
    with db.engine.connect() as connection:
        name = connection.engine.url.database
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        connection.commit()
    db.engine.dispose()
    assert db.probe() is Trouble.READ_ONLY
    db.dispose()
    gone = Database(db.url.set(port=1).render_as_string(hide_password=False))
    assert gone.probe() is Trouble.OUT_OF_REACH
    gone.dispose()


def test_a_mistake_of_ours_is_no_trouble_of_the_database(service: Service) -> None:
    def twice() -> None:
        with service.services.db.write() as session:
            session.add(AccountRow(id=1, email="x"))

    with pytest.raises(IntegrityError):
        twice()
    assert service.services.db.trouble is None
