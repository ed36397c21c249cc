"""The lines of one VEVENT → a draft: what the entry says, before anybody knows which zone its times are in.

Facts about the format: RFC 5545; Microsoft's own properties: [MS-OXCICAL]. What is merely odd falls back to the
default; only a draft without a readable start is no entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from icalendar import vDuration
from icalendar.parser import Contentline

from scheduler.model import Response

MOST_GUESTS = 500
"""Guests kept of one entry: far above any talk."""
MOST_DATES = 5_000
"""Values of RDATE and EXDATE kept of one series."""
_MOST_RULES = 20
_LONGEST_TITLE, _LONGEST_NAME, _LONGEST_ADDRESS, _LONGEST_RULE = 1_000, 200, 320, 2_000
_FIRST_YEAR, _LAST_YEAR = 2, 9998  # beyond these a change of zone leaves Python's calendar
_DATE_TIME = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d))?(?:[.,]\d+)?(Z?))?", re.ASCII)

_ESCAPED = re.compile(r"\\([\\;,:nN])")


class Moment(NamedTuple):
    """A date, or a naive wall-clock time with the name of its zone: "UTC", a TZID, or empty where it floats."""

    at: datetime | date
    zone: str = ""


class Guest(NamedTuple):
    """An ATTENDEE or ORGANIZER. `answer` is None where the entry does not say."""

    address: str
    name: str = ""
    answer: Response | None = None
    kind: str = ""  # CUTYPE: INDIVIDUAL, GROUP, ROOM, RESOURCE
    role: str = ""  # CHAIR, REQ-PARTICIPANT, OPT-PARTICIPANT, NON-PARTICIPANT


@dataclass(slots=True, kw_only=True)
class Draft:
    """One VEVENT as read."""

    uid: str = ""
    sequence: int = 0
    stamp: str = ""
    title: str = ""
    start: Moment | None = None
    end: Moment | None = None
    duration: timedelta | None = None
    original: Moment | None = None  # RECURRENCE-ID
    and_following: bool = False  # RANGE=THISANDFUTURE
    rules: list[str] = field(default_factory=list)
    more: list[Moment] = field(default_factory=list)  # RDATE
    less: list[Moment] = field(default_factory=list)  # EXDATE
    status: str = ""
    transparency: str = ""
    visibility: str = ""
    shown_as: str = ""  # X-MICROSOFT-CDO-BUSYSTATUS
    meant_as: str = ""  # X-MICROSOFT-CDO-INTENDEDSTATUS
    all_day: bool = False  # Microsoft's flag
    birthday: bool = False
    organizer: Guest | None = None
    guests: list[Guest] = field(default_factory=list)
    called_off: bool = False  # METHOD:CANCEL around it
    lists_organizer: bool = False  # its producer names the organiser among the guests whenever they take part

    def take(self, name: str, line: str) -> None:
        """Add one content line. Raises ValueError for one that cannot be read."""
        if name in _PEOPLE:
            _PEOPLE[name](self, line)
        elif name in _READERS:
            _READERS[name](self, *split(line))


Params = Mapping[str, str]
_NONE: Params = {}


def split(line: str) -> tuple[Params, str]:
    """Parameters (names in capitals) and value, still escaped. Raises ValueError."""
    head, colon, value = line.partition(":")
    if not colon:
        raise ValueError("a line without a colon")
    if ";" not in head and '"' not in head:
        return _NONE, value
    _, params, value = Contentline(line).raw_parts()  # type: ignore[no-untyped-call]  # untyped there
    flat = {str(key).upper(): item if isinstance(item, str) else ",".join(item) for key, item in params.items()}
    return flat, value


def moment_of(text: str, params: Params) -> Moment:
    """A DATE or DATE-TIME. Raises ValueError."""
    found = _DATE_TIME.match(text.strip())
    if found is None:
        raise ValueError("no date")
    year, month, day, hour, minute, second, utc = found.groups()
    if not _FIRST_YEAR <= int(year) <= _LAST_YEAR:
        raise ValueError("outside the calendar")
    if hour is None or params.get("VALUE", "").upper() == "DATE":
        return Moment(date(int(year), int(month), int(day)))
    clock = (int(hour) % 24 if hour == "24" else int(hour), int(minute), min(int(second or 0), 59))
    at = datetime(int(year), int(month), int(day), *clock)  # noqa: DTZ001 - a wall clock; its zone comes along by name
    if hour == "24":
        at += timedelta(days=1)
    return Moment(at, "UTC" if utc else params.get("TZID", "").strip().strip('"'))


# -- People ----------------------------------------------------------------------------------------

_ANSWERS = {
    "NEEDS-ACTION": Response.NEEDS_ACTION,
    "ACCEPTED": Response.ACCEPTED,
    "COMPLETED": Response.ACCEPTED,
    "IN-PROCESS": Response.ACCEPTED,
    "TENTATIVE": Response.TENTATIVE,
    "DECLINED": Response.DECLINED,
    "DELEGATED": Response.DECLINED,  # somebody else came instead
}


@lru_cache(maxsize=50_000)  # the same people come again and again
def guest_of(line: str) -> Guest:
    """An ATTENDEE or ORGANIZER line. Raises ValueError."""
    params, value = split(line)
    name = " ".join(params.get("CN", "").strip("\"' ").split())[:_LONGEST_NAME]
    candidates = (value, params.get("EMAIL", ""), params.get("X-EMAIL", ""), name)
    return Guest(
        address=next(filter(None, map(_address, candidates)), ""),
        name=name,
        answer=_ANSWERS.get(params.get("PARTSTAT", "").strip().upper()),
        kind=params.get("CUTYPE", "").strip().upper()[:20],
        role=params.get("ROLE", "").strip().upper()[:20],
    )


def _address(text: str) -> str:
    """The mail address in a URI or bare, normalised; empty where there is none ("invalid:nomail", a principal)."""
    text = text.strip().strip("\"'<> ")
    if text[:7].lower() == "mailto:":
        text = unquote(text[7:]).partition("?")[0].strip().strip("\"'<> ")
    local, at, domain = text.lower().rpartition("@")
    odd = not local or not at or not domain or len(text) > _LONGEST_ADDRESS
    if odd or any(char.isspace() or char in '":/,;<>@' or not char.isprintable() for char in local + domain):
        return ""
    return f"{local}@{domain.rstrip('.')}"


# -- One reader a property -------------------------------------------------------------------------

Reader = Callable[[Draft, Params, str], None]


def _word(name: str) -> Reader:
    def read(draft: Draft, _: Params, value: str) -> None:
        setattr(draft, name, value.strip().upper()[:40])

    return read


def _uid(draft: Draft, _: Params, value: str) -> None:
    draft.uid = value.strip()


def _summary(draft: Draft, _: Params, value: str) -> None:
    text = _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], value[: 2 * _LONGEST_TITLE])
    draft.title = text.strip()[:_LONGEST_TITLE]


def _sequence(draft: Draft, _: Params, value: str) -> None:
    draft.sequence = int(value.strip()[:9])


def _stamp(draft: Draft, _: Params, value: str) -> None:
    draft.stamp = max(draft.stamp, value.strip()[:20])


def _start(draft: Draft, params: Params, value: str) -> None:
    draft.start = moment_of(value, params)


def _end(draft: Draft, params: Params, value: str) -> None:
    draft.end = moment_of(value, params)


def _duration(draft: Draft, _: Params, value: str) -> None:
    read: timedelta = vDuration.from_ical(value.strip().upper())  # type: ignore[no-untyped-call]  # untyped there
    draft.duration = max(read, timedelta())


def _original(draft: Draft, params: Params, value: str) -> None:
    draft.original = moment_of(value, params)
    draft.and_following = params.get("RANGE", "").upper() == "THISANDFUTURE"


def _rule(name: str) -> Reader:
    def read(draft: Draft, _: Params, value: str) -> None:
        if len(value) > _LONGEST_RULE or len(draft.rules) >= _MOST_RULES:
            raise ValueError("too long a rule")
        draft.rules.append(f"{name}:{value.strip()}")

    return read


def _dates(which: str) -> Reader:
    def read(draft: Draft, params: Params, value: str) -> None:
        dates: list[Moment] = getattr(draft, which)
        for text in value.split(","):
            if len(dates) >= MOST_DATES:
                raise ValueError("too many dates")
            dates.append(moment_of(text.partition("/")[0], params))

    return read


def _flag(draft: Draft, _: Params, value: str) -> None:
    draft.all_day = draft.all_day or value.strip().upper() == "TRUE"


def _categories(draft: Draft, _: Params, value: str) -> None:
    words = {word.strip().lower() for word in value.split(",")}
    draft.birthday = draft.birthday or not words.isdisjoint({"birthday", "birthdays", "anniversary"})


def _organizer(draft: Draft, line: str) -> None:
    draft.organizer = guest_of(line)


def _attendee(draft: Draft, line: str) -> None:
    if len(draft.guests) < MOST_GUESTS:
        draft.guests.append(guest_of(line))


_READERS: Mapping[str, Reader] = {
    "UID": _uid,
    "SEQUENCE": _sequence,
    "DTSTAMP": _stamp,
    "LAST-MODIFIED": _stamp,
    "SUMMARY": _summary,
    "DTSTART": _start,
    "DTEND": _end,
    "DURATION": _duration,
    "RECURRENCE-ID": _original,
    "RRULE": _rule("RRULE"),
    "EXRULE": _rule("EXRULE"),
    "RDATE": _dates("more"),
    "EXDATE": _dates("less"),
    "STATUS": _word("status"),
    "TRANSP": _word("transparency"),
    "CLASS": _word("visibility"),
    "X-MICROSOFT-CDO-BUSYSTATUS": _word("shown_as"),
    "X-MICROSOFT-CDO-INTENDEDSTATUS": _word("meant_as"),
    "X-MICROSOFT-CDO-ALLDAYEVENT": _flag,
    "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT": _flag,
    "CATEGORIES": _categories,
}
_PEOPLE: Mapping[str, Callable[[Draft, str], None]] = {"ORGANIZER": _organizer, "ATTENDEE": _attendee}
WANTED = frozenset(_READERS) | frozenset(_PEOPLE)
"""The properties that are read; all others are passed over unseen."""
