"""What is sent to cost more than it weighs: bodies without an end, files and titles that take hours to read."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Message

from app.main import MOST_PROBLEMS
from app.web.bodies import MOST_BYTES, MOST_OF_A_FILE, TAKES_A_FILE
from integrations.newcomers import TooLarge, read_people
from scheduler.names import tidy_name
from scheduler.richtext import tidy
from tests.running import Running, connect, fastapi_in, first_read, running_service, visitor
from tests.security.conftest import ME, Route, met, route_table, world_of

PIECE = 65_536
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
FILE = "multipart/form-data; boundary=x"


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with running_service(world_of(met(1, "Anna Alder"))) as made:
        yield made


@pytest.fixture(scope="module")
def mine(running: Running) -> Iterator[httpx.Client]:
    with visitor(running) as client:
        connect(client, running, user=ME)
        first_read(running)
        yield client


def endless(app: ASGIApp, route: Route, kind: str, cookie: str) -> tuple[int, int]:
    """Send a body that never ends; the status of the answer, and how many bytes were taken before it came."""
    taken, sent, answered = 0, False, 0

    async def receive() -> Message:
        nonlocal taken, sent
        assert taken < 20_000_000, "it would be read without an end"
        start = (
            b"" if sent else {JSON: b'{"text":"', FORM: b"a=", FILE: b"--x\r\nContent-Disposition: form-data;"}[kind]
        )
        sent = True
        body = start + b"a" * PIECE
        taken += len(body)
        return {"type": "http.request", "body": body, "more_body": True}

    async def send(message: Message) -> None:
        nonlocal answered
        if message["type"] == "http.response.start":
            answered = message["status"]

    path = route.path.replace("{", "").replace("}", "")
    headers = [(b"content-type", kind.encode()), (b"host", b"localhost")] + (
        [(b"cookie", cookie.encode())] if cookie else []
    )
    scope: dict[str, Any] = {"type": "http", "method": route.method, "path": path, "raw_path": path.encode()}
    scope |= {"headers": headers, "query_string": b"", "scheme": "http", "server": ("localhost", 80)}
    scope |= {"client": ("127.0.0.1", 1), "http_version": "1.1", "root_path": "", "asgi": {"version": "3.0"}}
    # A thread of its own: Playwright keeps an event loop in this one.
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(lambda: asyncio.run(app(scope, receive, send))).result()
    return answered, taken


def test_no_route_reads_a_body_without_an_end(running: Running, mine: httpx.Client) -> None:
    """Every route that changes something × every kind of body that its readers know × with and without a session."""
    cookie = "; ".join(f"{one.name}={one.value}" for one in mine.cookies.jar)
    routes = [one for one in route_table(running.services) if one.method not in {"GET", "HEAD", "OPTIONS"}]
    tried = 0
    for route in routes:
        most = 3 * MOST_OF_A_FILE if route.path in TAKES_A_FILE else MOST_BYTES
        for kind in (JSON,) if route.path.startswith("/api/") else (FORM, FILE):
            for who in ("", cookie):
                if who and route.path == "/sign-out":
                    continue
                status, taken = endless(fastapi_in(running.app), route, kind, who)
                assert taken <= most + 2 * PIECE, (route, kind, taken)
                # Whoever does not look at the body may have answered without it.
                assert status in {413, 303, 400, 401, 404, 422} or taken == 0, (route, kind, status)
                assert status == 413 or taken <= PIECE + 100, (route, kind, status, taken)
                tried += 1
    assert tried > 100


def test_an_answer_to_mistakes_is_no_longer_than_a_few_of_them(mine: httpx.Client) -> None:
    kinds = {f"x{number}": "client" for number in range(30_000)}
    answer = mine.post("/api/welcome", json={"kinds": kinds})
    assert answer.status_code == 422
    assert len(answer.json()["problems"]) == MOST_PROBLEMS
    assert len(answer.content) < 10_000


@pytest.mark.parametrize(
    "body", ["[" * 400_000, '{"a":' * 150_000, '{"name":' + "9" * 9_000 + "}", '{"name":"\\ud800"}']
)
def test_json_that_no_reader_likes_is_refused(mine: httpx.Client, body: str) -> None:
    answer = mine.post("/api/people", content=body, headers={"Content-Type": JSON})
    assert answer.status_code in {400, 422}


@pytest.mark.parametrize("kind", ["text/plain", "", "multipart/form-data; boundary=x", FORM])
def test_json_under_another_name_is_no_json(mine: httpx.Client, kind: str) -> None:
    """A page elsewhere can send these kinds without asking first."""
    before = mine.get("/api/people").json()
    headers = {"Content-Type": kind} if kind else {}
    assert mine.post("/api/people", content=json.dumps({"name": "Text Plain"}), headers=headers).status_code == 422
    assert mine.get("/api/people").json() == before


N = 1_900_000
FILES: dict[str, str] = {
    "an address without an end": "name,email\nx," + "a" * 131_000,
    "an address of dots": "name,email\nx,a@" + "a." * 65_000,
    "a number without an end": "name,phone\nx," + "1(" * 65_000,
    "quotes": 'name,email\n"' + '"' * N,
    "separators": "name,email\n" + "," * N,
    "a wide header": "email," * 300_000 + "\nx@y.example",
    "a card's address": "BEGIN:VCARD\nFN:x\nEMAIL:" + "a" * N + "\nEND:VCARD",
    "a card's number": "BEGIN:VCARD\nFN:x\nTEL:" + "1 " * (N // 2) + "\nEND:VCARD",
    "a card's semicolons": "BEGIN:VCARD\nN:" + ";" * N + "\nEND:VCARD",
    "a card's parameters": "BEGIN:VCARD\nFN" + ";a=b" * (N // 4) + ":x\nEND:VCARD",
    "a card's addresses": "BEGIN:VCARD\nFN:x\n" + "EMAIL:a@b.example\n" * 29_000 + "END:VCARD",
    "at signs": "a@" * (N // 2),
    "brackets": "<" * N,
    "blanks": " " * N + "x",
    "short lines": "ab cd <x\n" * 29_000,
}


@pytest.mark.parametrize("name", FILES)
def test_no_file_of_people_takes_long(name: str) -> None:
    started = time.process_time()
    with suppress(TooLarge):
        read_people(FILES[name])
    assert time.process_time() - started < 5, "seconds; what is quadratic takes minutes"


def test_more_lines_than_people_are_not_read() -> None:
    for text in ("ab cd\n" * 40_000, "BEGIN:VCARD\n" * 40_000, "name;email\n" + "\n" * 40_000):
        with pytest.raises(TooLarge, match="nothing was added"):
            read_people(text)


TITLES = [
    "&" + "amp;" * 16_000,
    "&" * 8_000 + "amp;" * 14_000,
    "&#38" + "#38" * 21_000,
    "http" * 8_000 + ":" * 8_000 + "//" * 12_000,
    "<" * 65_536,
    "\u0301" * 65_536,
    "a@" * 32_000,
    "www." * 16_000,
    "[" * 65_536,
]


@pytest.mark.parametrize("clean", [lambda text: tidy(text, 80), lambda text: tidy_name(text, "a@b.example")])
def test_no_title_of_a_stranger_takes_long(clean: Callable[[str], str]) -> None:
    started = time.process_time()
    for title in TITLES:
        assert len(clean(title)) <= 200
    assert time.process_time() - started < 5, "seconds; what is quadratic takes minutes"


FAR = ["0001-01-01", "1999-12-31", "2100-01-01", "9999-12-31"]
"""To some of these no day can be added, from others none be taken off."""


@pytest.mark.parametrize("day", FAR)
def test_no_day_lies_at_the_ends_of_the_calendar(running: Running, mine: httpx.Client, day: str) -> None:
    person = running.services.views.people(1)
    who = f"/api/people/{[*person.people, *person.unsure][0].id}"
    before = mine.get(who).json()
    for method, path, body in (
        ("POST", f"{who}/touches", {"on": day}),
        ("PUT", f"{who}/snooze", {"until": day}),
        ("POST", f"{who}/notes", {"text": "Skis", "on": day}),
        ("POST", f"{who}/promises", {"text": "A map", "due_on": day}),
        ("POST", "/api/pause", {"first": day, "last": day}),
        ("POST", "/api/seasons", {"name": "Greetings", "begins_on": day, "before_on": day}),
        ("PUT", "/api/blocks/1/people/1", {"outcome": "snoozed", "until": day}),
        ("PUT", "/api/go/made-up", {"people": {"1": {"promise": "A map", "promise_on": day}}}),
    ):
        answer = mine.request(method, path, json=body)
        assert answer.status_code == 422, (path, answer.text)
        assert "2000" in answer.text
    assert mine.delete(f"{who}/touches", params={"on": day}).status_code == 422
    assert mine.get(who).json() == before
    assert mine.get("/year").status_code == 200
