"""The blocks at a secret address: what other calendars read, and who may."""

from __future__ import annotations

from datetime import timedelta

import httpx
import icalendar
import pytest
import recurring_ical_events
from starlette.testclient import TestClient

from app.db.tables import ContactRow
from app.main import create_app
from app.services.viewmodel import FeedLine
from tests.app.world import BERLIN, FRIENDS, at
from tests.app.world_house import PUBLIC, TUESDAYS, House

OTHER_AGENT = {"User-Agent": "a calendar", "Accept": "*/*"}


@pytest.fixture
def anybody(booked: House) -> TestClient:
    """A program without a session."""
    app = create_app(booked.services, wheel=False)
    return TestClient(app, base_url=PUBLIC, headers=OTHER_AGENT, follow_redirects=False)


def shown(house: House) -> FeedLine:
    line = house.services.views.settings(house.account_id).feed
    assert line is not None
    return line


def events(answer: httpx.Response) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(answer.content).walk("VEVENT"))


def test_it_is_off_until_it_is_asked_for(booked: House) -> None:
    assert booked.services.views.settings(booked.account_id).feed is None


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "a secret address for other calendar apps"), ("de", "eine geheime Adresse für andere Kalender-Apps")],
)
def test_the_page_on_privacy_speaks_of_it(anybody: TestClient, language: str, said: str) -> None:
    page = anybody.get("/privacy", headers={"Accept-Language": language}).text
    _, _, leaves = page.partition('id="never"')
    assert said in leaves.partition("</section>")[0]


def test_other_calendars_read_the_blocks(booked: House, anybody: TestClient) -> None:
    booked.services.actions.set_feed(booked.account_id, names=False)
    answer = anybody.get(shown(booked).url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert "set-cookie" not in answer.headers
    assert not any(name.split()[1] in answer.text for name in FRIENDS), "no names unless they were asked for"

    calendar = icalendar.Calendar.from_ical(answer.content)
    found = recurring_ical_events.of(calendar).between(at(1), at(31))
    starts = sorted(one.start.astimezone(BERLIN) for one in found)
    assert [(one.month, one.day, one.hour, one.minute) for one in starts] == TUESDAYS
    assert {one.end - one.start for one in found} == {timedelta(minutes=30)}
    first = min(found, key=lambda one: one.start)
    assert first["SUMMARY"] == "Green block"
    assert (first["CLASS"], first["TRANSP"], first["STATUS"]) == ("PRIVATE", "OPAQUE", "CONFIRMED")
    assert len({one["UID"] for one in found}) == 4


ODD_NAME = "Zoë Ünsal, Dr.; MBA\\, \N{GRINNING FACE} \N{LATIN CAPITAL LETTER L WITH STROKE}ukasiewicz-Brzeziński"


def test_the_file_is_as_the_standard_asks(booked: House, anybody: TestClient) -> None:
    with booked.services.db.write() as session:
        session.get_one(ContactRow, booked.contact(booked.names_in(booked.ids()[0])[0]).id).name = ODD_NAME
    booked.services.actions.set_feed(booked.account_id, names=True)
    body = anybody.get(shown(booked).url).content
    assert body.startswith(b"BEGIN:VCALENDAR\r\n")
    assert body.endswith(b"END:VCALENDAR\r\n")
    assert body.count(b"\n") == body.count(b"\r\n")
    assert max(len(line) for line in body.split(b"\r\n")) <= 75
    for one in events(anybody.get(shown(booked).url)):
        for name in ("UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND"):
            assert name in one, name
        assert one["DTSTART"].dt.utcoffset() == timedelta(0)
    near = min(events(anybody.get(shown(booked).url)), key=lambda one: one["DTSTART"].dt)
    assert near["SUMMARY"].startswith("Green block: ")
    assert ODD_NAME in near["SUMMARY"]
    assert all(name in near["SUMMARY"] for name in booked.names_in(booked.ids()[0]))


def test_a_block_that_moves_is_the_same_one_changed(booked: House, anybody: TestClient) -> None:
    booked.services.actions.set_feed(booked.account_id, names=False)
    before = {one["UID"]: one for one in events(anybody.get(shown(booked).url))}
    booked.clock.advance(hours=1)
    booked.hand.moves(booked.ids()[1], at(10, 11))
    booked.refresh()
    after = {one["UID"]: one for one in events(anybody.get(shown(booked).url))}
    assert before.keys() == after.keys()
    changed = [uid for uid in after if after[uid] != before[uid]]
    assert len(changed) == 1
    moved, was = after[changed[0]], before[changed[0]]
    assert moved["DTSTART"].dt == at(10, 11)
    assert moved["SEQUENCE"] > was["SEQUENCE"]
    assert moved["LAST-MODIFIED"].dt == booked.clock() > was["LAST-MODIFIED"].dt

    booked.hand.deletes(booked.ids()[1])
    booked.refresh()
    assert set(before) - {one["UID"] for one in events(anybody.get(shown(booked).url))} == set(changed)


def test_what_is_known_already_is_not_sent_again(booked: House, anybody: TestClient) -> None:
    booked.services.actions.set_feed(booked.account_id, names=True)
    url = shown(booked).url
    etag = anybody.get(url).headers["etag"]
    booked.clock.advance(hours=2)
    booked.refresh()
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = anybody.get(url, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert anybody.get(url, headers={"If-None-Match": '"other"'}).status_code == 200
    assert anybody.head(url).headers["etag"] == etag
    booked.hand.moves(booked.ids()[1], at(10, 11))
    booked.refresh()
    assert anybody.get(url, headers={"If-None-Match": etag}).status_code == 200


def test_reading_changes_nothing(booked: House, anybody: TestClient) -> None:
    booked.services.actions.set_feed(booked.account_id, names=True)
    url = shown(booked).url
    with booked.statements() as made:
        anybody.get(url)
    assert made
    assert all(statement.startswith("SELECT") for statement in made), made


def test_only_the_address_in_force_leads_anywhere(booked: House, anybody: TestClient) -> None:
    act, account = booked.services.actions, booked.account_id
    act.set_feed(account, names=False)
    first = shown(booked).url
    act.set_feed(account, names=True)
    assert shown(booked) == FeedLine(url=first, names=True), "the address stays"
    act.replace_feed(account)
    second = shown(booked).url
    assert anybody.get(second).status_code == 200
    token = second.rpartition("/")[2].removesuffix(".ics")
    block = booked.services.views.today(account).next
    assert block is not None
    go = block.link.removeprefix("/go/")
    for gone in (
        first,
        second[:-5] + "x.ics",
        f"{PUBLIC}/feed/{go}.ics",
        f"{PUBLIC}/feed/ö.ics",
        f"{PUBLIC}/feed/.ics",
    ):
        assert anybody.get(gone).status_code == 404, gone
    signed_in = TestClient(
        create_app(booked.services, wheel=False),
        base_url=PUBLIC,
        cookies={booked.services.settings.cookie_name: booked.cookie},
    )
    assert signed_in.get(f"/go/{token}").status_code == 404, "the address of a feed opens no block"
    act.drop_feed(account)
    assert anybody.get(second).status_code == 404


def test_the_settings_page_makes_replaces_and_ends_it(booked: House) -> None:
    page = TestClient(
        create_app(booked.services, wheel=False),
        base_url=PUBLIC,
        headers={"Origin": PUBLIC},
        cookies={booked.services.settings.cookie_name: booked.cookie},
    )
    assert "/feed/" not in page.get("/settings").text
    assert page.post("/settings/feed", data={"do": "on", "names": "on"}).status_code == 200
    made = shown(booked)
    assert made.names
    assert made.url in page.get("/settings").text
    page.post("/settings/feed", data={"do": "replace"})
    assert shown(booked).url != made.url
    assert shown(booked).names
    page.post("/settings/feed", data={"do": "save"})
    assert not shown(booked).names
    page.post("/settings/feed", data={"do": "off"})
    assert booked.services.views.settings(booked.account_id).feed is None
