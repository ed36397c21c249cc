"""The forms of the people's pages: each is told by its `do`, and says at the field what is wrong."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Invalid
from app.web import forms_people
from app.web.forms_people import AnswerForm, LogTouch, MergeForm, OwnEntryForm, SavePerson

TODAY = date(2026, 11, 24)


def parse(**fields: str) -> object:
    return forms_people.parse_person({name: [value] for name, value in fields.items()}, today=TODAY)


def wrong(**fields: str) -> list[str]:
    with pytest.raises(Invalid) as caught:
        parse(**fields)
    return list(caught.value.problems)


def test_every_form_of_the_page() -> None:
    saved = parse(kind="client", cadence_weeks="4", longest_weeks="8", tags=" VIP, #golf,, vip ")
    assert saved == SavePerson(kind="client", cadence_weeks=4, longest_weeks=8, tags=("vip", "golf"))
    assert parse(do="untouch", on="2026-11-20", channel="letter") == LogTouch(
        on=date(2026, 11, 20), channel="letter", undo=True
    )
    assert parse(do="entry", source="e1/", counts="0") == OwnEntryForm(source="e1/", counts=False)
    assert parse(do="entry", source="e1/", counts="1") == OwnEntryForm(source="e1/", counts=True)
    for what in ("merge", "unmerge", "apart"):
        assert parse(do=what, other="12") == MergeForm(what=what, other=12)
    assert parse(do="answer", answer="rest") == AnswerForm(answer="rest")


def test_what_is_wrong_is_said_at_the_field() -> None:
    assert wrong(kind="client", cadence_weeks="4", longest_weeks="3") == ["longest_weeks"]
    assert wrong(kind="client", longest_weeks="3") == ["cadence_weeks"]
    assert wrong(kind="client", cadence_weeks="105") == ["cadence_weeks"]
    assert wrong(kind="", tags=",".join(f"tag {n}" for n in range(21))) == ["tags"]
    assert wrong(do="merge", other="") == ["other"]
    assert wrong(do="merge", other="0") == ["other"]
    assert wrong(do="entry", counts="1") == ["source"]
    assert wrong(do="answer", answer="shout") == ["answer"]


FIELDS = st.sampled_from(["do", "kind", "cadence_weeks", "longest_weeks", "tags", "on", "channel", "other", "source"])
VALUES = st.sampled_from(["save", "merge", "touch", "untouch", "entry", "answer", "snooze", "client", "5"]) | st.text()


@settings(max_examples=80)
@given(form=st.dictionaries(FIELDS, VALUES.map(lambda value: [value])))
def test_any_form_is_a_value_or_a_problem_in_words(form: dict[str, list[str]]) -> None:
    for parser in (
        lambda: forms_people.parse_person(form, today=TODAY),
        lambda: forms_people.parse_add(form),
        lambda: forms_people.parse_import(form),
    ):
        problems: dict[str, str] = {}
        try:
            parser()
        except Invalid as invalid:
            problems = invalid.problems
        assert all(sentence.endswith(".") for sentence in problems.values())


@pytest.mark.parametrize(("name", "says"), [("", "Write a name, or"), ("🦊🦊", "Write a name with letters in it")])
def test_a_name_that_was_written_is_not_said_to_be_missing(name: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        forms_people.parse_add({"name": [name]})
    assert refused.value.problems["name"].startswith(says)
