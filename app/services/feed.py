"""The blocks at a secret address, as other calendars read them (RFC 5545). Nothing changes by reading."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, vDuration, vText, vUri
from sqlalchemy.orm import Session

from app.clock import Clock
from app.db import accounts, blocks, feeds
from app.db.engine import Database
from app.db.rowtext import load_rule
from app.db.tables import AccountRow, BlockRow, ContactRow
from app.errors import NotFound
from app.languages import language
from app.services import preferences
from app.services.links import Links
from app.services.state import key_of
from scheduler.model import Rule, ShowAs
from scheduler.richtext import tidy
from scheduler.words import _, listed, switch

BACK = timedelta(weeks=4)
"""How long blocks stay in it after they have passed."""
EVERY = timedelta(hours=1)
"""How often calendars are asked to look."""
_LONGEST_NAME = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """The file, and its entity tag: the same content has the same one."""

    body: bytes
    etag: str


class FeedReading:
    def __init__(self, *, db: Database, clock: Clock, links: Links) -> None:
        self._db = db
        self._clock = clock
        self._links = links

    def __call__(self, token: str) -> Feed:
        """Raises NotFound for an address that is not, or no longer, in force."""
        named = self._links.read_feed(token)
        if named is None:
            raise NotFound()
        account_id, key = named
        since = self._clock() - BACK
        with self._db.read() as session:
            row, account = feeds.feed(session, account_id), accounts.get(session, account_id)
            if row is None or account is None or row.key != key:
                raise NotFound()
            return self._read(session, account, since=since, names=row.names)

    def download(self, account_id: int) -> Feed:
        """All blocks that are still known, with their people: for the user's own hands."""
        with self._db.read() as session:
            account = accounts.get(session, account_id)
            if account is None:
                raise NotFound()
            return self._read(session, account, since=account.created_at, names=True)

    def _read(self, session: Session, account: AccountRow, *, since: datetime, names: bool) -> Feed:
        rules = {one.key: load_rule(one.body) for one in blocks.rules(session, account.id)}
        shown = feeds.blocks_shown(session, account.id, since=since)
        people = feeds.people_in(session, account.id, since=since) if names else {}
        switch(language(preferences.load(account.preferences).language))
        body = self._file(account, shown, rules, people)
        return Feed(body=body, etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"')

    def _file(
        self,
        account: AccountRow,
        shown: Sequence[BlockRow],
        rules: Mapping[str, Rule],
        people: Mapping[int, Sequence[ContactRow]],
    ) -> bytes:
        calendar = Calendar()
        calendar.add("version", "2.0")
        calendar.add("prodid", "-//Greenblock//Blocks//EN")
        for name in ("name", "x-wr-calname"):  # RFC 7986, and what came before it
            calendar.add(name, _("Green blocks"))
        calendar.add("refresh-interval", vDuration(EVERY), parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", vDuration(EVERY))
        for row in shown:
            url = self._links.url(account.id, key_of(row))
            calendar.add_component(_event(row, account, rules.get(row.rule), people.get(row.id, ()), url))
        made: bytes = calendar.to_ical()
        return made


def _event(row: BlockRow, account: AccountRow, rule: Rule | None, people: Sequence[ContactRow], url: str) -> Event:
    """Times in UTC: a block is one moment, so no zone has to be explained. Stamps tell when it last changed, so that
    the same block is the same bytes."""
    changed = (row.changed_at or account.created_at).astimezone(UTC)
    names = [name for one in people if (name := tidy(one.name, _LONGEST_NAME))]
    event = Event()
    event.add("uid", f"{row.event_id}@greenblock")
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("sequence", row.revision)
    event.add("dtstart", row.starts_at.astimezone(UTC))
    event.add("dtend", row.ends_at.astimezone(UTC))
    event.add("summary", vText("Green block" + (f": {listed(names)}" if names else "")))
    event.add("url", vUri(url))
    event.add("status", "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT" if rule is not None and rule.show_as is ShowAs.FREE else "OPAQUE")
    return event
