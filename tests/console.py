"""What a browser has to say: no test of ours may make it complain, or let it talk to another machine."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext

_HERE = ("localhost", "127.0.0.1", None)  # None: data:, blob: and about:


def listen(context: BrowserContext, heard: list[str]) -> BrowserContext:
    """From now on `heard` takes every message of the console, which tells of refused parts and failed requests too,
    every error of a script, and every request to elsewhere."""
    context.on("console", lambda said: heard.append(f"{said.type}: {said.text} ({said.location.get('url')})"))
    context.on("weberror", lambda error: heard.append(f"error: {error.error}"))
    context.on(
        "request",
        lambda asked: None if urlsplit(asked.url).hostname in _HERE else heard.append(f"elsewhere: {asked.url}"),
    )
    return context
