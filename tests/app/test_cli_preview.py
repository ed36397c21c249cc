"""`greenblock preview`: whom it finds in an exported calendar, whom it leaves out and why, where blocks would go."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.cli_preview import parse_wish
from app.errors import GreenblockError
from tests.integrations.ics_forms import FILES, calendar, entry

ME = "erika@lind-advisory.example"
NOW = "2026-11-22T12:00:00+01:00"  # a Sunday
_number = iter(range(1_000_000))


def met(who: str, on: date, *more: str, hour: int = 14, answer: str = "ACCEPTED") -> list[str]:
    """A meeting of half an hour with one guest."""
    return entry(
        f"DTEND;TZID=Europe/Berlin:{on:%Y%m%d}T{hour:02}3000",
        f"SUMMARY:Talk with {who}",
        f"ATTENDEE;PARTSTAT=ACCEPTED;CN=Erika Lind:mailto:{ME}",
        f"ATTENDEE;PARTSTAT={answer};CN={who.partition('@')[0].title()}:mailto:{who}",
        *more,
        uid=f"m{next(_number)}",
        start=f"DTSTART;TZID=Europe/Berlin:{on:%Y%m%d}T{hour:02}0000",
    )


def every(who: str, days: int, times: int, last: date) -> list[str]:
    return [line for n in range(times) for line in met(who, last - n * timedelta(days=days))]


def small_world() -> list[str]:
    return [
        *every("marta@ferro.example", 35, 8, date(2026, 9, 15)),
        *every("tom@hara.example", 28, 6, date(2026, 11, 12)),
        *every("ines@solar.example", 28, 5, date(2026, 8, 11)),
        *met("new@fresh.example", date(2026, 11, 3)),
        *met("future@later.example", date(2026, 12, 3)),
        *met("absent@no.example", date(2026, 10, 6), answer="DECLINED"),
        *met("paul@lind-advisory.example", date(2026, 10, 7)),
        *met("doctor@praxis.example", date(2026, 10, 8), "CLASS:PRIVATE"),
        *met("noreply@booking.example", date(2026, 10, 9)),
        *met("friend@home.example", date(2026, 10, 10), hour=20),
        *met("anna@ferro.example", date(2026, 10, 12), "ATTENDEE;CUTYPE=GROUP:mailto:circle@ferro.example"),
        *met("off@gone.example", date(2026, 10, 13), "STATUS:CANCELLED"),
        *entry("DTEND;VALUE=DATE:20261205", "SUMMARY:Conference", uid="c", start="DTSTART;VALUE=DATE:20261130"),
    ]


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def run(path: Path, *options: str, me: str = ME, now: str = NOW) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["preview", str(path), "--me", me, "--now", now, *options])
    if isinstance(result.exception, GreenblockError):
        return 1, result.stdout, str(result.exception)  # what the console script says on stderr
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def seen(lines: list[str], folder: Path, *options: str, **given: str) -> dict[str, Any]:
    path = folder / "calendar.ics"
    path.write_bytes(calendar(*lines))
    status, out, err = run(path, "--json", *options, **given)
    assert (status, err) == (0, "")
    read: dict[str, Any] = json.loads(out)
    return read


# -- what it says ----------------------------------------------------------------------------------


def test_the_keys_are_those_of_the_contract(folder: Path) -> None:
    found = seen(small_world(), folder)
    assert list(found) == ["people", "left_out", "blocks", "unplaced", "warnings"]
    assert list(found["people"][0]) == [
        "name", "address", "company", "kind", "sure", "touches", "last_on", "usual_gap_days", "priority", "reasons",
    ]  # fmt: skip
    assert {tuple(one) for one in found["left_out"]} == {("address", "reason")}
    assert {tuple(one) for one in found["blocks"]} == {("start", "end", "people", "reason")}
    assert {tuple(one) for one in found["unplaced"]} <= {("occurrence", "reason")}


def test_people_and_those_left_out_each_once_with_the_reason(folder: Path) -> None:
    found = seen(small_world(), folder)
    people = {one["address"]: one for one in found["people"]}
    left = {one["address"]: one["reason"] for one in found["left_out"]}
    assert set(people) == {
        "marta@ferro.example",
        "tom@hara.example",
        "ines@solar.example",
        "new@fresh.example",
        "anna@ferro.example",
    }
    assert not people.keys() & left.keys()
    marta = people["marta@ferro.example"]
    assert (marta["name"], marta["company"], marta["kind"], marta["sure"]) == ("Marta", "Ferro", "client", True)
    assert (marta["touches"], marta["last_on"], marta["usual_gap_days"]) == (8, "2026-09-15", 35)
    assert marta["reasons"] == ["last in your calendar 15 September", "usually every 5 weeks"]
    new = people["new@fresh.example"]
    assert (new["sure"], new["kind"], new["reasons"][0]) == (False, None, "Met once so far.")
    order = [(one["sure"], one["priority"]) for one in found["people"]]
    assert order == sorted(order, reverse=True)
    for address, words in {
        "future@later.example": "for the first time",
        "absent@no.example": "Declined",
        "paul@lind-advisory.example": "colleague",
        "doctor@praxis.example": "private",
        "noreply@booking.example": "automatic",
        "friend@home.example": "evening",
        "off@gone.example": "Called off",
        "circle@ferro.example": "group or mailing list",
    }.items():
        assert words in left[address]


def test_blocks_go_where_asked_and_hold_who_is_due(folder: Path) -> None:
    found = seen(small_world(), folder, "--days", "tue,thu", "--minutes", "30", "--weeks", "2")
    starts = [datetime.fromisoformat(one["start"]) for one in found["blocks"]]
    assert [f"{start:%a %d %H:%M %z}" for start in starts[:2]] == ["Tue 24 10:00 +0100", "Thu 26 10:00 +0100"]
    assert len(starts) == 2  # the conference closes the second week
    assert [one["occurrence"] for one in found["unplaced"]] == ["2026W49.1", "2026W49.2"]
    assert "Conference" in found["unplaced"][0]["reason"]
    named = [address for one in found["blocks"] for address in one["people"]]
    assert sorted(named) == ["ines@solar.example", "marta@ferro.example"]  # tom was met ten days ago
    assert all(one["end"] > one["start"] and one["reason"] for one in found["blocks"])


def test_without_days_the_time_that_was_most_often_free_is_proposed(folder: Path) -> None:
    mornings = [
        entry(
            f"DTEND;TZID=Europe/Berlin:202609{first:02}T120000", "RRULE:FREQ=WEEKLY", uid=f"busy{first}",
            start=f"DTSTART;TZID=Europe/Berlin:202609{first:02}T080000",
        )
        for first in (1, 2, 3, 4)  # Tuesday to Friday
    ]  # fmt: skip
    found = seen([*small_world(), *[line for one in mornings for line in one]], folder)
    assert {datetime.fromisoformat(one["start"]).strftime("%a %H:%M") for one in found["blocks"]} == {"Mon 10:00"}
    found = seen(small_world(), folder, "--window", "14:00-17:00")
    assert {datetime.fromisoformat(one["start"]).hour for one in found["blocks"]} <= {14, 15, 16}


def test_holidays_zone_window_ideal_and_evening(folder: Path) -> None:
    options = ("--days", "wed", "--window", "18:30-20:00", "--ideal", "19:00", "--now", "2026-12-20T12:00:00+00:00")
    found = seen(small_world(), folder, *options, "--holidays", "DE-BY", "--zone", "Europe/London")
    assert found["blocks"][0]["start"] == "2026-12-23T19:00:00+00:00"
    assert not [one for one in found["blocks"] if one["start"].startswith("2027-01-06")]  # Epiphany in Bavaria


def test_the_order_of_entries_does_not_matter(folder: Path) -> None:
    blocks = "\n".join(small_world()).split("\nEND:VEVENT")
    entries = [(block.strip() + "\nEND:VEVENT").splitlines() for block in blocks if block.strip()]
    expected = seen([line for one in entries for line in one], folder)
    for seed in range(3):
        random.Random(seed).shuffle(entries)
        assert seen([line for one in entries for line in one], folder) == expected


@pytest.mark.parametrize("name", ["google", "outlook", "exchange", "apple", "nextcloud", "zimbra", "thunderbird"])
def test_each_producer_runs_through_in_80_columns(name: str) -> None:
    status, out, err = run(FILES / f"{name}.ics")
    assert (status, err) == (0, "")
    assert max(len(line) for line in out.splitlines()) <= 80
    assert "green block" in out
    assert out.endswith("Nothing was stored, sent or written.\n")


def test_the_outlook_organiser_who_invited_is_met(folder: Path) -> None:
    lines = [line for n in range(1, 5) for line in entry(
        f"DTEND:2026{n:02}10T103000Z", f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{ME}",
        "ORGANIZER;CN=Marta Ferro:mailto:marta@ferro.example", uid=f"o{n}", start=f"DTSTART:2026{n:02}10T100000Z",
    )]  # fmt: skip
    assert [one["touches"] for one in seen(lines, folder)["people"]] == [4]


def test_people_read_tables(folder: Path) -> None:
    path = folder / "calendar.ics"
    path.write_bytes(calendar(*small_world()))
    status, out, _ = run(path, "--days", "tue")
    assert status == 0
    for words in (
        "3 people you know", "Marta, Ferro", "every 5 weeks", "not sure yet", "left out", "Without a place",
        "Tuesday 24 November, 10:00–10:30", "Last in your calendar 15 September",
    ):  # fmt: skip
        assert words in out
    assert max(len(line) for line in out.splitlines()) <= 80


def test_markup_and_control_characters_in_names_are_only_text(folder: Path) -> None:
    path = folder / "calendar.ics"
    odd = "ATTENDEE;CN=[bold red]X[/nope]\x1b[31m\u202e:mailto:odd@name.example"
    path.write_bytes(calendar(*[line for n in range(1, 6) for line in met("a@b.example", date(2026, n, 3), odd)]))
    status, out, _ = run(path)
    assert status == 0
    assert "\x1b" not in out
    assert "\u202e" not in out


# -- what it warns of and refuses ------------------------------------------------------------------


def test_warnings(folder: Path) -> None:
    said = seen(small_world(), folder, me="typo@elsewhere.example")["warnings"]
    assert len(said) == 1
    assert f"{ME} is named most often" in said[0]
    assert "lies after 3 December" in seen(small_world(), folder, now="2027-06-01T12:00:00Z")["warnings"][0]
    assert "names its guests" in seen(entry(uid="x"), folder)["warnings"][0]
    assert seen([], folder)["warnings"] == ["The calendar holds no entries."]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--zone", "Mars"), "no time zone"),
        (("--days", "tue,foo"), "'foo' is no weekday"),
        (("--days", ""), "is no weekday"),
        (("--window", "9-12"), "no time of day"),
        (("--window", "12:00-09:00"), "ends before it begins"),
        (("--window", "09:00"), "is no window"),
        (("--window", "09:00-09:10"), "shorter than the shortest block"),
        (("--ideal", "14:00", "--window", "09:00-12:00"), "outside the window"),
        (("--ideal", "14:00", "--days", "tue"), "outside the window"),
        (("--holidays", "ZZ"), "Holidays of “ZZ” are not known"),
        (("--holidays", "DE-XX"), "is not a region of DE"),
        (("--minutes", "1"), "5"),
        (("--weeks", "0"), "1"),
        (("--me", "nobody"), "no mail address"),
        (("--now", "soon"), "is not a time"),
    ],
)
def test_wrong_options_are_wrong_usage(options: tuple[str, ...], says: str) -> None:
    status, out, err = run(FILES / "google.ics", *options)
    assert (status, out) == (2, "")
    assert says in " ".join(err.split())


def test_what_is_no_calendar_is_one_sentence_and_status_1(folder: Path) -> None:
    (folder / "empty.ics").write_bytes(b"")
    (folder / "page.ics").write_text("<html></html>")
    for path, says in (("empty.ics", "is empty"), ("page.ics", "is no calendar file"), ("none.ics", "cannot be read")):
        status, out, err = run(folder / path, "--json")
        assert (status, out) == (1, "")
        assert says in err
        assert "\n" not in err


def test_series_beyond_all_reason_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.preview.MOST_OCCURRENCES", 1_000)
    path = folder / "bomb.ics"
    path.write_bytes(calendar(*entry("RRULE:FREQ=HOURLY", start="DTSTART:20250101T000000Z")))
    status, _, err = run(path)
    assert status == 1
    assert "more than 1,000 entries" in err


@pytest.mark.parametrize(
    ("start", "lines"),
    [
        ("DTSTART;VALUE=DATE:00030101", ("DTEND;VALUE=DATE:99970101",)),
        ("DTSTART:00030101T000000Z", ("DTEND:99970101T000000Z", "X-MICROSOFT-CDO-BUSYSTATUS:OOF")),
    ],
)
def test_an_entry_of_ten_thousand_years_takes_no_longer_than_another(
    folder: Path, start: str, lines: tuple[str, ...]
) -> None:
    began = time.process_time()
    found = seen([*small_world(), *entry(*lines, start=start)], folder, "--days", "tue")
    assert time.process_time() - began < 5
    assert found["blocks"] == []
    assert len(found["unplaced"]) >= 4


def test_the_options_as_a_wish() -> None:
    wish = parse_wish(days="Tuesday, thu", window="9:00–12:00", ideal="10:00", minutes=30, holidays="de-by", weeks=4)
    assert wish.weekdays == frozenset({2, 4})
    assert (wish.country, wish.region) == ("de", "BY")


def test_the_command_needs_no_settings_and_leaves_nothing_behind(folder: Path) -> None:
    path = folder / "calendar.ics"
    path.write_bytes(calendar(*small_world()))
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GREENBLOCK_")}
    done = subprocess.run(
        [Path(sys.executable).with_name("greenblock"), "preview", path.name, "--me", ME, "--now", NOW, "--json"],
        cwd=folder, env=clean, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["people"]
    assert [one.name for one in folder.iterdir()] == ["calendar.ics"]
