"""An event's body: checked, normalised and completed as Google does it. No state, no clock."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.sandbox import recurrence
from integrations.sandbox.errors import ApiError, invalid, required, time_range_empty
from integrations.sandbox.richtext import sanitise
from integrations.sandbox.times import edge, moment_of, parse_moment, stamp

Resource = dict[str, Any]

_ID = re.compile(r"[a-v0-9]{5,1024}")
_CHOICES: dict[str, tuple[str, ...]] = {
    "status": ("confirmed", "tentative", "cancelled"),
    "transparency": ("opaque", "transparent"),
    "visibility": ("default", "public", "private", "confidential"),
    "eventType": ("default", "focusTime", "outOfOffice", "workingLocation", "birthday", "fromGmail"),
    "colorId": tuple(str(number) for number in range(1, 12)),
}
_RESPONSES = ("needsAction", "declined", "tentative", "accepted")
_TEXTS = {"summary": 1024, "description": 8192, "location": 1024}  # longest, in characters; Google names only 8192
_LEFT_OUT: dict[str, Any] = {
    "transparency": "opaque",
    "visibility": "default",
    "guestsCanInviteOthers": True,
    "guestsCanSeeOtherGuests": True,
    "guestsCanModify": False,
    "anyoneCanAddSelf": False,
    "attendeesOmitted": False,
}
_FLAGS = ("guestsCanInviteOthers", "guestsCanSeeOtherGuests", "guestsCanModify", "anyoneCanAddSelf", "attendeesOmitted")
_PROPERTIES_OF = {
    "focusTime": "focusTimeProperties",
    "outOfOffice": "outOfOfficeProperties",
    "workingLocation": "workingLocationProperties",
    "birthday": "birthdayProperties",
}
_AS_GIVEN = (
    "attachments",
    "birthdayProperties",
    "conferenceData",
    "focusTimeProperties",
    "gadget",
    "outOfOfficeProperties",
    "source",
    "workingLocationProperties",
)
WRITABLE = frozenset(
    {*_TEXTS, *_AS_GIVEN, *_FLAGS, "status", "transparency", "visibility", "eventType", "colorId"}
    | {"start", "end", "recurrence", "attendees", "reminders", "extendedProperties"}
)
# Set by the server, and kept from one version to the next. `locked`, `hangoutLink` … come only with a seed.
_KEPT = (
    "created",
    "creator",
    "endTimeUnspecified",
    "hangoutLink",
    "htmlLink",
    "iCalUID",
    "locked",
    "organizer",
    "originalStartTime",
    "privateCopy",
    "recurringEventId",
    "sequence",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """Whose calendar it is. `focus_time`: whether this account's edition has focus time."""

    email: str
    name: str
    zone: ZoneInfo
    base_url: str
    focus_time: bool = True


def check_id(event_id: object) -> str:
    if not isinstance(event_id, str) or not _ID.fullmatch(event_id):
        raise invalid("Invalid resource id value.", field="id")
    return event_id


def merge(old: Mapping[str, Any], change: Mapping[str, Any]) -> Resource:
    """Google's patch: null takes a key away, objects are merged key by key, lists are replaced."""
    merged = dict(old)
    for key, value in change.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            inner = merged.get(key)
            merged[key] = merge(inner if isinstance(inner, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged


def build(
    body: Mapping[str, Any],
    *,
    event_id: str,
    home: Home,
    now: datetime,
    previous: Resource | None,
    seeded: bool = False,
) -> Resource:
    """The event as it is stored and answered, without `etag`: the writable part of `body`, the rest from `previous`.

    `seeded`: `body` comes from a seed, so what the server sets may be in it, and lengths are taken as they are; guests
    without an address and special events without their properties are taken too, since Google gives such ones. Writes
    are held to the rules, but for what they leave as it was.
    Raises ApiError 400 with the path of the field.
    """
    given = {key: value for key, value in body.items() if key in WRITABLE and value is not None}
    kept: Mapping[str, Any] = body if seeded else previous or {}
    made: Resource = {"kind": "calendar#event", "id": event_id, "status": "confirmed", "eventType": "default"}
    made |= {key: kept[key] for key in _KEPT if kept.get(key) is not None}
    _choices(given, made, previous)
    _texts(given, made, seeded=seeded)
    _times(given, made, home)
    _people(given, made, home, previous, seeded=seeded)
    made["reminders"] = _reminders(given.get("reminders", {"useDefault": True}))
    if private := _extended(given.get("extendedProperties")):
        made["extendedProperties"] = private
    for key in _FLAGS:
        if key in given and not isinstance(given[key], bool):
            raise invalid(f"Invalid value for {key}: must be true or false.", field=key)
    made |= {key: given[key] for key in (*_AS_GIVEN, *_FLAGS) if key in given}
    _special(made, home, previous, seeded=seeded)
    _completed(made, home, now, previous, body, seeded=seeded)
    return {key: value for key, value in made.items() if key not in _LEFT_OUT or value != _LEFT_OUT[key]}


def _choices(given: Resource, made: Resource, previous: Resource | None) -> None:
    for key, allowed in _CHOICES.items():
        if key in given:
            if given[key] not in allowed:
                raise invalid(f"Invalid value for {key}: {given[key]!r}.", field=key)
            made[key] = given[key]
    if previous is not None:
        if "eventType" in given and given["eventType"] != previous["eventType"]:
            raise ApiError(400, "eventTypeRestriction", "The event type cannot be changed.", field="eventType")
        made["eventType"] = previous["eventType"]


def _texts(given: Resource, made: Resource, *, seeded: bool) -> None:
    for key, longest in _TEXTS.items():
        text = given.get(key)
        if not text:
            continue
        if not isinstance(text, str):
            raise invalid(f"Invalid value for {key}: must be text.", field=key)
        if len(text) > longest and not seeded:
            raise invalid(f"Invalid value for {key}: longer than {longest} characters.", field=key)
        made[key] = sanitise(text) if key == "description" and not seeded else text


def _times(given: Resource, made: Resource, home: Home) -> None:
    repeats = bool(given.get("recurrence"))
    for name in ("start", "end"):
        made[name] = edge(given.get(name), name=name, zone=home.zone, needs_zone=repeats and name == "start")
    if ("date" in made["start"]) != ("date" in made["end"]):
        raise invalid("The start and end times must either both be date or both be dateTime.", field="end")
    try:
        begins, ends = moment_of(made["start"], home.zone), moment_of(made["end"], home.zone)
    except OverflowError as error:
        raise invalid("Invalid start or end time: out of range.", field="start") from error
    if ends < begins or ("date" in made["start"] and ends == begins):
        raise time_range_empty(field="end")
    if repeats:
        if "recurringEventId" in made:
            raise invalid("An instance of a series cannot repeat.", field="recurrence")
        made["recurrence"] = recurrence.check(given["recurrence"], made["start"], home.zone)


def _people(given: Resource, made: Resource, home: Home, previous: Resource | None, *, seeded: bool) -> None:
    guests = given.get("attendees") or []
    if not isinstance(guests, list):
        raise invalid("Invalid value for attendees: must be a list.", field="attendees")
    organizer = made.get("organizer")
    if organizer is None:
        flagged = [g for g in guests if isinstance(g, dict) and g.get("organizer") is True] if seeded else []
        who = flagged[0] if flagged else {"email": home.email}
        organizer = {key: who[key] for key in ("email", "displayName") if key in who}
    made["organizer"] = _self(organizer, home, field="organizer")
    made["creator"] = _self(made.get("creator") or dict(organizer), home, field="creator")
    known = (previous or {}).get("attendees", [])
    people = [
        _attendee(guest, place, made["organizer"], home, lenient=seeded or guest in known)
        for place, guest in enumerate(guests)
    ]
    if people:
        made["attendees"] = people


def _attendee(guest: object, place: int, organizer: Resource, home: Home, *, lenient: bool) -> Resource:
    """`lenient`: it may lack an address, as in some events that Google gives."""
    here = f"attendees[{place}]"
    if not isinstance(guest, dict):
        raise invalid("Invalid attendee: must be an object.", field=here)
    email = guest.get("email") or ""
    if not isinstance(email, str) or ("@" not in email and not lenient):
        raise required("Missing attendee email.", field=f"{here}.email")
    answer = guest.get("responseStatus", "needsAction")
    if answer not in _RESPONSES:
        raise invalid(f"Invalid attendee response status: {answer!r}.", field=f"{here}.responseStatus")
    person = {
        key: guest[key] for key in ("id", "email", "displayName", "comment", "additionalGuests") if guest.get(key)
    }
    person |= {key: True for key in ("optional", "resource") if guest.get(key) is True}
    if email and email.lower() == str(organizer.get("email", "")).lower():
        person["organizer"] = True
    if email.lower() == home.email.lower():
        person["self"] = True
    return person | {"responseStatus": answer}


def _self(who: object, home: Home, *, field: str) -> Resource:
    if not isinstance(who, dict):
        raise invalid("must be an object with email.", field=field)
    person = {key: value for key, value in who.items() if key in ("id", "email", "displayName")}
    if str(person.get("email", "")).lower() == home.email.lower():
        person["self"] = True
    return person


def _reminders(value: object) -> Resource:
    if not isinstance(value, dict):
        raise invalid("Invalid reminders.", field="reminders")
    overrides = value.get("overrides") or []
    if not isinstance(overrides, list) or len(overrides) > 5:
        raise invalid("Invalid reminders: at most 5 overrides.", field="reminders.overrides")
    for entry in overrides:
        fits = isinstance(entry, dict) and entry.get("method") in ("popup", "email")
        minutes = entry.get("minutes") if fits else None
        if not isinstance(minutes, int) or isinstance(minutes, bool) or not 0 <= minutes <= 40320:
            raise invalid("Invalid reminder: method popup or email, minutes 0 to 40320.", field="reminders.overrides")
    if value.get("useDefault", False) is True:
        if overrides:
            message = "Cannot specify both default reminders and overrides at the same time."
            raise ApiError(
                400,
                "cannotUseDefaultRemindersAndSpecifyOverride",
                message,
                domain="calendar",
                field="reminders",
            )
        return {"useDefault": True}
    trimmed = [{"method": entry["method"], "minutes": entry["minutes"]} for entry in overrides]
    return {"useDefault": False, "overrides": trimmed} if trimmed else {"useDefault": False}


def _extended(value: object) -> Resource:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid("Invalid extended properties.", field="extendedProperties")
    made: Resource = {}
    for group in ("private", "shared"):
        pairs = value.get(group) or {}
        if not isinstance(pairs, dict):
            raise invalid("Invalid extended properties.", field=f"extendedProperties.{group}")
        pairs = {key: text for key, text in pairs.items() if text is not None}
        for key, text in pairs.items():
            if not 0 < len(key) <= 44 or not isinstance(text, str) or len(text) > 1024:
                message = "Invalid extended property: key up to 44, value up to 1024 characters."
                raise invalid(message, field=f"extendedProperties.{group}.{key}")
        if pairs:
            made[group] = dict(pairs)
    return made


def _special(made: Resource, home: Home, previous: Resource | None, *, seeded: bool) -> None:
    """What Google asks of events that are not plain meetings."""
    kind = made["eventType"]
    for other, key in _PROPERTIES_OF.items():
        if key in made and other != kind:
            raise ApiError(400, "eventTypeRestriction", f"{key} needs eventType {other}.", field=key)
        if key in made and not isinstance(made[key], dict):
            raise invalid(f"Invalid value for {key}.", field=key)
    if kind not in ("focusTime", "outOfOffice"):
        return
    name = _PROPERTIES_OF[kind]
    if kind == "focusTime" and not home.focus_time:
        raise ApiError(400, "eventTypeRestriction", "This calendar has no focus time.", field="eventType")
    if name not in made and not seeded and (previous is None or name in previous):
        raise required(f"Missing {name}.", field=name)
    if "date" in made["start"]:
        raise ApiError(400, "eventTypeRestriction", f"A {kind} event needs a time of day.", field="start")
    if made.get("transparency") == "transparent":
        raise ApiError(400, "eventTypeRestriction", f"A {kind} event must be busy.", field="transparency")


def _completed(
    made: Resource, home: Home, now: datetime, previous: Resource | None, body: Mapping[str, Any], *, seeded: bool
) -> None:
    for key in ("created", "updated"):
        if seeded and body.get(key) is not None and parse_moment(body[key]) is None:
            raise invalid(f"{body[key]!r} is not an RFC 3339 time.", field=key)
    made.setdefault("created", stamp(now))
    made["updated"] = body["updated"] if seeded and body.get("updated") else stamp(now)
    uid = body.get("iCalUID") if previous is None else None
    made.setdefault("iCalUID", uid if isinstance(uid, str) and uid else f"{made['id']}@google.com")
    token = base64.urlsafe_b64encode(f"{made['id']} {home.email}".encode()).decode().rstrip("=")
    made.setdefault("htmlLink", f"{home.base_url}/event?eid={token}")
    made.setdefault("sequence", 0)
    if previous is not None and any(previous.get(key) != made.get(key) for key in ("start", "end", "recurrence")):
        made["sequence"] += 1
