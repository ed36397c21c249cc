"""One run for one account: pull -> digest -> plan -> push, under the lease. Level-triggered.

It compares what should be with what is and remembers nothing of what it was about to do, so a crash anywhere is mended
by the next run, and a second run changes nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from app.clock import Clock
from app.db import accounts, counts
from app.db.accounts import Lease, LeaseLost
from app.db.engine import Database
from app.db.tables import AccountRow
from app.db.trouble import Unwritable
from app.languages import language
from app.services import preferences
from app.services.faults import NEEDS_THE_USER, ClockAstray, Fault, back_off, fault_of
from app.services.links import Links
from app.services.quota import Quota
from app.services.recent import Recent
from app.services.retention import forget_daily
from app.services.run import Report, Run
from app.services.watch import GAP, Watch
from integrations.calendar import Calendar
from integrations.errors import RateLimited
from scheduler.words import _, speaking

log = logging.getLogger("greenblock.refresh")

_BETWEEN_TRIES = timedelta(seconds=0.2)
_A_DAY = timedelta(days=1)
"""Between two looks at an account whose calendar cannot be read before its user has done something."""


class Refresh:
    """`calendar` opens an account's calendar; `jitter` gives numbers in [0, 1) that spread the load."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        calendar: Callable[[AccountRow], AbstractContextManager[Calendar]],
        watch: Watch,
        quota: Quota,
        links: Links,
        links_in_text: bool,
        refresh_seconds: int,
        jitter: Callable[[], float],
        pause_for: Callable[[float], object] = time.sleep,
    ) -> None:
        self._db = db
        self._clock = clock
        self._calendar = calendar
        self._watch = watch
        self._quota = quota
        self._links = links
        self._links_in_text = links_in_text
        self._every = timedelta(seconds=refresh_seconds)
        self._jitter = jitter
        self._pause_for = pause_for
        self._recent = Recent()

    def __call__(
        self,
        account_id: int,
        *,
        dry_run: bool = False,
        at: datetime | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> Report:
        """Never raises for what a calendar or the network may do; the account row and the report tell of it.

        `at` plans as if it were that time; what is read is still read now, so no entry is taken to have happened that
        has not. `tell` hears how far it is, in words.
        """
        try:
            return self._once(account_id, dry_run=dry_run, at=at, tell=tell)
        except Unwritable as error:  # not even that it failed can be stored; the account stays due
            log.warning("refresh_not_stored", extra={"account": account_id, "fault": error.trouble.value})
            return Report(ran=True, fault=fault_of(error), error=str(error))

    def _once(
        self, account_id: int, *, dry_run: bool, at: datetime | None, tell: Callable[[str], None] | None
    ) -> Report:
        lease = Lease(self._db, account_id)
        account = lease.take()
        if account is None:
            return self._kept_out(account_id)
        if account.connection != "connected":
            return self._without_calendar(account, lease, dry_run=dry_run)
        later = self._quota.wait_until(asked=_was_asked(account))
        if later is not None:
            lease.close(next_refresh_at=later)
            log.info("refresh_waits", extra={"account": account_id, "reason": "allowance"})
            return Report(
                ran=False, busy=True, error=_("This service's allowance at Google is spent. Try again later.")
            )
        report = Report(ran=True)
        made: list[Calendar] = []
        try:
            with _in_words_of(account):
                report, replan_at = self._opened(made, account, lease, dry_run=dry_run, at=at, tell=tell)
        except LeaseLost:
            log.warning("lease_lost", extra={"account": account_id})
            return Report(ran=True, error=_("Another run has taken over."))
        except Exception as error:
            return self._failed(account, lease, error, self._called(account, made))
        if dry_run:
            # A look changes nothing about when the next real run is due.
            lease.close(next_refresh_at=account.next_refresh_at)
        else:
            next_refresh_at = self._next(account, replan_at)
            lease.close(
                next_refresh_at=next_refresh_at,
                pushed_refresh_at=min(next_refresh_at, _started_at(account) + GAP),
                replan_at=replan_at,
                failures=0,
                last_error=None,
                **self._called(account, made),
            )
        log.info("refreshed", extra={"account": account_id, "fresh": report.fresh, "changes": len(report.changes)})
        return report

    def forget(self, account_id: int) -> None:
        """What this process has in mind of an account that was erased."""
        self._recent.forget(account_id)

    def in_turn(
        self,
        account_id: int,
        *,
        patience: timedelta,
        dry_run: bool = False,
        at: datetime | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> Report:
        """A whole run that begins after this call. As long as `patience` lasts, what keeps it busy is waited for."""
        for _attempt in range(1 + patience // _BETWEEN_TRIES):
            report = self(account_id, dry_run=dry_run, at=at, tell=tell)
            if not report.busy:
                break
            self._pause_for(_BETWEEN_TRIES.total_seconds())
        return report

    def _opened(
        self,
        made: list[Calendar],
        account: AccountRow,
        lease: Lease,
        *,
        dry_run: bool,
        at: datetime | None,
        tell: Callable[[str], None] | None,
    ) -> tuple[Report, datetime | None]:
        """`made` is given the calendar. What is old is forgotten also where it cannot be opened or read."""
        try:
            with self._calendar(account) as calendar:
                made.append(calendar)
                if not dry_run:
                    self._watch.keep(calendar, account, lease)
                run = Run(
                    db=self._db,
                    clock=self._clock,
                    calendar=calendar,
                    account=account,
                    lease=lease,
                    recollection=self._recent.take(account.id),
                    links=self._links,
                    links_in_text=self._links_in_text,
                    dry_run=dry_run,
                )
                done = run(at=at, tell=tell)
                self._recent.keep(account.id, run.recollection)
                return done
        except (LeaseLost, ClockAstray):
            raise
        except Exception:
            if not dry_run and at is None:
                served_at = made[0].served_at if made else None
                forget_daily(account, lease, now=self._clock(), served_at=served_at)
            raise

    def _kept_out(self, account_id: int) -> Report:
        with self._db.read() as session:
            found = accounts.get(session, account_id)
        if found is not None and found.connection == "connected":
            return Report(ran=False, busy=True, error=_("Another refresh of this account is running. Try again later."))
        return _not_connected()

    def _without_calendar(self, account: AccountRow, lease: Lease, *, dry_run: bool) -> Report:
        """What is old is forgotten all the same, day by day."""
        try:
            if not dry_run:
                with _in_words_of(account):
                    forget_daily(account, lease, now=self._clock(), served_at=None)
        except LeaseLost:
            log.warning("lease_lost", extra={"account": account.id})
            return _not_connected()
        if dry_run:
            lease.close(next_refresh_at=account.next_refresh_at)
        else:
            lease.close(next_refresh_at=self._clock() + _A_DAY, **self._called(account, []))
        return _not_connected()

    def _next(self, account: AccountRow, replan_at: datetime | None) -> datetime:
        """When to look again: sooner in working hours without push, spread a little, and not after the next planned
        change."""
        now = self._clock()
        wishes = preferences.load(account.preferences)
        local = now.astimezone(wishes.zone_for(account.calendar_zone))
        working = local.isoweekday() in wishes.work_days and wishes.work_start <= local.time() < wishes.work_end
        told = account.push_until is not None and now < account.push_until
        wait = self._every * (4 if told or not working else 1) * (0.95 + 0.05 * self._jitter())
        return min(now + wait, max(replan_at, now + timedelta(seconds=1))) if replan_at else now + wait

    def _called(self, account: AccountRow, calendars: list[Calendar]) -> dict[str, Any]:
        """For the account's row: how many requests this run has made."""
        day_at = self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        return counts.called(account, day_at, sum(calendar.requests for calendar in calendars))

    def _failed(self, account: AccountRow, lease: Lease, error: Exception, values: dict[str, Any]) -> Report:
        fault = fault_of(error, consented_at=account.consented_at, now=self._clock())
        failures = account.failures + 1
        if fault is Fault.OURS:
            log.error("refresh_broke", exc_info=error, extra={"account": account.id})
        else:
            log.warning("refresh_failed", extra={"account": account.id, "fault": fault.value})
        wait = back_off(
            failures,
            jitter=self._jitter(),
            retry_after=error.retry_after if isinstance(error, RateLimited) else None,
            reason=error.reason if isinstance(error, RateLimited) else "",
        )
        lost = fault in NEEDS_THE_USER
        if lost:
            values = {**values, "connection": "lost"}
        lease.close(
            next_refresh_at=self._clock() + (_A_DAY if lost else wait),
            failures=failures,
            last_error=fault.value,
            **values,
        )
        return Report(ran=True, fault=fault, error=str(error))


def _in_words_of(account: AccountRow) -> AbstractContextManager[None]:
    return speaking(language(preferences.load(account.preferences).language))


def _not_connected() -> Report:
    return Report(ran=False, error=_("The calendar is not connected. Open the service's address and press Connect."))


def _started_at(account: AccountRow) -> datetime:
    assert account.started_at is not None  # whoever has the lease has started
    return account.started_at


def _was_asked(account: AccountRow) -> bool:
    """Whether somebody waits for this run, rather than the time alone having come."""
    if account.requested_at is None:
        return False
    return account.synced_at is None or account.requested_at > account.synced_at
