"""A server that gives the answers it was told to, in order, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

CUT = "cut"
"""As an answer: close the connection without a word."""


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


Answer = Any  # a JSON value (200), (status, JSON value or bytes[, headers]), CUT, or a function of Asked giving one


@dataclass
class Scripted:
    """`answers` are given in turn, the last one again and again; `routes` (by path) come first."""

    base: str = ""
    answers: list[Answer] = field(default_factory=list)
    routes: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if asked.path in self.routes:
            given = self.routes[asked.path]
        else:
            given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return given(asked) if isinstance(given, Callable) else given  # type: ignore[arg-type]  # a plain check


def refusal(status: int, reason: str, **more: Any) -> tuple[int, Any]:
    """An error as Google gives it."""
    entry = {"domain": "calendar", "reason": reason, "message": "secret@example.com", **more}
    return status, {"error": {"errors": [entry], "code": status, "message": "secret@example.com"}}


@contextmanager
def scripted() -> Iterator[Scripted]:
    script = Scripted()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer takes 40 ms

        def _any(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            given = script.answer(Asked(self.command, url.path, dict(parse_qsl(url.query)), self.headers, body))
            if given == CUT:
                self.close_connection = True
                return
            status, value, *headers = given if isinstance(given, tuple) else (200, given)
            content = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(status)
            for name, text in (headers[0] if headers else {}).items():
                self.send_header(name, text)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if status != 204:
                self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _any  # noqa: N815 - http.server's names

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that went away before its answer is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    script.base = f"http://localhost:{server.server_port}"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
