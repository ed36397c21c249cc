"""The routes of the people."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from app.errors import Invalid
from app.services.viewmodel import Newcomers, Person
from app.web import forms, forms_people, render, shown
from app.web.formdata import FormData
from app.web.given import Account, Does, see
from app.web.listing import Listing, address
from app.web.listing import asked as listed
from app.web.upload import FileForm

router = APIRouter(include_in_schema=False)


@router.get("/people")
def people(request: Request, account: Account, does: Does, asked: Listing, added: str = "") -> HTMLResponse:
    view = does.views.people_page(account, asked)
    return render.page(request, "people.html", frame=view.frame, view=view, added=forms.whole(added) or 0)


# -- People by hand --------------------------------------------------------------------------------


@router.get("/people/add")
def add(request: Request, account: Account, does: Does) -> HTMLResponse:
    return _add(request, does, account)


@router.post("/people/add")
def add_person(request: Request, account: Account, form: FormData, does: Does) -> Response:
    try:
        parsed = forms_people.parse_add(form)
    except Invalid as invalid:
        return _add(request, does, account, form=form, problems=invalid.problems, status_code=422)
    contact, new = does.actions.add_person(account, parsed.person, parsed.kind)
    return see(f"/people/{contact}?saved={'added' if new else 'known'}")


@router.post("/people/import")
def import_people(request: Request, account: Account, form: FileForm, does: Does) -> Response:
    """Look first, then add; lines that could not be read come back to be mended."""
    try:
        parsed = forms_people.parse_import(form)
        looked = does.views.newcomers(account, parsed.texts)
        if not parsed.add:
            return _add(request, does, account, form=form, looked=looked)
        added = does.actions.add_people(account, parsed.texts, parsed.kind)
    except Invalid as invalid:
        return _add(request, does, account, form=form, problems=invalid.problems, status_code=422)
    if not looked.unread:
        return see(f"/people?added={len(added.ids)}")
    rest = Newcomers(frame=looked.frame, new=(), known=(), unread=looked.unread, yourself=0, text="")
    return _add(request, does, account, form=form, looked=rest, added=len(added.ids))


def _add(
    request: Request,
    does: Does,
    account: int,
    *,
    form: forms.Form | None = None,
    looked: Newcomers | None = None,
    added: int | None = None,
    problems: dict[str, str] | None = None,
    status_code: int = 200,
) -> HTMLResponse:
    return render.page(
        request,
        "people_add.html",
        status_code=status_code,
        frame=looked.frame if looked else does.views.frame(account),
        looked=looked,
        added=added,
        typed=forms.first_values(form or {}),
        problems=problems or {},
    )


# -- One person ------------------------------------------------------------------------------------


@router.get("/people/{contact_id}")
def person(
    request: Request,
    contact_id: str,
    account: Account,
    does: Does,
    saved: str = "",
    undo: str = "",
    find: str = "",
    notes: str = "",
    promises: str = "",
    kept: str = "",
    touches: str = "",
) -> Response:
    """`find`: whom to put together with; the others: which page of that list."""
    contact = forms.id_of(contact_id)
    view = does.views.person(account, contact)
    if view.row.id != contact:  # merged into somebody: shown with them
        return see(f"/people/{view.row.id}")
    pages = {"notes": notes, "promises": promises, "kept": kept, "touches": touches}
    return person_page(request, view, saved=saved, undo=undo, find=find, pages=pages)


@router.post("/people/{contact_id}")
def save_person(request: Request, contact_id: str, account: Account, form: FormData, does: Does) -> Response:
    contact = forms.id_of(contact_id)
    # Looked up first: whoever asks for somebody else's person learns nothing, not even what was wrong with the form.
    view = does.views.person(account, contact)
    today = view.frame.today or does.clock().date()
    then, answered = contact, ""
    try:
        match forms_people.parse_person(form, today=today):
            case forms_people.SavePerson(kind=kind, cadence_weeks=weeks, longest_weeks=longest, tags=tags):
                does.actions.save_person(account, contact, kind, weeks, longest, tags)
            case forms_people.KindForm(kind=kind):
                does.actions.set_kind(account, contact, kind)
            case forms_people.SnoozePerson(until=until):
                does.actions.snooze(account, contact, until)
            case forms_people.LogTouch(on=on, channel=channel, undo=False):
                does.actions.log_touch(account, contact, on, channel)
            case forms_people.LogTouch(on=on, channel=channel):
                does.actions.drop_touch(account, contact, on, channel)
            case forms_people.OwnEntryForm(source=source, counts=counts):
                does.actions.set_own_entry(account, contact, source, counts)
            case forms_people.MergeForm(what="merge", other=other):
                then = does.actions.merge(account, contact, other) or contact
            case forms_people.MergeForm(what="unmerge", other=other):
                does.actions.unmerge(account, other)
            case forms_people.MergeForm(other=other):
                does.actions.set_apart(account, contact, other, True)
            case forms_people.AnswerForm(answer=answer):
                answered = does.actions.answer(account, contact, answer)
    except Invalid as invalid:
        return person_page(request, view, form=form, problems=invalid.problems, status_code=422)
    match form.get("back", [""])[0]:
        case "people":
            return see(address(listed(show=form.get("show", [""])[0])))
        case "today":
            return see(f"/today?saved={answered}#said")
        case _:
            return see(f"/people/{then}?saved=1")


def person_page(
    request: Request,
    view: Person,
    *,
    form: forms.Form | None = None,
    problems: dict[str, str] | None = None,
    saved: str = "",
    undo: str = "",
    find: str = "",
    pages: Mapping[str, str] | None = None,
    status_code: int = 200,
) -> HTMLResponse:
    """`undo`: the key under which what was just saved can be taken back. `pages`: by list, what came as its page. Of a
    form that comes back, the page of its item is shown."""
    typed = forms.first_values(form or {})
    number = {name: forms.whole(text) or 1 for name, text in (pages or {}).items()}
    item = forms.whole(typed.get("item", ""))
    still_open = [one for one in view.promises if not one.kept_on]
    return render.page(
        request,
        "person.html",
        status_code=status_code,
        frame=view.frame,
        view=view,
        typed=typed,
        problems=problems or {},
        notes=shown.part(view.notes, shown.NOTES, number.get("notes", 1), item=item),
        promises=shown.part(still_open, shown.PROMISES, number.get("promises", 1), item=item),
        kept=shown.part([one for one in view.promises if one.kept_on], shown.PROMISES, number.get("kept", 1)),
        touches=shown.part(view.touches, shown.TOUCHES, number.get("touches", 1)),
        find=find,
        others=shown.others(view, find),
        saved=saved,
        undo=undo,
    )
