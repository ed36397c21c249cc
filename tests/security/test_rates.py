"""One address cannot ask without end, and is told when to come back; the memory for it is bounded."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.rates import RATES, Buckets, class_of, whose
from tests.running import Running, plain_client, running_service
from tests.security.conftest import Route, route_table, world_of


class Watch:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.floats(min_value=0, max_value=30), min_size=1, max_size=200), st.sampled_from(sorted(RATES)))
def test_no_minute_holds_more_than_a_burst_and_its_rate(steps: list[float], kind: str) -> None:
    watch, allowed = Watch(), []
    buckets = Buckets(now=watch)
    for step in steps:
        watch.now += step / 50
        wait = buckets.wait(kind, "a")
        if wait == 0:
            allowed.append(watch.now)
        else:
            watch.now += wait + 1e-6
            assert buckets.wait(kind, "a") == 0, "what was said is kept"
            allowed.append(watch.now)
    for start in allowed:
        within = sum(start <= moment <= start + 60 for moment in allowed)
        assert within <= RATES[kind].burst + RATES[kind].a_minute + 1


def test_a_whole_burst_is_allowed_and_one_more_is_not() -> None:
    watch = Watch()
    buckets = Buckets(now=watch)
    for kind, rate in RATES.items():
        assert [buckets.wait(kind, "a") for _ in range(rate.burst)] == [0] * rate.burst
        assert 0 < buckets.wait(kind, "a") <= 60 / rate.a_minute + 1e-6
        assert buckets.wait(kind, "b") == 0, "another address is not concerned"


def test_a_million_addresses_take_little_memory() -> None:
    tracemalloc.start()
    buckets = Buckets(now=Watch(), most=1_000)
    for number in range(20_000):
        buckets.wait("look", f"10.{number >> 8}.{number & 255}.1")
    assert len(buckets) == 1_000
    assert tracemalloc.get_traced_memory()[0] < 2_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("host", "counts_as"),
    [
        ("127.0.0.1", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("no address", "no address"),
    ],
)
def test_whose_request_it_is(host: str, counts_as: str | None) -> None:
    assert whose(host) == counts_as


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with running_service(world_of([])) as made:
        yield made


def test_every_route_has_a_rate(running: Running) -> None:
    free = {"/static", "/healthz", "/readyz", "/metrics"}
    kinds = {route: class_of(route.method, route.path) for route in route_table(running.services)}
    assert {route.path for route, kind in kinds.items() if kind is None} <= free
    assert kinds[Route(method="GET", path="/connect")] == "sign-in"
    assert kinds[Route(method="POST", path="/go/{token}")] == "link"
    assert kinds[Route(method="POST", path="/settings")] == "change"
    assert set(RATES) - {"hook"} <= set(kinds.values())


def flood(client: httpx.Client, method: str, path: str, count: int) -> list[httpx.Response]:
    return [client.request(method, path) for _ in range(count)]


FLOODS = (
    ("GET", "/oauth/callback?state=a&code=b", "sign-in"),
    ("GET", "/go/abc", "link"),
    ("GET", "/feed/abc.ics", "link"),
    ("POST", "/hooks/google", "hook"),
    ("GET", "/api/progress", "look"),
    ("POST", "/settings", "change"),
    ("POST", "/api/refresh", "change"),
)


@pytest.mark.parametrize(("method", "path", "kind"), FLOODS)
def test_a_flood_is_told_when_to_come_back(running: Running, method: str, path: str, kind: str) -> None:
    """From an address of its own, as a proxy on this machine names it."""
    address = f"203.0.113.{50 + FLOODS.index((method, path, kind))}"
    with plain_client(base_url=running.url, headers={"X-Forwarded-For": address}) as far:
        started = time.monotonic()
        answers = flood(far, method, path, RATES[kind].burst + 40)
        gained = int((time.monotonic() - started) * RATES[kind].a_minute / 60) + 1
        refused = [answer for answer in answers if answer.status_code == 429]
        assert RATES[kind].burst <= len(answers) - len(refused) <= RATES[kind].burst + gained
        # On a machine so slow that the bucket fills as fast as it is emptied, nothing is refused, and rightly.
        for answer in refused:
            assert 1 <= int(answer.headers["retry-after"]) <= 60
            assert "Try again in" in answer.text
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-store"
        # Neither another address nor another kind is concerned.
        assert far.get("/healthz").status_code == 200
        assert far.get("/about" if kind != "look" else "/go/made-up").status_code in {200, 303}
        other = far.request(method, path, headers={"X-Forwarded-For": "203.0.113.200"})
        assert other.status_code != 429
    # From elsewhere is refused before it is counted.
    with plain_client(base_url=running.url, headers={"X-Forwarded-For": "203.0.113.9"}) as far:
        evil = {"Origin": "https://evil.example"}
        answers = [far.post("/settings", headers=evil) for _ in range(RATES["change"].burst + 5)]
        assert {answer.status_code for answer in answers} == {403}


def test_this_very_machine_is_not_limited(running: Running) -> None:
    with plain_client(base_url=running.url) as near:
        answers = flood(near, "GET", "/oauth/callback?state=a&code=b", RATES["sign-in"].burst + 5)
        assert 429 not in {answer.status_code for answer in answers}


def test_what_a_visitor_says_of_their_own_address_is_not_believed(running: Running) -> None:
    """A proxy adds whom it saw at the end of what the visitor has sent."""
    with plain_client(base_url=running.url) as far:
        for spoken in ("198.51.100.{}", "127.0.0.1, 198.51.100.{}", "unknown, {}", "127.0.0.1"):
            last = f"203.0.113.{100 + len(spoken)}"
            answers = [
                far.get("/oauth/callback", headers={"X-Forwarded-For": f"{spoken.format(number)}, {last}"})
                for number in range(RATES["sign-in"].burst + 5)
            ]
            assert 429 in {answer.status_code for answer in answers}, spoken
