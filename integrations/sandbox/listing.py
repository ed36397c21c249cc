"""events.list and events.instances: filters, pages, sync tokens, tombstones."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.sandbox import errors, recurrence
from integrations.sandbox.resource import Resource
from integrations.sandbox.store import Row, Store
from integrations.sandbox.times import in_zone, moment_of, parse_moment

_PAGE = 250
_OLDEST_UPDATED_MIN = timedelta(days=28)
# With a sync token these are refused, and an answer to them brings none.
_NOT_WITH_SYNC = ("iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "updatedMin")
_TOMBSTONE = ("kind", "etag", "id", "status", "recurringEventId", "originalStartTime")

Key = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """The parameters of one call, parsed; `same` is what must not change from page to page."""

    time_min: datetime | None = None
    time_max: datetime | None = None
    updated_min: datetime | None = None
    single_events: bool = False
    show_deleted: bool | None = None
    order_by: str = ""
    text: str = ""
    uid: str = ""
    types: frozenset[str] = frozenset()
    private: tuple[tuple[str, str], ...] = ()
    shared: tuple[tuple[str, str], ...] = ()
    max_results: int = _PAGE
    max_attendees: int | None = None
    zone: ZoneInfo | None = None
    page_token: str = ""
    sync_token: str = ""
    original_start: str = ""
    same: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Cursor:
    """What a page token says: which version the first page saw, and the key of the last event given."""

    version: int
    since: int
    after: Key | None


def list_events(store: Store, query: Query, *, short: int | None = None) -> Resource:
    """The answer of events.list. `short`: give at most so many events and leave the rest to the next page."""
    with store.lock:
        cursor = _cursor(store, query)
        rows = (row for row in store.rows.values() if row.version > cursor.since)
        pairs = _keyed(store, _matching(store, rows, query, incremental=bool(query.sync_token)), query)
        return _page(store, query, cursor, pairs, short)


def list_instances(store: Store, series_id: str, query: Query) -> Resource:
    """The answer of events.instances."""
    with store.lock:
        row = store.rows.get(series_id)
        if row is None:
            raise errors.not_found()
        cursor = _cursor(store, query)
        found = [] if row.cancelled or not row.series else store.expand(row)
        found += [exception.resource for exception in store.exceptions(series_id)]
        kept = []
        for event in found:
            if event["status"] == "cancelled" and not query.show_deleted:
                continue
            if query.original_start and not _same_start(event, query.original_start, store):
                continue
            begins, ends = moment_of(event["start"], store.home.zone), moment_of(event["end"], store.home.zone)
            if (query.time_min and ends < query.time_min) or (query.time_max and begins >= query.time_max):
                continue
            kept.append((begins, event))
        pairs = [((begins.isoformat(), event["id"]), event) for begins, event in kept]
        return _page(store, query, cursor, sorted(pairs, key=lambda pair: pair[0]), None)


def _same_start(event: Resource, wanted: str, store: Store) -> bool:
    original = event.get("originalStartTime", {})
    moment = parse_moment(wanted)
    if moment is None or moment.tzinfo is None:
        return bool(original.get("date") == wanted)
    return "dateTime" in original and moment_of(original, store.home.zone) == moment


def _page(
    store: Store, query: Query, cursor: _Cursor, pairs: Iterable[tuple[Key, Resource]], short: int | None
) -> Resource:
    size = query.max_results if short is None else min(short, query.max_results)
    items: list[Resource] = []
    last: Key | None = cursor.after
    more = False
    for key, event in pairs:
        if cursor.after is not None and key <= cursor.after:
            continue
        if len(items) == size:
            more = True
            break
        items.append(_shown(event, query))
        last = key
    answer = {
        "kind": "calendar#events",
        "etag": f'"p{store.version:015d}"',
        "summary": store.home.email,
        "description": "",
        "updated": max((row.resource["updated"] for row in store.rows.values()), default="1970-01-01T00:00:00.000Z"),
        "timeZone": (query.zone or store.home.zone).key,
        "accessRole": "owner",
        "defaultReminders": [{"method": "popup", "minutes": 10}],
    }
    if more:
        answer["nextPageToken"] = _encode(
            {"p": store.token_epoch, "v": cursor.version, "s": cursor.since, "k": last, "q": query.same}
        )
    elif not any(query.same.get(name) for name in _NOT_WITH_SYNC) and not query.same.get("instances_of"):
        kept = {name: query.same.get(name) for name in ("singleEvents", "eventTypes")}
        answer["nextSyncToken"] = _encode({"s": store.token_epoch, "v": cursor.version, "q": kept})
    answer["items"] = items
    return answer


def _matching(store: Store, rows: Iterable[Row], query: Query, *, incremental: bool) -> Iterator[tuple[Row, Resource]]:
    """Rows and the event each shows; a series shows several with singleEvents."""
    deleted = query.show_deleted or incremental or query.updated_min is not None
    for row in rows:
        if row.cancelled and not deleted and (query.single_events or not _living_series(store, row)):
            continue
        if not _fits(row, query):
            continue
        if row.series and query.single_events:
            if row.cancelled and not incremental:
                continue
            if not row.cancelled:
                for event in store.expand(row, after=query.time_min, before=query.time_max):
                    yield row, event
                continue
        if not _in_range(store, row, query):
            continue
        bare = row.cancelled and query.show_deleted is not True
        yield row, {key: row.resource[key] for key in _TOMBSTONE if key in row.resource} if bare else row.resource


def _living_series(store: Store, row: Row) -> bool:
    series = store.rows.get(row.series_id or "")
    return series is not None and not series.cancelled


def _in_range(store: Store, row: Row, query: Query) -> bool:
    if query.time_max is not None and row.start >= query.time_max:
        return False
    if query.time_min is None or row.end > query.time_min:
        return True
    if not row.series:
        return False
    last = recurrence.last_end(row.resource, store.home.zone)
    return last is None or last > query.time_min


def _fits(row: Row, query: Query) -> bool:
    event = row.resource
    if query.types and event["eventType"] not in query.types:
        return False
    if query.uid and event.get("iCalUID") != query.uid:
        return False
    if query.updated_min is not None and datetime.fromisoformat(event["updated"]) < query.updated_min:
        return False
    extended = event.get("extendedProperties", {})
    for group, wanted in (("private", query.private), ("shared", query.shared)):
        if any(extended.get(group, {}).get(key) != value for key, value in wanted):
            return False
    return not query.text or all(word in _searched(event) for word in query.text.lower().split())


def _searched(event: Resource) -> str:
    people = [*event.get("attendees", []), event.get("organizer", {})]
    words = [event.get(key, "") for key in ("summary", "description", "location")]
    words += [person.get(key, "") for person in people for key in ("displayName", "email")]
    return " ".join(words).lower()


def _keyed(store: Store, found: Iterable[tuple[Row, Resource]], query: Query) -> Iterable[tuple[Key, Resource]]:
    """Events with the key they are ordered and paged by."""
    if query.order_by == "startTime":
        zone = store.home.zone
        timed = [
            ((moment_of(event["start"], zone).isoformat() if "start" in event else "", event["id"]), event)
            for _, event in found
        ]
        return sorted(timed, key=lambda pair: pair[0])
    if query.order_by == "updated":
        return sorted(((row.resource["updated"], event["id"]), event) for row, event in found)
    return (((row.seq, place), event) for row, place, event in _numbered(found))


def _numbered(found: Iterable[tuple[Row, Resource]]) -> Iterator[tuple[Row, str, Resource]]:
    for row, event in found:  # ids of one series' dates sort by date
        yield row, event["id"], event


def _shown(event: Resource, query: Query) -> Resource:
    return shown(event, zone=query.zone, max_attendees=query.max_attendees)


def shown(event: Resource, *, zone: ZoneInfo | None, max_attendees: int | None) -> Resource:
    """The event as the parameters `timeZone` and `maxAttendees` ask for it."""
    if zone is not None:
        edges = {key: in_zone(event[key], zone) for key in ("start", "end", "originalStartTime") if event.get(key)}
        event = event | edges
    if max_attendees is not None and len(event.get("attendees", ())) > max_attendees:
        own = [person for person in event["attendees"] if person.get("self")]
        event = {key: value for key, value in event.items() if key != "attendees"} | {"attendeesOmitted": True}
        if own:
            event["attendees"] = own
    return event


def _cursor(store: Store, query: Query) -> _Cursor:
    since = 0
    if query.sync_token:
        token = _decode(query.sync_token)
        if token is None or token.get("s") != store.token_epoch or not isinstance(token.get("v"), int):
            raise errors.full_sync_required()
        kept = {name: query.same.get(name) for name in ("singleEvents", "eventTypes")}
        if token.get("q") != kept:
            raise errors.invalid("The parameters differ from those of the first sync.", location="syncToken")
        since = token["v"]
        if since > store.version:  # a token of a calendar that was since set back
            raise errors.full_sync_required()
    if query.updated_min is not None and query.updated_min < store.clock().astimezone(UTC) - _OLDEST_UPDATED_MIN:
        raise errors.updated_min_too_long_ago()
    if not query.page_token:
        return _Cursor(store.version, since, None)
    page = _decode(query.page_token)
    if page is None or "k" not in page or page.get("q") != query.same or page.get("s") != since:
        raise errors.invalid("Invalid page token value.", location="pageToken")
    if page.get("p") != store.token_epoch and query.sync_token:
        raise errors.full_sync_required()
    key = page["k"]
    return _Cursor(page["v"], since, tuple(key) if key is not None else None)


def _encode(content: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")


def _decode(token: str) -> dict[str, Any] | None:
    try:
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        content = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, UnicodeError):
        return None
    return content if isinstance(content, dict) else None
