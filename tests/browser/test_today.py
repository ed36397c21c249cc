"""Today in real Chromium: pressed and undone in place, with the focus kept; and all the same without a script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from app.clock import clock_from
from integrations.sandbox.world import sample_world
from tests.browser.pictures import PHONE, picture
from tests.running import (
    Running,
    connect,
    first_read,
    no_refresh_between,
    running_service,
    save_welcome,
    settled,
    visitor,
)

pytestmark = pytest.mark.browser

NOW = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)  # a Tuesday
CUT_OFF = "net::ERR_FAILED"  # what Chromium says of a request that a test has cut off
SAMPLE = sample_world(today=NOW.date())


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with running_service(SAMPLE, clock=clock_from(NOW), settings={"refresh_seconds": 86_400}) as made:
        yield made


@pytest.fixture(scope="module")
def cookies(running: Running) -> list[dict[str, str]]:
    """Signed in, welcome page saved, blocks booked."""
    with visitor(running) as client:
        connect(client, running)
        first_read(running)
        save_welcome(client)
        settled(running)
        return [{"name": name, "value": value, "url": running.url} for name, value in client.cookies.items()]


@pytest.fixture
def opened(
    running: Running, cookies: list[dict[str, str]], new_context: Callable[..., BrowserContext]
) -> Callable[..., Page]:
    """Opens Today."""

    def make(**options: object) -> Page:
        context = new_context(**{"viewport": PHONE, **options})
        context.add_cookies(cookies)  # type: ignore[arg-type]  # typed dicts
        page = context.new_page()
        page.goto(f"{running.url}/today")
        return page

    return make


def stays(person: Locator) -> Locator:
    """The same person, wherever they stand in the list by then."""
    return person.page.locator(f"#{person.get_attribute('id')}")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent"))


def test_pressed_and_undone_in_place(opened: Callable[..., Page], running: Running, artefacts: Path) -> None:
    page = opened()
    picture(page, artefacts, "today-open")
    page.evaluate("window.sameDocument = true")
    person = stays(page.locator("li.person").nth(1))
    name = person.locator("h2 a").inner_text()
    person.scroll_into_view_if_needed()
    scrolled = page.evaluate("scrollY")

    person.get_by_role("button", name=f"Reached: {name}").focus()
    page.keyboard.press("Enter")
    expect(person).to_contain_text("Reached by")
    assert focused(page).startswith("Undo")
    expect(page.locator("#live")).to_contain_text(f"{name}: reached by")
    assert abs(page.evaluate("scrollY") - scrolled) < 60
    picture(page, artefacts, "today-reached")

    person.get_by_role("textbox", name="What did you learn?").fill("Grows <i>roses</i>")
    page.keyboard.press("Enter")
    expect(person).to_contain_text("The note is saved.")
    settled(running)
    page.keyboard.press("Enter")  # the focus is on its Undo
    expect(person).not_to_contain_text("The note is saved.")
    expect(person).to_contain_text("Reached.")
    person.get_by_role("button", name=f"Undo: {name}").click()
    expect(person.get_by_role("button", name=f"Reached: {name}")).to_be_visible()
    assert page.evaluate("window.sameDocument")

    person.locator("summary").click()
    picture(page, artefacts, "today-later")
    page.keyboard.press("Escape")
    expect(person.locator("details.drop")).not_to_have_attribute("open", "")
    page.keyboard.press("Enter")
    page.get_by_role("button", name=re.compile(f"^In four weeks, .*: {name}$")).click()
    expect(person).to_contain_text("Put off until 7")
    person.get_by_role("button", name="Undo").click()
    expect(person.get_by_role("button", name=f"Reached: {name}")).to_be_visible()
    settled(running)


def test_a_look_at_the_calendar_shows_when_it_is_done(opened: Callable[..., Page], running: Running) -> None:
    page = opened()
    page.get_by_role("button", name="Refresh now").click()
    expect(page.locator("#fresh")).to_contain_text("Looked at your calendar just now.")
    settled(running)


def test_where_the_service_does_not_answer_it_is_said_and_nothing_is_lost(
    opened: Callable[..., Page], heard: list[str]
) -> None:
    page = opened()
    page.context.route("**/blocks/**", lambda route: route.abort())
    page.locator("li.person").first.get_by_role("button", name=re.compile("^Reached")).click()
    expect(page.locator("#live")).to_be_in_viewport()
    expect(page.locator("#live")).to_contain_text("cannot be reached just now")
    assert page.locator("li.person").count() == 3
    heard[:] = [words for words in heard if CUT_OFF not in words]


def test_signed_out_meanwhile_the_browser_goes_to_the_start(opened: Callable[..., Page], running: Running) -> None:
    page = opened()
    page.context.clear_cookies()
    page.locator("li.person").first.get_by_role("button", name=re.compile("^Reached")).click()
    page.wait_for_url(f"{running.url}/?lost=yes")
    expect(page.get_by_role("alert")).to_contain_text("You were signed out; what you typed was not kept.")
    expect(page.get_by_role("heading", level=1)).to_contain_text("A little time each week")


def test_without_a_script_the_same(opened: Callable[..., Page], running: Running) -> None:
    with no_refresh_between(running):
        page = opened(java_script_enabled=False)
        person = stays(page.locator("li.person").first)
        name = person.locator("h2 a").inner_text()
        person.get_by_role("button", name=f"Tried, no answer: {name}").click()
        expect(person).to_contain_text("Tried, no answer.")
        person.get_by_role("button", name="Undo").click()
        person.locator("summary").click()
        person.get_by_role("button", name=re.compile(f"^In two weeks, .*: {name}$")).click()
        expect(person).to_contain_text("Put off until 24")
        person.get_by_role("button", name="Undo").click()
        expect(person.get_by_role("button", name=f"Reached: {name}")).to_be_visible()
    settled(running)
