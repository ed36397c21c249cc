"""The account row: who, and the schedule, the lock and the back-off of their refreshes. Sessions and sign-ins too."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Delete, Select, Table, Update, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.db.engine import Database, Instant, Moment, rows_changed
from app.db.gather import made
from app.db.prepared import parameter, prepared, typed
from app.db.tables import AccountRow, InstallationRow, SessionRow, SignInRow
from app.errors import GreenblockError

LEASE_FOR = timedelta(seconds=90)
"""Renewed at every page and every write, so it must outlast one silent call to the calendar (30 s, sent again once);
after a kill nobody waits longer than this."""

NOBODY_WAITS = timedelta(days=2)
"""The longest wait that is meant is a day, where the calendar cannot be read."""

_SOON = timedelta(seconds=50)

_ACCOUNTS = cast(Table, AccountRow.__table__)
_IT = _ACCOUNTS.c
_SESSIONS, _SIGN_INS = cast(Table, SessionRow.__table__), cast(Table, SignInRow.__table__)

Made = TypeVar("Made")

_TAKEN_OVER = "Another run has taken over this account."


class LeaseLost(GreenblockError):
    """Another run has the account now; this one must stop at once."""


class Lease:
    """The right to work on one account. `hold` renews it inside the transaction whose work it guards."""

    def __init__(self, db: Database, account_id: int) -> None:
        self.db = db
        self.account_id = account_id
        self.id = secrets.token_hex(8)
        self._answering: datetime | None = None  # the last request that we know of

    def take(self) -> AccountRow | None:
        """Compare-and-set: the row if nobody else works on it, connected or not."""
        with self.db.write() as session:
            taking = _taking(
                this=self.account_id, by=self.id, now=self.db.now_within(), until=self.db.now_within(later=LEASE_FOR)
            )
            taken = _row(session, *taking)
            self._answering = taken.requested_at if taken is not None else None
            return taken

    def asked_since(self, session: Session) -> bool:
        """Whether a request came in after we had begun: our plan may not know what was asked."""
        return bool(session.scalar(*_asked_since(this=self.account_id, answering=self._answering)))

    def asked(self) -> ColumnElement[bool]:
        """The same as a value that `hold` takes."""
        return _ASKED

    def hold(self, session: Session, **values: Any) -> None:
        """Renew, and set columns of the account row by the way. Raises LeaseLost, which rolls the caller back."""
        if rows_changed(session.execute(*self._renewal(_renewing, values))) == 0:
            raise LeaseLost(_TAKEN_OVER)

    def hold_and_read(self, session: Session, **values: Any) -> AccountRow:
        """The same, and the row as it then stands, with what others have set meanwhile."""
        renewed = _row(session, *self._renewal(_renewing_and_reading, values))
        if renewed is None:
            raise LeaseLost(_TAKEN_OVER)
        return renewed

    def _renewal(self, renewing: Callable[..., Made], values: dict[str, Any]) -> Made:
        return renewing(
            this=self.account_id,
            by=self.id,
            answering=self._answering,
            now=self.db.now_within(),
            lease_until=self.db.now_within(later=LEASE_FOR),
            **values,
        )

    def close(
        self, *, next_refresh_at: datetime | None, pushed_refresh_at: datetime | None = None, **values: Any
    ) -> None:
        """Give the lease back. A request that came in after we started makes the next run due now, a push that did
        makes it due at `pushed_refresh_at`, where given."""
        with self.db.write() as session:
            closing = _closing(
                this=self.account_id,
                by=self.id,
                answering=self._answering,
                now=self.db.now_within(),
                planned=next_refresh_at,
                pushed=pushed_refresh_at or next_refresh_at,
                **values,
            )
            session.execute(*closing)


_ASKED: ColumnElement[bool] = _IT.requested_at.is_distinct_from(parameter("answering"))
"""Another request than the one that this run began with. Which is later is not asked: clocks are set back."""


@prepared
def _taking(*, this: int, by: str, now: Moment, until: Moment) -> Update:
    return (
        update(_ACCOUNTS)
        .where(_IT.id == this, or_(_IT.lease_until.is_(None), _IT.lease_until <= now))
        .values(lease_id=by, lease_until=until, started_at=now)
        .returning(*_IT)
    )


@prepared
def _asked_since(*, this: int, answering: datetime | None) -> Select[bool]:
    return select(_ASKED).where(_IT.id == this).with_for_update()


def _renewed(*, this: int, by: str, answering: datetime | None, now: Moment, **values: Any) -> Update:
    return update(_ACCOUNTS).where(_IT.id == this, _IT.lease_id == by, _IT.lease_until > now).values(values)


_renewing = prepared(_renewed)


@prepared
def _renewing_and_reading(**given: Any) -> Update:
    return _renewed(**given).returning(*_IT)


@prepared
def _closing(
    *,
    this: int,
    by: str,
    answering: datetime | None,
    now: Moment,
    planned: datetime | None,
    pushed: datetime | None,
    **values: Any,
) -> Update:
    next_refresh_at = case(
        (_ASKED, typed(now, Instant)),
        (_IT.pushed_at >= _IT.started_at, typed(pushed, Instant)),
        else_=typed(planned, Instant),
    )
    return (
        update(_ACCOUNTS)
        .where(_IT.id == this, _IT.lease_id == by)
        .values(lease_id=None, lease_until=None, next_refresh_at=next_refresh_at, **values)
    )


def _row(session: Session, changing: Update, values: dict[str, Any]) -> AccountRow | None:
    """The one row that this changes, as it then stands and in no session; None where it changes none."""
    return next(iter(made(AccountRow, session.execute(changing, values).all())), None)


def drop_leases(session: Session) -> None:
    """For whoever knows that nobody works on any account: the leases are those of processes that were killed."""
    session.execute(update(AccountRow).where(AccountRow.lease_id.is_not(None)).values(lease_id=None, lease_until=None))


def due_accounts(session: Session, now: datetime, *, limit: int = 100) -> list[int]:
    """Ids of the accounts whose time has come and on which nobody works, longest waiting first. Those that are not
    connected too: what is old is forgotten there as well."""
    return list(session.scalars(due_statement(now, limit=limit)))


def due_statement(now: datetime, *, limit: int) -> Select[int]:
    return (
        select(AccountRow.id)
        .where(
            AccountRow.next_refresh_at <= now,
            or_(AccountRow.lease_until.is_(None), AccountRow.lease_until <= now),
        )
        .order_by(AccountRow.next_refresh_at)
        .limit(limit)
    )


def astray(session: Session, now: datetime) -> bool:
    """Whether any account would be waited for longer than anybody ever means to: a clock was wrong when it was set."""
    return session.scalar(astray_statement(now)) is not None


def astray_statement(now: datetime) -> Select[int]:
    return select(AccountRow.id).where(AccountRow.next_refresh_at > now + NOBODY_WAITS).limit(1)


def bring_forward(session: Session, now: datetime) -> None:
    """Those come soon, but not at once: with two clocks that stay apart they would be due for ever."""
    session.execute(
        update(AccountRow)
        .where(AccountRow.next_refresh_at > now + NOBODY_WAITS)
        .values(next_refresh_at=now + _SOON)
        .execution_options(synchronize_session=False)
    )


def swept(session: Session, now: datetime) -> None:
    """Somebody has just looked for accounts that are due."""
    session.execute(update(InstallationRow).values(swept_at=now))


def swept_at(session: Session) -> datetime | None:
    return session.scalar(select(InstallationRow.swept_at))


def request_refresh(session: Session, account_id: int, now: datetime, *, plan: bool = True) -> None:
    """Bring the next refresh forward to now; also when one is running (its closing update keeps the request)."""
    values: dict[str, Any] = {"requested_at": now, "next_refresh_at": now}
    if plan:
        values["plan_due"] = True
    session.execute(*_setting(this=account_id, **values))


@prepared
def _setting(*, this: int, **values: Any) -> Update:
    return update(_ACCOUNTS).where(_IT.id == this).values(values)


def hint(session: Session, account_id: int, now: datetime, at: datetime) -> None:
    """Word that the calendar has changed: the next refresh comes forward to `at`. A running one is told, too."""
    session.execute(*_hinting(this=account_id, now=now, at=at))


@prepared
def _hinting(*, this: int, now: datetime, at: datetime) -> Update:
    sooner = case((_IT.next_refresh_at > at, typed(at, Instant)), else_=_IT.next_refresh_at)
    return update(_ACCOUNTS).where(_IT.id == this).values(pushed_at=now, next_refresh_at=sooner)


def get(session: Session, account_id: int) -> AccountRow | None:
    return session.get(AccountRow, account_id)


def by_subject(session: Session, issuer: str, subject: str) -> AccountRow | None:
    return session.scalars(
        select(AccountRow).where(AccountRow.issuer == issuer, AccountRow.subject == subject)
    ).one_or_none()


def by_email(session: Session, email: str) -> AccountRow | None:
    return session.scalars(select(AccountRow).where(func.lower(AccountRow.email) == email.lower())).first()


def every(session: Session) -> list[AccountRow]:
    return list(session.scalars(select(AccountRow).order_by(AccountRow.id)))


def states(session: Session) -> list[tuple[str, str | None, int | None, int]]:
    """Of every account: connection, last error, clock off, other blocks."""
    columns = (AccountRow.connection, AccountRow.last_error, AccountRow.clock_off, AccountRow.other_blocks)
    return [(a, b, c, d) for a, b, c, d in session.execute(select(*columns))]


def set_clock_off(session: Session, account_id: int, seconds: int | None) -> None:
    session.execute(*_setting(this=account_id, clock_off=seconds))


def set_token(session: Session, account_id: int, token: bytes, *, before: bytes) -> None:
    """In place of the one that stood there `before`; where somebody has reconnected meanwhile, theirs stays."""
    session.execute(*_setting_token(this=account_id, before=before, new=token))


@prepared
def _setting_token(*, this: int, before: bytes, new: bytes) -> Update:
    return update(_ACCOUNTS).where(_IT.id == this, _IT.token == before).values(token=new)


def any_account(session: Session) -> bool:
    return session.scalar(select(AccountRow.id).limit(1)) is not None


def hold_the_door(session: Session) -> None:
    """Until this transaction ends nobody else may join: two who come at once would both find that they are the first.
    On SQLite who writes is alone anyway."""
    session.execute(select(InstallationRow.id).with_for_update())


def installation(session: Session) -> InstallationRow | None:
    return session.scalars(select(InstallationRow)).one_or_none()


# -- Browsers ----------------------------------------------------------------------------------------


def add_session(session: Session, id_hash: str, account_id: int | None, now: datetime, lasts: timedelta) -> None:
    session.add(SessionRow(id_hash=id_hash, account_id=account_id, created_at=now, expires_at=now + lasts))


def find_session(session: Session, id_hash: str, now: datetime) -> SessionRow | None:
    row = session.get(SessionRow, id_hash)
    return row if row is not None and row.expires_at > now else None


def find_visitor(session: Session, id_hash: str, now: datetime) -> tuple[SessionRow, dict[str, Any]] | None:
    """The same, with what its account's user set about themselves; every page asks this, so it is one question."""
    found = session.execute(*_visitor(id_hash=id_hash, now=now)).one_or_none()
    return None if found is None else (found[0], found[1] or {})


@prepared
def _visitor(*, id_hash: str, now: datetime) -> Select[SessionRow, dict[str, Any]]:
    asked = select(SessionRow, AccountRow.preferences).outerjoin(AccountRow, AccountRow.id == SessionRow.account_id)
    return asked.where(SessionRow.id_hash == id_hash, SessionRow.expires_at > now)


def drop_session(session: Session, id_hash: str) -> None:
    session.execute(delete(SessionRow).where(SessionRow.id_hash == id_hash))


def roll_session(session: Session, id_hash: str, until: datetime) -> None:
    session.execute(update(SessionRow).where(SessionRow.id_hash == id_hash).values(expires_at=until))


def sign_everybody_out(session: Session) -> None:
    """Sign-ins under way included: they hang on their sessions."""
    session.execute(delete(SessionRow))


def drop_expired(session: Session, now: datetime) -> None:
    session.execute(*_expired_sessions(now=now))
    session.execute(*_expired_sign_ins(until=now - timedelta(hours=1)))


@prepared
def _expired_sessions(*, now: datetime) -> Delete:
    return delete(_SESSIONS).where(_SESSIONS.c.expires_at <= now)


@prepared
def _expired_sign_ins(*, until: datetime) -> Delete:
    return delete(_SIGN_INS).where(_SIGN_INS.c.created_at <= until)


def begin_sign_in(session: Session, row: SignInRow) -> None:
    session.add(row)


def back_of(session: Session, state_hash: str, session_hash: str) -> str:
    row = session.get(SignInRow, state_hash)
    return row.back if row is not None and row.session_hash == session_hash else ""


def take_sign_in(session: Session, state_hash: str, session_hash: str) -> SignInRow | None:
    """The sign-in that this very browser began, and remove it: it works once."""
    row = session.get(SignInRow, state_hash)
    if row is None or row.session_hash != session_hash:
        return None
    session.delete(row)
    return row
