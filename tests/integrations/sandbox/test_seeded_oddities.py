"""What a seed may hold and a write may not: it is read, and written on as long as it is left as it was."""

from typing import Any

import httpx
import pytest

from integrations.sandbox.run import SandboxServer
from tests.conformance import Record
from tests.integrations.sandbox.conftest import ANNA, EVENTS, ME, Clock, meeting

ODD = [{"email": ME}, {"displayName": "Nameless Ned"}, {"email": "front desk"}, {}]


@pytest.fixture
def seed() -> dict[str, Any]:
    events = [
        meeting("single0", "2026-02-10", attendees=ODD),
        meeting("away00", "2026-03-04", eventType="outOfOffice"),
    ]
    return {"user": {"email": ME, "name": "Mia"}, "timeZone": "Europe/Berlin", "events": events}


def test_they_are_read_changed_and_held_to_the_rules(seed: dict[str, Any], clock: Clock, record: Record) -> None:
    with (
        SandboxServer(seed, clock=clock, wrap=record.around) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"Authorization": "Bearer sandbox"}, trust_env=False) as client,
    ):
        guests = client.get(f"{EVENTS}/single0").json()["attendees"]
        assert [who.get("email") for who in guests] == [ME, None, "front desk", None]
        changed = client.patch(f"{EVENTS}/single0", json={"summary": "Lunch", "attendees": [*guests, {"email": ANNA}]})
        assert changed.status_code == 200, changed.text
        assert len(changed.json()["attendees"]) == 5
        assert client.patch(f"{EVENTS}/single0", json={"attendees": [{"displayName": "New"}]}).status_code == 400
        assert client.post(EVENTS, json=meeting("other0", "2026-03-05", attendees=ODD)).status_code == 400

        assert client.patch(f"{EVENTS}/away00", json={"summary": "Away"}).status_code == 200
        assert client.post(EVENTS, json=meeting("away01", "2026-03-06", eventType="outOfOffice")).status_code == 400

        assert client.get(f"{EVENTS}", params={"q": "nameless"}).json()["items"][0]["id"] == "single0"
        for page in ("/event/single0", "/event/away00", "/?week=2026-W07"):
            assert client.get(page).status_code == 200
