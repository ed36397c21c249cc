"""Google's error bodies. Every refusal of the calendar is one ApiError."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse


class ApiError(Exception):
    """A refusal in Google's words.

    `location` and `location_type` ("parameter", "header") say where the mistake is, as Google does;
    `field` is the path inside an event's body (`start.dateTime`), for messages about a seed.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        *,
        domain: str = "global",
        location: str | None = None,
        location_type: str | None = None,
        field: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.domain = domain
        self.location = location
        self.location_type = location_type or ("parameter" if location else None)
        self.field = field
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        entry = {"domain": self.domain, "reason": self.reason, "message": self.message}
        if self.location_type and self.location:
            entry |= {"locationType": self.location_type, "location": self.location}
        return {"error": {"errors": [entry], "code": self.status, "message": self.message}}

    def response(self) -> JSONResponse:
        return JSONResponse(self.body(), status_code=self.status, headers=self.headers)


def invalid(message: str, *, field: str = "", location: str | None = None) -> ApiError:
    return ApiError(400, "invalid", message, field=field, location=location)


def required(message: str, *, field: str = "") -> ApiError:
    return ApiError(400, "required", message, field=field)


def time_range_empty(*, field: str = "", location: str | None = None) -> ApiError:
    return ApiError(400, "timeRangeEmpty", "The specified time range is empty.", field=field, location=location)


def not_found() -> ApiError:
    return ApiError(404, "notFound", "Not Found")


def deleted() -> ApiError:
    return ApiError(410, "deleted", "Resource has been deleted")


def duplicate() -> ApiError:
    return ApiError(409, "duplicate", "The requested identifier already exists.")


def condition_not_met() -> ApiError:
    return ApiError(412, "conditionNotMet", "Precondition Failed", location="If-Match", location_type="header")


def full_sync_required() -> ApiError:
    return ApiError(
        410,
        "fullSyncRequired",
        "Sync token is no longer valid, a full sync is required.",
        domain="calendar",
        location="syncToken",
    )


def updated_min_too_long_ago() -> ApiError:
    return ApiError(
        410,
        "updatedMinTooLongAgo",
        "The requested minimum modification time lies too far in the past.",
        domain="calendar",
        location="updatedMin",
    )


def auth_error() -> ApiError:
    return ApiError(
        401,
        "authError",
        "Invalid Credentials",
        location="Authorization",
        location_type="header",
        headers={"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'},
    )


def insufficient_permissions() -> ApiError:
    return ApiError(
        403, "insufficientPermissions", "Request had insufficient authentication scopes.", headers=_scope_header()
    )


def _scope_header() -> dict[str, str]:
    return {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="insufficient_scope"'}
