"""`make bench`: one table. A new row is a `Row` in a ROWS of this folder; a new file of rows is named below.

Exit status 1 where a promised limit is broken. Words on the command line choose rows: `python -m tests.bench series`;
`refresh` and `fleet` are tables of their own.
"""

from __future__ import annotations

import platform
import sqlite3
import sys
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import first_read, fleet, pages, people, reading, refreshing, times
from tests.bench.measuring import Measured, Row, measure_all

ROWS: tuple[Row, ...] = (*people.ROWS, *times.ROWS, *reading.ROWS, *pages.ROWS)


def main(words: list[str]) -> int:
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(machine(), highlight=False, soft_wrap=True)
    rows = tuple(row for row in ROWS if not words or any(word in row.what for word in words))
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("what", "against"):
        table.add_column(title)
    for title in ("ours", "theirs", "ratio", "limit"):
        table.add_column(title, justify="right", no_wrap=True)
    broken = 0
    with console.status("Measuring …") as status:
        for measured in measure_all(rows):
            status.update(f"{measured.row.what}: done")
            broken += measured.broken
            table.add_row(*cells(measured), style="red" if measured.broken else "")
    if rows:
        console.print(table)
    if not words or any(word in first_read.WHAT for word in words):
        with console.status("Reading a very big calendar …"):
            sentence, over = first_read.measured()
        console.print(sentence, highlight=False, soft_wrap=True, style="red" if over else "")
        broken += over
    if not words or any(word in refreshing.WHAT for word in words):
        broken += refreshing.run(console)
    if not words or "fleet" in words:
        broken += fleet.run(console)
    if broken:
        console.print(f"{broken} of the promised limits broken.", style="red")
    return 1 if broken else 0


def cells(one: Measured) -> tuple[str, ...]:
    limit = "" if one.row.limit is None else f"{one.row.limit:g}×" + (" broken" if one.broken else "")
    return one.row.what, one.row.against, told(one.ours), told(one.rival), f"{one.ratio:.2f}×", limit


def told(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms" if seconds < 1 else f"{seconds:,.2f} s"


def machine() -> str:
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass  # not Linux, or a kind of processor that is not named there
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("sqlalchemy", "python-dateutil", "google-api-python-client", "gcal-sync")
    )
    ours = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}"
    return f"{model} · {platform.system()} · {ours}"


sys.exit(main(sys.argv[1:]))
