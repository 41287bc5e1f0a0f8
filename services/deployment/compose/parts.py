"""The containers of an installation, derived from the table of services. Pure.

One image holds every program; the command picks the process. Data lies in folders of the home,
so that a backup, a look and a move to another shape need no engine.
"""

from __future__ import annotations

from collections.abc import Sequence

from deployment.catalog import Service
from deployment.compose.extras import backup, deployer
from deployment.compose.plan import (
    ALIVE,
    CORE,
    DONE,
    DOOR,
    GATEWAY_PORT,
    OBJECTS,
    ORDERS,
    OUTSIDE,
    PLAIN_PORT,
    RESTS,
    SECRETS,
    SECURE_PORT,
    SERVICE_PORT,
    SETTINGS,
    STATE,
    STORE_PORT,
    Part,
    Plan,
    answers,
    bracketed,
    command_check,
    environment,
    megabytes,
    part,
    python,
    settings_folder,
    store_address,
    touches,
)
from deployment.postgres import PORT as POSTGRES_PORT
from deployment.postgres import server_options
from deployment.proxy import of_gateway
from deployment.render import AUTHORITY, STORE_FRONT, STORE_USERS

_CLUSTER = "/var/lib/bauhof/postgres"


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
    parts["deployer"] = deployer(plan)
    parts["backup"] = backup(plan)
    return parts


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
    return part(
        plan,
        "postgres",
        ["postgres", "-D", _CLUSTER, "-k", "/run/postgres", "-p", str(POSTGRES_PORT), *words],
        volumes=[f"./postgres:{_CLUSTER}", "./run/postgres:/run/postgres", settings_folder()],
        # Fast shutdown: sessions are ended, data is written out.
        stop_signal="SIGINT",
        stop_grace_period="60s",
        # The user of the container has no name, so one is said.
        healthcheck=command_check(
            *("pg_isready", "-q", "-h", "/run/postgres", "-U", "postgres", "-d", "postgres")
        ),
    )


def _redis(plan: Plan) -> Part:
    check = "redis-cli -h 127.0.0.1 ping | grep -q -e PONG -e NOAUTH"
    return part(
        plan,
        "redis",
        ["redis-server", f"{SETTINGS}/redis.conf"],
        volumes=["./redis:/var/lib/bauhof/redis", settings_folder()],
        secrets=["redis.acl"],
        healthcheck={**command_check(), "test": ["CMD-SHELL", check]},
    )


def _front(plan: Plan) -> Part:
    address = ("--host", "0.0.0.0", "--port", str(STORE_PORT))  # noqa: S104 - a closed network
    return part(
        plan,
        "store",
        python("chassis.objectstore.front", *address),
        environment=environment(),
        volumes=[
            f"./objects:{OBJECTS}",
            f"./state/{STORE_FRONT}:{STATE}/{STORE_FRONT}",
            settings_folder(),
        ],
        secrets=[STORE_FRONT],
        healthcheck=answers(STORE_PORT, "/minio/health/live"),
    )


def _silo(plan: Plan) -> Part:
    made = part(
        plan,
        "store",
        ["minio", "server", "/data"],
        environment={
            "MINIO_ROOT_USER_FILE": f"{SECRETS}/s3-access",
            "MINIO_ROOT_PASSWORD_FILE": f"{SECRETS}/s3-secret",
        },
        volumes=["./s3:/data"],
        secrets=["s3-access", "s3-secret"],
        healthcheck=command_check(
            "curl", "-fsS", f"http://127.0.0.1:{STORE_PORT}/minio/health/live"
        ),
    )
    return made | {"image": plan.silo_image}


def _state(services: Sequence[Service]) -> list[str]:
    return [f"./state/{service.name}:{STATE}/{service.name}" for service in services]


def _migrate(plan: Plan) -> Part:
    packages = [service.package for service in plan.stored]
    return part(
        plan,
        "migrate",
        python("chassis.migrate", *packages),
        environment=environment(),
        restart="no",
        volumes=[*_state(plan.stored), settings_folder()],
        secrets=[f"database-{service.name}" for service in plan.stored] + _store_secrets(plan),
        depends_on={"postgres": RESTS} | dict.fromkeys(_store(plan), RESTS),
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
    waits = {"migrate": DONE, "postgres": RESTS}
    waits |= {name: RESTS for name in _store(plan) if uses_store}
    orders = [f"./run/orders:{ORDERS}"] if service.name == AUTHORITY else []
    address = ("--host", "0.0.0.0", "--port", str(SERVICE_PORT))  # noqa: S104 - a closed network
    return part(
        plan,
        "service",
        python("chassis.serve", service.package, *address, "--behind-gateway"),
        environment=environment(),
        volumes=[*_state([service]), *orders, settings_folder()],
        secrets=secrets,
        depends_on=waits,
        networks=[CORE, OUTSIDE] if goes_out else [CORE],
        healthcheck=answers(SERVICE_PORT, f"{service.prefix}/{service.challenge}"),
    )


def _jobs(plan: Plan, name: str) -> Part:
    packages = [service.package for service in plan.working]
    words = ["--beat"] if name == "beat" else []
    outside = [OUTSIDE] if name == "worker" else []
    secrets = [f"{kind}-{one.name}" for one in plan.working for kind in ("database", "redis")]
    return part(
        plan,
        name,
        python("chassis.worker", *packages, "--alive", ALIVE, *words),
        environment=environment(),
        volumes=[*_state(plan.working), settings_folder()],
        secrets=secrets + _store_secrets(plan),
        depends_on={"migrate": DONE, "postgres": RESTS, "redis": RESTS},
        networks=[CORE, *outside],
        healthcheck=touches(60),
    )


def _gateway(plan: Plan, others: Sequence[str]) -> Part:
    ports = [f"{bracketed(plan.host)}:{plan.port}:{GATEWAY_PORT}"]
    if plan.secure_port is not None:
        ports.append(f"{bracketed(plan.secure_host)}:{plan.secure_port}:{SECURE_PORT}")
    if plan.plain_port is not None:
        ports.append(f"{bracketed(plan.secure_host)}:{plan.plain_port}:{PLAIN_PORT}")
    waits = {name: RESTS for name in others if name not in ("migrate", "worker", "beat", "redis")}
    return part(
        plan,
        "gateway",
        ["caddy", "run", "--config", f"{SETTINGS}/gateway.json"],
        environment={
            "HOME": "/var/lib/bauhof/gateway",
            "XDG_DATA_HOME": "/var/lib/bauhof/gateway",
            "XDG_CONFIG_HOME": "/var/lib/bauhof/gateway",
            "GOMEMLIMIT": f"{megabytes(plan, 'gateway') * 3 // 4}MiB",
            **of_gateway(plan.proxy, others),
        },
        volumes=["./gateway:/var/lib/bauhof/gateway", "./logs:/var/log/bauhof", settings_folder()],
        ports=ports,
        **({"secrets": list(plan.gateway_secrets)} if plan.gateway_secrets else {}),
        depends_on=waits,
        networks=[CORE, DOOR],
        healthcheck=answers(GATEWAY_PORT, "/_gateway/health"),
    )
