"""Settings: environment variables that begin with GREENBLOCK_, also from a `.env` file. Names are promises."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from app.errors import ConfigError

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})


class Settings(BaseSettings):
    """What CONTRACT-like docs call settings. Read once, at the start; frozen."""

    model_config = SettingsConfigDict(
        env_prefix="GREENBLOCK_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    database_url: str = "sqlite:///greenblock.db"
    public_url: str = "http://localhost:8000"
    secret_key: SecretStr | None = None
    allowed: str = ""
    google_client_secrets: Path | None = None
    google_openid_configuration: str | None = None
    google_api_endpoint: str | None = None
    engine: Literal["embedded", "distributed"] = "embedded"
    refresh_seconds: int = 900
    quota_a_minute: int = 10_000
    quota_a_day: int = 1_000_000
    log: Literal["text", "json"] = "text"
    metrics_token: SecretStr | None = None

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
        return value

    @field_validator("public_url")
    @classmethod
    def _public_url_is_safe(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"} or parts.query:
            raise ValueError("must be an address such as https://green.example.com, without a path")
        if parts.scheme == "http" and parts.hostname not in LOCAL_HOSTS:
            raise ValueError("must be https unless it is localhost, or cookies and tokens could be read on the way")
        return value.rstrip("/")

    @field_validator("google_api_endpoint")
    @classmethod
    def _endpoint_is_a_base(cls, value: str | None) -> str | None:
        if value is not None and not value.endswith("/calendar/v3/"):
            raise ValueError("must end in /calendar/v3/")
        return value

    @field_validator("refresh_seconds")
    @classmethod
    def _not_too_often(cls, value: int) -> int:
        if not 30 <= value <= 86_400:
            raise ValueError("must be from 30 to 86400 seconds")
        return value

    @field_validator("quota_a_minute", "quota_a_day")
    @classmethod
    def _enough_to_live(cls, value: int) -> int:
        if value < 100:
            raise ValueError("must be at least 100 requests")
        return value

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.google_openid_configuration is None) != (self.google_api_endpoint is None):
            raise ValueError(
                "GREENBLOCK_GOOGLE_OPENID_CONFIGURATION and GREENBLOCK_GOOGLE_API_ENDPOINT are set together or not "
                "at all: real tokens must never go to a foreign server"
            )
        return self

    @model_validator(mode="after")
    def _several_processes_need_a_server(self) -> Self:
        if self.engine == "distributed" and self.database_url.startswith("sqlite"):
            raise ValueError(
                "GREENBLOCK_ENGINE=distributed needs PostgreSQL: set GREENBLOCK_DATABASE_URL to "
                "postgresql+psycopg://…, or unset GREENBLOCK_ENGINE to use the embedded engine"
            )
        return self

    @property
    def is_local(self) -> bool:
        return urlsplit(self.public_url).hostname in LOCAL_HOSTS

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def cookie_name(self) -> str:
        return "__Host-greenblock" if self.is_https else "greenblock"

    @property
    def redirect_uri(self) -> str:
        return self.public_url + "/oauth/callback"

    @property
    def push_address(self) -> str | None:
        """Where Google may tell of changes; it posts to https only, and cannot reach this machine's own loopback."""
        return self.public_url + "/hooks/google" if self.is_https and not self.is_local else None

    @property
    def calendar_is_googles(self) -> bool:
        return self.google_api_endpoint is None


class DemoSettings(Settings):
    """For the demo: what the code says and nothing from the environment, so that it cannot touch a real set-up."""

    model_config = SettingsConfigDict(env_file=None)  # not even opened: it may be unreadable

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

    @property
    def cookie_name(self) -> str:
        return "greenblock_demo"


def load_settings() -> Settings:
    """Settings from the environment. Raises ConfigError with one sentence a problem, naming the variable."""
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigError(" ".join(_sentence(problem) for problem in error.errors())) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The .env file cannot be read ({error}). Mend or remove it.") from None


def _sentence(problem: object) -> str:
    assert isinstance(problem, dict)
    what = str(problem["msg"]).removeprefix("Value error, ")
    if not problem["loc"]:
        return what + "."
    return f"GREENBLOCK_{str(problem['loc'][0]).upper()}: {what[0].lower()}{what[1:]}."
