"""The rows about our dealings with Google; the accounts' own are in app.db.tables, which knows these, too."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import SECRET, Base


class ChannelRow(Base):
    """A push channel, from before it is asked for. `resource_id` is None until the calendar has said yes.
    The token itself is known to the calendar only."""

    __tablename__ = "channels"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), info=SECRET)
    address: Mapped[str] = mapped_column(String(1000))
    resource_id: Mapped[str | None] = mapped_column(String(256))
    expires_at: Mapped[datetime]
