"""/metrics: what is counted, who is let in, and that the dashboard asks for nothing that is not there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from app.main import create_app
from app.services.metrics import Metrics
from tests.app.world_house import House
from tests.running import ask_directly, free_port, plain_client, served

DASHBOARD = Path(__file__).resolve().parents[2] / "docs" / "grafana.json"


@pytest.fixture
def url(any_house: House) -> Iterator[str]:
    with free_port() as listening, served(create_app(any_house.services, wheel=False), listening):
        yield f"http://localhost:{listening.getsockname()[1]}"


def values(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    return {
        family.name: {tuple(sample.labels.values()): sample.value for sample in family.samples}
        for family in text_string_to_metric_families(text)
    }


def turned(house: House) -> None:
    """A refresh as the wheel makes it."""
    house.services.metrics.refreshed(house.services.refresh(house.account_id))


def test_what_happened_is_counted(any_house: House, url: str) -> None:
    house = any_house
    turned(house)
    house.services.actions.save_welcome(house.account_id, {})
    turned(house)
    house.sandbox.faults.add("events.list", "rateLimitExceeded")
    turned(house)
    with plain_client(base_url=url) as client:
        client.get("/people/123456")
        client.get("/no/such/place")
        told = values(client.get("/metrics").text)
    assert told["greenblock_refreshes"] == {("done",): 2, ("over_quota",): 1}
    assert told["greenblock_block_changes"][("create",)] == 4
    assert told["greenblock_api_calls"]["events.list", "", "200"] == 2
    assert told["greenblock_api_calls"]["events.list", "rateLimitExceeded", "403"] == 1
    assert told["greenblock_pages"]["GET", "/people/{contact_id}", "303"] == 1
    assert told["greenblock_pages"]["GET", "none", "404"] == 1
    assert told["greenblock_accounts"] == {("connected",): 1}
    calls = sum(name.startswith("events.") for name in house.calls())
    assert told["greenblock_account_calls_today"] == {(str(house.account_id),): calls}
    assert told["greenblock_accounts_by_calls_today"] == {("35",): 1, ("96",): 1, ("+Inf",): 1}
    assert told["greenblock_queue_length"] == {(): 0}
    house.clock.advance(hours=2)
    with plain_client(base_url=url) as client:
        told = values(client.get("/metrics").text)
    assert told["greenblock_queue_length"] == {(): 1}
    assert 3600 < told["greenblock_lag_seconds"][()] <= 7200
    assert told["greenblock_standing_faults"] == {("over_quota",): 1}


def test_several_processes_count_together(house: House) -> None:
    mine, another = (
        Metrics(db=house.services.db, clock=house.clock, standing=house.services.standing) for _ in range(2)
    )
    for metrics, times in ((mine, 2), (another, 3)):
        for _ in range(times):
            metrics.answered("GET", "/today", 200)
        metrics.store()
    assert values(mine.text().decode())["greenblock_pages"]["GET", "/today", "200"] == 5


def test_with_many_accounts_none_is_named(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.refresh()
    monkeypatch.setattr("app.services.metrics.NAMED_ACCOUNTS", 0)
    told = values(house.services.metrics.text().decode())
    assert told["greenblock_account_calls_today"] == {}
    assert told["greenblock_accounts_by_calls_today"]["+Inf",] == 1


@pytest.mark.parametrize(
    ("token", "given", "status"),
    [
        (None, "", 401),
        (None, "Bearer ", 401),
        ("right", "", 401),
        ("right", "Bearer wrong", 401),
        ("right", "Bearer right", 200),
    ],
)
def test_away_from_localhost_it_wants_the_token(house: House, token: str | None, given: str, status: int) -> None:
    public = house.services.settings.model_copy(
        update={"public_url": "https://green.example", "metrics_token": SecretStr(token) if token else None}
    )
    object.__setattr__(house.services, "settings", public)
    try:
        app = create_app(house.services, wheel=False)
        answer = ask_directly(app, "GET", "https://green.example/metrics", Authorization=given)
    finally:
        object.__setattr__(
            house.services, "settings", public.model_copy(update={"public_url": "http://localhost:8000"})
        )
    assert answer.status_code == status
    assert ("greenblock_" in answer.text) == (status == 200)


def test_the_dashboard_asks_for_nothing_that_is_not_there(house: House) -> None:
    house.refresh()
    there = {family.name for family in text_string_to_metric_families(house.services.metrics.text().decode())}
    asked = set(re.findall(r"greenblock_\w+", json.dumps(json.loads(DASHBOARD.read_text())["panels"])))
    assert len(asked) >= 12
    assert {name.removesuffix("_total") for name in asked} <= there
    assert there <= {name.removesuffix("_total") for name in asked}


def test_an_answer_says_which_request_it_was(house: House) -> None:
    app = create_app(house.services, wheel=False)
    ids = {ask_directly(app, "GET", "http://localhost/healthz").headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in ids)
