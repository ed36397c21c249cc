"""An access token and the way to the next one, by a clock that is given.

google-auth's own credentials read the machine's clock, and sleep between three attempts when the token endpoint
stumbles. Here one attempt is made and nobody sleeps: the account's row holds the one back-off, and a sleep would
outlive its lease.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from google.auth.credentials import Credentials
from google.auth.exceptions import RefreshError

EARLY = timedelta(minutes=4)
"""A token that has less left than this is renewed before it is used: a long read must not lose it on the way."""


class Bearer(Credentials):
    """For one GoogleCalendar, in one thread. `expires_at` None: nobody knows; a 401 will tell.

    Raises google-auth's own errors, as `integrations.google.errors.from_auth_error` reads them.
    """

    def __init__(
        self,
        *,
        token: str | None,
        refresh_token: str | None,
        expires_at: datetime | None,
        token_uri: str,
        client_id: str,
        client_secret: str,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # google-auth is untyped here
        self.token = token
        self.refresh_token = refresh_token
        self.expires_at = expires_at
        self.token_uri = token_uri
        self.client_id = client_id
        self.client_secret = client_secret
        self._clock = clock

    @property
    def expired(self) -> bool:
        return self.expires_at is not None and self._clock() >= self.expires_at - EARLY

    def refresh(self, request: Any) -> None:
        """One call of the token endpoint (RFC 6749, 6). No scope is named: all that was granted is asked for."""
        if not self.refresh_token:
            raise RefreshError("there is no refresh token", {"error": "no_refresh_token"})  # type: ignore[no-untyped-call]
        response = request(
            url=self.token_uri,
            method="POST",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(
                {
                    "grant_type": "refresh_token",
                    "client_id": self.client_id,
                    "client_secret": self.client_secret,
                    "refresh_token": self.refresh_token,
                }
            ).encode(),
        )
        answer = _object(response.data)
        token, lasts = answer.get("access_token"), answer.get("expires_in")
        if response.status != 200 or not isinstance(token, str) or not token or not isinstance(lasts, int | None):
            raise RefreshError("the token endpoint gave no token", answer)  # type: ignore[no-untyped-call]
        self.token = token
        self.expires_at = self._clock() + timedelta(seconds=lasts) if lasts is not None else None
        rotated = answer.get("refresh_token")
        if isinstance(rotated, str) and rotated:
            self.refresh_token = rotated


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
