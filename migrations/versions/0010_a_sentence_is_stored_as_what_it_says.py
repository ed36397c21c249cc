"""A sentence is stored as what it says"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.db.sentences import Sentence

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COLUMNS = (("blocks", "reason", 400), ("blocks", "note", 400), ("journal", "text", 500))


def upgrade() -> None:
    """What is there stays as it is: text in the language in which it was made."""
    for table, column, length in COLUMNS:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(
                column, existing_type=sa.String(length=length), type_=sa.Text(), existing_nullable=False
            )


def downgrade() -> None:
    """The words again, in English."""
    for table, column, length in COLUMNS:
        _say(table, column, length)
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(
                column, existing_type=sa.Text(), type_=sa.String(length=length), existing_nullable=False
            )


def _say(table: str, column: str, length: int) -> None:
    rows = sa.table(table, sa.column("id", sa.Integer()), sa.column(column, Sentence()))
    plain = sa.table(table, sa.column("id", sa.Integer()), sa.column(column, sa.Text()))
    connection = op.get_bind()
    for number, text in connection.execute(sa.select(rows.c.id, rows.c[column])).all():
        connection.execute(sa.update(plain).where(plain.c.id == number).values({column: str(text)[:length]}))
