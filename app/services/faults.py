"""Standing faults: what the account row remembers of the last failure, and the one plain message for each.

A fault is forgotten by the first run that succeeds, so its message goes when the fault goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.errors import ConfigError
from app.keys import WrongKey
from integrations.errors import (
    BadRequest,
    CalendarError,
    Gone,
    PermissionMissing,
    RateLimited,
    SignInLost,
    Unavailable,
)


class Fault(StrEnum):
    """What the column `last_error` may hold."""

    SIGN_IN_LOST = "sign_in_lost"
    PERMISSION_MISSING = "permission_missing"
    OVER_QUOTA = "over_quota"
    UNAVAILABLE = "unavailable"
    CALENDAR_GONE = "calendar_gone"
    WRONG_KEY = "wrong_key"
    SETTINGS = "settings"
    OURS = "ours"


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """`action` and `href`: the mend, where there is one to press."""

    text: str
    action: str = ""
    href: str = ""


WORDS = {
    Fault.SIGN_IN_LOST: Words(
        text="Google no longer lets Greenblock in. Nothing is lost; your blocks stay as they are until you reconnect. "
        "It happens when the permission was taken away, the password changed, or the Google project is still in "
        "“Testing”, where sign-ins end after 7 days.",
        action="Reconnect Google",
        href="/connect",
    ),
    Fault.PERMISSION_MISSING: Words(
        text="Google says a permission is missing. Reconnect, and on Google's page tick the box about seeing and "
        "editing events on your own calendars.",
        action="Reconnect Google",
        href="/connect",
    ),
    Fault.OVER_QUOTA: Words(text="Google asks us to slow down. There is nothing to do; we try again by ourselves."),
    Fault.UNAVAILABLE: Words(text="Google Calendar could not be reached. There is nothing to do; we try again soon."),
    Fault.CALENDAR_GONE: Words(
        text="Google says this calendar is gone. If your account was closed or renamed, reconnect with the new one.",
        action="Reconnect Google",
        href="/connect",
    ),
    Fault.WRONG_KEY: Words(
        text="The key in GREENBLOCK_SECRET_KEY does not fit what is stored. Whoever runs this service must put the "
        "old key back, after the new one; or reconnect Google.",
        action="Reconnect Google",
        href="/connect",
    ),
    Fault.SETTINGS: Words(
        text="This service's Google settings are incomplete. Whoever runs it can see what is missing with "
        "“greenblock doctor”."
    ),
    Fault.OURS: Words(
        text="Something went wrong on our side. Nothing was lost, and we try again by ourselves. If this stays, "
        "whoever runs this service finds the reason in its log."
    ),
}

NEEDS_THE_USER = frozenset({Fault.SIGN_IN_LOST, Fault.PERMISSION_MISSING, Fault.CALENDAR_GONE, Fault.WRONG_KEY})
"""Trying again by ourselves would change nothing."""


def fault_of(error: Exception) -> Fault:
    """Which standing fault an exception is."""
    match error:
        case SignInLost():
            return Fault.SIGN_IN_LOST
        case PermissionMissing():
            return Fault.PERMISSION_MISSING
        case RateLimited():
            return Fault.OVER_QUOTA
        case Unavailable():
            return Fault.UNAVAILABLE
        case Gone():
            return Fault.CALENDAR_GONE
        case BadRequest() | CalendarError():
            return Fault.OURS
        case WrongKey():
            return Fault.WRONG_KEY
        case ConfigError():
            return Fault.SETTINGS
        case _:
            return Fault.OURS


FIRST_RETRY = timedelta(seconds=30)
LAST_RETRY = timedelta(hours=1)


def back_off(failures: int, *, jitter: float, retry_after: float | None = None) -> timedelta:
    """How long to wait after the `failures`-th failure in a row; doubles, spread by `jitter` in [0, 1)."""
    doubled = min(LAST_RETRY, FIRST_RETRY * (1 << min(max(failures - 1, 0), 10)))
    wait = doubled * (0.5 + jitter)
    return max(wait, timedelta(seconds=min(retry_after or 0.0, 86_400.0)))
