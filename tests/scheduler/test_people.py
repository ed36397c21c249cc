"""Who becomes a contact: every rule by name, from calendar events through occurrences to the census."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.model import Acquaintance, Attendee, Event, EventType, LeftOut, Occurrence, Response, WorkingHours
from scheduler.people import REASONS, Census, Identity, PeopleSettings, census, own_domains
from scheduler.recurrence import expand, group
from scheduler.timespan import Span

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 9, tzinfo=BERLIN)  # a Tuesday
WINDOW = Span(NOW - timedelta(days=730), NOW + timedelta(days=35))
HOUR = timedelta(hours=1)
ME = Attendee(address="ines@brandt.example", name="Ines Brandt", response=Response.ACCEPTED, is_self=True)
MARTA = Attendee(address="marta.lindqvist@ferro-sons.example", name="Marta Lindqvist", response=Response.ACCEPTED)
TOM = Attendee(address="tom@okafor.example", name="Tom Okafor", response=Response.ACCEPTED)
HERSELF = PeopleSettings(
    identity=Identity(addresses=frozenset({ME.address}), domains=own_domains(ME.address)),
    zone=BERLIN,
)


def guest(number: int, response: Response = Response.ACCEPTED) -> Attendee:
    return Attendee(address=f"guest{number}@firm{number}.example", name=f"Guest {number}", response=response)


def at(days_ago: int, clock: time = time(10)) -> datetime:
    return datetime.combine((NOW - timedelta(days=days_ago)).date(), clock, BERLIN)


def meeting(start: datetime | date, *others: Attendee, **more: Any) -> Event:
    """An hour (or a day) of the user's with `others`, as the calendar has it."""
    end = start + HOUR if isinstance(start, datetime) else start + timedelta(days=1)
    facts: dict[str, Any] = {
        "id": f"{start:%Y%m%d%H%M}{len(others)}",
        "start": start,
        "end": end,
        "title": "Talk",
        "organizer": ME,
        "attendees": (ME, *others),
    }
    return Event(**(facts | more))


def history(*others: Attendee, **more: Any) -> list[Event]:
    """Enough talks over time for somebody to be sure: four, a month and more apart, on Tuesdays."""
    return [meeting(at(days), *others, **more) for days in (140, 98, 56, 14)]


def taken(events: Iterable[Event], vanished: dict[str, datetime] | None = None) -> list[Occurrence]:
    return [
        occurrence
        for events_of_one in group(events).values()
        for occurrence in expand(events_of_one, WINDOW, vanished=vanished or {})
    ]


def count(events: Iterable[Event], settings: PeopleSettings = HERSELF) -> Census:
    return census(taken(events), settings, NOW)


def contact(result: Census, who: Attendee = MARTA) -> Acquaintance:
    return next(one for one in result.acquaintances if who.address in one.addresses)


def out(result: Census, address: str = MARTA.address) -> LeftOut:
    return next(one for one in result.left_out if one.address == address)


def touched_on(result: Census, who: Attendee = MARTA) -> list[date]:
    return [touch.on for touch in contact(result, who).touches]


def test_whoever_was_met_in_person_becomes_a_contact() -> None:
    result = count(history(MARTA))
    assert result.left_out == ()
    one = contact(result)
    assert (one.name, one.company, one.unsure) == ("Marta Lindqvist", "Ferro Sons", "")
    assert [touch.on for touch in one.touches] == [at(days).date() for days in (140, 98, 56, 14)]
    assert all(touch.personal and touch.source.endswith("/") for touch in one.touches)


# -- 1. The user ------------------------------------------------------------------------------------------


def test_rule_1_the_user_is_no_contact_by_any_address() -> None:
    alias = Attendee(address="i.brandt@old-firm.example")
    marked = Attendee(address="ines@alias.example", is_self=True)
    me_too = replace(HERSELF, identity=Identity(addresses=frozenset({ME.address, alias.address})))
    result = count([*history(alias, MARTA), meeting(at(3), marked, MARTA)], me_too)
    assert [one.address for one in result.acquaintances] == [MARTA.address]
    assert result.left_out == ()


def test_rule_1_colleagues_are_left_out_also_below_the_own_domain() -> None:
    boss = Attendee(address="boss@brandt.example", name="Boss")
    lab = Attendee(address="kim@lab.brandt.example", name="Kim")
    result = count(history(boss, lab, MARTA))
    assert [(one.rule, one.reason) for one in result.left_out] == [
        ("colleague", "A colleague: same address domain as you.")
    ] * 2
    assert all(touch.personal for touch in contact(result).touches), "colleagues are no outsiders"


def test_rule_1_a_free_mail_domain_is_never_own() -> None:
    client = Attendee(address="marta@gmail.com", name="Marta", response=Response.ACCEPTED)
    freelancer = replace(
        HERSELF, identity=Identity(addresses=frozenset({"ines@gmail.com"}), domains=frozenset({"gmail.com", "gmx.de"}))
    )
    assert own_domains("ines@gmail.com") == frozenset()
    assert contact(count(history(client), freelancer), client).company == ""


# -- 2. Nobody's addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("c_188abc@resource.calendar.google.com", "room"),
        ("c_77def@group.calendar.google.com", "calendar"),
        ("team@ferro-sons.example", "list"),
        ("partners@lists.chamber.example", "list"),
        ("no-reply@bahn.example", "automatic"),
        ("calendar@ferro-sons.example", "automatic"),
        ("bookings@hotel.example", "automatic"),
        ("notifications@calendly.com", "automatic"),
        ("support@hoster.example", "desk"),
        ("84912345678@zoomcrc.com", "bridge"),
    ],
)
def test_rule_2_addresses_of_nobody(address: str, rule: str) -> None:
    result = count(history(Attendee(address=address, response=Response.ACCEPTED), MARTA))
    assert (out(result, address).rule, out(result, address).reason) == (rule, REASONS[rule])
    assert contact(result).address == MARTA.address


def test_rule_2_a_room_is_known_by_its_mark_wherever_it_was_seen() -> None:
    room = Attendee(address="blue@ferro-sons.example", name="Blue Room", is_resource=True)
    result = count([*history(MARTA, room), meeting(at(3), replace(room, is_resource=False))])
    assert out(result, room.address).reason == "A room, not a person."
    assert len(touched_on(result)) == 4


def test_rule_2_the_only_address_of_a_small_firm_is_kept() -> None:
    office = Attendee(address="info@okafor.example", response=Response.ACCEPTED)
    assert contact(count(history(office)), office).name == "Okafor"


# -- 3. It did not happen between them --------------------------------------------------------------------


def test_rule_3_cancelled() -> None:
    assert count(history(MARTA, status="cancelled")).attendees == 0
    gone = history(MARTA, status="cancelled")
    seen_gone = {event.id: NOW for event in gone}
    result = census(taken(gone, seen_gone), HERSELF, NOW)
    assert len(touched_on(result)) == 4, "what vanished after its end did take place"


def test_rule_3_declined_by_the_user() -> None:
    declined = replace(ME, response=Response.DECLINED)
    result = count(history(attendees=(declined, MARTA)))
    assert (out(result).rule, out(result).reason) == ("you_declined", "You declined each time.")


def test_rule_3_declined_by_that_attendee() -> None:
    result = count(history(replace(MARTA, response=Response.DECLINED), TOM))
    assert (out(result).rule, out(result).reason) == ("they_declined", "Declined each time.")
    assert len(touched_on(result, TOM)) == 4


def test_rule_3_in_the_future() -> None:
    result = count([meeting(datetime(2026, 12, 3, 10, tzinfo=BERLIN), MARTA)])
    assert (out(result).rule, out(result).reason) == ("future", "You meet on 3 December for the first time.")
    assert touched_on(count([*history(MARTA), meeting(at(-9), MARTA)]))[-1] < NOW.date()


def test_rule_3_a_meeting_still_running_is_not_past() -> None:
    running = meeting(NOW - HOUR / 2, MARTA)
    assert out(count([running])).rule == "future"
    assert len(touched_on(count([*history(MARTA), running]))) == 4
    assert len(contact(count([*history(MARTA), running])).booked) == 1


def test_rule_3_an_organiser_who_does_not_attend() -> None:
    secretary = Attendee(address="office.manager@ferro-sons.example", name="Office", is_organizer=True)
    result = count(history(MARTA, organizer=secretary))
    assert out(result, secretary.address).rule == "absent_organizer"
    assert contact(count(history(MARTA, organizer=MARTA))).address == MARTA.address


# -- 4. Too large -----------------------------------------------------------------------------------------


def test_rule_4_too_large() -> None:
    result = count(history(MARTA, *map(guest, range(10))))  # twelve people
    assert (out(result).rule, out(result).reason) == ("large", "12 guests, too many to be a talk.")
    assert result.acquaintances == ()


def test_rule_4_ten_people_are_not_too_many() -> None:
    assert len(count(history(MARTA, *map(guest, range(8)))).acquaintances) == 9  # and the user: ten
    assert len(count(history(MARTA, *map(guest, range(9)))).acquaintances) == 0
    assert len(count(history(MARTA, *map(guest, range(9))), replace(HERSELF, large=11)).acquaintances) == 10


def test_rule_4_who_was_invited_and_declined_does_not_make_it_large() -> None:
    absent = [guest(number, Response.DECLINED) for number in range(30)]
    assert len(touched_on(count(history(MARTA, *absent)))) == 4


def test_rule_4_the_large_ones_give_no_touch_to_those_also_met_in_a_smaller_one() -> None:
    webinar = meeting(at(7), MARTA, *map(guest, range(30)))
    result = count([*history(MARTA), webinar])
    assert touched_on(result)[-1] == at(14).date()
    assert len(result.left_out) == 30


# -- 5. Not a meeting -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "type_", [EventType.BIRTHDAY, EventType.OUT_OF_OFFICE, EventType.WORKING_LOCATION, EventType.FROM_GMAIL]
)
def test_rule_5_entries_that_are_no_meetings(type_: EventType) -> None:
    assert out(count(history(MARTA, type=type_))).rule == "no_meeting"


def test_rule_5_all_day_entries() -> None:
    result = count([meeting(at(days).date(), MARTA) for days in (140, 98, 56)])
    assert (out(result).rule, result.acquaintances) == ("no_meeting", ())


def test_rule_5_blocks_of_ours() -> None:
    block = meeting(at(14), MARTA, properties={"greenblock": "a/2026W46.1/0"})
    assert count([block]).attendees == 0
    adopted = replace(taken([block])[0], block_tag="")
    assert census([adopted], HERSELF, NOW).attendees == 1


# -- 6, 7, 8 ----------------------------------------------------------------------------------------------


def test_rule_6_a_private_meeting_never_yields_a_contact() -> None:
    result = count(history(MARTA, private=True))
    assert (out(result).rule, result.acquaintances) == ("private", ())
    both = count([*history(MARTA), meeting(at(5), MARTA, private=True)])
    assert touched_on(both)[-1] == at(14).date()


def test_rule_7_only_ever_met_in_the_evening_or_at_weekends() -> None:
    evenings = [meeting(at(days, time(19)), MARTA) for days in (140, 98, 56)]
    saturday = meeting(at(10), MARTA)
    assert at(10).isoweekday() == 6
    result = count([*evenings, saturday])
    assert (out(result).rule, out(result).reason) == ("evenings", "Met only in the evening or at weekends.")
    assert len(touched_on(count([*evenings, saturday, meeting(at(7), MARTA)]))) == 5, "one in the day: all count"


def test_rule_7_is_a_guess_and_the_user_s_word_is_none() -> None:
    """On a journey every meeting of home may look like an evening: nobody whom the user knows is lost by it."""
    evenings = [meeting(at(days, time(19)), MARTA) for days in (140, 98, 56)]
    known = replace(HERSELF, known=frozenset({MARTA.address}))
    assert len(touched_on(count(evenings, known))) == 3
    crowd = meeting(at(7), MARTA, *map(guest, range(30)))
    assert len(touched_on(count([*evenings, crowd], known))) == 3, "a crowd is no talk, whoever was in it"


def test_rule_7_the_evening_begins_where_the_user_says() -> None:
    late = replace(HERSELF, hours=WorkingHours(end=time(20), weekdays=frozenset({1, 2, 6})))
    assert touched_on(count([meeting(at(14, time(19)), MARTA)], late))
    assert touched_on(count([meeting(at(10), MARTA)], late)), "who works on Saturdays meets clients on Saturdays"
    assert touched_on(count([meeting(at(13), MARTA)], late)), "a Wednesday off is no weekend"


def test_rule_7_goes_by_the_user_s_clock() -> None:
    overseas = replace(HERSELF, zone=ZoneInfo("America/New_York"))
    assert touched_on(count([meeting(at(14, time(19)), MARTA)], overseas))


def test_rule_8_unknown_guests_are_not_none() -> None:
    result = count(history(MARTA, attendees_omitted=True))
    assert (out(result).rule, result.acquaintances) == ("hidden_guests", ())


# -- Not sure yet -----------------------------------------------------------------------------------------


def test_not_sure_one_burst() -> None:
    project = [meeting(at(days), MARTA) for days in (103, 99, 96, 90, 85)]
    assert contact(count(project)).unsure == "Met on 5 days within 3 weeks, and not since."
    assert contact(count([*project, meeting(at(20), MARTA)])).unsure == ""
    assert contact(count([meeting(at(days), MARTA) for days in (71, 64, 57, 22)])).unsure == "", "still going on"
    assert contact(count(history(MARTA))).unsure == ""


def test_not_sure_only_among_more_than_three_outsiders() -> None:
    assert contact(count(history(MARTA, guest(1), guest(2), guest(3)))).unsure == "Met only in larger groups."
    assert contact(count(history(MARTA, guest(1), guest(2)))).unsure == ""


def test_not_sure_once_or_twice_so_far() -> None:
    assert contact(count([meeting(at(14), MARTA)])).unsure == "Met once so far."
    assert contact(count([meeting(at(14), MARTA), meeting(at(70), MARTA)])).unsure == "Met twice so far."
    assert contact(count([meeting(at(14, time(hour)), MARTA) for hour in (9, 11, 15)])).unsure == "Met once so far."


# -- Personal and group, booked ---------------------------------------------------------------------------


def test_a_touch_is_personal_with_at_most_two_outsiders() -> None:
    assert all(touch.personal for touch in contact(count(history(MARTA, TOM))).touches)
    assert not any(touch.personal for touch in contact(count(history(MARTA, TOM, guest(1)))).touches)


@pytest.mark.parametrize(("rule", "personal"), [("FREQ=WEEKLY", False), ("FREQ=WEEKLY;INTERVAL=2", True)])
def test_a_weekly_status_call_is_not_personal(rule: str, personal: bool) -> None:
    status = meeting(at(140), MARTA, recurrence=(f"RRULE:{rule}",))
    one = contact(count([status]))
    assert {touch.personal for touch in one.touches} == {personal}
    assert bool(one.booked) == personal


def test_booked_are_personal_meetings_to_come_that_nobody_declined() -> None:
    ahead = at(-9)
    assert contact(count([*history(MARTA), meeting(ahead, MARTA)])).booked == (ahead,)
    for none in (
        meeting(ahead, replace(MARTA, response=Response.DECLINED)),
        meeting(ahead, attendees=(replace(ME, response=Response.DECLINED), MARTA)),
        meeting(ahead, MARTA, TOM, guest(1)),
        meeting(ahead, MARTA, status="cancelled"),
        meeting(ahead, MARTA, private=True),
    ):
        assert contact(count([*history(MARTA), none])).booked == ()


def test_the_same_meeting_copied_twice_is_one_touch() -> None:
    for names in ("ab", "ba"):
        (touch,) = contact(count(meeting(at(14), MARTA, id=name) for name in names)).touches
        assert touch.source == "a/"


# -- The user's word --------------------------------------------------------------------------------------


def test_the_user_may_exclude_an_address_or_a_domain() -> None:
    for excluded in (MARTA.address, "ferro-sons.example"):
        result = count(history(MARTA, TOM), replace(HERSELF, excluded=frozenset({excluded})))
        assert (out(result).rule, out(result).name) == ("excluded", "Marta Lindqvist")
        assert contact(result, TOM)


def test_every_exclusion_can_be_undone() -> None:
    boss = Attendee(address="boss@brandt.example", name="Boss", response=Response.ACCEPTED)
    for events, who, touches in (
        (history(boss), boss, 4),
        (history(MARTA, *map(guest, range(20))), MARTA, 4),
        ([meeting(at(days, time(20)), MARTA) for days in (90, 50)], MARTA, 2),
        (history(Attendee(address="team@ferro.example")), Attendee(address="team@ferro.example"), 4),
        (history(replace(MARTA, response=Response.DECLINED)), MARTA, 0),
        (history(MARTA, private=True), MARTA, 0),
    ):
        assert out(count(events), who.address)
        result = count(events, replace(HERSELF, counted_in=frozenset({who.address})))
        assert len(touched_on(result, who)) == touches
        assert who.address not in {one.address for one in result.left_out}


def test_two_addresses_of_one_person_share_a_history_after_a_merge_and_part_again_without() -> None:
    old = replace(MARTA, address="marta@old-firm.example")
    events = [*history(MARTA), meeting(at(300), old)]
    merged = count(events, replace(HERSELF, same_person={old.address: MARTA.address}))
    (one,) = merged.acquaintances
    assert (one.address, one.addresses) == (MARTA.address, (MARTA.address, old.address))
    assert (len(one.touches), merged.attendees) == (5, 2)
    assert len(count(events).acquaintances) == 2


def test_a_person_with_two_addresses_in_one_meeting_is_one_outsider() -> None:
    second, third = (replace(MARTA, address=f"marta@{name}.example") for name in ("home", "club"))
    same = replace(HERSELF, same_person={second.address: third.address, third.address: MARTA.address})
    (one,) = count(history(MARTA, second, third), same).acquaintances
    assert len(one.touches) == 4
    assert all(touch.personal for touch in one.touches)


def test_the_newest_name_is_told() -> None:
    before = replace(MARTA, name="Marta Berg")
    shy = replace(MARTA, name=MARTA.address)
    assert contact(count([meeting(at(200), before), *history(MARTA), meeting(at(1), shy)])).name == "Marta Lindqvist"


# -- The whole --------------------------------------------------------------------------------------------

_PEOPLE = [
    MARTA,
    TOM,
    replace(TOM, response=Response.DECLINED),
    *map(guest, range(12)),
    Attendee(address="boss@brandt.example"),
    Attendee(address="no-reply@bahn.example"),
    Attendee(address="blue@ferro-sons.example", is_resource=True),
]
_EVENTS = st.lists(
    st.builds(
        lambda number, days, hour, others, more: meeting(at(days, time(hour)), *others, id=f"e{number}", **more),
        st.integers(0, 10**6),
        st.integers(-30, 300),
        st.integers(7, 21),
        st.lists(st.sampled_from(_PEOPLE), max_size=15, unique_by=lambda attendee: attendee.address),
        st.sampled_from(
            [{}, {}, {}, {"private": True}, {"attendees_omitted": True}, {"recurrence": ("RRULE:FREQ=WEEKLY;COUNT=5",)}]
        ),
    ),
    max_size=12,
    unique_by=lambda event: event.id,
)


@settings(max_examples=60, deadline=None)
@given(_EVENTS, st.randoms(use_true_random=False))
def test_the_order_of_events_does_not_matter(events: list[Event], dice: Any) -> None:
    occurrences = taken(events)
    shuffled = [replace(one, attendees=tuple(dice.sample(one.attendees, len(one.attendees)))) for one in occurrences]
    dice.shuffle(shuffled)
    assert census(shuffled, HERSELF, NOW) == census(occurrences, HERSELF, NOW)


@settings(max_examples=60, deadline=None)
@given(_EVENTS)
def test_every_address_is_counted_exactly_once_with_a_reason(events: list[Event]) -> None:
    occurrences = taken(events)
    result = census(occurrences, HERSELF, NOW)
    named = {attendee.address for one in occurrences for attendee in one.attendees} - {ME.address}
    told = [address for one in result.acquaintances for address in one.addresses]
    told += [one.address for one in result.left_out]
    assert sorted(told) == sorted(named)
    assert result.attendees == len(named)
    assert all(one.rule in REASONS and one.reason and "{" not in one.reason for one in result.left_out)
    for one in result.acquaintances:
        assert one.touches
        assert all(touch.on <= NOW.date() for touch in one.touches)
        assert list(one.touches) == sorted(one.touches, key=lambda touch: touch.on)


@settings(max_examples=60, deadline=None)
@given(_EVENTS, st.integers(1, 60))
def test_shifting_all_by_whole_weeks_changes_nothing_else(events: list[Event], weeks: int) -> None:
    by = timedelta(weeks=weeks)
    occurrences = taken(events)
    later = [replace(one, start=one.start + by, end=one.end + by) for one in occurrences]
    before, after = census(occurrences, HERSELF, NOW), census(later, HERSELF, NOW + by)
    moved = tuple(
        replace(
            one,
            touches=tuple(replace(touch, on=touch.on + by) for touch in one.touches),
            booked=tuple((start.astimezone(BERLIN) + by).astimezone(UTC) for start in one.booked),
        )
        for one in before.acquaintances
    )
    assert after.acquaintances == moved
    assert [(one.address, one.rule) for one in after.left_out] == [(one.address, one.rule) for one in before.left_out]


def test_ten_thousand_meetings_are_counted_in_no_time() -> None:
    occurrences = [
        Occurrence(
            event_id=f"e{number}",
            start=(start := at(number % 700, time(8 + number % 9))),
            end=start + HOUR,
            attendees=(ME, *(guest((number * 7 + seat) % 1000) for seat in range(number % 5))),
        )
        for number in range(10_000)
    ]
    began = process_time()
    result = census(occurrences, HERSELF, NOW)
    assert process_time() - began < 2
    assert result.attendees == 1000
