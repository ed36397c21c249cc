"""The main flows with the keyboard alone (Tab, Shift+Tab, Enter, Space, arrows, letters), with a script and without: at
each stop on the way it is seen where one is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from app.clock import clock_from
from integrations.sandbox.world import sample_world
from tests.running import Running, live_blocks, no_refresh_between, running_service, settled, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.long]

NOW = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)  # a Tuesday
SAMPLE = sample_world(today=NOW.date())
MOST_STOPS = 320

STOP = """wanted => {
    const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
    const x = Math.min(Math.max((box.left + box.right) / 2, 1), innerWidth - 1);
    const y = Math.min(Math.max((box.top + box.bottom) / 2, 1), innerHeight - 1);
    const above = document.elementFromPoint(x, y);
    const lacks = [];
    if (at === document.body) lacks.push("no focus");
    const [kind, width] = [style.outlineStyle, parseFloat(style.outlineWidth)];
    if (kind === "none" || (kind !== "auto" && width < 2)) lacks.push("no outline");
    if (box.bottom <= 0 || box.top >= innerHeight || !box.width) lacks.push("outside of the window");
    if (above && !at.contains(above) && !above.contains(at) && !above.closest("label")?.contains(at))
        lacks.push(`covered by ${above.outerHTML.slice(0, 60)}`);
    return [at === wanted, lacks.length ? `${at.outerHTML.slice(0, 120)}: ${lacks.join(", ")}` : ""];
}"""


@pytest.fixture
def running() -> Iterator[Running]:
    with running_service(SAMPLE, clock=clock_from(NOW), settings={"refresh_seconds": 86_400}) as made:
        yield made


@dataclass
class Hands:
    """Somebody without a mouse. `stops`: how often a key moved the focus."""

    page: Page
    stops: int = 0

    def to(self, wanted: Locator, *, key: str = "Tab") -> None:
        """Key after key until it has the focus."""
        handle = wanted.first.element_handle()
        for _ in range(MOST_STOPS):
            self.page.keyboard.press(key)
            self.stops += 1
            there, lacks = self.page.evaluate(STOP, handle)
            assert not lacks, (self.page.url, lacks)
            if there:
                return
        raise AssertionError(f"no way to {wanted} by {key}")

    def press(self, wanted: Locator, *, by: str = "Enter", back: bool = False) -> None:
        self.to(wanted, key="Shift+Tab" if back else "Tab")
        self.page.keyboard.press(by)

    def skip(self) -> None:
        """Past the masthead: the first stop of each page of ours."""
        self.press(self.page.get_by_role("link", name="Skip to content"))

    def is_on(self, wanted: Locator) -> None:
        """Where the focus is after something was changed in place."""
        expect(wanted).to_be_focused()
        there, lacks = self.page.evaluate(STOP, wanted.element_handle())
        assert (there, lacks) == (True, ""), self.page.url


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without a script"])
def test_from_the_landing_page_to_a_changed_rule(
    running: Running, new_context: Callable[..., BrowserContext], script: bool
) -> None:
    page = new_context(java_script_enabled=script).new_page()
    hands = Hands(page)
    welcome(hands, running, script=script)
    with no_refresh_between(running):
        today(hands, script=script)
    settled(running)
    people(hands)
    person(hands)
    settings(hands, running, script=script)
    print(f"{hands.stops} stops, each with the focus in sight")


def welcome(hands: Hands, running: Running, *, script: bool) -> None:
    page = hands.page
    page.goto(running.url)
    hands.skip()
    hands.press(page.get_by_role("link", name="Connect Google Calendar"))
    hands.press(page.get_by_role("button", name="Allow"))
    expect(page.get_by_role("heading", level=1)).to_have_text("We found these people", timeout=25_000)
    hands.skip()
    day = page.get_by_label("Day", exact=True)
    hands.to(day)
    before = day.input_value()
    page.keyboard.press("ArrowDown")
    assert day.input_value() != before
    shown = page.locator("#forecast li")
    if not script:
        hands.press(page.get_by_role("link", name="Skip the people"))
        hands.press(page.get_by_role("button", name="Show the next four weeks"))
    expect(shown).to_have_count(4)
    if script:
        hands.is_on(day)
    assert live_blocks(running) == []
    hands.to(page.locator("select[name^=kind-]"))
    hands.press(page.get_by_role("link", name="Skip the people"), back=True)
    hands.press(page.get_by_role("button", name="Save"))
    page.wait_for_url("**/today")
    wait_until(lambda: len(live_blocks(running)) == 4, "four blocks are booked", seconds=15)
    settled(running)


def today(hands: Hands, *, script: bool) -> None:
    page = hands.page
    page.reload()
    hands.skip()
    person = page.locator(f"#{page.locator('li.person').nth(1).get_attribute('id')}")
    name = person.locator("h2 a").inner_text()
    for pressed, by, said in (("Reached", "Space", "Reached"), ("Tried, no answer", "Enter", "Tried, no answer")):
        button = person.get_by_role("button", name=f"{pressed}: {name}")
        hands.press(button, by=by)
        expect(person).to_contain_text(said)
        undo = person.get_by_role("button", name="Undo").first
        if script:
            hands.is_on(undo)
        else:
            hands.to(undo)
        page.keyboard.press("Enter")
        first = person.get_by_role("button", name=f"Reached: {name}")
        expect(first).to_be_visible()
        if script:
            hands.is_on(first)
            page.keyboard.press("Shift+Tab")
    hands.press(person.locator("summary"))
    hands.press(person.get_by_role("button", name=re.compile(f"^In four weeks, .*: {name}$")))
    expect(person).to_contain_text("Put off until 7")
    if not script:
        hands.to(person.get_by_role("button", name="Undo"))
    page.keyboard.press("Enter")
    expect(person.get_by_role("button", name=f"Reached: {name}")).to_be_visible()


def people(hands: Hands) -> None:
    """Past the picture, narrowed, put in another order, and somebody opened."""
    page = hands.page
    hands.press(page.get_by_role("link", name="People", exact=True), back=True)
    page.wait_for_url("**/people")
    hands.skip()
    hands.press(page.get_by_role("link", name="Skip the picture"))
    hands.press(page.locator("summary", has_text="By kind"))
    hands.to(page.get_by_label("Company", exact=True))
    page.keyboard.press("ArrowDown")
    hands.press(page.get_by_role("button", name="Show", exact=True), back=True)
    everybody = page.get_by_role("link", name="Show everybody")
    expect(everybody).to_be_visible()
    expect(page).to_have_url(re.compile("company=."))
    assert 1 < page.locator(".folk tbody tr").count() < 10
    who = page.get_by_role("columnheader", name="Who")
    hands.press(who.get_by_role("link"))
    expect(who).to_have_attribute("aria-sort", "ascending")
    hands.press(page.locator(".folk tbody a"))
    page.wait_for_url(re.compile(r"/people/\d+$"))


def person(hands: Hands) -> None:
    page = hands.page
    hands.skip()
    hands.to(page.get_by_label("I promised"))
    page.keyboard.type("Send the chart")
    hands.press(page.get_by_role("button", name="Keep it in mind"))
    expect(page.locator("#promises ~ ul")).to_contain_text("Send the chart")
    hands.to(page.get_by_label("What did you learn?"))
    page.keyboard.type("Sails at weekends")
    hands.press(page.get_by_role("button", name="Keep the note"))
    expect(page.locator("#notes ~ ol")).to_contain_text("Sails at weekends")


def settings(hands: Hands, running: Running, *, script: bool) -> None:
    page = hands.page
    hands.press(page.get_by_role("link", name="Settings", exact=True))
    page.wait_for_url("**/settings")
    hands.skip()
    hands.press(page.locator(".picks a", has_text="Blocks").first)
    most = page.get_by_label("At most")
    hands.to(most)
    before = running.services.views.settings(1).rule
    page.keyboard.press("ArrowDown")
    if script:
        expect(page.locator("#forecast li").first).to_be_visible()
        hands.is_on(most)
    hands.press(page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    assert running.services.views.settings(1).rule.longest > before.longest
    settled(running)
