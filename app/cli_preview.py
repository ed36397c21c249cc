"""`greenblock preview`: what the service would make of an exported calendar, without an account or a network.

CONTRACT: JSON keys people, left_out, blocks, unplaced, warnings; times ISO 8601 with offset.
"""

from __future__ import annotations

import json
import re
import sys
from datetime import date, datetime, time
from io import TextIOWrapper
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from app.cli import counting
from app.cli_preview_tables import print_preview
from app.errors import GreenblockError
from app.services.preview import Preview, TooMuch, preview
from app.services.preview_rule import SHORTEST, Wish
from integrations.ics import IcsCalendar, IcsError, read_ics
from integrations.ics_zones import zone_named
from scheduler.slots import holidays_between

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_ANY_DAY = date(2026, 1, 1)


def run_preview(
    path: Path,
    *,
    me: str,
    now: datetime,
    zone: str | None = None,
    days: str | None = None,
    window: str | None = None,
    ideal: str | None = None,
    minutes: int = 30,
    holidays: str | None = None,
    weeks: int = 4,
    as_json: bool = False,
) -> None:
    """Read, work out and print. Raises typer.BadParameter for an option that makes no sense, GreenblockError for a
    file that is no calendar or one beyond all reason; each with one sentence."""
    try:
        address, home = parse_me(me), parse_zone(zone)
        wish = parse_wish(days=days, window=window, ideal=ideal, minutes=minutes, holidays=holidays, weeks=weeks)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    try:
        with counting("Reading") as tell:
            calendar = read_ics(path, me=address, zone=home, progress=tell)
        result = preview(
            calendar.events,
            me=address,
            now=now,
            zone=ZoneInfo(calendar.zone),
            wish=wish,
            not_people=calendar.not_people,
        )
    except (IcsError, TooMuch) as error:
        raise GreenblockError(str(error)) from None
    if as_json:
        print(json.dumps(as_data(result, calendar), indent=1))
    else:
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")  # a terminal that has no ☐ shows something else
        print_preview(result, calendar, now=now)


def as_data(result: Preview, calendar: IcsCalendar) -> dict[str, object]:
    """The JSON, as the contract names it. Names in blocks are addresses, as in `people`."""
    zone = result.zone
    return {
        "people": [
            {
                "name": one.contact.name,
                "address": one.contact.address,
                "company": one.contact.company,
                "kind": one.contact.kind.value if one.contact.kind else None,
                "sure": one.contact.sure,
                "touches": len(one.contact.touches),
                "last_on": one.last_on.isoformat() if one.last_on else None,
                "usual_gap_days": one.gap,
                "priority": round(one.priority, 6),
                "reasons": [*([one.unsure] if one.unsure else []), *(reason.text for reason in one.reasons)],
            }
            for one in result.people
        ],
        "left_out": [{"address": one.address, "reason": one.reason} for one in result.left_out],
        "blocks": [
            {
                "start": one.block.start.astimezone(zone).isoformat(),
                "end": one.block.end.astimezone(zone).isoformat(),
                "people": [named.contact.address for named in one.people],
                "reason": one.block.reason,
            }
            for one in result.blocks
        ],
        "unplaced": [{"occurrence": one.key.occurrence, "reason": one.reason} for one in result.unplaced],
        "warnings": [*result.warnings, *calendar.problems],
    }


# -- Options: each raises ValueError with one sentence ---------------------------------------------


def parse_me(text: str) -> str:
    address = text.strip().lower()
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or any(char.isspace() for char in address):
        raise ValueError(f"{text!r} is no mail address; give the one under which you are invited.")
    return address


def parse_zone(text: str | None) -> ZoneInfo | None:
    """An IANA name, or Windows' name for one."""
    if text is None:
        return None
    zone = zone_named(text)
    if zone is None:
        raise ValueError(f"{text!r} is no time zone; write it like Europe/Berlin.")
    return zone


def parse_wish(
    *, days: str | None, window: str | None, ideal: str | None, minutes: int, holidays: str | None, weeks: int
) -> Wish:
    """The options about blocks."""
    span = _window(window) if window is not None else None
    at = _clock(ideal) if ideal is not None else None
    if span and _minutes(span[1]) - _minutes(span[0]) < min(SHORTEST, minutes):
        raise ValueError(f"The window {window} is shorter than the shortest block.")
    if at is not None and days is not None and span is None and not time(9) <= at < time(12):
        raise ValueError(f"{ideal} lies outside the window 09:00-12:00; give your own with --window.")
    if at is not None and span and not span[0] <= at < span[1]:
        raise ValueError(f"{ideal} lies outside the window {window}.")
    country, _, region = (holidays or "").strip().partition("-")
    region = region.upper() if len(region) <= 3 else region  # codes, but a few are names
    if holidays is not None:
        if not country:
            raise ValueError("Name a country by its two-letter code, such as DE.")
        holidays_between(_ANY_DAY, _ANY_DAY, country, region or None)
    return Wish(
        weekdays=_weekdays(days) if days is not None else frozenset(),
        window=span,
        ideal=at,
        minutes=minutes,
        country=country,
        region=region,
        weeks=weeks,
    )


def _weekdays(text: str) -> frozenset[int]:
    found = set()
    for word in text.lower().split(","):
        day = next(
            (n for n, name in enumerate(_DAYS, start=1) if len(word.strip()) >= 3 and word.strip()[:3] == name), 0
        )
        if not day:
            raise ValueError(f"{word.strip()!r} is no weekday; write them like tue,thu.")
        found.add(day)
    return frozenset(found)


def _window(text: str) -> tuple[time, time]:
    first, dash, last = text.replace("–", "-").partition("-")
    if not dash:
        raise ValueError(f"{text!r} is no window; write it like 09:00-12:00.")
    start, end = _clock(first), _clock(last)
    if start >= end:
        raise ValueError(f"The window {text} ends before it begins.")
    return start, end


def _clock(text: str) -> time:
    found = _CLOCK.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text.strip()!r} is no time of day; write it like 10:00.")
    return time(int(found[1]), int(found[2]))


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute
