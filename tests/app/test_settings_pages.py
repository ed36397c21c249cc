"""The settings pages over the real service: several rules, and the four weeks shown before Save."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from tests.app.web.markup import Tag, read
from tests.app.world import start_of
from tests.app.world_house import TUESDAYS, House


@pytest.fixture
def browser(booked: House) -> Iterator[TestClient]:
    client = TestClient(
        create_app(booked.services, wheel=False),
        base_url=booked.services.settings.public_url,
        headers={"Origin": booked.services.settings.public_url},
    )
    client.cookies.set(booked.services.settings.cookie_name, booked.cookie)
    with client:
        yield client


def form_to(page: Tag, action: str) -> Tag:
    (found,) = [form for form in page.all("form") if form["action"] == action]
    return found


def look(browser: TestClient, path: str) -> Tag:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return read(answer.text)


def test_save_is_the_first_button_and_the_preview_the_second(browser: TestClient) -> None:
    for path in ("/settings", "/settings/blocks/new"):
        first, second = form_to(look(browser, path), path).all("button")
        assert (first.text, first.attributes.get("formaction")) == ("Save", None)
        assert second["formaction"] == f"{path}/preview#forecast"


def test_the_preview_shows_the_weeks_and_keeps_what_was_typed(browser: TestClient, booked: House) -> None:
    typed = form_to(look(browser, "/settings"), "/settings").fields() | {"day": ["4"], "ideal": ["11:00"]}
    answer = browser.post("/settings/preview", data=typed)
    page = read(answer.text)
    rows = [row.text.split() for row in page.by_id("forecast").all("li")]
    assert " ".join(rows[0]).startswith("4 March Thursday, 11:00 to 11:30 from Tuesday 2 March, 10:00")
    assert len(rows) == 4
    assert form_to(page, "/settings").fields() == typed
    booked.refresh()
    assert booked.days() == TUESDAYS
    # And Save, pressed there, saves it.
    assert browser.post("/settings", data=typed).status_code == 200
    booked.refresh()
    assert booked.days()[0] == (3, 4, 11, 0)


def test_a_mistake_is_said_instead_of_a_preview(browser: TestClient) -> None:
    typed = form_to(look(browser, "/settings"), "/settings").fields() | {"to": ["08:00"]}
    answer = browser.post("/settings/preview", data=typed)
    assert answer.status_code == 200
    assert read(answer.text).by_id("f-to")["aria-invalid"] == "true"


def test_more_blocks_by_a_form_of_their_own(browser: TestClient, booked: House) -> None:
    path = "/settings/blocks/new"
    typed = form_to(look(browser, path), path).fields() | {"day": ["4"], "buffer": ["15"]}
    shown = read(browser.post(f"{path}/preview", data=typed).text)
    assert sum("new" in row.text for row in shown.by_id("forecast").all("li")) == 4
    page = read(browser.post(path, data=typed).text)  # follows to the settings
    links = [link["href"] for link in page.all("a") if link.text.startswith("Thursdays about 10:00")]
    assert len(links) == 1
    assert "15" in form_to(look(browser, links[0]), links[0]).fields()["buffer"]
    booked.refresh()
    assert len(booked.blocks()) == 8

    browser.post(f"{links[0]}/off")
    booked.refresh()
    assert booked.days() == TUESDAYS
    assert "Switched off" in browser.get(links[0]).text
    assert form_to(look(browser, "/settings"), f"{links[0]}/on")
    browser.post(f"{links[0]}/remove")
    assert browser.get(links[0]).status_code == 404
    assert f"{links[0]}" not in browser.get("/settings").text


def test_a_pause_that_is_set_stands_on_today_and_on_the_settings(browser: TestClient, booked: House) -> None:
    browser.post("/pause", data={"pause_from": "2027-03-08", "pause_until": "2027-03-12"})
    said = "No blocks from Monday 8\u00a0March until and including Friday 12\u00a0March"
    for path in ("/today", "/settings"):
        assert said in " ".join(look(browser, path).text.split(" ")), path
    booked.clock.advance(days=8)
    assert "after it they are booked again" in browser.get("/today").text


def test_a_suggestion_opens_the_form_filled_and_no_takes_it_away(browser: TestClient, booked: House) -> None:
    for event_id in booked.ids()[:3]:
        booked.hand.moves(event_id, start_of(booked.event(event_id)).replace(hour=11) + timedelta(days=2))
    booked.refresh()
    today = look(browser, "/today")
    section = next(one for one in today.all("section") if one.attributes.get("aria-labelledby") == "habit1")
    (link,) = section.all("a")
    page = look(browser, link["href"].partition("#")[0])
    assert "Suggested, not saved." in page.text
    fields = form_to(page, "/settings").fields()
    assert (fields["day"], fields["ideal"]) == (["4"], ["11:00"])
    assert booked.rule().weekdays == frozenset({2})

    (form,) = section.all("form")
    browser.post(form["action"], data=form.fields())
    assert "habit1" not in browser.get("/today").text
    assert "Suggested" not in browser.get(link["href"].partition("#")[0]).text


# -- Seasons ---------------------------------------------------------------------------------------


def test_a_season_is_set_told_in_numbers_and_removed(browser: TestClient, booked: House) -> None:
    form = form_to(look(browser, "/settings"), "/seasons")
    typed = form.fields() | {
        "season_name": ["Spring cards"],
        "season_from": ["2027-03-01"],
        "season_before": ["2027-03-10"],
    }
    page = read(browser.post("/seasons", data=typed).text)
    section = next(one for one in page.all("section") if one.attributes.get("aria-labelledby") == "seasons")
    said = " ".join(section.text.split())
    assert "Spring cards everyone once before Wednesday 10 March" in said
    assert "your blocks hold 6 until then, so 4 would be left out. " in said
    assert "blocks a week of 3 would hold them. Or let it be before" in said
    booked.refresh()
    assert "10 people are to be reached before 10 March" in browser.get("/today").text
    removes = [one for one in page.all("form") if one["action"].endswith("/remove") and "season" in one["action"]]
    browser.post(removes[0]["action"])
    assert "Spring cards" not in browser.get("/settings").text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"season_name": [" "]}, "season_name"),
        ({"season_from": [""]}, "season_from"),
        ({"season_before": ["2027-02-30"]}, "season_before"),
        ({"season_before": ["2027-03-01"]}, "season_before"),
        ({"season_before": ["2027-03-03"], "season_channel": ["letter"]}, "season_before"),
        ({"season_channel": ["smoke"]}, "season_channel"),
    ],
)
def test_an_impossible_season_is_said_at_its_field(
    browser: TestClient, changes: dict[str, list[str]], field: str
) -> None:
    typed = {"season_name": ["x"], "season_from": ["2027-03-01"], "season_before": ["2027-03-20"]}
    answer = browser.post("/seasons", data=typed | {"season_channel": [""], "season_tags": ["vip"]} | changes)
    assert answer.status_code == 422
    page = read(answer.text)
    assert page.by_id(f"f-{field}")["aria-invalid"] == "true"
    assert page.by_id("f-season_tags")["value"] == "vip"
    assert page.by_id("f-ideal")["value"] == "10:00"


def test_a_season_is_changed_on_the_page_and_by_api(browser: TestClient, booked: House) -> None:
    new = form_to(look(browser, "/settings"), "/seasons").fields()
    dates = {"season_from": ["2027-03-01"], "season_before": ["2027-03-30"]}
    browser.post("/seasons", data=new | dates | {"season_name": ["Spring"], "season_kind": ["client"]})
    (line,) = booked.services.views.settings(booked.account_id).seasons
    page = look(browser, f"/settings?season={line.id}")
    form = form_to(page, f"/seasons/{line.id}")
    assert form.fields()["season_name"] == ["Spring"]
    assert form.fields()["season_kind"] == ["client"]
    # Wrong: said at the field, nothing lost, still the same season's form.
    answer = browser.post(
        form["action"], data=form.fields() | {"season_name": ["Early"], "season_before": ["2027-02-01"]}
    )
    again = form_to(read(answer.text), f"/seasons/{line.id}")
    assert (answer.status_code, again.fields()["season_name"]) == (422, ["Early"])
    assert booked.services.views.settings(booked.account_id).seasons == (line,)
    assert browser.post(form["action"], data=form.fields() | {"season_name": ["Early"]}).status_code == 200
    (changed,) = booked.services.views.settings(booked.account_id).seasons
    assert (changed.id, changed.name, changed.kinds) == (line.id, "Early", ("client",))
    asked = {"name": "Late", "begins_on": "2027-03-02", "before_on": "2027-03-30", "kinds": ["friend"]}
    assert browser.put(f"/api/seasons/{line.id}", json=asked).status_code == 202
    assert [one.name for one in booked.services.views.settings(booked.account_id).seasons] == ["Late"]
    assert browser.put(f"/api/seasons/{line.id + 1}", json=asked).status_code == 404
    assert browser.post(f"/seasons/{line.id + 1}", data=form.fields()).status_code == 404


def test_the_first_block_can_be_tried_on_the_welcome_page(house: House) -> None:
    house.refresh()
    app = create_app(house.services, wheel=False)
    cookies = {house.services.settings.cookie_name: house.cookie}
    with TestClient(app, base_url=house.services.settings.public_url, cookies=cookies) as browser:
        page = look(browser, "/welcome")
        form = form_to(page, "/welcome")
        assert [one.text for one in form.all("button")][:2] == ["Save", "Show the next four weeks"]
        typed = form.fields() | {"first-day": ["4"], "first-time": ["11:00"]}
        shown = read(browser.post("/welcome/preview", data=typed).text)
        rows = [row.text for row in shown.by_id("forecast").all("li")]
        assert len(rows) == 4
        assert all("Thursday" in row for row in rows)
        assert all("11:00" in row for row in rows)
        assert form_to(shown, "/welcome").fields() == typed
    assert house.blocks() == []
    assert house.account().welcomed_at is None
