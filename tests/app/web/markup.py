"""A page as a tree, enough of it to ask what a browser would make of its forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "input", "br", "hr", "img", "rect", "path"})


@dataclass
class Tag:
    name: str
    attributes: dict[str, str]
    children: list[Tag] = field(default_factory=list)
    text: str = ""  # its own and that of all below it

    def all(self, *names: str) -> list[Tag]:
        """Everything below with one of these names, in the order of the source."""
        found = []
        for child in self.children:
            found += [child] if child.name in names else []
            found += child.all(*names)
        return found

    def by_id(self, id_: str) -> Tag:
        (found,) = [tag for tag in self.everything() if tag.attributes.get("id") == id_]
        return found

    def everything(self) -> list[Tag]:
        return [self, *(tag for child in self.children for tag in child.everything())]

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def fields(self) -> dict[str, list[str]]:
        """What a browser would send if the form were submitted as it is by its first button."""
        found: dict[str, list[str]] = {}
        for tag in self.all("input", "select", "textarea"):
            if tag.name == "select":
                options = tag.all("option")
                chosen = [option for option in options if "selected" in option.attributes] or options[:1]
                values = [option.attributes.get("value", option.text) for option in chosen]
            elif tag.name == "textarea":
                values = [tag.text.removeprefix("\n")]
            elif tag.attributes.get("type") in ("checkbox", "radio"):
                values = [tag.attributes.get("value", "on")] if "checked" in tag.attributes else []
            else:
                values = [tag.attributes.get("value", "")]
            found.setdefault(tag["name"], []).extend(values)
        return {name: values for name, values in found.items() if values}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.stack = [Tag("root", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Tag(tag, {name: value or "" for name, value in attrs})
        self.stack[-1].children.append(made)
        if tag not in VOID:
            self.stack.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.stack[-1].children.append(Tag(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack[-1].name == tag, f"</{tag}> closes <{self.stack[-1].name}>"
        self.stack.pop()

    def handle_data(self, data: str) -> None:
        for tag in self.stack:
            tag.text += data


def read(html: str) -> Tag:
    """Fails where a tag is not closed, or closed out of turn."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.stack) == 1, f"never closed: {[tag.name for tag in reader.stack[1:]]}"
    return reader.stack[0]
