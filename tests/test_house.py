"""The parts of the test house itself: what conftest.py promises."""

import socket
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import create_engine, text


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.com"])
def test_no_test_reaches_another_machine(host: str, outside_calls: list[str]) -> None:
    with pytest.raises(RuntimeError, match="stay on this machine"):
        socket.create_connection((host, 443), timeout=1)
    assert len(outside_calls) == 1
    outside_calls.clear()


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close()


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_an_empty_database(database_url: str, turn: int) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mine (turn INTEGER)"))
        connection.execute(text("INSERT INTO mine VALUES (:turn)"), {"turn": turn})
        assert connection.execute(text("SELECT turn FROM mine")).scalars().all() == [turn]
    engine.dispose()


@pytest.mark.browser
def test_the_browser_draws(page: Page, artefacts: Path) -> None:
    page.set_content("<title>here</title><p style='color: green'>☐ a green block</p>")
    assert page.title() == "here"
    shot = artefacts / "browser.png"
    page.screenshot(path=shot)
    assert shot.read_bytes().startswith(b"\x89PNG")


@pytest.mark.browser
def test_the_browser_stays_on_this_machine(page: Page, heard: list[str]) -> None:
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://example.com/")
    assert heard == ["elsewhere: http://example.com/"]
    heard.clear()


@pytest.mark.browser
def test_what_a_browser_complains_of_is_heard(page: Page, heard: list[str]) -> None:
    page.set_content("<script>console.log('a word'); setTimeout(() => { throw Error('a fault') })</script>")
    page.wait_for_timeout(100)
    assert [said.split(" (")[0] for said in heard] == ["log: a word", "error: a fault"]
    heard.clear()
