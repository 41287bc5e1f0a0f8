"""Bloks: pieces of user interface that agents and people make. The server keeps none yet."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry
from strawberry_django.pagination import OffsetPaginationInput

from chassis.definitions.graphql.declaration import (
    AgentDependencyInput,
    BlokServiceInput,
    ComponentNodeInput,
)
from chassis.definitions.graphql.demand import PortDemandInput
from chassis.definitions.graphql.enums import ComponentContext
from chassis.definitions.graphql.inputs import ArgPortInput
from chassis.definitions.graphql.port import ArgPort
from chassis.definitions.graphql.scalars import AnyDefault, Args, Props
from chassis.graphql import Info, principal_of
from chassis.graphql.inputs import maybe
from rekuest_server.graphql.agent import Agent
from rekuest_server.graphql.assign import MappedAgentInput
from rekuest_server.graphql.catalog import UICatalog
from rekuest_server.graphql.dependency import ActionDependency, StateDependency
from rekuest_server.graphql.diagnostic import Diagnostic
from rekuest_server.graphql.identity import App, User
from rekuest_server.graphql.task import Task
from rekuest_server.selectors import unbuilt


@strawberry.enum(description="What a materialized blok is made for.")
class MaterializationScope(Enum):
    """It goes with what it is made for."""

    DASHBOARD = "DASHBOARD"
    MESSAGE = "MESSAGE"
    TASK = "TASK"


@strawberry.type(description="An agent that a blok needs.")
class BlokDependency:
    """One kind of agent."""

    key: str = strawberry.field(description="The name of the dependency.")
    description: str | None = strawberry.field(description="What it is for.")
    optional: bool = strawberry.field(description="Whether it may be missing.")
    auto_resolvable: bool = strawberry.field(description="Whether the server may choose agents.")
    app_filter: str | None = strawberry.field(description="The app of the agents.")
    version_filter: str | None = strawberry.field(description="The version of their app.")
    min_viable_instances: int | None = strawberry.field(description="The least number of agents.")
    max_viable_instances: int | None = strawberry.field(description="The greatest number of them.")
    action_dependencies: list[ActionDependency] = strawberry.field(
        description="The actions the agents must offer."
    )
    state_dependencies: list[StateDependency] = strawberry.field(
        description="The states the agents must publish."
    )


@strawberry.type(description="One version of a blok's content.")
class BlokRevision:
    """Made by a person or a task."""

    id: strawberry.ID = strawberry.field(description="The id of the row.")
    number: int = strawberry.field(description="Its number, from 1.")
    message: str | None = strawberry.field(description="What was changed.")
    created_at: datetime = strawberry.field(description="When it was made.")
    author: User | None = strawberry.field(description="Who made it.")
    task: Task | None = strawberry.field(description="The task that made it.")


@strawberry.type(description="A piece of user interface.")
class Blok:
    """A component tree and what it needs."""

    id: strawberry.ID = strawberry.field(description="The id of the row.")
    name: str = strawberry.field(description="The name people see.")
    description: str | None = strawberry.field(description="What it is.")
    provided: bool = strawberry.field(description="Whether an app provides it.")
    app: App | None = strawberry.field(description="The app that provides it.")
    context: ComponentContext = strawberry.field(description="Where it stands.")
    catalog: UICatalog = strawberry.field(description="The catalog of its components.")
    component_tree: AnyDefault = strawberry.field(description="The component tree.")
    demo_state: Props = strawberry.field(description="Values to show it with.")
    diagnostics: list[Diagnostic] = strawberry.field(description="Findings about it.")
    dependencies: list[BlokDependency] = strawberry.field(description="The agents it needs.")
    args: list[ArgPort] = strawberry.field(description="What it is given.")
    head: BlokRevision | None = strawberry.field(description="Its latest revision.")

    @strawberry.field(description="Its revisions, newest first; none are kept yet.")
    def revisions(self, limit: int = 20, offset: int = 0) -> list[BlokRevision]:
        """Return none."""
        return []


@strawberry.type(description="An agent that a dependency of a blok is bound to.")
class BlokAgentMapping:
    """A key and an agent."""

    key: str = strawberry.field(description="The dependency.")
    agent: Agent = strawberry.field(description="The agent.")


@strawberry.type(description="A blok that is bound to agents.")
class MaterializedBlok:
    """Ready to be shown."""

    id: strawberry.ID = strawberry.field(description="The id of the row.")
    name: str | None = strawberry.field(description="The name people see.")
    description: str | None = strawberry.field(description="What it is.")
    declared_by: Agent | None = strawberry.field(description="The agent that declares it.")
    blok: Blok = strawberry.field(description="What is bound.")
    agent_mappings: list[BlokAgentMapping] = strawberry.field(description="The bindings.")
    pinned_revision: BlokRevision | None = strawberry.field(description="The revision it keeps.")
    unbound_dependencies: list[str] = strawberry.field(description="What is not bound.")


@strawberry.type(description="What came of an edit.")
class BlokEdit:
    """The blok as it is now, and findings."""

    applied: bool = strawberry.field(description="Whether anything was changed.")
    forked: bool = strawberry.field(description="Whether a copy was edited.")
    blok: Blok = strawberry.field(description="The blok as it is now.")
    revision: BlokRevision | None = strawberry.field(description="The revision that was made.")
    materialized_blok: MaterializedBlok | None = strawberry.field(description="Where it is bound.")
    diagnostics: list[Diagnostic] = strawberry.field(description="Findings about the edit.")


@strawberry.input(description="Narrows a list of bloks.")
class BlokFilter:
    """Every condition that is given must hold."""

    provided: bool | None = maybe("By whether an app provides them.")
    search: str | None = maybe("Text in the name.")
    has_origin: bool | None = maybe("By whether they are copies.")
    origins: list[str] | None = maybe("By what they are copies of.")
    demands: list[PortDemandInput] | None = maybe("By what their ports are like.")


@strawberry.input(description="Narrows a list of materialized bloks.")
class MaterializedBlokFilter:
    """Every condition that is given must hold."""

    ids: list[strawberry.ID] | None = maybe("By ids.")
    agent: strawberry.ID | None = maybe("By the agent that declares them.")
    provided: bool | None = maybe("By whether an app provides them.")
    search: str | None = maybe("Text in the name.")
    contexts: list[ComponentContext] | None = maybe("By where they stand.")
    demands: list[PortDemandInput] | None = maybe("By what their ports are like.")


@strawberry.input(description="A blok to be made.")
class CreateBlokInput:
    """A component tree and what it needs."""

    name: str = strawberry.field(description="The name people see.")
    dependencies: list[AgentDependencyInput] | None = maybe("The agents it needs.")
    description: str | None = maybe("What it is.")
    catalog: str | None = maybe("The catalog of its components.")
    components: list[ComponentNodeInput] | None = maybe("The component tree.")
    source: str | None = maybe("The tree as its author wrote it.")
    services: list[BlokServiceInput] | None = maybe("The services it talks to.")
    demo_state: Args | None = maybe("Values to show it with.")
    context: ComponentContext | None = strawberry.field(
        default=ComponentContext.HTML, description="Where it stands."
    )
    for_model: str | None = maybe("The model it belongs to.")
    for_node: str | None = maybe("The node of the model it belongs to.")
    origin: str | None = maybe("What it is a copy of.")
    origin_hash: str | None = maybe("The hash of what it is a copy of.")


@strawberry.input(description="An edit of a blok, on top of the revision that was read.")
class EditBlokInput:
    """What is left out stays."""

    blok: strawberry.ID | None = maybe("The blok.")
    materialized_blok: strawberry.ID | None = maybe("Where it is bound.")
    base: strawberry.ID | None = maybe("The revision that was read.")
    components: list[ComponentNodeInput] | None = maybe("The component tree.")
    source: str | None = maybe("The tree as its author wrote it.")
    demo_state: Args | None = maybe("Values to show it with.")
    catalog: str | None = maybe("The catalog of its components.")
    dependencies: list[AgentDependencyInput] | None = maybe("The agents it needs.")
    args: list[ArgPortInput] | None = maybe("What it is given.")
    services: list[BlokServiceInput] | None = maybe("The services it talks to.")
    agent_mappings: list[MappedAgentInput] | None = maybe("How dependencies are bound.")
    message: str | None = maybe("What is changed.")
    task: strawberry.ID | None = maybe("The task that edits it.")
    dry_run: bool | None = maybe("Whether only to look for findings.")


@strawberry.input(description="A blok to be copied.")
class ForkBlokInput:
    """A blok, and a name for the copy."""

    id: strawberry.ID = strawberry.field(description="The blok.")
    name: str | None = maybe("The name of the copy.")


@strawberry.input(description="Properties of a blok to be changed.")
class UpdateBlokInput:
    """What is left out stays."""

    id: strawberry.ID = strawberry.field(description="The blok.")
    name: str | None = maybe("The name people see.")
    description: str | None = maybe("What it is.")
    components: list[ComponentNodeInput] | None = maybe("The component tree.")
    source: str | None = maybe("The tree as its author wrote it.")
    demo_state: Args | None = maybe("Values to show it with.")
    catalog: str | None = maybe("The catalog of its components.")
    dependencies: list[AgentDependencyInput] | None = maybe("The agents it needs.")


@strawberry.input(description="A revision to go back to.")
class RevertBlokInput:
    """From one revision to another."""

    blok: strawberry.ID = strawberry.field(description="The blok.")
    to: strawberry.ID = strawberry.field(description="The revision whose content it gets.")
    base: strawberry.ID = strawberry.field(description="The revision that was read.")
    message: str | None = maybe("Why.")
    task: strawberry.ID | None = maybe("The task that does it.")


@strawberry.input(description="An agent that a dependency of a blok is bound to.")
class BlokAgentMappingInput:
    """A key and an agent."""

    key: str = strawberry.field(description="The dependency.")
    agent: strawberry.ID = strawberry.field(description="The agent.")


@strawberry.input(description="A blok to be bound to agents.")
class MaterializeBlokInput:
    """A blok and bindings."""

    blok: strawberry.ID = strawberry.field(description="The blok.")
    dashboard: strawberry.ID | None = maybe("The dashboard it goes to.")
    agent_mappings: list[BlokAgentMappingInput] | None = maybe("How dependencies are bound.")
    name: str | None = maybe("The name people see.")
    description: str | None = maybe("What it is.")
    scope: MaterializationScope = strawberry.field(
        default=MaterializationScope.DASHBOARD, description="What it is made for."
    )


@strawberry.input(description="A materialized blok to be kept at a revision.")
class PinMaterializedBlokInput:
    """A materialized blok and a revision."""

    id: strawberry.ID = strawberry.field(description="The materialized blok.")
    revision: strawberry.ID | None = maybe("The revision; null follows the latest one.")


@strawberry.input(description="Bindings of a materialized blok to be changed.")
class UpdateMaterializedBlokInput:
    """A materialized blok and bindings."""

    id: strawberry.ID = strawberry.field(description="The materialized blok.")
    agent_mappings: list[MappedAgentInput] | None = maybe("How dependencies are bound.")


@strawberry.type
class Query:
    """Root fields of bloks."""

    @strawberry.field(description="The bloks of the organization; none are kept yet.")
    def bloks(
        self,
        info: Info,
        filters: BlokFilter | None = None,
        pagination: OffsetPaginationInput | None = None,
    ) -> list[Blok]:
        """Return none."""
        return unbuilt.none_of(principal_of(info))

    @strawberry.field(description="The bloks that are bound to agents; none are kept yet.")
    def materialized_bloks(
        self,
        info: Info,
        filters: MaterializedBlokFilter | None = None,
        pagination: OffsetPaginationInput | None = None,
    ) -> list[MaterializedBlok]:
        """Return none."""
        return unbuilt.none_of(principal_of(info))

    @strawberry.field(description="One blok.")
    def blok(self, info: Info, id: strawberry.ID) -> Blok | None:
        """Find nothing."""
        unbuilt.no_such(principal_of(info))

    @strawberry.field(description="One blok that is bound to agents.")
    def materialized_blok(self, info: Info, id: strawberry.ID) -> MaterializedBlok | None:
        """Find nothing."""
        unbuilt.no_such(principal_of(info))


@strawberry.type
class Mutation:
    """Root fields that make and change bloks."""

    @strawberry.mutation(description="Make a blok; not offered yet.")
    def create_blok(self, info: Info, input: CreateBlokInput) -> Blok:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "bloks")

    @strawberry.mutation(description="Edit a blok; not offered yet.")
    def edit_blok(self, info: Info, input: EditBlokInput) -> BlokEdit:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "bloks")

    @strawberry.mutation(description="Copy a blok; not offered yet.")
    def fork_blok(self, info: Info, input: ForkBlokInput) -> Blok:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "bloks")

    @strawberry.mutation(description="Change properties of a blok; not offered yet.")
    def update_blok(self, info: Info, input: UpdateBlokInput) -> Blok:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "bloks")

    @strawberry.mutation(description="Go back to a revision of a blok; not offered yet.")
    def revert_blok(self, info: Info, input: RevertBlokInput) -> BlokRevision:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "bloks")

    @strawberry.mutation(description="Bind a blok to agents; not offered yet.")
    def materialize_blok(self, info: Info, input: MaterializeBlokInput) -> MaterializedBlok:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "bloks")

    @strawberry.mutation(description="Keep a bound blok at a revision; not offered yet.")
    def pin_materialized_blok(
        self, info: Info, input: PinMaterializedBlokInput
    ) -> MaterializedBlok:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "bloks")

    @strawberry.mutation(description="Change bindings of a bound blok; not offered yet.")
    def update_materialized_blok(
        self, info: Info, input: UpdateMaterializedBlokInput
    ) -> MaterializedBlok:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "bloks")
