"""The routes of the people."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from app.clock import system_clock
from app.errors import Invalid
from app.services.viewmodel import Person
from app.web import forms, render
from app.web.formdata import FormData
from app.web.given import Account, Does, see

router = APIRouter(include_in_schema=False)


@router.get("/people")
def people(request: Request, account: Account, does: Does) -> HTMLResponse:
    view = does.views.people(account)
    left_count = sum(len(group) for _, group in view.left_out)
    return render.page(request, "people.html", frame=view.frame, view=view, left_count=left_count)


@router.get("/people/{contact_id}")
def person(request: Request, contact_id: str, account: Account, does: Does, saved: str = "") -> HTMLResponse:
    return _person(request, does.views.person(account, forms.id_of(contact_id)), saved=bool(saved))


@router.post("/people/{contact_id}")
def save_person(request: Request, contact_id: str, account: Account, form: FormData, does: Does) -> Response:
    contact = forms.id_of(contact_id)
    # Looked up first: whoever asks for somebody else's person learns nothing, not even what was wrong with the form.
    view = does.views.person(account, contact)
    today = view.frame.today or system_clock().date()
    try:
        match forms.parse_person(form, today=today):
            case forms.SavePerson(kind=kind, cadence_weeks=weeks):
                does.actions.save_person(account, contact, kind, weeks)
            case forms.SnoozePerson(until=until):
                does.actions.snooze(account, contact, until)
            case forms.LogTouch(on=on, channel=channel):
                does.actions.log_touch(account, contact, on, channel)
    except Invalid as invalid:
        return _person(request, view, form=form, problems=invalid.problems, status_code=422)
    return see(f"/people/{contact}?saved=1")


def _person(
    request: Request,
    view: Person,
    *,
    form: forms.Form | None = None,
    problems: dict[str, str] | None = None,
    saved: bool = False,
    status_code: int = 200,
) -> HTMLResponse:
    return render.page(
        request,
        "person.html",
        status_code=status_code,
        frame=view.frame,
        view=view,
        typed=forms.first_values(form or {}),
        problems=problems or {},
        saved=saved,
    )
