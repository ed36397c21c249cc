"""What a page costs: bytes over the wire on a cold load, statements to the database, lines to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert, select
from starlette.testclient import TestClient

from app.db.tables import AddressRow, ContactRow
from app.main import create_app
from app.web.render import ICON
from tests.app.world_house import House

MOST_BYTES = 60_000
PAGES = (
    "/today",
    "/people",
    "/year",
    "/settings",
    "/settings/data",
    "/settings/blocks/new",
    "/welcome",
    "/about",
    "/privacy",
)
STATIC = ICON.parent


@pytest.fixture
def client(booked: House) -> Iterator[TestClient]:
    app = create_app(booked.services, wheel=False)
    cookies = {booked.services.settings.cookie_name: booked.cookie}
    with TestClient(app, base_url="http://localhost:8000", cookies=cookies, follow_redirects=False) as made:
        yield made


def pages(house: House) -> list[str]:
    following = house.services.views.today(house.account_id).next
    assert following is not None
    person = following.people[0].contact_id
    return [*PAGES, f"/people/{person}", following.link]


def crowd(house: House, count: int) -> None:
    """So many more clients, each like the first."""
    with house.services.db.write() as session:
        row = session.scalars(select(ContactRow).where(ContactRow.account_id == house.account_id)).first()
        assert row is not None
        like = {column.key: getattr(row, column.key) for column in ContactRow.__table__.columns if column.key != "id"}
        for number in range(count):
            more = {"name": f"Maximiliane Mustermann-{number}", "company": f"Mustermann & Söhne {number // 3}"}
            made = session.execute(insert(ContactRow).values(**{**like, **more}).returning(ContactRow.id)).scalar_one()
            address = f"maximiliane.{number}@mustermann.example"
            session.add(AddressRow(account_id=house.account_id, address=address, contact_id=made))


def test_as_many_statements_for_a_thousand_people_as_for_ten(booked: House, client: TestClient) -> None:
    def statements() -> dict[str, int]:
        counts = {}
        for path in pages(booked):
            with booked.statements() as seen:
                assert client.get(path).status_code == 200, path
            counts[path] = len(seen)
        return counts

    few = statements()
    crowd(booked, 990)
    assert statements() == few
    assert max(few.values()) < 40, few


def test_every_page_is_light_on_a_cold_load(booked: House, client: TestClient) -> None:
    crowd(booked, 990)

    def weight(answer: httpx.Response) -> int:
        return answer.num_bytes_downloaded + sum(len(name) + len(value) + 4 for name, value in answer.headers.items())

    for path in pages(booked):
        answer = client.get(path)
        assert answer.headers["content-encoding"] == "gzip", path
        parts = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', answer.text))
        assert len(parts) >= 3, path
        total = weight(answer) + sum(weight(client.get(part)) for part in parts)
        print(f"{path}: {total:,} bytes, {len(answer.text):,} of them HTML before gzip")
        assert total < MOST_BYTES, (path, total)


@pytest.mark.parametrize(("name", "most"), [("greenblock.css", 500), ("greenblock.js", 200)])
def test_one_small_stylesheet_and_one_small_script(name: str, most: int) -> None:
    suffix = Path(name).suffix
    assert [one.name for one in STATIC.glob(f"*{suffix}")] == [name]
    assert len((STATIC / name).read_text(encoding="utf-8").splitlines()) < most
