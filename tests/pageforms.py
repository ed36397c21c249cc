"""The forms of a page, as a browser without JavaScript would send them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

Pairs = list[tuple[str, str]]


@dataclass(slots=True)
class Button:
    """What pressing it adds, and where it sends the form when that is elsewhere."""

    fields: Pairs
    action: str = ""


@dataclass(slots=True)
class Form:
    method: str
    action: str
    fields: Pairs = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open = False
        self._select: str | None = None
        self._options: list[tuple[str | None, bool]] = []
        self._option_text = False
        self._area: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        if tag == "form":
            self._open = True
            self.forms.append(Form(method=(has.get("method") or "get").lower(), action=has.get("action") or ""))
        if not self._open:
            return
        form, name = self.forms[-1], has.get("name")
        if tag == "button" and (has.get("type") or "submit") == "submit":
            form.buttons.append(Button([(name, has.get("value") or "")] if name else [], has.get("formaction") or ""))
        elif tag == "input" and name:
            if has.get("type") in ("checkbox", "radio"):
                if "checked" in has:
                    form.fields.append((name, has.get("value") or "on"))
            else:
                form.fields.append((name, has.get("value") or ""))
        elif tag == "select":
            self._select, self._options = name, []
        elif tag == "option":
            self._options.append((has.get("value"), "selected" in has))
            self._text, self._option_text = "", has.get("value") is None
        elif tag == "textarea":
            self._area, self._text = name, ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if not self._open:
            return
        if tag == "form":
            self._open = False
        elif tag == "option" and self._option_text and self._options:
            self._options[-1] = (self._text.strip(), self._options[-1][1])
        elif tag == "select" and self._select and self._options:
            chosen = [value for value, selected in self._options if selected] or [self._options[0][0]]
            self.forms[-1].fields.append((self._select, chosen[-1] or ""))
            self._select = None
        elif tag == "textarea" and self._area:
            self.forms[-1].fields.append((self._area, self._text.removeprefix("\n")))
            self._area = None


def forms_of(page: str) -> list[Form]:
    parser = _Forms()
    parser.feed(page)
    return parser.forms
