"""A small world for flow tests: a calendar's content, and the hand of the person whose it is. See world_house.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.sandbox.editors import editable, edited, flatten, web_editor
from integrations.sandbox.run import SandboxServer

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2027, 3, 1, 9, 0, tzinfo=BERLIN)
"""When every test begins. The summer time of 2027 begins on 28 March."""

OWNER = "olga@owner.example"
FENCE = "— Everything below this line is yours: it is never changed. —"

FRIENDS = (
    "Ada Arbor", "Ben Birch", "Cleo Cedar", "Dan Dogwood", "Eva Elm",
    "Finn Fir", "Gina Gum", "Hugo Hazel", "Iris Ironwood", "Jan Juniper",
)  # fmt: skip
"""Each of a company of their own, met alone every six weeks, and not for ten weeks or more: all of them are due."""

Resource = dict[str, Any]


class VirtualClock:
    """Gives one moment, in UTC, until it is moved."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def __call__(self) -> datetime:
        return self._now

    def set(self, moment: datetime) -> None:
        assert moment >= self._now, "time does not run backwards"
        self._now = moment.astimezone(UTC)

    def starts_over(self, moment: datetime) -> None:
        self._now = moment

    def advance(self, **lengths: float) -> None:
        """As timedelta takes them; days are days of the wall clock."""
        days = lengths.pop("days", 0)
        local = self._now.astimezone(BERLIN) + timedelta(days=days)  # the same o'clock, whatever summer time does
        self.set(local.astimezone(UTC) + timedelta(**lengths))


# -- The calendar's content ------------------------------------------------------------------------


def address_of(name: str) -> str:
    first, last = name.lower().split()
    return f"{first}@{last}.example"


def meeting(title: str, start: datetime, *names: str, minutes: int = 45, **more: Any) -> Resource:
    """An event of the owner's with these people, all of whom accepted."""
    end = start + timedelta(minutes=minutes)
    made: Resource = {
        "summary": title,
        "start": {"dateTime": start.isoformat(), "timeZone": "Europe/Berlin"},
        "end": {"dateTime": end.isoformat(), "timeZone": "Europe/Berlin"},
    }
    if names:
        made["attendees"] = [{"email": OWNER, "responseStatus": "accepted"}] + [
            {"email": address_of(name), "displayName": name, "responseStatus": "accepted"} for name in names
        ]
    return {**made, **more}


def all_day(title: str, first: datetime, days: int = 1, **more: Any) -> Resource:
    on = first.date()
    return {
        "summary": title,
        "start": {"date": on.isoformat()},
        "end": {"date": (on + timedelta(days=days)).isoformat()},
        **more,
    }


def at(day: int, hour: int = 10, minute: int = 0, *, month: int = 3) -> datetime:
    """A moment of March 2027 in Berlin (31 days after a February's end run on: at(32) is 1 April)."""
    return datetime(2027, month, 1, hour, minute, tzinfo=BERLIN) + timedelta(days=day - 1)


def history(names: tuple[str, ...] = FRIENDS) -> list[Resource]:
    """Afternoon talks, so that every morning is free."""
    made = []
    for place, name in enumerate(names):
        last = MONDAY.replace(hour=14) - timedelta(days=68 + 2 * place)
        last -= timedelta(days=max(0, last.isoweekday() - 5))  # not at a weekend
        made += [meeting(f"{name} and Olga", last - timedelta(weeks=6 * n), name) for n in range(4)]
    return made


def world(events: list[Resource] | None = None, *, email: str = OWNER, name: str = "Olga Owner") -> dict[str, Any]:
    return {
        "user": {"email": email, "name": name},
        "timeZone": "Europe/Berlin",
        "events": history() if events is None else events,
    }


def tag_of(one: Resource) -> str:
    return str(one.get("extendedProperties", {}).get("private", {}).get("greenblock", ""))


def start_of(one: Resource) -> datetime:
    return datetime.fromisoformat(one["start"]["dateTime"])


def end_of(one: Resource) -> datetime:
    return datetime.fromisoformat(one["end"]["dateTime"])


# -- The user's hand -------------------------------------------------------------------------------


@dataclass
class Hand:
    """What a person does in their calendar."""

    sandbox: SandboxServer
    email: str = OWNER

    @property
    def store(self) -> Any:
        return self.sandbox.stores[self.email]

    def adds(self, body: Mapping[str, Any]) -> str:
        return str(self.store.insert(body)["id"])

    def deletes(self, event_id: str) -> None:
        self.store.delete(event_id)

    def restores(self, event_id: str) -> None:
        """From the bin, as it was."""
        self.store.patch(event_id, {"status": "confirmed"})

    def moves(self, event_id: str, start: datetime, *, minutes: int = 30) -> None:
        times = meeting("", start, minutes=minutes)
        self.store.patch(event_id, {"start": times["start"], "end": times["end"]})

    def changes(self, event_id: str, **fields: Any) -> None:
        self.store.patch(event_id, fields)

    def invites(self, event_id: str, name: str) -> None:
        self.store.patch(event_id, {"attendees": meeting("", MONDAY, name)["attendees"]})

    def text(self, event_id: str) -> str:
        return str(self.store.get(event_id).get("description", ""))

    def rewrites(self, event_id: str, old: str, new: str, *, editor: Callable[[str], str] = lambda html: html) -> None:
        """Change words of the text as it is seen, then save it through one of Google's editors."""
        html = self.text(event_id)
        seen = editable(html)
        assert old in seen, f"{old!r} is not in {seen!r}"
        self.store.patch(event_id, {"description": editor(edited(html, seen.replace(old, new, 1)))})

    def types_below(self, event_id: str, words: str, *, editor: Callable[[str], str] = lambda html: html) -> None:
        self.rewrites(event_id, FENCE, f"{FENCE}\n{words}", editor=editor)

    def ticks(self, event_id: str, name: str, *, editor: Callable[[str], str] = lambda html: html) -> None:
        self.rewrites(event_id, f"☐ {name}", f"x {name}", editor=editor)

    def unticks(self, event_id: str, name: str) -> None:
        self.rewrites(event_id, f"x {name}", f"☐ {name}")


EDITORS = {"web": web_editor, "phone": flatten}
