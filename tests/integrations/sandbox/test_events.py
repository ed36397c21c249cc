"""get, insert, patch, update, delete over HTTP: defaults, refusals, series, ETags, rights."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from integrations.sandbox.run import SandboxServer
from tests.integrations.sandbox.conftest import ANNA, EVENTS, ME, Clock, meeting

INSTANCE = "series0_20260310T090000Z"


def reason(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["errors"][0]["reason"]


def read(client: httpx.Client, event_id: str) -> dict[str, Any]:
    content: dict[str, Any] = client.get(f"{EVENTS}/{event_id}").json()
    return content


def test_an_insert_is_completed(client: httpx.Client, sandbox: SandboxServer) -> None:
    body = meeting("block0", "2026-03-05", transparency="opaque", visibility="private", colorId="10")
    body["extendedProperties"] = {"private": {"greenblock": "rule/2026-W10/1"}}
    body["reminders"] = {"useDefault": False, "overrides": [{"method": "popup", "minutes": 10}]}
    made = client.post(EVENTS, params={"sendUpdates": "none"}, json=body).json()
    assert made["start"] == {"dateTime": "2026-03-05T10:00:00+01:00", "timeZone": "Europe/Berlin"}
    assert made["organizer"] == made["creator"] == {"email": ME, "self": True}
    assert made["iCalUID"] == "block0@google.com"
    assert made["created"] == made["updated"] == "2026-03-02T08:00:00.000Z"
    assert (made["status"], made["eventType"], made["sequence"]) == ("confirmed", "default", 0)
    assert "transparency" not in made
    assert "attendees" not in made
    assert made["visibility"] == "private"
    assert made["htmlLink"].startswith(sandbox.url)
    assert read(client, "block0") == made


def test_an_id_is_made_where_none_is_given_and_is_never_used_twice(client: httpx.Client) -> None:
    body = meeting("", "2026-03-05")
    del body["id"]
    first, second = client.post(EVENTS, json=body).json(), client.post(EVENTS, json=body).json()
    assert first["id"] != second["id"]
    again = meeting(first["id"], "2026-03-06")
    assert reason(client.post(EVENTS, json=again)) == (409, "duplicate")
    assert client.delete(f"{EVENTS}/{first['id']}").status_code == 204
    assert reason(client.post(EVENTS, json=again)) == (409, "duplicate")


DAY, HOUR = {"date": "2026-03-05"}, {"dateTime": "2026-03-05T10:00:00Z"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"id": "abcd"}, "invalid"),
        ({"id": "wxyz0"}, "invalid"),
        ({"id": "ABCDE"}, "invalid"),
        ({"id": "a" * 1025}, "invalid"),
        ({"start": None}, "required"),
        ({"end": {}}, "required"),
        ({"start": DAY}, "invalid"),
        ({"start": DAY | HOUR}, "invalid"),
        ({"start": {"dateTime": "2026-03-05T10:00:00"}}, "required"),
        ({"start": {"dateTime": "tomorrow"}}, "invalid"),
        ({"start": HOUR | {"timeZone": "Mars/Base"}}, "invalid"),
        ({"end": {"dateTime": "2026-03-05T09:00:00Z"}, "start": HOUR}, "timeRangeEmpty"),
        ({"start": DAY, "end": DAY}, "timeRangeEmpty"),
        ({"colorId": "12"}, "invalid"),
        ({"colorId": 10}, "invalid"),
        ({"visibility": "secret"}, "invalid"),
        ({"transparency": "busy"}, "invalid"),
        ({"status": "done"}, "invalid"),
        ({"description": "x" * 8193}, "invalid"),
        ({"attendees": [{"displayName": "Anna"}]}, "required"),
        ({"attendees": [{"email": ANNA, "responseStatus": "maybe"}]}, "invalid"),
        ({"reminders": {"useDefault": False, "overrides": [{"method": "sms", "minutes": 1}]}}, "invalid"),
        ({"reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 40321}]}}, "invalid"),
        (
            {"reminders": {"useDefault": True, "overrides": [{"method": "popup", "minutes": 1}]}},
            "cannotUseDefaultRemindersAndSpecifyOverride",
        ),
        ({"extendedProperties": {"private": {"k" * 45: "v"}}}, "invalid"),
        ({"extendedProperties": {"private": {"k": "v" * 1025}}}, "invalid"),
        ({"extendedProperties": {"private": {"k": 1}}}, "invalid"),
        ({"recurrence": ["FREQ=WEEKLY"]}, "invalid"),
        ({"recurrence": ["DTSTART:20260305T100000Z", "RRULE:FREQ=WEEKLY"]}, "invalid"),
        ({"recurrence": ["RRULE:FREQ=SOMETIMES"]}, "invalid"),
        ({"recurrence": ["RRULE:FREQ=WEEKLY"], "start": HOUR, "end": HOUR}, "required"),
        ({"eventType": "focusTime"}, "required"),
        ({"eventType": "outOfOffice"}, "required"),
        ({"eventType": "fromGmail"}, "eventTypeRestriction"),
        ({"eventType": "focusTime", "focusTimeProperties": {}, "start": DAY, "end": {"date": "2026-03-06"}},
         "eventTypeRestriction"),
        ({"eventType": "focusTime", "focusTimeProperties": {}, "transparency": "transparent"}, "eventTypeRestriction"),
        ({"outOfOfficeProperties": {}}, "eventTypeRestriction"),
    ],
)  # fmt: skip
def test_refused_bodies(client: httpx.Client, sandbox: SandboxServer, change: dict[str, Any], expected: str) -> None:
    before = sandbox.store.version
    assert reason(client.post(EVENTS, json=meeting("fresh0", "2026-03-05") | change)) == (400, expected)
    assert sandbox.store.version == before


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff"])
def test_bodies_that_are_no_objects(client: httpx.Client, body: bytes) -> None:
    answer = client.post(EVENTS, content=body, headers={"Content-Type": "application/json"})
    assert reason(answer) == (400, "parseError")


def test_focus_time(client: httpx.Client) -> None:
    body = meeting("focus0", "2026-03-05", eventType="focusTime", focusTimeProperties={"chatStatus": "doNotDisturb"})
    assert client.post(EVENTS, json=body).json()["eventType"] == "focusTime"
    changed = client.patch(f"{EVENTS}/focus0", json={"eventType": "default"})
    assert reason(changed) == (400, "eventTypeRestriction")


def test_a_patch_merges_objects_deletes_nulls_and_replaces_lists(client: httpx.Client) -> None:
    properties = {"private": {"a": "1", "b": "2"}, "shared": {"c": "3"}}
    body = meeting("block0", "2026-03-05", location="here", extendedProperties=properties)
    client.post(EVENTS, json=body | {"attendees": [{"email": ANNA}, {"email": "ben@birch.example"}]})
    change = {
        "location": None,
        "extendedProperties": {"private": {"a": None, "d": "4"}},
        "attendees": [{"email": ANNA}],
    }
    made = client.patch(f"{EVENTS}/block0", json=change).json()
    assert "location" not in made
    assert made["extendedProperties"] == {"private": {"b": "2", "d": "4"}, "shared": {"c": "3"}}
    assert [guest["email"] for guest in made["attendees"]] == [ANNA]
    assert made["summary"] == "block0"
    assert made["sequence"] == 0
    assert reason(client.patch(f"{EVENTS}/block0", json={"start": {"date": "2026-03-05"}})) == (400, "invalid")


def test_moving_counts_the_sequence_and_touches_updated(client: httpx.Client, clock: Clock) -> None:
    clock.go_on(timedelta(minutes=5))
    change = {"start": {"dateTime": "2026-02-10T12:00:00+01:00"}, "end": {"dateTime": "2026-02-10T13:00:00+01:00"}}
    made = client.patch(f"{EVENTS}/single0", json=change).json()
    assert made["sequence"] == 1
    assert made["updated"] == "2026-03-02T08:05:00.000Z"
    assert made["created"] == "2026-03-02T08:00:00.000Z"


def test_an_update_is_the_whole_event(client: httpx.Client) -> None:
    body = meeting("single0", "2026-02-11")
    made = client.put(f"{EVENTS}/single0", json=body).json()
    assert "attendees" not in made
    assert made["start"]["dateTime"] == "2026-02-11T10:00:00+01:00"
    assert reason(client.put(f"{EVENTS}/single0", json={"summary": "x"})) == (400, "required")


def test_etags_guard_every_write(client: httpx.Client) -> None:
    old = read(client, "single0")["etag"]
    new = client.patch(f"{EVENTS}/single0", json={"summary": "x"}, headers={"If-Match": old}).json()["etag"]
    assert new != old
    stale = {"If-Match": old}
    assert reason(client.patch(f"{EVENTS}/single0", json={"summary": "y"}, headers=stale)) == (412, "conditionNotMet")
    put = client.put(f"{EVENTS}/single0", json=meeting("single0", "2026-02-10"), headers=stale)
    assert reason(put) == (412, "conditionNotMet")
    assert reason(client.delete(f"{EVENTS}/single0", headers=stale)) == (412, "conditionNotMet")
    assert read(client, "single0")["summary"] == "x"
    assert client.delete(f"{EVENTS}/single0", headers={"If-Match": new}).status_code == 204


def test_deleted_stays_readable_and_can_come_back(client: httpx.Client) -> None:
    client.delete(f"{EVENTS}/single0")
    assert read(client, "single0")["status"] == "cancelled"
    assert reason(client.delete(f"{EVENTS}/single0")) == (410, "deleted")
    assert client.put(f"{EVENTS}/single0", json=meeting("single0", "2026-02-10")).json()["status"] == "confirmed"
    assert client.patch(f"{EVENTS}/single0", json={"status": "cancelled"}).json()["status"] == "cancelled"
    assert client.patch(f"{EVENTS}/single0", json={"status": "confirmed"}).json()["status"] == "confirmed"
    for answer in (client.get(f"{EVENTS}/nothing"), client.patch(f"{EVENTS}/nothing", json={})):
        assert reason(answer) == (404, "notFound")
    assert reason(client.delete(f"{EVENTS}/nothing")) == (404, "notFound")


def test_an_instance_can_be_read_changed_and_cancelled(client: httpx.Client, sandbox: SandboxServer) -> None:
    one = read(client, INSTANCE)
    assert (one["recurringEventId"], "recurrence" in one) == ("series0", False)
    assert one["etag"] == read(client, "series0")["etag"]
    made = client.patch(f"{EVENTS}/{INSTANCE}", json={"summary": "only this one"}).json()
    assert made["originalStartTime"]["dateTime"] == "2026-03-10T10:00:00+01:00"
    assert read(client, "series0")["summary"] == "series0"
    assert client.delete(f"{EVENTS}/{INSTANCE}").status_code == 204
    assert read(client, INSTANCE)["status"] == "cancelled"
    assert [event["id"] for event in sandbox.store.live()] == ["single0", "series0", "allday0"]
    assert client.patch(f"{EVENTS}/{INSTANCE}", json={"status": "confirmed"}).status_code == 200
    assert reason(client.get(f"{EVENTS}/series0_20260311T090000Z")) == (404, "notFound")
    assert reason(client.get(f"{EVENTS}/single0_20260210T090000Z")) == (404, "notFound")
    assert reason(client.patch(f"{EVENTS}/{INSTANCE}", json={"recurrence": ["RRULE:FREQ=DAILY"]})) == (400, "invalid")


def test_a_deleted_series_takes_its_exceptions_along(client: httpx.Client, sandbox: SandboxServer) -> None:
    client.patch(f"{EVENTS}/{INSTANCE}", json={"summary": "only this one"})
    client.delete(f"{EVENTS}/series0")
    assert read(client, INSTANCE)["status"] == "cancelled"
    assert read(client, "series0_20260317T090000Z")["status"] == "cancelled"
    content = client.get(EVENTS).json()
    assert [event["id"] for event in content["items"]] == ["single0", "allday0"]


def test_a_series_cut_short_drops_the_exceptions_behind_the_cut(client: httpx.Client) -> None:
    client.patch(f"{EVENTS}/{INSTANCE}", json={"summary": "only this one"})
    client.patch(f"{EVENTS}/series0", json={"recurrence": ["RRULE:FREQ=WEEKLY;UNTIL=20260309T225959Z"]})
    assert read(client, INSTANCE)["status"] == "cancelled"


def test_an_all_day_series_has_short_ids(client: httpx.Client) -> None:
    body = {"id": "dagis0", "start": {"date": "2026-03-05"}, "end": {"date": "2026-03-06"}}
    client.post(EVENTS, json=body | {"recurrence": ["RRULE:FREQ=DAILY;COUNT=3"]})
    items = client.get(f"{EVENTS}/dagis0/instances").json()["items"]
    assert [event["id"] for event in items] == ["dagis0_20260305", "dagis0_20260306", "dagis0_20260307"]
    assert read(client, "dagis0_20260306")["start"] == {"date": "2026-03-06"}


def test_descriptions_keep_simple_tags_only(client: httpx.Client) -> None:
    text = '<p>☐ <b onclick="x()">Anna</b><script>alert(1)</script> <a href="javascript:x">l</a><br/>a < b &amp; c</p>'
    made = client.post(EVENTS, json=meeting("block0", "2026-03-05", description=text)).json()
    assert made["description"] == "☐ <b>Anna</b> <a>l</a><br>a < b &amp; c"


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer wrong", "Basic sandbox"])
def test_without_a_valid_token(sandbox: SandboxServer, token: str) -> None:
    answer = httpx.get(sandbox.url + EVENTS, headers={"Authorization": token} if token else {}, trust_env=False)
    assert reason(answer) == (401, "authError")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_other_calendars_and_addresses_are_not_there(client: httpx.Client) -> None:
    assert client.get(f"/calendar/v3/calendars/{ME}/events").status_code == 200
    assert client.get("/calendar/v3/calendars/primary").json()["timeZone"] == "Europe/Berlin"
    assert reason(client.get(f"/calendar/v3/calendars/{ANNA}/events")) == (404, "notFound")
    assert reason(client.get("/calendar/v3/nothing")) == (404, "notFound")


def test_masks_on_one_event(client: httpx.Client) -> None:
    assert client.get(f"{EVENTS}/single0", params={"fields": "id,start/dateTime"}).json() == {
        "id": "single0",
        "start": {"dateTime": "2026-02-10T10:00:00+01:00"},
    }
    assert client.get(f"{EVENTS}/single0", params={"fields": "*"}).json() == read(client, "single0")
