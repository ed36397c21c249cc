"""Whom we sign in with: the client secrets file, the OpenID addresses, and where Calendar v3 is.

Google's own addresses are built in and need no call. Others (the sandbox, a Google-compatible server) come from
their discovery document. https everywhere, but on this machine's own loopback.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from integrations.google.signin import ProviderMisconfigured, ProviderUnavailable
from scheduler.words import _

TIMEOUT = 20.0
"""Seconds for one call of a sign-in."""

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenIdConfiguration:
    """The addresses of an OpenID provider, named as in its discovery document (OpenID Connect Discovery 1.0, 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    revocation_endpoint: str


GOOGLE = OpenIdConfiguration(
    issuer="https://accounts.google.com",
    authorization_endpoint="https://accounts.google.com/o/oauth2/v2/auth",
    token_endpoint="https://oauth2.googleapis.com/token",  # noqa: S106  # an address, not a password
    jwks_uri="https://www.googleapis.com/oauth2/v3/certs",
    userinfo_endpoint="https://openidconnect.googleapis.com/v1/userinfo",
    revocation_endpoint="https://oauth2.googleapis.com/revoke",
)
"""What https://accounts.google.com/.well-known/openid-configuration says."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """Everything a sign-in needs. `client_secrets` as `load_client_secrets` gives it: the object under "web".

    The file's auth_uri and token_uri are used; keys, userinfo and revocation come from `openid`.
    """

    client_secrets: Mapping[str, Any]
    openid: OpenIdConfiguration
    api_endpoint: str | None = None

    @property
    def client_id(self) -> str:
        return str(self.client_secrets["client_id"])

    @property
    def client_secret(self) -> str:
        return str(self.client_secrets["client_secret"])

    @property
    def auth_uri(self) -> str:
        return str(self.client_secrets.get("auth_uri") or self.openid.authorization_endpoint)

    @property
    def token_uri(self) -> str:
        return str(self.client_secrets.get("token_uri") or self.openid.token_endpoint)


def load_client_secrets(path: str | Path, redirect_uri: str | None = None) -> Mapping[str, Any]:
    """The object under "web" in the client_secret.json of Google's console.

    With `redirect_uri` the file must list it. Raises ProviderMisconfigured with one sentence that names the mend.
    """
    file = Path(path)
    again = _("download it again from the Google console (Credentials, OAuth 2.0 Client IDs, Download JSON)")
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ProviderMisconfigured(
            _(
                "There is no file {file}: {again}, and set GREENBLOCK_GOOGLE_CLIENT_SECRETS to where it is.",
                file=file,
                again=again,
            )
        ) from None
    except OSError as error:
        raise ProviderMisconfigured(
            _("{file} cannot be read ({strerror}): allow the service to read it.", file=file, strerror=error.strerror)
        ) from None
    except (ValueError, RecursionError):
        raise ProviderMisconfigured(_("{file} is not JSON: {again}.", file=file, again=again)) from None
    if not isinstance(data, dict) or not isinstance(web := data.get("web"), dict):
        if isinstance(data, dict) and "installed" in data:
            raise ProviderMisconfigured(
                _(
                    "{file} is of a desktop client: in the Google console make a client of the type “Web "
                    "application” and download its JSON.",
                    file=file,
                )
            )
        if isinstance(data, dict) and data.get("type") == "service_account":
            raise ProviderMisconfigured(
                _(
                    "{file} is the key of a service account: in the Google console make an OAuth client of the"
                    " type “Web application” and download its JSON.",
                    file=file,
                )
            )
        raise ProviderMisconfigured(_("{file} has no part “web”: {again}.", file=file, again=again))
    for name in ("client_id", "client_secret"):
        if not isinstance(web.get(name), str) or not web[name].strip():
            raise ProviderMisconfigured(_("{file} has no {name}: {again}.", file=file, name=name, again=again))
    for name in ("auth_uri", "token_uri"):
        if web.get(name) is not None and not is_safe(web[name]):
            raise ProviderMisconfigured(
                _("{name} in {file} is not an https address: {again}.", name=name, file=file, again=again)
            )
    listed = web.get("redirect_uris")
    if redirect_uri is not None and listed is not None and (not isinstance(listed, list) or redirect_uri not in listed):
        raise ProviderMisconfigured(
            _(
                "{file} does not list the redirect address {redirect_uri}: add it to the client in the Google "
                "console (Authorized redirect URIs), save, and download the JSON again.",
                file=file,
                redirect_uri=redirect_uri,
            )
        )
    return web


def discover(url: str | None) -> OpenIdConfiguration:
    """The addresses in the discovery document at `url`; Google's own, without a call, where it is None.

    Raises ProviderUnavailable (try again), ProviderMisconfigured (GREENBLOCK_GOOGLE_OPENID_CONFIGURATION is wrong).
    """
    if url is None:
        return GOOGLE
    if not is_safe(url):
        raise ProviderMisconfigured(
            _("GREENBLOCK_GOOGLE_OPENID_CONFIGURATION must be an https address (http on localhost).")
        )
    data = get_json(url, _("the discovery document"))
    found: dict[str, str] = {}
    for name in OpenIdConfiguration.__dataclass_fields__:
        value = data.get(name)
        if not isinstance(value, str) or not is_safe(value):
            raise ProviderMisconfigured(
                _(
                    "The discovery document names no usable {name}: check GREENBLOCK_GOOGLE_OPENID_CONFIGURATION.",
                    name=name,
                )
            )
        found[name] = value
    return OpenIdConfiguration(**found)


def get_json(url: str, what: str, *, bearer: str | None = None) -> Mapping[str, Any]:
    """The JSON object at `url`. `what` names it in the sentence of the error: ProviderUnavailable."""
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    try:
        answer = httpx.get(url, timeout=TIMEOUT, headers=headers, verify=certificates(), trust_env=not is_loopback(url))
        data = answer.raise_for_status().json()
    except httpx.HTTPStatusError as error:
        raise ProviderUnavailable(
            _(
                "Google's sign-in answered {status_code} for {what}: please try again in a minute.",
                status_code=error.response.status_code,
                what=what,
            )
        ) from error
    except httpx.HTTPError as error:
        raise ProviderUnavailable(
            _("Google's sign-in could not be reached for {what}: please try again in a minute.", what=what)
        ) from error
    except (ValueError, RecursionError) as error:
        raise ProviderUnavailable(_("Google's sign-in gave no readable answer for {what}.", what=what)) from error
    if not isinstance(data, dict):
        raise ProviderUnavailable(_("Google's sign-in gave no readable answer for {what}.", what=what))
    return data


@cache
def certificates() -> ssl.SSLContext:
    """Whom this machine trusts; read once, for that takes longer than many a request."""
    return httpx.create_ssl_context()


def is_loopback(url: str) -> bool:
    """Whether the address is on this machine; then no proxy is asked and http will do."""
    try:
        return urlsplit(url).hostname in _LOOPBACK
    except ValueError:
        return False


def is_safe(url: object) -> bool:
    """https, or http on loopback."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url)))
