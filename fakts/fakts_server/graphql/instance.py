"""Changes of running services and their addresses."""

from __future__ import annotations

import strawberry
import strawberry_django

from chassis.graphql import Info, principal_of
from fakts_server import models
from fakts_server.graphql.service import InstanceAlias, ServiceInstance
from fakts_server.operations import instance as operations


@strawberry.input(description="Registers a running backend.")
class CreateServiceInstanceInput:
    """Lists of people and groups: who is allowed when there is such a list, who never is."""

    identifier: str = strawberry.field(description="Its name; the `aud` of its tokens.")
    service: strawberry.ID = strawberry.field(
        description="The kind of service: its id, or its identifier when it is new here."
    )
    hub: strawberry.ID | None = strawberry.field(default=None, description="Its hub.")
    allowed_users: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Only these may use it."
    )
    allowed_groups: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Only these may use it."
    )
    denied_groups: list[strawberry.ID] | None = strawberry.field(
        default=None, description="These may not."
    )
    denied_users: list[strawberry.ID] | None = strawberry.field(
        default=None, description="These may not."
    )


@strawberry.input(description="Changes a running backend; what is null stays as it is.")
class UpdateServiceInstanceInput:
    """An empty list empties."""

    id: strawberry.ID = strawberry.field(description="The instance.")
    allowed_users: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Only these may use it."
    )
    allowed_groups: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Only these may use it."
    )
    denied_groups: list[strawberry.ID] | None = strawberry.field(
        default=None, description="These may not."
    )
    denied_users: list[strawberry.ID] | None = strawberry.field(
        default=None, description="These may not."
    )
    is_default: bool | None = strawberry.field(
        default=None, description="Whether it answers when nobody chooses among its kind."
    )
    provides: list[str] | None = strawberry.field(
        default=None, description="Words beyond its kind that manifests may ask for, e.g. `cuda`."
    )


@strawberry.input(description="Takes an instance away.")
class DeleteServiceInstanceInput:
    """One of the installation's configuration stays."""

    id: strawberry.ID = strawberry.field(description="The instance.")


@strawberry.input(description="An address of an instance.")
class AliasInput:
    """A relative one has no host and follows the caller's origin."""

    kind: str = strawberry.field(
        default="absolute", description="`relative`, `absolute` or `docker`."
    )
    host: str = strawberry.field(default="", description="The host.")
    port: int | None = strawberry.field(default=None, description="The port.")
    ssl: bool = strawberry.field(default=False, description="Whether it speaks TLS.")
    path: str = strawberry.field(default="", description="The path below the host.")
    challenge: str = strawberry.field(default="ht", description="The path of its challenge.")
    public: bool = strawberry.field(
        default=False, description="Whether it works from the internet."
    )

    def wish(self) -> operations.AliasWish:
        """Return the address as the operation takes it."""
        return operations.AliasWish(**vars(self))


@strawberry.input(description="Adds an address to an instance.")
class CreateAliasInput:
    """Running clients learn it at their next refresh."""

    instance: strawberry.ID = strawberry.field(description="The instance.")
    alias: AliasInput = strawberry.field(description="The address.")


@strawberry.input(description="Changes an address.")
class UpdateAliasInput:
    """Running clients learn it at their next refresh."""

    id: strawberry.ID = strawberry.field(description="The address.")
    alias: AliasInput = strawberry.field(description="What it is from now on.")


@strawberry.input(description="Takes an address away.")
class DeleteAliasInput:
    """Running clients learn it at their next refresh."""

    id: strawberry.ID = strawberry.field(description="The address.")


Listed = CreateServiceInstanceInput | UpdateServiceInstanceInput


@strawberry.type
class Mutation:
    """Changes of instances."""

    @strawberry_django.mutation(graphql_type=ServiceInstance, description="Register a backend.")
    def create_service_instance(
        self, info: Info, input: CreateServiceInstanceInput
    ) -> models.ServiceInstance:
        """Register the instance."""
        return operations.instance_create(
            principal=principal_of(info),
            identifier=input.identifier,
            service=input.service,
            access=_access(input),
            hub=input.hub,
        )

    @strawberry_django.mutation(
        graphql_type=ServiceInstance, description="Change who may use an instance, and when."
    )
    def update_service_instance(
        self, info: Info, input: UpdateServiceInstanceInput
    ) -> models.ServiceInstance:
        """Change the instance."""
        return operations.instance_update(
            principal=principal_of(info),
            instance_id=input.id,
            access=_access(input),
            is_default=input.is_default,
            provides=input.provides,
        )

    @strawberry_django.mutation(description="Take an instance away; returns its id.")
    def delete_service_instance(
        self, info: Info, input: DeleteServiceInstanceInput
    ) -> strawberry.ID:
        """Take the instance away."""
        operations.instance_remove(principal=principal_of(info), instance_id=input.id)
        return input.id

    @strawberry_django.mutation(graphql_type=InstanceAlias, description="Add an address.")
    def create_alias(self, info: Info, input: CreateAliasInput) -> models.InstanceAlias:
        """Add the address."""
        return operations.alias_create(
            principal=principal_of(info), instance_id=input.instance, wish=input.alias.wish()
        )

    @strawberry_django.mutation(graphql_type=InstanceAlias, description="Change an address.")
    def update_alias(self, info: Info, input: UpdateAliasInput) -> models.InstanceAlias:
        """Change the address."""
        return operations.alias_update(
            principal=principal_of(info), alias_id=input.id, wish=input.alias.wish()
        )

    @strawberry_django.mutation(description="Take an address away; returns its id.")
    def delete_alias(self, info: Info, input: DeleteAliasInput) -> strawberry.ID:
        """Take the address away."""
        operations.alias_remove(principal=principal_of(info), alias_id=input.id)
        return input.id


def _access(input: Listed) -> operations.Access:
    names = ("allowed_users", "denied_users", "allowed_groups", "denied_groups")
    lists = {name: getattr(input, name) for name in names}
    return operations.Access(**{key: value and [*value] for key, value in lists.items()})
