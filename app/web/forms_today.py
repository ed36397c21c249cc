"""What is pressed on Today beside a name -> typed values, or problems by field. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.services.memory_actions import LONGEST_NOTE
from app.web.forms import LARGEST_ID, NOT_THE_FORM, OUTCOMES, Form, Reader, whole
from scheduler.words import _, thousands


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeForm:
    """`until` only with "snoozed": the first day on which the person may be suggested again."""

    outcome: str
    until: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LearnedForm:
    """What was learned in the talk."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptForm:
    """A promise that is done."""

    promise: int


def parse_line(form: Form) -> OutcomeForm | LearnedForm | KeptForm:
    """What was pressed beside one name on Today."""
    read = Reader(form)
    if "learned" in form:
        text = read.text("learned")
        if not text or len(text) > LONGEST_NOTE:
            read.wrong(
                "learned", _("Write a few words, at most {longest} characters.", longest=thousands(LONGEST_NOTE))
            )
        read.check()
        return LearnedForm(text=text)
    if "kept" in form:
        promise = whole(read.text("kept"))
        if promise is None or not 1 <= promise <= LARGEST_ID:
            read.wrong("kept", _(NOT_THE_FORM))
        read.check()
        return KeptForm(promise=promise or 0)
    if form.get("until") and not form.get("outcome"):  # a day to put them off to says it all
        read = Reader({**form, "outcome": ["snoozed"]})
    outcome = read.choice("outcome", OUTCOMES, _("Choose what became of it: reached, tried, later, or not a client."))
    until = read.date("until")
    read.check()
    return OutcomeForm(outcome=outcome, until=until if outcome == "snoozed" else None)
