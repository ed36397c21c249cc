"""People whom the user brings along, held against those known already: who is new, who is known, who is the user. Pure.

Recognised by address, then by name and company; a name alone is enough where only one known person has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.db.tables import ContactRow
from integrations.newcomers import Newcomer
from scheduler.addresses import domain_of, is_free_mail
from scheduler.twins import company_key, name_key


@dataclass(frozen=True, kw_only=True, slots=True)
class Met:
    """A newcomer who is known already. `adds`: addresses that were not known of them."""

    person: Newcomer
    contact_id: int
    name: str
    adds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sorted:
    new: tuple[Newcomer, ...]
    known: tuple[Met, ...]
    self: tuple[Newcomer, ...]  # the user's own address


def sort_newcomers(
    people: Iterable[Newcomer],
    *,
    contacts: Sequence[ContactRow],
    addresses: Mapping[str, int],
    own: Iterable[str],
) -> Sorted:
    """`contacts`: everybody once; `addresses` -> contact id; `own`: the user's addresses. Somebody who comes twice
    becomes one, with all their addresses."""
    mine = frozenset(own)
    new: list[Newcomer] = []
    known: dict[int, Met] = {}
    selves: list[Newcomer] = []
    names = {row.id: row.name for row in contacts}
    book = _Book(contacts, addresses)
    for person in people:
        if mine & set(person.addresses):
            selves.append(person)
            continue
        found = book.find(person)
        if found is None:
            book.add(person, -len(new) - 1)
            new.append(person)
        elif found < 0:
            place = -found - 1
            new[place] = _both(new[place], replace(person, addresses=book.free(person, found)))
            book.add(new[place], found)
        else:
            before = known.get(found)
            adds = tuple(one for one in book.free(person, found) if one not in addresses)
            if before is not None:
                person, adds = _both(before.person, person), tuple(dict.fromkeys((*before.adds, *adds)))
            known[found] = Met(person=person, contact_id=found, name=names.get(found, person.name), adds=adds)
            book.add(person, found)
    return Sorted(new=tuple(new), known=tuple(known.values()), self=tuple(selves))


def _both(one: Newcomer, other: Newcomer) -> Newcomer:
    return replace(
        one,
        addresses=tuple(dict.fromkeys((*one.addresses, *other.addresses))),
        company=one.company or other.company,
        phone=one.phone or other.phone,
    )


class _Book:
    """Who is known under which address and name; negative ids are places among the new ones."""

    def __init__(self, contacts: Sequence[ContactRow], addresses: Mapping[str, int]) -> None:
        self._by_address = dict(addresses)
        self._by_name: dict[str, dict[int, str]] = {}
        for row in contacts:
            self._by_name.setdefault(name_key(row.name), {})[row.id] = company_key(row.company)

    def add(self, person: Newcomer, key: int) -> None:
        for address in person.addresses:
            self._by_address.setdefault(address, key)
        self._by_name.setdefault(name_key(person.name), {}).setdefault(key, company_key(person.company))

    def free(self, person: Newcomer, key: int) -> tuple[str, ...]:
        """Their addresses, but for those that are somebody else's."""
        return tuple(one for one in person.addresses if self._by_address.get(one, key) == key)

    def find(self, person: Newcomer) -> int | None:
        for address in person.addresses:
            if address in self._by_address:
                return self._by_address[address]
        namesakes = self._by_name.get(name_key(person.name), {})
        company = company_key(person.company)
        if company:
            return next((key for key, theirs in namesakes.items() if theirs == company), None)
        # A name alone; but not a private address, behind which may be a namesake: that is suggested later.
        private = any(is_free_mail(domain_of(address)) for address in person.addresses)
        return next(iter(namesakes)) if len(namesakes) == 1 and not private else None
