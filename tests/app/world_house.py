"""The service over a sandbox calendar, over real HTTP, with one virtual clock.

    def test_x(house):
        house.save_welcome()
        report = house.refresh()
        house.hand.deletes(house.ids()[0])

Time stands still unless a test moves it. The user's hand works on the sandbox's store as the web or a phone would;
everything between service and sandbox goes over HTTP and is held against Google's discovery document.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import SecretStr
from sqlalchemy import event, select

from app.config import DemoSettings
from app.db import accounts, blocks, people
from app.db.rowtext import load_rule
from app.db.tables import AccountRow, Base, BlockRow, ContactRow, JournalRow, TouchRow
from app.keys import Keys
from app.services import preferences
from app.services.preferences import Preferences
from app.services.run import Report
from app.wiring import Services, build
from integrations.calendar import Calendar
from integrations.sandbox import grants, store
from integrations.sandbox.client import api_endpoint, client_secrets, openid_configuration_url
from integrations.sandbox.run import SandboxServer
from scheduler.model import Rule
from tests.app.world import BERLIN, MONDAY, OWNER, Hand, Resource, VirtualClock, start_of, tag_of, world
from tests.conformance import Record
from tests.integrations.google.forms import first_form
from tests.migrated import migrated_sqlite

PUBLIC = "http://localhost:8000"


@dataclass
class House:
    """The service over the sandbox, with one account connected."""

    sandbox: SandboxServer
    services: Services
    clock: VirtualClock
    account_id: int
    cookie: str
    email: str = OWNER
    hand: Hand = field(init=False)

    def __post_init__(self) -> None:
        self.hand = Hand(self.sandbox, self.email)

    # what the user presses

    def refresh(self, *, dry_run: bool = False, fault: str | None = None) -> Report:
        report = self.services.refresh(self.account_id, dry_run=dry_run)
        assert report.ran, report.error
        assert (report.fault.value if report.fault else None) == fault, report
        return report

    def save_welcome(self, kinds: Mapping[int, str] | None = None) -> Report:
        """Read, press Save on the untouched page, and let the refresh that it asks for run."""
        self.refresh()
        self.services.actions.save_welcome(self.account_id, kinds or {})
        return self.refresh()

    def rule(self) -> Rule:
        with self.services.db.read() as session:
            return load_rule(blocks.rules(session, self.account_id)[0].body)

    def wishes(self) -> Preferences:
        return preferences.load(self.account().preferences)

    def sets(self, rule: Rule | None = None, wishes: Preferences | None = None) -> Report:
        """Save the settings page, and let the refresh run."""
        self.services.actions.save_settings(self.account_id, rule or self.rule(), wishes or self.wishes())
        return self.refresh()

    # what stands in the calendar

    def blocks(self) -> list[Resource]:
        """Live events with our property, by start."""
        live = [one for one in self.hand.store.live() if tag_of(one)]
        return sorted(live, key=lambda one: start_of(one))

    def ids(self) -> list[str]:
        return [one["id"] for one in self.blocks()]

    def days(self) -> list[tuple[int, int, int, int]]:
        """Month, day, hour and minute of each block, in Berlin."""
        starts = [start_of(one).astimezone(BERLIN) for one in self.blocks()]
        return [(one.month, one.day, one.hour, one.minute) for one in starts]

    def event(self, event_id: str) -> Resource:
        found: Resource = self.hand.store.get(event_id)
        return found

    def snapshot(self) -> dict[str, str]:
        """Every event's version: equal snapshots mean that nothing at all was written."""
        return {key: row.resource["etag"] for key, row in self.hand.store.rows.items()}

    def calls(self) -> list[str]:
        """Names of the API calls since the last look."""
        made = [call.name for call in self.sandbox.calls.all()]
        self.sandbox.calls.clear()
        return made

    def writes(self) -> list[str]:
        return [name for name in self.calls() if name in ("events.insert", "events.patch", "events.delete")]

    # what is in the tables

    def account(self) -> AccountRow:
        with self.services.db.read() as session:
            row = accounts.get(session, self.account_id)
            assert row is not None
            return row

    def rows(self) -> list[BlockRow]:
        with self.services.db.read() as session:
            found = select(BlockRow).where(BlockRow.account_id == self.account_id)
            return list(session.scalars(found.order_by(BlockRow.starts_at, BlockRow.generation)))

    def row(self, event_id: str) -> BlockRow:
        return next(row for row in self.rows() if row.event_id == event_id)

    def contact(self, name: str) -> ContactRow:
        with self.services.db.read() as session:
            return next(row for row in people.contacts(session, self.account_id) if row.name == name)

    def names_in(self, event_id: str) -> list[str]:
        """Who is seated in a block, as the tables say."""
        with self.services.db.read() as session:
            known = {row.id: row.name for row in people.contacts(session, self.account_id)}
            row = session.scalars(select(BlockRow).where(BlockRow.event_id == event_id)).one()
            return [known[one.contact_id] for one in blocks.suggestions(session, [row.id]).get(row.id, [])]

    def outcome(self, event_id: str, name: str) -> str | None:
        with self.services.db.read() as session:
            row = session.scalars(select(BlockRow).where(BlockRow.event_id == event_id)).one()
            one = blocks.suggestion(session, row.id, self.contact(name).id)
            return one.outcome if one else None

    def touches(self, name: str) -> list[TouchRow]:
        with self.services.db.read() as session:
            return list(session.scalars(select(TouchRow).where(TouchRow.contact_id == self.contact(name).id)))

    def journal(self) -> list[str]:
        with self.services.db.read() as session:
            rows = session.scalars(select(JournalRow).order_by(JournalRow.id))
            return [f"{row.what}: {row.text}" for row in rows if row.account_id == self.account_id]

    def dump(self, *tables: type[Base]) -> dict[str, list[tuple[Any, ...]]]:
        """The whole content of these tables."""
        with self.services.db.read() as session:
            return {
                table.__tablename__: sorted(
                    (tuple(map(str, row)) for row in session.execute(select(*table.__table__.columns))), key=str
                )
                for table in tables
            }

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Every SQL statement inside, but for BEGIN and COMMIT."""
        seen: list[str] = []

        def hear(_c: object, _k: object, statement: str, *_rest: object) -> None:
            if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
                seen.append(statement)

        engine = self.services.db.engine
        event.listen(engine, "before_cursor_execute", hear)
        yield seen
        event.remove(engine, "before_cursor_execute", hear)

    # going back in time

    def database_file(self) -> Path:
        return Path(str(self.services.db.url.database))

    def copies_database(self, to: Path) -> None:
        """SQLite's, as it stands."""
        with closing(sqlite3.connect(self.database_file())) as here, closing(sqlite3.connect(to)) as there:
            here.backup(there)

    def restores_database(self, copied: Path) -> None:
        self.services.db.engine.dispose()
        for leftover in ("-wal", "-shm"):
            Path(f"{self.database_file()}{leftover}").unlink(missing_ok=True)
        shutil.copy(copied, self.database_file())

    def signs_in_again(self, *, without: str = "") -> None:
        self.cookie = sign_in(self.services, self.sandbox, self.services.connect.new_session(), without=without)


@dataclass(frozen=True)
class Moment:
    """A house as it stood: database, calendars, grants and clock. Going back to it is much faster than building one."""

    database: Path
    now: datetime
    stores: dict[str, store.Snapshot]
    grants: grants.Snapshot

    @classmethod
    def of(cls, house: House, database: Path) -> Moment:
        house.copies_database(database)
        return cls(
            database=database,
            now=house.clock(),
            stores={email: one.snapshot() for email, one in house.sandbox.stores.items()},
            grants=house.sandbox.grants.snapshot(),
        )

    def again(self, house: House) -> House:
        """The house as it stood then."""
        house.restores_database(self.database)
        house.clock.starts_over(self.now)
        for email, snapshot in self.stores.items():
            house.sandbox.stores[email].restore(snapshot)
        house.sandbox.grants.restore(self.grants)
        house.sandbox.faults.clear()
        house.sandbox.calls.clear()
        return replace(house)


def sign_in(services: Services, sandbox: SandboxServer, secret: str, *, user: str = OWNER, without: str = "") -> str:
    """Consent as a person would at the sandbox's page; the cookie of the session that comes of it."""
    url = services.connect.begin(secret)
    with httpx.Client(trust_env=False, verify=False) as browser:
        action, fields, buttons = first_form(browser.get(url).raise_for_status().text)
        form: dict[str, list[str]] = {}
        for key, value in [*fields, *buttons[0]]:
            if value != without:
                form.setdefault(key, []).append(value)
        form["user"] = [user]
        answer = browser.post(f"{sandbox.url}{action}", data=form)
    back = {key: values[0] for key, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    return services.connect.finish(secret, state=back["state"], code=back["code"])


def settings_for(
    sandbox: SandboxServer, folder: Path, database_url: str, *, allowed: str, kind: type[DemoSettings] = DemoSettings
) -> DemoSettings:
    file = folder / "client_secret.json"
    file.write_text(json.dumps(client_secrets(sandbox.url, f"{PUBLIC}/oauth/callback")))
    return kind(
        database_url=database_url,
        public_url=PUBLIC,
        secret_key=SecretStr(Keys.generate()),
        allowed=allowed,
        google_client_secrets=file,
        google_openid_configuration=openid_configuration_url(sandbox.url),
        google_api_endpoint=api_endpoint(sandbox.url),
    )


@contextmanager
def open_house(
    folder: Path,
    database_url: str,
    *,
    seed: Mapping[str, Any] | None = None,
    allowed: str = "*",
    kind: type[DemoSettings] = DemoSettings,
) -> Iterator[House]:
    """Fails at the end where a request or an answer does not fit Google's discovery document."""
    clock, record = VirtualClock(MONDAY), Record()
    kind_of, _, file = database_url.partition(":///")
    if kind_of == "sqlite" and not Path(file).exists():
        migrated_sqlite(Path(file))
    with ExitStack() as stack:
        sandbox = stack.enter_context(SandboxServer(seed or world(), clock=clock, wrap=record.around, view=False))
        services = build(settings_for(sandbox, folder, database_url, allowed=allowed, kind=kind), clock=clock)
        stack.callback(services.db.dispose)
        house = connected(services, sandbox, clock)
        sandbox.calls.clear()
        yield house
    assert record.violations == []


def connected(services: Services, sandbox: SandboxServer, clock: VirtualClock, *, email: str = OWNER) -> House:
    """An account signed in at the sandbox."""
    cookie = sign_in(services, sandbox, services.connect.new_session(), user=email)
    session_row = services.connect.session(cookie)
    assert session_row is not None
    assert session_row.account_id is not None
    return House(
        sandbox=sandbox, services=services, clock=clock, account_id=session_row.account_id, cookie=cookie, email=email
    )


TUESDAYS = [(3, 2, 10, 0), (3, 9, 10, 0), (3, 16, 10, 0), (3, 23, 10, 0)]
"""Where the blocks stand after Save."""


def settled(house: House) -> None:
    """Two refreshes, and not one write."""
    before = house.snapshot()
    house.refresh()
    house.refresh()
    assert house.snapshot() == before


@contextmanager
def between(house: House, method: str, act: Callable[[], object]) -> Iterator[list[Report]]:
    """Inside, `act` happens once, just before the next call of this method of the calendar."""
    opened = house.services.refresh._calendar
    acted: list[bool] = []
    results: list[Any] = []

    @contextmanager
    def meddled(account: AccountRow) -> Iterator[Calendar]:
        with opened(account) as calendar:
            asked = getattr(calendar, method)

            def first(*arguments: Any, **options: Any) -> Any:
                if not acted:
                    acted.append(True)
                    results.append(act())
                return asked(*arguments, **options)

            setattr(calendar, method, first)
            yield calendar

    house.services.refresh._calendar = meddled
    try:
        yield results
    finally:
        house.services.refresh._calendar = opened
    assert acted, f"{method} was never called"
