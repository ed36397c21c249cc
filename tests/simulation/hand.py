"""What people do in the calendar: the user in the web and on a phone, and others who invite and cancel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from integrations.sandbox.editors import editable, edited, flatten, web_editor
from tests.simulation.oracle import Oracle, Resource, has_guests, instant, tag_of
from tests.simulation.places import PEOPLE, guests, talk, timed
from tests.simulation.watched import Watched

EDITORS: tuple[Callable[[str], str], ...] = (web_editor, flatten, lambda html: html)


@dataclass
class Hand:
    """One user's. Every method does one thing and says in words what; "" where there was nothing to do it to."""

    life: Watched
    oracle: Oracle
    dice: Random
    email: str
    words: list[int] = field(default_factory=lambda: [0])
    ticked: Callable[[str, str, bool | None], None] = lambda *_: None  # event id, name (empty: all), what was said
    done: Counter[str] = field(default_factory=Counter)  # how often each method had something to do

    @property
    def store(self) -> Any:
        return self.life.store(self.email)

    @property
    def zone(self) -> ZoneInfo:
        found: ZoneInfo = self.store.home.zone
        return found

    @contextmanager
    def writing(self) -> Iterator[None]:
        before, self.oracle.hand = self.oracle.hand, True
        try:
            yield
        finally:
            self.oracle.hand = before

    # -- choosing

    def blocks(self, *, cancelled: bool = False) -> list[Resource]:
        """Those of the service, by start; without those that are over by far."""
        since = self.life.now - timedelta(days=3)
        seen = self.oracle.diaries[self.email].seen
        found = [self.store.rows[one].resource for one in seen if one in self.store.rows]
        return sorted(
            (one for one in found if (one["status"] == "cancelled") == cancelled and _utc(one["start"]) > since),
            key=lambda one: (_utc(one["start"]), one["id"]),
        )

    def own(self, *, series: bool | None = None) -> list[Resource]:
        """The user's own entries that are still to come, or series."""
        seen = self.oracle.diaries[self.email].seen
        return [
            one
            for one in self.store.live()
            if one["id"] not in seen
            and not tag_of(one)
            and ("recurrence" in one or _utc(one["end"]) > self.life.now - timedelta(days=2))
            and (series is None or ("recurrence" in one) == series)
        ]

    def _one(self, of: list[Resource]) -> Resource | None:
        return self.dice.choice(of) if of else None

    def _ahead(self) -> datetime:
        """A quarter of an hour in working hours, mostly of the coming days, and now and then months ahead."""
        days = self.dice.choice((21, 21, 21, 100))
        day = self.life.now.astimezone(self.zone).date() + timedelta(days=self.dice.randint(0, days))
        return datetime.combine(day, time(self.dice.randint(8, 16), self.dice.choice((0, 15, 30, 45))), self.zone)

    # -- with blocks

    def moves(self) -> str:
        block = self._one([one for one in self.blocks() if "dateTime" in one["start"]])
        if block is None:
            return ""
        start = _utc(block["start"]) + timedelta(minutes=15 * self.dice.choice((-40, -8, -2, 1, 3, 6, 20, 96)))
        minutes = self.dice.choice((15, 30, 30, 45))
        made = timed("", start.astimezone(self.zone), minutes)
        with self.writing():
            self.store.patch(block["id"], {"start": made["start"], "end": made["end"]})
        return f"moves {name(block)} to {made['start']['dateTime']} for {minutes} minutes"

    def deletes(self) -> str:
        block = self._one([*self.blocks()[:4]])
        if block is None:
            return ""
        self.ticked(block["id"], "", None)
        with self.writing():
            self.store.delete(block["id"])
        return f"deletes {name(block)}"

    def restores(self) -> str:
        block = self._one(self.blocks(cancelled=True))
        if block is None:
            return ""
        with self.writing():
            self.store.patch(block["id"], {"status": "confirmed"})
        return f"takes {name(block)} out of the bin"

    def types(self) -> str:
        """A word of their own, anywhere in the text, with any editor."""
        block = self._one([one for one in self.blocks() if one.get("description")])
        if block is None:
            return ""
        self.words[0] += 1
        word = f"word{self.words[0]}"
        seen = editable(block["description"]).split("\n")
        place = self.dice.randrange(len(seen) + 1)
        if self.dice.random() < 0.3 and place < len(seen) and seen[place].strip():
            seen[place] += f" {word}"
        else:
            seen.insert(place, f"{word} to remember")
        self._save(block, "\n".join(seen))
        return f"types {word} into {name(block)}"

    def ticks(self) -> str:
        block = self._one([one for one in self.blocks() if "☐ " in one.get("description", "")])
        if block is None or has_guests(block):
            return ""
        seen = editable(block["description"]).split("\n")
        place = self.dice.choice([n for n, line in enumerate(seen) if line.startswith("☐ ")] or [-1])
        if place < 0:
            return ""
        mark = self.dice.choice(("x", "X", "✓", "☑", "[x]"))
        who = next((one for one in PEOPLE[self.email] if one in seen[place]), "")
        if not who:
            return ""
        seen[place] = mark + seen[place][1:]
        self._save(block, "\n".join(seen))
        self.ticked(block["id"], who, True)
        return f"ticks {who} in {name(block)}"

    def unticks(self) -> str:
        block = self._one([one for one in self.blocks() if "x <a" in one.get("description", "")])
        if block is None or has_guests(block):
            return ""
        seen = editable(block["description"]).split("\n")
        place = self.dice.choice([n for n, line in enumerate(seen) if line.startswith("x ")] or [-1])
        who = next((one for one in PEOPLE[self.email] if one in seen[place]), "") if place >= 0 else ""
        if not who:
            return ""
        seen[place] = "☐" + seen[place][1:]
        self._save(block, "\n".join(seen))
        self.ticked(block["id"], who, False)
        return f"takes the tick of {who} in {name(block)} away"

    def wipes(self) -> str:
        block = self._one([one for one in self.blocks() if one.get("description")])
        if block is None:
            return ""
        self.ticked(block["id"], "", None)
        with self.writing():
            self.store.patch(block["id"], {"description": None})
        return f"empties the text of {name(block)}"

    def resaves(self) -> str:
        """Opens the block in an editor and saves it as it is."""
        block = self._one([one for one in self.blocks() if one.get("description")])
        if block is None:
            return ""
        self._save(block, editable(block["description"]))
        return f"saves {name(block)} unchanged"

    def dresses(self) -> str:
        """Title, colour, reminder, privacy, free or busy."""
        block = self._one(self.blocks())
        if block is None:
            return ""
        self.words[0] += 1
        change: dict[str, Any] = self.dice.choice(
            (
                {"summary": f"word{self.words[0]}"},
                {"colorId": str(self.dice.randint(1, 9))},
                {"reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 25}]}},
                {"reminders": {"useDefault": True, "overrides": None}},
                {"visibility": "default"},
                {"transparency": "transparent"},
            )
        )
        with self.writing():
            self.store.patch(block["id"], change)
        return f"changes {next(iter(change))} of {name(block)}"

    def invites(self) -> str:
        block = self._one([one for one in self.blocks() if not has_guests(one)])
        if block is None:
            return ""
        who = self.dice.choice(PEOPLE[self.email])
        self.ticked(block["id"], "", None)
        with self.writing():
            self.store.patch(block["id"], {"attendees": guests(self.email, who)})
        return f"invites {who} to {name(block)}"

    def copies(self) -> str:
        block = self._one(self.blocks())
        if block is None:
            return ""
        kept = ("summary", "description", "start", "end", "colorId", "extendedProperties", "visibility")
        body = {key: block[key] for key in kept if key in block}
        if "dateTime" in block["start"]:
            body |= {
                key: {**block[key], "dateTime": (_utc(block[key]) + timedelta(days=1)).isoformat()}
                for key in ("start", "end")
            }
        with self.writing():
            self.store.insert(body)
        return f"copies {name(block)} to the next day"

    # -- with their own entries

    def adds(self) -> str:
        start = self._ahead()
        with self.writing():
            self.store.insert(timed("Own", start, self.dice.choice((30, 60, 120))))
        return f"adds an entry at {start:%d %b %H:%M}"

    def covers(self) -> str:
        """Something of their own on top of a block."""
        block = self._one([one for one in self.blocks() if "dateTime" in one["start"]])
        if block is None:
            return ""
        with self.writing():
            self.store.insert(timed("On top", _utc(block["start"]).astimezone(self.zone), 60))
        return f"puts an entry on {name(block)}"

    def meets(self) -> str:
        who, start = self.dice.choice(PEOPLE[self.email]), self._ahead()
        with self.writing():
            self.store.insert(talk(self.zone, start.date(), start.hour, self.email, who))
        return f"arranges to meet {who} on {start:%d %b}"

    def goes_away(self) -> str:
        day = self._ahead().date()
        body = {"summary": "Away", "start": {"date": str(day)}, "end": {"date": str(day + timedelta(days=2))}}
        more = self.dice.choice(
            ({}, {"transparency": "transparent"}, {"eventType": "outOfOffice", "outOfOfficeProperties": {}})
        )
        if "eventType" in more:
            body |= {
                key: timed("", datetime.combine(day, time(0), self.zone), 24 * 60)[key] for key in ("start", "end")
            }
        with self.writing():
            self.store.insert({**body, **more})
        return f"is away on {day}"

    def cancels(self) -> str:
        entry = self._one(self.own(series=False))
        if entry is None:
            return ""
        with self.writing():
            self.store.delete(entry["id"])
        return f"cancels {entry['id'][:10]}"

    def shifts(self) -> str:
        entry = self._one([one for one in self.own(series=False) if "dateTime" in one["start"]])
        if entry is None:
            return ""
        made = timed("", self._ahead(), 45)
        with self.writing():
            self.store.patch(entry["id"], {"start": made["start"], "end": made["end"]})
        return f"moves {entry['id'][:10]}"

    def _turn(self, series: Resource) -> str | None:
        """The id of one coming turn of a series."""
        turns = [
            one
            for one in self.store.between(self.life.now, self.life.now + timedelta(days=20))
            if one.get("recurringEventId") == series["id"]
        ]
        return str(self.dice.choice(turns)["id"]) if turns else None

    def skips_a_turn(self) -> str:
        series = self._one(self.own(series=True))
        turn = self._turn(series) if series else None
        if turn is None:
            return ""
        with self.writing():
            self.store.delete(turn)
        return f"deletes one turn of a series, {turn[-16:]}"

    def moves_a_turn(self) -> str:
        series = self._one(self.own(series=True))
        turn = self._turn(series) if series else None
        if turn is None:
            return ""
        made = timed("", self._ahead(), 30)
        with self.writing():
            self.store.patch(turn, {"start": made["start"], "end": made["end"]})
        return f"moves one turn of a series, {turn[-16:]}"

    def splits(self) -> str:
        """This and all following: the old series ends, and a new one with a new id begins."""
        series = self._one(self.own(series=True))
        if series is None or "UNTIL" in series["recurrence"][0]:
            return ""
        until = self.life.now + timedelta(days=self.dice.randint(3, 12))
        rule = series["recurrence"][0]
        begins = until.astimezone(self.zone).date() + timedelta(days=1)
        start = datetime.combine(begins, time(self.dice.choice((9, 11, 15))), self.zone)
        with self.writing():
            self.store.patch(series["id"], {"recurrence": [f"{rule};UNTIL={until.astimezone(UTC):%Y%m%dT%H%M%SZ}"]})
            self.store.insert({**timed("Staff", start, 30), "recurrence": [rule]})
        return f"splits a series after {until:%d %b}"

    def travels(self) -> str:
        """The calendar's zone changes."""
        zone = self.dice.choice(("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe"))
        self.life.moves_zone(self.email, zone)
        return f"sets the calendar to {zone}"

    def _save(self, block: Resource, text: str) -> None:
        html = block["description"]
        with self.writing():
            self.store.patch(block["id"], {"description": self.dice.choice(EDITORS)(edited(html, text))})

    def acts(self) -> str:
        """One thing, drawn; some are done oftener than others."""
        methods = [method for method, weight in USUAL for _ in range(weight)]
        method = self.dice.choice(methods)
        told = method(self)
        self.done[method.__name__] += bool(told)
        return told


USUAL: tuple[tuple[Callable[[Hand], str], int], ...] = (
    (Hand.moves, 5), (Hand.deletes, 4), (Hand.restores, 2), (Hand.types, 5), (Hand.ticks, 6), (Hand.unticks, 2),
    (Hand.wipes, 1), (Hand.resaves, 2), (Hand.dresses, 4), (Hand.invites, 1), (Hand.copies, 1), (Hand.adds, 5),
    (Hand.covers, 4), (Hand.meets, 5), (Hand.goes_away, 2), (Hand.cancels, 5), (Hand.shifts, 3),
    (Hand.skips_a_turn, 2), (Hand.moves_a_turn, 2), (Hand.splits, 1), (Hand.travels, 1),
)  # fmt: skip


def name(block: Resource) -> str:
    return f"block {tag_of(block) or block['id'][:10]}"


def _utc(edge: dict[str, Any]) -> datetime:
    moment = instant(edge)
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(), UTC)
