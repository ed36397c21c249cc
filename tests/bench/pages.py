"""A page over a bare one of the same stack, both over HTTP from uvicorn, as the service runs.

The bare page is one more plain `def` route of the very same application, with all its middleware: it renders "hello"
into the same base template by the same Jinja environment, and asks neither for a session nor for the database. Ours are
asked for by somebody signed in, on SQLite, with a thousand people known, all of them clients, and blocks booked. Twenty
requests over one connection are one measurement.
"""

from __future__ import annotations

import atexit
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.responses import HTMLResponse

from app.main import create_app
from app.web.render import environment
from app.wiring import keep_for_good
from tests.app.world import MONDAY, Resource, meeting, world
from tests.app.world_house import House, open_house
from tests.bench.measuring import Row, Work
from tests.running import free_port
from tests.running import served as on_socket

REQUESTS = 20
PEOPLE = 1_000
OPEN = ExitStack()
"""What stays open until the end."""
atexit.register(OPEN.close)
HELLO = '{% extends "base.html" %}{% block main %}<h1>Hello</h1>{% endblock %}'


def acquaintances(count: int) -> list[Resource]:
    """Three talks each over half a year, in the afternoons."""
    made = []
    for number in range(count):
        name = f"Person{number} Client{number // 2}"
        for n in range(3):
            on = MONDAY - timedelta(days=60 + (number + 47 * n) % 200)
            on -= timedelta(days=max(0, on.isoweekday() - 5))
            made.append(meeting(f"{name} and Olga", on.replace(hour=13 + number % 4), name))
    return made


@cache
def house(people: int = PEOPLE) -> House:
    """As it stands after Save and the refreshes that follow; only its database is used from then on."""
    folder = Path(OPEN.enter_context(tempfile.TemporaryDirectory(prefix="greenblock-bench-")))
    events = world(acquaintances(people))
    made = OPEN.enter_context(open_house(folder, f"sqlite:///{folder / 'g.db'}", seed=events))
    made.save_welcome()
    made.refresh()
    return made


@cache
def served() -> HTTPConnection:
    """The service with the bare page in it, and a connection to it."""
    app, hello = create_app(house().services, wheel=False), environment().from_string(HELLO)

    def say_hello() -> HTMLResponse:
        return HTMLResponse(hello.render({"frame": None, "path": "/hello"}))

    inner: Any = app
    while not isinstance(inner, FastAPI):
        inner = inner.app
    inner.add_api_route("/hello", say_hello)
    listening = OPEN.enter_context(free_port())
    keep_for_good()  # as `greenblock serve` does
    OPEN.enter_context(on_socket(app, listening))
    return HTTPConnection("127.0.0.1", listening.getsockname()[1])


def asked(path: str) -> Work:
    """So many requests as a browser makes them, each answered with a page."""
    cookie = f"{house().services.settings.cookie_name}={house().cookie}"
    headers = {"Host": "localhost:8000", "Accept-Encoding": "gzip", "Cookie": cookie}

    def ask() -> None:
        for _ in range(REQUESTS):
            served().request("GET", path, headers=headers)
            answer = served().getresponse()
            answer.read()
            assert answer.status == 200, (path, answer.status)

    return ask


ROWS = tuple(
    Row(
        what=f"pages: {path} with {PEOPLE:,} people",
        against="a bare hello page",
        prepare=lambda path=path: (asked(path), asked("/hello")),  # type: ignore[misc]  # bound now, not at the end
        shares=(REQUESTS, REQUESTS),
        limit=limit,
    )
    for path, limit in (("/today", 8.0), ("/people", 25.0), ("/settings", 8.0))
)
