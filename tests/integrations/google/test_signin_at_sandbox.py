"""Sign-in at the sandbox as a person would: open the page, tick off, press a button."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from integrations.errors import PermissionMissing, SignInLost
from integrations.google import oauth
from integrations.google.calendar import GoogleCalendar
from integrations.google.oauth import CALENDAR_SCOPE, SCOPES, CodeRefused, Provider
from integrations.sandbox.client import api_endpoint, client_secrets, openid_configuration_url
from integrations.sandbox.run import SandboxServer
from tests.integrations.google.forms import first_form

REDIRECT = "http://localhost:8000/oauth/callback"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    user = {"email": "Owner@example.com", "name": "Owner"}
    with SandboxServer({"user": user, "timeZone": "Europe/Berlin", "events": []}, view=False) as server:
        yield server


@pytest.fixture
def consent(sandbox: SandboxServer) -> Callable[..., dict[str, str]]:
    """Open the address, tick off what is asked, press a button; what comes back to the redirect address."""

    def run(url: str, *, without: str = "", button: int = 0) -> dict[str, str]:
        with httpx.Client(trust_env=False) as browser:
            action, fields, buttons = first_form(browser.get(url).raise_for_status().text)
            chosen = [pair for pair in fields if not without or pair[1] != without] + buttons[button]
            answer = browser.post(f"{sandbox.url}{action}", data=_as_form(chosen))
        assert answer.status_code == 302
        back = urlsplit(answer.headers["location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == REDIRECT
        return {name: values[0] for name, values in parse_qs(back.query).items()}

    return run


def _as_form(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    form: dict[str, list[str]] = {}
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return form


@pytest.fixture
def at_sandbox(sandbox: SandboxServer) -> Provider:
    return Provider(
        client_secrets=client_secrets(sandbox.url, REDIRECT)["web"],
        openid=oauth.discover(openid_configuration_url(sandbox.url)),
        api_endpoint=api_endpoint(sandbox.url),
    )


def test_sign_in_use_refresh_and_revoke(
    sandbox: SandboxServer, at_sandbox: Provider, consent: Callable[..., dict[str, str]]
) -> None:
    now = datetime.now(UTC)
    begun = oauth.begin(at_sandbox, REDIRECT, state="st", nonce="no")
    back = consent(begun.url)
    assert back["state"] == "st"
    rest = {"code_verifier": begun.code_verifier, "nonce": "no", "now": now}
    grant = oauth.finish(at_sandbox, REDIRECT, code=back["code"], **rest)
    assert (grant.email, grant.email_verified, grant.scopes) == ("owner@example.com", True, frozenset(SCOPES))
    assert grant.refresh_token
    with pytest.raises(CodeRefused):
        oauth.finish(at_sandbox, REDIRECT, code=back["code"], **rest)

    token = grant.token()
    used = oauth.credentials(at_sandbox, token, lambda: datetime.now(UTC))
    with GoogleCalendar(used, api_endpoint=at_sandbox.api_endpoint) as calendar:
        list(calendar.changes(sync_token=None, since=now))
        assert oauth.refreshed(used, token) is None
        sandbox.grants.expire_access_tokens()
        list(calendar.changes(sync_token=None, since=now))
        after = oauth.refreshed(used, token)
        assert after is not None
        assert after.access_token != token.access_token
        assert after.refresh_token == token.refresh_token

        oauth.revoke(at_sandbox, after)
        oauth.revoke(at_sandbox, after)
        with pytest.raises(SignInLost):
            list(calendar.changes(sync_token=None, since=now))


def test_signing_in_again_brings_a_refresh_token_again(
    at_sandbox: Provider, consent: Callable[..., dict[str, str]]
) -> None:
    for _ in range(2):
        begun = oauth.begin(at_sandbox, REDIRECT, state="st", nonce="no")
        code = consent(begun.url)["code"]
        grant = oauth.finish(
            at_sandbox, REDIRECT, code=code, code_verifier=begun.code_verifier, nonce="no", now=datetime.now(UTC)
        )
        assert grant.refresh_token


def test_a_stolen_code_is_worth_nothing(at_sandbox: Provider, consent: Callable[..., dict[str, str]]) -> None:
    begun = oauth.begin(at_sandbox, REDIRECT, state="st", nonce="no")
    code = consent(begun.url)["code"]
    with pytest.raises(CodeRefused):
        oauth.finish(at_sandbox, REDIRECT, code=code, code_verifier="x" * 50, nonce="no", now=datetime.now(UTC))


def test_no_is_no(at_sandbox: Provider, consent: Callable[..., dict[str, str]]) -> None:
    begun = oauth.begin(at_sandbox, REDIRECT, state="st", nonce="no")
    assert consent(begun.url, button=1) == {"state": "st", "error": "access_denied"}


def test_an_unticked_box_at_the_consent_page(at_sandbox: Provider, consent: Callable[..., dict[str, str]]) -> None:
    begun = oauth.begin(at_sandbox, REDIRECT, state="st", nonce="no")
    code = consent(begun.url, without=CALENDAR_SCOPE)["code"]
    with pytest.raises(PermissionMissing):
        oauth.finish(
            at_sandbox, REDIRECT, code=code, code_verifier=begun.code_verifier, nonce="no", now=datetime.now(UTC)
        )
