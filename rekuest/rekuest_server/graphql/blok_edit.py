"""Changing bloks: inputs and mutations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import strawberry

from chassis.definitions.graphql.declaration import (
    AgentDependencyInput,
    BlokServiceInput,
    ComponentNodeInput,
)
from chassis.definitions.graphql.documents import read_all
from chassis.definitions.graphql.enums import ComponentContext
from chassis.definitions.graphql.inputs import ArgPortInput
from chassis.definitions.graphql.scalars import Args
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import row_as
from chassis.graphql.inputs import given, maybe
from rekuest_server import models
from rekuest_server.graphql.assign import MappedAgentInput
from rekuest_server.graphql.blok import (
    Blok,
    BlokEdit,
    BlokRevision,
    MaterializationScope,
    MaterializedBlok,
)
from rekuest_server.graphql.diagnostic import Diagnostic
from rekuest_server.operations import (
    blok as blok_operations,
)
from rekuest_server.operations import (
    materialized_blok as materialized_operations,
)
from rekuest_server.operations.blok_content import KEYS


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


@strawberry.input(description="A blok to be deleted.")
class DeleteBlokInput:
    """A blok."""

    id: strawberry.ID = strawberry.field(description="The blok.")


@strawberry.input(description="A materialized blok to be deleted.")
class DeleteMaterializedBlokInput:
    """A materialized blok."""

    id: strawberry.ID = strawberry.field(description="The materialized blok.")


def _content(source: object) -> dict[str, Any]:
    """Return the parts of the content that an input sets, in the keys of the language."""
    parts = {key: given(getattr(source, key, None)) for key in KEYS}
    return {key: value for key, value in parts.items() if value is not None}


def _mapped(
    items: Sequence[MappedAgentInput | BlokAgentMappingInput] | None,
) -> list[tuple[str, object]] | None:
    return None if items is None else [(item.key, item.agent) for item in items]


@strawberry.type
class Mutation:
    """Root fields that make and change bloks."""

    @strawberry.mutation(graphql_type=Blok, description="Make a blok.")
    async def create_blok(self, info: Info, input: CreateBlokInput) -> models.Blok:
        """Keep it with its first revision."""
        wish = blok_operations.BlokWish(
            name=input.name,
            content=_content(input),
            description=input.description,
            catalog=input.catalog,
            context=(input.context or ComponentContext.HTML).value,
            for_model=input.for_model,
            for_node=input.for_node,
            origin=input.origin,
            origin_hash=input.origin_hash,
        )
        return await blok_operations.blok_create(principal=principal_of(info), wish=wish)

    @strawberry.mutation(
        description="Edit a blok on top of the revision that was read; one of an app is copied."
    )
    async def edit_blok(self, info: Info, input: EditBlokInput) -> BlokEdit:
        """Keep the edit as a revision."""
        wish = blok_operations.EditWish(
            blok=input.blok,
            materialized_blok=input.materialized_blok,
            base=input.base,
            content=_content(input),
            catalog=input.catalog,
            agent_mappings=_mapped(input.agent_mappings),
            message=input.message,
            task=input.task,
            dry_run=bool(input.dry_run),
        )
        edit = await blok_operations.blok_edit(principal=principal_of(info), wish=wish)
        revision, bound = edit.revision, edit.materialized_blok
        return BlokEdit(
            applied=edit.applied,
            forked=edit.forked,
            blok=row_as(Blok, edit.blok),
            revision=None if revision is None else row_as(BlokRevision, revision),
            materialized_blok=None if bound is None else row_as(MaterializedBlok, bound),
            diagnostics=read_all(Diagnostic, edit.diagnostics),
        )

    @strawberry.mutation(graphql_type=Blok, description="Copy a blok.")
    async def fork_blok(self, info: Info, input: ForkBlokInput) -> models.Blok:
        """Keep the copy."""
        return await blok_operations.blok_fork(
            principal=principal_of(info), blok=input.id, name=input.name
        )

    @strawberry.mutation(graphql_type=Blok, description="Change properties of a blok.")
    async def update_blok(self, info: Info, input: UpdateBlokInput) -> models.Blok:
        """Keep the changes; those of the content are a revision."""
        content = _content(input)
        edit = None
        if content or input.catalog is not None:
            edit = blok_operations.EditWish(blok=input.id, content=content, catalog=input.catalog)
        return await blok_operations.blok_update(
            principal=principal_of(info),
            blok=input.id,
            name=input.name,
            description=input.description,
            edit=edit,
        )

    @strawberry.mutation(graphql_type=BlokRevision, description="Go back to a revision of a blok.")
    async def revert_blok(self, info: Info, input: RevertBlokInput) -> models.BlokRevision:
        """Make a revision with the old content."""
        return await blok_operations.blok_revert(
            principal=principal_of(info),
            blok=input.blok,
            to=input.to,
            base=input.base,
            message=input.message,
            task=input.task,
        )

    @strawberry.mutation(description="Delete a blok and wherever it is bound.")
    async def delete_blok(self, info: Info, input: DeleteBlokInput) -> bool:
        """Say that it is gone."""
        await blok_operations.blok_delete(principal=principal_of(info), blok=input.id)
        return True

    @strawberry.mutation(graphql_type=MaterializedBlok, description="Bind a blok to agents.")
    async def materialize_blok(
        self, info: Info, input: MaterializeBlokInput
    ) -> models.MaterializedBlok:
        """Keep the binding."""
        return await materialized_operations.materialized_create(
            principal=principal_of(info),
            blok=input.blok,
            mappings=_mapped(input.agent_mappings) or [],
            dashboard=input.dashboard,
            name=input.name,
            description=input.description,
            scope=input.scope.value,
        )

    @strawberry.mutation(
        graphql_type=MaterializedBlok, description="Keep a bound blok at a revision."
    )
    async def pin_materialized_blok(
        self, info: Info, input: PinMaterializedBlokInput
    ) -> models.MaterializedBlok:
        """Keep the pin."""
        return await materialized_operations.materialized_pin(
            principal=principal_of(info), materialized_blok=input.id, revision=input.revision
        )

    @strawberry.mutation(
        graphql_type=MaterializedBlok, description="Change bindings of a bound blok."
    )
    async def update_materialized_blok(
        self, info: Info, input: UpdateMaterializedBlokInput
    ) -> models.MaterializedBlok:
        """Keep the bindings."""
        return await materialized_operations.materialized_update(
            principal=principal_of(info),
            materialized_blok=input.id,
            mappings=_mapped(input.agent_mappings),
        )

    @strawberry.mutation(description="Delete a bound blok; the blok itself stays.")
    async def delete_materialized_blok(
        self, info: Info, input: DeleteMaterializedBlokInput
    ) -> bool:
        """Say that it is gone."""
        await materialized_operations.materialized_delete(
            principal=principal_of(info), materialized_blok=input.id
        )
        return True
