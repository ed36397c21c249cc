"""The whole server: many at once, odd input, speed, and who may reach it."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.sandbox.errors import ApiError
from integrations.sandbox.richtext import sanitise
from integrations.sandbox.run import SandboxServer, clock_from
from integrations.sandbox.seed import load_stores
from tests.integrations.sandbox.conftest import EVENTS, ME, NOW, Clock, meeting, small_world


def test_one_of_many_inserts_of_the_same_id_wins(client: httpx.Client, sandbox: SandboxServer) -> None:
    def insert(number: int) -> int:
        return client.post(EVENTS, json=meeting("same0", "2026-03-05", summary=str(number))).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(insert, range(16))) == [200] + [409] * 15
    assert sandbox.store.version == 4


def test_one_of_many_guarded_patches_wins(sandbox: SandboxServer) -> None:
    etag = sandbox.store.get("single0")["etag"]

    def patch(number: int) -> bool:
        try:
            sandbox.store.patch("single0", {"summary": str(number)}, if_match=etag)
        except ApiError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(patch, range(32))) == 1


def test_what_was_read_does_not_change_later(sandbox: SandboxServer) -> None:
    before = sandbox.store.get("single0")
    copy = json.loads(json.dumps(before))
    sandbox.store.patch("single0", {"summary": "x", "attendees": [], "extendedProperties": {"private": {"a": "b"}}})
    sandbox.store.delete("single0")
    assert before == copy


def test_no_web_page_reaches_it_under_another_name(client: httpx.Client) -> None:
    for path in ("/", "/sandbox/log", "/userinfo"):
        assert client.get(path, headers={"Host": "evil.example"}).status_code == 400


def test_half_a_surrogate_does_no_lasting_harm(client: httpx.Client) -> None:
    body = json.dumps(meeting("odd00", "2026-03-05") | {"summary": "\ud800"})
    assert client.post(EVENTS, content=body).status_code == 200
    assert client.get(EVENTS).status_code == 200


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
def test_the_ends_of_time_are_refused(client: httpx.Client, at: str) -> None:
    body = {"id": "odd00", "start": {"dateTime": at}, "end": {"dateTime": at}}
    assert client.post(EVENTS, json=body).status_code == 400
    assert client.get(EVENTS, params={"timeMin": at}).status_code == 400


@pytest.mark.parametrize("rule", ["RRULE:FREQ=SECONDLY", "RRULE:FREQ=DAILY"])
def test_endless_series_are_answered_in_time(client: httpx.Client, rule: str) -> None:
    assert client.post(EVENTS, json=meeting("endless0", "2026-03-05", recurrence=[rule])).status_code == 200
    begun = time.monotonic()
    items = client.get(f"{EVENTS}/endless0/instances", params={"maxResults": "2500"}).json()["items"]
    assert len(items) == 730
    assert client.get(EVENTS, params={"timeMin": "2027-01-01T00:00:00Z"}).status_code == 200
    assert client.get(EVENTS, params={"timeMin": "2027-01-01T00:00:00Z", "singleEvents": "true"}).status_code == 200
    assert time.monotonic() - begun < 10


def test_answers_are_compressed_when_asked(client: httpx.Client) -> None:
    answer = client.get(f"{EVENTS}/series0/instances")
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.json()["items"]) == 8
    plain = client.get(f"{EVENTS}/series0/instances", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == answer.json()


def test_a_large_seed() -> None:
    day = datetime(2020, 1, 1, 9, tzinfo=UTC)
    events = [
        {
            "id": f"many{number:06d}",
            "start": {"dateTime": (day + timedelta(hours=number)).isoformat()},
            "end": {"dateTime": (day + timedelta(hours=number + 1)).isoformat()},
        }
        for number in range(5_000)
    ]
    world = small_world() | {"events": events}
    (store,) = load_stores(world, clock=lambda: NOW, base_url="http://localhost:1")
    assert len(store.live()) == 5_000
    assert len(store.between(day, day + timedelta(days=7))) == 168


def test_the_clock_starts_where_it_is_told_and_runs_on() -> None:
    clock = clock_from(NOW)
    first = clock()
    time.sleep(0.01)
    assert NOW <= first < clock() < NOW + timedelta(seconds=60)


def test_a_world_without_events(clock: Clock) -> None:
    world = {"user": {"email": ME, "name": ""}, "timeZone": "UTC", "events": []}
    with SandboxServer(world, clock=clock, view=False) as sandbox:
        answer = httpx.get(sandbox.url + EVENTS, headers={"Authorization": "Bearer sandbox"}, trust_env=False)
    assert answer.json()["items"] == []


@settings(max_examples=100)
@given(st.text(alphabet="<>/&;ab \"'=\n☐", max_size=40) | st.text(max_size=40))
def test_what_was_cleaned_stays_as_it_is(text: str) -> None:
    once = sanitise(text)
    assert sanitise(once) == once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < b & c", "a < b & c"),
        ("<ul><li>☐ Anna</li></ul>", "<ul><li>☐ Anna</li></ul>"),
        ('<a href="https://x.example/?a=1&amp;b=2" target="_blank">x</a>', '<a href="https://x.example/?a=1&amp;b=2">x</a>'),
        ("<html-blob><u></u>text&nbsp;</html-blob>", "<html-blob><u></u>text&nbsp;</html-blob>"),
        ("<img src=x onerror=y>text<br/>", "text<br>"),
        ("<style>p{}</style><h1>Title</h1>", "Title"),
    ],
)  # fmt: skip
def test_tags(text: str, expected: str) -> None:
    assert sanitise(text) == expected
