"""Two people with one service: nothing of the one is seen or written by the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import NotFound, Refused
from tests.app.world import OWNER, history, meeting, start_of, tag_of, world
from tests.app.world_house import House, connected, open_house

RITA = "rita@rival.example"


@pytest.fixture
def pair(tmp_path: Path, migrated_url: str) -> Iterator[tuple[House, House]]:
    """Olga and Rita know the same people; Rita's calendar is empty but for a few of them."""
    hers = [
        {**one, "attendees": [{"email": RITA, "responseStatus": "accepted"}, *one["attendees"][1:]]}
        for one in history(("Jan Juniper", "Kim Kiwi", "Lea Larch"))
    ]
    seed = {**world(), "others": [world(hers, email=RITA, name="Rita Rival")]}
    with open_house(tmp_path, migrated_url, seed=seed) as olga:
        yield olga, connected(olga.services, olga.sandbox, olga.clock, email=RITA)


def test_each_has_their_own_blocks_and_people(pair: tuple[House, House]) -> None:
    olga, rita = pair
    assert olga.account_id != rita.account_id
    before = rita.snapshot()
    olga.save_welcome()
    assert rita.snapshot() == before
    rita.save_welcome()
    assert len(olga.blocks()) == len(rita.blocks()) == 4
    assert not set(olga.ids()) & set(rita.ids())
    by = [{one["extendedProperties"]["private"]["greenblock_by"] for one in house.blocks()} for house in pair]
    assert len(by[0]) == len(by[1]) == 1
    assert by[0] != by[1]
    hers = [person.name for person in rita.services.views.people(rita.account_id).people]
    assert sorted(hers) == ["Jan Juniper", "Kim Kiwi", "Lea Larch"]
    assert not any("Kim Kiwi" in olga.hand.text(event_id) for event_id in olga.ids())
    for house in pair:
        before = house.snapshot()
        house.refresh()
        assert house.snapshot() == before


def test_what_one_presses_changes_nothing_of_the_other(pair: tuple[House, House]) -> None:
    olga, rita = pair
    olga.save_welcome()
    rita.save_welcome()
    calendar, rows = rita.snapshot(), rita.rows()
    olga.hand.ticks(olga.ids()[0], "Jan Juniper")
    olga.refresh()
    olga.services.actions.pause(olga.account_id, None, None)
    olga.refresh()
    rita.refresh()
    assert rita.snapshot() == calendar
    assert [(row.id, row.state) for row in rita.rows()] == [(row.id, row.state) for row in rows]
    assert rita.touches("Jan Juniper") == []
    assert olga.blocks() == []


def test_foreign_ids_are_not_there(pair: tuple[House, House]) -> None:
    olga, rita = pair
    olga.save_welcome()
    rita.save_welcome()
    actions, views = rita.services.actions, rita.services.views
    block, jan = olga.rows()[0], olga.contact("Jan Juniper")
    with pytest.raises(NotFound):
        views.person(rita.account_id, jan.id)
    with pytest.raises(NotFound):
        actions.save_person(rita.account_id, jan.id, "never", None)
    with pytest.raises(NotFound):
        actions.set_outcome(rita.account_id, block.id, jan.id, "reached")
    token = views.today(olga.account_id).next
    assert token is not None
    with pytest.raises(NotFound):
        views.go(rita.account_id, token.link.removeprefix("/go/"))
    assert views.go(olga.account_id, token.link.removeprefix("/go/")).block.id == block.id


def test_one_ones_trouble_is_not_the_others(pair: tuple[House, House]) -> None:
    olga, rita = pair
    olga.save_welcome()
    rita.save_welcome()
    olga.services.connect.disconnect(olga.account_id)
    rita.refresh()
    assert rita.services.views.today(rita.account_id).frame.banner is None
    assert len(olga.blocks()) == 4


def test_a_block_that_one_invites_the_other_to_is_nobodys_block_there(pair: tuple[House, House]) -> None:
    """Extended properties are private to a copy at Google; even if they came along, they are not ours there."""
    olga, rita = pair
    olga.save_welcome()
    rita.save_welcome()
    original = olga.blocks()[0]
    foreign = rita.hand.adds(
        {**meeting("Green block", start_of(original)), "extendedProperties": original["extendedProperties"]}
    )
    before = rita.event(foreign)["etag"]
    rita.refresh()
    rita.refresh()
    assert rita.event(foreign)["etag"] == before
    assert tag_of(rita.event(foreign))


def test_with_no_list_of_those_allowed_the_first_one_stays_alone(tmp_path: Path) -> None:
    seed = {**world([]), "others": [world([], email=RITA, name="Rita Rival")]}
    with open_house(tmp_path, f"sqlite:///{tmp_path / 'greenblock.db'}", seed=seed, allowed="") as olga:
        assert olga.account().email == OWNER
        with pytest.raises(Refused, match="GREENBLOCK_ALLOWED"):
            connected(olga.services, olga.sandbox, olga.clock, email=RITA)
        olga.signs_in_again()
        assert olga.services.connect.session(olga.cookie).account_id == olga.account_id
