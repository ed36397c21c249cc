"""Random and mutated tokens in every place that takes one: none is accepted, and nothing changes.

`make test` tries a share of each, `make security` 10,000 of each; they come from one seed.
"""

from __future__ import annotations

import base64
import os
import random
import re
import string
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest
from sqlalchemy import delete

from app.db.tables_google import ChannelRow
from app.keys import Keys
from app.services.connect import hashed
from app.services.links import Links
from scheduler.model import BlockKey
from tests.running import Running, begin, consent, plain_client, settled, visitor
from tests.security.conftest import ME, state_of

COUNT = 10_000 if os.environ.get("FULL") else 150
URL_SAFE = string.ascii_letters + string.digits + "-_"
ODD = [
    "",
    "0",
    "null",
    "undefined",
    "None",
    "true",
    "../../etc/passwd",
    "%00",
    "' OR 1=1 --",
    "a" * 99,
    "é",
    "٣",
    "\u202e",
]


def mutated(dice: random.Random, good: str) -> str:
    """Another word than `good`: near it, or far from it."""
    while True:
        match dice.randrange(10):
            case 0 | 1:  # one character
                at = dice.randrange(len(good))
                word = good[:at] + dice.choice(URL_SAFE) + good[at + 1 :]
            case 2 if len(good) % 4 != 1:  # one bit, where it is base64
                raw = bytearray(base64.urlsafe_b64decode(good + "=" * (-len(good) % 4)))
                raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
                word = base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
            case 3:
                word = good[: dice.randrange(len(good))]
            case 4:
                word = good + "".join(dice.choices(URL_SAFE + "=.", k=dice.randint(1, 8)))
            case 5:
                word = good.swapcase() if dice.random() < 0.5 else good[::-1]
            case 6:  # two neighbours change places
                at = dice.randrange(len(good) - 1)
                word = good[:at] + good[at + 1] + good[at] + good[at + 2 :]
            case 7:
                word = dice.choice(ODD)
            case _:
                word = "".join(dice.choices(URL_SAFE, k=len(good)))
        if word != good:
            return word


def tried(kind: str, good: str, accepted: Callable[[str], bool]) -> None:
    """Fails on the first that is accepted."""
    dice = random.Random(f"{kind} 1")
    for number in range(COUNT):
        word = mutated(dice, good)
        assert not accepted(word), f"{kind} number {number} of seed 1 was accepted: {word!r}"
    print(f"{kind}: {COUNT:,} random and mutated tokens, none accepted")


@pytest.fixture
def unchanged(running: Running) -> Iterator[None]:
    settled(running)
    before = state_of(running.services.db)
    yield
    assert state_of(running.services.db) == before


def link_of(running: Running, account: int) -> str:
    block = running.services.views.today(account).next
    assert block is not None
    return block.link.removeprefix("/go/")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_links(running: Running, mine: httpx.Client, unchanged: None, method: str) -> None:
    good = link_of(running, 1)
    assert mine.get(f"/go/{good}").status_code == 200

    def accepted(word: str) -> bool:
        answer = mine.request(
            method, f"/go/{quote(word, safe='')}", data={"outcome-1": "reached"} if method == "POST" else None
        )
        return answer.status_code not in {404, 405}

    tried(f"{method} /go/", good, accepted)


def test_links_signed_with_other_keys_or_run_out(running: Running, mine: httpx.Client, unchanged: None) -> None:
    payload = running.services.keys.verify(link_of(running, 1))
    assert payload is not None
    _, rule, occurrence = payload.decode().split("/")
    assert mine.get(Links(running.services.keys, "").path(1, BlockKey(rule, occurrence))).status_code == 200
    for keys, key in (
        (Keys.parse(Keys.generate()), BlockKey(rule, occurrence)),  # another secret key
        (running.services.keys, BlockKey(rule, "2020W11.1")),  # ours, run out
        (running.services.keys, BlockKey("no-rule", occurrence)),  # ours, of nothing
    ):
        assert mine.get(Links(keys, "").path(1, key)).status_code == 404


def test_feeds(running: Running, mine: httpx.Client) -> None:
    """No session is needed there, so the address alone must not be guessed."""
    assert mine.put("/api/feed", json={"names": True}).is_success
    settled(running)
    address = re.search(r"/feed/([^\"'<\s]+)\.ics", mine.get("/settings").text)
    assert address is not None
    before = state_of(running.services.db)
    with plain_client(base_url=running.url) as calendar:
        assert calendar.get(address[0]).status_code == 200
        tried("/feed/", address[1], lambda word: calendar.get(f"/feed/{quote(word, safe='')}.ics").status_code != 404)
        assert state_of(running.services.db) == before
        assert mine.delete("/api/feed").is_success
        assert calendar.get(address[0]).status_code == 404
    settled(running)


def test_session_cookies(running: Running, mine: httpx.Client) -> None:
    name = running.services.settings.cookie_name
    good = mine.cookies[name]
    with plain_client(base_url=running.url) as stranger:

        def accepted(word: str) -> bool:
            headers = [(b"cookie", f"{name}={word}".encode("utf-8", "replace"))]
            return stranger.get("/api/progress", headers=headers).status_code != 401

        assert accepted(good)
        before = state_of(running.services.db)
        tried("session cookie", good, accepted)
        # Nobody is given a session of their own choosing either.
        assert state_of(running.services.db) == before


def test_states(running: Running) -> None:
    """With a real code in hand, in the browser that began the sign-in: only its state is taken, and it stays good."""
    with visitor(running) as client:
        answer = consent(begin(client), user=ME)
        good = {name: values[0] for name, values in parse_qs(urlsplit(answer).query).items()}
        before = state_of(running.services.db)

        def accepted(word: str) -> bool:
            query = urlencode({"state": word, "code": good["code"]})
            return client.get(f"/oauth/callback?{query}").status_code != 400

        tried("state", good["state"], accepted)
        assert state_of(running.services.db) == before
        assert client.get(answer).status_code == 303
        settled(running)


def test_hooks(running: Running) -> None:
    """Nobody but Google knows a channel's token; a message of no such channel, or with another token, asks for
    nothing."""
    good = "abcdefghijklmnopqrstuvwxyz012345"
    far = running.services.clock() + timedelta(days=7)
    with running.services.db.write() as session:
        session.add(
            ChannelRow(
                id="c" + good,
                account_id=1,
                token_hash=hashed(good),
                address=running.url + "/hooks/google",
                resource_id="r" + good,
                expires_at=far,
            )
        )
    settled(running)
    before = state_of(running.services.db)
    with plain_client(base_url=running.url) as google:

        def heard(channel: str, token: str, resource: str) -> bool:
            fields = {
                "Channel-ID": channel,
                "Channel-Token": token,
                "Resource-ID": resource,
                "Resource-State": "exists",
            }
            fields |= {"Message-Number": "7", "Resource-URI": "https://www.googleapis.com/calendar/v3/x?alt=json"}
            headers = {f"X-Goog-{name}": value.encode("ascii", "ignore").decode() for name, value in fields.items()}
            return google.post("/hooks/google", headers=headers).status_code != 404

        tried("/hooks/google, token", good, lambda word: heard("c" + good, word, "r" + good))
        tried("/hooks/google, channel", "c" + good, lambda word: heard(word, good, "r" + good))
        tried("/hooks/google, resource", "r" + good, lambda word: heard("c" + good, good, word))
        assert state_of(running.services.db) == before
        assert heard("c" + good, good, "r" + good), "the very one is heard"
    with running.services.db.write() as session:
        session.execute(delete(ChannelRow))
    settled(running)
