"""Pictures of pages as test artefacts, to be looked at."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, ViewportSize

DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
Look = tuple[ViewportSize, Literal["light", "dark"]]
EVERY_LOOK: tuple[Look, ...] = ((DESK, "light"), (DESK, "dark"), (PHONE, "dark"), (PHONE, "light"))
TWO_LOOKS: tuple[Look, ...] = ((DESK, "light"), (PHONE, "dark"))
"""Of what is on the way between the states that test_every_page.py looks at in every way."""


def look(page: Page, at: Look) -> None:
    """Make it so wide, and light or dark, without loading it again."""
    size, scheme = at
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)


def keep(page: Page, folder: Path, name: str, at: Look, *, whole: bool = True) -> None:
    """As it is now; `at` is in the file's name. Chromium is asked itself: Playwright has no way to say that the file
    may be larger, which takes half the time."""
    size, scheme = at
    height = page.locator("html").evaluate("one => one.scrollHeight") if whole else size["height"]
    browser = page.context.new_cdp_session(page)
    shown = {"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1}
    asked = {"format": "png", "optimizeForSpeed": True, "captureBeyondViewport": whole, "clip": shown}
    drawn = browser.send("Page.captureScreenshot", asked)
    browser.detach()
    (folder / f"{name}-{size['width']}-{scheme}.png").write_bytes(b64decode(drawn["data"]))


WIDER = """() => {
    const closed = [...document.querySelectorAll("details:not([open])")];
    closed.forEach(one => one.open = true);
    const boxes = [...document.querySelectorAll("body *")].filter(one =>
        one.scrollWidth > one.clientWidth && one.clientWidth && /auto|scroll/.test(getComputedStyle(one).overflowX));
    const within = boxes.map(one => one.scrollWidth - one.clientWidth);
    closed.forEach(one => one.open = false);
    return Math.max(0, document.documentElement.scrollWidth - innerWidth, ...within);
}"""


def too_wide(page: Page) -> int:
    """So many pixels that a reader would have to move sideways for: the page, or a part of it that scrolls by itself,
    folded away or not."""
    wide: int = page.evaluate(WIDER)
    return wide


def picture(page: Page, folder: Path, name: str, *, looks: tuple[Look, ...] = TWO_LOOKS, whole: bool = True) -> None:
    """The page as it is in these looks, and then again as before; nothing may stick out sideways."""
    before = page.viewport_size
    assert before is not None
    for at in looks:
        look(page, at)
        keep(page, folder, name, at, whole=whole)
        assert not too_wide(page), (name, at)
    look(page, (before, "light"))
