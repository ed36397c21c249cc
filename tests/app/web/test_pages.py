"""The pages over fake services: all are drawn, every form reaches its service, nothing typed is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from app.errors import Invalid, Refused
from app.services.first_block import FirstBlock
from app.services.go_actions import GoEntry
from app.services.viewmodel import Progress
from app.web.formdata import MOST_FIELDS
from tests.app.web.fakes import ACCOUNT, FRAME, NEXT, PREFERENCES, RECONNECT, RULE, SLOW, WELCOME, FakeServices
from tests.app.web.markup import Tag, read

PAGES = [
    "/about",
    "/welcome",
    "/today",
    "/people",
    "/people/add",
    "/people/101",
    "/year",
    "/settings",
    "/go/good-token",
]


def get(client: Any, address: str, status: int = 200) -> Tag:
    answer = client.get(address)
    assert answer.status_code == status
    return read(answer.text)


# -- Drawn -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_whole(client: Any, address: str) -> None:
    page = get(client, address)
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert page.all("title")[0].text.strip()
    assert page.all("html")[0]["lang"] == "en"
    assert [link["href"] for link in page.all("nav")[0].all("a")] == ["/today", "/people", "/year", "/settings"]
    ids = [tag["id"] for tag in page.everything() if "id" in tag.attributes]
    assert len(ids) == len(set(ids))
    for tag in page.everything():
        for reference in ("aria-labelledby", "aria-describedby", "for"):
            assert set(tag.attributes.get(reference, "").split()) <= set(ids), tag
        if tag.attributes.get("href", "").startswith("#"):
            assert tag["href"][1:] in ids, tag


@pytest.mark.parametrize("address", [*PAGES, "/"])
def test_nothing_that_the_content_security_policy_refuses(client: Any, stranger: Any, address: str) -> None:
    page = get(stranger if address == "/" else client, address)
    assert not page.all("style", "iframe", "img", "object")
    assert [(one["src"].partition("?")[0], one.text) for one in page.all("script")] == [("/static/greenblock.js", "")]
    for tag in page.everything():
        assert not [name for name in tag.attributes if name == "style" or name.startswith("on")], tag
        for name in ("src", "action", "formaction"):
            assert tag.attributes.get(name, "/").startswith("/"), tag
        if tag.name == "link":
            assert tag["href"].startswith("/static/")


@pytest.mark.parametrize("address", PAGES)
def test_every_change_is_a_post_and_every_control_has_a_name(client: Any, address: str) -> None:
    page = get(client, address)
    assert all(form.attributes.get("method") == "post" or form["role"] == "search" for form in page.all("form"))
    labels = {label["for"] for label in page.all("label") if "for" in label.attributes}
    wrapped = {id(tag) for label in page.all("label") for tag in label.all("input")}
    for control in page.all("input", "select", "textarea"):
        if control.attributes.get("type") != "hidden":
            assert (
                "aria-label" in control.attributes or control.attributes.get("id") in labels or id(control) in wrapped
            )


@pytest.mark.parametrize("address", PAGES)
def test_a_name_that_is_read_out_holds_the_words_that_are_seen(client: Any, address: str) -> None:
    """Whoever speaks to the browser says what stands on the button."""
    for control in get(client, address).all("a", "button", "summary"):
        if "aria-label" in control.attributes:
            seen, read = (" ".join(words.casefold().split()) for words in (control.text, control["aria-label"]))
            assert seen in read


def test_stylesheet_script_and_icons_are_here(client: Any) -> None:
    page = get(client, "/about")
    for tag in page.all("link", "script"):
        answer = client.get(tag.attributes.get("href") or tag["src"])
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert client.get("/static/greenblock.css").headers["cache-control"] == "public, max-age=3600"
    assert client.get("/favicon.ico").headers["content-type"].startswith("image/svg+xml")


def test_the_start(client: Any, stranger: Any, fake: FakeServices) -> None:
    assert '<a class="btn main" href="/connect">' in stranger.get("/").text
    assert client.get("/").headers["location"] == "/today"
    fake.views.progress_ = Progress(events=9, people=3, done=True, saved=False)
    assert client.get("/").headers["location"] == "/welcome"


@pytest.mark.parametrize("address", [address for address in PAGES if address != "/about"])
def test_signed_out_leads_to_the_start(stranger: Any, address: str) -> None:
    answer = stranger.get(address)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_about_is_for_everybody(stranger: Any) -> None:
    page = get(stranger, "/about")
    assert "calendar.events.owned" in page.text
    assert not page.all("nav", "form")


def test_the_first_read_counts_and_looks_again(client: Any, fake: FakeServices) -> None:
    fake.views.progress_ = Progress(events=1240, people=0, done=False)
    answer = client.get("/welcome")
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in answer.text
    assert read(answer.text).by_id("progress")["data-poll"] == "/welcome"
    assert "<dd>1,240</dd>" in answer.text


def test_a_banner_says_what_is_wrong_and_where_its_mend_is(client: Any, fake: FakeServices) -> None:
    fake.views.people_page_ = replace(fake.views.people_page_, frame=replace(FRAME, banner=RECONNECT, paused=True))
    page = get(client, "/people")
    (alert,) = [tag for tag in page.everything() if tag.attributes.get("role") == "alert"]
    assert RECONNECT.text in alert.text
    assert alert.all("a")[0]["href"] == "/connect"
    assert "/resume" in [form["action"] for form in page.all("form")]
    fake.views.people_page_ = replace(fake.views.people_page_, frame=replace(FRAME, banner=SLOW))
    page = get(client, "/people")
    assert not [tag for tag in page.everything() if tag.attributes.get("role") == "alert"]
    assert SLOW.text in page.text


def test_dates_tell_their_year_only_when_it_is_another(client: Any) -> None:
    page = get(client, "/people/101")
    whens = [tag.text for tag in page.all("span") if tag.attributes.get("class") == "when"]
    assert whens[0] == "4\u00a0November"
    assert "29\u00a0December 2025" in whens
    assert "Tuesday 24\u00a0November" in get(client, "/today").text


def test_the_day_is_the_services_where_the_page_says_none(client: Any, fake: FakeServices) -> None:
    fake.views.person_ = replace(fake.views.person_, frame=replace(FRAME, today=None))
    fake.clock = lambda: datetime(2031, 5, 2, 9, tzinfo=UTC)
    assert "4\u00a0November 2026" in get(client, "/people/101").text
    touch = {"do": "touch", "channel": "call"}
    assert client.post("/people/101", data=touch | {"on": "2031-05-03"}).status_code == 422
    assert client.post("/people/101", data=touch | {"on": "2031-05-02"}).status_code == 303
    assert (
        client.post("/people/101/memory", data={"do": "note", "note": "Skis", "note_on": "2031-05-03"}).status_code
        == 422
    )


def test_unknown_people_and_links_are_not_found(client: Any) -> None:
    for address in ("/people/5", "/people/x", f"/people/{2**70}", "/go/bad-token"):
        page = get(client, address, 404)
        assert "Go back" in page.text
    assert client.post("/people/5", data={"kind": "boss"}).status_code == 404


# -- Welcome ---------------------------------------------------------------------------------------


def largest_post_form(page: Tag) -> Tag:
    return max(page.all("form"), key=lambda form: len(form.all("input", "select", "textarea")))


def test_welcome_keeps_the_contract(client: Any, fake: FakeServices) -> None:
    form = largest_post_form(get(client, "/welcome"))
    assert (form["method"], form["action"]) == ("post", "/welcome")
    assert len(form.all("input", "select", "textarea")) >= 3
    submits = [button for button in form.all("button", "input") if button.attributes.get("type", "submit") == "submit"]
    assert submits[0].text == "Save"
    assert "formaction" not in submits[0].attributes

    answer = client.post("/welcome", data=form.fields())
    assert (answer.status_code, answer.headers["location"]) == (303, "/today")
    sure = {person.id: "client" for _, people in WELCOME.companies for person in people}
    proposed = FirstBlock(weekday=4, ideal=time(10), minutes=30)
    assert fake.actions.calls == [("save_welcome", (ACCOUNT, sure, proposed))]


def test_welcome_shows_what_was_said_before(client: Any, fake: FakeServices) -> None:
    known = replace(WELCOME.unsure[0], kind="friend")
    fake.views.welcome_ = replace(WELCOME, saved=True, companies=(("", (known,)),), unsure=WELCOME.unsure[1:2])
    page = get(client, "/welcome")
    fields = largest_post_form(page).fields()
    assert fields[f"kind-{known.id}"] == ["friend"]
    assert fields[f"kind-{WELCOME.unsure[1].id}"] == [""]
    assert "On their own" in page.text


def test_counting_in_keeps_what_was_chosen(client: Any, fake: FakeServices) -> None:
    form = largest_post_form(get(client, "/welcome"))
    person = WELCOME.unsure[3].id
    (button,) = [tag for tag in form.all("button") if tag.attributes.get("value") == "jonas@okafor.example"]
    assert button["formaction"].startswith("/left-out")
    fields = form.fields() | {f"kind-{person}": ["supplier"], button["name"]: [button["value"]]}
    answer = client.post("/left-out", data=fields)
    assert fake.actions.calls == [("set_counted_in", (ACCOUNT, "jonas@okafor.example", True))]
    page = read(answer.text)
    assert largest_post_form(page).fields()[f"kind-{person}"] == ["supplier"]
    assert [tag for tag in page.all("details") if "open" in tag.attributes]


def test_a_kind_that_is_none_is_said_at_the_field_and_the_rest_stays(client: Any, fake: FakeServices) -> None:
    one, other = WELCOME.unsure[0].id, WELCOME.unsure[1].id
    answer = client.post("/welcome", data={f"kind-{one}": "boss", f"kind-{other}": "friend"})
    assert answer.status_code == 422
    page = read(answer.text)
    assert page.by_id(f"f-kind-{one}")["aria-invalid"] == "true"
    assert largest_post_form(page).fields()[f"kind-{other}"] == ["friend"]
    assert not fake.actions.calls


def test_welcome_with_nobody_and_no_proposal(client: Any, fake: FakeServices) -> None:
    fake.views.welcome_ = replace(WELCOME, companies=(), unsure=(), left_out=(), proposal=None)
    assert "Nobody found yet" in get(client, "/welcome").text


def test_welcome_once_saved_says_where_the_blocks_are(client: Any, fake: FakeServices) -> None:
    """There is no proposal any more, and not for want of people."""
    fake.views.welcome_ = replace(WELCOME, saved=True, proposal=None)
    said = get(client, "/welcome").text
    assert "You have saved already" in said
    assert "change their days and times in" in " ".join(said.split())
    assert "Change whatever is wrong, then save." in said
    for wrong in ("No block to propose yet", "Save all the same", "nothing is booked before"):
        assert wrong not in said


def test_welcome_keeps_the_contract_with_nobody_on_it(client: Any, fake: FakeServices) -> None:
    fake.views.welcome_ = replace(WELCOME, companies=(), unsure=(), left_out=())
    form = largest_post_form(get(client, "/welcome"))
    assert form.fields() == {"back": ["welcome"], "first-day": ["4"], "first-time": ["10:00"], "first-minutes": ["30"]}
    assert form.all("button")[0].text == "Save"


def test_what_was_typed_of_the_first_block_is_not_lost(client: Any, fake: FakeServices) -> None:
    fields = largest_post_form(get(client, "/welcome")).fields()
    typed = {"first-day": ["6"], "first-time": ["25:00"], "first-minutes": ["45"]}
    answer = client.post("/welcome", data=fields | typed)
    assert answer.status_code == 422
    page = read(answer.text)
    assert [link["href"] for link in page.by_id("mend").all("a")] == ["#f-first-time"]
    assert page.by_id("f-first-time")["aria-invalid"] == "true"
    shown = largest_post_form(page).fields()
    assert {name: shown[name] for name in typed} == typed
    fake.actions.error = Invalid({"first-day": "Saturday is no working day of yours."})
    answer = client.post("/welcome", data=fields | typed | {"first-time": ["11:00"]})
    assert answer.status_code == 422
    assert read(answer.text).by_id("f-first-day")["aria-invalid"] == "true"


# -- Today, blocks, people -------------------------------------------------------------------------


def test_today_with_nothing_in_it(client: Any, fake: FakeServices) -> None:
    fake.views.today_ = replace(
        fake.views.today_, next=None, week=(), later=(), moved=(), unplaced=(), capacity="", mends=(), checked_at=None
    )
    assert "No block ahead" in get(client, "/today").text
    fake.views.today_ = replace(fake.views.today_, next=replace(NEXT, people=()))
    assert "Nobody is due" in get(client, "/today").text


def test_every_form_of_today_reaches_its_service(client: Any, fake: FakeServices) -> None:
    marta = get(client, "/today").by_id("p12")
    seen = []
    for form in marta.all("form"):
        for button in form.all("button"):
            answer = client.post(form["action"], data=form.fields() | {button["name"]: button["value"]})
            assert (answer.status_code, answer.headers["location"]) == (303, "/today?of=12#p12")
            assert "Marta" in button.attributes.get("aria-label", "Marta")
    for name, arguments in fake.actions.calls:
        assert (name, arguments[:3]) == ("set_outcome", (ACCOUNT, 31, 12))
        seen.append(arguments[3:])
    assert seen == [
        ("reached", None),
        ("tried", None),
        ("snoozed", date(2026, 12, 8)),
        ("snoozed", date(2026, 12, 22)),
        ("snoozed", date(2027, 2, 23)),
        ("declined", None),
    ]


def test_go_is_one_form_for_the_whole_block(client: Any, fake: FakeServices) -> None:
    form = largest_post_form(get(client, "/go/good-token"))
    fields = form.fields()
    marks = {name: value for name, value in fields.items() if name.startswith("outcome-")}
    assert marks == {"outcome-12": ["open"], "outcome-13": ["open"], "outcome-14": ["call"]}
    said = {"outcome-13": "month", "learned-12": "Skis", "promise-12": "A map", "promise_on-12": "2026-11-30"}
    answer = client.post("/go/good-token", data=fields | said | {"kept": ["51"]})
    assert answer.headers["location"] == "/go/good-token?saved=nothing"  # as the fake has it
    entries = {
        12: GoEntry(mark="open", learned="Skis", promise="A map", promise_on=date(2026, 11, 30)),
        13: GoEntry(mark="month"),
        14: GoEntry(mark="call"),
    }
    assert fake.actions.calls == [("save_go", (ACCOUNT, "good-token", entries, frozenset({51})))]


def test_go_keeps_what_was_typed_where_something_is_wrong(client: Any, fake: FakeServices) -> None:
    typed = {"outcome-12": "never", "learned-13": "Skis", "promise_on-14": "2026-11-30", "kept": ["52"]}
    answer = client.post("/go/good-token", data=typed)
    assert answer.status_code == 422
    assert not fake.actions.calls
    page = read(answer.text)
    assert [link["href"] for link in page.by_id("mend").all("a")] == ["#f-promise-14"]
    fields = largest_post_form(page).fields()
    assert {name: fields[name] for name in typed} == {
        name: [value] if isinstance(value, str) else value for name, value in typed.items()
    }


def test_go_says_what_was_saved_and_offers_to_undo_it(client: Any, fake: FakeServices) -> None:
    fake.views.go_ = replace(fake.views.go_, said=("Marta: reached by a call.",), undo="k3y")
    page = get(client, "/go/good-token?saved=k3y")
    (status,) = [tag for tag in page.everything() if tag.attributes.get("role") == "status"]
    assert "Marta: reached by a call." in status.text
    (button,) = status.all("button")
    (form,) = status.all("form")
    answer = client.post(form["action"], data={button["name"]: button["value"]})
    assert answer.headers["location"] == "/go/good-token?saved=undone"
    assert fake.actions.calls == [("undo", (ACCOUNT, "k3y"))]
    fake.actions.error = Refused("Something of it has been changed since.")
    answer = client.post(form["action"], data={button["name"]: button["value"]})
    assert answer.status_code == 409
    assert "Not undone" in answer.text


def test_links_of_go_lead_out_safely(client: Any) -> None:
    marta = get(client, "/go/good-token").by_id("p12")
    assert "tel:+46812345" in [link["href"] for link in marta.all("a")]
    out = [link for link in marta.all("a") if link["href"].startswith("https://")]
    assert len(out) == 2
    assert all((link["target"], link["rel"]) == ("_blank", "noopener noreferrer") for link in out)


def test_go_closes_after_two_weeks(client: Any, fake: FakeServices) -> None:
    fake.views.go_ = replace(fake.views.go_, open=False)
    page = get(client, "/go/good-token")
    assert not page.all("input")
    assert "Save" not in [button.text for button in page.all("button")]


def test_every_form_of_a_person_reaches_its_service(client: Any, fake: FakeServices) -> None:
    for form in get(client, "/people/101").all("main")[0].all("form"):
        button = form.all("button")[0]
        pressed = {button["name"]: button["value"]} if "name" in button.attributes else {}
        empty = {name: "Some words" for name in ("note", "promise", "introduced") if form.fields().get(name) == [""]}
        answer = client.post(form.attributes.get("action", "/people/101"), data=form.fields() | pressed | empty)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/people/101?saved=1")
    assert fake.actions.calls == [
        ("log_touch", (ACCOUNT, 101, date(2026, 11, 24), "call")),
        ("snooze", (ACCOUNT, 101, date(2026, 12, 8))),
        ("save_person", (ACCOUNT, 101, "client", None, None, ())),
        ("add_promise", (ACCOUNT, 101, "Some words", None, "promise")),
        ("add_promise", (ACCOUNT, 101, "Some words", None, "thanks")),
        ("add_note", (ACCOUNT, 101, "Some words", date(2026, 11, 24))),
        ("save_reach", (ACCOUNT, 101, None, "")),
    ]


def test_a_wrong_cadence_is_shown_again(client: Any, fake: FakeServices) -> None:
    answer = client.post("/people/101", data={"do": "save", "kind": "friend", "cadence_weeks": "1000"})
    assert answer.status_code == 422
    page = read(answer.text)
    weeks = page.by_id("f-cadence_weeks")
    assert (weeks["value"], weeks["aria-invalid"]) == ("1000", "true")
    assert page.by_id("f-kind").all("option")[3]["value"] == "friend"
    assert "selected" in page.by_id("f-kind").all("option")[3].attributes
    assert not fake.actions.calls


def test_left_out_on_the_people_page_comes_back_there(client: Any, fake: FakeServices) -> None:
    (form,) = [form for form in get(client, "/people?show=left").all("form") if form["action"] == "/left-out"]
    button = form.all("button")[0]
    answer = client.post("/left-out", data=form.fields() | {button["name"]: button["value"]})
    assert (answer.status_code, answer.headers["location"]) == (303, "/people?show=left#left")


# -- Settings --------------------------------------------------------------------------------------


def test_settings_saved_untouched_change_nothing(client: Any, fake: FakeServices) -> None:
    answer = client.post("/settings", data=largest_post_form(get(client, "/settings")).fields())
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings?saved=1")
    assert fake.actions.calls == [("save_settings", (ACCOUNT, RULE, PREFERENCES))]


def test_mistakes_are_said_at_the_field_and_nothing_typed_is_lost(client: Any, fake: FakeServices) -> None:
    fields = largest_post_form(get(client, "/settings")).fields()
    typed = {"to": ["08:00"], "own": ["okafor.example\nnot a domain!"], "client_weeks": ["9"], "day": ["1", "5"]}
    typed |= {"zone": ["Mars/Olympus"], "reminder": ["-7"], "shortest": ["25"], "private": []}
    answer = client.post("/settings", data={k: v for k, v in (fields | typed).items() if v})
    assert answer.status_code == 422
    assert not fake.actions.calls
    page = read(answer.text)
    links = [link["href"] for link in page.by_id("mend").all("a")]
    assert links == ["#f-to", "#f-reminder", "#f-zone", "#f-own"]
    for link in links:
        control = page.by_id(link[1:])
        assert control["aria-invalid"] == "true"
        assert page.by_id(control["aria-describedby"].split()[0]).text
    again = largest_post_form(page).fields()
    assert again == {k: v for k, v in (fields | typed).items() if v}


def test_what_the_service_finds_wrong_is_shown_the_same_way(client: Any, fake: FakeServices) -> None:
    fake.actions.error = Invalid({"region": "This region has no holidays of its own. Leave it empty."})
    answer = client.post("/settings", data=largest_post_form(get(client, "/settings")).fields())
    assert answer.status_code == 422
    assert read(answer.text).by_id("f-region")["aria-invalid"] == "true"
    fake.actions.error = Refused("Save the welcome page first: nothing is booked before it.")
    answer = client.post("/settings", data=largest_post_form(get(client, "/settings")).fields())
    assert "Save the welcome page first" in answer.text


@pytest.mark.parametrize(
    ("address", "data", "called", "then"),
    [
        ("/resume", {}, ("resume", (ACCOUNT,)), "/today"),
        ("/refresh", {}, ("refresh_now", (ACCOUNT,)), "/today?looking=1#fresh"),
        ("/pause", {"all": "1"}, ("pause", (ACCOUNT, None, None)), "/settings?saved=1"),
        (
            "/pause",
            {"pause_from": "2026-12-21", "pause_until": "2027-01-06"},
            ("pause", (ACCOUNT, date(2026, 12, 21), date(2027, 1, 6))),
            "/settings?saved=1",
        ),
    ],
)
def test_buttons(client: Any, fake: FakeServices, address: str, data: dict[str, str], called: Any, then: str) -> None:
    answer = client.post(address, data=data)
    assert (answer.status_code, answer.headers["location"]) == (303, then)
    assert fake.actions.calls == [called]


def test_disconnect(client: Any, fake: FakeServices) -> None:
    assert client.post("/disconnect").headers["location"] == "/settings#data"
    assert fake.connect.calls == [("disconnect", (ACCOUNT,))]
    fake.views.settings_ = replace(fake.views.settings_, connected=False)
    assert "/connect" in [link.attributes.get("href") for link in get(client, "/settings").all("a")]


def test_an_impossible_pause_is_shown_at_its_field(client: Any, fake: FakeServices) -> None:
    answer = client.post("/pause", data={"pause_from": "2027-01-06", "pause_until": "2026-12-21"})
    assert answer.status_code == 422
    page = read(answer.text)
    assert page.by_id("f-pause_until")["value"] == "2026-12-21"
    assert page.by_id("f-pause_until")["aria-invalid"] == "true"
    assert page.by_id("f-own").text.strip() == "okafor.example"


# -- Bodies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"a=1&" * (MOST_FIELDS + 1), "application/x-www-form-urlencoded", 413),
        (b'{"kind-1": "client"}', "application/json", 400),
        (b"--x--", "multipart/form-data; boundary=x", 400),
        (b"kind-1=client", "text/plain", 400),
        (b"\xff\xfe=%ff&kind-1=client", "application/x-www-form-urlencoded; charset=utf-8", 303),
    ],
)
def test_only_forms_within_limits_are_read(
    client: Any, fake: FakeServices, body: bytes, kind: str, status: int
) -> None:
    answer = client.post("/welcome", content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert bool(fake.actions.calls) == (status == 303)
    if status != 303:
        assert "nothing was changed" in answer.text
