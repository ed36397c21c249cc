"""Everything that is stored of somebody, in one file."""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.errors import NoRoom, NotFound, Refused
from app.main import create_app
from app.services import privacy
from tests.app.world_house import House
from tests.full_disk import files_of_at_most

ADDRESSES = ["/api/export", "/settings/data/everything.json"]


@pytest.fixture
def client(booked: House) -> Iterator[TestClient]:
    app, cookies = create_app(booked.services, wheel=False), {booked.services.settings.cookie_name: booked.cookie}
    with TestClient(app, base_url=booked.services.settings.public_url, cookies=cookies) as made:
        yield made


@pytest.fixture
def spool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Exports lie in files of this folder from the first byte on."""
    monkeypatch.setattr(privacy, "_IN_MEMORY", 1)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def open_in(folder: Path) -> list[str]:
    """Files of this folder that somebody holds open, those without a name included."""
    opened = []
    for one in Path("/proc/self/fd").iterdir():
        if one.exists() or one.is_symlink():
            try:
                opened.append(os.readlink(one))
            except OSError:  # the one with which we look
                continue
    return [name for name in opened if name.startswith(f"{folder}/")]


def test_an_export_that_nobody_takes_holds_nothing_up(booked: House) -> None:
    begun = booked.services.privacy.export_everything(booked.account_id)
    first = next(begun)
    assert booked.services.db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # of the pool we have
    booked.refresh()
    assert len(json.loads(first + b"".join(begun))["contacts"]) == 10


def test_one_export_at_a_time(booked: House, spool: Path) -> None:
    export = booked.services.privacy.export_everything
    one = export(booked.account_id)
    for _turn in range(20):
        with pytest.raises(Refused, match="An export of your data is under way already"):
            export(booked.account_id)
    assert len(open_in(spool)) == 1, "however often it is asked for, one file"
    json.loads(b"".join(one))
    assert len(list(export(booked.account_id))) >= 1, "taken to its end, it makes room for the next"
    assert open_in(spool) == []


@pytest.mark.parametrize("pieces", [0, 1])
def test_one_that_was_broken_off_makes_room(booked: House, spool: Path, pieces: int) -> None:
    taken = booked.services.privacy.export_everything(booked.account_id)
    for _turn in range(pieces):
        next(taken)
    del taken
    assert open_in(spool) == []
    assert list(booked.services.privacy.export_everything(booked.account_id))


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_is_said_where_one_is_under_way(booked: House, client: TestClient, address: str) -> None:
    under_way = booked.services.privacy.export_everything(booked.account_id)
    answer = client.get(address)
    assert answer.status_code == 400
    assert "An export of your data is under way already" in answer.text
    json.loads(b"".join(under_way))
    answer = client.get(address)
    assert answer.headers["content-disposition"] == 'attachment; filename="greenblock-export.json"'
    assert len(answer.json()["contacts"]) == 10
    assert client.get(address).status_code == 200


def test_a_disk_that_is_full_leaves_nothing_behind(booked: House, spool: Path) -> None:
    rows = booked.rows()
    with files_of_at_most(4096), pytest.raises(NoRoom, match="the disk of this server is full") as told:
        booked.services.privacy.export_everything(booked.account_id)
    assert isinstance(told.value.__cause__, OSError)
    del told
    assert open_in(spool) == []
    assert list(spool.iterdir()) == []
    assert [row.id for row in booked.rows()] == [row.id for row in rows]
    # With room on it again, it works at once.
    assert json.loads(b"".join(booked.services.privacy.export_everything(booked.account_id)))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a file that is full is Linux's")
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_disk_that_is_full_is_told(client: TestClient, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    with monkeypatch.context() as full:
        full.setattr(tempfile, "SpooledTemporaryFile", lambda max_size: io.FileIO("/dev/full", "r+"))
        answer = client.get(address)
    assert answer.status_code == 503
    assert "the disk of this server is full, or takes nothing. Nothing is lost." in answer.text
    assert client.get(address).status_code == 200


def test_an_export_of_nobody_is_refused_before_it_begins(booked: House) -> None:
    for _turn in range(2):
        with pytest.raises(NotFound):
            booked.services.privacy.export_everything(booked.account_id + 1)
