"""A world from a seed: read, checked, completed; a broken one is refused in one sentence that says where."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from integrations.sandbox.errors import ApiError
from integrations.sandbox.recurrence import split_instance_id
from integrations.sandbox.resource import Home, Resource, build
from integrations.sandbox.store import Store
from integrations.sandbox.times import edge, stamp, zone_named


class SeedError(ValueError):
    """The seed cannot be used; the message names the place and what is wrong, in one sentence."""


def read_seed(path: Path) -> dict[str, Any]:
    """The seed in a file, not yet checked beyond being a JSON object."""
    try:
        world = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SeedError(f"{path}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise SeedError(f"{path}: is not UTF-8 text.") from error
    except json.JSONDecodeError as error:
        raise SeedError(f"{path}: is not JSON (line {error.lineno}, column {error.colno}: {error.msg}).") from error
    except RecursionError as error:
        raise SeedError(f"{path}: is nested too deeply.") from error
    if not isinstance(world, dict):
        raise SeedError(f"{path}: must be an object with user, timeZone and events.")
    return world


def load_stores(
    world: Mapping[str, Any], *, clock: Callable[[], datetime], base_url: str, chance: Random | None = None
) -> list[Store]:
    """The user's calendar first, then those of `others`: a list of seeds of the same shape. Raises SeedError."""
    stores = [_load(world, "", clock, base_url, chance)]
    others = world.get("others", [])
    if not isinstance(others, list):
        raise SeedError("others: must be a list of seeds.")
    for place, other in enumerate(others):
        if not isinstance(other, dict):
            raise SeedError(f"others[{place}]: must be an object with user, timeZone and events.")
        stores.append(_load(other, f"others[{place}].", clock, base_url, chance))
    emails = [store.home.email.lower() for store in stores]
    if len(set(emails)) != len(emails):
        raise SeedError("others: two users have the same email.")
    return stores


def check_seed(world: Mapping[str, Any], *, clock: Callable[[], datetime]) -> None:
    """Raise SeedError where load_stores would."""
    load_stores(world, clock=clock, base_url="http://localhost")


def _load(
    world: Mapping[str, Any], here: str, clock: Callable[[], datetime], base_url: str, chance: Random | None
) -> Store:
    user = world.get("user")
    if not isinstance(user, dict):
        raise SeedError(f"{here}user: needs an object with email and name.")
    email, name = user.get("email"), user.get("name", "")
    if not isinstance(email, str) or "@" not in email.strip("@"):
        raise SeedError(f"{here}user.email: needs an address, got {email!r}.")
    if not isinstance(name, str):
        raise SeedError(f"{here}user.name: must be text.")
    zone = zone_named(world.get("timeZone", "UTC"))
    if zone is None:
        raise SeedError(f"{here}timeZone: {world.get('timeZone')!r} is not a time zone such as Europe/Berlin.")
    events = world.get("events")
    if not isinstance(events, list):
        raise SeedError(f"{here}events: needs a list of events.")
    home = Home(
        email=email, name=name, zone=zone, base_url=base_url, focus_time=user.get("focusTime", True) is not False
    )
    made: dict[str, Resource] = {}
    for place, event in enumerate(events):
        spot = f"{here}events[{place}]"
        ready = _event(event, spot, place, home, clock())
        if ready["id"] in made:
            raise SeedError(f"{spot}.id: {ready['id']!r} is there twice.")
        made[ready["id"]] = ready
    return Store(home=home, events=made.values(), clock=clock, chance=chance)


def _event(event: object, spot: str, place: int, home: Home, now: datetime) -> Resource:
    if not isinstance(event, dict):
        raise SeedError(f"{spot}: must be an object.")
    event_id = event.get("id", f"seed{place:06d}")
    if not isinstance(event_id, str) or not event_id or "/" in event_id:
        raise SeedError(f"{spot}.id: must be text without a slash, got {event_id!r}.")
    series = event.get("recurringEventId")
    if series is not None and not isinstance(series, str):
        raise SeedError(f"{spot}.recurringEventId: must be text.")
    try:
        given = dict(event)
        if series:
            given["originalStartTime"] = _original(event, event_id, home.zone)
        if event.get("status") == "cancelled" and not (event.get("start") and event.get("end")):
            return _tombstone(given, event_id, home, now)
        return build(given, event_id=event_id, home=home, now=now, previous=None, seeded=True)
    except ApiError as error:
        dotted = error.field if error.field.startswith("[") or not error.field else f".{error.field}"
        raise SeedError(f"{spot}{dotted}: {error.message}") from error
    except (TypeError, AttributeError, KeyError, OverflowError) as error:
        raise SeedError(f"{spot}: is not an event as Google gives it ({error}).") from error


def _original(event: Mapping[str, Any], event_id: str, zone: ZoneInfo) -> Resource:
    """`originalStartTime`, or what the id of an instance says about it, or the start."""
    given = event.get("originalStartTime")
    if given is None:
        parts = split_instance_id(event_id)
        if parts:
            at = parts[1]
            day = f"{at[:4]}-{at[4:6]}-{at[6:8]}"
            given = {"dateTime": f"{day}T{at[9:11]}:{at[11:13]}:{at[13:15]}Z"} if "T" in at else {"date": day}
        else:
            given = event.get("start")
    return edge(given, name="originalStartTime", zone=zone)


def _tombstone(event: Mapping[str, Any], event_id: str, home: Home, now: datetime) -> Resource:
    """A cancelled event of which Google tells nothing more."""
    kept = ("recurringEventId", "originalStartTime", "created", "updated")
    made: Resource = {"kind": "calendar#event", "id": event_id, "status": "cancelled", "eventType": "default"}
    made |= {key: event[key] for key in kept if key in event}
    made.setdefault("updated", stamp(now))
    if "originalStartTime" in made:  # an exception keeps its place in the series, so that it can be restored
        made |= {"start": made["originalStartTime"], "end": made["originalStartTime"]}
    return made
