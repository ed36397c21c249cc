"""The checker itself: it must be able to say no."""

import json
import time
from typing import Any

import httpx
import pytest

from integrations.sandbox.run import SandboxServer
from tests.conformance import Record, check_answer, check_request, total
from tests.integrations.sandbox.conftest import EVENTS, meeting

LIST = "calendars/primary/events"


@pytest.mark.parametrize(
    ("verb", "path", "query", "problem"),
    [
        ("GET", "calendars/primary/nothing", "", "no such method"),
        ("GET", LIST, "maxresults=3", "unknown parameter maxresults"),
        ("GET", LIST, "maxResults=0", "out of range"),
        ("GET", LIST, "maxResults=x", "not a number"),
        ("GET", LIST, "singleEvents=True", "not true or false"),
        ("GET", LIST, "orderBy=name", "none of"),
        ("GET", LIST, "timeMin=2026-01-01", "RFC 3339"),
        ("GET", LIST, "timeMin=2026-01-01T00:00:00", "RFC 3339"),
        ("GET", LIST, "q=a&q=b", "given twice"),
        ("DELETE", LIST + "/abcde", "sendUpdates=nobody", "none of"),
    ],
)
def test_wrong_requests_are_noticed(verb: str, path: str, query: str, problem: str) -> None:
    problems = check_request(verb, path, query, b"")
    assert len(problems) == 1
    assert problem in problems[0]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"sumary": "x"}, "body.sumary is unknown"),
        ({"summary": 3}, "not a string"),
        ({"summary": None}, "body.summary is null"),
        ({"start": None}, "body.start is missing"),
        ({"start": {"date": "5 March"}}, "not a date"),
        ({"start": {"dateTime": "noon"}}, "RFC 3339"),
        ({"attendees": [{"mail": "x"}]}, "attendees[0].mail is unknown"),
        ({"extendedProperties": {"private": {"a": 1}}}, "not a string"),
        ({"reminders": {"overrides": [{"minutes": "10"}]}}, "not a integer"),
    ],
)
def test_wrong_bodies_are_noticed(change: dict[str, Any], problem: str) -> None:
    problems = check_request("POST", LIST, "", json.dumps(meeting("abcde", "2026-03-05") | change).encode())
    assert any(problem in line for line in problems), problems
    assert check_request("POST", LIST, "", json.dumps(meeting("abcde", "2026-03-05")).encode()) == []


def test_a_patch_may_hold_null_and_parts() -> None:
    assert check_request("PATCH", LIST + "/abcde", "", b'{"location": null}') == []


@pytest.mark.parametrize(
    ("status", "kind", "body", "problem"),
    [
        (200, "text/html", b"{}", "not JSON"),
        (200, "application/json", b"{", "not JSON"),
        (200, "application/json", b'{"items": {}}', "not a list"),
        (200, "application/json", b'{"items": [{"idd": "x"}]}', "items[0].idd is unknown"),
        (200, "application/json", b'{"updated": "2026-01-01T00:00:00"}', "with offset"),
        (404, "application/json", b'{"detail": "Not Found"}', "without error"),
        (404, "application/json", b'{"error": {"code": 400, "message": "", "errors": []}}', "not the status"),
        (204, "", b"x", "a body where none belongs"),
    ],
)
def test_wrong_answers_are_noticed(status: int, kind: str, body: bytes, problem: str) -> None:
    problems = check_answer("GET", LIST, status, kind, body)
    assert problem in problems[0]


def test_the_recorder_counts_and_skips_what_faults_made(
    client: httpx.Client, sandbox: SandboxServer, record: Record
) -> None:
    client.get(EVENTS, params={"colour": "green"})
    sandbox.faults.add("events.list", "html")
    client.get(EVENTS)
    sandbox.faults.add("events.list", "cut")
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(EVENTS)
    until = time.monotonic() + 5
    while record.requests < 3 and time.monotonic() < until:  # the one that was cut is noted after the cut
        time.sleep(0.01)
    assert (record.requests, record.answers, record.faulted) == (3, 1, 2)
    assert record.violations == ["events.list: unknown parameter colour"]
    assert "1 violations" in str(record)
    assert total().requests >= 3
    assert "events.list: unknown parameter colour" not in total().violations  # wrong on purpose
    record.deliberate = False
    assert "events.list: unknown parameter colour" in total().violations
    record.deliberate = True
