"""Whatever a user reads has gone through the catalogue: every page, in every state that one account goes through, in a
made-up language (pseudo.py), where what was not marked stands out in plain letters."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import httpx
import pytest
from babel.dates import format_date
from jinja2 import Environment

from app.db import accounts
from app.db.tables import BlockRow
from app.main import create_app
from app.services import faults
from app.services.faults import Fault
from app.services.season_rows import NewSeason
from app.services.state import key_of
from app.web.render import environment
from scheduler.model import BlockState, Channel, Kind
from scheduler.words import speaking
from tests.app import pseudo
from tests.app.pseudo import CODE
from tests.app.world import BERLIN, FENCE, FRIENDS, MONDAY, OWNER, all_day, at, history, meeting, start_of, world
from tests.app.world_house import House, open_house, sign_in
from tests.browser.states import NO_PAGE
from tests.security.conftest import route_table

EMPTY = "nele@neu.example"
TITLES = ("Kurzes Gespraech", "Vollversammlung", "Rundbrief", "Zahnarzt", "Ada Arbor anrufen", "Messe")
TYPED = ("vip", "Weihnachtskarten", "Notiz eins", "Vertrag schicken", "zzzz")
PEOPLE = (
    *FRIENDS,
    *("Olga Owner", "Nele Neu", "Nora Neu", "Dora Doppel", "Ada Arber"),
    *("Kim Kapok", "Lea Larch", "Noreply Mailer"),
    *(f"Gast{letter} Menge{letter}" for letter in "abcdefghijklmnop"),
)  # fmt: skip
NAMES = {
    *("Greenblock", "Green block", "Europe", "Berlin", "Made up", *TITLES, *TYPED),
    *(
        word for name in PEOPLE for part in name.split() for word in (part, part.upper())
    ),  # a company is named after all
}


@dataclass
class Walk:
    """One account's pages without a browser. `plain`: what stood in plain letters, by the page it stood on."""

    house: House
    cookies: dict[str, str]
    plain: dict[str, list[str]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._app = create_app(self.house.services, wheel=False)

    def get(self, path: str, *, who: str = "owner", name: str = "") -> httpx.Response:
        return self._look(name or path, self._ask("GET", path, who))

    def post(self, path: str, name: str, _who: str = "owner", /, **form: str | list[str]) -> httpx.Response:
        """What came of it; the page that it leads to is looked at."""
        answer = self._ask("POST", path, _who, urlencode(form, doseq=True))
        where = answer.headers.get("location", "")
        if answer.status_code == 303 and where.startswith("/"):
            return self.get(where.partition("#")[0], who=_who, name=name)
        return self._look(name, answer)

    def api(self, method: str, path: str, called: str, /, **body: object) -> None:
        """What a refusal says, of the whole and by field."""
        answer = self._ask(method, path, "owner", json=body)
        assert answer.status_code >= 400, (called, answer.text)
        self._judge(called, pseudo.plain_in([answer.json()["detail"]], NAMES))

    def _look(self, name: str, answer: httpx.Response) -> httpx.Response:
        if "html" in answer.headers.get("content-type", ""):
            self._judge(name, pseudo.plain(answer.text, NAMES))
        else:
            self._judge(name, pseudo.plain_in([answer.text], NAMES))
        return answer

    def _judge(self, name: str, plain: list[str]) -> None:
        if plain:
            self.plain[name] = list(dict.fromkeys(plain))

    def _ask(self, method: str, path: str, who: str, form: str = "", json: object = None) -> httpx.Response:
        self.seen.add(path.partition("?")[0])
        headers = {"accept-language": CODE}
        if form or method == "POST":
            headers["content-type"] = "application/x-www-form-urlencoded"
        cookie = self.cookies.get(who)
        cookies = {self.house.services.settings.cookie_name: cookie} if cookie else {}

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000", cookies=cookies) as one:
                if json is not None:
                    return await one.request(method, path, headers={"accept-language": CODE}, json=json)
                return await one.request(method, path, headers=headers, content=form.encode())

        # A thread of its own: a browser that another test has opened keeps an event loop in this one.
        with ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(lambda: asyncio.run(ask())).result()

    # what it takes to get into a state

    @contextmanager
    def account(self, **values: Any) -> Iterator[None]:
        before = self._set(values)
        try:
            yield
        finally:
            self._set(before)

    def _set(self, values: Mapping[str, Any]) -> dict[str, Any]:
        with self.house.services.db.write() as session:
            row = accounts.get(session, self.house.account_id)
            before = {name: getattr(row, name) for name in values}
            for name, value in values.items():
                setattr(row, name, value)
        return before

    def id_of(self, name: str) -> int:
        return self.house.contact(name).id


def calendar() -> list[dict[str, Any]]:
    """People who are clear, people who are not, some who are left out, entries without guests, a holiday."""
    talks = [one | {"summary": "Kurzes Gespraech"} for one in history()]
    once = [meeting("Kurzes Gespraech", at(-20 - n, 15), who) for n, who in enumerate(("Kim Kapok", "Lea Larch"))]
    crowd = meeting("Vollversammlung", at(-12, 16), *(f"Gast{one} Menge{one}" for one in "abcdefghijklmnop"))
    machine = meeting("Rundbrief", at(-30, 15), "Noreply Mailer")
    machine["attendees"][1] |= {"email": "noreply@mailer.example", "displayName": ""}
    alone = meeting("Ada Arbor anrufen", at(-15, 15))
    booked = meeting("Kurzes Gespraech", at(12, 15), "Jan Juniper")
    away = all_day("Messe", at(23), transparency="opaque")
    return [*talks, *once, crowd, machine, alone, booked, away]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("words")


@contextmanager
def walking(folder: Path, *, begins_in: str = CODE) -> Iterator[Walk]:
    """`begins_in`: the language of the first sign-in."""
    seed = world(calendar())
    seed["others"] = [{"user": {"email": EMPTY, "name": "Nele Neu"}, "timeZone": "Europe/Berlin", "events": []}]
    with (
        pseudo.spoken_in(folder, pseudo.catalogue(pseudo.template())),
        speaking(pseudo.languages.language(begins_in)),
        open_house(folder, f"sqlite:///{folder / 'words.db'}", seed=seed) as house,
    ):
        services = house.services
        empty = sign_in(services, house.sandbox, services.connect.new_session(), user=EMPTY)
        yield Walk(house=house, cookies={"owner": house.cookie, "empty": empty})


# -- The walk --------------------------------------------------------------------------------------


def before_anything(walk: Walk) -> None:
    for path in ("/", "/?back=/go/x", "/oauth/callback?error=access_denied", "/about", "/privacy", "/docs", "/nowhere"):
        walk.get(path, who="nobody")
    walk.post("/settings", "signed out", "nobody", day="1")
    walk.get("/welcome", name="first read")
    walk.get("/today", name="nothing read")


def welcome(walk: Walk) -> None:
    walk.house.refresh()
    walk.get("/welcome")
    walk.post("/welcome", "welcome, wrong", **{"first-time": "", "first-day": "9", "first-minutes": "1"})
    walk.post("/welcome", "welcome, at night", **{"first-time": "03:00", "first-day": "7", "first-minutes": "30"})
    first = {"first-time": "11:00", "first-day": "3", "first-minutes": "30"}
    walk.post("/welcome/preview", "welcome, preview", **first)
    walk.post("/left-out", "counted in", **{"count-in": "gasta@mengea.example", "back": "welcome"})
    walk.post("/left-out", "left out again", **{"leave-out": "gasta@mengea.example", "back": "welcome"})
    for who in ("today", "people", "welcome", "settings", "year"):
        walk.get(f"/{who}", who="empty", name=f"{who}, empty")
    walk.house.services.refresh(2)
    for who in ("today", "people", "welcome", "settings", "year"):
        walk.get(f"/{who}", who="empty", name=f"{who}, read and empty")


def lived_in(walk: Walk) -> None:
    """A month of life: moved and lost blocks, notes, promises, a season, people added and put together."""
    house, act = walk.house, walk.house.services.actions
    kim, ada, ben, cleo = (walk.id_of(name) for name in ("Kim Kapok", "Ada Arbor", "Ben Birch", "Cleo Cedar"))
    house.save_welcome({kim: Kind.CLIENT.value})
    act.add_note(1, ada, "Notiz eins", MONDAY.date())
    act.add_promise(1, ada, "Vertrag schicken", MONDAY.date() + timedelta(days=3))
    act.add_promise(1, ben, "Dora Doppel", None, "thanks")
    act.save_reach(1, ada, Channel.CALL.value, "+49 30 123456")
    act.log_touch(1, ben, MONDAY.date() - timedelta(days=40), Channel.LETTER.value)
    act.snooze(1, cleo, MONDAY.date() + timedelta(days=9))
    act.save_person(1, walk.id_of("Dan Dogwood"), kind="client", tags=("vip",), cadence_weeks=5, longest_weeks=9)
    act.set_counted_in(1, "gasta@mengea.example", True)
    act.add_people(1, ["Nora Neu, nora@neu.example", "Ada Arber"], "friend")
    for channel, tag in ((Channel.LETTER, "vip"), (None, "")):
        act.add_season(
            1,
            NewSeason(
                name="Weihnachtskarten",
                begins_on=MONDAY.date(),
                before_on=date(2027, 4, 1),
                tags=(tag,) if tag else (),
                channel=channel,
            ),
        )
    house.hand.adds(meeting("Zahnarzt", start_of(house.blocks()[1]), minutes=60))
    house.hand.adds(all_day("Messe", at(15), days=5, transparency="opaque"))  # no place in the third week
    walk.post("/settings/feed", "feed", do="on", names="on")
    house.refresh()


def pages(walk: Walk) -> None:
    house = walk.house
    ada = walk.id_of("Ada Arbor")
    for path in ("/today", "/today?looking=1", "/people", "/people?q=zzzz", "/people?by=tag", "/people?show=unsure",
                 "/people?show=left", "/people/add", "/settings", "/settings?saved=1", "/settings?suggested=1",
                 "/settings/blocks/new", f"/settings/blocks/{house.rule().key}", "/settings/data", "/settings/delete",
                 "/year", "/about", "/privacy", "/docs"):  # fmt: skip
        walk.get(path)
    for name in (*FRIENDS, "Kim Kapok", "Nora Neu", "Ada Arber"):
        walk.get(f"/people/{walk.id_of(name)}", name=f"person {name}")
    walk.post(f"/people/{ada}", "together", do="merge", other=str(walk.id_of("Ada Arber")))
    walk.get(f"/people/{ada}", name="two in one")
    view = house.services.views.today(1)
    assert view.next is not None
    walk.get(view.next.link, name="a block")
    who = view.next.people[0].contact_id
    line = f"/blocks/{view.next.id}/people/{who}"
    for outcome in ("reached", "tried", "declined", "never", "open"):
        walk.post(line, f"today {outcome}", outcome=outcome)
        walk.get("/today", name=f"after {outcome}")
    walk.post(line, "today later", until=(MONDAY.date() + timedelta(days=14)).isoformat())
    walk.post(line, "today learned", learned="Notiz eins")
    walk.post("/today/undo", "undone", key=house.services.views.today(1).undo)
    walk.post("/today/undo", "undone again", key="gone")
    walk.post(view.next.link, "block saved", **{f"outcome-{who}": "call", f"learned-{who}": "Notiz eins",
                                               f"promise-{who}": "Vertrag schicken"})  # fmt: skip
    walk.post("/settings/preview", "four weeks", **{**rule_form(), "day": ["1", "2", "3"], "from": "08:00"})
    walk.post("/people/import", "looked at", more="Nora Neu, nora@neu.example\n%%%\nDora Doppel, dora@neu.example")


def rule_form() -> dict[str, str | list[str]]:
    return {
        "day": ["2"], "times": "each", "from": "09:00", "to": "12:00", "ideal": "10:00", "shortest": "30",
        "longest": "30", "minutes_a_person": "10", "buffer": "0", "color": "10", "show_as": "busy", "reminder": "",
        "text": "reasons", "work_day": ["1", "2", "3", "4", "5"], "work_from": "08:00", "work_to": "18:00",
        "zone": "", "language": CODE, "country": "DE", "region": "", "pause_from": "", "pause_until": "",
        "client_weeks": "8", "former_weeks": "", "friend_weeks": "", "tag_weeks": "vip: 4", "own": "", "excluded": "",
    }  # fmt: skip


WRONG_SETTINGS: tuple[dict[str, str | list[str]], ...] = (
    {"client_weeks": "999", "country": "", "region": "BY", "former_weeks": "x", "day": [], "own": "%%%"},
    {"pause_from": "2027-05-02", "pause_until": "2027-05-01", "from": "", "to": "", "ideal": "", "tag_weeks": "%%%"},
    {"country": "AT", "region": "XX", "shortest": "60", "longest": "30", "color": "99", "language": "xx"},
    {"day": ["7"], "zone": "Mars/Base", "reminder": "x", "show_as": "x", "text": "x", "buffer": "999"},
    {"from": "20:00", "to": "22:00", "ideal": "21:00", "times": "6", "minutes_a_person": "x", "work_day": []},
    {"ideal": "08:00", "from": "09:00", "work_from": "12:00", "work_to": "11:00", "pause_from": "yesterday"},
    {"country": "XX", "times": "9", "work_from": "", "work_to": "", "pause_until": "2199-01-01"},
    {"tag_weeks": "\n".join(f"vip{n}: 4" for n in range(400)), "own": "\n".join(f"a{n}.example" for n in range(400))},
    {"from": "23:50", "to": "23:55", "shortest": "30", "ideal": "23:50"},
    {"country": "AD", "region": "07"},
)


def refused(walk: Walk) -> None:
    """Forms with something to mend, and what cannot be done."""
    for number, wrong in enumerate(WRONG_SETTINGS):
        walk.post("/settings", f"settings, wrong {number}", **{**rule_form(), **wrong})
    walk.post("/settings/blocks/new", "rule, wrong", **{**rule_form(), "day": []})
    walk.post("/settings/blocks/none/off", "no such rule")
    walk.post(f"/settings/blocks/{walk.house.rule().key}/remove", "the only rule")
    walk.post("/seasons", "season, empty", season_name="")
    walk.post("/seasons", "season, wrong", season_name="x" * 61, season_from="2027-05-02", season_before="2027-05-01")
    walk.post("/seasons", "season, over", season_name="vip", season_from="2026-05-01", season_before="2026-05-02",
              season_channel="letter")  # fmt: skip
    walk.post("/seasons/99/remove", "no such season")
    ada = walk.id_of("Ada Arbor")
    for form in ({"do": "save", "kind": "x", "cadence_weeks": "999", "longest_weeks": "1", "tags": "a," * 30},
                 {"do": "save", "kind": "client", "cadence_weeks": "5", "longest_weeks": "2"},
                 {"do": "save", "kind": "client", "longest_weeks": "2"}, {"do": "touch"},
                 {"do": "touch", "on": "2099-01-01", "channel": "x"}, {"do": "snooze", "until": "2020-01-01"},
                 {"do": "merge", "other": "x"}, {"do": "merge", "other": str(ada)}, {"do": "answer", "answer": "x"},
                 {"do": "entry", "source": "x/y", "counts": "1"}, {"do": "unmerge", "other": "99999"},
                 {"do": "unknown"}):  # fmt: skip
        walk.post(f"/people/{ada}", f"person {form}", **form)
    for form in ({"do": "note", "note": ""}, {"do": "note", "note": "x" * 3000}, {"do": "promise", "promise": ""},
                 {"do": "promise", "promise": "x", "promise_on": "2020-01-01"}, {"do": "reach", "phone": "x" * 99},
                 {"do": "reach", "preferred": "x"}, {"do": "thanks", "introduced": ""}, {"do": "unnote"},
                 {"do": "unnote", "item": "999"}, {"do": "keep", "item": "999"}, {"do": "undo", "key": "gone"},
                 {}):  # fmt: skip
        walk.post(f"/people/{ada}/memory", f"memory {form}", **form)
    walk.post("/people/99999", "nobody", do="touch", on="2027-01-01", channel="call")
    walk.post("/people/add", "nobody to add")
    walk.post("/people/add", "wrong to add", name="x" * 300, address="%%%", kind="x", phone="x" * 99)
    walk.post("/people/add", "myself", name="Olga Owner", address=OWNER)
    walk.post("/people/import", "nothing to look at", kind="x")
    walk.post("/people/import", "too many", more="\n".join(f"n{n}@neu.example" for n in range(2100)))
    view = walk.house.services.views.today(1)
    assert view.next is not None
    who = view.next.people[0].contact_id
    walk.post(view.next.link, "block, wrong", **{f"promise_on-{who}": "2020-01-01", f"outcome-{who}": "x"})
    walk.post(view.next.link, "block, too long", **{f"promise-{who}": "x" * 400, f"learned-{who}": "x" * 3000,
                                                   f"promise_on-{who}": "2020-01-01"})  # fmt: skip
    walk.post(f"{view.next.link}/undo", "block, undone late", key="gone")
    walk.post(f"/blocks/{view.next.id}/people/{who}", "today, wrong", outcome="x")
    walk.post(f"/blocks/{view.next.id}/people/{who}", "today, nothing learned", learned="")
    walk.post(f"/blocks/{view.next.id}/people/99999", "today, nobody", outcome="tried")
    walk.post(f"/blocks/99999/people/{who}", "today, no block", outcome="tried")
    walk.get("/go/wrong")
    walk.post("/settings/delete", "delete, unsure")
    walk.post("/settings/data", "kept, wrong", keep="7")
    walk.post("/left-out", "left out, wrong")
    walk.get("/settings/blocks/none", name="no such blocks")
    walk.post("/pause", "pause, wrong", **{"from": "2027-05-02", "until": "2027-05-01"})
    walk.api("POST", "/api/people", "api, wrong address", name="", addresses=["%%%"])
    walk.api("POST", f"/api/people/{ada}/touches", "api, wrong day", on="2099-01-01", channel="call")
    walk.api("POST", "/api/account/delete", "api, not mine", address="x@y.example", remove_blocks=False)


def in_trouble(walk: Walk) -> None:
    """Every standing fault, every state of a pause, of the connection, of the blocks."""
    for fault in Fault:
        with walk.account(last_error=fault.value, clock_off=900 if fault is Fault.CLOCK_WRONG else None):
            walk.get("/today", name=f"fault {fault}")
    with walk.account(other_blocks=2):
        walk.get("/today", name="others' blocks")
    wishes = walk.house.account().preferences
    on = {"paused": True}, {"paused_from": "2027-02-01"}, {"paused_until": "2027-06-01"}, {"paused_from": "2027-03-20"}
    for paused in (*on, {"paused_from": "2027-03-20", "paused_until": "2027-03-22"}):
        with walk.account(preferences={**wishes, **paused}):
            walk.get("/today", name=f"today, {paused}")
            walk.get("/settings", name=f"settings, {paused}")
    with walk.account(connection="disconnected"):
        for path in ("/today", "/settings", "/settings/delete"):
            walk.get(path, name=f"{path}, disconnected")
        walk.post("/settings/delete", "delete, disconnected", sure="yes", blocks="yes")
    for state in BlockState:
        with walk.house.services.db.write() as session:
            rows = list(session.query(BlockRow).filter_by(account_id=1))
            before = {row.id: row.state for row in rows}
            for row in rows:
                row.state = state.value
        walk.get("/today", name=f"today, {state}")
        with walk.house.services.db.write() as session:
            for row in session.query(BlockRow).filter_by(account_id=1):
                row.state = before[row.id]


def later(walk: Walk) -> None:
    """Days on: a block is over, nobody was reached, three in a row were dragged away; then all is kept a year, then
    nothing."""
    house = walk.house
    dragged = [one for one in house.ids() if one]
    for number, event_id in enumerate(dragged[:4]):
        house.hand.moves(event_id, at(4 + 7 * number, 15))
    house.refresh()
    for _week in range(4):
        house.clock.advance(days=8)
        house.refresh()
        walk.get("/today", name=f"today, week {_week}")
        walk.get("/people", name=f"people, week {_week}")
    for row in house.rows():
        walk.get(house.services.views._links.path(1, key_of(row)), name=f"a block, {row.state}")
    walk.post("/settings/data", "kept for a year", keep="12")
    house.refresh()
    walk.get("/today", name="today, forgotten")
    walk.get("/privacy", name="privacy, a year")
    walk.get("/year", name="year, lived")


def gone(walk: Walk) -> None:
    walk.post("/settings/delete", "gone", sure="yes", blocks="yes")


def in_their_zone(walk: Walk) -> None:
    """Days and times are those of the account's zone, written as Babel does in its locale."""
    zone = ZoneInfo("Pacific/Honolulu")
    with walk.account(preferences={**walk.house.account().preferences, "zone": zone.key}):
        page = walk.get("/today", name="today, in Honolulu").text.replace("\u00a0", " ")
        view = walk.house.services.views.today(1)
        assert view.next is not None
        here = walk.house.clock().astimezone(zone).date()
        assert here != walk.house.clock().astimezone(BERLIN).date()
        assert f'<p class="dateline">{format_date(here, "EEEE d MMMM", locale=CODE)}</p>' in page
        start = view.next.start.astimezone(zone)
        assert f"{format_date(start, 'EEEE d MMMM', locale=CODE)}, " in page
        assert f"{start:%H:%M}" in page
        assert f"{view.next.start.astimezone(BERLIN):%H:%M}" not in page.partition("</h1>")[0]


def test_nothing_plain_is_left_on_any_page(folder: Path) -> None:
    with walking(folder) as walk:
        before_anything(walk)
        welcome(walk)
        lived_in(walk)
        pages(walk)
        refused(walk)
        in_trouble(walk)
        in_their_zone(walk)
        later(walk)
        routes = {one.path for one in route_table(walk.house.services) if one.method == "GET"}
        gone(walk)
    told = "\n".join(f"{page}: {sentence!r}" for page, found in walk.plain.items() for sentence in found)
    assert told == "", f"in plain letters:\n{told}"
    whole = {path for path in routes if "{" not in path and "/api/" not in path} - set(NO_PAGE)
    assert whole <= walk.seen, "pages that nobody looked at"


def test_a_change_of_language_renews_what_is_stored(tmp_path: Path) -> None:
    """Lived in in English for weeks, then changed: whatever was stored meanwhile (why blocks moved, who was left out
    and why, where everybody stands, the reasons in blocks that are over, what was forgotten) is said anew, and what the
    user wrote is as it was."""
    with walking(tmp_path, begins_in="en") as walk:
        house = walk.house
        house.refresh()
        lived_in(walk)
        note = "Notiz eins"
        house.hand.types_below(house.ids()[0], note)
        for _week in range(3):
            house.clock.advance(days=7)
            house.refresh()
        walk.post("/settings/data", "kept for a year", keep="12")
        house.refresh()
        assert "moved to" in " ".join(house.journal()), "there is something to renew"
        walk.plain.clear()
        before = {one["id"]: one["description"].partition(FENCE)[2] for one in house.blocks()}
        house.sets(wishes=replace(house.wishes(), language=CODE))
        assert {one["id"]: one["description"].partition(FENCE)[2] for one in house.blocks()} == before
        assert note in "".join(before.values())
        for path in ("/today", "/people", "/people?show=left", "/people?show=unsure", "/settings", "/year", "/welcome"):
            walk.get(path)
        for name in (*FRIENDS, "Kim Kapok"):
            walk.get(f"/people/{walk.id_of(name)}", name=f"person {name}")
        for row in house.rows():
            walk.get(
                house.services.views._links.path(1, key_of(row)), name=f"block of {row.starts_at:%d %B}, {row.state}"
            )
        assert walk.plain == {}


def test_what_was_not_marked_stands_out(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that the catalogue lacks, a bare sentence in a template, and one in the code."""
    with walking(tmp_path) as walk:
        assert walk.get("/about", who="nobody").is_success
        assert walk.plain == {}
        lacking = pseudo.catalogue(pseudo.template(), without="What it never does")
        with pseudo.spoken_in(folder, lacking):
            walk.get("/about", who="nobody", name="lacking")
        assert walk.plain.pop("lacking") == ["What it never does"]

        loader = environment().loader
        assert loader is not None
        source = loader.get_source

        def planted(env: Environment, template: str) -> Any:
            text, *rest = source(env, template)
            return text.replace("<h1>", "<p>Nobody marked this</p><h1>"), *rest

        monkeypatch.setattr(loader, "get_source", planted)
        monkeypatch.setattr(environment(), "cache", {})
        walk.get("/privacy", who="nobody", name="planted")
        assert walk.plain.pop("planted") == ["Nobody marked this"]

        monkeypatch.setitem(faults.WORDS, Fault.UNAVAILABLE, faults.Words(text="Nobody marked this either"))
        with walk.account(last_error=Fault.UNAVAILABLE.value):
            walk.get("/settings/data", name="in the code")
        assert "Nobody marked this either" in walk.plain.pop("in the code")
