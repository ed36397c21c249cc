"""The languages of pages, sentences and blocks. A catalogue is a .po file, read as it stands: nothing is compiled."""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from scheduler.words import ENGLISH, Language

HERE = Path(__file__).parent / "locale"

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Code -> its name in the language itself. English is what the messages are written in and has no catalogue."""


def catalogue_of(code: str) -> Path:
    return HERE / code / "LC_MESSAGES" / "greenblock.po"


@cache
def language(code: str) -> Language:
    """The language of that code; English for one that we do not speak."""
    if code == ENGLISH.code or code not in LANGUAGES:
        return ENGLISH
    with catalogue_of(code).open("rb") as file:
        return read(code, file.read())


def read(code: str, po: bytes) -> Language:
    """A catalogue as it stands in a .po file. Entries marked fuzzy are nobody's word yet and stay English."""
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(po), locale=code))
    compiled.seek(0)
    return Language(code=code, locale=code, catalogue=GNUTranslations(compiled))


def best_of(accept_language: str) -> Language:
    """What suits a browser best, by its Accept-Language (RFC 9110, 12.5.4): "de-AT;q=0.9, en;q=0.8" → German."""
    wishes = []
    for place, part in enumerate(accept_language[:1000].split(",")):
        tag, _, quality = part.partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        wishes.append((-weight, place, tag.strip().lower().partition("-")[0]))
    for weight, _, code in sorted(wishes):
        if weight < 0 and code in LANGUAGES:
            return language(code)
    return ENGLISH
