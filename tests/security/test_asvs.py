"""docs/asvs.md speaks of every item of ASVS 5.0.0 up to level 2, once, and what it calls met has tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/asvs.md").read_text(encoding="utf-8")

LAST_UP_TO_LEVEL_2 = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2,
    "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2,
    "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
    "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "9.1": 3, "9.2": 4,
    "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3,
    "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4,
    "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7,
    "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
    "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip
"""Of each section of the standard the last item of level 1 or 2: they stand before those of level 3, from 1 on."""

ITEMS = {f"{section}.{number}" for section, last in LAST_UP_TO_LEVEL_2.items() for number in range(1, last + 1)}


def rows() -> list[tuple[str, str]]:
    """The tables' lines: which items, and what is said of them."""
    found = re.findall(r"^\| ([\d., ]+) \| (.+) \|$", PAGE, re.MULTILINE)
    assert len(found) > 60
    return found


def named() -> list[str]:
    """Every item that the page speaks of: by its number, by that of its section, or by that of its chapter."""
    said = PAGE.partition("\n## ")[2]
    for reference in re.findall(r"as \d+\.\d+\.\d+", said):
        said = said.replace(reference, "")
    items = re.findall(r"(?<![\d.])\d{1,2}\.\d{1,2}\.\d{1,2}(?![\d.])", said)
    for section in re.findall(r"(?<![\d.])\d{1,2}\.\d{1,2}(?![\d.])", said):
        items += [f"{section}.{number}" for number in range(1, LAST_UP_TO_LEVEL_2.get(section, 0) + 1)]
    _, _, left_out = said.partition("## Not there")
    for chapter in re.findall(r"\bV(\d{1,2})\b", left_out):
        items += [item for item in ITEMS if item.startswith(f"{chapter}.")]
    return items


def test_the_list_of_the_standard_is_whole() -> None:
    assert len(ITEMS) == 70 + 183, "items of level 1, and those that level 2 adds"


def test_every_item_is_spoken_of_once() -> None:
    items = named()
    assert sorted(ITEMS - set(items)) == []
    assert sorted(set(items) - ITEMS) == [], "no such item up to level 2"
    assert sorted({item for item in items if items.count(item) > 1}) == []


def test_what_is_met_names_what_holds_it() -> None:
    for items, words in rows():
        assert re.match(r"(\*\*)?(met|half|half met|not met|by|left to|as)\b", words), (items, words)
        if words.startswith("met"):
            assert re.search(r"`tests/[\w/.]+`|\]\(|by that list|`artefacts/sbom.json`", words), (items, words)
