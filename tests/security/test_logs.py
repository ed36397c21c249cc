"""Logs hold event names and numbers: no names, no addresses, no titles, no tokens, no query strings."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app import logs
from app.clock import clock_from
from app.main import create_app
from tests.running import (
    Running,
    ask_directly,
    begin,
    connect,
    consent,
    fastapi_in,
    first_read,
    live_blocks,
    running_service,
    save_welcome,
    settled,
    visitor,
    wait_until,
)
from tests.security.conftest import ME, NOW, met, world_of

CANARIES = ["Canarina", "canarina", "Kanarienvogel", "Zeisig", "studio.example", "Mia"]


def canary_world() -> dict[str, Any]:
    events = met(1, "Canarina Zeisig", domain="kanarienvogel.example", title="Kanarienvogel and Canarina")
    for event in events:
        event["attendees"][1]["email"] = "canarina@kanarienvogel.example"
    return world_of(events + met(2, "Anna Zeisig", domain="zeisig.example"))


@contextmanager
def listening(style: str, level: int) -> Iterator[io.StringIO]:
    """What the process would say on stderr."""
    root = logging.getLogger()
    kept = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in _NAMES}
    stderr, sys.stderr = sys.stderr, io.StringIO()
    try:
        logs.set_up(style, level=level)
        yield sys.stderr
    finally:
        sys.stderr = stderr
        root.handlers[:], root.level = kept[0], kept[1]
        for name, before in kept[2].items():
            logging.getLogger(name).setLevel(before)


_NAMES = ["greenblock", "uvicorn.error", "googleapiclient", "google", "google_auth_httplib2", "oauthlib"]
_NAMES += ["requests_oauthlib", "urllib3", "httpx", "apscheduler"]


def live(running: Running) -> list[str]:
    """Secrets that were in use."""
    grants = running.sandbox.grants
    return [*grants._access, *(grant.refresh_token or "-" for grant in grants._grants.values())]


@pytest.mark.parametrize(("style", "level"), [("text", logging.INFO), ("json", logging.DEBUG)])
def test_a_whole_life_leaves_nothing_personal_in_the_log(style: str, level: int) -> None:
    secrets: list[str] = []
    with (
        listening(style, level) as heard,
        running_service(canary_world(), clock=clock_from(NOW)) as running,
        visitor(running) as client,
    ):
        faults = running.sandbox.faults
        # refused sign-ins
        client.get("/oauth/callback?state=kanarienvogel&code=kanarienvogel")
        client.get(consent(begin(client), button=1))
        faults.add("token", "invalid_grant")
        answer = consent(begin(client))
        client.get(answer)
        # a good one, in spite of a calendar that falls over
        for fault in ("backendError", "cut", "malformed", "html", "rateLimitExceeded"):
            faults.add("events.list", fault, times=1)
        answer = consent(begin(client))
        secrets += [part.partition("=")[2] for part in answer.partition("?")[2].split("&")]
        assert client.get(answer).status_code == 303
        secrets.append(client.cookies[running.services.settings.cookie_name])
        for _ in range(8):
            if running.services.views.progress(1).done:
                break
            client.post("/refresh")
            settled(running)
        first_read(running)
        save_welcome(client)
        settled(running)
        assert live_blocks(running)
        for path in ("/today", "/people", "/people/1", "/people/99?q=kanarienvogel", "/nope?kanarienvogel=Canarina"):
            client.get(path)
        client.post("/left-out", data={"count-in": "canarina@kanarienvogel.example", "back": "people"})
        client.post("/settings", data={"excluded": "canarina@kanarienvogel.example"})
        # writes that fail, and a bug of ours
        for fault in ("conditionNotMet", "forbidden", "backendError"):
            faults.add("events.*", fault, times=1, skip=1)
        client.post("/settings", data={})
        client.post("/refresh")
        settled(running)
        _broken_page(running)
        faults.add("events.list", "authError", times=2)
        client.post("/refresh")
        secrets += live(running)
        running.sandbox.grants.revoke_all()
        client.post("/refresh")
        wait_until(lambda: running.services.views.today(1).frame.banner, "the lost connection is noticed")
        connect(client, running)
        client.post("/disconnect")
        client.post("/sign-out")
        secrets += live(running)
    text = heard.getvalue()
    assert "connected" in text
    assert "refreshed" in text
    assert "refresh_failed" in text
    assert "request_broke" in text
    for canary in [*CANARIES, ME, *(secret for secret in secrets if len(secret) > 8)]:
        assert canary not in text, canary
    assert len(secrets) > 5
    for sign in ("?", "code=", "state=", "Bearer", "<b>", "☐"):
        assert sign not in text, sign
    if style == "json":
        lines = [json.loads(line) for line in text.splitlines()]
        assert all({"at", "level", "event"} <= line.keys() for line in lines)
        broke = next(line for line in lines if line["event"] == "request_broke")
        assert broke["path"] == "/people/{contact_id}/broken"
        assert "ValueError" in broke["trace"]
        assert "in_the_page" in broke["trace"]
        assert broke["trace"].count("\n") > 3


def _broken_page(running: Running) -> None:
    """A bug whose error quotes what it was working on."""
    app = create_app(running.services, wheel=False)

    def in_the_page() -> None:
        try:
            raise KeyError("canarina@kanarienvogel.example")
        except KeyError as error:
            raise ValueError("Kanarienvogel and Canarina") from error

    fastapi_in(app).add_api_route("/people/{contact_id}/broken", in_the_page)

    answer = ask_directly(app, "GET", f"{running.url}/people/Canarina/broken?kanarienvogel=Canarina")
    assert answer.status_code == 500
