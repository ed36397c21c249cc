"""What must be true of the calendars, judged by what was seen there and by nothing that the service thinks.

Every write is witnessed as it happens. The oracle knows who made it, what the user's hand had done to that event
before, and what the service itself had last written there; so it needs none of the service's stamps and states.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.simulation.places import PEOPLE
from tests.simulation.watched import Watched

Resource = Mapping[str, Any]

_OURS = frozenset(
    {"summary", "description", "start", "end", "colorId", "visibility", "transparency", "reminders"}
    | {"extendedProperties", "etag", "updated", "sequence", "status"}
)
WORD = re.compile(r"\bword\d+\b")
"""What the user types: each word once in a life, so that none can be there by chance."""


class Violation(AssertionError):
    """An invariant has fallen."""

    def __init__(self, invariant: int, what: str) -> None:
        super().__init__(f"invariant {invariant}: {what}")
        self.invariant = invariant


def instant(edge: Mapping[str, Any]) -> datetime | date:
    if "dateTime" in edge:
        return datetime.fromisoformat(edge["dateTime"]).astimezone(UTC)
    return date.fromisoformat(edge["date"])


def parts_of(event: Resource) -> dict[str, Any]:
    """The parts of a block that user and service may both have a hand in, apart from the text."""
    reminders = event.get("reminders", {"useDefault": True})
    return {
        "time": (instant(event["start"]), instant(event["end"])),
        "title": event.get("summary", ""),
        "colour": event.get("colorId", ""),
        "visibility": event.get("visibility", "default"),
        "transparency": event.get("transparency", "opaque"),
        "reminders": "default"
        if reminders.get("useDefault")
        else tuple(sorted((one["method"], one["minutes"]) for one in reminders.get("overrides", ()))),
    }


def tag_of(event: Resource) -> str:
    return str(event.get("extendedProperties", {}).get("private", {}).get("greenblock", ""))


def farewell(event: Resource) -> bool:
    """Whether it says itself that the service takes it away."""
    return str(event.get("extendedProperties", {}).get("private", {}).get("greenblock_wrote", "")).endswith("|away")


def has_guests(event: Resource) -> bool:
    return any(not (one.get("self") or one.get("resource")) for one in event.get("attendees", ()))


@dataclass(slots=True)
class Seen:
    """A block that the service put into a calendar. `ours`: part by part, what it last wrote there.

    `gone`: "", "service" or "user", whoever took it away. `theirs`: the user made it their own. `wiped`: they emptied
    its text.
    """

    id: str
    occurrence: str
    generation: int
    ours: dict[str, Any]
    said: str = ""  # the text as the service last wrote it
    gone: str = ""
    theirs: bool = False
    handed_over: bool = False
    set_by_hand: dict[str, Any] = field(default_factory=dict)  # part by part, what the user last made of it
    words: set[str] = field(default_factory=set)  # the user's, that stood in the text when they last saved it


@dataclass
class Diary:
    """One user's calendar as the oracle has seen it."""

    email: str
    seen: dict[str, Seen] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)  # occurrences whose block the user has deleted
    moot: set[str] = field(default_factory=set)  # deleted by the user when it was to go anyway
    owed: dict[str, set[str]] = field(default_factory=dict)  # words in a block that the service took away
    cancelled_at: dict[str, datetime] = field(default_factory=dict)  # by the user, any entry
    earlier: dict[str, set[datetime]] = field(default_factory=dict)  # where any entry was before the user moved it

    def held(
        self, store: Any, name: str, zone: ZoneInfo, now: datetime, reads: Sequence[datetime]
    ) -> tuple[set[datetime], set[datetime]]:
        """When somebody was met, in the zone: what the calendar shows, and what it showed when it was over, as far as
        can be known: of a deleted entry Google tells no more than its id for sure, so one that was called off and over
        before anybody looked again (`reads`) looks like one that took place."""
        sure, possible = set(), set()
        for row in store.rows.values():
            event = row.resource
            if not any(one.get("displayName") == name for one in event.get("attendees", ())) or row.series:
                continue
            ends = instant(event["end"])
            if not isinstance(ends, datetime) or ends > now:
                continue
            start = instant(event["start"]).astimezone(zone)  # type: ignore[union-attr]  # a datetime, as its end
            cancelled = self.cancelled_at.get(event["id"])
            if cancelled is not None:  # moved and then deleted before anybody looked again: it was over where it was
                for moment in self.earlier.get(event["id"], ()):
                    if moment <= now and not any(cancelled <= read < moment for read in reads):
                        possible.add(moment.astimezone(zone))
            if not row.cancelled and event["id"] not in self.seen and cancelled is None:
                sure.add(start)
            elif not row.cancelled or (cancelled is not None and not any(cancelled <= read < ends for read in reads)):
                possible.add(start)
        return sure, possible

    def is_forgotten(self, store: Any) -> None:
        """The service's database is one of an earlier day. It may have forgotten that it was itself who took blocks
        away; and that the user took one out of the bin, of which the calendar shows nothing, unless another has come
        in its place since."""
        for seen in self.seen.values():
            if seen.gone == "service":
                self.moot.add(seen.occurrence)
                seen.gone = "forgotten"
        standing = Counter(seen.occurrence for seen in self.seen.values() if not seen.gone)
        for seen in self.seen.values():
            event = store.rows[seen.id].resource
            shown = not tag_of(event) or has_guests(event) or "recurrence" in event
            if seen.theirs and not seen.gone and not shown and standing[seen.occurrence] == 1:
                seen.theirs = False

    def live(self, occurrence: str) -> list[Seen]:
        return [one for one in self.seen.values() if one.occurrence == occurrence and not one.gone and not one.theirs]


class Oracle:
    """Hears every write. `hand` is True while the user (or somebody else, but not the service) writes."""

    def __init__(self, life: Watched) -> None:
        self.life = life
        self.hand = False
        self.fallen: list[Violation] = []
        self.diaries = {email: Diary(email) for email in PEOPLE}
        self.writes = 0
        self.last = ""  # what was written last
        self.wanted: dict[str, Any] = {}  # email -> function(occurrence): whether the user wants that block at all
        self.canaries = {email: re.compile("|".join(PEOPLE[email])) for email in PEOPLE}
        for email, diary in self.diaries.items():
            life.store(email).on_write(lambda old, new, diary=diary: self._witness(diary, old, new))

    def check(self) -> None:
        """Raise the first invariant that fell since the last look."""
        if self.fallen:
            raise self.fallen[0]

    def falls(self, invariant: int, what: str) -> None:
        self.fallen.append(Violation(invariant, what))

    # -- writes as they happen

    def _witness(self, diary: Diary, old: Resource | None, new: Resource) -> None:
        if self.hand:
            if new["status"] == "cancelled":
                diary.cancelled_at[new["id"]] = self.life.now
            if old is not None and old["start"] != new["start"] and "dateTime" in old["start"]:
                diary.earlier.setdefault(new["id"], set()).add(datetime.fromisoformat(old["start"]["dateTime"]))
            if new["id"] in diary.seen:
                self._by_hand(diary, diary.seen[new["id"]], old, new)
            return
        self.writes += 1
        changed = sorted(key for key in {*(old or {}), *new} if (old or {}).get(key) != new.get(key))
        self.last = f"{tag_of(new) or new['id'][:10]}: {', '.join(changed)}"
        if old is None:
            self._inserted(diary, new)
        elif new["id"] not in diary.seen:
            self.falls(5, f"the service wrote to {new['id'][:12]}, which is not a block of its own")
        elif new["status"] == "cancelled":
            self._deleted(diary, diary.seen[new["id"]], old)
        else:
            self._patched(diary, diary.seen[new["id"]], old, new)

    def _inserted(self, diary: Diary, new: Resource) -> None:
        tag = tag_of(new)
        occurrence, _, generation = tag.rpartition("/")
        if not occurrence or not generation.isdigit():
            self.falls(5, f"an event was made that is no block: tag {tag!r}")
            return
        if new.get("attendees"):
            self.falls(5, "a block was made with guests")
        if diary.live(occurrence):
            self.falls(1, f"a second live event for {occurrence}")
        if occurrence in diary.refused:
            self.falls(2, f"the user had deleted {occurrence}, and it was made again")
        if instant(new["start"]) <= self.life.service_now:  # type: ignore[operator]  # blocks are timed
            self.falls(2, f"{occurrence} was put into the past")
        self._names(diary, new)
        text = new.get("description", "")
        owed = diary.owed.pop(occurrence, set())
        if lost := {word for word in owed if word not in text}:
            self.falls(2, f"{occurrence} came back without the user's {sorted(lost)}")
        diary.seen[new["id"]] = Seen(new["id"], occurrence, int(generation), parts_of(new), text)

    def _patched(self, diary: Diary, seen: Seen, old: Resource, new: Resource) -> None:
        if seen.handed_over:
            self.falls(5, f"{seen.occurrence} is the user's own now, and was written to")
        if old["status"] == "cancelled":
            self.falls(2, f"{seen.occurrence} was deleted, and a write brought it back")
        handed = bool(tag_of(old)) and not tag_of(new)
        before, after = parts_of(old), parts_of(new)
        for part, was in before.items():
            if after[part] != was and was != seen.ours[part]:
                self.falls(2, f"{seen.occurrence}: the user's own {part} {was} was overwritten with {after[part]}")
        others = {key for key in {*old, *new} - _OURS if old.get(key) != new.get(key)}
        if others:
            self.falls(5, f"{seen.occurrence}: {sorted(others)} changed, which are no parts of a block")
        if has_guests(old) and not handed:
            self.falls(5, f"{seen.occurrence} has guests, and was written to")
        if before["time"][0] <= self._moment(before["time"][0]) and not handed:
            self.falls(2, f"{seen.occurrence} had begun, and was written to")
        text, was_text = new.get("description", ""), old.get("description", "")
        if lost := [word for word in WORD.findall(was_text) if word not in text]:
            self.falls(2, f"{seen.occurrence}: the user's {lost} were taken out of the text")
        if not was_text.strip() and seen.said.strip() and text.strip():
            self.falls(2, f"{seen.occurrence}: the user had emptied the text, and it was filled again")
        self._names(diary, new)
        seen.ours = {part: after[part] if after[part] != was else seen.ours[part] for part, was in before.items()}
        if text != was_text:
            seen.said = text
        seen.handed_over = seen.handed_over or handed
        seen.theirs = seen.theirs or handed

    def _deleted(self, diary: Diary, seen: Seen, old: Resource) -> None:
        if seen.theirs:
            self.falls(5, f"{seen.occurrence} is the user's own now, and was deleted")
        if seen.gone:
            self.falls(2, f"{seen.occurrence} was deleted twice")
        if parts_of(old)["time"][0] <= self._moment(parts_of(old)["time"][0]):
            self.falls(2, f"{seen.occurrence} had begun, and was deleted")
        words = set(WORD.findall(old.get("description", "")))
        if words:
            diary.owed.setdefault(seen.occurrence, set()).update(words)
        seen.gone = "service"

    def _moment(self, like: datetime | date) -> Any:
        now = self.life.service_now  # nobody knows better than their clock
        return now if isinstance(like, datetime) else now.date()

    def _names(self, diary: Diary, new: Resource) -> None:
        for email, names in self.canaries.items():
            if email != diary.email and names.search(new.get("description", "") + new.get("summary", "")):
                self.falls(7, f"somebody of {email} stands in a block of {diary.email}")

    # -- what the user does

    def _by_hand(self, diary: Diary, seen: Seen, old: Resource | None, new: Resource) -> None:
        assert old is not None
        was, now = parts_of(old), parts_of(new)
        seen.set_by_hand |= {part: now[part] for part in now if now[part] != was[part]}
        seen.words = set(WORD.findall(new.get("description", "")))
        if new["status"] == "cancelled" and old["status"] != "cancelled":
            seen.gone = "user"
            wants = self.wanted.get(diary.email)
            if self.life.announced(seen.id) or farewell(old) or (wants is not None and not wants(seen.occurrence)):
                diary.moot.add(seen.occurrence)  # who was first cannot be told, and both wanted it gone
            elif not seen.theirs:
                diary.refused.add(seen.occurrence)
        elif new["status"] != "cancelled" and old["status"] == "cancelled":
            seen.theirs = seen.theirs or seen.gone == "service"
            # Their words are back with it.
            diary.owed.get(seen.occurrence, set()).difference_update(seen.words)
            diary.refused.discard(seen.occurrence)
            seen.gone = ""
        if has_guests(new) or "recurrence" in new:
            seen.theirs = True
