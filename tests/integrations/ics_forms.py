"""Exported calendars to test with: the files in calendars/, and small ones made line by line."""

from __future__ import annotations

from pathlib import Path

from integrations.ics import IcsCalendar, read_ics
from scheduler.model import Event

FILES = Path(__file__).parent / "calendars"
ME = "erika@lind-advisory.example"
PRODUCERS = sorted(path.stem for path in FILES.glob("*.ics"))


def read(name: str) -> IcsCalendar:
    return read_ics(FILES / f"{name}.ics", me=ME)


def calendar(*lines: str, head: str = "X-WR-TIMEZONE:Europe/Berlin") -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *head.splitlines(), *lines, "END:VCALENDAR", ""]).encode()


def entry(*lines: str, uid: str = "1", start: str = "DTSTART:20261103T090000Z") -> list[str]:
    return ["BEGIN:VEVENT", f"UID:{uid}", start, *lines, "END:VEVENT"]


def events(*lines: str, head: str = "X-WR-TIMEZONE:Europe/Berlin") -> tuple[Event, ...]:
    return read_ics(calendar(*lines, head=head), me=ME).events
