"""Two contacts become one and two again: nothing of either is lost, wherever it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.db.tables import AddressRow, SuggestionRow, TouchRow
from app.main import create_app
from tests.app.world import at, meeting
from tests.app.world_house import House


@pytest.fixture
def api(booked: House) -> Iterator[TestClient]:
    client = TestClient(create_app(booked.services, wheel=False), base_url=booked.services.settings.public_url)
    client.cookies.set(booked.services.settings.cookie_name, booked.cookie)
    with client:
        yield client


def person(house: House, contact_id: int) -> Any:
    return house.services.views.person(house.account_id, contact_id)


def seated(house: House) -> list[str]:
    return [name for block in house.blocks() for name in house.names_in(block["id"])]


def test_merged_they_are_one_person_everywhere_and_apart_again_nothing_is_lost(booked: House) -> None:
    actions, account = booked.services.actions, booked.account_id
    ada, ben = booked.contact("Ada Arbor").id, booked.contact("Ben Birch").id
    actions.log_touch(account, ben, date(2027, 2, 20), "letter")
    booked.refresh()
    before = booked.dump(TouchRow, AddressRow)
    pages = {who: person(booked, who) for who in (ada, ben)}
    facts = {name: booked.contact(name).facts for name in ("Ada Arbor", "Ben Birch")}

    assert actions.merge(account, ada, ben) == ada
    booked.refresh()
    one = person(booked, ada)
    assert set(one.addresses) == {"ada@arbor.example", "ben@birch.example"}
    assert len(one.touches) == len(pages[ada].touches) + len(pages[ben].touches)
    assert [who.id for who in one.merged] == [ben]
    assert person(booked, ben).row.id == ada  # a link to the other leads to who stays
    listed = booked.services.views.people(account)
    assert {ada, ben} & {row.id for row in listed.people} == {ada}
    # The letter of 20 February is a touch of theirs: named once, and not within two weeks of it.
    assert seated(booked).count("Ada Arbor") + seated(booked).count("Ben Birch") <= 1
    assert not {"Ada Arbor", "Ben Birch"} & set(booked.names_in(booked.blocks()[0]["id"]))
    assert booked.dump(TouchRow, AddressRow) == before
    settled = booked.snapshot()
    booked.refresh()
    assert booked.snapshot() == settled

    actions.unmerge(account, ben)
    booked.refresh()
    assert booked.dump(TouchRow, AddressRow) == before
    for who in (ada, ben):
        again = person(booked, who)
        assert (again.addresses, again.touches, again.merged) == (pages[who].addresses, pages[who].touches, ())
    for name, said in facts.items():
        assert booked.contact(name).facts["last_on"] == said["last_on"]


def test_a_tick_for_the_one_counts_for_both_and_stays_with_its_row(booked: House) -> None:
    actions, account = booked.services.actions, booked.account_id
    block = booked.blocks()[0]["id"]
    first = booked.names_in(block)[0]
    other = booked.names_in(booked.blocks()[-1]["id"])[0]
    ticked, stays = booked.contact(first).id, booked.contact(other).id
    actions.merge(account, stays, ticked)
    booked.hand.ticks(block, first)  # before any refresh: the text still says the old name
    booked.refresh()
    (touch,) = [one for one in person(booked, stays).touches if one.on == date(2027, 3, 1)]
    assert not touch.by_hand
    with booked.services.db.read() as session:
        rows = session.query(SuggestionRow).filter_by(contact_id=ticked, outcome="reached").all()
        assert len(rows) == 1
    actions.unmerge(account, ticked)
    booked.refresh()
    assert [one.on for one in person(booked, ticked).touches if one.on == date(2027, 3, 1)]
    assert not [one.on for one in person(booked, stays).touches if one.on == date(2027, 3, 1)]


def test_an_outcome_on_the_page_of_who_stays_reaches_the_row_of_the_other(booked: House) -> None:
    actions, account = booked.services.actions, booked.account_id
    row = booked.row(booked.blocks()[0]["id"])
    first = booked.contact(booked.names_in(row.event_id)[0]).id
    stays = booked.contact(booked.names_in(booked.ids()[-1])[0]).id
    actions.merge(account, stays, first)
    actions.set_outcome(account, row.id, stays, "reached")
    assert booked.services.views.today(account).next.people[0].outcome == "reached"
    actions.set_outcome(account, row.id, first, "open")  # an older page
    assert booked.services.views.today(account).next.people[0].outcome == ""


def test_who_has_a_kind_stays(booked: House) -> None:
    actions, account = booked.services.actions, booked.account_id
    ada, ben = booked.contact("Ada Arbor").id, booked.contact("Ben Birch").id
    actions.save_person(account, ada, None, None)
    assert actions.merge(account, ada, ben) == ben


def test_chains_of_merges_lead_to_one_and_come_apart_one_by_one(booked: House) -> None:
    actions, account = booked.services.actions, booked.account_id
    a, b, c = (booked.contact(name).id for name in ("Ada Arbor", "Ben Birch", "Cleo Cedar"))
    actions.merge(account, b, c)
    assert actions.merge(account, a, c) == a  # c is b by now
    booked.refresh()
    assert {who.id for who in person(booked, a).merged} == {b, c}
    actions.unmerge(account, b)
    assert person(booked, c).row.id == b
    assert person(booked, a).merged == ()


def test_by_api_with_suggestions_that_can_be_dismissed(api: TestClient, booked: House) -> None:
    start = at(-20, 15)
    twin = meeting("Ada", start, "Ada Arbor")
    twin["attendees"][1]["email"] = "ada.arbor@gmail.com"
    for days in (0, 40, 80, 120):
        moved = {**twin, "start": {**twin["start"]}, "end": {**twin["end"]}}
        for end, minutes in (("start", 0), ("end", 45)):
            moment = start - timedelta(days=days) + timedelta(minutes=minutes)
            moved[end]["dateTime"] = moment.isoformat()
        booked.hand.adds(moved)
    booked.refresh()
    (pair,) = api.get("/api/people").json()["twins"]
    first, second = pair["first"]["id"], pair["second"]["id"]
    assert {pair["first"]["name"], pair["second"]["name"]} == {"Ada Arbor"}
    page = api.get("/people").text
    assert "Perhaps the same person" in page
    assert "ada.arbor@gmail.com" in page

    assert api.put(f"/api/people/{first}/apart", json={"other": second}).json()["twins"] == []
    assert api.get(f"/api/people/{first}").json()["twins"] == []
    merged = api.put(f"/api/people/{first}/merge", json={"other": second}).json()
    assert merged["row"]["id"] == first
    assert merged["addresses"] == ["ada@arbor.example", "ada.arbor@gmail.com"]
    page = api.get(f"/people/{second}")
    assert page.url.path == f"/people/{first}"
    assert "Take apart" in page.text
    apart = api.delete(f"/api/people/{second}/merge").json()
    assert (apart["row"]["id"], apart["addresses"]) == (second, ["ada.arbor@gmail.com"])

    # And by the page alone.
    done = api.post(f"/people/{first}", data={"do": "merge", "other": str(second)}, follow_redirects=False)
    assert done.headers["location"] == f"/people/{first}?saved=1"
    assert api.post(f"/people/{first}", data={"do": "merge", "other": str(first)}).status_code == 422
    assert api.post(f"/people/{first}", data={"do": "merge", "other": "x"}).status_code == 422
    assert api.post(f"/people/{first}", data={"do": "merge", "other": "999999"}).status_code == 404
    assert api.post(f"/people/{first}", data={"do": "unmerge", "other": str(second)}).status_code == 200
    assert api.get(f"/api/people/{second}").json()["row"]["id"] == second
