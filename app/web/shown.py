"""How much of a long list a page draws, so that it stays small however long the list is; the rest is a page further.

Pure: lists in, parts of them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.services.people_model import Person, Somebody
from app.services.view_parts import LeftOutGroup
from app.services.viewmodel import FoundPerson, Welcome
from scheduler.twins import bare

Item = TypeVar("Item")

MOST_SURE = 300
MOST_UNSURE = 100
MOST_LEFT_OUT = 300
"""On the welcome page; all of them are on the people page, a hundred at a time."""
NOTES, PROMISES, TOUCHES = 10, 20, 100
"""On one page of a person."""
MOST_OTHERS = 50
"""To put a person together with; the search finds the others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WelcomePart:
    """What of `Welcome` is drawn. `sure_more`, `unsure_more`: so many people are not; saving treats them as it treats
    those whose rows are left untouched."""

    companies: tuple[tuple[str, tuple[FoundPerson, ...]], ...]
    unsure: tuple[FoundPerson, ...]
    left_out: tuple[LeftOutGroup, ...]
    sure_more: int
    unsure_more: int
    left_out_more: int


def of_welcome(view: Welcome, pressed: str = "") -> WelcomePart:
    """`pressed`: an address just counted in or left out, which is drawn wherever it stands."""
    companies, room = [], MOST_SURE
    for company, people in view.companies:
        if room > 0:
            companies.append((company, people[:room]))
        room -= len(people)
    groups = []
    count = sum(len(members) for _, members in view.left_out)
    each = count if count <= MOST_LEFT_OUT else MOST_LEFT_OUT // len(view.left_out)
    for words, members in view.left_out:
        first, rest = members[:each], members[each:]
        groups.append((words, first + tuple(one for one in rest if one.address == pressed)))
    return WelcomePart(
        companies=tuple(companies),
        unsure=view.unsure[:MOST_UNSURE],
        left_out=tuple(groups),
        sure_more=max(0, -room),
        unsure_more=max(0, len(view.unsure) - MOST_UNSURE),
        left_out_more=count - sum(len(members) for _, members in groups),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Part(Generic[Item]):
    """One page of a list."""

    items: Sequence[Item]
    page: int  # from 1
    pages: int


def part(items: Sequence[Item], most: int, page: int = 1, *, item: int | None = None) -> Part[Item]:
    """Page `page`, or the one that holds the item of that id; where there is no such page, the nearest."""
    pages = max(1, -(-len(items) // most))
    page = min(max(1, page), pages)
    if item is not None:
        page = next((place // most + 1 for place, one in enumerate(items) if getattr(one, "id", None) == item), page)
    return Part(items=items[(page - 1) * most : page * most], page=page, pages=pages)


def others(view: Person, looked_for: str) -> tuple[Somebody, ...]:
    """Of those whom the person could be put together with, the ones that hold every word of `looked_for`, the most
    alike in name and company first."""
    words, own = bare(looked_for).split(), set(bare(view.row.name).split())

    def unlike(one: Somebody) -> tuple[int, bool]:
        return -len(own & set(bare(one.name).split())), not one.company or one.company != view.row.company

    def fits(one: Somebody) -> bool:
        text = bare(" ".join((one.name, one.company, *one.addresses)))
        return all(word in text for word in words)

    return tuple(sorted(filter(fits, view.others), key=unlike)[:MOST_OTHERS])
