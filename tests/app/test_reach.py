"""Numbers that can be dialled, and events that can be arranged."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.reach import is_phone, new_event, new_event_at, tel


@pytest.mark.parametrize(
    ("phone", "dialled"),
    [
        ("+49 (0)30 123-45 67", "tel:+49301234567"),
        ("030/1234567", "tel:0301234567"),
        (" (555) 010.4477 ext. 12 ", "tel:5550104477"),
        ("112", "tel:112"),
        ("12", ""),
        ("call me", ""),
        ("javascript:alert(1)", ""),
        ("1" * 41, ""),
        ("", ""),
    ],
)
def test_what_a_tap_dials(phone: str, dialled: str) -> None:
    assert tel(phone) == dialled


@given(text=st.text(max_size=50) | st.text(alphabet="+0123456789 ()x#/.-", max_size=45))
def test_nothing_but_digits_is_ever_dialled(text: str) -> None:
    dialled = tel(text)
    assert bool(dialled) <= is_phone(text.strip())
    if dialled:
        assert dialled.removeprefix("tel:").removeprefix("+").isdecimal()


@given(title=st.text(max_size=40), guest=st.emails() | st.just(""))
def test_title_and_guest_arrive_as_they_are(title: str, guest: str) -> None:
    for endpoint, host in ((None, "calendar.google.com"), ("http://localhost:9/calendar/v3/", "localhost:9")):
        parts = urlsplit(new_event(new_event_at(endpoint), title, guest))
        asked = parse_qs(parts.query, keep_blank_values=True)
        assert parts.netloc == host
        assert asked["text"] == [title]
        assert asked.get("add", [""]) == [guest]
    assert parts.path == "/new"
    assert new_event(new_event_at(None), "x", "").startswith(
        "https://calendar.google.com/calendar/render?action=TEMPLATE&text="
    )
