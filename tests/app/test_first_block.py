"""The first block: the proposal untouched, or with another day, time and length; in calendars with next to nothing."""

from datetime import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.errors import Invalid
from app.main import create_app
from app.services.first_block import LENGTHS, FirstBlock, first_of, rule_with
from scheduler.model import Rule, WorkingHours
from tests.app.world import Resource, all_day, at, history, world
from tests.app.world_house import House, open_house
from tests.pageforms import Form, forms_of

HOURS = WorkingHours()
PROPOSED = Rule(key="proposed", weekdays=frozenset({2}), window_start=time(9), window_end=time(12), ideal=time(10))
ALWAYS = WorkingHours(weekdays=frozenset(range(1, 8)), start=time(0), end=time(23, 59))


def test_untouched_is_the_proposal() -> None:
    assert rule_with(None, PROPOSED, HOURS) is PROPOSED
    assert rule_with(first_of(PROPOSED), PROPOSED, HOURS) is PROPOSED


def test_changed_has_a_window_of_its_own() -> None:
    made = rule_with(FirstBlock(weekday=5, ideal=time(14, 30), minutes=60), PROPOSED, HOURS)
    assert (made.weekdays, made.ideal) == (frozenset({5}), time(14, 30))
    assert (made.window_start, made.window_end) == (time(13, 30), time(16, 30))
    assert (made.shortest, made.longest) == (15, 60)


@settings(max_examples=60)
@given(weekday=st.integers(1, 7), minute=st.integers(0, 1439), length=st.sampled_from(LENGTHS))
def test_the_window_stays_within_the_day(weekday: int, minute: int, length: int) -> None:
    first = FirstBlock(weekday=weekday, ideal=time(minute // 60, minute % 60), minutes=length)
    if minute > 1439 - 15:
        with pytest.raises(Invalid):
            rule_with(first, PROPOSED, ALWAYS)
        return
    made = rule_with(first, PROPOSED, ALWAYS)
    if made is not PROPOSED:
        assert made.window_start <= made.ideal < made.window_end
        assert first_of(made) == first


@pytest.mark.parametrize(
    ("day", "clock", "problems"),
    [
        (
            6,
            time(10),
            {"first-day": "Saturday is no working day of yours. Choose another day, or add it in Settings first."},
        ),
        (
            3,
            time(17, 50),
            {
                "first-time": "Your working hours are 08:00 to 18:00. "
                "Choose a time from 08:00 to 17:45, or change them in Settings first."
            },
        ),
    ],
)
def test_working_hours_are_hard_limits(day: int, clock: time, problems: dict[str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        rule_with(FirstBlock(weekday=day, ideal=clock, minutes=30), PROPOSED, HOURS)
    assert caught.value.problems == problems


# -- Through the page ------------------------------------------------------------------------------


def browser_of(house: House) -> TestClient:
    client = TestClient(create_app(house.services, wheel=False), base_url=house.services.settings.public_url)
    client.cookies.set(house.services.settings.cookie_name, house.cookie)
    return client


def largest(page: str) -> Form:
    return max((form for form in forms_of(page) if form.method == "post"), key=lambda form: len(form.fields))


SEEDS: dict[str, list[Resource]] = {
    "empty": [],
    "all-day events": [all_day("Fair", at(day), days=2) for day in (3, 10)],
    "one client": history(("Ada Arbor",)),
}


@pytest.mark.parametrize("events", SEEDS.values(), ids=SEEDS)
def test_a_small_calendar_keeps_the_contract(tmp_path: Path, events: list[Resource]) -> None:
    with open_house(tmp_path, f"sqlite:///{tmp_path / 'g.db'}", seed=world(events)) as house, browser_of(house) as me:
        house.refresh()
        form = largest(me.get("/welcome").text)
        assert (form.action, len(form.fields) >= 3) == ("/welcome", True)
        assert form.buttons[0].action == ""
        proposed = house.account().outlook["proposal"]

        late: dict[str, Any] = dict(form.fields) | {"first-time": "20:15"}
        refused = me.post("/welcome", data=late)
        assert refused.status_code == 422
        assert "Your working hours are 08:00 to 18:00" in refused.text
        assert dict(largest(refused.text).fields) == late
        assert house.account().welcomed_at is None

        assert me.post("/welcome", data=dict(form.fields), follow_redirects=False).headers["location"] == "/today"
        rule = house.rule()
        assert (sorted(rule.weekdays), rule.ideal) == ([proposed["weekday"]], time(10))
        assert (rule.window_start, rule.window_end, rule.shortest, rule.longest) == (time(9), time(12), 15, 30)
        house.refresh()
        assert [start[2:] for start in house.days()] == [(10, 0)] * len(house.days())
        assert len(house.days()) >= 3


def test_another_day_and_time_are_booked(house: House) -> None:
    with browser_of(house) as me:
        house.refresh()
        form = largest(me.get("/welcome").text)
        changed = dict(form.fields) | {"first-day": "5", "first-time": "15:00", "first-minutes": "45"}
        assert me.post("/welcome", data=changed, follow_redirects=False).status_code == 303
    rule = house.rule()
    assert (rule.weekdays, rule.window_start, rule.window_end) == (frozenset({5}), time(14), time(17))
    assert (rule.shortest, rule.longest) == (15, 45)
    house.refresh()
    assert house.days()[0] == (3, 5, 15, 0)


def test_nothing_at_all_is_not_the_form(house: House) -> None:
    with browser_of(house) as me:
        house.refresh()
        assert me.post("/welcome", data={}).status_code == 422
    assert house.account().welcomed_at is None


def test_by_api(house: House) -> None:
    with browser_of(house) as me:
        house.refresh()
        first = {"weekday": 6, "ideal": "15:00", "minutes": 45}
        refused = me.post("/api/welcome", json={"first": first})
        assert refused.status_code == 422
        assert list(refused.json()["problems"]) == ["first-day"]
        for wrong in ({"minutes": 50}, {"weekday": 8}, {"ideal": "15:00+02:00"}, {"colour": "red"}):
            assert me.post("/api/welcome", json={"first": {**first, **wrong}}).status_code == 422
        assert house.account().welcomed_at is None
        assert me.post("/api/welcome", json={"first": {**first, "weekday": 4}}).status_code == 202
    assert (house.rule().weekdays, house.rule().ideal, house.rule().longest) == (frozenset({4}), time(15), 45)
