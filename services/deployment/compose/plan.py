"""What the containers of an installation depend on, and what is true of each of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from deployment.catalog import SERVICES, Service
from deployment.config import PostgresSettings, ProxySettings
from deployment.render import STORE_FRONT

Part = dict[str, Any]

IMAGE = "${BAUHOF_IMAGE:-bauhof:latest}"
#: Who the containers run as: never root. Also the owner of the folders they write.
USER = "${BAUHOF_USER:-10001:10001}"
#: Changes with the files the containers read, so that those that read them are made anew.
REVISION = "${BAUHOF_REVISION:-none}"

SERVICE_PORT = 8000
STORE_PORT = 9000
REDIS_PORT = 6379
GATEWAY_PORT = 8080
SECURE_PORT = 8443
PLAIN_PORT = 8081
#: Where the gateway tells its metrics; not published.
METRICS_PORT = 8082

SETTINGS = "/etc/bauhof"
SECRETS = "/run/secrets"
STATE = "/var/lib/bauhof/state"
OBJECTS = "/var/lib/bauhof/objects"
ORDERS = "/run/orders"
HEALTH = "/usr/local/lib/bauhof/healthy.py"
ALIVE = "/tmp/alive"  # noqa: S108 - a file system of the container's own

#: How long a container may take until it is taken for ill: a start on a machine that is busy with
#: everything at once, which an upgrade would otherwise be taken back for.
START_SECONDS = 240

#: Where the engine listens that the deployer uses: not ours, so it gets no label.
ENGINE_SOCKET = "${BAUHOF_ENGINE_SOCKET:-/var/run/docker.sock}"

#: Inside only / the gateway's door / hosts elsewhere.
CORE, DOOR, OUTSIDE = "core", "door", "outside"

#: Megabytes on a machine of 4 GB; larger ones give more.
_MEGABYTES = {
    "postgres": 512,
    "redis": 128,
    "store": 512,
    "service": 448,
    "worker": 512,
    "beat": 384,
    "gateway": 192,
    "migrate": 512,
    "deployer": 384,
    "backup": 384,
}
#: Parts that are started on demand, by the name of their profile in the settings.
PROFILES = {"engine": "deployer", "backup": "backup"}
RESTS = {"condition": "service_healthy"}
DONE = {"condition": "service_completed_successfully"}


@dataclass(frozen=True)
class Plan:
    """Everything the compose file depends on."""

    host: str = "127.0.0.1"
    port: int = 8000
    #: Port for https; None where the gateway speaks plain http.
    secure_port: int | None = None
    #: Port on which plain http is sent on to https, if it is.
    plain_port: int | None = None
    secure_host: str = "0.0.0.0"  # noqa: S104 - https is for other machines
    #: What the gateway reads of the secrets: its certificate and key.
    gateway_secrets: tuple[str, ...] = ()
    #: `front`, `silo`, or the address of a store elsewhere.
    store: str = "front"
    silo_image: str = ""
    memory_gb: int = 4
    #: Jobs have a broker and processes of their own; otherwise the services run them.
    workers: bool = True
    postgres: PostgresSettings = field(default_factory=PostgresSettings)
    proxy: ProxySettings = field(default_factory=ProxySettings)
    services: tuple[Service, ...] = SERVICES
    #: Whose apps the deployer runs, and what it is told besides.
    engine_organization: str = "default"
    engine_variables: tuple[str, ...] = ()
    backup_hours: float = 24.0
    backup_keep: int = 14

    @property
    def stored(self) -> list[Service]:
        """Services with a database."""
        return [service for service in self.services if service.is_django]

    @property
    def working(self) -> list[Service]:
        """Services whose jobs are done by others."""
        return [service for service in self.services if service.has_jobs and self.workers]

    @property
    def has_front(self) -> bool:
        """Our own object store is used."""
        return self.store == "front"

    @property
    def store_is_elsewhere(self) -> bool:
        """The object store is none of the containers."""
        return self.store not in ("front", "silo")


def store_address(store: str) -> tuple[str, int]:
    """Return host and port under which the gateway reaches the object store."""
    if store == "front":
        return STORE_FRONT, STORE_PORT
    if store == "silo":
        return "s3", STORE_PORT
    place = urlsplit(store)
    return place.hostname or "", place.port or 80


def megabytes(plan: Plan, kind: str) -> int:
    """Return the most memory of a container: more on a larger machine."""
    return _MEGABYTES[kind] * (4 if plan.memory_gb >= 16 else 2 if plan.memory_gb >= 8 else 1)


def part(plan: Plan, kind: str, command: Sequence[str], **more: Any) -> Part:
    """Return what is true of every container: no root, no rights, nothing without a bound."""
    made = {
        "image": IMAGE,
        "user": USER,
        "command": list(command),
        "init": True,
        "restart": "unless-stopped",
        "read_only": True,
        "tmpfs": ["/tmp:mode=1777,size=64m"],  # noqa: S108 - the container's own
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "mem_limit": f"{megabytes(plan, kind)}m",
        "pids_limit": 256,
        "stop_grace_period": "30s",
        "logging": {"driver": "json-file", "options": {"max-size": "10m", "max-file": "5"}},
        "labels": {"org.bauhof.revision": REVISION},
        "networks": [CORE],
        **more,
    }
    if "volumes" in made:
        # Shared among containers; other machines than those with SELinux do not look at it.
        made["volumes"] = [_labelled(volume) for volume in made["volumes"]]
    return made


def _labelled(volume: str) -> str:
    if volume.startswith(ENGINE_SOCKET):
        return volume
    return f"{volume},z" if volume.endswith(":ro") else f"{volume}:z"


def command_check(*words: str) -> Part:
    """Return how an engine asks a container by a command."""
    return {
        "test": ["CMD", *words],
        "interval": "3s",
        "timeout": "5s",
        "retries": 6,
        "start_period": f"{START_SECONDS}s",
    }


def answers(port: int, path: str) -> Part:
    """Return how an engine asks a server in a container."""
    return command_check("python3", "-I", "-S", HEALTH, "http", str(port), path)


def python(*words: str) -> list[str]:
    """Return the command of a program of ours."""
    return ["python", "-P", "-m", *words]


def environment() -> dict[str, str]:
    """Return what every program of ours is told."""
    # A home that can be written, for libraries that look for one.
    return {"BAUHOF_CONFIG": f"{SETTINGS}/services.yaml", "HOME": "/tmp"}  # noqa: S108 - its own


def settings_folder() -> str:
    """Return the mount of what was derived from the settings."""
    return f"./rendered:{SETTINGS}:ro"


def touches(seconds: int) -> Part:
    """Return how an engine looks whether a program in a container goes on."""
    words = ("python3", "-I", "-S", HEALTH, "file", ALIVE, str(seconds))
    return command_check(*words)


def bracketed(host: str) -> str:
    """Return an address as it stands before a port."""
    return f"[{host}]" if ":" in host else host
