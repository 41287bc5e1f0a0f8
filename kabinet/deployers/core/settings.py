"""What a deployer is told, and how far an admin may change it from afar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from deployers.core.model import Limits

SYNC_SECONDS = 5.0
_LEAST_SYNC, _MOST_SYNC = 0.5, 3600.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
SYNC_KEY = "docker.sync_interval"


@dataclass(frozen=True)
class Door:
    """How a container reaches the platform."""

    #: What the container is given as `FAKTS_URL`.
    url: str
    #: Names that resolve inside to the address of the door.
    hosts: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_insecure(self) -> bool:
        """Whether the clients refuse it unless they are told that it is all right."""
        parts = urlsplit(self.url)
        return parts.scheme == "http" and (parts.hostname or "") not in _LOOPBACK


@dataclass(frozen=True)
class Settings:
    """What the person who starts a deployer decides."""

    #: What this deployer's containers are known by; kept over restarts.
    engine: str
    #: The identifier of the deployer's app, as approvals name it.
    agent: str
    name: str = "Docker"
    kind: str = "docker"
    device: str = ""
    limits: Limits = field(default_factory=Limits)
    read_only: bool = False
    #: How long a container may take until it runs, or until its health check passes.
    start_seconds: float = 60.0
    #: How long a running app without a health check is waited for to log in.
    settle_seconds: float = 20.0
    sync_seconds: float = SYNC_SECONDS


def with_remote(settings: Settings, values: Mapping[str, object]) -> Settings:
    """Return the settings with what an admin set; a value that makes no sense changes nothing."""
    wanted = values.get(SYNC_KEY)
    if isinstance(wanted, bool) or not isinstance(wanted, int | float | str):
        return settings
    try:
        seconds = float(wanted)
    except ValueError:
        return settings
    if not _LEAST_SYNC <= seconds <= _MOST_SYNC:
        return settings
    return replace(settings, sync_seconds=seconds)
