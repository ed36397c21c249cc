"""What was entered months ahead is expanded again: it had been beyond the horizon, and nobody looked a second time."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Every entry that is no series and has no turn is due again, and so is every account that has such an entry."""
    events = sa.table("events", *(sa.column(name) for name in ("account_id", "id", "is_series", "digested")))
    turns = sa.table("occurrences", sa.column("account_id"), sa.column("event_id"))
    accounts = sa.table("accounts", sa.column("id"), sa.column("digest_due"))
    turned = sa.exists().where(turns.c.account_id == events.c.account_id, turns.c.event_id == events.c.id)
    op.execute(sa.update(events).where(events.c.is_series.is_(sa.false()), ~turned).values(digested=sa.false()))
    due = sa.exists().where(events.c.account_id == accounts.c.id, events.c.digested.is_(sa.false()))
    op.execute(sa.update(accounts).where(due).values(digest_due=sa.true()))


def downgrade() -> None:
    """What is due again is expanded again, and that is all."""
