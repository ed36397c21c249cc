"""Contacts who may be one person behind two addresses. A suggestion only: nobody is ever merged without being asked.

Two belong together where the tidied name is the same and so is the company; a private address at a free mail domain,
or none at all, speaks of no company and stands against none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from scheduler.addresses import domain_of, is_free_mail, words
from scheduler.names import tidy_name

MOST_OF_A_NAME = 6
"""So many contacts of one name are namesakes, not copies of one person: nothing is suggested."""

_FORMS = words("gmbh mbh ag kg ohg ug se ltd limited llc inc co corp plc sa sas srl bv nv ab as oy")


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What is compared of one contact. `addresses` may be empty for people added by hand."""

    key: int
    name: str
    company: str = ""
    addresses: tuple[str, ...] = ()


@lru_cache(maxsize=4096)  # everybody's is asked for at every plan
def name_key(name: str) -> str:
    """The name as it is compared: tidied, without accents and case ("Zoë  NOVÁK" = "Zoe Novak")."""
    return bare(tidy_name(name, "")) if name.strip() else ""


def company_key(company: str) -> str:
    """The company as it is compared: "Ferro & Sons GmbH" = "Ferro Sons"; empty for none."""
    parts = re.findall(r"\w+", bare(company))
    while len(parts) > 1 and parts[-1] in _FORMS:
        parts.pop()
    return "".join(part for part in parts if part not in ("and", "und", "et"))


def bare(text: str) -> str:
    """Without accents, case and doubled blanks."""
    if text.isascii():  # as most names are: a list of a thousand is put in order at every look
        return " ".join(text.casefold().split())
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).casefold()
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).split())


def pairs(people: Iterable[Known], *, apart: Collection[tuple[int, int]] = ()) -> list[tuple[int, int]]:
    """Keys of those who may be one person, the smaller key first, in order. `apart`: pairs that the user told apart.

    A name of one word ("Marta") is no name to tell people by. Linear but for namesakes.
    """
    by_name: dict[str, list[Known]] = {}
    for one in people:
        key = name_key(one.name)
        if " " in key:
            by_name.setdefault(key, []).append(one)
    told = {(min(pair), max(pair)) for pair in apart}
    found = {
        (min(first.key, second.key), max(first.key, second.key))
        for group in by_name.values()
        if len(group) < MOST_OF_A_NAME
        for first, second in combinations(group, 2)
        if _company_agrees(first, second)
    }
    return sorted(found - told)


def _company_agrees(first: Known, second: Known) -> bool:
    if _speaks_of_none(first) or _speaks_of_none(second):
        return True
    return company_key(first.company) == company_key(second.company)


def _speaks_of_none(one: Known) -> bool:
    private = all(is_free_mail(domain_of(address)) for address in one.addresses)
    return private and (bool(one.addresses) or not company_key(one.company))
