"""The id token → who signed in. OpenID Connect Core 1.0, 3.1.3.7; Google's guide "Validate an ID token"."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt

from integrations.google.provider import Provider, get_json
from integrations.google.signin import IdentityRefused
from scheduler.timespan import require_aware
from scheduler.words import _

LEEWAY = 10
"""Seconds by which two clocks may differ; with none, a clock that runs behind refuses valid sign-ins."""

_ALGORITHMS = ("RS256", "ES256")


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """`subject` is stable for ever and the key of a user; the address may change. `email` is lower case."""

    subject: str
    email: str
    email_verified: bool


def verify(provider: Provider, id_token: str, *, nonce: str, now: datetime, access_token: str) -> Identity:
    """Who the id token is about. Raises IdentityRefused, ProviderUnavailable.

    The keys are fetched each time: sign-ins are rare, and keys are changed. Time is judged by `now`,
    not by the clock of the machine.
    """
    require_aware(now=now)
    claims = _signed_claims(provider, id_token)
    issuer = claims["iss"]
    if issuer not in _issuers(provider.openid.issuer):
        raise _refused(_("it is from another issuer"))
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise _refused(_("it was made for another app"))
    seconds = now.timestamp()
    if not _number(claims["exp"]) + LEEWAY > seconds:
        raise _refused(_("it has expired"))
    if not _number(claims["iat"]) - LEEWAY <= seconds:
        raise _refused(_("it is from the future; the clock of this machine may be behind"))
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise _refused(_("it belongs to another sign-in"))
    subject = claims["sub"]
    if not isinstance(subject, str) or not subject:
        raise _refused(_("it names nobody"))
    if not claims.get("email"):
        claims = {**claims, **_userinfo(provider, access_token, subject)}
    email = claims.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise _refused(_("it holds no address"))
    return Identity(
        subject=subject,
        email=email.strip().lower(),
        email_verified=claims.get("email_verified") in (True, "true"),  # some servers send it as a string
    )


def _signed_claims(provider: Provider, id_token: str) -> Mapping[str, Any]:
    keys = get_json(provider.openid.jwks_uri, _("its keys"))
    try:
        key_id = jwt.get_unverified_header(id_token).get("kid")
        candidates = [key for key in jwt.PyJWKSet.from_dict(dict(keys)).keys if key_id is None or key.key_id == key_id]
        if not candidates:
            raise _refused(_("it is signed with an unknown key"))
        claims: dict[str, Any] = jwt.decode(
            id_token,
            candidates[0].key,
            algorithms=list(_ALGORITHMS),
            audience=provider.client_id,
            # Times are judged by the caller's `now`; PyJWT would ask the machine's clock.
            options={
                "require": ["iss", "sub", "aud", "exp", "iat"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "strict_aud": False,
            },
        )
    except jwt.InvalidAudienceError as error:
        raise _refused(_("it was made for another app")) from error
    except jwt.InvalidSignatureError as error:
        raise _refused(_("its signature is wrong")) from error
    except jwt.PyJWTError as error:
        raise _refused(_("it could not be read")) from error
    return claims


def _issuers(issuer: str) -> frozenset[str]:
    """Google writes its own with and without the scheme."""
    return frozenset({issuer, issuer.removeprefix("https://")})


def _number(value: object) -> float:
    if isinstance(value, int | float):
        return float(value)
    raise _refused(_("it could not be read"))


def _userinfo(provider: Provider, access_token: str, subject: str) -> Mapping[str, Any]:
    """The address, where the id token has none; only if it is of the same person."""
    info = get_json(provider.openid.userinfo_endpoint, _("your address"), bearer=access_token)
    if info.get("sub") != subject:
        raise _refused(_("it is about somebody else"))
    return {name: info[name] for name in ("email", "email_verified") if name in info}


def _refused(why: str) -> IdentityRefused:
    return IdentityRefused(
        _("Google's proof of who you are was not accepted: {why}. Connect again.", why=why), code="id_token"
    )
