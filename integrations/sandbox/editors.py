"""What Google's editors do to a description when a person edits it: the web editor wraps, phone apps flatten.

A description is read into pieces, each with the text one sees and the HTML behind it, so that an edit of the text
can be carried over to the HTML. All functions are pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from hashlib import sha256
from html import escape
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit

_KEPT = frozenset({"b", "i", "u", "a", "ul", "ol", "li", "strong", "em"})
_SILENT = frozenset({"script", "style", "head", "title"})
_BLOCKS = frozenset({"p", "div", "h1", "h2", "h3", "tr"})
_SAFE = ("http://", "https://", "mailto:")
_BEHIND = {"\n": "<br>", "\xa0": "&nbsp;"}
_LINE_ENDS = re.compile(r"\n*(</?(?:ul|ol|li)>)\n*|(?<=<br>)\n|(?<=<br/>)\n", re.IGNORECASE)
_EMPTY = re.compile(r"<(a|b|i|u|strong|em)(?: [^>]*)?></\1>")


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str  # one character or nothing
    html: str
    loose: bool = False


_Line = list[_Piece]


def web_editor(html: str) -> str:
    """The description as the editor in the browser saves it, whatever was edited: wrapped, with its links rerouted."""
    return f"<html-blob><u></u>{_html(_hardened(_read(html, reroute=True)))}</html-blob>"


def flatten(html: str) -> str:
    """The description as some phone apps save it: plain text, of a link only its words."""
    return "".join(piece.text for piece in _read(html)).replace("\xa0", " ").strip("\n")


def editable(html: str) -> str:
    """The text a person sees in an editor, one line a line."""
    return "".join(piece.text for piece in _read(html)).replace("\xa0", " ")


def shown(html: str) -> str:
    """Safe HTML for a page: b, i, u, a, ul, ol, li and br, balanced; everything else as text or not at all."""
    return _html(_read(html)).replace("<a ", '<a rel="noopener noreferrer nofollow" ')


def edited(html: str, new_text: str) -> str:
    """The HTML after its text (as `editable` gives it) was changed to `new_text`; tags stay around what they held.

    In the odd case (half a list taken out) in which the tags would change the text, the text wins and they go.
    """
    old_lines = _lines(_read(html))
    old_texts = ["".join(piece.text for piece in line).strip("\n").replace("\xa0", " ") for line in old_lines]
    new_texts = new_text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    made: list[_Line] = []
    for kind, a, b, c, d in SequenceMatcher(None, old_texts, new_texts, autojunk=False).get_opcodes():
        made += old_lines[a:b] if kind == "equal" else _replaced(old_lines[a:b], old_texts[a:b], new_texts[c:d])
    html = _html(_broken(made))
    wanted = "\n".join(new_texts).replace("\xa0", " ").rstrip("\n")
    return html if editable(html).rstrip("\n") == wanted else _html(_broken([_typed(text) for text in new_texts]))


def _replaced(old_lines: list[_Line], old_texts: list[str], new_texts: list[str]) -> list[_Line]:
    """New lines, each built on the old line it resembles most; of old lines without a successor the tags stay."""
    made: list[_Line] = []
    at = 0
    for text in new_texts:
        likeness = [
            (SequenceMatcher(None, old_texts[place], text).ratio(), -place) for place in range(at, len(old_texts))
        ]
        best, place = max(likeness, default=(0.0, 0))
        if best >= 0.5:
            made += _tags_of(old_lines[at:-place])
            made.append(_retyped(old_lines[-place], text))
            at = 1 - place
        else:
            made.append(_typed(text))
    return made + _tags_of(old_lines[at:])


def _retyped(line: _Line, text: str) -> _Line:
    """The old line with its characters changed to `text`; new characters go in where they were typed."""
    places = [index for index, piece in enumerate(line) if piece.text and piece.text != "\n"]
    old = "".join(line[index].text for index in places).replace("\xa0", " ")
    drop: set[int] = set()
    before: dict[int, _Line] = {}
    for kind, a, b, c, d in SequenceMatcher(None, old, text, autojunk=False).get_opcodes():
        if kind != "equal":
            drop |= set(places[a:b])
            spot = 0 if not places else places[a] if b > a or a == 0 else places[a - 1] + 1
            before.setdefault(spot, []).extend(_typed(text[c:d]))
    made: _Line = []
    for index, piece in enumerate([*line, None]):
        made += before.get(index, [])
        if piece is not None and index not in drop:
            made.append(piece)
    return made


def _typed(text: str) -> list[_Piece]:
    return [_Piece(char, escape(char, quote=False)) for char in text]


def _tags_of(lines: list[_Line]) -> list[_Line]:
    """What is left of lines that were taken out: no lines any more, only tags, and no list item that was all there."""
    made = []
    for line in lines:
        tags = [piece.html for piece in line if piece.html.startswith("<") and piece.html != "<br>"]
        if "<li>" in tags and "</li>" in tags:
            tags = [tag for tag in tags if tag not in ("<li>", "</li>")]
        made.append([_Piece("", tag, loose=True) for tag in tags])
    return [line for line in made if line]


def _lines(pieces: list[_Piece]) -> list[_Line]:
    """Pieces line by line; the one that ends a line (a br, the end of a list item) is its last."""
    lines: list[_Line] = [[]]
    for piece in pieces:
        lines[-1].append(piece)
        if piece.text == "\n":
            lines.append([])
    return lines


def _broken(lines: list[_Line]) -> _Line:
    """One run of pieces with a br between two lines where nothing else ends the first."""
    run: _Line = []
    ended = True
    for line in lines:
        if line and all(piece.loose for piece in line):
            run += line
            continue
        if not ended:
            run.append(_Piece("\n", "<br>"))
        run += [piece for piece in line if piece.html != "<br>"]
        ended = bool(line) and line[-1].text == "\n" and line[-1].html != "<br>"
    return run


def _html(pieces: list[_Piece]) -> str:
    html = "".join(piece.html for piece in pieces)
    while (shorter := _EMPTY.sub("", html)) != html:
        html = shorter
    return html


def _hardened(pieces: _Line) -> _Line:
    """Spaces beside a tag, and the second of two, are kept from collapsing by `&nbsp;`."""
    made: _Line = []
    for piece in pieces:
        beside = not made or made[-1].html.startswith("<") or made[-1].text == " "
        made.append(_Piece(" ", "&nbsp;") if piece.text == " " and piece.html == " " and beside else piece)
    return made


def _read(html: str, *, reroute: bool = False) -> list[_Piece]:
    reader = _Reader(reroute=reroute)
    reader.feed(_LINE_ENDS.sub(lambda found: found[1] or "", html.replace("\r\n", "\n").replace("\r", "\n")))
    reader.close()
    return reader.finished()


class _Reader(HTMLParser):
    """Balanced pieces of a description. A newline is a line break."""

    def __init__(self, *, reroute: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[_Piece] = []
        self._open: list[str] = []
        self._silent = 0
        self._reroute = reroute

    def finished(self) -> list[_Piece]:
        for tag in reversed(self._open):
            self._close(tag)
        return self._pieces

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br":
            self._pieces.append(_Piece("\n", "<br>"))
        elif tag in _BLOCKS:
            self._begin_line()
        elif tag in _KEPT and not self._silent:
            breaks = tag in ("ul", "ol") and self._mid_line()
            self._pieces.append(_Piece("\n" if breaks else "", self._opening(tag, attrs)))
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCKS:
            self._begin_line()
        elif tag in self._open:
            inner = ""
            while inner != tag:
                inner = self._open.pop()
                self._close(inner)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._pieces += [_Piece(char, _BEHIND.get(char) or escape(char, quote=False)) for char in data]

    def _close(self, tag: str) -> None:
        self._pieces.append(_Piece("\n" if tag == "li" else "", f"</{tag}>"))

    def _mid_line(self) -> bool:
        last = next((piece.text for piece in reversed(self._pieces) if piece.text), "\n")
        return last != "\n"

    def _begin_line(self) -> None:
        if self._mid_line():
            self._pieces.append(_Piece("\n", "<br>"))

    def _opening(self, tag: str, attrs: list[tuple[str, str | None]]) -> str:
        link = next((value for key, value in attrs if key == "href" and value), "") if tag == "a" else ""
        if not link.lower().startswith(_SAFE):
            return f"<{tag}>"
        return f'<a href="{escape(_rerouted(link) if self._reroute else link)}">'


def _rerouted(link: str) -> str:
    parts = urlsplit(link)
    if parts.scheme == "mailto" or (parts.hostname == "www.google.com" and parts.path == "/url"):
        return link
    signature = sha256(link.encode()).hexdigest()[:22]
    return f"https://www.google.com/url?q={quote(link, safe=':/')}&sa=D&source=calendar&usd=2&usg=AOvVaw{signature}"
