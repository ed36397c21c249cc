"""Sign-in over HTTP: the consent page as a robot and as a person uses it, codes, tokens, keys, revocation."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import pytest

from integrations.sandbox import oauth
from integrations.sandbox.client import CLIENT_ID, CLIENT_KEY, client_secrets, openid_configuration_url
from integrations.sandbox.run import SandboxServer
from tests.integrations.sandbox.conftest import ANNA, EVENTS, ME, Clock, small_world

REDIRECT = "http://localhost:8000/oauth/callback"
OWNED = "https://www.googleapis.com/auth/calendar.events.owned"
EMAIL = "https://www.googleapis.com/auth/userinfo.email"
SCOPES = f"openid {EMAIL} {OWNED}"
VERIFIER = "v" * 64


class FirstForm(HTMLParser):
    """What a robot sees: the first form's address, its fields as they stand, its buttons in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = self.method = ""
        self.fields: list[tuple[str, str]] = []
        self.buttons: list[dict[str, str | None]] = []
        self._select = ""
        self._forms = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._forms += 1
            if self._forms == 1:
                self.action, self.method = given.get("action") or "", given.get("method") or "get"
        if self._forms != 1:
            return
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
            self.fields.append((name, value))
        elif tag == "select":
            self._select = name
        elif tag == "option" and (self._select not in dict(self.fields) or "selected" in given):
            self.fields = [pair for pair in self.fields if pair[0] != self._select] + [(self._select, value)]
        elif tag == "button":
            self.buttons.append(given)

    def submit(self, http: httpx.Client, button: int = 0, without: str = "") -> httpx.Response:
        pressed = self.buttons[button]
        fields = [pair for pair in self.fields if pair[1] != without]
        if pressed.get("name"):
            fields.append((pressed["name"] or "", pressed.get("value") or ""))
        assert self.method == "post"
        body = urlencode(fields)
        return http.post(self.action, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})


@pytest.fixture
def http(sandbox: SandboxServer) -> Iterator[httpx.Client]:
    """Nobody's browser."""
    with httpx.Client(base_url=sandbox.url, timeout=10, trust_env=False, verify=False) as client:
        yield client


def challenge(verifier: str = VERIFIER) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def ask(http: httpx.Client, **more: str) -> httpx.Response:
    params = {
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": SCOPES,
        "state": "st&te",
        "nonce": "n0nce",
        "code_challenge": challenge(),
        "code_challenge_method": "S256",
        "access_type": "offline",
    }
    return http.get("/o/oauth2/auth", params=params | more)


def back(answer: httpx.Response) -> dict[str, str]:
    """The parameters with which the browser goes back to the app."""
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(REDIRECT + "?")
    return {key: value[0] for key, value in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def consented(http: httpx.Client, without: str = "", **more: str) -> str:
    return back(FirstForm(ask(http, **more).text).submit(http, without=without))["code"]


def redeem(http: httpx.Client, given: str, **more: str) -> httpx.Response:
    fields = {
        "grant_type": "authorization_code",
        "code": given,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_KEY,
    }
    return http.post("/token", data=fields | more)


def tokens(http: httpx.Client, **more: str) -> dict[str, Any]:
    answer = redeem(http, consented(http, **more))
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def refresh(http: httpx.Client, token: str) -> httpx.Response:
    fields = {"grant_type": "refresh_token", "refresh_token": token}
    return http.post("/token", data=fields, auth=(CLIENT_ID, CLIENT_KEY))


def listed(http: httpx.Client, token: str) -> httpx.Response:
    return http.get(EVENTS, headers={"Authorization": f"Bearer {token}"})


def test_the_first_form_by_its_first_button_grants_everything(http: httpx.Client) -> None:
    answer = FirstForm(ask(http).text).submit(http)
    given = back(answer)
    assert given["state"] == "st&te"
    assert set(given["scope"].split()) == set(SCOPES.split())
    made = redeem(http, given["code"]).json()
    assert made["token_type"] == "Bearer"
    assert made["expires_in"] == 3599
    assert set(made["scope"].split()) == set(SCOPES.split())
    assert listed(http, made["access_token"]).status_code == 200
    assert refresh(http, made["refresh_token"]).status_code == 200


def test_cancel_is_denied(http: httpx.Client) -> None:
    given = back(FirstForm(ask(http).text).submit(http, button=1))
    assert given == {"error": "access_denied", "state": "st&te"}


def test_an_unticked_calendar_is_missing_from_the_scopes(http: httpx.Client) -> None:
    made = redeem(http, consented(http, without=OWNED)).json()
    assert set(made["scope"].split()) == {"openid", EMAIL}
    answer = listed(http, made["access_token"])
    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (403, "insufficientPermissions")


def test_the_id_token_is_signed_by_the_published_key(http: httpx.Client, sandbox: SandboxServer, clock: Clock) -> None:
    document = http.get(openid_configuration_url(sandbox.url)).json()
    keys = jwt.PyJWKSet.from_dict(http.get(document["jwks_uri"]).json())
    made = tokens(http)
    head = jwt.get_unverified_header(made["id_token"])
    claims = jwt.decode(
        made["id_token"], keys[head["kid"]], ["RS256"], audience=CLIENT_ID, issuer=sandbox.url,
        options={"verify_exp": False, "verify_iat": False},
    )  # fmt: skip
    assert (claims["email"], claims["email_verified"], claims["nonce"]) == (ME, True, "n0nce")
    assert claims["iat"] == int(clock.now.timestamp())
    assert claims["exp"] == claims["iat"] + 3600
    who = http.get(document["userinfo_endpoint"], headers={"Authorization": f"Bearer {made['access_token']}"}).json()
    assert (who["sub"], who["email"]) == (claims["sub"], ME)
    for name in ("issuer", "authorization_endpoint", "token_endpoint", "revocation_endpoint", "jwks_uri"):
        assert document[name].startswith(sandbox.url)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": "http://localhost:9/oauth/callback"}, "redirect_uri_mismatch"),
        ({"code": "4/wrong"}, "invalid_grant"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "wrong"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_refused_codes(http: httpx.Client, change: dict[str, str], error: str) -> None:
    answer = redeem(http, consented(http), **change)
    assert answer.status_code == (401 if error == "invalid_client" else 400)
    assert answer.json()["error"] == error


def test_a_code_is_single_use_and_short_lived(http: httpx.Client, clock: Clock) -> None:
    code = consented(http)
    assert redeem(http, code).status_code == 200
    assert redeem(http, code).json()["error"] == "invalid_grant"
    late = consented(http)
    clock.go_on(timedelta(minutes=11))
    assert redeem(http, late).json()["error"] == "invalid_grant"


def test_a_second_consent_brings_a_refresh_token_only_when_asked(http: httpx.Client) -> None:
    assert "refresh_token" in tokens(http)
    assert "refresh_token" not in tokens(http)
    assert "refresh_token" in tokens(http, prompt="consent")
    assert "refresh_token" not in tokens(http, access_type="online", prompt="consent")


def test_access_tokens_expire_and_are_refreshed(http: httpx.Client, clock: Clock) -> None:
    made = tokens(http)
    clock.go_on(timedelta(hours=1))
    assert listed(http, made["access_token"]).json()["error"]["errors"][0]["reason"] == "authError"
    fresh = refresh(http, made["refresh_token"]).json()
    assert "refresh_token" not in fresh
    assert listed(http, fresh["access_token"]).status_code == 200
    http.post("/sandbox/expire-access-tokens")
    assert listed(http, fresh["access_token"]).status_code == 401
    assert refresh(http, made["refresh_token"]).status_code == 200


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_the_grant(http: httpx.Client, which: str) -> None:
    made = tokens(http)
    assert http.post("/revoke", data={"token": made[which]}).status_code == 200
    assert listed(http, made["access_token"]).status_code == 401
    assert refresh(http, made["refresh_token"]).json()["error"] == "invalid_grant"
    assert http.post("/revoke", params={"token": made[which]}).json()["error"] == "invalid_token"
    assert "refresh_token" in tokens(http)


def test_grants_revoked_and_scopes_withdrawn_by_the_levers(http: httpx.Client) -> None:
    made = tokens(http)
    http.post("/sandbox/withdraw-scope", params={"scope": OWNED})
    assert listed(http, made["access_token"]).status_code == 403
    assert OWNED not in refresh(http, made["refresh_token"]).json()["scope"]
    http.post("/sandbox/revoke-grants")
    assert refresh(http, made["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "wrong"},
        {"redirect_uri": "http://evil.example/oauth/callback"},
        {"redirect_uri": "http://localhost:8000/other"},
        {"redirect_uri": "http://localhost.evil.example/oauth/callback"},
        {"redirect_uri": "http://localhost:8000/oauth/callback?x=<script>"},
        {"response_type": "token"},
        {"scope": ""},
        {"code_challenge_method": "plain"},
    ],
)
def test_a_wrong_request_goes_nowhere(http: httpx.Client, change: dict[str, str]) -> None:
    answer = ask(http, **change)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "<form" not in answer.text
    assert "<script>" not in answer.text


def test_a_consent_form_works_once(http: httpx.Client) -> None:
    form = FirstForm(ask(http).text)
    assert form.submit(http).status_code == 302
    assert form.submit(http).status_code == 400


def test_scopes_that_were_not_asked_for_cannot_be_added(http: httpx.Client) -> None:
    form = FirstForm(ask(http).text)
    form.fields.append(("scope", "https://www.googleapis.com/auth/calendar"))
    assert set(back(form.submit(http))["scope"].split()) == set(SCOPES.split())


def test_client_secrets_have_the_consoles_shape() -> None:
    web = client_secrets("http://localhost:8001", REDIRECT)["web"]
    assert web["redirect_uris"] == [REDIRECT]
    assert web["auth_uri"].startswith("http://localhost:8001/")
    assert web["token_uri"].startswith("http://localhost:8001/")


def test_several_users(clock: Clock) -> None:
    other = {"user": {"email": ANNA, "name": "Anna <b>"}, "timeZone": "UTC", "events": []}
    with (
        SandboxServer(small_world() | {"others": [other]}, clock=clock, view=False) as sandbox,
        httpx.Client(base_url=sandbox.url, trust_env=False, verify=False) as http,
    ):
        assert "Anna &lt;b&gt;" in ask(http).text
        mine = tokens(http)
        hers = tokens(http, login_hint=ANNA)
        assert listed(http, mine["access_token"]).json()["summary"] == ME
        assert listed(http, hers["access_token"]).json()["items"] == []
        assert listed(http, "sandbox").json()["summary"] == ME


def test_all_who_ask_at_once_are_told_one_key() -> None:
    oauth._made_key.cache_clear()
    gate = threading.Barrier(4)

    def ask(_one: int) -> str:
        gate.wait()
        return oauth.signing_key()[0]

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1
