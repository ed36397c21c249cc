"""The migrations: up, down, up again, and in step with the tables, on both databases."""

from alembic import command
from sqlalchemy import inspect

from app.db.engine import Database
from app.db.schema import config_for, downgrade, revisions, upgrade
from app.db.tables import Base


def test_up_down_and_up_again(database_url: str) -> None:
    db = Database(database_url)
    upgrade(db)
    current, head = revisions(db)
    assert current == head is not None
    assert set(inspect(db.engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    downgrade(db, "base")
    assert revisions(db) == (None, head)
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    upgrade(db)
    upgrade(db)  # a second time changes nothing
    assert revisions(db)[0] == head
    db.dispose()


def test_the_migrations_make_what_the_tables_say(database_url: str) -> None:
    db = Database(database_url)
    upgrade(db)
    with db.engine.begin() as connection:
        command.check(config_for(connection))  # raises where a table and the migrations differ
    db.dispose()
