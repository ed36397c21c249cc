"""What can go wrong with a sign-in, and how to say it.

SignInError                 `code` is the provider's own word; the message is for the user
 ├─ ConsentRefused          the user, or their administrator, said no
 ├─ CodeRefused             the answer was used before, is too old or of another sign-in: begin again
 ├─ IdentityRefused         the id token is not for us, not of now, or not from the provider
 ├─ ProviderUnavailable     could not be reached or read: try again
 └─ ProviderMisconfigured   the service's own set-up is wrong: its owner must mend it

A missing tick at the calendar is integrations.errors.PermissionMissing.
"""

from __future__ import annotations

from scheduler.words import N_, _


class SignInError(Exception):
    """The message says what happened and what to do next, and holds no personal data."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class ConsentRefused(SignInError):
    pass


class CodeRefused(SignInError):
    pass


class IdentityRefused(SignInError):
    pass


class ProviderUnavailable(SignInError):
    pass


class ProviderMisconfigured(SignInError):
    pass


_SENTENCES = {
    "access_denied": N_(
        "You did not allow access, so nothing was connected. "
        "Connect again when you like; nothing is written to your calendar before you press Save."
    ),
    "admin_policy_enforced": N_(
        "The administrator of your Google account does not allow this app. "
        "Ask them to allow it (Google Admin console, API controls), then connect again."
    ),
    "org_internal": N_(
        "The Google project behind this app is only open to its own organisation. "
        "Sign in with an account of that organisation."
    ),
    "invalid_grant": N_(
        "Google no longer accepts the connection: access was withdrawn, the password was changed, it was unused for "
        "six months, or the Google project's consent screen is in “Testing”, where it ends after 7 days. "
        "Reconnect Google; your data is kept. Against the 7 days: set the project to “In production” or “Internal”."
    ),
    "redirect_uri_mismatch": N_(
        "Google does not know this service's address. Add <public address>/oauth/callback to the client's "
        "authorized redirect URIs in the Google console, then connect again."
    ),
    "invalid_client": N_(
        "Google does not know this service's client. Download client_secret.json again from the Google console."
    ),
    "unauthorized_client": N_(
        "Google does not let this client sign people in. "
        "In the Google console make a client of the type “Web application” and use its client_secret.json."
    ),
    "deleted_client": N_(
        "This service's client was deleted in the Google console. Make a new one and use its client_secret.json."
    ),
    "disabled_client": N_(
        "This service's client is switched off in the Google console. Switch it on, then connect again."
    ),
    "invalid_scope": N_(
        "Google did not accept what was asked for. Switch on the Google Calendar API in the Google project, "
        "then connect again."
    ),
    "login_required": N_("Google asks you to sign in first. Connect again."),
    "interaction_required": N_("Google asks you to confirm something first. Connect again."),
    "consent_required": N_("Google needs your consent. Connect again and allow what is asked."),
    "invalid_request": N_(
        "Google did not understand the request. Connect again; if it stays, tell the service's owner."
    ),
    "server_error": N_("Google's sign-in has a fault just now. Please try again in a minute."),
    "temporarily_unavailable": N_("Google's sign-in is busy just now. Please try again in a minute."),
    "state_mismatch": N_("This sign-in was begun elsewhere or has run out. Connect again from this browser."),
}

_KINDS: dict[str, type[SignInError]] = {
    "access_denied": ConsentRefused,
    "admin_policy_enforced": ConsentRefused,
    "org_internal": ConsentRefused,
    "login_required": ConsentRefused,
    "interaction_required": ConsentRefused,
    "consent_required": ConsentRefused,
    "invalid_grant": CodeRefused,
    "invalid_request": CodeRefused,
    "state_mismatch": CodeRefused,
    "server_error": ProviderUnavailable,
    "temporarily_unavailable": ProviderUnavailable,
}


def explain(error_code: str) -> str:
    """What an error code of Google's sign-in means and what to do, in plain sentences."""
    return _(_SENTENCES.get(error_code, N_("Google ended the sign-in without a reason that we know. Connect again.")))


def sign_in_error(error_code: str) -> SignInError:
    """The error for a code of Google's sign-in, as it comes to the redirect address or from the token endpoint."""
    if error_code in _SENTENCES:
        return _KINDS.get(error_code, ProviderMisconfigured)(explain(error_code), code=error_code)
    return SignInError(explain(error_code))
