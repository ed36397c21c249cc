"""The week view: a small Google Calendar to look at and to edit by hand. Every edit is a write to the store."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup

from integrations.sandbox import view_changes as changes
from integrations.sandbox.editors import editable, shown
from integrations.sandbox.errors import ApiError
from integrations.sandbox.store import Store
from integrations.sandbox.times import moment_of
from integrations.sandbox.view_week import lay_out, looks, monday_of, times_text, week_key

_HERE = Path(__file__).parent
_KINDS = {
    "birthday": "Birthday",
    "focusTime": "Focus time",
    "fromGmail": "From Gmail",
    "outOfOffice": "Out of office",
    "workingLocation": "Working location",
}


class _Elsewhere(Exception):
    """A form that another site sent."""


def add_view(app: FastAPI, store: Store, clock: Callable[[], datetime]) -> None:
    """Put the week view of `store` at `/`, with `/event/…`, `/new`, `/bin` and `/view/…` for its stylesheet."""
    view = _View(store, clock)
    app.mount("/view", StaticFiles(directory=_HERE / "static"), name="view")
    app.include_router(_pages(view))
    app.include_router(_edits(view))

    @app.exception_handler(changes.FormError)
    def not_understood(request: Request, error: changes.FormError) -> Response:
        return view.page("message.html", status=422, title="That did not work", text=str(error))

    @app.exception_handler(_Elsewhere)
    def from_elsewhere(request: Request, error: _Elsewhere) -> Response:
        text = "This form came from another site. Open the calendar itself and try again."
        return view.page("message.html", status=403, title="Not changed", text=text)


@dataclass(frozen=True, slots=True)
class _View:
    store: Store
    clock: Callable[[], datetime]

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        home = self.store.home
        now = self.clock().astimezone(home.zone)
        html = _PAGES.get_template(template).render(
            user=home, now=now, today=now.date(), this_week=week_key(now.date()), choices=changes, **values
        )
        return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store"})

    def event(self, event_id: str) -> dict[str, Any]:
        return self.store.get(event_id)

    def week_of(self, event: dict[str, Any]) -> str:
        return week_key(moment_of(event["start"], self.store.home.zone).astimezone(self.store.home.zone).date())

    def when(self, event: dict[str, Any]) -> str:
        """The day and the times in words."""
        zone = self.store.home.zone
        first = moment_of(event["start"], zone).astimezone(zone)
        last = moment_of(event["end"], zone).astimezone(zone) - timedelta(microseconds=1)
        days = f"{first:%A}, {first.day} {first:%B %Y}"
        if last.date() > first.date():
            days += f" – {last:%A}, {last.day} {last:%B %Y}"
        return f"{days}, {hours}" if (hours := times_text(event, zone)) else days


def _pages(view: _View) -> APIRouter:
    pages = APIRouter()
    store = view.store

    @pages.get("/")
    def week(week: str = "") -> Response:
        zone, now = store.home.zone, view.clock()
        try:
            monday = monday_of(week or week_key(now.astimezone(zone).date()))
        except ValueError:
            text = "There is no such week. Weeks are written as 2026-W48."
            return view.page("message.html", status=422, title="No such week", text=text)
        start, end = (datetime.combine(day, time(), zone) for day in (monday, monday + timedelta(weeks=1)))
        laid_out = lay_out(store.between(start, end), monday=monday, zone=zone, now=now)
        return view.page("week.html", week=laid_out)

    @pages.get("/event")
    def linked(eid: str = "") -> Response:
        """Google's own `htmlLink`: id and calendar in base64."""
        try:
            padded = eid.encode("ascii") + b"=" * (-len(eid) % 4)
            event_id = base64.urlsafe_b64decode(padded).decode().partition(" ")[0]
        except (ValueError, binascii.Error):
            event_id = ""
        return RedirectResponse(f"/event/{quote(event_id or 'unknown', safe='')}", status_code=303)

    @pages.get("/event/{event_id}")
    def event(event_id: str) -> Response:
        try:
            found = view.event(event_id)
        except ApiError:
            text = "There is no event with this id. It may belong to a series that has changed."
            return view.page("message.html", status=404, title="No such event", text=text)
        if "start" not in found:
            return view.page("message.html", title="Deleted", text="Of this event only its id is left.")
        return view.page("event.html", **_facts(view, found))

    @pages.get("/new")
    def new(day: str = "", text: str = "", add: str = "") -> Response:
        """`text` and `add` as in Google's address of a new event: a title and a guest to begin with."""
        day = day or view.clock().astimezone(store.home.zone).date().isoformat()
        return view.page("new.html", day=day, title=text, guest=add)

    @pages.get("/bin")
    def deleted() -> Response:
        with store.lock:
            gone = [row.resource for row in store.rows.values() if row.cancelled and "organizer" in row.resource]
        gone.sort(key=lambda one: str(one["updated"]), reverse=True)
        entries = [{"event": one, "when": view.when(one)} for one in gone[:200]]
        return view.page("bin.html", entries=entries, total=len(gone))

    return pages


def _facts(view: _View, event: dict[str, Any]) -> dict[str, Any]:
    """What the event's page shows and its forms begin with."""
    zone = view.store.home.zone
    first = moment_of(event["start"], zone).astimezone(zone)
    last = moment_of(event["end"], zone).astimezone(zone)
    whole_days = "date" in event["start"]
    guests = event.get("attendees", [])
    description = event.get("description", "")
    return {
        "event": event,
        "when": view.when(event),
        "week": view.week_of(event),
        "looks": looks(event, view.clock(), zone),
        "kind": _KINDS.get(event.get("eventType", "default"), ""),
        "deleted": event["status"] == "cancelled",
        "first_day": first.date(),
        "last_day": last.date() - timedelta(days=1) if whole_days else last.date(),
        "from_time": "" if whole_days else f"{first:%H:%M}",
        "to_time": "" if whole_days else f"{last:%H:%M}",
        "reminder": changes.reminder_of(event),
        "own_answer": next((who["responseStatus"] for who in guests if who.get("self")), ""),
        "mine": bool(event.get("organizer", {}).get("self")),
        "description": Markup(shown(description)),  # noqa: S704  # nosemgrep  # only harmless tags
        "description_text": editable(description),
        "properties": sorted(event.get("extendedProperties", {}).get("private", {}).items()),
    }


async def _form(request: Request) -> dict[str, str]:
    """The text fields of a form of our own pages. One from another site is refused: this server knows no cookies."""
    origin = request.headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")
    if foreign or request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise _Elsewhere
    async with request.form() as form:
        return {key: value for key, value in form.items() if isinstance(value, str)}


_Form = Annotated[dict[str, str], Depends(_form)]


def _edits(view: _View) -> APIRouter:
    edits = APIRouter()
    store = view.store

    def back_to(event_id: str) -> Response:
        return RedirectResponse(f"/event/{quote(event_id, safe='')}", status_code=303)

    def write(event_id: str, body: dict[str, Any]) -> Response:
        try:
            store.patch(event_id, body)
        except ApiError as error:
            raise changes.FormError(error.message) from error
        return back_to(event_id)

    def current(event_id: str) -> dict[str, Any]:
        try:
            return store.get(event_id)
        except ApiError as error:
            raise changes.FormError("This event is not there any more. Go back to the week.") from error

    def to_week(event: dict[str, Any]) -> Response:
        return RedirectResponse("/?" + urlencode({"week": view.week_of(event)}), status_code=303)

    @edits.post("/event/{event_id}/move")
    def move(event_id: str, form: _Form) -> Response:
        return write(event_id, changes.times(form, store.home.zone, like=current(event_id)))

    @edits.post("/event/{event_id}/edit")
    def edit(event_id: str, form: _Form) -> Response:
        current(event_id)
        return write(event_id, changes.details(form))

    @edits.post("/event/{event_id}/guest")
    def guest(event_id: str, form: _Form) -> Response:
        return write(event_id, changes.guest_added(current(event_id), form.get("email", "")))

    @edits.post("/event/{event_id}/answer")
    def answer(event_id: str, form: _Form) -> Response:
        return write(event_id, changes.answered(current(event_id), form.get("answer", "")))

    @edits.post("/event/{event_id}/describe")
    def describe(event_id: str, form: _Form) -> Response:
        body = changes.described(current(event_id), form.get("text", ""), form.get("editor", ""))
        return write(event_id, body)

    @edits.post("/event/{event_id}/delete")
    def delete(event_id: str, form: _Form) -> Response:
        event = current(event_id)
        try:
            store.delete(event_id)
        except ApiError as error:
            raise changes.FormError("This event was deleted before. It is in the bin.") from error
        return to_week(event)

    @edits.post("/event/{event_id}/restore")
    def restore(event_id: str, form: _Form) -> Response:
        try:
            store.update(event_id, changes.restored(current(event_id)))
        except ApiError as error:
            raise changes.FormError(error.message) from error
        return back_to(event_id)

    @edits.post("/event/{event_id}/duplicate")
    def duplicate(event_id: str, form: _Form) -> Response:
        return insert(changes.copied(current(event_id)))

    @edits.post("/new")
    def new(form: _Form) -> Response:
        times = changes.times(form, store.home.zone)
        described = changes.described({}, form.get("text", ""), "web") if form.get("text") else {}
        body = changes.details(form) | times | described
        if form.get("guest"):
            body |= changes.guest_added({"organizer": {"email": store.home.email}}, form["guest"])
        return insert(body)

    def insert(body: dict[str, Any]) -> Response:
        try:
            made = store.insert(body)
        except ApiError as error:
            raise changes.FormError(error.message) from error
        return back_to(made["id"])

    return edits


def _day_name(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B}"


_PAGES = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=select_autoescape(default=True),
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters["path"] = lambda event_id: quote(event_id, safe="")
_PAGES.filters["day_name"] = _day_name
