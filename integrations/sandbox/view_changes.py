"""What the forms of the week view mean, as bodies for the store: pure, so that a person's edit is one API write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.sandbox.editors import edited, flatten, web_editor
from integrations.sandbox.resource import WRITABLE

Form = Mapping[str, str]
Body = dict[str, Any]

COLOURS = {
    "": "Calendar's own",
    "1": "Lavender",
    "2": "Sage",
    "3": "Grape",
    "4": "Flamingo",
    "5": "Banana",
    "6": "Tangerine",
    "7": "Peacock",
    "8": "Graphite",
    "9": "Blueberry",
    "10": "Basil",
    "11": "Tomato",
}
VISIBILITIES = {"default": "Default visibility", "public": "Public", "private": "Private"}
SHOW_AS = {"opaque": "Busy", "transparent": "Free"}
REMINDERS = {"default": "Calendar's own", "none": "None"} | {
    str(minutes): text
    for minutes, text in (
        (0, "When it starts"),
        (5, "5 minutes before"),
        (10, "10 minutes before"),
        (15, "15 minutes before"),
        (30, "30 minutes before"),
        (60, "1 hour before"),
        (1440, "1 day before"),
    )
}
ANSWERS = {"accepted": "Yes", "tentative": "Maybe", "declined": "No"}


class FormError(ValueError):
    """A form that cannot be carried out; the message says what to change."""


def times(form: Form, zone: ZoneInfo, *, like: Body | None = None) -> Body:
    """`start` and `end` from day, times of the wall clock and, where it is another, last day (inclusive).

    Without times it lasts whole days. `like` is the event as it was: its time zone stays its own.
    """
    first = _date(form.get("day", ""), "the day")
    last = _date(form["last_day"], "the last day") if form.get("last_day") else first
    if last < first:
        raise FormError("The last day is before the first. Give it the same day or a later one.")
    begins, ends = form.get("from", "").strip(), form.get("to", "").strip()
    if not begins and not ends:
        days = {"start": {"date": first.isoformat()}, "end": {"date": (last + timedelta(days=1)).isoformat()}}
        return {key: edge | {"dateTime": None, "timeZone": None} if like else edge for key, edge in days.items()}
    start = datetime.combine(first, _time(begins, "the start"), zone)
    end = datetime.combine(last, _time(ends, "the end"), zone)
    if end < start:
        raise FormError("It ends before it starts. Give a later end, or a later last day.")
    named = (like or {}).get("start", {}).get("timeZone", zone.key)
    edges = {"start": start, "end": end}
    return {
        key: {"dateTime": edge.isoformat(), "timeZone": named} | ({"date": None} if like else {})
        for key, edge in edges.items()
    }


def details(form: Form) -> Body:
    """Title, place, colour, visibility, show-as and reminder; a field that is not in the form stays as it is."""
    body: Body = {}
    if "title" in form:
        body["summary"] = form["title"].strip() or None
    if "location" in form:
        body["location"] = form["location"].strip() or None
    if "colour" in form:
        body["colorId"] = _chosen(form["colour"], COLOURS, "colour") or None
    if "visibility" in form:
        body["visibility"] = _chosen(form["visibility"], VISIBILITIES | {"confidential": ""}, "visibility")
    if "show_as" in form:
        body["transparency"] = _chosen(form["show_as"], SHOW_AS, "show as")
    if "reminder" in form and form["reminder"] != "kept":
        choice = form["reminder"]
        if choice not in ("default", "none") and not choice.isdigit():
            raise FormError("Choose a reminder from the list.")
        own = [] if choice in ("default", "none") else [{"method": "popup", "minutes": int(choice)}]
        body["reminders"] = {"useDefault": choice == "default", "overrides": own}
    return body


def reminder_of(event: Body) -> str:
    """The choice in REMINDERS that the event has, `kept` for one that is not among them."""
    reminders = event.get("reminders", {})
    if reminders.get("useDefault"):
        return "default"
    overrides = reminders.get("overrides", [])
    if not overrides:
        return "none"
    minutes = str(overrides[0]["minutes"])
    return minutes if len(overrides) == 1 and overrides[0]["method"] == "popup" and minutes in REMINDERS else "kept"


def guest_added(event: Body, address: str) -> Body:
    """The guest list with one more; the first guest brings the user onto it, as in Google's."""
    address = address.strip()
    if "@" not in address.strip("@") or any(char.isspace() for char in address):
        raise FormError("That is not an email address. Write it as name@example.com.")
    guests = list(event.get("attendees", []))
    if any(who.get("email", "").lower() == address.lower() for who in guests):
        raise FormError(f"{address} is a guest already.")
    if not guests:
        own = {key: value for key, value in event["organizer"].items() if key in ("email", "displayName")}
        guests = [own | {"responseStatus": "accepted"}]
    return {"attendees": [*guests, {"email": address, "responseStatus": "needsAction"}]}


def answered(event: Body, answer: str) -> Body:
    """The guest list with the user's answer changed."""
    _chosen(answer, ANSWERS, "answer")
    guests = event.get("attendees", [])
    if not any(who.get("self") for who in guests):
        raise FormError("You are not a guest of this event, so there is nothing to answer.")
    return {"attendees": [{**who, "responseStatus": answer} if who.get("self") else who for who in guests]}


def described(event: Body, text: str, editor: str) -> Body:
    """The description after a person's edit, as the `web` editor or a `phone` app saves it."""
    new = edited(event.get("description", ""), text)
    if editor not in ("web", "phone"):
        raise FormError("Choose one of the two editors.")
    return {"description": (web_editor(new) if editor == "web" else flatten(new)) if new else None}


def copied(event: Body) -> Body:
    """The body of Google's Duplicate: everything a person wrote, and the private extended properties with it."""
    body = {key: value for key, value in event.items() if key in WRITABLE and key != "recurrence"}
    if body.get("eventType") in ("fromGmail", "birthday"):
        body["eventType"] = "default"
        body.pop("birthdayProperties", None)
    return body | {"status": "confirmed"}


def restored(event: Body) -> Body:
    """The body that brings a deleted event back as it was."""
    if "organizer" not in event:
        raise FormError("Of this event only its id is left, so it cannot be restored.")
    return {key: value for key, value in event.items() if key in WRITABLE} | {"status": "confirmed"}


def _chosen(value: str, choices: Mapping[str, str], name: str) -> str:
    if value not in choices:
        raise FormError(f"Choose a {name} from the list.")
    return value


def _date(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise FormError(f"Give {name} as year-month-day, such as 2026-11-24.") from error


def _time(text: str, name: str) -> time:
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError as error:
        raise FormError(f"Give {name} as hours and minutes, such as 09:30.") from error
