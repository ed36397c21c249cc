"""Sentences in the database: what they say is stored, and they are said in the language spoken when they are read."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from sqlalchemy import Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from scheduler.words import Language, again, kept, spoken


class Sentence(TypeDecorator[str]):
    """A column of `scheduler.words.Said`. Plain text, and what was stored before there was this, stays as it is."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        stored = kept(value)
        if isinstance(stored, str) and not stored.startswith(("{", '"')):
            return stored
        return json.dumps(stored, ensure_ascii=False)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return _said(str(value), spoken())


@lru_cache(maxsize=4096)  # the same few sentences are read again and again
def _said(text: str, language: Language) -> str:
    """`language` is the one that is spoken."""
    if not text.startswith(("{", '"')):
        return text
    try:
        return again(json.loads(text))
    except ValueError:
        return text
