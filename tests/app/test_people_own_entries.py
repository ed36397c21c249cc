"""Entries of the user's own that name one known person, notes taken back, the question after three times, gaps."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from scheduler.model import Kind
from scheduler.words import again
from tests.app.world import at, meeting
from tests.app.world_house import House


@pytest.fixture
def api(booked: House) -> Iterator[TestClient]:
    client = TestClient(create_app(booked.services, wheel=False), base_url=booked.services.settings.public_url)
    client.cookies.set(booked.services.settings.cookie_name, booked.cookie)
    with client:
        yield client


def person(house: House, name: str) -> Any:
    return house.services.views.person(house.account_id, house.contact(name).id)


def seated(house: House) -> set[str]:
    return {name for block in house.blocks() for name in house.names_in(block["id"])}


def test_a_call_in_the_calendar_counts_until_it_is_taken_back(api: TestClient, booked: House) -> None:
    name = booked.names_in(booked.blocks()[0]["id"])[0]
    who = booked.contact(name).id
    booked.hand.adds(meeting(f"Call {name.split()[0]}", at(-3, 15)))  # Wednesday, 24 February
    booked.refresh()
    assert name not in seated(booked)
    (entry,) = person(booked, name).own_entries
    assert (entry.on, entry.counts, entry.past) == (date(2027, 2, 25), True, True)
    assert person(booked, name).touches[0].words == "A call"
    page = api.get(f"/people/{who}").text
    assert "From your own entries" in page

    answer = api.post(f"/people/{who}", data={"do": "entry", "source": entry.source, "counts": "0"})
    assert "Does not count." in answer.text
    booked.refresh()
    assert name in seated(booked)
    again = api.put(f"/api/people/{who}/own-entries", json={"source": entry.source, "counts": True}).json()
    assert again["own_entries"][0]["counts"]
    booked.refresh()
    assert name not in seated(booked)
    unknown = api.put(f"/api/people/{who}/own-entries", json={"source": "nothing/", "counts": True})
    assert unknown.status_code == 404


def test_one_to_come_is_booked(booked: House) -> None:
    name = booked.names_in(booked.blocks()[0]["id"])[0]
    booked.hand.adds(meeting(f"Lunch w/ {name}", at(11, 12)))
    booked.refresh()
    assert name not in seated(booked)
    row = booked.contact(name)
    assert row.facts["state"] == "booked"
    assert "11 March" in again(row.facts["text"])
    assert not person(booked, name).own_entries[0].past


def test_what_was_written_down_can_be_taken_back(api: TestClient, booked: House) -> None:
    who = booked.contact("Ada Arbor").id
    data = {"do": "touch", "on": "2027-02-27", "channel": "call"}
    assert "Take back" in api.post(f"/people/{who}", data=data).text
    assert "Take back" not in api.post(f"/people/{who}", data={**data, "do": "untouch"}).text
    assert booked.touches("Ada Arbor") == []
    api.post(f"/api/people/{who}/touches", json={"on": "2027-02-27", "channel": "letter"})
    left = api.delete(f"/api/people/{who}/touches?on=2027-02-27&channel=letter")
    assert left.status_code == 202
    assert booked.touches("Ada Arbor") == []
    assert not [one for one in left.json()["touches"] if one["by_hand"]]


def three_times_unreached(house: House) -> str:
    name = house.names_in(house.blocks()[0]["id"])[0]
    for _ in range(40):
        house.clock.advance(days=7)
        house.refresh()
        if house.contact(name).facts["ask"]:
            return name
    raise AssertionError("never asked")


@pytest.mark.parametrize("answer", ["other", "longer", "rest", "not_client"])
def test_after_three_times_one_tap_answers_and_the_count_begins_anew(
    api: TestClient, booked: House, answer: str
) -> None:
    name = three_times_unreached(booked)
    who = booked.contact(name).id
    today = booked.services.views.today(booked.account_id)
    assert name in [one.name for one in today.questions]
    for address in ("/today", "/people", f"/people/{who}"):
        assert f"Another way: {name}" in html.unescape(api.get(address).text)
    before = booked.contact(name)
    shown = api.put(f"/api/people/{who}/answer", json={"answer": answer}).json()
    assert not shown["asks"]
    booked.refresh()
    row = booked.contact(name)
    assert not row.facts["ask"]
    assert name not in [one.name for one in booked.services.views.today(booked.account_id).questions]
    match answer:
        case "other":
            assert row.preferred not in (None, before.preferred)
        case "longer":
            assert row.cadence_ideal == 63  # every six weeks until now
        case "rest":
            assert row.snoozed_until == booked.clock().date() + timedelta(weeks=13)
        case _:
            assert row.kind == Kind.SUPPLIER


def test_a_person_outranks_their_tag_and_a_tag_the_kind(api: TestClient, booked: House) -> None:
    who = booked.contact("Ada Arbor").id

    def rhythm() -> str:
        booked.refresh()
        return str(person(booked, "Ada Arbor").row.rhythm)

    assert rhythm() == "every 6 weeks"
    page = api.get("/settings").text
    assert "By tag" in page
    booked.sets(wishes=replace(booked.wishes(), client_weeks=10, always=(Kind.CLIENT,)))
    assert rhythm() == "every 10 weeks, as you asked"
    booked.sets(wishes=replace(booked.wishes(), tag_weeks=(("vip", 4),)))
    data = {"kind": "client", "cadence_weeks": "", "longest_weeks": "", "tags": "VIP, golf"}
    assert api.post(f"/people/{who}", data=data).status_code == 200
    assert booked.contact("Ada Arbor").tags == ["golf", "vip"]
    assert rhythm() == "every 4 weeks, as you asked"
    assert api.post(f"/people/{who}", data={**data, "cadence_weeks": "3", "longest_weeks": "5"}).status_code == 200
    assert rhythm() == "every 3 weeks, as you asked"
    assert booked.contact("Ada Arbor").cadence_longest == 35
    wrong = api.post(f"/people/{who}", data={**data, "cadence_weeks": "6", "longest_weeks": "5"})
    assert wrong.status_code == 422
    assert "shorter than the usual gap" in wrong.text
    settings = api.get("/api/settings").json()
    settings["preferences"]["tag_weeks"] = [["vip", 500]]
    refused = api.put("/api/settings", json={"rule": settings["rule"], "preferences": settings["preferences"]})
    assert refused.status_code == 422
    assert "tag_weeks" in refused.json()["problems"]


def test_those_met_lately_are_offered_a_follow_up_until_it_is_late_or_booked(api: TestClient, booked: House) -> None:
    booked.hand.adds(meeting("Hello", at(-4, 15), "Kim Kiwi"))
    booked.refresh()
    (met,) = api.get("/api/people").json()["met_lately"]
    assert (met["name"], met["first_on"], met["until"]) == ("Kim Kiwi", "2027-02-24", "2027-03-10")
    assert "Met lately" in api.get("/people").text
    event = booked.hand.adds(meeting("Again", at(12, 15), "Kim Kiwi"))
    booked.refresh()
    assert api.get("/api/people").json()["met_lately"] == []
    booked.hand.deletes(event)
    booked.clock.advance(days=10)
    booked.refresh()
    assert api.get("/api/people").json()["met_lately"] == []


def test_the_four_states_are_counted_and_add_up(api: TestClient, booked: House) -> None:
    view = api.get("/api/people").json()
    assert [words for words, _ in view["coverage"]] == [
        "with a meeting booked", "planned", "not due yet", "due without a place",
    ]  # fmt: skip
    assert sum(count for _, count in view["coverage"]) == len(view["people"]) == 10
    assert all(row["coverage"] and row["state"] for row in view["people"])
    planned = dict(view["coverage"])["planned"]
    assert f"planned <b>{planned}</b>" in api.get("/people").text
    assert api.get("/api/people/list?state=planned").json()["found"] == planned
