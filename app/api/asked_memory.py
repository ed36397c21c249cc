"""What the bodies of the API about memory may hold."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from app.api.asked import Asked, Day
from scheduler.model import Channel

PromiseText = Annotated[str, Field(min_length=1, max_length=300)]


class SaveReach(Asked):
    """The way they like best (null: as it comes) and their telephone number (empty: none known)."""

    preferred: Channel | None = None
    phone: Annotated[str, Field(max_length=40)] = ""


class SaveNote(Asked):
    """Never written into the calendar. `on`: today or earlier."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]
    on: Day


class AddPromise(Asked):
    """`what`: a promise; or a thank-you owed to this person, and then `text` is whom they introduced."""

    text: PromiseText
    due_on: Day | None = None
    what: Literal["promise", "thanks"] = "promise"


class SavePromise(Asked):
    text: PromiseText
    due_on: Day | None = None


class Keep(Asked):
    """Kept as of today, or open again."""

    kept: StrictBool
