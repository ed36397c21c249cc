"""People by hand: one, a pasted list, a table, cards; looked at first, recognised, and nothing lost on the way."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.db.tables import AddressRow, ContactRow
from app.main import create_app
from app.services.newcomers import sort_newcomers
from integrations.newcomers import MOST_BYTES, MOST_PEOPLE, Newcomer, read_people, write_people
from tests.app.world import OWNER, at, meeting
from tests.app.world_house import House
from tests.pageforms import forms_of


@pytest.fixture
def api(booked: House) -> Iterator[TestClient]:
    client = TestClient(create_app(booked.services, wheel=False), base_url=booked.services.settings.public_url)
    client.cookies.set(booked.services.settings.cookie_name, booked.cookie)
    with client:
        yield client


def names(house: House) -> list[str]:
    view = house.services.views.people(house.account_id)
    return [row.name for row in (*view.people, *view.unsure, *view.others)]


def send(api: TestClient, page: str, files: Any = None, **fields: str) -> Any:
    """The large form of a page as a browser would send it, with `fields` typed over it."""
    form = next(one for one in forms_of(page) if one.action == "/people/import")
    data = {name: value for name, value in form.fields if name != "file"} | fields
    return api.post("/people/import", data=data, files=files or {"file": ("", b"")}, follow_redirects=False)


def test_one_person_added_enters_blocks_and_is_found_again_in_the_calendar(api: TestClient, booked: House) -> None:
    data = {"name": "lindqvist, marta", "address": "Marta@Ferro.example", "company": "Ferro & Sons", "kind": "client"}
    done = api.post("/people/add", data={**data, "phone": "+46 8 123 45 67"}, follow_redirects=False)
    who = booked.contact("Marta Lindqvist").id
    assert done.headers["location"] == f"/people/{who}?saved=added"
    assert "+46 8 123 45 67" in api.get(f"/people/{who}").text
    booked.refresh()
    seated = {name for block in booked.blocks() for name in booked.names_in(block["id"])}
    assert "Marta Lindqvist" in seated or booked.contact("Marta Lindqvist").facts["state"] == "without_place"
    event = meeting("Talk", at(-5, 15), "Marta Ferro")
    booked.hand.adds(event)  # marta@ferro.example
    booked.refresh()
    row = booked.contact("Marta Lindqvist")
    assert (row.id, row.company, row.facts["days"]) == (who, "Ferro & Sons", 1)
    assert "Marta Ferro" not in names(booked)


def test_a_colleague_added_by_hand_is_no_colleague(api: TestClient, booked: House) -> None:
    body = {"name": "Jonas Owner", "addresses": ["jonas@owner.example"], "kind": "friend"}
    assert api.post("/api/people", json=body).json()["row"]["name"] == "Jonas Owner"
    event = meeting("Lunch", at(-5, 12), "Jonas Jay")
    event["attendees"][1]["email"] = "jonas@owner.example"
    booked.hand.adds(event)
    booked.refresh()
    assert booked.contact("Jonas Owner").facts["days"] == 1


def test_whoever_is_known_is_answered_not_doubled(api: TestClient, booked: House) -> None:
    ada = booked.contact("Ada Arbor").id
    before = len(names(booked))
    by_address = api.post("/people/add", data={"name": "A. A.", "address": "ADA@arbor.example"}, follow_redirects=False)
    by_name = api.post("/api/people", json={"name": "ada arbor", "company": "Arbor", "addresses": ["ada@new.example"]})
    assert by_address.headers["location"] == f"/people/{ada}?saved=known"
    assert by_name.json()["row"]["id"] == ada
    assert set(by_name.json()["addresses"]) == {"ada@arbor.example", "ada@new.example"}
    assert len(names(booked)) == before
    own = api.post("/api/people", json={"addresses": [OWNER]})
    assert own.status_code == 400
    assert "your own address" in own.json()["detail"]


@pytest.mark.parametrize(
    ("data", "field"),
    [({}, "name"), ({"name": "???"}, "name"), ({"address": "no@where"}, "address"), ({"name": "x" * 201}, "name")],
)
def test_what_is_wrong_is_said_at_the_field(api: TestClient, data: dict[str, str], field: str) -> None:
    answer = api.post("/people/add", data=data)
    assert answer.status_code == 422
    assert f'id="e-{field}"' in answer.text
    assert api.post("/api/people", json={"addresses": ["no@where"]}).status_code == 422


LIST = """Marta Lindqvist <marta@ferro.example>
Tobias Renner, Renner Holzbau
ada@arbor.example
???
marta@ferro.example
"""


def test_a_list_is_looked_at_then_added_and_the_rest_comes_back(api: TestClient, booked: House) -> None:
    looked = send(api, api.get("/people/add").text, more=LIST, kind="former", do="look")
    assert looked.status_code == 200
    page = html.unescape(looked.text)
    for words in ("To be added, 2", "Known already, 1", "Could not be read, 1", "Line 4", "Add 2 people"):
        assert words in page
    assert "Marta Lindqvist" not in names(booked)  # only looked

    added = send(api, looked.text, do="add")
    page = html.unescape(added.text)
    assert "2 people added." in page
    assert "???" in page
    assert {"Marta Lindqvist", "Tobias Renner"} <= set(names(booked))
    assert booked.contact("Tobias Renner").kind == "former"

    mended = send(api, added.text, more="Piotr Zielinski <piotr@z.example>", do="look")
    assert "To be added, 1" in mended.text
    assert send(api, mended.text, do="add").headers["location"] == "/people?added=1"
    assert names(booked).count("Marta Lindqvist") == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_file_without_javascript(api: TestClient, booked: House, encoding: str) -> None:
    table = "Vorname;Nachname;E-Mail;Firma\nJörg;Müller;joerg@mueller.example;Müller GmbH\n".encode(encoding)
    looked = send(api, api.get("/people/add").text, files={"file": ("kontakte.csv", table)}, do="look")
    assert "Jörg Müller" in looked.text
    assert send(api, looked.text, do="add", kind="client").headers["location"] == "/people?added=1"
    assert "<b>1 person added.</b>" in api.get("/people?added=1").text
    assert booked.contact("Jörg Müller").company == "Müller GmbH"


def test_limits_and_broken_bodies_add_nothing(api: TestClient, booked: House) -> None:
    page, before = api.get("/people/add").text, names(booked)
    many = send(api, page, more="a@b.example\n" * (MOST_PEOPLE + 1), do="add")
    large = send(api, page, files={"file": ("x.csv", b"a" * (MOST_BYTES + 1))}, do="add")
    empty = send(api, page, do="look")
    assert [one.status_code for one in (many, large, empty)] == [422, 422, 422]
    assert "nothing was added" in many.text
    assert "larger than 2 MB" in large.text
    huge = send(api, page, files={"file": ("x.csv", b"a" * (3 * MOST_BYTES + 10))}, do="add")
    assert huge.status_code == 413
    broken = api.post("/people/import", content=b"--x", headers={"content-type": "multipart/form-data; boundary=y"})
    bare = api.post("/people/import", content=b"--x", headers={"content-type": "multipart/form-data"})
    assert {broken.status_code, bare.status_code} <= {400, 422}
    assert names(booked) == before
    assert api.post("/api/people/import", json={"text": "a@b.example\n" * 2001}).status_code == 422


def test_by_api(api: TestClient, booked: House) -> None:
    looked = api.post("/api/people/import/look", json={"text": LIST}).json()
    assert [len(looked[part]) for part in ("new", "known", "unread")] == [2, 1, 1]
    added = api.post("/api/people/import", json={"text": LIST, "kind": "client"}).json()
    assert (len(added["ids"]), added["known"], added["unread"]) == (2, [booked.contact("Ada Arbor").id], 1)
    again = api.post("/api/people/import", json={"text": LIST, "kind": "client"}).json()
    assert (again["ids"], len(again["known"])) == ([], 3)


def test_hostile_names_stay_text(api: TestClient) -> None:
    looked = send(api, api.get("/people/add").text, more='<script>alert(1)</script> Mallory, "><img src=x>', do="look")
    assert "<script>alert" not in looked.text
    assert "<img" not in looked.text


# -- Pure ------------------------------------------------------------------------------------------


def row(key: int, name: str, company: str = "") -> ContactRow:
    return ContactRow(id=key, name=name, company=company)


def sort(text: str, *contacts: ContactRow, **addresses: int) -> Any:
    return sort_newcomers(
        read_people(text).people,
        contacts=contacts,
        addresses={f"{name}@x.example": key for name, key in addresses.items()},
        own={"me@x.example"},
    )


def test_recognised_by_address_then_by_name_and_company_then_by_a_name_alone() -> None:
    ada, two = row(1, "Ada Arbor", "Arbor"), (row(2, "Jan Novak", "A"), row(3, "Jan Novak", "B"))
    assert [met.contact_id for met in sort("Somebody <ada@x.example>", ada, ada=1).known] == [1]
    assert [met.contact_id for met in sort("ADA ARBOR, Arbor GmbH", ada).known] == [1]
    assert [met.contact_id for met in sort("Ada Arbor", ada).known] == [1]
    assert sort("Ada Arbor, Halden", ada).known == ()
    assert sort("Ada Arbor <ada@gmail.com>", ada).known == ()  # suggested as a twin later, not taken for her
    assert sort("Jan Novak", *two).known == ()
    assert len(sort("me@x.example", ada).self) == 1


def test_an_address_is_never_two_peoples() -> None:
    """However lines overlap: addresses have one owner each."""
    text = write_people(
        [
            Newcomer(name="New One", addresses=("n@x.example", "s@x.example")),
            Newcomer(name="Ada Arbor", addresses=("ada@x.example", "s@x.example")),
            Newcomer(name="New Two", addresses=("s@x.example", "ada@x.example", "t@x.example")),
        ]
    )
    found = sort(text, row(1, "Ada Arbor"), ada=1)
    owned = [one for person in found.new for one in person.addresses] + [one for met in found.known for one in met.adds]
    assert len(owned) == len(set(owned))
    assert "ada@x.example" not in owned


def test_what_was_read_is_written_so_that_it_reads_the_same() -> None:
    people = read_people(LIST + "Zoë O'Neill, Müller; Söhne, +49 30 123456").people
    assert read_people(write_people(people)).people == people


def test_the_tables_hold_what_was_added(api: TestClient, booked: House) -> None:
    api.post("/api/people/import", json={"text": LIST})
    rows = booked.dump(AddressRow)["addresses"]
    assert sum("marta@ferro.example" in one for row in rows for one in row) == 1
