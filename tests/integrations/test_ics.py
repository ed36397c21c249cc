"""Exported calendars, in the manner of those who write them, as events.

The files in calendars/ are made up, line by line as the producers named write them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from integrations.ics import IcsCalendar, read_ics
from scheduler.model import Attendee, Event, EventType, Response
from scheduler.recurrence import expand, group
from scheduler.timespan import Span
from tests.integrations.ics_forms import ME, calendar, entry, events, read

AUTUMN = Span(datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def one(*lines: str, start: str = "DTSTART:20261103T090000Z", head: str = "X-WR-TIMEZONE:Europe/Berlin") -> Event:
    (event,) = events(*entry(*lines, start=start), head=head)
    return event


def guest(event: Event, address: str) -> Attendee:
    return next(attendee for attendee in event.attendees if attendee.address == address)


def days(found: IcsCalendar, uid: str) -> list[str]:
    """The turns of a series by local start, and by the title of a changed one."""
    turns = sorted((turn for turn in expand(group(found.events)[uid], AUTUMN)), key=lambda turn: turn.start.isoformat())
    return [f"{turn.start:%d.%m. %H:%M}" for turn in turns]


# -- producers -------------------------------------------------------------------------------------


def test_google() -> None:
    found = read("google")
    assert (found.zone, found.problems) == ("Europe/Berlin", ())
    master = next(event for event in found.events if event.id == "monthly-marta@google.com")
    assert master.title == "Marta, monthly"
    assert [(one.address, one.name, one.response) for one in master.attendees[:2]] == [
        (ME, "Erika Lind", Response.ACCEPTED),
        ("marta@ferro.example", "Marta Ferro", Response.ACCEPTED),
    ]
    assert guest(master, ME).is_self
    assert guest(master, ME).is_organizer
    assert guest(master, "c_188abc@resource.calendar.google.com").is_resource
    # ten o'clock also after the clocks went back; one turn moved, one taken out
    assert days(found, master.id) == ["01.09. 10:00", "07.10. 14:00", "03.11. 10:00"]
    moved = next(event for event in found.events if event.series_id == master.id)
    assert moved.original_start == datetime(2026, 10, 6, 8, tzinfo=UTC)
    assert guest(moved, "marta@ferro.example").response is Response.DECLINED
    webinar = next(event for event in found.events if event.title == "Webinar")
    assert (webinar.private, webinar.transparent) == (True, True)
    assert [one.address for one in webinar.attendees] == [ME]  # Google would have named its organiser
    assert webinar.organizer is not None
    away = next(event for event in found.events if event.id == "away@google.com")
    assert (away.start, away.end, away.transparent) == (date(2026, 12, 24), date(2026, 12, 27), False)


def test_outlook() -> None:
    found = read("outlook")
    assert (found.zone, found.problems) == ("Europe/Berlin", ())
    series, away = found.events
    assert series.title == "Jour fixe; Zahlen"
    assert isinstance(series.start, datetime)
    assert series.start.tzinfo == ZoneInfo("Europe/Berlin")
    assert days(found, series.id) == ["13.10. 10:30", "27.10. 10:30", "03.11. 10:30"]
    assert guest(series, ME).response is Response.ACCEPTED  # the organiser, whom Outlook does not list
    assert guest(series, "house3@lind-advisory.example").is_resource
    assert [one.name for one in series.attendees if not one.address] == ["nobody"]
    assert found.not_people == {
        "paul@copied.example": "Only copied in, not asked to take part.",
        "ferro-leadership@ferro.example": "The calendar calls it a group or mailing list, not one person.",
    }
    assert (away.type, away.start, away.private) == (EventType.OUT_OF_OFFICE, date(2026, 11, 19), True)


def test_exchange() -> None:
    found = read("exchange")
    assert found.zone == "Europe/Berlin"  # by its description, for its name is a sentence
    quarter, old = found.events
    assert quarter.start == datetime(2026, 11, 3, 8, tzinfo=UTC)
    assert guest(quarter, ME).response is Response.NEEDS_ACTION
    assert guest(quarter, "marta@ferro.example").response is Response.ACCEPTED  # organisers come to their meetings
    assert old.start == datetime(2026, 11, 4, 17, tzinfo=UTC)  # a Windows name without any description
    assert old.cancelled
    assert old.transparent


def test_apple() -> None:
    found = read("apple")
    coffee, lunch, birthday = found.events
    assert found.zone == "America/New_York"
    assert coffee.title == "Coffee with Tom"  # not its alarm's
    assert [(one.address, one.is_self, one.response) for one in coffee.attendees] == [
        (ME, True, Response.ACCEPTED),
        ("tom@hara.example", False, Response.TENTATIVE),
    ]
    assert coffee.attendees[1].name == 'Tom O"Hara'
    assert lunch.start == datetime(2026, 10, 27, 16, 30, tzinfo=UTC)  # floating: where the user is
    assert lunch.end == datetime(2026, 10, 27, 18, 0, tzinfo=UTC)
    assert "assistant@agency.example" not in [one.address for one in lunch.attendees]
    assert birthday.type is EventType.BIRTHDAY


def test_nextcloud() -> None:
    found = read("nextcloud")
    assert found.zone == "Europe/Vienna"
    series = found.events[0]
    # two dates more, two fewer, one called off
    assert days(found, series.id)[:4] == ["05.10. 09:00", "08.10. 09:00", "09.10. 09:00", "02.11. 09:00"]
    assert guest(series, ME).response is Response.TENTATIVE
    assert found.problems == ("A change to “this and all following” is read for its own date only: “Series”.",)


def test_zimbra_and_proton_in_one_file() -> None:
    found = read("zimbra")
    assert found.zone == "Europe/Brussels"
    plan, audit = found.events
    assert guest(audit, ME).response is Response.DECLINED
    assert guest(audit, "bram@maes.example").response is Response.ACCEPTED
    assert audit.start == datetime(2026, 11, 10, 13, tzinfo=UTC)
    assert guest(plan, ME).is_organizer


def test_thunderbird_and_zones_of_its_own() -> None:
    found = read("thunderbird")
    own, nobodys, lisbon = found.events
    assert own.start == datetime(2026, 11, 12, 4, 23, tzinfo=UTC)
    assert [one.address for one in own.attendees] == ["ines@solar.example", ME]
    assert nobodys.start == datetime(2026, 11, 13, 10, tzinfo=UTC)
    assert isinstance(lisbon.start, datetime)
    assert lisbon.start.tzinfo == ZoneInfo("Europe/Lisbon")
    assert len(found.problems) == 1
    assert "Moon/Crater" in found.problems[0]


# -- single facts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "transparent", "kind"),
    [
        ((), False, EventType.DEFAULT),
        (("TRANSP:TRANSPARENT",), True, EventType.DEFAULT),
        (("TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"), True, EventType.DEFAULT),
        (("X-MICROSOFT-CDO-BUSYSTATUS:OOF",), False, EventType.OUT_OF_OFFICE),
        (("X-MICROSOFT-CDO-INTENDEDSTATUS:OOF",), False, EventType.OUT_OF_OFFICE),
        (("X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE",), False, EventType.WORKING_LOCATION),
        (("X-MICROSOFT-CDO-BUSYSTATUS:OOF", "ATTENDEE:mailto:marta@ferro.example"), False, EventType.DEFAULT),
    ],
)
def test_how_time_is_shown(lines: tuple[str, ...], transparent: bool, kind: EventType) -> None:
    event = one(*lines)
    assert (event.transparent, event.type) == (transparent, kind)


@pytest.mark.parametrize(
    ("shown", "answer"),
    [("BUSY", Response.ACCEPTED), ("TENTATIVE", Response.TENTATIVE), ("FREE", Response.NEEDS_ACTION)],
)
def test_an_answer_not_given_follows_from_how_outlook_shows_the_entry(shown: str, answer: Response) -> None:
    lines = (f"X-MICROSOFT-CDO-BUSYSTATUS:{shown}", f"ATTENDEE:mailto:{ME}", "ATTENDEE:mailto:marta@ferro.example")
    assert guest(one(*lines), ME).response is answer


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("ATTENDEE:MAILTO:Marta@Ferro.Example", "marta@ferro.example"),
        ("ATTENDEE:mailto:%22marta%22@ferro.example", ""),
        ("ATTENDEE:mailto:<marta@ferro.example>", "marta@ferro.example"),
        ("ATTENDEE:marta@ferro.example", "marta@ferro.example"),
        ('ATTENDEE;CN="marta@ferro.example":invalid:nomail', "marta@ferro.example"),
        ("ATTENDEE;EMAIL=marta@ferro.example:urn:uuid:9f1c", "marta@ferro.example"),
        ('ATTENDEE;CN="Ferro; Marta: boss":mailto:marta@ferro.example?subject=x', "marta@ferro.example"),
        ("ATTENDEE;CN=Marta:/principals/marta/", ""),
    ],
)
def test_addresses(line: str, address: str) -> None:
    assert [attendee.address for attendee in one(line).attendees] == [address]


@pytest.mark.parametrize(
    ("partstat", "response"),
    [
        ("ACCEPTED", Response.ACCEPTED),
        ("declined", Response.DECLINED),
        ("DELEGATED", Response.DECLINED),
        ("X-PERHAPS", Response.NEEDS_ACTION),
    ],
)
def test_answers(partstat: str, response: Response) -> None:
    event = one(f"ATTENDEE;PARTSTAT={partstat}:mailto:marta@ferro.example")
    assert event.attendees[0].response is response


@pytest.mark.parametrize(
    ("start", "lines", "end"),
    [
        ("DTSTART:20261103T090000Z", ("DURATION:PT45M",), datetime(2026, 11, 3, 9, 45, tzinfo=UTC)),
        ("DTSTART:20261103T090000Z", (), datetime(2026, 11, 3, 9, tzinfo=UTC)),
        ("DTSTART:20261103T090000Z", ("DURATION:-PT45M",), datetime(2026, 11, 3, 9, tzinfo=UTC)),
        ("DTSTART:20261103T090000Z", ("DTEND;VALUE=DATE:20261104",), datetime(2026, 11, 3, 23, tzinfo=UTC)),
        ("DTSTART;VALUE=DATE:20261103", (), date(2026, 11, 4)),
        ("DTSTART;VALUE=DATE:20261103", ("DTEND;VALUE=DATE:20261103",), date(2026, 11, 4)),
        ("DTSTART;VALUE=DATE:20261103", ("DURATION:P2D",), date(2026, 11, 5)),
        ("DTSTART:20261103", ("DTEND:20261105T120000Z",), date(2026, 11, 6)),
    ],
)
def test_ends(start: str, lines: tuple[str, ...], end: datetime | date) -> None:
    assert one(*lines, start=start).end == end


def test_the_hour_that_does_not_exist_is_the_next_one_that_does() -> None:
    event = one(start="DTSTART;TZID=Europe/Berlin:20260329T023000")
    assert event.start == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_changed_turn_is_found_however_its_date_is_spelled() -> None:
    for spelled in ("RECURRENCE-ID:20261110T090000Z", "RECURRENCE-ID:20261110T100000", "RECURRENCE-ID:20261110"):
        found = events(
            *entry("RRULE:FREQ=WEEKLY;COUNT=3", start="DTSTART;TZID=Europe/Berlin:20261103T100000"),
            *entry(spelled, start="DTSTART:20261111T120000Z"),
        )
        (_, changed) = found
        assert (changed.series_id, changed.original_start) == ("1", datetime(2026, 11, 10, 9, tzinfo=UTC))


def test_a_turn_whose_series_is_not_in_the_file_stands_alone() -> None:
    (event,) = events(*entry("RECURRENCE-ID:20261110T090000Z"))
    assert [turn.start for turn in expand([event], AUTUMN)] == [event.start]


def test_the_newest_copy_counts_and_is_said() -> None:
    old, new = entry("SEQUENCE:1", "SUMMARY:old"), entry("SEQUENCE:2", "SUMMARY:new", start="DTSTART:20261104T090000Z")
    for order in (old + new, new + old):
        found = read_ics(calendar(*order), me=ME)
        assert [event.title for event in found.events] == ["new"]
        assert found.problems == ("An entry is there twice and counts once: “new”.",)


def test_entries_that_only_share_an_id_are_all_kept() -> None:
    found = events(*entry("SUMMARY:a"), *entry("SUMMARY:b", start="DTSTART:20261104T090000Z"))
    assert sorted(event.title for event in found) == ["a", "b"]
    assert len({event.id for event in found}) == 2


def test_what_was_called_off_is_cancelled() -> None:
    assert one(head="METHOD:CANCEL").cancelled
    assert one("STATUS:CANCELLED").cancelled


def test_the_users_zone_outranks_the_files() -> None:
    data = calendar(*entry(start="DTSTART:20261103T090000"))
    found = read_ics(data, me=ME, zone=ZoneInfo("Asia/Tokyo"))
    assert found.zone == "Asia/Tokyo"
    assert found.events[0].start == datetime(2026, 11, 3, 0, tzinfo=UTC)
    found = read_ics(calendar(*entry(), head=""), me=ME)
    assert found.zone == "UTC"
    assert "--zone" in found.problems[0]


def test_a_described_zone_follows_its_own_clock_changes() -> None:
    zone = [
        "BEGIN:VTIMEZONE", "TZID:Our own",
        "BEGIN:STANDARD", "DTSTART:20200105T030000", "RRULE:FREQ=YEARLY;BYMONTH=1;BYDAY=1SU",
        "TZOFFSETFROM:+0245", "TZOFFSETTO:+0115", "END:STANDARD",
        "BEGIN:DAYLIGHT", "DTSTART:20200705T020000", "RRULE:FREQ=YEARLY;BYMONTH=7;BYDAY=1SU",
        "TZOFFSETFROM:+0115", "TZOFFSETTO:+0245", "END:DAYLIGHT", "END:VTIMEZONE",
    ]  # fmt: skip
    (event,) = events(*entry("RRULE:FREQ=MONTHLY", start="DTSTART;TZID=Our own:20260110T100000"), *zone)
    year = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    starts = [turn.start.astimezone(UTC) for turn in expand([event], year) if isinstance(turn.start, datetime)]
    assert starts[0] == datetime(2026, 1, 10, 8, 45, tzinfo=UTC)
    assert starts[7] == datetime(2026, 8, 10, 7, 15, tzinfo=UTC)
    assert starts[1] - starts[0] == timedelta(days=31)
