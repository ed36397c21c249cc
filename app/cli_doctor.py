"""`greenblock doctor`: each check is one plain line, with the mend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from app.cli_worker import workers_at_work
from app.clock import system_clock
from app.config import Settings, load_settings
from app.db import accounts
from app.db.engine import Database, missing_file
from app.db.schema import revisions
from app.db.tables import AccountRow
from app.db.trouble import WORDS as TROUBLE_WORDS
from app.errors import GreenblockError
from app.keys import Keys
from app.services.standing_faults import of_account, overdue
from app.wiring import provider_of
from integrations.errors import CalendarError
from integrations.google import oauth


def run_doctor(say: Callable[[str], None]) -> bool:
    """True where everything is well."""
    well = True

    def line(name: str, problem: str | None, fine: str) -> None:
        nonlocal well
        well = well and problem is None
        say(f"{'ok   ' if problem is None else 'wrong'}  {name}: {problem or fine}")

    try:
        settings = load_settings()
    except GreenblockError as error:
        line("settings", str(error), "")
        return False
    line("settings", None, f"pages at {settings.public_url}")
    line("keys", *_keys(settings))
    line("database", *_database(settings))
    line("google", *_google(settings))
    if settings.engine == "distributed":
        line("workers", *_workers(settings))
    rows, now = _accounts(settings), system_clock()
    if settings.engine == "embedded":
        line("wheel", *_wheel(settings, rows, now))
    for row in rows:
        standing = of_account(row, now=now)
        for one in standing:
            line(f"account {row.email}", one.words.text, "")
        if not standing:
            line(f"account {row.email}", None, "connected and in step")
    return well


def _keys(settings: Settings) -> tuple[str | None, str]:
    try:
        keys = Keys.parse(settings.secret_key.get_secret_value() if settings.secret_key else None)
    except GreenblockError as error:
        return str(error), ""
    return None, f"{len(keys.signing)} secret key{'s' if len(keys.signing) > 1 else ''}"


def _database(settings: Settings) -> tuple[str | None, str]:
    try:
        if (file := missing_file(settings.database_url)) is not None:
            return f"there is none at {file} yet. Run: greenblock migrate (serve does it by itself)", ""
        with closing(Database(settings.database_url)) as db:
            return _schema_and_key(db, settings)
    except GreenblockError as error:
        return str(error), ""
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        return f"{cause}. Check GREENBLOCK_DATABASE_URL", ""


def _schema_and_key(db: Database, settings: Settings) -> tuple[str | None, str]:
    current, head = revisions(db)
    if current is None:
        return "it is empty. Run: greenblock migrate (serve does it by itself)", ""
    if current != head:
        return f"it is at revision {current}, the newest is {head}. Run: greenblock migrate", ""
    with db.read() as session:
        row = accounts.installation(session)
    if row is not None:
        Keys.parse(settings.secret_key.get_secret_value() if settings.secret_key else None).decrypt(row.key_check)
    trouble = db.probe()
    if trouble is not None:
        return TROUBLE_WORDS[trouble], ""
    return None, f"{db.engine.dialect.name}, revision {current}"


def _google(settings: Settings) -> tuple[str | None, str]:
    try:
        provider = provider_of(settings)
    except (GreenblockError, CalendarError, oauth.SignInError) as error:
        return str(error), ""
    return None, f"client secrets found; sign-in at {provider.openid.issuer}"


def _workers(settings: Settings) -> tuple[str | None, str]:
    try:
        return workers_at_work(settings)
    except (SQLAlchemyError, GreenblockError):
        return "the database above must answer first", ""


def _wheel(settings: Settings, rows: Sequence[AccountRow], now: datetime) -> tuple[str | None, str]:
    """Seen from outside: what has long been due and has not been done."""
    late = sum(overdue(row, now=now) for row in rows)
    if not late:
        return None, "nothing has been waiting for long"
    waiting = "a calendar has" if late == 1 else f"{late} calendars have"
    return f"{waiting} been waiting to be looked at for more than ten minutes. Start or restart: greenblock serve", ""


def _accounts(settings: Settings) -> list[AccountRow]:
    try:
        if missing_file(settings.database_url) is not None:
            return []
        with closing(Database(settings.database_url)) as db, db.read() as session:
            return accounts.every(session)
    except (SQLAlchemyError, GreenblockError):
        return []  # said above already
