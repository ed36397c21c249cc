"""events.list and events.instances over HTTP: filters, pages, sync tokens, tombstones."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from integrations.sandbox.run import SandboxServer
from tests.integrations.sandbox.conftest import EVENTS, Clock, meeting


def listed(client: httpx.Client, **params: Any) -> dict[str, Any]:
    answer = client.get(EVENTS, params=params)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def ids(content: dict[str, Any]) -> list[str]:
    return [event["id"] for event in content["items"]]


def reason(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["errors"][0]["reason"]


def test_a_first_list_has_masters_and_a_sync_token(client: httpx.Client) -> None:
    content = listed(client)
    assert ids(content) == ["single0", "series0", "allday0"]
    assert content["timeZone"] == "Europe/Berlin"
    assert "nextSyncToken" in content
    assert "nextPageToken" not in content
    guests = content["items"][0]["attendees"]
    assert [guest.get("self", False) for guest in guests] == [True, False]


def test_pages_give_each_event_once_and_the_token_comes_last(client: httpx.Client) -> None:
    seen: list[str] = []
    params: dict[str, Any] = {"maxResults": 1}
    for _ in range(10):
        content = listed(client, **params)
        seen += ids(content)
        if "nextPageToken" not in content:
            break
        assert "nextSyncToken" not in content
        params["pageToken"] = content["nextPageToken"]
    assert seen == ["single0", "series0", "allday0"]
    assert "nextSyncToken" in content


def test_what_changes_between_two_pages_comes_with_the_next_sync(client: httpx.Client, sandbox: SandboxServer) -> None:
    first = listed(client, maxResults=1)
    sandbox.store.patch("single0", {"summary": "moved on"})
    rest = listed(client, maxResults=2, pageToken=first["nextPageToken"])
    assert ids(rest) == ["series0", "allday0"]
    later = listed(client, syncToken=rest["nextSyncToken"])
    assert [(event["id"], event["summary"]) for event in later["items"]] == [("single0", "moved on")]


def test_a_sync_brings_only_changes_and_tombstones(client: httpx.Client, sandbox: SandboxServer) -> None:
    token = listed(client)["nextSyncToken"]
    assert ids(listed(client, syncToken=token)) == []
    sandbox.store.delete("single0")
    sandbox.store.insert(meeting("fresh0", "2026-03-05"))
    later = listed(client, syncToken=token)
    gone, fresh = sorted(later["items"], key=lambda event: str(event["status"]))
    assert set(gone) == {"kind", "etag", "id", "status"}
    assert (gone["id"], gone["status"], fresh["id"]) == ("single0", "cancelled", "fresh0")
    assert ids(listed(client, syncToken=later["nextSyncToken"])) == []
    assert "summary" in listed(client, syncToken=token, showDeleted="true")["items"][0]


def test_deleted_events_are_left_out_of_a_plain_list(client: httpx.Client, sandbox: SandboxServer) -> None:
    sandbox.store.delete("single0")
    assert "single0" not in ids(listed(client))
    assert "single0" in ids(listed(client, showDeleted="true"))
    assert client.get(f"{EVENTS}/single0").json()["status"] == "cancelled"


def test_a_cancelled_date_comes_with_the_plain_list(client: httpx.Client, sandbox: SandboxServer) -> None:
    sandbox.store.delete("series0_20260310T090000Z")
    (gone,) = [event for event in listed(client)["items"] if event["id"].startswith("series0_")]
    assert set(gone) == {"kind", "etag", "id", "status", "recurringEventId", "originalStartTime"}
    assert gone["originalStartTime"]["dateTime"] == "2026-03-10T10:00:00+01:00"
    assert "series0_20260310T090000Z" not in ids(listed(client, singleEvents="true"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timeMin", "2026-01-01T00:00:00Z"),
        ("timeMax", "2026-01-01T00:00:00Z"),
        ("q", "x"),
        ("iCalUID", "x"),
        ("orderBy", "updated"),
        ("updatedMin", "2026-01-01T00:00:00Z"),
        ("privateExtendedProperty", "a=b"),
        ("sharedExtendedProperty", "a=b"),
        ("showDeleted", "false"),
    ],
)
def test_filters_are_refused_with_a_sync_token(client: httpx.Client, name: str, value: str) -> None:
    token = listed(client)["nextSyncToken"]
    assert client.get(EVENTS, params={"syncToken": token, name: value}).status_code == 400


@pytest.mark.parametrize("token", ["", "x", "bm8", "eyJzIjo5LCJ2IjoxLCJxIjp7fX0"])
def test_an_unreadable_sync_token_asks_for_a_full_sync(client: httpx.Client, token: str) -> None:
    if token == "":  # an empty one is none
        assert "nextSyncToken" in listed(client, syncToken="")
    else:
        assert reason(client.get(EVENTS, params={"syncToken": token})) == (410, "fullSyncRequired")


def test_expired_sync_tokens(client: httpx.Client) -> None:
    token = listed(client)["nextSyncToken"]
    client.post("/sandbox/expire-sync-tokens")
    assert reason(client.get(EVENTS, params={"syncToken": token})) == (410, "fullSyncRequired")
    assert "nextSyncToken" in listed(client)


def test_parameters_stay_the_same_across_pages_and_syncs(client: httpx.Client) -> None:
    first = listed(client, maxResults=1, timeMin="2026-01-01T00:00:00Z")
    answer = client.get(EVENTS, params={"pageToken": first["nextPageToken"], "timeMin": "2025-01-01T00:00:00Z"})
    assert reason(answer) == (400, "invalid")
    token = listed(client)["nextSyncToken"]
    assert client.get(EVENTS, params={"syncToken": token, "singleEvents": "true"}).status_code == 400


def test_time_min_bounds_the_end_and_time_max_the_start(client: httpx.Client) -> None:
    """single0 is 09:00 to 10:00 UTC on 10 February; both bounds are exclusive."""
    assert "single0" not in ids(listed(client, timeMin="2026-02-10T10:00:00Z"))
    assert "single0" in ids(listed(client, timeMin="2026-02-10T10:59:59+01:00"))
    assert "single0" not in ids(listed(client, timeMax="2026-02-10T09:00:00Z"))
    assert "single0" in ids(listed(client, timeMax="2026-02-10T09:00:01Z"))


def test_a_series_is_in_range_while_it_has_dates_there(client: httpx.Client) -> None:
    assert "series0" in ids(listed(client, timeMin="2026-04-21T00:00:00Z"))
    assert "series0" not in ids(listed(client, timeMin="2026-04-22T00:00:00Z"))


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"timeMin": "2026-01-01T00:00:00"}, (400, "badRequest")),
        ({"timeMin": "2026-01-02T00:00:00Z", "timeMax": "2026-01-02T00:00:00Z"}, (400, "timeRangeEmpty")),
        ({"maxResults": "0"}, (400, "invalid")),
        ({"maxResults": "many"}, (400, "invalid")),
        ({"singleEvents": "yes"}, (400, "invalid")),
        ({"orderBy": "startTime"}, (400, "invalid")),
        ({"orderBy": "name"}, (400, "invalid")),
        ({"eventTypes": "party"}, (400, "invalid")),
        ({"timeZone": "Mars/Base"}, (400, "invalid")),
        ({"pageToken": "x"}, (400, "invalid")),
        ({"privateExtendedProperty": "x"}, (400, "invalid")),
        ({"updatedMin": "2025-01-01T00:00:00Z"}, (410, "updatedMinTooLongAgo")),
    ],
)
def test_refused_parameters(client: httpx.Client, params: dict[str, str], expected: tuple[int, str]) -> None:
    assert reason(client.get(EVENTS, params=params)) == expected


def test_single_events_keep_the_wall_clock_across_the_change_of_time(client: httpx.Client) -> None:
    content = listed(client, singleEvents="true", orderBy="startTime", timeMin="2026-03-20T00:00:00Z")
    starts = [event["start"]["dateTime"] for event in content["items"]]
    assert starts[:2] == ["2026-03-24T10:00:00+01:00", "2026-03-31T10:00:00+02:00"]
    assert ids(content)[:2] == ["series0_20260324T090000Z", "series0_20260331T080000Z"]
    assert "nextSyncToken" not in content


def test_single_events_page_without_loss(client: httpx.Client) -> None:
    whole = ids(listed(client, singleEvents="true"))
    seen: list[str] = []
    params: dict[str, Any] = {"maxResults": 3, "singleEvents": "true"}
    while True:
        content = listed(client, **params)
        seen += ids(content)
        if "nextPageToken" not in content:
            break
        params["pageToken"] = content["nextPageToken"]
    assert seen == whole
    assert len(whole) == 10


def test_instances(client: httpx.Client, sandbox: SandboxServer) -> None:
    moved = {"start": {"dateTime": "2026-03-11T15:00:00+01:00"}, "end": {"dateTime": "2026-03-11T16:00:00+01:00"}}
    sandbox.store.patch("series0_20260310T090000Z", moved)
    sandbox.store.delete("series0_20260317T090000Z")
    content = client.get(f"{EVENTS}/series0/instances").json()
    assert len(content["items"]) == 7
    assert content["items"][1]["start"]["dateTime"] == "2026-03-11T15:00:00+01:00"
    assert content["items"][1]["originalStartTime"]["dateTime"] == "2026-03-10T10:00:00+01:00"
    both = client.get(f"{EVENTS}/series0/instances", params={"showDeleted": "true"}).json()
    assert len(both["items"]) == 8
    window = {"timeMin": "2026-03-11T00:00:00Z", "timeMax": "2026-03-12T00:00:00Z"}
    assert ids(client.get(f"{EVENTS}/series0/instances", params=window).json()) == ["series0_20260310T090000Z"]
    one = {"originalStart": "2026-03-24T10:00:00+01:00"}
    assert ids(client.get(f"{EVENTS}/series0/instances", params=one).json()) == ["series0_20260324T090000Z"]
    assert reason(client.get(f"{EVENTS}/nothing/instances")) == (404, "notFound")


def test_filters(client: httpx.Client, sandbox: SandboxServer, clock: Clock) -> None:
    sandbox.store.insert(meeting("mine0", "2026-03-05", extendedProperties={"private": {"greenblock": "a/b/1"}}))
    assert ids(listed(client, privateExtendedProperty="greenblock=a/b/1")) == ["mine0"]
    assert ids(listed(client, q="ANNA")) == ["single0"]
    assert ids(listed(client, iCalUID="single0@google.com")) == ["single0"]
    assert ids(listed(client, eventTypes="focusTime")) == []
    clock.go_on(timedelta(hours=1))
    sandbox.store.delete("single0")
    assert ids(listed(client, updatedMin="2026-03-02T08:30:00Z")) == ["single0"]


def test_the_answers_zone_and_attendees(client: httpx.Client) -> None:
    event = listed(client, timeZone="America/New_York", maxAttendees="1")["items"][0]
    assert event["start"]["dateTime"] == "2026-02-10T04:00:00-05:00"
    assert event["attendeesOmitted"] is True
    assert [guest["email"] for guest in event["attendees"]] == ["me@studio.example"]


def test_masks(client: httpx.Client) -> None:
    content = listed(client, fields="items(id,attendees/email),nextSyncToken")
    assert set(content) == {"items", "nextSyncToken"}
    assert content["items"][0] == {
        "id": "single0",
        "attendees": [{"email": "me@studio.example"}, {"email": "anna@alder.example"}],
    }
    assert reason(client.get(EVENTS, params={"fields": "items(id,nonsense)"})) == (400, "invalidParameter")
    assert reason(client.get(EVENTS, params={"fields": "items(id"})) == (400, "invalidParameter")
