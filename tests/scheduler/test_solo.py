"""A solo entry that names exactly one known person counts; whatever is unclear counts for nobody."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.model import Attendee, Channel, EventType, Occurrence, Response
from scheduler.solo import Named, SoloEntry, solo_entries

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
ME = Attendee(address="olga@owner.example", is_self=True, is_organizer=True)
PEOPLE = (
    Named(key="marta", names=("Marta Lindqvist",)),
    Named(key="tobias", names=("Tobias Renner", "Toby Renner")),
    Named(key="anna1", names=("Anna Berg",)),
    Named(key="anna2", names=("Anna Tal",)),
    Named(key="zoe", names=("Zoë Müller-Lüdenscheidt",)),
    Named(key="will", names=("Will Call",)),
)


def entry(title: str, *, days: int = -3, **more: Any) -> Occurrence:
    start = NOW + timedelta(days=days)
    return Occurrence(event_id="e1", start=start, end=start + timedelta(minutes=30), title=title, **more)


def read(*entries: Occurrence, **more: Any) -> list[SoloEntry]:
    return solo_entries(entries, PEOPLE, now=NOW, zone=ZONE, **more)


@pytest.mark.parametrize(
    ("title", "who", "channel"),
    [
        ("Call Marta", "marta", Channel.CALL),
        ("call marta", "marta", Channel.CALL),
        ("Marta anrufen", "marta", Channel.CALL),
        ("Anruf bei Marta", "marta", Channel.CALL),
        ("Lunch w/ Marta Lindqvist", "marta", Channel.MEETING),
        ("Marta Lindqvist", "marta", Channel.MEETING),
        ("Lindqvist, Marta", "marta", Channel.MEETING),
        ("Coffee with Marta, 10:30", "marta", Channel.COFFEE),
        ("Kaffee mit Frau Marta Lindqvist (Ferro)", "marta", Channel.COFFEE),
        ("Besuch bei Tobias Renner", "tobias", Channel.VISIT),
        ("Ring Toby back", "tobias", Channel.CALL),
        ("Catch up: Tobias", "tobias", Channel.MEETING),
        ("Mittagessen mit Tobias", "tobias", Channel.MEETING),
        ("Call Marta re the budget", "marta", Channel.CALL),
        ("Call Anna Berg", "anna1", Channel.CALL),
        ("Frühstück mit Zoe", "zoe", Channel.MEETING),
        ("Call Müller-Lüdenscheidt, Zoë", "zoe", Channel.CALL),
    ],
)
def test_one_known_person_is_named(title: str, who: str, channel: Channel) -> None:
    (found,) = read(entry(title))
    assert (found.contact, found.channel, found.on, found.past) == (who, channel, date(2027, 2, 26), True)


@pytest.mark.parametrize(
    "title",
    [
        "Marta",  # a first name alone says nothing of contact
        "Marta budget",
        "Call Anna",  # two are called so
        "Call Marta Stein",  # another surname
        "Call Marta and Tobias",
        "Lunch with Marta Lindqvist, Tobias Renner",
        "Lunch with Marta & somebody",
        "Call Marta's lawyer",
        "Call Peter",
        "Birthday Marta Lindqvist",
        "Geburtstag Marta Lindqvist",
        "Prepare call with Marta",
        "Send invoice to Marta Lindqvist",
        "E-Mail an Marta Lindqvist",
        "Rechnung Marta Lindqvist",
        "Abgesagt: Marta Lindqvist",
        "Call the dentist",
        "Martha Lindqvist",
        "Renner",
        "",
        "Call Marta " + "x" * 120,
    ],
)
def test_what_is_unclear_counts_for_nobody(title: str) -> None:
    assert read(entry(title)) == []


@pytest.mark.parametrize(
    "more",
    [
        {"block_tag": "r/2027W08.1/0"},
        {"private": True},
        {"transparent": True},
        {"response": Response.DECLINED},
        {"type": EventType.OUT_OF_OFFICE},
        {"type": EventType.BIRTHDAY},
        {"type": EventType.FROM_GMAIL},
        {"attendees_omitted": True},
        {"attendees": (ME, Attendee(address="marta@ferro.example"))},
        {"organizer": Attendee(address="boss@owner.example", is_organizer=True)},
    ],
)
def test_entries_that_are_not_the_users_own_do_not_count(more: dict[str, Any]) -> None:
    assert read(entry("Call Marta", **more)) == []


def test_all_day_entries_do_not_count() -> None:
    whole_day = replace(entry("Marta Lindqvist"), start=date(2027, 2, 1), end=date(2027, 2, 2))
    assert read(whole_day) == []


def test_the_user_alone_among_the_attendees_is_still_alone() -> None:
    room = Attendee(address="room@resource.calendar.google.com", is_resource=True)
    assert len(read(entry("Call Marta", attendees=(ME, room), organizer=ME))) == 1
    alias = Attendee(address="olga@alias.example")
    assert read(entry("Call Marta", attendees=(alias,))) == []
    assert len(read(entry("Call Marta", attendees=(alias,)), own={"olga@alias.example"})) == 1


def test_to_come_it_is_booked_and_cancelled_it_is_nothing() -> None:
    (found,) = read(entry("Call Marta", days=4))
    assert not found.past
    assert read(entry("Call Marta", days=4, cancelled=True)) == []
    assert len(read(entry("Call Marta", days=-4, cancelled=True))) == 1  # vanished after it took place


def test_a_weekly_one_is_no_personal_touch() -> None:
    (weekly,) = read(entry("Call Marta", period_days=7.0))
    (monthly,) = read(entry("Call Marta", period_days=28.0))
    assert (weekly.personal, monthly.personal) == (False, True)


def test_a_first_name_that_a_colleague_has_too_is_nobodys() -> None:
    assert read(entry("Call Marta"), strangers=["Marta Colleague"]) == []
    assert len(read(entry("Call Marta Lindqvist"), strangers=["Marta Colleague"])) == 1


def test_a_name_that_is_a_word_of_contact_needs_to_be_whole() -> None:
    assert [one.contact for one in read(entry("Lunch Will Call"))] == ["will"]
    named = [Named(key="tea", names=("Tea Olsen",)), Named(key="kaya", names=("Kaya",))]
    assert solo_entries([entry("Tea with the neighbours")], named, now=NOW, zone=ZONE) == []
    assert [one.contact for one in solo_entries([entry("Coffee Kaya")], named, now=NOW, zone=ZONE)] == ["kaya"]


WORDS = st.sampled_from(
    ["call", "Marta", "Tobias", "Lindqvist", "Renner", "with", "&", ",", "lunch", "Anna", "☐", "10:30"]
)


@settings(max_examples=100)
@given(title=st.lists(WORDS, max_size=7).map(" ".join) | st.text(max_size=40), days=st.integers(-60, 60))
def test_any_title_names_one_known_person_at_most(title: str, days: int) -> None:
    found = read(entry(title, days=days))
    assert len(found) <= 1
    assert all(one.contact in {named.key for named in PEOPLE} for one in found)
    assert read(entry(title, days=days), entry(title, days=days)) == found * 2
