"""What can be taken along for other programs: the people as a table, the blocks as a calendar file."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from starlette.testclient import TestClient

from app.main import create_app
from app.services.people_file import COLUMNS, STARTS_A_FORMULA, table
from tests.app.world_house import House


@given(st.lists(st.text(), min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_no_cell_is_a_formula_and_every_row_is_one_row(cells: list[str]) -> None:
    text = table([cells])
    read = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert len(read) == 2
    assert len(read[1]) == len(COLUMNS)
    assert not [cell for cell in read[1] if cell.lstrip(" ").startswith(STARTS_A_FORMULA)]
    text.encode()


@pytest.mark.parametrize("cell", ["=1+1", "+49 30 1", "-2", "@SUM(A1)", "\t=1", "  =cmd|'/c calc'!A0"])
def test_what_would_be_a_formula_stays_to_be_read(cell: str) -> None:
    (_, row) = csv.reader(io.StringIO(table([[cell]]).removeprefix("\ufeff"), newline=""))
    assert row == [f"'{cell}"]


def test_downloads(booked: House) -> None:
    app, cookies = create_app(booked.services, wheel=False), {booked.services.settings.cookie_name: booked.cookie}
    with TestClient(app, base_url=booked.services.settings.public_url, cookies=cookies) as client:
        page = client.get("/settings/data").text
        for address in ("/settings/data/people.csv", "/settings/data/blocks.ics", "/settings/data/everything.json"):
            assert f'href="{address}"' in page
        people = client.get("/settings/data/people.csv")
        assert people.headers["content-type"] == "text/csv; charset=utf-8"
        assert 'filename="greenblock-people.csv"' in people.headers["content-disposition"]
        rows = list(csv.DictReader(io.StringIO(people.text.removeprefix("\ufeff"), newline="")))
        assert [row["name"] for row in rows][:2] == ["Ada Arbor", "Ben Birch"]
        assert (rows[0]["addresses"], rows[0]["kind"]) == ("ada@arbor.example", "client")
        blocks = client.get("/settings/data/blocks.ics")
        events = Calendar.from_ical(blocks.content).walk("VEVENT")
        assert [event.start for event in events] == [row.starts_at for row in booked.rows()]
        assert "Ada" in blocks.text or "Ben" in blocks.text or "Cleo" in blocks.text
    with TestClient(app, base_url=booked.services.settings.public_url, follow_redirects=False) as stranger:
        assert stranger.get("/settings/data/people.csv").status_code == 303
        assert stranger.get("/settings/data/blocks.ics").status_code == 303
