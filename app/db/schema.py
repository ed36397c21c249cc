"""Bringing a database to the current schema, with Alembic; the migrations ship inside the package."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import migrations
from app.db.engine import Database


def config_for(connection: Connection) -> Config:
    """Alembic's settings, working on this connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config


def upgrade(db: Database, revision: str = "head") -> None:
    """One transaction: a migration happens wholly or not at all."""
    with db.engine.execution_options(immediate=True).begin() as connection:
        command.upgrade(config_for(connection), revision)


def downgrade(db: Database, revision: str) -> None:
    with db.engine.execution_options(immediate=True).begin() as connection:
        command.downgrade(config_for(connection), revision)


def revisions(db: Database) -> tuple[str | None, str | None]:
    """The database's revision and the newest one there is."""
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        head = ScriptDirectory.from_config(config_for(connection)).get_current_head()
    return current, head
