"""The sentences of a block's text that we read back from the calendar, in every language we write.

They are a format rather than a translation, so they stand here and not in a catalogue: whatever was once written into
somebody's calendar must be known for ours for ever, also after the user has changed the language. To change one, keep
what it was in `_OLDER_FENCES`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from scheduler.words import date_in, spoken


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """`names_as_of` and `names_come_on` have a {day}; `locale` is whose months stand in it."""

    locale: str
    fence: str
    hint: str
    open: str
    nobody: str
    names_as_of: str
    names_come_on: str


WORDINGS = {
    "en": Wording(
        locale="en_GB",
        fence="— Everything below this line is yours: it is never changed. —",
        hint="When you have spoken, change the ☐ to an x.",
        open="Open this block",
        nobody="(no name)",
        names_as_of="Names as of {day}",
        names_come_on="Names come on {day}.",
    ),
    "de": Wording(
        locale="de",
        fence="— Alles unter dieser Zeile gehört Ihnen: Es wird nie geändert. —",
        hint="Wenn Sie gesprochen haben, machen Sie aus dem ☐ ein x.",
        open="Diesen Block öffnen",
        nobody="(ohne Namen)",
        names_as_of="Namen vom {day}",
        names_come_on="Die Namen kommen am {day}.",
    ),
}

_OLDER_FENCES: tuple[str, ...] = ()

FENCES = (*(one.fence for one in WORDINGS.values()), *_OLDER_FENCES)


def wording() -> Wording:
    """That of the language spoken; English where a language has none of its own."""
    return WORDINGS.get(spoken().code, WORDINGS["en"])


def dated(text: str) -> bool:
    """Whether a line says as of when the names are, or when they come, in any of the languages."""
    return any(pattern.match(text) for pattern in _dated())


@cache
def _dated() -> tuple[re.Pattern[str], ...]:
    found = []
    for one in WORDINGS.values():
        months = "|".join(re.escape(date_in(one.locale, date(2024, number, 1), "MMMM")) for number in range(1, 13))
        for sentence in (one.names_as_of, one.names_come_on):
            before, _, after = sentence.partition("{day}")
            ours = rf"{re.escape(before)}\d{{1,2}}\.? (?:{months}){re.escape(after.rstrip('.'))}\.?"
            found.append(re.compile(f"^{ours}$"))
    return tuple(found)
