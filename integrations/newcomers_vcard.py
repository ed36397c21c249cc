"""vCards (2.1, 3.0, 4.0): who, how to reach them, and for whom they work. The rest of a card is passed over.

Read by our own code: four properties are wanted of files that phones and offices write in their own way, and a card
that is broken must cost that card only.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator

from integrations.newcomers_lines import Found, Newcomer, Unread, newcomer
from scheduler.names import plain
from scheduler.words import _

_LINE = re.compile(r"(?:[\w-]+\.)?([A-Za-z-]+)((?:;[^:\"]*(?:\"[^\"]*\"[^:\"]*)*)?):(.*)", re.DOTALL)
_UNESCAPED = re.compile(r"\\(.)")


def read_vcards(text: str) -> Found:
    """One newcomer a card; a card without a name or address is told as unread."""
    people: list[Newcomer] = []
    unread: list[Unread] = []
    for line, card in _cards(text):
        one = _person(card)
        if one is None:
            said = plain(" ".join(card))[:200]
            unread.append(Unread(line=line, text=said, why=_("This card has neither a name nor an address.")))
        else:
            people.append(one)
    return Found(people=tuple(people), unread=tuple(unread))


def _cards(text: str) -> Iterator[tuple[int, list[str]]]:
    """The line a card begins on, and its unfolded lines. A card that never ends ends where the next begins."""
    card: list[str] | None = None
    begun = 0
    for number, line in enumerate(text.split("\n"), start=1):
        said = line.strip().casefold()
        if said == "begin:vcard":
            if card is not None:
                yield begun, card
            card, begun = [], number
        elif said == "end:vcard":
            if card is not None:
                yield begun, card
            card = None
        elif card is not None and line.strip():
            soft = card and card[-1].endswith("=") and "QUOTED-PRINTABLE" in card[-1].partition(":")[0].upper()
            if soft:  # 2.1 folds quoted-printable by its own rule
                card[-1] = card[-1][:-1] + line.strip()
            elif line[0] in " \t" and card:
                card[-1] += line[1:]
            else:
                card.append(line)
    if card is not None:
        yield begun, card


def _person(card: list[str]) -> Newcomer | None:
    said: dict[str, list[str]] = {}
    for line in card:
        match = _LINE.fullmatch(line.strip())
        if match is not None:
            said.setdefault(match[1].upper(), []).append(_value(match[3], match[2]))
    structured = _fields(said.get("N", [""])[0])
    whole = " ".join(part for part in (_at(structured, 1), _at(structured, 2), _at(structured, 0)) if part)
    name = whole if _at(structured, 0) and _at(structured, 1) else _plain(said.get("FN", [""])[0]) or whole
    return newcomer(
        name,
        [_plain(one) for one in said.get("EMAIL", ())],
        _at(_fields(said.get("ORG", [""])[0]), 0),
        _plain(said.get("TEL", [""])[0]).removeprefix("tel:"),
    )


def _value(raw: str, parameters: str) -> str:
    said = parameters.upper()
    if "QUOTED-PRINTABLE" not in said:
        return raw
    data = quopri.decodestring(raw.encode("utf-8", "replace"))
    charset = re.search(r"CHARSET=\"?([\w-]+)", said)
    for name in (charset[1] if charset else "utf-8", "utf-8"):
        try:
            return data.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("cp1252", "replace")


def _fields(value: str) -> list[str]:
    """The parts of a structured value, between semicolons that are not escaped."""
    return [_plain(part) for part in re.split(r"(?<!\\);", value)]


def _plain(value: str) -> str:
    return plain(_UNESCAPED.sub(lambda match: " " if match[1] in "nN" else match[1], value))


def _at(parts: list[str], place: int) -> str:
    return parts[place] if place < len(parts) else ""
