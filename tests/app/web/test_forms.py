"""Form data -> typed values: by examples, and that nothing but `Invalid` ever comes out of garbage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Invalid, NotFound
from app.services.go_actions import GoEntry
from app.web import forms, forms_go, forms_memory, forms_people, forms_today

TODAY = date(2026, 11, 24)

FIELDS = st.sampled_from(
    [
        *("do", "kind", "cadence_weeks", "until", "on", "channel", "outcome", "address", "counted", "back"),
        *("count-in", "leave-out", "pause_from", "pause_until"),
        *("kind-1", "kind-", "kind-²", "outcome-1", "outcome--1", "outcome-x"),
        *("promise-1", "promise_on-1", "learned-1", "kept", "note", "note_on", "item", "phone", "preferred", "key"),
    ]
)
VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["save", "snooze", "touch", "client", "never", "open", "reached", "snoozed", "call", "1", "٣", "-1"]
    ),
    st.sampled_from(["2026-11-24", "2026-02-30", "2099-12-31", "0000-00-00", "9999-99-99", "1e9", "9" * 30, "\ud800"]),
)
FORMS = st.dictionaries(FIELDS, st.lists(VALUES, max_size=3), max_size=12)

PARSERS: list[Callable[[forms.Form], Any]] = [
    forms.parse_welcome,
    forms.chosen_kinds,
    forms.parse_left_out,
    lambda form: forms_people.parse_person(form, today=TODAY),
    forms_today.parse_line,
    lambda form: forms_go.parse_go(form, today=TODAY),
    lambda form: forms_memory.parse_memory(form, today=TODAY),
    forms.parse_pause,
]


@pytest.mark.parametrize("number", range(len(PARSERS)))
@settings(max_examples=60)
@given(form=FORMS)
def test_garbage_parses_or_is_invalid(number: int, form: dict[str, list[str]]) -> None:
    problems = {"": "None."}
    try:
        PARSERS[number](form)
    except Invalid as invalid:
        problems = invalid.problems
    assert problems
    assert all(sentence.endswith(".") for sentence in problems.values())


def problems(parse: Callable[[forms.Form], Any], form: dict[str, list[str]]) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        parse(form)
    return caught.value.problems


def test_welcome_takes_what_is_said_and_leaves_the_rest() -> None:
    parsed = forms.parse_welcome({"kind-1": ["client"], "kind-2": [""], "kind-30": ["never"], "back": ["welcome"]})
    assert parsed.kinds == {1: "client", 30: "never"}


def test_welcome_refuses_a_kind_that_is_none() -> None:
    assert list(problems(forms.parse_welcome, {"kind-1": ["boss"], "kind-2": ["client"]})) == ["kind-1"]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"count-in": ["a@b.example"]}, ("a@b.example", True, "welcome")),
        ({"leave-out": ["a@b.example"], "back": ["people"]}, ("a@b.example", False, "people")),
        ({"address": ["a@b.example"], "counted": ["1"]}, ("a@b.example", True, "welcome")),
        ({"address": ["a@b.example"], "counted": ["0"]}, ("a@b.example", False, "welcome")),
        ({"count-in": ["a@b.example"], "back": ["https://evil.example/"]}, ("a@b.example", True, "welcome")),
    ],
)
def test_left_out(form: dict[str, list[str]], expected: tuple[str, bool, str]) -> None:
    parsed = forms.parse_left_out(form)
    assert (parsed.address, parsed.counted, parsed.back) == expected


def test_left_out_needs_an_address() -> None:
    assert "address" in problems(forms.parse_left_out, {})
    assert "address" in problems(forms.parse_left_out, {"count-in": ["x" * 321]})


def test_person_has_three_forms() -> None:
    def parse(**fields: str) -> object:
        return forms_people.parse_person({name: [value] for name, value in fields.items()}, today=TODAY)

    assert parse(kind="friend", cadence_weeks="6") == forms_people.SavePerson(kind="friend", cadence_weeks=6)
    assert parse(kind="", cadence_weeks="") == forms_people.SavePerson(kind=None, cadence_weeks=None)
    assert parse(do="snooze", until="2026-12-08") == forms_people.SnoozePerson(until=date(2026, 12, 8))
    assert parse(do="snooze", until="") == forms_people.SnoozePerson(until=None)
    assert parse(do="touch", on="2026-11-24", channel="call") == forms_people.LogTouch(on=TODAY, channel="call")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"kind": ["boss"]}, "kind"),
        ({"kind": ["client"], "cadence_weeks": ["0"]}, "cadence_weeks"),
        ({"kind": ["client"], "cadence_weeks": ["six"]}, "cadence_weeks"),
        ({"do": ["snooze"], "until": ["2026-11-24"]}, "until"),
        ({"do": ["touch"], "on": ["2026-11-25"], "channel": ["call"]}, "on"),
        ({"do": ["touch"], "on": [""], "channel": ["call"]}, "on"),
        ({"do": ["touch"], "on": ["2026-11-20"], "channel": ["telepathy"]}, "channel"),
    ],
)
def test_person_says_what_is_wrong_at_the_field(form: dict[str, list[str]], field: str) -> None:
    assert list(problems(lambda form: forms_people.parse_person(form, today=TODAY), form)) == [field]


def test_outcomes() -> None:
    later = forms_today.parse_line({"outcome": ["snoozed"], "until": ["2026-12-08"]})
    assert later == forms_today.OutcomeForm(outcome="snoozed", until=date(2026, 12, 8))
    reached = forms_today.parse_line({"outcome": ["reached"], "until": ["2026-12-08"]})
    assert reached == forms_today.OutcomeForm(outcome="reached", until=None)
    assert "outcome" in problems(forms_today.parse_line, {})


def test_go_reads_all_people_at_once() -> None:
    given = {"outcome-5": ["call"], "learned-5": [" Skis "], "promise-6": ["A map"], "promise_on-6": ["2026-11-30"]}
    given |= {"outcome-7": ["kept"], "learned-7": [""], "kept": ["3", "4"], "outcome-0": ["call"], "learned-x": ["?"]}
    parsed = forms_go.parse_go(given, today=TODAY)
    assert parsed.entries == {
        5: GoEntry(mark="call", learned="Skis"),
        6: GoEntry(promise="A map", promise_on=date(2026, 11, 30)),
    }
    assert parsed.kept == {3, 4}


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"outcome-5": ["won"]}, "outcome-5"),
        ({"learned-5": ["x" * 2001]}, "learned-5"),
        ({"promise-5": ["x" * 301]}, "promise-5"),
        ({"promise_on-5": ["2026-11-30"]}, "promise-5"),
        ({"promise-5": ["A map"], "promise_on-5": ["2026-11-23"]}, "promise_on-5"),
        ({"promise-5": ["A map"], "promise_on-5": ["soon"]}, "promise_on-5"),
        ({"kept": ["all"]}, "kept"),
    ],
)
def test_go_says_what_is_wrong_at_the_field(form: dict[str, list[str]], field: str) -> None:
    assert list(problems(lambda form: forms_go.parse_go(form, today=TODAY), form)) == [field]


def test_pause() -> None:
    parsed = forms.parse_pause({"pause_from": ["2026-12-21"], "pause_until": ["2027-01-06"]})
    assert parsed == forms.PauseForm(from_=date(2026, 12, 21), until=date(2027, 1, 6))
    assert forms.parse_pause({"all": ["1"]}) == forms.PauseForm(from_=None, until=None)
    backwards = {"pause_from": ["2027-01-06"], "pause_until": ["2026-12-21"]}
    assert list(problems(forms.parse_pause, backwards)) == ["pause_until"]


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "abc", "٣", str(2**63), "9" * 40])
def test_an_address_without_a_number_is_nobodys(text: str) -> None:
    with pytest.raises(NotFound):
        forms.id_of(text)
