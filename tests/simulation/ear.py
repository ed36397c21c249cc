"""Invariant 8: every line of the log as the service would write it, and what must not stand in one."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from app.logs import JsonFormatter
from tests.simulation.places import PEOPLE

_NAMES = [part for names in PEOPLE.values() for name in names for part in name.split() if len(part) > 6]
_SECRET = re.compile(
    "|".join((r"ya29\.", r"1//0", r"4/0A", r"@\w+\.example", r"word\d", r"note\d", r"promise\d", *_NAMES))
)
_SPEAK_FROM_ERRORS_ON = ("google", "oauthlib", "requests_oauthlib", "urllib3", "httpx", "apscheduler")


class Ear(logging.Handler):
    """Our own lines at every level; of libraries what `app.logs.set_up` lets through."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonFormatter())
        self.leaks: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        ours = record.name.startswith("greenblock")
        least = logging.ERROR if record.name.startswith(_SPEAK_FROM_ERRORS_ON) else logging.WARNING
        if (ours or record.levelno >= least) and (found := _SECRET.search(self.format(record))):
            self.leaks.append(f"{record.name} {record.msg}: {found[0]}")

    @contextmanager
    def listening(self) -> Iterator[None]:
        ours = logging.getLogger("greenblock")
        level = ours.level
        logging.getLogger().addHandler(self)
        ours.setLevel(logging.DEBUG)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(self)
            ours.setLevel(level)
