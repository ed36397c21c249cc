"""`greenblock backtest`: the table and the JSON of a file, an account's own history in plain words, wrong usage."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from app import cli_backtest
from app.cli import app, main
from app.cli_backtest import NOT_SAVED, own_figures, own_history, run_file, show_own
from app.services.state import load_state
from scheduler.backtest_own import Silence
from tests.app.world import MONDAY, meeting, world
from tests.app.world_house import House, open_house

DAY = 86_400
START = 1_767_225_600


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two people, thirty steady contacts each, and twenty who fall silent at half time."""
    rows = []
    for ego in ("e1", "e2"):
        for n in range(30):
            rows += [(ego, f"steady{n}", START + DAY * day) for day in range(n % 5, 400, 5)]
        rows += [(ego, "returns", START + DAY * day) for day in (*range(0, 190, 5), *range(290, 400, 5))]
        for n in range(20):
            rows += [(ego, f"fades{n}", START + DAY * day) for day in range(150, 200, 2 + n % 9)]
    path = tmp_path / "history.csv"
    path.write_text("ego,contact,unix_time\n" + "".join(f"{ego},{who},{when}\n" for ego, who, when in rows))
    return path


def test_the_table_names_every_rule_and_fits_on_a_narrow_screen(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_file(file, horizon=60, min_days=2, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    table = lines[: lines.index("")]
    assert table[0].split() == ["Rule", "LVC", "95%", "AUC", "overdue", "Brier", "overdue"]
    assert len(table) == 12
    assert "…" not in "".join(table)
    assert max(map(len, table)) <= 80
    (ours,) = [line.split() for line in table if line.startswith("greenblock")]
    assert len(ours) == 7
    assert "2 people" in lines[lines.index("") + 1]


def test_json_alone_and_the_same_for_gz(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[tuple[int, int]] = []
    run_file(file, horizon=60, min_days=2, as_json=True, tell=lambda done, of: seen.append((done, of)))
    plain = capsys.readouterr().out
    zipped = tmp_path / "h.csv.gz"
    zipped.write_bytes(gzip.compress(file.read_bytes()))
    run_file(zipped, horizon=60, min_days=2, as_json=True)
    assert capsys.readouterr().out == plain
    found = json.loads(plain)
    assert found["people"] == 2
    assert found["cuts"] == len(seen) > 3
    assert found["lvc"]["clairvoyant"] == 1
    low, high = found["lvc_interval"]
    assert low <= found["lvc"]["greenblock"] <= high
    assert 0.5 < found["auc"] <= 1
    assert 0 <= found["brier"] < 0.25


def test_too_short_a_history_gets_one_sentence(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="at least 402 days") as error:
        run_file(file, horizon=201, min_days=2, as_json=False)
    assert "\n" not in str(error.value)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("arguments", [[], ["x.csv", "--account", "a@b.example"], ["x.csv", "--horizon", "0"]])
def test_wrong_usage_is_status_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["backtest", *arguments]).exit_code == 2


def test_the_command_says_a_failure_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["greenblock", "backtest", str(tmp_path / "none.csv")])
    with pytest.raises(SystemExit) as leave:
        main()
    assert leave.value.code == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "cannot be read" in said.err


# -- An account ------------------------------------------------------------------------------------


def talks(name: str, *weeks_ago: int) -> list[dict[str, object]]:
    at = MONDAY.replace(hour=14) + timedelta(days=1)
    return [meeting(f"{name} and Olga", at - timedelta(weeks=n), name) for n in weeks_ago]


SEED = world(
    [
        *talks("Ada Arbor", 40, 36, 32, 28, 24),  # silent for 24 weeks
        *talks("Ben Birch", 26, 22, 18, 14, 10, 6, 2),  # in touch
        *talks("Cleo Cedar", 50, 46, 42, 38, 34, -1),  # silent, but booked for next week
        *talks("Dan Dogwood", 30),  # once: had hardly begun
    ]
)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path, f"sqlite:///{tmp_path / 'g.db'}", seed=SEED) as house:
        house.save_welcome()
        yield house


def seen_by(house: House, *, min_days: int = 2, horizon: int = 90) -> cli_backtest.OwnHistory:
    now = house.clock()
    with house.services.db.read() as session:
        state = load_state(session, house.account(), now=now)
    return own_history(state, now=now, horizon=horizon, min_days=min_days)


def said_of(history: cli_backtest.OwnHistory) -> str:
    console = Console(record=True, width=120, file=io.StringIO())
    show_own(console, history, MONDAY.date())
    return console.export_text()


def test_who_fell_silent_and_when_they_would_have_been_named(opened: House) -> None:
    history = seen_by(opened)
    assert [history.names[one.contact] for one in history.silences] == ["Ada Arbor"]
    text = said_of(history)
    assert "Of 3 people met on 2 days or more, 1 has not been in your calendar for 90 days." in text
    last = MONDAY.date() + timedelta(days=1) - timedelta(weeks=24)
    assert f"{last.day} {last:%B} {last.year}" in text
    assert NOT_SAVED in text
    assert "Too little history for figures." in text
    assert "Cleo" not in text
    (one,) = history.silences
    assert one.named is not None
    assert one.last + 14 <= one.named < one.last + 90


def test_the_json_of_an_account_holds_the_same(opened: House) -> None:
    found = json.loads(json.dumps(own_figures("olga@owner.example", seen_by(opened))))
    (one,) = found["silent"]
    assert one["name"] == "Ada Arbor"
    assert one["last_on"] < one["named_on"] < one["silent_on"]
    assert datetime.fromisoformat(one["silent_on"]) - datetime.fromisoformat(one["last_on"]) == timedelta(days=90)
    assert found["figures"] is None
    assert found["names_a_week"] == 3
    assert found["note"] == NOT_SAVED


def test_too_little_history_is_one_clear_sentence(opened: House) -> None:
    assert said_of(seen_by(opened, min_days=20)).startswith("Too little history: nobody you named as client")
    assert "nobody has been out of your calendar for 360 days" in said_of(seen_by(opened, horizon=360))
    assert said_of(seen_by(opened, horizon=360)).count("\n") == 1


def test_who_would_not_have_been_named_is_told_too_and_names_are_text(opened: House) -> None:
    silent = Silence(contact="1", last=date(2024, 4, 26).toordinal(), silent=date(2024, 7, 25).toordinal(), named=None)
    history = cli_backtest.OwnHistory(
        horizon=90, min_days=2, names_a_week=3, judged=1, names={"1": "[red]Ada[/x]"}, silences=(silent,), result=None
    )
    text = said_of(history)
    assert "[red]Ada[/x]" in text
    assert "not by 25 July 2024" in text
    assert "Of 1 person met" in text
    assert "none of them would have been named" in text


def test_an_account_that_is_not_here_and_a_database_that_is_empty(
    opened: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for url, email, says in [
        (f"sqlite:///{tmp_path / 'g.db'}", "who@else.example", "There is no account who@else.example"),
        (f"sqlite:///{tmp_path / 'empty.db'}", "who@else.example", "Run: greenblock migrate"),
    ]:
        monkeypatch.setenv("GREENBLOCK_DATABASE_URL", url)
        with pytest.raises(SystemExit) as leave:
            cli_backtest.run_account(email, now=MONDAY, horizon=90, min_days=2, as_json=False, tell=None)
        assert leave.value.code == 1
        assert says in capsys.readouterr().err
    monkeypatch.setenv("GREENBLOCK_DATABASE_URL", f"sqlite:///{tmp_path / 'g.db'}")
    cli_backtest.run_account("Olga@Owner.example", now=opened.clock(), horizon=90, min_days=2, as_json=True, tell=None)
    assert json.loads(capsys.readouterr().out)["account"] == "olga@owner.example"
