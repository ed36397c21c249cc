"""What Google and its client raise → integrations.errors. The reason decides, not the number.

    400 timeRangeEmpty, required, invalid …                         BadRequest
    401 authError                                                   SignInLost (the client has refreshed once)
    403 rateLimitExceeded, userRateLimitExceeded, quotaExceeded; 429   RateLimited
    403 insufficientPermissions, forbidden, forbiddenForNonOrganizer   PermissionMissing
    404 notFound, 410 deleted                                       Gone
    409 duplicate                                                   AlreadyExists
    410 fullSyncRequired, updatedMinTooLongAgo                      SyncTokenExpired
    412 conditionNotMet                                             Conflict
    5xx, timeout, cut connection, an unreadable answer              Unavailable

Google's own sentences are not passed on: they may name people.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from google.auth.exceptions import GoogleAuthError, RefreshError
from googleapiclient.errors import HttpError

from integrations.errors import (
    AlreadyExists,
    BadRequest,
    CalendarError,
    Conflict,
    Gone,
    PermissionMissing,
    RateLimited,
    SignInLost,
    SyncTokenExpired,
    Unavailable,
)

_RATE = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "quotaExceeded",
        "dailyLimitExceeded",
        "limitExceeded",
        "concurrentLimitExceeded",
        "RESOURCE_EXHAUSTED",
        "RATE_LIMIT_EXCEEDED",
    }
)

_BY_REASON: Mapping[str, type[CalendarError]] = {
    "authError": SignInLost,
    "invalidCredentials": SignInLost,
    "UNAUTHENTICATED": SignInLost,
    "insufficientPermissions": PermissionMissing,
    "forbidden": PermissionMissing,
    "forbiddenForNonOrganizer": PermissionMissing,
    "requiredAccessLevel": PermissionMissing,
    "domainPolicy": PermissionMissing,
    "notACalendarUser": PermissionMissing,
    "accessNotConfigured": PermissionMissing,
    "SERVICE_DISABLED": PermissionMissing,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": PermissionMissing,
    "PERMISSION_DENIED": PermissionMissing,
    "notFound": Gone,
    "deleted": Gone,
    "NOT_FOUND": Gone,
    "duplicate": AlreadyExists,
    "ALREADY_EXISTS": AlreadyExists,
    "fullSyncRequired": SyncTokenExpired,
    "updatedMinTooLongAgo": SyncTokenExpired,
    "conditionNotMet": Conflict,
}

# Only where Google gave an error body of its own without a reason that we know.
_BY_STATUS: Mapping[int, type[CalendarError]] = {
    401: SignInLost,
    403: PermissionMissing,
    404: Gone,
    408: Unavailable,
    410: Gone,
    412: Conflict,
}

_PERMISSIONS: Mapping[str, str] = {
    "accessNotConfigured": "The Google Calendar API is not switched on in the Google project: switch it on there.",
    "SERVICE_DISABLED": "The Google Calendar API is not switched on in the Google project: switch it on there.",
    "insufficientPermissions": "Access to the calendar was not granted: connect again and tick the calendar box.",
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": "Access to the calendar was not granted: connect again and tick the box.",
    "notACalendarUser": "This Google account has no calendar: open Google Calendar with it once, then connect again.",
    "domainPolicy": "The administrator of this Google account does not allow this app: ask them to allow it.",
    "forbiddenForNonOrganizer": "Only the organizer of this event may change it: nothing was changed.",
}


def from_http_error(error: HttpError) -> CalendarError:
    """Google's refusal as one of ours; `status` and `reason` are Google's."""
    status = int(error.resp.status)
    body = _error_body(error.content)
    reason = reason_of(error.content)
    told = f"Google Calendar answered {status}" + (f" ({reason})" if reason else "")
    if reason in _RATE or status == 429:
        wait = str(error.resp.get("retry-after", ""))
        return RateLimited(
            f"{told}: too many requests for now, it goes on by itself later.",
            reason=reason,
            status=status,
            retry_after=float(wait) if re.fullmatch(r"\d{1,6}", wait) else None,
        )
    if status >= 500 or status < 400:
        return Unavailable(
            f"{told}: it is not available now, it goes on by itself later.", reason=reason, status=status
        )
    kind = _BY_REASON.get(reason)
    if kind is None and status == 409:
        kind = Conflict if reason else AlreadyExists
    if kind is None and body is None and status != 400 and status != 401:
        # A proxy or a wrong address speaks here, not Google: believing its 404 would take an event for deleted.
        return Unavailable(f"{told} without an error of Google's own; it is tried again later.", status=status)
    kind = kind or _BY_STATUS.get(status, BadRequest)
    return kind(_sentence(kind, told, reason), reason=reason, status=status)


def _sentence(kind: type[CalendarError], told: str, reason: str) -> str:
    if kind is PermissionMissing:
        return _PERMISSIONS.get(reason, f"{told}: a permission is missing. Connect again and allow what is asked.")
    return f"{told}: " + {
        SignInLost: "the connection to Google has ended. Reconnect Google.",
        Gone: "the event or calendar is not there any more.",
        AlreadyExists: "an event with this id was there before.",
        SyncTokenExpired: "the calendar is to be read in full again.",
        Conflict: "the event was changed meanwhile and is to be read again.",
        Unavailable: "it is not available now, it goes on by itself later.",
    }.get(kind, "a mistake of Greenblock's. Please report it.")


# google-auth says these two in a sentence only.
_UNSPOKEN = {"Reauthentication is need": "invalid_rapt", "The credentials do not c": "no_refresh_token"}


def from_auth_error(error: GoogleAuthError) -> CalendarError:
    """A failed refresh of the access token. Only Google's own word ends the connection; the rest passes."""
    if not isinstance(error, RefreshError):
        return Unavailable("Google's sign-in could not be reached; it is tried again later.", reason="transport")
    details = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], Mapping) else {}
    code = _word(details.get("error")) or _UNSPOKEN.get(str(error.args[0] if error.args else "")[:24], "")
    if code in ("invalid_grant", "invalid_rapt", "no_refresh_token"):
        return SignInLost("The connection to Google has ended. Reconnect Google.", reason=code)
    if code in ("admin_policy_enforced", "access_denied"):
        return PermissionMissing(
            "The administrator of this Google account does not allow this app: ask them to allow it.", reason=code
        )
    if code in ("invalid_client", "unauthorized_client", "deleted_client", "org_internal", "unsupported_grant_type"):
        return BadRequest(
            f"Google refused the service's own sign-in ({code}): check the file client_secret.json.", reason=code
        )
    if code in ("rate_limit_exceeded", "slow_down"):
        return RateLimited("Too many sign-ins at Google for now; it is tried again later.", reason=code)
    return Unavailable("Google's sign-in did not answer as it should; it is tried again later.", reason=code)


def reason_of(content: bytes) -> str:
    """Google's own word for what went wrong, from an error's body; empty where it has none."""
    body = _error_body(content)
    if body is None:
        return ""
    for key in ("errors", "details"):
        entries = body.get(key)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, Mapping) and (reason := _word(entry.get("reason"))):
                return reason
    return _word(body.get("status"))


def _error_body(content: bytes) -> Mapping[str, Any] | None:
    """The object under "error"; None where the body is not one of Google's."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return None
    error = data.get("error") if isinstance(data, dict) else None
    return error if isinstance(error, dict) else None


def _word(value: object) -> str:
    """A reason as it may stand in a log: one plain word."""
    return value if isinstance(value, str) and re.fullmatch(r"\w{1,64}", value, re.ASCII) else ""
