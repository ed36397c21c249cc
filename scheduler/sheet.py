"""What our part of a block's text says, as values and as simple HTML."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from scheduler.model import Text
from scheduler.richtext import tidy
from scheduler.wording import FENCES, wording
from scheduler.words import N_, _, day

NAME_LIMIT, COMPANY_LIMIT, CHANNEL_LIMIT, REASON_LIMIT, NOTE_LIMIT = 60, 60, 20, 240, 600

LONGEST = 8192
"""Characters of a description. Google's reference names no limit, but its calendar answers 400 to more."""

SHORTENED = N_("The reasons are left out: with your own text below there is no room for them.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One person in a block. `contact` is their key; `reason` the public sentence or empty; `link` an absolute
    address of ours, or None where links make no sense."""

    contact: str
    name: str
    company: str = ""
    reason: str = ""
    channel: str = ""
    link: str | None = None
    ticked: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Worksheet:
    """The whole of our part. `names_on` is set for a later block: its names come on that day."""

    lines: tuple[Line, ...] = ()
    as_of: date | None = None
    text: Text = Text.REASONS
    names_on: date | None = None
    note: str = ""
    link: str | None = None


# -- Out -------------------------------------------------------------------------------------------


def render(sheet: Worksheet, below: str = "") -> str:
    """Our part in simple HTML, the fence, then `below` byte for byte. The same input gives the same bytes, in the
    language spoken."""
    return "".join(f"{line}<br>" for line in _our_html(sheet)) + wording().fence + "<br>" + below


def shorter(sheet: Worksheet) -> Iterator[Worksheet]:
    """Our part as it should be, then with less and less of it, for a text that leaves no room."""
    yield sheet
    if sheet.text is Text.REASONS and sheet.lines:
        yield replace(sheet, text=Text.NAMES, note=" ".join(filter(None, (sheet.note, _(SHORTENED)))))
        yield replace(sheet, text=Text.NAMES, note="")
    yield replace(sheet, text=Text.LINK)
    yield replace(sheet, text=Text.LINK, link=None)


def fits(description: str) -> bool:
    """Counted as the calendar may count at most: a character beyond 16 bits, such as a smiley, as two."""
    return len(description) + sum(character > "\uffff" for character in description) <= LONGEST


def _our_html(sheet: Worksheet) -> Iterator[str]:
    ours = wording()
    if sheet.text is not Text.LINK:
        if sheet.lines and sheet.as_of:
            yield f"<b>{ours.names_as_of.format(day=day(sheet.as_of))}</b>"
        for line in sheet.lines:
            yield _person_html(line, sheet.text)
        if sheet.lines:
            yield ours.hint
        if sheet.names_on:
            yield ours.names_come_on.format(day=day(sheet.names_on))
        if sheet.note:
            yield html.escape(_said(sheet.note, NOTE_LIMIT))
    if sheet.link:
        yield f'<a href="{html.escape(sheet.link)}">{ours.open}</a>'


def _person_html(line: Line, mode: Text) -> str:
    name, rest = words_of(line, mode)
    mark = "x" if line.ticked else "☐"
    shown = html.escape(name)
    linked = f'<a href="{html.escape(line.link)}">{shown}</a>' if line.link else shown
    return f"{mark} {linked}{html.escape(rest)}"


def words_of(line: Line, mode: Text) -> tuple[str, str]:
    """Their name, and the rest of their line: `, Company (call): Reason.`"""
    company, channel = _said(line.company, COMPANY_LIMIT), _said(line.channel, CHANNEL_LIMIT)
    reason = _said(line.reason, REASON_LIMIT) if mode is Text.REASONS else ""
    rest = (
        (f", {company}" if company else "") + (f" ({channel})" if channel else "") + (f": {reason}" if reason else "")
    )
    return _said(line.name, NAME_LIMIT) or wording().nobody, rest


def _said(text: str, limit: int) -> str:
    """Made safe, and without a fence of its own, also where taking one out would make another."""
    said = tidy(text, limit)
    while fence := next((fence for fence in FENCES if fence in said), ""):
        said = " ".join(said.replace(fence, " ").split())
    return said
