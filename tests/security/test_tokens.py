"""Random and mutated tokens in every place that takes one: none is accepted, and nothing changes.

`make test` tries a share of each, `make security` 10,000; they come from one seed.
"""

from __future__ import annotations

import base64
import hmac
import os
import random
import re
import string
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest
from sqlalchemy import delete, event

from app.db.tables_google import ChannelRow
from app.keys import Keys
from app.services.connect import hashed
from app.services.links import Links
from scheduler.model import BlockKey
from tests.running import Running, begin, consent, plain_client, settled, visitor
from tests.security.conftest import ME, state_of

COUNT = 10_000 if os.environ.get("FULL") else 150
BESIDES = COUNT // 5
"""Where the same guard has been tried already, in another place of the request."""
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


def tried(kind: str, good: str, accepted: Callable[[str], bool], *, count: int = COUNT) -> None:
    """Fails on the first that is accepted."""
    dice = random.Random(f"{kind} 1")
    for number in range(count):
        word = mutated(dice, good)
        assert not accepted(word), f"{kind} number {number} of seed 1 was accepted: {word!r}"
    print(f"{kind}: {count:,} random and mutated tokens, none accepted")


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

    tried(f"{method} /go/", good, accepted, count=COUNT if method == "GET" else BESIDES)


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
        tried(
            "/feed/",
            address[1],
            lambda word: calendar.get(f"/feed/{quote(word, safe='')}.ics").status_code != 404,
            count=BESIDES,
        )
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


@contextmanager
def channel(running: Running, token: str) -> Iterator[Callable[[str, str, str], bool]]:
    """A channel of the first account; whether a message with that channel, token and resource is heard."""
    far = running.services.clock() + timedelta(days=7)
    with running.services.db.write() as session:
        session.add(
            ChannelRow(
                id="c" + token,
                account_id=1,
                token_hash=hashed(token),
                address=running.url + "/hooks/google",
                resource_id="r" + token,
                expires_at=far,
            )
        )
    settled(running)
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

        yield heard
    with running.services.db.write() as session:
        session.execute(delete(ChannelRow))
    settled(running)


def test_hooks(running: Running) -> None:
    """Nobody but Google knows a channel's token; a message of no such channel, or with another token, asks for
    nothing."""
    good = "abcdefghijklmnopqrstuvwxyz012345"
    with channel(running, good) as heard:
        before = state_of(running.services.db)
        tried("/hooks/google, token", good, lambda word: heard("c" + good, word, "r" + good))
        tried("/hooks/google, channel", "c" + good, lambda word: heard(word, good, "r" + good), count=BESIDES)
        tried("/hooks/google, resource", "r" + good, lambda word: heard("c" + good, good, word), count=BESIDES)
        assert state_of(running.services.db) == before
        assert heard("c" + good, good, "r" + good), "the very one is heard"


# -- How long a refusal takes tells nothing --------------------------------------------------------


class Compared:
    """Stands for hmac, and counts what is compared by it."""

    def __init__(self) -> None:
        self.count = 0

    def compare_digest(self, one: Any, other: Any) -> bool:
        self.count += 1
        return hmac.compare_digest(one, other)

    def __getattr__(self, name: str) -> Any:
        return getattr(hmac, name)


def test_secrets_of_ours_are_compared_in_constant_time(
    running: Running, mine: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong in the first letter or in the last one: each time the whole is compared."""
    compared = Compared()
    for place in ("app.keys.hmac", "app.services.watch.hmac"):
        monkeypatch.setattr(place, compared)
    good = link_of(running, 1)
    head, tail = base64.urlsafe_b64decode(good + "=" * (-len(good) % 4))[:-16], b"\0" * 16
    for forged in (head + tail, head + tail[:-1] + b"\1"):
        before = compared.count
        assert mine.get(f"/go/{base64.urlsafe_b64encode(forged).decode().rstrip('=')}").status_code == 404
        assert compared.count > before
    with channel(running, "abcdefghijklmnopqrstuvwxyz012345") as heard:
        for token in ("Xbcdefghijklmnopqrstuvwxyz012345", "abcdefghijklmnopqrstuvwxyz01234X"):
            before = compared.count
            assert not heard("cabcdefghijklmnopqrstuvwxyz012345", token, "rabcdefghijklmnopqrstuvwxyz012345")
            assert compared.count > before
    settled(running)


def test_cookies_and_states_are_looked_up_by_their_hashes(running: Running, mine: httpx.Client) -> None:
    """So that how far a guess is right changes nothing in what the database compares."""
    asked: list[str] = []

    def listen(_connection: Any, _cursor: Any, _statement: str, parameters: Any, *_: Any) -> None:
        asked.append(repr(parameters))

    engine = running.services.db.engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        cookie, state = "guess-" * 5, "state-" * 5
        headers = {"Cookie": f"{running.services.settings.cookie_name}={cookie}"}
        with plain_client(base_url=running.url, headers=headers) as stranger:
            assert stranger.get("/api/progress").status_code == 401
            assert stranger.get("/oauth/callback", params={"state": state, "code": "x"}).status_code == 400
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    for secret in (cookie, state):
        assert any(hashed(secret) in one for one in asked)
        assert not any(secret in one for one in asked)
