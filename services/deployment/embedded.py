"""The embedded platform: which children it has, and the run from the first to the last of them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from chassis.clock import now
from deployment import addresses, postgres, proxy, tls, upgrade
from deployment.administration import run_operation, service_environment
from deployment.catalog import SERVICES, Service, service_names
from deployment.child import ChildSpec, Timing
from deployment.config import Settings, load_settings
from deployment.control_server import ControlServer
from deployment.embedded_files import Door, write_configuration
from deployment.errors import DeploymentError, PortTaken, Unhealthy
from deployment.home import (
    Home,
    Identity,
    lock,
    prepare,
    read_json,
    readable_errors,
    write_private,
)
from deployment.leftovers import clean_leftovers, note_children
from deployment.ports import DEFAULT_PORT, open_port, open_secure_port
from deployment.probe import http_probe
from deployment.supervisor import Emit, Event, Patience, Stage, Supervisor
from deployment.tools import gateway_program, python_module
from gateway_server.caddy import HEALTH_PATH

GATEWAY = "gateway"
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Options:
    """What a start was asked for; None means: as the settings say."""

    host: str | None = None
    port: int | None = None
    services: tuple[Service, ...] = SERVICES
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


class Platform:
    """One run of the embedded platform on a locked home."""

    def __init__(
        self,
        *,
        home: Home,
        identity: Identity,
        settings: Settings,
        options: Options,
        listener: socket.socket,
        emit: Emit,
    ) -> None:
        self.home = home
        self.options = options
        self.settings = settings
        self._identity = identity
        self._listener = listener
        self._emit = emit
        self._host = options.host or settings.gateway.host
        self._stopping = asyncio.Event()
        self._stopped = asyncio.Event()
        self._upgrading: upgrade.Kept | None = None
        self.port = int(listener.getsockname()[1])
        self.local_url = addresses.origin(self._host, self.port)
        self.url = settings.gateway.public_url or tls.origin(settings.tls) or self.local_url
        self._cluster = postgres.cluster_of(home, settings.postgres)
        self.supervisor = Supervisor(self._stages(), patience=self._patience(), emit=self._noted)

    def _patience(self) -> Patience:
        limits = self.settings.supervisor
        timing = Timing(
            stop_seconds=limits.stop_seconds,
            restart_first_seconds=limits.restart_first_seconds,
            restart_most_seconds=limits.restart_most_seconds,
            restart_forgive_seconds=limits.restart_forgive_seconds,
        )
        return Patience(
            timing=timing,
            start_seconds=limits.start_seconds,
            log_bytes=int(limits.log_mb * _MIB),
            log_files=limits.log_files,
        )

    def _stages(self) -> list[Stage]:
        env = service_environment(self.home, self.options.environ)
        return [
            Stage(
                children=[self._postgres_spec()],
                before=self._cluster.prepare,
                after=self._provision,
            ),
            # The gateway parks requests until a service listens, so it need not wait for them.
            Stage(children=[self._service_spec(s, env) for s in self.options.services], wait=False),
            Stage(children=[self._gateway_spec()]),
        ]

    async def _provision(self) -> None:
        stored = tuple(service for service in self.options.services if service.is_django)
        names = service_names(stored)
        await self._cluster.provision(names)
        if upgrade.is_upgrade(self.home):
            found = upgrade.last_version(self.home)
            self._emit(
                {"event": "note", "text": f"keeping the databases as Bauhof {found} left them"}
            )
            self._upgrading = await upgrade.before_upgrade(self.home, self._cluster, names)

    def _postgres_spec(self) -> ChildSpec:
        path = self.options.environ.get("PATH", os.defpath)
        return self._cluster.child(path=path, stop_seconds=self.settings.supervisor.stop_seconds)

    def _service_spec(self, service: Service, env: Mapping[str, str]) -> ChildSpec:
        path = self.home.socket(service.name)
        program = ("chassis.serve", service.package) if service.is_django else (service.package,)
        words = [*python_module(program[0]), *program[1:], "--uds", str(path)]
        return ChildSpec(
            name=service.name,
            command=[*words, "--migrate"] if service.is_django else words,
            restart_command=words,
            probe=http_probe(path=f"{service.prefix}/{service.challenge}", socket=path),
            log=self.home.log_file(service.name),
            env=env,
        )

    def _gateway_spec(self) -> ChildSpec:
        folder = str(self.home.gateway_dir)
        words = [str(gateway_program()), "run", "--config", str(self.home.gateway_file)]
        return ChildSpec(
            name=GATEWAY,
            command=words,
            probe=http_probe(path=HEALTH_PATH, port=self.port, host=self._probe_host),
            log=self.home.log_file(GATEWAY),
            env={
                "PATH": self.options.environ.get("PATH", os.defpath),
                "HOME": folder,
                "XDG_DATA_HOME": folder,
                "XDG_CONFIG_HOME": folder,
                "GOMAXPROCS": "2",
                "GOMEMLIMIT": "96MiB",
                **proxy.of_gateway(self.settings.proxy),
            },
            listen_fd=self._listener.fileno(),
        )

    @property
    def _probe_host(self) -> str:
        return self.local_url.split("://", 1)[1].rsplit(":", 1)[0].strip("[]")

    def write_configuration(self) -> None:
        """Write what the children read, derived afresh from the settings."""
        write_configuration(
            self.home,
            self.settings,
            services=self.options.services,
            issuer=self._identity.issuer,
            door=Door(host=self._host, url=self.url, local_url=self.local_url),
        )

    async def serve(self) -> None:
        """Start all, tell that it is ready, and keep it so until asked to stop."""
        server = ControlServer(self.home.control_socket, self._operations())
        await server.start()
        self._write_run_file()
        try:
            starting = asyncio.create_task(self._start(), name="start")
            asked = asyncio.create_task(self._stopping.wait(), name="asked to stop")
            await asyncio.wait({starting, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                starting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await starting
            await asked
        finally:
            self._emit({"event": "stopping"})
            await self.supervisor.stop()
            self._stopped.set()
            # The answer to `down` leaves before the socket closes.
            await asyncio.sleep(0)
            await server.close()
            for file in (self.home.run_file, self.home.children_file):
                file.unlink(missing_ok=True)
            # Sockets only; the next start makes them again.
            shutil.rmtree(self.home.run_dir, ignore_errors=True)
            self._emit({"event": "stopped"})

    async def _start(self) -> None:
        try:
            await self.supervisor.start()
        except DeploymentError as error:
            if self._upgrading is not None:
                await self._take_upgrade_back(error)
            raise
        upgrade.finish(self.home)
        result = await self.summary()
        admin = await self._first_admin()
        if admin is not None:
            result["admin"] = {"username": admin["username"], "password": admin["password"]}
        (self.home.root / "ready").touch(mode=0o600)
        setup_url = f"{self.url}{admin['setup_path']}" if admin else None
        self._emit({"event": "ready", "result": result, "setup_url": setup_url})

    async def _take_upgrade_back(self, error: DeploymentError) -> NoReturn:
        """Put the databases back after a new version did not come up, and say so."""
        others = [c for c in self.supervisor.children.values() if c.name != postgres.NAME]
        await asyncio.gather(*(child.stop() for child in others))
        kept = await upgrade.put_back(self._cluster, upgrade.kept_dir(self.home))
        upgrade.give_up(self.home)
        raise Unhealthy(
            f"{error.message}; the databases are as Bauhof {kept.version} left them",
            hint=f"Install it again: pip install bauhof=={kept.version}. {error.hint or ''}",
        ) from error

    async def _first_admin(self) -> dict[str, Any] | None:
        """Make the first admin of a new home; the password waits in a file until it was shown."""
        if self.home.is_new and any(s.name == "fakts" for s in self.options.services):
            made = await asyncio.to_thread(run_operation, self.home, "bootstrap.first_admin")
            if made.get("created"):
                write_private(self.home.first_admin_file, json.dumps(made))
        return read_json(self.home.first_admin_file)

    def stop(self) -> None:
        """Ask the run to end; returns at once."""
        self._stopping.set()

    async def summary(self) -> dict[str, Any]:
        """Return where the platform and its services are."""
        rows = await self.supervisor.status()
        services = {}
        for service in self.options.services:
            row = rows[service.name]
            services[service.name] = {"url": self.url + service.prefix, "pid": row["pid"]}
        return {"url": self.url, "services": services}

    async def status(self) -> dict[str, Any]:
        """Return the state of every child."""
        rows = await self.supervisor.status()
        for service in self.options.services:
            rows[service.name]["url"] = self.url + service.prefix
        rows[GATEWAY]["url"] = self.url
        return {
            "healthy": all(row["healthy"] for row in rows.values()),
            "url": self.url,
            "pid": os.getpid(),
            "services": rows,
        }

    def _operations(self) -> dict[str, Any]:
        async def status(_: Event) -> dict[str, Any]:
            return await self.status()

        async def stop(_: Event) -> None:
            self.stop()
            await self._stopped.wait()

        async def service_stop(request: Event) -> None:
            await self.supervisor.child(str(request.get("name"))).stop()

        async def service_start(request: Event) -> None:
            child = self.supervisor.child(str(request.get("name")))
            child.start()
            await child.wait_settled()

        async def service_kill(request: Event) -> None:
            await self.supervisor.child(str(request.get("name"))).kill()

        return {
            "status": status,
            "stop": stop,
            "service.stop": service_stop,
            "service.start": service_start,
            "service.kill": service_kill,
        }

    def _noted(self, event: Event) -> None:
        """Remember the process ids for the next start, then pass the event on."""
        pids = {c.name: c.pid for c in self.supervisor.children.values() if c.pid is not None}
        with contextlib.suppress(OSError):
            note_children(self.home, pids)
        self._emit(event)

    def _write_run_file(self) -> None:
        body = {
            "pid": os.getpid(),
            "url": self.url,
            "local_url": self.local_url,
            "started_at": now().isoformat(),
        }
        with readable_errors(self.home):
            write_private(self.home.run_file, json.dumps(body))


@asynccontextmanager
async def _signals(platform: Platform) -> AsyncIterator[None]:
    """End the run in order on Ctrl-C, on termination and when the terminal goes away."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, platform.stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def with_plain_port(settings: Settings, emit: Emit) -> Settings:
    """Return the settings without the way from http to https if nobody asked for it and it is shut.

    Raises:
        PortTaken: the settings name the port.
    """
    port = tls.plain_port(settings.tls)
    if port is None:
        return settings
    try:
        open_port(settings.tls.host, port).close()
    except PortTaken as error:
        if settings.tls.plain_port is not None:
            raise
        emit({"event": "note", "text": f"plain http is not sent on to https: {error.message}"})
        return replace(settings, tls=replace(settings.tls, plain_port=0))
    return settings


async def run(home: Home, options: Options, emit: Emit) -> None:
    """Run the platform on a home until it is asked to stop."""
    names = service_names(options.services)
    if home.is_compose:
        raise DeploymentError(
            f"the installation in {home.root} runs in containers",
            hint="Start it with `bauhof compose up`, or move it: bauhof move --to embedded",
        )
    with contextlib.ExitStack() as stack:
        identity = prepare(home, names)
        stack.enter_context(lock(home))
        upgrade.refuse_older(home)
        settings = load_settings(home.config_file, options.environ, names)
        for name in clean_leftovers(home):
            emit({"event": "note", "text": f"ended {name}, left over from a run that was killed"})
        tls.check(settings)
        settings = replace(settings, proxy=proxy.found(settings.proxy, options.environ))
        host = options.host or settings.gateway.host
        tls.refuse_plain(host, settings.gateway)
        if settings.tls.mode != tls.OFF:
            # The gateway opens it by itself, and would say less clearly that it cannot.
            open_secure_port(settings.tls.host, settings.tls.port).close()
            settings = with_plain_port(settings, emit)
        port = options.port if options.port is not None else settings.gateway.port
        listener = stack.enter_context(open_port(host, port))
        found = listener.getsockname()[1]
        if port is None and found != DEFAULT_PORT:
            emit(
                {"event": "note", "text": f"port {DEFAULT_PORT} is taken, {found} is used instead"}
            )
        platform = Platform(
            home=home,
            identity=identity,
            settings=settings,
            options=options,
            listener=listener,
            emit=emit,
        )
        with readable_errors(home):
            platform.write_configuration()
        async with _signals(platform):
            await platform.serve()
