"""`greenblock rank`: a history of contact-days → priorities at given dates, as CSV."""

from __future__ import annotations

import csv
import gzip
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TextIO

from scheduler.ranking import HORIZON_DAYS, MIN_DAYS, rank

COLUMNS = ("ego", "contact", "unix_time")
HEADER = ("ego", "at", "contact", "priority", "p_contact", "strength")
_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_FARTHEST = date.max.toordinal() - _EPOCH  # as days since 1970

Days = dict[str, dict[str, "array[int]"]]
"""ego → contact → days since 1970, rising, each once."""


def parse_dates(text: str) -> list[date]:
    """`DATE[,DATE…]`, ISO. Raises ValueError with a sentence that names the date which is none."""
    dates = []
    for word in text.split(","):
        try:
            dates.append(date.fromisoformat(word.strip()))
        except ValueError:
            raise ValueError(f"{word.strip()!r} is not a date; write it like 2026-11-24.") from None
    return dates


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
            yield file
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file


def read_history(path: Path, *, before: int | None = None) -> Days:
    """Rows of `ego,contact,unix_time` in any order; only days (since 1970, UTC) before `before`.

    Raises ValueError with one sentence for anything that is not such a file.
    """
    days: Days = {}
    try:
        with _opened(path) as file:
            lines = csv.reader(file)
            header = [name.strip() for name in next(lines, [])]
            missing = [name for name in COLUMNS if name not in header]
            if missing:
                raise ValueError(
                    f"{path.name} has no column {' nor '.join(missing)}: its first line must name {', '.join(COLUMNS)}."
                )
            ego_at, contact_at, time_at = (header.index(name) for name in COLUMNS)
            for row in lines:
                if not row:
                    continue
                try:
                    ego, contact, day = row[ego_at], row[contact_at], int(row[time_at]) // _DAY
                except IndexError:
                    raise ValueError(f"{path.name}, line {lines.line_num}: a column is missing.") from None
                except ValueError:
                    raise ValueError(
                        f"{path.name}, line {lines.line_num}: {row[time_at][:40]!r} is not a whole number of seconds."
                    ) from None
                if not -_EPOCH < day <= _FARTHEST:
                    raise ValueError(
                        f"{path.name}, line {lines.line_num}: {row[time_at][:40]} is no time in seconds since 1970."
                    )
                if before is None or day < before:
                    days.setdefault(ego, {}).setdefault(contact, array("i")).append(day)
    except (UnicodeDecodeError, EOFError, zlib.error, csv.Error) as error:
        raise ValueError(f"{path.name} cannot be read as CSV: {error}.") from None
    except OSError as error:  # also a .gz that is none
        raise ValueError(f"{path} cannot be read: {error.strerror or error}.") from None
    for contacts in days.values():
        for contact, seen in contacts.items():
            contacts[contact] = array("i", sorted(set(seen)))
    return days


def rank_file(
    path: Path,
    at: Sequence[date],
    horizon: int = HORIZON_DAYS,
    min_days: int = MIN_DAYS,
    out: TextIO | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write the ranking of every ego of `path` at 00:00 UTC of each date of `at`, the most urgent contact first.

    Only what came before counts; a contact without any day before has no row. `out` is stdout unless given;
    `progress` gets (done, of how many). Raises ValueError with one sentence for a bad file or no date.
    """
    if not at:
        raise ValueError("Give at least one date to rank at, like --at 2026-11-24.")
    if horizon < 1:
        raise ValueError("--horizon must be at least one day.")
    cuts = [day.toordinal() - _EPOCH for day in sorted(set(at))]
    days = read_history(path, before=cuts[-1])
    writer = csv.writer(out or sys.stdout, lineterminator="\n")
    writer.writerow(HEADER)
    done, total = 0, len(cuts) * len(days)
    for cut in cuts:
        for ego in sorted(days):
            before = {
                contact: seen if seen[-1] < cut else seen[: bisect_left(seen, cut)]
                for contact, seen in days[ego].items()
                if seen[0] < cut
            }
            for one in rank(before, today=cut, horizon=horizon, min_days=min_days):
                writer.writerow((ego, cut * _DAY, one.key, f"{one.priority:.9g}", f"{one.p_contact:.6f}", one.strength))
            done += 1
            if progress is not None:
                progress(done, total)
