"""What lies on the disk: sealed, rotated as a whole or not at all, and readable for nobody else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, select, update

from app import cli_keys
from app.cli_keys import rotate, words
from app.db.engine import Database
from app.db.schema import upgrade
from app.db.sealed import sealed_columns
from app.db.tables import AccountRow, Base, InstallationRow
from app.keys import Keys, WrongKey
from app.services import preferences
from app.services.links import LONGEST_LIFE, Links
from app.wiring import check_key
from scheduler.model import BlockKey

NOW = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
OLD, NEW = Keys.generate(), Keys.generate()
PLAIN = {"accounts.block_key"}
"""Binary columns that are no secret of somebody else's: random keys of ours, which must outlive every rotation."""


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """Two accounts with tokens, one without, under the old key."""
    made = Database(database_url)
    upgrade(made)
    check_key(made, Keys.parse(OLD))
    with made.write() as session:
        for number, token in enumerate((b"1", b"2", None)):
            session.add(
                AccountRow(
                    issuer="x",
                    subject=str(number),
                    email=f"u{number}@x.example",
                    key=str(number),
                    block_key=b"k",
                    created_at=NOW,
                    synced_from=NOW,
                    outlook={},
                    preferences=preferences.dump(preferences.Preferences()),
                    token=token and Keys.parse(OLD).encrypt(f"token {number}"),
                )
            )
    yield made
    made.dispose()


def tokens(db: Database) -> list[bytes | None]:
    with db.read() as session:
        return list(session.scalars(select(AccountRow.token).order_by(AccountRow.id)))


def test_rotation_seals_everything_with_the_newest_key(db: Database) -> None:
    assert rotate(db, Keys.parse(f"{NEW},{OLD}")) == {"installation.key_check": 1, "accounts.token": 2}
    new = Keys.parse(NEW)
    check_key(db, new)  # starts with the new key alone
    assert [new.decrypt(one) for one in tokens(db) if one] == ["token 0", "token 1"]
    with pytest.raises(WrongKey):
        check_key(db, Keys.parse(OLD))


def test_a_second_rotation_changes_nothing(db: Database) -> None:
    keys = Keys.parse(f"{NEW},{OLD}")
    rotate(db, keys)
    before = tokens(db)
    assert set(rotate(db, keys).values()) == {0}
    assert tokens(db) == before


def test_one_value_that_no_key_opens_leaves_all_as_it_was(db: Database) -> None:
    with db.write() as session:
        session.execute(
            update(AccountRow).where(AccountRow.id == 2).values(token=Keys.parse(Keys.generate()).encrypt("?"))
        )
    before = tokens(db)
    with pytest.raises(WrongKey, match="Put the old key back"):
        rotate(db, Keys.parse(f"{NEW},{OLD}"))
    assert tokens(db) == before
    check_key(db, Keys.parse(OLD))


def test_an_empty_database_has_nothing_to_rotate(tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    upgrade(empty)
    assert rotate(empty, Keys.parse(NEW)) == {}


def test_it_says_what_was_done_and_which_keys_may_go() -> None:
    said = " ".join(words({"installation.key_check": 1, "accounts.token": 2}, listed=3, now=NOW))
    assert "Google tokens: 2" in said
    assert "the 2 old keys" in said
    assert "From 2026-04-09 on" in said
    assert "put a new one before it" in " ".join(words({"accounts.token": 0}, listed=1, now=NOW))
    assert "already" in words({"accounts.token": 0}, listed=2, now=NOW)[0]


def test_no_link_lives_longer_than_it_says() -> None:
    links = Links(Keys.parse(OLD), "http://localhost")
    # Written a week ahead, on the Monday: the longest that a text can hold a link.
    written = datetime(2026, 3, 2, tzinfo=UTC)
    token = links.token(1, BlockKey("rule", "2026W11.1"))
    assert links.read(token, now=written) is not None
    assert links.read(token, now=written + LONGEST_LIFE) is None


def test_every_binary_column_is_sealed_or_named() -> None:
    binary = {
        str(column)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert binary == {str(column) for _, column in sealed_columns()} | PLAIN


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GREENBLOCK_DATABASE_URL", "sqlite:///mine.db")
    monkeypatch.setenv("GREENBLOCK_SECRET_KEY", f"{NEW},{OLD}")
    db = Database("sqlite:///mine.db")
    with pytest.raises(SystemExit):
        cli_keys.run_rotate_key()
    assert "greenblock migrate" in capsys.readouterr().err
    upgrade(db)
    check_key(db, Keys.parse(OLD))
    cli_keys.run_rotate_key()
    said = capsys.readouterr().out
    assert said.startswith("Sealed anew with the newest key: the database's own mark: 1.")
    assert OLD not in said
    assert NEW not in said


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_the_database_is_its_owners_alone(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        db = Database(f"sqlite:///{tmp_path / 'mine.db'}")
        upgrade(db)
        with db.write() as session:  # the journal is there while somebody is
            session.add(InstallationRow(id=1, key="x", key_check=b"x"))
            session.flush()
            files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert {"mine.db", "mine.db-wal", "mine.db-shm"} <= set(files)
    assert set(files.values()) == {0o600}, files


def test_the_mode_somebody_chose_stays(tmp_path: Path) -> None:
    file = tmp_path / "mine.db"
    file.touch(0o640)
    file.chmod(0o640)
    upgrade(Database(f"sqlite:///{file}"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
