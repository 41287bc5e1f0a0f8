"""Configuration of the kabinet service; the keys every service has are in `chassis.config`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

from pydantic import Field, field_validator

from chassis.config import Section, ServiceConfig

_MIB = 1024 * 1024


class SourcesConfig(Section):
    """Where apps come from, and how they are read."""

    default_repos: list[str] = Field(
        default_factory=list,
        description="Repositories of every new organization: `github:user/repo[:branch]` or "
        "`oci:registry/repository[#channel,...]`.",
    )
    git_url: str = Field(
        "https://raw.githubusercontent.com/{user}/{repo}/{branch}/{path}",
        description="Where a file of a git repository is read; takes {user}, {repo}, {branch}, "
        "{path}. Gitea: `https://HOST/{user}/{repo}/raw/branch/{branch}/{path}`; a folder: "
        "`file:///srv/repos/{user}/{repo}/{path}`.",
    )
    git_page: str = Field(
        "https://github.com/{user}/{repo}",
        description="Where people see a git repository; takes {user}, {repo}.",
    )
    allowed_hosts: list[str] = Field(
        default_factory=list,
        description="Host names (with `:port` for one port) that may be read although they are in "
        "a private network, or over plain HTTP.",
    )
    proxy: str | None = Field(
        None,
        description="Forward proxy by which hosts elsewhere are read, `http://HOST:PORT`; what is "
        "in a private network is asked without it.",
    )
    proxy_exceptions: list[str] = Field(
        default_factory=list,
        description="Names, domains, addresses and ranges that are asked without the proxy.",
    )
    registry_hosts: list[str] = Field(
        default_factory=list,
        description="Registries images may come from; empty means any that is public.",
    )
    credentials_file: Path | None = Field(
        None,
        description="JSON file (0600) with logins of registries: "
        '`{"ghcr.io": {"username": "...", "password": "..."}}`.',
    )
    timeout_seconds: float = Field(15, gt=0, description="Longest wait for one answer.")
    file_bytes: int = Field(5 * _MIB, ge=1024, description="Largest deployments file.")
    descriptor_bytes: int = Field(5 * _MIB, ge=1024, description="Largest release descriptor.")
    tags: int = Field(5000, ge=1, description="Most tags of a repository that are looked at.")
    parallel: int = Field(8, ge=1, le=64, description="Requests to one registry at a time.")
    scan_seconds: float = Field(
        3600, gt=0, description="How often a repository is read when all goes well."
    )
    retry_seconds: float = Field(
        60, gt=0, description="Wait after the first failure; doubles with each, up to a day."
    )

    @field_validator("proxy")
    @classmethod
    def _is_a_proxy(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"http://[^@/?#\s]+/?", value):
            raise ValueError("must be http://HOST:PORT, without a login")
        return value

    @field_validator("git_url")
    @classmethod
    def _names_the_file(cls, value: str) -> str:
        if "{path}" not in value:
            raise ValueError("must hold {path}")
        if not value.startswith(("https://", "http://", "file:///")):
            raise ValueError("must start with https://, http:// or file:///")
        return value


class BackendsConfig(Section):
    """How backends are watched."""

    silent_seconds: float = Field(
        30, gt=0, description="Silence of a backend after which the state of its pods is unknown."
    )
    sweep_seconds: float = Field(5, gt=0, description="How often silent backends are looked for.")


class LogDumpsConfig(Section):
    """What is kept of the output of containers."""

    dump_bytes: int = Field(_MIB, ge=1024, description="Most bytes of one dump; its end is kept.")
    dumps_per_pod: int = Field(20, ge=1, description="Most dumps of one pod; the newest are kept.")
    dumps_per_deployment: int = Field(
        50, ge=1, description="Most dumps of all pods of a deployment, those removed included."
    )
    keep_days: float = Field(
        30, gt=0, description="Age at which dumps of pods that were removed are deleted."
    )


class SecretsConfig(Section):
    """How secrets of apps are sealed."""

    key_file: Path | None = Field(
        None, description="File of the key; none means `sealing.key` in the state folder."
    )


class ApprovalsConfig(Section):
    """What has to be approved, and what may be granted."""

    required: bool = Field(
        True, description="Whether a deployment needs an approval; deployers before 5.5 send none."
    )
    mandates_url: str | None = Field(
        None,
        description="GraphQL of fakts, where the mandate of a revoked approval is withdrawn; "
        "empty: whoever revokes withdraws it there.",
    )
    allowed_folders: list[str] = Field(
        default_factory=list,
        description="Folders of hosts that containers may get, with what is below; empty means "
        "any but those of the system.",
    )


class KabinetConfig(ServiceConfig):
    """Keys of the section `kabinet`."""

    service: ClassVar[str] = "kabinet"

    sources: SourcesConfig = Field(default_factory=SourcesConfig, description="Sources of apps.")
    backends: BackendsConfig = Field(default_factory=BackendsConfig, description="Backends.")
    log_dumps: LogDumpsConfig = Field(default_factory=LogDumpsConfig, description="Kept output.")
    secrets: SecretsConfig = Field(default_factory=SecretsConfig, description="Secrets of apps.")
    approvals: ApprovalsConfig = Field(default_factory=ApprovalsConfig, description="Approvals.")
