"""Sign-in against a provider that says what each test wants."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from integrations.errors import PermissionMissing
from integrations.google import oauth
from integrations.google.oauth import (
    CALENDAR_SCOPE,
    SCOPES,
    CodeRefused,
    ConsentRefused,
    IdentityRefused,
    Provider,
    ProviderMisconfigured,
    ProviderUnavailable,
    SignInError,
    StoredToken,
)
from tests.integrations.google.scripted import CUT, Asked, Scripted

REDIRECT = "http://localhost:8000/oauth/callback"
NOW = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)  # far from the machine's clock on purpose


@dataclass
class World:
    """A provider at a scripted server: `claims` go into the id token, `answer` is the token endpoint's."""

    server: Scripted
    provider: Provider
    key: RSAPrivateKey
    claims: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    signed_by: RSAPrivateKey | None = None
    key_id: str = "k1"

    def token(self, _: Asked) -> dict[str, Any]:
        claims = {name: value for name, value in self.claims.items() if value is not None}
        id_token = jwt.encode(claims, self.signed_by or self.key, algorithm="RS256", headers={"kid": self.key_id})
        answer = {"access_token": "at", "refresh_token": "rt", "expires_in": 3599, "token_type": "Bearer"}
        answer |= {"scope": " ".join(SCOPES), "id_token": id_token, **self.answer}
        return {name: value for name, value in answer.items() if value is not None}

    def finish(self, **more: Any) -> oauth.Grant:
        return oauth.finish(
            self.provider, REDIRECT, **{"code": "c", "code_verifier": "v", "nonce": "n", "now": NOW, **more}
        )


@pytest.fixture(scope="module")
def keys() -> tuple[RSAPrivateKey, RSAPrivateKey]:
    return generate_private_key(public_exponent=65537, key_size=2048), generate_private_key(
        public_exponent=65537, key_size=2048
    )


@pytest.fixture
def world(server: Scripted, keys: tuple[RSAPrivateKey, RSAPrivateKey], monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.delenv("OAUTHLIB_INSECURE_TRANSPORT", raising=False)
    base = server.base
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "revocation_endpoint")
    server.routes["/openid"] = {"issuer": base, **{name: f"{base}/{name}" for name in names}, "more": 1}
    secrets = {"client_id": "me", "client_secret": "s"}
    provider = Provider(client_secrets=secrets, openid=oauth.discover(f"{base}/openid"), api_endpoint=None)
    public = RSAAlgorithm.to_jwk(keys[0].public_key(), as_dict=True) | {"kid": "k1", "alg": "RS256", "use": "sig"}
    made = World(server=server, provider=provider, key=keys[0])
    made.claims = {
        "iss": base,
        "aud": "me",
        "azp": "me",
        "sub": "1234",
        "email": "Zoe@Example.com",
        "email_verified": True,
        "nonce": "n",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 3600,
    }
    server.routes["/jwks_uri"] = {"keys": [{"kty": "odd"}, public]}
    server.routes["/token_endpoint"] = made.token
    server.asked.clear()
    return made


# -- begin -----------------------------------------------------------------------------------------


def test_begin_asks_for_the_least_with_pkce(world: World) -> None:
    begun = oauth.begin(world.provider, REDIRECT, state="st", nonce="no", login_hint="zoe@example.com")
    url = urlsplit(begun.url)
    asked = dict(parse_qsl(url.query))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.code_verifier.encode()).digest()).decode().rstrip("=")
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{world.server.base}/authorization_endpoint"
    assert asked == {
        "response_type": "code",
        "client_id": "me",
        "redirect_uri": REDIRECT,
        "scope": " ".join(SCOPES),
        "state": "st",
        "nonce": "no",
        "access_type": "offline",
        "prompt": "consent",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "login_hint": "zoe@example.com",
    }
    assert 43 <= len(begun.code_verifier) <= 128
    assert begun.code_verifier != oauth.begin(world.provider, REDIRECT, state="st", nonce="no").code_verifier
    assert begun.code_verifier not in begun.url
    assert world.server.asked == []


def test_googles_own_addresses_need_no_call_and_no_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OAUTHLIB_INSECURE_TRANSPORT", raising=False)
    provider = Provider(client_secrets={"client_id": "me", "client_secret": "s"}, openid=oauth.discover(None))
    begun = oauth.begin(provider, "https://green.example/oauth/callback", state="s", nonce="n")
    assert begun.url.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert oauth.begin(provider, REDIRECT, state="s", nonce="n").url.startswith("https://accounts.google.com/")
    assert "OAUTHLIB_INSECURE_TRANSPORT" not in os.environ


@pytest.mark.parametrize(
    "redirect", ["https://green.example/oauth/callback", "http://green.example/oauth/callback", ""]
)
def test_http_is_for_loopback_only(world: World, redirect: str) -> None:
    with pytest.raises(ProviderMisconfigured):
        oauth.begin(world.provider, redirect, state="s", nonce="n")
    assert "OAUTHLIB_INSECURE_TRANSPORT" not in os.environ


def test_a_token_address_in_plain_http_is_refused(world: World) -> None:
    secrets = {**world.provider.client_secrets, "token_uri": "http://green.example/token"}
    with pytest.raises(ProviderMisconfigured):
        oauth.begin(replace(world.provider, client_secrets=secrets), REDIRECT, state="s", nonce="n")


# -- finish ----------------------------------------------------------------------------------------


def test_finish_gives_who_and_what(world: World) -> None:
    grant = world.finish(code="the code", code_verifier="the verifier")
    assert grant == oauth.Grant(
        subject="1234",
        email="zoe@example.com",
        email_verified=True,
        access_token="at",
        refresh_token="rt",
        expires_at=NOW + timedelta(seconds=3599),
        scopes=frozenset(SCOPES),
    )
    asked = world.server.asked[0]
    assert asked.form == {
        "grant_type": "authorization_code",
        "client_id": "me",
        "client_secret": "s",
        "code": "the code",
        "code_verifier": "the verifier",
        "redirect_uri": REDIRECT,
    }
    assert "Authorization" not in asked.headers


def test_the_files_own_token_address_is_honoured(world: World) -> None:
    secrets = {**world.provider.client_secrets, "token_uri": f"{world.server.base}/elsewhere"}
    world.server.routes["/elsewhere"] = world.token
    world.provider = replace(world.provider, client_secrets=secrets)
    assert world.finish().subject == "1234"
    assert world.server.asked[0].path == "/elsewhere"


def test_scopes_left_out_of_the_answer_are_those_asked_for(world: World) -> None:
    world.answer = {"scope": None}
    assert world.finish().scopes == frozenset(SCOPES)


def test_more_scopes_than_asked_for_are_no_error(world: World) -> None:
    world.answer = {"scope": " ".join([*SCOPES, "https://www.googleapis.com/auth/calendar"])}
    assert CALENDAR_SCOPE in world.finish().scopes


def test_an_unticked_calendar_names_the_box(world: World) -> None:
    world.answer = {"scope": "openid https://www.googleapis.com/auth/userinfo.email"}
    with pytest.raises(PermissionMissing, match="tick the box “See, create, change, and delete events"):
        world.finish()


def test_no_refresh_token_is_none_and_keeps_the_stored_one(world: World) -> None:
    world.answer = {"refresh_token": None}
    grant = world.finish()
    assert grant.refresh_token is None
    kept = StoredToken(access_token="a", refresh_token="kept", expires_at=NOW, scopes=frozenset())
    assert grant.token(kept).refresh_token == "kept"
    assert grant.token().refresh_token is None


@pytest.mark.parametrize(
    ("claim", "value", "words"),
    [
        ("aud", "somebody else", "another app"),
        ("aud", ["somebody", "else"], "another app"),
        ("azp", "somebody else", "another app"),
        ("iss", "https://evil.example", "another issuer"),
        ("iss", None, "could not be read"),
        ("nonce", "other", "another sign-in"),
        ("nonce", None, "another sign-in"),
        ("exp", int(NOW.timestamp()) - 10, "expired"),
        ("exp", True, "expired"),
        ("exp", None, "could not be read"),
        ("iat", int(NOW.timestamp()) + 11, "future"),
        ("sub", "", "nobody"),
        ("sub", None, "could not be read"),
    ],
)
def test_an_id_token_that_does_not_fit(world: World, claim: str, value: object, words: str) -> None:
    world.claims[claim] = value
    with pytest.raises(IdentityRefused, match=words):
        world.finish()


@pytest.mark.parametrize(("claim", "off"), [("exp", -9), ("iat", 10)])
def test_ten_seconds_between_two_clocks_are_forgiven(world: World, claim: str, off: int) -> None:
    world.claims[claim] = int(NOW.timestamp()) + off
    assert world.finish().subject == "1234"


def test_another_key_is_refused(world: World, keys: tuple[RSAPrivateKey, RSAPrivateKey]) -> None:
    world.signed_by = keys[1]
    with pytest.raises(IdentityRefused, match="signature"):
        world.finish()
    world.key_id = "k2"
    with pytest.raises(IdentityRefused, match="unknown key"):
        world.finish()


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_an_unsigned_id_token_is_refused(world: World, algorithm: str) -> None:
    """Also one signed with the client's secret, or with the public key taken for one."""
    secret = None if algorithm == "none" else "x" * 40
    world.answer = {"id_token": jwt.encode(world.claims, secret, algorithm=algorithm, headers={"kid": "k1"})}
    with pytest.raises(IdentityRefused):
        world.finish()


@pytest.mark.parametrize("id_token", ["", "a.b", "a.b.c", "é.é.é"])
def test_an_id_token_that_is_none(world: World, id_token: str) -> None:
    world.answer = {"id_token": id_token}
    with pytest.raises(IdentityRefused):
        world.finish()


def test_google_writes_its_name_in_two_ways(world: World) -> None:
    openid = replace(world.provider.openid, issuer="https://accounts.google.com")
    world.provider = replace(world.provider, openid=openid)
    for issuer in ("https://accounts.google.com", "accounts.google.com"):
        world.claims["iss"] = issuer
        assert world.finish().subject == "1234"
    world.claims["iss"] = world.server.base
    with pytest.raises(IdentityRefused):
        world.finish()


def test_an_address_missing_in_the_id_token_is_asked_for(world: World) -> None:
    world.claims |= {"email": None, "email_verified": None}
    world.server.routes["/userinfo_endpoint"] = {"sub": "1234", "email": "Other@Example.com", "email_verified": "true"}
    grant = world.finish()
    assert (grant.email, grant.email_verified) == ("other@example.com", True)
    assert world.server.asked[-1].headers["Authorization"] == "Bearer at"
    world.server.routes["/userinfo_endpoint"] = {"sub": "9", "email": "other@example.com"}
    with pytest.raises(IdentityRefused, match="somebody else"):
        world.finish()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((400, {"error": "invalid_grant", "error_description": "Bad Request"}), CodeRefused),
        ((401, {"error": "invalid_client"}), ProviderMisconfigured),
        ((400, {"error": "redirect_uri_mismatch"}), ProviderMisconfigured),
        ((400, {"error": "admin_policy_enforced"}), ConsentRefused),
        ((403, {"error": "org_internal"}), ConsentRefused),
        ((400, {"error": "something_new"}), SignInError),
        ((500, b"<html>"), ProviderUnavailable),
        ((200, {}), ProviderUnavailable),
        ((200, b"null"), ProviderUnavailable),
        ((200, b"[]"), ProviderUnavailable),
        ((200, {"access_token": "x", "expires_in": "soon"}), ProviderUnavailable),
        ((200, {"access_token": "x", "scope": 7}), ProviderUnavailable),
        ((200, {"access_token": "x"}), ProviderUnavailable),
        ((200, {"access_token": 7, "id_token": "x"}), ProviderUnavailable),
        (CUT, ProviderUnavailable),
    ],
    ids=repr,
)
def test_what_the_token_endpoint_may_answer(world: World, answer: Any, kind: type[SignInError]) -> None:
    world.server.routes["/token_endpoint"] = answer
    with pytest.raises(SignInError) as caught:
        world.finish()
    assert type(caught.value) is kind


def test_the_clients_secret_does_not_follow_a_redirect(world: World) -> None:
    world.server.routes["/token_endpoint"] = (307, b"", {"Location": f"{world.server.base}/elsewhere"})
    world.server.routes["/elsewhere"] = world.token
    with pytest.raises(ProviderUnavailable):
        world.finish()
    assert [asked.path for asked in world.server.asked] == ["/token_endpoint"]


@pytest.mark.parametrize("answer", [(500, b""), (200, b"<html>"), (200, b"[]"), CUT], ids=repr)
def test_keys_that_cannot_be_had(world: World, answer: Any) -> None:
    world.server.routes["/jwks_uri"] = answer
    with pytest.raises(ProviderUnavailable):
        world.finish()


def test_no_keys_at_all_refuse(world: World) -> None:
    for keys in ([], None, ["x"]):
        world.server.routes["/jwks_uri"] = {"keys": keys}
        with pytest.raises(IdentityRefused):
            world.finish()


# -- credentials and revocation ----------------------------------------------------------------------


def stored(**more: Any) -> StoredToken:
    base = StoredToken(access_token="a", refresh_token="r", expires_at=NOW, scopes=frozenset(SCOPES))
    return replace(base, **more)


def test_credentials_and_what_became_of_them(world: World) -> None:
    token = stored(expires_at=NOW + timedelta(minutes=30))
    used = oauth.credentials(world.provider, token, lambda: NOW)
    assert (used.token, used.refresh_token, used.client_id, used.client_secret) == ("a", "r", "me", "s")
    assert used.token_uri == f"{world.server.base}/token_endpoint"
    assert used.valid
    assert oauth.refreshed(used, token) is None
    used.token, used.expires_at = "b", NOW + timedelta(hours=1)
    assert oauth.refreshed(used, token) == stored(access_token="b", expires_at=NOW + timedelta(hours=1))


def test_an_access_token_is_old_by_the_clock_that_is_given(world: World) -> None:
    token = stored(expires_at=NOW + timedelta(minutes=30))
    assert not oauth.credentials(world.provider, token, lambda: NOW + timedelta(minutes=27)).valid


def test_a_refresh_token_is_never_lost(world: World) -> None:
    token = stored()
    used = oauth.credentials(world.provider, token, lambda: NOW)
    used.token, used.refresh_token = "b", None
    after = oauth.refreshed(used, token)
    assert after is not None
    assert after.refresh_token == "r"
    used.refresh_token = "rotated"
    after = oauth.refreshed(used, token)
    assert after is not None
    assert after.refresh_token == "rotated"


@pytest.mark.parametrize("answer", [{}, (200, b""), (400, {"error": "invalid_token"})], ids=repr)
def test_revoking_is_done_also_where_it_was_done_before(world: World, answer: Any) -> None:
    world.server.routes["/revocation_endpoint"] = answer
    oauth.revoke(world.provider, stored())
    assert world.server.asked[-1].form == {"token": "r"}
    oauth.revoke(world.provider, stored(refresh_token=None))
    assert world.server.asked[-1].form == {"token": "a"}


@pytest.mark.parametrize("answer", [(500, b""), (400, {"error": "invalid_request"}), CUT], ids=repr)
def test_revoking_that_failed_says_so(world: World, answer: Any) -> None:
    world.server.routes["/revocation_endpoint"] = answer
    with pytest.raises(ProviderUnavailable, match="connections"):
        oauth.revoke(world.provider, stored())


def test_explanations_are_sentences() -> None:
    assert "7 days" in oauth.explain("invalid_grant")
    assert "administrator" in oauth.explain("admin_policy_enforced")
    assert "/oauth/callback" in oauth.explain("redirect_uri_mismatch")
    assert "<script>" not in oauth.explain("<script>")
    assert isinstance(oauth.sign_in_error("access_denied"), ConsentRefused)
    assert oauth.sign_in_error("<script>").code == ""
