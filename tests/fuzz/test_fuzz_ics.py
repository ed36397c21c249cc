"""Mutated calendar files: nothing crashes `preview`, nothing hangs it, and what it refuses it refuses in words.

`make test` runs a share, `make fuzz` the whole (FUZZ=10000 files). Each file follows from its number alone.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.cli_preview import as_data
from app.services.preview import TooMuch, preview
from app.services.preview_rule import Wish
from integrations.ics import IcsError, read_ics
from tests.integrations.ics_forms import FILES, ME, PRODUCERS

COUNT = int(os.environ.get("FUZZ", "500"))
PARTS = 10  # so that several cores share them
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECONDS = 10
"""Of computing, for one small file: far above what any needs, far below what a hang would take."""
SEEDS = [(FILES / f"{name}.ics").read_bytes() for name in PRODUCERS]
NASTY = [
    *(b"\nBEGIN:%s\n" % part for part in (b"VEVENT", b"VCALENDAR", b"VTIMEZONE", b"STANDARD", b"VALARM", b"VTODO")),
    *(b"\nEND:%s\n" % part for part in (b"VEVENT", b"VCALENDAR", b"VTIMEZONE", b"DAYLIGHT", b"X")),
    *(b"\nRRULE:FREQ=%s\n" % rule for rule in (
        b"HOURLY", b"SECONDLY", b"DAILY;COUNT=999999999", b"WEEKLY;INTERVAL=0", b"YEARLY;BYDAY=53MO;BYMONTH=2",
        b"MONTHLY;BYMONTHDAY=31;BYMONTH=2", b"DAILY;UNTIL=99991231", b"YEARLY;BYSETPOS=-366;BYDAY=MO", b"",
    )),
    b"\nDTSTART:00010101T000000Z\n", b"\nDTSTART;VALUE=DATE:99981231\n", b"\nDTEND;VALUE=DATE:99981230\n",
    b"\nDTSTART;TZID=../../etc/passwd:20261101T000000\n", b"\nDTSTART;TZID=:20261101T250000\n", b"\nDTSTART:20261399\n",
    b"\nDURATION:P9999999999W\n", b"\nDURATION:P400W\n", b"\nEXDATE:" + b"20261101T100000Z," * 300 + b"\n",
    b"\nRDATE;VALUE=PERIOD:20261101T100000Z/PT1H,/\n", b"\nTZOFFSETTO:+9999\n", b"\nTZOFFSETFROM:-0000001\n",
    b"\nATTENDEE;CN=\"" + b"a" * 500 + b":mailto:x@y.example\n", b"\nATTENDEE:mailto:%00%0d%0a@\xff.example\n",
    b"\nRECURRENCE-ID:20261006T100000\n", b"\nRECURRENCE-ID;VALUE=DATE:20261006\n", b"\nSEQUENCE:-99999999999\n",
    b"\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE\n", b"\nX-MICROSOFT-CDO-BUSYSTATUS:OOF\n", b"\nSTATUS:CANCELLED\n",
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\\", b'"', b";", b"^", b"\r", b"\x85", b"\xe2\x80\xae", b"\n \n \n ",
]  # fmt: skip


def mutated(number: int) -> bytes:
    """The file of that number."""
    dice = random.Random(number)
    data = bytearray(dice.choice(SEEDS))
    for _ in range(dice.choice((1, 1, 2, 4, 8, 30))):
        at = dice.randrange(len(data) + 1)
        length = dice.choice((1, 1, 2, 10, 80, 400))
        match dice.randrange(7):
            case 0:
                data[at : at + length] = dice.randbytes(min(length, 10))
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length] * dice.choice((1, 3))
            case 3 | 4:
                data[at:at] = dice.choice(NASTY)
            case 5:
                lines = bytes(data).split(b"\n")
                dice.shuffle(lines) if dice.random() < 0.1 else lines.insert(
                    dice.randrange(len(lines)), lines.pop(dice.randrange(len(lines)))
                )
                data = bytearray(b"\n".join(lines))
            case _:
                data = data[:at] + dice.choice(SEEDS)[dice.randrange(1_000) :] if dice.random() < 0.5 else data[:at]
        if not data:
            break
    return bytes(data)


def outcome(data: bytes) -> str:
    """What became of a file, in a word; anything but this is a failure."""
    try:
        calendar = read_ics(data, me=ME)
        result = preview(
            calendar.events,
            me=ME,
            now=NOW,
            zone=ZoneInfo(calendar.zone),
            wish=Wish(country="DE"),
            not_people=calendar.not_people,
        )
    except (IcsError, TooMuch) as refusal:
        return "refused in words" if str(refusal).endswith(".") else f"refused: {refusal}"
    json.dumps(as_data(result, calendar)).encode("ascii")
    return "read, with problems told" if calendar.problems else "read"


@pytest.mark.parametrize("part", range(PARTS))
def test_no_mutated_file_crashes_or_hangs_the_preview(part: int) -> None:
    outcomes: Counter[str] = Counter()
    slowest = (0.0, -1)
    for number in range(part, COUNT, PARTS):
        began = time.process_time()
        try:
            outcomes[outcome(mutated(number))] += 1
        except Exception as error:
            error.add_note(f"in mutated file number {number}")
            raise
        slowest = max(slowest, (time.process_time() - began, number))
    print(f"\nmutated calendars {part + 1}/{PARTS}: {dict(outcomes)}, slowest {slowest[0]:.2f} s (number {slowest[1]})")
    assert slowest[0] < SECONDS, f"mutated file number {slowest[1]} took {slowest[0]:.1f} s"
    assert set(outcomes) <= {"read", "read, with problems told", "refused in words"}
    assert outcomes["read"] + outcomes["read, with problems told"] > 0
