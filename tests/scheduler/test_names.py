"""Names and companies as people would write them, from whatever strangers typed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.names import LONGEST, NOBODY, company_of, plain, tidy_name


@pytest.mark.parametrize(
    ("display", "expected"),
    [
        ("Marta Lindqvist", "Marta Lindqvist"),
        ("LINDQVIST, Marta", "Marta Lindqvist"),
        ("Lindqvist, Dr. Marta", "Marta Lindqvist"),
        ("Marta LINDQVIST", "Marta Lindqvist"),
        ("marta lindqvist", "Marta Lindqvist"),
        ("Dr. Marta Lindqvist, PhD", "Marta Lindqvist"),
        ("Prof. Dr. Marta Lindqvist", "Marta Lindqvist"),
        ("Marta Lindqvist (Ferro & Sons)", "Marta Lindqvist"),
        ("Marta Lindqvist | Ferro & Sons", "Marta Lindqvist"),
        ("Marta Lindqvist - Ferro", "Marta Lindqvist"),
        ("Marta Lindqvist via Google Calendar", "Marta Lindqvist"),
        ("Marta Lindqvist, Ferro", "Marta Lindqvist"),
        ("Marta Lindqvist <marta@ferro.example>", "Marta Lindqvist"),
        ('"Marta Lindqvist"', "Marta Lindqvist"),
        ("'Marta Lindqvist'", "Marta Lindqvist"),
        ("", "Marta Lindqvist"),
        ("marta.lindqvist@ferro.example", "Marta Lindqvist"),
        ("'marta.lindqvist@ferro.example'", "Marta Lindqvist"),
        ("Marta http://evil.example/x Lindqvist", "Marta Lindqvist"),
        ("\u202eMarta\u200b\tLindqvist\x07\n", "Marta Lindqvist"),
        ("...", "Marta Lindqvist"),
        ("de la Cruz, Ana María", "Ana María de la Cruz"),
        ("ludwig van beethoven", "Ludwig van Beethoven"),
        ("SIOBHÁN O'BRIEN", "Siobhán O'Brien"),
        ("anne-marie weiß", "Anne-Marie Weiß"),
        ("Ronald McDonald", "Ronald McDonald"),
        ("J. R. Smith", "J. R. Smith"),
        ("王小明", "王小明"),
        ("Владимир Ким", "Владимир Ким"),
    ],
)
def test_display_names(display: str, expected: str) -> None:
    assert tidy_name(display, "marta.lindqvist@ferro.example") == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("marta.lindqvist84+calendar@ferro.example", "Marta Lindqvist"),
        ("m.lindqvist@ferro.example", "M. Lindqvist"),
        ("info@ferro-sons.example", "Ferro Sons"),
        ("12345678@qq.com", "12345678"),
        ("", NOBODY),
    ],
)
def test_names_from_addresses(address: str, expected: str) -> None:
    assert tidy_name("", address) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("marta@ferro-sons.example", "Ferro Sons"),
        ("marta@mail.ferro-sons.co.uk", "Ferro Sons"),
        ("marta@ferro.firm.example", "Firm"),  # unknown suffix: the last two labels are the registered domain
        ("tom@bmw.de", "BMW"),
        ("eva@xn--mller-kva.de", "Müller"),
        ("marta@gmail.com", ""),
        ("marta@yahoo.co.uk", ""),
        ("nobody", ""),
    ],
)
def test_companies(address: str, expected: str) -> None:
    assert company_of(address) == expected


_HOSTILE = st.text(st.one_of(st.sampled_from("<>@:/\\\"'(),.|-\u202e\u200b\x00\n\t "), st.characters()), max_size=200)


@settings(max_examples=300)
@given(_HOSTILE, _HOSTILE)
def test_a_name_is_plain_short_and_never_empty(display: str, address: str) -> None:
    name = tidy_name(display, address)
    assert 0 < len(name) <= LONGEST
    assert name == " ".join(name.split())
    assert not any(unicodedata.category(char).startswith("C") for char in name)
    assert not set("<>@\\") & set(name)
    assert "://" not in name
    assert len(company_of(address)) <= LONGEST


@given(st.text(max_size=50))
def test_plain_is_settled_after_once(text: str) -> None:
    assert plain(plain(text)) == plain(text)
