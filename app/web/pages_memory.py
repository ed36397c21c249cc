"""What is kept in mind of a person: notes, promises, thank-yous, how to reach them; and taking the last Save back."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import Invalid
from app.web import forms, forms_memory
from app.web.formdata import FormData
from app.web.given import Account, Does, see
from app.web.pages_people import person_page

router = APIRouter(include_in_schema=False)


@router.post("/people/{contact_id}/memory")
def save_memory(request: Request, contact_id: str, account: Account, form: FormData, does: Does) -> Response:
    contact, actions = forms.id_of(contact_id), does.actions
    # Looked up first: whoever asks for somebody else's person learns nothing, not even what was wrong with the form.
    view = does.views.person(account, contact)
    try:
        match forms_memory.parse_memory(form, today=view.frame.today or does.clock().date()):
            case forms_memory.ReachForm(preferred=preferred, phone=phone):
                key = actions.save_reach(account, contact, preferred, phone)
            case forms_memory.NoteForm(item=None, text=text, on=on):
                key = actions.add_note(account, contact, text, on)
            case forms_memory.NoteForm(item=int() as item, text=text, on=on):
                key = actions.edit_note(account, contact, item, text, on)
            case forms_memory.PromiseForm(item=None, what=what, text=text, due_on=due_on):
                key = actions.add_promise(account, contact, text, due_on, what)
            case forms_memory.PromiseForm(item=int() as item, text=text, due_on=due_on):
                key = actions.edit_promise(account, contact, item, text, due_on)
            case forms_memory.ItemForm(do="unnote", item=item):
                key = actions.drop_note(account, contact, item)
            case forms_memory.ItemForm(do="unpromise", item=item):
                key = actions.drop_promise(account, contact, item)
            case forms_memory.ItemForm(do=do, item=item):
                key = actions.keep_promise(account, contact, item, do == "keep")
            case forms_memory.UndoForm(key=key):
                actions.undo(account, key)
                return see(f"/people/{contact}?saved=undone")
    except Invalid as invalid:
        return person_page(request, view, form=form, problems=invalid.problems, status_code=422)
    return see(f"/people/{contact}?saved=1" + (f"&undo={key}" if key else ""))
