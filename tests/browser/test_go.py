"""The page behind a block's link, in a real phone-sized browser: filled in, saved, undone; and what looking at it does
not do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from sqlalchemy import select

from app.clock import clock_from
from app.db.tables import Base, ContactRow, NoteRow, PromiseRow, SuggestionRow, TouchRow
from integrations.sandbox.world import sample_world
from tests.browser.pictures import PHONE, picture
from tests.running import Running, live_blocks, running_service, settled, wait_until

pytestmark = pytest.mark.browser

NOW = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)  # a Tuesday
SAMPLE = sample_world(today=NOW.date())
SAID: tuple[type[Base], ...] = (ContactRow, NoteRow, PromiseRow, SuggestionRow, TouchRow)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with running_service(SAMPLE, clock=clock_from(NOW), settings={"refresh_seconds": 86_400}) as made:
        yield made


@pytest.fixture
def phone(running: Running, new_context: Callable[..., BrowserContext]) -> Page:
    """Signed in, welcome page saved, blocks booked."""
    context = new_context(viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto(running.url)
    page.get_by_role("link", name="Connect Google Calendar").click()
    page.get_by_role("button", name="Allow").click()
    if not live_blocks(running):
        expect(page.get_by_role("heading", level=1)).to_have_text("We found these people", timeout=25_000)
        page.get_by_role("button", name="Save").click()
        page.wait_for_url("**/today")
    wait_until(lambda: len(live_blocks(running)) == 4, "four blocks are booked")
    settled(running)
    return page


def dump(running: Running, *tables: type[Base]) -> dict[str, list[str]]:
    """What is in the tables; which facts a plan has found is not what the user said."""
    with running.services.db.read() as session:
        return {
            table.__tablename__: sorted(
                str(row)
                for row in session.execute(select(*(one for one in table.__table__.columns if one.key != "facts")))
            )
            for table in tables
        }


def named(running: Running) -> dict[str, Any]:
    return next(block for block in live_blocks(running) if "/go/" in block["description"])


def open_the_link(page: Page, running: Running) -> None:
    """As the user does: the event in the calendar, then the link in its text."""
    page.goto(f"{running.calendar}/event/{named(running)['id']}")
    page.locator(".description a[href*='/go/']").first.click()
    page.wait_for_url("**/go/**")


def people_of(page: Page) -> list[Locator]:
    return page.locator("fieldset.person").all()


def name_of(person: Locator) -> str:
    return person.locator("legend a").inner_text()


def test_filled_in_saved_and_undone_on_a_phone(phone: Page, running: Running, artefacts: Path) -> None:
    open_the_link(phone, running)
    people = people_of(phone)
    assert len(people) == 3
    names = [name_of(one) for one in people]
    picture(phone, artefacts, "go-open")
    before = dump(running, *SAID)
    for box in phone.locator("fieldset.person label.opt >> visible=true").all():
        assert (box.bounding_box() or {"height": 0})["height"] >= 36  # a thumb hits it

    people[0].get_by_text("a coffee", exact=True).click()
    people[0].get_by_label("What did you learn?").fill("She is learning to sail <b>now</b>")
    people[0].get_by_label(re.compile(r"^I promised")).fill("Send the chart")
    people[0].get_by_label(re.compile(r"^Promised to .* by$")).fill("2026-03-20")
    people[1].get_by_text("Later, or not at all").click()
    people[1].get_by_text("in a month").click()
    people[2].get_by_text("tried, no answer").click()
    picture(phone, artefacts, "go-filled")
    phone.get_by_role("button", name="Save").click()

    status = phone.get_by_role("status")
    expect(status).to_contain_text(f"{names[0]}: reached by a coffee; what you learned is noted; promised by 20 March")
    expect(status).to_contain_text(f"{names[1]}: put off until 10 April.")
    expect(status).to_contain_text(f"{names[2]}: tried, no answer.")
    picture(phone, artefacts, "go-saved")
    assert dump(running, *SAID) != before
    people = people_of(phone)
    expect(people[0].get_by_label("a coffee")).to_be_checked()
    expect(people[0]).to_contain_text("She is learning to sail <b>now</b>")
    expect(people[0]).to_contain_text("Send the chart")
    expect(people[1].get_by_label("put off until 10 April")).to_be_checked()

    people[0].locator("legend a").click()
    expect(phone.locator("#notes ~ ol")).to_contain_text("She is learning to sail")
    expect(phone.locator("#promises ~ ul")).to_contain_text("Send the chart")
    picture(phone, artefacts, "go-person")
    phone.go_back()

    phone.get_by_role("button", name="Undo").click()
    expect(phone.get_by_role("status")).to_contain_text("All is as it was before.")
    picture(phone, artefacts, "go-undone")
    settled(running)
    assert dump(running, NoteRow, PromiseRow, TouchRow, ContactRow) == {
        table: rows for table, rows in before.items() if table != "suggestions"
    }
    assert "learning to sail" not in str(live_blocks(running))
    assert "chart" not in str(live_blocks(running))


def test_opening_every_link_of_a_block_changes_nothing(phone: Page, running: Running) -> None:
    """As a scanner of links would, even one in the user's own browser that runs scripts."""
    found = {
        link
        for block in live_blocks(running)
        for link in re.findall(r'href="([^"]+)"', block["description"])
        if link.startswith(running.url)
    }
    assert len(found) >= 4
    before, calendar = dump(running, *Base.__subclasses__()), live_blocks(running)
    for link in sorted(found):
        phone.goto(link)
        assert phone.locator("h1").count() == 1
        out = [str(one.get_attribute("href")) for one in phone.locator("main a[target=_blank]").all()]
        for address in out[:2]:
            phone.goto(address)
            phone.go_back()
    settled(running)
    assert dump(running, *Base.__subclasses__()) == before
    assert live_blocks(running) == calendar


def test_an_event_is_arranged_in_the_users_own_calendar(phone: Page, running: Running, artefacts: Path) -> None:
    open_the_link(phone, running)
    person = people_of(phone)[0]
    name = name_of(person)
    with phone.context.expect_page() as opened:
        person.get_by_role("link", name="Arrange a coffee").click()
    event = opened.value
    expect(event.get_by_label("Title")).to_have_value(f"Coffee with {name}")
    expect(event.get_by_label(re.compile("Guest"))).to_have_value(re.compile(".+@.+"))
    assert event.evaluate("window.opener") is None
    event.screenshot(path=artefacts / "go-arranged-390.png", full_page=True)
    event.get_by_role("button", name="Create").click()
    expect(event.locator("body")).to_contain_text(f"Coffee with {name}")


def test_with_the_keyboard_alone(phone: Page, running: Running) -> None:
    open_the_link(phone, running)
    first = name_of(people_of(phone)[0])

    def tab_to(selector: str) -> None:
        for _ in range(60):
            phone.keyboard.press("Tab")
            if phone.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"no way to {selector} by Tab")

    tab_to("fieldset.person input[type=radio]")
    for _ in range(10):
        if phone.evaluate("document.activeElement.value") == "letter":
            break
        phone.keyboard.press("ArrowDown")
    tab_to("input[name^=learned-]")
    phone.keyboard.type("Collects stamps")
    phone.keyboard.press("Enter")  # sends the form, as in any other
    expect(phone.get_by_role("status")).to_contain_text(f"{first}: reached by a letter; what you learned is noted.")
    tab_to("button[name=key]")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("status")).to_contain_text("Undone.")


def test_signed_out_the_link_asks_first_and_then_comes_back(
    phone: Page, running: Running, new_context: Callable[..., BrowserContext], artefacts: Path
) -> None:
    open_the_link(phone, running)
    path = phone.url.partition("#")[0]
    stranger = new_context(viewport=PHONE).new_page()
    stranger.goto(path)
    expect(stranger.get_by_role("status")).to_contain_text("Sign in to open this block.")
    picture(stranger, artefacts, "go-signed-out")
    stranger.get_by_role("link", name="Sign in with Google").click()
    stranger.get_by_role("button", name="Allow").click()
    stranger.wait_for_url(path)
    assert len(people_of(stranger)) == 3
