"""Lost answers, conflicts, expired tokens, quotas: the next run mends it, and nothing is doubled or lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.errors import GreenblockError
from app.services.faults import BY_REASON, FIRST_RETRY, WORDS, Fault
from integrations.errors import PermissionMissing
from integrations.google.oauth import CALENDAR_SCOPE
from tests.app.world import FENCE, at, meeting, start_of, tag_of
from tests.app.world_house import TUESDAYS, House, settled


def all_rows(house: House) -> list[str]:
    """Ids of everything that ever carried our property, live or not."""
    return [key for key, row in house.hand.store.rows.items() if tag_of(row.resource)]


# -- The answer was lost ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "skip"),
    [("cut", 0), ("cut", 3), ("cut-body", 2), ("backendError", 0), ("backendError", 3), ("malformed", 1), ("html", 2)],
)
def test_a_lost_insert_leaves_one_set_of_blocks(house: House, fault: str, skip: int) -> None:
    house.refresh()
    house.services.actions.save_welcome(house.account_id, {})
    house.sandbox.faults.add("events.insert", fault, when="after", skip=skip)
    report = house.services.refresh(house.account_id)
    assert report.fault in (None, Fault.UNAVAILABLE)  # a cut connection is tried again by the HTTP library at once
    house.refresh()
    assert house.days() == TUESDAYS
    assert len(all_rows(house)) == 4
    assert [row.state for row in house.rows()] == ["booked"] * 4
    settled(house)


@pytest.mark.parametrize("fault", ["cut", "backendError"])
def test_a_lost_move_is_not_taken_for_the_users_hand(booked: House, fault: str) -> None:
    first = booked.ids()[0]
    booked.hand.adds(meeting("Board", at(2, 9, 45), minutes=60))
    booked.sandbox.faults.add("events.patch", fault, when="after")
    booked.services.refresh(booked.account_id)
    assert start_of(booked.event(first)) == at(2, 10, 45)
    booked.refresh()
    assert booked.row(first).state == "booked"
    assert booked.row(first).starts_at == at(2, 10, 45)
    assert "10:00 was taken by “Board”" in booked.hand.text(first)
    settled(booked)


@pytest.mark.parametrize("fault", ["cut", "backendError"])
def test_a_lost_rewrite_keeps_the_users_words(booked: House, fault: str) -> None:
    first = booked.ids()[0]
    booked.hand.types_below(first, "Ask about the lease")
    booked.clock.advance(hours=20)
    booked.sandbox.faults.add("events.patch", fault, when="after")
    booked.services.refresh(booked.account_id)
    booked.refresh()
    text = booked.hand.text(first)
    assert text.count(FENCE) == 1
    assert text.count("Ask about the lease") == 1
    assert text.count("☐ <a") == 3
    settled(booked)


@pytest.mark.parametrize("fault", ["cut", "backendError"])
def test_a_lost_deletion_of_ours_is_not_taken_for_the_users(booked: House, fault: str) -> None:
    booked.services.actions.pause(booked.account_id, None, None)
    booked.sandbox.faults.add("events.delete", fault, when="after", times=2)
    for _ in range(2):
        booked.services.refresh(booked.account_id)
    booked.refresh()
    assert booked.blocks() == []
    assert [row.state for row in booked.rows()] == ["retired"] * 4
    booked.services.actions.resume(booked.account_id)
    booked.refresh()
    assert booked.days() == TUESDAYS
    settled(booked)


def test_a_deletion_of_ours_that_never_arrived_is_done_later(booked: House) -> None:
    booked.services.actions.pause(booked.account_id, None, None)
    booked.sandbox.faults.add("events.delete", "unavailable")
    booked.refresh(fault="unavailable")
    assert len(booked.blocks()) == 4
    booked.refresh()
    assert booked.blocks() == []


def test_a_deletion_of_ours_thought_better_of_leaves_the_block(booked: House) -> None:
    """Announced, but not done; then the pause is over."""
    ids = booked.ids()
    booked.services.actions.pause(booked.account_id, None, None)
    booked.sandbox.faults.add("events.delete", "unavailable")
    booked.refresh(fault="unavailable")
    booked.services.actions.resume(booked.account_id)
    booked.refresh()
    booked.refresh()
    assert booked.days() == TUESDAYS
    settled(booked)
    assert len({tag_of(one).rpartition("/")[0] for one in booked.blocks()}) == 4
    kept = booked.ids()[-1]
    booked.hand.deletes(kept)
    booked.refresh()
    settled(booked)
    assert booked.row(kept).state == "skipped"  # the user's deletion counts again
    assert len(ids) == 4


def test_a_tick_beside_a_name_that_could_not_be_taken_out_yet_counts(booked: House) -> None:
    """Jan is to leave the list, but the calendar does not answer; the user ticks Jan in the text that still stands."""
    first, jan = booked.ids()[0], booked.contact("Jan Juniper")
    booked.services.actions.snooze(booked.account_id, jan.id, at(30).date())
    booked.sandbox.faults.add("events.patch", "unavailable")
    booked.refresh(fault="unavailable")
    assert "Jan Juniper" not in booked.names_in(first)
    booked.hand.ticks(first, "Jan Juniper")
    booked.refresh()
    assert len(booked.touches("Jan Juniper")) == 1
    assert booked.hand.text(first).count("x <a") == 1
    settled(booked)


# -- Conflicts -------------------------------------------------------------------------------------


def test_an_id_that_was_there_before_is_adopted(house: House) -> None:
    house.refresh()
    house.services.actions.save_welcome(house.account_id, {})
    house.sandbox.faults.add("events.insert", "duplicate", when="after")
    house.refresh()
    assert house.days() == TUESDAYS
    assert len(all_rows(house)) == 4
    settled(house)


def test_a_412_is_read_again_and_merged(booked: House) -> None:
    first = booked.ids()[0]
    booked.clock.advance(hours=20)
    booked.sandbox.faults.add("events.patch", "conditionNotMet")
    booked.refresh()
    assert "Names as of 2 March" in booked.hand.text(first)
    settled(booked)


def test_412_without_end_stops_after_a_few_rounds(booked: House) -> None:
    booked.clock.advance(hours=20)
    booked.sandbox.faults.add("events.patch", "conditionNotMet", times=100)
    booked.refresh()
    assert booked.writes().count("events.patch") <= 12
    booked.sandbox.faults.clear()
    booked.refresh()
    assert "Names as of 2 March" in booked.hand.text(booked.ids()[0])
    settled(booked)


def test_a_block_deleted_while_we_write_to_it_stays_deleted(booked: House) -> None:
    """404 or 410 to a patch, and the tombstone comes with the next list."""
    first = booked.ids()[0]
    booked.clock.advance(hours=20)
    booked.sandbox.faults.add("events.patch", "deleted")
    booked.sandbox.faults.add("events.get", "notFound")
    booked.hand.deletes(first)
    booked.refresh()
    booked.sandbox.faults.clear()
    booked.refresh()
    assert first not in booked.ids()
    assert booked.row(first).state == "skipped"
    settled(booked)


# -- Reading ---------------------------------------------------------------------------------------


def test_a_full_sync_reads_from_the_same_start_and_doubles_nothing(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    house.clock.advance(days=1)
    house.refresh()
    since, people = house.account().synced_from, house.services.views.people(house.account_id).people
    house.sandbox.store.expire_sync_tokens()
    house.calls()
    before = house.snapshot()
    report = house.refresh()
    assert report.full
    assert house.calls() == ["events.list", "events.list"]
    assert house.account().synced_from == since
    assert house.services.views.people(house.account_id).people == people
    assert house.snapshot() == before
    assert house.days() == TUESDAYS


def test_history_that_google_no_longer_gives_is_kept(booked: House) -> None:
    """An old meeting vanishes from the calendar and a full sync comes: it did take place."""
    days = booked.contact("Ada Arbor").facts["days"]
    old = [one["id"] for one in booked.hand.store.live() if one["summary"] == "Ada Arbor and Olga"]
    for event_id in old:
        booked.hand.deletes(event_id)
    booked.hand.store.rows = {key: row for key, row in booked.hand.store.rows.items() if key not in old}
    booked.sandbox.store.expire_sync_tokens()
    booked.refresh()
    assert booked.contact("Ada Arbor").facts["days"] == days


def test_a_meeting_deleted_after_it_took_place_stays_a_touch(booked: House) -> None:
    old = [one["id"] for one in booked.hand.store.live() if one["summary"] == "Ada Arbor and Olga"]
    booked.hand.deletes(old[0])
    booked.refresh()
    assert booked.contact("Ada Arbor").facts["days"] == 4
    coming = booked.hand.adds(meeting("Lunch", at(4, 12), "Ada Arbor"))
    booked.refresh()
    booked.hand.deletes(coming)
    booked.refresh()
    booked.clock.advance(days=4)
    booked.refresh()
    assert booked.contact("Ada Arbor").facts["days"] == 4


@pytest.mark.parametrize("fault", ["cut", "backendError", "malformed", "tooManyRequests"])
def test_an_incomplete_first_read_plans_nothing(house: House, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.google.calendar.PAGE_SIZE", 10)
    house.sandbox.faults.add("events.list", fault, skip=2, times=3)
    report = house.services.refresh(house.account_id)
    assert report.fault is not None
    account = house.account()
    assert (account.sync_token, account.synced_at, account.outlook) == (None, None, {})
    house.sandbox.faults.clear()
    house.save_welcome()
    assert house.days() == TUESDAYS
    assert house.contact("Ada Arbor").facts["days"] == 4


def test_a_failed_second_page_of_changes_keeps_the_token(booked: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.google.calendar.PAGE_SIZE", 1)
    token, before = booked.account().sync_token, booked.snapshot()
    added = [booked.hand.adds(meeting(f"Call {n}", at(2, 10), minutes=30)) for n in range(3)]
    booked.sandbox.faults.add("events.list", "backendError", skip=1)
    booked.refresh(fault="unavailable")
    assert booked.account().sync_token == token
    assert {key: tag for key, tag in booked.snapshot().items() if key not in added} == before  # nothing planned
    booked.refresh()
    assert booked.account().sync_token != token
    assert start_of(booked.blocks()[0]) != at(2)
    settled(booked)


@pytest.mark.parametrize("fault", ["short-page", "empty-page", "stale-list"])
def test_odd_pages_lose_nothing(booked: House, fault: str) -> None:
    booked.hand.adds(meeting("Board", at(2, 10), minutes=30))
    booked.sandbox.faults.add("events.list", fault)
    booked.services.refresh(booked.account_id)
    booked.refresh()
    assert start_of(booked.blocks()[0]) != at(2)
    assert len(booked.blocks()) == 4
    settled(booked)


# -- Permissions -----------------------------------------------------------------------------------


def test_an_expired_access_token_is_renewed_and_stored(any_house: House) -> None:
    house = any_house
    house.refresh()
    before = house.account().token
    house.sandbox.grants.expire_access_tokens()
    house.calls()
    house.refresh()
    assert house.calls() == ["events.list", "token", "events.list"]
    assert house.account().token != before
    house.refresh()
    assert house.calls() == ["events.list"]


def test_a_revoked_grant_shows_one_banner_and_reconnecting_mends_it(any_house: House) -> None:
    house = any_house
    house.save_welcome()
    ids, people = house.ids(), house.services.views.people(house.account_id).people
    house.sandbox.grants.revoke_all()
    house.refresh(fault="sign_in_lost")
    account = house.account()
    assert account.connection == "lost"
    assert account.next_refresh_at == house.clock() + timedelta(days=1), "only to forget what is old"
    frame = house.services.views.today(house.account_id).frame
    assert frame.banner is not None
    assert (frame.banner.code, frame.banner.href) == ("sign_in_lost", "/connect")
    assert house.services.views.people(house.account_id).people == people
    assert not house.services.refresh(house.account_id).ran

    house.signs_in_again()
    assert house.account().id == house.account_id
    house.refresh()
    assert house.services.views.today(house.account_id).frame.banner is None
    assert house.ids() == ids
    settled(house)


def test_a_withdrawn_right_names_the_box_to_tick(booked: House) -> None:
    booked.sandbox.grants.withdraw_scope(CALENDAR_SCOPE)
    booked.refresh(fault="permission_missing")
    banner = booked.services.views.today(booked.account_id).frame.banner
    assert banner is not None
    assert "tick the box" in banner.text
    booked.signs_in_again()
    booked.refresh()
    assert booked.services.views.today(booked.account_id).frame.banner is None


def test_an_unticked_box_at_sign_in_is_named_and_nothing_is_lost(booked: House) -> None:
    ids = booked.ids()
    with pytest.raises((PermissionMissing, GreenblockError), match="box"):
        booked.signs_in_again(without=CALENDAR_SCOPE)
    assert booked.ids() == ids
    assert booked.account().token is not None
    booked.signs_in_again()
    booked.refresh()
    assert booked.ids() == ids


# -- Quotas ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("rateLimitExceeded", "over_quota"),
        ("quotaExceeded", "over_quota"),
        ("tooManyRequests", "over_quota"),
        ("backendError", "unavailable"),
        ("html", "unavailable"),
    ],
)
def test_a_refusal_that_passes_is_waited_out(booked: House, fault: str, code: str) -> None:
    waits = []
    for failures in (1, 2, 3):
        booked.sandbox.faults.add("events.list", fault)
        booked.refresh(fault=code)
        account = booked.account()
        assert (account.connection, account.failures, account.last_error) == ("connected", failures, code)
        assert account.next_refresh_at is not None
        waits.append(account.next_refresh_at - booked.clock())
    for doublings, wait in enumerate(waits):
        first = BY_REASON.get(fault, FIRST_RETRY) * 2**doublings
        assert 0.5 * first <= wait <= 1.5 * first
    banner = booked.services.views.today(booked.account_id).frame.banner
    assert banner is not None
    assert banner.text.startswith(WORDS[Fault(code)].text.partition("{")[0])
    assert "econnect" not in banner.text + banner.action
    booked.refresh()
    account = booked.account()
    assert (account.failures, account.last_error) == (0, None)
    assert booked.services.views.today(booked.account_id).frame.banner is None


def test_the_time_that_google_names_is_kept(booked: House) -> None:
    booked.sandbox.faults.add("events.list", "tooManyRequests", retry_after=600)
    booked.refresh(fault="over_quota")
    assert booked.account().next_refresh_at == booked.clock() + timedelta(seconds=600)


def test_a_quota_in_the_middle_of_a_push_is_taken_up_again(house: House) -> None:
    house.refresh()
    house.services.actions.save_welcome(house.account_id, {})
    house.sandbox.faults.add("events.insert", "rateLimitExceeded", skip=2)
    house.refresh(fault="over_quota")
    assert house.days() == TUESDAYS[:2]
    house.calls()
    house.refresh()
    assert house.days() == TUESDAYS
    assert house.writes() == ["events.insert"] * 2
    settled(house)
