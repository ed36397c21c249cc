"""The user's hand in the calendar itself, with a real mouse: dragged, resized, deleted, ticked, shared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.clock import clock_from
from integrations.sandbox.world import sample_world
from tests.running import Running, connect, first_read, live_blocks, running_service, save_welcome, settled, visitor

pytestmark = pytest.mark.browser

NOW = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)  # a Monday
NOTE = "Ask about the boat."


def start_of(block: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(block["start"]["dateTime"])


def end_of(block: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(block["end"]["dateTime"])


def look_again(running: Running) -> None:
    """Two refreshes: the second must find nothing left to do."""
    running.services.actions.refresh_now(1)
    settled(running)
    running.services.actions.refresh_now(1)
    settled(running)


def event(running: Running, event_id: str) -> dict[str, Any]:
    return dict(running.sandbox.store.get(event_id))


def week_of(running: Running, page: Page, block: dict[str, Any]) -> None:
    page.goto(f"{running.calendar}/?week={start_of(block):%G-W%V}")


def test_the_users_hand_is_respected(new_context: Callable[..., BrowserContext], artefacts: Path) -> None:
    world = sample_world(today=NOW.date())
    with running_service(world, clock=clock_from(NOW), settings={"refresh_seconds": 86_400}) as running:
        with visitor(running) as client:
            connect(client, running)
            first_read(running)
            save_welcome(client)
        settled(running)
        rule = running.services.views.settings(1).rule
        wishes = running.services.views.settings(1).preferences
        running.services.actions.save_settings(1, replace(rule, weekdays=frozenset({2, 4})), wishes)
        settled(running)
        ticked, dragged, resized, deleted, shared, *_ = live_blocks(running)
        page = new_context().new_page()

        # Dragged one and a half hours down, with the mouse.
        week_of(running, page, dragged)
        card = page.locator(f'a.ev[data-event-id="{dragged["id"]}"]')
        card.scroll_into_view_if_needed()
        slots = page.locator(".slots").first
        per_minute = slots.evaluate("one => one.clientHeight / (Number(one.dataset.hours) * 60)")
        box = card.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + min(8, box["height"] / 2)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, y + 45 * per_minute, steps=5)
        page.mouse.move(x, y + 90 * per_minute, steps=5)
        with page.expect_navigation():
            page.mouse.up()
        dropped = start_of(event(running, dragged["id"]))
        assert dropped == start_of(dragged) + timedelta(minutes=90)

        # Made longer by the form, a guest added, another deleted, the first ticked and written into.
        page.goto(f"{running.calendar}/event/{resized['id']}")
        page.locator('form[action$="/move"] input[name="to"]').fill(f"{end_of(resized) + timedelta(minutes=30):%H:%M}")
        page.get_by_role("button", name="Move").click()
        page.goto(f"{running.calendar}/event/{shared['id']}")
        page.locator("summary", has_text="Add a guest").click()
        page.locator('input[name="email"]').fill("guest@elsewhere.example")
        page.locator('form[action$="/guest"] button').click()
        page.goto(f"{running.calendar}/event/{deleted['id']}")
        page.get_by_role("button", name="Delete").click()
        page.goto(f"{running.calendar}/event/{ticked['id']}")
        text = page.locator('textarea[name="text"]')
        text.fill(text.input_value().replace("☐", "x", 1) + "\n" + NOTE)
        page.get_by_role("button", name="Save as the web editor").click()

        look_again(running)
        stamps = {one["id"]: one["updated"] for one in live_blocks(running)}
        look_again(running)
        assert stamps == {one["id"]: one["updated"] for one in live_blocks(running)}

        now = event(running, dragged["id"])
        assert (start_of(now), now["status"]) == (dropped, "confirmed")
        now = event(running, resized["id"])
        assert (start_of(now), end_of(now)) == (start_of(resized), end_of(resized) + timedelta(minutes=30))
        assert event(running, deleted["id"])["status"] == "cancelled"
        assert start_of(deleted) not in [start_of(one) for one in live_blocks(running)]
        now = event(running, shared["id"])
        assert "greenblock" not in now.get("extendedProperties", {}).get("private", {})
        assert [one["email"] for one in now["attendees"] if not one.get("self")] == ["guest@elsewhere.example"]
        now = event(running, ticked["id"])
        assert NOTE in now["description"]
        assert "x <a" in now["description"]
        reached = [one for one in running.services.views.today(1).next.people if one.outcome == "reached"]  # type: ignore[union-attr]  # a block is ahead
        assert len(reached) == 1

        for name, block in (("dragged", dragged), ("ticked", ticked)):
            week_of(running, page, block)
            expect(page.locator("a.ev", has_text="Green block").first).to_be_visible()
            page.screenshot(path=artefacts / f"hand-{name}-week.png", full_page=True)
        page.goto(f"{running.calendar}/event/{ticked['id']}")
        page.screenshot(path=artefacts / "hand-ticked-block.png", full_page=True)
