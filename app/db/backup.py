"""The whole database as one file, and back again. SQLite only: PostgreSQL has tools of its own, which are named.

A copy is made by SQLite's online backup on one snapshot, so it is whole whoever writes meanwhile. A restore makes the
new database ready beside the old one and puts it in its place in one step; the old one is kept.
"""

from __future__ import annotations

import itertools
import os
import shlex
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from app.db import accounts
from app.db.engine import Database
from app.db.schema import revisions, upgrade
from app.errors import ConfigError, Refused
from app.keys import Keys, WrongKey

Tell = Callable[[int, int], None]
"""Hears how many of how many pages are copied."""

_PAGES_A_STEP = 4096
_WAIT_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """`kept`: where the database that was there before is now; None where there was none."""

    file: Path
    kept: Path | None
    accounts: int


def back_up(url: str, to: Path, *, tell: Tell) -> None:
    """Raises Refused, ConfigError: in words, with nothing written."""
    file = _sqlite_file(url, "pg_dump --format=custom --file={file} --dbname={url}", to)
    if not file.exists():
        raise Refused(f"There is no database at {file} yet, so there is nothing to back up.")
    if to.exists():
        raise Refused(f"{to} is there already and is not overwritten. Give another name.")
    if not to.absolute().parent.is_dir():
        raise Refused(f"The folder {to.absolute().parent} does not exist. Make it, or give another name.")
    with _beside(to) as part:
        _copy(file, part, tell)
        _looked_over(part, file)
        try:
            os.link(part, to)  # unlike a rename it refuses where somebody was quicker
        except FileExistsError:
            raise Refused(f"{to} is there already and is not overwritten. Give another name.") from None
        except OSError:  # a file system without links
            part.rename(to)


def restore(url: str, source: Path, keys: Callable[[], Keys], *, now: datetime, tell: Tell) -> Restored:
    """Raises Refused, ConfigError: in words, with the old database untouched. `keys` is asked once there is something
    to open with them."""
    file = _sqlite_file(
        url,
        "pg_restore --clean --if-exists --no-owner --single-transaction --dbname={url} {file}"
        " && psql --dbname={url} --command='DELETE FROM sessions'",
        source,
    )
    if not source.is_file():
        raise Refused(f"There is no file {source}.")
    opening = keys()
    db = Database(url)
    try:
        with db.presence.arriving() as alone:
            if not alone:
                raise Refused(
                    "A service is working on this database. Stop it (greenblock serve, and every greenblock worker), "
                    "then restore."
                )
            with _beside(file) as part:
                _copy(source, part, tell)
                _looked_over(part, source)
                count = _made_ready(part, source, opening, now)
                kept = _put_aside(file, now)
                part.replace(file)
    finally:
        db.dispose()
    return Restored(file=file, kept=kept, accounts=count)


def _sqlite_file(url: str, instead: str, file: Path) -> Path:
    """Where the database is. Raises Refused: on PostgreSQL with the command that does it."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        plain = URL.create(
            "postgresql", parsed.username, host=parsed.host, port=parsed.port, database=parsed.database
        ).render_as_string()
        command = instead.format(file=shlex.quote(str(file)), url=shlex.quote(plain))
        raise Refused(
            f"The database is PostgreSQL's, which has its own tools, so nothing was done here. Run: {command} "
            "(the password is taken from PGPASSWORD or asked for; before a restore stop the service)."
        )
    if not parsed.database or parsed.database == ":memory:":
        raise Refused("The database lives in memory only. Set GREENBLOCK_DATABASE_URL to one that is a file.")
    return Path(parsed.database).expanduser().resolve()


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A new empty file in the same folder, for its owner alone; gone at the end, with what SQLite puts beside it."""
    part = file.absolute().with_name(f"{file.name}.part-{os.getpid()}")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise Refused(f"{part.parent} cannot be written to ({error.strerror}). Give another place.") from None
    try:
        yield part
    finally:
        for leftover in (part, *_besides(part)):
            leftover.unlink(missing_ok=True)


def _besides(file: Path) -> tuple[Path, ...]:
    return tuple(file.with_name(file.name + suffix) for suffix in ("-wal", "-shm", "-journal"))


def _copy(source: Path, to: Path, tell: Tell) -> None:
    try:
        with (
            closing(_opened(source)) as there,
            closing(sqlite3.connect(to, isolation_level=None)) as here,
        ):
            there.execute("BEGIN")
            there.execute("SELECT count(*) FROM sqlite_master")  # from here on one snapshot, whoever writes
            there.backup(
                here, pages=_PAGES_A_STEP, progress=lambda _status, left, total: tell(total - left, total), sleep=0.0
            )
            here.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        with to.open("rb") as written:
            os.fsync(written.fileno())
    except sqlite3.OperationalError as error:
        raise Refused(
            f"{source} cannot be copied ({error}). Check that it can be read and that the disk has room."
        ) from None
    except sqlite3.DatabaseError:
        raise Refused(f"{source} is no database, or it is damaged. Give a file that greenblock backup made.") from None


def _opened(file: Path) -> sqlite3.Connection:
    """Never made where it is missing. Whoever may write may also tidy away what SQLite puts beside it."""
    mode = "rw" if os.access(file, os.W_OK) else "ro"
    return sqlite3.connect(
        f"file:{quote(str(file.absolute()))}?mode={mode}", uri=True, timeout=_WAIT_SECONDS, isolation_level=None
    )


def _looked_over(copy: Path, source: Path) -> None:
    """Whole, and Greenblock's. Raises Refused."""
    with closing(sqlite3.connect(copy)) as connection:
        try:
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        except sqlite3.DatabaseError as error:
            said, tables = str(error), set()
    if said != "ok":
        raise Refused(f"{source} is damaged ({said}). Use an older backup.")
    if not {"alembic_version", "installation", "accounts"} <= tables:
        raise Refused(f"{source} is not a database of Greenblock's. Give a file that greenblock backup made.")


def _made_ready(part: Path, source: Path, keys: Keys, now: datetime) -> int:
    """Bring the copy to the current schema, sign everybody out and make every account due at once. Returns how many
    accounts there are."""
    db = Database(f"sqlite:///{part}")
    try:
        revisions(db)
        upgrade(db)
        with db.read() as session:
            sealed = accounts.installation(session)
        if sealed is not None:
            keys.decrypt(sealed.key_check)
        with db.write() as session:
            accounts.drop_leases(session)
            # Who has signed out since, perhaps of a machine that is not theirs, would be signed in again.
            accounts.sign_everybody_out(session)
            everybody = accounts.every(session)
            for account in everybody:
                accounts.request_refresh(session, account.id, now)
    except WrongKey:
        raise Refused(
            f"{source} was sealed with another key. Put that one into GREENBLOCK_SECRET_KEY too, then restore."
        ) from None
    except ConfigError:
        raise Refused(
            f"{source} was made by a newer version of Greenblock. Install that version, then restore."
        ) from None
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise Refused(f"{source} cannot be brought to this version ({cause}). Use an older backup.") from None
    finally:
        db.dispose()
    return len(everybody)


def _put_aside(file: Path, now: datetime) -> Path | None:
    """Keep the old database under another name. What its log holds goes into it first: a log left behind would be
    played into the new one."""
    if not file.exists() or not file.stat().st_size:
        return None
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(file, isolation_level=None)) as old:
        old.execute("PRAGMA journal_mode=DELETE")
    name = f"{file.name}.before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    # Of two restores in one second both are kept.
    names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    kept = next(one for one in map(file.with_name, names) if not one.exists())
    try:
        os.link(file, kept)  # so that there is a database in its place at every moment
    except OSError:
        file.rename(kept)
    for leftover in _besides(file):  # of one too damaged to be opened
        with suppress(FileNotFoundError):
            leftover.rename(leftover.with_name(leftover.name.replace(file.name, kept.name, 1)))
    return kept
