"""Logs: an event name and fields, as text or as JSON lines. Never a name, an address, a title, a token or a query."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


class TextFormatter(logging.Formatter):
    """`12:03:04 INFO refreshed account=1 fresh=0`."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={value}" for name, value in _fields(record).items())
        line = (
            f"{datetime.fromtimestamp(record.created, UTC):%H:%M:%S} {record.levelname} {record.getMessage()}{fields}"
        )
        return line + ("\n" + self.formatException(record.exc_info) if record.exc_info else "")


class JsonFormatter(logging.Formatter):
    """One object a line: at, level, event, and the fields."""

    def format(self, record: logging.LogRecord) -> str:
        body: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            body["trace"] = self.formatException(record.exc_info)
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
    # A warning of googleapiclient prints the whole address of the request, parameters included.
    for noisy in ("googleapiclient", "google_auth_httplib2", "oauthlib", "requests_oauthlib", "httpx", "apscheduler"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
