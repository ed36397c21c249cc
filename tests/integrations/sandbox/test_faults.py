"""Injected faults: each name does what it says, before the server has done it or after."""

import time

import httpx
import pytest

from integrations.sandbox.faults import NAMES, Faults
from integrations.sandbox.run import SandboxServer
from tests.conformance import check_answer
from tests.integrations.sandbox.conftest import EVENTS, meeting

ANSWERS = {
    "authError": (401, "authError"),
    "insufficientPermissions": (403, "insufficientPermissions"),
    "forbidden": (403, "forbidden"),
    "forbiddenForNonOrganizer": (403, "forbiddenForNonOrganizer"),
    "rateLimitExceeded": (403, "rateLimitExceeded"),
    "userRateLimitExceeded": (403, "userRateLimitExceeded"),
    "quotaExceeded": (403, "quotaExceeded"),
    "badRequest": (400, "invalid"),
    "timeRangeEmpty": (400, "timeRangeEmpty"),
    "notFound": (404, "notFound"),
    "duplicate": (409, "duplicate"),
    "deleted": (410, "deleted"),
    "fullSyncRequired": (410, "fullSyncRequired"),
    "updatedMinTooLongAgo": (410, "updatedMinTooLongAgo"),
    "conditionNotMet": (412, "conditionNotMet"),
    "tooManyRequests": (429, "rateLimitExceeded"),
    "backendError": (500, "backendError"),
    "unavailable": (503, "backendError"),
}


def insert(client: httpx.Client, event_id: str = "fresh0") -> httpx.Response:
    return client.post(EVENTS, json=meeting(event_id, "2026-03-05"))


@pytest.mark.parametrize("when", ["before", "after"])
def test_answers_in_googles_words(client: httpx.Client, sandbox: SandboxServer, when: str) -> None:
    for place, (name, (status, reason)) in enumerate(ANSWERS.items()):
        sandbox.faults.add("events.insert", name, when=when)
        answer = insert(client, f"fresh{place}")
        assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (status, reason)
        assert answer.headers["X-Sandbox-Fault"] == name
        path = "calendars/primary/events"
        assert check_answer("POST", path, status, answer.headers["content-type"], answer.content) == []
        assert (f"fresh{place}" in sandbox.store.rows) == (when == "after")
        assert insert(client, f"fresh{place}").status_code == (409 if when == "after" else 200)
    assert sandbox.faults.met["events.insert", "duplicate", when] == 1


@pytest.mark.parametrize("name", ["cut", "timeout"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_cut_connection_brings_no_answer(client: httpx.Client, sandbox: SandboxServer, name: str, when: str) -> None:
    sandbox.faults.add("events.insert", name, when=when, seconds=0.05)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        insert(client)
    assert ("fresh0" in sandbox.store.rows) == (when == "after")
    assert sandbox.calls.all()[-1].status == 0
    assert insert(client).status_code == (409 if when == "after" else 200)


def test_an_answer_cut_in_the_middle(client: httpx.Client, sandbox: SandboxServer) -> None:
    sandbox.faults.add("events.*", "cut-body")
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        client.get(EVENTS)


def test_broken_content(client: httpx.Client, sandbox: SandboxServer) -> None:
    sandbox.faults.add("events.get", "malformed")
    answer = client.get(f"{EVENTS}/single0")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()
    sandbox.faults.add("*", "html")
    assert client.get(EVENTS).headers["content-type"] == "text/html"


def test_pages_that_are_short_empty_or_old(client: httpx.Client, sandbox: SandboxServer) -> None:
    sandbox.faults.add("events.list", "empty-page")
    sandbox.faults.add("events.list", "short-page")
    empty = client.get(EVENTS).json()
    assert empty["items"] == []
    short = client.get(EVENTS, params={"pageToken": empty["nextPageToken"]}).json()
    assert [event["id"] for event in short["items"]] == ["single0"]
    rest = client.get(EVENTS, params={"pageToken": short["nextPageToken"]}).json()
    assert [event["id"] for event in rest["items"]] == ["series0", "allday0"]
    token = rest["nextSyncToken"]
    sandbox.store.delete("single0")
    sandbox.faults.add("events.list", "stale-list")
    stale = client.get(EVENTS, params={"syncToken": token}).json()
    assert (stale["items"], stale["nextSyncToken"]) == ([], token)
    assert len(client.get(EVENTS, params={"syncToken": token}).json()["items"]) == 1


def test_slow(client: httpx.Client, sandbox: SandboxServer) -> None:
    sandbox.faults.add("events.list", "slow", seconds=0.1)
    begun = time.monotonic()
    assert client.get(EVENTS).status_code == 200
    assert time.monotonic() - begun >= 0.1


def test_over_http_with_skip_times_and_retry_after(client: httpx.Client) -> None:
    fault = {"at": "events.get", "fault": "tooManyRequests", "skip": 1, "times": 2, "retry_after": 7}
    assert client.post("/sandbox/faults", json=[fault]).status_code == 204
    assert len(client.get("/sandbox/faults").json()) == 1
    answers = [client.get(f"{EVENTS}/single0") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 429, 429, 200]
    assert answers[1].headers["Retry-After"] == "7"
    client.post("/sandbox/faults", json=[fault])
    client.post("/sandbox/faults/clear")
    assert client.get("/sandbox/faults").json() == []


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[1]",
        b'[{"at": "*"}]',
        b'[{"at": "*", "fault": "no"}]',
        b'[{"at": "*", "fault": "cut", "x": 1}]',
        b'[{"at": "*", "fault": "cut", "when": "never"}]',
        b'[{"at": "*", "fault": "cut", "times": "2"}]',
    ],
)
def test_faults_that_do_not_exist_are_refused(client: httpx.Client, content: bytes) -> None:
    answer = client.post("/sandbox/faults", content=content)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert client.get("/sandbox/faults").json() == []


def test_sign_in_fails_too(client: httpx.Client, sandbox: SandboxServer) -> None:
    for name, status in (("invalid_grant", 400), ("invalid_client", 401), ("backendError", 500)):
        sandbox.faults.add("token", name)
        assert client.post("/token", data={"grant_type": "refresh_token"}).status_code == status


def test_the_log_counts_calls_without_what_is_private(client: httpx.Client, sandbox: SandboxServer) -> None:
    client.get(EVENTS, params={"q": "anna"})
    client.get(f"{EVENTS}/nothing")
    log = client.get("/sandbox/log").json()
    assert [(call["name"], call["status"]) for call in log] == [("events.list", 200), ("events.get", 404)]
    assert log[0]["bytes"] > 100
    assert "anna" not in str(log)
    assert (sandbox.calls.count(), sandbox.calls.count("events.get")) == (2, 1)
    client.post("/sandbox/log/clear")
    assert client.get("/sandbox/log").json() == []


def test_every_name_of_a_fault_is_tried_here() -> None:
    tried = set(ANSWERS) | {"cut", "timeout", "cut-body", "malformed", "html", "empty-page", "short-page", "stale-list"}
    tried |= {"slow", "invalid_grant", "invalid_client", "push-lost", "push-doubled"}
    assert set(NAMES) - tried == {"admin_policy_enforced", "org_internal"}  # as invalid_grant, with other words
    with pytest.raises(ValueError, match="no fault is called"):
        Faults().add("*", "bad luck")
