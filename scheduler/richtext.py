"""The simple HTML of a calendar description: made safe on the way in, taken apart into lines on the way back.

Not `html.parser`: it swallows what looks like a comment, a script or a half tag, and those may be a user's words.
Here every character is either a known tag or text, and each line knows where it stands in the original.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

# -- Text of strangers -----------------------------------------------------------------------------

_SCHEME_LINK = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}:\s*/{2}\S*|\b(?:javascript|data|vbscript|mailto|tel|sms):\S*", re.I
)
# A letter and what may follow it in a host's name: another, or the mark above or below it that is no \w.
_DOT = re.compile(r"(?<=\S)[.。｡](?=[^\W\d_][^\s\d.,;:!?])")
_NUMBERS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_WWW = re.compile(r"\bwww\b", re.I)
_INVISIBLE = frozenset({"Cf", "Co", "Cs", "Cn"})
# A title can be as long as a stranger likes, and "&amp;amp;amp;…" asks for a pass for each "amp;".
_LOOKED_AT = 2_000
_PASSES = 6


def tidy(text: str, limit: int) -> str:
    """`text` on one line, at most `limit` characters, without anything that could become a link, a tag or turn the
    line around: links go, dots of bare domains get a space after them, "@" becomes " at ". Not yet escaped."""
    text, passes = text[: _LOOKED_AT + limit], 0
    while (cleaner := _cleaned(text)) != text:  # what one pass takes out must not join what another one would catch
        passes += 1
        text = cleaner if passes < _PASSES else cleaner.replace("&", " ")
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


@lru_cache(maxsize=1024)  # the same names and reasons stand in the texts of every plan
def _cleaned(text: str) -> str:
    folded = unicodedata.normalize("NFKC", html.unescape(text)).replace("<", "‹").replace(">", "›")
    shown = []
    for character in folded:
        category = unicodedata.category(character)
        if category not in _INVISIBLE:
            shown.append(" " if category[0] in "CZ" else character)
    flat = _DOT.sub(". ", _WWW.sub(" ", _SCHEME_LINK.sub(" ", "".join(shown)))).replace("@", " at ")
    flat = _NUMBERS.sub(lambda host: host[0].replace(".", ". "), flat)
    flat = " ".join(flat.split())
    while flat and unicodedata.category(flat[0])[0] == "M":
        flat = flat[1:].lstrip()  # an accent without a letter would sit on our own words
    return flat


def safe(text: str, limit: int) -> str:
    """As `tidy`, and escaped for HTML."""
    return html.escape(tidy(text, limit))


# -- Lines -----------------------------------------------------------------------------------------

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)((?:\s[^<>]*)?)/?>|\r\n|\r|\n")
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)
_BREAKS = frozenset({"br", "p", "div", "ul", "ol", "li", "tr", "table", "h1", "h2", "h3", "h4", "blockquote", "hr"})
_INLINE = frozenset({"a", "b", "i", "u", "em", "strong", "s"})
_DROPPED = frozenset({"html-blob", "html", "body", "span", "font", "td", "tbody"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A stretch of one line's text; `href` where it is a link, already freed of Google's detour."""

    text: str
    href: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RichLine:
    """One line. `html` is well-formed by itself; the original's next line begins at `after`. `text` is what is read:
    entities resolved, white space single."""

    pieces: tuple[Piece, ...]
    html: str
    after: int
    text: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", flat("".join(piece.text for piece in self.pieces)))

    @property
    def links(self) -> tuple[str, ...]:
        return tuple(piece.href for piece in self.pieces if piece.href)


def divided(line: RichLine, words: str) -> tuple[RichLine, RichLine] | None:
    """What stands before `words` in the line and what after, links kept; None where they are not in it."""
    text = "".join(piece.text for piece in line.pieces)
    found = re.search(r"\s+".join(re.escape(word) for word in words.split()), text)
    return (_part(line, 0, found.start()), _part(line, found.end(), len(text))) if found else None


def _part(line: RichLine, start: int, end: int) -> RichLine:
    pieces, at = [], 0
    for piece in line.pieces:
        inside = piece.text[max(0, start - at) : max(0, end - at)]
        if inside:
            pieces.append(Piece(text=inside, href=piece.href))
        at += len(piece.text)
    shown = "".join(
        f'<a href="{html.escape(piece.href)}">{html.escape(piece.text)}</a>' if piece.href else html.escape(piece.text)
        for piece in pieces
    )
    return RichLine(pieces=tuple(pieces), html=shown.strip(), after=line.after)


def flat(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


@lru_cache(maxsize=32)  # one text is read for its ticks, its digest, its links and its merge
def lines(description: str) -> tuple[RichLine, ...]:
    """All lines, blank ones included. `<br>`, paragraphs, list items and plain newlines end a line."""
    return tuple(_Reader(description).read())


_DEEPEST = 20
"""Tags that may be open at a time: each is opened anew in every line, and nobody's words need more."""

_Token = tuple[str, str]
"""A tag's name ("/b" for the end of one; empty for text) and what stands in the HTML."""


class _Reader:
    def __init__(self, raw: str) -> None:
        self.raw = raw
        self.open: list[_Token] = []  # the inline tags that are open
        self._begin()

    def _begin(self) -> None:
        self.pieces: list[Piece] = []
        self.html: list[_Token] = list(self.open)

    def _end(self, after: int) -> RichLine:
        closing = [(f"/{name}", f"</{name}>") for name, _ in reversed(self.open)]
        line = RichLine(pieces=tuple(self.pieces), html=_without_hollow_tags([*self.html, *closing]), after=after)
        self._begin()
        return line

    def read(self) -> Iterator[RichLine]:
        at = 0
        for match in _TAG.finditer(self.raw):
            self._text(self.raw[at : match.start()])
            at = match.end()
            name = (match[2] or "").lower()
            if not name or name in _BREAKS:
                yield self._end(at)
            elif name in _INLINE:
                if match[1]:
                    self._close(name)
                else:
                    self._open(name, match[0])
            elif name not in _DROPPED:
                self._text(match[0])
        self._text(self.raw[at:])
        yield self._end(len(self.raw))

    def _text(self, raw: str) -> None:
        if raw:
            href = next((_href(tag) for name, tag in reversed(self.open) if name == "a"), "")
            self.pieces.append(Piece(text=html.unescape(raw), href=href))
            self.html.append(("", raw))

    def _open(self, name: str, tag: str) -> None:
        if name == "a":
            self._close("a")  # as browsers do: no link within a link
        elif len(self.open) >= _DEEPEST:
            return
        self.open.append((name, tag))
        self.html.append((name, tag))

    def _close(self, name: str) -> None:
        place = next((n for n in range(len(self.open) - 1, -1, -1) if self.open[n][0] == name), None)
        if place is None:
            return
        inner = self.open[place + 1 :]
        self.html += [(f"/{other}", f"</{other}>") for other, _ in reversed(inner)]
        self.html += [(f"/{name}", f"</{name}>"), *inner]
        del self.open[place]


def _without_hollow_tags(tokens: list[_Token]) -> str:
    """The line without `<u></u>` and the like, which Google's editor leaves behind."""
    kept: list[_Token] = []
    for name, raw in tokens:
        if kept and name and name == f"/{kept[-1][0]}":
            kept.pop()
        else:
            kept.append((name, raw))
    return "".join(raw for _, raw in kept).strip()


def _href(tag: str) -> str:
    found = _HREF.search(tag)
    return straight(html.unescape(next(group for group in found.groups() if group is not None))) if found else ""


def straight(url: str) -> str:
    """The address itself, where Google's editor sent it through `google.com/url?q=…`."""
    for _ in range(3):
        try:
            parts = urlsplit(url.strip())
        except ValueError:
            break
        host = parts.hostname or ""
        if parts.path != "/url" or not (host == "google.com" or host.endswith(".google.com")):
            break
        query = parse_qs(parts.query)
        inner = (query.get("q") or query.get("url") or [""])[0]
        if not inner:
            break
        url = f"{inner}#{parts.fragment}" if parts.fragment and "#" not in inner else inner
    return url.strip()
