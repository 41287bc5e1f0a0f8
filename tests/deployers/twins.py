"""In-memory twins of the engine and of the platform, and a site on them.

The twin of the engine is held against a real Docker by tests/engine/test_engine.py, which runs the
same checks on both.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

from samples import MACHINE, SETTINGS, image_of
from store_twin import MemoryStore

from deployers.core.deploying import Site
from deployers.core.errors import (
    DeployerError,
    EngineUnavailable,
    NoSuchContainer,
    PullFailed,
    StartFailed,
)
from deployers.core.hardware import qualifiers
from deployers.core.labels import ENGINE
from deployers.core.model import (
    Approval,
    Container,
    Image,
    Machine,
    Release,
    Resource,
    Spec,
    State,
)
from deployers.core.ports import Progress
from deployers.core.settings import Door, Settings


class MemoryEngine:
    """Containers that are rows in a dictionary."""

    def __init__(self, machine: Machine = MACHINE) -> None:
        self.machine = machine
        self.rows: dict[str, Container] = {}
        self.specs: dict[str, Spec] = {}
        self.pulled: dict[str, Image] = {}
        self.offered: dict[str, Image] = {}
        self.written: dict[str, str] = {}
        self.volumes: set[str] = set()
        self.away = False
        #: What the next containers do once started: their state a moment later.
        self.fate: dict[str, Any] = {"state": State.RUNNING}
        #: Called at the start of every method, to make somebody else act in between.
        self.between = lambda method: None
        self._numbers = itertools.count(1)
        self._news: asyncio.Queue[str] = asyncio.Queue()

    def _called(self, method: str) -> None:
        if self.away:
            raise EngineUnavailable("The engine does not answer.")
        self.between(method)

    def happened(self, container_id: str, **changes: Any) -> None:
        """Change a container as if by itself, and tell it."""
        self.rows[container_id] = replace(self.rows[container_id], **changes)
        self._news.put_nowait(container_id)

    async def probe(self) -> Machine:
        self._called("probe")
        return self.machine

    async def pull(self, reference: str, progress: Progress) -> Image:
        self._called("pull")
        progress(50, "fetching the image")
        if reference not in self.offered:
            raise PullFailed(f"The image {reference} cannot be fetched: manifest unknown")
        progress(100, "fetching the image")
        self.pulled[reference] = self.offered[reference]
        return self.offered[reference]

    async def image(self, reference: str) -> Image | None:
        self._called("image")
        return self.pulled.get(reference)

    async def images_unused(self, references: Sequence[str]) -> list[Image]:
        self._called("images_unused")
        used = {row.image for row in self.rows.values()}
        found = [self.pulled[one] for one in references if one in self.pulled]
        return list({image.id: image for image in found if image.id not in used}.values())

    async def remove_image(self, image: Image) -> None:
        self._called("remove_image")
        self.pulled = {name: one for name, one in self.pulled.items() if one.id != image.id}

    async def containers(self) -> list[Container]:
        self._called("containers")
        return [row for row in self.rows.values() if ENGINE in row.labels]

    async def container(self, container_id: str) -> Container:
        self._called("container")
        if container_id not in self.rows:
            raise NoSuchContainer("No such container.")
        return self.rows[container_id]

    async def create(self, spec: Spec) -> Container:
        self._called("create")
        if any(row.name == spec.name for row in self.rows.values()):
            raise DeployerError(f"The engine refused: the name {spec.name} is in use")
        number = next(self._numbers)
        made = Container(
            id=f"c{number}",
            name=spec.name,
            labels=dict(spec.labels),
            state=State.CREATED,
            created_at=f"2026-01-01T00:00:00.{number:09d}Z",
            image=spec.image,
        )
        self.rows[made.id] = made
        self.specs[made.id] = spec
        self.volumes |= set(spec.volumes.values())
        return made

    async def start(self, container_id: str) -> None:
        self._called("start")
        found = await self.container(container_id)
        if self.fate.get("error"):
            raise StartFailed(f"The container cannot be started: {self.fate['error']}")
        self.rows[container_id] = replace(found, **{"exit_code": 0, **self.fate})

    async def stop(self, container_id: str) -> None:
        self._called("stop")
        found = self.rows.get(container_id)
        if found is not None and found.state in (State.RUNNING, State.RESTARTING, State.PAUSED):
            self.rows[container_id] = replace(found, state=State.EXITED, exit_code=143)

    async def remove(self, container_id: str) -> None:
        self._called("remove")
        self.rows.pop(container_id, None)

    async def logs(self, container_id: str, lines: int) -> str:
        self._called("logs")
        await self.container(container_id)
        return "\n".join(self.written.get(container_id, "").splitlines()[-lines:])

    async def follow(self, container_id: str, lines: int) -> AsyncIterator[str]:
        self._called("follow")
        for line in (await self.logs(container_id, lines)).splitlines():
            yield line

    async def remove_volumes(self, names: Sequence[str]) -> None:
        self._called("remove_volumes")
        self.volumes -= set(names)

    async def events(self) -> AsyncIterator[str]:
        self._called("events")
        while True:
            yield await self._news.get()


def make_site(machine: Machine = MACHINE, settings: Settings = SETTINGS) -> Site:
    """A site on the twins, on which every image of the store can be fetched."""
    engine, store = MemoryEngine(machine), MemoryStore()
    return Site(
        engine=engine,
        store=store,
        settings=settings,
        door=Door("http://bauhof.internal:8000", {"bauhof.internal": "172.18.0.1"}),
        network="bauhof-engine-1",
        machine=machine,
        backend="1",
        resource=Resource("1", tuple(qualifiers(machine))),
    )


def offer(site: Site, release: Release, **fields: Any) -> Approval | None:
    """Have a release in the store, and its images in the registry."""
    for one in release.flavours:
        site.engine.offered[one.image] = image_of(one)
    return site.store.add(release, **fields)


def heard() -> tuple[list[tuple[int, str]], Progress]:
    """A progress that remembers, and what it heard."""
    told: list[tuple[int, str]] = []
    return told, lambda percentage, text: told.append((percentage, text))
