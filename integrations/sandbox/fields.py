"""Partial answers: the `fields` mask, `items(id,attendees(email)),nextPageToken`, `items/id`, `items/*`."""

from __future__ import annotations

import re
from typing import Any

from integrations.sandbox.errors import ApiError

Mask = dict[str, "Mask"]  # an empty one keeps everything below
_TOKEN = re.compile(r"[A-Za-z0-9_*-]+|[(),/]")


def _flat(names: str) -> Mask:
    return {name: {} for name in names.split()}


_PERSON = _flat("displayName email id self")
_EDGE = _flat("date dateTime timeZone")
# Names below these objects are free, or too many to list: anything goes.
_OPEN = _flat(
    "attachments birthdayProperties conferenceData focusTimeProperties gadget outOfOfficeProperties source "
    "workingLocationProperties"
)
_EVENT: Mask = {
    **_OPEN,
    **_flat(
        "anyoneCanAddSelf attendeesOmitted colorId created description endTimeUnspecified etag eventLabelId eventType "
        "guestsCanInviteOthers guestsCanModify guestsCanSeeOtherGuests hangoutLink htmlLink iCalUID id kind location "
        "locked privateCopy recurrence recurringEventId sequence status summary transparency updated visibility"
    ),
    "attendees": _PERSON | _flat("additionalGuests comment optional organizer resource responseStatus"),
    "creator": _PERSON,
    "organizer": _PERSON,
    "start": _EDGE,
    "end": _EDGE,
    "originalStartTime": _EDGE,
    "extendedProperties": {"private": {}, "shared": {}},
    "reminders": {"useDefault": {}, "overrides": _flat("method minutes")},
}
KNOWN: dict[str, Mask] = {
    "calendar#event": _EVENT,
    "calendar#events": {
        **_flat("accessRole description etag kind nextPageToken nextSyncToken summary timeZone updated"),
        "items": _EVENT,
        "defaultReminders": _flat("method minutes"),
    },
    "calendar#calendar": _flat("description etag id kind location summary timeZone"),
    "api#channel": _flat("address expiration id kind params payload resourceId resourceUri token type"),
}
_FREE = frozenset({*_OPEN, "private", "shared", "params", "conferenceProperties"})


def select(mask: str | None, answer: dict[str, Any]) -> dict[str, Any]:
    """The part of the answer that the mask names; all of it without one. Raises ApiError 400 invalidParameter."""
    if mask is None:
        return answer
    tree = parse(mask)
    _check(tree, KNOWN.get(answer["kind"], {}), mask)
    chosen = _apply(tree, answer)
    assert isinstance(chosen, dict)
    return chosen


def parse(mask: str) -> Mask:
    tokens = _TOKEN.findall(mask)
    if not tokens or "".join(tokens) != re.sub(r"\s", "", mask):
        raise _bad(mask)
    tree, rest = _list(tokens, mask)
    if rest:
        raise _bad(mask)
    return tree


def _list(tokens: list[str], mask: str) -> tuple[Mask, list[str]]:
    tree: Mask = {}
    while True:
        rest = _path(tokens, tree, mask)
        if not rest or rest[0] != ",":
            return tree, rest
        tokens = rest[1:]


def _path(tokens: list[str], tree: Mask, mask: str) -> list[str]:
    """One `a/b(c,d)` added to the tree; what follows it."""
    if not tokens or tokens[0] in "(),/":
        raise _bad(mask)
    name, rest = tokens[0], tokens[1:]
    whole = name in tree and not tree[name]  # `items,items/id` is all of items
    below: Mask = tree.get(name, {})
    if rest[:1] == ["/"]:
        rest = _path(rest[1:], below, mask)
    elif rest[:1] == ["("]:
        inner, rest = _list(rest[1:], mask)
        if rest[:1] != [")"]:
            raise _bad(mask)
        below |= inner
        rest = rest[1:]
    else:
        whole = True
    tree[name] = {} if whole else below
    return rest


def _check(tree: Mask, known: Mask, mask: str) -> None:
    for name, below in tree.items():
        if name == "*":
            continue  # below a star, some have the name and some have not
        if known and name not in known:
            raise _bad(name)
        if name not in _FREE:
            if below and not known.get(name):
                raise _bad(mask)
            _check(below, known.get(name, {}), mask)


def _apply(tree: Mask, value: Any) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [_apply(tree, entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if "*" in tree:
        return {key: _apply(tree.get(key, tree["*"]), entry) for key, entry in value.items()}
    return {key: _apply(tree[key], value[key]) for key in value if key in tree}


def _bad(what: str) -> ApiError:
    return ApiError(400, "invalidParameter", f"Invalid field selection {what}", location="fields")
