"""Season rows <-> the brain's seasons, and a season in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.db.tables import SeasonRow
from app.services.preferences import Preferences
from scheduler.model import Channel, Kind
from scheduler.seasons import Season, last_day
from scheduler.slots import holidays_between

POSTING_DAYS = 5
"""Working days a letter has to be on its way before its date."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewSeason:
    """What the user says of one. `before_on` itself is too late; no kinds and no tags: everyone."""

    name: str
    begins_on: date
    before_on: date
    kinds: tuple[Kind, ...] = ()
    tags: tuple[str, ...] = ()
    channel: Channel | None = None

    @property
    def posting_days(self) -> int:
        return POSTING_DAYS if self.channel is Channel.LETTER else 0


def season_of(row: SeasonRow, wishes: Preferences) -> Season:
    """`last_on` is that of posting where it is letters, public holidays of the user's country left out."""
    closed: list[date] = []
    if row.posting_days and wishes.country:
        found = holidays_between(row.begins_on, row.before_on, wishes.country, wishes.region or None)
        closed = [one.on for one in found]
    return Season(
        key=str(row.id),
        name=row.name,
        begins_on=row.begins_on,
        before_on=row.before_on,
        last_on=last_day(row.before_on, posting_days=row.posting_days, closed=closed),
        kinds=frozenset(Kind(kind) for kind in row.kinds),
        tags=frozenset(row.tags),
        channel=Channel(row.channel) if row.channel else None,
    )
