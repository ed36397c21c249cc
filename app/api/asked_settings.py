"""What the bodies of the API may hold that are about rules, their preview, and seasons."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool

from app.api.asked import Asked, Day
from app.services.preferences import Preferences
from scheduler.model import Channel, Kind, Rule


class Preview(Asked):
    """A rule that is not saved: one of yours by its key, a further one with an empty key. `preferences`: null leaves
    them as they are saved."""

    rule: Rule
    preferences: Preferences | None = None


class SaveRule(Asked):
    """The rule's own key says nothing here: it stands in the address."""

    rule: Rule


class SetActive(Asked):
    active: StrictBool


class SetFeed(Asked):
    """`names`: whether the people of a block stand in its title."""

    names: StrictBool = False


class AddSeason(Asked):
    """`begins_on` is its first day, `before_on` the day before which everyone is to be reached. Without kinds and tags
    it is about everyone. Letters are posted five working days before."""

    name: Annotated[str, Field(max_length=60)]
    begins_on: Day
    before_on: Day
    kinds: tuple[Kind, ...] = ()
    tags: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    channel: Channel | None = None


class AnswerHabit(Asked):
    """The `key` of one of today's habits."""

    habit: Annotated[str, Field(max_length=100)]
