"""Names and titles come from other people's invitations. Made to harm, they reach pages and blocks as harmless text."""

from __future__ import annotations

import csv
import io
import logging
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urlsplit

import httpx
import pytest
from playwright.sync_api import BrowserContext
from sqlalchemy import select
from starlette.routing import compile_path

from app.clock import clock_from
from app.db.tables import SuggestionRow
from tests.pageforms import forms_of
from tests.running import Running, connect, first_read, live_blocks, running_service, save_welcome, settled, visitor
from tests.security.conftest import ME, NOW, met, route_table, world_of
from tests.security.corpus import PAYLOADS, SCRIPTS
from tests.security.test_elsewhere import SIGN_IN
from tests.security.test_logs import listening

OTHERS = ["/year", "/settings/data", "/settings/delete", "/privacy", "/docs", "/about", "/people/add"]
NO_PAGES = re.compile(
    r"/|/(api|static|connect|oauth|hooks|metrics|healthz|readyz|favicon|feed).*|.*/preview|.*\.(csv|ics|json)"
)
"""Answers that are no page of their own: they lead on, or are for programs."""
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
HREFS = "all => all.map(one => new URL(one.getAttribute('href'), document.baseURI).href)"
"""Of links in pictures (SVG) too."""
FILES = (".csv", ".ics", ".json")  # a browser puts them away
MOST_LINKS = 400 if os.environ.get("FULL") else 12
OUR_SCRIPT = r'<script src="/static/greenblock\.js\?v=[0-9a-f]{10}" defer>'
OURS = {
    "html",
    "script",  # one, of our own: _assert_harmless looks at it
    "head",
    "meta",
    "title",
    "figure",
    "figcaption",
    "text",
    "textpath",
    "link",
    "body",
    "a",
    "header",
    "aside",
    "nav",
    "main",
    "footer",
    "div",
    "section",
    "h1",
    "h2",
    "h3",
    "p",
    "b",
    "i",
    "em",
    "small",
    "span",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "form",
    "input",
    "button",
    "select",
    "option",
    "label",
    "fieldset",
    "legend",
    "textarea",
    "details",
    "summary",
    "svg",
    "rect",
    "br",
    "time",
    "strong",
    "table",
    "tr",
    "td",
    "th",
    "thead",
    "tbody",
    "code",
    "path",
    "circle",
    "line",
    "g",
}


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name in {"href", "src", "action", "formaction", "content"}:
                self.addresses.append(value or "")

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data[:80]}")


def harmful_world() -> dict[str, Any]:
    events: list[dict[str, Any]] = []
    for number, payload in enumerate(PAYLOADS):
        # As a name and as a title; half of them alone at a firm, so that many of them are in the first blocks.
        events += met(number, payload, title=payload, every=20 + number % 7)
        events[-1]["location"], events[-1]["description"] = payload, payload
    for number, name in enumerate(SCRIPTS):
        events += met(200 + number, name)
    # And in the places where addresses stand.
    for number, address in enumerate(
        ['"><script>alert(1)</script>"@evil.example', "a@<b>evil.example", "x" * 300 + "@evil.example"]
    ):
        extra = met(100 + number, "Plain Name")
        for event in extra:
            event["attendees"][1]["email"] = address
        events += extra
    return world_of(events)


@pytest.fixture(scope="module")
def log() -> Iterator[io.StringIO]:
    """What the process says at its most talkative."""
    with listening("text", logging.DEBUG) as made:
        yield made


@pytest.fixture(scope="module")
def running(log: io.StringIO) -> Iterator[Running]:
    with running_service(harmful_world(), clock=clock_from(NOW), settings={"refresh_seconds": 86_400}) as made:
        yield made


@pytest.fixture(scope="module")
def client(running: Running) -> Iterator[httpx.Client]:
    """Saved, with blocks on every weekday, so that everybody has a place."""
    with visitor(running) as made:
        connect(made, running)
        first_read(running)
        _assert_harmless("/welcome", made.get("/welcome").text)
        save_welcome(made)
        form = max(forms_of(made.get("/settings").text), key=lambda form: len(form.fields))
        fields = [(name, value) for name, value in form.fields if name not in {"day", "times", "longest"}]
        fields += [("day", str(day)) for day in range(1, 6)] + [("times", "each"), ("longest", "60")]
        sent = {name: [value for other, value in fields if other == name] for name, _ in fields}
        assert made.post("/settings", data=sent).status_code == 303
        settled(running)
        yield made


CONNECTIONS = "https://myaccount.google.com/connections"  # where a permission can be taken back
NEW_EVENT = re.compile(r"http://127\.0\.0\.1:[0-9]+/new\?text=[A-Za-z0-9+%._~-]*(&add=[A-Za-z0-9+%._~-]*)?")


def _assert_harmless(path: str, text: str) -> None:
    page = Page(text)
    assert page.tags <= OURS, (path, page.tags - OURS)
    assert re.findall(r"<script[^>]*>", text) == re.findall(OUR_SCRIPT, text), path
    assert len(re.findall(r"<script", text)) == 1, path
    assert not {name for name in page.attributes if name.startswith("on")}, path
    assert "style" not in page.attributes, path
    for address in page.addresses:
        assert not re.match(r"\s*(javascript|data|vbscript):", address, re.IGNORECASE), (path, address)
        if address != CONNECTIONS and not NEW_EVENT.fullmatch(address):  # of the user's own calendar
            assert not address.startswith(("//", "http:", "https:")), (path, address)
    assert not UNSEEN.search(text), (path, UNSEEN.findall(text)[:3])
    assert len(text) < 400_000, path


def _paths(running: Running, client: httpx.Client) -> list[str]:
    view = running.services.views.today(1)
    people = running.services.views.people(1)
    links = [block.link for block in (*((view.next,) if view.next else ()), *view.later)]
    rows = [*people.people, *people.unsure, *people.others]
    assert len(rows) >= 20
    lists = [f"/people?show={show}" for show in ("blocks", "unsure", "others", "left")]
    return [
        "/today",
        *lists,
        "/people?by=company",
        "/welcome",
        "/settings",
        *OTHERS,
        *links[:6],
        *(f"/people/{row.id}" for row in rows),
        f"/settings/blocks/{running.services.views.settings(1).rule.key}",
    ]


def _one_of_each(running: Running, paths: list[str]) -> list[str]:
    """The first path of every page that the application has. Fails where a page has none."""
    first: dict[str, str] = {}
    routes = [route.path for route in route_table(running.services) if route.method == "GET"]
    for path in paths:
        route = next(one for one in routes if compile_path(one)[0].fullmatch(path.partition("?")[0]))
        first.setdefault(route, path)
    assert [route for route in routes if route not in first and not NO_PAGES.fullmatch(route)] == []
    return list(first.values())


def test_pages_hold_them_as_text(running: Running, client: httpx.Client) -> None:
    seen = ""
    for path in _paths(running, client):
        answer = client.get(path)
        assert answer.status_code == 200, path
        _assert_harmless(path, answer.text)
        seen += Page(answer.text).words
    assert "Gina" in seen  # what was harmless in them is there
    assert "Max" in seen
    assert [name for name in SCRIPTS if name not in seen.replace("\u201c", '"').replace("\u201d", '"')] == []


def test_what_was_typed_comes_back_as_text(client: httpx.Client) -> None:
    """A list to import with all of them, and each in a field of the settings, which then are wrong."""
    lines = "\n".join(payload[:300] for payload in PAYLOADS)
    looked = client.post("/people/import", data={"more": lines, "do": "look"})
    _assert_harmless("/people/import", looked.text)
    form = max(forms_of(client.get("/settings").text), key=lambda form: len(form.fields))
    names = [name for name, _ in form.fields]
    seen = ""
    for start in range(0, len(PAYLOADS), len(names)):
        typed = dict(zip(names, (payload[:300] for payload in PAYLOADS[start:]), strict=False))
        answer = client.post("/settings", data=dict.fromkeys(names, "<b>") | typed)
        assert answer.status_code == 422
        _assert_harmless("/settings", answer.text)
        seen += answer.text
    assert "&lt;b&gt;" in seen, "it is shown again as it was typed"


def test_blocks_hold_our_links_and_no_other(running: Running, client: httpx.Client) -> None:
    blocks = live_blocks(running)
    named = [block for block in blocks if "☐" in block["description"]]
    assert len(named) >= 4
    for block in blocks:
        text = block["description"]
        page = Page(text)
        assert page.tags <= {"b", "i", "u", "a", "ul", "ol", "li", "br"}, page.tags
        assert page.attributes <= {"href"}
        assert page.addresses
        assert all(address.startswith(running.url + "/go/") for address in page.addresses), page.addresses
        assert not re.search(r"https?:|www\.|\bevil\.example|javascript:", page.words, re.IGNORECASE), page.words
        assert not UNSEEN.search(text)
        assert len(text) < 8_192
        # No name makes a second fence, a line of its own or a tick.
        assert page.words.count("Everything below this line is yours") == 1
        assert block["summary"] == "Green block"
        for line in text.split("<br>"):
            assert not re.match(r"\s*(x|X|✓|✔|☑|☒|\[x\])[\s<]", line), line
        assert len(re.findall(r"<br>☐", text)) == len(re.findall(r"<br>☐ <a ", text)) <= 6
    assert client.post("/refresh").status_code == 303
    settled(running)
    with running.services.db.read() as session:
        assert {row.outcome for row in session.scalars(select(SuggestionRow))} == {""}


def test_the_feed_for_other_calendars_holds_our_lines_only(running: Running, client: httpx.Client) -> None:
    client.put("/api/feed", json={"names": True})
    address = re.search(r"/feed/[^\"'<\s]+\.ics", client.get("/settings").text)
    assert address is not None
    answer = client.get(address[0])
    assert answer.status_code == 200
    lines = answer.content.decode().replace("\r\n ", "").split("\r\n")
    assert not [line for line in lines if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", line)]
    assert lines.count("BEGIN:VEVENT") == len(live_blocks(running)) >= 4
    for line in lines:
        name = re.match(r"[A-Z-]*", line)
        assert name is not None
        assert name[0] not in {"ATTACH", "ATTENDEE", "ORGANIZER"}, line
        for link in re.findall(r"[a-z]+://[^\s\\<>\"]+", line, re.IGNORECASE):
            assert link.startswith(running.url + "/"), line
    assert not UNSEEN.search("".join(lines))


def test_the_export_is_json_and_whole(client: httpx.Client) -> None:
    """A file for programs: texts stand in it as they came, escaped as JSON demands, on lines of their own row."""
    answer = client.get("/api/export")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert len(answer.json()["events"]) > 300
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", answer.text)


def test_no_table_holds_a_formula(client: httpx.Client) -> None:
    rows = list(csv.reader(io.StringIO(client.get("/settings/data/people.csv").text.removeprefix("\ufeff"))))
    assert len(rows) > 40
    assert not [cell for row in rows for cell in row if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}]
    assert any(cell.startswith("'") for row in rows for cell in row), "they are there, behind an apostrophe"


def test_neither_figures_nor_log_hold_any_of_it(client: httpx.Client, log: io.StringIO) -> None:
    """After all of the above."""
    figures = client.get("/metrics").text
    assert 'route="/people/{contact_id}"' in figures
    assert "connected account=1" in log.getvalue()
    for said in (figures, log.getvalue()):
        for trace in ("evil", "alert", "<", "Gina", "Person", "HYPERLINK", "QQQQ", ME, "\x1b", "\u202e"):
            assert trace not in said, trace
    for line in log.getvalue().splitlines():
        assert re.match(r"\d\d:\d\d:\d\d [A-Z]+ [a-z_]+( [a-z]+=\S*)*$", line), line


@pytest.mark.browser
def test_no_dialog_opens_in_a_browser(
    running: Running, client: httpx.Client, new_context: Callable[..., BrowserContext], heard: list[str]
) -> None:
    context = new_context()
    context.add_cookies(
        [{"name": cookie.name, "value": cookie.value or "", "url": running.url} for cookie in client.cookies.jar]
    )
    page = context.new_page()
    page.on("dialog", lambda dialog: (heard.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: None if request.url.startswith(running.url) else heard.append(request.url))
    paths = _paths(running, client)
    share = dict.fromkeys([*_one_of_each(running, paths), *paths[:12]])
    seen = paths if os.environ.get("FULL") else list(share)
    for path in seen:
        page.goto(running.url + path)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate("[...document.scripts].map(one => new URL(one.src).pathname)") == ["/static/greenblock.js"]
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
    assert heard == []
    print(f"{len(seen)} of {len(paths)} pages in a browser: no dialog, no request elsewhere, nothing on the console")
    assert ME in page.inner_text("footer")


@pytest.mark.browser
def test_a_browser_that_opens_every_link_changes_nothing(
    running: Running,
    client: httpx.Client,
    unchanged: Callable[[], dict[str, str]],
    new_context: Callable[..., BrowserContext],
) -> None:
    """Mail scanners and link previews open whatever they find, some of them in a browser that runs scripts."""
    context = new_context()
    context.add_cookies(
        [{"name": cookie.name, "value": cookie.value or "", "url": running.url} for cookie in client.cookies.jar]
    )
    page = context.new_page()
    sent: Counter[str] = Counter()
    page.on("request", lambda request: sent.update([request.method]))
    in_blocks = [link for block in live_blocks(running) for link in re.findall(r'href="([^"]+)"', block["description"])]
    assert in_blocks
    waiting = list(dict.fromkeys([running.url + "/today", *(urldefrag(link).url for link in in_blocks)]))
    known = set(waiting)
    opened = 0
    while waiting and opened < MOST_LINKS:
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
            if ours and not parts.path.endswith(FILES) and not parts.path.startswith("/api/") and link not in known:
                known.add(link)
                waiting.append(link)
    assert opened == MOST_LINKS or not waiting
    assert opened >= 12
    assert set(sent) == {"GET"}, sent
    print(f"{opened} links of {len(known)} opened by a browser with scripts, {sent.total()} requests, nothing changed")
