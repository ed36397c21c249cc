"""The page behind a block's link: one Save for the whole block, and one Undo that puts all of it back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.db.tables import Base, ContactRow, NoteRow, PromiseRow, SuggestionRow, TouchRow
from app.errors import Invalid, NotFound, Refused
from app.main import create_app
from app.services.go_actions import GoEntry
from app.services.marks import MARKS
from scheduler.model import Kind
from tests.app.world import history
from tests.app.world_house import House

SAID: tuple[type[Base], ...] = (ContactRow, NoteRow, PromiseRow, SuggestionRow, TouchRow)
"""What a Save may change. Facts of contacts are what the last plan said of them: refreshes write those."""


@pytest.fixture
def api(booked: House) -> Iterator[TestClient]:
    client = TestClient(create_app(booked.services, wheel=False), base_url=booked.services.settings.public_url)
    client.cookies.set(booked.services.settings.cookie_name, booked.cookie)
    with client:
        yield client


def link_in(house: House, event_id: str) -> str:
    """The token of the link as the block's text has it."""
    found = re.search(r"/go/([A-Za-z0-9_-]+)", house.hand.text(event_id))
    assert found is not None
    return found[1]


def save(house: House, token: str, entries: dict[int, GoEntry], kept: frozenset[int] = frozenset()) -> str:
    return house.services.actions.save_go(house.account_id, token, entries, kept)


def go(house: House, token: str, saved: str = "") -> Any:
    return house.services.views.go(house.account_id, token, saved)


@pytest.fixture
def token(booked: House) -> str:
    return link_in(booked, booked.ids()[0])


@pytest.fixture
def three(booked: House, token: str) -> list[int]:
    """The contact ids of the first block."""
    found = [one.person.contact_id for one in go(booked, token).people]
    assert len(found) == 3
    return found


def test_all_of_a_block_in_one_save_and_back(booked: House, token: str, three: list[int]) -> None:
    first, second, third = three
    booked.services.actions.add_promise(booked.account_id, third, "A map", None)
    booked.refresh()
    (promise,) = next(one for one in go(booked, token).people if one.person.contact_id == third).person.promises
    before, calendar = booked.dump(*SAID), booked.snapshot()
    key = save(
        booked,
        token,
        {
            first: GoEntry(mark="coffee", learned="She sails", promise="Send the chart.", promise_on=date(2027, 3, 12)),
            second: GoEntry(mark="month"),
            third: GoEntry(mark="never"),
        },
        frozenset({promise.id}),
    )
    assert booked.dump(*SAID) != before
    view = go(booked, token, key)
    names = {one.person.contact_id: one.person.name for one in view.people}
    assert view.said == (
        f"{names[first]}: reached by a coffee; what you learned is noted; promised by 12 March: Send the chart.",
        f"{names[second]}: put off until 1 April.",
        f"{names[third]}: never suggested again, unless you say otherwise on their page.",
        "Done: A map.",
    )
    assert [one.mark for one in view.people] == ["coffee", "kept", "never"]
    (touch,) = booked.touches(names[first])
    assert (touch.on, touch.channel) == (date(2027, 3, 1), "coffee")
    assert booked.contact(names[second]).snoozed_until == date(2027, 4, 1)
    assert booked.contact(names[third]).kind == Kind.NEVER

    booked.services.actions.undo(booked.account_id, key)
    assert booked.dump(*SAID) == before
    assert booked.snapshot() == calendar
    with pytest.raises(NotFound):
        booked.services.actions.undo(booked.account_id, key)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_whoever_is_put_off_and_called_back_has_their_seat_again(any_house: House, place: int) -> None:
    for one in history(("Kai Kiwi", "Lou Lime", "Max Mango", "Nia Nut", "Oto Olive", "Pia Pear")):
        any_house.hand.adds(one)
    any_house.save_welcome()
    block = any_house.rows()[0]
    before = any_house.names_in(block.event_id)
    who = any_house.contact(before[place]).id
    key = any_house.services.actions.set_outcome(any_house.account_id, block.id, who, "snoozed")
    any_house.refresh()
    assert len(any_house.names_in(block.event_id)) == 4, "somebody has the seat"
    any_house.services.actions.undo(any_house.account_id, key)
    any_house.refresh()
    assert any_house.names_in(block.event_id) == before


def test_undo_after_the_calendar_has_heard_of_it(booked: House, token: str, three: list[int]) -> None:
    name = go(booked, token).people[0].person.name
    text = booked.hand.text(booked.ids()[0])
    key = save(booked, token, {three[0]: GoEntry(mark="call"), three[1]: GoEntry(mark="not_client")})
    booked.refresh()
    assert booked.hand.text(booked.ids()[0]).count("x <a") == 1
    booked.services.actions.undo(booked.account_id, key)
    booked.refresh()
    assert booked.touches(name) == []
    assert "x <a" not in booked.hand.text(booked.ids()[0])
    assert booked.hand.text(booked.ids()[0]).count("☐") == text.count("☐")


@pytest.mark.parametrize("mark", sorted(MARKS))
def test_each_mark_shows_as_it_was_set_and_the_same_again_changes_nothing(
    booked: House, token: str, three: list[int], mark: str
) -> None:
    before = booked.dump(*SAID)
    key = save(booked, token, {three[0]: GoEntry(mark=mark)})
    assert bool(key) == (mark != "open")
    shown = go(booked, token).people[0].mark
    assert shown == {"two_weeks": "kept", "month": "kept", "quarter": "kept"}.get(mark, mark)
    after = booked.dump(*SAID)
    assert save(booked, token, {three[0]: GoEntry(mark=mark)}) == ""
    assert save(booked, token, {three[0]: GoEntry(mark=shown)}) == ""
    assert booked.dump(*SAID) == after
    save(booked, token, {three[0]: GoEntry(mark="open")})
    opened = booked.dump(ContactRow, NoteRow, PromiseRow, TouchRow)
    assert opened == {table: before[table] for table in opened}


@pytest.mark.parametrize(
    ("mark", "until"),
    [("two_weeks", date(2027, 3, 15)), ("month", date(2027, 4, 1)), ("quarter", date(2027, 6, 1))],
)
def test_put_off(booked: House, token: str, three: list[int], mark: str, until: date) -> None:
    save(booked, token, {three[0]: GoEntry(mark=mark)})
    name = go(booked, token).people[0].person.name
    assert booked.contact(name).snoozed_until == go(booked, token).people[0].person.put_off_until == until


def test_a_friend_who_was_marked_is_a_friend_again(booked: House, token: str, three: list[int]) -> None:
    booked.services.actions.save_person(booked.account_id, three[0], Kind.FRIEND.value, None)
    name = go(booked, token).people[0].person.name
    for mark, kind in (("not_client", Kind.SUPPLIER), ("never", Kind.NEVER), ("open", Kind.FRIEND)):
        save(booked, token, {three[0]: GoEntry(mark=mark)})
        assert booked.contact(name).kind == kind


def test_another_way_is_still_the_same_day(booked: House, token: str, three: list[int]) -> None:
    name = go(booked, token).people[0].person.name
    save(booked, token, {three[0]: GoEntry(mark="call")})
    booked.clock.advance(days=3)
    save(booked, token, {three[0]: GoEntry(mark="letter")})
    (touch,) = booked.touches(name)
    assert (touch.on, touch.channel) == (date(2027, 3, 1), "letter")


def test_undo_of_an_old_save_leaves_a_newer_one_alone(booked: House, token: str, three: list[int]) -> None:
    key = save(booked, token, {three[0]: GoEntry(mark="call"), three[1]: GoEntry(learned="Skis")})
    save(booked, token, {three[0]: GoEntry(mark="tried")})
    before = booked.dump(*SAID)
    with pytest.raises(Refused, match="nothing was undone"):
        booked.services.actions.undo(booked.account_id, key)
    assert booked.dump(*SAID) == before  # the note of that Save is still there, too


def test_what_cannot_be_saved_changes_nothing(booked: House, token: str, three: list[int]) -> None:
    before = booked.dump(*SAID)
    good = {three[0]: GoEntry(mark="call", learned="Skis")}
    away = next(row for row in booked.services.views.people(booked.account_id).people if row.id not in three)
    for entries, kept, error in (
        (good | {away.id: GoEntry(mark="call")}, frozenset[int](), NotFound),
        (good | {three[1]: GoEntry(mark="won")}, frozenset[int](), Invalid),
        (good | {three[1]: GoEntry(learned="x" * 2001)}, frozenset[int](), Invalid),
        (good, frozenset({999}), NotFound),
    ):
        with pytest.raises(error):
            save(booked, token, entries, kept)
    with pytest.raises(NotFound):
        save(booked, token[:-2] + "AA", good)
    assert booked.dump(*SAID) == before
    booked.clock.advance(days=16)
    with pytest.raises(Refused, match="two weeks"):
        save(booked, token, good)


def test_the_page_looked_at_changes_nothing(api: TestClient, booked: House, token: str) -> None:
    before = booked.dump(*Base.__subclasses__()), booked.snapshot()
    page = api.get(f"/go/{token}")
    assert page.status_code == 200
    for again in ("?saved=nothing", "?saved=undone", "?saved=made-up", "?outcome-1=call", "/"):
        api.get(f"/go/{token}{again}")
    api.head(f"/go/{token}")
    assert api.get(f"/go/{token}/undo", follow_redirects=False).status_code == 405
    assert (booked.dump(*Base.__subclasses__()), booked.snapshot()) == before


def test_an_event_can_be_arranged_and_a_number_dialled(api: TestClient, booked: House, token: str) -> None:
    who = go(booked, token).people[0].person
    booked.services.actions.save_reach(booked.account_id, who.contact_id, None, "+49 30 1234")
    page = api.get(f"/go/{token}").text
    assert 'href="tel:+49301234"' in page
    at = re.search(r'href="([^"]+/new\?text=Coffee[^"]+)" target="_blank" rel="noopener noreferrer"', page)
    assert at is not None
    assert at[1].startswith(booked.sandbox.url)
    first, last = who.name.split()
    assert f"text=Coffee+with+{first}+{last}&amp;add={first.lower()}%40" in at[1]


def test_the_latest_note_is_on_the_page(booked: House, token: str, three: list[int]) -> None:
    for days, text in ((3, "older"), (1, "newer")):
        on = date(2027, 3, 1) - timedelta(days=days)
        booked.services.actions.add_note(booked.account_id, three[0], text, on)
    assert go(booked, token).people[0].person.note == "newer"
    assert booked.services.views.today(booked.account_id).next.people[0].note == "newer"


def test_the_api_does_the_same(api: TestClient, booked: House, token: str, three: list[int]) -> None:
    at = f"/api/go/{token}"
    assert api.get(at).json()["people"][0]["mark"] == "open"
    before = booked.dump(*SAID)
    body = {"people": {str(three[0]): {"mark": "visit", "learned": "Skis"}}}
    saved = api.put(at, json=body).json()
    assert saved["people"][0]["mark"] == "visit"
    assert len(saved["said"]) == 1
    assert api.put(at, json=body).json()["undo"] == ""
    assert api.post(f"/api/undo/{saved['undo']}").json() == {"undone": True}
    assert booked.dump(*SAID) == before
    assert api.put(at, json={"people": {str(three[0]): {"mark": "won"}}}).status_code == 422
    late = api.put(at, json={"people": {str(three[0]): {"promise": "A map", "promise_on": "2027-02-01"}}})
    assert late.status_code == 422
    assert api.put("/api/go/nothing", json=body).status_code == 404


def test_saved_and_undone_on_both_databases(any_house: House) -> None:
    any_house.save_welcome()
    token = link_in(any_house, any_house.ids()[0])
    first, second, *_ = [one.person.contact_id for one in go(any_house, token).people]
    before = any_house.dump(*SAID)
    entries = {
        first: GoEntry(mark="call", learned="a\x00b", promise="A map", promise_on=date(2027, 3, 9)),
        second: GoEntry(mark="month"),
    }
    key = save(any_house, token, entries)
    any_house.services.actions.undo(any_house.account_id, key)
    assert any_house.dump(*SAID) == before
    any_house.services.actions.add_note(any_house.account_id, first, "Skis", date(2027, 3, 1))
    (note,) = any_house.services.views.person(any_house.account_id, first).notes
    key = any_house.services.actions.drop_note(any_house.account_id, first, note.id)
    any_house.services.actions.undo(any_house.account_id, key)
    assert any_house.services.views.person(any_house.account_id, first).notes == (note,)
