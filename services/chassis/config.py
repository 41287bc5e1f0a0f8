"""Typed configuration: defaults, then one YAML file, then the environment.

A service derives its own model from `ServiceConfig`. The file named by `BAUHOF_CONFIG` holds one
section per service; `FAKTS__TOKENS__LEEWAY_SECONDS=5` overrides `fakts.tokens.leeway_seconds`.
This is the only module that reads the environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar, cast

import yaml
from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError

CONFIG_FILE_VARIABLE = "BAUHOF_CONFIG"
ENV_SEPARATOR = "__"


class ConfigError(Exception):
    """A configuration key has a value that cannot be used."""

    def __init__(self, key: str, problem: str) -> None:
        self.key = key
        self.problem = problem
        super().__init__(f"{key}: {problem}")


class Section(BaseModel):
    """A group of keys; unknown keys are refused so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseConfig(Section):
    """The service's own PostgreSQL database; no two services share one."""

    host: str = Field("127.0.0.1", description="Host name, or the folder of a unix socket.")
    port: int = Field(5432, ge=1, le=65535, description="Port of the server.")
    name: str = Field("", description="Database name; empty means the name of the service.")
    user: str = Field("", description="Role to log in as; empty means the name of the service.")
    password_file: Path | None = Field(None, description="File that holds the role's password.")
    pool_size: int = Field(8, ge=1, le=200, description="Most connections one process holds.")


class TokensConfig(Section):
    """How access tokens of callers are verified."""

    issuer: str = Field("bauhof", min_length=1, description="Exact `iss` that is trusted.")
    audience: str = Field("", description="Accepted `aud`; empty means the name of the service.")
    jwks_url: str | None = Field(None, description="Where the issuer's public keys are served.")
    jwks_file: Path | None = Field(None, description="A local key set; wins over `jwks_url`.")
    revocations_url: str | None = Field(
        None, description="Where the issuer lists removed clients; empty: not asked."
    )
    revocations_seconds: float = Field(
        15, gt=0, description="How often that list is fetched while tokens come in."
    )
    leeway_seconds: int = Field(30, ge=0, le=600, description="Clock skew that is forgiven.")
    cache_seconds: int = Field(300, ge=1, description="How long a fetched key set is used.")
    refresh_seconds: int = Field(
        10, ge=1, description="Least time between two fetches caused by an unknown key id."
    )
    cached_tokens: int = Field(10_000, ge=0, description="Verified tokens kept in memory.")


class LimitsConfig(Section):
    """Bounds on what one request may ask for."""

    body_bytes: int = Field(4 * 1024 * 1024, ge=1024, description="Largest request body.")
    query_depth: int = Field(40, ge=5, description="Deepest nesting of a GraphQL document.")
    query_cost: int = Field(
        20_000, ge=100, description="Most field selections of a document, fragments expanded."
    )
    query_bytes: int = Field(256 * 1024, ge=1024, description="Longest GraphQL document.")
    page_size: int = Field(100, ge=1, description="Rows of a list when no limit is asked for.")
    page_size_max: int = Field(1000, ge=1, description="Most rows one list call may ask for.")
    websocket_frame_bytes: int = Field(
        64 * 1024 * 1024, ge=64 * 1024, description="Largest websocket message that is read."
    )
    disk_stop_share: float = Field(
        0.95,
        gt=0,
        le=1,
        description="Share of the disk at which calls that write are refused; 1 switches it off.",
    )
    websocket_subscriptions: int = Field(
        100, ge=1, description="Most subscriptions at once on one websocket."
    )


class LogsConfig(Section):
    """What is written to standard error."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least severe level that is written."
    )
    format: Literal["json", "console"] = Field(
        "console", description="`json` is one object per line, for log collectors."
    )


class JobsConfig(Section):
    """Background work."""

    broker_url: str | None = Field(
        None, description="Celery broker; without one the jobs run inside the service process."
    )
    password_file: Path | None = Field(
        None, description="File with the broker's password, which then need not stand in its URL."
    )
    threads: int = Field(2, ge=1, le=32, description="Jobs that run at once inside the process.")


class ServiceConfig(Section):
    """Keys every service has."""

    service: ClassVar[str] = ""

    state_dir: Path = Field(Path(), description="Folder (0700) for keys of this service.")
    public_url: str = Field(
        "http://127.0.0.1:8000", description="Origin of the gateway as users type it."
    )
    allowed_hosts: list[str] = Field(
        default_factory=lambda: ["localhost", "127.0.0.1", "[::1]"],
        description="Host names under which requests are answered.",
    )
    prefix: str = Field("", description="Path below the gateway; empty means `/<service>`.")
    database: DatabaseConfig = Field(default_factory=DatabaseConfig, description="Database.")
    tokens: TokensConfig = Field(default_factory=TokensConfig, description="Token check.")
    limits: LimitsConfig = Field(default_factory=LimitsConfig, description="Request bounds.")
    logs: LogsConfig = Field(default_factory=LogsConfig, description="Logging.")
    jobs: JobsConfig = Field(default_factory=JobsConfig, description="Background work.")

    @property
    def path_prefix(self) -> str:
        """The path below the gateway, with a leading and without a trailing slash."""
        return "/" + (self.prefix.strip("/") or self.service)

    @property
    def audience(self) -> str:
        """The `aud` a token must carry to be accepted here."""
        return self.tokens.audience or self.service


C = TypeVar("C", bound=ServiceConfig)


def load_config(model: type[C], environ: Mapping[str, str] | None = None) -> C:
    """Build a service's configuration; raise `ConfigError` that names the first wrong key."""
    env = os.environ if environ is None else environ
    values = _file_section(env.get(CONFIG_FILE_VARIABLE), model.service)
    prefix = model.service.upper() + ENV_SEPARATOR
    for variable in sorted(env):
        if variable.startswith(prefix):
            path = variable[len(prefix) :].lower().split(ENV_SEPARATOR)
            _put(values, path, env[variable], variable)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join([model.service, *(str(part) for part in first["loc"])])
        raise ConfigError(key, _explain(cast("dict[str, Any]", first))) from None


def current(model: type[C]) -> C:
    """Return the configuration this process was started with."""
    config = settings.BAUHOF_CONFIG
    if not isinstance(config, model):
        raise ConfigError(model.service, f"this process is configured as {type(config).__name__}")
    return config


def _file_section(name: str | None, service: str) -> dict[str, Any]:
    if not name:
        return {}
    path = Path(name)
    try:
        document = yaml.safe_load(path.read_text(encoding="utf8")) or {}
    except OSError as error:
        raise ConfigError(CONFIG_FILE_VARIABLE, f"cannot read {path}: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise ConfigError(CONFIG_FILE_VARIABLE, f"{path} is not YAML: {error}") from None
    if not isinstance(document, dict):
        raise ConfigError(CONFIG_FILE_VARIABLE, f"{path} must hold one section per service")
    section = document.get(service) or {}
    if not isinstance(section, dict):
        raise ConfigError(service, "must be a section with keys")
    return cast("dict[str, Any]", section)


def _put(values: dict[str, Any], path: list[str], text: str, variable: str) -> None:
    for part in path[:-1]:
        inner = values.setdefault(part, {})
        if not isinstance(inner, dict):
            raise ConfigError(variable, f"{part} is a value, not a section")
        values = inner
    try:
        values[path[-1]] = yaml.safe_load(text) if text else None
    except yaml.YAMLError:
        values[path[-1]] = text


def _explain(error: dict[str, Any]) -> str:
    message = str(error["msg"]).lower()
    if error["type"] == "extra_forbidden":
        return "there is no such key"
    if error["type"] == "missing":
        return "is required"
    return f"{message} (got {error['input']!r})"
