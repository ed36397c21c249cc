"""The forms of the pages about one's own data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.errors import Invalid
from app.services.preferences import KEPT, Kept
from scheduler.words import _


@dataclass(frozen=True, kw_only=True, slots=True)
class Delete:
    sure: bool
    remove_blocks: bool


def parse_delete(form: Mapping[str, Sequence[str]]) -> Delete:
    return Delete(sure="sure" in form, remove_blocks="blocks" in form)


def parse_keep(form: Mapping[str, Sequence[str]]) -> Kept:
    """Raises Invalid."""
    said = (form.get("keep") or ["?"])[-1]
    for months in KEPT:
        if said == ("" if months is None else str(months)):
            return months
    raise Invalid({"keep": _("Choose one of the times that are offered; nothing was changed.")})
