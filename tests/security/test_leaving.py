"""Delete everything: the permission goes back, coming blocks go where asked, and nothing is left behind."""

from __future__ import annotations

import io
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import select, text

from app.clock import clock_from
from app.db import personal
from app.db.backup import back_up
from app.db.engine import Database
from app.db.schema import upgrade
from app.db.tables import AccountRow, Base, ContactRow
from app.services.connect import hashed
from tests.app.pushed_house import PUBLIC
from tests.app.world_house import sign_in
from tests.full_disk import files_of_at_most
from tests.pageforms import forms_of
from tests.running import Running, connect, first_read, live_blocks, running_service, save_welcome, settled, visitor
from tests.security.conftest import ME, NOW, SECOND, met, other_user, world_of
from tests.security.test_logs import listening

CANARIES = ["Kanarina", "kanarina", "Zeisigmann", "zeisigmann", "Kanarienverein"]


def canary_world() -> dict[str, Any]:
    events = met(1, "Kanarina Zeisigmann", domain="zeisigmann.example", title="Kanarienverein: Kanarina")
    for event in events:
        event["attendees"][1]["email"] = "kanarina@zeisigmann.example"
    theirs = [
        {**event, "organizer": {"email": SECOND, "self": True}}
        | {"attendees": [{"email": SECOND, "self": True, "responseStatus": "accepted"}, event["attendees"][1]]}
        for event in met(20, "Person 20")
    ]
    robots = met(3, "Kanarina Room", domain="resource.calendar.google.com")
    return world_of(events + robots + met(2, "Person 2"), others=[other_user(theirs)])


def everything_in(db_url: str) -> str:
    """All that a dump of the database would hold, tables that nobody thought of included."""
    if db_url.startswith("sqlite"):
        folder = Path(db_url.removeprefix("sqlite:///")).parent
        return b"".join(file.read_bytes() for file in folder.iterdir() if file.suffix != ".json").decode("latin-1")
    with psycopg.connect(db_url.replace("+psycopg", "")) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return repr([connection.execute(f'SELECT * FROM "{name}"'.encode()).fetchall() for (name,) in names])


def a_life(client: httpx.Client, running: Running) -> None:
    """Something of the user's in as many places as there are."""
    person = running.services.views.people(1).people[0].id
    api = client
    for path, body in (
        ("notes", {"text": "Kanarina sings", "on": "2026-03-01"}),
        ("promises", {"text": "Seeds for Kanarina"}),
        ("touches", {"on": "2026-03-01", "channel": "call"}),
    ):
        assert api.post(f"/api/people/{person}/{path}", json=body).is_success, path
    client.post("/left-out", data={"count-in": "kanarina@zeisigmann.example", "back": "people"})
    season = {"name": "Kanarina", "begins_on": "2026-03-11", "before_on": "2026-05-01", "kinds": ["client"]}
    assert api.post("/api/seasons", json=season).is_success
    assert api.put("/api/feed", json={"names": True}).is_success
    settled(running)
    go = running.services.views.today(1).next
    assert go is not None
    form = max(forms_of(client.get(go.link).text), key=lambda form: len(form.fields))
    client.post(go.link, data=dict(form.fields) | {"note-1": "Kanarina"})
    settled(running)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lived:
    running: Running
    client: httpx.Client
    url: str
    log: io.StringIO


@pytest.fixture
def lived(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lived]:
    """On SQLite, but where a test asks for a database of either kind."""
    given = "migrated_url" in request.fixturenames
    yield from _lived(request.getfixturevalue("migrated_url") if given else f"sqlite:///{tmp_path / 'mine.db'}")


def _lived(database_url: str) -> Iterator[Lived]:
    with (
        listening("text", logging.DEBUG) as log,
        running_service(
            canary_world(),
            clock=clock_from(NOW),
            settings={"allowed": "*", "refresh_seconds": 86_400, "database_url": database_url},
        ) as running,
        visitor(running) as client,
        visitor(running) as second,
    ):
        # Channels, which speak to nobody: a push would set the wheel going while rows are being compared.
        running.services.watch._address = f"{PUBLIC}/hooks/google"
        running.sandbox.push.stands_for[PUBLIC] = "http://localhost:9"
        connect(client, running, user=ME)
        first_read(running)
        save_welcome(client)
        connect(second, running, user=SECOND)
        first_read(running, 2)
        save_welcome(second)
        settled(running)
        a_life(client, running)
        yield Lived(running=running, client=client, url=database_url, log=log)


def test_nothing_is_left(lived: Lived, migrated_url: str, tmp_path: Path) -> None:
    running, client, url = lived.running, lived.client, lived.url
    assert all(canary in everything_in(url) for canary in ("Kanarina", "Zeisigmann", ME)), "the scan can see them"
    _assert_a_life_meets_every_table(running)
    _assert_everything_is_exported_and_no_secret(running, client)
    theirs = _rows(running, 2)
    assert live_blocks(running)
    stale = client.cookies[running.services.settings.cookie_name]
    elsewhere = sign_in(running.services, running.sandbox, running.services.connect.new_session(), user=ME)

    # Step one says what would go; step two without the tick erases nothing.
    page = client.get("/settings/delete")
    assert "2</b> people" in page.text
    refused = client.post("/settings/delete", data={"blocks": "yes"})
    assert refused.status_code == 422
    assert "Nothing was erased yet" in refused.text
    assert _rows(running, 1)

    gone = client.post("/settings/delete", data={"blocks": "yes", "sure": "yes"})
    assert gone.status_code == 200, gone.text
    assert "Everything is erased" in gone.text
    assert "permission was handed back" in gone.text

    assert live_blocks(running) == []
    assert [channel.owner for channel in running.sandbox.push.channels()] == [SECOND]
    assert not _rows(running, 1)
    assert _rows(running, 2) == theirs
    scan = everything_in(url)
    for canary in [*CANARIES, ME, hashed(stale), hashed(elsewhere)]:
        assert canary not in scan, canary
        assert canary not in lived.log.getvalue(), canary
    for cookie in (stale, elsewhere):
        answer = httpx.get(
            f"{running.url}/today", cookies={running.services.settings.cookie_name: cookie}, trust_env=False
        )
        assert answer.status_code == 303
        assert answer.headers["location"] == "/"
    grants = running.sandbox.grants
    assert ME not in repr(list(grants._grants.values())), "the grant was handed back"
    # Nor is there anything in what is made of it afterwards: figures, exports, backups.
    figures = httpx.get(f"{running.url}/metrics", trust_env=False)
    assert "greenblock_pages_total" in figures.text
    assert not [canary for canary in [*CANARIES, ME] if canary in figures.text]
    made = running.services.privacy.export_everything(2)
    assert not [canary for canary in [*CANARIES, ME] if canary in b"".join(made).decode()]
    if url.startswith("sqlite"):
        back_up(url, tmp_path / "copy.backup", tell=lambda *_: None)
        copied = (tmp_path / "copy.backup").read_bytes()
        assert SECOND.encode() in copied
        assert not [canary for canary in [*CANARIES, ME] if canary.encode() in copied]
    # The other one goes on, and who left may come back as somebody new.
    settled(running)
    connect(client, running, user=ME)
    first_read(running, 3)
    assert client.get("/welcome").status_code == 200


def _rows(running: Running, account: int) -> list[str]:
    with running.services.db.read() as session:
        return [
            f"{table.name} {sorted((name, str(value)) for name, value in row.items() if name not in VOLATILE)}"
            for table in personal.personal_tables()
            for row in personal.rows_of(session, table, account)
        ]


VOLATILE = {"next_refresh_at", "requested_at", "started_at", "lease_until", "expires_at", "synced_at"}


def test_where_google_is_out_of_reach_nothing_is_erased(lived: Lived) -> None:
    running, client = lived.running, lived.client
    before, blocks = len(_rows(running, 1)), len(live_blocks(running))
    running.sandbox.faults.add("events.*", "backendError", times=1_000)  # whoever asks, the wheel too
    answer = client.post("/settings/delete", data={"blocks": "yes", "sure": "yes"})
    assert answer.status_code == 503
    assert "could not be reached, so its blocks are still there and nothing was erased" in answer.text
    assert len(_rows(running, 1)) == before
    running.sandbox.faults.clear()
    client.post("/refresh")
    settled(running)
    assert len(live_blocks(running)) == blocks
    # Left where they are, it works without the calendar; that the grant could not be handed back is said.
    running.sandbox.faults.add("revoke", "backendError")
    gone = client.post("/settings/delete", data={"sure": "yes"})
    assert gone.status_code == 200
    assert not _rows(running, 1)
    assert len(live_blocks(running)) == blocks
    assert "Google could not be told" in gone.text


def test_by_api_only_with_the_address_in_hand(lived: Lived) -> None:
    running, client = lived.running, lived.client
    assert client.get("/api/account").json()["coming"] >= 1
    for body in ({}, {"address": SECOND, "remove_blocks": False}, {"address": "", "remove_blocks": True}):
        assert client.post("/api/account/delete", json=body).status_code == 422
    assert _rows(running, 1)
    gone = client.post("/api/account/delete", json={"address": ME.upper(), "remove_blocks": False})
    assert gone.json() == {"blocks_removed": False, "revoked": True}
    assert not _rows(running, 1)
    assert client.get("/api/today").status_code == 401


def _assert_everything_is_exported_and_no_secret(running: Running, client: httpx.Client) -> None:
    answer = client.get("/api/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="greenblock-export.json"'
    exported = answer.json()
    assert exported.pop("greenblock_export") == 1
    assert exported.pop("exported_at")
    tables = {table.name for table in personal.personal_tables()}
    assert set(exported) == tables
    # Row by row what is there, for whatever table there will be.
    with running.services.db.read() as session:
        for table in personal.personal_tables():
            assert len(exported[table.name]) == len(list(personal.rows_of(session, table, 1))), table.name
    for canary in ("Kanarina sings", "Seeds for Kanarina", "kanarina@zeisigmann.example", "Kanarienverein"):
        assert canary in answer.text
    assert "Person 20" not in answer.text
    assert SECOND not in answer.text
    grants = running.sandbox.grants
    secrets = [*grants._access, *(grant.refresh_token or "-" for grant in grants._grants.values())]
    secrets += [hashed(client.cookies[running.services.settings.cookie_name])]
    assert not [one for one in secrets if len(one) > 8 and one in answer.text]
    assert isinstance(exported["events"][0]["body"], dict)


def _assert_a_life_meets_every_table(running: Running) -> None:
    """Else the scans would prove nothing of a table that is new."""
    with running.services.db.read() as session:
        empty = {t.name for t in personal.personal_tables() if not list(personal.rows_of(session, t, 1))}
    assert empty <= {"sign_ins", "apart", "ignored"}, "let a_life() put something into these tables"


def test_every_table_is_an_accounts_or_nobodys() -> None:
    assert {t.name for t in Base.metadata.sorted_tables if personal.belongs(t, 1) is None} == personal.NOBODYS


def test_every_column_that_sounds_like_a_secret_is_marked_or_named() -> None:
    sounds = re.compile(r"token|secret|hash|nonce|verifier|password|(^|_)key$|lease_id")
    known = {"occurrences.key", "rules.key"}  # which turn of a series; which rule
    shown = {str(column) for table in personal.personal_tables() for column in personal.shown_columns(table)}
    assert {name for name in shown if sounds.search(name.partition(".")[2])} == known


ON_DISK = pytest.mark.skipif(os.name != "posix", reason="SQLite's file is read as it lies on the disk")


def many_of_them(file: Path) -> Database:
    """Much more than fits one page, so that pages are freed."""
    db = Database(f"sqlite:///{file}")
    upgrade(db)
    with db.write() as session:
        for number in (1, 2):
            session.add(
                AccountRow(
                    id=number,
                    issuer="x",
                    subject=f"x{number}",
                    email="kanarina@x.example" if number == 1 else "ada@x.example",
                    key="x",
                    block_key=b"x",
                    created_at=NOW,
                    synced_from=NOW,
                    outlook={},
                    preferences={},
                )
            )
        session.flush()
        session.add_all(
            ContactRow(
                account_id=1, name=f"Kanarina {n} " + "x" * 150, tags=["Kanarina" * 900], facts={}, created_at=NOW
            )
            for n in range(300)
        )
        session.add_all(ContactRow(account_id=2, name=f"Ada {n}", tags=[], facts={}, created_at=NOW) for n in range(9))
    assert "anarina" in everything_in(f"sqlite:///{file}")
    return db


@ON_DISK
def test_freed_pages_of_the_file_hold_nothing(tmp_path: Path) -> None:
    """The log is cut off as soon as nobody reads any more."""
    db = many_of_them(tmp_path / "big.db")
    with db.read() as other:
        assert other.scalar(select(ContactRow.id).limit(1))
        with db.write() as session:
            assert personal.erase(session, 1)["contacts"] == 300
        db.overwrite_erased()
        db.finish_erasing()
        assert "anarina" in everything_in(f"sqlite:///{tmp_path / 'big.db'}"), "somebody reads what was there before"
    db.finish_erasing()
    assert "anarina" not in everything_in(f"sqlite:///{tmp_path / 'big.db'}")


@ON_DISK
def test_where_the_disk_is_full_it_is_overwritten_when_there_is_room(tmp_path: Path) -> None:
    db = many_of_them(tmp_path / "big.db")
    with db.read() as other:  # or it would go by itself
        assert other.scalar(select(ContactRow.id).limit(1))
        with db.write() as session:
            personal.erase(session, 1)
    with files_of_at_most(4096):
        db.overwrite_erased()  # says nothing: everything is erased, and the wheel goes on
        db.finish_erasing()
    assert "anarina" in everything_in(f"sqlite:///{tmp_path / 'big.db'}"), "it could not be done"
    with db.read() as session:
        assert len(list(personal.rows_of(session, Base.metadata.tables["contacts"], 2))) == 9, "nothing else is lost"
    db.finish_erasing()
    assert "anarina" not in everything_in(f"sqlite:///{tmp_path / 'big.db'}")
    with db.read() as session:
        assert len(list(personal.rows_of(session, Base.metadata.tables["contacts"], 2))) == 9
        assert session.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
