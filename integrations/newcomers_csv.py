"""A table of people: comma, semicolon or tab, with a header in English or German, as address books export it."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping

from integrations.newcomers_lines import Found, Newcomer, Unread, address_in, newcomer
from scheduler.names import plain
from scheduler.words import _

MOST_COLUMNS = 200
_SEPARATORS = (",", ";", "\t")

_HEADERS: Mapping[str, str] = {
    heading: field
    for field, headings in {
        "name": "name|full name|fullname|display name|displayname|contact|contact name|person|anzeigename|kontakt"
        "|vollständiger name|ansprechpartner|file as",
        "first": "first|first name|firstname|given name|givenname|forename|vorname|rufname",
        "last": "last|last name|lastname|surname|family name|familyname|nachname|familienname|zuname",
        "company": "company|company name|organization|organisation|organization name|organization 1 name|employer"
        "|firma|firmenname|unternehmen|organisation name|business|account|account name",
        "phone": "phone|telephone|tel|mobile|mobile phone|business phone|primary phone|phone number|telefon"
        "|telefonnummer|mobil|mobiltelefon|handy|telefon geschäftlich|phone 1 value|phone 1",
    }.items()
    for heading in headings.split("|")
}
_EMAIL = re.compile(r"(?:.* )?(?:e mail|email|mail|mailadresse|emailadresse)(?: .*)?")
_NO_EMAIL = re.compile(r".*\b(?:type|typ|label|art|display|anzeige\w*)\b.*")


def read_csv(text: str) -> Found | None:
    """None where the first line is no header that says who and how to reach them: then it is no table."""
    lines = text.split("\n")
    start = next((place for place, line in enumerate(lines) if line.strip()), None)
    if start is None:
        return None
    if re.fullmatch(r"sep=[,;\t|]\s*", lines[start]):  # Excel's own note
        start += 1
    separator, fields = _header(lines[start] if start < len(lines) else "")
    if not fields:
        return None
    people: list[Newcomer] = []
    unread: list[Unread] = []
    reader = csv.reader(lines[start + 1 :], delimiter=separator)
    while True:
        before = start + 2 + reader.line_num
        try:
            cells = next(reader, None)
        except csv.Error:
            unread.append(Unread(line=before, text="", why=_("This line is not part of a table that can be read.")))
            continue
        if cells is None:
            break
        if not any(cell.strip() for cell in cells):
            continue
        one = _person(cells, fields)
        if one is None:
            said = plain(separator.join(cells))[:200]
            unread.append(Unread(line=before, text=said, why=_("There is neither a name nor an address in it.")))
        else:
            people.append(one)
    return Found(people=tuple(people), unread=tuple(unread))


def _header(line: str) -> tuple[str, dict[int, str]]:
    """The separator, and column -> field; no fields where this is no header."""
    best: tuple[str, dict[int, str]] = (",", {})
    for separator in _SEPARATORS:
        try:
            cells = next(csv.reader([line], delimiter=separator), [])[:MOST_COLUMNS]
        except csv.Error:
            continue
        fields = {place: field for place, cell in enumerate(cells) if (field := _field(cell))}
        if len(fields) > len(best[1]):
            best = separator, fields
    named = set(best[1].values())
    enough = named & {"name", "first", "last", "email"}
    # One word alone, such as "Contact" above a pasted list, is a header too if the column is all there is.
    return best if enough and "@" not in line else (",", {})


def _field(heading: str) -> str:
    said = " ".join(re.split(r"[\s\-_:./()]+", plain(heading).casefold())).strip()
    if said in _HEADERS:
        return _HEADERS[said]
    return "email" if _EMAIL.fullmatch(said) and not _NO_EMAIL.fullmatch(said) else ""


def _person(cells: list[str], fields: Mapping[int, str]) -> Newcomer | None:
    said: dict[str, list[str]] = {}
    for place, field in fields.items():
        if place < len(cells) and cells[place].strip():
            said.setdefault(field, []).append(cells[place].strip())
    addresses = [part for cell in said.get("email", ()) for part in re.split(r"[\s,;]+|:::", cell) if address_in(part)]
    if said.get("email") and not addresses and not said.keys() & {"name", "first", "last"}:
        return None
    whole = " ".join([*said.get("first", ())[:1], *said.get("last", ())[:1]]) or next(iter(said.get("name", ())), "")
    return newcomer(whole, addresses, next(iter(said.get("company", ())), ""), next(iter(said.get("phone", ())), ""))
