"""Google's push notifications: a channel asked for, and what it posts to us.

A notification is headers only and says no more than that something has changed. It proves itself by the token that we
gave the channel; whoever reads one has to compare it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.calendar import Channel

SYNC = "sync"
"""The state of a channel's first message: it works, nothing has changed."""

_LONGEST = 256  # GOOGLE: of a token; ids of channels (64) and resources are shorter


@dataclass(frozen=True, kw_only=True, slots=True)
class Notification:
    """One message, as it claims to be. `state`: sync, exists, not_exists."""

    channel_id: str
    token: str
    resource_id: str
    state: str


def notification_from(headers: Mapping[str, str]) -> Notification | None:
    """What a POST claims; None where a part is missing or longer than Google makes it. Names of headers in any case."""
    found = [headers.get(f"x-goog-{name}", "") for name in ("channel-id", "channel-token", "resource-id")]
    if not all(0 < len(value) <= _LONGEST for value in found):
        return None
    channel_id, token, resource_id = found
    state = headers.get("x-goog-resource-state", "")
    return Notification(channel_id=channel_id, token=token, resource_id=resource_id, state=state)


def channel_to_json(channel_id: str, *, token: str, address: str, lasts: timedelta) -> dict[str, Any]:
    """The body of `events.watch`."""
    ttl = str(int(lasts.total_seconds()))
    return {"id": channel_id, "type": "web_hook", "token": token, "address": address, "params": {"ttl": ttl}}


def channel_from_json(answer: Mapping[str, Any]) -> Channel:
    """The answer to it. Raises ValueError where it does not say how to stop the channel, or when it ends."""
    resource_id, expiration = answer.get("resourceId"), answer.get("expiration")
    if not isinstance(resource_id, str) or not 0 < len(resource_id) <= _LONGEST:
        raise ValueError("no resourceId")
    try:
        expires_at = datetime.fromtimestamp(int(str(expiration)) / 1000, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("no expiration") from error
    return Channel(id=str(answer.get("id", "")), resource_id=resource_id, expires_at=expires_at)
