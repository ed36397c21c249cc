"""What a page costs: bytes over the wire on a cold load, statements to the database, lines to read."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert, select, update
from starlette.testclient import TestClient

from app.db.tables import AddressRow, ContactRow, LeftOutRow, NoteRow, PromiseRow
from app.main import create_app
from app.services.view_parts import RULE_WORDS
from app.web import shown
from app.web.render import ICON
from tests.app.world import MONDAY
from tests.app.world_house import PUBLIC, House
from tests.browser.states import NO_PAGE
from tests.running import save_welcome
from tests.security.conftest import route_table

MOST_BYTES = 60_000
PARTS = [*(first + then for first in "bdfgklmnprstvwz" for then in "aeiou"), "berg", "stein", "mann"]
REFUSED = {"/oauth/callback": 400}
"""What is no page without more than its address: the page that says so."""
MORE = (
    "/people?show=unsure",
    "/people?show=others",
    "/people?show=left",
    "/people?show=left&page=20",
    "/people?page=3",
    "/people?q=a",
    "/people?sort=-name&by=company",
    "/people/{contact_id}?notes=3&promises=2&find=ba",
)
"""What lists show further on, or when they are asked for."""
STATIC = ICON.parent


@pytest.fixture
def client(booked: House) -> Iterator[TestClient]:
    app = create_app(booked.services, wheel=False)
    cookies = {booked.services.settings.cookie_name: booked.cookie}
    with TestClient(app, base_url="http://localhost:8000", cookies=cookies, follow_redirects=False) as made:
        yield made


def addresses(house: House) -> dict[str, str]:
    """Every page of the route table, and `MORE`, by the address to ask for."""
    following = house.services.views.today(house.account_id).next
    assert following is not None
    there = {
        "{contact_id}": str(following.people[0].contact_id),
        "{rule_key}": house.rule().key,
        "{token}": following.link.rpartition("/")[2],
    }
    routes = {one.path for one in route_table(house.services) if one.method == "GET" and "/api/" not in one.path}
    found = {}
    for path in (*sorted(routes - set(NO_PAGE)), *MORE):
        filled = path
        for name, value in there.items():
            filled = filled.replace(name, value)
        assert "{" not in filled, f"what stands for that in {path}?"
        found[path] = filled
    return found


class Namer:
    """Words that no two people share, so that a page of them is as long when it is packed as it would be in earnest."""

    def __init__(self) -> None:
        self._dice = random.Random(6)

    def word(self, parts: int = 3) -> str:
        return "".join(self._dice.choice(PARTS) for _ in range(parts)).capitalize()

    def text(self, letters: int) -> str:
        said = ""
        while len(said) < letters:
            said += self.word(self._dice.randrange(1, 4)) + " "
        return said[:letters].strip()

    def address(self) -> str:
        return f"{self.word()}.{self.word(4)}@{self.word(4)}.example".lower()


def crowd(house: House, count: int) -> None:
    """So many more people, every fifth of them unsure, and half of the others said to be clients."""
    say = Namer()
    with house.services.db.write() as session:
        row = session.scalars(select(ContactRow).where(ContactRow.account_id == house.account_id)).first()
        assert row is not None
        like = {column.key: getattr(row, column.key) for column in ContactRow.__table__.columns if column.key != "id"}
        for number in range(count):
            facts = {**like["facts"], "order": number, "last_on": f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}"}
            more = {
                "name": f"{say.word()} {say.word(4)}",
                "company": f"{say.word()} {say.word()}" if number % 3 else f"Firm {number % 90}",
                "kind": ("client", None, "client", "supplier")[number % 4],
                "unsure": "" if number % 5 else f"Met once, with {number % 40 + 2} others.",
                "tags": [say.word(2)],
                "facts": facts,
            }
            made = session.execute(insert(ContactRow).values(**{**like, **more}).returning(ContactRow.id)).scalar_one()
            session.add(AddressRow(account_id=house.account_id, address=say.address(), contact_id=made))


def much_remembered(house: House) -> None:
    """Two thousand addresses left out; of somebody in the next block sixty long notes and as many promises."""
    say = Namer()
    following = house.services.views.today(house.account_id).next
    assert following is not None
    contact = following.people[0].contact_id
    with house.services.db.write() as session:
        of = {"account_id": house.account_id, "contact_id": contact}
        rules = sorted(RULE_WORDS)
        for number in range(2_000):
            reason = f"Only in meetings of {number % 90 + 12} people."
            rule = rules[number % len(rules)] if number % 2 else rules[0]
            named = {"address": say.address(), "name": f"{say.word()} {say.word()}", "rule": rule, "reason": reason}
            session.add(LeftOutRow(account_id=house.account_id, **named))
        for number in range(60):
            day = MONDAY.date() - timedelta(days=number)
            session.add(NoteRow(**of, on=day, text=say.text(2_000)))
            kept = day if number % 2 else None
            session.add(PromiseRow(**of, what="promise", text=say.text(300), due_on=None, made_on=day, kept_on=kept))


def test_as_many_statements_for_a_thousand_people_as_for_ten(booked: House, client: TestClient) -> None:
    def statements() -> dict[str, int]:
        counts = {}
        for path, address in addresses(booked).items():
            with booked.statements() as seen:
                answer = client.get(address, follow_redirects=True)
            assert answer.status_code == REFUSED.get(path, 200), path
            counts[path] = len(seen)
        return counts

    few = statements()
    crowd(booked, 990)
    much_remembered(booked)
    assert statements() == few
    assert max(few.values()) < 40, few


def test_every_page_is_light_on_a_cold_load(booked: House, client: TestClient) -> None:
    crowd(booked, 990)
    much_remembered(booked)

    def weight(answer: httpx.Response) -> int:
        return answer.num_bytes_downloaded + sum(len(name) + len(value) + 4 for name, value in answer.headers.items())

    heavy = {}
    for path, address in addresses(booked).items():
        answer = client.get(address, follow_redirects=True)
        assert answer.status_code == REFUSED.get(path, 200), path
        assert answer.headers["content-encoding"] == "gzip", path
        parts = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', answer.text))
        assert len(parts) >= 3, path
        total = weight(answer) + sum(weight(client.get(part)) for part in parts)
        print(f"{path}: {total:,} bytes, {len(answer.text):,} of them HTML before gzip")
        if total >= MOST_BYTES:
            heavy[path] = total
    assert heavy == {}


def test_whoever_the_welcome_page_has_no_room_for_is_saved_like_the_others(house: House) -> None:
    """More sure people, unsure ones and addresses left out than it draws: the form, untouched, speaks for all."""
    house.refresh()
    crowd(house, 990)
    with house.services.db.write() as session:
        session.execute(update(ContactRow).values(kind=None))
    view = house.services.views.welcome(house.account_id)
    sure = {one.id for _, people in view.companies for one in people}
    unsure = {one.id for one in view.unsure}
    cookies = {house.services.settings.cookie_name: house.cookie}
    with TestClient(create_app(house.services, wheel=False), base_url=PUBLIC, cookies=cookies) as client:
        page = client.get("/welcome").text
        assert page.count('<li class="pick">') == shown.MOST_SURE + shown.MOST_UNSURE < len(sure) + len(unsure)
        assert f"{len(sure) - shown.MOST_SURE} more look like clients and become clients when you save." in page
        assert f"{len(unsure) - shown.MOST_UNSURE} more are among <a href='/people?show=unsure'>" in page
        assert save_welcome(client).url.path == "/today"
    with house.services.db.read() as session:
        kinds = {row.id: row.kind for row in session.scalars(select(ContactRow))}
    assert {kinds[one] for one in sure} == {"client"}
    assert {kinds[one] for one in unsure} == {None}


def test_every_address_left_out_is_on_one_of_the_pages(booked: House, client: TestClient) -> None:
    much_remembered(booked)
    seen: list[str] = []
    path = "/people?show=left"
    while path:
        page = client.get(path).text
        here = re.findall(r'name="count-in" value="([^"]+)"', page)
        assert len(here) <= 100
        seen += here
        onward = re.search(r'href="([^"]+)" rel="next"', page)
        path = onward[1].replace("&amp;", "&") if onward else ""
    with booked.services.db.read() as session:
        assert sorted(seen) == sorted(session.scalars(select(LeftOutRow.address)))
    answer = client.post("/left-out", data={"count-in": seen[250], "back": "people", "page": "3"})
    assert answer.headers["location"] == "/people?show=left&page=3#left"
    assert f'name="leave-out" value="{seen[250]}"' in client.get(answer.headers["location"]).text
    assert "Only the first of each kind are here" in client.get("/welcome").text


def test_every_note_is_on_one_of_the_pages_and_a_wrong_change_comes_back_on_its_own(
    booked: House, client: TestClient
) -> None:
    much_remembered(booked)
    path = person = addresses(booked)["/people/{contact_id}"]
    seen: list[str] = []
    while path:
        page = client.get(path).text
        seen += re.findall(r'<textarea id="f-note-(\d+)"', page)
        notes = page.partition('id="notes"')[2].partition("</section>")[0]
        onward = re.search(r'href="([^"]+)" rel="next"', notes)
        path = onward[1] if onward else ""
    assert len(seen) == len(set(seen)) == 60
    wrong = {"do": "renote", "item": seen[37], "note": "", "note_on": MONDAY.date().isoformat()}
    answer = client.post(f"{person}/memory", data=wrong)
    assert answer.status_code == 422
    assert f'id="e-note-{seen[37]}"' in answer.text


def test_anybody_is_found_to_be_put_together_with(booked: House, client: TestClient) -> None:
    crowd(booked, 120)
    person = addresses(booked)["/people/{contact_id}"]
    others = booked.services.views.person(booked.account_id, int(person.rpartition("/")[2])).others
    listed = re.compile(r'<option value="(\d+)"')
    for one in (others[0], others[-1]):
        found = client.get(person, params={"find": f"{one.company} {one.name}".lower()}).text.partition('id="f-other"')[
            2
        ]
        assert str(one.id) in listed.findall(found), one
    assert len(listed.findall(client.get(person).text.partition('id="f-other"')[2])) == shown.MOST_OTHERS
    assert "Nobody found" in client.get(person, params={"find": "no such name"}).text


@pytest.mark.parametrize(("name", "most"), [("greenblock.css", 500), ("greenblock.js", 200)])
def test_one_small_stylesheet_and_one_small_script(name: str, most: int) -> None:
    suffix = Path(name).suffix
    assert [one.name for one in STATIC.glob(f"*{suffix}")] == [name]
    assert len((STATIC / name).read_text(encoding="utf-8").splitlines()) < most
