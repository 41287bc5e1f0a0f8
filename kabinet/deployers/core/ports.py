"""What a deployer needs of the world: an engine that runs containers, and the platform."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Protocol

from deployers.core.model import (
    Activity,
    Approval,
    Container,
    Flavour,
    Image,
    Key,
    Machine,
    Pod,
    Release,
    Spec,
    Values,
)
from kabinet_server.domain.kinds import PodStatus

#: Called with a percentage from 0 to 100 and what is going on.
Progress = Callable[[int, str], None]


class Engine(Protocol):
    """Runs containers. Every method raises EngineUnavailable while the engine does not answer."""

    async def probe(self) -> Machine:
        """Return the hardware, without running or fetching anything."""
        ...

    async def pull(self, reference: str, progress: Progress) -> Image:
        """Fetch an image, telling percentages; raises PullFailed with the registry's reason."""
        ...

    async def image(self, reference: str) -> Image | None:
        """Return an image that is already there."""
        ...

    async def images_unused(self, references: Sequence[str]) -> list[Image]:
        """Return those of the named images that are there and that no container uses."""
        ...

    async def remove_image(self, image: Image) -> None:
        """Remove an image; one that is in use stays."""
        ...

    async def containers(self) -> list[Container]:
        """Return every container a deployer made, of this deployer and of others."""
        ...

    async def container(self, container_id: str) -> Container:
        """Return one; raises NoSuchContainer."""
        ...

    async def create(self, spec: Spec) -> Container:
        """Make a container without starting it; its network and volumes are made if need be."""
        ...

    async def start(self, container_id: str) -> None:
        """Start it; raises StartFailed with the engine's reason."""
        ...

    async def stop(self, container_id: str) -> None:
        """Ask it to end, insist after its patience; one that has ended stays so."""
        ...

    async def remove(self, container_id: str) -> None:
        """Remove it, running or not; one that is gone already stays so."""
        ...

    async def logs(self, container_id: str, lines: int) -> str:
        """Return the last lines of its output."""
        ...

    def follow(self, container_id: str, lines: int) -> AsyncIterator[str]:
        """Yield its output line by line until it ends."""
        ...

    async def remove_volumes(self, names: Sequence[str]) -> None:
        """Remove volumes; those in use stay."""
        ...

    def events(self) -> AsyncIterator[str]:
        """Yield the id of a container of a deployer whenever something happens to it."""
        ...


class Store(Protocol):
    """The platform as the deployer sees it: Kabinet, the mandates of fakts, and Rekuest's tasks.

    Every method raises StoreUnavailable when nobody answers, and StoreRefused for a no.
    """

    async def declare_backend(self, name: str, kind: str) -> str:
        """Say who this is; returns the id of the backend."""
        ...

    async def declare_resource(
        self, backend: str, local_id: str, name: str, qualifiers: Sequence[tuple[str, str]]
    ) -> str:
        """Say what this machine can do; returns the id of the resource."""
        ...

    async def release(self, release_id: str) -> Release:
        """Return a release with its flavours."""
        ...

    async def flavour(self, flavour_id: str) -> Flavour:
        """Return a flavour."""
        ...

    async def offering(self, definition_id: str) -> list[Flavour]:
        """Return the flavours that bring an action, the newest release first."""
        ...

    async def flavours(self) -> list[Flavour]:
        """Return every flavour of the organization."""
        ...

    async def approvals(self) -> list[Approval]:
        """Return all approvals, revoked ones too."""
        ...

    async def create_deployment(
        self,
        *,
        local_id: str,
        flavour: str,
        approval: str,
        pulled_at: datetime,
        replaces: str | None = None,
    ) -> str:
        """Record the wish to run a flavour; the same again is the same one.

        `replaces` is the deployment it takes the place of, so that there is a way back.
        """
        ...

    async def values_of(self, deployment: str) -> Values:
        """Open the parameters and secrets of a deployment of this backend."""
        ...

    async def create_pod(
        self, *, deployment: str, local_id: str, resource: str, client_id: str | None
    ) -> str:
        """Record a container; the same again is the same one."""
        ...

    async def update_pod(self, local_id: str, status: PodStatus) -> None:
        """Report how a container is."""
        ...

    async def last_told(self, pod_id: str) -> PodStatus:
        """Return what was reported of a container last, though Kabinet may doubt it by now."""
        ...

    async def reach_all(self) -> None:
        """Raise StoreUnavailable unless every service that an app needs answers."""
        ...

    async def delete_pod(self, pod_id: str) -> None:
        """Forget a container."""
        ...

    async def dump_logs(self, pod_id: str, logs: str) -> None:
        """Keep the last words of a container."""
        ...

    async def pods(self, backend: str) -> list[Pod]:
        """Return the containers Kabinet believes are here."""
        ...

    async def issue_key(self, approval: Approval, label: str) -> Key:
        """Return a key by which one container logs in as the approver."""
        ...

    async def revoke_key(self, mandate: str) -> None:
        """Withdraw a key; a withdrawn one stays so."""
        ...

    async def has_logged_in(self, mandate: str) -> bool:
        """Tell whether the key was used."""
        ...

    async def client_of(self, mandate: str) -> str | None:
        """Return which client logged in with a key, once one has."""
        ...

    async def activity(self, client: str) -> Activity:
        """Return whether the app of a client is connected and has work."""
        ...

    async def remote_values(self) -> dict[str, object]:
        """Return the values an admin set for this app, e.g. `docker.sync_interval`."""
        ...
