"""The year in review: what is counted, as pictures, as a table of the same figures, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.main import create_app
from app.services import year as counted
from scheduler.model import Contact, Kind, Touch
from tests.app.world_house import House

TODAY = date(2027, 3, 1)
NAMES = ("Ada Arbor", "Ben Birch", "Cleo Cedar")


@pytest.fixture
def api(booked: House) -> Iterator[TestClient]:
    client = TestClient(create_app(booked.services, wheel=False), base_url=booked.services.settings.public_url)
    client.cookies.set(booked.services.settings.cookie_name, booked.cookie)
    with client:
        yield client


def contact(*days: date, key: str = "1", source: str = "") -> Contact:
    return Contact(key=key, name="Ada", kind=Kind.CLIENT, touches=tuple(Touch(on=on, source=source) for on in days))


@given(st.lists(st.dates(date(2024, 1, 1), TODAY), max_size=40), st.integers(2024, 2027))
def test_every_day_of_contact_is_in_one_week_of_its_year(days: list[date], year: int) -> None:
    weeks = counted.weeks([contact(*sorted(days))], year, TODAY)
    assert sum(week.touches for week in weeks) == len({on for on in days if on.year == year})
    assert all(week.monday.weekday() == 0 and week.touches >= week.from_blocks for week in weeks)
    assert [week.begins for week in weeks if week.begins] == counted.months(year, TODAY)


def test_in_rhythm_is_told_of_those_met_by_then() -> None:
    people = [contact(date(2026, 1, 10), date(2026, 3, 1)), contact(date(2026, 2, 20), key="2")]
    months = counted.in_rhythm(people, 2026, date(2026, 4, 10), lambda _: 30)
    assert [(one.on.month, one.in_rhythm, one.people) for one in months] == [
        (1, 1, 1), (2, 1, 2), (3, 1, 2), (4, 0, 2),
    ]  # fmt: skip
    assert months[-1].on == date(2026, 4, 10)


def test_promises_are_counted_by_the_year_they_were_kept_in() -> None:
    made = [
        (date(2026, 1, 1), date(2026, 2, 1), date(2026, 1, 20)),
        (date(2025, 12, 1), date(2026, 1, 1), date(2026, 1, 2)),
        (date(2026, 5, 1), None, date(2027, 1, 1)),
        (date(2026, 6, 1), None, None),
    ]
    assert counted.promises(made, 2026) == counted.Promises(made=3, kept=2, in_time=1, with_day=2, open=1)


def test_what_blocks_made_is_told_beside_the_names_in_them() -> None:
    people = [contact(date(2027, 2, 2), source="block/7"), contact(date(2027, 2, 2), key="2", source="hand/1")]
    months = counted.blocks([(7, date(2027, 2, 2)), (8, date(2027, 2, 9))], [7, 7, 8], people, 2027, TODAY)
    assert [(one.month.month, one.held, one.named, one.reached) for one in months] == [
        (1, 0, 0, 0), (2, 2, 3, 1), (3, 0, 0, 0),
    ]  # fmt: skip


def test_a_year_as_it_was_lived(api: TestClient, booked: House) -> None:
    first = booked.ids()[0]
    for name in booked.names_in(first)[:2]:
        booked.hand.ticks(first, name)
    booked.refresh()
    booked.clock.advance(days=3)
    booked.refresh()
    ada = booked.contact("Ada Arbor").id
    booked.services.actions.add_promise(booked.account_id, ada, "Send the plan", TODAY + timedelta(days=20), "promise")
    view = api.get("/api/year").json()
    assert (view["year"], view["years"]) == (2027, [2027, 2026])
    assert sum(week["from_blocks"] for week in view["weeks"]) == 2
    assert sum(one["reached"] for one in view["blocks"]) == 2
    assert sum(one["held"] for one in view["blocks"]) == 1
    assert (view["promises"]["made"], view["promises"]["open"]) == (1, 1)
    text = api.get("/year").text
    assert "1 block took place" in text
    assert text.count("<svg") == text.count('aria-hidden="true"')  # each has its sentence and its table instead
    before = api.get("/api/year?y=2026").json()
    assert before["touches"] == sum(week["touches"] for week in before["weeks"]) > 0
    assert before["months"][-1]["people"] == 10


def test_named_in_time_is_told_as_named_and_not_as_saved(api: TestClient, booked: House) -> None:
    booked.clock.advance(days=60)
    booked.services.actions.refresh_now(booked.account_id)
    booked.refresh()
    silent = api.get("/api/year").json()["silent"]
    assert (silent["judged"], silent["days"]) == (10, 90)
    assert silent["ties"]
    for tie in silent["ties"]:
        assert tie["named_on"] is None or tie["last_on"] < tie["named_on"] < tie["silent_on"]
    text = api.get("/year").text
    assert "Named, not saved" in text
    assert all(f'href="/people/{tie["contact_id"]}"' in text for tie in silent["ties"])


def test_a_year_that_has_just_begun_does_not_contradict_its_picture(api: TestClient, booked: House) -> None:
    while api.get("/api/year").json()["year"] == 2027:
        booked.clock.advance(days=27)
    view, text = api.get("/api/year").json(), api.get("/year").text
    assert (view["touches"], view["months"][-1]["people"]) == (0, 10)
    assert "In their own rhythm" in text
    assert "Nothing to look back on" not in text
    assert "You have not been in touch with the people in your blocks in 2028." in text


def test_a_year_without_anything_says_so(house: House) -> None:
    client = TestClient(create_app(house.services, wheel=False), base_url=house.services.settings.public_url)
    client.cookies.set(house.services.settings.cookie_name, house.cookie)
    house.refresh()
    empty = client.get("/year").text.partition("<main")[2]
    assert "Nothing to look back on here yet" in empty
    assert "<section" not in empty
    for odd in ("?y=", "?y=99999999999999999999", "?y=2099", "?y=-1", "?y=%00", "?y=1999"):
        assert client.get(f"/year{odd}").status_code == 200
    assert client.get("/api/year?y=soon").status_code == 422
