"""Pictures of pages as test artefacts, to be looked at. JPEG, since it is drawn twice as fast as PNG."""

from __future__ import annotations

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
    """As it is now; `at` is in the file's name."""
    size, scheme = at
    file = folder / f"{name}-{size['width']}-{scheme}.jpg"
    page.screenshot(path=file, full_page=whole, type="jpeg", quality=75)


def too_wide(page: Page) -> int:
    """So many pixels that a reader would have to move sideways for."""
    wide: int = page.locator("body").evaluate("document.documentElement.scrollWidth - innerWidth")
    return max(0, wide)


def picture(page: Page, folder: Path, name: str, *, looks: tuple[Look, ...] = TWO_LOOKS, whole: bool = True) -> None:
    """The page as it is in these looks, and then again as before; nothing may stick out sideways."""
    before = page.viewport_size
    assert before is not None
    for at in looks:
        look(page, at)
        keep(page, folder, name, at, whole=whole)
        assert not too_wide(page), (name, at)
    look(page, (before, "light"))
