"""Bringing a database to the current schema, with Alembic; the migrations ship inside the package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

import migrations
from app.db.engine import Database
from app.errors import ConfigError

_ADVISORY = 0x6772_6E64  # of PostgreSQL's advisory locks, which are one number space a database


def config_for(connection: Connection) -> Config:
    """Alembic's settings, working on this connection."""
    config = _config()
    config.attributes["connection"] = connection
    return config


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    return config


@cache
def _scripts() -> ScriptDirectory:
    """The migrations, which are part of the program; reading them takes longer than asking the database."""
    return ScriptDirectory.from_config(_config())


def upgrade(db: Database, revision: str = "head") -> None:
    """One transaction: a migration happens wholly or not at all. Raises ConfigError for a database from the future."""
    with _changing(db) as connection:
        if _known(connection) != _scripts().get_revision(revision).revision:
            command.upgrade(config_for(connection), revision)


def upgrade_queue(db: Database) -> None:
    """The tables of the distributed engine's library; nothing on SQLite, where it cannot work."""
    if db.is_sqlite:
        return
    from scheduler.engine.queue_schema import bring_up_to_date

    with db.psycopg() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_ADVISORY,))
        bring_up_to_date(connection)


def downgrade(db: Database, revision: str) -> None:
    with _changing(db) as connection:
        command.downgrade(config_for(connection), revision)


@contextmanager
def _changing(db: Database) -> Iterator[Connection]:
    """SQLite changes a table by copying it and dropping the old one, and a dropped row takes those along that hang on
    it: so foreign keys rest meanwhile, and are looked at before the commit."""
    with db.engine.execution_options(immediate=True).connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        if db.is_sqlite:
            raw.cursor().execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                if not db.is_sqlite:  # several processes may start at once; SQLite's BEGIN IMMEDIATE lets one in anyway
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY})
                yield connection
                if db.is_sqlite:
                    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                    assert not broken, f"the migration leaves rows that hang on nothing: {broken[:3]}"
        finally:
            if db.is_sqlite:
                raw.cursor().execute("PRAGMA foreign_keys=ON")


def revisions(db: Database) -> tuple[str | None, str | None]:
    """The database's revision and the newest one there is. Raises ConfigError for a database from the future."""
    with db.engine.connect() as connection:
        return _known(connection), _scripts().get_current_head()


def _known(connection: Connection) -> str | None:
    """The database's revision, None for an empty one. Raises ConfigError where this version does not know it."""
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in _scripts().walk_revisions()}
    if current is not None and current not in known:
        raise ConfigError(
            f"The database was made by a newer version of Greenblock (revision {current}), so nothing was changed. "
            "Install that version again, or point GREENBLOCK_DATABASE_URL at another database."
        )
    return current
