"""Templates -> answers. Everything that is put into a page is escaped, and cleared of what would hide or turn text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, overload

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.clock import Clock, system_clock
from app.services import sonar
from app.services.strip import SHAPES
from app.services.viewmodel import BlockPerson, Frame, PersonRow
from app.web import listing
from app.web.labels import named
from app.wiring import Services
from scheduler import words
from scheduler.model import Channel, Kind
from scheduler.words import N_, _

_HERE = Path(__file__).parent
ICON = _HERE / "static" / "icon.svg"

KINDS = {
    Kind.CLIENT.value: N_("Client"),
    Kind.FORMER.value: N_("Former client"),
    Kind.FRIEND.value: N_("Friend"),
    Kind.SUPPLIER.value: N_("Supplier or other"),
    Kind.NEVER.value: N_("Never suggest"),
}
KIND_WORDS = {
    Kind.CLIENT.value: N_("client"),
    Kind.FORMER.value: N_("former client"),
    Kind.FRIEND.value: N_("friend"),
    Kind.SUPPLIER.value: N_("supplier or other"),
    Kind.NEVER.value: N_("never to be suggested"),
}
"""In the middle of a line."""
MARKED = {
    "tried": N_("tried, no answer"),
    "kept": N_("put off"),
    "not_client": N_("not a client"),
    "never": N_("never to be suggested"),
    "open": N_("nothing was marked"),
}
"""What stands on the page of a block that is closed, for all that is not reached."""
CHANNELS = {
    Channel.CALL.value: N_("a call"),
    Channel.MESSAGE.value: N_("a message"),
    Channel.LETTER.value: N_("a letter"),
    Channel.COFFEE.value: N_("a coffee"),
    Channel.VISIT.value: N_("a visit"),
    Channel.MEETING.value: N_("a meeting"),
}
FEW_DAYS = 11
"""From here on days are told as weeks."""

STATES = {
    "pinned": N_("Where you moved it; it stays there."),
    "skipped": N_("You deleted it, so it stays away."),
    "held": N_("Past."),
    "adopted": N_("You invited someone, so it is a meeting of yours now."),
    "retired": N_("Taken out of your calendar."),
}
"""What is worth saying of a block's state; planned and booked go without saying."""

# What turns, hides or breaks text: control characters but tab and line ends, bidirectional marks, embeddings and
# isolates, invisible spaces, halves of surrogate pairs. Joiners stay: some scripts need them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)

_NUMBER = re.compile(r"(\d\.?) (?=[^\W\d_])")


def visible(value: object) -> object:
    """Text without what turns or hides it; everything else as it is."""
    if isinstance(value, str) and not isinstance(value, Markup) and not value.isprintable():  # as nearly all of it is
        return _UNSEEN.sub("", value)
    return value


def page(request: Request, template: str, *, status_code: int = 200, **values: Any) -> HTMLResponse:
    """A page. Dates are told without their year in the year of `frame.today`, or of the clock where there is none."""
    frame = values.get("frame")
    today = (frame.today if isinstance(frame, Frame) else None) or _clock_of(request)().date()
    context = {
        "frame": None,
        "path": request.url.path,
        "today": today,
        "problem": "",
        "problems": {},
        "labels": {},
        "back": "",
        "lost": False,
    } | values
    return HTMLResponse(environment().get_template(template).render(context), status_code=status_code)


def _clock_of(request: Request) -> Clock:
    """The service's, of the application that was asked."""
    services: Services | None = getattr(request.app.state, "services", None)
    return services.clock if services is not None else system_clock


def problem_page(request: Request, status_code: int, text: str, *, title: str = "") -> HTMLResponse:
    """What went wrong and what to do next, as a page of its own."""
    return page(request, "problem.html", status_code=status_code, title=title or _("That did not work"), text=text)


class Static(StaticFiles):
    """Stylesheet and icons: kept by browsers for a year under an address that changes with the content."""

    def __init__(self) -> None:
        super().__init__(directory=_HERE / "static")

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if path.endswith(".webmanifest"):
            response.headers["Content-Type"] = "application/manifest+json"  # no table of types knows it everywhere
        named = b"v=" in scope.get("query_string", b"")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if named else "public, max-age=3600"
        return response


@cache
def _static_url(name: str) -> str:
    digest = hashlib.sha256((_HERE / "static" / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:10]}"


@cache
def environment() -> Environment:
    """Of all templates."""
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        finalize=visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= {
        "static": _static_url,
        "KINDS": _InWords(KINDS),
        "KIND_WORDS": _InWords(KIND_WORDS),
        "MARKED": _InWords(MARKED),
        "CHANNELS": _InWords(CHANNELS),
        "STATES": _InWords(STATES),
        "WEEKDAYS": _Weekdays(),
        "_": _in_page,
        "ngettext": _in_page_by_number,
        "language": _language,
        "later": _later,
        "options": _options,
        "mark": _mark,
        "SHAPES": SHAPES,
        "people_url": listing.address,
        "PLAIN": listing.PLAIN,
    }
    made.filters |= {
        "day": _day,
        "short": _short,
        "when": _when,
        "clock": words.clock,
        "number": words.number,
        "thousands": words.thousands,
        "ago": ago,
        "until": until,
        "first_names": first_names,
        "sentence": _sentence,
        "named": named,
        "unbroken": _unbroken,
        "upper_first": words.upper_first,
        "standing": _standing,
        "in_words": _in_words,
        "month": _month,
        "monthname": words.month,
        "weekday_short": words.weekday_short,
        "month_letter": _month_letter,
    }
    return made


@cache
def _options(choices: tuple[str | tuple[str, str], ...]) -> Markup:
    """The options of a long list, none of them chosen: the chosen one is put before them. Hundreds of lines that are
    the same for everybody are made once."""
    pairs = ((one, one) if isinstance(one, str) else one for one in choices)
    return Markup().join(
        Markup('<option value="{}">{}</option>').format(visible(value), visible(words)) for value, words in pairs
    )


# -- Words -----------------------------------------------------------------------------------------


def _in_page(message: str, /, **values: object) -> Markup:
    """A message of a template in the language spoken: HTML as it stands, what is filled in is escaped."""
    return _filled_in(words._(message), values)


def _in_page_by_number(one: str, many: str, count: int, /, **values: object) -> Markup:
    form = words.spoken().catalogue.ngettext(one, many, count)
    return _filled_in(form, {"count": words.thousands(count)} | values)


def _filled_in(text: str, values: dict[str, object]) -> Markup:
    markup = Markup(text)  # noqa: S704  # nosemgrep  # our own text
    return markup.format(**{name: visible(value) for name, value in values.items()}) if values else markup


def _language() -> str:
    """For `lang` of the page: the code of the language spoken."""
    return words.spoken().code


class _InWords(Mapping[str, str]):
    """Code -> message, said in the language spoken."""

    def __init__(self, messages: Mapping[str, str]) -> None:
        self._messages = messages

    def __getitem__(self, code: str) -> str:
        return _(self._messages[code])

    def __iter__(self) -> Iterator[str]:
        return iter(self._messages)

    def __len__(self) -> int:
        return len(self._messages)


class _Weekdays(Sequence[str]):
    """The names of the days from Monday on, in the language spoken."""

    def __len__(self) -> int:
        return 7

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        return [words.weekday(number) for number in range(1, 8)][at]


# Day and month stay on one line: the space between them does not break.


@pass_context
def _day(context: Context, on: date) -> str:
    """ "Tuesday 24 November", with the year where it is not this one."""
    whole = words.weekday_and_day(on) if _is_of_this_year(context, on) else words.weekday_day_and_year(on)
    return whole.replace(short := words.day(on), short.replace(" ", "\u00a0"))


@pass_context
def _short(context: Context, on: date) -> str:
    """ "24 November", with the year where it is not this one."""
    whole = words.day(on) if _is_of_this_year(context, on) else words.day_and_year(on)
    return whole.replace(short := words.day(on), short.replace(" ", "\u00a0"))


def _is_of_this_year(context: Context, on: date) -> bool:
    today: date = context["today"]
    return on.year == today.year


def _month(on: date) -> str:
    """ "Nov", in January the year instead: the scale of a picture."""
    return words.date_in(words.spoken().locale, on, "y" if on.month == 1 else "LLL")


def _in_words(person: PersonRow) -> str:
    """Who somebody is and where they stand, in one line: the name of their mark in the picture."""
    who = f"{person.name}, {person.company}" if person.company else person.name
    stands = "; ".join(filter(None, (_standing(person), person.coverage)))
    return f"{who}: {stands}" if stands else who


def _month_letter(on: date) -> str:
    """ "N"."""
    return words.date_in(words.spoken().locale, on, "LLLLL")


@pass_context
def _when(context: Context, on: date) -> str:
    """ "today", "tomorrow", else the weekday and day."""
    on = on.date() if isinstance(on, datetime) else on
    near = {0: _("today"), 1: _("tomorrow")}
    return near.get((on - context["today"]).days) or _day(context, on)


def _sentence(text: str) -> str:
    """With a full stop, where it has no end of its own."""
    return text if not text or text[-1] in ".!?…" else f"{text}."


@lru_cache(maxsize=4096)
def _unbroken(text: str) -> str:
    """Where lines are short: a number stays with the word that says of what, so a day with its month."""
    return _NUMBER.sub("\\1\u00a0", text)


@cache
def _mark(state: str, tie: int = 1) -> Markup:
    """The sonar's mark as it stands in a line of text. `tie`: 0 light, 1 steady, 2 close."""
    outline = sonar.shape(state, sonar.Dot(0, 0.0, 0.0, (4.0, 5.2, 6.6)[tie]))
    return Markup('<svg class="mk" viewBox="-9 -9 18 18" aria-hidden="true"><path class="m {}" d="{}"/></svg>').format(
        state or "new", outline
    )


def _standing(person: PersonRow) -> str:
    """Where somebody is along their own gap."""
    return _stands(person.standing, person.days, _language())


@lru_cache(maxsize=4096)  # lists and pictures say the same of many; `language` is the one that is spoken
def _stands(standing: str, days: int, language: str) -> str:
    few, weeks = days < FEW_DAYS, round(days / 7)
    match standing:
        case "past" if few:
            return words.ngettext("{count} day past", "{count} days past", days)
        case "past":
            return words.ngettext("{count} week past", "{count} weeks past", weeks)
        case "left" if few:
            return words.ngettext("{count} day to go", "{count} days to go", days)
        case "left":
            return words.ngettext("{count} week to go", "{count} weeks to go", weeks)
        case "now":
            return _("just about now")
        case "never":
            return _("not met yet")
        case "groups":
            return _("only in groups so far")
    return ""


def _later(today: date, weeks: int) -> date:
    return today + timedelta(weeks=weeks)


def ago(then: datetime, now: datetime) -> str:
    """ "3 minutes ago"."""
    count, unit = _span(now - then)
    match unit:
        case "minute":
            return words.ngettext("{count} minute ago", "{count} minutes ago", count)
        case "hour":
            return words.ngettext("{count} hour ago", "{count} hours ago", count)
        case "day":
            return words.ngettext("{count} day ago", "{count} days ago", count)
    return _("just now")


def until(start: datetime, now: datetime) -> str:
    """ "in 18 minutes", "tomorrow", "in 6 days": days are counted as on a wall calendar, where `start` is."""
    days = (start.date() - now.astimezone(start.tzinfo).date()).days
    if days > 1:
        return words.ngettext("in {count} day", "in {count} days", days)
    count, unit = _span(start - now)
    if days == 1 and unit in ("day", "hour"):
        return _("tomorrow")
    match unit:
        case "minute":
            return words.ngettext("in {count} minute", "in {count} minutes", count)
        case "hour":
            return words.ngettext("in {count} hour", "in {count} hours", count)
    return _("now")


def _span(length: timedelta) -> tuple[int, str]:
    """In the largest unit that fits, whole ones only; no unit for less than a minute."""
    minutes = int(length.total_seconds() // 60)
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            return minutes // size, unit
    return 0, ""


def first_names(people: Iterable[BlockPerson]) -> str:
    """ "Marta, Tobias and Ines"; whole names where two share a first one."""
    whole = [" ".join(str(visible(person.name)).split()) for person in people]
    firsts = [name.partition(" ")[0] for name in whole]
    return words.listed([name if firsts.count(first) > 1 else first for first, name in zip(firsts, whole, strict=True)])
