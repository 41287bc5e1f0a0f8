"""Implementations: type, filters, order and root fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet
from strawberry_django.fields.filter_types import StrFilterLookup

from chassis.definitions import demand as demands
from chassis.definitions.graphql.demand import ActionDemandInput, PortDemandInput
from chassis.definitions.graphql.documents import read_all
from chassis.definitions.graphql.enums import ActionKind, Effects, Execution
from chassis.definitions.graphql.scalars import ActionHash, AnyDefault
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import Found, column, visible_rows
from chassis.graphql.inputs import plain
from rekuest_server import models
from rekuest_server.graphql.action import Action
from rekuest_server.graphql.dependency import Dependency
from rekuest_server.graphql.diagnostic import Diagnostic
from rekuest_server.selectors import agent as agent_selectors
from rekuest_server.selectors import implementation as implementation_selectors
from rekuest_server.selectors import liveness
from rekuest_server.selectors.scope import row_ids

if TYPE_CHECKING:
    from rekuest_server.graphql.agent import Agent

LazyAgent = Annotated["Agent", strawberry.lazy("rekuest_server.graphql.agent")]


@strawberry.input(description="A parameter an implementation was declared with.")
class ParamPair:
    """A key with its value as text."""

    key: str = strawberry.field(description="The name.")
    value: str = strawberry.field(description="The value.")


@strawberry_django.filter_type(models.Action, description="Narrows by the action.")
class ImplementationActionFilter:
    """Every condition that is given must hold."""

    name: str | None = strawberry_django.filter_field(description="By its name.")
    kind: ActionKind | None = strawberry_django.filter_field(description="By its kind.")

    @strawberry_django.filter_field(description="Text in its name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the name."""
        return Q(**{f"{prefix}name__icontains": value})

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="By what its ports are like.")
    def demands(self, value: list[PortDemandInput], prefix: str) -> Q:
        """Every demand must be met."""
        definition = f"{prefix}definition"
        return demands.all_of(
            demands.port_demand(plain(item), definition=definition) for item in value
        )

    @strawberry_django.filter_field(description="Implementing all of these protocols.")
    def protocols(self, value: list[str], prefix: str) -> Q:
        """Every protocol must be implemented."""
        return Q(**{f"{prefix}protocols__contains": value})


@strawberry_django.filter_type(models.Agent, description="Narrows by the agent.")
class ImplementationAgentFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Agents that called this task.")
    def caller_of(self, value: strawberry.ID, prefix: str) -> Q:
        """Look at the tasks above it."""
        return agent_selectors.agents_above(value, prefix=prefix)

    @strawberry_django.filter_field(description="By the client id of its app.")
    def client_id(self, value: str, prefix: str) -> Q:
        """Compare the client."""
        return Q(**{f"{prefix}client__client_id": value})

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})


@strawberry_django.filter_type(
    models.Implementation, description="Narrows a list of implementations."
)
class ImplementationFilter:
    """Every condition that is given must hold."""

    interface: StrFilterLookup | None = strawberry_django.filter_field(description="By interface.")
    action: ImplementationActionFilter | None = strawberry_django.filter_field(
        description="By the action."
    )
    agent: ImplementationAgentFilter | None = strawberry_django.filter_field(
        description="By the agent."
    )

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="By the hash of the action.")
    def action_hash(self, value: ActionHash, prefix: str) -> Q:
        """Compare the hash."""
        return Q(**{f"{prefix}action__hash": value})

    @strawberry_django.filter_field(description="By whether the agent can run it now.")
    def active(self, value: bool, prefix: str) -> Q:
        """Look at the agent."""
        live = liveness.available_agents(f"{prefix}agent__")
        return live if value else ~live

    @strawberry_django.filter_field(description="Text in the interface or the action's name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the words."""
        text = {f"{prefix}interface__icontains": value}
        return Q(**text) | Q(**{f"{prefix}action__name__icontains": value})

    @strawberry_django.filter_field(description="Declared with all of these parameters.")
    def parameters(self, value: list[ParamPair], prefix: str) -> Q:
        """Compare each parameter."""
        return demands.all_of(
            Q(**{f"{prefix}params__contains": {pair.key: pair.value}}) for pair in value
        )

    @strawberry_django.filter_field(description="By what the action is like.")
    def action_demand(self, value: ActionDemandInput, prefix: str) -> Q:
        """The demand must be met."""
        return demands.action_demand(plain(value), prefix=f"{prefix}action__")


@strawberry_django.order_type(
    models.Implementation, description="Puts a list of implementations in order."
)
class ImplementationOrder:
    """By when they were declared first."""

    created_at: strawberry.auto = strawberry_django.order_field(
        description="When they were declared first."
    )


@strawberry_django.type(models.Implementation, description="An agent's offer of an action.")
class Implementation:
    """Known by its interface on the agent; its id is stable."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row; it is stable.")
    interface: str = strawberry_django.field(description="The name of the function in the agent.")
    agent: LazyAgent = strawberry_django.field(description="Who offers it.")
    action: Action = strawberry_django.field(description="What it does.")
    needs_token: bool = strawberry_django.field(
        description="Whether a signed token is made for each call."
    )
    provenance_audience: list[str] | None = strawberry_django.field(
        description="For whom that token is made; null leaves it to the server."
    )
    code_hash: str | None = strawberry_django.field(
        description="The hash of its code; a workflow is resumed only by equal code."
    )

    dependencies: list[Dependency] = strawberry_django.field(description="The agents it needs.")

    @column("params", description="What it was declared with.")
    def params(self: models.Implementation) -> AnyDefault:
        """Return the declared parameters."""
        return AnyDefault(self.params)

    @strawberry_django.field(
        only=["interface", "agent__name"], select_related=["agent"], description="A name to show."
    )
    def name(self: models.Implementation) -> str:
        """Name the function and the agent."""
        return f"{self.interface}@{self.agent.name}" if self.agent.name else self.interface

    @column("effects", description="What a second run would do.")
    def effects(self: models.Implementation) -> Effects:
        """Return the declared effects."""
        return Effects(self.effects)

    @column("execution", description="Whether runs are resumed.")
    def execution(self: models.Implementation) -> Execution:
        """Return the declared execution."""
        return Execution(self.execution)

    @column("diagnostics", description="Findings of its registration.")
    def diagnostics(self: models.Implementation) -> list[Diagnostic]:
        """Return the stored findings."""
        return read_all(Diagnostic, self.diagnostics)


@strawberry.type
class Query:
    """Root fields of implementations."""

    implementations: list[Implementation] = visible_rows(
        implementation_selectors.implementations_visible_to,
        filters=ImplementationFilter,
        ordering=ImplementationOrder,
        description="What the agents of the organization offer.",
    )

    @strawberry_django.field(
        graphql_type=Implementation | None, extensions=[Found()], description="One implementation."
    )
    def implementation(self, info: Info, id: strawberry.ID) -> QuerySet[models.Implementation]:
        """Return the implementation."""
        return implementation_selectors.implementation_get(
            principal=principal_of(info), implementation_id=id
        )

    @strawberry_django.field(
        graphql_type=Implementation | None,
        extensions=[Found()],
        description="What an agent offers at an interface or for an action.",
    )
    def implementation_at(
        self,
        info: Info,
        agent: strawberry.ID,
        interface: str | None = None,
        action_hash: str | None = None,
        demand: ActionDemandInput | None = None,
    ) -> QuerySet[models.Implementation]:
        """Return the implementation."""
        condition = demands.action_demand(plain(demand), prefix="action__") if demand else None
        return implementation_selectors.implementation_at(
            principal=principal_of(info),
            agent=agent,
            interface=interface,
            action_hash=action_hash,
            demand=condition,
        )

    @strawberry_django.field(
        graphql_type=Implementation | None,
        extensions=[Found()],
        description="What the caller's own agent offers at an interface or for an action.",
    )
    def my_implementation_at(
        self, info: Info, action_id: strawberry.ID | None = None, interface: str | None = None
    ) -> QuerySet[models.Implementation]:
        """Return the implementation."""
        return implementation_selectors.my_implementation_at(
            principal=principal_of(info), interface=interface, action_id=action_id
        )
