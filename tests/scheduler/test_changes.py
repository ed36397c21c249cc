"""What is written to the calendar, and what is left to the user."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.changes import (
    Change,
    Create,
    Delete,
    Keep,
    Standing,
    Update,
    Wanted,
    changes,
    event_id,
    guests,
    observe,
    shown_free,
)
from scheduler.model import (
    Attendee,
    Block,
    BlockEvent,
    BlockKey,
    BlockState,
    Event,
    Part,
    Reminders,
    ShowAs,
)
from scheduler.stamp import BY, TAG, WROTE, Stamp, by_hand, stamp_of
from scheduler.wording import WORDINGS

FENCE = WORDINGS["en"].fence
ZONE = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 23, 8, tzinfo=ZONE)
KEY = BlockKey("r", "2026W48.1")
ID = event_id(b"secret", "r", "2026W48.1", 0)
START = datetime(2026, 11, 24, 10, tzinfo=ZONE)
HALF_HOUR = timedelta(minutes=30)

WANT = BlockEvent(
    id=ID,
    start=START,
    end=START + HALF_HOUR,
    zone="Europe/London",
    title="Green block",
    description=f"☐ Marta<br>{FENCE}<br>",
    color_id="10",
    visibility="private",
    transparent=False,
    reminders=Reminders(minutes=(10,)),
    properties={TAG: "r/2026W48.1/0", BY: "here"},
)
BLOCK = Block(key=KEY, start=WANT.start, end=WANT.end, state=BlockState.BOOKED, reason="Tuesday at your usual time.")


class Shelf:
    """A calendar in memory: does what a change says, as Google would."""

    def __init__(self) -> None:
        self.events: dict[str, Event] = {}
        self.writes = 0

    def carry_out(self, todo: list[Change]) -> None:
        for change in todo:
            match change:
                case Create(event=event):
                    assert event.id not in self.events
                    self._write(event, frozenset(Part))
                case Update(event=event, parts=parts, etag=etag):
                    assert self.events[event.id].etag == etag
                    self._write(event, parts)
                case Delete(event_id=gone, etag=etag):
                    assert self.events[gone].etag == etag
                    self.edit(gone, status="cancelled")
                    self.writes += 1

    def _write(self, want: BlockEvent, parts: frozenset[Part]) -> None:
        event = self.events.get(want.id) or Event(id=want.id)
        values: dict[Part, dict[str, object]] = {
            Part.TIME: {"start": want.start, "end": want.end},
            Part.TITLE: {"title": want.title},
            Part.DESCRIPTION: {"description": want.description},
            Part.COLOR: {"color_id": want.color_id},
            Part.VISIBILITY: {"visibility": want.visibility},
            Part.TRANSPARENCY: {"transparent": want.transparent},
            Part.REMINDERS: {"reminders": want.reminders},
            Part.PROPERTIES: {"properties": {k: v for k, v in {**event.properties, **want.properties}.items() if v}},
        }
        self.events[want.id] = event
        self.writes += 1
        for part in parts:
            self.edit(want.id, **values[part])

    def edit(self, which: str, **values: object) -> None:
        event = replace(self.events[which], **values)  # type: ignore[arg-type]  # named fields of Event
        self.events[which] = replace(event, etag=f"{int(event.etag or 0) + 1}")


def shelf() -> Shelf:
    """A calendar in which WANT has just been written."""
    made = Shelf()
    made.carry_out(changes([Wanted(block=BLOCK, event=WANT)], [], now=NOW))
    made.writes = 0
    return made


def standing(shelf: Shelf, **changed: object) -> Standing:
    event = shelf.events.get(ID)
    state = observe(event, BlockState.BOOKED, now=NOW)
    one = Standing(key=KEY, generation=0, event_id=ID, event=event, state=state)
    return replace(one, **changed)  # type: ignore[arg-type]  # named fields of Standing


def difference(want: BlockEvent, made: Shelf, now: datetime = NOW) -> Change:
    [change] = changes([Wanted(block=BLOCK, event=want)], [standing(made)], now=now)
    return change


# -- ids and stamps --------------------------------------------------------------------------------


@settings(max_examples=50)
@given(st.binary(min_size=1, max_size=40), st.text(max_size=20), st.text(max_size=20), st.integers(0, 99))
def test_ids_are_in_googles_alphabet_and_stable(secret: bytes, rule: str, occurrence: str, generation: int) -> None:
    made = event_id(secret, rule, occurrence, generation)
    assert re.fullmatch(r"[a-v0-9]{52}", made)
    assert made == event_id(secret, rule, occurrence, generation)
    assert made != event_id(secret, rule, occurrence, generation + 1)
    assert made != event_id(secret + b"x", rule, occurrence, generation)


def test_an_id_never_changes_between_versions() -> None:
    """Blocks already in calendars are found by it."""
    assert event_id(b"k", "r", "2026W48.1", 0) == "s93fo242tjdhluvgdm0u6nqt9lgutkr10rpdsl7pcufvi7a6ol20"


def test_a_stamp_fits_a_property_and_comes_back() -> None:
    stamp = Stamp.of(replace(WANT, title="T" * 5000, description="D" * 9000))
    assert len(stamp.encode()) < 300
    assert Stamp.parse(stamp.encode()) == stamp


@pytest.mark.parametrize("damaged", ["", "nonsense", "1|a|b", "9" + Stamp.of(WANT).encode()[1:], "|" * 8])
def test_a_damaged_stamp_is_none(damaged: str) -> None:
    assert Stamp.parse(damaged) is None


# -- the difference --------------------------------------------------------------------------------


def test_a_new_block_is_created_with_its_stamp() -> None:
    [change] = changes([Wanted(block=BLOCK, event=WANT)], [], now=NOW)
    assert isinstance(change, Create)
    assert change.reason == "Tuesday at your usual time."
    assert Stamp.parse(change.event.properties[WROTE]) == Stamp.of(WANT)
    assert change.event.properties[TAG] == "r/2026W48.1/0"


def test_nothing_changed_nothing_written() -> None:
    assert difference(WANT, shelf()) == Keep(key=KEY, event_id=ID, reason="It is as it should be.")


def test_the_same_moment_and_text_in_other_clothes_is_no_change() -> None:
    made = shelf()
    made.edit(ID, start=WANT.start.astimezone(UTC), end=WANT.end.astimezone(UTC))
    made.edit(ID, description=f"<html-blob><u></u>☐&nbsp;Marta<br>{FENCE}<br></html-blob>")
    assert isinstance(difference(WANT, made), Keep)


def test_each_part_is_written_alone_with_a_new_stamp() -> None:
    later = {"start": START + HALF_HOUR, "end": START + 2 * HALF_HOUR}
    for part, values in {
        Part.TIME: later,
        Part.TITLE: {"title": "Green block: Marta"},
        Part.DESCRIPTION: {"description": f"☐ Tobias<br>{FENCE}<br>"},
        Part.COLOR: {"color_id": "7"},
        Part.VISIBILITY: {"visibility": "default"},
        Part.TRANSPARENCY: {"transparent": True},
        Part.REMINDERS: {"reminders": Reminders(minutes=None)},
    }.items():
        made = shelf()
        want = replace(WANT, **values)  # type: ignore[arg-type]  # named fields of BlockEvent
        change = difference(want, made)
        assert isinstance(change, Update)
        assert change.parts == {part, Part.PROPERTIES}
        assert change.etag == made.events[ID].etag
        made.carry_out([change])
        assert stamp_of(made.events[ID]) == Stamp.of(want)
        assert not by_hand(made.events[ID], stamp_of(made.events[ID]))
        assert isinstance(difference(want, made), Keep)


HAND = {
    Part.TIME: {"start": START + HALF_HOUR, "end": START + 3 * HALF_HOUR},
    Part.TITLE: {"title": "My focus hour"},
    Part.COLOR: {"color_id": "3"},
    Part.VISIBILITY: {"visibility": "public"},
    Part.TRANSPARENCY: {"transparent": True},
    Part.REMINDERS: {"reminders": Reminders(minutes=(60,))},
}


@pytest.mark.parametrize("part", list(HAND), ids=str)
def test_what_the_user_changed_stays_through_every_later_write(part: Part) -> None:
    made = shelf()
    made.edit(ID, **HAND[part])
    assert difference(WANT, made) == Keep(key=KEY, event_id=ID, reason="You changed it by hand; that stays.")
    everything = replace(
        WANT,
        start=START + timedelta(hours=1),
        end=START + timedelta(hours=2),
        title="Green block: Ines",
        description=f"☐ Ines<br>{FENCE}<br>",
        color_id="9",
        visibility="default",
        transparent=True,
        reminders=Reminders(minutes=(5,)),
    )
    for want in (everything, WANT, everything):
        change = difference(want, made)
        assert isinstance(change, Update)
        assert part not in change.parts
        made.carry_out([change])
        for name, value in HAND[part].items():
            assert getattr(made.events[ID], name) == value
        assert by_hand(made.events[ID], stamp_of(made.events[ID])) == {part}


def test_our_own_move_whose_answer_was_lost_is_not_taken_for_the_users() -> None:
    made = shelf()
    want = replace(WANT, start=START + HALF_HOUR, end=START + 2 * HALF_HOUR)
    made.carry_out([difference(want, made)])  # done by the calendar; we never heard of it
    assert standing(made).state is BlockState.BOOKED
    assert isinstance(difference(want, made), Keep)
    assert isinstance(difference(WANT, made), Update), "and may still be moved by us"


def test_an_event_that_lost_its_stamp_is_the_users_in_every_part_but_the_text() -> None:
    made = shelf()
    made.edit(ID, properties=dict(WANT.properties))
    assert standing(made).state is BlockState.PINNED
    want = replace(WANT, title="Green block: Ines", color_id="9", description=f"☐ Ines<br>{FENCE}<br>")
    change = difference(want, made)
    assert isinstance(change, Update)
    assert change.parts == {Part.DESCRIPTION, Part.PROPERTIES}
    made.carry_out([change])
    assert standing(made).state is BlockState.PINNED
    assert isinstance(difference(want, made), Keep)


def test_a_block_that_has_begun_is_not_written() -> None:
    made = shelf()
    want = replace(WANT, title="Green block: Ines")
    assert isinstance(difference(want, made, now=START), Keep)
    assert changes([], [standing(made)], now=START) == [
        Keep(key=KEY, event_id=ID, reason="It has begun; it is not changed any more.")
    ]


def test_what_is_not_wanted_any_more_goes_with_its_reason() -> None:
    made = shelf()
    [change] = changes([], [standing(made)], now=NOW, reasons={KEY: "No 15 minutes were free."})
    assert isinstance(change, Delete)
    assert (change.key, change.event_id, change.etag) == (KEY, ID, made.events[ID].etag)
    assert change.reason == "No 15 minutes were free."
    assert (change.start, change.end) == (made.events[ID].start, made.events[ID].end)
    made.carry_out([change])
    assert changes([], [standing(made, state=BlockState.RETIRED, retired=True)], now=NOW) == []


@pytest.mark.parametrize("earlier", [timedelta(), timedelta(days=1), -timedelta(days=1)])
def test_a_deletion_that_was_announced_but_not_done_is_finished_before_the_block_comes_back(earlier: timedelta) -> None:
    made = shelf()
    one = standing(made, state=BlockState.RETIRED, retired=True)
    new_id = event_id(b"secret", "r", "2026W48.1", 1)
    start, end = WANT.start - earlier, WANT.end - earlier
    again = Wanted(
        block=replace(BLOCK, generation=1, start=start, end=end), event=replace(WANT, id=new_id, start=start, end=end)
    )
    found = changes([again], [one], now=NOW)
    assert [type(change) for change in found] == [Delete, Create]


def test_a_block_the_user_deleted_is_not_written_again() -> None:
    made = shelf()
    made.edit(ID, status="cancelled")
    assert isinstance(difference(WANT, made), Keep)
    gone = Standing(key=KEY, generation=0, event_id=ID, event=None, state=BlockState.SKIPPED)
    assert isinstance(changes([Wanted(block=BLOCK, event=WANT)], [gone], now=NOW)[0], Keep)


def test_copies_and_other_installations_blocks_are_never_touched() -> None:
    """Only events whose ids we derived are looked at: whatever else the calendar holds is not even passed in."""
    made = shelf()
    made.events["copy"] = replace(made.events[ID], id="copy")
    found = changes([Wanted(block=BLOCK, event=WANT)], [standing(made)], now=NOW)
    assert [change.event_id for change in found if isinstance(change, Keep)] == [ID]


# -- guests ----------------------------------------------------------------------------------------

ME = Attendee(address="me@okafor.example", is_self=True)
GUEST = Attendee(address="marta@ferro.example")
ROOM = Attendee(address="room@okafor.example", is_resource=True)


def test_a_guest_makes_it_the_users_own_meeting_and_our_text_is_taken_out_once() -> None:
    made = shelf()
    made.edit(ID, attendees=(ME, GUEST))
    one = standing(made, below="my agenda")
    assert one.state is BlockState.ADOPTED
    [change] = changes([], [one], now=NOW)
    assert isinstance(change, Update)
    assert change.parts == {Part.DESCRIPTION, Part.PROPERTIES, Part.VISIBILITY}
    assert change.event.visibility == "default"  # "private" was ours; a private entry is no meeting
    made.carry_out([change])
    assert made.events[ID].description == "my agenda"
    assert not made.events[ID].properties
    [after] = changes([], [standing(made, state=BlockState.ADOPTED)], now=NOW)
    assert isinstance(after, Keep)


def test_a_wanted_block_with_a_guest_is_not_written() -> None:
    made = shelf()
    made.edit(ID, attendees=(GUEST,))
    assert isinstance(difference(replace(WANT, title="New"), made), Keep)


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        (Event(id="e"), False),
        (Event(id="e", attendees=(ME,)), False),
        (Event(id="e", attendees=(ME, ROOM)), False),
        (Event(id="e", attendees=(ME, GUEST)), True),
        (Event(id="e", attendees_omitted=True), True),
    ],
    ids=["nobody", "the user", "a room", "a guest", "too many to list"],
)
def test_guests(event: Event, answer: bool) -> None:
    assert guests(event) is answer


# -- where a block stands --------------------------------------------------------------------------

LIVE = shelf().events[ID]
MOVED = replace(LIVE, start=START + HALF_HOUR, end=START + 2 * HALF_HOUR)
GONE = Event(id=ID, status="cancelled")


@pytest.mark.parametrize(
    ("event", "stored", "flags", "now", "state"),
    [
        (LIVE, BlockState.PLANNED, "", NOW, BlockState.BOOKED),
        (LIVE, BlockState.BOOKED, "", NOW, BlockState.BOOKED),
        (MOVED, BlockState.BOOKED, "", NOW, BlockState.PINNED),
        (replace(LIVE, end=START + 3 * HALF_HOUR), BlockState.BOOKED, "", NOW, BlockState.PINNED),
        (
            replace(LIVE, start=date(2026, 11, 24), end=date(2026, 11, 25)),
            BlockState.BOOKED,
            "",
            NOW,
            BlockState.PINNED,
        ),
        (LIVE, BlockState.PINNED, "", NOW, BlockState.BOOKED),
        (GONE, BlockState.BOOKED, "", NOW, BlockState.SKIPPED),
        (GONE, BlockState.PINNED, "", NOW, BlockState.SKIPPED),
        (GONE, BlockState.BOOKED, "retired", NOW, BlockState.RETIRED),
        (GONE, BlockState.HELD, "", NOW, BlockState.HELD),
        (GONE, BlockState.SKIPPED, "", NOW, BlockState.SKIPPED),
        (LIVE, BlockState.SKIPPED, "", NOW, BlockState.BOOKED),
        (MOVED, BlockState.SKIPPED, "", NOW, BlockState.PINNED),
        (LIVE, BlockState.RETIRED, "retired", NOW, BlockState.RETIRED),
        (LIVE, BlockState.RETIRED, "retired taken_away", NOW, BlockState.ADOPTED),
        (None, BlockState.PLANNED, "", NOW, BlockState.PLANNED),
        (None, BlockState.BOOKED, "", NOW, BlockState.SKIPPED),
        (None, BlockState.BOOKED, "retired", NOW, BlockState.RETIRED),
        (None, BlockState.HELD, "", NOW, BlockState.HELD),
        (LIVE, BlockState.BOOKED, "", START + HALF_HOUR, BlockState.HELD),
        (LIVE, BlockState.BOOKED, "", START, BlockState.BOOKED),
        (replace(LIVE, attendees=(GUEST,)), BlockState.BOOKED, "", NOW, BlockState.ADOPTED),
        (LIVE, BlockState.ADOPTED, "", NOW, BlockState.ADOPTED),
        (replace(LIVE, recurrence=("RRULE:FREQ=WEEKLY",)), BlockState.BOOKED, "", NOW, BlockState.ADOPTED),
        (replace(LIVE, properties={}), BlockState.BOOKED, "", NOW, BlockState.ADOPTED),
    ],
    ids=[
        "inserted though we never heard so",
        "as we put it",
        "dragged",
        "resized",
        "made all-day",
        "dragged back",
        "deleted",
        "moved, then deleted",
        "our own deletion",
        "deleted after it was held",
        "still deleted",
        "restored",
        "restored and moved",
        "our deletion not yet done",
        "taken away by us and restored by the user",
        "never written",
        "vanished",
        "vanished after we announced it",
        "held and forgotten",
        "over",
        "under way",
        "a guest",
        "still theirs",
        "made a series",
        "handed over, and our database put back to a day before",
    ],
)
def test_observe(event: Event | None, stored: BlockState, flags: str, now: datetime, state: BlockState) -> None:
    seen = observe(event, stored, retired="retired" in flags, taken_away="taken_away" in flags, now=now)
    assert seen is state


@pytest.mark.parametrize(
    ("policy", "hours_before", "is_free"),
    [
        (ShowAs.BUSY, 100, False),
        (ShowAs.FREE, 1, True),
        (ShowAs.LATE, 25, True),
        (ShowAs.LATE, 24, False),
        (ShowAs.LATE, 1, False),
    ],
)
def test_show_as(policy: ShowAs, hours_before: int, is_free: bool) -> None:
    assert shown_free(policy, START, START - timedelta(hours=hours_before)) is is_free


# -- any hand, any order ---------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(sorted(HAND)).map(lambda part: ("user", part)),
            st.sampled_from(["Green block", "Green block: Ines", "Green block: Tobias"]).map(lambda t: ("title", t)),
            st.sampled_from(["10", "9", ""]).map(lambda c: ("color", c)),
            st.sampled_from([0, 30, 60]).map(lambda m: ("move", m)),
        ),
        max_size=8,
    )
)
def test_whatever_happens_the_users_values_stay_and_then_there_is_rest(steps: list[tuple[str, object]]) -> None:
    made, want, touched = shelf(), WANT, set()
    for what, value in steps:
        match what:
            case "user":
                assert isinstance(value, str)
                made.edit(ID, **HAND[Part(value)])
                touched.add(Part(value))
            case "title":
                want = replace(want, title=str(value))
            case "color":
                want = replace(want, color_id=str(value))
            case _:
                assert isinstance(value, int)
                start = START + timedelta(minutes=value, hours=3)
                want = replace(want, start=start, end=start + HALF_HOUR)
        made.carry_out([difference(want, made)])
        assert isinstance(difference(want, made), Keep)
        for part in touched:
            for name, kept in HAND[part].items():
                assert getattr(made.events[ID], name) == kept
    assert made.events[ID].title == ("My focus hour" if Part.TITLE in touched else want.title)
