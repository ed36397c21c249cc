"""The form of the page behind a block's link -> typed values, or problems by field. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.services.go_actions import GoEntry
from app.services.marks import KEPT, MARKS
from app.services.memory_actions import LONGEST_NOTE, LONGEST_PROMISE
from app.web.forms import Form, Reader, whole
from scheduler.words import _, thousands

_FIELD = re.compile(r"(outcome|learned|promise|promise_on)-([0-9]{1,18})")


@dataclass(frozen=True, kw_only=True, slots=True)
class GoForm:
    """`entries` by contact id, of those of whom something is said; `kept`: ids of promises that are done."""

    entries: Mapping[int, GoEntry]
    kept: frozenset[int]


def parse_go(form: Form, *, today: date) -> GoForm:
    """`today` is the user's."""
    read = Reader(form)
    ids = {int(match[2]) for name in form if (match := _FIELD.fullmatch(name))}  # 18 digits fit into any id
    entries = {number: _entry(read, number, today) for number in sorted(ids) if number}
    kept = set()
    for text in form.get("kept", ()):
        promise = whole(text)
        if promise is None or promise < 1:
            read.wrong("kept", _("It is not clear which promise you mean. Load the page again."))
        else:
            kept.add(promise)
    read.check()
    return GoForm(entries={number: one for number, one in entries.items() if one != GoEntry()}, kept=frozenset(kept))


def _entry(read: Reader, number: int, today: date) -> GoEntry:
    mark = read.text(f"outcome-{number}")
    if mark and mark != KEPT and mark not in MARKS:
        read.wrong(f"outcome-{number}", _("Choose from the list what became of it."))
    learned, promise = read.text(f"learned-{number}"), read.text(f"promise-{number}")
    for field, text, longest in (("learned", learned, LONGEST_NOTE), ("promise", promise, LONGEST_PROMISE)):
        if len(text) > longest:
            read.wrong(
                f"{field}-{number}",
                _("This is too long. Write at most {longest} characters.", longest=thousands(longest)),
            )
    promise_on = read.date(f"promise_on-{number}")
    if promise_on is not None and not promise:
        read.wrong(
            f"promise-{number}", _("There is a day but no promise. Write what you promised, or take the day away.")
        )
    elif promise_on is not None and promise_on < today:
        read.wrong(f"promise_on-{number}", _("This day is past. Choose today or a later day, or none."))
    return GoEntry(mark="" if mark == KEPT else mark, learned=learned, promise=promise, promise_on=promise_on)
