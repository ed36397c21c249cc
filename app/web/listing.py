"""What the address of the people page asks for -> `Asked`, and back. Whatever makes no sense there is left out."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from app.services.people_model import Asked
from app.services.people_page import SHOWS, SORTS
from scheduler.coverage import CoverageState
from scheduler.model import Kind

PLAIN = Asked()
_NAMES = tuple(one.name for one in fields(Asked))
_LONGEST = 200
_LAST_PAGE = 1_000


def asked(
    show: Annotated[str, Query(description=", ".join(SHOWS))] = "",
    q: Annotated[str, Query(description="words in names, companies, tags and addresses")] = "",
    kind: str = "",
    tag: str = "",
    company: str = "",
    state: Annotated[str, Query(description=", ".join(CoverageState))] = "",
    sort: Annotated[str, Query(description=f"{', '.join(SORTS)}; with - before it the other way round")] = "",
    by: Annotated[str, Query(description="tag or company: what the picture is divided by")] = "",
    page: Annotated[str, Query(description="from 1, a hundred rows each")] = "",
) -> Asked:
    """From the address of a page; the API takes the same."""
    number = int(page) if page.isascii() and page.isdecimal() and len(page) < 5 else 1
    return Asked(
        show=show if show in SHOWS else PLAIN.show,
        q=" ".join(q.split())[:_LONGEST],
        kind=kind if kind in list(Kind) else "",
        tag=tag[:_LONGEST],
        company=company[:_LONGEST],
        state=state if state in list(CoverageState) else "",
        sort=sort if sort.removeprefix("-") in SORTS else PLAIN.sort,
        by=by if by in ("tag", "company") else "",
        page=min(max(1, number), _LAST_PAGE),
    )


Listing = Annotated[Asked, Depends(asked)]


def address(now: Asked, **changes: str | int) -> str:
    """The address of the people page with these changes; another list or order begins on its first page."""
    wanted = {name: changes.get(name, getattr(now, name)) for name in _NAMES}
    if "page" not in changes:
        wanted["page"] = 1
    query = urlencode({name: value for name, value in wanted.items() if value != getattr(PLAIN, name)})
    return f"/people?{query}" if query else "/people"
