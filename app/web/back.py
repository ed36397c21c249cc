"""Where a sign-in leads back to: pages of ours, spelled exactly, and nothing else."""

from __future__ import annotations

import re
from urllib.parse import quote

_PAGES = re.compile(
    r"/(go/[A-Za-z0-9_-]{1,300}"
    r"|people(/add|/[0-9]{1,18})?"
    r"|year"
    r"|settings(/data|/delete|/blocks/[A-Za-z0-9_-]{1,64})?)"
)
"""Not Today and the welcome page: the start knows which of them it is."""


def page_to_return_to(text: str) -> str:
    """The path, if it is exactly that of a page one can come back to; else empty.

    What it is made of leaves no room for another host: no second slash beside the first, no backslash, percent sign,
    colon or query.
    """
    return text if _PAGES.fullmatch(text) else ""


def to_the_start(path: str, *, lost: bool = False) -> str:
    """The start, which asks for the sign-in, and after it leads back to `path` where that is such a page.

    `lost`: something was sent there and not taken. The start says so and leads back to the page that it was sent from:
    forms go to the address of their page or below it.
    """
    back = page_to_return_to(path)
    while lost and not back and path:
        path = path.rpartition("/")[0]
        back = page_to_return_to(path)
    asked = "&".join([*([f"back={quote(back, safe='')}"] if back else []), *(["lost=yes"] if lost else [])])
    return f"/?{asked}" if asked else "/"
