"""The text of a block, there and back: through Google's editors, a person's thumb, and strangers' names."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from scheduler.model import Text
from scheduler.richtext import lines, safe, tidy
from scheduler.sheet import LONGEST, SHORTENED, fits, shorter
from scheduler.wording import FENCES, WORDINGS
from scheduler.worksheet import Line, Worksheet, begin, content_digest, merge, parse, render, same_text

FENCE, HINT = WORDINGS["en"].fence, WORDINGS["en"].hint
BASE = "https://green.example/go/k7f3x"
MARTA = Line(
    contact="marta",
    name="Marta Lindqvist",
    company="Ferro & Sons",
    reason="Last in your calendar 6 October; usually every 5 weeks.",
    channel="call",
    link=f"{BASE}#marta",
)
XENIA = Line(contact="xenia", name="Xenia Y", company="Atelier Norte", channel="coffee", link=f"{BASE}#xenia")
TOBIAS = Line(contact="tobias", name="Tobias Renner", reason="11 weeks, usually 8.", link=f"{BASE}#tobias")
PEOPLE = (MARTA, XENIA, TOBIAS)
SHEET = Worksheet(
    lines=PEOPLE, as_of=date(2026, 11, 24), note="10:00 was taken by “Steering”; moved to 10:30.", link=BASE
)

# -- what editors do to a text ---------------------------------------------------------------------


def google(text: str) -> str:
    """As Google's web editor gives a description back."""
    text = re.sub(r'(<a [^<>]*?href=")([^"]*)"', lambda m: f'{m[1]}{_detour(m[2])}" target="_blank"', text)
    text = text.replace("\n", "<br>").replace(", ", ",&nbsp;")
    return f"<html-blob><u></u>{text}</html-blob>"


def _detour(link: str) -> str:
    target = quote(html.unescape(link), safe="")
    return f"https://www.google.com/url?q={target}&amp;sa=D&amp;source=calendar&amp;usg=AOvVaw0"


def flatten(text: str) -> str:
    """As an app without HTML gives it back."""
    text = re.sub(r"<br\s*/?>|</p>|</div>|</li>", "\n", text)
    return html.unescape(re.sub(r"<[^<>]*>", "", text)).replace("\xa0", " ")


def paragraphs(text: str) -> str:
    return "".join(f"<p>{line}</p>" for line in re.split(r"<br\s*/?>|\n", text))


def spaced(text: str) -> str:
    return text.replace("<br>", "<br />\r\n").replace(" ", "  ")


EDITORS: list[Callable[[str], str]] = [google, flatten, paragraphs, spaced]
editor_runs = st.lists(st.sampled_from(EDITORS), max_size=3)


def through(editors: list[Callable[[str], str]], text: str) -> str:
    for editor in editors:
        text = editor(text)
    return text


# -- out -------------------------------------------------------------------------------------------


def test_the_text_as_it_reads() -> None:
    assert flatten(render(SHEET, "my own")).splitlines() == [
        "Names as of 24 November",
        "☐ Marta Lindqvist, Ferro & Sons (call): Last in your calendar 6 October; usually every 5 weeks.",
        "☐ Xenia Y, Atelier Norte (coffee)",
        "☐ Tobias Renner: 11 weeks, usually 8.",
        "When you have spoken, change the ☐ to an x.",
        "10:00 was taken by “Steering”; moved to 10:30.",
        "Open this block",
        "— Everything below this line is yours: it is never changed. —",
        "my own",
    ]


def test_names_only_and_link_only() -> None:
    names = flatten(render(replace(SHEET, text=Text.NAMES)))
    assert "☐ Marta Lindqvist, Ferro & Sons (call)\n" in names
    assert "usually" not in names
    only_link = flatten(render(replace(SHEET, text=Text.LINK))).splitlines()
    assert only_link == ["Open this block", FENCE]


def test_a_later_block_says_when_its_names_come() -> None:
    sheet = Worksheet(names_on=date(2026, 12, 3))
    assert flatten(render(sheet)).splitlines() == ["Names come on 3 December.", FENCE]


def test_a_done_person_is_written_with_an_x() -> None:
    text = render(Worksheet(lines=(replace(MARTA, ticked=True),)))
    assert text.startswith("x <a ")
    assert parse(text, PEOPLE).ticks == {"marta"}


# -- ticks -----------------------------------------------------------------------------------------

TICKS = ["x ", "X ", "✓ ", "✔ ", "☑ ", "☒ ", "[x] ", "[X] ", "x ☐ ", "☐ x ", "☐x ", "x☐ "]
NO_TICKS = ["☐ ", "[ ] ", "", "  ☐  ", "☐"]


@pytest.mark.parametrize("mark", TICKS)
@pytest.mark.parametrize("editor", EDITORS)
def test_ticks(mark: str, editor: Callable[[str], str]) -> None:
    text = render(SHEET).replace('☐ <a href="https://green.example/go/k7f3x#xenia"', f'{mark}<a href="{BASE}#xenia"')
    parsed = parse(editor(text), PEOPLE, written=render(SHEET))
    assert parsed.ticks == {"xenia"}
    assert parsed.unticked == {"marta", "tobias"}
    assert not parsed.moved


@pytest.mark.parametrize("mark", ["x", "✓", "[x]"])
def test_a_tick_directly_before_the_link(mark: str) -> None:
    text = google(render(SHEET).replace("☐ <a", f"{mark}<a", 1))
    assert parse(text, PEOPLE).ticks == {"marta"}


def test_a_tick_typed_inside_the_link() -> None:
    text = render(SHEET).replace(">Marta", ">x Marta", 1)
    assert parse(text, PEOPLE).ticks == {"marta"}


@pytest.mark.parametrize("mark", NO_TICKS)
@pytest.mark.parametrize("editor", EDITORS)
def test_no_ticks(mark: str, editor: Callable[[str], str]) -> None:
    parsed = parse(editor(render(SHEET).replace("☐ ", mark)), PEOPLE, written=render(SHEET))
    assert not parsed.ticks


def test_a_name_that_begins_with_x_is_no_tick() -> None:
    assert not parse("Xenia Y, Atelier Norte (coffee)", PEOPLE).ticks


def test_a_note_that_begins_with_x_and_a_name_is_kept_and_no_tick() -> None:
    parsed = parse("x Xenia Y paid her bill", PEOPLE)
    assert not parsed.ticks
    assert "paid her bill" in parsed.below


def test_two_people_of_one_name_are_told_apart_even_flattened() -> None:
    one = Line(contact="1", name="Anna Müller", company="Nord")
    two = Line(contact="2", name="Anna Müller", company="Süd")
    text = flatten(render(Worksheet(lines=(one, two)))).replace("☐ Anna Müller, Süd", "x Anna Müller, Süd")
    assert parse(text, (one, two)).ticks == {"2"}


@settings(max_examples=100, deadline=None)
@given(st.data(), editor_runs)
def test_exactly_the_ticked_are_ticked_whatever_the_names(
    data: st.DataObject, editors: list[Callable[[str], str]]
) -> None:
    people = data.draw(st.lists(hostile_names, min_size=1, max_size=4))
    sheet = Worksheet(
        lines=tuple(Line(contact=str(n), name=name, company=name, link=f"{BASE}#{n}") for n, name in enumerate(people))
    )
    done = data.draw(st.sets(st.sampled_from(range(len(people)))))
    ticked = replace(sheet, lines=tuple(replace(line, ticked=n in done) for n, line in enumerate(sheet.lines)))
    text = through(editors, render(ticked))
    parsed = parse(text, sheet.lines, written=render(sheet))
    if len({tidy(name, 60) for name in people}) == len(people):
        assert parsed.ticks == {str(n) for n in done}
    else:
        assert len(parsed.ticks) == len(done)
    assert not parsed.moved
    assert merge(ticked, text, sheet.lines, written=render(sheet)) == text


# -- the user's own words --------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(editor_runs)
def test_editors_alone_change_nothing(editors: list[Callable[[str], str]]) -> None:
    text = through(editors, render(SHEET, "my own <b>words</b><br>and more"))
    parsed = parse(text, PEOPLE, written=render(SHEET))
    assert (parsed.ticks, parsed.unticked, parsed.moved) == (frozenset(), {"marta", "xenia", "tobias"}, ())
    assert parsed.fence_found
    assert merge(SHEET, text, PEOPLE, written=render(SHEET)) == text
    assert content_digest(text) == content_digest(render(SHEET))
    tomorrow = replace(SHEET, as_of=date(2026, 11, 25))
    assert merge(tomorrow, text, PEOPLE, written=render(SHEET)) != text


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9), editor_runs, editor_runs)
def test_no_word_of_the_users_is_lost(
    seed: int, before: list[Callable[[str], str]], after: list[Callable[[str], str]]
) -> None:
    """A person types, deletes and pastes anywhere; then our list changes. Every word of theirs is still there, below
    the fence, and the next merge has nothing left to do."""
    chance = random.Random(seed)
    text = through(before, render(SHEET, "w0w stays"))
    words = ["w0w"]
    rows = re.split(r"(<br\s*/?>|\n|</p><p>)", text)
    for n in range(1, chance.randint(2, 6)):
        place = chance.randrange(len(rows))
        word = f"w{n}w"
        words.append(word)
        rows[place] = chance.choice(
            [
                rows[place] + f" {word}",
                f"{word} " + rows[place] if not rows[place].startswith("<") else rows[place] + f"<br>{word}",
                rows[place] + f"<br><b>{word}</b> and Marta Lindqvist<br>",
                rows[place] + f"\nx {word}\n",
            ]
        )
    for _ in range(chance.randint(0, 3)):
        place = chance.randrange(len(rows))
        if not any(word in rows[place] for word in words):
            half = rows[place][: len(rows[place]) // 2] if chance.random() < 0.3 else ""
            rows[place] = half if half.count("<") == half.count(">") else ""  # no editor leaves half a tag
    edited = through(after, "".join(rows))
    tomorrow = Worksheet(lines=(TOBIAS,), as_of=date(2026, 11, 25), link=BASE)
    merged = merge(tomorrow, edited, PEOPLE, written=render(SHEET))
    ours, fence, below = merged.partition(FENCE)
    assert fence
    missing = [word for word in words if word not in below]
    assert not missing, (edited, merged)
    assert not any(word in ours for word in words)
    assert render(tomorrow).startswith(ours)
    assert merge(tomorrow, merged, PEOPLE, written=render(tomorrow)) == merged


def test_below_the_fence_is_kept_byte_for_byte() -> None:
    own = "  <ul><li>one</li></ul>\n\n<custom x=1>&amp;&nbsp;<!-- note --> a < b <br/>— "
    text = render(SHEET, own)
    tomorrow = replace(SHEET, lines=(TOBIAS,))
    assert merge(tomorrow, text, PEOPLE, written=text) == render(tomorrow, own)


def test_the_same_block_twice_gives_the_same_bytes() -> None:
    assert render(SHEET, "own") == render(replace(SHEET), "own")


@pytest.mark.parametrize("nothing", ["", " ", "<br>", "<html-blob><u></u>&nbsp;</html-blob>"])
def test_a_text_wiped_whole_stays_empty(nothing: str) -> None:
    assert parse(nothing, PEOPLE).wiped
    assert merge(SHEET, nothing, PEOPLE) == nothing


def test_a_lost_fence_means_nothing() -> None:
    text = render(SHEET, "own words").replace(FENCE, "")
    parsed = parse(text, PEOPLE, written=render(SHEET))
    assert not parsed.fence_found
    assert not parsed.ticks
    assert merge(SHEET, text, PEOPLE, written=render(SHEET)) == render(SHEET, "own words")


def test_a_vanished_line_means_nothing() -> None:
    kept = render(replace(SHEET, lines=(MARTA, TOBIAS)))
    parsed = parse(kept, PEOPLE, written=render(SHEET))
    assert "xenia" not in parsed.ticks | parsed.unticked


def test_words_typed_into_a_persons_line_come_below_with_the_name() -> None:
    text = render(SHEET).replace("usually every 5 weeks.", "usually every 5 weeks. Back in May!")
    merged = merge(SHEET, text, PEOPLE, written=render(SHEET))
    assert merged == render(SHEET, "Marta Lindqvist: Back in May!")


def test_words_typed_onto_the_fence_come_below() -> None:
    text = render(SHEET, "own").replace(FENCE, f"before {FENCE} after")
    below = merge(SHEET, text, PEOPLE, written=render(SHEET)).partition(FENCE)[2]
    assert re.sub("<br>", " ", below).split() == ["after", "own", "before"]


def test_a_half_deleted_line_is_ours_and_comes_back() -> None:
    text = render(SHEET).replace(" (call): Last in your calendar 6 October; usually every 5 weeks.", "")
    assert merge(SHEET, text, PEOPLE, written=render(SHEET)) == render(SHEET)


def test_the_stamps_digest_alone_tells_our_words_after_a_restored_database() -> None:
    old = Worksheet(lines=(replace(MARTA, reason="An older reason."),), note="An older note.", link=BASE)
    text = google(render(old, "own"))
    assert not parse(text, PEOPLE, digest=content_digest(render(old))).moved
    assert parse(text, PEOPLE).moved, "without it they are kept, never dropped"
    assert merge(SHEET, text, PEOPLE, digest=content_digest(render(old))) == render(SHEET, "own")


def test_a_changed_address_of_ours_is_written_but_a_flattened_text_is_left() -> None:
    moved = replace(SHEET, link="https://new.example/go/k7f3x")
    assert merge(moved, render(SHEET), PEOPLE, written=render(SHEET)) == render(moved)
    assert merge(moved, flatten(render(SHEET)), PEOPLE, written=render(SHEET)) == flatten(render(SHEET))


def test_same_text() -> None:
    assert same_text(render(SHEET), google(render(SHEET)))
    assert same_text(render(SHEET), flatten(render(SHEET)))
    assert not same_text(render(SHEET), render(SHEET, "word"))
    assert not same_text(render(SHEET), render(SHEET).replace("☐ <", "x <", 1))


# -- strangers -------------------------------------------------------------------------------------

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '<a href="https://evil.example">Marta</a>',
    "https://evil.example/x?y=1",
    "HTTPS:// evil.example",
    "evil.example",
    "www.evil.example/path",
    "evil。example",
    "evil．example",
    "evil&#46;example",
    "evil.भारत/login",
    "हिंदी.com/pay",
    "i❤.ws/pay",
    "1.2.3.4/pay",
    "e\u200bvil.exa\u200bmple",
    "bob@evil.example",
    "mailto:bob@evil.example",
    "javascript:alert(1)",
    "\u202eelpmaxe.live\u202c",
    "&lt;a href=x&gt;",
    "&amp;lt;b&amp;gt;",
    "a\nb\r\nc\x00d\x1b[31m",
    "☐ Bob",
    "x Bob",
    "x",
    "[x] Bob",
    "[ ] Bob",
    "✓",
    "",
    " ",
    "(no name)",
    FENCE,
    HINT,
    "Names as of 24 November",
    "Bob: he, (call)",
    "A" * 500,
    "J.R. Smith",
    "Dr. Ines Carvalho",
]
hostile_names = st.sampled_from(PAYLOADS) | st.text(max_size=40)

_HREF = re.compile(r'href="([^"]*)"')
_LINKABLE = re.compile(r"(?:https?:|www\.|[^\s(][.。．][^\W\d_][^\s\d.,;:!?]|\d(?:\.\d+){3}|\S@\S)", re.I)


@settings(max_examples=200, deadline=None)
@given(hostile_names, hostile_names, hostile_names, hostile_names)
def test_every_link_in_our_part_is_ours(name: str, company: str, reason: str, note: str) -> None:
    person = Line(contact="p", name=name, company=company, reason=reason, channel=company, link=f"{BASE}#p")
    text = render(Worksheet(lines=(person,), as_of=date(2026, 11, 24), note=note, link=BASE))
    ours = text.partition(FENCE)[0]
    assert _HREF.findall(ours) == [f"{BASE}#p", BASE]
    assert re.findall(r"</?([a-z0-9-]+)", ours.lower()).count("a") == 4
    assert set(re.findall(r"</?([a-z0-9-]+)", ours.lower())) <= {"a", "b", "br"}
    shown = "".join(line.text + "\n" for line in lines(ours) if line.text != "Open this block")
    assert not _LINKABLE.search(shown), shown
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\u200b-\u200f\x00-\x09\x0b-\x1f]", ours)


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("J.R. Smith", "J.R. Smith"),
        ("Dr. Ines Carvalho", "Dr. Ines Carvalho"),
        ("Ferro &amp; Sons", "Ferro & Sons"),
        ("evil.example", "evil. example"),
        ("see https://evil.example/x now", "see now"),
        ("bob@evil.example", "bob at evil. example"),
        ("evil.भारत/login", "evil. भारत/login"),
        ("हिंदी.com/pay", "हिंदी. com/pay"),
        ("i❤.ws/pay", "i❤. ws/pay"),
        ("1.2.3.4/pay", "1. 2. 3. 4/pay"),
        ("12.11.2026, 10.30", "12.11.2026, 10.30"),
        ("a\u202eb", "ab"),
        ("A" * 20, "A" * 9 + "…"),
        ("<b>", "‹b›"),
    ],
)
def test_tidy(given_text: str, shown: str) -> None:
    assert tidy(given_text, 10 if given_text.startswith("AA") else 60) == shown


def test_safe_escapes() -> None:
    assert safe('Ferro & "Sons"', 60) == "Ferro &amp; &quot;Sons&quot;"


@settings(max_examples=200, deadline=None)
@given(hostile_names)
def test_tidy_is_stable(text: str) -> None:
    assert tidy(tidy(text, 500), 500) == tidy(text, 500)


@example("Diesen Block")
@example("Open this")
@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_at_all_is_read_without_failing_and_kept(text: str) -> None:
    ours = (*FENCES, *(said for one in WORDINGS.values() for said in (one.hint, one.open)))
    assume(not any(said in text for said in ours))  # hypothesis takes words from our code too
    parsed = parse(text, PEOPLE)
    merged = merge(SHEET, text, PEOPLE)
    assert not parsed.ticks
    for word in re.findall(r"\w+", text):
        assert word in merged


@pytest.mark.parametrize("line", ["xTobias Renner: 11 weeks, usually 8.", "✓Tobias Renner", "xx Tobias Renner"])
def test_a_mark_needs_a_space_where_there_is_no_link(line: str) -> None:
    parsed = parse(line, PEOPLE)
    assert not parsed.ticks
    assert line in parsed.below


# -- no room -----------------------------------------------------------------------------------------

_USED = {count: len(render(one)) for count, one in enumerate(shorter(SHEET))}
_BORDERS = sorted({LONGEST - used + step for used in _USED.values() for step in (-1, 0, 1)})


def long_text(length: int) -> str:
    """The user's own words, of that length, under a text whose names are still to come."""
    return render(Worksheet(names_on=date(2026, 11, 20), link=None), "ä" * length)


@given(length=st.sampled_from(_BORDERS) | st.integers(LONGEST - 1500, LONGEST), ticked=st.booleans())
def test_a_text_is_never_longer_than_a_calendar_takes_and_never_costs_a_word(length: int, ticked: bool) -> None:
    current = long_text(length)
    sheet = replace(SHEET, lines=(replace(MARTA, ticked=ticked), XENIA, TOBIAS))
    merged = merge(sheet, current, (), written=current)
    assert parse(merged, PEOPLE, written=merged).below == "ä" * length
    assert len(merged) <= LONGEST or merged == current
    assert merge(sheet, merged, PEOPLE, written=merged) == merged
    fresh = begin(sheet, "ä" * length)
    assert len(fresh) <= LONGEST
    assert fresh.endswith("ä" * length)


@pytest.mark.parametrize("part", _USED)
def test_of_ours_there_stands_as_much_as_there_is_room_for(part: int) -> None:
    room = LONGEST - _USED[part]
    most = list(shorter(SHEET))
    said = merge(SHEET, long_text(room), ())
    fitting = max((used for used in _USED.values() if used <= _USED[part]), default=0)
    assert len(said) - room <= fitting
    assert said == next(text for one in most if len(text := render(one, "ä" * room)) <= LONGEST)
    assert merge(SHEET, long_text(room + 1), ()) != said


def test_names_go_last_and_reasons_first() -> None:
    wordy = replace(SHEET, lines=tuple(replace(line, reason=f"Because {'of this ' * 25}.") for line in PEOPLE))
    said = merge(wordy, long_text(LONGEST - len(render(wordy)) + 1), ())
    assert all(line.name in said for line in PEOPLE)
    assert "Because" not in said
    assert f"{SHEET.note} {SHORTENED}" in said


def test_shortened_text_grows_again_with_the_room() -> None:
    short = merge(SHEET, long_text(LONGEST - 200), ())
    assert "Marta" not in short
    assert merge(SHEET, short.replace("ä" * 5000, ""), (), written=short).startswith(render(SHEET))


def test_where_there_is_no_room_at_all_nothing_is_touched() -> None:
    full = "Mine, and no line left." + "ä" * (LONGEST - 23)
    assert merge(SHEET, full, PEOPLE) == full
    assert begin(SHEET, full) == full


def test_a_smiley_counts_twice() -> None:
    assert fits("☐" * LONGEST)
    assert fits("😀" * (LONGEST // 2))
    assert not fits("😀" * (LONGEST // 2) + "a")
