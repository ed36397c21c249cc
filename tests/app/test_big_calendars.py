"""Calendars that are very big, or meant to do harm: short writes, bounded memory, and all else is read as ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from app.db.engine import Database
from app.db.rowtext import LONGEST_TITLE, MOST_GUESTS, load_event
from app.db.tables import EventRow, OccurrenceRow
from scheduler.recurrence import TURNS_A_DAY
from tests.app.world import OWNER, at, history, meeting
from tests.app.world_house import open_house
from tests.big import SCRIPTS, big_world, first_read

MOST_ROWS = 2_000
"""Rows that one write may hold."""


@contextmanager
def written_at_once(db: Database) -> Iterator[list[int]]:
    """Rows written by each transaction."""
    sizes: list[int] = [0]

    def begin(_connection: Any) -> None:
        sizes.append(0)

    def hear(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.lstrip().startswith(("INSERT", "UPDATE", "DELETE")):
            sizes[-1] += len(parameters) if many else 1

    event.listen(db.engine, "begin", begin)
    event.listen(db.engine, "before_cursor_execute", hear)
    yield sizes
    event.remove(db.engine, "begin", begin)
    event.remove(db.engine, "before_cursor_execute", hear)


def test_no_write_of_a_first_read_is_long(tmp_path: Path) -> None:
    """A page has 1,000 events; a daily series over two years has 750 turns."""
    crowd = [meeting(f"Talk {n}", at(1) - timedelta(days=n % 700, hours=1), "Ada Arbor") for n in range(2_600)]
    series = [
        meeting(f"Standup {n}", at(1) - timedelta(days=729), "Ben Birch", recurrence=["RRULE:FREQ=DAILY"])
        for n in range(6)
    ]
    world = {"user": {"email": OWNER}, "timeZone": "Europe/Berlin", "events": crowd + series}
    with open_house(tmp_path, f"sqlite:///{tmp_path / 'green.db'}", seed=world) as house:
        told: list[str] = []
        with written_at_once(house.services.db) as sizes:
            house.services.refresh(house.account_id, tell=told.append)
        assert sum(sizes) > 2_600 + 6 * 750
        assert max(sizes) <= MOST_ROWS
        assert len([size for size in sizes if size > 400]) > 5
        assert told == ["1000 entries read", "2000 entries read", "2606 entries read"]
        house.services.db.dispose()


def hostile() -> dict[str, dict[str, Any]]:
    """What somebody who means harm may put into a calendar by inviting its owner."""
    crowd = [{"email": f"guest{n}@crowd{n % 90}.example", "responseStatus": "accepted"} for n in range(5_000)]
    me = {"email": OWNER, "responseStatus": "accepted"}
    long_ago = at(1) - timedelta(days=700)
    return {
        "crowd": meeting("Everybody", at(1, 7)) | {"attendees": [*crowd, me]},
        "crowd every hour": meeting("Again", long_ago, recurrence=["RRULE:FREQ=HOURLY"]) | {"attendees": [*crowd, me]},
        "description": meeting("Read me", at(1, 8), "Finn Fir", description="<b>" * 21_000),
        "title": meeting("T" * 60_000, long_ago, "Gina Gum", recurrence=["RRULE:FREQ=DAILY"]),
        "every second": meeting("Tick", long_ago, "Hugo Hazel", recurrence=["RRULE:FREQ=SECONDLY"]),
        "never": meeting("Never", long_ago, "Iris Ironwood", recurrence=["RRULE:FREQ=YEARLY;BYWEEKNO=1;BYMONTH=6"]),
        "dates": meeting("Often", long_ago, recurrence=["RDATE:" + ",".join(["20260301T100000"] * 20_000)]),
        **{script: meeting(script, at(1, 6), "Jan Juniper") for script in SCRIPTS},
    }


def test_what_is_meant_to_harm_is_bounded_and_the_rest_is_read(tmp_path: Path) -> None:
    ids = {what: f"hostile{place}" for place, what in enumerate(hostile())}
    evil = [{"id": ids[what], **body} for what, body in hostile().items()]
    world = {"user": {"email": OWNER}, "timeZone": "Europe/Berlin", "events": [*history(), *evil]}
    with open_house(tmp_path, f"sqlite:///{tmp_path / 'green.db'}", seed=world) as house:
        with written_at_once(house.services.db) as sizes:
            house.save_welcome()
        assert len(house.blocks()) == 4
        assert max(sizes) <= TURNS_A_DAY * 800
        with house.services.db.read() as session:
            events = {row.id: row for row in session.query(EventRow)}
            turns = session.query(OccurrenceRow).filter_by(event_id=ids["crowd every hour"]).count()
        assert turns <= TURNS_A_DAY * 800
        kept = load_event(events[ids["crowd"]].body)
        assert len(kept.attendees) == MOST_GUESTS
        assert any(one.is_self for one in kept.attendees)
        assert len(load_event(events[ids["title"]].body).title) == LONGEST_TITLE
        assert max(len(row.body) for row in events.values()) < 20_000
        titles = {load_event(row.body).title for row in events.values()}
        assert titles >= set(SCRIPTS)
        assert house.account().last_error is None
        house.services.db.dispose()


def test_a_first_read_from_outside(tmp_path: Path) -> None:
    """`make bench` measures 50,000 entries in the same way."""
    measured = first_read(big_world(1_500), tmp_path)
    assert measured.peak_mb < 250
    assert measured.people >= 300, "as many as the welcome page draws"
    assert list(measured.progress) == sorted(measured.progress)
    assert measured.progress[-1] > 0
