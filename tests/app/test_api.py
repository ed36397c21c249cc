"""The API: every page action, the same services, the same refusals."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.db.tables import BlockRow, RuleRow
from app.main import create_app
from tests.app.world_house import House


@pytest.fixture
def api(booked: House) -> Iterator[TestClient]:
    """A client with the user's cookie, on the service whose blocks are booked."""
    client = TestClient(create_app(booked.services, wheel=False), base_url=booked.services.settings.public_url)
    client.cookies.set(booked.services.settings.cookie_name, booked.cookie)
    with client:
        yield client


def get(api: TestClient, path: str) -> Any:
    answer = api.get(f"/api{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_today_and_people_say_what_the_pages_say(api: TestClient, booked: House) -> None:
    today = get(api, "/today")
    assert [block["id"] for block in today["later"]] == [row.id for row in booked.rows()][-len(today["later"]) :]
    assert today["next"]["people"]
    first = today["next"]["people"][0]
    people = get(api, "/people")
    assert first["name"] in [one["name"] for one in people["people"]]
    assert get(api, f"/people/{first['contact_id']}")["row"]["name"] == first["name"]


def test_an_outcome_counts_and_is_taken_back(api: TestClient, booked: House) -> None:
    block = get(api, "/today")["next"]
    contact = block["people"][0]["contact_id"]
    where = f"/api/blocks/{block['id']}/people/{contact}"
    before = len(get(api, f"/people/{contact}")["touches"])
    assert api.put(where, json={"outcome": "reached"}).status_code == 202
    assert get(api, "/today")["next"]["people"][0]["outcome"] == "reached"
    assert len(get(api, f"/people/{contact}")["touches"]) == before + 1
    assert api.put(where, json={"outcome": "open"}).status_code == 202
    assert booked.touches(block["people"][0]["name"]) == []


def test_settings_go_through_the_same_checks_as_the_form(api: TestClient, booked: House) -> None:
    settings = get(api, "/settings")
    body = {"rule": settings["rule"], "preferences": settings["preferences"]}
    assert api.put("/api/settings", json=body).status_code == 202
    before = booked.rule()
    body["rule"] = {**body["rule"], "window_start": "19:00:00", "window_end": "21:00:00", "ideal": "19:00:00"}
    refused = api.put("/api/settings", json=body)
    assert refused.status_code == 422
    assert "leave no room" in refused.json()["problems"]["from"]
    assert booked.rule() == before


def test_pause_takes_the_blocks_away_and_resume_brings_them_back(api: TestClient, booked: House) -> None:
    count = len(booked.blocks())
    assert api.post("/api/pause", json={}).json()["paused"]
    booked.refresh()
    assert booked.blocks() == []
    assert not api.post("/api/resume").json()["paused"]
    booked.refresh()
    assert len(booked.blocks()) == count


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/people/999999", None, 404),
        ("GET", "/people/nobody", None, 422),
        ("GET", "/people/0", None, 422),
        ("PUT", "/people/999999", {"kind": "client"}, 404),
        ("PUT", "/people/1", {"kind": "emperor"}, 422),
        ("PUT", "/people/1", {"kind": None, "colour": "red"}, 422),
        ("PUT", "/blocks/999999/people/1", {"outcome": "reached"}, 404),
        ("PUT", "/blocks/1/people/999999", {"outcome": "reached"}, 404),
        ("POST", "/people/1/touches", {"on": "2999-01-01"}, 422),
        ("PUT", "/left-out", {"address": "nobody@x.example", "counted_in": True}, 404),
        ("POST", "/welcome", {"kinds": {"999999": "client"}}, 404),
        ("DELETE", "/people/1", None, 405),
        ("GET", "/nothing", None, 404),
    ],
)
def test_each_mistake_is_said_in_words(api: TestClient, method: str, path: str, body: Any, status: int) -> None:
    answer = api.request(method, f"/api{path}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["detail"]


def test_without_a_session_nothing_is_told(api: TestClient) -> None:
    api.cookies.clear()
    for path, methods in api.get("/api/openapi.json").json()["paths"].items():
        for method in methods:
            answer = api.request(method, re.sub(r"\{\w+\}", "1", path), json={})
            assert answer.status_code in (401, 422), f"{method} {path}: {answer.text}"
            assert "@" not in answer.text


def test_what_comes_from_elsewhere_is_refused_first(api: TestClient) -> None:
    answer = api.put("/api/people/1", content=b"not even json", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_the_documentation_needs_no_other_host(api: TestClient) -> None:
    document = api.get("/api/openapi.json").json()
    assert all(path.startswith("/api/") for path in document["paths"])
    shown = api.get("/docs")
    assert shown.status_code == 200
    assert re.findall(r'<script src="([^?"]+)', shown.text) == ["/static/greenblock.js"]
    for path in document["paths"]:
        assert path in shown.text


# -- Rules -----------------------------------------------------------------------------------------


def test_the_preview_tells_and_stores_nothing(api: TestClient, booked: House) -> None:
    settings, before = get(api, "/settings"), booked.dump(RuleRow, BlockRow)
    rule = {**settings["rule"], "weekdays": [4]}
    shown = api.post("/api/settings/preview", json={"rule": rule}).json()
    assert [one["start"][:10] for one in shown["blocks"]] == ["2027-03-04", "2027-03-11", "2027-03-18", "2027-03-25"]
    assert [one["was"][:10] for one in shown["blocks"]] == ["2027-03-02", "2027-03-09", "2027-03-16", "2027-03-23"]
    away = {**settings["preferences"], "paused": True}
    shown = api.post("/api/settings/preview", json={"rule": rule, "preferences": away}).json()
    assert (shown["blocks"], len(shown["gone"])) == ([], 4)
    late = {**rule, "window_start": "19:00:00", "window_end": "21:00:00", "ideal": "19:00:00"}
    assert "from" in api.post("/api/settings/preview", json={"rule": late}).json()["problems"]
    assert booked.dump(RuleRow, BlockRow) == before


def test_a_rule_is_added_changed_switched_off_and_removed(api: TestClient, booked: House) -> None:
    rule = {**get(api, "/settings")["rule"], "key": "", "weekdays": [4]}
    added = api.post("/api/rules", json={"rule": rule}).json()["rules"]
    assert [(one["sentence"], one["first"]) for one in added] == [
        ("Tuesdays about 10:00, 30 minutes", True),
        ("Thursdays about 10:00, 30 minutes", False),
    ]
    where = f"/api/rules/{added[1]['rule']['key']}"
    changed = api.put(where, json={"rule": {**rule, "longest": 45}}).json()["rules"]
    assert changed[1]["sentence"] == "Thursdays about 10:00, 45 minutes"
    assert not api.put(f"{where}/active", json={"active": False}).json()["rules"][1]["rule"]["active"]
    assert len(api.delete(where).json()["rules"]) == 1
    assert api.delete(where).status_code == 404
    assert api.put(where, json={"rule": rule}).status_code == 404
    assert api.delete(f"/api/rules/{booked.rule().key}").status_code == 400


def test_a_season_by_api(api: TestClient) -> None:
    asked = {"name": "Cards", "begins_on": "2027-03-01", "before_on": "2027-03-27", "kinds": ["client"]}
    (season,) = api.post("/api/seasons", json={**asked, "channel": "letter"}).json()["seasons"]
    assert (season["whom"], season["last_on"]) == ("clients", "2027-03-22")
    assert "10 people are to be reached before 27 March" in season["sentence"]
    refused = api.post("/api/seasons", json={**asked, "before_on": "2027-03-01"})
    assert "season_before" in refused.json()["problems"]
    assert api.delete(f"/api/seasons/{season['id']}").json()["seasons"] == []
    assert api.delete(f"/api/seasons/{season['id']}").status_code == 404


def test_a_refusal_does_not_repeat_what_was_sent(api: TestClient) -> None:
    answer = api.put("/api/people/1", json={"kind": "emperor", "colour": "x" * 100_000})
    assert answer.status_code == 422
    assert set(answer.json()["problems"]) == {"body.kind", "body.colour"}
    assert len(answer.content) < 1_000
