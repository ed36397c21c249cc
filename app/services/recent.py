"""What this process has in mind of the calendars it refreshed last, so that a refresh reads and judges what changed.

It is never more than a shortcut. The account's row has a word for the occurrences as they are (`digested_as`), a new
one with each change, whichever process makes it: what was kept under another word is forgotten, and all is read.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db import turns
from app.db.gather import made
from app.db.tables import AccountRow, ContactRow
from scheduler.register import Calendar, Passing, Register

MOST_OF_ONE, MOST_OF_ALL = 15_000, 30_000
"""Occurrences kept of one calendar, and in all: a process stays small, and a calendar beyond that is read each time."""


class Recollection:
    """Of one calendar, for one run at a time."""

    def __init__(self) -> None:
        self._register: Register | None = None
        self.digested_as = ""  # the word under which it holds; "" for none
        self._people: dict[tuple[Any, ...], tuple[tuple[Any, ...], ContactRow]] = {}

    @property
    def size(self) -> int:
        """Occurrences in mind."""
        return len(self._register) if self._register is not None else 0

    def begin(self, account: AccountRow) -> None:
        """With the row as it is now that the run has its lease: nobody else changes occurrences from here on."""
        if account.digested_as != self.digested_as or not account.digested_as:
            self._register = None
        self.digested_as = account.digested_as

    def replaced(self, groups: Iterable[str], rows: Iterable[Mapping[str, Any]], digested_as: str) -> None:
        """The rows of these groups were just written, under this word."""
        if self._register is not None:
            self._register.replace(turns.of_rows(groups, rows))
        self.digested_as = digested_as

    def calendar(self, session: Session, account_id: int, *, since: datetime) -> Calendar:
        """Remembered, or read; what ends from `since` on is what will be asked for as near."""
        if self._register is not None:
            return self._register
        if turns.count(session, account_id) > MOST_OF_ONE:
            return Passing(turns.latest_first(session, account_id, since))
        self._register = Register.of(turns.by_group(session, account_id))
        return self._register

    def people(self, rows: Sequence[tuple[Any, ...]]) -> list[ContactRow]:
        """Rows of `gather.whole`: where one is as it was, the very same, on which much is `remembered`."""
        before, self._people = self._people, {}
        found = []
        for columns in rows:
            known = before.get(columns[:1])
            if known is None or known[0] != columns:
                known = columns, made(ContactRow, [columns])[0]
            self._people[columns[:1]] = known
            found.append(known[1])
        return found

    def let_go_of_much(self) -> None:
        """Of a calendar that has grown too big."""
        if self.size > MOST_OF_ONE:
            self._register, self._people = None, {}


class Recent:
    """The recollections of a process, the latest of them; thread-safe. Who takes one has it alone until it is kept
    again; a run that fails keeps none."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._kept: OrderedDict[int, Recollection] = OrderedDict()  # by account id, the latest last

    def take(self, account_id: int) -> Recollection:
        with self._guard:
            return self._kept.pop(account_id, None) or Recollection()

    def keep(self, account_id: int, recollection: Recollection) -> None:
        recollection.let_go_of_much()
        if not recollection.size:
            return
        with self._guard:
            self._kept[account_id] = recollection
            while sum(one.size for one in self._kept.values()) > MOST_OF_ALL:
                self._kept.popitem(last=False)

    def forget(self, account_id: int) -> None:
        """Of an account that is erased."""
        with self._guard:
            self._kept.pop(account_id, None)
