"""The week view over real HTTP: what one sees, and that every edit is the write the API would have made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from integrations.sandbox.run import SandboxServer, clock_from
from integrations.sandbox.view_week import lay_out, monday_of, week_key
from integrations.sandbox.world import sample_world

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 9, 20, tzinfo=UTC)
WORKSHEET = (
    "<b>Two people.</b><br>"
    '☐ <a href="https://green.example/go/k7f3">Marta Lindqvist</a>, Ferro &amp; Sons<br>'
    "Everything below this line is yours."
)
BLOCK: dict[str, Any] = {
    "id": "greenblock0001",
    "summary": "Green block",
    "description": WORKSHEET,
    "colorId": "10",
    "visibility": "private",
    "start": {"dateTime": "2026-11-24T10:00:00+01:00", "timeZone": "Europe/Berlin"},
    "end": {"dateTime": "2026-11-24T10:30:00+01:00", "timeZone": "Europe/Berlin"},
    "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 10}]},
    "extendedProperties": {"private": {"greenblock": "r1/2026W48.1/0", "greenblock_by": "here"}},
}
INVITATION: dict[str, Any] = {
    "id": "invitation0001",
    "summary": "<script>alert(1)</script> & tea",
    "description": "<img src=x onerror=alert(2)><b>hello</b>",
    "organizer": {"email": "marta@ferro-sons.example"},
    "start": {"dateTime": "2026-11-24T10:15:00+01:00", "timeZone": "Europe/Berlin"},
    "end": {"dateTime": "2026-11-24T11:15:00+01:00", "timeZone": "Europe/Berlin"},
    "attendees": [
        {"email": "marta@ferro-sons.example", "organizer": True, "responseStatus": "accepted"},
        {"email": "hannah@okafor.example", "self": True, "responseStatus": "needsAction"},
    ],
}
SERIES: dict[str, Any] = {
    "id": "standup0001",
    "summary": "Stand-up",
    "start": {"dateTime": "2026-11-02T09:00:00+01:00", "timeZone": "Europe/Berlin"},
    "end": {"dateTime": "2026-11-02T09:30:00+01:00", "timeZone": "Europe/Berlin"},
    "recurrence": ["RRULE:FREQ=WEEKLY"],
}
TRIP: dict[str, Any] = {
    "id": "trip0001",
    "summary": "Stockholm",
    "start": {"date": "2026-11-25"},
    "end": {"date": "2026-11-27"},
}


class Marked(HTMLParser):
    """Elements with data-event-id, and their text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._current = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        if tag == "a" and "data-event-id" in values:
            self._current = values["data-event-id"]
            self.found[self._current] = values | {"text": ""}

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._current = ""

    def handle_data(self, data: str) -> None:
        if self._current:
            self.found[self._current]["text"] += data


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    world = {
        "user": {"email": "hannah@okafor.example", "name": "Hannah Okafor"},
        "timeZone": "Europe/Berlin",
        "events": [BLOCK, INVITATION, SERIES, TRIP],
    }
    with SandboxServer(world, clock=clock_from(NOW)) as server:
        yield server


@pytest.fixture
def web(sandbox: SandboxServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, follow_redirects=True, timeout=10) as client:
        yield client


def seen(web: httpx.Client, week: str = "") -> dict[str, dict[str, str]]:
    answer = web.get("/", params={"week": week} if week else {})
    assert answer.status_code == 200
    return Marked(answer.text).found


def test_the_week_says_whose_it_is_what_time_it_is_and_that_nothing_leaves(web: httpx.Client) -> None:
    page = web.get("/").text
    assert "Hannah Okafor" in page
    assert "Tuesday, 24 November 2026, 10:20" in page
    assert "A stand-in for Google Calendar. Nothing here leaves this machine." in page
    assert 'href="/?week=2026-W47"' in page
    assert 'href="/?week=2026-W49"' in page


def test_events_carry_their_id_times_title_and_colour(web: httpx.Client) -> None:
    events = seen(web)
    block = events["greenblock0001"]
    assert block["data-start"] == "2026-11-24T10:00:00+01:00"
    assert block["data-end"] == "2026-11-24T10:30:00+01:00"
    assert "Green block" in block["text"]
    assert "10:00–10:30" in block["text"]
    assert "c10" in block["class"].split()
    assert block["href"] == "/event/greenblock0001"
    assert events["trip0001"]["data-start"] == "2026-11-25"
    assert "standup0001_20261123T080000Z" in events
    assert "greenblock0001" not in seen(web, "2026-W49")
    assert "standup0001_20261130T080000Z" in seen(web, "2026-W49")


@pytest.mark.parametrize("week", ["2026-W54", "never", "2026-48", "99999-W01", "2026-W00"])
def test_a_week_that_does_not_exist_is_explained(web: httpx.Client, week: str) -> None:
    answer = web.get("/", params={"week": week})
    assert answer.status_code == 422
    assert "2026-W48" in answer.text


def test_texts_from_outside_are_shown_and_do_nothing(web: httpx.Client) -> None:
    for page in (web.get("/").text, web.get("/event/invitation0001").text):
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; tea" in page
        assert "onerror" not in page
    assert "<b>hello</b>" in web.get("/event/invitation0001").text


def test_the_event_page_shows_everything_about_a_block(web: httpx.Client) -> None:
    page = web.get("/event/greenblock0001").text
    for text in ("Basil", "Busy", "Private", "10 minutes before", "Tuesday, 24 November 2026, 10:00–10:30"):
        assert text in page
    assert "r1/2026W48.1/0" in page
    assert 'href="https://green.example/go/k7f3">Marta Lindqvist</a>' in page


def test_googles_own_link_leads_to_the_event(web: httpx.Client, sandbox: SandboxServer) -> None:
    link = sandbox.store.get("greenblock0001")["htmlLink"]
    assert web.get(link).url.path == "/event/greenblock0001"
    assert web.get("/event", params={"eid": "%%%"}).status_code == 404
    assert web.get("/event").status_code == 404


def test_moving_is_one_write_with_a_new_etag_and_a_hint_to_listeners(web: httpx.Client, sandbox: SandboxServer) -> None:
    before = sandbox.store.get("greenblock0001")
    heard: list[int] = []
    sandbox.store.on_change(lambda: heard.append(1))
    answer = web.post("/event/greenblock0001/move", data={"day": "2026-11-26", "from": "11:00", "to": "11:45"})
    assert answer.status_code == 200
    after = sandbox.store.get("greenblock0001")
    assert after["start"]["dateTime"] == "2026-11-26T11:00:00+01:00"
    assert after["end"]["dateTime"] == "2026-11-26T11:45:00+01:00"
    assert after["etag"] != before["etag"]
    assert heard == [1]
    assert {key: after[key] for key in ("summary", "description", "extendedProperties", "colorId")} == {
        key: before[key] for key in ("summary", "description", "extendedProperties", "colorId")
    }


def test_moving_to_whole_days_and_back(web: httpx.Client, sandbox: SandboxServer) -> None:
    web.post("/event/greenblock0001/move", data={"day": "2026-11-26", "last_day": "2026-11-27", "from": "", "to": ""})
    event = sandbox.store.get("greenblock0001")
    assert (event["start"], event["end"]) == ({"date": "2026-11-26"}, {"date": "2026-11-28"})
    web.post("/event/greenblock0001/move", data={"day": "2026-11-26", "from": "10:00", "to": "10:30"})
    assert sandbox.store.get("greenblock0001")["end"]["dateTime"] == "2026-11-26T10:30:00+01:00"


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"day": "soon", "from": "10:00", "to": "11:00"}, "2026-11-24"),
        ({"day": "2026-11-24", "from": "11:00", "to": "10:00"}, "ends before it starts"),
        ({"day": "2026-11-24", "from": "11:00", "to": ""}, "09:30"),
        ({"day": "2026-11-24", "last_day": "2026-11-23", "from": "", "to": ""}, "last day"),
    ],
)
def test_a_time_that_cannot_be_is_explained_and_nothing_changes(
    web: httpx.Client, sandbox: SandboxServer, form: dict[str, str], says: str
) -> None:
    before = sandbox.store.get("greenblock0001")
    answer = web.post("/event/greenblock0001/move", data=form)
    assert answer.status_code == 422
    assert says in answer.text
    assert sandbox.store.get("greenblock0001") == before


def test_editing_title_colour_visibility_show_as_and_reminder(web: httpx.Client, sandbox: SandboxServer) -> None:
    form = {"title": "My hour", "colour": "", "visibility": "default", "show_as": "transparent", "reminder": "30"}
    web.post("/event/greenblock0001/edit", data=form)
    event = sandbox.store.get("greenblock0001")
    assert event["summary"] == "My hour"
    assert "colorId" not in event
    assert "visibility" not in event
    assert event["transparency"] == "transparent"
    assert event["reminders"]["overrides"] == [{"method": "popup", "minutes": 30}]
    web.post("/event/greenblock0001/edit", data={"reminder": "default"})
    event = sandbox.store.get("greenblock0001")
    assert event["reminders"] == {"useDefault": True}
    assert event["summary"] == "My hour"
    assert web.post("/event/greenblock0001/edit", data={"colour": "99"}).status_code == 422


def test_adding_a_guest(web: httpx.Client, sandbox: SandboxServer) -> None:
    web.post("/event/greenblock0001/guest", data={"email": "rosa@example.com"})
    guests = sandbox.store.get("greenblock0001")["attendees"]
    assert [(who["email"], who["responseStatus"]) for who in guests] == [
        ("hannah@okafor.example", "accepted"),
        ("rosa@example.com", "needsAction"),
    ]
    assert guests[0]["self"] is True
    assert web.post("/event/greenblock0001/guest", data={"email": "rosa@example.com"}).status_code == 422
    assert web.post("/event/greenblock0001/guest", data={"email": "rosa"}).status_code == 422


def test_answering_an_invitation(web: httpx.Client, sandbox: SandboxServer) -> None:
    web.post("/event/invitation0001/answer", data={"answer": "declined"})
    own = [who for who in sandbox.store.get("invitation0001")["attendees"] if who.get("self")]
    assert own[0]["responseStatus"] == "declined"
    assert "declined" in seen(web)["invitation0001"]["class"].split()
    assert web.post("/event/greenblock0001/answer", data={"answer": "accepted"}).status_code == 422


def test_deleting_and_restoring(web: httpx.Client, sandbox: SandboxServer) -> None:
    web.post("/event/greenblock0001/delete")
    assert sandbox.store.get("greenblock0001")["status"] == "cancelled"
    assert "greenblock0001" not in seen(web)
    assert 'data-event-id="greenblock0001"' in web.get("/bin").text
    assert web.post("/event/greenblock0001/delete").status_code == 422
    web.post("/event/greenblock0001/restore")
    event = sandbox.store.get("greenblock0001")
    assert event["status"] == "confirmed"
    assert event["extendedProperties"] == BLOCK["extendedProperties"]
    assert event["description"] == WORKSHEET
    assert "greenblock0001" in seen(web)


def test_an_event_without_a_title_can_be_restored_too(web: httpx.Client, sandbox: SandboxServer) -> None:
    moment = {"dateTime": "2026-11-24T12:00:00+01:00"}
    made = sandbox.store.insert({"start": moment, "end": moment})
    assert "(No title)" in seen(web)[made["id"]]["text"]
    web.post(f"/event/{made['id']}/delete")
    assert "(No title)" in web.get("/bin").text
    web.post(f"/event/{made['id']}/restore")
    assert made["id"] in seen(web)


def test_duplicating_keeps_the_private_properties_under_a_new_id(web: httpx.Client, sandbox: SandboxServer) -> None:
    path = web.post("/event/greenblock0001/duplicate").url.path
    copy = sandbox.store.get(path.removeprefix("/event/"))
    assert copy["id"] != "greenblock0001"
    assert copy["iCalUID"] != sandbox.store.get("greenblock0001")["iCalUID"]
    for key in ("extendedProperties", "summary", "description", "start", "end", "colorId"):
        assert copy[key] == BLOCK[key]


def test_one_date_of_a_series_is_moved_alone(web: httpx.Client, sandbox: SandboxServer) -> None:
    date_id = "standup0001_20261123T080000Z"
    web.post(f"/event/{date_id}/move", data={"day": "2026-11-24", "from": "09:00", "to": "09:30"})
    events = seen(web)
    assert events[date_id]["data-start"] == "2026-11-24T09:00:00+01:00"
    assert sandbox.store.get(date_id)["originalStartTime"]["dateTime"] == "2026-11-23T09:00:00+01:00"
    assert "standup0001_20261130T080000Z" in seen(web, "2026-W49")
    web.post(f"/event/{date_id}/delete")
    assert date_id not in seen(web)
    assert "standup0001_20261130T080000Z" in seen(web, "2026-W49")


def test_a_new_event(web: httpx.Client, sandbox: SandboxServer) -> None:
    form = {
        "title": "Tea",
        "day": "2026-11-27",
        "from": "15:00",
        "to": "15:30",
        "text": "Bring\nbiscuits",
        "colour": "5",
    }
    assert 'name="title"' in web.get("/new").text
    path = web.post("/new", data=form).url.path
    made = sandbox.store.get(path.removeprefix("/event/"))
    assert (made["summary"], made["colorId"]) == ("Tea", "5")
    assert made["start"]["dateTime"] == "2026-11-27T15:00:00+01:00"
    assert made["description"] == "<html-blob><u></u>Bring<br>biscuits</html-blob>"


def text_in_the_editor(web: httpx.Client) -> str:
    page = web.get("/event/greenblock0001").text
    found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    assert found
    return found[1].replace("&amp;", "&")


def test_ticking_a_box_in_the_web_editor(web: httpx.Client, sandbox: SandboxServer) -> None:
    text = text_in_the_editor(web)
    assert "☐ Marta Lindqvist, Ferro & Sons" in text
    ticked = text.replace("☐", "x") + "\r\nWants a quote."
    web.post("/event/greenblock0001/describe", data={"text": ticked, "editor": "web"})
    saved = sandbox.store.get("greenblock0001")["description"]
    assert saved.startswith("<html-blob><u></u><b>Two people.</b><br>x <a href=")
    assert "https://www.google.com/url?q=https://green.example/go/k7f3&amp;sa=D&amp;source=calendar&amp;" in saved
    assert saved.endswith("is yours.<br>Wants a quote.</html-blob>")
    assert text_in_the_editor(web) == ticked.replace("\r\n", "\n")


def test_ticking_a_box_in_a_phone_app(web: httpx.Client, sandbox: SandboxServer) -> None:
    ticked = text_in_the_editor(web).replace("☐", "x")
    web.post("/event/greenblock0001/describe", data={"text": ticked, "editor": "phone"})
    assert sandbox.store.get("greenblock0001")["description"] == (
        "Two people.\nx Marta Lindqvist, Ferro & Sons\nEverything below this line is yours."
    )
    web.post("/event/greenblock0001/describe", data={"text": "", "editor": "phone"})
    assert "description" not in sandbox.store.get("greenblock0001")


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_forms_from_another_site_change_nothing(
    web: httpx.Client, sandbox: SandboxServer, headers: dict[str, str]
) -> None:
    answer = web.post("/event/greenblock0001/delete", headers=headers)
    assert answer.status_code == 403
    assert sandbox.store.get("greenblock0001")["status"] == "confirmed"


def test_unknown_events_are_explained(web: httpx.Client) -> None:
    assert web.get("/event/nosuchevent").status_code == 404
    assert web.post("/event/nosuchevent/move", data={"day": "2026-11-24"}).status_code == 422


def test_no_page_loads_anything_from_elsewhere(web: httpx.Client) -> None:
    for path in ("/", "/event/greenblock0001", "/new", "/bin"):
        page = web.get(path).text
        assert " style=" not in page
        for address in re.findall(r'(?:src|href|action)="([^"]*)"', page):
            assert address.startswith(("/", "https://green.example/go/"))
    assert web.get("/view/calendar.css").headers["content-type"].startswith("text/css")


def test_weeks_of_the_sample_world_can_be_drawn() -> None:
    with SandboxServer(sample_world(today=NOW.date()), clock=clock_from(NOW)) as server:
        zone = server.store.home.zone
        for weeks in range(-79, 8, 4):
            monday = date(2026, 11, 23) + timedelta(weeks=weeks)
            start = datetime.combine(monday, datetime.min.time(), zone)
            week = lay_out(server.store.between(start, start + timedelta(weeks=1)), monday=monday, zone=zone, now=NOW)
            for day in week.days:
                for entry in day.entries:
                    assert entry.top >= 0
                    assert entry.top + entry.height <= 100.1
                    assert entry.left + entry.width <= 100.1
        assert httpx.get(server.url, params={"week": "2026-W53"}, timeout=10).status_code == 200


def test_entries_at_the_same_time_share_the_width_and_do_not_cover_each_other() -> None:
    def event(name: str, start: str, end: str) -> dict[str, Any]:
        day = "2026-11-24T"
        return {
            "id": name,
            "start": {"dateTime": f"{day}{start}:00+01:00"},
            "end": {"dateTime": f"{day}{end}:00+01:00"},
        }

    events = [
        event("a", "10:00", "11:00"),
        event("b", "10:15", "10:45"),
        event("c", "10:45", "11:30"),
        event("d", "12:00", "12:00"),
        event("e", "05:30", "06:00"),
    ]
    week = lay_out(events, monday=date(2026, 11, 23), zone=BERLIN, now=NOW)
    drawn = {entry.event_id: entry for entry in week.days[1].entries}
    assert (drawn["a"].left, drawn["a"].width) == (0, 50)
    assert (drawn["b"].left, drawn["c"].left) == (50, 50)
    assert drawn["d"].width == 100
    assert drawn["d"].height > 0
    assert week.hours.start == 5


def test_weeks_are_named_as_iso_names_them() -> None:
    assert monday_of("2026-W53") == date(2026, 12, 28)
    assert week_key(date(2027, 1, 1)) == "2026-W53"


def test_whole_days_and_entries_of_a_day_or_more_lie_across_the_days_they_last() -> None:
    def days(name: str, start: str, end: str) -> dict[str, Any]:
        return {"id": name, "start": {"date": start}, "end": {"date": end}}

    away = {"dateTime": "2026-11-25T00:00:00+01:00"}, {"dateTime": "2026-11-28T00:00:00+01:00"}
    events = [
        days("before", "2026-11-20", "2026-11-23"),
        days("over", "2026-11-20", "2026-11-24"),
        days("fair", "2026-11-24", "2026-11-26"),
        {"id": "away", "start": away[0], "end": away[1]},
    ]
    week = lay_out(events, monday=date(2026, 11, 23), zone=BERLIN, now=NOW)
    assert {(bar.event_id, bar.column, bar.span, bar.row) for bar in week.bars} == {
        ("over", 1, 1, 1),
        ("fair", 2, 2, 1),
        ("away", 3, 3, 2),
    }
    assert not any(day.entries for day in week.days)


def test_an_entry_over_midnight_is_drawn_on_both_days() -> None:
    night = {
        "id": "night",
        "start": {"dateTime": "2026-11-24T23:00:00+01:00"},
        "end": {"dateTime": "2026-11-25T01:00:00+01:00"},
    }
    week = lay_out([night], monday=date(2026, 11, 23), zone=BERLIN, now=NOW)
    assert [len(day.entries) for day in week.days] == [0, 1, 1, 0, 0, 0, 0]
    assert week.hours == range(24)
    assert week.days[1].entries[0].when == "Tue 23:00–Wed 01:00"
