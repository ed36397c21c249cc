"""What people read, in their language: sentences by gettext; dates, numbers and lists as Babel knows them.

`_("usually {gap}", gap=…)` is the sentence in the language that is spoken where it is made: that of the account whose
calendar is being refreshed, or of whoever asked for a page. The edge says once which one that is (`speaking`);
sentences do not carry a language around. Placeholders are named and in braces, in every catalogue.

Where nobody said anything it is English, which is also the language of the messages themselves.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from gettext import NullTranslations
from typing import Any, Literal

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

# -- Who speaks which language ---------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """`code` as browsers name it ("de"), `locale` as Babel does, `catalogue` what translates."""

    code: str
    locale: str
    catalogue: NullTranslations


ENGLISH = Language(code="en", locale="en_GB", catalogue=NullTranslations())


class _Speaker:
    """Shared by everything that begins inside one `speaking`, threads it hands work to included."""

    def __init__(self, language: Language) -> None:
        self.language = language


_speaker: ContextVar[_Speaker | None] = ContextVar("speaker", default=None)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Inside, every sentence is made in that language."""
    before = _speaker.set(_Speaker(language))
    try:
        yield
    finally:
        _speaker.reset(before)


def switch(language: Language) -> None:
    """From here on the whole of the enclosing `speaking` is in that language: a request learns late whose it is.
    Outside of one it does nothing."""
    speaker = _speaker.get()
    if speaker is not None:
        speaker.language = language


def spoken() -> Language:
    """The language of here and now."""
    speaker = _speaker.get()
    return speaker.language if speaker is not None else ENGLISH


# -- Sentences -------------------------------------------------------------------------------------


class Said(str):
    """A sentence in the language in which it was made, that knows what it says: `origin`, in JSON's own kinds but for
    the values of a message, which may be sentences themselves. See `kept` and `again`."""

    __slots__ = ("origin",)
    origin: dict[str, Any]


def _said(text: str, **origin: Any) -> Said:
    made = Said(text)
    made.origin = origin
    return made


def _(message: str, /, **values: object) -> str:
    """The message in the language spoken, its placeholders filled."""
    return _said(_filled(spoken().catalogue.gettext(message), values), say=message, of=values)


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """The form that goes with `count`, which is there as {count} too."""
    filled = _filled(spoken().catalogue.ngettext(one, many, count), {"count": count} | values)
    return _said(filled, say=[one, many], by=count, of=values)


def N_(message: str) -> str:  # noqa: N802  # gettext's own name, by which the catalogue's tools find it
    """The message as it is, marked for translation: for constants, which `_` translates where they are used."""
    return message


def _filled(text: str, values: dict[str, object]) -> str:
    return text.format(**values) if values else text


def kept(sentence: str) -> Any:
    """A sentence as it is stored, in JSON's kinds: what it says, not its words. Plain text stays that."""
    if not isinstance(sentence, Said):
        return str(sentence)
    return {name: _kept_part(part) for name, part in sentence.origin.items()}


def _kept_part(part: Any) -> Any:
    match part:
        case dict():
            return {name: _kept_value(value) for name, value in part.items()}
        case list():
            return [kept(one) for one in part]
    return kept(part) if isinstance(part, Said) else part


def _kept_value(value: object) -> Any:
    return kept(value) if isinstance(value, str) else value if isinstance(value, int | float) else str(value)


def again(stored: Any) -> str:
    """What `kept` gave, said in the language that is spoken now."""
    said = _again(stored)
    return str(stored) if said is None else said


def _again(stored: Any) -> str | None:
    """None for what is no sentence's origin."""
    match stored:
        case {"say": str(message), "of": dict(values)}:
            return _(message, **_values_again(values))
        case {"say": [one, many], "by": int(count), "of": dict(values)}:
            return ngettext(one, many, count, **_values_again(values))
        case {"date": str(on), "as": pattern}:
            return _date(date.fromisoformat(on), pattern)
        case {"list": list(names), "style": style}:
            return listed([again(name) for name in names], style)
        case {"number": int() | float() as value}:
            return decimal(value)
        case {"begin": dict(word)}:
            return upper_first(again(word))
        case {"joined": list(parts), "by": str(between)}:
            return joined([again(one) for one in parts], between)
    return None


def said_again(values: Any) -> Any:
    """JSON as it is, but for what `kept` gave, wherever in it that stands: this is said again."""
    if isinstance(values, list):
        return [said_again(value) for value in values]
    if not isinstance(values, dict):
        return values
    said = _again(values) if values.keys() in _ORIGINS else None
    return {name: said_again(value) for name, value in values.items()} if said is None else said


_ORIGINS = (
    {"say", "of"},
    {"say", "by", "of"},
    {"date", "as"},
    {"list", "style"},
    {"number"},
    {"begin"},
    {"joined", "by"},
)


def _values_again(values: dict[str, Any]) -> dict[str, object]:
    return {name: again(value) if isinstance(value, str | dict) else value for name, value in values.items()}


# -- Dates and times -------------------------------------------------------------------------------
# The patterns are messages, since each language has its own order: https://unicode.org/reports/tr35/tr35-dates.html


def weekday(number: int) -> str:
    """The name of an ISO weekday, Monday = 1."""
    return _date(date(2024, 1, number), "EEEE")  # 1 January 2024 was a Monday


def weekday_short(number: int) -> str:
    """ "Tue"."""
    return _date(date(2024, 1, number), "ccc")


_WEEKDAYS = (
    *(N_("Mondays"), N_("Tuesdays"), N_("Wednesdays"), N_("Thursdays"), N_("Fridays"), N_("Saturdays"), N_("Sundays")),
)


def weekdays(number: int) -> str:
    """ "Tuesdays", for an ISO weekday."""
    return _(_WEEKDAYS[number - 1])


def month(on: date) -> str:
    """ "November"."""
    return _date(on, "LLLL")


def month_and_year(on: date) -> str:
    """ "November 2026"."""
    return _date(on, N_("MMMM y"))


def day(on: date) -> str:
    """ "24 November"."""
    return _date(on, N_("d MMMM"))


def day_and_year(on: date) -> str:
    """ "24 November 2026"."""
    return _date(on, N_("d MMMM y"))


def weekday_and_day(on: date) -> str:
    """ "Tuesday 24 November"."""
    return _date(on, N_("EEEE d MMMM"))


def weekday_day_and_year(on: date) -> str:
    """ "Tuesday 24 November 2026"."""
    return _date(on, N_("EEEE d MMMM y"))


def _date(on: date, pattern: str) -> str:
    language, day = spoken(), on.date() if isinstance(on, datetime) else on
    return _dated(language.locale, language.catalogue.gettext(pattern), day, pattern)


@lru_cache(maxsize=4096)
def _dated(locale: str, said_as: str, on: date, pattern: str) -> str:
    return _said(date_in(locale, on, said_as), date=on.isoformat(), **{"as": pattern})


@lru_cache(maxsize=4096)
def date_in(locale: str, on: date, pattern: str) -> str:
    """The date by a pattern of CLDR, in the words of any locale."""
    return format_date(on, pattern, locale=locale)


def clock(moment: time | datetime) -> str:
    """ "09:30", as the moment's own wall clock shows it; with 24 hours in every language we speak."""
    return f"{moment.hour:02}:{moment.minute:02}"


def spoken_time(at: time) -> str:
    """ "ten", "half past ten", else "10:45"."""
    if 1 <= at.hour <= 12 and at.minute == 0:
        return number(at.hour)
    if 1 <= at.hour <= 12 and at.minute == 30:
        return _("half past {hour}", hour=number(at.hour))
    return clock(at)


# -- Numbers, lists, quotations --------------------------------------------------------------------

_NUMBERS = (
    *(N_("no"), N_("one"), N_("two"), N_("three"), N_("four"), N_("five"), N_("six"), N_("seven"), N_("eight")),
    *(N_("nine"), N_("ten"), N_("eleven"), N_("twelve")),
)

TITLE_LIMIT = 40
"""How much of an appointment's title is quoted in a reason."""


def number(count: int) -> str:
    """ "nine"; digits above twelve."""
    return _(_NUMBERS[count]) if 0 <= count < len(_NUMBERS) else thousands(count)


def upper_first(text: str) -> str:
    raised = text[:1].upper() + text[1:]
    return _said(raised, begin=text) if isinstance(text, Said) else raised


def joined(parts: Sequence[str], between: str = " ") -> str:
    """Sentences, or clauses with "; ", one after another."""
    return _said(between.join(parts), joined=list(parts), by=between)


def decimal(value: float) -> str:
    """ "1.5", "3"."""
    return _said(format_decimal(value, locale=spoken().locale), number=value)


def thousands(count: int) -> str:
    """ "1,200"."""
    return decimal(count)


def listed(names: Sequence[str], style: Literal["standard", "or"] = "standard") -> str:
    """ "Marta, Tobias and Ines"; with the style "or" the last word is that."""
    return _said(format_list(list(names), style=style, locale=spoken().locale), list=list(names), style=style)


def territory(locale: str, code: str) -> str:
    """ "Germany", for a country's code; empty where CLDR knows none."""
    name: str = Locale.parse(locale).territories.get(code, "")
    return name


def sorted_as(text: str) -> str:
    """A key by which people expect lists of words to be sorted: letters, whatever their case and marks."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def quoted(title: str, otherwise: str = "") -> str:
    """The title in quotes, on one line and short; `otherwise` ("another appointment") where there is none."""
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in title)
    flat = " ".join(visible.split())
    if not flat:
        return otherwise or _("another appointment")
    return _("“{words}”", words=flat if len(flat) <= TITLE_LIMIT else f"{flat[: TITLE_LIMIT - 1].rstrip()}…")
