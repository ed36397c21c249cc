"""No sentence for users stands bare in a template or in what refuses something, also where no walk comes by."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "app" / "web" / "templates").glob("*.html"))
MODULES = sorted(
    file
    for room in ("app", "scheduler", "integrations")
    for file in (ROOT / room).rglob("*.py")
    # The command line speaks English.
    if "sandbox" not in file.parts and not file.name.startswith("cli") and file.name != "backup.py"
)

# -- Templates -------------------------------------------------------------------------------------

_OURS = re.compile(r"\b(?:Greenblock)\b")
_COMMENT = re.compile(r"\{#.*?#\}|\{% block (?:ribbon|spread) %\}.*?\{% endblock %\}", re.DOTALL)  # two hold attributes
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_UNSEEN = re.compile(r"<(code|script|style)\b.*?</\1>", re.DOTALL)
_LABEL = re.compile(r'(?:aria-label|title|alt|placeholder|data-say|data-offline)="([^"]*)"')
_MARKED = re.compile(r"""\b(?:_|ngettext)\((?:"[^"]*"(?:,\s*)?|'[^']*'(?:,\s*)?)+""")
_STRING = re.compile(r'"([^"]*)"')


def bare_in_template(source: str) -> Iterator[str]:
    """Text and labels outside of `{{ _(…) }}`, and strings with words that are no message."""
    source = _COMMENT.sub("", source)
    html = _UNSEEN.sub("", _JINJA.sub("", source))
    for label in _LABEL.findall(html):
        if re.search(r"[A-Za-z]{2}", label):
            yield label
    for text in re.sub(r"<[^>]*>", "\n", html).splitlines():
        if re.search(r"[A-Za-z]{2}", _OURS.sub("", text)) and '"' not in text and ">" not in text:
            yield text.strip()
    for expression in _JINJA.findall(source):
        for text in _STRING.findall(_MARKED.sub("", expression)):
            if re.search(r"[a-z] [a-z]|^[A-Z][a-z]", text):
                yield text


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_templates_say_messages_only(file: Path) -> None:
    assert list(bare_in_template(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "planted",
    [
        "<p>Nobody marked this</p>",
        '<p>{{ _("Marked") }} and this</p>',
        '<button aria-label="Press">{{ x }}</button>',
        '<p>{{ "One person" if one else _("More") }}</p>',
    ],
)
def test_what_is_bare_in_a_template_is_seen(planted: str) -> None:
    assert list(bare_in_template(planted)) != []


# -- What refuses something ------------------------------------------------------------------------

REFUSING = {
    *("Refused", "NotFound", "Invalid", "TooLarge", "HTTPException", "SignedOut", "wrong", "problem_page", "Words"),
    *("ConsentRefused", "CodeRefused", "IdentityRefused", "ProviderUnavailable", "ProviderMisconfigured", "Banner"),
    *("number", "choice", "time", "PlainTextResponse"),
}
_SENTENCE = re.compile(r"[A-Za-z]{2,} [A-Za-z]")


def bare_in_code(source: str) -> Iterator[str]:
    """Sentences among the arguments of what tells the user of a problem, outside of `_`, `N_` and `ngettext`."""
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        if _name(call) in REFUSING:
            for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
                yield from _bare(argument)


def _bare(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and _name(node) in ("_", "N_", "ngettext"):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SENTENCE.search(node.value):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from _bare(child)


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def test_what_refuses_something_says_messages_only() -> None:
    bare = {
        f"{file.relative_to(ROOT)}: {sentence}"
        for file in MODULES
        for sentence in bare_in_code(file.read_text(encoding="utf-8"))
    }
    assert bare == set()


@pytest.mark.parametrize(
    "planted",
    ['raise Refused("Not like this")', 'read.wrong("on", f"Not on {day} at all")', 'Invalid({"on": "Not this day"})'],
)
def test_what_is_bare_in_the_code_is_seen(planted: str) -> None:
    assert list(bare_in_code(planted)) != []
