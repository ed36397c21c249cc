"""The rows about our dealings with Google; the accounts' own are in app.db.tables, which knows these, too."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
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


class BudgetRow(Base):
    """One row: how many requests of the Google project's allowance the processes have taken, this minute and day."""

    __tablename__ = "budget"

    id: Mapped[int] = mapped_column(primary_key=True)
    minute_at: Mapped[datetime]
    minute_taken: Mapped[int]
    day_at: Mapped[datetime]
    day_taken: Mapped[int]


class CountRow(Base):
    """What all processes have counted together, for /metrics; `labels` are values, in the order of their names."""

    __tablename__ = "counts"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    labels: Mapped[str] = mapped_column(String(200), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
