"""Lists in text fields of the settings -> what they hold, each line with its own problem."""

from __future__ import annotations

import re

from app.web.forms import Reader
from app.web.forms_people import tag_of
from scheduler.words import _

MOST_ENTRIES = 500
_TAG = re.compile(r"(.{1,60}?)\s*[:=]\s*(?:every |alle )?([0-9]{1,3})\s*(?:w|wk|wks|weeks?|wochen?)?", re.IGNORECASE)
_ENTRY = re.compile(r"(?:[^\s@<>\"',;]+@)?[^\s@<>\"',;.]+(?:\.[^\s@<>\"',;.]+)+")


def entries(read: Reader, name: str) -> tuple[str, ...]:
    """Addresses and domains, one a line or between commas; lower case, each once, in the order written."""
    found: dict[str, None] = {}
    for part in re.split(r"[\n,;]", read.text(name)):
        entry = part.strip().removeprefix("@").lower()
        if not entry:
            continue
        if len(entry) > 254 or not _ENTRY.fullmatch(entry):
            short = entry if len(entry) <= 40 else f"{entry[:39]}…"
            read.wrong(
                name,
                _(
                    "“{words}” is neither an address nor a domain. Write one a line, for example firm.example.",
                    words=short,
                ),
            )
        found[entry] = None
    if len(found) > MOST_ENTRIES:
        read.wrong(
            name,
            _(
                "These are more than {most}. Leave out a whole domain instead of each address.",
                most=MOST_ENTRIES,
            ),
        )
    return tuple(found)


def tag_weeks(read: Reader) -> tuple[tuple[str, int], ...]:
    """ "vip: 4 weeks", one a line; a tag said twice has the last of its gaps."""
    found: dict[str, int] = {}
    for line in read.text("tag_weeks").splitlines():
        if not line.strip():
            continue
        match = _TAG.fullmatch(line.strip())
        tag = tag_of(match[1]) if match else ""
        if match is None or not tag or not 1 <= int(match[2]) <= 104:
            short = line.strip() if len(line.strip()) <= 40 else f"{line.strip()[:39]}…"
            read.wrong(
                "tag_weeks",
                _("“{words}” is no tag with a gap. Write one a line, for example vip: 4 weeks.", words=short),
            )
        else:
            found[tag] = int(match[2])
    if len(found) > MOST_ENTRIES:
        read.wrong("tag_weeks", _("These are more than {most} tags. Leave some out.", most=MOST_ENTRIES))
    return tuple(found.items())
