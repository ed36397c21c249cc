"""Mail scanners and link previews open whatever they find, some of them in a browser that runs scripts. A browser that
is signed in opens every link of every page and of every block: nothing changes.

`make test` opens the first of them, `make security` all.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from urllib.parse import urldefrag, urlsplit

import httpx
import pytest
from playwright.sync_api import BrowserContext

from tests.running import Running, live_blocks
from tests.security.test_elsewhere import SIGN_IN

MOST = 400 if os.environ.get("FULL") else 12
NO_PAGES = (".csv", ".ics")
"""Files, which a browser puts away; test_elsewhere asks for them."""

HREFS = "all => all.map(one => new URL(one.getAttribute('href'), document.baseURI).href)"
"""Of links in pictures (SVG) too."""


@pytest.mark.browser
def test_a_browser_that_opens_every_link_changes_nothing(
    running: Running,
    mine: httpx.Client,
    unchanged: Callable[[], dict[str, str]],
    new_context: Callable[..., BrowserContext],
) -> None:
    context = new_context()
    context.add_cookies(
        [{"name": cookie.name, "value": cookie.value or "", "url": running.url} for cookie in mine.cookies.jar]
    )
    page = context.new_page()
    sent: Counter[str] = Counter()
    page.on("request", lambda request: sent.update([request.method]))
    in_blocks = [link for block in live_blocks(running) for link in re.findall(r'href="([^"]+)"', block["description"])]
    assert in_blocks
    waiting = list(dict.fromkeys([running.url + "/today", *(urldefrag(link).url for link in in_blocks)]))
    known = set(waiting)
    opened = 0
    while waiting and opened < MOST:
        address = waiting.pop(0)
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        opened += 1
        page.wait_for_load_state("networkidle")
        for link in page.eval_on_selector_all("a[href]", HREFS):
            link = urldefrag(link).url
            parts = urlsplit(link)
            ours = link.startswith(running.url + "/") and parts.path not in SIGN_IN
            if ours and not parts.path.endswith(NO_PAGES) and not parts.path.startswith("/api/") and link not in known:
                known.add(link)
                waiting.append(link)
    assert opened == MOST or not waiting
    assert opened >= 12
    assert set(sent) == {"GET"}, sent
    print(f"{opened} links of {len(known)} opened by a browser with scripts, {sent.total()} requests, nothing changed")
