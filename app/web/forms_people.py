"""The forms of the people's pages -> typed values, or problems by field. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from app.services.people_actions import ANSWERS
from app.web.forms import LARGEST_ID, NOT_THE_FORM, Form, Reader, whole
from integrations.newcomers_lines import LONGEST_ADDRESS, Newcomer, address_in, newcomer
from scheduler.model import Channel, Kind
from scheduler.words import N_, _

MOST_TAGS = 20
LONGEST_TAG = 40
MOST_WEEKS = 104
_WEEKS = N_("Write a number of weeks from 1 to {most}, or leave it empty.")
_KIND = N_("Choose from the list what this person is to you.")


@dataclass(frozen=True, kw_only=True, slots=True)
class SavePerson:
    """`kind`: scheduler.model.Kind, None = not said. Weeks: None = the person's own rhythm, or no limit."""

    kind: str | None
    cadence_weeks: int | None
    longest_weeks: int | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class KindForm:
    """What a person is to the user, and nothing else."""

    kind: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SnoozePerson:
    """`until`: the first day on which the person may be suggested again; None = now."""

    until: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LogTouch:
    on: date
    channel: str  # scheduler.model.Channel
    undo: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnEntryForm:
    """Whether an entry of the user's own counts as contact."""

    source: str
    counts: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class MergeForm:
    """`what`: merge, unmerge, apart. `other`: a contact id."""

    what: str
    other: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerForm:
    answer: str


PersonForm = SavePerson | KindForm | SnoozePerson | LogTouch | OwnEntryForm | MergeForm | AnswerForm


def parse_person(form: Form, *, today: date) -> PersonForm:
    """One of the forms of a person's page, told apart by `do`. `today` is the user's."""
    read = Reader(form)
    match read.text("do"):
        case "kind":
            kind = read.choice("kind", list(Kind), _(_KIND))
            read.check()
            return KindForm(kind=kind)
        case "snooze":
            return _snooze(read, today)
        case "touch" | "untouch":
            return _touch(read, today)
        case "entry":
            source = read.text("source")
            if not source or len(source) > 1200:
                read.wrong("source", _("It is not clear which entry you mean. Press the button beside it again."))
            read.needs("counts")
            read.check()
            return OwnEntryForm(source=source, counts=read.text("counts") == "1")
        case "merge" | "unmerge" | "apart" as what:
            other = whole(read.text("other"))
            if other is None or not 1 <= other <= LARGEST_ID:
                read.wrong("other", _("Choose whom you mean from the list."))
            read.check()
            return MergeForm(what=what, other=other or 0)
        case "answer":
            answer = read.choice("answer", ANSWERS, _("Choose another way, a longer gap, a rest, or not a client."))
            read.check()
            return AnswerForm(answer=answer)
        case _:
            return _save(read)


def _snooze(read: Reader, today: date) -> SnoozePerson:
    read.needs("until")
    until = read.date("until")
    if until is not None and until <= today:
        read.wrong("until", _("Choose a day after today."))
    read.check()
    return SnoozePerson(until=until)


def _touch(read: Reader, today: date) -> LogTouch:
    on = read.date("on")
    if on is None:
        read.wrong("on", _("Choose the day on which you were in touch."))
    elif on > today:
        read.wrong("on", _("This day is still to come. Choose today or an earlier day."))
    channel = read.choice("channel", list(Channel), _("Choose how you were in touch."))
    read.check()
    assert on is not None
    return LogTouch(on=on, channel=channel, undo=read.text("do") == "untouch")


def _save(read: Reader) -> SavePerson:
    if read.text("do") not in ("", "save"):
        read.wrong("kind", _(NOT_THE_FORM))
    read.needs("kind")
    kind = read.choice("kind", ("", *Kind), _(_KIND))
    ideal = _weeks(read, "cadence_weeks")
    longest = _weeks(read, "longest_weeks")
    if longest is not None and not read.problems:
        if ideal is None:
            read.wrong("cadence_weeks", _("A longest gap needs a usual one. Write it here, or leave both empty."))
        elif longest < ideal:
            read.wrong(
                "longest_weeks", _("This is shorter than the usual gap. Write {ideal} weeks or more.", ideal=ideal)
            )
    tags = _tags(read)
    read.check()
    return SavePerson(kind=kind or None, cadence_weeks=ideal, longest_weeks=longest, tags=tags)


def _weeks(read: Reader, name: str) -> int | None:
    return read.number(name, 1, MOST_WEEKS, _(_WEEKS, most=MOST_WEEKS)) if read.text(name) else None


def tag_of(text: str) -> str:
    """A tag as it is kept: one line, lower case, at most LONGEST_TAG characters."""
    return " ".join(text.split()).strip(" #,;:=").casefold()[:LONGEST_TAG]


def _tags(read: Reader) -> tuple[str, ...]:
    found = dict.fromkeys(tag for part in re.split(r"[,;\n]", read.text("tags")) if (tag := tag_of(part)))
    if len(found) > MOST_TAGS:
        read.wrong("tags", _("These are more than {most} tags. Leave some out.", most=MOST_TAGS))
    return tuple(found)


# -- People by hand --------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class AddPerson:
    person: Newcomer
    kind: str | None


def parse_add(form: Form) -> AddPerson:
    """One person: a name or an address at least."""
    read = Reader(form)
    name, address = read.text("name"), read.text("address")
    if len(name) > 200:
        read.wrong("name", _("This name is too long. Write at most 200 characters."))
    if address and (not address_in(address) or len(address) > LONGEST_ADDRESS):
        read.wrong("address", _("This is not an e-mail address. Write it like marta@ferro.example, or leave it empty."))
    kind = read.choice("kind", ("", *Kind), _(_KIND))
    person = newcomer(name, (address,), read.text("company"), read.text("phone"))
    if person is None and not read.problems:
        read.wrong(
            "name",
            _("Write a name with letters in it, or at least an address.")
            if name
            else _("Write a name, or at least an address."),
        )
    read.check()
    assert person is not None
    return AddPerson(person=person, kind=kind or None)


FILE_PROBLEM = "file problem"
"""Under this name comes what was wrong with a file as such."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportForm:
    """`texts`: what was read before, what is in the text field, what was in the file. `add`: store it, else look."""

    texts: tuple[str, ...]
    kind: str | None
    add: bool


def parse_import(form: Form) -> ImportForm:
    read = Reader(form)
    kind = read.choice("kind", ("", *Kind), _("Choose from the list what these people are to you."))
    texts = tuple(text for name in ("text", "more", "file") if (text := read.text(name)))
    if read.text(FILE_PROBLEM):
        read.wrong("file", read.text(FILE_PROBLEM))
    elif not texts:
        read.wrong("more", _("Paste a list here, or choose a file."))
    read.check()
    return ImportForm(texts=texts, kind=kind or None, add=read.text("do") == "add")
