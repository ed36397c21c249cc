"""Commands that stay in the foreground: ready when they say so, gone at Ctrl-C, without a traceback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.keys import Keys
from integrations.sandbox.client import client_secrets
from tests.running import free_port, plain_client, wait_until

GREENBLOCK = Path(sys.executable).with_name("greenblock")


def start(tmp_path: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GREENBLOCK_")}
    return subprocess.Popen(
        [GREENBLOCK, *words],
        cwd=tmp_path,
        env=clean | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answers(url: str) -> bool:
    try:
        with plain_client() as client:
            return client.get(url).status_code == 200
    except httpx.TransportError:
        return False


def interrupted(process: subprocess.Popen[str], how: int = signal.SIGINT) -> tuple[str, str]:
    """Ctrl-C: gone soon, without a traceback."""
    process.send_signal(how)
    out, err = process.communicate(timeout=30)
    assert "Traceback" not in err, err
    assert process.returncode in {0, 128 + how}
    return out, err


def two_ports() -> int:
    """The first of two neighbours that are free."""
    while True:
        with free_port() as first:
            port: int = first.getsockname()[1]
            with socket.socket() as second:
                try:
                    second.bind(("127.0.0.1", port + 1))
                except OSError:
                    continue
                return port


NASTY: dict[str, Any] = {
    "GREENBLOCK_DATABASE_URL": "sqlite:///real.db",
    "GREENBLOCK_PUBLIC_URL": "https://green.example.com",
    "GREENBLOCK_SECRET_KEY": "not a key",
    "GREENBLOCK_ALLOWED": "nobody@elsewhere.example",
    "GREENBLOCK_ENGINE": "steam",
    "GREENBLOCK_LOG": "loud",
    "GREENBLOCK_REFRESH_SECONDS": "soon",
    "GREENBLOCK_GOOGLE_CLIENT_SECRETS": "/no/such/client_secret.json",
    "GREENBLOCK_GOOGLE_API_ENDPOINT": "https://evil.example/calendar/v3/",
}


def test_the_demo_sees_nothing_of_a_real_set_up(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"GREENBLOCK_DATABASE_URL=sqlite:///real.db\n\xff\xfe")
    port = two_ports()
    with start(tmp_path, "demo", "--port", str(port), **NASTY) as process:
        wait_until(lambda: answers(f"http://localhost:{port}/readyz"), "the demo is ready")
        with plain_client(base_url=f"http://localhost:{port}") as client:
            answer = client.get("/connect")
            assert answer.headers["location"].startswith(f"http://localhost:{port + 1}/o/oauth2/auth?")
            assert answer.headers["set-cookie"].startswith("greenblock_demo=")
        out, err = interrupted(process)
    assert f"http://localhost:{port} " in out
    assert f"http://localhost:{port + 1}\n" in out
    assert err == ""
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


def test_the_sandbox_stops_at_once_and_its_clock_can_be_set(tmp_path: Path) -> None:
    with free_port() as bound:
        port = bound.getsockname()[1]
    with start(tmp_path, "sandbox", "--port", str(port), "--now", "2026-03-10T09:00:00+01:00") as process:
        wait_until(lambda: answers(f"http://localhost:{port}/"), "the sandbox answers")
        with plain_client() as client:
            assert "Tuesday, 10 March 2026, 09:0" in client.get(f"http://localhost:{port}/").text
        interrupted(process)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_serve_stops_at_once(tmp_path: Path, how: signal.Signals) -> None:
    with free_port() as bound:
        port = bound.getsockname()[1]
    secrets = tmp_path / "client_secret.json"
    secrets.write_text(json.dumps(client_secrets("http://localhost:1", f"http://localhost:{port}/oauth/callback")))
    environment = {"GREENBLOCK_SECRET_KEY": Keys.generate(), "GREENBLOCK_PUBLIC_URL": f"http://localhost:{port}"}
    with start(tmp_path, "serve", "--port", str(port), **environment) as process:
        wait_until(lambda: answers(f"http://localhost:{port}/readyz"), "the service is ready")
        with plain_client() as client:
            # No credentials yet: the pages work, and Connect says what is missing.
            answer = client.get(f"http://localhost:{port}/connect")
            assert answer.status_code == 503
            assert "GREENBLOCK_GOOGLE_CLIENT_SECRETS is missing" in answer.text
        out, err = interrupted(process, how)
    assert out == ""
    assert err == f"Greenblock is at http://localhost:{port}\n"
