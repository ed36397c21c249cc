from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from integrations.google.provider import GOOGLE, discover, is_safe, load_client_secrets
from integrations.google.signin import ProviderMisconfigured, ProviderUnavailable
from tests.integrations.google.scripted import CUT, Scripted

REDIRECT = "https://green.example/oauth/callback"
WEB = {
    "client_id": "me.apps.googleusercontent.com",
    "client_secret": "hush-hush",
    "auth_uri": "https://accounts.google.com/o/oauth2/auth",
    "token_uri": "https://oauth2.googleapis.com/token",
    "redirect_uris": [REDIRECT],
}


def written(folder: Path, content: Any) -> Path:
    file = folder / "client_secret.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def test_a_good_file(tmp_path: Path) -> None:
    assert load_client_secrets(written(tmp_path, {"web": WEB}), REDIRECT) == WEB
    assert load_client_secrets(str(written(tmp_path, {"web": WEB}))) == WEB


def test_a_file_that_lists_no_addresses_is_left_to_google(tmp_path: Path) -> None:
    web = {key: value for key, value in WEB.items() if key != "redirect_uris"}
    assert load_client_secrets(written(tmp_path, {"web": web}), REDIRECT) == web


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ([], "no part “web”"),
        ({}, "no part “web”"),
        ({"web": []}, "no part “web”"),
        ({"installed": WEB}, "desktop client"),
        ({"type": "service_account", "client_id": "x"}, "service account"),
        ({"web": {**WEB, "client_id": ""}}, "no client_id"),
        ({"web": {**WEB, "client_secret": 7}}, "no client_secret"),
        ({"web": {**WEB, "token_uri": "http://oauth2.googleapis.com/token"}}, "token_uri"),
        ({"web": {**WEB, "auth_uri": ["x"]}}, "auth_uri"),
        ({"web": {**WEB, "redirect_uris": ["https://other.example/cb"]}}, f"add it .*{'Google console'}"),
        ({"web": {**WEB, "redirect_uris": "x"}}, REDIRECT),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_broken_file_is_told_in_one_sentence_with_the_mend(tmp_path: Path, content: Any, words: str) -> None:
    with pytest.raises(ProviderMisconfigured, match=words) as caught:
        load_client_secrets(written(tmp_path, content), REDIRECT)
    assert "client_secret.json" in str(caught.value)
    assert "hush-hush" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ProviderMisconfigured, match=r"There is no file .*nowhere\.json"):
        load_client_secrets(tmp_path / "nowhere.json")
    with pytest.raises(ProviderMisconfigured, match="cannot be read"):
        load_client_secrets(tmp_path)
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ProviderMisconfigured, match="is not JSON"):
        load_client_secrets(tmp_path / "bytes.json")


def test_google_is_known_without_a_call() -> None:
    assert discover(None) == GOOGLE
    assert all(is_safe(getattr(GOOGLE, name)) for name in GOOGLE.__dataclass_fields__)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (CUT, ProviderUnavailable, "could not be reached"),
        ((503, b""), ProviderUnavailable, "503"),
        ((200, b"<html>"), ProviderUnavailable, "no readable answer"),
        ((200, b"[]"), ProviderUnavailable, "no readable answer"),
        ({}, ProviderMisconfigured, "issuer"),
        ({"issuer": "http://elsewhere.example"}, ProviderMisconfigured, "issuer"),
        ({"issuer": "https://x.example", "authorization_endpoint": 7}, ProviderMisconfigured, "authorization_endpoint"),
    ],
    ids=repr,
)
def test_a_broken_discovery_document(server: Scripted, answer: Any, kind: type[Exception], words: str) -> None:
    server.answers = [answer]
    with pytest.raises(kind, match=words):
        discover(f"{server.base}/.well-known/openid-configuration")


@pytest.mark.parametrize("url", ["http://idp.example/x", "ftp://localhost/x", "", "localhost", "http://[", "https://"])
def test_addresses_that_are_refused(url: str) -> None:
    assert not is_safe(url)
    with pytest.raises(ProviderMisconfigured, match="GREENBLOCK_GOOGLE_OPENID_CONFIGURATION"):
        discover(url)


def test_a_name_that_only_begins_like_localhost_is_not_loopback() -> None:
    assert not is_safe("http://localhost.evil.example/")
    assert not is_safe("http://localhost@evil.example/")
    assert is_safe("http://127.0.0.1:8001/x")
