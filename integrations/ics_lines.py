"""The bytes of an .ics file → its logical lines, in bounded memory.

Files come in every dress: CRLF, LF, lone CR, doubled CR; UTF-8 with and without a byte order mark, UTF-16, Windows'
own Western European; folds in the middle of a character; attachments of many megabytes in one line. Nothing here
holds more than one logical line, and of that no more than `LONGEST` characters.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

LONGEST = 20_000
"""Characters kept of one logical line: far above any title or guest; attachments and long notes are not needed."""
_PIECE = 65_536  # read at once of one physical line
_TELL_EVERY = 1_000_000  # bytes between two calls of `progress`


class Line(NamedTuple):
    """One logical line. `cut`: it was longer than `LONGEST`. `guessed`: it was not the UTF-8 it should be."""

    text: str
    cut: bool = False
    guessed: bool = False


def logical_lines(file: BinaryIO, progress: Callable[[int], None] | None = None) -> Iterator[Line]:
    """The unfolded lines of a seekable file, empty ones left out; `progress` gets the bytes read so far."""
    encoding = _encoding(file)
    # Read as Latin-1, bytes come back as they were: a fold may lie within a character, so decoding comes after.
    text = io.TextIOWrapper(file, encoding=encoding or "latin-1", errors="replace", newline=None)
    parts: list[str] = []
    length, cut, at_line_start, told = 0, False, True, 0
    try:
        while piece := text.readline(_PIECE):
            begins_line, at_line_start = at_line_start, piece.endswith("\n")
            piece = piece.rstrip("\n")
            if not piece:
                continue  # doubled line ends must not end a fold
            if begins_line and piece[0] not in " \t":
                if parts:
                    yield _line(parts, cut, encoding)
                parts, length, cut = [], 0, False
            elif begins_line:
                piece = piece[1:]
            if length + len(piece) > LONGEST:
                piece, cut = piece[: LONGEST - length], True
            if piece:
                parts.append(piece)
                length += len(piece)
            if progress is not None and (read := file.tell()) - told >= _TELL_EVERY:
                told = read
                progress(read)
        if parts:
            yield _line(parts, cut, encoding)
    finally:
        text.detach()


def _encoding(file: BinaryIO) -> str:
    """The encoding where the first bytes give one away, and leaves the file after its mark; empty for single bytes."""
    head = file.read(4)
    if head.startswith(b"\xef\xbb\xbf"):
        file.seek(3)
        return ""
    file.seek(0)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if head[:4:2] == b"\0\0":
        return "utf-16-be"
    return "utf-16-le" if head[1:4:2] == b"\0\0" else ""


def _line(parts: list[str], cut: bool, encoding: str) -> Line:
    text = "".join(parts)
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return Line(text, cut)
    if encoding:
        return Line(text.encode("utf-8", "replace").decode("utf-8"), cut)  # without halves of surrogate pairs
    raw = text.encode("latin-1")
    try:
        return Line(raw.decode("utf-8", "ignore" if cut else "strict").removeprefix("\ufeff"), cut)
    except UnicodeDecodeError:
        return Line(raw.decode("cp1252", "replace"), cut, guessed=True)
