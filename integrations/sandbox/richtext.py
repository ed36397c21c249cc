"""Descriptions: Google keeps a handful of tags and drops the rest (GOOGLE calls it "can contain HTML")."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

_KEPT = frozenset({"b", "i", "u", "a", "ul", "ol", "li", "br", "html-blob"})  # html-blob: Google's own editors write it
_SILENT = frozenset({"script", "style"})


def sanitise(text: str) -> str:
    """The text with only b, i, u, a (with its href), ul, ol, li, br and Google's html-blob left as tags."""
    if "<" not in text:
        return text
    cleaner = _Cleaner()
    cleaner.feed(text)
    cleaner.close()
    return "".join(cleaner.out)


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _KEPT and not self._silent:
            link = next((value for key, value in attrs if key == "href" and value), "") if tag == "a" else ""
            safe = link.lower().startswith(("http://", "https://", "mailto:"))
            self.out.append(f'<{tag} href="{escape(link)}">' if safe else f"<{tag}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SILENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _KEPT and tag != "br" and not self._silent:
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")
