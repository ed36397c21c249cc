"""The welcome page's account of the sample world: every address is in one group, the groups add up, each opens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.services.view_parts import OF_ONE
from integrations.sandbox.world import sample_world
from tests.app.world import MONDAY, world
from tests.app.world_house import House, connected, open_house


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("sample")
    hannah = sample_world(today=MONDAY.date())
    with open_house(folder, f"sqlite:///{folder / 'sample.db'}", seed={**world([]), "others": [hannah]}) as olga:
        opened = connected(olga.services, olga.sandbox, olga.clock, email=hannah["user"]["email"])
        opened.refresh()
        yield opened


def test_every_address_is_in_one_group_and_the_groups_add_up(sample: House) -> None:
    welcome = sample.services.views.welcome(sample.account_id)
    total, rest = welcome.account_line.removesuffix(".").split(" attendees: ")
    counts = {words: int(count) for count, words in (part.split(" ", 1) for part in rest.split(", "))}
    assert int(total) == sum(counts.values()) == sample.account().outlook["attendees"]
    groups = {
        OF_ONE.get(words, words) if len(people) == 1 else words: len(people) for words, people in welcome.left_out
    }
    assert {words: counts[words] for words in groups} == groups
    assert counts.keys() == {"found", "not sure", *groups}
    assert counts["found"] >= sum(len(members) for _, members in welcome.companies) > 30
    assert counts["not sure"] >= len(welcome.unsure) > 0
    left = [one.address for _, people in welcome.left_out for one in people]
    assert len(left) == len(set(left))
    assert all(one.reason.endswith(".") for _, people in welcome.left_out for one in people)


def test_every_group_opens_without_a_script_and_has_its_buttons(sample: House) -> None:
    client = TestClient(create_app(sample.services, wheel=False), base_url=sample.services.settings.public_url)
    client.cookies.set(sample.services.settings.cookie_name, sample.cookie)
    welcome = sample.services.views.welcome(sample.account_id)
    with client:
        page = client.get("/welcome").text
    opened = re.findall(
        r'<details class="group">\s*<summary>(.*?) <span class="dim">(\d+)</span></summary>(.*?)</details>', page, re.S
    )
    shown = {words.lower(): (int(count), body.count("<li")) for words, count, body in opened}
    assert shown == {words.lower(): (len(people), len(people)) for words, people in welcome.left_out}
    assert all(body.count('name="count-in"') == int(count) for _, count, body in opened)
