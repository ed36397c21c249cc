"""What is forgotten once a day, whether the calendar can be read or not, and what is said of it.

Entries that were cancelled before they took place say nothing of anybody's contacts: they go after a month. What did
take place is kept as long as the user wants, and is never forgotten without a line that says so. What a wrong clock
takes to be old may not be: nothing goes before there is reason to trust it.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from app.db import accounts, blocks, forgetting, memory
from app.db.accounts import Lease
from app.db.tables import AccountRow
from app.services import preferences
from app.services.faults import CLOCK_ASTRAY
from app.services.preferences import Kept, Preferences
from scheduler.timespan import Span
from scheduler.words import _, day_and_year, listed, ngettext

NEVER_HAPPENED_FOR = timedelta(days=30)
UNDONE_FOR = timedelta(days=1)
_A_DAY = timedelta(days=1)
_DAYS_TRUSTED = 7
"""Where no calendar tells the time, our clock is believed if it had us here on an earlier day, so many ago at most."""

_SERIES_LOOK_AHEAD = timedelta(days=3 * 366)


def forget_daily(account: AccountRow, lease: Lease, *, now: datetime, served_at: datetime | None) -> None:
    """With the day's first look into the calendar, which said `served_at` of the time. Where none succeeds, with
    each: there is nothing left then."""
    wishes = preferences.load(account.preferences)
    today = now.astimezone(wishes.zone_for(account.calendar_zone)).date()
    if account.rolled_on != today and _is_trusted(account, now, served_at):
        _forget(account, lease, wishes, now=now, today=today)


def _is_trusted(account: AccountRow, now: datetime, served_at: datetime | None) -> bool:
    """Whether `now` is near the truth. Unless the calendar says so, a leap of our clock (it was set wrong, or the
    machine was off for long) makes us wait for the next day; what the user has made shorter needs not wait for one."""
    if served_at is not None:
        return abs(now - served_at) <= CLOCK_ASTRAY
    if account.calls_day_at is None:
        return False
    at_least = 0 if account.rolled_on is None else 1
    return at_least <= (now - account.calls_day_at) // _A_DAY <= _DAYS_TRUSTED


def _forget(account: AccountRow, lease: Lease, wishes: Preferences, *, now: datetime, today: date) -> None:
    """One transaction. `today` is the user's; moves `synced_from` on, also in `account`, so that a full sync does not
    bring back what was forgotten. By the way, browsers and sign-ins that have expired, whoever's they were."""
    zone = wishes.zone_for(account.calendar_zone)
    with lease.db.write() as session:
        accounts.drop_expired(session, now)
        forgetting.never_happened(session, account.id, before=now - NEVER_HAPPENED_FOR)
        memory.drop_saved(session, account.id, until=now - UNDONE_FOR)
        if wishes.keep_months is None:
            lease.hold(session)
            return
        first_on = today - relativedelta(months=wishes.keep_months)
        cut = datetime.combine(first_on, time(), zone)
        touches = forgetting.touches(session, account.id, before=first_on)
        meetings = forgetting.past(session, account.id, before=cut, ahead=Span(cut, now + _SERIES_LOOK_AHEAD))
        forgetting.blocks_and_journal(session, account.id, before=cut)
        if touches or meetings:
            blocks.note(session, account.id, "forgot", _words(meetings, touches, first_on, wishes.keep_months), now)
        account.synced_from = max(account.synced_from, cut)
        account.digested_as = ""  # as nobody remembers it
        lease.hold(session, synced_from=account.synced_from, digested_as="")


def _words(meetings: int, touches: int, first_on: date, months: Kept) -> str:
    parts = []
    if meetings:
        parts.append(ngettext("{count} entry of your calendar", "{count} entries of your calendar", meetings))
    if touches:
        parts.append(ngettext("{count} contact you had told of", "{count} contacts you had told of", touches))
    return _(
        "Forgot {what} from before {day}: your settings keep them {time}.",
        what=listed(parts),
        day=day_and_year(first_on),
        time=preferences.kept_words(months),
    )
