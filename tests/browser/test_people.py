"""People, one person and the year in real Chromium: of nobody, of three, of sixty, of a thousand; with long names and
names in other scripts; by keyboard, without a script, light and dark, wide and narrow."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from app.clock import clock_from
from app.db import people
from app.db.tables import ContactRow, PromiseRow, TouchRow
from scheduler.reasons import say_date
from tests.browser.pictures import EVERY_LOOK, TWO_LOOKS, picture, too_wide
from tests.running import Running, connect, first_read, running_service, settled, visitor

pytestmark = pytest.mark.browser

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
TODAY = NOW.date()
NOBODY = {"user": {"email": "hannah@okafor.example", "name": "Hannah"}, "timeZone": "Europe/Berlin", "events": []}
ODD = (
    "محمد بن سلمان الراشد", "王小明", "Ánh Nguyễn Thị", "李",
    "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh Maximiliana Konstantina",
)  # fmt: skip
FIRSTS = ("Rohan", "Henrik", "Joan", "Gideon", "Samira", "Callum", "Noor", "Elif", "Greta", "Luca", "Paloma")
LASTS = ("Iyer", "Solberg", "Achterberg", "Marsh", "Haddad", "Breck", "Aksoy", "Moen", "Ferrante", "Ruiz")
STATES = ("booked", "planned", "not_yet", "not_yet", "not_yet", "without_place")


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with running_service(NOBODY, clock=clock_from(NOW), settings={"refresh_seconds": 86_400}) as made:
        yield made


@pytest.fixture(scope="module")
def cookies(running: Running) -> list[dict[str, str]]:
    """Signed in; the calendar is empty."""
    with visitor(running) as client:
        connect(client, running)
        first_read(running)
        settled(running)
        return [{"name": name, "value": value, "url": running.url} for name, value in client.cookies.items()]


@pytest.fixture
def opened(
    running: Running, cookies: list[dict[str, str]], new_context: Callable[..., BrowserContext]
) -> Callable[..., Page]:
    """Opens a page."""

    def make(path: str, **options: object) -> Page:
        context = new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.add_cookies(cookies)  # type: ignore[arg-type]  # typed dicts
        page = context.new_page()
        page.goto(f"{running.url}{path}")
        return page

    return make


def there_are(running: Running, count: int) -> None:
    """So many people, in all states, an eighth of them in one company; as if the last run had left them."""
    dice = random.Random(count)
    with running.services.db.write() as session:
        for row in people.everybody(session, 1):
            session.delete(row)
        for n in range(count):
            gap, days = dice.choice([14, 28, 56, 84]), dice.randrange(1, 120)
            state, on = dice.choice(STATES), TODAY + timedelta(days=dice.randrange(1, 28))
            words = {"booked": "meeting booked on {}", "planned": "planned on {}", "not_yet": "not due until {}"}
            text = words.get(state, "due without a place: the blocks of the coming weeks are full")
            facts = {
                "order": n, "gap": gap, "usual": gap, "days": 5, "times": 5, "strength": dice.randrange(8),
                "first_on": "2025-02-03", "last_on": str(TODAY - timedelta(days=days)),
                "met_on": str(TODAY - timedelta(days=days)), "state": state, "on": str(on),
                "text": text.format(say_date(on, near=TODAY)),
            }  # fmt: skip
            name = ODD[n // 9 % 5] if n % 9 == 2 else f"{dice.choice(FIRSTS)} {dice.choice(LASTS)}"
            company = "Great Northern Shipping & Trading" if n % 8 == 1 else f"{dice.choice(LASTS)} {n % 29}"
            session.add(
                ContactRow(
                    account_id=1, name=name, company=company, by_hand=True, created_at=NOW, facts=facts,
                    kind=("client", "client", "friend", "former", None)[n % 5] if count > 3 else "client",
                    unsure="Met only among more than three." if n % 5 == 4 else "",
                    tags=[dice.choice(["retainer", "projects", "year-end"])] if n % 3 == 0 and n % 5 != 4 else [],
                )
            )  # fmt: skip


def looked_at(page: Page, artefacts: Path, name: str, *, closely: bool = True) -> None:
    """Pictures of it, wide and light, narrow and dark, or all four `closely`; nothing sticks out, and axe-core finds
    nothing."""
    before = page.viewport_size
    assert before is not None
    picture(page, artefacts, name, looks=EVERY_LOOK if closely else TWO_LOOKS, whole=closely)
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    page.set_viewport_size({"width": 320, "height": 900})
    assert not too_wide(page), (name, 320)
    page.set_viewport_size(before)


WORDS = """of => [...document.querySelectorAll(of)].filter(one => one.getClientRects().length).map(one => {
    const box = one.getBoundingClientRect(), middle = (box.top + box.bottom) / 2;
    return [one.textContent, box.left, box.right, middle - box.height / 3, middle + box.height / 3];
})"""
"""Of words in a picture: left, right, top and bottom as drawn, without the room above and below letters."""
ALONG = """() => [...document.querySelectorAll(".sonar .tag")].filter(one => one.getClientRects().length).map(one =>
    [one.textContent, one.getComputedTextLength(),
     document.querySelector(one.firstElementChild.getAttribute("href")).getTotalLength()])"""
SMALL_FIRMS = ("Wolfe & Weissenfels Mining", "Östlund MWM Holding", "Ammann Commodities", "Hannoversche Union")
NARROW_TO_WIDE = (320, 390, 640, 1280)


def covered(page: Page, words: str) -> list[tuple[str, str]]:
    """Pairs of words that stand over each other, or with no room between them."""
    boxes = page.evaluate(WORDS, words)
    return [
        (one, other)
        for n, (one, left, right, top, bottom) in enumerate(boxes)
        for other, to_left, to_right, to_top, to_bottom in boxes[:n]
        if left < to_right + 1 and to_left < right + 1 and top < to_bottom and to_top < bottom
    ]


@pytest.mark.parametrize("count", [20, 60, 200])
def test_words_in_the_picture_of_people_have_room(running: Running, opened: Callable[..., Page], count: int) -> None:
    there_are(running, count)
    with running.services.db.write() as session:
        for n, row in enumerate(people.everybody(session, 1)):
            row.company = SMALL_FIRMS[n % 4] if n < 12 else "Great Northern Shipping"
            row.name = f"{('Wilhelmina', 'Hannah', 'Mohammed', 'Ingrid')[n % 4]} {row.id}"
    for by in ("company", "tag"):
        page = opened(f"/people?by={by}")
        for width in NARROW_TO_WIDE:
            page.set_viewport_size({"width": width, "height": 900})
            along = page.evaluate(ALONG)
            assert len(along) > 1
            assert [one for one in along if one[1] > one[2]] == [], width
            assert page.locator(".sonar .who").count() > 1
            assert covered(page, ".sonar .who") == [], width


@pytest.mark.parametrize("count", [0, 3, 60, 1000])
def test_so_many_people(running: Running, opened: Callable[..., Page], artefacts: Path, count: int) -> None:
    there_are(running, count)
    page = opened("/people")
    looked_at(page, artefacts, f"people-{count}", closely=count == 60)
    shown = page.locator(".sonar > a").count()
    assert shown == {0: 0, 3: 3, 60: 48, 1000: 200}[count]
    assert page.locator(".folk tbody tr").count() == {0: 0, 3: 3, 60: 48, 1000: 100}[count]
    if count == 0:
        expect(page.locator("h1")).to_have_text("Nobody yet")
        expect(page.get_by_role("link", name="Add people by hand")).to_be_visible()
    if count == 60:
        for show in ("unsure", "left"):
            page.goto(f"{running.url}/people?show={show}")
            looked_at(page, artefacts, f"people-{show}", closely=False)
        page.goto(f"{running.url}/people?by=company&state=planned&q=great")
        looked_at(page, artefacts, "people-narrowed", closely=False)


def test_the_list_changes_in_place_and_by_keyboard(running: Running, opened: Callable[..., Page]) -> None:
    there_are(running, 60)
    page = opened("/people")
    page.evaluate("window.sameDocument = true")
    # The picture can be passed over, and gone through.
    page.locator(".sonarspread .skip").focus()
    expect(page.locator(".sonarspread .skip")).to_be_in_viewport()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.sonar') !== null")
    page.get_by_role("link", name="Who", exact=True).focus()
    page.keyboard.press("Enter")
    head = page.get_by_role("columnheader", name="Who")
    expect(head).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("link", name="Who", exact=True).click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert page.url.endswith("?sort=-name")
    page.get_by_role("searchbox").fill("rohan")
    page.keyboard.press("Enter")
    expect(page.locator(".folk tbody tr").first).to_contain_text("Rohan")
    assert page.locator(".folk tbody th:not(:has-text('Rohan'))").count() == 0
    assert page.evaluate("window.sameDocument")


@pytest.mark.parametrize("script", [True, False])
def test_one_press_decides(running: Running, opened: Callable[..., Page], script: bool) -> None:
    there_are(running, 60)
    page = opened("/people?show=unsure", java_script_enabled=script)
    before = page.locator(".folk tbody tr").count()
    button = page.get_by_role("button", name=": Friend").first
    name = (button.get_attribute("aria-label") or "").removesuffix(": Friend")
    button.click()
    expect(page.locator(".folk tbody tr")).to_have_count(before - 1)
    with running.services.db.read() as session:
        assert name in [row.name for row in people.contacts(session, 1) if row.kind == "friend"]


def test_one_person_and_a_year(running: Running, opened: Callable[..., Page], artefacts: Path) -> None:
    there_are(running, 3)
    ways = ("meeting", "call", "coffee", "visit", "letter", "message")
    with running.services.db.write() as session:
        rows = people.contacts(session, 1)
        for place, row in enumerate(rows):
            for n in range(4 + place * 4):
                on = TODAY - timedelta(days=50 + place * 30 + n * (30 + place))
                session.add(
                    TouchRow(account_id=1, contact_id=row.id, on=on, channel=ways[n % 6], source=f"hand/{on}/{n}")
                )
        kept = date(2026, 9, 1)
        session.add(
            PromiseRow(
                account_id=1, contact_id=rows[0].id, what="promise", text="The VAT checklist", made_on=kept,
                due_on=kept, kept_on=kept,
            )
        )  # fmt: skip
        who, odd = rows[0].id, rows[2].id
    for name, contact in (("person", who), ("person-odd", odd)):
        page = opened(f"/people/{contact}")
        looked_at(page, artefacts, name, closely=name == "person")
        expect(page.locator(".strip")).to_be_visible()
        for width in NARROW_TO_WIDE:
            page.set_viewport_size({"width": width, "height": 900})
            assert covered(page, ".strip text:not(.hand)") == [], width
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    page = opened("/year")
    looked_at(page, artefacts, "year")
    for width in NARROW_TO_WIDE:
        page.set_viewport_size({"width": width, "height": 900})
        assert covered(page, ".bars text") == [], width
    expect(page.get_by_role("heading", name="Who would have been named in time")).to_be_visible()
    page.get_by_text("The figures").first.click()
    total = sum(int(cell) for cell in page.locator("#main table").first.locator("td:nth-child(2)").all_inner_texts())
    expect(page.locator(".lede")).to_contain_text(f" {total} times")
    page.goto(f"{running.url}/year?y=2025")
    expect(page.locator("h1")).to_have_text("2025")
