"""The people page: lists, search, filters, order and pages, with the same number of queries for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app.db.tables import ContactRow, LeftOutRow
from app.main import create_app
from app.services.people_model import Asked, PeoplePage
from app.web.listing import address, asked
from tests.app.world_house import House


@pytest.fixture
def api(booked: House) -> Iterator[TestClient]:
    client = TestClient(create_app(booked.services, wheel=False), base_url=booked.services.settings.public_url)
    client.cookies.set(booked.services.settings.cookie_name, booked.cookie)
    with client:
        yield client


def page(house: House, **wanted: Any) -> PeoplePage:
    return house.services.views.people_page(house.account_id, Asked(**wanted))


def names(view: PeoplePage) -> list[str]:
    return [row.name for row in view.rows]


def adds(house: House, *, count: int, kind: str | None = "client", first: int = 0) -> None:
    with house.services.db.write() as session:
        session.add_all(
            ContactRow(
                account_id=house.account_id, name=f"Person {n:04}", company=f"Firm {n % 80}", kind=kind, by_hand=True,
                tags=["far"] if n % 2 else [], created_at=house.clock(),
                facts={"order": 100 + n, "gap": 30, "met_on": f"2027-0{1 + n % 2}-10", "strength": n % 7,
                       "state": ("planned", "not_yet")[n % 2], "text": "planned on 3 March"},
            )
            for n in range(first, first + count)
        )  # fmt: skip


def test_everybody_has_a_row_and_a_dot_and_says_the_same_in_both(api: TestClient, booked: House) -> None:
    view = page(booked)
    assert view.sonar is not None
    assert {dot.person for dot in view.sonar.dots} == set(view.rows)
    assert len(view.rows) == view.found == view.counts["blocks"] == 10
    assert all(row.standing == "past" and row.days > 0 and row.coverage for row in view.rows)
    text = api.get("/people").text
    for row in view.rows:
        assert text.count(f'href="/people/{row.id}"') == 2
        assert f"<title>{row.name}, {row.company}: " in text


def test_those_left_out_are_searched_too_and_the_search_outlives_a_press(api: TestClient, booked: House) -> None:
    with booked.services.db.write() as session:
        session.add_all(
            LeftOutRow(account_id=booked.account_id, address=f"desk{n}@far.example", name=name, rule="desk", reason="-")
            for n, name in enumerate(["Élan Desk", "Help", *("Others",) * 120])
        )
    assert page(booked, show="left").found == page(booked).counts["left"] == 122
    found = page(booked, show="left", q="elan far")
    assert [one.address for _, some in found.left_out for one in some] == ["desk0@far.example"]
    assert (found.found, found.pages) == (1, 1)
    assert page(booked, q="far.example elan").counts["left"] == 1, "said on the other lists too"
    assert "Nobody here fits." in api.get("/people?show=left&q=nowhere").text
    assert 'href="/people?show=left&amp;q=elan"' in api.get("/people?q=elan").text
    text = api.get("/people?show=left&q=elan").text
    assert '<details class="group" open>' in text
    assert '<input type="hidden" name="q" value="elan">' in text
    pressed = {"count-in": "desk0@far.example", "back": "people", "page": "1", "q": "elan"}
    assert api.post("/left-out", data=pressed, follow_redirects=False).headers["location"] == (
        "/people?show=left&q=elan#left"
    )


def test_search_finds_by_name_company_tag_and_address_whatever_the_accents(api: TestClient, booked: House) -> None:
    ada = booked.contact("Ada Arbor").id
    booked.services.actions.save_person(booked.account_id, ada, "client", None, None, ["zürich"])
    for q in ("ada", "ARBOR", "zurich", "ada@arbor.ex", "arbor ádá"):
        assert names(page(booked, q=q)) == ["Ada Arbor"], q
    assert names(page(booked, tag="zürich")) == ["Ada Arbor"]
    assert names(page(booked, company="Birch")) == ["Ben Birch"]
    assert "Nobody here fits" in api.get("/people?q=nobody+at+all").text
    assert 'value="nobody at all"' in api.get("/people?q=nobody+at+all").text


def test_what_somebody_is_is_said_with_one_press(api: TestClient, booked: House) -> None:
    adds(booked, count=7, kind=None)
    assert page(booked).counts == {"blocks": 10, "unsure": 7, "others": 0, "left": 0}
    assert len(page(booked).unsure) == 5
    first, second, *_ = page(booked, show="unsure").rows
    form = {"do": "kind", "back": "people", "show": "unsure"}
    done = api.post(f"/people/{first.id}", data=form | {"kind": "friend"}, follow_redirects=False)
    assert (done.status_code, done.headers["location"]) == (303, "/people?show=unsure")
    assert api.put(f"/api/people/{second.id}/kind", json={"kind": "never"}).json()["row"]["kind"] == "never"
    assert page(booked).counts == {"blocks": 11, "unsure": 5, "others": 1, "left": 0}
    assert api.post(f"/people/{first.id}", data=form | {"kind": "king"}).status_code == 422
    booked.services.actions.save_person(booked.account_id, first.id, "client", 5, None, ["near"])
    api.post(f"/people/{first.id}", data=form | {"kind": "former"})
    row = booked.contact(first.name)
    assert (row.kind, row.cadence_ideal, row.tags) == ("former", 35, ["near"])


@pytest.mark.parametrize(
    ("sort", "first"),
    [("name", "Ada Arbor"), ("-name", "Jan Juniper"), ("company", "Ada Arbor"), ("rhythm", "Jan Juniper")],
)
def test_the_order_is_turned_by_a_link(api: TestClient, booked: House, sort: str, first: str) -> None:
    assert names(page(booked, sort=sort))[0] == first
    text = api.get(f"/people?sort={sort}").text
    if sort in ("name", "rhythm"):
        assert 'aria-sort="ascending"' in text
        assert f'href="/people?sort=-{sort}"' in text
    if sort == "-name":
        assert 'aria-sort="descending"' in text


def test_a_hundred_a_page_two_hundred_in_the_picture(api: TestClient, booked: House) -> None:
    adds(booked, count=350)
    first, last = page(booked), page(booked, page=99)
    assert (len(first.rows), first.pages, first.found) == (100, 4, 360)
    assert (last.asked.page, len(last.rows)) == (4, 60)
    assert first.sonar is not None
    assert len(first.sonar.dots) == 200
    assert {row.id for row in first.rows} <= {dot.person.id for dot in first.sonar.dots}
    assert page(booked, state="planned").found == first.states["planned"]
    assert [part.name for part in first.sonar.sectors] == ["far", ""]  # all others come last
    companies = page(booked, by="company").sonar
    assert companies is not None
    assert 2 <= len(companies.sectors) <= 7
    assert api.get("/people?page=2").text.count("<tr>") == 101
    assert len(api.get("/api/people/list?page=4").json()["rows"]) == 60


def test_one_tag_does_not_undo_the_companies_in_the_picture(booked: House) -> None:
    adds(booked, count=40)
    with booked.services.db.write() as session:
        for row in session.scalars(select(ContactRow)):
            row.company, row.tags = f"Firm {row.id % 4}", []
            last = row.id

    def parts(**asked: str) -> tuple[str, list[str]]:
        sonar = page(booked, **asked).sonar
        assert sonar is not None
        return sonar.by, [part.name for part in sonar.sectors]

    companies = ("company", ["Firm 0", "Firm 1", "Firm 2", "Firm 3"])
    assert parts() == companies
    with booked.services.db.write() as session:
        tagged = session.get(ContactRow, last)
        assert tagged is not None
        tagged.tags = ["golf"]
    assert parts() == companies
    assert parts(by="tag") == ("tag", ["golf", ""])  # whoever asks for it gets it
    with booked.services.db.write() as session:
        for row in session.scalars(select(ContactRow)):
            row.company, row.tags = "", ["golf"] if row.id % 3 else []
    assert parts() == ("tag", ["golf", ""])


@pytest.mark.parametrize("q", ["", "person"])
def test_the_number_of_queries_is_the_same_for_ten_people_and_for_a_thousand(booked: House, q: str) -> None:
    with booked.statements() as few:
        page(booked, q=q)
    adds(booked, count=600)
    adds(booked, count=400, kind=None, first=600)
    with booked.statements() as many:
        page(booked, q=q)
    assert len(few) == len(many) <= 5


def test_what_makes_no_sense_in_an_address_is_left_out(api: TestClient) -> None:
    assert asked(show="x", kind="king", state="lost", sort="--name", by="age", page="-3") == Asked()
    assert asked(page="9" * 50) == asked(page="٣") == Asked()
    assert address(asked(q=" a  b ", page="3"), page=4) == "/people?q=a+b&page=4"
    assert address(Asked(q="a", page=3), sort="name") == "/people?q=a&sort=name"
    for odd in ("?show=x&page=0&sort=evil", "?q=" + "x" * 5000, "?q=%00&tag=%F0", "?by=company&state=planned"):
        assert api.get(f"/people{odd}").status_code == 200


def test_everybody_is_read_alike_from_either_database(any_house: House) -> None:
    any_house.save_welcome()
    view = page(any_house)
    assert view.counts["blocks"] == len(view.rows) == 10
    assert sum(view.states.values()) == 10
    assert any_house.services.views.year(any_house.account_id, 2026).people == 10
