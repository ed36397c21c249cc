"""Writes tests/data/rules.tsv.gz: generated series, and the turns that libical, a program in C by other people, gives
them. Run it on Debian, with `apt-get install gcc libical-dev`, from the top of the checkout:

    .venv/bin/python tests/second_opinion/make_rules.py

A line is a rule, its first time, the series' zone, and the turns: minutes by the wall clock, the first counted from
FIRST_DAY, each other one from the one before. The same seed gives the same file.

Not asked is what libical 3.0.16 gets wrong, each looked up in RFC 5545: BYSETPOS with WEEKLY (it is passed over; see
test_recurrence_rules.py), negative days of the month with DAILY (passed over), BYWEEKNO of the weeks at the year's
ends (30 December 2025, a Tuesday, for a rule of Mondays and weekends), hours out of order (the later is taken for the
first), every few weeks that begin on Saturday, and every few weeks from a first time that its own rule misses (both
in the wrong weeks; the latter the RFC leaves open).
"""

from __future__ import annotations

import gzip
import random
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

HERE = Path(__file__).resolve().parent
TABLE = HERE.parent / "data" / "rules.tsv.gz"
NUMBER = 10_000
SPARE = 500
"""More than asked for: what libical refuses to follow is left out."""

FIRST_DAY, LAST_DAY = datetime(2024, 1, 1), datetime(2027, 1, 1)  # noqa: DTZ001 - wall clock, as in the rules
"""Series begin in the first 18 months; their turns are followed to the last day."""

ZONES = (
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Apia",
    "UTC",
)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ORDINALS = (1, 2, 3, 4, 5, -1, -2)


def a_rule(dice: random.Random, start: datetime, zone: ZoneInfo, *, all_day: bool) -> str:
    frequency = dice.choices(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"], [2, 5, 5, 3])[0]
    parts = dict(dice.choice(list(_choices(dice, frequency))))
    if (interval := dice.choices([1, 2, 3, 4, 6, 13], [9, 5, 2, 1, 1, 1])[0]) > 1:
        parts["INTERVAL"] = str(interval)
        if frequency == "WEEKLY" and "BYDAY" in parts:
            parts["BYDAY"] = _in_order({*parts["BYDAY"].split(","), WEEKDAYS[start.weekday()]})
    if frequency == "WEEKLY" and dice.random() < 0.4:
        parts["WKST"] = dice.choice(["SU", "MO"])
    if not all_day and "BYSETPOS" not in parts and dice.random() < 0.08:
        parts["BYHOUR"] = _listed(sorted(dice.sample(range(6, 22), dice.choice([1, 2]))))
    end = dice.randrange(3)
    if end == 1:
        parts["COUNT"] = str(dice.choice([1, 2, 3, 10, 25, 70]))
    elif end == 2:
        last = start + timedelta(days=dice.randrange(900), minutes=dice.choice([0, 0, -1, 600]))
        local = max(last, start).replace(tzinfo=zone)
        parts["UNTIL"] = f"{last:%Y%m%d}" if all_day else f"{local.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return ";".join([f"FREQ={frequency}", *(f"{name}={value}" for name, value in parts.items())])


def _choices(dice: random.Random, frequency: str) -> Iterator[dict[str, str]]:
    """Ways to say on which days, one of which is taken."""
    days = _in_order(dice.sample(WEEKDAYS, dice.randint(1, 4)))
    months = _listed(sorted(dice.sample(range(1, 13), dice.randint(1, 4))))
    backwards = [] if frequency == "DAILY" else [-1, -2, -10]
    dates = _listed(sorted(dice.sample([*range(1, 32), *backwards], dice.randint(1, 3))))
    ordinal = f"{dice.choice(ORDINALS)}{dice.choice(WEEKDAYS)}"
    position = str(dice.choice([1, 2, -1]))
    weekdays = {"BYDAY": days}
    yield {}
    if frequency == "DAILY":
        yield from (weekdays, {"BYMONTH": months}, {"BYMONTH": months, **weekdays}, {"BYMONTHDAY": dates})
    elif frequency == "WEEKLY":
        yield from (weekdays, weekdays, {"BYMONTH": months, **weekdays})
    elif frequency == "MONTHLY":
        yield from ({"BYMONTHDAY": dates}, {"BYDAY": ordinal}, weekdays, {"BYMONTH": months, "BYDAY": ordinal})
        yield {"BYDAY": "MO,TU,WE,TH,FR", "BYSETPOS": position}
        yield {"BYDAY": days, "BYMONTHDAY": "8,9,10,11,12,13,14"}
        yield {"BYMONTH": months, "BYMONTHDAY": dates}
    else:
        yield from ({"BYMONTH": months}, {"BYMONTH": months, "BYMONTHDAY": dates})
        yield {"BYMONTH": months, "BYDAY": ordinal}
        yield {"BYMONTH": months, "BYDAY": "MO,TU,WE,TH,FR", "BYSETPOS": position}
        yield {"BYYEARDAY": _listed(sorted(dice.sample([*range(1, 366), -1, -100], 2)))}
        yield {"BYWEEKNO": _listed(sorted(dice.sample([2, 3, 20, 26, 40, 51], 2))), **weekdays}
        yield {"BYDAY": f"{dice.choice([1, 2, 20, -1, -5])}{dice.choice(WEEKDAYS)}"}


def _in_order(days: Iterable[str]) -> str:
    return ",".join(sorted(days, key=WEEKDAYS.index))


def _listed(numbers: list[int]) -> str:
    return ",".join(map(str, numbers))


def cases() -> Iterator[tuple[str, str, str]]:
    """Rule, first time and zone. First times lie between four and ten in the evening, where no clock changes, and
    are as often beside their own rule as on it."""
    dice = random.Random("second opinion")
    while True:
        all_day = dice.random() < 0.15
        zone = ZoneInfo(dice.choice(ZONES))
        start = FIRST_DAY + timedelta(days=dice.randrange(548))
        if not all_day:
            start += timedelta(hours=dice.randrange(4, 22), minutes=dice.choice([0, 15, 30, 50]))
        rule = a_rule(dice, start, zone, all_day=all_day)
        yield rule, f"{start:%Y%m%d}" if all_day else f"{start:%Y%m%dT%H%M%S}", zone.key


def in_wall_clock(rule: str, zone: str) -> str:
    """The rule as libical is given it: with an UNTIL that floats like everything else."""
    head, found, until = rule.partition("UNTIL=")
    if not found or "T" not in until:
        return rule
    moment = datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return f"{head}UNTIL={moment.astimezone(ZoneInfo(zone)):%Y%m%dT%H%M%S}"


def main() -> None:
    some = list(islice(cases(), NUMBER + SPARE))
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "turns"
        subprocess.run(["gcc", "-O2", "-Wall", "-o", program, HERE / "turns.c", "-lical"], check=True)
        asked = "".join(
            f"{in_wall_clock(rule, zone)}\t{start}\t{LAST_DAY:%Y%m%dT%H%M%S}\n" for rule, start, zone in some
        )
        answers = subprocess.run([program], input=asked, capture_output=True, text=True, check=True).stdout.splitlines()
    refused = {case[0] for case, turns in zip(some, answers, strict=True) if turns == "refused"}
    answered = [(*case, turns) for case, turns in zip(some, answers, strict=True) if turns != "refused"][:NUMBER]
    with TABLE.open("wb") as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
        for rule, start, zone, turns in answered:
            packed.write(f"{rule}\t{start}\t{zone}\t{_distances(turns)}\n".encode())
    print(f"{len(answered)} rules in {TABLE.stat().st_size} bytes; libical refused {len(refused)}, such as:")
    print(*sorted(refused)[:3], sep="\n")


def _distances(turns: str) -> str:
    moments = [FIRST_DAY, *(datetime.fromisoformat(turn) for turn in turns.split())]
    return _listed([int((b - a) / timedelta(minutes=1)) for a, b in pairwise(moments)])


if __name__ == "__main__":
    main()
