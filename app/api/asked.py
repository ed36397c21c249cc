"""What the bodies of the API may hold. Unknown fields are refused, so that a typing error is never a silent success."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool

from app.services.preferences import Preferences
from app.web.forms import YEARS
from scheduler.model import Channel, Kind, Rule


def _plain(text: object) -> object:
    """Digits and nothing else: pydantic alone would take "1.0" and "+1" for the same person's address as "1"."""
    if isinstance(text, str) and not (text.isascii() and text.isdecimal() and text[0] != "0"):
        raise ValueError("an id is a whole number, written with digits only")
    return text


Id = Annotated[int, Field(ge=1, le=2**63 - 1), BeforeValidator(_plain)]
"""Of a contact or a block, in an address or as a key."""


def _written_out(day: object) -> object:
    """As text of its form: pydantic alone would take a number for seconds since 1970."""
    if isinstance(day, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day):
        return day
    raise ValueError("a day is written as 2026-11-24")


def _within_reach(day: date) -> date:
    """As in the forms: far from the ends of the calendar, so that a week can be added to every day or taken off it."""
    if day.year not in YEARS:
        raise ValueError(f"a day lies between {YEARS[0]} and {YEARS[-1]}")
    return day


Day = Annotated[date, BeforeValidator(_written_out), AfterValidator(_within_reach)]

Outcome = Literal["open", "reached", "tried", "snoozed", "declined", "never"]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _on_the_clock(at: time) -> time:
    """Wall clock of the user's zone, whole minutes."""
    if at.tzinfo is not None:
        raise ValueError("a time of day without a zone: it is told in the user's own")
    return at.replace(second=0, microsecond=0)


class First(Asked):
    """The first block instead of the proposed one: once a week, about that time."""

    weekday: Annotated[int, Field(ge=1, le=7)]
    ideal: Annotated[time, AfterValidator(_on_the_clock)]
    minutes: Literal[15, 30, 45, 60] = 30


class SaveWelcome(Asked):
    """Who is what, by contact id; null says nothing. Whoever is sure and not named becomes a client."""

    kinds: dict[Id, Kind | None] = {}
    first: First | None = None


class SetCountedIn(Asked):
    address: Annotated[str, Field(max_length=320)]
    counted_in: StrictBool


class Snooze(Asked):
    """The first day on which they may be suggested again; null wakes them."""

    until: Day | None


class LogTouch(Asked):
    on: Day
    channel: Channel = Channel.CALL


class SetOutcome(Asked):
    """`until` belongs to "snoozed"; two weeks without it. "open" takes the last outcome back."""

    outcome: Outcome
    until: Day | None = None


class Pause(Asked):
    """Both days belong to the pause. Without any, it lasts until it is resumed."""

    first: Day | None = None
    last: Day | None = None


class SaveSettings(Asked):
    rule: Rule
    preferences: Preferences
