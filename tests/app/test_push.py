"""Push: channels come and go with the account, a notification only brings the next refresh forward, and none is needed.

The sandbox posts to the served application over real HTTP. The clock is virtual: what is due "now" is due at its time.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from app.db.tables import AccountRow, Base
from app.db.tables_google import ChannelRow
from app.services.watch import GAP, LASTS, hashed
from app.wiring import build
from tests.app.pushed_house import PUBLIC, pushed_house
from tests.app.world import at, meeting
from tests.app.world_house import House, between, settings_for
from tests.running import plain_client

EVERYTHING = tuple(mapper.class_ for mapper in Base.registry.mappers)


@contextmanager
def heard_house(folder: Path, database_url: str) -> Iterator[tuple[House, str]]:
    with pushed_house(folder, database_url) as (house, here):
        assert house.refresh().fresh > 0
        house.sandbox.push.wait()
        yield house, here


@pytest.fixture
def told(tmp_path: Path) -> Iterator[tuple[House, str]]:
    """Read once, so that its one channel is open and heard; and where it is served. On SQLite."""
    with heard_house(tmp_path, f"sqlite:///{tmp_path / 'g.db'}") as made:
        yield made


@pytest.fixture
def told_anywhere(tmp_path: Path, migrated_url: str) -> Iterator[tuple[House, str]]:
    """The same on SQLite and on PostgreSQL."""
    with heard_house(tmp_path, migrated_url) as made:
        yield made


@pytest.fixture
def pushed(told: tuple[House, str]) -> House:
    return told[0]


def wait_for(house: House) -> timedelta:
    """Until the next refresh."""
    next_refresh_at = house.account().next_refresh_at
    assert next_refresh_at is not None
    return next_refresh_at - house.clock()


def headers(house: House, **changed: str) -> dict[str, str]:
    """Those of a genuine notification of the house's one channel."""
    (channel,) = house.sandbox.push.channels()
    genuine = {"id": channel.id, "token": channel.token, "resource": channel.resource_id, "state": "exists"} | changed
    names = {"id": "Channel-ID", "token": "Channel-Token", "resource": "Resource-ID", "state": "Resource-State"}
    return {f"X-Goog-{names[key]}": value for key, value in genuine.items()}


# -- notifications -----------------------------------------------------------------------------------


def test_a_change_brings_the_next_refresh_forward(pushed: House) -> None:
    pushed.clock.advance(minutes=5)
    assert wait_for(pushed) > timedelta(0)
    pushed.hand.adds(meeting("Lunch", at(3, 12), "Ada Arbor"))
    pushed.sandbox.push.wait()
    assert wait_for(pushed) == timedelta(0)
    assert pushed.refresh().fresh == 1


def test_polling_is_slower_while_push_works_and_only_then(pushed: House) -> None:
    quarter = timedelta(minutes=15)
    assert timedelta(0) < wait_for(pushed) <= quarter  # when the first run began, nobody had been told anything yet
    pushed.clock.advance(minutes=15)
    pushed.refresh()
    assert 3.8 * quarter <= wait_for(pushed) <= 4 * quarter  # Monday, 9:15
    pushed.sandbox.push.stands_for[PUBLIC] = "http://localhost:9"  # from now on nothing gets through
    pushed.clock.advance(days=9)
    pushed.refresh()
    pushed.sandbox.push.wait()
    assert wait_for(pushed) <= quarter  # a channel is open again, but it has not been heard


def test_pushes_start_no_two_refreshes_within_the_gap(pushed: House) -> None:
    pushed.clock.advance(minutes=5)
    for day in (3, 4):
        pushed.refresh()
        pushed.hand.adds(meeting("Lunch", at(day, 12), "Ada Arbor"))
        pushed.sandbox.push.wait()
        assert wait_for(pushed) == GAP


def test_a_push_during_a_run_is_kept_for_after_it(pushed: House) -> None:
    pushed.clock.advance(minutes=5)

    def changed_meanwhile() -> None:
        pushed.clock.advance(seconds=1)
        pushed.hand.adds(meeting("Lunch", at(3, 12), "Ada Arbor"))
        pushed.sandbox.push.wait()

    pushed.services.actions.save_welcome(pushed.account_id, {})
    with between(pushed, "insert", changed_meanwhile):
        assert pushed.refresh().fresh == 0
    assert wait_for(pushed) == GAP - timedelta(seconds=1)


def test_a_push_does_not_shorten_a_back_off(pushed: House) -> None:
    pushed.clock.advance(minutes=5)
    pushed.sandbox.faults.add("events.list", "tooManyRequests", retry_after=600)
    pushed.refresh(fault="over_quota")
    pushed.hand.adds(meeting("Lunch", at(3, 12), "Ada Arbor"))
    pushed.sandbox.push.wait()
    assert wait_for(pushed) >= timedelta(seconds=600)


WRONG = (
    {"token": "wrong"},
    {"token": ""},
    {"token": "t" * 10_000},
    {"id": "unknown"},
    {"id": ""},
    {"resource": "another"},
    {"resource": ""},
)


def test_what_does_not_prove_itself_is_404_and_changes_nothing(told: tuple[House, str]) -> None:
    house, here = told
    with house.services.db.write() as session:  # somebody else's channel
        token = "the other's token"
        session.add(
            AccountRow(
                issuer="i", subject="other", email="o@other.example", key="k", block_key=b"", preferences={},
                outlook={}, created_at=house.clock(), synced_from=house.clock(),
            )
        )  # fmt: skip
        session.flush()
        session.add(
            ChannelRow(
                id="other", account_id=2, token_hash=hashed(token), address="", resource_id="theirs",
                expires_at=house.clock() + LASTS,
            )
        )  # fmt: skip
    house.clock.advance(minutes=5)
    before = house.dump(*EVERYTHING)
    with plain_client(base_url=here) as client:
        for changed in (*WRONG, {"token": token}, {"id": "other"}):
            answer = client.post("/hooks/google", headers=headers(house, **changed))
            assert (answer.status_code, answer.content) == (404, b""), changed
        assert client.post("/hooks/google").status_code == 404
        assert house.dump(*EVERYTHING) == before
        theirs = {"id": "other", "token": token, "resource": "theirs"}
        assert client.post("/hooks/google", headers=headers(house, **theirs)).status_code == 204


def test_only_a_post_without_a_session_is_taken_from_elsewhere(told: tuple[House, str]) -> None:
    house, here = told
    with plain_client(base_url=here) as client:
        elsewhere = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        assert client.post("/hooks/google", headers=headers(house) | elsewhere).status_code == 204
        for other in ("/hooks/google/", "/hooks/other", "/sign-out"):
            assert client.post(other, headers=headers(house) | elsewhere).status_code == 403
        assert client.get("/hooks/google", headers=headers(house)).status_code == 405


def test_a_storm_costs_two_refreshes_and_forged_ones_nothing(told_anywhere: tuple[House, str]) -> None:
    """1,000 genuine and 1,000 forged over real HTTP, with a refresh whenever one is due."""
    house, here = told_anywhere
    house.clock.advance(minutes=5)
    genuine, forged = headers(house), headers(house, token="forged")
    before = house.account()

    def post(client_headers: dict[str, str]) -> int:
        return client.post("/hooks/google", headers=client_headers).status_code

    with plain_client(base_url=here) as client, ThreadPoolExecutor(max_workers=8) as pool:
        assert set(pool.map(post, [forged] * 1000)) == {404}
        assert house.account().next_refresh_at == before.next_refresh_at
        assert house.account().pushed_at == before.pushed_at
        refreshes = 0
        for _ in range(10):  # as it would be if the burst took its time
            assert set(pool.map(post, [genuine] * 100)) == {204}
            if wait_for(house) <= timedelta(0):
                house.refresh()
                refreshes += 1
            house.clock.advance(seconds=2)
    house.clock.advance(seconds=GAP.seconds)
    if wait_for(house) <= timedelta(0):
        house.refresh()
        refreshes += 1
    assert refreshes == 2
    assert wait_for(house) > timedelta(minutes=10)


# -- channels ----------------------------------------------------------------------------------------


def test_a_channel_is_renewed_before_it_ends_and_the_old_one_is_stopped_after(
    told_anywhere: tuple[House, str],
) -> None:
    pushed, _ = told_anywhere
    (first,) = pushed.sandbox.push.channels()
    pushed.calls()
    pushed.clock.advance(days=5)
    pushed.refresh()
    assert pushed.sandbox.push.channels() == [first]
    pushed.calls()
    pushed.clock.advance(days=2, hours=-1)
    assert pushed.clock() < first.expires_at
    pushed.refresh()
    assert pushed.calls() == ["token", "events.watch", "channels.stop", "events.list"]
    (second,) = pushed.sandbox.push.channels()
    assert second.expires_at == pushed.clock() + LASTS
    assert [row[0] for row in pushed.dump(ChannelRow)["channels"]] == [second.id]


def test_what_a_clock_far_ahead_put_off_is_not_put_off(pushed: House) -> None:
    with pushed.services.db.write() as session:
        row = session.get(AccountRow, pushed.account_id)
        assert row is not None
        row.watch_at = pushed.clock() + timedelta(days=400)
    (first,) = pushed.sandbox.push.channels()
    pushed.refresh()
    (second,) = pushed.sandbox.push.channels()
    assert second != first
    assert pushed.account().watch_at < pushed.clock() + LASTS


def test_a_token_is_random_and_no_dump_holds_it(pushed: House) -> None:
    (channel,) = pushed.sandbox.push.channels()
    assert len(channel.token) >= 64
    assert channel.token not in str(pushed.dump(*EVERYTHING))


def test_a_disconnected_account_hears_nothing_more(told: tuple[House, str]) -> None:
    house, here = told
    genuine = headers(house)
    house.services.connect.disconnect(house.account_id)
    assert house.sandbox.push.channels() == []
    assert house.dump(ChannelRow) == {"channels": []}
    with plain_client(base_url=here) as client:
        assert client.post("/hooks/google", headers=genuine).status_code == 404
    house.signs_in_again()
    house.refresh()
    assert len(house.sandbox.push.channels()) == 1


def test_a_channel_that_cannot_be_stopped_is_believed_no_more(told: tuple[House, str]) -> None:
    house, here = told
    genuine = headers(house)
    house.sandbox.faults.add("channels.stop", "insufficientPermissions")
    house.services.connect.disconnect(house.account_id)
    assert house.account().connection == "disconnected"
    with plain_client(base_url=here) as client:
        assert client.post("/hooks/google", headers=genuine).status_code == 404


@pytest.mark.parametrize("fault", ["forbidden", "quotaExceeded", "badRequest", "cut"])
def test_without_push_there_is_polling(tmp_path: Path, fault: str) -> None:
    with pushed_house(tmp_path, f"sqlite:///{tmp_path / 'g.db'}") as (house, _):
        house.sandbox.faults.add("events.watch", fault, times=2)
        assert house.refresh().fresh > 0
        house.clock.advance(hours=1)
        house.refresh()
        assert wait_for(house) <= timedelta(minutes=15)
        assert house.calls().count("events.watch") <= 2  # httplib2 repeats what was cut
        house.sandbox.faults.clear()
        house.clock.advance(hours=12)
        house.refresh()
        house.sandbox.push.wait()
        assert house.account().push_until == house.clock() + LASTS


def test_a_channel_whose_answer_was_lost_is_believed_until_the_next_attempt(tmp_path: Path) -> None:
    with pushed_house(tmp_path, f"sqlite:///{tmp_path / 'g.db'}") as (house, _):
        house.sandbox.faults.add("events.watch", "cut-body", when="after")
        house.refresh()
        house.sandbox.push.wait()
        assert len(house.sandbox.push.channels()) == 1
        house.clock.advance(minutes=5)
        house.hand.adds(meeting("Lunch", at(3, 12), "Ada Arbor"))
        house.sandbox.push.wait()
        assert wait_for(house) == timedelta(0)


def test_a_service_that_cannot_be_reached_any_more_stops_its_channels(pushed: House, tmp_path: Path) -> None:
    moved = settings_for(pushed.sandbox, tmp_path, str(pushed.services.db.url), allowed="*").model_copy(
        update={
            "secret_key": pushed.services.settings.secret_key,
            "database_url": pushed.services.settings.database_url,
        }
    )
    again = build(moved, clock=pushed.clock)
    try:
        pushed.calls()
        assert again.refresh(pushed.account_id).fault is None
        assert "channels.stop" in pushed.calls()
        assert pushed.sandbox.push.channels() == []
        assert pushed.dump(ChannelRow) == {"channels": []}
    finally:
        again.db.dispose()


def test_on_localhost_nobody_is_asked_to_push(house: House) -> None:
    house.refresh()
    assert "events.watch" not in house.calls()
    assert house.account().watch_at is None


def test_nothing_hangs_on_a_removed_account(pushed: House) -> None:
    with pushed.services.db.write() as session:
        row = session.get(AccountRow, pushed.account_id)
        assert row is not None
        session.delete(row)
    assert pushed.dump(ChannelRow) == {"channels": []}
