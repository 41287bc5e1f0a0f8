"""Bloks: pieces of user interface that agents and people make. Types, filters and root fields."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet

from chassis.definitions.graphql.demand import PortDemandInput
from chassis.definitions.graphql.documents import read_all
from chassis.definitions.graphql.enums import ComponentContext
from chassis.definitions.graphql.port import ArgPort
from chassis.definitions.graphql.scalars import AnyDefault, Props
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import Found, column, row_as, visible_rows
from chassis.graphql.inputs import plain
from rekuest_server import models
from rekuest_server.graphql.agent import Agent
from rekuest_server.graphql.catalog import UICatalog
from rekuest_server.graphql.dependency import ActionDependency, StateDependency
from rekuest_server.graphql.diagnostic import Diagnostic
from rekuest_server.graphql.identity import App, User
from rekuest_server.graphql.task import Task
from rekuest_server.selectors import blok as blok_selectors
from rekuest_server.selectors import kept
from rekuest_server.selectors.scope import row_ids


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


@strawberry_django.type(models.BlokRevision, description="One version of a blok's content.")
class BlokRevision:
    """Made by a person or a task."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    number: int = strawberry_django.field(description="Its number, from 1.")
    message: str | None = strawberry_django.field(description="What was changed.")
    created_at: datetime = strawberry_django.field(description="When it was made.")
    author: User | None = strawberry_django.field(description="Who made it.")
    task: Task | None = strawberry_django.field(description="The task that made it.")


@strawberry_django.filter_type(models.Blok, description="Narrows a list of bloks.")
class BlokFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="By whether an app provides them.")
    def provided(self, value: bool, prefix: str) -> Q:
        """Look for an app."""
        return Q(**{f"{prefix}app__isnull": not value})

    @strawberry_django.filter_field(description="Text in the name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the name."""
        return Q(**{f"{prefix}name__icontains": value})

    @strawberry_django.filter_field(description="By whether they are copies.")
    def has_origin(self, value: bool, prefix: str) -> Q:
        """Look for an origin."""
        return Q(**{f"{prefix}origin__isnull": not value})

    @strawberry_django.filter_field(description="By what they are copies of.")
    def origins(self, value: list[str], prefix: str) -> Q:
        """Compare the origin."""
        return Q(**{f"{prefix}origin__in": value})

    @strawberry_django.filter_field(description="By what their ports are like.")
    def demands(self, value: list[PortDemandInput], prefix: str) -> Q:
        """Every demand must be met."""
        return kept.with_args([plain(item) for item in value], prefix=prefix)


@strawberry_django.type(models.Blok, description="A piece of user interface.")
class Blok:
    """A component tree and what it needs."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    name: str = strawberry_django.field(description="The name people see.")
    description: str | None = strawberry_django.field(description="What it is.")
    app: App | None = strawberry_django.field(description="The app that provides it.")
    catalog: UICatalog = strawberry_django.field(description="The catalog of its components.")
    creator: User | None = strawberry_django.field(description="Who made it.")
    origin: str | None = strawberry_django.field(description="What it is a copy of.")
    origin_hash: str | None = strawberry_django.field(
        description="The hash of what it is a copy of."
    )
    for_model: str | None = strawberry_django.field(description="The model it belongs to.")
    for_node: str | None = strawberry_django.field(description="The node it belongs to.")

    @column("app_id", description="Whether an app provides it.")
    def provided(self: models.Blok) -> bool:
        """Look for the app."""
        return self.app_id is not None

    @column("context", description="Where it stands.")
    def context(self: models.Blok) -> ComponentContext:
        """Return the context."""
        return ComponentContext(self.context)

    @column("content", description="The component tree; its source where it was sent as one.")
    def component_tree(self: models.Blok) -> AnyDefault:
        """Return the tree of the head."""
        return AnyDefault(blok_selectors.tree_of(self.content))

    @column("content", description="Values to show it with.")
    def demo_state(self: models.Blok) -> Props:
        """Return them by name."""
        return Props(self.content.get("demo_state") or {})

    @column("content", description="The hash of its content.")
    def hash(self: models.Blok) -> str:
        """Compute it."""
        return blok_selectors.hash_of(self.content)

    @column("diagnostics", description="Findings about it.")
    def diagnostics(self: models.Blok) -> list[Diagnostic]:
        """Return what was found when its content or its catalog changed last."""
        return read_all(Diagnostic, self.diagnostics)

    @column("content", description="The agents it needs.")
    def dependencies(self: models.Blok) -> list[BlokDependency]:
        """Return the declared ones."""
        return read_all(BlokDependency, blok_selectors.dependencies_of(self.content))

    @column("content", description="What it is given.")
    def args(self: models.Blok) -> list[ArgPort]:
        """Return the declared ones."""
        return read_all(ArgPort, self.content.get("args"))

    @strawberry_django.field(only=["id"], description="Its latest revision.")
    def head(self: models.Blok) -> BlokRevision | None:
        """Return the revision of the highest number."""
        found = blok_selectors.revisions_of(self, limit=1)
        return row_as(BlokRevision, found[0]) if found else None

    @strawberry_django.field(only=["id"], description="Its revisions, newest first.")
    def revisions(self: models.Blok, limit: int = 20, offset: int = 0) -> list[BlokRevision]:
        """Return a page."""
        found = blok_selectors.revisions_of(self, limit=limit, offset=offset)
        return [row_as(BlokRevision, row) for row in found]


@strawberry_django.type(
    models.BlokAgentMapping, description="An agent that a dependency of a blok is bound to."
)
class BlokAgentMapping:
    """A key and an agent."""

    key: str = strawberry_django.field(description="The dependency.")
    agent: Agent = strawberry_django.field(description="The agent.")


@strawberry_django.filter_type(
    models.MaterializedBlok, description="Narrows a list of materialized bloks."
)
class MaterializedBlokFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="By the agent that declares them.")
    def agent(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the agent."""
        return Q(**{f"{prefix}declared_by__in": row_ids([value])})

    @strawberry_django.filter_field(description="By whether an app provides them.")
    def provided(self, value: bool, prefix: str) -> Q:
        """Look for an app."""
        return Q(**{f"{prefix}blok__app__isnull": not value})

    @strawberry_django.filter_field(description="Text in the name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the name."""
        return Q(**{f"{prefix}name__icontains": value})

    @strawberry_django.filter_field(description="By where they stand.")
    def contexts(self, value: list[ComponentContext], prefix: str) -> Q:
        """Compare the context."""
        return Q(**{f"{prefix}blok__context__in": [item.value for item in value]})

    @strawberry_django.filter_field(description="By what their ports are like.")
    def demands(self, value: list[PortDemandInput], prefix: str) -> Q:
        """Every demand must be met."""
        return kept.with_args([plain(item) for item in value], prefix=f"{prefix}blok__")


@strawberry_django.type(models.MaterializedBlok, description="A blok that is bound to agents.")
class MaterializedBlok:
    """Ready to be shown."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    name: str | None = strawberry_django.field(description="The name people see.")
    description: str | None = strawberry_django.field(description="What it is.")
    is_default: bool = strawberry_django.field(
        description="Whether its agent shows it where nothing else is chosen."
    )
    declared_by: Agent | None = strawberry_django.field(description="The agent that declares it.")
    blok: Blok = strawberry_django.field(description="What is bound.")
    agent_mappings: list[BlokAgentMapping] = strawberry_django.field(description="The bindings.")
    pinned_revision: BlokRevision | None = strawberry_django.field(
        description="The revision it keeps; the latest one if null."
    )
    created_at: datetime = strawberry_django.field(description="When it was bound.")

    @column("scope", description="What it is made for.")
    def scope(self: models.MaterializedBlok) -> MaterializationScope:
        """Return the scope."""
        return MaterializationScope(self.scope)

    @strawberry_django.field(
        select_related=["blok", "pinned_revision"],
        prefetch_related=["agent_mappings"],
        description="The dependencies that are not bound.",
    )
    def unbound_dependencies(self: models.MaterializedBlok) -> list[str]:
        """Return their keys."""
        return blok_selectors.unbound(self)


@strawberry.type(description="What came of an edit.")
class BlokEdit:
    """The blok as it is now, and findings."""

    applied: bool = strawberry.field(description="Whether anything was changed.")
    forked: bool = strawberry.field(description="Whether a copy was edited.")
    blok: Blok = strawberry.field(description="The blok as it is now.")
    revision: BlokRevision | None = strawberry.field(description="The revision that was made.")
    materialized_blok: MaterializedBlok | None = strawberry.field(description="Where it is bound.")
    diagnostics: list[Diagnostic] = strawberry.field(description="Findings about the edit.")


@strawberry.type
class Query:
    """Root fields of bloks."""

    bloks: list[Blok] = visible_rows(
        kept.bloks_visible_to, filters=BlokFilter, description="The bloks of the organization."
    )
    materialized_bloks: list[MaterializedBlok] = visible_rows(
        kept.materialized_visible_to,
        filters=MaterializedBlokFilter,
        description="The bloks that are bound to agents.",
    )

    @strawberry_django.field(
        graphql_type=Blok | None, extensions=[Found()], description="One blok."
    )
    def blok(self, info: Info, id: strawberry.ID) -> QuerySet[models.Blok]:
        """Return the blok."""
        return kept.one(kept.bloks_visible_to(principal_of(info)), id)

    @strawberry_django.field(
        graphql_type=MaterializedBlok | None,
        extensions=[Found()],
        description="One blok that is bound to agents.",
    )
    def materialized_blok(self, info: Info, id: strawberry.ID) -> QuerySet[models.MaterializedBlok]:
        """Return the bound blok."""
        return kept.one(kept.materialized_visible_to(principal_of(info)), id)

    @strawberry_django.field(
        graphql_type=list[Blok], description="The bloks that belong to a model."
    )
    def bloks_for_model(self, info: Info, ref: str) -> QuerySet[models.Blok]:
        """Compare the model."""
        return kept.bloks_visible_to(principal_of(info)).filter(for_model=ref)
