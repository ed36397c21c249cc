"""A function that remembers its last answer, on the thing that it was asked about.

From one plan to the next most of what it is made of is as it was: the same history, the same contact, the same day.
Where that thing is still the very same object, what follows from it need not be worked out again; and when it goes,
what was remembered goes with it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec, TypeVar

from scheduler.words import spoken

Thing = TypeVar("Thing")
P = ParamSpec("P")
Answer = TypeVar("Answer")


def remembered(function: Callable[Concatenate[Thing, P], Answer]) -> Callable[Concatenate[Thing, P], Answer]:
    """For a pure function of values, whose first is an object with room for attributes. Its answer may be given to
    several, so nobody may change it. Sentences in it are of the language that is spoken."""
    name = f"_{function.__module__}.{function.__qualname__}"

    def asked(thing: Thing, /, *args: P.args, **kwargs: P.kwargs) -> Answer:
        last, question = thing.__dict__.get(name), (args, kwargs, spoken().code)
        if last is not None and last[0] == question:
            answer: Answer = last[1]
            return answer
        answer = function(thing, *args, **kwargs)
        thing.__dict__[name] = question, answer
        return answer

    update_wrapper(asked, function)
    return asked
