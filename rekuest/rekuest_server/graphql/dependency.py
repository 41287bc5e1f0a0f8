"""What an implementation needs of other agents, as it declares it."""

from __future__ import annotations

import strawberry
import strawberry_django

from chassis.definitions.graphql.documents import read_all
from chassis.definitions.graphql.port import PortKind
from chassis.definitions.graphql.scalars import ActionHash
from chassis.graphql.fields import column
from rekuest_server import models


@strawberry.type(description="What one port must be like; what is null does not matter.")
class PortMatch:
    """A pattern for a port."""

    at: int | None = strawberry.field(description="Its position, from 0.")
    key: str | None = strawberry.field(description="Its key.")
    kind: PortKind | None = strawberry.field(description="Its kind.")
    identifier: str | None = strawberry.field(description="Its structure.")
    nullable: bool | None = strawberry.field(description="Whether it is nullable.")
    dimension: str | None = strawberry.field(description="Its dimension.")
    children: list[PortMatch] | None = strawberry.field(description="Ports inside it.")


@strawberry.type(description="What an action must be like; a hash decides alone.")
class ActionDemand:
    """Identity, ports and qualifiers."""

    hash: ActionHash | None = strawberry.field(description="Its hash.")
    key: str | None = strawberry.field(description="Its key.")
    app: str | None = strawberry.field(description="The identifier of its app.")
    version: str | None = strawberry.field(description="Its version.")
    name: str | None = strawberry.field(description="Its name.")
    arg_matches: list[PortMatch] | None = strawberry.field(description="Arguments it needs.")
    return_matches: list[PortMatch] | None = strawberry.field(description="Returns it needs.")
    protocols: list[str] | None = strawberry.field(description="Protocols it implements.")
    force_arg_length: int | None = strawberry.field(description="The number of its arguments.")
    force_return_length: int | None = strawberry.field(description="The number of its returns.")
    pure: bool | None = strawberry.field(description="Whether it is pure.")
    idempotent: bool | None = strawberry.field(description="Whether it may be run again.")
    stateful: bool | None = strawberry.field(description="Whether it is stateful.")


@strawberry.type(description="What a state must be like; a hash decides alone.")
class StateDemand:
    """Identity and ports."""

    hash: ActionHash | None = strawberry.field(description="The hash of its definition.")
    key: str | None = strawberry.field(description="Its key.")
    app: str | None = strawberry.field(description="The identifier of its app.")
    matches: list[PortMatch] | None = strawberry.field(description="Ports it needs.")
    protocols: list[str] | None = strawberry.field(description="Protocols it implements.")


@strawberry.type(description="An action that an agent must offer.")
class ActionDependency:
    """One slot of a dependency."""

    key: str = strawberry.field(description="The name of the slot.")
    description: str | None = strawberry.field(description="What it is for.")
    optional: bool = strawberry.field(description="Whether it may be missing.")
    demand: ActionDemand | None = strawberry.field(description="What the action must be like.")


@strawberry.type(description="A state that an agent must publish.")
class StateDependency:
    """One slot of a dependency."""

    key: str = strawberry.field(description="The name of the slot.")
    description: str | None = strawberry.field(description="What it is for.")
    optional: bool = strawberry.field(description="Whether it may be missing.")
    demand: StateDemand | None = strawberry.field(description="What the state must be like.")


@strawberry_django.type(models.Dependency, description="What an implementation needs of an agent.")
class Dependency:
    """One kind of agent."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    key: str = strawberry_django.field(description="The name of the dependency.")
    description: str | None = strawberry_django.field(description="What it is for.")
    optional: bool = strawberry_django.field(description="Whether it may be missing.")
    auto_resolvable: bool = strawberry_django.field(
        description="Whether the server may choose agents itself."
    )
    app_filter: str | None = strawberry_django.field(description="The app of the agents.")
    version_filter: str | None = strawberry_django.field(description="The version of their app.")
    min_viable_instances: int | None = strawberry_django.field(
        description="The least number of agents."
    )
    max_viable_instances: int | None = strawberry_django.field(
        description="The greatest number of agents."
    )

    @column("declaration", description="The actions the agents must offer.")
    def action_dependencies(self: models.Dependency) -> list[ActionDependency]:
        """Return the declared slots."""
        return read_all(ActionDependency, self.declaration.get("action_dependencies"))

    @column("declaration", description="The states the agents must publish.")
    def state_dependencies(self: models.Dependency) -> list[StateDependency]:
        """Return the declared slots."""
        return read_all(StateDependency, self.declaration.get("state_dependencies"))
