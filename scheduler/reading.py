"""Whose line is it, and is it ticked: a block's text recognised after people and editors had their hands in."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from scheduler.model import Text
from scheduler.richtext import RichLine, flat, lines
from scheduler.sheet import Line, words_of
from scheduler.wording import FENCES, WORDINGS, dated

# -- Marks -----------------------------------------------------------------------------------------

_SOFT = "[\u200e\u200f\u061c\u2066-\u2069\ufe0e\ufe0f]{0,3}"  # direction marks, and what colours a ✔ on phones
_BOX = rf"(?:☐|□|\[ ?\]){_SOFT}"
_TICK = rf"(?:\[[xX]\]|[xX✓✔☑☒✅]){_SOFT}"
_BULLET = rf"{_SOFT}(?:[-*•·–](?:\s+|$){_SOFT})?"  # editors make lists of lines
LEAD = re.compile(rf"^{_BULLET}(?:{_BOX}\s*|{_TICK}\s+|{_TICK}(?={_BOX}))+{_SOFT}\s*")
_ONLY_BOXES = re.compile(rf"^{_BULLET}(?:{_BOX}\s*)*$")
_BOXES_AND_TICK = re.compile(rf"^{_BULLET}(?:{_BOX}\s*)*{_TICK}(?:\s*{_BOX})*\s*$")
_MARK = re.compile(rf"(?:{_BOX}\s*|{_TICK}\s+|{_TICK}(?={_BOX})){_SOFT}\s*")
_LEAD_IN = re.compile(_BULLET)
_TELLING = 20
"""Characters: what is left of a sentence of ours is known by no fewer, or two words of the user's would be ours."""


def _after_marks(text: str) -> list[int]:
    """Where a line's words may begin: at its start, and behind each mark there. (A name may look like a mark.)"""
    bullet = _LEAD_IN.match(text)
    starts = [0, bullet.end()] if bullet and bullet.end() else [0]
    while mark := _MARK.match(text, starts[-1]):
        starts.append(mark.end())
    return starts


def even_mark(text: str) -> str:
    return re.sub(rf"^{_TICK}(?=\s)", "x", text)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    contact: str
    ticked: bool
    content: str
    extra: str  # the user's words in that line, as HTML


class Ours:
    """What we know to be ours."""

    def __init__(self, known: Sequence[Line], written: str) -> None:
        self._names: dict[str, list[str]] = {}
        self._links: dict[str, str] = {}
        self._bodies: dict[str, set[str]] = {}
        for line in known:
            name, _ = words_of(line, Text.NAMES)
            contacts = self._names.setdefault(flat(name), [])
            if line.contact not in contacts:
                contacts.append(line.contact)
            if line.link:
                self._links[line.link] = line.contact
            bodies = self._bodies.setdefault(line.contact, set())
            for mode in (Text.REASONS, Text.NAMES):
                bodies.add(flat("".join(words_of(line, mode))))
        self._longest_first = sorted(self._names, key=len, reverse=True)
        self._met: set[str] = set()
        self._sentences = {*FENCES, *(text for one in WORDINGS.values() for text in (one.hint, one.open))}
        for written_line in lines(written) if written else ():
            if any(fence in written_line.text for fence in FENCES):
                break
            found = self._identify(written_line)
            if found:
                self._bodies[found[0]].add(found[2])
                for link in written_line.links:
                    self._links.setdefault(link, found[0])
            elif written_line.text:
                self._sentences.add(written_line.text)
        self._met.clear()

    def is_boilerplate(self, text: str) -> bool:
        if dated(text) or text in self._sentences:
            return True
        return len(text) >= _TELLING and any(_is_cut(text, ours, share=0.6) for ours in self._sentences)

    def person(self, line: RichLine) -> Seen | None:
        found = self._identify(line)
        if found is None:
            return None
        contact, lead, body, by_link = found
        bare = flat(re.sub(_SOFT, "", lead))
        ticked, plain = bool(_BOXES_AND_TICK.match(bare)), bool(_ONLY_BOXES.match(bare))
        if ticked and self._is_another_line(bare):
            ticked = False
        own = self._bodies[contact]
        whole = max((text for text in own if body.startswith(text)), key=len, default="")
        extra = ""
        foreign = any(self._is_foreign(link) for link in line.links)
        if foreign or (not ticked and not plain):
            extra = line.html
        elif not any(_is_cut(body, text) for text in own):
            extra = line.html if not whole or len(line.links) > 1 else _remark(whole, body)
        if extra and not by_link and not whole and not self._name_stands_alone(body):
            ticked = False  # a note that begins with a name, not the person's line
        self._met.add(contact)
        mark = "x " if ticked else "☐ " if plain and bare else ""
        return Seen(contact=contact, ticked=ticked, content=f"{mark}{body}", extra=extra)

    def _is_another_line(self, lead: str) -> bool:
        """Whether what looks like a mark is the line of somebody called "X", joined to this one: `☐ X☐`."""
        between = re.match(rf"^{_BULLET}(?:{_BOX}\s*)+(.*?)\s*{_BOX}\s*$", lead)
        return between is not None and between[1] in self._names

    def _is_foreign(self, link: str) -> bool:
        """Whether the user put it there: no link of ours, by whatever detour."""
        return not any(own in link or own in unquote(link) for own in self._links)

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
        starts = [start for start in _after_marks(text) if self._name_at(text[start:])]
        if not starts:
            return None
        start = next((start for start in starts if self._is_whole(text[start:])), starts[0])
        name = self._name_at(text[start:])
        return self._whose(name, text[start:]), text[:start], text[start:], False

    def _is_whole(self, body: str) -> bool:
        return any(body in self._bodies[contact] for contact in self._names[self._name_at(body)])

    def _split(self, before: str, rest: str) -> tuple[str, str]:
        """A mark typed at the very start of the link's words belongs to the lead."""
        words = flat(rest)
        if self._name_at(words):
            return before, words
        mark = LEAD.match(words)
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
