"""Actions: type, filter, order and root fields."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from django.db.models import Count, Q, QuerySet
from strawberry_django.fields.filter_types import StrFilterLookup

from chassis.definitions import demand as demands
from chassis.definitions.graphql.demand import ActionDemandInput, PortDemandInput
from chassis.definitions.graphql.documents import read_all
from chassis.definitions.graphql.enums import ActionKind, ActionScope
from chassis.definitions.graphql.port import ArgPort, PortGroup, ReturnPort
from chassis.definitions.graphql.scalars import ActionHash
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import BoundedField, DeclaredField, Found, column, row_as, visible_rows
from chassis.graphql.inputs import plain
from rekuest_server import models
from rekuest_server.graphql.identity import App, Organization
from rekuest_server.selectors import action as action_selectors
from rekuest_server.selectors import liveness
from rekuest_server.selectors.scope import row_ids

if TYPE_CHECKING:
    from rekuest_server.graphql.implementation import Implementation
    from rekuest_server.graphql.task import Task

LazyImplementation = Annotated[
    "Implementation", strawberry.lazy("rekuest_server.graphql.implementation")
]
LazyTask = Annotated["Task", strawberry.lazy("rekuest_server.graphql.task")]

LIVE = Count(
    "implementations__agent",
    distinct=True,
    filter=Q(implementations__retired_at=None)
    & liveness.available_agents("implementations__agent__"),
)


def _live(action: models.Action) -> int:
    """Return the count the query made, or count where an action came alone."""
    counted: int | None = getattr(action, "live", None)
    return action_selectors.live_agents(action) if counted is None else counted


@strawberry_django.filter_type(models.Action, description="Narrows a list of actions.")
class ActionFilter:
    """Every condition that is given must hold."""

    name: StrFilterLookup | None = strawberry_django.filter_field(description="By name.")
    kind: ActionKind | None = strawberry_django.filter_field(description="By kind.")
    stateful: bool | None = strawberry_django.filter_field(description="By statefulness.")

    @strawberry_django.filter_field(description="Text in the name or the description.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the words, whatever their case."""
        text = {f"{prefix}name__icontains": value}
        return Q(**text) | Q(**{f"{prefix}description__icontains": value})

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="By what their ports are like.")
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

    @strawberry_django.filter_field(description="In a collection.")
    def in_collection(self, value: str, prefix: str) -> Q:
        """Look for the name of the collection."""
        return Q(**{f"{prefix}collections__contains": [value]})

    @strawberry_django.filter_field(description="By the identifier of their app.")
    def app_identifier(self, value: str, prefix: str) -> Q:
        """Compare the app."""
        return Q(**{f"{prefix}app__identifier": value})

    @strawberry_django.filter_field(description="By whether an agent can take them now.")
    def assignable(self, value: bool, prefix: str) -> Q:
        """Look for a live implementation."""
        return action_selectors.actions_assignable(prefix, value=value)

    @strawberry_django.filter_field(description="Called before that moment.")
    def used_before(self, value: datetime, prefix: str) -> Q:
        """Look for a task made earlier."""
        return action_selectors.actions_used(Q(created_at__lt=value), prefix)

    @strawberry_django.filter_field(description="Called after that moment.")
    def used_after(self, value: datetime, prefix: str) -> Q:
        """Look for a task made later."""
        return action_selectors.actions_used(Q(created_at__gt=value), prefix)


@strawberry_django.order_type(models.Action, description="Puts a list of actions in order.")
class ActionOrder:
    """By when they were declared."""

    defined_at: strawberry.auto = strawberry_django.order_field(
        description="When they were last declared."
    )


@strawberry.type(description="A named set of actions.")
class Collection:
    """Known by its name alone."""

    name: str = strawberry.field(description="The name.")


@strawberry_django.type(
    models.Action, description="A typed function that agents of an organization offer."
)
class Action:
    """Identified by the hash of its definition."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row; it is stable.")
    hash: ActionHash = strawberry_django.field(description="The hash of the definition.")
    name: str = strawberry_django.field(description="The name people see.")
    key: str = strawberry_django.field(description="The name within its app.")
    app: App = strawberry_django.field(description="The app that declares it.")
    version: str = strawberry_django.field(description="The version of the definition.")
    stateful: bool = strawberry_django.field(description="Whether it needs a state of its agent.")
    pure: bool = strawberry_django.field(description="Whether equal arguments give equal returns.")
    idempotent: bool = strawberry_django.field(description="Whether it may be run again.")
    allow_probe: bool = strawberry_django.field(description="Whether it may be probed.")
    is_dev: bool = strawberry_django.field(description="Whether it is under development.")
    description: str | None = strawberry_django.field(description="What it does.")
    defined_at: datetime = strawberry_django.field(description="When it was last declared.")
    organization: Organization = strawberry_django.field(description="The tenant it belongs to.")
    implementations: list[LazyImplementation] = strawberry_django.field(
        field_cls=DeclaredField, pagination=True, description="The offers of agents."
    )
    tasks: list[LazyTask] = strawberry_django.field(
        field_cls=BoundedField, pagination=True, description="Its calls."
    )

    @column("kind", description="Whether it returns once or often.")
    def kind(self: models.Action) -> ActionKind:
        """Return the kind."""
        return ActionKind(self.kind)

    @column("scope", description="Where its values may live.")
    def scope(self: models.Action) -> ActionScope:
        """Return the scope."""
        return ActionScope(self.scope)

    @column("collections", description="The sets it belongs to.")
    def collections(self: models.Action) -> list[Collection]:
        """Return the declared collections."""
        return [Collection(name=name) for name in self.collections]

    @column("definition", description="What a call takes.")
    def args(self: models.Action) -> list[ArgPort]:
        """Return the declared arguments."""
        return read_all(ArgPort, self.definition.get("args"))

    @column("definition", description="What a call returns.")
    def returns(self: models.Action) -> list[ReturnPort]:
        """Return the declared returns."""
        return read_all(ReturnPort, self.definition.get("returns"))

    @column("definition", description="How its arguments are grouped.")
    def port_groups(self: models.Action) -> list[PortGroup]:
        """Return the declared groups."""
        return read_all(PortGroup, self.definition.get("port_groups"))

    @strawberry_django.field(
        only=["definition", "organization_id"], description="The actions it is a test for."
    )
    def is_test_for(self: models.Action) -> list[Action]:
        """Look the declared targets up; most actions have none."""
        if not self.definition.get("is_test_for"):
            return []
        return [row_as(Action, row) for row in action_selectors.tested_actions(self)]

    @strawberry_django.field(
        annotate={"live": LIVE}, description="How many agents can take it now."
    )
    def live_implementations(self: models.Action) -> int:
        """Return the count."""
        return _live(self)

    @strawberry_django.field(
        annotate={"live": LIVE}, description="Whether an agent can take it now."
    )
    def assignable(self: models.Action) -> bool:
        """Compare the count."""
        return _live(self) > 0


@strawberry.type
class Query:
    """Root fields of actions."""

    actions: list[Action] = visible_rows(
        action_selectors.actions_visible_to,
        filters=ActionFilter,
        ordering=ActionOrder,
        description="The actions offered in the organization.",
    )

    @strawberry_django.field(
        graphql_type=Action | None,
        extensions=[Found()],
        description="One action, by the first of these keys that is given.",
    )
    def action(
        self,
        info: Info,
        id: strawberry.ID | None = None,
        task: strawberry.ID | None = None,
        implementation: strawberry.ID | None = None,
        agent: strawberry.ID | None = None,
        interface: str | None = None,
        hash: ActionHash | None = None,
        matching: ActionDemandInput | None = None,
    ) -> QuerySet[models.Action]:
        """Return the action."""
        rows: QuerySet[models.Action] = action_selectors.action_get(
            principal=principal_of(info),
            action_id=id,
            task=task,
            implementation=implementation,
            agent=agent,
            interface=interface,
            hash=hash,
            matching=demands.action_demand(plain(matching)) if matching else None,
        )
        return rows
