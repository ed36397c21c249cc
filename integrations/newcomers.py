"""People whom the user brings along: a pasted list, a CSV file or a vCard file -> newcomers, and the lines that could
not be read. Pure.

What it is, is seen from the content; nothing is guessed from a file's name. Whatever is in it, reading ends with a
value or with `TooLarge`.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable

from integrations.newcomers_csv import read_csv
from integrations.newcomers_lines import Found, Newcomer, TooLarge, Unread, read_lines
from integrations.newcomers_vcard import read_vcards
from scheduler.words import _, thousands

__all__ = [
    "MOST_BYTES",
    "MOST_PEOPLE",
    "Found",
    "Newcomer",
    "TooLarge",
    "Unread",
    "decode",
    "read_people",
    "write_people",
]

MOST_BYTES = 2_000_000
MOST_PEOPLE = 2_000
MOST_LINES = 30_000  # 2 MB of ordinary lines; reading many more short ones would hold up everybody


def read_people(text: str) -> Found:
    """Raises TooLarge, one sentence for the user, beyond the limits."""
    if len(text) > MOST_BYTES:
        raise TooLarge(
            _("This is more than {size} MB. Send it in parts; nothing was added.", size=MOST_BYTES // 1_000_000)
        )
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if text.count("\n") > MOST_LINES:
        raise TooLarge(
            _("These are more than {most} lines. Send them in parts; nothing was added.", most=thousands(MOST_LINES))
        )
    cards = "begin:vcard" in text[:10_000].casefold()
    found = read_vcards(text) if cards else read_csv(text) or read_lines(text)
    if len(found.people) > MOST_PEOPLE:
        raise TooLarge(
            _(
                "These are {people} people, and {most} can be added at a time. Send it in parts; nothing was added.",
                people=thousands(len(found.people)),
                most=thousands(MOST_PEOPLE),
            )
        )
    return found


def write_people(people: Iterable[Newcomer]) -> str:
    """As a table that `read_people` reads back as the same people."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("Name", "Company", "Phone", "E-mail"))
    for one in people:
        writer.writerow((one.name, one.company, one.phone, " ".join(one.addresses)))
    return table.getvalue()


def decode(data: bytes) -> str:
    """UTF-8, UTF-16 or what Windows writes (cp1252), by byte order mark, then by what fits. Raises TooLarge."""
    if len(data) > MOST_BYTES:
        raise TooLarge(
            _(
                "This file is larger than {size} MB. Send it in parts; nothing was added.",
                size=MOST_BYTES // 1_000_000,
            )
        )
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    for name in ("utf-8-sig", *_without_mark(data)):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    return data.decode("cp1252", "replace")


def _without_mark(data: bytes) -> tuple[str, ...]:
    """UTF-16 shows by every other byte of Latin text being nought."""
    head = data[:400]
    if head[1::2].count(0) > len(head) // 3:
        return ("utf-16-le",)
    return ("utf-16-be",) if head[0::2].count(0) > len(head) // 3 else ()
