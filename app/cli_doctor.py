"""`greenblock doctor`: each check is one plain line, with the mend."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from app.config import Settings, load_settings
from app.db import accounts
from app.db.engine import Database
from app.db.schema import revisions
from app.errors import GreenblockError
from app.keys import Keys
from app.services.faults import WORDS, Fault
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
    for email, problem in _accounts(settings):
        line(f"account {email}", problem, "connected and in step")
    return well


def _keys(settings: Settings) -> tuple[str | None, str]:
    try:
        keys = Keys.parse(settings.secret_key.get_secret_value() if settings.secret_key else None)
    except GreenblockError as error:
        return str(error), ""
    return None, f"{len(keys.signing)} secret key{'s' if len(keys.signing) > 1 else ''}"


def _database(settings: Settings) -> tuple[str | None, str]:
    try:
        db = Database(settings.database_url)
        current, head = revisions(db)
        if current is None:
            return "it is empty. Run: greenblock migrate (serve does it by itself)", ""
        if current != head:
            return f"it is at revision {current}, the newest is {head}. Run: greenblock migrate", ""
        with db.read() as session:
            row = accounts.installation(session)
        if row is not None:
            Keys.parse(settings.secret_key.get_secret_value() if settings.secret_key else None).decrypt(row.key_check)
    except GreenblockError as error:
        return str(error), ""
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        return f"{cause}. Check GREENBLOCK_DATABASE_URL", ""
    return None, f"{db.engine.dialect.name}, revision {current}"


def _google(settings: Settings) -> tuple[str | None, str]:
    try:
        provider = provider_of(settings)
    except (GreenblockError, CalendarError, oauth.SignInError) as error:
        return str(error), ""
    return None, f"client secrets found; sign-in at {provider.openid.issuer}"


def _workers(settings: Settings) -> tuple[str | None, str]:
    try:
        db = Database(settings.database_url)
        with db.read() as session:
            at, now = accounts.swept_at(session), db.now(session)
    except (SQLAlchemyError, GreenblockError):
        return "the database above must answer first", ""
    if at is None:
        return "none has ever looked for due accounts. Start one: greenblock worker", ""
    seconds = (now - at).total_seconds()
    if seconds > 60:
        return f"none has looked for due accounts for {seconds / 60:.0f} minutes. Start one: greenblock worker", ""
    return None, f"one looked for due accounts {seconds:.0f} s ago"


def _accounts(settings: Settings) -> list[tuple[str, str | None]]:
    try:
        with Database(settings.database_url).read() as session:
            rows = accounts.every(session)
    except (SQLAlchemyError, GreenblockError):
        return []  # said above already
    return [(row.email, WORDS[Fault(row.last_error)].text if row.last_error else None) for row in rows]
