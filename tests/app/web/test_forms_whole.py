"""What did not come as the page's form changes nothing, and dates of no use are named as such."""

from datetime import date
from typing import Any

import pytest

from app.errors import Invalid
from app.web import forms, forms_memory, forms_people
from tests.app.web.fakes import FakeServices

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize("text", ["9999-12-31", "1999-12-31", "2100-01-01", "0001-01-01"])
def test_a_date_out_of_range_is_a_date(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        forms.parse_pause({"pause_until": [text]})
    assert caught.value.problems == {"pause_until": "This date is out of range. Choose one from 2000 to 2099."}


@pytest.mark.parametrize("text", ["2026-02-30", "0000-00-00", "2026-2-3", "soon"])
def test_what_is_no_date_is_said_to_be_none(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        forms.parse_pause({"pause_until": [text]})
    assert caught.value.problems["pause_until"].startswith("This is not a date.")


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"cadence_weeks": ["6"]},
        {"do": ["save"], "tags": ["vip"]},
        {"do": ["sing"], "kind": ["client"]},
        {"do": ["snooze"]},
        {"do": ["entry"], "source": ["event/1"]},
    ],
)
def test_what_lacks_the_fields_of_a_persons_form_is_refused(form: dict[str, list[str]]) -> None:
    with pytest.raises(Invalid) as caught:
        forms_people.parse_person(form, today=TODAY)
    assert list(caught.value.problems.values()) == [forms.NOT_THE_FORM]


def test_an_empty_kind_is_not_said() -> None:
    assert forms_people.parse_person({"kind": [""]}, today=TODAY) == forms_people.SavePerson(
        kind=None, cadence_weeks=None
    )


@pytest.mark.parametrize("form", [{}, {"pause_from": [""], "pause_until": [""]}, {"all": ["yes"]}])
def test_a_pause_of_everything_is_asked_for_by_name(form: dict[str, list[str]]) -> None:
    with pytest.raises(Invalid) as caught:
        forms.parse_pause(form)
    assert caught.value.problems == {"pause_until": forms.NOT_THE_FORM}


def test_how_to_reach_somebody_is_not_cleared_by_nothing() -> None:
    with pytest.raises(Invalid):
        forms_memory.parse_memory({"do": ["reach"]}, today=TODAY)


def test_an_address_alone_leaves_nobody_out() -> None:
    with pytest.raises(Invalid):
        forms.parse_left_out({"address": ["a@b.example"]})


ADDRESSES = [
    *("/welcome", "/left-out", "/people/add", "/people/101", "/people/101/memory", "/blocks/31/people/12"),
    *("/settings", "/pause"),
]


@pytest.mark.parametrize("body", ["", "garbage", "a=b&c=d", "%00=%ff"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_form_changes_nothing(client: Any, fake: FakeServices, address: str, body: str) -> None:
    answer = client.post(address, content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code in (400, 422)
    assert fake.actions.calls == []
