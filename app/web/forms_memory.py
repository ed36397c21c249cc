"""The forms of what is kept in mind of a person -> typed values, or problems by field. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.services.memory_actions import LONGEST_NOTE, LONGEST_PROMISE, THANKS
from app.services.reach import LONGEST_PHONE, is_phone
from app.web.forms import LARGEST_ID, Form, Reader, whole
from scheduler.model import Channel
from scheduler.words import N_, _, thousands

_EMPTY = N_("Nothing is written here. Write a few words.")


@dataclass(frozen=True, kw_only=True, slots=True)
class ReachForm:
    preferred: str | None  # scheduler.model.Channel
    phone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteForm:
    """`item`: the note to change, None for a new one."""

    item: int | None
    text: str
    on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class PromiseForm:
    """`item`: the promise to change, None for a new one. `what`: promise, thanks."""

    item: int | None
    what: str
    text: str
    due_on: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemForm:
    """`do`: unnote, keep, reopen, unpromise."""

    do: str
    item: int


@dataclass(frozen=True, kw_only=True, slots=True)
class UndoForm:
    key: str


MemoryForm = ReachForm | NoteForm | PromiseForm | ItemForm | UndoForm


def parse_memory(form: Form, *, today: date) -> MemoryForm:
    """One of the forms, told apart by `do`. `today` is the user's. Problems of a change end in `-<item>`."""
    read = Reader(form)
    made: MemoryForm
    match read.text("do"):
        case "reach":
            made = _reach(read)
        case "note" | "renote":
            made = _note(read, today)
        case "promise" | "thanks" | "repromise":
            made = _promise(read, today)
        case "unnote" | "keep" | "reopen" | "unpromise" as do:
            made = ItemForm(do=do, item=_item(read))
        case "undo":
            made = UndoForm(key=read.text("key")[:64])
        case _:
            read.wrong("do", _("It is not clear what to save. Load the page again and press the button once more."))
            made = UndoForm(key="")
    read.check()
    return made


def _reach(read: Reader) -> ReachForm:
    read.needs("preferred")
    read.needs("phone")
    preferred = read.choice("preferred", ("", *Channel), _("Choose a way from the list."))
    phone = read.text("phone")
    if phone and not is_phone(phone):
        read.wrong(
            "phone",
            _(
                "Write a telephone number of at most {longest} signs, or leave it empty.",
                longest=LONGEST_PHONE,
            ),
        )
    return ReachForm(preferred=preferred or None, phone=phone)


def _note(read: Reader, today: date) -> NoteForm:
    item = _item(read) if read.text("do") == "renote" else None
    end = f"-{item}" if item else ""
    text, on = read.text("note"), read.date("note_on")
    _within(read, f"note{end}", text, LONGEST_NOTE)
    if on is not None and on > today:
        read.wrong(f"note_on{end}", _("This day is still to come. Choose today or an earlier day."))
    return NoteForm(item=item, text=text, on=on or today)


def _promise(read: Reader, today: date) -> PromiseForm:
    item = _item(read) if read.text("do") == "repromise" else None
    what = "thanks" if read.text("do") == "thanks" else "promise"
    field, end = ("introduced" if what == THANKS else "promise"), f"-{item}" if item else ""
    text, due_on = read.text(field), read.date("promise_on")
    _within(read, f"{field}{end}", text, LONGEST_PROMISE)
    if item is None and due_on is not None and due_on < today:
        read.wrong("promise_on", _("This day is past. Choose today or a later day, or none."))
    return PromiseForm(item=item, what=what, text=text, due_on=due_on)


def _within(read: Reader, field: str, text: str, longest: int) -> None:
    if not text:
        read.wrong(field, _(_EMPTY))
    elif len(text) > longest:
        read.wrong(field, _("This is too long. Write at most {longest} characters.", longest=thousands(longest)))


def _item(read: Reader) -> int:
    found = whole(read.text("item"))
    if found is None or not 1 <= found <= LARGEST_ID:
        read.wrong("item", _("It is not clear which one you mean. Load the page again and press the button beside it."))
        return 0
    return found
