"""What of a file could not be read: counted, with one example each, so that a broken file makes no flood."""

from __future__ import annotations

from scheduler.words import quoted

_SENTENCES: dict[str, tuple[str, str]] = {
    "no_start": (
        "An entry has no readable start and was left out",
        "{n} entries have no readable start and were left out",
    ),
    "no_end": (
        "An entry has no possible end and is read without one",
        "{n} entries have no possible end and are read without one",
    ),
    "rule": (
        "A series repeats in a way that cannot be followed in full",
        "{n} series repeat in a way that cannot be followed in full",
    ),
    "long_turn": (
        "A series has turns of more than a year; only its first is read",
        "{n} series have turns of more than a year; only their first is read",
    ),
    "following": (
        "A change to “this and all following” is read for its own date only",
        "{n} changes to “this and all following” are read for their own dates only",
    ),
    "copies": ("An entry is there twice and counts once", "{n} entries are there more than once and count once"),
    "zone": (
        "A time is in a zone that nobody knows; the calendar's own was taken",
        "{n} times are in zones that nobody knows; the calendar's own was taken",
    ),
    "property": ("A line could not be read and was passed over", "{n} lines could not be read and were passed over"),
    "long_line": ("A line is far too long and was cut", "{n} lines are far too long and were cut"),
    "encoding": (
        "A line is not in UTF-8 and was read as Western European",
        "{n} lines are not in UTF-8 and were read as Western European",
    ),
    "unended": (
        "An entry has no end line; what was there of it is read",
        "{n} entries have no end line; what was there of them is read",
    ),
}


class Problems:
    """Counts by kind; the example is the smallest, so that the order of the file does not matter."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, str]] = {}

    def add(self, kind: str, example: str = "") -> None:
        count, before = self._seen.get(kind, (0, ""))
        self._seen[kind] = count + 1, min(filter(None, (before, example)), default="")

    def sentences(self) -> tuple[str, ...]:
        said = []
        for kind, (one, many) in _SENTENCES.items():
            count, example = self._seen.get(kind, (0, ""))
            if count:
                what = one if count == 1 else many.format(n=f"{count:,}")
                shown = quoted(example, "")
                said.append(what + (f", such as {shown}." if shown and count > 1 else f": {shown}." if shown else "."))
        return tuple(said)
