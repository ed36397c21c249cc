"""Where a sign-in leads back to: pages behind a block's link, and nothing else."""

from __future__ import annotations

import re
from urllib.parse import quote

_GO = re.compile(r"/go/[A-Za-z0-9_-]{1,300}")


def page_to_return_to(text: str) -> str:
    """The path, if it is exactly that of a block's page; else empty.

    What a token is made of leaves no room for another host: no second slash, backslash, percent sign, colon or query.
    """
    return text if _GO.fullmatch(text) else ""


def to_the_start(path: str) -> str:
    """The start, which asks for the sign-in, and after it leads back to `path` where that is such a page."""
    back = page_to_return_to(path)
    return f"/?back={quote(back, safe='')}" if back else "/"
