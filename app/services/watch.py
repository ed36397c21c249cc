"""Push: channels are opened, renewed and stopped; a notification brings the next refresh forward, and nothing else.

A push is a hint. It can come twice, late, forged or never, so the account is looked at from time to time all the same:
less often while push works, which is what `push_until` of the account row says.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from app.chance import Chance
from app.clock import Clock
from app.db import accounts, channels
from app.db.accounts import Lease
from app.db.channels import Told
from app.db.engine import Database
from app.db.tables import AccountRow
from app.db.tables_google import ChannelRow
from integrations.calendar import Calendar, Channel
from integrations.errors import CalendarError
from integrations.google.push import SYNC, Notification

log = logging.getLogger("greenblock.watch")

LASTS = timedelta(days=7)
RENEWED_AFTER = 0.8
"""Of a channel's life, spread by up to a tenth of it: the new one is open long before the old one ends."""
ASKED_AGAIN_AFTER = timedelta(hours=6)
"""Where the calendar would not open one. Polling goes on meanwhile, so there is no hurry."""
GAP = timedelta(seconds=30)
"""Between the starts of two refreshes that pushes ask for: a storm of them costs an account two refreshes, the first
at once, and one after the gap for all the rest."""


class Watch:
    """`address`: where the calendar may post to; None where it could not reach us."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        address: str | None,
        chance: Chance,
        wake: Callable[[int], None],
    ) -> None:
        self._db = db
        self._clock = clock
        self._address = address
        self._chance = chance
        self._wake = wake

    # -- Channels, in a run of their account -------------------------------------------------------------------------

    def keep(self, calendar: Calendar, account: AccountRow, lease: Lease) -> None:
        """See to it that one channel to us is open, and no other. Raises LeaseLost only: without push there is polling.

        Before the pull, so that no change falls between what was read and what is told.
        """
        now = self._clock()
        if not self._is_due(account, now):
            return
        with self._db.read() as session:
            old = channels.of_account(session, account.id)
        if self._address is None:
            stop(calendar, account.id, old)
            with self._db.write() as session:
                channels.drop(session, [row.id for row in old])
                lease.hold(session, watch_at=None, push_until=None)
        elif self._open(calendar, account.id, lease, self._address, now):
            stop(calendar, account.id, old)
            with self._db.write() as session:
                channels.drop(session, [row.id for row in old])
                lease.hold(session)

    def _is_due(self, account: AccountRow, now: datetime) -> bool:
        if account.watch_at is None:
            return self._address is not None
        # Further ahead than any channel lives: that was set by a clock that was wrong.
        return not now < account.watch_at <= now + LASTS

    def _open(self, calendar: Calendar, account_id: int, lease: Lease, address: str, now: datetime) -> bool:
        """The row is there before the call: the first message may overtake its answer, and an answer that is lost
        leaves a channel whose messages are believed all the same, until the next attempt."""
        token = self._chance.randbytes(32).hex()
        row = ChannelRow(
            id=self._chance.randbytes(16).hex(),
            account_id=account_id,
            token_hash=hashed(token),
            address=address,
            expires_at=now + LASTS,
        )
        with self._db.write() as session:
            session.add(row)
            lease.hold(session, watch_at=now + ASKED_AGAIN_AFTER * (1 + self._chance.random()))
        try:
            made = calendar.watch(row.id, token=token, address=address, lasts=LASTS)
        except CalendarError as error:
            log.warning("watch_failed", extra={"account": account_id, "reason": error.reason or type(error).__name__})
            return False
        renew_after = (made.expires_at - now) * (RENEWED_AFTER + 0.1 * self._chance.random())
        with self._db.write() as session:
            channels.opened(session, row.id, made.resource_id, made.expires_at)
            lease.hold(session, watch_at=now + renew_after)
        return True

    # -- Notifications -----------------------------------------------------------------------------------------------

    def heard(self, notification: Notification) -> bool:
        """Whether it is one of ours; if so, the account is looked at soon."""
        with self._db.read() as session:
            found = channels.told(session, notification.channel_id)
            now = self._db.now(session)
        # Compared also where there is nothing to compare with, so that the answer takes as long.
        right = hmac.compare_digest(found.token_hash if found else "", hashed(notification.token))
        if found is None or not right:
            return False
        if found.resource_id is not None and found.resource_id != notification.resource_id:
            return False
        if found.push_until is None or found.push_until < found.expires_at:
            with self._db.write() as session:
                channels.works(session, found.account_id, found.expires_at)
        at = max(now, found.started_at + GAP) if found.started_at else now
        if notification.state != SYNC and _is_news(found, now, at):
            with self._db.write() as session:
                accounts.hint(session, found.account_id, now, at)
            if at == now:
                self._wake(found.account_id)
        return True


def _is_news(found: Told, now: datetime, at: datetime) -> bool:
    """Whether a refresh at `at` is sooner than what is planned anyway. Most of a storm is not, and costs no write."""
    if found.connection != "connected" or found.failures:
        return False  # nobody may look, or the calendar has asked us to wait
    if found.lease_until is not None and found.lease_until > now:  # a run may have read before this change
        return found.pushed_at is None or found.started_at is None or found.pushed_at < found.started_at
    return found.next_refresh_at is not None and found.next_refresh_at > at


def stop(calendar: Calendar, account_id: int, rows: Sequence[ChannelRow]) -> None:
    """As far as the calendar lets us. One that lives on speaks to nobody: its row is gone."""
    for row in rows:
        if row.resource_id is None:
            continue
        try:
            calendar.stop(Channel(id=row.id, resource_id=row.resource_id, expires_at=row.expires_at))
        except CalendarError as error:
            log.info("stop_failed", extra={"account": account_id, "reason": error.reason or type(error).__name__})


def hashed(token: str) -> str:
    """How tokens of channels are kept."""
    return hashlib.sha256(token.encode()).hexdigest()
