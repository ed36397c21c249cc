from __future__ import annotations

import json

import pytest
from google.auth.exceptions import RefreshError, TransportError
from googleapiclient.errors import HttpError
from httplib2 import Response

from integrations import errors
from integrations.google.errors import from_auth_error, from_http_error
from tests.integrations.google.scripted import refusal


def http_error(status: int, body: object, **headers: str) -> HttpError:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpError(Response({"status": str(status), **headers}), content)


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (400, "timeRangeEmpty", errors.BadRequest),
        (400, "required", errors.BadRequest),
        (400, "invalid", errors.BadRequest),
        (401, "authError", errors.SignInLost),
        (401, "required", errors.SignInLost),
        (403, "rateLimitExceeded", errors.RateLimited),
        (403, "userRateLimitExceeded", errors.RateLimited),
        (403, "quotaExceeded", errors.RateLimited),
        (403, "dailyLimitExceeded", errors.RateLimited),
        (429, "rateLimitExceeded", errors.RateLimited),
        (429, "somethingNew", errors.RateLimited),
        (403, "insufficientPermissions", errors.PermissionMissing),
        (403, "forbidden", errors.PermissionMissing),
        (403, "forbiddenForNonOrganizer", errors.PermissionMissing),
        (403, "accessNotConfigured", errors.PermissionMissing),
        (403, "somethingNew", errors.PermissionMissing),
        (404, "notFound", errors.Gone),
        (410, "deleted", errors.Gone),
        (409, "duplicate", errors.AlreadyExists),
        (409, "conflict", errors.Conflict),
        (410, "fullSyncRequired", errors.SyncTokenExpired),
        (410, "updatedMinTooLongAgo", errors.SyncTokenExpired),
        (412, "conditionNotMet", errors.Conflict),
        (418, "teapot", errors.BadRequest),
        (500, "backendError", errors.Unavailable),
        (503, "notFound", errors.Unavailable),
        (302, "moved", errors.Unavailable),
    ],
)
def test_the_table(status: int, reason: str, kind: type[errors.CalendarError]) -> None:
    error = from_http_error(http_error(*refusal(status, reason)))
    assert type(error) is kind
    assert (error.reason, error.status) == (reason, status)
    assert "secret" not in str(error)
    assert str(error).endswith(".")


@pytest.mark.parametrize("status", [403, 404, 409, 410, 412, 500, 502])
@pytest.mark.parametrize("body", [b"", b"<html>not here</html>", b"\xff\xfe", b"null", b'{"error": "x"}'])
def test_a_page_of_somebody_else_deletes_nothing(status: int, body: bytes) -> None:
    """A proxy's 404 must not be taken for a deleted event."""
    error = from_http_error(http_error(status, body))
    assert isinstance(error, errors.AlreadyExists if status == 409 else errors.Unavailable)


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        ({"error": {"code": 403, "status": "RESOURCE_EXHAUSTED"}}, errors.RateLimited, "RESOURCE_EXHAUSTED"),
        ({"error": {"code": 403, "status": "PERMISSION_DENIED"}}, errors.PermissionMissing, "PERMISSION_DENIED"),
        (
            {"error": {"status": "PERMISSION_DENIED", "details": [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}},
            errors.PermissionMissing,
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        ),
        ({"error": {"errors": "none", "details": [None, {"reason": "two words"}]}}, errors.PermissionMissing, ""),
    ],
)
def test_newer_bodies(body: object, kind: type[errors.CalendarError], reason: str) -> None:
    error = from_http_error(http_error(403, body))
    assert (type(error), error.reason) == (kind, reason)


@pytest.mark.parametrize(("header", "seconds"), [("30", 30.0), ("", None), ("soon", None), ("-1", None)])
def test_retry_after(header: str, seconds: float | None) -> None:
    error = from_http_error(http_error(*refusal(429, "rateLimitExceeded"), **{"retry-after": header}))
    assert isinstance(error, errors.RateLimited)
    assert error.retry_after == seconds


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (RefreshError("invalid_grant: gone", {"error": "invalid_grant"}), errors.SignInLost, "invalid_grant"),
        (RefreshError("Reauthentication is needed. Please run"), errors.SignInLost, "invalid_rapt"),
        (RefreshError("The credentials do not contain the necessary"), errors.SignInLost, "no_refresh_token"),
        (RefreshError("x", {"error": "admin_policy_enforced"}), errors.PermissionMissing, "admin_policy_enforced"),
        (RefreshError("x", {"error": "invalid_client"}), errors.BadRequest, "invalid_client"),
        (RefreshError("x", {"error": "rate_limit_exceeded"}), errors.RateLimited, "rate_limit_exceeded"),
        (RefreshError("x", {"error": "internal_failure"}, retryable=True), errors.Unavailable, "internal_failure"),
        (RefreshError("<html>502 invalid_grant</html>"), errors.Unavailable, ""),
        (RefreshError(), errors.Unavailable, ""),
        (TransportError("cut"), errors.Unavailable, "transport"),
    ],
)
def test_failed_refreshes(error: RefreshError, kind: type[errors.CalendarError], reason: str) -> None:
    ours = from_auth_error(error)
    assert (type(ours), ours.reason) == (kind, reason)
