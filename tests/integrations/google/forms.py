"""The first form of a page, as a browser would send it."""

from __future__ import annotations

from html.parser import HTMLParser

Pairs = list[tuple[str, str]]


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action, self.fields, self.buttons = "", Pairs(), list[Pairs]()
        self.open = self.done = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        if tag == "form" and not self.done:
            self.open, self.action = True, has.get("action") or ""
        if not self.open:
            return
        name, value = has.get("name"), has.get("value") or ""
        if tag == "button" and has.get("type", "submit") == "submit":
            self.buttons.append([(name, value)] if name else [])
        elif tag == "input" and name and (has.get("type") != "checkbox" or "checked" in has):
            self.fields.append((name, value))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.open:
            self.open, self.done = False, True


def first_form(page: str) -> tuple[str, Pairs, list[Pairs]]:
    """Its address, its fields as they come, and what each of its buttons adds."""
    form = _Form()
    form.feed(page)
    return form.action, form.fields, form.buttons
