"""The settings form: what is shown comes back as it was, and every mistake is said at its field."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Invalid
from app.services.preferences import Preferences
from app.web.forms_settings import FIELDS, SettingsForm, parse_settings, values_of
from scheduler.model import Kind, Rule, ShowAs, Text
from tests.app.web.fakes import PREFERENCES, RULE


def parse(**changes: str | list[str]) -> SettingsForm:
    """The sample form with some fields typed anew; an empty list takes a field away."""
    form = values_of(RULE, PREFERENCES)
    for name, value in changes.items():
        form[name.rstrip("_")] = [value] if isinstance(value, str) else value
    return parse_settings({name: values for name, values in form.items() if values}, RULE, PREFERENCES)


def wrong(**changes: str | list[str]) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        parse(**changes)
    return caught.value.problems


def test_untouched_it_changes_nothing() -> None:
    assert parse() == SettingsForm(rule=RULE, preferences=PREFERENCES)


RULES = st.builds(
    Rule,
    key=st.just("r"),
    weekdays=st.frozensets(st.integers(1, 5), min_size=3),
    times_a_week=st.none() | st.integers(1, 3),
    window_start=st.times(time(8), time(10)).map(lambda at: at.replace(second=0, microsecond=0)),
    window_end=st.just(time(16)),
    ideal=st.just(time(12)),
    shortest=st.integers(5, 60),
    longest=st.integers(60, 240),
    minutes_a_person=st.integers(1, 120),
    buffer=st.integers(0, 30),
    color_id=st.sampled_from(["", "1", "10", "11"]),
    show_as=st.sampled_from(ShowAs),
    private=st.booleans(),
    reminder=st.none() | st.integers(0, 40_320),
    names_in_title=st.booleans(),
    text=st.sampled_from(Text),
)
DATES = st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31))
WISHES = st.builds(
    Preferences,
    zone=st.sampled_from(["", "Europe/Berlin", "America/New_York"]),
    country=st.just("DE"),
    region=st.sampled_from(["", "BY"]),
    paused=st.booleans(),
    paused_from=DATES,
    own=st.lists(st.sampled_from(["a.example", "me@b.example", "münchen.example"]), unique=True).map(tuple),
    client_weeks=st.integers(1, 52),
    former_weeks=st.none() | st.integers(1, 104),
    friend_weeks=st.none() | st.integers(1, 104),
    always=st.sampled_from([(), (Kind.CLIENT,), (Kind.CLIENT, Kind.FRIEND)]),
    tag_weeks=st.lists(
        st.tuples(st.sampled_from(["vip", "key account", "golf 2"]), st.integers(1, 104)), unique_by=lambda one: one[0]
    ).map(tuple),
)


@settings(max_examples=60)
@given(rule=RULES, preferences=WISHES)
def test_what_is_shown_comes_back_as_it_was(rule: Rule, preferences: Preferences) -> None:
    form = values_of(rule, preferences)
    assert parse_settings(form, rule, preferences) == SettingsForm(rule=rule, preferences=preferences)


GARBAGE = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["", "0", "-5", "25:00", "23:59", "00:00", "09:00", "240", "99999999999999999999", "each", "7"]),
    st.sampled_from(["Europe/", "../etc/passwd", "Europe/Berlin", "DE", "ZZ", "2026-02-29", "a@b@c.example", "\ud800"]),
)


@settings(max_examples=200)
@given(changes=st.dictionaries(st.sampled_from(FIELDS), st.lists(GARBAGE, max_size=2), max_size=6))
def test_garbage_parses_or_is_invalid(changes: dict[str, list[str]]) -> None:
    problems = {FIELDS[0]: "None."}
    try:
        parse_settings(values_of(RULE, PREFERENCES) | changes, RULE, PREFERENCES)
    except Invalid as invalid:
        problems = invalid.problems
    assert problems
    assert set(problems) <= set(FIELDS)
    assert all(sentence.endswith(".") for sentence in problems.values())


def test_an_empty_form_is_invalid_and_says_so_in_the_order_of_the_page() -> None:
    with pytest.raises(Invalid) as caught:
        parse_settings({}, RULE, PREFERENCES)
    names = list(caught.value.problems)
    assert names == [name for name in FIELDS if name in names]
    assert names[0] == "day"


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"day": []}, "day", "at least one day"),
        ({"day": ["6", "7"]}, "day", "working day"),
        ({"times": "3"}, "times", "fewer"),
        ({"times": "often"}, "times", "how many"),
        ({"from_": "nine"}, "from", "09:00"),
        ({"from_": "14:00", "to": "12:00"}, "to", "14:30 or later"),
        ({"from_": "23:50", "to": "23:55"}, "from", "before midnight"),
        ({"from_": "19:00", "to": "21:00", "ideal": "19:00"}, "from", "08:30 to 17:30"),
        ({"ideal": "16:15"}, "ideal", "09:00 to 16:00"),
        ({"shortest": "4"}, "shortest", "5 to 240"),
        ({"shortest": "60", "longest": "45"}, "longest", "60 minutes or more"),
        ({"minutes_a_person": "0"}, "minutes_a_person", "1 to 120"),
        ({"color": "12"}, "color", "colour"),
        ({"show_as": "gone"}, "show_as", "others"),
        ({"reminder": "-1"}, "reminder", "reminder"),
        ({"text": "all"}, "text", "written"),
        ({"work_day": []}, "work_day", "working day"),
        ({"work_to": "08:00"}, "work_to", "after 08:30"),
        ({"zone": "Mars/Olympus"}, "zone", "not known"),
        ({"country": "ZZ"}, "country", "list"),
        ({"country": "DE", "region": "Bayern"}, "region", "BY"),
        ({"country": "", "region": "BY"}, "region", "country first"),
        ({"pause_from": "2027-01-06", "pause_until": "2026-12-21"}, "pause_until", "ends before"),
        ({"pause_from": "2026-02-30"}, "pause_from", "not a date"),
        ({"client_weeks": "53"}, "client_weeks", "Write a number of weeks from 1 to 52"),
        ({"own": "okafor.example\nnot a domain!"}, "own", "“not a domain!”"),
        ({"excluded": "sam@"}, "excluded", "“sam@”"),
        ({"excluded": "\n".join(f"d{number}.example" for number in range(501))}, "excluded", "500"),
    ],
)
def test_each_mistake_is_said_at_its_field(changes: dict[str, str | list[str]], field: str, says: str) -> None:
    problems = wrong(**changes)
    assert list(problems) == [field]
    assert says in problems[field]


def test_every_field_reaches_its_place() -> None:
    parsed = parse(
        day=["1", "3", "5"], times="2", from_="10:00", to="15:00", ideal="11:00", shortest="20", longest="40",
        minutes_a_person="20", color="", show_as="late", private=[], reminder="", text="link", names_in_title="on",
        work_day=["1", "2", "3"], work_from="09:00", work_to="16:00", zone="Europe/London", country="DE", region="by",
        pause_from="2026-12-21", pause_until="2027-01-06", paused="on", client_weeks="9",
        own="@B.Example, a.example\na.example", excluded="",
    )  # fmt: skip
    assert parsed.rule == replace(
        RULE, weekdays=frozenset({1, 3, 5}), times_a_week=2, window_start=time(10), window_end=time(15),
        ideal=time(11), shortest=20, longest=40, minutes_a_person=20, color_id="", show_as=ShowAs.LATE, private=False,
        reminder=None, text=Text.LINK, names_in_title=True,
    )  # fmt: skip
    assert parsed.preferences == Preferences(
        zone="Europe/London", work_days=(1, 2, 3), work_start=time(9), work_end=time(16), country="DE", region="BY",
        paused=True, paused_from=date(2026, 12, 21), paused_until=date(2027, 1, 6), own=("b.example", "a.example"),
        excluded=(), client_weeks=9,
    )  # fmt: skip


@pytest.mark.parametrize("line", ["vip 4", "vip: 0 weeks", "vip: 105", ": 4 weeks", "vip: soon"])
def test_a_line_that_is_no_tag_with_a_gap_is_said_at_its_field(line: str) -> None:
    assert list(wrong(tag_weeks=f"golf: 2 weeks\n{line}")) == ["tag_weeks"]


def test_tags_are_written_as_people_write_them() -> None:
    typed = "VIP: every 4 weeks\n#golf = 2\n\nKey  account: 6 Wochen"
    assert parse(tag_weeks=typed).preferences.tag_weeks == (("vip", 4), ("golf", 2), ("key account", 6))
