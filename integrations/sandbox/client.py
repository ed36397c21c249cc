"""The OAuth client that the sandbox knows, as the console's client_secret.json tells it."""

from __future__ import annotations

import re
from typing import Any

CLIENT_ID = "greenblock-sandbox.apps.example"
CLIENT_KEY = "sandbox-on-loopback-only"  # opens nothing but a made-up calendar on this machine

_REDIRECT = re.compile(r"http://(localhost|127\.0\.0\.1)(:\d{1,5})?/oauth/callback")


def is_registered(redirect_uri: str) -> bool:
    """Loopback, any port, the one path."""
    return _REDIRECT.fullmatch(redirect_uri) is not None


def client_secrets(base_url: str, redirect_uri: str, *, programs: str | None = None) -> dict[str, Any]:
    """The content of client_secret.json for the sandbox at `base_url` (no slash at its end).

    `programs` is where programs reach it, if not by the name that browsers use.
    """
    programs = programs or base_url
    return {
        "web": {
            "client_id": CLIENT_ID,
            "project_id": "greenblock-sandbox",
            "auth_uri": f"{base_url}/o/oauth2/auth",
            "token_uri": f"{programs}/token",
            "auth_provider_x509_cert_url": f"{programs}/oauth2/v3/certs",
            "client_secret": CLIENT_KEY,
            "redirect_uris": [redirect_uri],
        }
    }


def openid_configuration_url(base_url: str) -> str:
    return f"{base_url}/.well-known/openid-configuration"


def api_endpoint(base_url: str) -> str:
    return f"{base_url}/calendar/v3/"
