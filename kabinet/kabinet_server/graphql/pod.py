"""Pods and their logs: types, filter, order, inputs, root fields and subscriptions."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any

import strawberry
import strawberry_django
from asgiref.sync import sync_to_async
from django.db.models import QuerySet
from strawberry.scalars import JSON

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import column, one_row, visible_rows
from chassis.graphql.inputs import maybe
from kabinet_server import models
from kabinet_server.graphql.backend import Backend, Resource
from kabinet_server.graphql.deployment import Deployment
from kabinet_server.graphql.fields import related_list
from kabinet_server.graphql.filters import PodFilter, PodOrder
from kabinet_server.graphql.scalars import LeaseMode, PodStatus
from kabinet_server.operations import pod as operations
from kabinet_server.operations.watch import pods_watch
from kabinet_server.selectors import rows
from kabinet_server.selectors.scope import by_id


@strawberry_django.type(models.LogDump, description="A piece of a container's output.")
class LogDump:
    """Bounded, and masked where keys stood in it; it outlives the container."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    pod: Pod | None = strawberry_django.field(
        description="The container; null once it was removed."
    )
    deployment: Deployment = strawberry_django.field(description="What it was a container of.")
    container: str = strawberry_django.field(description="What the backend called it.")
    logs: str = strawberry_django.field(description="What it wrote.")
    created_at: datetime = strawberry_django.field(description="When this was kept.")


@strawberry_django.type(models.Lease, description="A share of a resource that a pod holds.")
class Lease:
    """A device, or an amount."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    kind: str = strawberry_django.field(description="cuda, rocm, oneapi, cpu or ram.")
    device: str = strawberry_django.field(description="The id of the device, or nothing.")
    amount: float = strawberry_django.field(description="Cores, or megabytes.")

    @strawberry_django.field(only=["mode"], description="How the device is used.")
    def mode(self: models.Lease) -> LeaseMode | None:
        """Return the mode."""
        return None if self.mode is None else LeaseMode(self.mode)


@strawberry_django.type(models.Pod, description="A container.")
class Pod:
    """As its backend reports it."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    resource: Resource | None = strawberry_django.field(description="Where it is placed.")
    backend: Backend = strawberry_django.field(description="Who runs it.")
    deployment: Deployment = strawberry_django.field(description="What it is a container of.")
    pod_id: str = strawberry_django.field(description="What the backend calls it.")
    client_id: str | None = strawberry_django.field(description="The client it logs in as.")
    descriptors: JSON = strawberry_django.field(description="Its descriptors.")
    created_at: datetime = strawberry_django.field(description="When it was made.")
    updated_at: datetime = strawberry_django.field(description="When it was last reported.")
    log_dumps: list[LogDump] = related_list("What is kept of its output.")

    @column("status", description="Where it is in its life.")
    def status(self: models.Pod) -> PodStatus:
        """Return the state."""
        return PodStatus(self.status)

    @column("reported", description="What its backend last said, also while it is silent.")
    def reported(self: models.Pod) -> PodStatus:
        """Return the report."""
        return PodStatus(self.reported)

    @strawberry_django.field(
        select_related=["backend", "deployment__flavour", "deployment__release__app"],
        only=[
            "backend__name",
            "deployment__flavour__name",
            "deployment__release__app__identifier",
        ],
        description="The backend, the flavour and the app.",
    )
    def name(self: models.Pod) -> str:
        """Join them."""
        deployment = self.deployment
        app = deployment.release.app.identifier
        return f"{self.backend.name} {deployment.flavour.name} {app}"

    @strawberry_django.field(description="The newest piece of its output.")
    def latest_log_dump(self: models.Pod) -> LogDump | None:
        """Find it."""
        return self.log_dumps.order_by("-pk").first()  # type: ignore[return-value] # a row

    @strawberry_django.field(description="What of its resource it holds.")
    def leases(self: models.Pod) -> list[Lease]:
        """Return the live leases."""
        return list(self.leases.filter(released_at=None).order_by("pk"))  # type: ignore[arg-type] # rows


@strawberry.type(description="Something that happened to a pod; exactly one field is set.")
class PodEvent:
    """Made, changed or gone."""

    create: Pod | None = strawberry.field(default=None, description="A new pod.")
    update: Pod | None = strawberry.field(default=None, description="A changed pod.")
    delete: strawberry.ID | None = strawberry.field(default=None, description="One that is gone.")


@strawberry.input(description="A container of the caller's backend.")
class CreatePodInput:
    """Registered before it starts."""

    deployment: strawberry.ID = strawberry.field(description="What it is a container of.")
    local_id: strawberry.ID = strawberry.field(description="What the backend calls it.")
    resource: strawberry.ID | None = maybe("Where it is placed; it gets its leases there.")
    client_id: str | None = maybe("The client it will log in as.")


@strawberry.input(description="The state of a container.")
class UpdatePodInput:
    """Named by its id, or by what the backend calls it."""

    pod: strawberry.ID | None = maybe("The pod.")
    local_id: strawberry.ID | None = maybe("What the caller's backend calls it.")
    status: PodStatus = strawberry.field(description="Its state.")


@strawberry.input(description="A piece of a container's output.")
class DumpLogsInput:
    """Text."""

    pod: strawberry.ID = strawberry.field(description="The pod.")
    logs: str = strawberry.field(description="What it wrote.")


@strawberry.input(description="A pod to forget.")
class DeletePodInput:
    """Its id."""

    id: strawberry.ID = strawberry.field(description="The pod.")


@strawberry.type
class Query:
    """Root fields of pods."""

    pods: list[Pod] = visible_rows(
        rows.pods_visible_to,
        filters=PodFilter,
        ordering=PodOrder,
        description="The containers of the organization.",
    )

    @one_row(Pod, "One pod.")
    def pod(self, info: Info, id: strawberry.ID) -> QuerySet[models.Pod]:
        """Return the pod."""
        return by_id(rows.pods_visible_to(principal_of(info)), id)

    @strawberry_django.field(description="The pod whose container logs in as a client, or null.")
    def pod_for_agent(self, info: Info, client_id: strawberry.ID) -> Pod | None:
        """Return the newest."""
        who = principal_of(info)
        return rows.pod_of_agent(principal=who, client_id=str(client_id)).first()  # type: ignore[return-value] # a row

    @strawberry_django.field(description="The pod that the caller's backend calls so, or null.")
    def my_pod_at(self, info: Info, local_id: strawberry.ID) -> Pod | None:
        """Return the pod."""
        who = principal_of(info)
        return rows.own_pod_at(principal=who, local_id=str(local_id)).first()  # type: ignore[return-value] # a row


@strawberry.type
class Mutation:
    """Mutations of pods."""

    @one_row(Pod, "Register a container of the caller's backend.")
    def create_pod(self, info: Info, input: CreatePodInput) -> QuerySet[models.Pod]:
        """Register it, with its leases."""
        who = principal_of(info)
        made = operations.pod_create(
            principal=who,
            deployment_id=input.deployment,
            local_id=str(input.local_id),
            resource_id=input.resource,
            client_id=input.client_id,
        )
        return by_id(rows.pods_visible_to(who), made.pk)

    @one_row(Pod, "Report the state of a container of the caller's backend.")
    def update_pod(self, info: Info, input: UpdatePodInput) -> QuerySet[models.Pod]:
        """Write it; those who watch are told if it is another one."""
        who = principal_of(info)
        local_id = None if input.local_id is None else str(input.local_id)
        made = operations.pod_update(
            principal=who, pod_id=input.pod, local_id=local_id, status=input.status
        )
        return by_id(rows.pods_visible_to(who), made.pk)

    @strawberry_django.field(description="Keep a piece of a container's output.")
    def dump_logs(self, info: Info, input: DumpLogsInput) -> LogDump:
        """Keep it."""
        return operations.logs_dump(  # type: ignore[return-value] # a row
            principal=principal_of(info), pod_id=input.pod, logs=input.logs
        )

    @strawberry_django.field(description="Forget a pod, and return its id.")
    def delete_pod(self, info: Info, input: DeletePodInput) -> strawberry.ID:
        """Forget it."""
        who = principal_of(info)
        return strawberry.ID(operations.pod_delete(principal=who, pod_id=input.id))


@strawberry.type
class Subscription:
    """Pods as they come, change and go."""

    @strawberry.subscription(description="What happens to one pod.")
    async def pod(self, info: Info, pod_id: strawberry.ID) -> AsyncGenerator[PodEvent, None]:
        """Watch it."""
        async for event in _events(info, pod_id):
            yield event

    @strawberry.subscription(description="What happens to the pods of the organization.")
    async def pods(self, info: Info) -> AsyncGenerator[PodEvent, None]:
        """Watch them."""
        async for event in _events(info, None):
            yield event


async def _events(info: Info, pod_id: object | None) -> AsyncGenerator[PodEvent, None]:
    who = principal_of(info)
    async for kind, number in pods_watch(principal=who, pod_id=pod_id):
        # The token may have run out since.
        principal_of(info)
        if kind == "delete":
            yield PodEvent(delete=strawberry.ID(str(number)))
            continue
        rows_now = by_id(rows.pods_visible_to(who), number)
        found: Any = await sync_to_async(rows_now.select_related(*_SHOWN).first)()
        if found is not None:
            yield PodEvent(**{kind: found})


#: What the clients ask of a pod in an event.
_SHOWN = ("backend", "deployment__flavour__release__app", "deployment__approval", "resource")
