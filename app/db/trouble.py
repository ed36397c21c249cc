"""Why the database takes nothing at the moment, where that is no mistake of ours, and the words for it."""

from __future__ import annotations

import sqlite3
from enum import StrEnum

from sqlalchemy.exc import DBAPIError, OperationalError

from app.errors import GreenblockError
from scheduler.words import N_, _


class Trouble(StrEnum):
    FULL = "database_full"
    READ_ONLY = "database_read_only"
    LOCKED = "database_locked"
    OUT_OF_REACH = "database_out_of_reach"


WORDS = {
    Trouble.FULL: N_(
        "The disk with the database is full, so nothing can be stored. Nothing is lost. Whoever runs this "
        "service must make room on it; then all goes on by itself."
    ),
    Trouble.READ_ONLY: N_(
        "The database cannot be written to. Nothing is lost. Whoever runs this service must let it "
        "write to the database's file and folder (or make the server writable again); then all goes on by itself."
    ),
    Trouble.LOCKED: N_(
        "Another program holds the database, so nothing can be stored. Nothing is lost. Whoever runs this "
        "service must end that program (a backup, a database browser); then all goes on by itself."
    ),
    Trouble.OUT_OF_REACH: N_(
        "The database does not answer. Nothing is lost. Whoever runs this service must start it, or "
        "mend GREENBLOCK_DATABASE_URL; then all goes on by itself."
    ),
}


class Unwritable(GreenblockError):
    """Nothing was stored, and nothing will be until somebody mends it."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(_(WORDS[trouble]))
        self.trouble = trouble


_SQLITE = {
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_READONLY: Trouble.READ_ONLY,
    sqlite3.SQLITE_BUSY: Trouble.LOCKED,
    sqlite3.SQLITE_LOCKED: Trouble.LOCKED,
    sqlite3.SQLITE_IOERR: Trouble.OUT_OF_REACH,
    sqlite3.SQLITE_CANTOPEN: Trouble.OUT_OF_REACH,
}
_POSTGRES = {  # https://www.postgresql.org/docs/current/errcodes-appendix.html
    "53100": Trouble.FULL,
    "25006": Trouble.READ_ONLY,
    "55P03": Trouble.LOCKED,
    "40P01": Trouble.LOCKED,
}


def trouble_of(error: BaseException) -> Trouble | None:
    """None for what is a mistake of ours."""
    if not isinstance(error, DBAPIError):
        return None
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return _SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
    state = getattr(cause, "sqlstate", None)
    if isinstance(error, OperationalError) and (state is None or state.startswith(("08", "57P"))):
        return Trouble.OUT_OF_REACH  # no answer of the server's at all, or its last one
    return _POSTGRES.get(state or "")
