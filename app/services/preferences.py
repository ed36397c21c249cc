"""What the user set about themselves, apart from rules and people. Kept as one JSON column of the account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from scheduler.due import Wishes
from scheduler.model import Cadence, Kind, WorkingHours
from scheduler.words import _, ngettext

FALLBACK_ZONE = "UTC"
Kept = Literal[12, 24, 36, 60] | None
"""So many months; None: as long as the account is here."""
KEPT: tuple[Kept, ...] = (None, 12, 24, 36, 60)


@dataclass(frozen=True, kw_only=True, slots=True)
class Preferences:
    """All of it has a default that suits most, so that nobody must fill in a form.

    `zone` is IANA, empty = the calendar's own; `language` one of app.languages. `paused_until` is the last
    day of a pause, None = until further notice.
    `country` is ISO 3166, empty = no public holidays. Domains and addresses are lower case.
    """

    zone: str = ""
    language: str = "en"
    work_days: tuple[int, ...] = (1, 2, 3, 4, 5)
    work_start: time = time(8)
    work_end: time = time(18)
    country: str = ""
    region: str = ""
    paused: bool = False
    paused_from: date | None = None
    paused_until: date | None = None
    own: tuple[str, ...] = ()  # further addresses and domains that are the user's own
    excluded: tuple[str, ...] = ()  # addresses and domains never to suggest
    client_weeks: int = 8  # the gap assumed for clients until a rhythm is known
    former_weeks: int | None = None  # the same for former clients; None = twice that of clients
    friend_weeks: int | None = None
    always: tuple[Kind, ...] = ()  # kinds whose gap holds even where another rhythm is known
    tag_weeks: tuple[tuple[str, int], ...] = ()  # tag -> gap, outranks the kind's
    keep_months: Kept = None  # how long what took place is kept

    @property
    def rhythms(self) -> Wishes:
        """How often the user wants to be in touch, by kind and tag."""
        weeks = {
            Kind.CLIENT: self.client_weeks,
            Kind.FORMER: self.former_weeks or 2 * self.client_weeks,
            Kind.FRIEND: self.friend_weeks or 2 * self.client_weeks,
        }
        return Wishes(
            cadences={kind: Cadence(ideal=7 * count) for kind, count in weeks.items()},
            by_hand=frozenset(self.always),
            tag_cadences={tag: Cadence(ideal=7 * count) for tag, count in self.tag_weeks},
        )

    @property
    def hours(self) -> WorkingHours:
        return WorkingHours(weekdays=frozenset(self.work_days), start=self.work_start, end=self.work_end)

    def paused_on(self, day: date) -> bool:
        """Whether no block may lie on that day because the user asked for a pause."""
        dated = self.paused_from is not None or self.paused_until is not None
        return self.paused or (dated and (self.paused_from or date.min) <= day <= (self.paused_until or date.max))

    def zone_for(self, calendar_zone: str) -> ZoneInfo:
        """The zone to plan in: the user's, else the calendar's, else UTC. Unknown names fall through."""
        for name in (self.zone, calendar_zone):
            try:
                if name:
                    return ZoneInfo(name)
            except (KeyError, ValueError, OSError):  # unknown, malformed, or the name of a folder
                continue
        return ZoneInfo(FALLBACK_ZONE)


def kept_words(months: Kept) -> str:
    """ "for two years", as what follows on "is kept"."""
    if months is None:
        return _("as long as you are here")
    years = months // 12
    return ngettext("for one year", "for {count} years", years)


_ADAPTER = TypeAdapter(Preferences)


def dump(preferences: Preferences) -> dict[str, Any]:
    dumped: dict[str, Any] = _ADAPTER.dump_python(preferences, mode="json")
    return dumped


def load(body: Mapping[str, Any]) -> Preferences:
    return _ADAPTER.validate_python(dict(body))
