"""Alembic's entry: always on a connection that the caller opened (app.db.schema), never from a URL of its own."""

from alembic import context

from app.db.engine import Instant
from app.db.tables import Base


def render_item(kind: str, item: object, _autogen: object) -> str | bool:
    """Migrations do not import the service: an Instant is written down as what it is in the database."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """The distributed engine's library keeps tables of its own (scheduler.engine.queue_schema)."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    render_item=render_item,
    include_name=include_name,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
