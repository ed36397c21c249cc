"""A block → its text; the text, edited by a person and rewritten by editors → ticks, and the user's own words.

The text has two parts. Above the fence is ours: one line a person and a few sentences. Below it is the user's, kept
byte for byte. What a person writes above the fence is moved below it; nothing they wrote is ever dropped.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from scheduler.reading import LEAD, Ours, even_mark
from scheduler.richtext import RichLine, divided, lines
from scheduler.richtext import safe as safe
from scheduler.sheet import Line as Line
from scheduler.sheet import Worksheet as Worksheet
from scheduler.sheet import fits, shorter
from scheduler.sheet import render as render
from scheduler.wording import FENCES

# The names above are part of this module's face: whoever deals with a block's text finds all of it here.


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """What a text says. `ticks` and `unticked` are contact keys whose lines were seen; a line not seen says nothing.

    `below` is the user's own part, with their words from above added at its end (`moved`, as HTML, says which).
    `digest` is that of our part, see `content_digest`.
    """

    ticks: frozenset[str]
    unticked: frozenset[str]
    below: str
    moved: tuple[str, ...]
    wiped: bool
    fence_found: bool
    digest: str
    content: tuple[str, ...]  # our part line by line, ticks as "x"


def parse(description: str, known: Sequence[Line], *, written: str = "", digest: str = "") -> Parsed:
    """Take a description apart.

    `known` are the people who may stand in it, as written last and as wanted now. `written` is the description as
    we last wrote it, and `digest` its `content_digest` (from the stamp): by either the words that are ours are told
    from the user's. Without both, an outdated line of ours may be taken for the user's and kept: never the reverse.
    """
    return _parse(description, tuple(known), written, digest)


@lru_cache(maxsize=128)  # most texts are read again and again as they were
def _parse(description: str, known: tuple[Line, ...], written: str, digest: str) -> Parsed:
    all_lines = lines(description)
    fence = next((n for n, line in enumerate(all_lines) if _has_fence(line)), None)
    above = list(all_lines) if fence is None else [*all_lines[:fence], *_before_fence(all_lines[fence])]
    below = "" if fence is None else _below_fence(description, all_lines[fence])
    untouched = bool(digest) and fence is not None and content_digest(description) == digest

    ours = Ours(known, written)
    ticks: set[str] = set()
    unticked: set[str] = set()
    moved: list[str] = []
    content: list[str] = []
    for line in above:
        if not line.text:
            continue
        seen = ours.person(line)
        if seen:
            (ticks if seen.ticked else unticked).add(seen.contact)
            content.append(seen.content)
            if seen.extra and not untouched:
                moved.append(seen.extra)
        elif untouched or ours.is_boilerplate(line.text):
            content.append(line.text)
        else:
            moved.append(line.html)
    return Parsed(
        ticks=frozenset(ticks),
        unticked=frozenset(unticked - ticks),
        below=_join(below, moved),
        moved=tuple(moved),
        wiped=not any(line.text for line in all_lines),
        fence_found=fence is not None,
        digest=content_digest(description),
        content=tuple(content),
    )


def merge(sheet: Worksheet, current: str, known: Sequence[Line], *, written: str = "", digest: str = "") -> str:
    """The description to write: `current` itself, unchanged to the byte, where it already says what `sheet` does, was
    wiped by the user or leaves no room for us; else our part anew above the user's own, shorter where the whole would
    be longer than a calendar takes."""
    people = [*sheet.lines, *known]
    parsed = parse(current, people, written=written, digest=digest)
    if parsed.wiped:
        return current
    for part in shorter(sheet):
        wanted = render(part)
        says_the_same = parsed.content == parse(wanted, people, written=wanted).content
        leads_the_same = _same_links(_our_links(current), _our_links(wanted))
        if parsed.fence_found and not parsed.moved and says_the_same and leads_the_same:
            return current
        description = render(part, parsed.below)
        if fits(description):
            return description
    return current


def begin(sheet: Worksheet, below: str = "") -> str:
    """The description of a new event, above words that the user had written before: all of theirs, and of ours what
    there is room for."""
    return next(filter(fits, (render(part, below) for part in shorter(sheet))), below)


@lru_cache(maxsize=256)
def content_digest(description: str) -> str:
    """16 hex digits of what our part says (everything, where there is no fence): words only, whatever markup, white
    space or detours editors added; ticks make no difference."""
    said = [LEAD.sub("", line.text) for line in _above_fence(description) if line.text]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def same_text(one: str, other: str) -> bool:
    """Whether two descriptions say the same, ticks included, and lead to the same places (a flattened one to none)."""
    if one == other:
        return True
    first, second = lines(one), lines(other)
    said = [[even_mark(line.text) for line in side if line.text] for side in (first, second)]
    links = [tuple(link for line in side for link in line.links) for side in (first, second)]
    return said[0] == said[1] and _same_links(*links)


def _same_links(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return not one or not other or one == other


def _our_links(description: str) -> tuple[str, ...]:
    return tuple(link for line in _above_fence(description) for link in dict.fromkeys(line.links))


# -- The fence -------------------------------------------------------------------------------------


def _has_fence(line: RichLine) -> bool:
    return bool(_fence_in(line))


def _fence_in(line: RichLine) -> str:
    """Which fence it is: a text may have been written in another language than ours is now."""
    return next((fence for fence in FENCES if fence in line.text), "")


def _above_fence(description: str) -> Iterator[RichLine]:
    for line in lines(description):
        if _has_fence(line):
            yield from _before_fence(line)
            return
        yield line


def _before_fence(line: RichLine) -> list[RichLine]:
    """What stands before the fence in its own line, as where a line break was deleted."""
    parts = divided(line, _fence_in(line))
    return [parts[0]] if parts and parts[0].text else []


def _below_fence(description: str, line: RichLine) -> str:
    """All that follows the fence, also in its own line."""
    below = description[line.after :]
    if description.lstrip().lower().startswith("<html-blob>"):
        below = re.sub(r"</html-blob>\s*$", "", below, flags=re.I)
    parts = divided(line, _fence_in(line))
    return f"{parts[1].html}<br>{below}" if parts and parts[1].text else below


def _join(below: str, moved: Sequence[str]) -> str:
    if not moved:
        return below
    gap = "" if not below or re.search(r"(?:<br\s*/?>|</(?:p|div|ul|ol)>|\n)\s*$", below, re.I) else "<br>"
    return below + gap + "<br>".join(moved)
