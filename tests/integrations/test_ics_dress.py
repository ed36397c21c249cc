"""Exported calendars in every dress (line ends, encodings, order), broken ones, and what no file may do to us."""

from __future__ import annotations

import random
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from integrations.ics import MOST_ENTRIES, IcsCalendar, IcsError, read_ics
from integrations.ics_lines import LONGEST
from tests.integrations.ics_forms import FILES, ME, PRODUCERS, calendar, entry, events, read


def plainly(found: IcsCalendar) -> IcsCalendar:
    """Without what only a zone of the file's own makes different at each reading."""
    return replace(found, events=tuple(replace(e, start=str(e.start), end=str(e.end)) for e in found.events))  # type: ignore[arg-type]  # compared as text


@pytest.mark.parametrize("name", PRODUCERS)
def test_line_ends_marks_and_encodings_change_nothing(name: str) -> None:
    text = (FILES / f"{name}.ics").read_text(encoding="utf-8")
    expected = plainly(read(name))
    for ends in ("\r\n", "\r", "\r\r\n"):
        assert plainly(read_ics(text.replace("\n", ends).encode(), me=ME)) == expected
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
        assert plainly(read_ics(text.encode(encoding), me=ME)) == expected
    folded = "\n".join(line[:1] + "\n\t" + line[1:] if len(line) > 1 and line[0] not in " \t" else line
                       for line in text.split("\n"))  # fmt: skip
    assert plainly(read_ics(folded.encode(), me=ME)) == expected


def test_folds_within_a_character_and_western_european_bytes() -> None:
    title = "SUMMARY:Büro".encode()
    cut = title.index(b"\xc3") + 1
    data = calendar(*entry("SUMMARY:X")).replace(b"SUMMARY:X", title[:cut] + b"\r\n " + title[cut:])
    assert read_ics(data, me=ME).events[0].title == "Büro"
    found = read_ics(calendar(*entry("SUMMARY:X")).replace(b"SUMMARY:X", "SUMMARY:Büro – €".encode("cp1252")), me=ME)
    assert found.events[0].title == "Büro – €"
    assert found.problems == ("A line is not in UTF-8 and was read as Western European: “SUMMARY”.",)


@pytest.mark.parametrize("name", [name for name in PRODUCERS if name != "zimbra"])  # whose file holds two calendars
def test_the_order_of_entries_does_not_matter(name: str) -> None:
    head, *rest = (FILES / f"{name}.ics").read_text(encoding="utf-8").split("BEGIN:VEVENT\n")
    parts = ["BEGIN:VEVENT\n" + part.partition("END:VEVENT\n")[0] + "END:VEVENT\n" for part in rest]
    expected = plainly(read(name))
    shuffle = random.Random(7)
    for _ in range(5):
        shuffle.shuffle(parts)
        assert plainly(read_ics((head + "".join(parts) + "END:VCALENDAR\n").encode(), me=ME)) == expected


# -- garbage and bombs -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest", "is packed"),
        (b"\x1f\x8b\x08\x00", "is packed"),
        (b"<html>no</html>", "is no calendar file"),
        (b"\x00\x01\x02" * 999, "is no calendar file"),
    ],
)
def test_what_is_no_calendar_gets_one_sentence(data: bytes, says: str) -> None:
    with pytest.raises(IcsError, match=says) as error:
        read_ics(data, me=ME)
    assert "\n" not in str(error.value)


def test_a_missing_file_and_a_folder_get_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(IcsError, match="No such file"):
        read_ics(tmp_path / "none.ics", me=ME)
    with pytest.raises(IcsError, match="cannot be read"):
        read_ics(tmp_path, me=ME)


def test_broken_parts_are_counted_and_the_rest_is_read() -> None:
    found = read_ics(
        calendar(
            *entry("SUMMARY:good", uid="a"),
            *entry("SUMMARY:no start", start="DTSTART:soon", uid="b"),
            *["BEGIN:VEVENT", "UID:c", "SUMMARY:no end line", "DTSTART:20261103T090000Z"],
            *entry("SUMMARY:odd", "DURATION:long", 'ATTENDEE;CN="open:mailto:x@y.example', "no colon at all", uid="d"),
            *entry("SUMMARY:often", "RRULE:FREQ=SECONDLY", uid="e"),
            *entry("SUMMARY:endless", "RRULE:FREQ=HOURLY", uid="f"),
        ),
        me=ME,
    )
    assert [event.title for event in found.events] == ["good", "no end line", "odd", "often", "endless"]
    said = " ".join(found.problems)
    assert "An entry has no readable start and was left out: “no start”." in said
    assert "An entry has no end line" in said
    assert "A series repeats in a way that cannot be followed in full: “often”." in said
    assert "lines could not be read" in said or "A line could not be read" in said


def test_an_enormous_attachment_and_endless_lines_cost_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.ics"
    with path.open("wb") as file:
        file.write(calendar(*entry("SUMMARY:small", uid="a")).removesuffix(b"END:VCALENDAR\r\n"))
        file.write(b"BEGIN:VEVENT\r\nUID:b\r\nDTSTART:20261103T090000Z\r\nATTACH;ENCODING=BASE64:")
        file.writelines([b"A" * 1_000_000] * 30)  # one physical line
        file.write(b"\r\nATTACH:x")
        file.writelines([b"\r\n " + b"B" * 70] * 50_000)  # one logical line
        file.write(b"\r\nSUMMARY:" + b"C" * 1_000_000)
        file.write(b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    tracemalloc.start()
    found = read_ics(path, me=ME)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [event.title[:5] for event in found.events] == ["small", "CCCCC"]
    assert found.problems == ("A line is far too long and was cut: “SUMMARY”.",)
    assert peak < 100 * LONGEST


def test_nesting_without_end_is_walked_through() -> None:
    found = events(
        *["BEGIN:VEVENT", "UID:a", "DTSTART:20261103T090000Z"],
        *["BEGIN:X-DEEP"] * 50_000,
        *["SUMMARY:not this"],
        *["END:X-DEEP"] * 50_000,
        *["SUMMARY:this", "END:VEVENT"],
    )
    assert [event.title for event in found] == ["this"]


def test_more_entries_than_a_life_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.ics.MOST_ENTRIES", 3)
    assert MOST_ENTRIES == 250_000
    with pytest.raises(IcsError, match="more than 3 entries"):
        events(*[line for n in range(4) for line in entry(uid=str(n))])


def test_reading_grows_with_the_file_and_no_faster() -> None:
    def seconds(count: int) -> float:
        data = calendar(
            *[
                line
                for n in range(count)
                for line in entry(
                    f"ATTENDEE;CN=P{n % 900}:mailto:p{n % 900}@c.example", "RRULE:FREQ=WEEKLY", uid=str(n)
                )
            ]
        )
        best = 9e9
        for _ in range(3):
            began = time.process_time()
            assert len(read_ics(data, me=ME).events) == count
            best = min(best, time.process_time() - began)
        return best

    small, large = seconds(500), seconds(4_000)
    print(f"\n500 entries {small * 1000:.0f} ms, 4,000 entries {large * 1000:.0f} ms")
    assert large < small * 8 * 3


def test_progress_ends_at_the_size(tmp_path: Path) -> None:
    path = tmp_path / "a.ics"
    path.write_bytes(calendar(*entry("DESCRIPTION:" + "x" * 3_000_000)))
    told: list[tuple[int, int]] = []
    read_ics(path, me=ME, progress=lambda done, of: told.append((done, of)))
    size = path.stat().st_size
    assert len(told) >= 3
    assert told[-1] == (size, size)
    assert all(of == size for _, of in told)
