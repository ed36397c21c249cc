"""Standing faults: which one an error is, how long to wait after it, and the one plain message for each.

A fault is forgotten by the first run that succeeds, so its message goes when the fault goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.db.trouble import WORDS as DATABASE_WORDS
from app.db.trouble import Trouble, Unwritable, trouble_of
from app.errors import ConfigError, GreenblockError
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
from integrations.google.signin import ProviderUnavailable
from scheduler.words import N_, _, clock


class Fault(StrEnum):
    """The most important first: of several, the page shows the first. Those of the installation are everybody's;
    `last_error` of an account holds one of the others."""

    DATABASE_FULL = Trouble.FULL.value
    DATABASE_READ_ONLY = Trouble.READ_ONLY.value
    DATABASE_LOCKED = Trouble.LOCKED.value
    DATABASE_OUT_OF_REACH = Trouble.OUT_OF_REACH.value
    WHEEL_STILL = "wheel_still"
    WRONG_KEY = "wrong_key"
    SETTINGS = "settings"
    CLIENT_REFUSED = "client_refused"
    DISCONNECTED = "disconnected"
    TESTING_ENDED = "testing_ended"
    SIGN_IN_LOST = "sign_in_lost"
    API_OFF = "api_off"
    ADMINISTRATOR = "administrator"
    NO_CALENDAR = "no_calendar"
    PERMISSION_MISSING = "permission_missing"
    CALENDAR_GONE = "calendar_gone"
    CLOCK_WRONG = "clock_wrong"
    OVER_QUOTA = "over_quota"
    UNAVAILABLE = "unavailable"
    OURS = "ours"
    OTHER_BLOCKS = "other_blocks"


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """`action` and `href`: the mend, where there is one to press."""

    text: str
    action: str = ""
    href: str = ""


def _reconnect(text: str) -> Words:
    return Words(text=text, action=N_("Reconnect Google"), href="/connect")


WORDS = {
    **{Fault(trouble.value): Words(text=text) for trouble, text in DATABASE_WORDS.items()},
    Fault.WHEEL_STILL: Words(
        text=N_(
            "The background work stands still, so nothing is read from the calendar or written into it. Nothing is "
            "lost. Whoever runs this service must restart it, or its workers; the reason stands in the log."
        )
    ),
    Fault.WRONG_KEY: _reconnect(
        N_(
            "The key in GREENBLOCK_SECRET_KEY does not fit what is stored. Whoever runs this service must put the "
            "old key back, after the new one; or reconnect Google."
        )
    ),
    Fault.SETTINGS: Words(
        text=N_(
            "This service's Google settings are incomplete. Whoever runs it can see what is missing with "
            "“greenblock doctor”."
        )
    ),
    Fault.CLIENT_REFUSED: Words(
        text=N_(
            "Google does not know this service any more: its client was deleted, or its secret changed. Whoever runs "
            "it must download client_secret.json from the Google console again; then all goes on by itself."
        )
    ),
    Fault.DISCONNECTED: Words(
        text=N_("Google is disconnected. People and settings are kept; blocks stay as they are."),
        action=N_("Connect Google"),
        href="/connect",
    ),
    Fault.TESTING_ENDED: _reconnect(
        N_(
            "Google ended the sign-in 7 days after you agreed, as it does while the Google project is in “Testing”. "
            "Nothing is lost; reconnect. So that it does not happen each week, whoever runs this service must press "
            "“Publish app” in the Google console, under Audience, before you do."
        )
    ),
    Fault.SIGN_IN_LOST: _reconnect(
        N_(
            "Google no longer lets Greenblock in. Nothing is lost; your blocks stay as they are until you reconnect. "
            "It happens when the permission was taken away, the password changed, or the Google project is still in "
            "“Testing”, where sign-ins end after 7 days."
        )
    ),
    Fault.API_OFF: Words(
        text=N_(
            "The Google Calendar API is not switched on in the Google project. Whoever runs this service must enable "
            "it in the Google console, under APIs & Services, Library; then all goes on by itself."
        )
    ),
    Fault.ADMINISTRATOR: Words(
        text=N_(
            "The administrator of your Google account does not allow Greenblock. Ask them to allow it; then all goes "
            "on by itself."
        )
    ),
    Fault.NO_CALENDAR: Words(
        text=N_(
            "This Google account has no calendar yet. Open Google Calendar with it once; then all goes on by itself."
        )
    ),
    Fault.PERMISSION_MISSING: _reconnect(
        N_(
            "Google says a permission is missing. Reconnect, and on Google's page tick the box “See, create, change, "
            "and delete events on Google calendars you own”."
        )
    ),
    Fault.CALENDAR_GONE: _reconnect(
        N_("Google says this calendar is gone. If your account was closed or renamed, reconnect with the new one.")
    ),
    Fault.CLOCK_WRONG: Words(
        text=N_(
            "The clock of this service's machine is {minutes} minutes {direction}. Blocks and names can come at the "
            "wrong time, and while it is wrong by more than an hour nothing is read, written or forgotten. Whoever "
            "runs it must set the clock, best by switching on time synchronisation."
        )
    ),
    Fault.OVER_QUOTA: Words(text=N_("Google asks us to slow down. There is nothing to do; we try again {when}.")),
    Fault.UNAVAILABLE: Words(
        text=N_("Google Calendar is slow or could not be reached. There is nothing to do; we try again {when}.")
    ),
    Fault.OURS: Words(
        text=N_(
            "Something went wrong on our side. Nothing was lost, and we try again {when}. If this stays, "
            "whoever runs this service finds the reason in its log."
        )
    ),
    Fault.OTHER_BLOCKS: Words(
        text=N_(
            "Another Greenblock has blocks in this calendar too ({count} still to come); this one leaves them "
            "alone. Stop the other one, or delete its blocks in the calendar."
        )
    ),
}
assert set(WORDS) == set(Fault)

NEEDS_THE_USER = frozenset(
    {Fault.SIGN_IN_LOST, Fault.TESTING_ENDED, Fault.PERMISSION_MISSING, Fault.CALENDAR_GONE, Fault.WRONG_KEY}
)
"""Trying again by ourselves would change nothing."""

_BY_REASON = {
    "accessNotConfigured": Fault.API_OFF,
    "SERVICE_DISABLED": Fault.API_OFF,
    "domainPolicy": Fault.ADMINISTRATOR,
    "admin_policy_enforced": Fault.ADMINISTRATOR,
    "access_denied": Fault.ADMINISTRATOR,
    "org_internal": Fault.ADMINISTRATOR,
    "notACalendarUser": Fault.NO_CALENDAR,
    "invalid_client": Fault.CLIENT_REFUSED,
    "unauthorized_client": Fault.CLIENT_REFUSED,
    "deleted_client": Fault.CLIENT_REFUSED,
}
"""Where Google's own word tells of another mend than the kind of error does."""

CLOCK_TOLERANCE = timedelta(minutes=5)
"""Our clock may differ so much from Google's: an answer can be long on its way, and a block begins on the minute."""

CLOCK_ASTRAY = timedelta(hours=1)
"""Further off, our clock is no guide to what is old, past or to come: nothing is forgotten, planned or written."""


class ClockAstray(GreenblockError):
    """Our clock and the calendar's are further apart than that."""


_TESTING = timedelta(days=7)
_TESTING_FROM, _TESTING_TO = timedelta(hours=3), timedelta(hours=12)
"""Access tokens outlive or undercut the grant by an hour or so, and quiet accounts are looked at once an hour."""


def fault_of(error: Exception, *, consented_at: datetime | None = None, now: datetime | None = None) -> Fault:
    """Which standing fault an exception is. A sign-in that ends 7 days after the consent ended because of "Testing"."""
    if isinstance(error, CalendarError) and error.reason in _BY_REASON:
        return _BY_REASON[error.reason]
    match error:
        case SignInLost():
            age = now - consented_at if now and consented_at else timedelta()
            in_testing = -_TESTING_FROM <= age - _TESTING <= _TESTING_TO
            return Fault.TESTING_ENDED if in_testing else Fault.SIGN_IN_LOST
        case PermissionMissing():
            return Fault.PERMISSION_MISSING
        case RateLimited():
            return Fault.OVER_QUOTA
        case Unavailable() | ProviderUnavailable():
            return Fault.UNAVAILABLE
        case Gone():
            return Fault.CALENDAR_GONE
        case BadRequest() | CalendarError():
            return Fault.OURS
        case WrongKey():
            return Fault.WRONG_KEY
        case ClockAstray():
            return Fault.CLOCK_WRONG
        case ConfigError():
            return Fault.SETTINGS
        case Unwritable():
            return Fault(error.trouble.value)
        case _:
            trouble = trouble_of(error)
            return Fault(trouble.value) if trouble else Fault.OURS


def said(
    fault: Fault, *, clock_off: int | None = None, others: int = 0, again_at: datetime | None = None, now: datetime
) -> Words:
    """The words of a fault as things stand. `again_at` in the zone of whoever reads it."""
    words = WORDS[fault]
    soon = again_at is None or again_at - now < timedelta(minutes=1)
    text = _(
        words.text,
        when=_("in a moment") if again_at is None or soon else _("at {at}", at=clock(again_at)),
        minutes=round(abs(clock_off or 0) / 60),
        direction=_("fast") if (clock_off or 0) > 0 else _("slow"),
        count=others,
    )
    return Words(text=text, action=_(words.action) if words.action else "", href=words.href)


FIRST_RETRY = timedelta(seconds=30)
LAST_RETRY = timedelta(hours=1)


BY_REASON = {"dailyLimitExceeded": LAST_RETRY, "quotaExceeded": timedelta(minutes=5)}
"""Where the calendar says that it will take longer, the first wait is as long. The others pass within a minute."""


def back_off(failures: int, *, jitter: float, retry_after: float | None = None, reason: str = "") -> timedelta:
    """How long to wait after the `failures`-th failure in a row; doubles, spread by `jitter` in [0, 1)."""
    first = BY_REASON.get(reason, FIRST_RETRY)
    doubled = min(LAST_RETRY, first * (1 << min(max(failures - 1, 0), 10)))
    wait = doubled * (0.5 + jitter)
    return max(wait, timedelta(seconds=min(retry_after or 0.0, 86_400.0)))
