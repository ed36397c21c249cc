"""`greenblock backup` and `restore`: a copy made in the middle of anything and put back loses and doubles nothing."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.db import backup
from app.db.backup import back_up, restore
from app.db.engine import Database
from app.db.schema import downgrade, upgrade
from app.db.tables import AddressRow, ContactRow, LeftOutRow, SignInRow
from app.errors import GreenblockError, Refused
from app.keys import Keys
from app.wiring import build
from integrations.calendar import Calendar
from tests.app.world import MONDAY, at, meeting
from tests.app.world_house import TUESDAYS, House, open_house, settled


def quiet(_done: int, _total: int) -> None:
    pass


def backs_up(house: House, to: Path) -> None:
    back_up(house.services.settings.database_url, to, tell=quiet)


def restores(house: House, source: Path) -> backup.Restored:
    """Stop the service, restore, start it again."""
    settings = house.services.settings
    assert settings.secret_key is not None
    house.services.db.dispose()
    keys = Keys.parse(settings.secret_key.get_secret_value())
    done = restore(settings.database_url, source, lambda: keys, now=house.clock(), tell=quiet)
    house.services = build(settings, clock=house.clock)
    return done


@pytest.fixture
def own(tmp_path: Path) -> Iterator[House]:
    """A house with a database of its own: these tests put another into its place."""
    with open_house(tmp_path, f"sqlite:///{tmp_path / 'green.db'}") as house:
        yield house
        house.services.db.dispose()


@contextmanager
def at_call(house: House, method: str, number: int, act: Callable[[], None]) -> Iterator[None]:
    """`act` happens just before this call of this method of the calendar."""
    opened, made = house.services.refresh._calendar, [0]

    @contextmanager
    def meddled(account: Any) -> Iterator[Calendar]:
        with opened(account) as calendar:
            asked = getattr(calendar, method)

            def counted(*arguments: Any, **options: Any) -> Any:
                made[0] += 1
                if made[0] == number:
                    act()
                return asked(*arguments, **options)

            setattr(calendar, method, counted)
            yield calendar

    house.services.refresh._calendar = meddled
    try:
        yield
    finally:
        house.services.refresh._calendar = opened
    assert made[0] >= number, f"{method} was called {made[0]} times only"


# -- In the middle of things -----------------------------------------------------------------------


def test_in_the_middle_of_a_first_read(own: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.google.calendar.PAGE_SIZE", 10)
    pages: list[str] = []

    def told(words: str) -> None:
        pages.append(words)
        if len(pages) == 2:
            backs_up(own, tmp_path / "copy.db")

    own.services.refresh(own.account_id, tell=told)
    assert len(pages) > 3
    read = own.dump(ContactRow, AddressRow, LeftOutRow)
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM events").fetchone() == (20,)
    restores(own, tmp_path / "copy.db")
    assert own.account().synced_at is None
    assert own.services.refresh(own.account_id).ran  # its lease is not that of the run that was copied
    assert own.dump(ContactRow, AddressRow, LeftOutRow) == read
    own.services.actions.save_welcome(own.account_id, {})
    own.refresh()
    assert own.days() == TUESDAYS
    settled(own)


@pytest.mark.parametrize("number", [1, 3, 4])
def test_in_the_middle_of_a_push(own: House, tmp_path: Path, number: int) -> None:
    own.refresh()
    own.services.actions.save_welcome(own.account_id, {})
    with at_call(own, "insert", number, lambda: backs_up(own, tmp_path / "copy.db")):
        own.refresh()
    ids = own.ids()
    own.hand.moves(ids[0], at(3, 15))
    own.hand.deletes(ids[1])
    own.hand.types_below(ids[2], "Ask about the lease")
    own.hand.adds(meeting("Zoe Zelkova and Olga", MONDAY.replace(hour=15), "Zoe Zelkova"))
    own.refresh()
    restores(own, tmp_path / "copy.db")
    own.refresh()
    own.refresh()
    assert own.ids() == [own_id for own_id in sorted(own.ids(), key=ids.index) if own_id != ids[1]]
    assert own.days() == [(3, 3, 15, 0), *TUESDAYS[2:]]
    assert "Ask about the lease" in own.hand.text(ids[2])
    own.clock.advance(days=1)
    own.refresh()
    assert own.contact("Zoe Zelkova").facts["times"] == 1
    own.refresh()
    settled(own)


def test_in_the_middle_of_taking_blocks_away(own: House, tmp_path: Path) -> None:
    own.save_welcome()
    own.services.actions.pause(own.account_id, None, None)
    with at_call(own, "delete", 2, lambda: backs_up(own, tmp_path / "copy.db")):
        own.refresh()
    own.services.actions.resume(own.account_id)
    own.refresh()
    restores(own, tmp_path / "copy.db")
    own.refresh()
    assert own.blocks() == []  # paused, as it was then
    own.services.actions.resume(own.account_id)
    own.refresh()
    own.refresh()
    assert own.days() == TUESDAYS
    settled(own)


def test_yesterdays_database_is_due_at_once_and_the_one_of_today_is_kept(own: House, tmp_path: Path) -> None:
    own.save_welcome()
    backs_up(own, tmp_path / "copy.db")
    own.clock.advance(days=1)
    own.refresh()
    own.services.actions.snooze(own.account_id, own.contact("Ada Arbor").id, at(30).date())
    done = restores(own, tmp_path / "copy.db")
    account = own.account()
    assert account.next_refresh_at is not None
    assert account.next_refresh_at <= own.clock()
    assert own.contact("Ada Arbor").snoozed_until is None
    assert done.accounts == 1
    assert done.kept is not None
    assert done.kept.name == "green.db.before-restore-20270302T080000Z"
    again = restores(own, done.kept)  # within the same second
    assert again.kept is not None
    assert again.kept.name == f"{done.kept.name}-2"
    assert done.kept.exists()
    assert own.contact("Ada Arbor").snoozed_until == at(30).date()
    own.refresh()
    settled(own)


def test_a_session_that_was_signed_out_does_not_live_again(own: House, tmp_path: Path) -> None:
    connect = own.services.connect
    under_way, half = connect.new_session(), connect.new_session()
    connect.begin(half)
    backs_up(own, tmp_path / "copy.db")
    connect.sign_out(own.cookie)
    restores(own, tmp_path / "copy.db")
    for cookie in (own.cookie, under_way, half):
        assert own.services.connect.session(cookie) is None
    assert own.dump(SignInRow) == {"sign_ins": []}
    own.signs_in_again()
    assert own.services.connect.session(own.cookie) is not None
    own.refresh()
    settled(own)


# -- What is refused, in words, and changes nothing ------------------------------------------------


def test_a_copy_is_for_its_owner_alone_and_nothing_lies_beside_it(own: House, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    before = os.umask(0)
    try:
        backs_up(own, folder / "copy.db")
    finally:
        os.umask(before)
    assert [file.name for file in folder.iterdir()] == ["copy.db"]
    assert stat.S_IMODE((folder / "copy.db").stat().st_mode) == 0o600
    with pytest.raises(Refused, match="is not overwritten"):
        backs_up(own, folder / "copy.db")
    with pytest.raises(Refused, match="does not exist"):
        backs_up(own, folder / "none" / "copy.db")
    assert [file.name for file in folder.iterdir()] == ["copy.db"]
    restores(own, folder / "copy.db")
    assert stat.S_IMODE(own.database_file().stat().st_mode) == 0o600


def test_a_database_in_use_is_not_replaced(own: House, tmp_path: Path) -> None:
    backs_up(own, tmp_path / "copy.db")
    settings = own.services.settings
    assert settings.secret_key is not None
    with pytest.raises(Refused, match="Stop it"):
        restore(
            settings.database_url,
            tmp_path / "copy.db",
            any_keys,
            now=MONDAY,
            tell=quiet,
        )
    own.refresh()


def any_keys() -> Keys:
    return Keys.parse(Keys.generate())


def database(file: Path, *, revision: str = "head") -> Path:
    db = Database(f"sqlite:///{file}")
    upgrade(db)
    if revision != "head":
        downgrade(db, revision)
    db.dispose()
    return file


def damaged(file: Path) -> Path:
    database(file)
    whole = bytearray(file.read_bytes())
    whole[8192:30_000] = b"\x55" * (30_000 - 8192)
    file.write_bytes(whole)
    return file


def foreign(file: Path) -> Path:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.commit()
    return file


def future(file: Path) -> Path:
    database(file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    return file


def text(file: Path) -> Path:
    file.write_text("This is no database. " * 100)
    return file


def sealed_with_another_key(file: Path) -> Path:
    database(file)
    with closing(sqlite3.connect(file)) as connection:
        seal = Keys.parse(Keys.generate()).encrypt("greenblock")
        connection.execute("INSERT INTO installation (id, key, key_check) VALUES (1, 'k', ?)", (seal,))
        connection.commit()
    return file


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda file: file, "There is no file"),
        (text, "is no database"),
        (foreign, "is not a database of Greenblock's"),
        (damaged, "damaged"),
        (future, "newer version"),
        (sealed_with_another_key, "another key"),
    ],
    ids=["missing", "text", "foreign", "damaged", "future", "another key"],
)
def test_what_is_no_backup_changes_nothing(tmp_path: Path, make: Callable[[Path], Path], says: str) -> None:
    source, target = make(tmp_path / "source.db"), database(tmp_path / "target.db")
    before, given = target.read_bytes(), source.read_bytes() if source.exists() else b""
    with pytest.raises(GreenblockError, match=says) as refused:
        restore(f"sqlite:///{target}", source, any_keys, now=MONDAY, tell=quiet)
    assert str(refused.value).endswith(".")
    assert target.read_bytes() == before
    assert (source.read_bytes() if source.exists() else b"") == given
    names = {file.name for file in tmp_path.iterdir()} - {"source.db"}
    assert names == {"target.db", "target.db-inuse"} - (set() if source.exists() else {"target.db-inuse"})


def test_an_old_backup_is_brought_up_to_date_and_a_wrecked_database_gives_way(tmp_path: Path) -> None:
    source, target = database(tmp_path / "old.db", revision="0002"), text(tmp_path / "target.db")
    (tmp_path / "target.db-wal").write_bytes(b"left behind")
    done = restore(f"sqlite:///{target}", source, any_keys, now=MONDAY, tell=quiet)
    assert done.kept is not None
    assert done.kept.read_text().startswith("This is no database.")
    assert not (tmp_path / "target.db-wal").exists()
    with closing(sqlite3.connect(target)) as connection:
        assert connection.execute("SELECT count(*) FROM undos").fetchone() == (0,)


def test_a_first_restore_on_a_new_machine(tmp_path: Path) -> None:
    source = database(tmp_path / "copy.db")
    done = restore(f"sqlite:///{tmp_path / 'new.db'}", source, any_keys, now=MONDAY, tell=quiet)
    assert (done.kept, done.file.exists()) == (None, True)


def test_progress_is_told(own: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "_PAGES_A_STEP", 10)
    seen: list[tuple[int, int]] = []
    back_up(own.services.settings.database_url, tmp_path / "copy.db", tell=lambda *pages: seen.append(pages))
    assert len(seen) > 3
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]


@pytest.mark.parametrize(("act", "tool"), [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_on_postgresql_the_tool_is_named_and_the_password_is_not(tmp_path: Path, act: str, tool: str) -> None:
    url, file = "postgresql+psycopg://green:hunter2@db.example:5433/blocks", tmp_path / "a copy.dump"
    calls: dict[str, Callable[[], object]] = {
        "backup": lambda: back_up(url, file, tell=quiet),
        "restore": lambda: restore(url, file, any_keys, now=MONDAY, tell=quiet),
    }
    with pytest.raises(Refused) as refused:
        calls[act]()
    words = str(refused.value)
    assert f"Run: {tool} " in words
    assert ("DELETE FROM sessions" in words) == (act == "restore")
    assert "--dbname=postgresql://green@db.example:5433/blocks" in words
    assert f"'{file}'" in words
    assert "hunter2" not in words
