"""A block's text in a clumsy user's hands, through both of Google's editors as the sandbox imitates them.

The imitations know nothing of our text: `edited` carries a change of what one sees over to the HTML, `web_editor`
wraps and detours, `flatten` leaves plain text. What a person does here is drawn at random, what must hold is not:
no word of theirs is lost, nobody is ticked whom they did not tick, and a second look changes nothing.
"""

from __future__ import annotations

import html
import random
from dataclasses import dataclass, field, replace
from datetime import date
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.sandbox.editors import editable, edited, flatten, web_editor
from scheduler.sheet import NOTE_LIMIT
from scheduler.wording import WORDINGS
from scheduler.worksheet import Line, Worksheet, merge, parse, render, same_text

FENCE = WORDINGS["en"].fence

BASE = "https://green.example/go/k7f3x"


def person(key: str, name: str, company: str = "", reason: str = "", channel: str = "") -> Line:
    return Line(contact=key, name=name, company=company, reason=reason, channel=channel, link=f"{BASE}#{key}")


MARTA = person("marta", "Marta Lindqvist", "Ferro & Sons", "Last in your calendar 6 October; usually 5 weeks.", "call")
XENIA = person("xenia", "Xenia Y", "Atelier Norte", channel="coffee")
DANA = person("dana", "דנה כהן", "סטודיו צפון", "11 weeks, usually 8.", "call")
ZOE = person("zoe", "Zoë 🎨 Müller")
ANNA, OTHER_ANNA = person("anna", "Anna Berg", "Nord"), person("anna2", "Anna Berg", "Süd")
X = person("x", "X")
PEOPLE = (MARTA, XENIA, DANA, ZOE, ANNA, OTHER_ANNA, X)
SHEET = Worksheet(
    lines=PEOPLE, as_of=date(2026, 11, 24), note="10:00 was taken by “Steering”; moved to 10:30.", link=BASE
)
TOMORROW = Worksheet(lines=(DANA,), as_of=date(2026, 11, 25), link=BASE)
MARKS = ("x", "X", "✓", "✔", "☑", "☒", "✔️", "☑️", "✅", "[x]", "[X]", "x ☐", "☐ x", "- x", "• X", "\u200fx", "x \u200f")
NOTES = (
    "w{}w",
    "שלום {} להתראות",
    "café {} über",
    "👩‍👩‍👧 {} 🎉",
    "<w{}w>",
    "a & b {} &amp;",
    "x w{}w",
    "☐ w{}w",
    "- [x] w{}w",
    "https://crm.example/{}",
    "Marta Lindqvist w{}w",
    "✔️ w{}w",
    "Xenia Y, w{}w",
)

EDITORS = {"nothing": str, "the web editor": web_editor, "a phone": flatten}
editors = st.sampled_from(sorted(EDITORS))


@dataclass
class Hand:
    """A person at the text: what they did so far, and to whose lines. `shaky`: people whose lines they damaged."""

    lines: list[str]
    chance: random.Random
    words: list[str] = field(default_factory=list)
    ticked: set[str] = field(default_factory=set)
    shaky: set[str] = field(default_factory=set)

    def do_something(self) -> None:
        at = self.chance.randrange(len(self.lines))
        action = self.chance.choice([self.tick, self.tick, self.type, self.note, self.cut, self.strike, self.join])
        self.chance.choice([action, self.move, self.copy, self.split])(at)
        self.lines = self.lines or [""]

    def tick(self, at: int) -> None:
        line = self.lines[at]
        whose = [one.contact for one in PEOPLE if line.startswith(f"☐ {one.name}")]
        if line.startswith("☐ ") and len(whose) == 1:
            self.lines[at] = self.chance.choice(MARKS) + line[1:]
            # A copy below the fence is the user's own text: what is changed there ticks nobody.
            if not any(FENCE in above for above in self.lines[:at]):
                self.ticked.update(whose)

    def type(self, at: int) -> None:
        self.damage(at)
        if not self.holds_words(at):
            place = self.chance.choice([len(self.lines[at]), self.chance.randrange(len(self.lines[at]) + 1)])
            self.lines[at] = f"{self.lines[at][:place]} {self.new_words()} {self.lines[at][place:]}"

    def note(self, at: int) -> None:
        self.lines.insert(at, self.new_words())

    def cut(self, at: int) -> None:
        self.damage(at)
        if not self.holds_words(at):
            line = self.lines[at]
            first, last = sorted(self.chance.randrange(len(line) + 1) for _ in range(2))
            self.lines[at] = line[:first] + line[last:]

    def strike(self, at: int) -> None:
        self.damage(at)
        if not self.holds_words(at):
            del self.lines[at]

    def join(self, at: int) -> None:
        self.damage(at)
        if at + 1 < len(self.lines):
            self.damage(at + 1)
            self.lines[at : at + 2] = [self.lines[at] + self.lines[at + 1]]

    def split(self, at: int) -> None:
        self.damage(at)
        if not self.holds_words(at):
            place = self.chance.randrange(len(self.lines[at]) + 1)
            self.lines[at : at + 1] = [self.lines[at][:place], self.lines[at][place:]]

    def move(self, at: int) -> None:
        self.damage(at)
        self.lines.insert(self.chance.randrange(len(self.lines)), self.lines.pop(at))

    def copy(self, at: int) -> None:
        if FENCE in self.lines[at]:
            self.damage(at)
        self.lines.insert(self.chance.randrange(len(self.lines)), self.lines[at])

    def new_words(self) -> str:
        self.words.append(str(8001 + len(self.words)))
        return self.chance.choice(NOTES).format(self.words[-1])

    def holds_words(self, at: int) -> bool:
        return any(word in self.lines[at] for word in self.words)

    def damage(self, at: int) -> None:
        whose = {one.contact for one in PEOPLE if len(one.name) > 1 and one.name in self.lines[at]}
        # With the fence moved or broken anything may stand below it, where ticks are not read; "X" may be any mark.
        self.shaky |= {one.contact for one in PEOPLE} if FENCE in self.lines[at] else whose | {X.contact}


def read_below(description: str) -> str:
    return html.unescape(description.partition(FENCE)[2])


@settings(max_examples=200)
@given(st.integers(0, 10**9), editors, editors)
def test_no_word_is_lost_and_nobody_ticked_whom_the_user_did_not_tick(seed: int, before: str, after: str) -> None:
    chance = random.Random(seed)
    shown = EDITORS[before](render(SHEET, "yours 8000 stays"))
    hand = Hand(lines=editable(shown).split("\n"), chance=chance, words=["8000"])
    for _ in range(chance.randint(1, 7)):
        hand.do_something()
    text = EDITORS[after](edited(shown, "\n".join(hand.lines)))
    parsed = parse(text, PEOPLE, written=render(SHEET))
    assert parsed.ticks - hand.shaky <= hand.ticked, "nobody may be ticked whom they did not tick"
    assert hand.ticked - hand.shaky <= parsed.ticks, "what they ticked is ticked"
    merged = merge(TOMORROW, text, PEOPLE, written=render(SHEET))
    missing = [word for word in hand.words if word not in read_below(merged)]
    assert not missing, f"{text}\n became \n{merged}"
    assert render(TOMORROW).startswith(merged.partition(FENCE)[0]), "above the fence stands what we wrote"
    assert merge(TOMORROW, merged, PEOPLE, written=render(TOMORROW)) == merged
    for again in EDITORS.values():
        assert merge(TOMORROW, again(merged), PEOPLE, written=render(TOMORROW)) == again(merged)


@settings(max_examples=60)
@given(st.sets(st.sampled_from(PEOPLE[:-1])), st.lists(editors, max_size=3), st.sampled_from(MARKS))
def test_exactly_the_ticked_are_ticked_by_every_mark_in_every_editor(
    done: set[Line], way: list[str], mark: str
) -> None:
    text = render(SHEET)
    for editor in way:
        text = EDITORS[editor](text)
    shown = editable(text).split("\n")
    for one in done:
        at = 1 + PEOPLE.index(one)
        shown[at] = mark + shown[at][1:]
    text = edited(text, "\n".join(shown))
    parsed = parse(text, PEOPLE, written=render(SHEET))
    assert parsed.ticks == {one.contact for one in done}
    assert parsed.unticked == {one.contact for one in PEOPLE} - parsed.ticks
    assert not parsed.moved
    ticked = replace(SHEET, lines=tuple(replace(one, ticked=one in done) for one in PEOPLE))
    assert parse(merge(ticked, text, PEOPLE, written=render(SHEET)), PEOPLE).ticks == parsed.ticks


@pytest.mark.parametrize("editor", sorted(EDITORS))
@pytest.mark.parametrize(
    ("pasted", "ticks"),
    [
        ("x Marta Lindqvist's brother called", set()),
        ("x Marta Lindqvisten AB", set()),
        ("X marks a spot", set()),
        ("Tick x Marta Lindqvist when done", set()),
        ("ex Xenia Y", set()),
        ("x", set()),
        ("[x] call the plumber\n[ ] call Marta Lindqvist", set()),
        ("x Xenia Y, Atelier Norte (coffee)", {"xenia"}),
    ],
)
def test_pasted_notes(pasted: str, ticks: set[str], editor: str) -> None:
    shown = editable(render(SHEET))
    text = EDITORS[editor](edited(render(SHEET), f"{pasted}\n{shown}"))
    parsed = parse(text, PEOPLE, written=render(SHEET))
    assert parsed.ticks == ticks
    below = read_below(merge(TOMORROW, text, PEOPLE, written=render(SHEET)))
    for word in pasted.split() if not ticks else ():
        assert word in below


@pytest.mark.parametrize("editor", ["nothing", "the web editor"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Ferro &amp; Sons", '<a href="https://crm.example/ferro">Ferro &amp; Sons</a>'),
        ("usually 5 weeks.", 'usually 5 weeks. See <a href="https://crm.example/ferro">my notes</a>'),
        (FENCE, f'{FENCE} <a href="https://crm.example/ferro">my notes</a>'),
        (FENCE, f'<a href="https://crm.example/ferro">my notes</a> {FENCE}'),
    ],
)
def test_a_link_of_the_users_is_kept_wherever_they_put_it(before: str, after: str, editor: str) -> None:
    text = EDITORS[editor](render(SHEET).replace(before, after, 1))
    merged = merge(TOMORROW, text, PEOPLE, written=render(SHEET))
    assert "https://crm.example/ferro" in read_below(merged)


def test_a_line_break_deleted_before_the_fence_moves_nothing_and_keeps_the_tick() -> None:
    sheet = Worksheet(lines=(MARTA, XENIA), as_of=SHEET.as_of)
    text = render(sheet, "<b>own</b><br><br>words")
    joined = text.replace("When you have spoken, change the ☐ to an x.<br>", "").replace("coffee)<br>—", "coffee)—")
    joined = joined.replace("☐ <", "x <")
    parsed = parse(joined, PEOPLE, written=text)
    assert parsed.ticks == {"marta", "xenia"}
    assert (parsed.moved, parsed.below) == ((), "<b>own</b><br><br>words")
    assert merge(sheet, joined, PEOPLE, written=text) == text


def test_somebody_called_x_joined_to_the_next_line_is_no_tick() -> None:
    joined = render(Worksheet(lines=(X, MARTA))).replace("</a><br>☐ <", "</a>☐ <")
    assert not parse(joined, PEOPLE).ticks


def test_a_fence_hidden_in_a_note_does_not_become_one() -> None:
    hidden = f"{FENCE[:20]}{FENCE}{FENCE[20:]}"
    assert len(hidden) <= NOTE_LIMIT
    assert render(Worksheet(lines=(MARTA,), note=hidden), "own").count(FENCE) == 1


def test_the_same_block_twice_gives_the_same_bytes_whoever_looked_at_it_between() -> None:
    for editor in EDITORS.values():
        seen = editor(render(SHEET, "own"))
        assert merge(SHEET, seen, PEOPLE, written=render(SHEET)) == seen
        assert same_text(seen, render(SHEET, "own"))
    assert render(SHEET, "own") == render(replace(SHEET), "own")


@pytest.mark.parametrize(
    "text",
    [
        "<b>" * 1_300 + "\n" * 4_000,
        "<a href=x>" * 400 + "<br>" * 1_000,
        "<i><b>" * 800 + "</i>" * 800,
        "☐ " * 4_000,
        "- " * 4_000,
        "[x] " * 2_000,
        "<" * 8_000,
        "x ☐" * 2_600,
        FENCE * 130,
        "\u200f" * 8_000,
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_no_text_of_a_descriptions_length_keeps_us_busy(text: str) -> None:
    began = process_time()
    merge(SHEET, text, PEOPLE, written=render(SHEET))
    assert process_time() - began < 1
