"""Requests and answers of Calendar v3, held against the discovery document that ships inside google-api-python-client.

    record = Record()
    with SandboxServer(world, wrap=record.around) as sandbox: ...
    assert not record.violations

A request is what our side sends, an answer what the sandbox gives; either can be wrong by itself. Answers that an
injected fault has made are not held against anything (the sandbox marks them).
"""

from __future__ import annotations

import gzip
import json
import re
import threading
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import googleapiclient
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BASE = "/calendar/v3/"
_FAULT = b"x-sandbox-fault"
_OFFSET = re.compile(r"(Z|[+-]\d\d:\d\d)$")
_REASON_KEYS = {"domain", "reason", "message", "locationType", "location", "extendedHelp", "debugInfo"}


@cache
def discovery() -> dict[str, Any]:
    """The document, as the client reads it."""
    path = Path(googleapiclient.__file__).parent / "discovery_cache/documents/calendar.v3.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


@cache
def _methods() -> list[tuple[str, re.Pattern[str], dict[str, Any]]]:
    found = []
    for resource in discovery()["resources"].values():
        for method in resource["methods"].values():
            shape = re.sub(r"\\?\{(\w+)\\?\}", r"(?P<\1>[^/]+)", method["path"])
            found.append((method["httpMethod"], re.compile(shape), method))
    # `events/watch` before `events/{eventId}`
    return sorted(found, key=lambda entry: entry[2]["path"].count("{"))


def method_for(verb: str, raw_path: str) -> dict[str, Any] | None:
    """The document's method for an HTTP verb and a path below the base, still percent-encoded."""
    return next((method for kind, shape, method in _methods() if kind == verb and shape.fullmatch(raw_path)), None)


# --- requests -------------------------------------------------------------------------------------------------------


def check_request(verb: str, raw_path: str, query: str, body: bytes) -> list[str]:
    """What is wrong with a request to `raw_path` (below the base): one line each, empty when nothing is."""
    method = method_for(verb, raw_path)
    if method is None:
        return [f"{verb} {raw_path}: no such method"]
    name = method["id"].removeprefix("calendar.")
    return [f"{name}: {problem}" for problem in (*_query(method, query), *_body(method, verb, body))]


def _query(method: dict[str, Any], query: str) -> list[str]:
    known = discovery()["parameters"] | {
        key: value for key, value in method.get("parameters", {}).items() if value["location"] == "query"
    }
    pairs = parse_qsl(query, keep_blank_values=True)
    problems = [f"unknown parameter {key}" for key, _ in pairs if key not in known]
    for key in {key for key, _ in pairs if key in known}:
        values = [value for given, value in pairs if given == key]
        if len(values) > 1 and not known[key].get("repeated"):
            problems.append(f"parameter {key} is given twice")
        problems += [f"parameter {key}: {why}" for value in values if (why := _parameter(known[key], value))]
    given = {key for key, _ in pairs}
    problems += [
        f"parameter {key} is missing" for key, spec in known.items() if spec.get("required") and key not in given
    ]
    return problems


def _parameter(spec: dict[str, Any], value: str) -> str | None:
    """What is wrong with one value of a parameter."""
    kind = spec["type"]
    if "enum" in spec and value not in spec["enum"]:
        return f"{value!r} is none of {spec['enum']}"
    if kind == "boolean" and value not in ("true", "false"):
        return f"{value!r} is not true or false"
    if kind == "integer":
        if not re.fullmatch(r"-?\d+", value):
            return f"{value!r} is not a number"
        if int(value) < int(spec.get("minimum", -(2**31))) or int(value) > int(spec.get("maximum", 2**31 - 1)):
            return f"{value} is out of range"
    if spec.get("format") == "date-time" and not _is_moment(value, offset=True):
        return f"{value!r} is not an RFC 3339 time with offset"
    return None


def _body(method: dict[str, Any], verb: str, body: bytes) -> list[str]:
    if "request" not in method:
        return ["a body where none belongs"] if body.strip() not in (b"", b"{}") else []
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        return ["the body is not JSON"]
    schema = discovery()["schemas"][method["request"]["$ref"]]
    problems = _value(schema, content, "body", nulls=verb == "PATCH", answer=False)
    for key, spec in schema["properties"].items():
        needed = method["id"] in spec.get("annotations", {}).get("required", ())
        if needed and isinstance(content, dict) and content.get(key) is None:
            problems.append(f"body.{key} is missing")
    return problems


# --- answers --------------------------------------------------------------------------------------------------------


def check_answer(verb: str, raw_path: str, status: int, kind: str, body: bytes) -> list[str]:
    """What is wrong with the answer to a request (its body decompressed, `kind` its content type)."""
    method = method_for(verb, raw_path)
    name = method["id"].removeprefix("calendar.") if method else f"{verb} {raw_path}"
    if status in (204, 304) or (method and "response" not in method and status < 300):
        return [f"{name}: a body where none belongs"] if body else []
    if not kind.startswith("application/json"):
        return [f"{name}: answer {status} is {kind or 'of no type'}, not JSON"]
    try:
        content = json.loads(body)
    except ValueError:
        return [f"{name}: answer {status} is not JSON"]
    if status >= 400:
        return [f"{name}: {problem}" for problem in _error(status, content)]
    if method is None:
        return [f"{name}: answered {status}, but there is no such method"]
    schema = discovery()["schemas"][method["response"]["$ref"]]
    return [f"{name}: {problem}" for problem in _value(schema, content, "answer", nulls=False, answer=True)]


def _error(status: int, content: Any) -> list[str]:
    error = content.get("error") if isinstance(content, dict) else None
    if not isinstance(error, dict) or set(content) != {"error"}:
        return [f"error body without error: {content!r}"]
    problems = []
    if error.get("code") != status:
        problems.append(f"error.code {error.get('code')!r} is not the status {status}")
    if not isinstance(error.get("message"), str) or not isinstance(error.get("errors"), list) or not error["errors"]:
        problems.append("error needs a message and a list of errors")
        return problems
    for entry in error["errors"]:
        if not {"domain", "reason", "message"} <= set(entry) <= _REASON_KEYS:
            problems.append(f"error.errors holds {sorted(entry)}")
    return problems


# --- values ---------------------------------------------------------------------------------------------------------


def _value(spec: dict[str, Any], value: Any, at: str, *, nulls: bool, answer: bool) -> list[str]:
    if "$ref" in spec:
        spec = discovery()["schemas"][spec["$ref"]]
    if value is None:
        return [] if nulls else [f"{at} is null"]
    kind = spec["type"]
    if kind == "any":
        return []
    if kind == "object":
        return _object(spec, value, at, nulls=nulls, answer=answer)
    if kind == "array":
        if not isinstance(value, list):
            return [f"{at} is not a list"]
        return [
            problem
            for place, entry in enumerate(value)
            for problem in _value(spec["items"], entry, f"{at}[{place}]", nulls=False, answer=answer)
        ]
    fits = {
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
    }[kind]
    if not fits:
        return [f"{at} is {value!r}, not a {kind}"]
    return _format(spec, value, at, answer=answer)


def _object(spec: dict[str, Any], value: Any, at: str, *, nulls: bool, answer: bool) -> list[str]:
    if not isinstance(value, dict):
        return [f"{at} is not an object"]
    known, others = spec.get("properties", {}), spec.get("additionalProperties")
    problems = []
    for key, inner in value.items():
        if key in known:
            problems += _value(known[key], inner, f"{at}.{key}", nulls=nulls, answer=answer)
        elif others is not None:
            problems += _value(others, inner, f"{at}.{key}", nulls=nulls, answer=answer)
        else:
            problems.append(f"{at}.{key} is unknown")
    return problems


def _format(spec: dict[str, Any], value: Any, at: str, *, answer: bool) -> list[str]:
    if "enum" in spec and value not in spec["enum"]:
        return [f"{at} is {value!r}, none of {spec['enum']}"]
    match spec.get("format"):
        case "date-time" if not _is_moment(value, offset=answer):
            return [f"{at} is {value!r}, not an RFC 3339 time" + (" with offset" if answer else "")]
        case "date" if not _is_date(value):
            return [f"{at} is {value!r}, not a date"]
        case "int32" if not -(2**31) <= value < 2**31:
            return [f"{at} is {value!r}, too large for int32"]
        case "int64" if not re.fullmatch(r"-?\d{1,19}", str(value)):
            return [f"{at} is {value!r}, not an int64"]
    return []


def _is_moment(value: str, *, offset: bool) -> bool:
    if not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", value) or (offset and not _OFFSET.search(value)):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


# --- recording ------------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Record:
    """What went through, and what of it did not fit. `faulted`: answers made by a fault, not checked.

    `deliberate`: these requests are wrong on purpose, so they do not count in the total of the run.
    """

    deliberate: bool = False
    requests: int = 0
    answers: int = 0
    faulted: int = 0
    request_violations: list[str] = field(default_factory=list)
    answer_violations: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        _RECORDS.append(self)

    @property
    def violations(self) -> list[str]:
        return [*self.request_violations, *self.answer_violations]

    def around(self, app: ASGIApp) -> ASGIApp:
        """The app with a Recorder around it: what SandboxServer takes as `wrap`."""
        return Recorder(app, self)

    def __str__(self) -> str:
        return (
            f"{self.requests} requests and {self.answers} answers held against Google's discovery document "
            f"({self.faulted} more were made by faults): {len(self.violations)} violations"
        )


_RECORDS: list[Record] = []


def total() -> Record:
    """All records of this process together, for the end of the run."""
    made = Record(deliberate=True)
    _RECORDS.remove(made)
    for record in _RECORDS:
        made.requests += record.requests
        made.answers += record.answers
        made.faulted += record.faulted
        made.answer_violations += record.answer_violations
        if not record.deliberate:
            made.request_violations += record.request_violations
    return made


class Recorder:
    """ASGI middleware that checks all calendar requests and answers."""

    def __init__(self, app: ASGIApp, record: Record) -> None:
        self._app = app
        self._record = record

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(BASE):
            await self._app(scope, receive, send)
            return
        asked: list[bytes] = []
        given: list[Message] = []
        checked = False
        whole = cut_off = False

        async def hear() -> Message:
            nonlocal whole, cut_off
            message = await receive()
            if message["type"] == "http.request":
                asked.append(message.get("body", b""))
                whole = not message.get("more_body", False)
            else:
                cut_off = not whole  # who asked was killed in the middle of asking
            return message

        async def tell(message: Message) -> None:
            given.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                check()  # before the caller has the end of the answer and asks for the record
            await send(message)

        def check() -> None:
            nonlocal checked
            if not checked and not cut_off:
                checked = True
                self._check(scope, b"".join(asked), given)

        try:
            await self._app(scope, hear, tell)
        finally:
            check()

    def _check(self, scope: Scope, asked: bytes, given: list[Message]) -> None:
        raw = scope.get("raw_path") or scope["path"].encode()
        path = raw.decode("ascii").partition("?")[0].removeprefix(BASE)
        request = check_request(scope["method"], path, scope["query_string"].decode("ascii"), asked)
        whole = bool(given) and not given[-1].get("more_body", False) and len(given) > 1
        headers = dict(given[0].get("headers", ())) if given else {}
        faulted = not whole or _FAULT in headers
        answer: list[str] = []
        if not faulted:
            body = b"".join(message.get("body", b"") for message in given[1:])
            if headers.get(b"content-encoding") == b"gzip":
                body = gzip.decompress(body)
            kind = headers.get(b"content-type", b"").decode("latin-1")
            answer = check_answer(scope["method"], path, given[0]["status"], kind, body)
        with self._record._lock:
            self._record.requests += 1
            self._record.request_violations += request
            self._record.faulted += faulted
            self._record.answers += not faulted
            self._record.answer_violations += answer
