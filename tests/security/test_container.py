"""What the image and the closed doors of a public service promise, and that the documents name tests that
exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from app.config import Settings
from app.keys import Keys
from app.main import create_app
from app.wiring import build
from tests.running import ask_directly, fastapi_in

ROOT = Path(__file__).resolve().parents[2]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_image_runs_as_nobody_in_particular() -> None:
    last = text_of("Dockerfile").rpartition("\nFROM ")[2]
    assert re.search(r"^USER (?!0\b|root)\S+", last, re.MULTILINE)
    assert "nologin" in last
    assert "PYTHONDONTWRITEBYTECODE=1" in last  # nothing is written beside the code


def test_no_secret_and_no_history_gets_into_the_image() -> None:
    lines = text_of(".dockerignore").splitlines()
    assert "*" in lines  # everything stays out, but for what is named
    named = {line[1:] for line in lines if line.startswith("!")}
    assert not named & {".git", ".env", "client_secret.json", "greenblock.db", "."}
    assert "**/.env" in lines[lines.index("*") :]
    dockerfile = text_of("Dockerfile")
    assert not re.search(r"^(ARG|ENV).*(SECRET|KEY|TOKEN|PASSWORD)", dockerfile, re.MULTILINE | re.IGNORECASE)
    assert not re.search(r"^COPY \. ", dockerfile, re.MULTILINE)
    assert "--require-hashes" in dockerfile


def test_compose_gives_as_little_as_it_can() -> None:
    """Each service by itself, as Docker reads it: anchors and merges are resolved by then."""
    compose = yaml.safe_load(text_of("compose.yaml"))
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["pids_limit"] <= 500, name
        assert "mem_limit" in service, name
        given = {"privileged", "cap_add", "network_mode", "pid", "ipc", "devices", "userns_mode"} & set(service)
        assert not given, name
        assert not [one for one in service.get("volumes", []) if one.startswith(("/", ".", "~"))], name
        assert not re.match(r"(root|0)(:|$)", str(service.get("user", "10001"))), name


def test_compose_shows_the_world_one_port_of_this_machine() -> None:
    compose = yaml.safe_load(text_of("compose.yaml"))
    services = compose["services"]
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)
    # The database meets the service only: in a network that leads nowhere else.
    assert services["database"]["networks"] == ["inside"]
    assert compose["networks"]["inside"]["internal"] is True


def test_compose_knows_no_secret_and_no_default_for_one() -> None:
    compose = yaml.safe_load(text_of("compose.yaml"))
    for name, service in compose["services"].items():
        for key, value in service["environment"].items():
            assert "PASSWORD" not in f"{key} {value}" or "${POSTGRES_PASSWORD:?" in value, name
            assert "SECRET_KEY" not in key, name
    assert all(set(secret) == {"file"} for secret in compose["secrets"].values())


def test_what_is_for_those_who_run_it_is_closed_on_a_public_address(tmp_path: Path) -> None:
    client = {
        "web": {"client_id": "a", "client_secret": "b", "redirect_uris": ["https://green.example.com/oauth/callback"]}
    }
    (tmp_path / "client.json").write_text(json.dumps(client))
    services = build(
        Settings(
            database_url=f"sqlite:///{tmp_path / 'x.db'}",
            public_url="https://green.example.com",
            secret_key=SecretStr(Keys.generate()),
            google_client_secrets=tmp_path / "client.json",
        )
    )
    app = create_app(services, wheel=False)
    try:
        paths = {route.path for route in fastapi_in(app).routes if hasattr(route, "path")}
        for path in ("/docs", "/api/openapi.json", *({"/metrics"} & paths)):
            for said in ({}, {"X-Forwarded-For": "127.0.0.1"}, {"Host": "localhost"}, {"Authorization": "Bearer "}):
                answer = ask_directly(app, "GET", f"https://green.example.com{path}", **said)
                assert answer.status_code in {303, 401, 403, 404}, (path, said)
        for path in ("/healthz", "/readyz"):
            assert len(ask_directly(app, "GET", f"https://green.example.com{path}").text) < 100
    finally:
        services.db.dispose()


@pytest.mark.parametrize("name", ["docs/asvs.md", "SECURITY.md", "docs/privacy.md", "docs/deployment.md"])
def test_what_is_named_exists(name: str) -> None:
    paths = set(re.findall(r"`((?:tests|app|tools|docs|scripts)/[\w./-]+\.\w+)`", text_of(name)))
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []
