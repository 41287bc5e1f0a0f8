"""Backends and resources: types, filters, orders, inputs and root fields."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import column, one_row, visible_rows
from chassis.graphql.inputs import maybe, plain
from kabinet_server import models
from kabinet_server.graphql.fields import IdsFilter, holds, related_list
from kabinet_server.graphql.filters import PodFilter, PodOrder
from kabinet_server.graphql.identity import Client, Organization, User
from kabinet_server.graphql.scalars import UntypedParams
from kabinet_server.operations import backend as operations
from kabinet_server.selectors import liveness, rows
from kabinet_server.selectors.scope import by_id

if TYPE_CHECKING:
    from kabinet_server.graphql.pod import Pod

_POD = strawberry.lazy("kabinet_server.graphql.pod")
LazyPod = Annotated["Pod", _POD]


@strawberry_django.filter_type(models.Backend, description="Narrows a list of backends.")
class BackendFilter(IdsFilter):
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Text in the name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return holds(value, "name", prefix=prefix)


@strawberry_django.order_type(models.Backend, description="Puts backends in order.")
class BackendOrder:
    """By id, name or sign of life."""

    id: strawberry.auto = strawberry_django.order_field(description="By id.")
    name: strawberry.auto = strawberry_django.order_field(description="By name.")
    last_heartbeat: strawberry.auto = strawberry_django.order_field(
        description="By the last sign of life."
    )


@strawberry_django.filter_type(models.Resource, description="Narrows a list of resources.")
class ResourceFilter(IdsFilter):
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Text in the name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return holds(value, "name", prefix=prefix)


@strawberry_django.order_type(models.Resource, description="Puts resources in order.")
class ResourceOrder:
    """By id, name or time."""

    id: strawberry.auto = strawberry_django.order_field(description="By id.")
    name: strawberry.auto = strawberry_django.order_field(description="By name.")
    created_at: strawberry.auto = strawberry_django.order_field(
        description="By when it was declared."
    )


@strawberry_django.type(models.Backend, description="An app that runs containers.")
class Backend:
    """A client of a user in an organization."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    user: User = strawberry_django.field(description="Who it acts as.")
    client: Client = strawberry_django.field(description="The client it is.")
    organization: Organization = strawberry_django.field(description="The tenant.")
    name: str = strawberry_django.field(description="The name people see.")
    kind: str = strawberry_django.field(description="What it runs containers with.")
    last_heartbeat: datetime = strawberry_django.field(description="Its last sign of life.")
    pods: list[LazyPod] = related_list(
        "Its containers.",
        filters=PodFilter,
        ordering=PodOrder,
    )
    resources: list[Resource] = related_list(
        "Its resources.",
        filters=ResourceFilter,
        ordering=ResourceOrder,
    )

    @strawberry_django.field(only=["client_id"], description="The client id it logs in with.")
    def client_id(self: models.Backend) -> str:
        """Return the key of the client."""
        return self.client_id

    @column("last_heartbeat", description="Whether it gave a sign of life lately.")
    def is_online(self: models.Backend) -> bool:
        """Compare the time."""
        return liveness.is_online(self)


@strawberry_django.type(models.Resource, description="A place on a backend with its hardware.")
class Resource:
    """Where pods are placed."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    backend: Backend = strawberry_django.field(description="The backend it is of.")
    resource_id: str = strawberry_django.field(description="What the backend calls it.")
    name: str = strawberry_django.field(description="The name people see.")
    pods: list[LazyPod] = related_list(
        "The pods placed on it.",
        filters=PodFilter,
        ordering=PodOrder,
    )

    @column("qualifiers", description="What it is like: a list of keys and values.")
    def qualifiers(self: models.Resource) -> UntypedParams | None:
        """Return the stored list."""
        return UntypedParams(self.qualifiers)


@strawberry.input(description="The caller's backend.")
class DeclareBackendInput:
    """A name and a kind."""

    name: str = strawberry.field(description="The name people see.")
    kind: str = strawberry.field(description="What it runs containers with.")


@strawberry.input(description="One thing a resource is like.")
class QualifierInput:
    """A key and a value."""

    key: str = strawberry.field(description="The key.")
    value: str = strawberry.field(description="The value.")


@strawberry.input(description="A resource of the caller's backend.")
class DeclareResourceInput:
    """Its name there, and what it is like."""

    backend: strawberry.ID = strawberry.field(description="The backend.")
    local_id: str = strawberry.field(description="What the backend calls it.")
    name: str | None = maybe("The name people see.")
    qualifiers: list[QualifierInput] | None = maybe("What it is like; replaces what was said.")


@strawberry.type
class Query:
    """Root fields of backends and resources."""

    backends: list[Backend] = visible_rows(
        rows.backends_visible_to,
        filters=BackendFilter,
        ordering=BackendOrder,
        description="The backends of the organization.",
    )
    resources: list[Resource] = visible_rows(
        rows.resources_visible_to,
        filters=ResourceFilter,
        ordering=ResourceOrder,
        description="The resources of all backends.",
    )

    @one_row(Backend, "One backend.")
    def backend(self, info: Info, id: strawberry.ID) -> QuerySet[models.Backend]:
        """Return the backend."""
        return by_id(rows.backends_visible_to(principal_of(info)), id)

    @one_row(Resource, "One resource.")
    def resource(self, info: Info, id: strawberry.ID) -> QuerySet[models.Resource]:
        """Return the resource."""
        return by_id(rows.resources_visible_to(principal_of(info)), id)


@strawberry.type
class Mutation:
    """Mutations of backends and resources."""

    @one_row(Backend, "Make the caller's backend known, or give it another name.")
    def declare_backend(self, info: Info, input: DeclareBackendInput) -> QuerySet[models.Backend]:
        """Declare it."""
        who = principal_of(info)
        made = operations.backend_declare(principal=who, name=input.name, kind=input.kind)
        return by_id(rows.backends_visible_to(who), made.pk)

    @one_row(Resource, "Make a resource of the caller's backend known.")
    def declare_resource(
        self, info: Info, input: DeclareResourceInput
    ) -> QuerySet[models.Resource]:
        """Declare it."""
        who = principal_of(info)
        made = operations.resource_declare(
            principal=who,
            backend_id=input.backend,
            local_id=input.local_id,
            name=input.name,
            qualifiers=plain(input.qualifiers),
        )
        return by_id(rows.resources_visible_to(who), made.pk)

    @strawberry_django.field(
        description="Forget a backend with all it has; its containers are its own to stop."
    )
    def delete_backend(self, info: Info, id: strawberry.ID) -> strawberry.ID:
        """Forget it."""
        who = principal_of(info)
        return strawberry.ID(operations.backend_delete(principal=who, backend_id=id))
