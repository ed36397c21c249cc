"""The port over google-api-python-client. Discovery document: calendar v3, the copy inside the client.

Nothing is retried here but what httplib2 re-sends by itself on a connection that was cut (an insert done twice
then shows as AlreadyExists, a patch as Conflict, a delete as Gone or Conflict: all are mended by reading again).
The account's row holds the one back-off, for reads as well: a client that sleeps would outlive its lease.
"""

from __future__ import annotations

import http.client
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import google_auth_httplib2
import httplib2
from google.api_core.client_options import ClientOptions
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError
from googleapiclient.discovery import build
from googleapiclient.errors import Error as ClientError
from googleapiclient.errors import HttpError

from integrations.calendar import Channel, Page
from integrations.errors import CalendarError, Gone, SyncTokenExpired, Unavailable
from integrations.google.codec import EVENT_FIELDS, FIELDS, MalformedEvent, block_to_json, event_from_json
from integrations.google.errors import from_auth_error, from_http_error, reason_of
from integrations.google.push import channel_from_json, channel_to_json
from scheduler.model import BlockEvent, Event, Part

PAGE_SIZE = 1000
"""Events a page: the default of 250 would take four times the calls, and 2,500, the most that Google gives, would hold
ten megabytes more in memory, or a hundred where descriptions are as long as they may be."""

_WITHOUT_ANSWER = frozenset({"events.delete", "channels.stop"})

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiCall:
    """One request that went out. `method` is Google's name of it ("events.list"), or "token" for a refresh of the
    access token; `status` is 0 where no answer came; `reason` is Google's word where it refused; `served_at` is what
    the answer's Date header says."""

    method: str
    status: int
    reason: str = ""
    served_at: datetime | None = field(default=None, compare=False)


class GoogleCalendar:
    """One account's one calendar, as `integrations.calendar.Calendar` wants it; for one thread (httplib2 is not
    thread-safe). Close it, or use it in a `with`, or its connections stay open.

    credentials   from `oauth.credentials`; refreshed here when they expire, see `oauth.refreshed`
    api_endpoint  the whole base, ending in /calendar/v3/; None = Google's own
    timeout       seconds a connection may stay silent
    observe       called after each request that went out, with or without an answer
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        api_endpoint: str | None,
        calendar_id: str = "primary",
        timeout: float = 30,
        observe: Callable[[ApiCall], None] | None = None,
    ) -> None:
        self._calendar_id = calendar_id
        self._wire = _Wire(timeout, api_endpoint, observe)
        # GOOGLE: on 401 refresh the access token once, then it is for the user to reconnect.
        self._authorized = google_auth_httplib2.AuthorizedHttp(credentials, http=self._wire, max_refresh_attempts=1)
        self._events, self._channels = _resources(api_endpoint)
        self.malformed: Counter[str] = Counter()
        """What could not be read in lists and was skipped: how often, by kind. Holds no personal data."""

    @property
    def requests(self) -> int:
        return self._wire.requests

    @property
    def served_at(self) -> datetime | None:
        return self._wire.served_at

    def changes(self, *, sync_token: str | None, since: datetime) -> Iterator[Page]:
        # With a sync token Google refuses timeMin; all else stays the same on every page and sync.
        where = {"syncToken": sync_token} if sync_token else {"timeMin": _rfc3339(since)}
        page_token: str | None = None
        seen: set[str] = set()
        while True:
            following = {"pageToken": page_token} if page_token else {}
            try:
                answer = self._send(
                    "events.list",
                    self._events.list(
                        calendarId=self._calendar_id, maxResults=PAGE_SIZE, fields=FIELDS, **where, **following
                    ),
                )
            except Gone as gone:
                if sync_token and gone.status == 410:
                    raise SyncTokenExpired(str(gone), reason=gone.reason, status=gone.status) from gone
                raise
            page_token = _token(answer, "nextPageToken")
            next_sync = None if page_token else _token(answer, "nextSyncToken")
            if not page_token and not next_sync:
                raise _unreadable("a page with neither a next page nor a sync token")
            if page_token in seen:
                raise _unreadable("a page that leads back to an earlier one")
            seen.add(page_token or "")
            page = self._page(answer, next_sync)
            del answer
            yield page
            del page  # not held while the next one is fetched
            if next_sync:
                return

    def get(self, event_id: str) -> Event:
        request = self._events.get(calendarId=self._calendar_id, eventId=event_id, fields=EVENT_FIELDS)
        return self._event(self._send("events.get", request))

    def insert(self, block: BlockEvent) -> Event:
        request = self._events.insert(
            calendarId=self._calendar_id, body=block_to_json(block), sendUpdates="none", fields=EVENT_FIELDS
        )
        return self._event(self._send("events.insert", request))

    def patch(self, block: BlockEvent, parts: frozenset[Part], *, etag: str) -> Event:
        request = self._events.patch(
            calendarId=self._calendar_id,
            eventId=block.id,
            body=block_to_json(block, parts),
            sendUpdates="none",
            fields=EVENT_FIELDS,
        )
        request.headers["If-Match"] = etag
        return self._event(self._send("events.patch", request))

    def delete(self, event_id: str, *, etag: str | None) -> None:
        request = self._events.delete(calendarId=self._calendar_id, eventId=event_id, sendUpdates="none")
        if etag is not None:
            request.headers["If-Match"] = etag
        self._send("events.delete", request)

    def watch(self, channel_id: str, *, token: str, address: str, lasts: timedelta) -> Channel:
        body = channel_to_json(channel_id, token=token, address=address, lasts=lasts)
        answer = self._send("events.watch", self._events.watch(calendarId=self._calendar_id, body=body))
        try:
            return channel_from_json(answer)
        except ValueError as error:
            raise _unreadable("a channel without an end") from error

    def stop(self, channel: Channel) -> None:
        body = {"id": channel.id, "resourceId": channel.resource_id}
        self._send("channels.stop", self._channels.stop(body=body))

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def __enter__(self) -> GoogleCalendar:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _send(self, method: str, request: Any) -> Mapping[str, Any]:
        """Send one request; every error leaves as a CalendarError."""
        self._wire.method = method
        try:
            answer = request.execute(http=self._authorized, num_retries=0)
        except HttpError as error:
            raise from_http_error(error) from error
        except GoogleAuthError as error:
            raise from_auth_error(error) from error
        except (OSError, httplib2.HttpLib2Error, http.client.HTTPException) as error:
            raise Unavailable(
                f"Google Calendar could not be reached ({type(error).__name__}); it is tried again later."
            ) from error
        except (ClientError, ValueError, TypeError, AttributeError, RecursionError) as error:
            # The client and google-auth trust the shape of answers, and stumble over a null or a list.
            raise _unreadable(type(error).__name__) from error
        if method in _WITHOUT_ANSWER:
            return {}
        if not isinstance(answer, dict):
            raise _unreadable("not an object")
        return answer

    def _page(self, answer: Mapping[str, Any], sync_token: str | None) -> Page:
        zone = answer.get("timeZone")
        zone = zone if isinstance(zone, str) else ""
        items = answer.get("items", [])
        if not isinstance(items, list):
            raise _unreadable("a page without a list")
        events = []
        items.reverse()
        while items:  # given back one by one: a page of long descriptions is big
            try:
                events.append(event_from_json(items.pop(), zone=zone))
            except MalformedEvent as malformed:
                self.malformed[str(malformed)] += 1
        return Page(events=tuple(events), zone=zone, sync_token=sync_token)

    def _event(self, answer: Mapping[str, Any]) -> Event:
        try:
            return event_from_json(answer)
        except MalformedEvent as malformed:
            raise _unreadable(str(malformed)) from malformed


@lru_cache(maxsize=8)
def _resources(api_endpoint: str | None) -> tuple[Any, Any]:
    """What makes requests for events and for channels out of arguments. They are the same for every account and thread,
    they never send anything, and making them from the discovery document costs more than a whole quiet refresh."""
    service = build(
        "calendar",
        "v3",
        http=httplib2.Http(),
        static_discovery=True,
        cache_discovery=False,
        client_options=ClientOptions(api_endpoint=api_endpoint) if api_endpoint else None,
    )
    return service.events(), service.channels()


class _Wire:
    """The connections of one GoogleCalendar: counts what goes out, and goes nowhere else."""

    def __init__(self, timeout: float, api_endpoint: str | None, observe: Callable[[ApiCall], None] | None) -> None:
        loopback = api_endpoint is not None and urlsplit(api_endpoint).hostname in LOOPBACK
        # A proxy of the environment cannot reach this machine's own loopback.
        proxy = {"proxy_info": None} if loopback else {}
        self._http = httplib2.Http(timeout=timeout, **proxy)
        self._http.follow_redirects = False  # the API does not redirect; a token must not follow
        self._observe = observe
        self.method = ""
        self.requests = 0
        self.served_at: datetime | None = None

    def request(self, uri: str, method: str = "GET", headers: Mapping[str, str] | None = None, **rest: Any) -> Any:
        """As httplib2.Http.request. A request without our bearer is the refresh of the access token."""
        bearer = any(name.lower() == "authorization" for name in headers or {})
        name = self.method if bearer else "token"
        self.requests += bearer
        try:
            response, content = self._http.request(uri, method, headers=headers, **rest)
        except Exception as error:
            self._http.close()  # httplib2 would use the broken connection again
            self._tell(ApiCall(method=name, status=0, reason=type(error).__name__))
            raise
        status = int(response.status)
        reason = reason_of(content) if status >= 300 else ""
        served_at = _date_of(response)
        self.served_at = served_at or self.served_at
        self._tell(ApiCall(method=name, status=status, reason=reason, served_at=served_at))
        return response, content

    def close(self) -> None:
        self._http.close()

    def _tell(self, call: ApiCall) -> None:
        if self._observe is not None:
            self._observe(call)


def _date_of(response: Mapping[str, str]) -> datetime | None:
    try:
        date = parsedate_to_datetime(response["date"])
    except (KeyError, ValueError, TypeError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _token(answer: Mapping[str, Any], name: str) -> str | None:
    value = answer.get(name)
    return value if isinstance(value, str) and value else None


def _unreadable(what: str) -> CalendarError:
    return Unavailable(f"Google Calendar's answer could not be read ({what}); it is tried again later.")


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
