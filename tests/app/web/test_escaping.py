"""Whatever a calendar, a form or an address brings, a page shows it as text."""

from __future__ import annotations

import dataclasses
from typing import Any
from urllib.parse import quote

import pytest

from app.services.viewmodel import Banner
from app.web.render import visible
from tests.app.web.fakes import HOSTILE, FakeServices
from tests.app.web.markup import Tag, read

# Codes and addresses are ours and drive the page; every other text may come from anybody.
OURS = frozenset({"kind", "state", "outcome", "link", "href", "code", "color_id", "show_as", "text", "zone", "country"})
UNSEEN = "\u202e\u2066\x07\ud800"


def poisoned(value: Any, name: str = "") -> Any:
    """The same value with hostile text wherever text is shown."""
    if isinstance(value, str):
        return value if name in OURS else HOSTILE
    if isinstance(value, tuple):
        return tuple(poisoned(one, name) for one in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        made = {one.name: poisoned(getattr(value, one.name), one.name) for one in dataclasses.fields(value) if one.init}
        return dataclasses.replace(value, **made)
    return value


def harmless(page: Tag) -> None:
    # The payload's own tags would be elements here, had they not been escaped.
    assert not page.all("img")
    assert [one["src"].partition("?")[0] for one in page.all("script")] == ["/static/greenblock.js"]
    assert not [tag for tag in page.everything() if any(name.startswith("on") for name in tag.attributes)]
    shown = page.text + "".join(value for tag in page.everything() for value in tag.attributes.values())
    assert "{{7*7}}" in shown


@pytest.fixture
def hostile(fake: FakeServices) -> FakeServices:
    for name in ("welcome_", "today_", "people_page_", "person_", "year_", "settings_", "go_", "frame_"):
        view = poisoned(getattr(fake.views, name))
        if name not in ("settings_", "frame_"):
            banner = Banner(code="x", text=HOSTILE, action=HOSTILE, href="/connect")
            view = dataclasses.replace(view, frame=dataclasses.replace(view.frame, banner=banner))
        setattr(fake.views, name, view)
    return fake


@pytest.mark.parametrize(
    "address",
    [
        "/about",
        "/welcome",
        "/today",
        "/people",
        "/people?show=left",
        "/people?show=unsure",
        "/people/101",
        "/settings",
        "/go/good-token",
    ],
)
def test_hostile_text_stays_text(client: Any, hostile: FakeServices, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    harmless(read(answer.text))
    assert not set(UNSEEN) & set(answer.text)


def test_hostile_text_from_a_form_stays_text(client: Any) -> None:
    typed = HOSTILE.encode("utf-8", "replace").decode()
    answer = client.post(
        "/settings", data={"own": typed, "zone": typed, "from": typed, "region": typed, "color": typed}
    )
    assert answer.status_code == 422
    harmless(read(answer.text))
    harmless(read(client.post("/people/101", data={"cadence_weeks": typed}).text))


def test_a_banner_links_to_this_place_only(client: Any, fake: FakeServices) -> None:
    for href in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        banner = Banner(code="x", text="Something is wrong.", action="Mend", href=href)
        fake.views.frame_ = dataclasses.replace(fake.views.frame_, banner=banner)
        assert href not in client.get("/about").text


@pytest.mark.parametrize(
    "address", ["//evil.example", "/\\evil.example", "/%2f%2fevil.example", "/go/%2f%2fevil.example"]
)
def test_no_address_leads_elsewhere(client: Any, address: str) -> None:
    answer = client.get(f"http://testserver{address}")
    assert "location" not in answer.headers
    assert "evil.example" not in answer.text


def test_a_token_is_shown_nowhere_unescaped(client: Any, fake: FakeServices) -> None:
    answer = client.get("/go/" + quote("<script>alert(1)</script>", safe=""))
    assert answer.status_code == 404
    assert "<script>" not in answer.text


def test_what_turns_or_hides_text_is_taken_out() -> None:
    assert visible("a\u202eb\u200bc\x00d\ud800e") == "abcde"
    assert visible("line\nline\ttab ü 漢 שלום \u200d") == "line\nline\ttab ü 漢 שלום \u200d"
    assert visible(7) == 7
