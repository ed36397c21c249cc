"""What can go wrong with a calendar.

CalendarError
 ├─ Unavailable         cut off, timed out, 5xx, unreadable: may have been done; try again later
 │   └─ RateLimited     over a quota: try again later, never "reconnect"
 ├─ SignInLost          the grant is gone: the user must reconnect
 ├─ PermissionMissing   a scope or right is missing: the user must tick a box or ask somebody
 ├─ Gone                the event or calendar is not there (any more)
 ├─ AlreadyExists       an event with this id was there before
 ├─ Conflict            changed since it was read: read again and merge
 ├─ SyncTokenExpired    a full sync is due
 └─ BadRequest          a mistake of ours: log, show, do not retry
"""

from __future__ import annotations


class CalendarError(Exception):
    """`reason` is the calendar's own word (`rateLimitExceeded`); the message holds no personal data."""

    retry = False

    def __init__(self, message: str, *, reason: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.status = status


class Unavailable(CalendarError):
    retry = True


class RateLimited(Unavailable):
    """`retry_after` in seconds where the calendar names it."""

    def __init__(
        self, message: str, *, reason: str = "", status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, reason=reason, status=status)
        self.retry_after = retry_after


class SignInLost(CalendarError):
    pass


class PermissionMissing(CalendarError):
    pass


class Gone(CalendarError):
    pass


class AlreadyExists(CalendarError):
    pass


class Conflict(CalendarError):
    pass


class SyncTokenExpired(CalendarError):
    pass


class BadRequest(CalendarError):
    pass
