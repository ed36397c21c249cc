"""Sign-in and calendar access in one consent, over google-auth-oauthlib. No database and no pages here.

    begin → the user consents at Google → finish → StoredToken → credentials → refreshed → … → revoke

The caller makes `state` and `nonce`, keeps them and the code verifier on the server, and lets each be used once.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import requests
from google_auth_oauthlib.flow import Flow
from oauthlib.oauth2 import OAuth2Error

from integrations.errors import PermissionMissing
from integrations.google.bearer import Bearer
from integrations.google.identity import LEEWAY, verify
from integrations.google.provider import (
    GOOGLE,
    TIMEOUT,
    OpenIdConfiguration,
    Provider,
    certificates,
    discover,
    is_loopback,
    is_safe,
    load_client_secrets,
)
from integrations.google.signin import (
    CodeRefused,
    ConsentRefused,
    IdentityRefused,
    ProviderMisconfigured,
    ProviderUnavailable,
    SignInError,
    explain,
    sign_in_error,
)
from scheduler.words import _

__all__ = [
    "CALENDAR_SCOPE",
    "GOOGLE",
    "LEEWAY",
    "SCOPES",
    "Begun",
    "CodeRefused",
    "ConsentRefused",
    "Grant",
    "IdentityRefused",
    "OpenIdConfiguration",
    "Provider",
    "ProviderMisconfigured",
    "ProviderUnavailable",
    "SignInError",
    "StoredToken",
    "begin",
    "credentials",
    "discover",
    "explain",
    "finish",
    "load_client_secrets",
    "refreshed",
    "revoke",
    "sign_in_error",
]

CALENDAR_SCOPE = "https://www.googleapis.com/auth/calendar.events.owned"
"""Read and write events of the user's own calendars: the least that covers list, insert, patch, delete, watch."""

SCOPES = ("openid", "https://www.googleapis.com/auth/userinfo.email", CALENDAR_SCOPE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Begun:
    """`url` is where the browser goes; `code_verifier` is for `finish` and for nobody else."""

    url: str
    code_verifier: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredToken:
    """What is kept of a grant, encrypted. `expires_at` is of the access token."""

    access_token: str
    refresh_token: str | None
    expires_at: datetime
    scopes: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """A finished consent. `subject` is the key of the user. `refresh_token` is None where Google gave none: then a
    stored one stays in force. Scopes are those that were granted."""

    subject: str
    email: str
    email_verified: bool
    access_token: str
    refresh_token: str | None
    expires_at: datetime
    scopes: frozenset[str]

    def token(self, kept: StoredToken | None = None) -> StoredToken:
        """What to store now; `kept` is what was stored for this user before."""
        return StoredToken(
            access_token=self.access_token,
            refresh_token=self.refresh_token or (kept.refresh_token if kept else None),
            expires_at=self.expires_at,
            scopes=self.scopes,
        )


def begin(provider: Provider, redirect_uri: str, *, state: str, nonce: str, login_hint: str | None = None) -> Begun:
    """Where to send the browser. PKCE is S256. Raises ProviderMisconfigured."""
    verifier = secrets.token_urlsafe(64)
    flow = _flow(provider, redirect_uri, verifier)
    flow.oauth2session.scope = list(SCOPES)
    hint = {"login_hint": login_hint} if login_hint else {}
    # Without prompt=consent a second consent may bring no refresh token.
    url, _ = flow.authorization_url(access_type="offline", prompt="consent", state=state, nonce=nonce, **hint)
    return Begun(url=url, code_verifier=verifier)


def finish(provider: Provider, redirect_uri: str, *, code: str, code_verifier: str, nonce: str, now: datetime) -> Grant:
    """Exchange the code that came to the redirect address, and learn who it is.

    Raises SignInError (each kind says what to do), PermissionMissing where the calendar box was left unticked.
    """
    flow = _flow(provider, redirect_uri, code_verifier)
    try:
        answer = flow.fetch_token(code=code, include_client_id=True, timeout=TIMEOUT)
    except OAuth2Error as error:
        raise _refusal(error) from error
    except requests.RequestException as error:
        raise ProviderUnavailable(
            _("Google's sign-in could not be reached: please connect again in a minute.")
        ) from error
    except (ValueError, TypeError, AttributeError) as error:  # oauthlib trusts the shape of an answer
        raise ProviderUnavailable(_("Google's sign-in gave no readable answer: please connect again.")) from error
    access_token, refresh_token = answer.get("access_token"), answer.get("refresh_token")
    id_token = answer.get("id_token")
    if not isinstance(access_token, str) or not isinstance(id_token, str):
        raise ProviderUnavailable(_("Google's sign-in gave no complete answer: please connect again."))
    scopes = frozenset(answer.get("scope") or SCOPES)  # left out when all that was asked is granted
    who = verify(provider, id_token, nonce=nonce, now=now, access_token=access_token)
    if CALENDAR_SCOPE not in scopes:
        raise PermissionMissing(
            _(
                "Greenblock may not see your calendar: connect again and tick the box “See, create, change, "
                "and delete events on Google calendars you own” on Google's page."
            ),
            reason="scopeMissing",
        )
    lasts = answer.get("expires_in")
    return Grant(
        subject=who.subject,
        email=who.email,
        email_verified=who.email_verified,
        access_token=access_token,
        refresh_token=refresh_token if isinstance(refresh_token, str) and refresh_token else None,
        expires_at=now + timedelta(seconds=lasts if isinstance(lasts, int) else 3600),
        scopes=scopes,
    )


def credentials(provider: Provider, token: StoredToken, clock: Callable[[], datetime]) -> Bearer:
    """For a GoogleCalendar; refreshes itself. After use ask `refreshed`."""
    return Bearer(
        token=token.access_token,
        refresh_token=token.refresh_token,
        expires_at=token.expires_at,
        token_uri=provider.token_uri,
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        clock=clock,
    )


def refreshed(used: Bearer, before: StoredToken) -> StoredToken | None:
    """What to store after `used` has been used; None where nothing changed. A refresh token is never lost."""
    if not used.token or (used.token, used.refresh_token) == (before.access_token, before.refresh_token):
        return None
    return StoredToken(
        access_token=used.token,
        refresh_token=used.refresh_token or before.refresh_token,
        expires_at=used.expires_at or before.expires_at,
        scopes=before.scopes,
    )


def revoke(provider: Provider, token: StoredToken) -> None:
    """Give the grant back; done already is done. Raises ProviderUnavailable."""
    url = provider.openid.revocation_endpoint
    try:
        answer = httpx.post(
            url,
            data={"token": token.refresh_token or token.access_token},
            timeout=TIMEOUT,
            verify=certificates(),
            trust_env=not is_loopback(url),
        )
    except httpx.HTTPError as error:
        raise ProviderUnavailable(
            _(
                "Google could not be reached to withdraw the access: try again, or remove Greenblock at "
                "https://myaccount.google.com/connections."
            )
        ) from error
    if answer.is_success or (answer.status_code == 400 and "invalid_token" in answer.text):
        return
    raise ProviderUnavailable(
        _(
            "Google answered {status_code} when the access was to be withdrawn: try again, or remove "
            "Greenblock at https://myaccount.google.com/connections.",
            status_code=answer.status_code,
        ),
        code=str(answer.status_code),
    )


def _flow(provider: Provider, redirect_uri: str, code_verifier: str) -> Flow:
    """A flow that names no scopes: else oauthlib raises when the user unticks one, before we can say which."""
    for address in (provider.auth_uri, provider.token_uri, redirect_uri):
        if not is_safe(address):
            raise ProviderMisconfigured(
                _(
                    "A sign-in needs https everywhere but on localhost: check GREENBLOCK_PUBLIC_URL and "
                    "client_secret.json."
                )
            )
    if not is_loopback(redirect_uri) and (is_loopback(provider.auth_uri) or is_loopback(provider.token_uri)):
        raise ProviderMisconfigured(
            _(
                "A sign-in on this machine's own loopback is only for a service on localhost: check "
                "GREENBLOCK_PUBLIC_URL."
            )
        )
    _allow_loopback(provider, redirect_uri)
    config = {"web": {**provider.client_secrets, "auth_uri": provider.auth_uri, "token_uri": provider.token_uri}}
    flow = Flow.from_client_config(
        config, scopes=None, redirect_uri=redirect_uri, code_verifier=code_verifier, autogenerate_code_verifier=False
    )
    flow.oauth2session.max_redirects = 0  # secrets go to the token address and nowhere else
    flow.oauth2session.trust_env = not is_loopback(provider.token_uri)
    return flow


def _allow_loopback(provider: Provider, redirect_uri: str) -> None:
    """The only place that touches OAUTHLIB_INSECURE_TRANSPORT. oauthlib refuses http even on loopback and knows no
    other switch. It is thrown only when the redirect address is on this machine; every address
    that is not has been held to https before."""
    if is_loopback(redirect_uri) and (is_loopback(provider.auth_uri) or is_loopback(provider.token_uri)):
        os.environ.setdefault("OAUTHLIB_INSECURE_TRANSPORT", "1")


def _refusal(error: OAuth2Error) -> SignInError:
    code = error.error or ""
    if code == "invalid_grant":
        return CodeRefused(_("This sign-in has run out or was used before. Please connect again."), code=code)
    if code == "missing_token":
        return ProviderUnavailable(_("Google's sign-in gave no readable answer: please connect again."), code=code)
    return sign_in_error(code)
