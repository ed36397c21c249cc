"""What is remembered is never other than what would be worked out."""

from __future__ import annotations

from dataclasses import dataclass

from app.languages import language
from scheduler.remembered import remembered
from scheduler.words import _, speaking

asked: list[tuple[int, int]] = []


@dataclass(frozen=True)
class Thing:
    number: int


@remembered
def product(thing: Thing, factor: int, *, more: int = 0) -> int:
    """The product, and more."""
    asked.append((thing.number, factor))
    return thing.number * factor + more


@remembered
def reason(_thing: Thing) -> str:
    return _("Met once so far.")


def test_the_same_question_about_the_same_thing_is_worked_out_once() -> None:
    asked.clear()
    three = Thing(3)
    assert [product(three, 4), product(three, 4), product(three, 4, more=1), product(three, 4)] == [12, 12, 13, 12]
    assert asked == [(3, 4)] * 3
    assert product(Thing(3), 4) == 12  # an equal thing is another one
    assert len(asked) == 4
    assert product.__doc__ == "The product, and more."
    assert three == Thing(3)


def test_a_sentence_is_of_the_language_that_is_spoken() -> None:
    thing = Thing(1)
    english = reason(thing)
    with speaking(language("de")):
        assert reason(thing) != english
    assert reason(thing) == english
