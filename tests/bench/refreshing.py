"""A refresh of a calendar of 10,000 entries: when nothing has changed, and when five entries have.

Counted are the calls to the calendar, the statements to the database (BEGIN and COMMIT left out) and the rows of events
written. Processor time is that of the thread that refreshes: the sandbox that answers is another one's. Against what a
refresh with changes cannot do without: a quiet one, ranking 1,000 contacts and planning once.
"""

from __future__ import annotations

import gc
import random
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table
from sqlalchemy import event

from app.wiring import keep_for_good
from scheduler.changes import Keep
from tests.app.world import MONDAY, Resource, at, meeting, world
from tests.app.world_house import House, open_house
from tests.bench import people, times

EVENTS, PEOPLE, REPEATS = 10_000, 800, 7
WHAT = "refresh: quiet, and with 5 changed events"
MOST_QUIET, MOST_CHANGED, MOST_RATIO = 6, 12, 1.5


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One refresh: processor time in ms, calls by name, statements, rows of events written, blocks changed."""

    cpu: float
    calls: tuple[str, ...]
    statements: int
    events_written: int
    changed: int


def talks(count: int, people: int) -> list[Resource]:
    """Two years of talks in the afternoons."""
    dice, made = random.Random(3), []
    for n in range(count):
        on = MONDAY - timedelta(days=dice.randrange(1, 720))
        on -= timedelta(days=max(0, on.isoweekday() - 5))
        on = on.replace(hour=13 + dice.randrange(4), minute=15 * dice.randrange(4))
        made.append(meeting(f"Talk {n}", on, name_of(dice.randrange(people))))
    return made


def name_of(number: int) -> str:
    return f"Person{number} Client{number // 2}"


def seen(house: House) -> Seen:
    """One refresh, watched."""
    written = 0

    def hear(_c: object, _k: object, statement: str, parameters: object, _x: object, many: bool) -> None:
        nonlocal written
        if "INTO events" in statement:
            written += len(parameters) if many and isinstance(parameters, list) else 1

    engine = house.services.db.engine
    house.calls()
    event.listen(engine, "before_cursor_execute", hear)
    gc.collect()
    with house.statements() as asked:
        start = time.thread_time()
        report = house.refresh()
        took = time.thread_time() - start
    event.remove(engine, "before_cursor_execute", hear)
    return Seen(
        cpu=took * 1000,
        calls=tuple(house.calls()),
        statements=len(asked),
        events_written=written,
        changed=sum(not isinstance(one, Keep) for one in report.changes),
    )


def five(house: House, turn: int, made: list[str]) -> None:
    """Five single entries in afternoons to come, of people who are known: by turns new, with another title, and moved.
    `made`: those that were new last."""
    kind = turn % 3
    if kind == 0:
        made[:] = [
            house.hand.adds(
                meeting(f"New {turn} {n}", at(4, 13 + n % 4, 10 * (turn % 5)), name_of((5 * turn + n) % PEOPLE))
            )
            for n in range(5)
        ]
    for n, entry in enumerate(made):
        if kind == 1:
            house.hand.changes(entry, summary=f"Renamed {turn} {n}")
        elif kind == 2:
            house.hand.moves(entry, at(5, 13 + n % 4, 10 * (turn % 5)))


def measured() -> tuple[list[Seen], list[Seen], list[Seen], list[float]]:
    """Quiet refreshes; those with five changes, of a process that has the account in mind and of one that has not; and
    what one ranking and one planning cost, in ms; by turns."""
    quiet, changed, anew, bare = [], [], [], []
    made: list[str] = []
    rank, plan = people.ranked(), times.planned()[0]
    entries = world(talks(EVENTS, PEOPLE))
    with (
        tempfile.TemporaryDirectory(prefix="greenblock-bench-") as folder,
        open_house(Path(folder), f"sqlite:///{folder}/g.db", seed=entries) as house,
    ):
        house.save_welcome()
        house.refresh()
        keep_for_good()  # as `greenblock serve` does
        for turn in range(REPEATS + 1):
            five(house, 4 * turn, made)
            house.services.refresh.forget(house.account_id)
            anew.append(seen(house))
            five(house, 4 * turn + 1, made)
            house.refresh()  # has it in mind again, and by person
            five(house, 4 * turn + 2, made)
            changed.append(seen(house))
            quiet.append(seen(house))
            bare.append(_cpu(rank) + _cpu(plan))
    return quiet[1:], changed[1:], anew[1:], bare[1:]  # the first pays for imports and caches


def _cpu(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.thread_time()
    work()
    return (time.thread_time() - start) * 1000


def run(console: Console) -> int:
    """Measure, print, and tell how many promises were broken."""
    with console.status("Refreshing …"):
        quiet, changed, anew, bare = measured()
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(f"refresh, {EVENTS:,} entries, {PEOPLE} people")
    for title in ("CPU", "calls", "statements", "event rows", "block changes"):
        table.add_column(title, justify="right", no_wrap=True)
    rows = (("nothing changed", quiet), ("5 entries changed", changed), ("5 changed, not in mind", anew))
    for what, many in rows:
        cells = (f"{median(one.cpu for one in many):.1f} ms", _span(len(one.calls) for one in many))
        rest = (_span(getattr(one, name) for one in many) for name in ("statements", "events_written", "changed"))
        table.add_row(what, *cells, *rest)
    console.print(table)
    ratio = median(b.cpu / (a.cpu + c) for a, b, c in zip(quiet, changed, bare, strict=True))
    broken = [
        *_over("a quiet refresh: calls", max(len(one.calls) for one in quiet), 1),
        *_over("a quiet refresh: statements", max(one.statements for one in quiet), MOST_QUIET),
        *_over("a quiet refresh: event rows written", max(one.events_written for one in quiet), 0),
        *_over("5 changes: calls beyond the list", max(len(one.calls) - 1 - one.changed for one in changed), 0),
        *_over("5 changes: statements", max(one.statements for one in changed if not one.changed), MOST_CHANGED),
        *_over("5 changes: CPU over quiet + one ranking + one planning", ratio, MOST_RATIO),
    ]
    console.print(
        f"5 changes over quiet + ranking 1,000 contacts + planning 52 weeks: {ratio:.2f}× (limit {MOST_RATIO}×)"
    )
    for sentence in broken:
        console.print(sentence, style="red")
    return len(broken)


def _span(counts: Iterable[int]) -> str:
    found = sorted(set(counts))
    return str(found[0]) if len(found) == 1 else f"{found[0]} to {found[-1]}"


def _over(what: str, found: float, most: float) -> list[str]:
    return [f"{what}: {found:g} (limit {most:g})"] if found > most else []
