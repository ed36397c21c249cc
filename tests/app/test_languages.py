"""Which language is spoken to whom, and that each catalogue says all there is to say."""

from __future__ import annotations

import importlib.util
import json
import re
import threading
from datetime import date
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from sqlalchemy.dialects import sqlite

from app.db.sentences import Sentence
from app.languages import LANGUAGES, best_of, catalogue_of, language, read
from scheduler import words
from scheduler.wording import FENCES, WORDINGS, dated
from scheduler.words import ENGLISH, _, ngettext, speaking, switch

TRANSLATED = [code for code in LANGUAGES if code != "en"]
GERMAN = language("de")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-US,en;q=0.9,de;q=0.8", "en"),
        ("fr-FR, fr;q=0.9, de;q=0.5, en;q=0.1", "de"),
        ("fr", "en"),
        ("de;q=0, en", "en"),
        ("en;q=0.2, DE;q=0.7", "de"),
        ("*", "en"),
        ("de;q=much, en", "en"),
        (",;=,,q", "en"),
        ("x" * 100_000, "en"),
    ],
)
def test_a_browser_says_what_it_would_like(header: str, code: str) -> None:
    assert best_of(header).code == code


def test_dates_numbers_and_lists_are_as_each_language_writes_them() -> None:
    on = date(2026, 10, 6)

    def said() -> list[str]:
        return [
            words.day(on),
            words.weekday_and_day(on),
            words.weekday_day_and_year(on),
            words.month_and_year(on),
            words.weekday(7),
            words.thousands(12_345),
            words.listed(["Ada", "Ben", "Cleo"]),
            words.listed(["Ada", "Ben"], "or"),
        ]

    assert said() == [
        *("6 October", "Tuesday 6 October", "Tuesday 6 October 2026", "October 2026", "Sunday"),
        *("12,345", "Ada, Ben and Cleo", "Ada or Ben"),
    ]
    with speaking(GERMAN):
        assert said() == [
            *("6. Oktober", "Dienstag, 6. Oktober", "Dienstag, 6. Oktober 2026", "Oktober 2026", "Sonntag"),
            *("12.345", "Ada, Ben und Cleo", "Ada oder Ben"),
        ]


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_date_names_its_month_so_that_no_reader_takes_it_for_another_day(code: str) -> None:
    on = date(2026, 11, 12)
    dates = [words.day, words.day_and_year, words.weekday_and_day, words.weekday_day_and_year, words.month_and_year]
    with speaking(language(code)):
        assert [said for say in dates if words.month(on) not in (said := say(on))] == []


def test_a_language_is_spoken_inside_only_and_by_threads_that_begin_there() -> None:
    heard: list[str] = []
    with speaking(ENGLISH):
        switch(GERMAN)  # a request has learnt whose it is
        heard.append(_("Today"))
        with speaking(ENGLISH):
            heard.append(_("Today"))
        heard.append(_("Today"))
        stranger = threading.Thread(target=lambda: heard.append(_("Today")))
        stranger.start()
        stranger.join()
    switch(GERMAN)  # nobody speaks, so nothing is said
    heard.append(_("Today"))
    assert heard == ["Heute", "Today", "Heute", "Today", "Today"]


def test_what_is_filled_in_may_hold_braces() -> None:
    with speaking(GERMAN):
        assert _("“{words}”", words="{0} {words}") == "„{0} {words}“"
        assert ngettext("in {count} day", "in {count} days", 1) == "in 1 Tag"
        assert ngettext("in {count} day", "in {count} days", 3) == "in 3 Tagen"


def test_what_nobody_has_translated_stays_english() -> None:
    po = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    po += '#, fuzzy\nmsgid "Today"\nmsgstr "Gestern?"\n\nmsgid "Tomorrow"\nmsgstr ""\n'
    with speaking(read("de", po.encode())):
        assert (_("Today"), _("Tomorrow"), _("Never seen")) == ("Today", "Tomorrow", "Never seen")


def test_a_sentence_that_is_kept_is_said_again_in_the_language_spoken_then() -> None:
    on = date(2026, 10, 6)

    def sentences() -> list[str]:
        day = words.weekday_and_day(on)
        return [
            _("{cause}; moved to {day} at {at}{short}.", cause=_("your pause"), day=day, at="10:00", short=""),
            ngettext("in {count} day", "in {count} days", 3),
            words.listed([words.weekday(2), words.weekday(4)], "or"),
            words.thousands(12_345),
            words.upper_first(words.number(3)),
            words.joined([_("Today"), "Marta", ngettext("in {count} day", "in {count} days", 3)], "; "),
            _("“{words}”", words='{"say": "Today", "of": {}}'),
            "as it is",
        ]  # fmt: skip

    stored = json.loads(json.dumps([words.kept(one) for one in sentences()]))
    with speaking(GERMAN):
        assert [words.again(one) for one in stored] == sentences()
        assert words.again(stored[0]) == "Ihre Pause; verschoben auf Dienstag, 6. Oktober um 10:00."
        assert [words.kept(words.again(one)) for one in stored] == stored
        assert words.again(stored[5]) == "Heute; Marta; in 3 Tagen"
        told = {"number": 3, "twins": [[1, 2]], "text": stored[0], "mends": stored[3:5], "rule": {"number": "x"}}
        assert words.said_again({"number": "3", "in": [told]}) == {
            "number": "3",
            "in": [told | {"text": sentences()[0], "mends": ["12.345", "Drei"]}],
        }
    assert [words.again(one) for one in stored] == sentences()


@pytest.mark.parametrize(
    "text", ["", "Moved to Tuesday.", '{"say": "Today", "of": {}}', "{", '"quoted" at first', "{}"]
)
def test_text_in_a_column_of_sentences_stays_as_it_is(text: str) -> None:
    column, dialect = Sentence(), sqlite.dialect()
    with speaking(GERMAN):
        assert column.process_result_value(column.process_bind_param(text, dialect), dialect) == text
    assert column.process_result_value("Stored before: {day}", dialect) == "Stored before: {day}"


# -- The text of a block ---------------------------------------------------------------------------


def test_what_stands_in_calendars_is_known_for_ever() -> None:
    """These words have been written into calendars. One may be added; none may ever go."""
    assert set(FENCES) >= {
        "— Everything below this line is yours: it is never changed. —",
        "— Alles unter dieser Zeile gehört Ihnen: Es wird nie geändert. —",
    }
    assert set(WORDINGS) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("Names as of 6 October", True),
        ("Names come on 16 March.", True),
        ("Namen vom 6. Oktober", True),
        ("Die Namen kommen am 16. März.", True),
        ("Names as of October", False),
        ("Namen vom 6. Oktober bitte an Eva", False),
        ("Names as of 6 Oktober", False),
    ],
)
def test_the_dates_of_names_are_known_in_every_language(text: str, ours: bool) -> None:
    assert dated(text) is ours


# -- The catalogues --------------------------------------------------------------------------------


def entries(code: str) -> list[Message]:
    with catalogue_of(code).open("rb") as file:
        return [message for message in read_po(file, locale=code) if message.id]


def forms(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, tuple | list) else (str(text),)


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_fills_in_what_the_message_does(code: str) -> None:
    def holes(text: str) -> set[str]:
        return set(re.findall(r"\{(\w*)\}", text))

    def tags(text: str) -> list[str]:
        return sorted(re.findall(r"</?\w+", text))

    wrong = [
        message.id
        for message in entries(code)
        for said in forms(message.string)
        if said
        and (
            holes(said) - {"count"} != holes(forms(message.id)[-1]) - {"count"}
            or tags(said) != tags(forms(message.id)[-1])
        )
    ]
    assert wrong == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_each_message_is_translated(code: str) -> None:
    missing = [message.id for message in entries(code) if not all(forms(message.string)) or message.fuzzy]
    assert missing == [], "say them in app/locale"


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_catalogue_is_that_of_the_program(code: str) -> None:
    spec = importlib.util.spec_from_file_location("words_tool", Path(__file__).parents[2] / "scripts" / "words.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    found = {forms(message.id) for message in tool.messages() if message.id}
    assert found == {forms(message.id) for message in entries(code)}, "run make words"
