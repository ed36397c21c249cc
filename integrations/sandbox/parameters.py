"""Query parameters of the calendar calls → Query; what Google refuses is refused here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams

from integrations.sandbox.errors import ApiError, invalid, time_range_empty
from integrations.sandbox.listing import Query
from integrations.sandbox.times import parse_moment, zone_named

_TYPES = frozenset({"birthday", "default", "focusTime", "fromGmail", "outOfOffice", "workingLocation"})
_REFUSED_WITH_SYNC = (
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
)
_FREE_TO_CHANGE = frozenset(
    {"pageToken", "syncToken", "maxResults", "fields", "key", "quotaUser", "prettyPrint", "alt"}
)


def list_query(params: QueryParams) -> Query:
    """Raises ApiError 400 for what cannot be read and for what may not come together."""
    if sync := params.get("syncToken"):
        for name in _REFUSED_WITH_SYNC:
            if name in params:
                raise ApiError(
                    400,
                    "syncTokenWithRequestRestrictions",
                    f"A sync token cannot be used together with {name}.",
                    domain="calendar",
                    location=name,
                )
        if flag(params, "showDeleted") is False:
            raise invalid("A sync token cannot be used with showDeleted=false.", location="showDeleted")
    order = params.get("orderBy", "")
    if order not in ("", "startTime", "updated"):
        raise invalid(f"Invalid value for orderBy: {order!r}.", location="orderBy")
    single = bool(flag(params, "singleEvents"))
    if order == "startTime" and not single:
        raise ApiError(
            400, "invalid", "The requested ordering is not available for the particular query.", location="orderBy"
        )
    types = frozenset(params.getlist("eventTypes"))
    if not types <= _TYPES:
        raise invalid(f"Invalid value for eventTypes: {sorted(types - _TYPES)[0]!r}.", location="eventTypes")
    low, high = moment(params, "timeMin"), moment(params, "timeMax")
    if low and high and low >= high:
        raise time_range_empty(location="timeMax")
    return Query(
        time_min=low,
        time_max=high,
        updated_min=moment(params, "updatedMin"),
        single_events=single,
        show_deleted=flag(params, "showDeleted"),
        order_by=order,
        text=params.get("q", ""),
        uid=params.get("iCalUID", ""),
        types=types,
        private=_pairs(params, "privateExtendedProperty"),
        shared=_pairs(params, "sharedExtendedProperty"),
        max_results=_size(params),
        max_attendees=number(params, "maxAttendees"),
        zone=zone(params),
        page_token=params.get("pageToken", ""),
        sync_token=sync or "",
        same=_same(params),
    )


def instances_query(params: QueryParams, series_id: str) -> Query:
    return Query(
        time_min=moment(params, "timeMin"),
        time_max=moment(params, "timeMax"),
        show_deleted=flag(params, "showDeleted"),
        max_results=_size(params),
        max_attendees=number(params, "maxAttendees"),
        zone=zone(params),
        page_token=params.get("pageToken", ""),
        original_start=params.get("originalStart", ""),
        same=_same(params) | {"instances_of": series_id},
    )


def flag(params: QueryParams, name: str) -> bool | None:
    """True, False, or None where it was not given."""
    text = params.get(name)
    if text is None:
        return None
    if text.lower() not in ("true", "false"):
        raise invalid(f"Invalid boolean value: {text!r}.", location=name)
    return text.lower() == "true"


def number(params: QueryParams, name: str, *, least: int = 1) -> int | None:
    text = params.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not least <= int(text) < 2**31:
        raise invalid(f"Invalid integer value: {text!r}.", location=name)
    return int(text)


def moment(params: QueryParams, name: str) -> datetime | None:
    """In UTC. An offset is mandatory."""
    text = params.get(name)
    if text is None:
        return None
    found = parse_moment(text)
    if found is None or found.tzinfo is None:
        raise ApiError(400, "badRequest", f"Bad Request: {name} needs a time with its offset.", location=name)
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise invalid(f"Invalid value for {name}: out of range.", location=name) from error


def zone(params: QueryParams) -> ZoneInfo | None:
    name = params.get("timeZone")
    if name is None:
        return None
    found = zone_named(name)
    if found is None:
        raise invalid(f"Invalid time zone: {name!r}.", location="timeZone")
    return found


def _size(params: QueryParams) -> int:
    return min(number(params, "maxResults") or 250, 2500)


def _pairs(params: QueryParams, name: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for text in params.getlist(name):
        key, found, value = text.partition("=")
        if not found or not key:
            raise invalid(f"Invalid value for {name}: needs name=value.", location=name)
        pairs.append((key, value))
    return tuple(pairs)


def _same(params: QueryParams) -> dict[str, Any]:
    return {name: sorted(params.getlist(name)) for name in sorted(params.keys()) if name not in _FREE_TO_CHANGE}
