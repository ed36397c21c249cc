"""What the calendar can do to a call, where, and what must come of it."""

from __future__ import annotations

from collections.abc import Mapping

CALLS = (
    "token", "events.list full", "events.list", "events.get", "events.insert", "events.patch", "events.delete",
    "events.watch", "channels.stop",
)  # fmt: skip
"""The places at which the service calls. A read in full and a read of changes are two."""

FAULTS: Mapping[str, tuple[str, str]] = {
    # name in the matrix: the sandbox's fault, and when
    "timeout": ("timeout", "before"),
    "refused": ("cut", "before"),
    "response lost": ("cut", "after"),
    "half an answer": ("cut-body", "after"),
    "malformed": ("malformed", "after"),
    "html": ("html", "before"),
    "400 badRequest": ("badRequest", "before"),
    "401 authError": ("authError", "before"),
    "403 insufficientPermissions": ("insufficientPermissions", "before"),
    "403 forbidden": ("forbidden", "before"),
    "403 forbiddenForNonOrganizer": ("forbiddenForNonOrganizer", "before"),
    "403 rateLimitExceeded": ("rateLimitExceeded", "before"),
    "403 userRateLimitExceeded": ("userRateLimitExceeded", "before"),
    "403 quotaExceeded": ("quotaExceeded", "before"),
    "404 notFound": ("notFound", "before"),
    "409 duplicate": ("duplicate", "before"),
    "410 deleted": ("deleted", "before"),
    "410 fullSyncRequired": ("fullSyncRequired", "before"),
    "410 updatedMinTooLongAgo": ("updatedMinTooLongAgo", "before"),
    "412 conditionNotMet": ("conditionNotMet", "before"),
    "429": ("tooManyRequests", "before"),
    "500": ("backendError", "before"),
    "503": ("unavailable", "before"),
    "5xx after it was done": ("backendError", "after"),
    "short page": ("short-page", "before"),
    "empty page": ("empty-page", "before"),
    "stale list": ("stale-list", "before"),
    "invalid_grant": ("invalid_grant", "before"),
    "invalid_client": ("invalid_client", "before"),
    "admin_policy_enforced": ("admin_policy_enforced", "before"),
    "slow": ("slow", "before"),
}

_READING = frozenset({"events.list full", "events.list"})
_OAUTH = frozenset({"invalid_grant", "invalid_client", "admin_policy_enforced"})
_PAGES = frozenset({"short page", "empty page", "stale list"})
_WIRE = frozenset({"timeout", "refused", "response lost", "half an answer", "malformed", "html", "slow", "429"})
_OF_ANY = _WIRE | frozenset({"500", "503", "5xx after it was done"})


def impossible(fault: str, call: str) -> str:
    """Why this cell stays empty by nature; "" where it must be met."""
    if fault in _PAGES and call not in _READING:
        return "only lists have pages"
    if fault == "stale list" and call == "events.list full":
        return "a list in full is not told since when it is stale"
    if fault in _OAUTH and call != "token":
        return "only the token endpoint says so"
    if call == "token" and fault not in _OAUTH | _OF_ANY:
        return "the token endpoint has no such answer"
    if call in ("events.delete", "channels.stop") and fault in ("malformed", "half an answer"):
        return "its answer has no body"
    return ""


CELLS = tuple((fault, call) for fault in FAULTS for call in CALLS if not impossible(fault, call))

PUSHING = frozenset({"events.watch", "channels.stop"})
"""Made in lives whose calendar can reach the service."""

AROUND = (
    # of pushes
    "push lost", "push doubled", "push late", "push forged", "a thousand pushes at once",
    # of the machine
    "disk full", "database locked", "clock 10 minutes fast", "clock 10 minutes slow", "wrong key",
    "database of yesterday put back", "two schedulers at once", "lease taken over", "token expired mid-page",
    # of the account
    "permission taken back", "scope withdrawn", "time zone changed", "summer time begins or ends", "leap day",
    # of people
    "edited between our read and our write", "guest added to a block", "block copied", "series split",
    "rule switched off or on", "text rewritten by an editor", "block deleted", "block moved", "block restored",
)  # fmt: skip
"""What goes wrong around the calls. Each must be met as each cell of the matrix must."""

HANDS = {
    "travels": "time zone changed",
    "invites": "guest added to a block",
    "copies": "block copied",
    "splits": "series split",
    "switches_a_rule": "rule switched off or on",
    "types": "text rewritten by an editor",
    "ticks": "text rewritten by an editor",
    "unticks": "text rewritten by an editor",
    "resaves": "text rewritten by an editor",
    "deletes": "block deleted",
    "moves": "block moved",
    "restores": "block restored",
}
"""By the method of `hand` or `acts` that does it."""
