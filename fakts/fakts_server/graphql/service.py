"""Services, their running instances, and what clients are wired to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet
from strawberry_django.pagination import OffsetPaginationInput

from chassis.errors import NotFound
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import BoundedField, Found, page_of, visible_rows
from fakts_server import models
from fakts_server.domain.network import Network, network_of
from fakts_server.graphql.app import Client
from fakts_server.graphql.group import Group
from fakts_server.graphql.media import MediaStore, no_picture
from fakts_server.graphql.person import User
from fakts_server.graphql.scalars import ServiceIdentifier
from fakts_server.selectors import directory
from fakts_server.selectors.scope import row_id, row_ids

if TYPE_CHECKING:
    from fakts_server.graphql.hub import Hub

LazyHub = Annotated["Hub", strawberry.lazy("fakts_server.graphql.hub")]


def _ids(value: list[strawberry.ID], prefix: str) -> Q:
    return Q(**{f"{prefix}pk__in": row_ids(value)})


@strawberry_django.filter_type(models.Service, description="Narrows a list of services.")
class ServiceFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return _ids(value, prefix)

    @strawberry_django.filter_field(description="Text in the identifier.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the identifier."""
        return Q(**{f"{prefix}identifier__icontains": value})


@strawberry_django.filter_type(models.ServiceRelease, description="Narrows a list of versions.")
class ServiceReleaseFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return _ids(value, prefix)

    @strawberry_django.filter_field(description="Text in the identifier of the service.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the identifier."""
        return Q(**{f"{prefix}service__identifier__icontains": value})


@strawberry_django.filter_type(models.ServiceInstance, description="Narrows a list of instances.")
class ServiceInstanceFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return _ids(value, prefix)

    @strawberry_django.filter_field(description="Text in the name of the instance.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the name."""
        return Q(**{f"{prefix}identifier__icontains": value})


@strawberry.input(description="Narrows a list of layers.")
class LayerFilter:
    """Both have to fit where both are given."""

    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="By ids.")
    search: str | None = strawberry.field(default=None, description="Text in the name.")


@strawberry.type(description="A network instances are reached through.")
class Layer:
    """One per kind of address the organization's instances have."""

    id: strawberry.ID = strawberry.field(description="The id of the layer.")
    name: str = strawberry.field(description="Its name.")
    identifier: ServiceIdentifier = strawberry.field(description="Its identifier.")
    description: str | None = strawberry.field(description="What it is.")
    logo: MediaStore | None = strawberry.field(description="Its logo.", resolver=no_picture)


def _layer(network: Network) -> Layer:
    return Layer(
        id=strawberry.ID(network.id),
        name=network.name,
        identifier=ServiceIdentifier(network.identifier),
        description=network.description,
    )


@strawberry_django.type(models.Service, description="A kind of backend.")
class Service:
    """As manifests name it."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    identifier: ServiceIdentifier = strawberry_django.field(
        description="Its identifier, in reverse domain notation."
    )
    name: str = strawberry_django.field(description="Its name.")
    description: str | None = strawberry_django.field(description="What it is.")
    releases: list[ServiceRelease] = strawberry_django.field(
        field_cls=BoundedField, pagination=True, description="Its versions."
    )
    logo: MediaStore | None = strawberry.field(description="Its logo.", resolver=no_picture)


@strawberry_django.type(models.ServiceRelease, description="One version of a service.")
class ServiceRelease:
    """It runs as instances."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    version: str = strawberry_django.field(description="The version.")
    service: Service = strawberry_django.field(description="What it is a version of.")
    instances: list[ServiceInstance] = strawberry_django.field(
        field_cls=BoundedField, pagination=True, description="Where it runs."
    )


@strawberry_django.type(models.InstanceAlias, description="One address of an instance.")
class InstanceAlias:
    """A relative one follows the caller's origin."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    kind: str = strawberry_django.field(description="`relative`, `absolute` or `docker`.")
    host: str | None = strawberry_django.field(description="The host; empty when relative.")
    port: int | None = strawberry_django.field(description="The port; none when relative.")
    path: str | None = strawberry_django.field(description="The path below the host.")
    ssl: bool = strawberry_django.field(description="Whether it speaks TLS.")
    challenge: str = strawberry_django.field(description="The path of its health challenge.")
    instance: ServiceInstance = strawberry_django.field(description="Whose address it is.")
    public: bool = strawberry_django.field(
        field_name="is_public", description="Whether it works from the internet."
    )

    @strawberry_django.field(
        description="The network it is reached through.",
        only=["kind", "instance__hub__organization_id"],
        select_related=["instance__hub"],
    )
    def layer(self, root: strawberry.Parent[models.InstanceAlias]) -> Layer | None:
        """Name the network of its kind."""
        return _layer(network_of(root.instance.hub.organization_id, root.kind))


@strawberry_django.type(models.ServiceInstance, description="A running backend.")
class ServiceInstance:
    """What a requirement is wired to."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    instance_id: strawberry.ID = strawberry_django.field(
        field_name="identifier", description="Its name; the `aud` of its tokens."
    )
    name: str = strawberry_django.field(field_name="identifier", description="Its name.")
    release: ServiceRelease = strawberry_django.field(description="What it runs.")
    aliases: list[InstanceAlias] = strawberry_django.field(description="Its addresses.")
    mappings: list[ServiceInstanceMapping] = strawberry_django.field(
        field_cls=BoundedField, pagination=True, description="The clients that are wired to it."
    )
    allowed_users: list[User] = strawberry_django.field(
        description="Where people or groups are allowed, nobody else may use it."
    )
    denied_users: list[User] = strawberry_django.field(
        description="Who may not use it, whatever else allows it."
    )
    allowed_groups: list[Group] = strawberry_django.field(
        description="Where people or groups are allowed, nobody else may use it."
    )
    denied_groups: list[Group] = strawberry_django.field(
        description="Groups that may not use it, whatever else allows it."
    )
    hub: LazyHub = strawberry_django.field(description="What it is a part of.")
    is_default: bool = strawberry_django.field(
        description="Whether it answers when nobody chooses among its kind."
    )
    is_configured: bool = strawberry_django.field(
        description="Whether it comes with the installation and cannot be taken away."
    )
    provides: list[str] = strawberry_django.field(
        description="Words beyond its kind that manifests may ask for."
    )
    logo: MediaStore | None = strawberry.field(description="Its logo.", resolver=no_picture)


@strawberry_django.type(
    models.ServiceInstanceMapping, description="One requirement of a client and its answer."
)
class ServiceInstanceMapping:
    """All of them together are what a client is composed of."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    key: str = strawberry_django.field(description="The client's own key of the requirement.")
    instance: ServiceInstance = strawberry_django.field(description="What answers it.")
    client: Client = strawberry_django.field(description="Whose requirement it is.")
    optional: bool = strawberry_django.field(
        field_name="is_optional", description="Whether the client works without it."
    )


@strawberry.type
class Query:
    """Root fields of services."""

    services: list[Service] = visible_rows(
        directory.services_visible_to,
        filters=ServiceFilter,
        description="The kinds of services of the organization.",
    )
    service_releases: list[ServiceRelease] = visible_rows(
        directory.service_releases_visible_to,
        filters=ServiceReleaseFilter,
        description="The versions of the organization's services.",
    )
    service_instances: list[ServiceInstance] = visible_rows(
        directory.instances_visible_to,
        filters=ServiceInstanceFilter,
        description="The running services of the organization.",
    )

    @strawberry_django.field(
        graphql_type=Service | None, extensions=[Found()], description="One kind of service."
    )
    def service(self, info: Info, id: strawberry.ID) -> QuerySet[models.Service]:
        """Return the service."""
        return directory.services_visible_to(principal_of(info)).filter(pk=row_id(id))

    @strawberry_django.field(
        graphql_type=ServiceRelease | None,
        extensions=[Found()],
        description="One version of a service.",
    )
    def service_release(self, info: Info, id: strawberry.ID) -> QuerySet[models.ServiceRelease]:
        """Return the version."""
        rows = directory.service_releases_visible_to(principal_of(info))
        return rows.filter(pk=row_id(id))

    @strawberry_django.field(
        graphql_type=ServiceInstance | None,
        extensions=[Found()],
        description="One running service.",
    )
    def service_instance(self, info: Info, id: strawberry.ID) -> QuerySet[models.ServiceInstance]:
        """Return the instance."""
        return directory.instances_visible_to(principal_of(info)).filter(pk=row_id(id))

    @strawberry_django.field(description="The networks of the organization.")
    def layers(
        self,
        info: Info,
        filters: LayerFilter | None = None,
        pagination: OffsetPaginationInput | None = None,
    ) -> list[Layer]:
        """Name those that fit."""
        wanted = filters or LayerFilter()
        fitting = [
            _layer(network)
            for network in directory.networks_visible_to(principal_of(info))
            if (wanted.ids is None or network.id in wanted.ids)
            and (wanted.search or "").lower() in network.name.lower()
        ]
        page = page_of(pagination)
        end = page.offset + page.limit if isinstance(page.limit, int) else None
        return fitting[page.offset : end]

    @strawberry_django.field(description="One network.")
    def layer(self, info: Info, id: strawberry.ID) -> Layer:
        """Find it among those of the organization."""
        for network in directory.networks_visible_to(principal_of(info)):
            if network.id == id:
                return _layer(network)
        raise NotFound()
