"""Calendars that hold next to nothing, or what Google gives and no one may write: the whole flow works."""

from pathlib import Path

import pytest

from tests.app.world import MONDAY, OWNER, Resource, at, history, meeting, world
from tests.app.world_house import open_house

NAMELESS: list[Resource] = [
    {"email": OWNER, "responseStatus": "accepted"},
    {"displayName": "Nameless Ned", "responseStatus": "accepted"},
    {"email": "front desk", "responseStatus": "accepted"},
    {"email": "", "id": "77"},
    {},
]


@pytest.mark.parametrize("clients", [(), ("Ada Arbor",)])
def test_guests_without_an_address_and_special_events_without_properties(
    tmp_path: Path, clients: tuple[str, ...]
) -> None:
    events = [
        *history(clients),
        *(meeting(f"Talk {place}", MONDAY.replace(day=1), attendees=NAMELESS) for place in range(3)),
        meeting("Away", at(2), eventType="outOfOffice"),
        meeting("Thinking", at(9), eventType="focusTime"),
    ]
    with open_house(tmp_path, f"sqlite:///{tmp_path / 'g.db'}", seed=world(events)) as house:
        house.save_welcome()
        assert len(house.blocks()) == 4
        names = [row.name for row in house.services.views.people(house.account_id).people]
        assert names == list(clients)
