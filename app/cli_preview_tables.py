"""The preview for people: calm tables that fit 80 columns. What comes from the calendar is cleaned and cut short."""

from __future__ import annotations

import unicodedata
from collections import Counter
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.services.preview import Person, Preview
from integrations.ics import IcsCalendar
from scheduler.model import NAMES_AHEAD, LeftOut
from scheduler.plan import week_of
from scheduler.reasons import say_date, say_gap
from scheduler.words import day, weekday_and_day

SHOWN = 15
_UNSURE_SHOWN = 8
_EXAMPLES = 2
_WIDTH = 80


def print_preview(result: Preview, calendar: IcsCalendar, *, now: datetime, console: Console | None = None) -> None:
    """To stdout, or to the console given."""
    out = console or Console(highlight=False, soft_wrap=False)
    if out.width > _WIDTH and not out.is_terminal:
        out = Console(file=out.file, width=_WIDTH, highlight=False)
    printer = _Printer(out, result, now)
    printer.found()
    printer.unsure()
    printer.left_out()
    printer.blocks()
    printer.unplaced()
    printer.warnings(calendar)
    out.print()
    out.print("Nothing was stored, sent or written.", style="dim")


class _Printer:
    """One heading and what stands under it at a time."""

    def __init__(self, out: Console, result: Preview, now: datetime) -> None:
        self._out, self._result = out, result
        self._now = now.astimezone(result.zone)
        self._today = self._now.date()
        self._sure = [one for one in result.people if one.contact.sure]
        self._unsure = [one for one in result.people if not one.contact.sure]

    def found(self) -> None:
        count = len(self._sure)
        self._heading("One person you know" if count == 1 else f"{count or 'No'} people you know")
        if not self._sure:
            return
        self._out.print("The most urgent first; each counts as a client until you say otherwise.", style="dim")
        table = _table("Who", "Last", "Usually", "Times")
        for one in self._sure[:SHOWN]:
            table.add_row(self._who(one), self._last(one), say_gap(one.gap) if one.gap else "", self._times(one))
        self._out.print(table)
        self._more(count - SHOWN)
        capacity = self._result.capacity
        self._out.print(plain(" ".join((capacity.sentence, ", ".join(capacity.mends) + "." if capacity.mends else ""))))

    def unsure(self) -> None:
        if not self._unsure:
            return
        self._heading(f"{len(self._unsure)} not sure yet: you would be asked first")
        table = _table("Who", "Last", "Why")
        for one in self._unsure[:_UNSURE_SHOWN]:
            table.add_row(self._who(one), self._last(one), plain(one.unsure))
        self._out.print(table)
        self._more(len(self._unsure) - _UNSURE_SHOWN)

    def left_out(self) -> None:
        left = self._result.left_out
        if not left:
            return
        self._heading(f"{len(left)} left out")
        reasons = Counter(_reason(one) for one in left)
        table = _table("", "Why", "Such as", right=0)
        for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
            such = [one.address for one in left if _reason(one) == reason][:_EXAMPLES]
            table.add_row(str(count), plain(reason), plain(", ".join(such)))
        self._out.print(table)

    def blocks(self) -> None:
        blocks = self._result.blocks
        self._heading("One green block" if len(blocks) == 1 else f"{len(blocks) or 'No'} green blocks")
        if self._result.sentence:
            self._out.print(self._result.sentence)
        for one in blocks:
            start, end = one.block.start.astimezone(self._result.zone), one.block.end.astimezone(self._result.zone)
            when = Text(f"{weekday_and_day(start.date())}, {start:%H:%M}–{end:%H:%M}", style="bold")
            self._out.print()
            self._out.print(when)
            self._out.print(plain(one.block.reason), style="dim")
            table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
            table.add_column(max_width=34)
            table.add_column()
            for named in one.people:
                company = f", {named.contact.company}" if named.contact.company else ""
                table.add_row(plain(f"☐ {named.contact.name}{company}"), plain(named.sentence))
            self._out.print(table if one.people else "Nobody is due this time.")
        if any(one.block.start - self._now > NAMES_AHEAD for one in blocks):
            self._out.print()
            self._out.print("Names are written a week before; until then they may still change.", style="dim")

    def unplaced(self) -> None:
        if not self._result.unplaced:
            return
        self._heading("Without a place")
        table = _table("Week of", "Why")
        for one in self._result.unplaced:
            table.add_row(day(week_of(one.key)), plain(one.reason))
        self._out.print(table)

    def warnings(self, calendar: IcsCalendar) -> None:
        said = [*self._result.warnings, *calendar.problems]
        if not said:
            return
        self._heading("Worth knowing")
        for sentence in said:
            self._out.print(plain(f"• {sentence}"))

    # -- small parts -------------------------------------------------------------------------------

    def _heading(self, text: str) -> None:
        self._out.print()
        self._out.print(Text(text, style="bold green"))

    def _more(self, count: int) -> None:
        if count > 0:
            self._out.print(f"… and {count:,} more; --json lists everybody.", style="dim")

    def _who(self, one: Person) -> Text:
        company = one.contact.company
        return plain(f"{one.contact.name}, {company}" if company else one.contact.name)

    def _last(self, one: Person) -> str:
        return say_date(one.last_on, near=self._today) if one.last_on else "not yet"

    def _times(self, one: Person) -> str:
        return str(len(one.contact.touches))


def plain(text: str) -> Text:
    """Strangers' text without control, bidi and markup tricks."""
    return Text("".join(char if unicodedata.category(char)[0] != "C" else " " for char in text).strip())


def _table(*titles: str, right: int | None = None) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for number, title in enumerate(titles):
        table.add_column(
            title, justify="right" if number == right or title == "Times" else "left", overflow="fold",
            no_wrap=title in ("Last", "Usually"),
        )  # fmt: skip
    return table


_COMMON = {"large": "Met only among too many to talk.", "future": "You meet for the first time in the coming weeks."}


def _reason(one: LeftOut) -> str:
    """One sentence for all of a rule, also where each has their own."""
    return _COMMON.get(one.rule, one.reason)
