"""Values a deployer works with: what is to run, what runs, and what Kabinet knows of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from kabinet_server.domain.kinds import PodStatus


class State(StrEnum):
    """What an engine says a container does."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    RESTARTING = "restarting"
    REMOVING = "removing"
    EXITED = "exited"
    DEAD = "dead"
    UNKNOWN = "unknown"


class GpuKind(StrEnum):
    """Whose accelerators; the words of selectors."""

    CUDA = "cuda"
    ROCM = "rocm"
    ONEAPI = "oneapi"


@dataclass(frozen=True)
class Gpu:
    """One accelerator of this machine; memory in MB, zero where nothing tells it."""

    kind: GpuKind
    #: What the engine and the vendor's tools call it: a UUID, a MIG UUID, a render node.
    id: str
    memory: int = 0
    compute_capability: str = ""
    #: Device files the container needs to see, where the engine has no runtime for it.
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Machine:
    """The hardware of one resource, as probed; memory in MB, frequency in MHz."""

    cpus: int
    arch: str
    memory: int
    frequency: float | None = None
    gpus: tuple[Gpu, ...] = ()
    #: Facts about whole families, e.g. `cuda.version`; already named as qualifiers.
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """What a container may use at most; memory in MB."""

    memory: int = 4096
    cpus: float = 2.0
    pids: int = 512
    shared_memory: int = 64
    log_mb: int = 10
    log_files: int = 3


@dataclass(frozen=True)
class Image:
    """An image that is on the engine."""

    id: str
    #: `repository@sha256:...`, the first the engine knows; empty for one that was never pulled.
    digest: str
    user: str = ""
    volumes: tuple[str, ...] = ()
    has_health_check: bool = False
    bytes: int = 0


@dataclass(frozen=True)
class Spec:
    """A container to make. Secrets stand in `env` and nowhere else."""

    name: str
    image: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    labels: Mapping[str, str]
    limits: Limits
    network: str
    #: Names that resolve inside the container: host name to address.
    hosts: Mapping[str, str] = field(default_factory=dict)
    #: Path inside to name of the volume that is kept over updates.
    volumes: Mapping[str, str] = field(default_factory=dict)
    gpus: tuple[Gpu, ...] = ()
    read_only: bool = False
    user: str | None = None
    stop_seconds: int = 10


@dataclass(frozen=True)
class Container:
    """A container as the engine reports it."""

    id: str
    name: str
    labels: Mapping[str, str]
    state: State
    #: As the engine writes it, to the nanosecond; texts of one engine sort by time.
    created_at: str = ""
    #: When it was started last.
    started_at: str = ""
    exit_code: int = 0
    image: str = ""
    #: Why it did not start or was killed, in the engine's words.
    error: str = ""
    out_of_memory: bool = False
    #: `healthy`, `unhealthy`, `starting`, or empty without a health check.
    health: str = ""


@dataclass(frozen=True)
class Flavour:
    """One build of a release."""

    id: str
    name: str
    image: str
    selectors: tuple[Mapping[str, Any], ...]
    manifest: Mapping[str, Any]
    identifier: str
    version: str
    release: str
    is_channel: bool = False
    platforms: tuple[str, ...] = ()

    @property
    def entrypoint(self) -> str:
        """The module that declares the app."""
        return str(self.manifest.get("entrypoint") or "app")


@dataclass(frozen=True)
class Release:
    """A version of an app with its builds."""

    id: str
    identifier: str
    version: str
    flavours: tuple[Flavour, ...]
    channel: str | None = None


@dataclass(frozen=True)
class Approval:
    """A person's standing consent that a release may run here as them."""

    id: str
    release: str
    mandate: str
    agent: str
    is_active: bool
    revoked_at: datetime | None = None
    #: Backends it is limited to; empty means any.
    backends: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Pod:
    """A container as Kabinet knows it."""

    id: str
    #: The id of the container.
    local_id: str
    status: PodStatus
    deployment: str
    flavour: Flavour
    approval: str | None = None
    #: Which client logged in from it, once one has.
    client: str | None = None


#: Shorter texts stand in every log and tell nobody anything.
_TELLING = 4


@dataclass(frozen=True)
class Values:
    """What people set for an app, by the names its program reads; secrets are never shown."""

    params: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def hidden(self) -> tuple[str, ...]:
        """Return the texts that must not stand in a log that is passed on."""
        return tuple(text for text in map(as_text, self.secrets.values()) if len(text) >= _TELLING)


def as_text(value: Any) -> str:
    """Return a value as a variable of the environment holds it."""
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True)
class Key:
    """A mandate key for one container."""

    secret: str = field(repr=False)
    mandate: str
    client_id: str | None = None


@dataclass(frozen=True)
class Activity:
    """What the app of a client does."""

    is_connected: bool = False
    #: It has work that has not ended.
    is_busy: bool = False
    #: When its last work ended, if it ever had any.
    last: datetime | None = None


@dataclass(frozen=True)
class Resource:
    """A place that takes containers, as declared to Kabinet."""

    id: str
    qualifiers: tuple[tuple[str, str], ...]
