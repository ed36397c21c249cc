"""What is said of people is stored as what it says"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.db.sentences import Sentence
from scheduler.words import said_again

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COLUMNS = (("contacts", "unsure"), ("left_out", "reason"))
INSIDE = (("accounts", "id", "outlook"), ("contacts", "id", "facts"), ("undos", "key", "said"))
"""Sentences among other things in JSON, by their table's key."""


def upgrade() -> None:
    """What is there stays as it is: text in the language in which it was made."""
    for table, column in COLUMNS:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(column, existing_type=sa.String(length=300), type_=sa.Text(), existing_nullable=False)


def downgrade() -> None:
    """The words again, in English."""
    connection = op.get_bind()
    for table, column in COLUMNS:
        plain = sa.table(table, sa.column(column, sa.Text()))
        for (stored,) in connection.execute(sa.select(plain.c[column]).distinct()).all():
            said = Sentence().process_result_value(stored, connection.dialect)
            if said != stored:
                connection.execute(sa.update(plain).where(plain.c[column] == stored).values({column: str(said)[:300]}))
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(column, existing_type=sa.Text(), type_=sa.String(length=300), existing_nullable=False)
    for table, key, column in INSIDE:
        rows = sa.table(table, sa.column(key), sa.column(column, sa.JSON()))
        for which, stored in connection.execute(sa.select(rows.c[key], rows.c[column])).all():
            said = said_again(stored)
            if said != stored:
                connection.execute(sa.update(rows).where(rows.c[key] == which).values({column: said}))
