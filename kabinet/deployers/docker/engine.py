"""The Docker engine as a deployer uses it: the SDK, in threads, with errors that say what to do.

Uses containers, images, events, networks, volumes and info of the API and nothing else, so it works
through a filtering socket proxy (`DOCKER_HOST`) and with a rootless engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from typing import Any, TypeVar

import docker
import requests.exceptions
import urllib3.exceptions
from docker import errors
from docker.utils import kwargs_from_env, parse_repository_tag

from deployers.core.errors import (
    DeployerError,
    EngineUnavailable,
    NoSuchContainer,
    PullFailed,
    StartFailed,
)
from deployers.core.labels import ENGINE
from deployers.core.model import Container, Image, Machine, Spec, State
from deployers.core.ports import Progress
from deployers.core.pulling import PullProgress
from deployers.docker.body import container_body
from deployers.docker.probe import look, read_machine
from deployers.docker.streams import streamed

T = TypeVar("T")
_PATIENCE_SECONDS = 60
_POOL = 32
#: An engine that is not there, or that leaves in the middle of a stream.
_SILENCE = (
    errors.DockerException,
    requests.exceptions.RequestException,
    urllib3.exceptions.HTTPError,
    OSError,
)
#: A network is seen by others a moment after the engine has dated it.
_SETTLE_SECONDS = 0.5


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the SDK's errors into the deployer's."""
    try:
        yield
    except errors.NotFound as error:
        raise NoSuchContainer(_text(error)) from error
    except errors.APIError as error:
        raise DeployerError(f"The engine refused: {_text(error)}") from error
    except _SILENCE as error:
        raise EngineUnavailable(f"The Docker engine does not answer: {error}") from error


def _text(error: errors.APIError) -> str:
    return str(error.explanation or error).strip()


class DockerEngine:
    """An engine found as `docker` itself finds it: `DOCKER_HOST`, else the usual socket."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        options = kwargs_from_env(environment=dict(environment) if environment else None)
        with _translated():
            # Asks for the version, so a missing engine is noticed here.
            self._api = docker.APIClient(
                version="auto", timeout=_PATIENCE_SECONDS, max_pool_size=_POOL, **options
            )
            # A log may be silent for days.
            self._streams = docker.APIClient(
                version=self._api.api_version, timeout=None, max_pool_size=_POOL, **options
            )

    async def _do(self, call: Callable[..., T], *words: Any, **options: Any) -> T:
        def work() -> T:
            with _translated():
                return call(*words, **options)

        return await asyncio.to_thread(work)

    async def close(self) -> None:
        """Close the connections."""
        await asyncio.to_thread(self._streams.close)
        await asyncio.to_thread(self._api.close)

    async def info(self) -> Mapping[str, Any]:
        """Return what the engine says of itself."""
        found: Mapping[str, Any] = await self._do(self._api.info)
        return found

    async def probe(self) -> Machine:
        """Return the hardware of this machine, as far as the engine can hand it out."""
        info = await self.info()
        return read_machine(await asyncio.to_thread(look, info))

    # --- images

    async def pull(self, reference: str, progress: Progress) -> Image:
        """Fetch an image and tell how far it is."""
        repository, tag = parse_repository_tag(reference)
        meter = PullProgress()

        def lines() -> Iterable[Mapping[str, Any]]:
            found: Iterable[Mapping[str, Any]] = self._streams.pull(
                repository, tag=tag or "latest", stream=True, decode=True
            )
            return found

        last = -1
        try:
            with _translated():
                async with aclosing(streamed(lines)) as stream:
                    async for line in stream:
                        percentage = meter.heard(line)
                        if percentage != last:
                            last = percentage
                            progress(percentage, "fetching the image")
        except (NoSuchContainer, DeployerError) as error:
            if isinstance(error, EngineUnavailable):
                raise
            raise PullFailed(f"The image {reference} cannot be fetched: {error}") from error
        if meter.error:
            raise PullFailed(f"The image {reference} cannot be fetched: {meter.error}")
        found = await self.image(reference)
        if found is None:
            raise PullFailed(f"The image {reference} was fetched and is not there.")
        return found

    async def image(self, reference: str) -> Image | None:
        """Return an image that is there already."""
        try:
            found = await self._do(self._api.inspect_image, reference)
        except NoSuchContainer:
            return None
        config = found.get("Config") or {}
        digests = found.get("RepoDigests") or [""]
        return Image(
            id=found["Id"],
            digest=digests[0],
            user=config.get("User") or "",
            volumes=tuple(sorted(config.get("Volumes") or ())),
            has_health_check=bool((config.get("Healthcheck") or {}).get("Test")),
            bytes=int(found.get("Size") or 0),
        )

    async def images_unused(self, references: Sequence[str]) -> list[Image]:
        """Return those of the images that are here and that no container uses."""
        used = {one["ImageID"] for one in await self._do(self._api.containers, all=True)}
        found = {}
        for reference in references:
            image = await self.image(reference)
            if image is not None and image.id not in used:
                found[image.id] = image
        return list(found.values())

    async def remove_image(self, image: Image) -> None:
        """Remove an image under all its names."""
        try:
            await self._do(self._api.remove_image, image.id, force=True)
        except NoSuchContainer:
            return

    # --- containers

    async def containers(self) -> list[Container]:
        """Return the containers of all deployers."""
        rows = await self._do(self._api.containers, all=True, filters={"label": ENGINE})
        found = []
        for row in rows:
            try:
                found.append(await self.container(row["Id"]))
            except NoSuchContainer:
                # Removed between the two questions.
                continue
        return found

    async def container(self, container_id: str) -> Container:
        """Return one container."""
        return read_container(await self._do(self._api.inspect_container, container_id))

    async def create(self, spec: Spec) -> Container:
        """Make a container."""
        made = await self._do(
            self._api.create_container_from_config, container_body(spec), name=spec.name
        )
        return await self.container(made["Id"])

    async def start(self, container_id: str) -> None:
        """Start a container."""
        try:
            await self._do(self._api.start, container_id)
        except (EngineUnavailable, NoSuchContainer):
            raise
        except DeployerError as error:
            raise StartFailed(f"The container cannot be started: {error}") from error

    async def stop(self, container_id: str) -> None:
        """Stop a container; one that is gone needs no stopping."""
        try:
            await self._do(self._api.stop, container_id)
        except NoSuchContainer:
            return

    async def remove(self, container_id: str) -> None:
        """Remove a container with its unnamed volumes."""
        try:
            await self._do(self._api.remove_container, container_id, force=True, v=True)
        except NoSuchContainer:
            return

    async def logs(self, container_id: str, lines: int) -> str:
        """Return the last lines of both streams."""
        found: bytes = await self._do(self._api.logs, container_id, tail=lines)
        return found.decode(errors="replace")

    async def follow(self, container_id: str, lines: int) -> AsyncIterator[str]:
        """Yield lines as they are written, until the container ends."""

        def chunks() -> Iterable[bytes]:
            found: Iterable[bytes] = self._streams.logs(
                container_id, stream=True, follow=True, tail=lines
            )
            return found

        rest = b""
        with _translated():
            async with aclosing(streamed(chunks)) as stream:
                async for chunk in stream:
                    *whole, rest = (rest + chunk).split(b"\n")
                    for line in whole:
                        yield line.decode(errors="replace")
        if rest:
            yield rest.decode(errors="replace")

    async def events(self) -> AsyncIterator[str]:
        """Yield the ids of containers to which something happened."""
        wanted = {"type": "container", "label": ENGINE}

        def lines() -> Iterable[Mapping[str, Any]]:
            found: Iterable[Mapping[str, Any]] = self._streams.events(decode=True, filters=wanted)
            return found

        with _translated():
            async with aclosing(streamed(lines)) as stream:
                async for event in stream:
                    yield str(event.get("id") or "")

    # --- networks and volumes

    async def ensure_network(self, name: str, labels: Mapping[str, str]) -> str:
        """Have a bridge that leads nowhere; returns the address of this machine on it."""
        found = await self._network(name) or await self._make_network(name, labels)
        if not found.get("Internal"):
            raise DeployerError(
                f"The network {name} leads outside. Remove it (`docker network rm {name}`) and"
                " start the deployer again; it makes one that does not."
            )
        rows = found["IPAM"]["Config"]
        return str(rows[0].get("Gateway") or _first_address(rows[0]["Subnet"]))

    async def _network(self, name: str) -> Mapping[str, Any] | None:
        """Return the oldest network of a name; the engine finds parts of names as well."""
        rows = [one for one in await self._do(self._api.networks, [name]) if one["Name"] == name]
        return min(rows, key=lambda one: (one["Created"], one["Id"]), default=None)

    async def _make_network(self, name: str, labels: Mapping[str, str]) -> Mapping[str, Any]:
        made = await self._do(
            self._api.create_network,
            name,
            driver="bridge",
            internal=True,
            labels=dict(labels),
            # Apps of an organization call each other through the platform only.
            options={"com.docker.network.bridge.enable_icc": "false"},
        )
        # Two deployers of one organization may start at once, and the engine lets both make one.
        await asyncio.sleep(_SETTLE_SECONDS)
        found = await self._network(name)
        if found is not None and found["Id"] != made["Id"]:
            await self.remove_network(made["Id"])
        return found or dict(await self._do(self._api.inspect_network, made["Id"]))

    async def connect(self, network: str, container: str, alias: str) -> None:
        """Attach a container, the gateway's, to a network under a name."""
        try:
            await self._do(
                self._api.connect_container_to_network, container, network, aliases=[alias]
            )
        except DeployerError as error:
            if "already exists" not in str(error):
                raise

    async def remove_network(self, name: str) -> None:
        """Remove a network; one that is in use stays."""
        try:
            await self._do(self._api.remove_network, name)
        except DeployerError as error:
            if "active endpoints" not in str(error) and not isinstance(error, NoSuchContainer):
                raise

    async def remove_volumes(self, names: Sequence[str]) -> None:
        """Remove volumes; those in use stay."""
        for name in names:
            try:
                await self._do(self._api.remove_volume, name)
            except NoSuchContainer:
                continue


def _first_address(subnet: str) -> str:
    base, _, _ = subnet.partition("/")
    return f"{base.rpartition('.')[0]}.1"


def read_container(found: Mapping[str, Any]) -> Container:
    """Read the answer of `GET /containers/{id}/json`."""
    state = found.get("State") or {}
    word = str(state.get("Status") or "unknown")
    return Container(
        id=found["Id"],
        name=str(found.get("Name") or "").lstrip("/"),
        labels=(found.get("Config") or {}).get("Labels") or {},
        state=State(word) if word in set(State) else State.UNKNOWN,
        created_at=str(found.get("Created") or ""),
        started_at=str(state.get("StartedAt") or ""),
        exit_code=int(state.get("ExitCode") or 0),
        image=str(found.get("Image") or ""),
        error=str(state.get("Error") or ""),
        out_of_memory=bool(state.get("OOMKilled")),
        health=_health(state),
    )


def _health(state: Mapping[str, Any]) -> str:
    word = str((state.get("Health") or {}).get("Status") or "")
    return "" if word == "none" else word
