"""Agents: type, filter, order and root fields."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from django.db.models import OrderBy, Q, QuerySet

from chassis.definitions import demand as demands
from chassis.definitions.graphql.demand import ActionDemandInput, RequiresInput, StateDemandInput
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import BoundedField, DeclaredField, Found, column, visible_rows
from chassis.graphql.inputs import plain
from rekuest_server import models
from rekuest_server.graphql.drawer import MemoryShelve
from rekuest_server.graphql.identity import App, Client, Device, Organization, Release, User
from rekuest_server.graphql.implementation import (
    Implementation,
    ImplementationFilter,
    ImplementationOrder,
)
from rekuest_server.graphql.vocabulary import AgentKind
from rekuest_server.selectors import agent as agent_selectors
from rekuest_server.selectors import liveness
from rekuest_server.selectors.scope import row_ids

if TYPE_CHECKING:
    from rekuest_server.graphql.state import State
    from rekuest_server.graphql.task import Task

LazyState = Annotated["State", strawberry.lazy("rekuest_server.graphql.state")]
LazyTask = Annotated["Task", strawberry.lazy("rekuest_server.graphql.task")]


@strawberry_django.filter_type(models.Agent, description="Narrows a list of agents.")
class AgentFilter:
    """Every condition that is given must hold."""

    supervisor: str | None = strawberry_django.filter_field(
        description="By the app that says it controls them."
    )
    pinned: bool | None = strawberry_django.filter_field(description="By whether they are pinned.")

    @strawberry_django.filter_field(description="By the client id of their app.")
    def client_id(self, value: str, prefix: str) -> Q:
        """Compare the client."""
        return Q(**{f"{prefix}client__client_id": value})

    @strawberry_django.filter_field(description="By the client ids of their apps, any of these.")
    def client_ids(self, value: list[str], prefix: str) -> Q:
        """Compare the clients."""
        return Q(**{f"{prefix}client__client_id__in": value})

    @strawberry_django.filter_field(description="By whether they can take work now.")
    def available(self, value: bool, prefix: str) -> Q:
        """Look at the lease."""
        live = liveness.available_agents(prefix)
        return live if value else ~live

    @strawberry_django.filter_field(description="Meeting all of these descriptor conditions.")
    def requires(self, value: list[RequiresInput], prefix: str) -> Q:
        """Only the supervisor is a descriptor of an agent."""
        return agent_selectors.agents_with([plain(item) for item in value], prefix=prefix)

    @strawberry_django.filter_field(description="That called this task, directly or further up.")
    def caller_of(self, value: strawberry.ID, prefix: str) -> Q:
        """Look at the tasks above it."""
        return agent_selectors.agents_above(value, prefix=prefix)

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="Offering all of these actions, by their hashes.")
    def has_implementations(self, value: list[str], prefix: str) -> Q:
        """Every action must be offered."""
        return demands.all_of(
            agent_selectors.agents_offering(Q(action__hash=item), prefix) for item in value
        )

    @strawberry_django.filter_field(description="Offering an action of one of these protocols.")
    def implements_protocols(self, value: list[str], prefix: str) -> Q:
        """Any of them is enough."""
        return agent_selectors.agents_offering(Q(action__protocols__overlap=value), prefix)

    @strawberry_django.filter_field(
        description="Publishing all of these states, by the hashes of their definitions."
    )
    def has_states(self, value: list[str], prefix: str) -> Q:
        """Every state must be published."""
        return demands.all_of(
            agent_selectors.agents_publishing(Q(definition__hash=item), prefix) for item in value
        )

    @strawberry_django.filter_field(description="Text in the name or the app's identifier.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the words."""
        text = {f"{prefix}name__icontains": value}
        given = {f"{prefix}given_name__icontains": value}
        app = {f"{prefix}client__release__app__identifier__icontains": value}
        return Q(**text) | Q(**given) | Q(**app)

    @strawberry_django.filter_field(description="Offering an action for each of these demands.")
    def action_demands(self, value: list[ActionDemandInput], prefix: str) -> Q:
        """Every demand must be met."""
        return demands.all_of(
            agent_selectors.agents_offering(
                demands.action_demand(plain(item), prefix="action__"), prefix
            )
            for item in value
        )

    @strawberry_django.filter_field(description="Publishing a state for each of these demands.")
    def state_demands(self, value: list[StateDemandInput], prefix: str) -> Q:
        """Every demand must be met."""
        return demands.all_of(
            agent_selectors.agents_publishing(demands.state_demand(plain(item)), prefix)
            for item in value
        )

    @strawberry_django.filter_field(description="By the subject of their user.")
    def user(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the user."""
        return Q(**{f"{prefix}user__sub": value})

    @strawberry_django.filter_field(description="By the identifier of their app.")
    def app_identifier(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the app."""
        return Q(**{f"{prefix}client__release__app__identifier": value})

    @strawberry_django.filter_field(description="By the version of their app.")
    def version_number(self, value: str, prefix: str) -> Q:
        """Compare the release."""
        return Q(**{f"{prefix}client__release__version": value})

    @strawberry_django.filter_field(description="By what their machine calls itself.")
    def device_id(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the device."""
        return Q(**{f"{prefix}client__device__device_id": value})


@strawberry_django.order_type(models.Agent, description="Puts a list of agents in order.")
class AgentOrder:
    """By when they were seen."""

    @strawberry_django.order_field(description="When they were heard of last.")
    def last_seen(self, value: strawberry_django.Ordering, prefix: str) -> list[OrderBy]:
        """Use the moment of the row."""
        return [value.resolve(f"{prefix}last_seen_at")]


@strawberry_django.type(
    models.Agent, description="A program that runs tasks, for a user in an organization."
)
class Agent:
    """One row for each client and user."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row; it is stable.")
    hash: str = strawberry_django.field(description="The hash of its declaration.")
    description: str | None = strawberry_django.field(description="What it says it is.")
    supervisor: str | None = strawberry_django.field(
        description="The app it says controls its process; a hint, never authority."
    )
    client: Client = strawberry_django.field(description="The app it runs as.")
    user: User = strawberry_django.field(description="For whom it runs.")
    organization: Organization = strawberry_django.field(description="The tenant it belongs to.")
    implementations: list[Implementation] = strawberry_django.field(
        field_cls=DeclaredField,
        filters=ImplementationFilter,
        ordering=ImplementationOrder,
        pagination=True,
        description="What it offers.",
    )
    states: list[LazyState] = strawberry_django.field(
        field_cls=DeclaredField, description="The states it publishes."
    )
    tasks: list[LazyTask] = strawberry_django.field(
        field_cls=BoundedField, pagination=True, description="Its tasks."
    )
    last_seen: datetime | None = strawberry_django.field(
        field_name="last_seen_at", description="When it was heard of last."
    )
    installed_at: datetime = strawberry_django.field(
        field_name="created_at", description="When it came for the first time."
    )
    blocked: bool = strawberry_django.field(description="Whether it is kept out.")
    pinned: bool = strawberry_django.field(description="Whether it is shown first.")
    draining: bool = strawberry_django.field(description="Whether it gets no new work.")
    blocked_reason: str | None = strawberry_django.field(description="Why it is kept out.")
    declared_name: str = strawberry_django.field(
        field_name="name", description="The name it gave itself."
    )

    @column("given_name", "name", description="The name people see.")
    def name(self: models.Agent) -> str:
        """Return the name people gave it, or its own."""
        return self.given_name or self.name

    @column("kind", description="How it is reached.")
    def kind(self: models.Agent) -> AgentKind:
        """Return the kind."""
        return AgentKind(self.kind)

    @column(*liveness.COLUMNS, description="Whether it holds a connection now.")
    def connected(self: models.Agent) -> bool:
        """Look at the lease."""
        return liveness.is_connected(self)

    @column(
        "connected",
        "lease_expires_at",
        "blocked",
        "draining",
        description="Whether it can take work now.",
    )
    def active(self: models.Agent) -> bool:
        """Look at the lease."""
        return liveness.is_available(self)

    @strawberry_django.field(description="The shelf of values it keeps in memory.")
    def memory_shelve(self: models.Agent) -> MemoryShelve | None:
        """Every agent has one, under its own id."""
        return MemoryShelve(id=strawberry.ID(str(self.pk)))

    app: App | None = strawberry_django.field(
        field_name="client__release__app", description="The app it runs."
    )
    release: Release | None = strawberry_django.field(
        field_name="client__release", description="The version of the app it runs."
    )
    device: Device | None = strawberry_django.field(
        field_name="client__device", description="The machine it runs on."
    )


@strawberry.type
class Query:
    """Root fields of agents."""

    agents: list[Agent] = visible_rows(
        agent_selectors.agents_visible_to,
        filters=AgentFilter,
        ordering=AgentOrder,
        description="The agents of the organization.",
    )

    @strawberry_django.field(
        graphql_type=Agent | None,
        extensions=[Found()],
        description="One agent, by id or by its app, version and machine.",
    )
    def agent(
        self,
        info: Info,
        id: strawberry.ID | None = None,
        app: str | None = None,
        version: str | None = None,
        device_id: str | None = None,
    ) -> QuerySet[models.Agent]:
        """Return the agent."""
        return agent_selectors.agent_get(
            principal=principal_of(info),
            agent_id=id,
            app=app,
            version=version,
            device_id=device_id,
        )
