"""The settings form: a rule and preferences -> what the fields show, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from app.languages import LANGUAGES
from app.services.preferences import Preferences
from app.web.forms import Form, Reader
from app.web.forms_lists import entries, tag_weeks
from app.web.labels import labels
from scheduler.model import KINDS_IN_BLOCKS, Kind, Rule, ShowAs, Text
from scheduler.slots import supported_countries
from scheduler.words import N_, _

COLORS = {
    "10": N_("Basil"),
    "2": N_("Sage"),
    "7": N_("Peacock"),
    "9": N_("Blueberry"),
    "1": N_("Lavender"),
    "3": N_("Grape"),
    "4": N_("Flamingo"),
    "11": N_("Tomato"),
    "6": N_("Tangerine"),
    "5": N_("Banana"),
    "8": N_("Graphite"),
    "": N_("My calendar’s own"),
}
"""Google's event colours by id, greens first."""

RULE_FIELDS = (
    *("day", "times", "from", "to", "ideal", "shortest", "longest", "minutes_a_person", "buffer", "color", "show_as"),
    *("private", "reminder", "text", "names_in_title"),
)
FIELDS = (
    *RULE_FIELDS,
    *("work_day", "work_from", "work_to", "zone", "language", "country", "region"),
    *(
        "pause_from",
        "pause_until",
        "paused",
        "client_weeks",
        "former_weeks",
        "friend_weeks",
        "always",
        "tag_weeks",
        "own",
        "excluded",
    ),
)
"""The names of the fields, in the order of the page."""

LONGEST_BLOCK = 240  # minutes
LONGEST_BUFFER = 120
MOST_REMINDER = 40_320  # minutes, Google's own limit: four weeks

_WEEKS = N_("Write a number of weeks from 1 to {most}.")
_OTHERS = N_("Write a number of weeks from 1 to {most}, or leave it empty.")


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingsForm:
    rule: Rule
    preferences: Preferences


def values_of(rule: Rule, preferences: Preferences) -> dict[str, list[str]]:
    """What the fields show before anything is typed."""

    def day(on: date | None) -> str:
        return on.isoformat() if on else ""

    values = {
        "work_from": [_clock(preferences.work_start)],
        "work_to": [_clock(preferences.work_end)],
        "zone": [preferences.zone],
        "language": [preferences.language],
        "country": [preferences.country],
        "region": [preferences.region],
        "pause_from": [day(preferences.paused_from)],
        "pause_until": [day(preferences.paused_until)],
        "client_weeks": [str(preferences.client_weeks)],
        "former_weeks": [str(preferences.former_weeks or "")],
        "friend_weeks": [str(preferences.friend_weeks or "")],
        "tag_weeks": [
            "\n".join(_("{tag}: {weeks} weeks", tag=tag, weeks=weeks) for tag, weeks in preferences.tag_weeks)
        ],
        "own": ["\n".join(preferences.own)],
        "excluded": ["\n".join(preferences.excluded)],
        "work_day": [str(number) for number in sorted(preferences.work_days)],
        "always": [kind.value for kind in preferences.always],
    }
    return rule_values(rule) | values | ({"paused": ["on"]} if preferences.paused else {})


def rule_values(rule: Rule) -> dict[str, list[str]]:
    """The same for the fields of one rule."""
    values = {
        "times": ["each" if rule.times_a_week is None else str(rule.times_a_week)],
        "from": [_clock(rule.window_start)],
        "to": [_clock(rule.window_end)],
        "ideal": [_clock(rule.ideal)],
        "shortest": [str(rule.shortest)],
        "longest": [str(rule.longest)],
        "minutes_a_person": [str(rule.minutes_a_person)],
        "buffer": [str(rule.buffer)],
        "color": [rule.color_id],
        "show_as": [rule.show_as.value],
        "reminder": ["" if rule.reminder is None else str(rule.reminder)],
        "text": [rule.text.value],
        "day": [str(number) for number in sorted(rule.weekdays)],
    }
    ticks = {"private": rule.private, "names_in_title": rule.names_in_title}
    return values | {name: ["on"] for name, ticked in ticks.items() if ticked}


def fields_of(shown: Form) -> dict[str, Any]:
    """What the templates of the fields read: all values of a field, the first one, what fields are called, and the
    colours."""

    def values(name: str) -> list[str]:
        return list(shown.get(name, ()))

    def first(name: str) -> str:
        return values(name)[0] if values(name) else ""

    return {"all": values, "one": first, "labels": labels(), "colors": COLORS, "languages": LANGUAGES}


def parse_settings(form: Form, before: Rule, preferences: Preferences) -> SettingsForm:
    """`before` and `preferences` give what the form does not show. Raises Invalid."""
    read = Reader(form)
    after = _preferences(read, preferences)
    rule = _rule(read, before, after)
    _check(read)
    return SettingsForm(rule=rule, preferences=after)


def parse_rule(form: Form, before: Rule, preferences: Preferences) -> Rule:
    """One rule alone; `before` gives what the form does not show. Raises Invalid."""
    read = Reader(form)
    rule = _rule(read, before, preferences)
    _check(read)
    return rule


def _check(read: Reader) -> None:
    """Problems are said in the order of the page."""
    read.problems = {name: read.problems[name] for name in FIELDS if name in read.problems}
    read.check()


def _rule(read: Reader, before: Rule, preferences: Preferences) -> Rule:
    days = _days(read, "day", _("Choose at least one day for your blocks."))
    start = read.time("from", _("Write the earliest time as hours and minutes, for example 09:00."))
    end = read.time("to", _("Write the latest time as hours and minutes, for example 12:00."))
    ideal = read.time("ideal", _("Write the best time as hours and minutes, for example 10:00."))
    limits = _("Write a number of minutes from 5 to {longest}.", longest=LONGEST_BLOCK)
    shortest = read.number("shortest", 5, LONGEST_BLOCK, limits)
    longest = read.number("longest", 5, LONGEST_BLOCK, limits)
    if _good(read, "shortest", "longest") and longest < shortest:
        read.wrong("longest", _("“At most” is below “at least”. Choose {shortest} minutes or more.", shortest=shortest))
    if _good(read, "from", "to", "shortest") and _minutes(end) - _minutes(start) < shortest:
        if _minutes(start) + shortest < 24 * 60:
            read.wrong(
                "to",
                _(
                    "Choose {start} or later, so that {shortest} minutes fit in.",
                    start=_clock(_later(start, shortest)),
                    shortest=shortest,
                ),
            )
        else:
            read.wrong(
                "from",
                _("Choose an earlier time, so that {shortest} minutes fit in before midnight.", shortest=shortest),
            )
    if _good(read, "from", "to", "shortest", "ideal") and not start <= ideal <= _later(end, -shortest):
        read.wrong(
            "ideal", _("Choose a time from {start} to {end}.", start=_clock(start), end=_clock(_later(end, -shortest)))
        )
    _within_hours(read, days, start, end, shortest, preferences)
    times = _times(read, days)
    minutes_a_person = read.number("minutes_a_person", 1, 120, _("Write a number of minutes from 1 to 120."))
    buffer = before.buffer
    if read.text("buffer"):
        buffer = read.number(
            "buffer",
            0,
            LONGEST_BUFFER,
            _("Write a number of minutes from 0 to {longest}.", longest=LONGEST_BUFFER),
        )
    color = read.choice("color", COLORS, _("Choose a colour from the list."))
    show_as = ShowAs(read.choice("show_as", list(ShowAs), _("Choose how others see the time of a block.")))
    reminder = _reminder(read)
    text = Text(read.choice("text", list(Text), _("Choose how much is written into a block.")))
    if read.problems:
        return before  # a rule refuses to be built of what does not fit together; the caller raises
    return replace(
        before,
        weekdays=days,
        times_a_week=times,
        window_start=start,
        window_end=end,
        ideal=ideal,
        shortest=shortest,
        longest=longest,
        minutes_a_person=minutes_a_person,
        buffer=buffer,
        color_id=color,
        show_as=show_as,
        private=read.ticked("private"),
        reminder=reminder,
        names_in_title=read.ticked("names_in_title"),
        text=text,
    )


def _within_hours(
    read: Reader, days: frozenset[int], start: time, end: time, shortest: int, preferences: Preferences
) -> None:
    """Working hours are hard limits: a window with no room inside them would never see a block."""
    if _good(read, "day", "work_day") and not days & set(preferences.work_days):
        read.wrong("day", _("None of these is a working day of yours. Choose another day, or add it under Hours."))
    if not _good(read, "from", "to", "shortest", "work_from", "work_to"):
        return
    room = min(_minutes(end), _minutes(preferences.work_end)) - max(_minutes(start), _minutes(preferences.work_start))
    if room < shortest:
        hours = _(
            "{start} to {end}",
            start=_clock(preferences.work_start),
            end=_clock(preferences.work_end),
        )
        read.wrong(
            "from",
            _(
                "Your working hours, {hours}, leave no room for {shortest} minutes between these times. Change either.",
                hours=hours,
                shortest=shortest,
            ),
        )


def _times(read: Reader, days: frozenset[int]) -> int | None:
    if read.text("times") == "each":
        return None
    times = read.number("times", 1, 7, _("Choose how many blocks a week you want."))
    if _good(read, "times", "day") and times > len(days):
        read.wrong("times", _("These are more blocks than chosen days. Choose fewer blocks, or more days."))
    return times


def _reminder(read: Reader) -> int | None:
    if not read.text("reminder"):
        return None
    return read.number("reminder", 0, MOST_REMINDER, _("Choose a reminder from the list."))


def _preferences(read: Reader, before: Preferences) -> Preferences:
    work_days = _days(read, "work_day", _("Choose at least one working day."))
    start = read.time("work_from", _("Write the start of your work as hours and minutes, for example 08:00."))
    end = read.time("work_to", _("Write the end of your work as hours and minutes, for example 18:00."))
    if _good(read, "work_from", "work_to") and end <= start:
        read.wrong("work_to", _("Your work ends before it begins. Choose a time after {start}.", start=_clock(start)))
    country = read.choice("country", ("", *_regions()), _("Choose a country from the list, or none."))
    pause_from, pause_until = read.date("pause_from"), read.date("pause_until")
    if pause_from and pause_until and pause_until < pause_from:
        read.wrong("pause_until", _("The pause ends before it begins. Choose a later last day."))
    return replace(
        before,
        zone=_zone(read),
        language=_language(read, before),
        work_days=tuple(sorted(work_days)),
        work_start=start,
        work_end=end,
        country=country,
        region=_region(read, country),
        paused=read.ticked("paused"),
        paused_from=pause_from,
        paused_until=pause_until,
        own=entries(read, "own"),
        excluded=entries(read, "excluded"),
        client_weeks=read.number("client_weeks", 1, 52, _(_WEEKS, most=52)),
        former_weeks=read.number("former_weeks", 1, 104, _(_OTHERS, most=104)) if read.text("former_weeks") else None,
        friend_weeks=read.number("friend_weeks", 1, 104, _(_OTHERS, most=104)) if read.text("friend_weeks") else None,
        always=tuple(kind for kind in Kind if kind in KINDS_IN_BLOCKS and kind.value in read.form.get("always", ())),
        tag_weeks=tag_weeks(read),
    )


def _zone(read: Reader) -> str:
    name = read.text("zone")
    if name:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):  # unknown, malformed, or the name of a folder
            read.wrong("zone", _("This time zone is not known. Choose one from the list."))
    return name


def _language(read: Reader, before: Preferences) -> str:
    if not read.text("language"):
        return before.language
    return read.choice("language", list(LANGUAGES), _("Choose a language from the list."))


def _region(read: Reader, country: str) -> str:
    region = read.text("region").upper()
    if not region or not _good(read, "country"):
        return ""
    known = _regions().get(country, ())
    if not country:
        read.wrong("region", _("Choose the country first, or leave the region empty."))
    elif not known:
        read.wrong("region", _("No regions are known for this country. Leave the region empty."))
    elif region not in known:
        read.wrong(
            "region", _("This region is not known. Write one of: {known}; or leave it empty.", known=", ".join(known))
        )
    return region


@cache
def _regions() -> Mapping[str, tuple[str, ...]]:
    """Country code -> codes of its regions, of all countries whose holidays are known."""
    return {country.code: country.regions for country in supported_countries()}


def _days(read: Reader, name: str, sentence: str) -> frozenset[int]:
    days = frozenset(int(text) for text in read.form.get(name, ()) if text in ("1", "2", "3", "4", "5", "6", "7"))
    if not days:
        read.wrong(name, sentence)
    return days or frozenset({1})


def _good(read: Reader, *names: str) -> bool:
    return not read.problems.keys() & set(names)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _later(at: time, minutes: int) -> time:
    return (datetime.combine(date(2000, 1, 2), at) + timedelta(minutes=minutes)).time()


def _clock(at: time) -> str:
    return at.strftime("%H:%M")
