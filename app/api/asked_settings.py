"""What the bodies of the API may hold that are about rules, their preview, and seasons."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.api.asked import Asked
from app.services.preferences import Preferences
from scheduler.model import Rule


class Preview(Asked):
    """A rule that is not saved: one of yours by its key, a further one with an empty key. `preferences`: null leaves
    them as they are saved."""

    rule: Rule
    preferences: Preferences | None = None


class SaveRule(Asked):
    """The rule's own key says nothing here: it stands in the address."""

    rule: Rule


class SetActive(Asked):
    active: bool


class AnswerHabit(Asked):
    """The `key` of one of today's habits."""

    habit: Annotated[str, Field(max_length=100)]
