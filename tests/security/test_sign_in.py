"""Sign-in: whose browser, whose answer, who may, and what is left of it afterwards."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.config import Settings
from app.db import accounts
from app.db.tables import AccountRow, SessionRow, SignInRow
from app.keys import Keys
from app.main import create_app
from app.wiring import build
from tests.running import (
    Running,
    ask_directly,
    begin,
    connect,
    consent,
    first_read,
    live_blocks,
    running_service,
    save_welcome,
    settled,
    visitor,
    wait_until,
)
from tests.security.conftest import ME, SECOND, met, other_user, world_of


class Clock:
    """Runs only when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def small_world() -> dict[str, Any]:
    return world_of(met(1, "Anna Alder"), others=[other_user([])])


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def running(clock: Clock) -> Iterator[Running]:
    """Anyone may sign in here."""
    with running_service(small_world(), clock=clock, settings={"allowed": "*"}) as made:
        yield made


@pytest.fixture
def client(running: Running) -> Iterator[httpx.Client]:
    with visitor(running) as made:
        yield made


def refused(answer: httpx.Response, words: str) -> None:
    """An error page in words, and no way in."""
    assert answer.status_code in {200, 400}
    assert words in answer.text
    assert 'role="alert"' in answer.text
    assert "set-cookie" not in answer.headers


def signed_in(client: httpx.Client) -> bool:
    return client.get("/settings").status_code == 200


def accounts_of(running: Running) -> list[AccountRow]:
    with running.services.db.read() as session:
        return list(session.scalars(select(AccountRow).order_by(AccountRow.id)))


# -- Whose browser ---------------------------------------------------------------------------------


def test_the_answer_to_another_browsers_sign_in_is_refused(running: Running, client: httpx.Client) -> None:
    """A victim's browser is sent to the callback with the attacker's state and code."""
    with visitor(running) as attacker:
        answer = consent(begin(attacker))
        begin(client)  # the victim has a sign-in of their own open
        refused(client.get(answer), "begun in another browser")
        assert not signed_in(client)
        with visitor(running) as fresh:
            refused(fresh.get(answer), "not begun in this browser")
        # and it is still good where it was begun
        assert attacker.get(answer).status_code == 303


def test_a_state_works_once(client: httpx.Client) -> None:
    answer = consent(begin(client))
    assert client.get(answer).status_code == 303
    refused(client.get(answer), "used already")


def test_a_state_works_once_even_when_it_led_nowhere(client: httpx.Client) -> None:
    address = begin(client)
    state = parse_qs(urlsplit(address).query)["state"][0]
    refused(client.get(f"/oauth/callback?{urlencode({'state': state, 'code': 'made up'})}"), "connect again")
    refused(client.get(consent(address)), "used already")
    assert not signed_in(client)


def test_a_code_works_once(client: httpx.Client) -> None:
    """With a fresh state of this browser's own."""
    used = consent(begin(client))
    assert client.get(used).status_code == 303
    code = parse_qs(urlsplit(used).query)["code"][0]
    state = parse_qs(urlsplit(begin(client)).query)["state"][0]
    refused(client.get(f"/oauth/callback?{urlencode({'state': state, 'code': code})}"), "used before")


def test_a_stolen_code_is_worth_nothing_without_its_verifier(running: Running, client: httpx.Client) -> None:
    """PKCE: the code of another sign-in, brought with a state of one's own."""
    with visitor(running) as victim:
        address = begin(victim)
        asked = parse_qs(urlsplit(address).query)
        assert asked["code_challenge_method"] == ["S256"]
        assert len(asked["code_challenge"][0]) == 43
        stolen = parse_qs(urlsplit(consent(address)).query)["code"][0]
    state = parse_qs(urlsplit(begin(client)).query)["state"][0]
    refused(client.get(f"/oauth/callback?{urlencode({'state': state, 'code': stolen})}"), "onnect again")
    assert not signed_in(client)


@pytest.mark.parametrize("cookie", [None, "", "made-up", "x" * 101])
def test_without_the_cookie_it_was_begun_with_nothing_works(
    running: Running, client: httpx.Client, cookie: str | None
) -> None:
    answer = consent(begin(client))
    client.cookies.clear()
    headers = {} if cookie is None else {"Cookie": f"{running.services.settings.cookie_name}={cookie}"}
    refused(client.get(answer, headers=headers), "begun in")


def test_a_sign_in_lasts_a_quarter_of_an_hour(clock: Clock, client: httpx.Client) -> None:
    answer, late = consent(begin(client)), timedelta(minutes=15)
    clock.now += late
    refused(client.get(answer), "too long ago")
    address = begin(client)
    clock.now += late - timedelta(seconds=1)
    assert client.get(consent(address)).status_code == 303


@pytest.mark.parametrize(
    "query", ["", "state=x", "code=x", "state=&code=", "state=%00&code=%ff", "state=x&code=y&state=z"]
)
def test_half_an_answer_is_refused(client: httpx.Client, query: str) -> None:
    begin(client)
    refused(client.get(f"/oauth/callback?{query}"), "onnect again")


# -- What the user said at Google ------------------------------------------------------------------


def test_a_denied_consent_is_said_in_words(client: httpx.Client) -> None:
    refused(client.get(consent(begin(client), button=1)), "You did not allow access, so nothing was connected.")
    assert not signed_in(client)


def test_an_unticked_box_is_named(client: httpx.Client) -> None:
    def untick(fields: list[tuple[str, str]]) -> None:
        fields[:] = [pair for pair in fields if pair[0] != "scope"]

    refused(client.get(consent(begin(client), change=untick)), "tick the box “See, create, change, and delete events")
    assert not signed_in(client)


def test_an_error_from_elsewhere_is_no_text_of_theirs(client: httpx.Client) -> None:
    begin(client)
    answer = client.get("/oauth/callback?error=<script>alert(1)</script>&error_description=call+0900")
    assert "alert(1)" not in answer.text
    assert "0900" not in answer.text
    refused(answer, "Google ended the sign-in without a reason that we know.")


# -- The id token ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"aud": "another-app.example"}, "made for another app"),
        ({"azp": "another-app.example"}, "made for another app"),
        ({"nonce": "of another sign-in"}, "belongs to another sign-in"),
        ({"iss": "https://accounts.evil.example"}, "from another issuer"),
        ({"exp": 1}, "expired"),
    ],
    ids=str,
)
def test_a_proof_that_is_not_for_this_sign_in_is_refused(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, claims: dict[str, Any], why: str
) -> None:
    """The sandbox's tokens are bent before it signs them."""
    sign = jwt.encode

    def bent(payload: dict[str, Any], *rest: Any, **options: Any) -> str:
        return sign({**payload, **claims}, *rest, **options)

    answer = consent(begin(client))
    monkeypatch.setattr("integrations.sandbox.oauth.jwt.encode", bent)
    refused(client.get(answer), why)
    assert not signed_in(client)


# -- The session -----------------------------------------------------------------------------------


def test_the_session_changes_its_id_at_sign_in(running: Running, client: httpx.Client) -> None:
    """Whoever planted a cookie before the sign-in holds nothing after it."""
    name = running.services.settings.cookie_name
    answer = consent(begin(client))
    planted = client.cookies[name]
    assert client.get(answer).status_code == 303
    assert client.cookies[name] != planted
    assert signed_in(client)
    with visitor(running) as attacker:
        attacker.cookies.set(name, planted)
        assert not signed_in(attacker)
    # a second sign-in of the same browser gives yet another
    before = client.cookies[name]
    connect(client, running)
    assert client.cookies[name] != before
    with visitor(running) as old:
        old.cookies.set(name, before)
        assert not signed_in(old)


def test_after_signing_out_the_old_cookie_is_dead(running: Running, client: httpx.Client) -> None:
    name = running.services.settings.cookie_name
    connect(client, running)
    kept = client.cookies[name]
    with visitor(running) as other_browser:
        connect(other_browser, running)
        answer = client.post("/sign-out")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert name not in client.cookies
        client.cookies.set(name, kept)
        assert not signed_in(client)
        assert signed_in(other_browser)


def test_a_session_ends_after_ninety_days_without_use(running: Running, clock: Clock, client: httpx.Client) -> None:
    connect(client, running)
    clock.now += timedelta(days=80)
    assert signed_in(client)  # rolls it
    clock.now += timedelta(days=80)
    assert signed_in(client)
    clock.now += timedelta(days=90)
    assert not signed_in(client)


def test_the_database_holds_no_session_and_no_token(running: Running, client: httpx.Client) -> None:
    connect(client, running)
    secret = client.cookies[running.services.settings.cookie_name]
    file = Path(running.services.db.url.database or "")
    raw = b"".join(path.read_bytes() for path in file.parent.glob(file.name + "*"))
    assert ME.encode() in raw  # it is the right file
    grants = running.sandbox.grants
    secrets = [secret, *grants._access, *(grant.refresh_token or "" for grant in grants._grants.values())]
    assert len(secrets) >= 3
    for one in filter(None, secrets):
        assert one.encode() not in raw
    with running.services.db.read() as session:
        assert all(len(row.id_hash) == 64 for row in session.scalars(select(SessionRow)))
        assert all(len(row.state_hash) == 64 for row in session.scalars(select(SignInRow)))


def cookie_of(answer: httpx.Response) -> tuple[str, Any]:
    jar = SimpleCookie(answer.headers["set-cookie"])
    ((name, morsel),) = jar.items()
    return name, morsel


def test_cookies_are_kept_from_scripts_and_other_sites(running: Running, client: httpx.Client) -> None:
    name, morsel = cookie_of(client.get("/connect"))
    assert name == running.services.settings.cookie_name
    assert (morsel["httponly"], morsel["samesite"].lower(), morsel["path"], morsel["domain"]) == (True, "lax", "/", "")
    assert not morsel["secure"]  # http://localhost
    connect(client, running)
    _, dropped = cookie_of(client.post("/sign-out"))
    assert (dropped.value, dropped["max-age"], dropped["httponly"]) == ("", "0", True)


def test_on_https_cookies_are_secure_and_bound_to_the_host(tmp_path: Path) -> None:
    secrets_file = tmp_path / "client_secret.json"
    google = {
        "client_id": "a.apps.example",
        "client_secret": "b",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "redirect_uris": ["https://green.example.com/oauth/callback"],
    }
    secrets_file.write_text(json.dumps({"web": google}))
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite:///{tmp_path / 'a.db'}",
        public_url="https://green.example.com",
        secret_key=SecretStr(Keys.generate()),
        google_client_secrets=secrets_file,
    )
    services = build(settings)
    app = create_app(services, wheel=False)

    def ask(method: str, path: str, **headers: str) -> httpx.Response:
        return ask_directly(app, method, settings.public_url + path, **headers)

    answer = ask("GET", "/connect")
    assert answer.headers["location"].startswith("https://accounts.google.com/o/oauth2/auth?")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    name, morsel = cookie_of(answer)
    assert name == "__Host-greenblock"
    assert (morsel["secure"], morsel["httponly"], morsel["path"], morsel["domain"]) == (True, True, "/", "")
    assert morsel["samesite"].lower() == "lax"
    # The origin of the public address may change things, the same host without TLS may not.
    assert ask("POST", "/sign-out", Origin="http://green.example.com").status_code == 403
    assert ask("POST", "/sign-out", Origin="https://green.example.com").status_code == 303
    services.db.dispose()


# -- Who may ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("allowed", "first", "second"),
    [
        ("", True, False),
        ("*", True, True),
        (ME, True, False),
        (f" {SECOND.upper()} , nobody@elsewhere.example", False, True),
        ("studio.example", True, True),
        ("@studio.example", True, True),
        ("example", False, False),
        ("notstudio.example,udio.example", False, False),
    ],
)
def test_who_is_let_in(allowed: str, first: bool, second: bool) -> None:
    with running_service(small_world(), settings={"allowed": allowed}) as running:
        for email, welcome in ((ME, first), (SECOND, second)):
            with visitor(running) as client:
                answer = client.get(consent(begin(client), user=email))
                assert (answer.status_code == 303) is welcome
                if not welcome:
                    refused(answer, "does not let this address in. Ask whoever runs it to add the address to")
                assert signed_in(client) is welcome
        assert len(accounts_of(running)) == first + second
        # Who is in stays in: the rule is about joining.
        if first and not allowed:
            with visitor(running) as again:
                connect(again, running, user=ME)


@pytest.mark.parametrize(
    ("come", "answered"),
    [([ME, SECOND], ["let in", "refused"]), ([ME, ME], ["let in", "let in"])],
    ids=["two people", "one person twice"],
)
def test_who_comes_first_is_one_person(
    migrated_url: str, monkeypatch: pytest.MonkeyPatch, come: list[str], answered: list[str]
) -> None:
    """Two who sign in at the same moment at a service that is nobody's yet."""
    together, asked = threading.Barrier(2), accounts.any_account

    def ask(session: Session) -> bool:
        said = asked(session)
        with suppress(threading.BrokenBarrierError):  # where the other one has to wait until we are done
            together.wait(timeout=1)
        return said

    monkeypatch.setattr(accounts, "any_account", ask)
    with (
        running_service(small_world(), settings={"allowed": "", "database_url": migrated_url}) as running,
        visitor(running) as one,
        visitor(running) as other,
    ):
        addresses = [consent(begin(client), user=email) for client, email in zip((one, other), come, strict=True)]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda client, address: client.get(address), (one, other), addresses))
        said = ["let in" if answer.status_code == 303 else "refused" for answer in answers]
        assert sorted(said) == answered
        assert [signed_in(client) for client in (one, other)] == [word == "let in" for word in said]
        for answer in answers:
            if answer.status_code != 303:
                refused(answer, "does not let this address in")
        assert len(accounts_of(running)) == 1


# -- Disconnect and connect again ------------------------------------------------------------------


def test_connecting_again_keeps_the_refresh_token_and_the_blocks() -> None:
    clock = Clock()
    with running_service(small_world(), clock=clock) as running, visitor(running) as client:
        connect(client, running)
        first_read(running)
        save_welcome(client)
        settled(running)
        blocks = [event["id"] for event in live_blocks(running)]
        assert blocks

        def stored() -> dict[str, Any]:
            row = accounts_of(running)[0]
            assert row.token is not None
            body: dict[str, Any] = json.loads(running.services.keys.decrypt(row.token))
            return body

        before = stored()
        assert before["refresh"]
        # Google gives a refresh token only at a consent that was forced, so this one brings none.
        address = begin(client).replace("prompt=consent", "prompt=none")
        assert client.get(consent(address)).status_code == 303
        after = stored()
        assert after["refresh"] == before["refresh"]
        assert after["access"] != before["access"]
        settled(running)

        assert client.post("/disconnect").status_code == 303
        wait_until(lambda: accounts_of(running)[0].token is None, "the token is forgotten")
        assert "Google is disconnected" in client.get("/today").text
        assert not running.sandbox.grants._grants  # revoked there, too
        connect(client, running)
        assert len(accounts_of(running)) == 1
        settled(running)
        assert [event["id"] for event in live_blocks(running)] == blocks
        assert stored()["refresh"]
