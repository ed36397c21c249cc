"""The pencil of the sample world: finds room in a day and writes entries the way Google's API gives them.

Times are minutes after midnight, wall clock in the user's zone; days are dates.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
WEEKS_BACK, WEEKS_AHEAD = 78, 5

_ID_LETTERS = "0123456789abcdefghijklmnopqrstuv"
_OPENS, _CLOSES = 8 * 60 + 30, 17 * 60 + 30


def dice(*parts: object) -> random.Random:
    """Chance that is the same for the same parts on every machine, and apart from that of other parts."""
    return random.Random("/".join(str(part) for part in parts))  # noqa: S311  # invented diaries, no secrets


class Diary:
    """All entries so far, and which minutes of which day they take."""

    def __init__(self, *, today: date, seed: int, user: str) -> None:
        self.today = today
        self.seed = seed
        self.user = user
        self.monday = today - timedelta(days=today.weekday())
        self.first = self.monday - timedelta(weeks=WEEKS_BACK)
        self.last = self.monday + timedelta(weeks=WEEKS_AHEAD + 1)
        self.events: list[dict[str, Any]] = []
        self.closed: set[date] = set()
        """Days without work: public holidays, time off."""
        self.crowded: set[date] = set()
        """Mondays of weeks with more meetings than usual, in the mornings too."""
        self._taken: dict[date, list[tuple[int, int]]] = {}

    # -- Finding room

    def days(self) -> Iterator[date]:
        """Every day the diary covers, `last` excluded."""
        day = self.first
        while day < self.last:
            yield day
            day += timedelta(days=1)

    def mondays(self) -> Iterator[date]:
        return (day for day in self.days() if day.weekday() == 0)

    def works_on(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self.closed

    def take(self, day: date, start: int, end: int) -> None:
        """Note that the minutes are used."""
        self._taken.setdefault(day, []).append((start, end))

    def free(self, day: date, start: int, end: int) -> bool:
        return all(end <= other_start or other_end <= start for other_start, other_end in self._taken.get(day, ()))

    def place(
        self, near: date, minutes: int, chance: random.Random, *, hours: tuple[int, int] | None = None
    ) -> tuple[date, int]:
        """A working day near `near` and a start on it, without overlap where there is any room within a week.

        What lies before today stays before today, and the other way round. The room is taken.
        """
        opens, closes = (hours[0] * 60, hours[1] * 60) if hours else (_OPENS, _CLOSES)
        candidates = [
            near + timedelta(days=step)
            for step in (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6, 7, -7, 14, -14, 17, -17, 20, -20)
        ]
        workdays = [
            day
            for day in candidates
            if self.works_on(day) and (day < self.today) == (near < self.today) and day >= self.first
        ] or [near]
        for day in workdays:
            starts = [
                start for start in range(opens, closes - minutes + 1, 30) if self.free(day, start, start + minutes)
            ]
            if starts:
                weights = [self._appeal(day, start) for start in starts]
                start = chance.choices(starts, weights)[0]
                self.take(day, start, start + minutes)
                return day, start
        start = chance.randrange(opens, closes - minutes + 1, 30)
        self.take(workdays[0], start, start + minutes)
        return workdays[0], start

    def _appeal(self, day: date, start: int) -> float:
        """People like afternoons; Tuesday and Thursday mornings mostly stay free, except in crowded weeks."""
        if start >= 12 * 60:
            return 0.4 if start < 13 * 60 else 1.0
        if day - timedelta(days=day.weekday()) in self.crowded:
            return 3.0
        return 0.2 if day.weekday() in (1, 3) else 0.7

    # -- Writing

    def timed(
        self, day: date, start: int, minutes: int, title: str, *, zone: str = ZONE.key, **fields: Any
    ) -> dict[str, Any]:
        """An entry with a time; `zone` is where it was made, the times are given in the calendar's zone."""
        begins = moment(day, start)
        ends = (begins.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(ZONE)
        return self._write(
            title,
            {"dateTime": begins.isoformat(), "timeZone": zone},
            {"dateTime": ends.isoformat(), "timeZone": zone},
            begins,
            fields,
        )

    def all_day(self, day: date, days: int, title: str, **fields: Any) -> dict[str, Any]:
        """An entry of whole days."""
        end = day + timedelta(days=days)
        return self._write(title, {"date": day.isoformat()}, {"date": end.isoformat()}, moment(day, 0), fields)

    def exception(self, master: dict[str, Any], day: date, start: int, changes: dict[str, Any]) -> dict[str, Any]:
        """One turn of a timed series that differs from the rest; `day` and `start` are where it would have been."""
        length = datetime.fromisoformat(master["end"]["dateTime"]) - datetime.fromisoformat(master["start"]["dateTime"])
        zone = master["start"]["timeZone"]
        begins = moment(day, start)
        ends = (begins.astimezone(UTC) + length).astimezone(ZONE)
        stamp = begins.astimezone(UTC)
        event = {key: value for key, value in master.items() if key != "recurrence"}
        event |= {
            "id": f"{master['id']}_{stamp:%Y%m%dT%H%M%SZ}",
            "recurringEventId": master["id"],
            "originalStartTime": {"dateTime": begins.isoformat(), "timeZone": zone},
            "start": {"dateTime": begins.isoformat(), "timeZone": zone},
            "end": {"dateTime": ends.isoformat(), "timeZone": zone},
            "sequence": 1,
        } | changes
        changed = min(stamp - timedelta(days=2), moment(self.today, 0).astimezone(UTC) - timedelta(days=1))
        event |= _stamps(max(changed, datetime.fromisoformat(master["created"])), created=master["created"])
        self.events.append(event)
        return event

    def _write(
        self, title: str, start: dict[str, str], end: dict[str, str], begins: datetime, fields: dict[str, Any]
    ) -> dict[str, Any]:
        chance = dice(self.seed, "entry", len(self.events), title)
        ident = "".join(chance.choices(_ID_LETTERS, k=26))
        newest = moment(self.today, 7 * 60 + 30).astimezone(UTC) - timedelta(hours=12)
        made = min(
            begins.astimezone(UTC) - timedelta(days=chance.randint(3, 30), minutes=chance.randrange(600)),
            newest - timedelta(minutes=chance.randrange(20_000)),
        )
        changed = min(made + timedelta(minutes=chance.choice((0, 0, 7, 190, 2_900))), newest)
        own = {"email": self.user, "self": True}
        event: dict[str, Any] = {
            "kind": "calendar#event",
            "id": ident,
            "status": "confirmed",
            **_stamps(changed, created=_zulu(made)),
            "summary": title,
            "creator": own,
            "organizer": own,
            "start": start,
            "end": end,
            "iCalUID": f"{ident}@google.com",
            "sequence": 0,
            "reminders": {"useDefault": "date" not in start},
            "eventType": "default",
        } | fields
        self.events.append(event)
        return event


def moment(day: date, minutes: int) -> datetime:
    """That wall clock in the user's zone. Nothing here lies in the hour that DST skips or repeats."""
    return datetime.combine(day, time(minutes // 60, minutes % 60), ZONE)


def weekdays(days: Iterable[date], weekday: int, every: int = 1) -> Sequence[date]:
    """Every `every`-th of the days that fall on this weekday (Monday = 0)."""
    return [day for day in days if day.weekday() == weekday][::every]


def _stamps(changed: datetime, *, created: str) -> dict[str, str]:
    return {"etag": f'"{int(changed.timestamp() * 2000)}"', "created": created, "updated": _zulu(changed)}


def _zulu(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"
