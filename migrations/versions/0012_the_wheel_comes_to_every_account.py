"""The wheel comes to every account, also where the calendar is not connected"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_index("ix_accounts_due")
        batch_op.create_index("ix_accounts_due", ["next_refresh_at"], unique=False)
    # Whose permission had ended was never to be looked at again; now what is old is forgotten there, too.
    op.execute("UPDATE accounts SET next_refresh_at = created_at WHERE next_refresh_at IS NULL AND connection = 'lost'")


def downgrade() -> None:
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_index("ix_accounts_due")
        batch_op.create_index(
            "ix_accounts_due", ["next_refresh_at"], unique=False, postgresql_where=sa.text("connection = 'connected'")
        )
