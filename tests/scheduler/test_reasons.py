"""Reasons, channels and prompts: facts that the person named could read over the user's shoulder."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scheduler.due import Standing, Wishes
from scheduler.model import Cadence, Channel, Contact, Kind, Promise, Reason, Suggestion, Touch
from scheduler.reasons import PROMPTS, PROMPTS_FORMER, PROMPTS_NEW, channel, prompt, reasons, say_gap

ZONE = ZoneInfo("Europe/Berlin")
BLOCK = date(2026, 11, 24)
WISHES = Wishes(tag_cadences={"close": Cadence(ideal=21)})


def touches(*on: date, **more: Any) -> tuple[Touch, ...]:
    return tuple(Touch(on=day, **({"source": "e/"} | more)) for day in on)


def contact(*seen: Touch, **more: Any) -> Contact:
    return replace(Contact(key="marta", name="Marta Lindqvist", kind=Kind.CLIENT, touches=tuple(sorted(seen))), **more)


def standing(of: Contact, wishes: Wishes = WISHES) -> Standing:
    return Standing.of(of, wishes, ZONE)


def said(of: Contact, *, on: date = BLOCK, wishes: Wishes = WISHES) -> list[str]:
    return [reason.text for reason in reasons(standing(of, wishes), on=on)]


EVERY_FIVE_WEEKS = touches(date(2026, 6, 23), date(2026, 7, 28), date(2026, 9, 1), date(2026, 10, 6))
WEEKLY_CALL = touches(*(date(2026, 9, 3) + timedelta(weeks=turn) for turn in range(11)), personal=False)


@pytest.mark.parametrize(
    ("of", "clauses"),
    [
        (contact(), ["never met in your calendar yet"]),
        (contact(*touches(date(2026, 8, 12))), ["in your calendar once so far, 12 August"]),
        (contact(*touches(date(2025, 11, 20))), ["in your calendar once so far, 20 November 2025"]),
        (contact(*EVERY_FIVE_WEEKS), ["last in your calendar 6 October", "usually every 5 weeks"]),
        (contact(*EVERY_FIVE_WEEKS[1:]), ["last in your calendar 6 October"]),  # two gaps are no habit
        (
            contact(*EVERY_FIVE_WEEKS, cadence=Cadence(ideal=56)),
            ["last in your calendar 6 October", "you asked for every 8 weeks"],
        ),
        (
            contact(*EVERY_FIVE_WEEKS, tags=frozenset({"close"})),
            ["last in your calendar 6 October", "you asked for every 3 weeks"],
        ),
        (
            contact(*EVERY_FIVE_WEEKS, Touch(on=date(2026, 10, 20), channel=Channel.CALL, source="hand/1")),
            ["you noted a call on 20 October", "usually every 5 weeks"],
        ),
        (
            contact(*touches(date(2026, 5, 5), date(2026, 8, 12)), *WEEKLY_CALL),
            ["only in the weekly meeting since August"],
        ),
        (contact(*(replace(one, channel=Channel.CALL) for one in WEEKLY_CALL)), ["only in the weekly call so far"]),
        (
            contact(*touches(date(2025, 8, 12)), *touches(date(2026, 3, 2), personal=False)),
            ["only in groups or regular meetings since August 2025"],
        ),
        (contact(*WEEKLY_CALL, *touches(date(2026, 11, 20))), ["last in your calendar 20 November"]),
    ],
)
def test_each_fact_in_its_words(of: Contact, clauses: list[str]) -> None:
    assert said(of) == clauses


@pytest.mark.parametrize(
    ("promise", "clause"),
    [
        (Promise(text="the checklist", due_on=date(2026, 11, 27)), "you promised the checklist by Friday 27 November"),
        (
            Promise(text=" Send the  VAT checklist. ", due_on=date(2026, 11, 27)),
            "you promised: Send the VAT checklist, by Friday 27 November",
        ),
        (Promise(text="an introduction"), "you promised an introduction"),
        (Promise(text="Ana Alder ", thanks=True), "you owe a thank-you for introducing Ana Alder"),
    ],
)
def test_promises_are_told_on_the_page_and_not_in_the_block(promise: Promise, clause: str) -> None:
    found = reasons(standing(contact(*EVERY_FIVE_WEEKS, promises=(promise,))), on=BLOCK)
    assert found[-1].text == clause
    assert [reason.personal for reason in found] == [False, False, True]
    suggestion = Suggestion(contact="marta", reasons=found, channel=Channel.CALL, prompt="")
    assert suggestion.sentence == f"Last in your calendar 6 October; usually every 5 weeks; {clause}."
    assert suggestion.public_sentence == "Last in your calendar 6 October; usually every 5 weeks."


def test_a_promise_of_next_year_is_not_told_yet_and_two_are_enough() -> None:
    later = Promise(text="the plan", due_on=date(2027, 3, 1))
    three = tuple(Promise(text=text) for text in ("c", "b", "a"))
    assert said(contact(promises=(later, *three)))[1:] == ["you promised a", "you promised b"]


def test_words_are_as_of_the_blocks_date_whatever_happens_on_that_day_and_after() -> None:
    before = contact(*EVERY_FIVE_WEEKS)
    after = contact(*EVERY_FIVE_WEEKS, *touches(BLOCK), *touches(BLOCK + timedelta(days=2), personal=False))
    assert said(after)[0] == said(before)[0]
    assert prompt(standing(after), on=BLOCK) == prompt(standing(before), on=BLOCK)
    assert said(before, on=date(2027, 1, 5))[0] == "last in your calendar 6 October 2026"


def test_a_meeting_booked_before_the_block_counts_as_held() -> None:
    booked = contact(*EVERY_FIVE_WEEKS, booked=(datetime(2026, 11, 24, 0, 30, tzinfo=ZONE),))
    assert said(booked, on=date(2026, 12, 24))[0] == "last in your calendar 24 November"


@pytest.mark.parametrize(
    ("days", "words"),
    [(1, "every day"), (3, "every 3 days"), (6, "every week"), (7, "every week"), (14, "every 2 weeks"),
     (35, "every 5 weeks"), (105, "every 15 weeks"), (122, "every 4 months"), (365, "every year"),
     (400, "every 13 months"), (730, "every 2 years")],
)  # fmt: skip
def test_gaps_in_the_unit_in_which_people_say_them(days: int, words: str) -> None:
    assert say_gap(days) == words


def test_nothing_said_is_blame_a_score_or_a_claim_about_talking() -> None:
    everything: list[Reason] = []
    for seen in ((), EVERY_FIVE_WEEKS, EVERY_FIVE_WEEKS[:1], WEEKLY_CALL, (*EVERY_FIVE_WEEKS, *WEEKLY_CALL)):
        everything += reasons(standing(contact(*seen, cadence=Cadence(ideal=10, longest=12), unreached=2)), on=BLOCK)
    words = " ".join([reason.text for reason in everything] + list(PROMPTS + PROMPTS_NEW + PROMPTS_FORMER)).lower()
    for never in ("spoke", "talked", "overdue", "late", "lost", "drift", "neglect", "score", "%", "should", "offer",
                  "sell", "deal", "project", "contract"):  # fmt: skip
        assert never not in words.replace("lately", "")


# -- channels --------------------------------------------------------------------------------------


def keyed(number: int, *seen: Touch, **more: Any) -> Contact:
    return replace(contact(*seen, **more), key=f"c{number}")


def test_a_call_unless_there_is_a_reason_and_a_letter_now_and_then() -> None:
    ways = [channel(standing(keyed(i, *EVERY_FIVE_WEEKS)), on=BLOCK) for i in range(140)]
    assert set(ways) == {Channel.CALL, Channel.LETTER}
    assert 5 <= ways.count(Channel.LETTER) <= 35


def test_after_long_silence_of_a_strong_tie_a_coffee_or_a_visit() -> None:
    strong = touches(*(date(2026, 1, 1) + timedelta(weeks=4 * turn) for turn in range(8)))  # until July
    ways = {channel(standing(keyed(i, *strong)), on=BLOCK) for i in range(40)}
    assert ways == {Channel.COFFEE, Channel.VISIT}


def test_what_they_prefer_but_never_a_third_message_in_a_row() -> None:
    likes = contact(*EVERY_FIVE_WEEKS, preferred=Channel.MESSAGE)
    assert channel(standing(likes), on=BLOCK) is Channel.MESSAGE
    two = touches(date(2026, 10, 10), date(2026, 10, 20), channel=Channel.MESSAGE)
    assert channel(standing(contact(*EVERY_FIVE_WEEKS, *two, preferred=Channel.MESSAGE)), on=BLOCK) is Channel.CALL
    tried = contact(*EVERY_FIVE_WEEKS, *two, preferred=Channel.CALL, tried=True)
    assert channel(standing(tried), on=BLOCK) is Channel.LETTER


@pytest.mark.parametrize("preferred", [None, *Channel])
def test_tried_changes_the_channel(preferred: Channel | None) -> None:
    for number in range(20):
        asked = keyed(number, *EVERY_FIVE_WEEKS, preferred=preferred)
        once = channel(standing(asked), on=BLOCK)
        assert channel(standing(replace(asked, tried=True)), on=BLOCK) is not once


def test_prompts_vary_from_person_to_person_and_suit_them() -> None:
    known = {prompt(standing(keyed(i, *EVERY_FIVE_WEEKS)), on=BLOCK) for i in range(80)}
    assert len(known) > 10
    assert {prompt(standing(keyed(i)), on=BLOCK) for i in range(30)} <= set(PROMPTS_NEW)
    assert all(text.startswith("Ask ") and text.endswith(".") for text in PROMPTS + PROMPTS_NEW + PROMPTS_FORMER)
