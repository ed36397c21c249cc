"""Why somebody is suggested, by which channel, and one question to listen to.

Only facts that the person named could read over the user's shoulder: what the calendar knows, what the user asked
for. No score, no blame. All of it as of the block's date and from the contact alone, so that the same block gives
the same text.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from statistics import median
from zlib import crc32

from scheduler import words
from scheduler.due import PROMISE_LEAD_DAYS, Standing, Why, usual_gap
from scheduler.model import Channel, Kind, Promise, Reason, Touch
from scheduler.words import N_, _, ngettext

STRONG_FROM = 6
"""A tie counts as strong from so many personal days on."""
LONG_SILENCE = 2.0
"""So many of their own gaps are a long silence."""
_LETTER_EVERY = 7
_MONTH_DAYS = 30.44

PROMPTS = (
    N_("Ask what is taking most of their time at the moment."),
    N_("Ask what turned out differently from what they expected."),
    N_("Ask what they are looking forward to."),
    N_("Ask what has changed since you last saw each other."),
    N_("Ask how things are going, and leave room for the long answer."),
    N_("Ask what they would like to be rid of."),
    N_("Ask what has gone well lately."),
    N_("Ask who is new around them, and who has left."),
    N_("Ask what they are reading, watching or building."),
    N_("Ask what they have been thinking about."),
    N_("Ask what would make the coming weeks easier."),
    N_("Ask about something they mentioned last time."),
    N_("Ask what they have decided lately."),
    N_("Ask what they wish more people asked them."),
    N_("Ask what they have learned this year that surprised them."),
    N_("Ask how the people around them are."),
)
PROMPTS_NEW = (
    N_("Ask what they are working on at the moment."),
    N_("Ask how they came to do what they do."),
    N_("Ask what a good week looks like for them."),
    N_("Ask what they are looking forward to."),
)
PROMPTS_FORMER = (
    N_("Ask how what you once worked on has turned out."),
    N_("Ask what they are working on now."),
    N_("Ask what has changed since those days."),
    N_("Ask what they would do the same way again."),
)


CHANNEL_WORDS = {
    Channel.MEETING: N_("a meeting"),
    Channel.CALL: N_("a call"),
    Channel.COFFEE: N_("a coffee"),
    Channel.VISIT: N_("a visit"),
    Channel.LETTER: N_("a letter"),
    Channel.MESSAGE: N_("a message"),
}


def say_channel(channel: Channel) -> str:
    """ "a call"."""
    return _(CHANNEL_WORDS[channel])


def say_date(on: date, *, near: date) -> str:
    """`6 October`, with the year where it is not that of `near`."""
    return words.day(on) if on.year == near.year else words.day_and_year(on)


def say_month(on: date, *, near: date) -> str:
    """`October`, with the year where it is not that of `near`."""
    return words.month(on) if on.year == near.year else words.month_and_year(on)


def say_gap(days: int) -> str:
    """`every 5 weeks`: in the unit in which people say it."""
    if days < 6:
        return ngettext("every day", "every {count} days", max(1, days))
    if days <= 108:
        return ngettext("every week", "every {count} weeks", max(1, round(days / 7)))
    months = round(days / _MONTH_DAYS)
    if days <= 700 and months != 12:
        return ngettext("every month", "every {count} months", months)
    return ngettext("every year", "every {count} years", max(1, round(days / 365.25)))


def reasons(standing: Standing, *, on: date) -> tuple[Reason, ...]:
    """The facts behind a suggestion for a block on `on`; touches of that day and later do not count."""
    said = [
        _last(standing, on),
        _how_often(standing),
        _season(standing, on),
        *(_promised(one, on) for one in _open_promises(standing, on)),
    ]
    return tuple(reason for reason in said if reason is not None)


def _last(standing: Standing, on: date) -> Reason:
    last = standing.last_before(on)
    group = [touch for touch in standing.contact.touches if not touch.personal and touch.on < on]
    since = [touch for touch in group if last is None or touch.on > last]
    if since:
        return _only_in_groups(since, last, on)
    if last is None:
        return Reason(code="never_met", text=_("never met in your calendar yet"))
    facts: dict[str, str | int] = {"on": last.isoformat()}
    said = say_date(last, near=on)
    that_day = [touch for touch in standing.contact.touches if touch.on == last and touch.personal]
    if that_day and all(touch.source.startswith("hand/") for touch in that_day):
        channel = that_day[-1].channel
        return Reason(
            code="noted",
            text=_("you noted {channel} on {day}", channel=say_channel(channel), day=said),
            facts=facts | {"channel": channel.value},
        )
    if not any(day < last for day in standing.days) and not group:
        return Reason(
            code="first_met", text=_("in your calendar once so far, {day}", day=say_date(last, near=on)), facts=facts
        )
    return Reason(code="last", text=_("last in your calendar {day}", day=say_date(last, near=on)), facts=facts)


def _only_in_groups(since: list[Touch], last: date | None, on: date) -> Reason:
    days = sorted({touch.on for touch in since})
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    what = _("in groups or regular meetings")
    if len(gaps) >= 2 and 6 <= median(gaps) <= 8:
        what = _("in the weekly call") if since[-1].channel is Channel.CALL else _("in the weekly meeting")
    facts: dict[str, str | int] = {"last_group_on": days[-1].isoformat(), "times": len(days)}
    if last is None:
        return Reason(code="group_only", text=_("only {how} so far", how=what), facts=facts)
    return Reason(
        code="group_only",
        text=_("only {how} since {month}", how=what, month=say_month(last, near=on)),
        facts=facts | {"on": last.isoformat()},
    )


def _how_often(standing: Standing) -> Reason | None:
    if standing.source is Why.WANTED:
        return Reason(
            code="wanted", text=_("you asked for {gap}", gap=say_gap(standing.gap)), facts={"every_days": standing.gap}
        )
    usual = usual_gap(standing.contact)
    if usual is None:
        return None
    return Reason(code="usual", text=_("usually {gap}", gap=say_gap(usual)), facts={"every_days": usual})


def _season(standing: Standing, on: date) -> Reason | None:
    season = standing.season(on)
    if season is None:
        return None
    before = say_date(season.before_on, near=on)
    said = _("season: everyone once before {day}", day=before)
    if season.posted:
        posted = say_date(season.last_on, near=on)
        said = _("season: everyone once before {day}, in the post by {posted}", day=before, posted=posted)
    return Reason(
        code="season",
        text=said,
        facts={"season": season.name, "before_on": season.before_on.isoformat()},
    )


def _open_promises(standing: Standing, on: date) -> list[Promise]:
    """Those without a date and those due soon, the earliest first; two are enough."""
    near = [
        promise
        for promise in standing.contact.promises
        if promise.due_on is None or (promise.due_on - on).days <= PROMISE_LEAD_DAYS
    ]
    return sorted(near, key=lambda promise: (promise.due_on or date.max, promise.text))[:2]


def _promised(promise: Promise, on: date) -> Reason:
    what = " ".join(promise.text.split()).rstrip(".")
    if promise.thanks:
        return Reason(
            code="thanks",
            text=_("you owe a thank-you for introducing {name}", name=what),
            facts={"introduced": what} | ({"due_on": promise.due_on.isoformat()} if promise.due_on else {}),
            personal=True,
        )
    facts: dict[str, str | int] = {"promise": what}
    if promise.due_on is not None:
        facts["due_on"] = promise.due_on.isoformat()
    return Reason(code="promise", text=_promise_words(what, promise.due_on, on), facts=facts, personal=True)


def _promise_words(what: str, due_on: date | None, on: date) -> str:
    """ "the checklist" reads on, "Send the checklist" is a quotation."""
    quotation = what[:1].isupper()
    if due_on is None:
        return _("you promised: {what}", what=what) if quotation else _("you promised {what}", what=what)
    day = words.weekday_and_day(due_on) if due_on.year == on.year else words.weekday_day_and_year(due_on)
    if quotation:
        return _("you promised: {what}, by {day}", what=what, day=day)
    return _("you promised {what} by {day}", what=what, day=day)


def _turn(standing: Standing, on: date) -> int:
    """A number that differs from person to person and changes with each touch and each suggestion unanswered.

    It must not depend on the date: what shifts by whole weeks keeps its words.
    """
    contact = standing.contact
    return crc32(contact.key.encode()) + sum(day < on for day in standing.days) + contact.unreached


_INSTEAD = {
    Channel.CALL: Channel.MESSAGE,
    Channel.MESSAGE: Channel.CALL,
    Channel.COFFEE: Channel.CALL,
    Channel.VISIT: Channel.CALL,
    Channel.LETTER: Channel.CALL,
    Channel.MEETING: Channel.CALL,
}


def channel(standing: Standing, *, on: date) -> Channel:
    """How to get in touch: what they prefer, else a call; after long silence of a strong tie a coffee or a visit;
    now and then a letter; another way after "tried, no answer"; never a third message in a row."""
    contact, turn = standing.contact, _turn(standing, on)
    met = sum(day < on for day in standing.days)
    season = standing.season(on)
    if season is not None and season.channel is not None:
        choice = season.channel
    elif contact.preferred is not None:
        choice = contact.preferred
    elif met >= STRONG_FROM and standing.ratio(on) >= LONG_SILENCE:
        choice = Channel.VISIT if turn % 3 == 0 else Channel.COFFEE
    elif met and turn % _LETTER_EVERY == 0:
        choice = Channel.LETTER
    else:
        choice = Channel.CALL
    if contact.tried:
        choice = _INSTEAD[choice]
    earlier = sorted((touch.on, touch.channel.value) for touch in contact.touches if touch.on < on)
    if choice is Channel.MESSAGE and [way for _, way in earlier[-2:]] == [Channel.MESSAGE.value] * 2:
        return Channel.LETTER if contact.tried else Channel.CALL
    return choice


def prompt(standing: Standing, *, on: date) -> str:
    """One question to listen to."""
    choices: tuple[str, ...]
    if standing.last_before(on) is None:
        choices = PROMPTS_NEW
    elif standing.contact.kind is Kind.FORMER:
        choices = PROMPTS_FORMER + PROMPTS
    else:
        choices = PROMPTS
    return _(choices[_turn(standing, on) % len(choices)])
