"""A sign-in that began at a page of ours ends there, and nowhere else: no address leads to another host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select

from app.clock import clock_from
from app.db.tables import SignInRow
from app.web.back import page_to_return_to, to_the_start
from tests.running import Running, connect, consent, first_read, running_service, save_welcome, settled, visitor
from tests.security.conftest import SECOND, met, other_user, world_of

NOW = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    world: dict[str, Any] = world_of(met(1, "Anna Alder"), others=[other_user([])])
    with running_service(world, clock=clock_from(NOW), settings={"allowed": "*"}) as made:
        with visitor(made) as client:
            connect(client, made)
            first_read(made)
            save_welcome(client)
        settled(made)
        yield made


@pytest.fixture
def client(running: Running) -> Iterator[httpx.Client]:
    with visitor(running) as made:
        yield made


PAGES = ["/people", "/people/add", "/people/1", "/year", "/settings", "/settings/data", "/settings/blocks/b2"]
SENT = [
    ("/people/1/memory", "/people/1"),
    ("/people/1", "/people/1"),
    ("/people/import", "/people"),
    ("/settings/preview", "/settings"),
    ("/settings/blocks/b2/off", "/settings/blocks/b2"),
    ("/blocks/1/people/1", ""),
    ("/today/undo", ""),
    ("/welcome", ""),
]


@pytest.fixture(scope="module")
def path(running: Running) -> str:
    following = running.services.views.today(1).next
    assert following is not None
    return following.link


def connect_from(client: httpx.Client, path: str) -> httpx.Response:
    """Open the page, press what it offers, consent; the answer to the callback."""
    asked = client.get(path)
    assert asked.status_code == 303
    landing = client.get(asked.headers["location"])
    found = re.search(r'href="(/connect\?back=[^"]+)"', landing.text)
    assert found is not None
    return client.get(consent(client.get(found[1]).headers["location"]))


def test_whoever_is_signed_out_comes_back_to_the_very_page(running: Running, client: httpx.Client, path: str) -> None:
    landing = client.get(client.get(path).headers["location"])
    assert "Sign in to open this block" in landing.text
    answer = connect_from(client, path)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert client.get(path).status_code == 200
    assert client.get(f"/?back={path}").headers["location"] == path  # signed in meanwhile, in another tab


@pytest.mark.parametrize("page", PAGES)
def test_any_page_is_come_back_to(client: httpx.Client, page: str) -> None:
    landing = client.get(client.get(page).headers["location"])
    assert "Sign in to open this page" in landing.text
    assert 'role="alert"' not in landing.text
    assert connect_from(client, page).headers["location"] == page


@pytest.mark.parametrize(("to", "page"), SENT)
def test_what_was_sent_without_a_session_is_said_to_be_lost(client: httpx.Client, to: str, page: str) -> None:
    answer = client.post(to, data={"do": "note", "note": "written for ten minutes"})
    assert answer.status_code == 303
    landing = client.get(answer.headers["location"])
    alert = landing.text.partition('role="alert"')[2].partition("</div></div>")[0]
    assert "You were signed out; what you typed was not kept." in alert
    found = re.search(r'href="(/connect[^"]*)"', alert)
    assert found is not None
    address = client.get(found[1]).headers["location"]
    assert client.get(consent(address)).headers["location"] == (page or "/")


def test_where_to_is_kept_on_our_side(running: Running, client: httpx.Client, path: str) -> None:
    address = client.get(f"/connect?back={path}").headers["location"]
    assert path.removeprefix("/go/") not in address
    with running.services.db.read() as session:
        assert path in session.scalars(select(SignInRow.back)).all()
    answer = client.get(consent(address) + "&back=https://evil.example/")
    assert answer.headers["location"] == path


def test_somebody_else_who_signs_in_there_is_told_that_it_is_not_theirs(
    running: Running, client: httpx.Client, path: str
) -> None:
    answer = client.get(consent(client.get(f"/connect?back={path}").headers["location"], user=SECOND))
    assert answer.headers["location"] == path
    assert client.get(path).status_code == 404


def test_a_sign_in_without_a_page_ends_at_the_start(client: httpx.Client, running: Running) -> None:
    assert connect(client, running).headers["location"] == "/"


ELSEWHERE = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "%2f%2fevil.example",
    "/go/%2f%2fevil.example",
    "/go//evil.example",
    "/go/../today",
    "/go/x/../../today",
    "/go/x/undo",
    "/go/x?next=//evil.example",
    "/go/x#y",
    "/go/",
    "/go/x\n",
    "/go/x\r\nSet-Cookie: a=b",
    "https://evil.example/go/x",
    "javascript:alert(1)",
    "/today",
    "/go/" + "x" * 301,
    "/people/",
    "/people//evil.example",
    "/people/1/",
    "/people/1?q=//evil.example",
    "/people/1%2f%2fevil.example",
    "/people/\u0661",
    "/people/" + "1" * 19,
    "/settings/blocks/../../..//evil.example",
    "/settings/\\evil.example",
    "/year\n",
    "/sign-out",
    "/connect",
    "/go/ä",
    "@evil.example",
    "",
]


@pytest.mark.parametrize("back", ELSEWHERE)
def test_no_other_address_is_returned_to(client: httpx.Client, running: Running, back: str) -> None:
    assert page_to_return_to(back) == ""
    assert to_the_start(back) == "/"
    kept = re.fullmatch(r"/\?(?:back=(%2F[A-Za-z0-9_%-]+)&)?lost=yes", to_the_start(back, lost=True))
    assert kept is not None
    assert page_to_return_to(unquote(kept[1] or "")) == unquote(kept[1] or "")
    landing = client.get("/", params={"back": back})
    assert landing.status_code == 200
    assert "/connect?back" not in landing.text
    address = client.get("/connect", params={"back": back}).headers["location"]
    assert client.get(consent(address)).headers["location"] == "/"


@given(
    text=st.text(max_size=40)
    | st.tuples(
        st.sampled_from(["/go/", "/people/", "/people", "/year", "/settings/", "/settings/blocks/"]),
        st.text(alphabet="/go\\%2f.:?#@x", max_size=20),
    ).map("".join)
)
@example(text="/go/x")
@example(text="/people/12")
@example(text="/settings/blocks/b2")
def test_what_is_returned_to_has_no_room_for_another_host(text: str) -> None:
    back = page_to_return_to(text)
    assert back in ("", text)
    if back:
        assert back[0] == "/" != back[1]
        assert not set(back) & set("\\%?#:@. \t\r\n")
        assert "//" not in back


@pytest.mark.parametrize("way", ["GET", "POST"])
def test_a_made_up_path_leads_to_the_start(client: httpx.Client, way: str) -> None:
    start = "/" if way == "GET" else "/?lost=yes"
    for path in ("/go/%2f%2fevil.example", "/go/x%5c", "/today", "/welcome"):
        answer = client.request(way, path)
        assert "evil" not in answer.headers.get("location", "")
        assert answer.headers.get("location", start) == start
