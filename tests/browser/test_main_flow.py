"""What a person sees and does in real Chromium: from the landing page to a block in the calendar, and on from there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.clock import clock_from
from integrations.sandbox.world import sample_world
from tests.browser.pictures import PHONE, picture
from tests.running import Running, live_blocks, running_service, settled, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.long]

NOW = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)  # a Tuesday
SAMPLE = sample_world(today=NOW.date())
THURSDAY, FRIDAY = 4, 5


@pytest.fixture
def running() -> Iterator[Running]:
    with running_service(SAMPLE, clock=clock_from(NOW), settings={"refresh_seconds": 86_400}) as made:
        yield made


@dataclass
class Pictures:
    folder: Path
    name: str
    taken: int = 0

    def __call__(self, page: Page, step: str) -> None:
        self.taken += 1
        picture(page, self.folder, f"{self.name}-{self.taken:02}-{step}")


def consent(page: Page, pictures: Pictures) -> None:
    expect(page.get_by_role("heading")).to_have_text("Sign in to the sandbox calendar")
    pictures(page, "consent")
    page.get_by_role("button", name="Allow").click()


def connect(page: Page, running: Running, pictures: Pictures) -> None:
    """Landing page → consent → progress → the welcome page."""
    page.goto(running.url)
    expect(page.get_by_role("heading", level=1)).to_contain_text("A little time each week")
    pictures(page, "landing")
    page.get_by_role("link", name="Connect Google Calendar").click()
    consent(page, pictures)
    page.wait_for_url("**/welcome")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reading your calendar")
    pictures(page, "progress")
    expect(page.get_by_role("heading", level=1)).to_have_text("We found these people", timeout=25_000)


def number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def blocks_in_view(page: Page, running: Running, monday: date) -> list[str]:
    """The days (yyyy-mm-dd) of green blocks in the calendar's week view."""
    page.goto(f"{running.calendar}/?week={monday:%G-W%V}")
    found = page.locator("section.day a.ev", has_text="Green block")
    return [str(one.get_attribute("data-start"))[:10] for one in found.all()]


def days(running: Running) -> list[date]:
    return [datetime.fromisoformat(block["start"]["dateTime"]).date() for block in live_blocks(running)]


def named(running: Running) -> dict[str, Any]:
    """The first block with people in it."""
    return next(block for block in live_blocks(running) if "☐" in block["description"])


def test_from_the_landing_page_to_a_kept_week(
    running: Running, new_context: Callable[..., BrowserContext], artefacts: Path
) -> None:
    pictures = Pictures(artefacts, "flow")
    context = new_context()
    page = context.new_page()
    connect(page, running, pictures)

    # Welcome: real counts, people, those not sure, those left out with their reasons.
    view = running.services.views.welcome(1)
    sure, unsure = sum(len(people) for _, people in view.companies), len(view.unsure)
    assert sure > 20
    assert unsure > 0
    assert number(page.locator("#clients").inner_text()) == sure
    assert number(page.locator("#unsure").inner_text()) == unsure
    assert page.locator("select[name^=kind-]").count() == sure + unsure
    out = page.locator("#left").locator("xpath=..")
    assert number(page.locator("#left").inner_text()) == sum(len(people) for _, people in view.left_out) > 20
    for group in out.locator("details").all()[:3]:
        group.locator("summary").click()
        expect(group.locator("li small").last).not_to_be_empty()
    expect(page.locator("#first")).to_contain_text("Your first block:")
    pictures(page, "welcome")
    assert live_blocks(running) == []  # nothing before Save
    page.get_by_role("button", name="Save").click()

    # Today, and the calendar.
    page.wait_for_url("**/today")
    wait_until(lambda: len(live_blocks(running)) == 4, "four blocks are booked", seconds=15)
    settled(running)
    page.reload()
    block = named(running)
    on = datetime.fromisoformat(block["start"]["dateTime"]).date()
    people = page.locator("ol.people li.person h2 a").all_inner_texts()
    assert 1 <= len(people) <= 3
    pictures(page, "today")
    monday = date.fromisocalendar(*on.isocalendar()[:2], 1)
    assert blocks_in_view(page, running, monday) == [on.isoformat()]
    pictures(page, "calendar-week")
    page.locator("a.ev", has_text="Green block").click()
    description = page.locator(".description")
    for name in people:
        expect(description).to_contain_text(f"☐ {name}")
    expect(description).to_contain_text("Last in your calendar")
    pictures(page, "calendar-block")

    # Settings: another weekday moves them.
    page.goto(running.url + "/settings")
    day = THURSDAY if on.isoweekday() != THURSDAY else FRIDAY
    for box in page.locator("input[name=day]").all():
        box.set_checked(box.get_attribute("value") == str(day), force=True)
    pictures(page, "settings")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    wait_until(lambda: {one.isoweekday() for one in days(running)[:4]} == {day}, "the blocks have moved")
    settled(running)
    moved = days(running)[:4]
    monday = date.fromisocalendar(*moved[0].isocalendar()[:2], 1)
    assert blocks_in_view(page, running, monday) == [moved[0].isoformat()]
    pictures(page, "calendar-moved")

    # A pause takes them away, its end brings them back.
    page.goto(running.url + "/settings")
    page.get_by_label("Pause everything").check()
    page.get_by_role("button", name="Save").click()
    wait_until(lambda: live_blocks(running) == [], "the blocks are gone")
    assert blocks_in_view(page, running, monday) == []
    pictures(page, "calendar-paused")
    page.goto(running.url + "/today")
    expect(page.get_by_role("button", name="Resume now")).to_be_visible()
    pictures(page, "today-paused")
    page.get_by_role("button", name="Resume now").click()
    wait_until(lambda: days(running)[:4] == moved, "the blocks are there again")
    settled(running)
    assert blocks_in_view(page, running, monday) == [moved[0].isoformat()]
    pictures(page, "calendar-resumed")

    _outcomes(running, page, _phone(new_context, context), pictures)

    # Out.
    page.goto(running.url + "/today")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Connect Google Calendar")).to_be_visible()
    page.goto(running.url + "/today")
    expect(page.get_by_role("link", name="Connect Google Calendar")).to_be_visible()
    pictures(page, "signed-out")


def _phone(new_context: Callable[..., BrowserContext], desk: BrowserContext) -> BrowserContext:
    """The same user's phone."""
    return new_context(
        viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True, storage_state=desk.storage_state()
    )


def _outcomes(running: Running, page: Page, phone: BrowserContext, pictures: Pictures) -> None:
    """One person by the block's link on the phone, one by typing in the web editor, one in the phone's editor."""
    block = named(running)
    address = f"{running.calendar}/event/{block['id']}"
    hand = phone.new_page()
    hand.goto(address)
    hand.locator(".description a[href*='/go/']").first.click()
    hand.wait_for_url("**/go/**")
    names = hand.locator("fieldset.person legend a").all_inner_texts()
    assert len(names) == 3
    pictures(hand, "go")
    hand.locator("fieldset.person").first.get_by_text("a call", exact=True).click()
    hand.get_by_role("button", name="Save").click()
    expect(hand.get_by_role("status")).to_contain_text("Saved.")
    pictures(hand, "go-saved")
    page.goto(running.url + "/today")
    _is_reached(page, names[0])

    def text() -> str:
        page.goto(address)
        return page.locator("#text").input_value()

    wait_until(lambda: f"x {names[0]}" in text(), "the calendar's text says it, too")
    for name, editor in ((names[1], "web"), (names[2], "phone")):
        settled(running)
        changed = text().replace(f"☐ {name}", f"x {name}")
        assert f"x {name}" in changed
        page.locator("#text").fill(changed + "\nMy own words, as typed")
        page.locator(f"button[value={editor}]").click()
        pictures(page, f"calendar-typed-{editor}")
        page.goto(running.url + "/today")
        with page.expect_response("**/refresh"):
            page.get_by_role("button", name="Refresh now").click()
        settled(running)
        page.reload()
        _is_reached(page, name)
        expect(page.locator("li.person.is-done")).to_have_count(names.index(name) + 1)
    assert text().count("My own words, as typed") == 2
    page.goto(running.url + "/today")
    pictures(page, "today-reached")


def _is_reached(page: Page, name: str) -> None:
    expect(page.locator("li.person.is-done", has_text=name)).to_contain_text("Reached")


def test_the_main_flow_needs_no_javascript(
    running: Running, heard: list[str], new_context: Callable[..., BrowserContext], artefacts: Path
) -> None:
    pictures = Pictures(artefacts, "no-script")  # without a script nothing can be measured
    page = new_context(java_script_enabled=False).new_page()
    connect(page, running, pictures)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/today")
    wait_until(lambda: len(live_blocks(running)) == 4, "four blocks are booked", seconds=15)
    settled(running)
    page.goto(running.url + "/today")
    person = page.locator("li.person").first
    name = person.locator("h2").inner_text()
    person.get_by_role("button", name="Reached").click()
    _is_reached(page, name.split("\n")[0])
    pictures(page, "today")
    settled(running)
    on = days(running)[0]
    assert blocks_in_view(page, running, date.fromisocalendar(*on.isocalendar()[:2], 1)) == [on.isoformat()]
    page.goto(running.url + "/settings")
    page.locator("[name=client_weeks]").fill("0")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("to mend")
    heard[:] = [line for line in heard if "422" not in line]  # Chromium tells of every refused form
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Connect Google Calendar")).to_be_visible()
