"""What is forgotten, when, and that it is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.db import accounts
from app.db.tables import (
    BlockRow,
    EventRow,
    JournalRow,
    OccurrenceRow,
    SessionRow,
    SignInRow,
    TouchRow,
    UndoRow,
)
from app.errors import Invalid
from app.web.forms_privacy import parse_keep
from tests.app.world import BERLIN, MONDAY, meeting, world
from tests.app.world_house import House, open_house, settled


def years_of_it() -> dict[str, object]:
    """A friend met each quarter for two years, a series that ended, one that goes on, one with a moved turn."""
    quarterly = [
        meeting(f"Quarter {n}", MONDAY.replace(hour=14) - timedelta(weeks=13 * n + 1), "Ada Arbor") for n in range(8)
    ]
    start = MONDAY.replace(hour=15) - timedelta(weeks=100)
    over = meeting("Over", start, "Ben Birch", id="over", recurrence=["RRULE:FREQ=WEEKLY;COUNT=5"])
    living = meeting(
        "Living", start.replace(hour=16), "Cleo Cedar", id="living", recurrence=["RRULE:FREQ=MONTHLY;BYDAY=1MO"]
    )
    return world([*quarterly, over, living])


@pytest.fixture
def old(tmp_path: Path, migrated_url: str) -> Iterator[House]:
    with open_house(tmp_path, migrated_url, seed=years_of_it()) as opened:
        opened.save_welcome()
        yield opened


def ids(house: House) -> set[str]:
    with house.services.db.read() as session:
        return set(session.scalars(select(EventRow.id)))


def oldest(house: House) -> datetime:
    with house.services.db.read() as session:
        return min(session.scalars(select(OccurrenceRow.ends_at)))


def due(house: House) -> list[int]:
    """Whom the wheel would come to now."""
    with house.services.db.read() as session:
        return accounts.due_accounts(session, house.clock())


def looks_after(house: House, days: int) -> None:
    """Where no calendar tells the time, a leap of the clock is believed on its second day."""
    house.clock.advance(days=days - 1)
    for _day in range(2):
        assert due(house) == [house.account_id]
        assert not house.services.refresh(house.account_id).ran
        house.clock.advance(days=1 - _day)


def told(house: House, name: str, on: date) -> None:
    with house.services.db.write() as session:
        session.add(
            TouchRow(
                account_id=house.account_id, contact_id=house.contact(name).id, on=on, channel="call", source=f"x{on}"
            )
        )


def test_nothing_that_took_place_is_forgotten_unasked(old: House) -> None:
    told(old, "Ada Arbor", date(2024, 1, 1))
    before = ids(old)
    old.clock.advance(days=1)
    old.refresh()
    assert ids(old) >= before
    assert len(old.touches("Ada Arbor")) == 1
    assert not [line for line in old.journal() if line.startswith("forgot")]


def test_what_is_older_goes_and_a_line_says_so(old: House) -> None:
    told(old, "Ada Arbor", date(2026, 2, 28))
    told(old, "Ada Arbor", date(2026, 3, 2))
    people = {name: old.contact(name).id for name in ("Ada Arbor", "Ben Birch", "Cleo Cedar")}
    cut = datetime(2026, 3, 1, tzinfo=BERLIN)
    assert oldest(old) < cut
    assert "over" in ids(old)
    old.services.privacy.keep_for(old.account_id, 12)
    old.refresh()
    assert oldest(old) >= cut
    assert old.account().synced_from == cut.astimezone(UTC)
    assert "over" not in ids(old), "a series that is over goes as a whole"
    assert "living" in ids(old)
    assert [row.on for row in old.touches("Ada Arbor")] == [date(2026, 3, 2)]
    (line,) = [line for line in old.journal() if line.startswith("forgot")]
    assert "1 contact you had told of from before 1 March 2026: your settings keep them for one year." in line
    # The people stay, and the page says what happened.
    assert {name: old.contact(name).id for name in people} == people
    assert any("Forgot" in text for _, text in old.services.views.today(old.account_id).moved)
    settled(old)


def test_a_full_sync_does_not_bring_it_back_nor_take_more(old: House) -> None:
    old.services.privacy.keep_for(old.account_id, 12)
    old.refresh()
    before, first = ids(old), oldest(old)
    old.sandbox.faults.add("events.list", "fullSyncRequired", times=1)
    assert old.refresh().full
    assert ids(old) == before
    assert oldest(old) == first
    with old.services.db.read() as session:
        assert not [row for row in session.scalars(select(EventRow)) if row.cancelled]


def test_each_day_a_day_more_is_forgotten(old: House) -> None:
    old.services.privacy.keep_for(old.account_id, 12)
    old.refresh()
    first = oldest(old)
    old.clock.advance(days=40)
    old.refresh()
    assert oldest(old) > first
    assert old.account().synced_from == datetime(2026, 4, 10, tzinfo=BERLIN).astimezone(UTC)


def test_it_goes_too_where_the_calendar_is_not_connected(old: House) -> None:
    old.services.privacy.keep_for(old.account_id, 12)
    old.refresh()
    first = oldest(old)
    old.services.connect.disconnect(old.account_id)
    told(old, "Ada Arbor", date(2026, 3, 2))
    assert "not connected" in old.services.refresh(old.account_id).error
    looks_after(old, 40)
    assert oldest(old) > first
    assert old.touches("Ada Arbor") == []
    assert old.account().synced_from == datetime(2026, 4, 10, tzinfo=BERLIN).astimezone(UTC)
    assert [line for line in old.journal() if "1 contact you had told of from before 10 April 2026" in line]
    # Nothing more before tomorrow, and then again, day by day.
    assert due(old) == []
    again = oldest(old)
    for _day in range(30):
        old.clock.advance(days=1)
        assert due(old) == [old.account_id]
        old.services.refresh(old.account_id)
    assert oldest(old) > again
    assert old.account().synced_from == datetime(2026, 5, 10, tzinfo=BERLIN).astimezone(UTC)


def test_it_goes_too_where_the_permission_has_ended(old: House) -> None:
    old.services.privacy.keep_for(old.account_id, 12)
    old.refresh()
    first = oldest(old)
    old.sandbox.grants.revoke_all()
    old.refresh(fault="sign_in_lost")
    assert due(old) == []
    looks_after(old, 40)
    assert oldest(old) > first
    banner = old.services.views.today(old.account_id).frame.banner
    assert banner is not None
    assert banner.code == "sign_in_lost", "the message stands until the user has done something"


def test_it_goes_too_where_google_is_out_of_reach(old: House) -> None:
    old.services.privacy.keep_for(old.account_id, 12)
    old.refresh()
    first = oldest(old)
    old.clock.advance(days=40)
    old.sandbox.faults.add("*", "backendError", times=1_000)
    old.refresh(fault="unavailable")
    assert oldest(old) > first


def test_a_shorter_time_is_kept_at_once_also_without_a_calendar(old: House) -> None:
    old.services.connect.disconnect(old.account_id)
    first = oldest(old)
    old.services.privacy.keep_for(old.account_id, 12)
    assert due(old) == [old.account_id]
    old.services.refresh(old.account_id)
    assert oldest(old) > first


def test_a_look_without_a_calendar_forgets_nothing(old: House) -> None:
    old.services.privacy.keep_for(old.account_id, 12)
    old.services.connect.disconnect(old.account_id)
    first = oldest(old)
    old.services.refresh(old.account_id, dry_run=True)
    assert oldest(old) == first
    assert due(old) == [old.account_id], "what was asked for is still to come"


def test_browsers_that_are_out_of_date_are_forgotten_though_nobody_comes(old: House) -> None:
    old.services.connect.new_session()
    old.services.connect.begin(old.services.connect.new_session())
    old.services.connect.disconnect(old.account_id)
    assert len(old.dump(SessionRow)["sessions"]) > 2
    looks_after(old, 92)
    assert old.dump(SessionRow, SignInRow) == {"sessions": [], "sign_ins": []}


def test_a_changed_turn_goes_with_the_turn_it_replaced(old: House) -> None:
    past, across = "living_20251201T150000Z", "living_20260302T150000Z"
    old.hand.moves(past, datetime(2025, 12, 3, 16, tzinfo=BERLIN))
    old.hand.moves(across, datetime(2026, 2, 27, 16, tzinfo=BERLIN))  # its own day is on this side of the line
    old.refresh()
    assert {past, across} <= ids(old)
    old.services.privacy.keep_for(old.account_id, 12)
    old.refresh()
    assert past not in ids(old)
    assert across in ids(old), "or its turn would come back at its old time"
    with old.services.db.read() as session:
        starts = session.scalars(select(OccurrenceRow.starts_at).where(OccurrenceRow.event_id == "living")).all()
    assert min(starts).astimezone(BERLIN).date() == date(2026, 4, 6)


def test_what_never_took_place_goes_after_a_month(booked: House) -> None:
    coming = booked.hand.store.insert(meeting("Never", MONDAY + timedelta(days=20), "Ada Arbor"))
    booked.refresh()
    booked.hand.store.delete(coming["id"])
    gone = booked.ids()[1]
    booked.hand.deletes(gone)
    booked.refresh()
    assert {coming["id"], gone} <= ids(booked)
    booked.clock.advance(days=29)
    booked.refresh()
    assert coming["id"] in ids(booked)
    booked.clock.advance(days=3)
    booked.refresh()
    assert coming["id"] not in ids(booked)
    assert gone in ids(booked), "a block that the user deleted never returns"


def test_what_could_be_undone_goes_too(booked: House) -> None:
    with booked.services.db.write() as session:
        session.add(UndoRow(key="x", account_id=booked.account_id, created_at=booked.clock(), said=[], steps=[]))
    booked.clock.advance(days=2)
    booked.refresh()
    assert booked.dump(UndoRow) == {"undos": []}


def test_past_blocks_and_lines_go_with_the_rest(old: House) -> None:
    with old.services.db.write() as session:
        row = session.scalars(select(BlockRow)).first()
        assert row is not None
        old_row = {c.name: getattr(row, c.name) for c in BlockRow.__table__.columns if c.name != "id"}
        old_row |= {
            "occurrence": "2025W02.1",
            "event_id": "aaaaa",
            "starts_at": row.starts_at - timedelta(days=700),
            "ends_at": row.ends_at - timedelta(days=700),
        }
        session.add(BlockRow(**old_row))
        session.add(
            JournalRow(account_id=old.account_id, at=row.starts_at - timedelta(days=700), what="moved", text="x")
        )
    count = len(old.rows())
    old.services.privacy.keep_for(old.account_id, 12)
    old.refresh()
    assert len(old.rows()) == count - 1
    assert "moved: x" not in old.journal()


@pytest.mark.parametrize("said", [{}, {"keep": ["11"]}, {"keep": ["-12"]}, {"keep": ["None"]}, {"keep": ["12 "]}])
def test_only_what_is_offered_can_be_chosen(said: dict[str, list[str]]) -> None:
    with pytest.raises(Invalid):
        parse_keep(said)
