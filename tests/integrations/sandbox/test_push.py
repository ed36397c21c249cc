"""Notification channels: what is posted where, and what is refused."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from integrations.sandbox.run import SandboxServer
from tests.integrations.sandbox.conftest import EVENTS, Clock, meeting

WATCH = f"{EVENTS}/watch"


class Hook:
    """A receiver on loopback."""

    def __init__(self) -> None:
        self.heard: list[dict[str, str]] = []
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                heard.append({key.lower(): value for key, value in self.headers.items()})
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_address[1]}/hooks/google"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})

    def states(self) -> list[str]:
        return [message["x-goog-resource-state"] for message in self.heard]


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    hook.thread.start()
    yield hook
    hook.server.shutdown()
    hook.thread.join()
    hook.server.server_close()


def channel(hook: Hook, **more: Any) -> dict[str, Any]:
    return {"id": "channel-1", "type": "web_hook", "address": hook.url, "token": "secret"} | more


def test_a_change_is_told_with_headers_only(client: httpx.Client, sandbox: SandboxServer, hook: Hook) -> None:
    made = client.post(WATCH, json=channel(hook)).json()
    assert made["id"] == "channel-1"
    assert int(made["expiration"]) == int((sandbox.store.clock() + timedelta(days=7)).timestamp() * 1000)
    sandbox.store.insert(meeting("fresh0", "2026-03-05"))
    with pytest.raises(Exception, match="identifier already exists"):
        sandbox.store.insert(meeting("fresh0", "2026-03-05"))
    sandbox.push.wait()
    assert hook.states() == ["sync", "exists"]
    last = hook.heard[1]
    assert (last["x-goog-channel-id"], last["x-goog-channel-token"]) == ("channel-1", "secret")
    assert (last["x-goog-message-number"], last["x-goog-resource-id"]) == ("2", made["resourceId"])
    assert last["content-length"] == "0"


def test_a_stopped_or_expired_channel_is_silent(
    client: httpx.Client, sandbox: SandboxServer, hook: Hook, clock: Clock
) -> None:
    made = client.post(WATCH, json=channel(hook)).json()
    stop = {"id": made["id"], "resourceId": made["resourceId"]}
    assert client.post("/calendar/v3/channels/stop", json=stop | {"resourceId": "x"}).status_code == 404
    assert client.post("/calendar/v3/channels/stop", json=stop).status_code == 204
    assert client.post("/calendar/v3/channels/stop", json=stop).status_code == 404
    client.post(WATCH, json=channel(hook, params={"ttl": "60"}))
    clock.go_on(timedelta(minutes=2))
    sandbox.store.delete("single0")
    sandbox.push.wait()
    assert hook.states() == ["sync", "sync"]


def test_lost_and_doubled(client: httpx.Client, sandbox: SandboxServer, hook: Hook) -> None:
    client.post(WATCH, json=channel(hook))
    sandbox.faults.add("push", "push-lost")
    sandbox.faults.add("push", "push-doubled")
    sandbox.store.patch("single0", {"summary": "a"})
    sandbox.push.wait()
    assert hook.states() == ["sync"]
    sandbox.store.patch("single0", {"summary": "b"})
    sandbox.push.wait()
    assert hook.states() == ["sync", "exists", "exists"]


def test_a_deaf_receiver_disturbs_nobody(client: httpx.Client, sandbox: SandboxServer) -> None:
    body = {"id": "channel-1", "type": "web_hook", "address": "http://localhost:9/hooks/google"}
    assert client.post(WATCH, json=body).status_code == 200
    sandbox.store.delete("single0")
    sandbox.push.wait()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"address": "https://example.com/hook"}, "push.webhookUrlUnauthorized"),
        ({"address": "http://localhost@example.com/"}, "push.webhookUrlUnauthorized"),
        ({"address": "ftp://localhost/"}, "push.webhookUrlNotHttps"),
        ({"address": None}, "push.webhookUrlNotHttps"),
        ({"type": "pigeon"}, "push.channelTypeInvalid"),
        ({"id": ""}, "required"),
        ({"id": "no spaces"}, "invalid"),
        ({"token": "t" * 257}, "invalid"),
        ({"expiration": "1"}, "invalid"),
        ({"expiration": "soon"}, "invalid"),
    ],
)
def test_refused_channels(client: httpx.Client, hook: Hook, change: dict[str, Any], reason: str) -> None:
    answer = client.post(WATCH, json=channel(hook) | change)
    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (400, reason)


def test_a_channel_id_is_used_once(client: httpx.Client, hook: Hook) -> None:
    assert client.post(WATCH, json=channel(hook)).status_code == 200
    again = client.post(WATCH, json=channel(hook))
    assert again.json()["error"]["errors"][0]["reason"] == "channelIdNotUnique"
