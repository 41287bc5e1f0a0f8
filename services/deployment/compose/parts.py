"""The containers of an installation, derived from the table of services. Pure.

One image holds every program; the command picks the process. Data lies in folders of the home,
so that a backup, a look and a move to another shape need no engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from deployment.catalog import SERVICES, Service
from deployment.config import PostgresSettings
from deployment.postgres import PORT as POSTGRES_PORT
from deployment.postgres import server_options
from deployment.render import AUTHORITY, STORE_FRONT, STORE_USERS

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

SETTINGS = "/etc/bauhof"
SECRETS = "/run/secrets"
STATE = "/var/lib/bauhof/state"
OBJECTS = "/var/lib/bauhof/objects"
ORDERS = "/run/orders"
_CLUSTER = "/var/lib/bauhof/postgres"
_HEALTH = "/usr/local/lib/bauhof/healthy.py"
_ALIVE = "/tmp/alive"  # noqa: S108 - a file system of the container's own

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
}
_RESTS = {"condition": "service_healthy"}
_DONE = {"condition": "service_completed_successfully"}


@dataclass(frozen=True)
class Plan:
    """Everything the compose file depends on."""

    host: str = "127.0.0.1"
    port: int = 8000
    #: Port for https; None where the gateway speaks plain http.
    secure_port: int | None = None
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
    services: tuple[Service, ...] = SERVICES

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


def all_parts(plan: Plan) -> dict[str, Part]:
    """Return every container by its name, in the order in which they start."""
    parts = {"postgres": _postgres(plan)}
    if plan.workers:
        parts["redis"] = _redis(plan)
    if plan.has_front:
        parts[STORE_FRONT] = _front(plan)
    elif plan.store == "silo":
        parts["s3"] = _silo(plan)
    parts["migrate"] = _migrate(plan)
    parts |= {service.name: _service(plan, service) for service in plan.stored}
    if plan.workers:
        parts |= {name: _jobs(plan, name) for name in ("worker", "beat")}
    parts["gateway"] = _gateway(plan, [*parts])
    return parts


def megabytes(plan: Plan, kind: str) -> int:
    """Return the most memory of a container: more on a larger machine."""
    return _MEGABYTES[kind] * (4 if plan.memory_gb >= 16 else 2 if plan.memory_gb >= 8 else 1)


def _part(plan: Plan, kind: str, command: Sequence[str], **more: Any) -> Part:
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
    return f"{volume},z" if volume.endswith(":ro") else f"{volume}:z"


def _check(*words: str, start_seconds: int = 60) -> Part:
    return {
        "test": ["CMD", *words],
        "interval": "3s",
        "timeout": "5s",
        "retries": 6,
        "start_period": f"{start_seconds}s",
    }


def _answers(port: int, path: str) -> Part:
    return _check("python3", "-I", "-S", _HEALTH, "http", str(port), path)


def _python(*words: str) -> list[str]:
    return ["python", "-P", "-m", *words]


def _environment() -> dict[str, str]:
    # A home that can be written, for libraries that look for one.
    return {"BAUHOF_CONFIG": f"{SETTINGS}/services.yaml", "HOME": "/tmp"}  # noqa: S108 - its own


def _settings() -> str:
    return f"./rendered:{SETTINGS}:ro"


def _state(services: Sequence[Service]) -> list[str]:
    return [f"./state/{service.name}:{STATE}/{service.name}" for service in services]


def _postgres(plan: Plan) -> Part:
    most = megabytes(plan, "postgres")
    options = {
        **server_options(plan.postgres),
        "listen_addresses": "*",
        "hba_file": f"{SETTINGS}/pg_hba.conf",
        # A quarter of what the container may have.
        "shared_buffers": f"{max(plan.postgres.shared_buffers_mb, most // 4)}MB",
    }
    words = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
    return _part(
        plan,
        "postgres",
        ["postgres", "-D", _CLUSTER, "-k", "/run/postgres", "-p", str(POSTGRES_PORT), *words],
        volumes=[f"./postgres:{_CLUSTER}", "./run/postgres:/run/postgres", _settings()],
        # Fast shutdown: sessions are ended, data is written out.
        stop_signal="SIGINT",
        stop_grace_period="60s",
        # The user of the container has no name, so one is said.
        healthcheck=_check(
            *("pg_isready", "-q", "-h", "/run/postgres", "-U", "postgres", "-d", "postgres"),
            start_seconds=120,
        ),
    )


def _redis(plan: Plan) -> Part:
    check = "redis-cli -h 127.0.0.1 ping | grep -q -e PONG -e NOAUTH"
    return _part(
        plan,
        "redis",
        ["redis-server", f"{SETTINGS}/redis.conf"],
        volumes=["./redis:/var/lib/bauhof/redis", _settings()],
        secrets=["redis.acl"],
        healthcheck={**_check(), "test": ["CMD-SHELL", check]},
    )


def _front(plan: Plan) -> Part:
    address = ("--host", "0.0.0.0", "--port", str(STORE_PORT))  # noqa: S104 - a closed network
    return _part(
        plan,
        "store",
        _python("chassis.objectstore.front", *address),
        environment=_environment(),
        volumes=[
            f"./objects:{OBJECTS}",
            f"./state/{STORE_FRONT}:{STATE}/{STORE_FRONT}",
            _settings(),
        ],
        secrets=[STORE_FRONT],
        healthcheck=_answers(STORE_PORT, "/minio/health/live"),
    )


def _silo(plan: Plan) -> Part:
    part = _part(
        plan,
        "store",
        ["minio", "server", "/data"],
        environment={
            "MINIO_ROOT_USER_FILE": f"{SECRETS}/s3-access",
            "MINIO_ROOT_PASSWORD_FILE": f"{SECRETS}/s3-secret",
        },
        volumes=["./s3:/data"],
        secrets=["s3-access", "s3-secret"],
        healthcheck=_check("curl", "-fsS", f"http://127.0.0.1:{STORE_PORT}/minio/health/live"),
    )
    return part | {"image": plan.silo_image}


def _migrate(plan: Plan) -> Part:
    packages = [service.package for service in plan.stored]
    return _part(
        plan,
        "migrate",
        _python("chassis.migrate", *packages),
        environment=_environment(),
        restart="no",
        volumes=[*_state(plan.stored), _settings()],
        secrets=[f"database-{service.name}" for service in plan.stored] + _store_secrets(plan),
        depends_on={"postgres": _RESTS} | dict.fromkeys(_store(plan), _RESTS),
        # It ends, so there is nothing to ask it.
        healthcheck={"disable": True},
    )


def _store(plan: Plan) -> list[str]:
    return [] if plan.store_is_elsewhere else [store_address(plan.store)[0]]


def _store_secrets(plan: Plan) -> list[str]:
    return [STORE_FRONT] if plan.has_front else ["s3-access", "s3-secret"]


def _service(plan: Plan, service: Service) -> Part:
    uses_store = service.name in STORE_USERS
    goes_out = service.goes_out or (uses_store and plan.store_is_elsewhere)
    secrets = [f"database-{service.name}"] + (_store_secrets(plan) if uses_store else [])
    if service in plan.working:
        secrets.append(f"redis-{service.name}")
    waits = {"migrate": _DONE, "postgres": _RESTS}
    waits |= {name: _RESTS for name in _store(plan) if uses_store}
    orders = [f"./run/orders:{ORDERS}"] if service.name == AUTHORITY else []
    address = ("--host", "0.0.0.0", "--port", str(SERVICE_PORT))  # noqa: S104 - a closed network
    return _part(
        plan,
        "service",
        _python("chassis.serve", service.package, *address, "--behind-gateway"),
        environment=_environment(),
        volumes=[*_state([service]), *orders, _settings()],
        secrets=secrets,
        depends_on=waits,
        networks=[CORE, OUTSIDE] if goes_out else [CORE],
        healthcheck=_answers(SERVICE_PORT, f"{service.prefix}/{service.challenge}"),
    )


def _jobs(plan: Plan, name: str) -> Part:
    packages = [service.package for service in plan.working]
    words = ["--beat"] if name == "beat" else []
    outside = [OUTSIDE] if name == "worker" else []
    secrets = [f"{kind}-{one.name}" for one in plan.working for kind in ("database", "redis")]
    return _part(
        plan,
        name,
        _python("chassis.worker", *packages, "--alive", _ALIVE, *words),
        environment=_environment(),
        volumes=[*_state(plan.working), _settings()],
        secrets=secrets + _store_secrets(plan),
        depends_on={"migrate": _DONE, "postgres": _RESTS, "redis": _RESTS},
        networks=[CORE, *outside],
        healthcheck=_check("python3", "-I", "-S", _HEALTH, "file", _ALIVE, "60"),
    )


def _gateway(plan: Plan, others: Sequence[str]) -> Part:
    ports = [f"{_bracketed(plan.host)}:{plan.port}:{GATEWAY_PORT}"]
    if plan.secure_port is not None:
        ports.append(f"{_bracketed(plan.secure_host)}:{plan.secure_port}:{SECURE_PORT}")
    waits = {name: _RESTS for name in others if name not in ("migrate", "worker", "beat", "redis")}
    return _part(
        plan,
        "gateway",
        ["caddy", "run", "--config", f"{SETTINGS}/gateway.json"],
        environment={
            "HOME": "/var/lib/bauhof/gateway",
            "XDG_DATA_HOME": "/var/lib/bauhof/gateway",
            "XDG_CONFIG_HOME": "/var/lib/bauhof/gateway",
            "GOMEMLIMIT": f"{megabytes(plan, 'gateway') * 3 // 4}MiB",
        },
        volumes=["./gateway:/var/lib/bauhof/gateway", "./logs:/var/log/bauhof", _settings()],
        ports=ports,
        **({"secrets": list(plan.gateway_secrets)} if plan.gateway_secrets else {}),
        depends_on=waits,
        networks=[CORE, DOOR],
        healthcheck=_answers(GATEWAY_PORT, "/_gateway/health"),
    )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
