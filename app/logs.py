"""Logs: an event's name and fields, as text or as JSON lines. Never a name, an address, a title, a token or a query.

That holds by construction: a line is put together from the fields of FIELDS and from nothing else, each of its form,
and what libraries say of their own accord is told by its place in their code, not by its words.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime


def _count(value: object) -> object:
    return value if isinstance(value, int | float) else None


def _form(pattern: str) -> Callable[[object], object]:
    form = re.compile(pattern)
    return lambda value: value if isinstance(value, str) and form.fullmatch(value) else None


_word = _form(r"[A-Za-z][A-Za-z0-9_.:-]{0,60}|")

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request that is being answered: drawn by ourselves, hexadecimal, and in its answer's X-Request-Id."""

FIELDS: dict[str, Callable[[object], object]] = {
    "account": _count,  # its number in this database
    "changes": _count,
    "fresh": _count,
    "status": _count,  # of HTTP
    "fault": _word,  # a code of app.services.faults
    "kind": _word,  # of an error: the name of its class
    "method": _word,  # of the calendar
    "reason": _word,  # Google's, such as rateLimitExceeded
    "task": _word,  # of the engine
    "path": _form(r"[/a-z0-9_{}.-]*"),  # of a route, its parameters in braces
}
"""What a line may say: each field with what lets a value of its form through and nothing else."""

_EVENT = re.compile(r"[a-z][a-z0-9_]*")
_OURS = "greenblock"
_IN_THEIR_OWN_WORDS = frozenset({"uvicorn.error"})  # says why it cannot listen, and nothing of a request


def _fields(record: logging.LogRecord) -> dict[str, object]:
    """Of the form they should have; what is not is shown as "?"."""
    found: dict[str, object] = {}
    for name, form in FIELDS.items():
        if name in vars(record):
            value = form(vars(record)[name])
            found[name] = "?" if value is None and vars(record)[name] is not None else value
    if request := request_id.get():
        found["request"] = request
    if _is_foreign(record):
        found |= {"logger": record.name, "at": f"{record.module}:{record.lineno}"}
    return found


def _is_foreign(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] != _OURS and record.name not in _IN_THEIR_OWN_WORDS


def _event(record: logging.LogRecord) -> str:
    if record.name in _IN_THEIR_OWN_WORDS:
        return record.getMessage()
    if _is_foreign(record):
        return "library"
    return record.msg if isinstance(record.msg, str) and _EVENT.fullmatch(record.msg) else "unnamed"


def trace_of(error: BaseException) -> str:
    """Where it broke and the kinds of errors, innermost first, without their words: those may quote a title, an
    address or a row."""
    lines: list[str] = []
    at: BaseException | None = error
    while at is not None and len(lines) < 100:
        lines.append(f"{type(at).__module__}.{type(at).__qualname__}")
        frames = traceback.extract_tb(at.__traceback__)[-12:]
        lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames)]
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return "\n".join(lines)


def _trace(record: logging.LogRecord) -> str:
    return trace_of(record.exc_info[1]) if record.exc_info and record.exc_info[1] else ""


class TextFormatter(logging.Formatter):
    """`12:03:04 INFO refreshed account=1 fresh=0`."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={value}" for name, value in _fields(record).items())
        line = f"{datetime.fromtimestamp(record.created, UTC):%H:%M:%S} {record.levelname} {_event(record)}{fields}"
        return "\n".join(filter(None, (line, _trace(record))))


class JsonFormatter(logging.Formatter):
    """One object a line: at, level, event, and the fields."""

    def format(self, record: logging.LogRecord) -> str:
        body: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "event": _event(record),
            **_fields(record),
        }
        if trace := _trace(record):
            body["trace"] = trace
        return json.dumps(body, default=str, ensure_ascii=False)


def set_up(style: str, *, level: int = logging.INFO) -> None:
    """Everything to stderr, in one style. Libraries speak from warnings on: their lines may hold what ours must not."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("greenblock").setLevel(level)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    # Warnings of these print the whole address of a request, parameters included.
    for noisy in (
        "googleapiclient",
        "google",
        "google_auth_httplib2",
        "oauthlib",
        "requests_oauthlib",
        "urllib3",
        "httpx",
    ):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
