"""What the user keeps in mind of a person: notes, promises, thank-yous, how to reach them.

Every method returns the key under which the change can be undone for an hour, empty where nothing was changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.db import memory, people
from app.db.tables import AccountRow, NoteRow, PromiseRow
from app.errors import Invalid, NotFound
from app.services import undo
from app.services.acting import Acting, contact_of
from app.services.reach import LONGEST_PHONE, is_phone
from scheduler.model import Channel
from scheduler.words import N_, _, thousands

LONGEST_NOTE = 2000
LONGEST_PROMISE = 300
PROMISE, THANKS = "promise", "thanks"

_NO_NOTE = N_("There is no such note, or it is not yours. Load the person's page again.")
_NO_PROMISE = N_("There is no such promise, or it is not yours. Load the person's page again.")


@dataclass(slots=True)
class Changing:
    """A change under way. `key` is set when it is done; `contact_id` is whom it is about."""

    session: Session
    account: AccountRow
    contact_id: int
    said: str = ""
    key: str = ""


class MemoryActions(Acting):
    """The part of `Actions` that is about memory."""

    def save_reach(self, account_id: int, contact_id: int, preferred: str | None, phone: str) -> str:
        """The way they like best (None: as it comes), and their number (empty: none known)."""
        number = plain(phone)
        if number and not is_phone(number):
            raise Invalid(
                {
                    "phone": _(
                        "Write a telephone number of at most {longest} signs, or leave it empty.", longest=LONGEST_PHONE
                    )
                }
            )
        with self._remember(account_id, contact_id) as change:
            row = contact_of(change.session, account_id, contact_id)
            row.preferred = Channel(preferred).value if preferred else None
            row.phone = number
            change.said = _("How to reach them is saved.")
        return change.key

    # -- Notes -------------------------------------------------------------------------------------

    def add_note(self, account_id: int, contact_id: int, text: str, on: date) -> str:
        with self._remember(account_id, contact_id, plan=False) as change:
            add_note(change.session, self._not_ahead(change.account, on), account_id, change.contact_id, text)
            change.said = _("The note is saved.")
        return change.key

    def edit_note(self, account_id: int, contact_id: int, note_id: int, text: str, on: date) -> str:
        with self._remember(account_id, contact_id, plan=False) as change:
            row = self._note(change, note_id)
            row.on, row.text = self._not_ahead(change.account, on), _text(text, LONGEST_NOTE, "note")
            change.said = _("The note is changed.")
        return change.key

    def drop_note(self, account_id: int, contact_id: int, note_id: int) -> str:
        with self._remember(account_id, contact_id, plan=False) as change:
            change.session.delete(self._note(change, note_id))
            change.said = _("The note is removed.")
        return change.key

    # -- Promises ----------------------------------------------------------------------------------

    def add_promise(self, account_id: int, contact_id: int, text: str, due_on: date | None, what: str = PROMISE) -> str:
        """`what`: a promise, or a thank-you owed to this person; then `text` is whom they introduced."""
        with self._remember(account_id, contact_id) as change:
            today = self._today(change.account)
            add_promise(change.session, account_id, change.contact_id, text, due_on, what=what, today=today)
            change.said = _("The thank-you is noted.") if what == THANKS else _("The promise is noted.")
        return change.key

    def edit_promise(self, account_id: int, contact_id: int, promise_id: int, text: str, due_on: date | None) -> str:
        with self._remember(account_id, contact_id) as change:
            row = self._promise(change, promise_id)
            row.text, row.due_on = _text(text, LONGEST_PROMISE, "promise"), due_on
            change.said = _("The promise is changed.")
        return change.key

    def keep_promise(self, account_id: int, contact_id: int, promise_id: int, kept: bool) -> str:
        """Kept as of today, or open again."""
        with self._remember(account_id, contact_id) as change:
            keep_promise(self._promise(change, promise_id), kept, today=self._today(change.account))
            change.said = _("The promise is kept.") if kept else _("The promise is open again.")
        return change.key

    def drop_promise(self, account_id: int, contact_id: int, promise_id: int) -> str:
        with self._remember(account_id, contact_id) as change:
            change.session.delete(self._promise(change, promise_id))
            change.said = _("The promise is removed.")
        return change.key

    # -- Undo --------------------------------------------------------------------------------------

    def undo(self, account_id: int, key: str) -> None:
        """Put back exactly what was before one Save: once, within an hour. Raises NotFound or Refused."""
        with self._change(account_id) as (session, _account):
            undo.undo(session, account_id, key, now=self._clock())

    # -- Parts -------------------------------------------------------------------------------------

    @contextmanager
    def _remember(self, account_id: int, contact_id: int, *, plan: bool = True) -> Iterator[Changing]:
        with self._change(account_id, plan=plan) as (session, account):
            change = Changing(session, account, contact_of(session, account_id, contact_id).id)
            trace = undo.Trace(session, account_id, rows_of(session, account_id, change.contact_id))
            yield change
            change.key = trace.keep([change.said], now=self._clock())

    def _not_ahead(self, account: AccountRow, on: date) -> date:
        if on > self._today(account):
            raise Invalid({"note_on": _("Choose today or an earlier day: a note is of something that has been.")})
        return on

    def _note(self, change: Changing, note_id: int) -> NoteRow:
        row = memory.note(change.session, change.account.id, note_id)
        if row is None or row.contact_id not in rows_of(change.session, change.account.id, change.contact_id):
            raise NotFound(_(_NO_NOTE))
        return row

    def _promise(self, change: Changing, promise_id: int) -> PromiseRow:
        row = memory.promise(change.session, change.account.id, promise_id)
        if row is None or row.contact_id not in rows_of(change.session, change.account.id, change.contact_id):
            raise NotFound(_(_NO_PROMISE))
        return row


def add_note(session: Session, on: date, account_id: int, contact_id: int, text: str) -> bool:
    """The same words on the same day are one note, however often they are sent. Whether it is a new one."""
    words = _text(text, LONGEST_NOTE, "note")
    if any(one.text == words and one.on == on for one in memory.notes(session, account_id, [contact_id])):
        return False
    session.add(NoteRow(account_id=account_id, contact_id=contact_id, on=on, text=words))
    return True


def add_promise(
    session: Session,
    account_id: int,
    contact_id: int,
    text: str,
    due_on: date | None,
    *,
    today: date,
    what: str = PROMISE,
) -> bool:
    """An open one in the same words is the same one: it gets the new date. Whether anything is new."""
    if what not in (PROMISE, THANKS):
        raise Invalid({"what": _("Choose a promise or a thank-you.")})
    if due_on is not None and due_on < today:
        raise Invalid({"promise_on": _("This day is past. Choose today or a later day, or none.")})
    words = _text(text, LONGEST_PROMISE, "introduced" if what == THANKS else "promise")
    for one in memory.promises(session, account_id, [contact_id]):
        if (one.what, one.text, one.kept_on) == (what, words, None):
            if due_on in (None, one.due_on):
                return False
            one.due_on = due_on
            return True
    session.add(
        PromiseRow(account_id=account_id, contact_id=contact_id, what=what, text=words, due_on=due_on, made_on=today)
    )
    return True


def keep_promise(row: PromiseRow, kept: bool, *, today: date) -> None:
    row.kept_on = (row.kept_on or today) if kept else None


def rows_of(session: Session, account_id: int, contact_id: int) -> list[int]:
    """The ids under which rows may know this person."""
    survivors = people.survivors(people.everybody(session, account_id))
    return [one for one, stays in survivors.items() if stays == contact_id]


def plain(text: str) -> str:
    """What a database of any kind can hold: whole characters, no NUL, no blanks around it, one kind of line end."""
    whole = text.encode("utf-8", "ignore").decode().replace("\x00", "")
    return whole.replace("\r\n", "\n").replace("\r", "\n").strip()


def _text(text: str, longest: int, field: str) -> str:
    words = plain(text)
    if not words:
        raise Invalid({field: _("Nothing is written here. Write a few words.")})
    if len(words) > longest:
        raise Invalid({field: _("This is too long. Write at most {longest} characters.", longest=thousands(longest))})
    return words
