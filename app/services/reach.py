"""How to reach somebody: a number to dial, and an event to invite them to. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlencode, urlsplit

GOOGLES_NEW_EVENT = "https://calendar.google.com/calendar/render?action=TEMPLATE"
"""Google's public address of a new event, to which title and guest can be added; nothing is saved by opening it."""

LONGEST_PHONE = 40
_PHONE = re.compile(r"\+?[0-9 ()/.\u2010-\u2013-]+(?:(?:x|ext\.?|#) ?[0-9]{1,6})?", re.IGNORECASE)
_AFTER = re.compile(r"(?:x|ext\.?|#) ?[0-9]+$", re.IGNORECASE)


def is_phone(text: str) -> bool:
    """Loosely: three digits or more, and nothing that is in no number."""
    return len(text) <= LONGEST_PHONE and _PHONE.fullmatch(text) is not None and len(re.sub(r"\D", "", text)) >= 3


def tel(phone: str) -> str:
    """The address that dials it, empty where it is no number. "+49 (0)30 1234" -> "tel:+49301234"."""
    text = phone.strip()
    if not is_phone(text):
        return ""
    text = _AFTER.sub("", text)
    if text.startswith("+"):
        text = text.replace("(0)", "")  # dialled inside the country only
    digits = "".join(one for one in text if "0" <= one <= "9")
    return f"tel:{'+' if text.startswith('+') else ''}{digits}" if digits else ""


def new_event_at(api_endpoint: str | None) -> str:
    """Where the user makes a new event: at Google, or at the server that stands in for it."""
    if api_endpoint is None:
        return GOOGLES_NEW_EVENT
    parts = urlsplit(api_endpoint)
    return f"{parts.scheme}://{parts.netloc}/new"


def new_event(base: str, title: str, guest: str) -> str:
    """With a title and, where an address is known, a guest. Day and time are the user's to choose."""
    fields = {"text": title} | ({"add": guest} if guest else {})
    return f"{base}{'&' if '?' in base else '?'}{urlencode(fields)}"
