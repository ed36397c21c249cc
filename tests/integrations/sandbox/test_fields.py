"""Partial answers."""

from typing import Any

import pytest

from integrations.sandbox.errors import ApiError
from integrations.sandbox.fields import parse, select

EVENTS: dict[str, Any] = {
    "kind": "calendar#events",
    "timeZone": "UTC",
    "items": [
        {"id": "a", "summary": "x", "attendees": [{"email": "b@c.example", "self": True}]},
        {"id": "d", "extendedProperties": {"private": {"greenblock": "1", "other": "2"}}},
    ],
}


@pytest.mark.parametrize(
    ("mask", "items"),
    [
        ("items", EVENTS["items"]),
        ("items/id", [{"id": "a"}, {"id": "d"}]),
        ("items(id)", [{"id": "a"}, {"id": "d"}]),
        ("items(id, summary)", [{"id": "a", "summary": "x"}, {"id": "d"}]),
        ("items/attendees/email", [{"attendees": [{"email": "b@c.example"}]}, {}]),
        ("items(attendees(email)),items/id", [{"id": "a", "attendees": [{"email": "b@c.example"}]}, {"id": "d"}]),
        ("items,items/id", EVENTS["items"]),
        ("items/*", EVENTS["items"]),
        ("items/*/email", [{"id": "a", "summary": "x", "attendees": [{"email": "b@c.example"}]}]),
        ("items/extendedProperties/private/greenblock", [{}, {"extendedProperties": {"private": {"greenblock": "1"}}}]),
    ],
)
def test_masks(mask: str, items: list[Any]) -> None:
    assert select(mask, EVENTS)["items"][: len(items)] == items
    assert "timeZone" not in select(mask, EVENTS)


def test_no_mask_and_a_star_keep_everything() -> None:
    assert select(None, EVENTS) == select("*", EVENTS) == EVENTS


@pytest.mark.parametrize("mask", ["", ",", "items(", "items)", "items/", "items()", "items(id", "items(id))", "a b"])
@pytest.mark.parametrize("tail", ["", ",kind"])
def test_masks_that_cannot_be_read(mask: str, tail: str) -> None:
    with pytest.raises(ApiError, match="Invalid field selection"):
        select(mask + tail, EVENTS)


@pytest.mark.parametrize("mask", ["items/id/x", "nothing", "items(nothing)", "items;id"])
def test_broken_masks_are_refused(mask: str) -> None:
    with pytest.raises(ApiError, match="Invalid field selection"):
        select(mask, EVENTS)


def test_the_tree() -> None:
    assert parse("a/b(c,d/e),f") == {"a": {"b": {"c": {}, "d": {"e": {}}}}, "f": {}}
