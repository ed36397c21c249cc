"""Settings: each mistake is one sentence that names the variable."""

from pathlib import Path

import pytest

from app.config import DemoSettings, Settings, load_settings
from app.errors import ConfigError


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no .env of the machine that runs the tests."""
    import os

    for name in [name for name in os.environ if name.startswith("GREENBLOCK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_the_defaults_are_those_of_the_documentation() -> None:
    settings = load_settings()
    assert settings.database_url == "sqlite:///greenblock.db"
    assert settings.public_url == "http://localhost:8000"
    assert settings.redirect_uri == "http://localhost:8000/oauth/callback"
    assert (settings.engine, settings.refresh_seconds, settings.log) == ("embedded", 900, "text")
    assert settings.secret_key is None
    assert settings.calendar_is_googles


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DATABASE_URL", "mysql://x", "GREENBLOCK_DATABASE_URL: must begin with sqlite:/// or postgresql+psycopg://"),
        ("PUBLIC_URL", "http://green.example.com", "GREENBLOCK_PUBLIC_URL: must be https unless it is localhost"),
        ("PUBLIC_URL", "green.example.com", "GREENBLOCK_PUBLIC_URL: must be an address such as"),
        ("PUBLIC_URL", "https://green.example.com/path", "GREENBLOCK_PUBLIC_URL: must be an address such as"),
        ("REFRESH_SECONDS", "soon", "GREENBLOCK_REFRESH_SECONDS: "),
        ("REFRESH_SECONDS", "1", "GREENBLOCK_REFRESH_SECONDS: must be from 30 to 86400 seconds"),
        ("ENGINE", "steam", "GREENBLOCK_ENGINE: "),
        ("LOG", "loud", "GREENBLOCK_LOG: "),
    ],
)
def test_each_mistake_names_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str) -> None:
    monkeypatch.setenv(f"GREENBLOCK_{name}", value)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert str(caught.value).startswith(says)


@pytest.mark.parametrize("name", ["GOOGLE_OPENID_CONFIGURATION", "GOOGLE_API_ENDPOINT"])
def test_a_foreign_server_is_named_wholly_or_not_at_all(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"GREENBLOCK_{name}", "http://localhost:8001/calendar/v3/")
    with pytest.raises(ConfigError, match="set together or not at all"):
        load_settings()


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENBLOCK_DATABASE_URL", "")
    assert load_settings().database_url == "sqlite:///greenblock.db"


def test_an_env_file_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GREENBLOCK_REFRESH_SECONDS=60\n")
    assert load_settings().refresh_seconds == 60


def test_the_demo_reads_nothing_of_a_real_set_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GREENBLOCK_DATABASE_URL", "sqlite:///real.db")
    monkeypatch.setenv("GREENBLOCK_SECRET_KEY", "real")
    (tmp_path / ".env").write_text("GREENBLOCK_ALLOWED=boss@real.example\n")
    demo = DemoSettings(public_url="http://localhost:8000")
    assert (demo.database_url, demo.secret_key, demo.allowed) == ("sqlite:///greenblock.db", None, "")
    assert demo.cookie_name != Settings().cookie_name


def test_cookies_are_host_bound_on_https(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENBLOCK_PUBLIC_URL", "https://green.example.com/")
    settings = load_settings()
    assert settings.cookie_name == "__Host-greenblock"
    assert settings.redirect_uri == "https://green.example.com/oauth/callback"
    assert not settings.is_local
