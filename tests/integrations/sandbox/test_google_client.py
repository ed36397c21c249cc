"""The sandbox under Google's own client libraries, as the service uses them."""

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import google_auth_httplib2
import httplib2
import httpx
import pytest
from google.api_core.client_options import ClientOptions
from google_auth_oauthlib.flow import Flow
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from integrations.sandbox.client import api_endpoint, client_secrets
from integrations.sandbox.run import SandboxServer
from tests.conformance import Record
from tests.integrations.sandbox.conftest import ME, meeting
from tests.integrations.sandbox.test_oauth import REDIRECT, SCOPES, FirstForm


@pytest.fixture
def flow(sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> Flow:
    monkeypatch.setitem(os.environ, "OAUTHLIB_INSECURE_TRANSPORT", "1")
    return Flow.from_client_config(client_secrets(sandbox.url, REDIRECT), SCOPES.split(), redirect_uri=REDIRECT)


def consent(flow: Flow, sandbox: SandboxServer) -> str:
    """The code, after a robot has pressed the first button."""
    url, state = flow.authorization_url(access_type="offline", prompt="consent")
    with httpx.Client(base_url=sandbox.url, trust_env=False, verify=False) as browser:
        answer = FirstForm(browser.get(url).text).submit(browser)
    given = parse_qs(urlsplit(answer.headers["location"]).query)
    assert given["state"] == [state]
    return given["code"][0]


@pytest.fixture
def service(flow: Flow, sandbox: SandboxServer) -> Iterator[Any]:
    flow.fetch_token(code=consent(flow, sandbox))
    flow.oauth2session.close()
    http = httplib2.Http(timeout=10)
    authorized = google_auth_httplib2.AuthorizedHttp(flow.credentials, http=http)
    options = ClientOptions(api_endpoint=api_endpoint(sandbox.url))
    yield build("calendar", "v3", http=authorized, static_discovery=True, cache_discovery=False, client_options=options)
    http.close()


@pytest.mark.parametrize("in_body", [None, True], ids=["basic", "body"])
def test_the_flow_fetches_tokens(flow: Flow, sandbox: SandboxServer, in_body: bool | None) -> None:
    flow.fetch_token(code=consent(flow, sandbox), include_client_id=in_body)
    flow.oauth2session.close()
    assert flow.credentials.refresh_token
    assert flow.credentials.id_token
    assert set(flow.credentials.granted_scopes) == set(SCOPES.split())


def test_list_insert_patch_delete(service: Any, record: Record) -> None:
    events = service.events()
    first = events.list(calendarId="primary", maxResults=2500, fields="items(id),nextSyncToken,nextPageToken").execute()
    body = meeting("block0", "2026-03-05", extendedProperties={"private": {"greenblock": "a"}})
    made = events.insert(calendarId="primary", body=body, sendUpdates="none").execute()
    assert made["organizer"]["email"] == ME
    request = events.patch(calendarId="primary", eventId="block0", body={"colorId": "10"}, sendUpdates="none")
    request.headers["If-Match"] = '"stale"'
    with pytest.raises(HttpError) as caught:
        request.execute()
    assert (caught.value.status_code, caught.value.error_details[0]["reason"]) == (412, "conditionNotMet")
    request = events.patch(calendarId="primary", eventId="block0", body={"colorId": "10"}, sendUpdates="none")
    request.headers["If-Match"] = made["etag"]
    assert request.execute()["colorId"] == "10"
    assert events.delete(calendarId="primary", eventId="block0", sendUpdates="none").execute() == ""
    later = events.list(calendarId="primary", syncToken=first["nextSyncToken"]).execute()
    assert [(event["id"], event["status"]) for event in later["items"]] == [("block0", "cancelled")]
    assert record.violations == []
    assert record.requests == 6


def test_an_expired_access_token_is_refreshed_on_the_way(service: Any, sandbox: SandboxServer) -> None:
    sandbox.grants.expire_access_tokens()
    assert service.events().get(calendarId="primary", eventId="single0").execute()["id"] == "single0"
    assert [call.status for call in sandbox.calls.all() if call.name == "events.get"] == [401, 200]


def test_httplib2_sends_an_insert_again_when_the_answer_is_lost(service: Any, sandbox: SandboxServer) -> None:
    """What GOOGLE's client does by itself: the caller sees only the 409."""
    sandbox.faults.add("events.insert", "cut", when="after")
    with pytest.raises(HttpError) as caught:
        service.events().insert(calendarId="primary", body=meeting("block0", "2026-03-05")).execute()
    assert caught.value.status_code == 409
    assert sandbox.calls.count("events.insert") == 2
