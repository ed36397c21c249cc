"""`serve`, `sandbox`, `demo`: what stays in the foreground until Ctrl-C."""

from __future__ import annotations

import json
import logging
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import uvicorn
from pydantic import SecretStr
from starlette.types import ASGIApp

from app import logs
from app.cli import fail, said_plainly
from app.clock import Clock, clock_from, system_clock
from app.config import DemoSettings, Settings, load_settings
from app.errors import GreenblockError
from app.keys import Keys
from app.main import create_app
from app.wiring import build, keep_for_good
from integrations.sandbox.client import client_secrets
from integrations.sandbox.run import SandboxServer, serve
from integrations.sandbox.seed import SeedError, check_seed, read_seed
from integrations.sandbox.world import sample_world


def run_serve(*, host: str, port: int) -> None:
    settings = load_settings()
    logs.set_up(settings.log)
    must_be_free(host, port)
    with said_plainly("The database cannot be used"):
        services = build(settings)
    print(f"Greenblock is at {settings.public_url}", file=sys.stderr)
    run_app(create_app(services), host, port)


def run_app(app: ASGIApp, host: str, port: int) -> None:
    """Until Ctrl-C or SIGTERM, after either of which the caller's own clearing up still runs.

    The access log stays off: it would print query strings, and those hold codes.
    """
    keep_for_good()
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    uvicorn.run(app, host=host, port=port, access_log=False, log_config=None, server_header=False)


def run_sandbox(*, port: int, seed: Path | None, now: datetime | None) -> None:
    clock = clock_from(now) if now else system_clock
    world = world_of(seed, clock)
    logs.set_up("text", level=logging.WARNING)
    must_be_free("127.0.0.1", port)
    print(f"The sandbox calendar is at http://localhost:{port} (its API at /calendar/v3/, bearer: sandbox)")
    serve(world, host="127.0.0.1", port=port, clock=clock)


def run_demo(*, port: int, seed: Path | None) -> None:
    """Both on loopback. Nothing of a real set-up is read, and everything is forgotten at the end."""
    if port >= 65_535:
        fail("The demo needs two ports, PORT and the one after it: choose a smaller PORT.")
    world = world_of(seed, system_clock)
    logs.set_up("text", level=logging.WARNING)
    must_be_free("127.0.0.1", port)
    must_be_free("127.0.0.1", port + 1)
    calendar = f"http://localhost:{port + 1}"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="greenblock-demo-")))
        stack.enter_context(SandboxServer(world, clock=system_clock, port=port + 1))
        settings = demo_settings(folder, port=port, calendar=calendar)
        services = build(settings, sweep_seconds=2)
        stack.callback(services.db.dispose)
        print(f"\n  Greenblock:            {settings.public_url}   <- open this and press Connect")
        print(f"  the sandbox calendar:  {calendar}\n")
        print("  A made-up world on this machine only; it is forgotten when you press Ctrl-C.\n", flush=True)
        run_app(create_app(services), "127.0.0.1", port)


def demo_settings(folder: Path, *, port: int, calendar: str) -> Settings:
    """Settings that come from nowhere but here. `folder` holds the database and the client's secrets.

    `calendar` is the sandbox's address for browsers. Our own calls go to 127.0.0.1: a bare machine without /etc/hosts
    does not know "localhost" outside a browser.
    """
    public = f"http://localhost:{port}"
    programs = calendar.replace("//localhost", "//127.0.0.1")
    secrets_file = folder / "client_secret.json"
    secrets_file.write_text(json.dumps(client_secrets(calendar, public + "/oauth/callback", programs=programs)))
    return DemoSettings(
        database_url=f"sqlite:///{folder / 'demo.db'}",
        public_url=public,
        secret_key=SecretStr(Keys.generate()),
        google_client_secrets=secrets_file,
        google_openid_configuration=programs + "/.well-known/openid-configuration",
        google_api_endpoint=programs + "/calendar/v3/",
        refresh_seconds=30,
    )


def world_of(seed: Path | None, clock: Clock) -> Mapping[str, object]:
    """The seed file's world, or the sample world as of today."""
    if seed is None:
        return sample_world(today=clock().date())
    try:
        world = read_seed(seed)
        check_seed(world, clock=clock)
    except SeedError as error:
        raise GreenblockError(str(error)) from None
    return world


def must_be_free(host: str, port: int) -> None:
    """Refuse in one sentence where the port is taken."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            fail(f"Port {port} cannot be used ({error.strerror}). Stop what uses it, or choose another port.")
