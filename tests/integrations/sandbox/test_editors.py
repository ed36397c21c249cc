"""The two rewriters of Google's editors, and an edit of the text carried over to the HTML."""

from __future__ import annotations

import html as markup
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.sandbox.editors import editable, edited, flatten, shown, web_editor

BLOCK = (
    "<b>Two people, nothing to sell.</b><br>"
    "☐ <a href=\"https://green.example/go/k7f3\">Marta Lindqvist</a>, Ferro &amp; Sons<br>"
    "<i>7 weeks, usually 5.</i><br>"
    "☐ <a href=\"https://green.example/go/m2qd\">Tobias Renner</a>, Renner Holzbau<br>"
    "<br>"
    "Everything below this line is yours."
)  # fmt: skip
TEXT = (
    "Two people, nothing to sell.\n"
    "☐ Marta Lindqvist, Ferro & Sons\n"
    "7 weeks, usually 5.\n"
    "☐ Tobias Renner, Renner Holzbau\n"
    "\n"
    "Everything below this line is yours."
)


def test_a_person_sees_the_text_line_by_line() -> None:
    assert editable(BLOCK) == TEXT


def test_newlines_count_as_line_breaks_but_not_those_that_only_end_a_source_line() -> None:
    assert editable("one\ntwo") == "one\ntwo"
    assert editable("one<br>\ntwo") == "one\ntwo"
    assert editable("<ul>\n<li>one</li>\n<li>two</li>\n</ul>three") == "one\ntwo\nthree"
    assert editable("<p>one</p><p>two</p>") == "one\ntwo\n"


def test_the_web_editor_wraps_reroutes_and_hardens() -> None:
    saved = web_editor(BLOCK)
    assert saved.startswith("<html-blob><u></u><b>Two people")
    assert saved.endswith("is yours.</html-blob>")
    assert 'href="https://www.google.com/url?q=https://green.example/go/k7f3&amp;sa=D&amp;source=calendar&amp;' in saved
    assert "usg=AOvVaw" in saved
    assert "☐&nbsp;<a" not in saved  # only a space after a tag is hardened
    assert web_editor("<b>a</b> b  c") == "<html-blob><u></u><b>a</b>&nbsp;b &nbsp;c</html-blob>"
    assert web_editor("one\ntwo") == "<html-blob><u></u>one<br>two</html-blob>"
    assert "\n" not in saved


def test_the_web_editor_saves_what_it_saved_before_unchanged() -> None:
    once = web_editor(BLOCK)
    assert web_editor(once) == once


def test_a_phone_app_leaves_the_words_alone() -> None:
    assert flatten(BLOCK) == TEXT
    assert flatten(web_editor(BLOCK)) == TEXT
    assert flatten("<ul><li>one</li><li>two &lt; three</li></ul>") == "one\ntwo < three"
    assert flatten(TEXT) == TEXT


def test_ticking_a_box_changes_one_character() -> None:
    marta = '<a href="https://green.example/go/k7f3">'
    assert edited(BLOCK, TEXT.replace("☐ Marta", "x Marta")) == BLOCK.replace(f"☐ {marta}", f"x {marta}")


def test_notes_at_the_end_and_in_between_leave_the_rest() -> None:
    assert edited(BLOCK, TEXT + "\nTell Marta: 3 < 4 & more") == BLOCK + "<br>Tell Marta: 3 &lt; 4 &amp; more"
    between = TEXT.replace("\n☐ Tobias", "\nwants a quote by May\n☐ Tobias")
    tobias = '☐ <a href="https://green.example/go/m2qd">'
    assert edited(BLOCK, between) == BLOCK.replace(tobias, f"wants a quote by May<br>{tobias}")


def test_a_line_taken_out_takes_its_link_along() -> None:
    without = TEXT.replace("☐ Marta Lindqvist, Ferro & Sons\n", "")
    saved = edited(BLOCK, without)
    assert "k7f3" not in saved
    assert "m2qd" in saved
    assert editable(saved) == without


def test_a_line_changed_next_to_one_taken_out_keeps_its_own_link() -> None:
    text = TEXT.replace("☐ Marta Lindqvist, Ferro & Sons\n7 weeks, usually 5.\n☐ Tobias", "x Tobias")
    saved = edited(BLOCK, text)
    assert "k7f3" not in saved
    assert 'x <a href="https://green.example/go/m2qd">Tobias Renner</a>' in saved


def test_lists_stay_lists() -> None:
    assert edited("<ul><li>one</li><li>two</li></ul>", "one\ntwo!\n") == "<ul><li>one</li><li>two!</li></ul>"
    assert editable("Agenda<ul><li>one</li></ul>") == "Agenda\none\n"


def test_an_empty_description_can_be_written() -> None:
    assert edited("", "Bring cake\nand tea") == "Bring cake<br>and tea"
    assert edited("Bring cake<br>and tea", "") == ""
    assert edited("a<br><br>b", "a\nfilled\nb") == "a<br>filled<br>b"


def test_a_page_shows_only_harmless_tags() -> None:
    assert shown("<script>alert(1)</script><b onclick='x()'>hi</b>") == "<b>hi</b>"
    assert shown("<a href='javascript:alert(1)'>x</a>") == "<a>x</a>"
    assert shown("<img src=x onerror=alert(1)>5 < 6") == "5 &lt; 6"
    assert shown("<b>never closed<i>") == "<b>never closed</b>"
    assert 'rel="noopener noreferrer nofollow"' in shown("<a href='https://x.example/?a=1&b=\"2'>x</a>")


words = st.text(alphabet="ab <&>☐x\n\xa0", max_size=40)
plain = [
    "<b>",
    "</b>",
    "<i>",
    "</i>",
    "<br>",
    "<br>\n",
    "\n",
    "<ul>",
    "<li>",
    "</li>",
    "</ul>",
    "text",
    "&amp;",
    "</a>",
    "<u>",
    "</u>",
    "&nbsp;",
    "<p>",
]
pieces = st.sampled_from(
    [*plain, " ", '<a href="https://x.example/?a=1&amp;b=2">', "<html-blob><u></u>", "</html-blob>"]
)
descriptions = st.lists(pieces, max_size=14).map("".join)


@given(descriptions, words)
@settings(max_examples=150, deadline=None)
def test_what_is_typed_is_what_is_read_again(description: str, text: str) -> None:
    wanted = text.replace("\xa0", " ")
    assert editable(edited(description, wanted)).rstrip("\n") == wanted.rstrip("\n")


@given(descriptions)
@settings(max_examples=150, deadline=None)
def test_saving_without_a_change_keeps_the_text(description: str) -> None:
    text = editable(description)
    assert editable(edited(description, text)).rstrip("\n") == text.rstrip("\n")
    assert editable(web_editor(description)).rstrip("\n") == text.rstrip("\n")
    assert flatten(web_editor(description)) == flatten(description)


@given(descriptions)
@settings(max_examples=100, deadline=None)
def test_shown_is_balanced(description: str) -> None:
    stack: list[str] = []
    for close, tag in re.findall(r"<(/?)([a-z-]+)[^>]*>", shown(description)):
        if tag == "br":
            continue
        if close:
            assert stack.pop() == tag
        else:
            stack.append(tag)
    assert stack == []


@pytest.mark.parametrize("text", ["plain", "a < b", markup.escape("<b>")])
def test_plain_text_stays_readable(text: str) -> None:
    assert flatten(text) == markup.unescape(text)
