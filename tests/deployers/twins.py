"""In-memory twins of the engine and of Kabinet, and values for tests.

The twin of the engine is held against a real Docker by tests/engine/test_engine.py, which runs the
same checks on both.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from deployers.core.deploying import Site
from deployers.core.errors import (
    DeployerError,
    EngineUnavailable,
    NoSuchContainer,
    PullFailed,
    StartFailed,
    StoreRefused,
    StoreUnavailable,
)
from deployers.core.hardware import qualifiers
from deployers.core.labels import ENGINE
from deployers.core.model import (
    Approval,
    Container,
    Flavour,
    Gpu,
    GpuKind,
    Image,
    Key,
    Limits,
    Machine,
    Pod,
    Release,
    Resource,
    Spec,
    State,
    Values,
)
from deployers.core.ports import Progress
from deployers.core.settings import Door, Settings
from kabinet_server.domain.kinds import PodStatus

MACHINE = Machine(cpus=16, arch="x86_64", memory=64_000)
CARDS = (
    Gpu(GpuKind.CUDA, "GPU-a", 24_000, "8.9"),
    Gpu(GpuKind.CUDA, "GPU-b", 24_000, "8.9"),
)
SETTINGS = Settings(
    engine="engine-1", agent="live.bauhof.docker", device="box", settle_seconds=0.0, start_seconds=2
)


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


class MemoryStore:
    """What Kabinet and fakts know, and how they answer."""

    def __init__(self) -> None:
        self.releases: dict[str, Release] = {}
        self.given: list[Approval] = []
        self.deployments: dict[str, tuple[str, str, str]] = {}
        #: What people set for the apps, by deployment.
        self.set: dict[str, Values] = {}
        #: What each deployment that was recorded took the place of.
        self.replaced: list[str | None] = []
        self.rows: dict[str, Pod] = {}
        self.dumps: list[tuple[str, str]] = []
        self.keys: dict[str, bool] = {}
        self.clients: dict[str, str] = {}
        self.logins: set[str] = set()
        self.values: dict[str, object] = {}
        self.definitions: dict[str, list[str]] = {}
        self.away = False
        #: Methods that are refused, with the reason.
        self.refuses: dict[str, str] = {}
        self.calls: list[str] = []
        self.reports: list[tuple[str, PodStatus]] = []

    def _called(self, method: str) -> None:
        self.calls.append(method)
        if self.away:
            raise StoreUnavailable("Kabinet cannot be reached.")
        if method in self.refuses:
            raise StoreRefused(self.refuses[method])

    def add(self, release: Release, *, approved: bool = True, **fields: Any) -> Approval | None:
        """Have a release, approved or not."""
        self.releases[release.id] = release
        if not approved:
            return None
        self.given.append(approval(release, id=str(len(self.given) + 1), **fields))
        return self.given[-1]

    def revoke(self, approval_id: str) -> None:
        """End an approval."""
        moment = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
        self.given = [
            replace(one, is_active=False, revoked_at=moment) if one.id == approval_id else one
            for one in self.given
        ]

    def _all_flavours(self) -> dict[str, Flavour]:
        return {one.id: one for release in self.releases.values() for one in release.flavours}

    async def declare_backend(self, name: str, kind: str) -> str:
        self._called("declare_backend")
        return "1"

    async def declare_resource(
        self, backend: str, local_id: str, name: str, qualifiers: Sequence[tuple[str, str]]
    ) -> str:
        self._called("declare_resource")
        return "1"

    async def release(self, release_id: str) -> Release:
        self._called("release")
        return self.releases[release_id]

    async def flavour(self, flavour_id: str) -> Flavour:
        self._called("flavour")
        return self._all_flavours()[flavour_id]

    async def offering(self, definition_id: str) -> list[Flavour]:
        self._called("offering")
        known = self._all_flavours()
        return [known[one] for one in self.definitions.get(definition_id, [])]

    async def flavours(self) -> list[Flavour]:
        self._called("flavours")
        return list(self._all_flavours().values())

    async def approvals(self) -> list[Approval]:
        self._called("approvals")
        return list(self.given)

    async def create_deployment(
        self,
        *,
        local_id: str,
        flavour: str,
        approval: str,
        pulled_at: datetime,
        replaces: str | None = None,
    ) -> str:
        self._called("create_deployment")
        self.replaced.append(replaces)
        assert pulled_at.tzinfo is not None
        for known, wish in self.deployments.items():
            if wish[:2] == (local_id, flavour):
                self.deployments[known] = (local_id, flavour, approval)
                return known
        made = f"d{len(self.deployments) + 1}"
        self.deployments[made] = (local_id, flavour, approval)
        return made

    async def values_of(self, deployment: str) -> Values:
        self._called("values_of")
        return self.set.get(deployment, Values())

    async def create_pod(
        self, *, deployment: str, local_id: str, resource: str, client_id: str | None
    ) -> str:
        self._called("create_pod")
        if deployment not in self.deployments:
            raise StoreRefused("There is no such deployment.")
        known = self.rows.get(local_id)
        if known is not None:
            self.rows[local_id] = replace(known, client=client_id or known.client)
            return known.id
        _, flavour, under = self.deployments[deployment]
        self.rows[local_id] = Pod(
            id=f"p{len(self.calls)}",
            local_id=local_id,
            status=PodStatus.PENDING,
            deployment=deployment,
            flavour=self._all_flavours()[flavour],
            approval=under,
            client=client_id,
        )
        return self.rows[local_id].id

    async def update_pod(self, local_id: str, status: PodStatus) -> None:
        self._called("update_pod")
        self.reports.append((local_id, status))
        if local_id not in self.rows:
            raise StoreRefused("There is no such pod.")
        self.rows[local_id] = replace(self.rows[local_id], status=status)

    async def delete_pod(self, pod_id: str) -> None:
        self._called("delete_pod")
        self.rows = {key: pod for key, pod in self.rows.items() if pod.id != pod_id}

    async def dump_logs(self, pod_id: str, logs: str) -> None:
        self._called("dump_logs")
        self.dumps.append((pod_id, logs))

    async def pods(self, backend: str) -> list[Pod]:
        self._called("pods")
        return list(self.rows.values())

    async def issue_key(self, approval: Approval, label: str) -> Key:
        self._called("issue_key")
        mandate = f"m{len(self.keys) + 1}"
        self.keys[mandate] = True
        return Key(secret=f"bmk_secret-of-{mandate}", mandate=mandate)

    async def revoke_key(self, mandate: str) -> None:
        self._called("revoke_key")
        self.keys[mandate] = False

    async def has_logged_in(self, mandate: str) -> bool:
        self._called("has_logged_in")
        return mandate in self.logins

    async def client_of(self, mandate: str) -> str | None:
        self._called("client_of")
        return self.clients.get(mandate)

    async def remote_values(self) -> dict[str, object]:
        self._called("remote_values")
        return dict(self.values)


def flavour(release: str = "r1", name: str = "vanilla", **fields: Any) -> Flavour:
    """A flavour of a release of org.example.app."""
    version = fields.pop("version", "1.0.0")
    return Flavour(
        id=fields.pop("id", f"{release}-{name}"),
        name=name,
        image=fields.pop("image", f"registry/app@sha256:{release}-{name}"),
        selectors=tuple(fields.pop("selectors", ())),
        manifest={"identifier": "org.example.app", "entrypoint": "app", **fields.pop("more", {})},
        identifier=fields.pop("identifier", "org.example.app"),
        version=version,
        release=release,
        **fields,
    )


def release(id: str = "r1", *flavours: Flavour, version: str = "1.0.0") -> Release:
    """A release; without flavours one that runs anywhere."""
    own = flavours or (flavour(id, version=version),)
    return Release(id, own[0].identifier, version, tuple(own))


def approval(of: Release, **fields: Any) -> Approval:
    """An approval for this deployer."""
    return Approval(
        **{
            "id": "1",
            "release": of.id,
            "mandate": f"mandate-{of.id}",
            "agent": SETTINGS.agent,
            "is_active": True,
            **fields,
        }
    )


def image_of(one: Flavour, **fields: Any) -> Image:
    """The image of a flavour as the engine knows it."""
    return Image(**{"id": f"sha256:{one.id}", "digest": one.image, "bytes": 1000, **fields})


def container(id: str = "c1", **fields: Any) -> Container:
    """A running container of nobody."""
    return Container(
        **{"id": id, "name": id, "labels": {}, "state": State.RUNNING, "created_at": "1", **fields}
    )


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


SMALL = Limits(memory=64, cpus=0.5, pids=64)
