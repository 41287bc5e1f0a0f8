"""Hubs and what they say about their health."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from django.db.models import QuerySet

from chassis import clock
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import Found, as_declared, column, visible_rows
from fakts_server import models
from fakts_server.operations.hub import hub_create
from fakts_server.selectors import setting
from fakts_server.selectors.scope import row_id

if TYPE_CHECKING:
    from fakts_server.graphql.service import ServiceInstance

LazyInstance = Annotated["ServiceInstance", strawberry.lazy("fakts_server.graphql.service")]
_ONLINE = timedelta(minutes=3)


@strawberry_django.type(models.InstanceHealth, description="One instance in a report of a hub.")
class InstanceHealth:
    """As the hub saw it."""

    instance: LazyInstance = strawberry_django.field(description="The instance.")
    healthy: bool = strawberry_django.field(description="Whether it answered.")
    reason: str | None = strawberry_django.field(description="Why not.")


@strawberry_django.type(models.HubHealthReport, description="What a hub said about itself.")
class HubHealthReport:
    """The newest hundred are kept."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    healthy: bool = strawberry_django.field(description="Whether all was well.")
    created_at: datetime = strawberry_django.field(description="When it was said.")
    instances: list[InstanceHealth] = strawberry_django.field(description="Its instances.")


@strawberry_django.type(models.Hub, description="A set of instances that belong together.")
class Hub:
    """What clients are composed against."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    identifier: str = strawberry_django.field(description="Its identifier.")
    name: str = strawberry_django.field(description="Its name.")
    description: str | None = strawberry_django.field(description="What it is.")
    last_seen_at: datetime | None = strawberry_django.field(description="When it last reported.")
    last_healthy: bool | None = strawberry_django.field(description="What it last reported.")
    version: str = strawberry_django.field(description="Which version it last said it is.")
    instances: list[LazyInstance] = strawberry_django.field(description="What it is made of.")

    @column("last_seen_at", description="Whether it reported within three minutes.")
    def online(self: models.Hub) -> bool:
        """Look at the time of the last report."""
        return self.last_seen_at is not None and clock.now() - self.last_seen_at < _ONLINE

    @column("id", description="Whether it is on a mesh; there is none.")
    def mesh_connected(self: models.Hub) -> bool | None:
        """There is no mesh."""
        return None

    @column("id", description="Its name on a mesh; there is none.")
    def mesh_host(self: models.Hub) -> str:
        """There is no mesh."""
        return ""

    @strawberry_django.field(description="What it last said about its instances.", only=["id"])
    def latest_health(self: models.Hub) -> HubHealthReport | None:
        """Return the newest report."""
        return as_declared(self.health_reports.order_by("-pk").first())


@strawberry.input(description="Makes a hub.")
class CreateHubInput:
    """The identifier is unique in the organization."""

    identifier: str = strawberry.field(description="Its identifier.")
    name: str = strawberry.field(default="", description="Its name.")
    description: str = strawberry.field(default="", description="What it is.")


@strawberry.type
class Query:
    """Root fields of hubs."""

    hubs: list[Hub] = visible_rows(
        setting.hubs_visible_to, description="The hubs of the organization."
    )

    @strawberry_django.field(graphql_type=Hub | None, extensions=[Found()], description="One hub.")
    def hub(self, info: Info, id: strawberry.ID) -> QuerySet[models.Hub]:
        """Return the hub."""
        return setting.hubs_visible_to(principal_of(info)).filter(pk=row_id(id))


@strawberry.type
class Mutation:
    """Changes of hubs."""

    @strawberry_django.mutation(graphql_type=Hub, description="Make a hub.")
    def create_hub(self, info: Info, input: CreateHubInput) -> models.Hub:
        """Make the hub."""
        return hub_create(
            principal=principal_of(info),
            identifier=input.identifier,
            name=input.name,
            description=input.description,
        )
