"""The settings in real Chromium: what is changed shows at once in the coming weeks, and nothing is saved by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.clock import clock_from
from integrations.sandbox.world import sample_world
from tests.browser.pictures import PHONE, picture, too_wide
from tests.running import Running, connect, first_read, live_blocks, running_service, save_welcome, settled, visitor

pytestmark = pytest.mark.browser

NOW = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)  # a Tuesday


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    world = sample_world(today=NOW.date())
    with running_service(world, clock=clock_from(NOW), settings={"refresh_seconds": 86_400}) as made:
        yield made


@pytest.fixture
def page(running: Running, new_context: Callable[..., BrowserContext]) -> Page:
    """Signed in, the first read done."""
    with visitor(running) as client:
        connect(client, running)
        first_read(running)
        cookies = [{"name": name, "value": value, "url": running.url} for name, value in client.cookies.items()]
    context = new_context()
    context.add_cookies(cookies)  # type: ignore[arg-type]  # typed dicts
    return context.new_page()


def test_the_coming_weeks_follow_what_is_typed(page: Page, running: Running, artefacts: Path) -> None:
    page.goto(f"{running.url}/welcome")
    shown = page.locator("#forecast")
    page.get_by_label("Day", exact=True).select_option("Thursday")
    expect(shown.locator("li")).to_have_count(4)
    expect(shown).to_contain_text("Thursday")
    expect(page.locator("#live")).to_contain_text("4 blocks in the next four weeks.")
    told = page.locator(".savebar [data-told]")
    expect(told).to_have_text("4 blocks in the next four weeks.")
    picture(page, artefacts, "welcome-preview")
    page.get_by_label("About").fill("20:15")
    expect(told).to_contain_text("Your working hours are 08:00 to 18:00")
    assert live_blocks(running) == []

    with visitor(running) as client:
        connect(client, running)
        save_welcome(client)
    settled(running)
    before = live_blocks(running)
    page.goto(f"{running.url}/settings")
    picture(page, artefacts, "settings-open")
    typed = page.get_by_label("Best at")
    typed.fill("11:15")
    expect(shown).to_contain_text("11:15")
    expect(typed).to_be_focused()
    picture(page, artefacts, "settings-preview")
    wide = page.viewport_size
    assert wide is not None
    page.set_viewport_size(PHONE)
    typed.scroll_into_view_if_needed()
    told = page.locator("[data-told]")  # on a phone the list itself is below
    expect(told).to_contain_text("blocks in the next four weeks.")
    expect(told).to_be_in_viewport()
    assert not too_wide(page)
    page.set_viewport_size(wide)
    typed.fill("03:00")  # outside of its window
    expect(shown.locator("li")).to_have_count(0)
    expect(shown).to_contain_text("Choose")
    page.goto(f"{running.url}/settings/blocks/new")
    page.get_by_label("Wed").first.check()
    expect(shown).to_contain_text("new")
    picture(page, artefacts, "rule-preview")
    assert live_blocks(running) == before
