"""Notification channels: `events.watch`, `channels.stop`, and a thread that posts to loopback addresses only.

`held`, where it is a list, takes the headers of each message instead: whoever holds them says when they arrive.

A service has to give an https address that is reachable from outside, and a test has none: `stands_for` says which
address of loopback is meant by which public one.
"""

from __future__ import annotations

import hashlib
import queue
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from integrations.sandbox.errors import ApiError, invalid, required
from integrations.sandbox.faults import Faults
from integrations.sandbox.store import Store

_LIVES = timedelta(days=7)
_CHANNEL_ID = re.compile(r"[A-Za-z0-9\-_+/=]{1,64}")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(slots=True)
class Channel:
    """`expires_at` by the sandbox's clock. `messages`: how many were sent, the `sync` included."""

    id: str
    token: str
    address: str
    resource_id: str
    resource_uri: str
    owner: str
    expires_at: datetime
    messages: int = 0


class Push:
    """All channels. Posts go out from one thread, in order, each once; a change while one waits is sent once more."""

    def __init__(self, *, clock: Callable[[], datetime], faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self.stands_for: dict[str, str] = {}
        """Public origin (`https://green.example.com`) -> the loopback origin that its messages are posted to."""
        self.held: list[dict[str, str]] | None = None
        self._lock = threading.Lock()
        self._channels: dict[str, Channel] = {}
        self._posts: queue.Queue[tuple[str, dict[str, str]] | None] = queue.Queue()
        self._thread: threading.Thread | None = None

    def follow(self, store: Store) -> None:
        """Notify the channels of this calendar after each change."""
        store.on_change(lambda: self._changed(store.home.email))

    def channels(self) -> list[Channel]:
        with self._lock:
            return list(self._channels.values())

    def watch(self, store: Store, body: Mapping[str, Any]) -> dict[str, Any]:
        """A channel as `events.watch` answers it. Raises ApiError 400."""
        channel = self._read(store, body)
        with self._lock:
            if channel.id in self._channels:
                raise ApiError(400, "channelIdNotUnique", f"Channel id {channel.id} not unique")
            self._channels[channel.id] = channel
            if self._thread is None and self.held is None:
                self._thread = threading.Thread(target=self._run, name="sandbox-push", daemon=True)
                self._thread.start()
            self._send(channel, "sync")
        made = {"kind": "api#channel", "id": channel.id, "resourceId": channel.resource_id}
        made |= {"resourceUri": channel.resource_uri, "expiration": str(int(channel.expires_at.timestamp() * 1000))}
        return made | ({"token": channel.token} if channel.token else {})

    def stop(self, store: Store, body: Mapping[str, Any]) -> None:
        with self._lock:
            channel = self._channels.get(str(body.get("id", "")))
            if channel is None or channel.resource_id != body.get("resourceId") or channel.owner != store.home.email:
                raise ApiError(404, "notFound", f"Channel '{body.get('id')}' not found for project")
            del self._channels[channel.id]

    def forget(self) -> None:
        """All channels, and what is held of their messages: a new beginning."""
        with self._lock:
            self._channels.clear()
            if self.held is not None:
                self.held.clear()

    def wait(self) -> None:
        """Until everything queued so far has been posted."""
        self._posts.join()

    def close(self) -> None:
        if self._thread is not None:
            self._posts.put(None)
            self._thread.join(timeout=10)
            self._thread = None

    def _read(self, store: Store, body: Mapping[str, Any]) -> Channel:
        name, address = body.get("id"), body.get("address")
        if not isinstance(name, str) or not _CHANNEL_ID.fullmatch(name):
            raise required("Missing or invalid channel id.") if not name else invalid("Invalid channel id.")
        if body.get("type") not in ("web_hook", "webhook"):
            raise ApiError(400, "push.channelTypeInvalid", "Unknown channel type.")
        parts = urlsplit(address) if isinstance(address, str) else None
        if parts is None or parts.scheme not in ("http", "https"):
            raise ApiError(400, "push.webhookUrlNotHttps", f"WebHook callback must be HTTPS: {address}")
        if parts.hostname not in LOOPBACK and f"{parts.scheme}://{parts.netloc}" not in self.stands_for:
            raise ApiError(400, "push.webhookUrlUnauthorized", f"The sandbox posts to loopback only, not to {address}")
        token = body.get("token", "")
        if not isinstance(token, str) or len(token) > 256:
            raise invalid("Invalid channel token: at most 256 characters.")
        now = self._clock()
        until = now + _LIVES
        try:
            if body.get("expiration") is not None:
                until = datetime.fromtimestamp(int(body["expiration"]) / 1000, UTC)
            elif isinstance(body.get("params"), dict) and body["params"].get("ttl") is not None:
                until = now + timedelta(seconds=int(body["params"]["ttl"]))
        except (TypeError, ValueError, OverflowError, OSError) as error:
            raise invalid("Invalid channel expiration.") from error
        if until <= now:
            raise invalid("The channel would have expired already.")
        uri = f"{store.home.base_url}/calendar/v3/calendars/{store.home.email}/events?alt=json"
        owner = store.home.email
        return Channel(name, token, address or "", hashlib.sha256(owner.encode()).hexdigest()[:27], uri, owner, until)

    def _changed(self, owner: str) -> None:
        with self._lock:
            for channel in list(self._channels.values()):
                if channel.expires_at <= self._clock():
                    del self._channels[channel.id]
                elif channel.owner == owner:
                    fault = self._faults.take("push")
                    for _ in range({"push-lost": 0, "push-doubled": 2}.get(fault.fault if fault else "", 1)):
                        self._send(channel, "exists")

    def _send(self, channel: Channel, state: str) -> None:
        channel.messages += 1
        headers = {
            "X-Goog-Channel-ID": channel.id,
            "X-Goog-Message-Number": str(channel.messages),
            "X-Goog-Resource-ID": channel.resource_id,
            "X-Goog-Resource-State": state,
            "X-Goog-Resource-URI": channel.resource_uri,
            "X-Goog-Channel-Expiration": format_datetime(channel.expires_at.astimezone(UTC), usegmt=True),
        }
        if channel.token:
            headers["X-Goog-Channel-Token"] = channel.token
        if self.held is not None:
            self.held.append(headers)
            return
        parts = urlsplit(channel.address)
        origin = f"{parts.scheme}://{parts.netloc}"
        self._posts.put((channel.address.replace(origin, self.stands_for.get(origin, origin), 1), headers))

    def _run(self) -> None:
        with httpx.Client(timeout=5, trust_env=False) as client:
            while True:
                post = self._posts.get()
                try:
                    if post is None:
                        return
                    client.post(post[0], headers=post[1], content=b"")
                except httpx.HTTPError:
                    pass  # a push may be lost: it is only a hint
                finally:
                    self._posts.task_done()
