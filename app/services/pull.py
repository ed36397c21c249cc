"""The calendar's changes -> the mirror, page by page, never planned upon before the last one is in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.clock import Clock
from app.db import mirror
from app.db.accounts import Lease
from app.db.tables import AccountRow
from app.services.digest import at_once
from app.services.recent import Recollection
from integrations.calendar import Calendar
from integrations.errors import SyncTokenExpired, Unavailable
from scheduler.words import _

_ROWS_A_COMMIT = 500  # keeps a write short: pages and other accounts wait for it


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulled:
    """`fresh`: events that were news to us. `account`: the row as it stands then."""

    fresh: int
    pages: int
    full: bool
    account: AccountRow


def pull(
    calendar: Calendar,
    account: AccountRow,
    lease: Lease,
    clock: Clock,
    recollection: Recollection,
    *,
    tell: Callable[[str], None] | None = None,
) -> Pulled:
    """Bring the mirror up to date. Raises any CalendarError; what was stored by then is stored, the token is not."""
    try:
        return _pull(calendar, account, lease, clock, recollection, tell, sync_token=account.sync_token)
    except SyncTokenExpired:
        return _pull(calendar, account, lease, clock, recollection, tell, sync_token=None)


def _pull(
    calendar: Calendar,
    account: AccountRow,
    lease: Lease,
    clock: Clock,
    recollection: Recollection,
    tell: Callable[[str], None] | None,
    *,
    sync_token: str | None,
) -> Pulled:
    full = sync_token is None
    # A full sync is a generation of its own: what it does not bring back is older afterwards.
    generation = account.sync_generation + 1 if full else account.sync_generation
    account.sync_generation = generation
    fresh = pages = read = 0
    zone = account.calendar_zone
    complete = None
    for page in calendar.changes(sync_token=sync_token, since=account.synced_from):
        pages += 1
        read += len(page.events)
        zone = page.zone or zone
        last = page.sync_token is not None
        now = clock()
        with lease.db.read() as session:
            news = mirror.news_of_page(
                session, account.id, page.events, generation=generation, now=now, first_read=account.synced_at is None
            )
        fresh += len(news.fresh)
        *before, rest = news.pieces(_ROWS_A_COMMIT)
        for piece in before:
            with lease.db.write() as session:
                mirror.store_news(session, account.id, piece, generation=generation)
                # Written with the first piece: a crash after it must not let two generations share a number.
                lease.hold(session, sync_generation=generation, digest_due=True)
        digested = None if before else at_once(account, rest, now=now)
        with lease.db.write() as session:
            mirror.store_news(session, account.id, rest, generation=generation)
            if digested is not None:
                mirror.write_turns(session, account.id, digested.known, digested.rows)
            values: dict[str, object] = {"read_events": read, "sync_generation": generation}
            gone = 0
            if last:
                if full:
                    gone = mirror.vanish_unseen(
                        session, account.id, generation=generation, since=account.synced_from, now=now
                    )
                if zone != account.calendar_zone:
                    values |= {"calendar_zone": zone, "plan_due": True}
                values |= {"sync_token": page.sync_token, "synced_at": now}
            if digested is not None:
                values |= {"digested_as": digested.digested_as, "plan_due": True}
            if gone or (news.fresh and digested is None):
                values["digest_due"] = True
            current = lease.hold_and_read(session, **values)
            complete = current if last else None
        if digested is not None:
            recollection.replaced(digested.groups, digested.rows, digested.digested_as)
        if tell is not None:
            tell(_("{read} entries read", read=read))
    if complete is None:
        raise Unavailable(_("The calendar's answer ended before its last page."), reason="incompletePull")
    return Pulled(fresh=fresh, pages=pages, full=full, account=complete)
