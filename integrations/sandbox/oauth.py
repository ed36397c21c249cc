"""OAuth 2.0 and OpenID routes: discovery, consent, tokens, revocation, userinfo, keys."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import parse_qs, unquote, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from jwt.algorithms import RSAAlgorithm

from integrations.sandbox.client import CLIENT_ID, CLIENT_KEY, is_registered
from integrations.sandbox.consent import consent_page, refusal_page
from integrations.sandbox.grants import Asked, Grants, Issued, OAuthError
from integrations.sandbox.resource import Home

LOGIN_SCOPES = ("openid", "https://www.googleapis.com/auth/userinfo.email")
_SHORT = {
    "email": "https://www.googleapis.com/auth/userinfo.email",
    "profile": "https://www.googleapis.com/auth/userinfo.profile",
}

_key_in_making = threading.Lock()


async def form(request: Request) -> dict[str, list[str]]:
    """The fields of a posted form."""
    return parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)


Form = Annotated[dict[str, list[str]], Depends(form)]


def signing_key() -> tuple[str, RSAPrivateKey]:
    """One key a process: it takes a while to make. Who asks meanwhile waits for it, or it would be made twice and the
    first of the two would be nobody's."""
    with _key_in_making:
        return _made_key()


@lru_cache(maxsize=1)
def _made_key() -> tuple[str, RSAPrivateKey]:
    return secrets.token_hex(8), generate_private_key(public_exponent=65537, key_size=2048)


def subject(email: str) -> str:
    """Google's `sub`: 21 digits that stay the same for an account."""
    return str(10**20 + int(hashlib.sha256(email.lower().encode()).hexdigest(), 16) % 10**20)


def oauth_routes(homes: list[Home], grants: Grants, *, base_url: str, clock: Callable[[], datetime]) -> APIRouter:
    router = APIRouter()
    people = {home.email: home for home in homes}
    waiting: dict[str, Asked] = {}

    @router.get("/.well-known/openid-configuration")
    def discovery(request: Request) -> dict[str, Any]:
        # Programs are sent back to the name by which they came: not every machine knows "localhost" outside a browser.
        here = f"{request.url.scheme}://{request.url.netloc}"
        return {
            "issuer": base_url,
            "authorization_endpoint": f"{base_url}/o/oauth2/auth",
            "token_endpoint": f"{here}/token",
            "userinfo_endpoint": f"{here}/userinfo",
            "revocation_endpoint": f"{here}/revoke",
            "jwks_uri": f"{here}/oauth2/v3/certs",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "email", "profile"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "claims_supported": ["aud", "email", "email_verified", "exp", "iat", "iss", "name", "sub"],
            "code_challenge_methods_supported": ["S256"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
        }

    @router.get("/oauth2/v3/certs")
    def keys() -> dict[str, Any]:
        kid, key = signing_key()
        return {
            "keys": [RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "use": "sig", "alg": "RS256"}]
        }

    @router.get("/o/oauth2/auth")
    def authorize(request: Request) -> Response:
        try:
            asked = _asked(request.query_params)
        except OAuthError as error:
            return HTMLResponse(refusal_page(error.error, error.description), status_code=400)
        ticket = secrets.token_urlsafe(16)
        waiting[ticket] = asked
        return HTMLResponse(consent_page(ticket, asked.scopes, homes, login_hint=asked.login_hint))

    @router.post("/o/oauth2/consent")
    def consent(fields: Form) -> Response:
        asked = waiting.pop(fields.get("ticket", [""])[0], None)
        if asked is None:
            text = "This page has been used already. Go back to the app and start again."
            return HTMLResponse(refusal_page("invalid_request", text), status_code=400)
        back = {"state": asked.state} if asked.state is not None else {}
        who = people.get(fields.get("user", [homes[0].email])[0])
        if "cancel" in fields or who is None:
            return RedirectResponse(f"{asked.redirect_uri}?{urlencode(back | {'error': 'access_denied'})}", 302)
        ticked = {scope for scope in fields.get("scope", []) if scope in asked.scopes}
        granted = frozenset(ticked | {scope for scope in asked.scopes if is_login(scope)})
        back |= {"code": grants.code(asked, who.email, granted), "scope": " ".join(sorted(granted))}
        return RedirectResponse(f"{asked.redirect_uri}?{urlencode(back)}", 302)

    @router.post("/token")
    async def token(request: Request, fields: Form) -> Response:
        one = {name: values[0] for name, values in fields.items()}
        try:
            _check_client(request, one)
            match one.get("grant_type"):
                case "authorization_code":
                    redirect, verifier = one.get("redirect_uri", ""), one.get("code_verifier")
                    issued = grants.redeem(one.get("code", ""), redirect_uri=redirect, verifier=verifier)
                case "refresh_token":
                    issued = grants.refresh(one.get("refresh_token", ""))
                case other:
                    raise OAuthError("unsupported_grant_type", f"Invalid grant_type: {other}")
        except OAuthError as error:
            return JSONResponse({"error": error.error, "error_description": error.description}, error.status)
        return JSONResponse(_answer(issued), headers={"Cache-Control": "no-store"})

    def _answer(issued: Issued) -> dict[str, Any]:
        made: dict[str, Any] = {
            "access_token": issued.access_token,
            "expires_in": int(grants.access_lives.total_seconds()),
            "scope": " ".join(sorted(issued.scopes)),
            "token_type": "Bearer",  # RFC 6750's word
        }
        if issued.refresh_token is not None:
            made["refresh_token"] = issued.refresh_token
        if "openid" in issued.scopes:
            made["id_token"] = _id_token(issued)
        return made

    def _id_token(issued: Issued) -> str:
        now = int(clock().timestamp())
        digest = hashlib.sha256(issued.access_token.encode()).digest()[:16]
        claims = {"iss": base_url, "azp": CLIENT_ID, "aud": CLIENT_ID, "iat": now, "exp": now + 3600}
        claims["at_hash"] = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        claims |= _profile(people[issued.email], issued.scopes)
        if issued.nonce is not None:
            claims["nonce"] = issued.nonce
        kid, key = signing_key()
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid})

    @router.post("/revoke")
    def revoke(request: Request, fields: Form) -> Response:
        given = request.query_params.get("token") or fields.get("token", [""])[0]
        if not grants.revoke(given):
            text = "Token expired or revoked"
            return JSONResponse({"error": "invalid_token", "error_description": text}, status_code=400)
        return JSONResponse({})

    @router.get("/userinfo")
    def userinfo(request: Request) -> Response:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        access = grants.bearer(given) if kind.lower() == "bearer" else None
        if access is None:
            problem = {"error": "invalid_request", "error_description": "Invalid Credentials"}
            return JSONResponse(problem, status_code=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        return JSONResponse(_profile(people[access.email], access.scopes))

    return router


def is_login(scope: str) -> bool:
    """Scopes for signing in cannot be unticked."""
    return scope == "openid" or scope.startswith("https://www.googleapis.com/auth/userinfo.")


def _profile(home: Home, scopes: frozenset[str]) -> dict[str, Any]:
    made: dict[str, Any] = {"sub": subject(home.email)}
    if _SHORT["email"] in scopes:
        made |= {"email": home.email, "email_verified": True}
    if _SHORT["profile"] in scopes:
        made["name"] = home.name
    return made


def _asked(params: Mapping[str, str]) -> Asked:
    if params.get("client_id") != CLIENT_ID:
        raise OAuthError("invalid_client", "The OAuth client was not found.")
    redirect = params.get("redirect_uri", "")
    if not is_registered(redirect):
        text = f"The address {redirect} is not registered. It must be http://localhost:PORT/oauth/callback."
        raise OAuthError("redirect_uri_mismatch", text)
    if params.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "Only response_type=code is supported.")
    scopes = tuple(dict.fromkeys(_SHORT.get(scope, scope) for scope in params.get("scope", "").split()))
    if not scopes:
        raise OAuthError("invalid_request", "Missing required parameter: scope")
    challenge = params.get("code_challenge")
    if challenge is not None and params.get("code_challenge_method") != "S256":
        raise OAuthError("invalid_request", "Only code_challenge_method=S256 is supported.")
    return Asked(
        client_id=CLIENT_ID,
        redirect_uri=redirect,
        scopes=scopes,
        state=params.get("state"),
        nonce=params.get("nonce"),
        challenge=challenge,
        offline=params.get("access_type") == "offline",
        force_consent="consent" in params.get("prompt", "").split(),
        include_granted=params.get("include_granted_scopes") == "true",
        login_hint=params.get("login_hint", ""),
    )


def _check_client(request: Request, fields: Mapping[str, str]) -> None:
    """HTTP Basic or fields of the body."""
    client, key = fields.get("client_id", ""), fields.get("client_secret", "")
    scheme, _, coded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, word = base64.b64decode(coded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise OAuthError("invalid_client", "Unauthorized", status=401) from error
        client, key = unquote(name), unquote(word)
    if client != CLIENT_ID:
        raise OAuthError("invalid_client", "The OAuth client was not found.", status=401)
    if not secrets.compare_digest(key.encode(), CLIENT_KEY.encode()):
        raise OAuthError("invalid_client", "Unauthorized", status=401)
