"""A file as a read-only calendar: what Google, Outlook, Apple and their kin export (iCalendar, RFC 5545).

    bytes → logical lines (`ics_lines`) → drafts (`ics_fields`) → zones (`ics_zones`) → events (`ics_events`)

Read what can be read; what cannot is said in `problems`. The file is walked line by line and only what an `Event`
needs is kept (no description, no attachment), so an export of any size is read in the memory of its entries.
icalendar reads the single lines; its own reader of whole files keeps everything and stops at a broken part.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from integrations.ics_events import Builder, home_zone
from integrations.ics_fields import MOST_GUESTS, WANTED, Draft, split
from integrations.ics_lines import Line, logical_lines
from integrations.ics_problems import Problems
from integrations.ics_zones import Described, Zones
from scheduler.model import Event

MOST_ENTRIES = 250_000
"""Entries of one file: five times a very full working life."""
MOST_GUESTS_IN_ALL = 5_000_000
_NAME = re.compile(r"\s*([A-Za-z0-9-]+)\s*[;:]")
_LISTS_THE_ORGANIZER = ("google", "apple", "macos", "iphone", "ipad")
"""Producers that name an organiser among the guests whenever they take part. With others (Exchange, Zimbra, SOGo)
ORGANIZER alone means that they do."""

Progress = Callable[[int, int], None]


class IcsError(Exception):
    """Not a calendar file, or one beyond the limits. The message is one sentence for the user, and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IcsCalendar:
    """What a file holds. `events` by id; `zone` is the IANA name of the calendar's; `problems` are sentences.

    `not_people`: addresses that the calendar itself says are no guests of a meeting (groups, those only copied in),
    with the sentence that says so. A group's attendee is marked as a resource, so that it counts nowhere.
    """

    events: tuple[Event, ...]
    zone: str
    problems: tuple[str, ...] = ()
    not_people: dict[str, str] = field(default_factory=dict)


def read_ics(
    source: Path | bytes, *, me: str, zone: ZoneInfo | None = None, progress: Progress | None = None
) -> IcsCalendar:
    """Read a file (or its bytes). `me` is the user's address; `zone` outranks what the file says of its zone.

    `progress` gets (bytes read, of how many). Raises IcsError.
    """
    name = source.name if isinstance(source, Path) else "The file"
    reader = _Reader(zone)
    try:
        if isinstance(source, Path):
            with source.open("rb") as file:
                reader.read(file, source.stat().st_size, name, progress)
        else:
            reader.read(io.BytesIO(source), len(source), name, progress)
    except OSError as error:
        raise IcsError(f"{name} cannot be read: {error.strerror or error}.") from None
    return reader.calendar(me.strip().lower())


class _Reader:
    """The state of one walk through a file."""

    def __init__(self, own: ZoneInfo | None) -> None:
        self._own = own
        self.problems = Problems()
        self._zones = Zones(own)
        self._drafts: list[Draft] = []
        self._named: list[str] = []  # the zones that heads of calendars name
        self._calendars = 0
        self._guests = 0
        self._draft: Draft | None = None
        self._zone: Described | None = None
        self._depth = 0  # how deep we are in parts of the entry or zone, such as VALARM or DAYLIGHT
        self._skipping = ""  # VTODO and what else is no entry
        self._google_like = False
        self._called_off = False

    def read(self, file: BinaryIO, size: int, name: str, progress: Progress | None) -> None:
        head = file.read(4)
        file.seek(0)
        if not head:
            raise IcsError(f"{name} is empty. Export the calendar again.")
        if head[:2] in (b"PK", b"\x1f\x8b"):
            raise IcsError(f"{name} is packed. Unpack it, and give the .ics file that was inside.")
        for line in logical_lines(file, (lambda done: progress(done, size)) if progress else None):
            self._take(line, name)
        self._finish_entry(ended=False)
        if progress is not None:
            progress(size, size)
        if not self._calendars and not self._drafts:
            raise IcsError(
                f"{name} is no calendar file: nothing in it begins a calendar. Export it as iCalendar (.ics)."
            )

    def calendar(self, me: str) -> IcsCalendar:
        home = self._own or home_zone(self._drafts, self._named, self._zones)
        builder = Builder(self._zones, home or ZoneInfo("UTC"), me, self.problems)
        events = sorted(builder.events(self._drafts), key=lambda event: event.id)
        self._drafts.clear()
        problems = self.problems.sentences()
        if home is None:
            problems += ("The file names no time zone, so times are shown in UTC; give yours with --zone.",)
        return IcsCalendar(
            events=tuple(events), zone=(home or ZoneInfo("UTC")).key, problems=problems, not_people=builder.not_people
        )

    # -- components --------------------------------------------------------------------------------

    def _take(self, line: Line, name: str) -> None:
        found = _NAME.match(line.text)
        if found is None:
            return  # the rest of a text that was badly folded
        word = found[1].upper()
        if word == "BEGIN":
            self._begin(line.text[found.end() :].strip().upper(), name)
        elif word == "END":
            self._end(line.text[found.end() :].strip().upper())
        elif not self._skipping:
            self._property(word, line)

    def _begin(self, part: str, name: str) -> None:
        if part in ("VEVENT", "VCALENDAR", "VTIMEZONE", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY"):
            self._finish_entry(ended=False)
            self._finish_zone()
            self._skipping = ""
        if part == "VCALENDAR":
            self._calendars += 1
            self._google_like = self._called_off = False
        elif part == "VEVENT":
            if len(self._drafts) >= MOST_ENTRIES or self._guests > MOST_GUESTS_IN_ALL:
                raise IcsError(f"{name} holds more than {MOST_ENTRIES:,} entries. Export a shorter stretch of time.")
            self._draft = Draft(lists_organizer=self._google_like, called_off=self._called_off)
        elif part == "VTIMEZONE":
            self._zone = Described()
        elif self._zone is not None or self._draft is not None:
            self._depth += 1
            if self._zone is not None and self._depth == 1:
                self._zone.begin_observance()
        else:
            self._skipping = self._skipping or part

    def _end(self, part: str) -> None:
        if part == "VEVENT":
            self._finish_entry(ended=True)
        elif part == "VTIMEZONE":
            self._finish_zone()
        elif part == "VCALENDAR":
            self._finish_entry(ended=False)
            self._finish_zone()
            self._skipping = ""
        elif self._depth:
            self._depth -= 1
        elif part == self._skipping:
            self._skipping = ""

    def _finish_entry(self, *, ended: bool) -> None:
        draft, self._draft, self._depth = self._draft, None, 0
        if draft is not None:
            if not ended:
                self.problems.add("unended", draft.title)
            self._drafts.append(draft)
            self._guests += len(draft.guests)

    def _finish_zone(self) -> None:
        zone, self._zone, self._depth = self._zone, None, 0
        if zone is not None:
            self._zones.describe(zone)

    # -- properties --------------------------------------------------------------------------------

    def _property(self, word: str, line: Line) -> None:
        try:
            if self._draft is not None:
                if self._depth or word not in WANTED:
                    return
                self._complain(line, word)
                self._draft.take(word, line.text)
            elif self._zone is not None:
                if self._depth == 0:
                    self._zone.take(word, line.text)
                elif self._depth == 1:
                    self._zone.observe(word, line.text)
            else:
                self._head(word, line.text)
        except (ValueError, OverflowError):
            self.problems.add("property", word)

    def _complain(self, line: Line, word: str) -> None:
        if line.cut:
            self.problems.add("long_line", word)
        if line.guessed:
            self.problems.add("encoding", word)

    def _head(self, word: str, text: str) -> None:
        """A line of the calendar itself."""
        if word in ("X-WR-TIMEZONE", "TIMEZONE-ID"):
            if len(self._named) < MOST_GUESTS:
                self._named.append(split(text)[1].strip()[:200])
        elif word == "PRODID":
            producer = split(text)[1].lower()
            self._google_like = any(name in producer for name in _LISTS_THE_ORGANIZER)
        elif word == "METHOD":
            self._called_off = split(text)[1].strip().upper() == "CANCEL"
