"""Makes an installation in containers: folders, secrets and keys once, derived files at will."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.challenge import public_key
from chassis.ids import new_secret
from chassis.secretfile import ensure_secret
from deployment import addresses, proxy, tls
from deployment.account import database_account
from deployment.backup.seal import own_seal
from deployment.backup.vault import default_vault
from deployment.catalog import SERVICES, service_names
from deployment.compose import plan as parts
from deployment.compose.extras import WORK
from deployment.compose.plan import PROFILES, Plan
from deployment.compose.render import (
    client_authentication,
    compose_file,
    redis_configuration,
    redis_users,
    revision,
)
from deployment.config import Settings
from deployment.containers import image_of
from deployment.errors import ConfigProblem, HomeUnusable
from deployment.home import Home, prepare, readable_errors, write_private
from deployment.ports import DEFAULT_PORT
from deployment.postgres import PORT as POSTGRES_PORT
from deployment.render import (
    AUTHORITY,
    BROKER,
    GATEWAY,
    STORE_FRONT,
    Facts,
    render_services,
)
from deployment.tools import postgres_program
from deployment.version import version
from gateway_server.caddy import Gateway
from gateway_server.caddy import render as render_gateway
from gateway_server.page import render_site
from gateway_server.routes import routes_for

#: Folders that containers write to; the others only read.
_WRITTEN = (
    *("postgres", "redis", "objects", "s3", "gateway", "logs", "state", "run"),
    *("engine", WORK),
)
_READ = ("rendered", "secrets")
#: What a backup keeps beside the folders.
_READ_FILES = ("home.json", "config.yaml", "ready", "shape", "version")
_FIRST_FREE_PORT = 1024
#: Names under which services reach each other.
_INSIDE = tuple(service.name for service in SERVICES)


@dataclass(frozen=True)
class Built:
    """What `bauhof build` wrote."""

    files: tuple[str, ...]
    revision: str
    #: False when every file was as it should be already.
    changed: bool


def plan_of(settings: Settings) -> Plan:
    """Return what the compose file depends on."""
    tls.check(settings)
    proxy.check(settings.proxy)
    store = settings.compose.store
    if store not in ("front", "silo") and not store.startswith("http://"):
        raise ConfigProblem(
            f"compose.store: must be front, silo or an address http://HOST:PORT (got {store!r})",
            field="compose.store",
        )
    _check_profiles(settings)
    return Plan(
        host=settings.gateway.host,
        port=settings.gateway.port or DEFAULT_PORT,
        secure_host=settings.tls.host,
        secure_port=None if settings.tls.mode == tls.OFF else settings.tls.port,
        plain_port=tls.plain_port(settings.tls),
        gateway_secrets=tuple(tls.secret_names(settings.tls)),
        store=store,
        silo_image=settings.compose.silo_image,
        memory_gb=settings.compose.memory_gb,
        workers=settings.compose.workers,
        postgres=settings.postgres,
        proxy=settings.proxy,
        engine_organization=settings.compose.engine_organization,
        engine_variables=settings.compose.engine_variables,
        backup_hours=settings.compose.backup_hours,
        backup_keep=settings.compose.backup_keep,
    )


def _check_profiles(settings: Settings) -> None:
    chosen = settings.compose
    unknown = [name for name in chosen.profiles if name not in PROFILES]
    if unknown:
        raise ConfigProblem(
            f"compose.profiles: there is no {unknown[0]!r}; there are {', '.join(PROFILES)}",
            field="compose.profiles",
        )
    for pair in chosen.engine_variables:
        name, is_set, _ = pair.partition("=")
        if not is_set or not name.startswith("BAUHOF_ENGINE_"):
            raise ConfigProblem(
                f"compose.engine_variables: write BAUHOF_ENGINE_...=value (got {pair!r})",
                field="compose.engine_variables",
            )
    if "engine" in chosen.profiles and (settings.gateway.port or DEFAULT_PORT) < _FIRST_FREE_PORT:
        # The door of the apps is opened at the same port, by somebody who is not root.
        raise ConfigProblem(
            f"gateway.port: with the profile engine it must be {_FIRST_FREE_PORT} or more",
            field="gateway.port",
        )


def found(home: Home, settings: Settings) -> None:
    """Make folders, identity, secrets and keys; what is there already stays what it is."""
    names = service_names()
    prepare(home, names)
    with readable_errors(home):
        for name in (*_WRITTEN, *_READ, "run/postgres", "run/orders"):
            (home.root / name).mkdir(mode=0o700, exist_ok=True)
        for service in SERVICES:
            if service.is_django:
                ensure_secret(home.secrets_dir / f"database-{service.name}")
                public_key(home.state_dir(service.name))
            if service.has_jobs:
                ensure_secret(home.secrets_dir / f"redis-{service.name}")
        ensure_secret(home.secrets_dir / STORE_FRONT)
        tls.prepare(home, settings.tls)
        if settings.compose.store == "silo":
            ensure_secret(home.secrets_dir / "s3-access", lambda: f"bauhof-{new_secret(6)}")
            ensure_secret(home.secrets_dir / "s3-secret")
        if "backup" in settings.compose.profiles:
            own_seal(home)
            _make_vault(backups_of(home, settings), user_of(home))


def _make_vault(folder: Path, user: tuple[int, int]) -> None:
    """Have the folder of the backups, and let the containers write to one that is empty."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() == 0 and folder.stat().st_uid != user[0]:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, *user, follow_symlinks=False)


def user_of(home: Home) -> tuple[int, int]:
    """Return who the containers run as: the owner of the folder, or for root the database's user.

    So the files of a database fit both shapes, and nothing runs as root.
    """
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    account = database_account(program=postgres_program("postgres"), data_dir=home.root)
    if account is None or account.uid == 0:
        raise HomeUnusable(
            "no system user for the containers could be made",
            hint="Run this as an ordinary user who may use Docker, or install useradd.",
        )
    return account.uid, account.gid


def give_to(home: Home, uid: int, gid: int) -> None:
    """Give what containers read and write to their user; only root can and has to."""
    if os.geteuid() != 0:
        return
    for name in (*_WRITTEN, *_READ):
        top = home.root / name
        if not top.exists():
            continue
        small = name in ("secrets", "state", "rendered", "run", "logs", "gateway", WORK)
        # Objects may be millions: their owner is that of the folder they lie in.
        if small or top.stat().st_uid != uid:
            os.chown(top, uid, gid)
            for path in top.rglob("*"):
                if not path.is_symlink():
                    os.chown(path, uid, gid)
    for name in _READ_FILES:
        if (home.root / name).exists():
            os.chown(home.root / name, uid, gid)


def give_to_containers(home: Home) -> None:
    """Give what was written last to the user of the containers as well."""
    with readable_errors(home):
        give_to(home, *user_of(home))


def build(home: Home, settings: Settings) -> Built:
    """Write what is derived from settings, secrets and keys; the same bytes every time."""
    texts = _texts(home, settings)
    uid, gid = user_of(home)
    mark = revision(texts)
    image = settings.compose.image or image_of(version())
    texts[".env"] = (
        "# Written by `bauhof build`; no secrets.\n"
        f"COMPOSE_PROJECT_NAME={project_of(home)}\n"
        f"BAUHOF_IMAGE={image}\nBAUHOF_USER={uid}:{gid}\nBAUHOF_REVISION={mark}\n"
        + _of_profiles(home, settings)
    )
    changed = False
    with readable_errors(home):
        for name, text in texts.items():
            path = home.root / name
            if path.exists() and path.read_text(encoding="utf8") == text:
                continue
            changed = True
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(path, text)
        give_to(home, uid, gid)
    return Built(tuple(sorted(texts)), mark, changed)


def _of_profiles(home: Home, settings: Settings) -> str:
    """Return the lines about what runs besides."""
    wanted, socket = settings.compose.profiles, Path(settings.compose.engine_socket)
    # Who may speak to the engine says the engine, by the group of its socket.
    group = socket.stat().st_gid if "engine" in wanted and socket.exists() else 0
    return (
        f"COMPOSE_PROFILES={','.join(sorted(wanted))}\n"
        f"BAUHOF_ENGINE_SOCKET='{socket}'\nBAUHOF_ENGINE_GROUP={group}\n"
        f"BAUHOF_BACKUPS='{backups_of(home, settings)}'\n"
    )


def backups_of(home: Home, settings: Settings) -> Path:
    """Return the folder of the backups that are made in a container."""
    named = settings.compose.backup_folder
    return Path(named).expanduser().absolute() if named else default_vault(home).root


def project_of(home: Home) -> str:
    """Return the name of the containers' project: that of this installation and no other."""
    identity = prepare(home, ())
    return f"bauhof-{identity.id}"


def _texts(home: Home, settings: Settings) -> dict[str, str]:
    plan = plan_of(settings)
    stored = [service.name for service in plan.stored]
    passwords = {
        service.name: ensure_secret(home.secrets_dir / f"redis-{service.name}")
        for service in plan.working
    }
    texts = {
        "docker-compose.yml": compose_file(plan),
        "rendered/services.yaml": _services(home, settings, plan),
        "rendered/gateway.json": _gateway(settings, plan),
        "rendered/pg_hba.conf": client_authentication(stored),
        "rendered/redis.conf": redis_configuration(),
        "secrets/redis.acl": redis_users(passwords),
    }
    site = render_site(services=service_names(plan.services), version=version())
    return texts | {f"rendered/site/{name}": text for name, text in site.items()}


def _services(home: Home, settings: Settings, plan: Plan) -> str:
    door = settings.gateway
    local = addresses.origin(plan.host, plan.port)
    hosts = addresses.allowed_hosts(
        plan.host,
        public_url=door.public_url,
        extra=(*door.allowed_hosts, *tls.host_values(settings.tls)),
    )
    facts = Facts(
        services=plan.services,
        state_root=Path(parts.STATE),
        secrets_dir=Path(parts.SECRETS),
        objects_dir=Path(parts.OBJECTS),
        store_socket=Path(),
        database_host="postgres",
        database_port=POSTGRES_PORT,
        public_url=door.public_url or tls.origin(settings.tls) or local,
        local_url=local,
        allowed_hosts=[*hosts, *_INSIDE],
        issuer=prepare(home, ()).issuer,
        public_keys={one.name: public_key(home.state_dir(one.name)) for one in plan.stored},
        inside={
            **{name: f"http://{name}:{parts.SERVICE_PORT}" for name in (AUTHORITY, BROKER)},
            GATEWAY: f"http://{GATEWAY}:{parts.GATEWAY_PORT}",
        },
        storage=_storage(plan),
        certificates=tls.authority(home, settings.tls),
        proxy=proxy.of_sources(settings.proxy),
        orders_socket=Path(parts.ORDERS) / home.orders_socket.name,
        gateway_metrics=f"http://{GATEWAY}:{parts.METRICS_PORT}/metrics",
        broker=f"redis://{{service}}@redis:{parts.REDIS_PORT}/0" if plan.workers else None,
    )
    return render_services(facts, _with_json_logs(settings.services))


def _with_json_logs(
    sections: Mapping[str, Mapping[str, Any]],
) -> dict[str, Mapping[str, Any]]:
    """Logs of containers are read by programs, unless the settings say otherwise."""
    return {
        name: {**body, "logs": {"format": "json", **body.get("logs", {})}}
        for name, body in sections.items()
    }


def _storage(plan: Plan) -> dict[str, Any]:
    host, port = parts.store_address(plan.store)
    endpoint = f"http://{host}:{port}"
    if plan.has_front:
        return {"endpoint": endpoint, "secret_file": f"{parts.SECRETS}/{STORE_FRONT}"}
    keys = {f"{kind}_key_file": f"{parts.SECRETS}/s3-{kind}" for kind in ("access", "secret")}
    return {"driver": "sts", "endpoint": endpoint, "sts": keys}


def _gateway(settings: Settings, plan: Plan) -> str:
    door = settings.gateway
    try:
        routes = routes_for(buckets=door.buckets)
    except ValueError as error:
        raise ConfigProblem(f"gateway.buckets: {error}", field="gateway.buckets") from None
    upstreams = {service.name: f"{service.name}:{parts.SERVICE_PORT}" for service in plan.stored}
    upstreams[STORE_FRONT] = ":".join(map(str, parts.store_address(plan.store)))
    return render_gateway(
        Gateway(
            routes=routes,
            upstreams=upstreams,
            site_dir=f"{parts.SETTINGS}/site",
            dashboard_dir="/opt/bauhof/dashboard",
            storage_dir="/var/lib/bauhof/gateway",
            listen=f":{parts.GATEWAY_PORT}",
            access_log="/var/log/bauhof/access.log" if door.access_log else None,
            log_mb=max(1, int(settings.supervisor.log_mb)),
            log_files=settings.supervisor.log_files,
            park_seconds=door.park_seconds,
            stop_seconds=door.stop_seconds,
            expose_metrics=door.expose_metrics,
            trusted_proxies=door.trusted_proxies,
            metrics_listen=f":{parts.METRICS_PORT}",
            tls=tls.gateway_part(
                settings.tls,
                listen=f":{parts.SECURE_PORT}",
                plain_listen=f":{parts.PLAIN_PORT}" if plan.plain_port else None,
                secrets_dir=Path(parts.SECRETS),
            ),
        )
    )


def take_back(home: Home) -> None:
    """Give everything but the database's files to root again, for the embedded shape."""
    if os.geteuid() == 0:
        for name in (*_WRITTEN, *_READ):
            top = home.root / name
            if name != "postgres" and top.exists():
                for path in (top, *top.rglob("*")):
                    os.chown(path, 0, 0, follow_symlinks=False)
        for path in (home.root / name for name in _READ_FILES):
            if path.exists():
                os.chown(path, 0, 0)
    # The next start makes it for its own shape.
    shutil.rmtree(home.run_dir, ignore_errors=True)
