"""A block → its text; the text, edited by a person and rewritten by editors → ticks, and the user's own words.

The text has two parts. Above the fence is ours: one line a person and a few sentences. Below it is the user's, kept
byte for byte. What a person writes above the fence is moved below it; nothing they wrote is ever dropped.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from scheduler.model import Text
from scheduler.richtext import RichLine, flat, lines, tidy
from scheduler.richtext import safe as safe  # so that whoever writes into a block finds it here
from scheduler.words import MONTHS, day

FENCE = "— Everything below this line is yours: it is never changed. —"
HINT = "When you have spoken, change the ☐ to an x."
OPEN = "Open this block"
NOBODY = "(no name)"
NAME_LIMIT, COMPANY_LIMIT, CHANNEL_LIMIT, REASON_LIMIT, NOTE_LIMIT = 60, 60, 20, 240, 300


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
    """Our part in simple HTML, the fence, then `below` byte for byte. The same input gives the same bytes."""
    return "".join(f"{line}<br>" for line in _our_html(sheet)) + FENCE + "<br>" + below


def _our_html(sheet: Worksheet) -> Iterable[str]:
    if sheet.text is not Text.LINK:
        if sheet.lines and sheet.as_of:
            yield f"<b>Names as of {day(sheet.as_of)}</b>"
        for line in sheet.lines:
            yield _person_html(line, sheet.text)
        if sheet.lines:
            yield HINT
        if sheet.names_on:
            yield f"Names come on {day(sheet.names_on)}."
        if sheet.note:
            yield safe(sheet.note, NOTE_LIMIT)
    if sheet.link:
        yield f'<a href="{html.escape(sheet.link)}">{OPEN}</a>'


def _person_html(line: Line, mode: Text) -> str:
    name, rest = _words(line, mode)
    mark = "x" if line.ticked else "☐"
    shown = html.escape(name)
    linked = f'<a href="{html.escape(line.link)}">{shown}</a>' if line.link else shown
    return f"{mark} {linked}{html.escape(rest)}"


def _words(line: Line, mode: Text) -> tuple[str, str]:
    """Their name, and the rest of their line: `, Company (call): Reason.`"""
    company, channel = tidy(line.company, COMPANY_LIMIT), tidy(line.channel, CHANNEL_LIMIT)
    reason = tidy(line.reason, REASON_LIMIT) if mode is Text.REASONS else ""
    rest = (
        (f", {company}" if company else "") + (f" ({channel})" if channel else "") + (f": {reason}" if reason else "")
    )
    return tidy(line.name, NAME_LIMIT) or NOBODY, rest


# -- Back ------------------------------------------------------------------------------------------


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
    all_lines = lines(description)
    fence = next((n for n, line in enumerate(all_lines) if _fence_in(line, known) is not None), None)
    above = all_lines if fence is None else all_lines[:fence]
    before_fence, below = ("", "") if fence is None else _around_fence(description, all_lines[fence])
    untouched = bool(digest) and fence is not None and content_digest(description) == digest

    ours = _Ours(known, written)
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
    if before_fence:
        moved.append(html.escape(before_fence))
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
    """The description to write: `current` itself, unchanged to the byte, where it already says what `sheet` does or
    was wiped by the user; else our part anew above the user's own."""
    people = [*sheet.lines, *known]
    parsed = parse(current, people, written=written, digest=digest)
    if parsed.wiped:
        return current
    wanted = render(sheet)
    says_the_same = parsed.content == parse(wanted, people, written=wanted).content
    leads_the_same = _same_links(_our_links(current, known), _our_links(wanted, known))
    if parsed.fence_found and not parsed.moved and says_the_same and leads_the_same:
        return current
    return render(sheet, parsed.below)


def content_digest(description: str) -> str:
    """16 hex digits of what our part says (everything, where there is no fence): words only, whatever markup, white
    space or detours editors added; ticks make no difference."""
    said = []
    for line in lines(description):
        if FENCE in line.text:
            break
        if line.text:
            said.append(_LEAD.sub("", line.text))
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def same_text(one: str, other: str) -> bool:
    """Whether two descriptions say the same, ticks included, and lead to the same places (a flattened one to none)."""
    if one == other:
        return True
    first, second = lines(one), lines(other)
    said = [[_even_mark(line.text) for line in side if line.text] for side in (first, second)]
    links = [tuple(link for line in side for link in line.links) for side in (first, second)]
    return said[0] == said[1] and _same_links(*links)


def _same_links(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return not one or not other or one == other


def _our_links(description: str, known: Sequence[Line]) -> tuple[str, ...]:
    found: list[str] = []
    for line in lines(description):
        if _fence_in(line, known) is not None:
            break
        found += dict.fromkeys(line.links)
    return tuple(found)


# -- Marks -----------------------------------------------------------------------------------------

_BOX = r"(?:☐|□|\[ ?\])"
_TICK = r"(?:\[[xX]\]|[xX✓✔☑☒])"
_LEAD = re.compile(rf"^(?:{_BOX}\s*|{_TICK}\s+|{_TICK}(?={_BOX}))+")
_ONLY_BOXES = re.compile(rf"^(?:{_BOX}\s*)*$")
_BOXES_AND_TICK = re.compile(rf"^(?:{_BOX}\s*)*{_TICK}(?:\s*{_BOX})*\s*$")
_BOXES_FIRST = re.compile(rf"^(?:{_BOX}\s*)*")


def _even_mark(text: str) -> str:
    return re.sub(rf"^{_TICK}(?=\s)", "x", text)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    contact: str
    ticked: bool
    content: str
    extra: str  # the user's words in that line, as HTML


class _Ours:
    """What we know to be ours."""

    def __init__(self, known: Sequence[Line], written: str) -> None:
        self._names: dict[str, list[str]] = {}
        self._links: dict[str, str] = {}
        self._bodies: dict[str, set[str]] = {}
        for line in known:
            name, _ = _words(line, Text.NAMES)
            contacts = self._names.setdefault(flat(name), [])
            if line.contact not in contacts:
                contacts.append(line.contact)
            if line.link:
                self._links[line.link] = line.contact
            bodies = self._bodies.setdefault(line.contact, set())
            for mode in (Text.REASONS, Text.NAMES):
                bodies.add(flat("".join(_words(line, mode))))
        self._longest_first = sorted(self._names, key=len, reverse=True)
        self._met: set[str] = set()
        self._sentences = {FENCE, HINT, OPEN}
        for written_line in lines(written) if written else ():
            if FENCE in written_line.text:
                break
            found = self._identify(written_line)
            if found:
                self._bodies[found[0]].add(found[2])
            elif written_line.text:
                self._sentences.add(written_line.text)
        self._met.clear()

    def is_boilerplate(self, text: str) -> bool:
        return bool(_DATED.match(text)) or any(_is_cut(text, ours, share=0.6) for ours in self._sentences)

    def person(self, line: RichLine) -> _Seen | None:
        found = self._identify(line)
        if found is None:
            return None
        contact, lead, body, by_link = found
        bare = flat(lead)
        ticked, plain = bool(_BOXES_AND_TICK.match(bare)), bool(_ONLY_BOXES.match(bare))
        own = self._bodies[contact]
        whole = max((text for text in own if body.startswith(text)), key=len, default="")
        extra = ""
        if not ticked and not plain:
            extra = line.html
        elif not any(_is_cut(body, text) for text in own):
            extra = line.html if not whole or len(line.links) > 1 else _remark(whole, body)
        if extra and not by_link and not whole and not self._name_stands_alone(body):
            ticked = False  # a note that begins with a name, not the person's line
        self._met.add(contact)
        mark = "x " if ticked else "☐ " if plain and bare else ""
        return _Seen(contact=contact, ticked=ticked, content=f"{mark}{body}", extra=extra)

    def _name_stands_alone(self, body: str) -> bool:
        name = next(name for name in self._longest_first if body.startswith(name))
        return body[len(name) :].lstrip()[:1] in ("", ",", "(", ":")

    def _identify(self, line: RichLine) -> tuple[str, str, str, bool] | None:
        """Whose line it is, what stands before the name, name and all after it, and whether a link told us."""
        before = ""
        for n, piece in enumerate(line.pieces):
            if piece.href in self._links:
                rest = "".join(other.text for other in line.pieces[n:])
                lead, body = self._split(before, rest)
                return self._links[piece.href], lead, body, True
            before += piece.text
        text = line.text
        boxes = _BOXES_FIRST.match(text)
        assert boxes
        for start in (boxes.end(), *(match.end() for match in [_LEAD.match(text)] if match)):
            name = self._name_at(text[start:])
            if name:
                return self._whose(name, text[start:]), text[:start], text[start:], False
        return None

    def _split(self, before: str, rest: str) -> tuple[str, str]:
        """A mark typed at the very start of the link's words belongs to the lead."""
        words = flat(rest)
        if self._name_at(words):
            return before, words
        mark = _LEAD.match(words)
        if mark and self._name_at(words[mark.end() :]):
            return before + words[: mark.end()], words[mark.end() :]
        return before, words

    def _name_at(self, text: str) -> str:
        return next(
            (name for name in self._longest_first if text.startswith(name) and not text[len(name) :][:1].isalnum()), ""
        )

    def _whose(self, name: str, body: str) -> str:
        """Of several people of that name: whose line it is word for word, else the first not met yet."""
        contacts = self._names[name]
        exact = [contact for contact in contacts if body in self._bodies[contact]]
        fresh = [contact for contact in exact or contacts if contact not in self._met]
        return (fresh or exact or contacts)[0]


_DATED = re.compile(rf"^Names (?:as of|come on) \d{{1,2}} (?:{'|'.join(MONTHS)})\.?$")


def _is_cut(text: str, ours: str, share: float = 0.0) -> bool:
    """Whether `text` is `ours` with at most one stretch taken out, of which at least `share` is left."""
    if len(text) > len(ours) or not text or len(text) < share * len(ours):
        return False
    start = 0
    while start < len(text) and text[start] == ours[start]:
        start += 1
    return ours.endswith(text[start:])


def _remark(ours: str, body: str) -> str:
    name = re.split(r"[,(:]", ours, maxsplit=1)[0].strip()
    return html.escape(f"{name}: {body[len(ours) :].strip()}")


# -- The fence -------------------------------------------------------------------------------------


def _fence_in(line: RichLine, known: Sequence[Line]) -> str | None:
    """The words around the fence in its line; None where it is not there. A line with a box is a person's."""
    text = line.text
    if FENCE not in text or (_LEAD.match(text) and not text.startswith(FENCE)):
        return None
    return text


def _around_fence(description: str, line: RichLine) -> tuple[str, str]:
    """The user's words before the fence in its own line, and all that follows it."""
    before, _, after = line.text.partition(FENCE)
    below = description[line.after :]
    if description.lstrip().lower().startswith("<html-blob>"):
        below = re.sub(r"</html-blob>\s*$", "", below, flags=re.I)
    if after.strip():
        below = html.escape(after.strip()) + "<br>" + below
    return before.strip(), below


def _join(below: str, moved: Sequence[str]) -> str:
    if not moved:
        return below
    gap = "" if not below or re.search(r"(?:<br\s*/?>|</(?:p|div|ul|ol)>|\n)\s*$", below, re.I) else "<br>"
    return below + gap + "<br>".join(moved)
