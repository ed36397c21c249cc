"""A small world for flow tests: a sandbox calendar over real HTTP, the service built over it, and one virtual clock.

    def test_x(house):
        house.save_welcome()
        report = house.refresh()
        house.hand.delete(house.blocks()[0]["id"])

Time stands still unless a test moves it. The user's hand works on the sandbox's store as the web or a phone would;
everything between service and sandbox goes over HTTP and is held against Google's discovery document.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

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
from app.services.refresh import Report
from app.wiring import Services, build
from integrations.sandbox.client import api_endpoint, client_secrets, openid_configuration_url
from integrations.sandbox.editors import editable, edited, flatten, web_editor
from integrations.sandbox.run import SandboxServer
from scheduler.model import Rule
from tests.conformance import Record
from tests.integrations.google.forms import first_form

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2027, 3, 1, 9, 0, tzinfo=BERLIN)
"""When every test begins. The summer time of 2027 begins on 28 March."""

OWNER = "olga@owner.example"
FENCE = "— Everything below this line is yours: it is never changed. —"
PUBLIC = "http://localhost:8000"

FRIENDS = (
    "Ada Arbor", "Ben Birch", "Cleo Cedar", "Dan Dogwood", "Eva Elm",
    "Finn Fir", "Gina Gum", "Hugo Hazel", "Iris Ironwood", "Jan Juniper",
)  # fmt: skip
"""Each of a company of their own, met alone every six weeks, and not for ten weeks or more: all of them are due."""

Resource = dict[str, Any]


class VirtualClock:
    """Gives one moment, in UTC, until it is moved."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def __call__(self) -> datetime:
        return self._now

    def set(self, moment: datetime) -> None:
        assert moment >= self._now, "time does not run backwards"
        self._now = moment.astimezone(UTC)

    def advance(self, **lengths: float) -> None:
        """As timedelta takes them; days are days of the wall clock."""
        days = lengths.pop("days", 0)
        local = self._now.astimezone(BERLIN) + timedelta(days=days)  # the same o'clock, whatever summer time does
        self.set(local.astimezone(UTC) + timedelta(**lengths))


# -- The calendar's content ------------------------------------------------------------------------


def address_of(name: str) -> str:
    first, last = name.lower().split()
    return f"{first}@{last}.example"


def meeting(title: str, start: datetime, *names: str, minutes: int = 45, **more: Any) -> Resource:
    """An event of the owner's with these people, all of whom accepted."""
    end = start + timedelta(minutes=minutes)
    made: Resource = {
        "summary": title,
        "start": {"dateTime": start.isoformat(), "timeZone": "Europe/Berlin"},
        "end": {"dateTime": end.isoformat(), "timeZone": "Europe/Berlin"},
    }
    if names:
        made["attendees"] = [{"email": OWNER, "responseStatus": "accepted"}] + [
            {"email": address_of(name), "displayName": name, "responseStatus": "accepted"} for name in names
        ]
    return {**made, **more}


def all_day(title: str, first: datetime, days: int = 1, **more: Any) -> Resource:
    on = first.date()
    return {
        "summary": title,
        "start": {"date": on.isoformat()},
        "end": {"date": (on + timedelta(days=days)).isoformat()},
        **more,
    }


def at(day: int, hour: int = 10, minute: int = 0, *, month: int = 3) -> datetime:
    """A moment of March 2027 in Berlin (31 days after a February's end run on: at(32) is 1 April)."""
    return datetime(2027, month, 1, hour, minute, tzinfo=BERLIN) + timedelta(days=day - 1)


def history(names: tuple[str, ...] = FRIENDS) -> list[Resource]:
    """Afternoon talks, so that every morning is free."""
    made = []
    for place, name in enumerate(names):
        last = MONDAY.replace(hour=14) - timedelta(days=68 + 2 * place)
        last -= timedelta(days=max(0, last.isoweekday() - 5))  # not at a weekend
        made += [meeting(f"{name} and Olga", last - timedelta(weeks=6 * n), name) for n in range(4)]
    return made


def world(events: list[Resource] | None = None, *, email: str = OWNER, name: str = "Olga Owner") -> dict[str, Any]:
    return {
        "user": {"email": email, "name": name},
        "timeZone": "Europe/Berlin",
        "events": history() if events is None else events,
    }


# -- The user's hand -------------------------------------------------------------------------------


@dataclass
class Hand:
    """What a person does in their calendar."""

    sandbox: SandboxServer
    email: str = OWNER

    @property
    def store(self) -> Any:
        return self.sandbox.stores[self.email]

    def adds(self, body: Mapping[str, Any]) -> str:
        return str(self.store.insert(body)["id"])

    def deletes(self, event_id: str) -> None:
        self.store.delete(event_id)

    def restores(self, event_id: str) -> None:
        """From the bin, as it was."""
        self.store.patch(event_id, {"status": "confirmed"})

    def moves(self, event_id: str, start: datetime, *, minutes: int = 30) -> None:
        times = meeting("", start, minutes=minutes)
        self.store.patch(event_id, {"start": times["start"], "end": times["end"]})

    def changes(self, event_id: str, **fields: Any) -> None:
        self.store.patch(event_id, fields)

    def invites(self, event_id: str, name: str) -> None:
        self.store.patch(event_id, {"attendees": meeting("", MONDAY, name)["attendees"]})

    def text(self, event_id: str) -> str:
        return str(self.store.get(event_id).get("description", ""))

    def rewrites(self, event_id: str, old: str, new: str, *, editor: Callable[[str], str] = lambda html: html) -> None:
        """Change words of the text as it is seen, then save it through one of Google's editors."""
        html = self.text(event_id)
        seen = editable(html)
        assert old in seen, f"{old!r} is not in {seen!r}"
        self.store.patch(event_id, {"description": editor(edited(html, seen.replace(old, new, 1)))})

    def types_below(self, event_id: str, words: str, *, editor: Callable[[str], str] = lambda html: html) -> None:
        self.rewrites(event_id, FENCE, f"{FENCE}\n{words}", editor=editor)

    def ticks(self, event_id: str, name: str, *, editor: Callable[[str], str] = lambda html: html) -> None:
        self.rewrites(event_id, f"☐ {name}", f"x {name}", editor=editor)

    def unticks(self, event_id: str, name: str) -> None:
        self.rewrites(event_id, f"x {name}", f"☐ {name}")


EDITORS = {"web": web_editor, "phone": flatten}


# -- The service and its world ---------------------------------------------------------------------


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

    def signs_in_again(self, *, without: str = "") -> None:
        self.cookie = sign_in(self.services, self.sandbox, self.services.connect.new_session(), without=without)


def tag_of(one: Resource) -> str:
    return str(one.get("extendedProperties", {}).get("private", {}).get("greenblock", ""))


def start_of(one: Resource) -> datetime:
    return datetime.fromisoformat(one["start"]["dateTime"])


def end_of(one: Resource) -> datetime:
    return datetime.fromisoformat(one["end"]["dateTime"])


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


def settings_for(sandbox: SandboxServer, folder: Path, database_url: str, *, allowed: str) -> DemoSettings:
    file = folder / "client_secret.json"
    file.write_text(json.dumps(client_secrets(sandbox.url, f"{PUBLIC}/oauth/callback")))
    return DemoSettings(
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
    folder: Path, database_url: str, *, seed: Mapping[str, Any] | None = None, allowed: str = "*"
) -> Iterator[House]:
    """Fails at the end where a request or an answer does not fit Google's discovery document."""
    clock, record = VirtualClock(MONDAY), Record()
    with ExitStack() as stack:
        sandbox = stack.enter_context(SandboxServer(seed or world(), clock=clock, wrap=record.around, view=False))
        services = build(settings_for(sandbox, folder, database_url, allowed=allowed), clock=clock)
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
