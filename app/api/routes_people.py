"""What the pages about people do, as JSON; the same services."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.api.asked import Day, LogTouch, SetCountedIn, Snooze
from app.api.asked import Id as _Id
from app.api.asked_people import AddPerson, Answer, Import, Merge, SavePerson, SetKind, SetOwnEntry
from app.errors import Invalid
from app.services import viewmodel
from app.services.people_actions import Added
from app.web.forms_people import tag_of
from app.web.given import Account, Does
from app.web.listing import Listing
from integrations.newcomers_lines import address_in, newcomer
from scheduler.model import Channel
from scheduler.words import _

router = APIRouter(tags=["people"])

Id = Annotated[_Id, Path()]


@router.get("/people")
def people(account: Account, does: Does) -> viewmodel.People:
    """Everybody, where they stand, who may be one person, who was met lately, and who was left out."""
    return does.views.people(account)


@router.get("/people/list")
def people_list(account: Account, does: Does, asked: Listing) -> viewmodel.PeoplePage:
    """What the people page shows: one list, searched, filtered, sorted, a hundred at a time, and its picture."""
    return does.views.people_page(account, asked)


@router.post("/people", status_code=202)
def add_person(account: Account, does: Does, asked: AddPerson) -> viewmodel.Person:
    """Somebody the calendar does not know. Whoever is known already, by address or by name and company, is answered."""
    if any(address_in(one) != one.strip().lower() for one in asked.addresses):
        raise Invalid({"addresses": _("One of these is not an e-mail address. Write it like marta@ferro.example.")})
    person = newcomer(asked.name, asked.addresses, asked.company, asked.phone)
    if person is None:
        raise Invalid({"name": _("Write a name, or at least an address.")})
    contact, _known = does.actions.add_person(account, person, asked.kind.value if asked.kind else None)
    return does.views.person(account, contact)


@router.post("/people/import/look")
def look(account: Account, does: Does, asked: Import) -> viewmodel.Newcomers:
    """What adding this list, table or vCards would do, and the lines that cannot be read. Nothing is stored."""
    return does.views.newcomers(account, [asked.text])


@router.post("/people/import", status_code=202)
def import_people(account: Account, does: Does, asked: Import) -> Added:
    """Everybody in it that can be read; those known already are recognised."""
    return does.actions.add_people(account, [asked.text], asked.kind.value if asked.kind else None)


@router.get("/people/{contact_id}")
def person(account: Account, does: Does, contact_id: Id) -> viewmodel.Person:
    """For a merged one, the person they were merged into."""
    return does.views.person(account, contact_id)


@router.put("/people/{contact_id}", status_code=202)
def save_person(account: Account, does: Does, contact_id: Id, asked: SavePerson) -> viewmodel.Person:
    """What they are, the gap wanted, and tags."""
    tags = None if asked.tags is None else tuple(tag for one in asked.tags if (tag := tag_of(one)))
    does.actions.save_person(
        account, contact_id, asked.kind.value if asked.kind else None, asked.cadence_weeks, asked.longest_weeks, tags
    )
    return does.views.person(account, contact_id)


@router.put("/people/{contact_id}/kind", status_code=202)
def set_kind(account: Account, does: Does, contact_id: Id, asked: SetKind) -> viewmodel.Person:
    """What they are, and nothing else."""
    does.actions.set_kind(account, contact_id, asked.kind.value if asked.kind else None)
    return does.views.person(account, contact_id)


@router.put("/people/{contact_id}/snooze", status_code=202)
def snooze(account: Account, does: Does, contact_id: Id, asked: Snooze) -> viewmodel.Person:
    does.actions.snooze(account, contact_id, asked.until)
    return does.views.person(account, contact_id)


@router.post("/people/{contact_id}/touches", status_code=202)
def log_touch(account: Account, does: Does, contact_id: Id, asked: LogTouch) -> viewmodel.Person:
    """Already in touch. The same day and channel again changes nothing."""
    does.actions.log_touch(account, contact_id, asked.on, asked.channel.value)
    return does.views.person(account, contact_id)


@router.delete("/people/{contact_id}/touches", status_code=202)
def drop_touch(
    account: Account, does: Does, contact_id: Id, on: Day, channel: Annotated[Channel, Query()] = Channel.CALL
) -> viewmodel.Person:
    """Take back a touch that was written down by hand. Where there is none, nothing changes."""
    does.actions.drop_touch(account, contact_id, on, channel.value)
    return does.views.person(account, contact_id)


@router.put("/people/{contact_id}/own-entries", status_code=202)
def set_own_entry(account: Account, does: Does, contact_id: Id, asked: SetOwnEntry) -> viewmodel.Person:
    """Whether an entry of the user's own that names this person counts as contact."""
    does.actions.set_own_entry(account, contact_id, asked.source, asked.counts)
    return does.views.person(account, contact_id)


@router.put("/people/{contact_id}/merge", status_code=202)
def merge(account: Account, does: Does, contact_id: Id, asked: Merge) -> viewmodel.Person:
    """One person from now on; answers who stays. No history is lost, and it can be undone."""
    return does.views.person(account, does.actions.merge(account, contact_id, asked.other))


@router.delete("/people/{contact_id}/merge", status_code=202)
def unmerge(account: Account, does: Does, contact_id: Id) -> viewmodel.Person:
    """`contact_id` is the one that was merged into another. Both are as they were."""
    does.actions.unmerge(account, contact_id)
    return does.views.person(account, contact_id)


@router.put("/people/{contact_id}/apart", status_code=202)
def apart(account: Account, does: Does, contact_id: Id, asked: Merge) -> viewmodel.People:
    """They look like one person and are two: not suggested again."""
    does.actions.set_apart(account, contact_id, asked.other, True)
    return does.views.people(account)


@router.put("/people/{contact_id}/answer", status_code=202)
def answer(account: Account, does: Does, contact_id: Id, asked: Answer) -> viewmodel.Person:
    """What to do about somebody suggested three times and not reached."""
    does.actions.answer(account, contact_id, asked.answer)
    return does.views.person(account, contact_id)


@router.put("/left-out", status_code=202)
def set_counted_in(account: Account, does: Does, asked: SetCountedIn) -> viewmodel.People:
    """Undo an exclusion, or restore it."""
    does.actions.set_counted_in(account, asked.address, asked.counted_in)
    return does.views.people(account)
