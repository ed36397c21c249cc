"""What every action has: one transaction, a refresh asked for in it, and the user's own day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.chance import Chance, system_chance
from app.clock import Clock
from app.db import accounts, people
from app.db.engine import Database
from app.db.tables import AccountRow, ContactRow
from app.errors import NotFound
from app.services import preferences
from app.services.links import Links
from scheduler.words import _


class Acting:
    """Every method takes the signed-in account's id first, and changes nothing of any other account."""

    def __init__(
        self, *, db: Database, clock: Clock, links: Links, wake: Callable[[int], None], chance: Chance = system_chance
    ) -> None:
        self._db = db
        self._clock = clock
        self._links = links
        self._wake = wake
        self._chance = chance

    @contextmanager
    def _change(self, account_id: int, *, plan: bool = True) -> Iterator[tuple[Session, AccountRow]]:
        """One transaction, and a refresh asked for in it. Raises NotFound."""
        with self._db.write() as session:
            account = accounts.get(session, account_id)
            if account is None:
                raise NotFound()
            yield session, account
            session.flush()
            accounts.request_refresh(session, account_id, self._db.now(session), plan=plan)
        self._wake(account_id)

    def _zone(self, account: AccountRow) -> ZoneInfo:
        return preferences.load(account.preferences).zone_for(account.calendar_zone)

    def _today(self, account: AccountRow) -> date:
        return self._clock().astimezone(self._zone(account)).date()


def contact_of(session: Session, account_id: int, contact_id: int) -> ContactRow:
    """The person, for a merged row the one they were merged into. Raises NotFound."""
    row = people.contact(session, account_id, contact_id)
    if row is None:
        raise NotFound(_("There is no such person, or they are not yours. Go back to People."))
    return row
