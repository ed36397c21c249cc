"""Notes, promises and thank-yous: kept, changed, taken back; promises bring people into blocks, notes never do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.db import accounts
from app.db.tables import AccountRow, ContactRow, NoteRow, PromiseRow
from app.errors import Invalid, NotFound, Refused
from app.main import create_app
from tests.app.world_house import House

TODAY = date(2027, 3, 1)
SECRET = "Her sister is ill; she would rather write than talk"


@pytest.fixture
def api(booked: House) -> Iterator[TestClient]:
    client = TestClient(create_app(booked.services, wheel=False), base_url=booked.services.settings.public_url)
    client.cookies.set(booked.services.settings.cookie_name, booked.cookie)
    with client:
        yield client


def person(house: House, name: str) -> Any:
    return house.services.views.person(house.account_id, house.contact(name).id)


def everything(house: House) -> dict[str, Any]:
    return house.dump(NoteRow, PromiseRow, ContactRow)


def reached_lately(house: House) -> str:
    """Somebody spoken to yesterday, who is in no block for weeks."""
    name = "Ada Arbor"
    house.services.actions.log_touch(house.account_id, house.contact(name).id, TODAY - timedelta(days=1), "call")
    house.refresh()
    assert not any(name in house.names_in(one) for one in house.ids())
    return name


def test_a_note_is_kept_changed_removed_and_never_in_the_calendar(booked: House) -> None:
    actions, account = booked.services.actions, booked.account_id
    name = booked.names_in(booked.ids()[0])[0]
    ida = booked.contact(name).id
    before = booked.snapshot()
    actions.add_note(account, ida, SECRET, TODAY)
    actions.add_note(account, ida, f"{SECRET} ", TODAY)  # the same again
    actions.add_note(account, ida, "An older one", TODAY - timedelta(days=9))
    booked.refresh()
    assert booked.snapshot() == before
    assert [(one.on.day, one.text) for one in person(booked, name).notes] == [(1, SECRET), (20, "An older one")]
    latest = person(booked, name).notes[0]
    actions.edit_note(account, ida, latest.id, "Only this", TODAY - timedelta(days=1))
    assert [one.text for one in person(booked, name).notes] == ["Only this", "An older one"]
    kept = everything(booked)
    key = actions.drop_note(account, ida, latest.id)
    assert [one.text for one in person(booked, name).notes] == ["An older one"]
    actions.undo(account, key)
    assert everything(booked) == kept


def test_a_promise_brings_somebody_into_the_block_before_it_is_due_and_stays_out_of_its_text(booked: House) -> None:
    name = reached_lately(booked)
    account, who = booked.account_id, booked.contact(name).id
    key = booked.services.actions.add_promise(account, who, "Send the oak samples", date(2027, 3, 18))
    booked.refresh()
    held = [one for one in booked.ids() if name in booked.names_in(one)]
    assert held == [booked.ids()[2]]  # Tuesday the 16th: the last block before the 18th
    assert not any("oak samples" in booked.hand.text(one) for one in booked.ids())
    assert "oak samples" not in str([booked.event(one) for one in booked.ids()])
    booked.services.actions.undo(account, key)
    booked.refresh()
    assert not any(name in booked.names_in(one) for one in booked.ids())


def test_a_promise_says_so_on_the_page_of_the_block(booked: House) -> None:
    name = booked.names_in(booked.ids()[0])[0]
    who = booked.contact(name).id
    booked.services.actions.add_promise(booked.account_id, who, "the checklist", date(2027, 3, 4))
    booked.services.actions.add_promise(booked.account_id, who, "Ana Alder", None, "thanks")
    booked.refresh()
    today = booked.services.views.today(booked.account_id)
    (shown,) = [one for one in today.next.people if one.contact_id == who]
    assert "you promised the checklist by Thursday 4 March" in shown.reason
    assert "you owe a thank-you for introducing Ana Alder" in shown.reason
    text = booked.hand.text(booked.ids()[0])
    assert "checklist" not in text
    assert "Ana Alder" not in text
    assert [one.words for one in person(booked, name).promises] == [
        "the checklist",
        "A thank-you for introducing Ana Alder",
    ]


def test_a_promise_that_is_kept_hurries_nobody(booked: House) -> None:
    name = reached_lately(booked)
    account, who, actions = booked.account_id, booked.contact(name).id, booked.services.actions
    actions.add_promise(account, who, "Send the oak samples", date(2027, 3, 18))
    actions.add_promise(account, who, "Send the oak samples", None)  # the same again
    (promise,) = person(booked, name).promises
    key = actions.keep_promise(account, who, promise.id, True)
    booked.refresh()
    assert person(booked, name).promises[0].kept_on == TODAY
    assert not any(name in booked.names_in(one) for one in booked.ids())
    actions.undo(account, key)
    assert person(booked, name).promises[0].kept_on is None
    actions.edit_promise(account, who, promise.id, "Send beech", date(2027, 3, 5))
    assert [(one.text, one.due_on) for one in person(booked, name).promises] == [("Send beech", date(2027, 3, 5))]


def test_undo_works_once_within_the_hour_and_not_over_a_later_change(booked: House) -> None:
    actions, account, ben = booked.services.actions, booked.account_id, booked.contact("Ben Birch").id
    key = actions.save_reach(account, ben, "letter", "+49 (0)30 123-45 67")
    assert (person(booked, "Ben Birch").preferred, person(booked, "Ben Birch").tel) == ("letter", "tel:+49301234567")
    actions.save_reach(account, ben, "coffee", "030 123")
    with pytest.raises(Refused, match="changed since"):
        actions.undo(account, key)
    assert person(booked, "Ben Birch").preferred == "coffee"
    actions.save_reach(account, ben, "letter", "+49 (0)30 123-45 67")
    actions.undo(account, key)  # as it was then: nothing is lost
    assert (person(booked, "Ben Birch").preferred, person(booked, "Ben Birch").phone) == ("", "")
    with pytest.raises(NotFound):
        actions.undo(account, key)
    assert actions.save_reach(account, ben, None, "") == ""  # nothing changed, nothing to undo
    late = actions.save_reach(account, ben, "call", "")
    booked.clock.advance(minutes=61)
    with pytest.raises(NotFound, match="more than an hour"):
        actions.undo(account, late)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("add_note", ("x" * 2001, TODAY)),
        ("add_note", (" \x00\n", TODAY)),
        ("add_note", ("Tomorrow", TODAY + timedelta(days=1))),
        ("add_promise", ("", None)),
        ("add_promise", ("x" * 301, None)),
        ("add_promise", ("Late", TODAY - timedelta(days=1))),
        ("add_promise", ("Odd", None, "threat")),
        ("save_reach", (None, "call me")),
        ("save_reach", (None, "12")),
    ],
)
def test_what_cannot_be_kept_is_said(booked: House, method: str, arguments: tuple[Any, ...]) -> None:
    before = everything(booked)
    with pytest.raises(Invalid):
        getattr(booked.services.actions, method)(booked.account_id, booked.contact("Ben Birch").id, *arguments)
    assert everything(booked) == before


def test_memory_follows_a_merge_and_comes_apart_again(booked: House) -> None:
    actions, account = booked.services.actions, booked.account_id
    ada, ben = booked.contact("Ada Arbor").id, booked.contact("Ben Birch").id
    actions.add_note(account, ben, "Told to Ben", TODAY)
    actions.add_promise(account, ben, "A book", None)
    stays = actions.merge(account, ada, ben)
    goes = ben if stays == ada else ada
    assert [one.text for one in booked.services.views.person(account, stays).notes] == ["Told to Ben"]
    (promise,) = booked.services.views.person(account, stays).promises
    actions.keep_promise(account, stays, promise.id, True)
    actions.unmerge(account, goes)
    assert not booked.services.views.person(account, ada).notes
    assert booked.services.views.person(account, ben).promises[0].kept_on == TODAY


def test_every_form_of_the_page_works(api: TestClient, booked: House) -> None:
    ben = booked.contact("Ben Birch").id
    to = f"/people/{ben}/memory"
    page = api.post(to, data={"do": "note", "note": "<b>Skiing</b>", "note_on": "2027-02-27"})
    assert "&lt;b&gt;Skiing&lt;/b&gt;" in page.text
    page = api.post(to, data={"do": "promise", "promise": "A map", "promise_on": "2027-03-09"})
    assert "by 9\u00a0March" in page.text
    page = api.post(to, data={"do": "thanks", "introduced": "Ana"})
    assert "A thank-you for introducing Ana" in page.text
    page = api.post(to, data={"do": "reach", "preferred": "letter", "phone": "+43 1 23456"})
    assert '<a href="tel:+43123456">+43 1 23456</a>' in page.text
    view = person(booked, "Ben Birch")
    page = api.post(to, data={"do": "unpromise", "item": view.promises[0].id})
    assert "A map" not in page.text
    key = str(page.url).rpartition("undo=")[2]
    page = api.post(to, data={"do": "undo", "key": key})
    assert "All is as it was before." in page.text
    assert "A map" in page.text
    page = api.post(to, data={"do": "keep", "item": view.promises[1].id})
    assert "Not done" in page.text
    page = api.post(to, data={"do": "renote", "item": view.notes[0].id, "note": "", "note_on": "2027-02-27"})
    assert page.status_code == 422
    assert f'href="#f-note-{view.notes[0].id}"' in page.text
    page = api.post(to, data={"do": "promise", "promise": "Typed", "promise_on": "2027-02-01"})
    assert page.status_code == 422
    assert 'value="Typed"' in page.text


def test_the_api_does_the_same(api: TestClient, booked: House) -> None:
    at = f"/api/people/{booked.contact('Ben Birch').id}"
    noted = api.post(f"{at}/notes", json={"text": "Skis", "on": "2027-03-01"}).json()
    note = noted["person"]["notes"][0]
    assert note["text"] == "Skis"
    changed = api.put(f"{at}/notes/{note['id']}", json={"text": "Sails", "on": "2027-03-01"}).json()
    assert changed["person"]["notes"][0]["text"] == "Sails"
    assert api.delete(f"{at}/notes/{note['id']}").json()["person"]["notes"] == []
    promised = api.post(f"{at}/promises", json={"text": "Ana", "what": "thanks"}).json()
    promise = promised["person"]["promises"][0]
    assert promise["words"] == "A thank-you for introducing Ana"
    saved = api.put(f"{at}/promises/{promise['id']}", json={"text": "Ana", "due_on": "2027-03-09"}).json()
    assert saved["person"]["promises"][0]["due_on"] == "2027-03-09"
    kept = api.put(f"{at}/promises/{promise['id']}/kept", json={"kept": True}).json()
    assert kept["person"]["promises"][0]["kept_on"] == "2027-03-01"
    assert api.post(f"/api/undo/{kept['undo']}").json() == {"undone": True}
    assert api.post(f"/api/undo/{kept['undo']}").status_code == 404
    assert api.delete(f"{at}/promises/{promise['id']}").json()["person"]["promises"] == []
    reach = api.put(f"{at}/reach", json={"preferred": "visit", "phone": "030 5"}).json()
    assert (reach["person"]["preferred"], reach["person"]["tel"]) == ("visit", "tel:0305")
    assert api.put(f"{at}/reach", json={"preferred": None, "phone": "x"}).status_code == 422
    assert api.delete(f"{at}/notes/99999").status_code == 404
    assert api.delete(f"/api/people/{booked.contact('Ada Arbor').id}/promises/{promise['id']}").status_code == 404


def test_of_another_account_nothing_is_touched(booked: House) -> None:
    actions, account, ben = booked.services.actions, booked.account_id, booked.contact("Ben Birch").id
    key = actions.add_note(account, ben, "Mine", TODAY)
    before = everything(booked)
    with booked.services.db.write() as session:
        row = accounts.get(session, account)
        values = {one.key: getattr(row, one.key) for one in AccountRow.__table__.columns if one.key != "id"}
        rita = AccountRow(**values | {"subject": "rita", "lease_id": None})
        session.add(rita)
    for method, arguments in (
        ("undo", (key,)),
        ("add_note", (ben, "Theirs", TODAY)),
        ("drop_note", (ben, person(booked, "Ben Birch").notes[0].id)),
    ):
        with pytest.raises(NotFound):
            getattr(actions, method)(rita.id, *arguments)
    assert everything(booked) == before
