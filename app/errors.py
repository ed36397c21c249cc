"""What the service itself can refuse, with words for the person who asked.

GreenblockError        one sentence: what happened, and what to do next
 ├─ ConfigError        a setting is missing or wrong
 ├─ Refused            not allowed, or not possible as asked
 ├─ NotFound           no such thing, or somebody else's: the same answer
 ├─ Invalid            a form or body with problems by field
 └─ NoRoom             a disk takes nothing; nothing was lost
"""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.words import _


class GreenblockError(Exception):
    """`str(error)` is fit to be shown to the user as it is."""


class ConfigError(GreenblockError):
    pass


class Refused(GreenblockError):
    pass


class NotFound(GreenblockError):
    def __init__(self, message: str = "") -> None:
        super().__init__(message or _("There is no such page, or it is not yours. Go back to Today."))


class NoRoom(GreenblockError):
    pass


class Invalid(GreenblockError):
    """`problems`: field name -> sentence."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)
