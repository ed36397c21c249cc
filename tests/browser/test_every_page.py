"""Every page in every state, wide and narrow, light and dark: no violation of axe's, no sideways scrolling, nothing for
the console to say; kept as pictures.

Nine tenths of axe's time is the contrast of colours, and most of the rest pictures of long pages. So one of the four
looks, another one from state to state, is asked for contrast and drawn to its end, and all other rules, which colours
do not change, are asked wide and narrow; `make pages` asks everything in all four. In German each state is asked in one
look, every fourth of them by `make test`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, ViewportSize

from app.clock import clock_from
from tests.app.world import MONDAY, Resource, at, history, meeting, world
from tests.app.world import OWNER as ADDRESS
from tests.browser.pictures import DESK, EVERY_LOOK, PHONE, Look, keep, look, picture, too_wide
from tests.browser.states import (
    ACCOUNT,
    AFTER_SAVE,
    BEFORE_SAVE,
    EMPTY,
    GERMAN_STRANGER,
    NO_PAGE,
    OWNER,
    STRANGER,
    State,
    Walk,
)
from tests.conftest import chromium
from tests.console import listen
from tests.running import Running, connect, first_read, running_service, save_welcome, settled, visitor

pytestmark = [pytest.mark.browser, pytest.mark.long]

SECOND = "new@elsewhere.example"
SMALLEST: ViewportSize = {"width": 320, "height": 640}
TWICE: ViewportSize = {"width": 640, "height": 450}  # what is left of a desk at 200 %
LAPTOP: ViewportSize = {"width": 1024, "height": 700}  # from here on two columns stand side by side
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
LOOK = """async contrast => {
    document.getAnimations().forEach(one => one.finish());
    const closed = {exclude: ["option"]}; // of lists that nobody has opened: hundreds of zones and countries
    const found = await axe.run(closed, {resultTypes: ["violations"], rules: {"color-contrast": {enabled: contrast}}});
    return found.violations.flatMap(one => one.nodes.map(node => `${one.id}: ${node.target} ${node.failureSummary}`));
}"""
FULL = bool(os.environ.get("FULL"))
GERMAN_EVERY = 4
"""Every so many states are looked at in German too; `make pages` looks at all of them."""


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    seed = world([*history(), *odd_ones()])
    nele = {"email": SECOND, "name": "Nele New"}
    seed["others"] = [{"user": nele, "timeZone": "Europe/Berlin", "events": []}]
    with running_service(seed, clock=clock_from(MONDAY), settings={"allowed": "*", "refresh_seconds": 86_400}) as made:
        yield made


def odd_ones() -> list[Resource]:
    """People of whom the user is asked first, and some who are left out."""
    once = [
        meeting(f"Chat with {name}", at(-20 - day, 15), name) for day, name in enumerate(("Kim Kapok", "Lea Larch"))
    ]
    crowd = meeting("All hands", at(-12, 16), *(f"Guest{letter} Crowd{letter}" for letter in "abcdefghijklmnop"))
    machine = meeting("Newsletter", at(-30, 15), "Noreply Mailer")
    machine["attendees"][1] |= {"email": "noreply@mailer.example", "displayName": ""}
    return [*once, crowd, machine]


@pytest.fixture(scope="module")
def heard() -> list[str]:
    """What the browsers said in the whole walk."""
    return []


@pytest.fixture(scope="module")
def refused() -> list[tuple[str, int]]:
    """Pages that were asked for, and answered with 400 to 499 (an address and the status)."""
    return []


@pytest.fixture(scope="module")
def walk(running: Running, browser: Browser, heard: list[str], refused: list[tuple[str, int]]) -> Iterator[Walk]:
    """A browser each for a stranger, for the owner of a sample calendar, and for one whose calendar is empty."""
    contexts: dict[str, BrowserContext] = {}
    browsers = {STRANGER: "", OWNER: ADDRESS, EMPTY: SECOND, GERMAN_STRANGER: ""}
    for account, (who, user) in enumerate(browsers.items()):
        # axe has to be let in; the pages' own policy is held by the walks of test_main_flow.py and below.
        locale = "de-DE" if who == GERMAN_STRANGER else "en-GB"
        context = browser.new_context(locale=locale, bypass_csp=True, viewport=DESK)
        context.set_default_timeout(15_000)
        context.add_init_script(path=AXE)
        listen(context, heard)
        context.on("response", lambda answer: note(answer, refused))
        if user:
            with visitor(running) as client:
                connect(client, running, user=user)
                first_read(running, account)
                name = running.services.settings.cookie_name
                context.add_cookies([{"name": name, "value": client.cookies[name], "url": running.url}])
        contexts[who] = context
    settled(running)
    made = Walk(running=running, pages={who: context.new_page() for who, context in contexts.items()})
    yield made
    made.tidy()
    for context in contexts.values():
        context.close()


def note(answer: Response, refused: list[tuple[str, int]]) -> None:
    if answer.request.is_navigation_request() and 400 <= answer.status < 500:
        refused.append((answer.url, answer.status))


def saved(walk: Walk) -> None:
    """The welcome page is saved, and what it asked for is booked."""
    if walk.running.services.views.progress(ACCOUNT).saved:
        return
    with visitor(walk.running) as client:
        name = walk.running.services.settings.cookie_name
        cookie = next(one for one in walk.pages[OWNER].context.cookies() if one["name"] == name)
        client.cookies.set(name, cookie["value"])
        assert save_welcome(client).status_code == 303
    settled(walk.running)


def both_parts(walk: Walk) -> Iterator[State]:
    """Every state, in the order in which an account goes through them."""
    yield from BEFORE_SAVE
    saved(walk)
    yield from AFTER_SAVE


def test_every_page_is_in_the_list(running: Running) -> None:
    from tests.security.conftest import route_table

    pages = {
        route.path for route in route_table(running.services) if route.method == "GET" and "/api/" not in route.path
    }
    assert pages - set(NO_PAGE) == {state.route for state in (*BEFORE_SAVE, *AFTER_SAVE)} - {""}


def test_every_page_in_every_state(
    walk: Walk, heard: list[str], refused: list[tuple[str, int]], artefacts: Path
) -> None:
    problems: list[str] = []
    turn, looks, german = 0, 0, 0
    for turn, state in enumerate(both_parts(walk), 1):
        state.reach(walk)
        page = walk.page
        if state.says and state.says not in page.locator("body").inner_text():
            problems.append(f"{state.name} is not reached: {page.url}")
        for place, at_it in enumerate(EVERY_LOOK):
            closely = FULL or (place + turn) % len(EVERY_LOOK) == 0
            looks += closely
            problems += [
                f"{state.name} {problem}" for problem in looked_at(page, state.name, artefacts, at_it, closely)
            ]
        problems += [f"{state.name} is {wide} px too wide at {at}" for at, wide in widths(page)]
        walk.tidy()
        if FULL or turn % GERMAN_EVERY == 0:
            german += 1
            at_it = EVERY_LOOK[turn % len(EVERY_LOOK)] if FULL else (PHONE, "light")
            problems += [f"{state.name} in German {problem}" for problem in in_german(walk, state, artefacts, at_it)]
            walk.tidy()
    print(
        f"{turn} states in {len(EVERY_LOOK)} looks each, {looks} of them with contrast; "
        f"{german} states in German: {len(problems)} problems"
    )
    assert problems == []
    # A refused form and an unknown page are errors to the console too, by the address asked for; nothing else may be.
    assert [said for said in heard if not any(said in told(*one) for one in refused)] == []


def told(url: str, status: int) -> list[str]:
    """What the console says of a page that was answered with this status."""
    words = HTTPStatus(status).phrase
    said = f"error: Failed to load resource: the server responded with a status of {status}"
    return [f"{said} ({words}) ({url})", f"{said} () ({url})"]


def looked_at(page: Page, name: str, folder: Path, at_it: Look, closely: bool) -> Iterator[str]:
    """Problems in words. The page is not loaded again. `closely`: with the contrast of colours, and drawn whole."""
    look(page, at_it)
    size, scheme = at_it
    if closely or scheme == "light":
        yield from (f"{size['width']} {scheme}: {said}" for said in page.evaluate(LOOK, closely))
    keep(page, folder, f"page-{name}", at_it, whole=closely and name != "docs")


def in_german(walk: Walk, state: State, folder: Path, at_it: Look) -> Iterator[str]:
    """The same state once more, in one look."""
    state.reach(walk, german=True)
    page = walk.page
    if page.locator("html").get_attribute("lang") != "de":
        yield f"is not in German: {page.url}"
    yield from looked_at(page, f"german-{state.name}", folder, at_it, closely=FULL)
    yield from (f"is {wide} px too wide at {at}" for at, wide in widths(page))


def widths(page: Page) -> Iterator[tuple[int, int]]:
    """(a width, so many pixels that the page is wider)."""
    for size in (SMALLEST, TWICE, LAPTOP):
        page.set_viewport_size(size)
        if wide := too_wide(page):
            yield size["width"], wide
    page.set_viewport_size(DESK)


def test_longer_words_fit_too(walk: Walk, artefacts: Path) -> None:
    """In German, whose words are longer: nothing is scrolled sideways on the smallest screen, nor at 200 %."""
    walk.who = OWNER
    saved(walk)
    plain = ("/today", "/people", "/people/add", "/welcome", "/year", "/settings", "/settings/blocks/new", "/about")
    paths = {path[1:].replace("/", "-"): path for path in plain}
    paths |= {"block": walk.go(), "person": f"/people/{walk.contact()}"}
    walk.wishes(language="de")
    wide = []
    for name, path in paths.items():
        walk.goto(path)
        assert walk.page.locator("html").get_attribute("lang") == "de", path
        wide += [f"{path} is {over} px too wide at {at}" for at, over in widths(walk.page)]
        picture(walk.page, artefacts, f"german-{name}")
    walk.tidy()
    assert wide == []


def test_letters_of_twice_the_size_fit_on_a_phone(walk: Walk) -> None:
    """The reader's own size of letters, which is not that of a page that is zoomed: the screen stays as it is."""
    walk.who = OWNER
    saved(walk)
    walk.wishes(language="en")
    paths = ["/today", walk.go(), f"/people/{walk.contact()}", "/people", "/welcome", "/year", "/settings", "/about"]
    cookies = walk.page.context.cookies()
    playwright = walk.page.context.browser.browser_type  # type: ignore[union-attr]  # a context of a browser has one
    large = chromium(playwright, "--blink-settings=defaultFontSize=32")
    try:
        context = large.new_context(locale="en-GB", viewport=PHONE)
        context.add_cookies([{"name": one["name"], "value": one["value"], "url": walk.running.url} for one in cookies])
        page = context.new_page()
        wide = {}
        for path in paths:
            page.goto(walk.running.url + path)
            size = page.locator("html").evaluate("one => getComputedStyle(one).fontSize")
            assert size == "32px", path
            if over := too_wide(page):
                wide[path] = over
    finally:
        large.close()
        walk.tidy()
    assert wide == {}


def test_docs_under_its_own_policy(running: Running, browser: Browser) -> None:
    """The walk above lets axe in, and with it whatever the policy of a page refuses."""
    said: list[str] = []
    context = listen(browser.new_context(locale="en-GB", viewport=DESK), said)
    page = context.new_page()
    answer = page.goto(f"{running.url}/docs")
    assert answer is not None
    assert "default-src" in answer.headers["content-security-policy"]
    assert "/api/people" in page.locator("body").inner_text()
    context.close()
    assert said == []


def test_a_blocks_list_on_paper(walk: Walk, artefacts: Path) -> None:
    """Names, why, when last, and room to write; nothing to press."""
    walk.who = OWNER
    saved(walk)
    walk.goto(walk.go())
    page = walk.page
    page.emulate_media(media="print")
    view = walk.running.services.views.today(ACCOUNT)
    assert view.next is not None
    said = page.locator("body").inner_text()
    for person in view.next.people:
        assert person.name in said
        assert person.reason.rstrip(".").lower() in said.lower()
    for gone in (
        "Today",
        "Settings",
        "Reached by",
        "What did you learn",
        "I promised",
        "Arrange",
        "Signed in",
        "Save",
        "became of it",
    ):
        assert gone not in said, gone
    assert page.locator("button:visible, input:visible, nav:visible").count() == 0
    heights = [box["height"] for one in page.locator(".person").all() if (box := one.bounding_box())]
    assert min(heights) > 200, "there is room to write"
    (artefacts / "block-on-paper.pdf").write_bytes(page.pdf(format="A4"))
    page.screenshot(path=artefacts / "block-on-paper.png", full_page=True)
    page.emulate_media(media="screen")
