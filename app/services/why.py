"""Why somebody is suggested now or not: the parts that the ranking and the gate go by, each in plain words. Pure.

There is no score among them: what is behind the order of names is said as what it is made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from scheduler.due import Why, Wishes, own_gap
from scheduler.model import Contact
from scheduler.ranking import HORIZON_DAYS, WAIT_DAYS
from scheduler.reasons import say_gap
from scheduler.rhythm import History, Rhythm, UserAverage
from scheduler.words import _, again, ngettext

LIKELY, UNLIKELY = 2 / 3, 1 / 3
HALF_A_YEAR = 2 * HORIZON_DAYS


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """`code` for programs, `text` a sentence."""

    code: str  # rhythm, stake, waiting, stands
    text: str


def why(
    contact: Contact, everybody: Iterable[Contact], wishes: Wishes, facts: Mapping[str, Any], *, today: date
) -> tuple[Part, ...]:
    """Empty for those who are in no block. `everybody`: the user's contacts, whose average counts for those whom few
    days are known of."""
    if not contact.in_blocks:
        return ()
    history = _history(contact).until(today.toordinal())
    parts = [Part(code="rhythm", text=_rhythm(contact, history, wishes, today))]
    if history.days:
        average = UserAverage.over(_history(one) for one in everybody)
        rhythm = Rhythm(history, average.mu, today=today.toordinal())
        parts.append(Part(code="stake", text=_stake(history.strength(today=today.toordinal(), horizon=HORIZON_DAYS))))
        parts.append(Part(code="waiting", text=_waiting(rhythm)))
    if facts.get("text"):
        parts.append(Part(code="stands", text=_("Now: {stands}.", stands=again(facts["text"]))))
    return tuple(parts)


def _history(contact: Contact) -> History:
    return History.of(day.toordinal() for day in contact.personal_days)


def _rhythm(contact: Contact, history: History, wishes: Wishes, today: date) -> str:
    gap, source = own_gap(contact, wishes)
    match source:
        case Why.WANTED:
            usual = _("You asked for {gap}", gap=say_gap(gap))
        case Why.USUAL if history.usual_gap is not None:
            usual = _("Usually {gap}", gap=say_gap(gap))
        case Why():
            usual = _("Too few times for a rhythm of their own, so {gap} is taken", gap=say_gap(gap))
    if not history.days:
        return _("{usual}; never met alone so far.", usual=usual)
    return _("{usual}; the last time was {ago}.", usual=usual, ago=_ago(today.toordinal() - history.days[-1]))


def _ago(days: int) -> str:
    if days < 2:
        return _("yesterday") if days else _("today")
    if days < 14:
        return ngettext("{count} day ago", "{count} days ago", days)
    return ngettext("{count} week ago", "{count} weeks ago", round(days / 7))


def _stake(strength: int) -> str:
    if not strength:
        return _("Not in touch in the last half-year.")
    return ngettext(
        "In touch on {count} day in the last half-year: the more, the sooner named.",
        "In touch on {count} days in the last half-year: the more, the sooner named.",
        strength,
    )


def _waiting(rhythm: Rhythm) -> str:
    anyway, settles = rhythm.p_contact(HORIZON_DAYS), rhythm.settles_itself(WAIT_DAYS)
    if settles > LIKELY:
        return _("Going by the past, you may well be in touch this week without a nudge.")
    if anyway > LIKELY:
        return _("Going by the past, contact within three months without a nudge is likely.")
    if anyway < UNLIKELY:
        return _("Going by the past, contact within three months without a nudge is unlikely.")
    return _("Going by the past, contact within three months without a nudge is as likely as not.")
