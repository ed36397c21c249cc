"""A made-up language, to see what has not gone through a catalogue.

Every message is said in wide letters, and the locale is Greek: its months, weekdays, lists and countries have no Latin
letter either. So whatever stands in plain Latin letters on a page is somebody's name, or was never marked.
"""

from __future__ import annotations

import importlib.util
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from app import languages

CODE = "el"
_WIDE = {ord(letter): ord(letter) + 0xFEE0 for letter in map(chr, [*range(65, 91), *range(97, 123)])}
_STAYS = re.compile(r"(\{\w*\}|<[^>]*>|&\w+;)")
_PATTERN = re.compile(r"[EMdyLc ,.]+")  # of a date, as CLDR writes it: a message for translators, but no words


def wide(text: str) -> str:
    """In wide letters, but for placeholders and markup."""
    if _PATTERN.fullmatch(text):
        return text
    return "".join(part if _STAYS.fullmatch(part) else part.translate(_WIDE) for part in _STAYS.split(text))


@cache
def template() -> Catalog:
    """What `make words` finds; it is only read."""
    spec = importlib.util.spec_from_file_location("words_tool", Path(__file__).parents[2] / "scripts" / "words.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    found: Catalog = tool.messages()
    return found


def catalogue(messages: Catalog, without: str = "") -> bytes:
    """All of them in wide letters, but for one."""
    made = Catalog(locale=CODE, fuzzy=False)
    for message in messages:
        if message.id and message.id != without:
            forms = message.id if isinstance(message.id, tuple) else (message.id,)
            said = tuple(wide(form) for form in forms)
            made.add(message.id, string=said if len(forms) > 1 else said[0])
    written = io.BytesIO()
    write_po(written, made)
    return written.getvalue()


@contextmanager
def spoken_in(folder: Path, po: bytes) -> Iterator[None]:
    """Inside, the service knows that language beside English, and no other."""
    file = folder / CODE / "LC_MESSAGES" / "greenblock.po"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(po)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(languages, "HERE", folder)
        patch.setitem(languages.LANGUAGES, CODE, "Made up")
        languages.language.cache_clear()
        try:
            yield
        finally:
            languages.language.cache_clear()


# -- What is plain on a page -----------------------------------------------------------------------

_SEEN = ("aria-label", "title", "alt", "placeholder", "data-say", "data-offline")
_UNSEEN = {"script", "style", "code", "textarea"}
_ALONE = {"input", "br", "img", "meta", "link", "hr", "wbr", "rect", "circle", "line", "path", "use", "polygon"}
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+")
_WORD = re.compile(r"[A-Za-z]{2,}")


class _Page(HTMLParser):
    """Text and labels that are in the language of the page. What names its own language is in that one, what stands in
    a text field is the user's; an option that says its value says a name (of a time zone)."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._aside: list[bool] = []
        self._value: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        aside = tag in _UNSEEN or has.get("lang") not in (None, CODE) or (bool(self._aside) and self._aside[-1])
        if not aside:
            self.said += [has[name] or "" for name in _SEEN if name in has]
        if tag not in _ALONE:
            self._aside.append(aside)
        if tag == "option":
            self._value = has.get("value")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _ALONE:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _ALONE and self._aside:
            self._aside.pop()

    def handle_data(self, data: str) -> None:
        if not (self._aside and self._aside[-1]) and data.strip() != self._value:
            self.said.append(data)


def plain(html: str, names: Iterable[str]) -> list[str]:
    """What stands on the page in plain Latin letters and is nobody's name."""
    page = _Page()
    page.feed(html)
    return plain_in(page.said, names)


def plain_in(sentences: Iterable[str], names: Iterable[str]) -> list[str]:
    known = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in sorted(names, key=len, reverse=True)))
    found = (" ".join(known.sub("", _ADDRESS.sub("", one)).split()) for one in sentences)
    return [one for one in found if _WORD.search(one)]
