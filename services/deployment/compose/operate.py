"""Starts, stops and looks at an installation in containers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.clock import now
from deployment import addresses, engine, tls, upgrade
from deployment.administration import run_operation
from deployment.catalog import service_names
from deployment.compose.extras import ENGINE_KEY
from deployment.compose.installation import Built, build, found, give_to_containers, plan_of
from deployment.compose.parts import all_parts
from deployment.compose.plan import PROFILES, START_SECONDS, Plan, store_address
from deployment.config import Settings
from deployment.containers import Compose, compose_of, image_of
from deployment.errors import ConfigProblem, DeploymentError, NotRunning, ToolMissing, Unhealthy
from deployment.home import Home, database_listens, lock, read_json, write_private
from deployment.postgres import cluster_of
from deployment.version import version

Note = Callable[[str], None]

#: How long a start may take at least, whatever the settings say: migrations of a large database.
_LEAST_START_SECONDS = START_SECONDS + 60.0
#: Asking costs the machine something that it needs for the start itself.
_TURN_SECONDS = 1.5
_STOP_SECONDS = 60
_MIGRATE = "migrate"
#: A container that ended this often while we waited will not come up by itself.
_RESTARTS = 5


@dataclass(frozen=True)
class Ready:
    """What a start ended with."""

    result: dict[str, Any]
    setup_url: str | None


@dataclass(frozen=True)
class _Run:
    """One start: what it works on."""

    home: Home
    settings: Settings
    plan: Plan
    compose: Compose
    note: Note


def refuse_embedded(home: Home) -> None:
    """Raise if the home is none of an installation in containers."""
    if home.is_compose:
        return
    if (home.root / "home.json").exists():
        raise DeploymentError(
            f"the installation in {home.root} runs without containers",
            hint="Start it with `bauhof up`, or move it: bauhof move --to compose",
        )
    raise DeploymentError(f"there is no installation in {home.root}", hint="Make one: bauhof init")


async def up(
    home: Home,
    settings: Settings,
    environ: Mapping[str, str],
    note: Note,
    *,
    new_key: bool = False,
) -> Ready:
    """Start what is not running, wait until all is healthy; the data of an upgrade is kept first.

    Raises:
        ToolMissing: no engine, no compose plugin, or no image.
        Unhealthy: a container did not become healthy.
    """
    refuse_embedded(home)
    upgrade.refuse_older(home)
    compose = compose_of(home, environ)
    compose.refuse_rootless()
    with lock(home):
        found(home, settings)
        build(home, settings)
        _refuse_without_image(compose, settings)
        _refuse_without_socket(settings)
        run = _Run(home, settings, plan_of(settings), compose, note)
        await _start_engines(run)
        kept = await _provision(run)
        try:
            _start_all(run)
        except DeploymentError as error:
            if kept is not None:
                raise await _take_back(run, kept, error) from error
            raise
        upgrade.finish(home)
    ready = _ready(run)
    give_to_containers(home)
    if settings.compose.profiles:
        _start_besides(run, new_key=new_key)
    return ready


def _refuse_without_image(compose: Compose, settings: Settings) -> None:
    image = settings.compose.image or image_of(version())
    if not compose.has_image(image):
        raise ToolMissing(
            f"the engine has no image {image}",
            hint=f"Build it where the sources are: docker build -t {image} . - or take it from a"
            " file: bauhof bundle import FILE",
        )


def _refuse_without_socket(settings: Settings) -> None:
    socket = Path(settings.compose.engine_socket)
    if "engine" in settings.compose.profiles and not socket.is_socket():
        raise ConfigProblem(
            f"compose.engine_socket: no engine listens at {socket}",
            field="compose.engine_socket",
        )


async def _start_engines(run: _Run) -> None:
    """Start database, store and broker; the database's files are made on this side at first."""
    if not database_listens(run.home):
        await cluster_of(run.home, run.settings.postgres).prepare()
    names = ["postgres", *(["redis"] if run.plan.workers else [])]
    if not run.plan.store_is_elsewhere:
        names.append(store_address(run.plan.store)[0])
    run.note("starting database and store")
    run.compose.run("up", "--detach", *names)
    _wait(run, set(names))


async def _provision(run: _Run) -> upgrade.Kept | None:
    """Give every service its role and database; before an upgrade keep what is there."""
    cluster = cluster_of(run.home, run.settings.postgres)
    names = tuple(service.name for service in run.plan.stored)
    await cluster.provision(names)
    if not upgrade.is_upgrade(run.home):
        return None
    run.note(f"keeping the databases as Bauhof {upgrade.last_version(run.home)} left them")
    _stop_users(run)
    return await upgrade.before_upgrade(run.home, cluster, names)


def _start_all(run: _Run) -> None:
    run.note("starting the services")
    try:
        # What runs besides is no reason to take an upgrade back.
        run.compose.run("up", "--detach", "--remove-orphans", *_always(run.plan))
    except DeploymentError as error:
        raise Unhealthy(
            error.message, hint="See what they say: bauhof compose logs migrate"
        ) from error
    _wait(run, {*_always(run.plan)} - {_MIGRATE})
    wanted = run.settings.compose.profiles
    there = {*run.compose.rows()}
    for profile, name in PROFILES.items():
        if profile not in wanted and name in there:
            run.compose.run("--profile", profile, "rm", "--stop", "--force", name)


def _always(plan: Plan) -> list[str]:
    return [name for name, part in all_parts(plan).items() if "profiles" not in part]


def _start_besides(run: _Run, *, new_key: bool) -> None:
    """Start the parts of the profiles, each with what it logs in with."""
    names = [PROFILES[profile] for profile in run.settings.compose.profiles]
    run.note(f"starting {', '.join(names)}")
    if "engine" in run.settings.compose.profiles and _provide_key(run, new_key=new_key):
        # The file that a container was given stays the old one for as long as it lives.
        run.compose.run("rm", "--stop", "--force", PROFILES["engine"])
    # What they need is up; without saying so the migrations would run once more.
    run.compose.run("up", "--detach", "--no-deps", *names)
    _wait(run, None)


def _provide_key(run: _Run, *, new_key: bool) -> bool:
    """Have the key of the deployer where its container reads it; tell whether it is another one."""
    chosen = run.settings.compose
    if new_key:
        engine.forget_key(run.home, chosen.engine_organization)
    key = engine.key_of(
        run.home, organization=chosen.engine_organization, username=chosen.engine_user
    )
    file = run.home.secrets_dir / ENGINE_KEY
    if file.exists() and file.read_text(encoding="utf8").strip() == key:
        return False
    write_private(file, f"{key}\n")
    give_to_containers(run.home)
    return True


def _stop_users(run: _Run) -> None:
    """Stop everything that uses the databases."""
    names = [service.name for service in run.plan.stored]
    names += [*(["worker", "beat"] if run.plan.workers else []), _MIGRATE]
    run.compose.run("stop", "--timeout", str(_STOP_SECONDS), *names)


async def _take_back(run: _Run, kept: upgrade.Kept, error: DeploymentError) -> Unhealthy:
    """Put the databases back after a new version did not come up; return what to say."""
    _stop_users(run)
    cluster = cluster_of(run.home, run.settings.postgres)
    await upgrade.put_back(cluster, upgrade.kept_dir(run.home))
    upgrade.give_up(run.home)
    return Unhealthy(
        f"{error.message}; the databases are as Bauhof {kept.version} left them",
        hint=f"Go back to the image and the program of {kept.version}. {error.hint or ''}",
    )


def _wait(run: _Run, names: set[str] | None) -> None:
    """Wait until containers are healthy; raise at the first that has ended for good."""
    limit = max(_LEAST_START_SECONDS, run.settings.supervisor.start_seconds)
    deadline = time.monotonic() + limit
    before: dict[str, int] = {}
    while True:
        rows = {
            name: row
            for name, row in _states(run.compose).items()
            if names is None or name in names
        }
        ill = {name: row for name, row in rows.items() if not row["healthy"]}
        if rows and not ill:
            return
        for name, row in ill.items():
            if row["restarts"] - before.setdefault(name, row["restarts"]) >= _RESTARTS:
                raise _unhealthy(name, f"ends again and again: {row['reason']}")
        if time.monotonic() > deadline:
            name, row = next(iter(ill.items()), ("postgres", {"reason": "is not there"}))
            raise _unhealthy(name, f"did not become healthy within {limit:g} s: {row['reason']}")
        time.sleep(_TURN_SECONDS)


def _unhealthy(name: str, what: str) -> Unhealthy:
    return Unhealthy(f"{name} {what}", hint=f"See what it says: bauhof compose logs {name}")


def _states(compose: Compose) -> dict[str, dict[str, Any]]:
    """Return state, health and restarts of every container but a one-shot that ended well."""
    rows = compose.rows()
    known = {one["Id"]: one for one in compose.inspect(*(row["ID"] for row in rows.values()))}
    restarts = {ident[:12]: one["RestartCount"] for ident, one in known.items()}
    found = {}
    for name, row in sorted(rows.items()):
        ended_well = row["State"] == "exited" and row.get("ExitCode") == 0
        if name == _MIGRATE and ended_well:
            continue
        health = row.get("Health") or ""
        healthy = row["State"] == "running" and health in ("", "healthy")
        reason = "" if healthy else health or row.get("Status") or row["State"]
        found[name] = {
            "state": row["State"],
            "healthy": healthy,
            "pid": None,
            "restarts": restarts.get(row["ID"][:12], 0),
            "reason": reason,
        }
    return found


def _ready(run: _Run) -> Ready:
    url = _url(run.settings)
    local = addresses.origin(run.plan.host, run.plan.port)
    body = {"url": url, "local_url": local, "started_at": now().isoformat()}
    write_private(run.home.run_file, json.dumps(body))
    admin = _first_admin(run.home)
    services = {one.name: {"url": url + one.prefix} for one in run.plan.services}
    result: dict[str, Any] = {"url": url, "services": services}
    if admin is not None:
        result["admin"] = {"username": admin["username"], "password": admin["password"]}
    (run.home.root / "ready").touch(mode=0o600)
    return Ready(result, f"{url}{admin['setup_path']}" if admin else None)


def _first_admin(home: Home) -> dict[str, Any] | None:
    """Make the first admin of a new home; the password waits in a file until it was shown."""
    if home.is_new:
        made = run_operation(home, "bootstrap.first_admin")
        if made.get("created"):
            write_private(home.first_admin_file, json.dumps(made))
    return read_json(home.first_admin_file)


def _url(settings: Settings) -> str:
    plan = plan_of(settings)
    return (
        settings.gateway.public_url
        or tls.origin(settings.tls)
        or addresses.origin(plan.host, plan.port)
    )


def down(home: Home, environ: Mapping[str, str]) -> None:
    """Stop and remove the containers; data, settings and keys stay in the home."""
    refuse_embedded(home)
    compose_of(home, environ).run("down", "--timeout", str(_STOP_SECONDS), "--remove-orphans")
    home.run_file.unlink(missing_ok=True)


def status(home: Home, environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return how every container is.

    Raises:
        NotRunning: there are no containers.
    """
    refuse_embedded(home)
    rows = _states(compose_of(home, environ)) if home.compose_file.exists() else {}
    if not rows:
        raise NotRunning(f"no containers of {home.root} run", hint="Start them: bauhof compose up")
    url = (read_json(home.run_file) or {}).get("url")
    missing = [name for name in service_names() if name not in rows and name != "objectstore"]
    return {
        "healthy": all(row["healthy"] for row in rows.values()) and not missing,
        "url": url,
        "pid": None,
        "services": rows,
    }


def rebuild(home: Home, settings: Settings) -> Built:
    """Write the derived files of an installation in containers."""
    refuse_embedded(home)
    found(home, settings)
    return build(home, settings)
