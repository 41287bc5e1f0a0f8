"""Kabinet through its released client, in the words of the deployer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from kabinet.api.schema import FlavourFilter, PodStatus, QualifierInput
from kabinet.kabinet import Kabinet

from deployers.core import model
from deployers.core.errors import StoreRefused
from deployers.core.ports import Store
from deployers.platform.authority import Authority
from deployers.platform.faults import translated
from deployers.platform.tasks import Tasks
from kabinet_server.domain import kinds

_PAGE = 100
_OPEN = """
mutation Open($deployment: ID!) { openDeploymentValues(deployment: $deployment) { params secrets } }
"""
_REPLACE = """
mutation Replace($input: CreateDeploymentInput!) { createDeployment(input: $input) { id } }
"""
_LAST_TOLD = "query LastTold($pod: ID!) { pod(id: $pod) { reported } }"
_HERE = "query Here { __typename }"


class KabinetStore:
    """The platform as the deployer sees it."""

    def __init__(self, kabinet: Kabinet, authority: Authority, tasks: Tasks, device: str) -> None:
        self._kabinet = kabinet
        self._tasks = tasks
        self._authority = authority
        self._device = device

    async def declare_backend(self, name: str, kind: str) -> str:
        """Say who this is."""
        async with translated("Kabinet"):
            return str((await self._kabinet.adeclare_backend(name=name, kind=kind)).id)

    async def declare_resource(
        self, backend: str, local_id: str, name: str, qualifiers: Sequence[tuple[str, str]]
    ) -> str:
        """Say what this machine can do."""
        rows = [QualifierInput(key=key, value=value) for key, value in qualifiers]
        async with translated("Kabinet"):
            made = await self._kabinet.adeclare_resource(
                backend=backend, local_id=local_id, name=name, qualifiers=rows
            )
        return str(made.id)

    async def release(self, release_id: str) -> model.Release:
        """Return a release."""
        async with translated("Kabinet"):
            return read_release(await self._kabinet.aget_release(release_id))

    async def flavour(self, flavour_id: str) -> model.Flavour:
        """Return a flavour."""
        async with translated("Kabinet"):
            return read_flavour(await self._kabinet.aget_flavour(flavour_id))

    async def offering(self, definition_id: str) -> list[model.Flavour]:
        """Return the flavours that bring an action."""
        wanted = FlavourFilter(hasDefinitions=(definition_id,))
        async with translated("Kabinet"):
            found = await self._kabinet.alist_flavours(filters=wanted)
            return [read_flavour(await self._kabinet.aget_flavour(one.id)) for one in found]

    async def flavours(self) -> list[model.Flavour]:
        """Return every flavour of the organization."""
        async with translated("Kabinet"):
            found = await self._kabinet.alist_flavours()
        return [read_flavour(one) for one in found]

    async def approvals(self) -> list[model.Approval]:
        """Return all approvals."""
        async with translated("Kabinet"):
            found = await self._kabinet.alist_release_approvals()
        return [read_approval(one) for one in found]

    async def create_deployment(
        self,
        *,
        local_id: str,
        flavour: str,
        approval: str,
        pulled_at: datetime,
        replaces: str | None = None,
    ) -> str:
        """Record the wish to run a flavour."""
        async with translated("Kabinet"):
            if replaces is not None:
                # The client's own document cannot say it.
                wish = {"localId": local_id, "flavour": flavour, "approval": approval}
                wish |= {"lastPulled": pulled_at.isoformat(), "replaces": replaces}
                answer = await self._kabinet.rath.aquery(_REPLACE, {"input": wish})
                return str(answer.data["createDeployment"]["id"])
            made = await self._kabinet.acreate_deployment(
                local_id=local_id, flavour=flavour, approval=approval, last_pulled=pulled_at
            )
        return str(made.id)

    async def values_of(self, deployment: str) -> model.Values:
        """Open the parameters and secrets of a deployment."""
        async with translated("Kabinet"):
            answer = await self._kabinet.rath.aquery(_OPEN, {"deployment": deployment})
        found = answer.data["openDeploymentValues"]
        return model.Values(found["params"], found["secrets"])

    async def create_pod(
        self, *, deployment: str, local_id: str, resource: str, client_id: str | None
    ) -> str:
        """Record a container."""
        more = {} if client_id is None else {"client_id": client_id}
        async with translated("Kabinet"):
            made = await self._kabinet.acreate_pod(
                deployment=deployment, local_id=local_id, resource=resource, **more
            )
        return str(made.id)

    async def update_pod(self, local_id: str, status: kinds.PodStatus) -> None:
        """Report how a container is."""
        async with translated("Kabinet"):
            await self._kabinet.aupdate_pod(status=PodStatus(status.value), local_id=local_id)

    async def last_told(self, pod_id: str) -> kinds.PodStatus:
        """Return what was reported of a container last."""
        async with translated("Kabinet"):
            answer = await self._kabinet.rath.aquery(_LAST_TOLD, {"pod": pod_id})
        return kinds.PodStatus(answer.data["pod"]["reported"])

    async def reach_all(self) -> None:
        """Ask each service for next to nothing."""
        async with translated("Kabinet"):
            await self._kabinet.rath.aquery(_HERE, {})
        await self._authority.remote_values()
        await self._tasks.reach()

    async def delete_pod(self, pod_id: str) -> None:
        """Forget a container."""
        async with translated("Kabinet"):
            await self._kabinet.adelete_pod(pod_id)

    async def dump_logs(self, pod_id: str, logs: str) -> None:
        """Keep the last words of a container."""
        async with translated("Kabinet"):
            await self._kabinet.adump_logs(pod=pod_id, logs=logs)

    async def pods(self, backend: str) -> list[model.Pod]:
        """Return the containers Kabinet believes are here."""
        found: list[model.Pod] = []
        async with translated("Kabinet"):
            while True:
                page = await self._kabinet.amy_pods(backend=backend, limit=_PAGE, offset=len(found))
                found += [read_pod(one) for one in page]
                if len(page) < _PAGE:
                    return found

    async def issue_key(self, approval: model.Approval, label: str) -> model.Key:
        """Return a key for one container."""
        return await self._authority.issue_key(approval, self._device, label)

    async def revoke_key(self, mandate: str) -> None:
        """End a key."""
        await self._authority.revoke_key(mandate)

    async def has_logged_in(self, mandate: str) -> bool:
        """Tell whether the key of a container was used."""
        return await self._authority.has_logged_in(mandate)

    async def client_of(self, mandate: str) -> str | None:
        """Return the client that logged in with a key."""
        return await self._authority.client_of(mandate)

    async def activity(self, client: str) -> model.Activity:
        """Return whether the app of a client is connected and has work."""
        return await self._tasks.activity(client)

    async def remote_values(self) -> dict[str, object]:
        """Return what an admin set for this app."""
        return await self._authority.remote_values()


def read_release(found: Any) -> model.Release:
    """Read a release as the client gives it."""
    identity = {
        "release": str(found.id),
        "identifier": found.app.identifier,
        "version": found.version,
        "is_channel": found.channel is not None,
    }
    return model.Release(
        id=str(found.id),
        identifier=found.app.identifier,
        version=found.version,
        channel=found.channel,
        flavours=tuple(_flavour(one, identity) for one in found.flavours),
    )


def read_flavour(found: Any) -> model.Flavour:
    """Read a flavour; one from a list does not tell its release, its manifest does in part."""
    release = getattr(found, "release", None)
    manifest = dict(found.manifest or {})
    return _flavour(
        found,
        {
            "release": str(release.id) if release else "",
            "identifier": release.app.identifier if release else manifest.get("identifier", ""),
            "version": release.version if release else manifest.get("version", ""),
        },
    )


def _flavour(found: Any, identity: Mapping[str, Any]) -> model.Flavour:
    return model.Flavour(
        id=str(found.id),
        name=found.name,
        image=found.image.image_string,
        selectors=tuple(read_selector(one) for one in found.selectors),
        manifest=dict(found.manifest or {}),
        **identity,
    )


def read_selector(found: Any) -> dict[str, Any]:
    """Return a selector as the document it was, without what was not set."""
    document = found.model_dump(by_alias=False, exclude={"typename"})
    return {key: value for key, value in document.items() if value is not None}


def read_approval(found: Any) -> model.Approval:
    """Read an approval."""
    return model.Approval(
        id=str(found.id),
        release=str(found.release.id),
        mandate=str(found.mandate_id),
        agent=found.agent,
        is_active=found.is_active,
        revoked_at=found.revoked_at,
        backends=frozenset(str(one.id) for one in found.backends),
    )


def read_pod(found: Any) -> model.Pod:
    """Read a pod."""
    approval = found.deployment.approval
    return model.Pod(
        id=str(found.id),
        local_id=found.pod_id,
        status=kinds.PodStatus(found.status.value),
        deployment=str(found.deployment.id),
        flavour=read_flavour(found.deployment.flavour),
        approval=str(approval.id) if approval else None,
        client=found.client_id,
    )


async def pod_of(store: Store, backend: str, pod_id: str) -> model.Pod:
    """Return a pod of this backend; raises StoreRefused for any other."""
    for pod in await store.pods(backend):
        if pod.id == pod_id:
            return pod
    raise StoreRefused("This backend has no such pod.")
