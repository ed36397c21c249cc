"""Form data -> typed values, or problems by field. Pure: no request, no clock, no database.

A form is a mapping from field names to the values that came under them. Whatever is in it,
a parser returns its dataclass or raises `Invalid` with one plain sentence a field.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time

from app.errors import Invalid, NotFound
from app.services.first_block import LENGTHS, FirstBlock
from scheduler.model import Kind
from scheduler.words import N_, _

Form = Mapping[str, Sequence[str]]

OUTCOMES = ("open", "reached", "tried", "snoozed", "declined", "never")
"""What may become of a person in a block; "open" takes the others back."""

NOT_THE_FORM = N_(
    "This did not come as the page's form, so nothing was changed. Load the page again and press the button once more."
)
LARGEST_ID = 2**63 - 1  # what a database column holds
LONGEST_ADDRESS = 320

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::[0-5][0-9](?:\.[0-9]{1,6})?)?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
YEARS = range(2000, 2100)


class Reader:
    """Reads fields one by one and remembers what is wrong with each, so that all of it is said at once.

    Every method returns a usable value even where it noted a problem: call `check()` before using any.
    """

    def __init__(self, form: Form) -> None:
        self.form = form
        self.problems: dict[str, str] = {}

    def wrong(self, name: str, sentence: str) -> None:
        """Note a problem; the first one of a field stays."""
        self.problems.setdefault(name, sentence)

    def check(self) -> None:
        if self.problems:
            raise Invalid(self.problems)

    def text(self, name: str) -> str:
        """The field's first value without blanks around it; empty where it did not come."""
        values = self.form.get(name, ())
        return values[0].strip() if values else ""

    def needs(self, name: str) -> None:
        """A field that the page's form always sends, empty or not: what lacks it is not the page's form."""
        if name not in self.form:
            self.wrong(name, _(NOT_THE_FORM))

    def ticked(self, name: str) -> bool:
        return bool(self.form.get(name))

    def number(self, name: str, low: int, high: int, sentence: str) -> int:
        """A whole number from `low` to `high`, else `sentence` is noted."""
        found = whole(self.text(name))
        if found is None or not low <= found <= high:
            self.wrong(name, sentence)
            return low
        return found

    def time(self, name: str, sentence: str) -> time:
        match = _TIME.fullmatch(self.text(name))
        if match is None:
            self.wrong(name, sentence)
            return time()
        return time(int(match[1]), int(match[2]))

    def date(self, name: str) -> date | None:
        """A date of this century, None where the field is empty."""
        text = self.text(name)
        if not text:
            return None
        match = _DATE.fullmatch(text)
        if match is not None:
            with suppress(ValueError):  # the 31st of a month of thirty
                found = date(int(match[1]), int(match[2]), int(match[3]))
                if found.year in YEARS:
                    return found
                self.wrong(
                    name,
                    _(
                        "This date is out of range. Choose one from {first} to {last}.",
                        first=YEARS[0],
                        last=YEARS[-1],
                    ),
                )
                return None
        self.wrong(name, _("This is not a date. Write it as year, month and day, for example 2026-11-24."))
        return None

    def choice(self, name: str, allowed: Collection[str], sentence: str) -> str:
        text = self.text(name)
        if text not in allowed:
            self.wrong(name, sentence)
            return next(iter(allowed))
        return text


def whole(text: str) -> int | None:
    """A number of plain digits, at most 18 of them, else None."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


def id_of(text: str) -> int:
    """The number in an address such as /people/12. Raises NotFound for anything else."""
    found = whole(text)
    if found is None or not 1 <= found <= LARGEST_ID:
        raise NotFound
    return found


def first_values(form: Form) -> dict[str, str]:
    """What was typed, to be shown again."""
    return {name: values[0] for name, values in form.items() if values}


def _by_person(read: Reader, prefix: str, allowed: Collection[str], sentence: str) -> dict[int, str]:
    """The fields `<prefix><contact id>` that say something."""
    found: dict[int, str] = {}
    for name in read.form:
        if not name.startswith(prefix) or not read.text(name):
            continue
        number = whole(name.removeprefix(prefix))
        if number is None or number < 1 or read.text(name) not in allowed:
            read.wrong(name, sentence)
        else:
            found[number] = read.text(name)
    return found


# -- Welcome and people ----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class WelcomeForm:
    """`kinds`: contact id -> scheduler.model.Kind. People of whom nothing is said are not in it. `first`: None where
    the page showed no proposal."""

    kinds: Mapping[int, str]
    first: FirstBlock | None = None


def parse_welcome(form: Form) -> WelcomeForm:
    read = Reader(form)
    if not any(name == "back" or name.startswith(("kind-", "first-")) for name in form):
        read.wrong("first-day", _(NOT_THE_FORM))
    kinds = _by_person(read, "kind-", frozenset(Kind), _("Choose from the list what this person is to you."))
    first = _first(read) if any(name.startswith("first-") for name in form) else None
    read.check()
    return WelcomeForm(kinds=kinds, first=first)


def _first(read: Reader) -> FirstBlock:
    day = read.choice("first-day", ("1", "2", "3", "4", "5", "6", "7"), _("Choose a day from the list."))
    ideal = read.time("first-time", _("Write the time of your first block as hours and minutes, for example 10:00."))
    minutes = read.choice("first-minutes", [str(number) for number in LENGTHS], _("Choose a length from the list."))
    return FirstBlock(weekday=int(day), ideal=ideal, minutes=int(minutes))


def chosen_kinds(form: Form) -> dict[int, str]:
    """The kinds in a form that is not being saved; what is wrong with it is left out."""
    read = Reader(form)
    return _by_person(read, "kind-", frozenset(Kind), "")


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOutForm:
    """`counted`: whether the address is to count from now on. `back`: the page it was pressed on; `page`: its
    number, `q`: what was looked for there."""

    address: str
    counted: bool
    back: str  # welcome, people
    page: str = ""
    q: str = ""


def parse_left_out(form: Form) -> LeftOutForm:
    """From a button `count-in` or `leave-out` whose value is the address, or from `address` with `counted` 1 or 0.

    A button says only one name and one value, and these buttons stand in forms that hold more.
    """
    read = Reader(form)
    address, counted = read.text("address"), read.text("counted") == "1"
    if read.text("count-in"):
        address, counted = read.text("count-in"), True
    elif read.text("leave-out"):
        address, counted = read.text("leave-out"), False
    elif address and read.text("counted") not in ("0", "1"):
        read.wrong("address", _(NOT_THE_FORM))
    if not address or len(address) > LONGEST_ADDRESS:
        read.wrong("address", _("It is not clear whom you mean. Go back and press the button by the name."))
    read.check()
    back = "people" if read.text("back") == "people" else "welcome"
    return LeftOutForm(address=address, counted=counted, back=back, page=read.text("page"), q=read.text("q"))


# -- A pause ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class PauseForm:
    """`from_`: None = at once. `until`: the last day, None = until resumed. Neither: everything."""

    from_: date | None
    until: date | None


def parse_pause(form: Form) -> PauseForm:
    """A first or a last day, or `all=1`: a form that says neither pauses nothing."""
    read = Reader(form)
    from_, until = read.date("pause_from"), read.date("pause_until")
    if not read.text("pause_from") and not read.text("pause_until") and read.text("all") != "1":
        read.wrong("pause_until", _(NOT_THE_FORM))
    if from_ and until and until < from_:
        read.wrong("pause_until", _("The pause ends before it begins. Choose a later last day."))
    read.check()
    return PauseForm(from_=from_, until=until)
