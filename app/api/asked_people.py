"""What the bodies of the API about people may hold."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from app.api.asked import Asked, Id
from integrations.newcomers import MOST_BYTES
from scheduler.model import Kind

Weeks = Annotated[int, Field(ge=1, le=104)]


class SavePerson(Asked):
    """`cadence_weeks`: the gap wanted, null for their own rhythm; `longest_weeks`: after it they come first. Without
    `tags` these stay as they are."""

    kind: Kind | None
    cadence_weeks: Weeks | None = None
    longest_weeks: Weeks | None = None
    tags: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=20)] | None = None


class SetKind(Asked):
    kind: Kind | None


class AddPerson(Asked):
    """A name, or at least one address."""

    name: Annotated[str, Field(max_length=200)] = ""
    addresses: Annotated[list[Annotated[str, Field(max_length=320)]], Field(max_length=10)] = Field(default=[])
    company: Annotated[str, Field(max_length=200)] = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    kind: Kind | None = None


class Import(Asked):
    """A list with one person a line, a table with a header, or vCards; which of these is seen from the content."""

    text: Annotated[str, Field(max_length=MOST_BYTES)]
    kind: Kind | None = None


class Merge(Asked):
    other: Id


class SetOwnEntry(Asked):
    """`source` as the person's `own_entries` give it."""

    source: Annotated[str, Field(max_length=1200)]
    counts: StrictBool


class Answer(Asked):
    """Another way, one and a half times the gap, a quarter's rest, or never again."""

    answer: Literal["other", "longer", "rest", "not_client"]
