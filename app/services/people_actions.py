"""What is said of people: who they are, how often, when there was contact, who is one person, and who is new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.db import blocks, mirror, people
from app.db.tables import AccountRow, AddressRow, ContactRow
from app.errors import Invalid, NotFound, Refused
from app.services import preferences, undo
from app.services.acting import Acting, contact_of
from app.services.newcomers import Sorted, sort_newcomers
from integrations.newcomers import MOST_PEOPLE, Found, Newcomer, TooLarge, read_people
from scheduler.model import Channel, Kind
from scheduler.words import N_, _, thousands

HAND = "hand/"
ANSWERS: Mapping[str, str] = {
    "other": N_("another way from now on"),
    "longer": N_("a longer gap from now on"),
    "rest": N_("left in peace for a quarter"),
    "not_client": N_("not a client, and in no block"),
}
"""What can be said of somebody suggested three times to no avail, and in words what that means."""
REST = timedelta(weeks=13)
LONGER = 1.5
LONGEST_WEEKS = 104
_ANOTHER_WAY: Mapping[str, Channel] = {
    Channel.CALL: Channel.MESSAGE,
    Channel.MESSAGE: Channel.LETTER,
    Channel.LETTER: Channel.COFFEE,
    Channel.COFFEE: Channel.CALL,
    Channel.VISIT: Channel.LETTER,
    Channel.MEETING: Channel.CALL,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Added:
    """`ids` of the new people, in their order; `known`: ids of those recognised."""

    ids: tuple[int, ...]
    known: tuple[int, ...]
    unread: int


class PeopleActions(Acting):
    """The part of `Actions` that is about people."""

    def set_counted_in(self, account_id: int, address: str, counted: bool) -> None:
        """Undo an exclusion, or restore it. The people are judged anew at the next refresh."""
        with self._change(account_id) as (session, _account):
            if not people.set_counted_in(session, account_id, address, counted):
                raise NotFound(_("That address is not among those left out. Look at People again."))

    def save_person(
        self,
        account_id: int,
        contact_id: int,
        kind: str | None,
        cadence_weeks: int | None,
        longest_weeks: int | None = None,
        tags: Iterable[str] | None = None,
    ) -> None:
        """Ideal and longest gap, None for their own rhythm; `tags` None leaves them as they are."""
        with self._change(account_id) as (session, _account):
            if longest_weeks and (not cadence_weeks or longest_weeks < cadence_weeks):
                raise Invalid({"longest_weeks": _("The longest gap needs a usual one that is not above it.")})
            row = contact_of(session, account_id, contact_id)
            row.kind = Kind(kind).value if kind else None
            row.cadence_ideal = cadence_weeks * 7 if cadence_weeks else None
            row.cadence_longest = longest_weeks * 7 if longest_weeks else None
            if tags is not None:
                row.tags = sorted(set(tags))

    def set_kind(self, account_id: int, contact_id: int, kind: str | None) -> None:
        """What they are to the user; their rhythm and tags stay as they are."""
        with self._change(account_id) as (session, _account):
            contact_of(session, account_id, contact_id).kind = Kind(kind).value if kind else None

    def snooze(self, account_id: int, contact_id: int, until: date | None) -> None:
        """No suggestion before `until`; None wakes them."""
        with self._change(account_id) as (session, _account):
            contact_of(session, account_id, contact_id).snoozed_until = until

    # -- Contact that no meeting shows -------------------------------------------------------------

    def log_touch(self, account_id: int, contact_id: int, on: date, channel: str) -> None:
        """Already in touch: one a day and channel, so that pressing twice is pressing once."""
        with self._change(account_id) as (session, account):
            row = contact_of(session, account_id, contact_id)
            if on > self._today(account):
                raise Invalid({"on": _("Choose today or an earlier day: this is for contact that has happened.")})
            people.add_touch(
                session, account_id, row.id, on=on, channel=Channel(channel).value, source=_by_hand(on, channel)
            )

    def drop_touch(self, account_id: int, contact_id: int, on: date, channel: str) -> None:
        """Take back what `log_touch` wrote down, of whichever row it was of those who are one person now."""
        with self._change(account_id) as (session, _account):
            row = contact_of(session, account_id, contact_id)
            for one in _rows_of(session, account_id, row.id):
                people.drop_touch(session, account_id, one, _by_hand(on, channel))

    def set_own_entry(self, account_id: int, contact_id: int, source: str, counts: bool) -> None:
        """Whether an entry of the user's own that names this person counts as contact with them."""
        with self._change(account_id) as (session, _account):
            contact_of(session, account_id, contact_id)
            event_id, _slash, key = source.rpartition("/")
            if not mirror.has_occurrence(session, account_id, event_id, key):
                raise NotFound(_("That entry is not in your calendar any more. Load the person's page again."))
            people.set_ignored(session, account_id, source, not counts)

    # -- One person or two -------------------------------------------------------------------------

    def merge(self, account_id: int, contact_id: int, other_id: int) -> int:
        """Read the two as one from now on; returns who stays: of the two the one who has a kind, else `contact_id`.

        No row is rewritten: the other one only points at who stays, and undoing it takes that away.
        """
        with self._change(account_id) as (session, _account):
            stays, goes = contact_of(session, account_id, contact_id), contact_of(session, account_id, other_id)
            if stays.id == goes.id:
                raise Invalid({"other": _("These are one person already. Choose somebody else.")})
            if goes.kind is not None and stays.kind is None:
                stays, goes = goes, stays
            goes.merged_into = stays.id
            people.set_apart(session, account_id, stays.id, goes.id, False)
            return stays.id

    def unmerge(self, account_id: int, contact_id: int) -> None:
        """`contact_id`: the row that was merged into another. Both are as they were."""
        with self._change(account_id) as (session, _account):
            row = people.row_of(session, account_id, contact_id)
            if row is None:
                raise NotFound(_("There is no such person, or they are not yours. Go back to People."))
            row.merged_into = None

    def set_apart(self, account_id: int, contact_id: int, other_id: int, apart: bool) -> None:
        """They look like one person and are two; not suggested again."""
        with self._change(account_id, plan=False) as (session, _account):
            one, other = contact_of(session, account_id, contact_id), contact_of(session, account_id, other_id)
            if one.id == other.id:
                raise Invalid({"other": _("These are one person by now. Undo that first.")})
            people.set_apart(session, account_id, one.id, other.id, apart)

    # -- Suggested three times to no avail ---------------------------------------------------------

    def answer(self, account_id: int, contact_id: int, answer: str) -> str:
        """What to do about somebody who was suggested three times and not reached; the count begins anew.

        Returns the key under which it can be undone for an hour."""
        if answer not in ANSWERS:
            raise Invalid({"answer": _("Choose another way, a longer gap, a rest, or not a client.")})
        with self._change(account_id) as (session, account):
            row = contact_of(session, account_id, contact_id)
            trace = undo.Trace(session, account_id, [row.id])
            row.answered_on = self._today(account)
            row.facts = {**row.facts, "ask": False}
            match answer:
                case "other":
                    last = row.preferred or blocks.last_channel(session, _rows_of(session, account_id, row.id))
                    row.preferred = _ANOTHER_WAY[last or Channel.CALL].value
                case "longer":
                    gap = row.cadence_ideal or self._gap(account, row)
                    row.cadence_ideal = min(LONGEST_WEEKS, max(1, round(gap * LONGER / 7))) * 7
                    if row.cadence_longest is not None and row.cadence_longest < row.cadence_ideal:
                        row.cadence_longest = row.cadence_ideal
                case "rest":
                    row.snoozed_until = self._today(account) + REST
                case _:
                    row.kind = Kind.SUPPLIER.value
            return trace.keep([_("{name}: {what}.", name=row.name, what=_(ANSWERS[answer]))], now=self._clock())

    def _gap(self, account: AccountRow, row: ContactRow) -> int:
        """In days, as the last plan measured them: asked for by tag or kind, usual, or of their kind."""
        cadences = preferences.load(account.preferences).rhythms.cadences
        of_kind = cadences.get(Kind(row.kind)) if row.kind else None
        found: int = row.facts.get("wanted") or row.facts.get("usual") or (of_kind or cadences[Kind.CLIENT]).ideal
        return found

    # -- People by hand ----------------------------------------------------------------------------

    def add_person(self, account_id: int, person: Newcomer, kind: str | None) -> tuple[int, bool]:
        """Their id, and whether they are new: somebody known is found again, and told what is new of them."""
        added = self._add(account_id, Found(people=(person,)), kind)
        return (added.ids[0], True) if added.ids else (added.known[0], False)

    def add_people(self, account_id: int, texts: Sequence[str], kind: str | None) -> Added:
        """Everybody in these lists, tables or cards. Raises Invalid for more than is taken at a time."""
        return self._add(account_id, read_newcomers(texts), kind)

    def _add(self, account_id: int, found: Found, kind: str | None) -> Added:
        said = Kind(kind).value if kind else None
        with self._change(account_id) as (session, account):
            rows = people.everybody(session, account_id)
            sorted_ = held_against(session, account, rows, found)
            if len(found.people) == 1 and sorted_.self:
                raise Refused(_("This is your own address. Add somebody else."))
            ids = []
            for person in sorted_.new:
                row = ContactRow(
                    account_id=account_id,
                    name=person.name,
                    company=person.company,
                    phone=person.phone,
                    kind=said,
                    by_hand=True,
                    tags=[],
                    facts={},
                    created_at=self._clock(),
                )
                session.add(row)
                session.flush()
                ids.append(row.id)
                session.add_all(
                    AddressRow(account_id=account_id, address=address, contact_id=row.id)
                    for address in person.addresses
                )
            by_id = {row.id: row for row in rows}
            for met in sorted_.known:
                row = by_id[met.contact_id]
                row.phone = row.phone or met.person.phone
                row.kind = row.kind or said
                if not row.seen:  # the calendar knew them once and shows them no more
                    row.by_hand = row.seen = True
                session.add_all(
                    AddressRow(account_id=account_id, address=address, contact_id=row.id) for address in met.adds
                )
            return Added(ids=tuple(ids), known=tuple(met.contact_id for met in sorted_.known), unread=len(found.unread))


def read_newcomers(texts: Sequence[str]) -> Found:
    """All of them as one. Raises Invalid for more than is taken at a time."""
    try:
        found = [read_people(text) for text in texts if text.strip()]
        together = tuple(person for one in found for person in one.people)
        if len(together) > MOST_PEOPLE:
            raise TooLarge(
                _(
                    "{most} people can be added at a time. Send them in parts; nothing was added.",
                    most=thousands(MOST_PEOPLE),
                )
            )
    except TooLarge as error:
        raise Invalid({"more": str(error)}) from error
    return Found(people=together, unread=tuple(line for one in found for line in one.unread))


def held_against(session: Session, account: AccountRow, rows: Iterable[ContactRow], found: Found) -> Sorted:
    """Newcomers against the people of this account. `rows`: everybody."""
    rows = list(rows)
    survivors = people.survivors(rows)
    wishes = preferences.load(account.preferences)
    return sort_newcomers(
        found.people,
        contacts=[row for row in rows if row.merged_into is None],
        addresses={address: survivors[one] for address, one in people.addresses(session, account.id).items()},
        own={account.email.lower(), *(one for one in wishes.own if "@" in one)},
    )


def _by_hand(on: date, channel: str) -> str:
    """One a day and channel."""
    return f"{HAND}{on.isoformat()}/{Channel(channel).value}"


def _rows_of(session: Session, account_id: int, contact_id: int) -> list[int]:
    """The ids under which rows may know this person."""
    survivors = people.survivors(people.everybody(session, account_id))
    return [one for one, stays in survivors.items() if stays == contact_id]
