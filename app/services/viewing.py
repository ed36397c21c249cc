"""What every view has: the account, its zone and day, and the frame of the page."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.clock import Clock
from app.db import accounts, people
from app.db.engine import Database
from app.db.tables import AccountRow
from app.errors import NotFound
from app.services import preferences
from app.services.links import Links
from app.services.people_model import Banner, Frame
from app.services.standing_faults import StandingFaults


class Viewing:
    """Every method takes the signed-in account's id first, and sees nothing of any other account."""

    def __init__(self, *, db: Database, clock: Clock, links: Links, standing: StandingFaults) -> None:
        self._db = db
        self._clock = clock
        self._links = links
        self._standing = standing

    def _today(self, account: AccountRow) -> date:
        return self._clock().astimezone(zone_of(account)).date()

    def _frame(self, account: AccountRow) -> Frame:
        wishes = preferences.load(account.preferences)
        standing = next(iter(self._standing.of_account(account)), None)
        banner = None
        if standing is not None:
            words = standing.words
            banner = Banner(code=standing.fault.value, text=words.text, action=words.action, href=words.href)
        return Frame(
            email=account.email,
            banner=banner,
            paused=wishes.paused_on(self._today(account)),
            paused_until=None if wishes.paused else wishes.paused_until,
            today=self._today(account),
        )


def account_of(session: Session, account_id: int) -> AccountRow:
    account = accounts.get(session, account_id)
    if account is None:
        raise NotFound()
    return account


def zone_of(account: AccountRow) -> ZoneInfo:
    return preferences.load(account.preferences).zone_for(account.calendar_zone)


def addresses_of(session: Session, account_id: int) -> dict[int, list[str]]:
    """Contact id -> addresses, those of merged rows with the person they belong to."""
    who = people.survivors(people.everybody(session, account_id))
    found: dict[int, list[str]] = {}
    for address, contact_id in people.addresses(session, account_id).items():
        found.setdefault(who[contact_id], []).append(address)
    return found
