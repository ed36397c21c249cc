"""Logs: an event name and fields, as text or as JSON lines. Never a name, an address, a title, a token or a query."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


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
        line = (
            f"{datetime.fromtimestamp(record.created, UTC):%H:%M:%S} {record.levelname} {record.getMessage()}{fields}"
        )
        return "\n".join(filter(None, (line, _trace(record))))


class JsonFormatter(logging.Formatter):
    """One object a line: at, level, event, and the fields."""

    def format(self, record: logging.LogRecord) -> str:
        body: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
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
