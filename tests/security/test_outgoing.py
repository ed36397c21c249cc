"""Connections go to the configured hosts and nowhere else, whatever addresses stand in what was read."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from app.clock import clock_from
from app.config import LOCAL_HOSTS
from integrations.google.oauth import GOOGLE
from tests.running import (
    Running,
    connect,
    first_read,
    free_port,
    running_service,
    save_welcome,
    settled,
    visitor,
)
from tests.security.conftest import ME, NOW, met, world_of

_seen: set[int] | None = None
_guard = threading.Lock()


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if _seen is not None and event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and len(address) >= 2:
            with _guard:
                _seen.add(int(address[1]))


sys.addaudithook(_hear)  # it cannot be taken away again, so it listens only while asked to


@contextmanager
def ports_connected_to() -> Iterator[set[int]]:
    global _seen
    _seen = found = set()
    try:
        yield found
    finally:
        _seen = None


def port_of(address: str) -> int:
    port = urlsplit(address).port
    assert port is not None
    return port


def test_nothing_that_was_read_is_called() -> None:
    with free_port() as trap:
        trap.listen()
        evil = f"http://127.0.0.1:{trap.getsockname()[1]}"
        events = [
            event for number in range(4) for event in met(number, f"{evil}/name Person {number}", title=f"{evil}/title")
        ]
        for event in events:
            event |= {
                "description": f'<img src="{evil}/image"><a href="{evil}/link">x</a>',
                "location": f"{evil}/location",
                "htmlLink": f"{evil}/html",
                "hangoutLink": f"{evil}/hangout",
                "attachments": [{"fileUrl": f"{evil}/file", "iconLink": f"{evil}/icon"}],
                "conferenceData": {"entryPoints": [{"entryPointType": "video", "uri": f"{evil}/video"}]},
                "source": {"url": f"{evil}/source", "title": "x"},
            }
        with ports_connected_to() as found, running_service(world_of(events), clock=clock_from(NOW)) as running:
            _a_visit(running, evil)
            expected = {port_of(running.url), port_of(running.calendar)}
        assert found == expected
        trap.setblocking(False)
        with pytest.raises(BlockingIOError):
            trap.accept()


def _a_visit(running: Running, evil: str) -> None:
    """With the trap's address in every field and header that a browser could send."""
    with visitor(running) as client:
        connect(client, running, user=ME)
        first_read(running)
        save_welcome(client)
        settled(running)
        headers = {"X-Forwarded-Host": evil, "X-Forwarded-Proto": "http", "Referer": evil, "Forwarded": f"host={evil}"}
        for path in ("/today", "/people", "/people/1", f"/connect?next={evil}", f"/?back={evil}", "/settings"):
            client.get(path, headers=headers)
        client.post("/api/people", json={"name": "x", "addresses": ["a@evil.example"], "company": evil, "phone": evil})
        client.post("/api/people/import", json={"text": f"Name,Photo\nAda,{evil}/photo\n", "kind": "client"})
        client.post("/api/people/1/notes", json={"text": f"{evil}/note", "on": "2026-03-01"})
        client.post("/refresh")
        settled(running)


def test_the_hosts_are_googles_unless_the_settings_name_others() -> None:
    for address in (GOOGLE.issuer, GOOGLE.token_endpoint, GOOGLE.jwks_uri, GOOGLE.revocation_endpoint):
        host = urlsplit(address).hostname or ""
        assert urlsplit(address).scheme == "https"
        assert host.endswith((".google.com", ".googleapis.com")), address
        assert host not in LOCAL_HOSTS
