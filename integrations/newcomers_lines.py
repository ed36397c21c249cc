"""A pasted list, one person a line; and the values that every way of bringing people along makes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scheduler.names import LONGEST, company_of, plain, tidy_name
from scheduler.words import _

LONGEST_ADDRESS = 320
LONGEST_LINE = 500
MOST_ADDRESSES = 10

# Begins where a word does: tried at each letter of a word without an end, it would take hours.
_ADDRESS = re.compile(
    r"(?<![^\s@<>\"',;:()\[\]])[^\s@<>\"',;:()\[\]]+@[^\s@<>\"',;:()\[\].]+(?:\.[^\s@<>\"',;:()\[\].]+)+"
)
_PHONE = re.compile(r"\+?[\d][\d\s()/.-]{5,}\d")
_MARKS = re.compile(r"^\s*(?:[-*•–·☐]|\d{1,4}[.)])\s+")
_COMPANY_FORM = re.compile(r"\b(gmbh|ag|kg|ltd|llc|inc|plc|co|corp|sons|partners?|group|&)(?=\W|$)|&", re.IGNORECASE)


class TooLarge(Exception):
    """More than is read at a time. The message is one sentence for the user."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Newcomer:
    """Somebody to be added. `addresses` are normalised and may be none; `company` is that of the address where
    nothing was said."""

    name: str
    addresses: tuple[str, ...] = ()
    company: str = ""
    phone: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unread:
    """A line that could not be read. `line` counts from 1; `why` is a sentence."""

    line: int
    text: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    people: tuple[Newcomer, ...]
    unread: tuple[Unread, ...] = ()


def newcomer(name: str, addresses: Iterable[str] = (), company: str = "", phone: str = "") -> Newcomer | None:
    """Tidied; None where neither a name nor an address is left of it."""
    kept = tuple(dict.fromkeys(found for one in addresses if (found := address_in(one))))[:MOST_ADDRESSES]
    name = plain(name)
    if not any(char.isalpha() for char in name) and not kept:
        return None
    first = kept[0] if kept else ""
    firm = plain(company)[:LONGEST].strip() or (company_of(first) if first else "")
    number = _PHONE.search(plain(phone))
    return Newcomer(
        name=tidy_name(name, first), addresses=kept, company=firm, phone=number[0][:40].strip() if number else ""
    )


def address_in(text: str) -> str:
    """The first address in a text, lower case; empty where there is none that could be one."""
    match = _ADDRESS.search(plain(text).removeprefix("mailto:"))
    return match[0].lower() if match and len(match[0]) <= LONGEST_ADDRESS else ""


def read_lines(text: str) -> Found:
    """ "Marta Lindqvist <marta@ferro.example>", "Marta Lindqvist, Ferro & Sons", "marta@ferro.example"; several
    addresses with names on one line, between semicolons, as mail programs copy them, are several people."""
    people, unread = [], []
    for number, line in enumerate(text.split("\n"), start=1):
        said = plain(line[: 20 * LONGEST_LINE].replace("\t", " | "))
        if not said:
            continue
        for part in _parts(said):
            if len(part) > LONGEST_LINE:
                unread.append(Unread(line=number, text=part[:80], why=_("This line is too long to be one person.")))
                continue
            one = _person(_MARKS.sub("", part))
            if one is None:
                unread.append(
                    Unread(line=number, text=part[:200], why=_("There is neither a name nor an address in it."))
                )
            else:
                people.append(one)
    return Found(people=tuple(people), unread=tuple(unread))


def _parts(line: str) -> list[str]:
    if line.count("@") > 1:
        parts = re.split(r";|(?<=>)\s*,", line)
        if sum("@" in part for part in parts) > 1:
            return [part.strip(" ,") for part in parts if part.strip(" ,")]
    return [line]


def _person(line: str) -> Newcomer | None:
    addresses = _ADDRESS.findall(line)
    phone = _PHONE.search(_ADDRESS.sub(" ", line))
    rest = _ADDRESS.sub(" ", line)
    if phone:
        rest = rest.replace(phone[0], " ")
    if "@" in rest and not addresses:
        return None  # something like an address, but none
    rest = re.sub(r"[<>\[\]\"]|\(\s*\)|mailto:", " ", rest)
    pieces = [piece.strip(" -–|:") for piece in re.split(r"[,;\t|]|\s[-–]\s", rest)]
    pieces = [piece for piece in pieces if piece]
    if len(pieces) == 2 and addresses and _is_turned(pieces, addresses[0]):
        pieces = [f"{pieces[1]} {pieces[0]}"]
    name, company = (pieces[0] if pieces else ""), (pieces[1] if len(pieces) > 1 else "")
    return newcomer(name, addresses, company, phone[0] if phone else "")


def _is_turned(pieces: list[str], address: str) -> bool:
    """ "Lindqvist, Marta <marta@…>": one word each, and no company's form in the second."""
    local = address.partition("@")[0].lower()
    one_word = all(len(piece.split()) == 1 for piece in pieces)
    return one_word and pieces[1].lower()[:3] in local and not _COMPANY_FORM.search(pieces[1])
