"""Who consented to what: authorization codes, access and refresh tokens. Knows nothing of HTTP."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random, SystemRandom

BEARER = "sandbox"  # the owner's, with all rights, so that anyone can look inside with curl
ALL_SCOPES = frozenset({"https://www.googleapis.com/auth/calendar"})

_CODE_LIVES = timedelta(minutes=10)


class OAuthError(Exception):
    """RFC 6749's `error` and `error_description`, with the status of the token endpoint."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One authorization request, already found valid."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None = None
    nonce: str | None = None
    challenge: str | None = None  # PKCE S256
    offline: bool = False
    force_consent: bool = False
    include_granted: bool = False
    login_hint: str = ""


@dataclass(slots=True)
class Grant:
    email: str
    scopes: frozenset[str]
    refresh_token: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """What a bearer may do. `until` None: it does not expire."""

    email: str
    scopes: frozenset[str]
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Issued:
    """The token endpoint's success. `nonce` is for the id_token."""

    email: str
    access_token: str
    refresh_token: str | None
    scopes: frozenset[str]
    nonce: str | None


@dataclass(frozen=True, slots=True)
class _Code:
    asked: Asked
    email: str
    scopes: frozenset[str]
    until: datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Who had consented to what."""

    codes: dict[str, _Code]
    access: dict[str, tuple[Access, Grant]]
    grants: dict[str, Grant]


class Grants:
    """All of it in memory, behind one lock. `access_lives` may be shortened by tests."""

    def __init__(self, *, owner: str, clock: Callable[[], datetime], chance: Random | None = None) -> None:
        """`chance` draws the tokens."""
        self.access_lives = timedelta(seconds=3599)
        self._owner = owner
        self._clock = clock
        self._chance = chance or SystemRandom()
        self._lock = threading.RLock()
        self._codes: dict[str, _Code] = {}
        self._access: dict[str, tuple[Access, Grant]] = {}
        self._grants: dict[str, Grant] = {}  # by email: one client

    def code(self, asked: Asked, email: str, scopes: frozenset[str]) -> str:
        with self._lock:
            code = "4/0A" + self._word(32)
            self._codes[code] = _Code(asked, email, scopes, self._clock() + _CODE_LIVES)
            return code

    def redeem(self, code: str, *, redirect_uri: str, verifier: str | None) -> Issued:
        """Raises OAuthError. A code is single use, whatever comes of it."""
        with self._lock:
            found = self._codes.pop(code, None)
            if found is None or found.until <= self._clock():
                raise OAuthError("invalid_grant", "Malformed auth code.")
            if redirect_uri != found.asked.redirect_uri:
                raise OAuthError("redirect_uri_mismatch", "Bad Request")
            if found.asked.challenge is not None:
                if verifier is None:
                    raise OAuthError("invalid_grant", "Missing code verifier.")
                digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
                if not hmac.compare_digest(digest, found.asked.challenge):
                    raise OAuthError("invalid_grant", "Invalid code verifier.")
            return self._issue(found)

    def _issue(self, found: _Code) -> Issued:
        grant = self._grants.get(found.email)
        first = grant is None or grant.refresh_token is None
        if grant is None:
            grant = self._grants[found.email] = Grant(found.email, frozenset())
        kept = grant.scopes if found.asked.include_granted else frozenset[str]()
        grant.scopes = found.scopes | kept
        fresh: str | None = None
        if found.asked.offline and (first or found.asked.force_consent):
            fresh = grant.refresh_token = "1//0" + self._word(32)
        return Issued(
            email=found.email,
            access_token=self._access_token(grant),
            refresh_token=fresh,
            scopes=grant.scopes,
            nonce=found.asked.nonce,
        )

    def refresh(self, refresh_token: str) -> Issued:
        """A new access token; no new refresh token. Raises OAuthError invalid_grant."""
        with self._lock:
            for grant in self._grants.values():
                if grant.refresh_token and hmac.compare_digest(grant.refresh_token, refresh_token):
                    token = self._access_token(grant)
                    return Issued(
                        email=grant.email, access_token=token, refresh_token=None, scopes=grant.scopes, nonce=None
                    )
            raise OAuthError("invalid_grant", "Token has been expired or revoked.")

    def bearer(self, token: str) -> Access | None:
        with self._lock:
            if token == BEARER:
                return Access(self._owner, ALL_SCOPES)
            found = self._access.get(token)
            if found is None or (found[0].until is not None and found[0].until <= self._clock()):
                return None
            return found[0]

    def revoke(self, token: str) -> bool:
        """Take back the whole grant that an access or refresh token belongs to; False for an unknown token."""
        with self._lock:
            found = self._access.get(token)
            grant = found[1] if found else None
            for candidate in self._grants.values():
                if candidate.refresh_token == token:
                    grant = candidate
            if grant is None:
                return False
            self._drop(grant)
            return True

    def revoke_all(self) -> None:
        with self._lock:
            for grant in list(self._grants.values()):
                self._drop(grant)

    def expire_access_tokens(self) -> None:
        with self._lock:
            self._access.clear()

    def withdraw_scope(self, scope: str) -> None:
        """As if the user had unticked it on the account's page: tokens go on, with less."""
        with self._lock:
            for grant in self._grants.values():
                grant.scopes -= {scope}
            for token, (access, grant) in list(self._access.items()):
                self._access[token] = (Access(access.email, access.scopes - {scope}, access.until), grant)

    def snapshot(self) -> Snapshot:
        """All codes, tokens and grants, to go back to."""
        with self._lock:
            return Snapshot(*copy.deepcopy((self._codes, self._access, self._grants)))

    def restore(self, snapshot: Snapshot) -> None:
        with self._lock:
            kept = copy.deepcopy((snapshot.codes, snapshot.access, snapshot.grants))
            self._codes, self._access, self._grants = kept

    def _word(self, length: int) -> str:
        return base64.urlsafe_b64encode(self._chance.randbytes(length)).decode().rstrip("=")

    def _drop(self, grant: Grant) -> None:
        self._grants.pop(grant.email, None)
        grant.refresh_token = None
        self._access = {token: pair for token, pair in self._access.items() if pair[1] is not grant}

    def _access_token(self, grant: Grant) -> str:
        token = "ya29." + self._word(48)
        self._access[token] = (Access(grant.email, grant.scopes, self._clock() + self.access_lives), grant)
        return token
