"""`greenblock rank`: what it reads, what it writes, and what it says of a file that is none."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import date
from pathlib import Path

import pytest

from app.cli_rank import parse_dates, rank_file

DAY = 86_400
CUT = date(2026, 1, 1)
AT = 1_767_225_600  # 2026-01-01T00:00Z


def history(*rows: tuple[str, str, int]) -> str:
    return "ego,contact,unix_time\n" + "".join(f"{ego},{contact},{when}\n" for ego, contact, when in rows)


def ranked(path: Path, *at: date, **options: int) -> list[dict[str, str]]:
    out = io.StringIO()
    rank_file(path, at or (CUT,), out=out, **options)  # type: ignore[arg-type]  # only horizon and min_days are passed
    return list(csv.DictReader(io.StringIO(out.getvalue())))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "history.csv"
    path.write_text(
        history(
            ("e1", "often", AT - 30 * DAY),
            ("e1", "often", AT - 40 * DAY),
            ("e1", "often", AT - 55 * DAY),
            ("e1", "once", AT - 1),
            ("e1", "later", AT),
            ("e2", "x", AT - 3 * DAY),
        )
    )
    return path


def test_one_row_for_every_contact_with_a_row_before_the_date(file: Path) -> None:
    rows = ranked(file)
    assert [(row["ego"], row["contact"]) for row in rows] == [("e1", "often"), ("e1", "once"), ("e2", "x")]
    assert list(rows[0]) == ["ego", "at", "contact", "priority", "p_contact", "strength"]
    assert {row["at"] for row in rows} == {str(AT)}
    assert rows[0]["strength"] == "3"
    assert float(rows[0]["priority"]) > 0 > float(rows[1]["priority"])  # `once` was seen on one day only


def test_rows_at_or_after_the_date_are_not_used(file: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.csv"
    more.write_text(file.read_text() + history(("e1", "often", AT + DAY), ("e1", "once", AT)).split("\n", 1)[1])
    assert ranked(more) == ranked(file)


def test_several_dates_gz_any_order_repeats_and_extra_columns(file: Path, tmp_path: Path) -> None:
    lines = file.read_text().splitlines()
    other = tmp_path / "history.csv.gz"
    with gzip.open(other, "wt", encoding="utf-8-sig") as out:
        out.write("note,unix_time,contact,ego\n")
        for line in [*reversed(lines[1:]), lines[1]]:
            ego, contact, when = line.split(",")
            out.write(f"hm,{when},{contact},{ego}\n\n")
    dates = (date(2026, 1, 8), CUT)
    assert ranked(other, *dates) == ranked(file, *dates)
    assert [row["at"] for row in ranked(file, *dates)] == [str(AT)] * 3 + [str(AT + 7 * DAY)] * 4


def test_min_days_and_horizon_are_heard(file: Path) -> None:
    assert float(ranked(file, min_days=4)[0]["priority"]) < 0
    assert ranked(file, horizon=20)[0]["strength"] == "2"  # within 40 days, not 55


def test_progress_ends_at_its_total(file: Path) -> None:
    seen: list[tuple[int, int]] = []
    rank_file(file, [CUT, date(2026, 1, 8)], out=io.StringIO(), progress=lambda done, of: seen.append((done, of)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no column ego nor contact nor unix_time"),
        ("ego,contact\n", "no column unix_time"),
        ("ego,contact,unix_time\na,b,1\na,b,soon\n", "line 3: 'soon' is not a whole number"),
        ("ego,contact,unix_time\na,b\n", "line 2: a column is missing"),
        (f"ego,contact,unix_time\na,b,{10**18}\n", "line 2: 1000000000000000000 is no time"),
    ],
)
def test_a_bad_file_gets_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=says) as error:
        ranked(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "content"), [("a.csv", b"\xff\xfe\x00ego"), ("a.csv.gz", b"plain"), ("b.csv.gz", b"")]
)
def test_bytes_that_are_no_csv_get_one_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=name):
        ranked(path)


def test_a_missing_file_and_a_wrong_date_get_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        ranked(tmp_path / "none.csv")
    with pytest.raises(ValueError, match="'2026-02-30' is not a date"):
        parse_dates("2026-02-01,2026-02-30")
    assert parse_dates("2026-02-01, 2026-02-08") == [date(2026, 2, 1), date(2026, 2, 8)]
    with pytest.raises(ValueError, match="at least one date"):
        rank_file(tmp_path / "none.csv", [])
    with pytest.raises(ValueError, match="horizon"):
        rank_file(tmp_path / "none.csv", [CUT], 0)
