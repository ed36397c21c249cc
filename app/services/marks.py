"""What can be marked of a person on a block's page, and what each mark means. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dateutil.relativedelta import relativedelta

from app.services.ticks import REACHED
from scheduler.model import Channel, Kind
from scheduler.reasons import say_channel, say_date
from scheduler.words import _


class Outcome(StrEnum):
    """What became of one name in one block, as the rows have it; an open one is stored as ""."""

    OPEN = "open"
    REACHED = REACHED
    TRIED = "tried"
    SNOOZED = "snoozed"
    DECLINED = "declined"  # not a client
    NEVER = "never"


KIND_AFTER: Mapping[str, Kind] = {Outcome.DECLINED: Kind.SUPPLIER, Outcome.NEVER: Kind.NEVER}
"""Not a client: stays among the people, as a supplier or other, in no block. Never: not to be suggested again."""

KEPT = "kept"
"""Put off from elsewhere, until a day of its own: it stays so unless something else is marked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """`way`: how they were reached. `later`: for how long they are put off."""

    outcome: Outcome
    way: Channel | None = None
    later: relativedelta | None = None


MARKS: Mapping[str, Mark] = {
    **{way.value: Mark(outcome=Outcome.REACHED, way=way) for way in Channel},
    "tried": Mark(outcome=Outcome.TRIED),
    "two_weeks": Mark(outcome=Outcome.SNOOZED, later=relativedelta(weeks=2)),
    "month": Mark(outcome=Outcome.SNOOZED, later=relativedelta(months=1)),
    "quarter": Mark(outcome=Outcome.SNOOZED, later=relativedelta(months=3)),
    "not_client": Mark(outcome=Outcome.DECLINED),
    "never": Mark(outcome=Outcome.NEVER),
    "open": Mark(outcome=Outcome.OPEN),
}


def mark_of(outcome: str, way: str) -> str:
    """The mark that says how it stands. `way`: by which channel they were reached, where they were."""
    match outcome:
        case Outcome.REACHED:
            return way
        case Outcome.SNOOZED:
            return KEPT
        case Outcome.DECLINED:
            return "not_client"
        case "":
            return "open"
        case _:
            return outcome


def put_off_until(mark: Mark, today: date) -> date | None:
    return today + mark.later if mark.later is not None else None


def said(mark: Mark, until: date | None, today: date) -> str:
    """What was saved, as the end of "Marta: …"."""
    match mark.outcome:
        case Outcome.REACHED:
            return _("reached by {channel}", channel=say_channel(mark.way)) if mark.way else _("reached")
        case Outcome.TRIED:
            return _("tried, no answer")
        case Outcome.SNOOZED:
            return _("put off until {day}", day=say_date(until or today + timedelta(weeks=2), near=today))
        case Outcome.DECLINED:
            return _("not a client: kept among your people as a supplier or other, and in no block")
        case Outcome.NEVER:
            return _("never suggested again, unless you say otherwise on their page")
        case Outcome.OPEN:
            return _("not yet, as if nothing had been marked")
