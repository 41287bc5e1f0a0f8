"""Shortcuts and toolboxes: types, filters, orders and root fields."""

from __future__ import annotations

import strawberry
import strawberry_django
from django.db.models import OrderBy, Q, QuerySet
from strawberry_django.fields.filter_types import StrFilterLookup

from chassis.definitions import demand as demands
from chassis.definitions.graphql.demand import PortDemandInput
from chassis.definitions.graphql.documents import read_all
from chassis.definitions.graphql.port import ArgPort, ReturnPort
from chassis.definitions.graphql.scalars import AnyDefault, Args, json_object
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import Found, column, visible_rows
from chassis.graphql.inputs import flag, maybe, plain
from rekuest_server import models
from rekuest_server.graphql.action import Action
from rekuest_server.operations import shortcut as shortcut_operations
from rekuest_server.selectors import action as action_selectors
from rekuest_server.selectors import kept
from rekuest_server.selectors.scope import row_ids


@strawberry_django.filter_type(models.Toolbox, description="Narrows a list of toolboxes.")
class ToolboxFilter:
    """Every condition that is given must hold."""

    name: StrFilterLookup | None = strawberry_django.filter_field(description="By name.")

    @strawberry_django.filter_field(description="Text in the name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the name."""
        return Q(**{f"{prefix}name__icontains": value})

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})


@strawberry_django.order_type(models.Toolbox, description="Puts a list of toolboxes in order.")
class ToolboxOrder:
    """By one property."""

    name: strawberry.auto = strawberry_django.order_field(description="By name.")


@strawberry_django.filter_type(models.Shortcut, description="Narrows a list of shortcuts.")
class ShortcutFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Text in the name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the name."""
        return Q(**{f"{prefix}name__icontains": value})

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="By what their ports are like.")
    def demands(self, value: list[PortDemandInput], prefix: str) -> Q:
        """Every demand must be met by the action."""
        wanted = demands.all_of(demands.port_demand(plain(item)) for item in value)
        return kept.of_actions(wanted, prefix=prefix)

    @strawberry_django.filter_field(description="By whether an agent can take them now.")
    def assignable(self, value: bool, prefix: str) -> Q:
        """Look for a live implementation of the action."""
        return kept.of_actions(action_selectors.actions_assignable(value=value), prefix=prefix)

    @strawberry_django.filter_field(description="By toolbox.")
    def toolbox(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the toolbox."""
        return Q(**{f"{prefix}toolbox__in": row_ids([value])})


@strawberry_django.order_type(models.Shortcut, description="Puts a list of shortcuts in order.")
class ShortcutOrder:
    """By one property."""

    name: strawberry.auto = strawberry_django.order_field(description="By name.")

    @strawberry_django.order_field(description="By whether an agent can take them now.")
    def assignable(
        self, queryset: QuerySet[models.Shortcut], value: strawberry_django.Ordering, prefix: str
    ) -> tuple[QuerySet[models.Shortcut], list[OrderBy]]:
        """Look at how many agents could."""
        rows = queryset.annotate(_can=action_selectors.assignable_rows(f"{prefix}action"))
        return rows, [value.resolve("_can")]


@strawberry_django.type(models.Toolbox, description="A named set of shortcuts.")
class Toolbox:
    """What people keep together."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    name: str = strawberry_django.field(description="The name people see.")
    description: str = strawberry_django.field(description="What it is for.")
    shortcuts: list[Shortcut] = strawberry_django.field(
        filters=ShortcutFilter,
        ordering=ShortcutOrder,
        pagination=True,
        description="What is in it.",
    )


@strawberry_django.type(
    models.Shortcut, description="An action with some of its arguments filled in."
)
class Shortcut:
    """A call that is ready to be made."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    name: str = strawberry_django.field(description="The name people see.")
    description: str | None = strawberry_django.field(description="What it does.")
    action: Action = strawberry_django.field(description="What it calls.")
    toolbox: Toolbox = strawberry_django.field(description="Where it is kept.")
    allow_quick: bool = strawberry_django.field(
        description="Whether it may be called without asking."
    )
    use_returns: bool = strawberry_django.field(description="Whether its returns are used further.")
    bind_number: int | None = strawberry_django.field(description="The key it is bound to.")

    @column("saved_args", description="The arguments that are filled in.")
    def saved_args(self: models.Shortcut) -> AnyDefault:
        """Return them by port key."""
        return AnyDefault(self.saved_args)

    @strawberry_django.field(
        select_related=["action"],
        only=["saved_args", "action__definition"],
        description="The arguments that are left.",
    )
    def args(self: models.Shortcut) -> list[ArgPort]:
        """Leave the saved ones out."""
        declared = self.action.definition.get("args") or ()
        return read_all(ArgPort, [port for port in declared if port["key"] not in self.saved_args])

    @strawberry_django.field(
        select_related=["action"], only=["action__definition"], description="What it returns."
    )
    def returns(self: models.Shortcut) -> list[ReturnPort]:
        """Return those of the action."""
        return read_all(ReturnPort, self.action.definition.get("returns"))


@strawberry.input(description="A shortcut to be made.")
class CreateShortcutInput:
    """An action and its arguments."""

    name: str = strawberry.field(description="The name people see.")
    action: strawberry.ID = strawberry.field(description="What it calls.")
    args: Args = strawberry.field(description="The arguments that are filled in.")
    allow_quick: bool = flag("Whether it may be called without asking.")
    use_returns: bool = flag("Whether its returns are used further.")
    description: str | None = maybe("What it does.")
    bind_number: int | None = maybe("The key to bind it to.")
    toolbox: strawberry.ID | None = maybe("Where to keep it; a toolbox of its own if unset.")


@strawberry.input(description="A shortcut to be deleted.")
class DeleteShortcutInput:
    """A shortcut."""

    id: strawberry.ID = strawberry.field(description="The shortcut.")


@strawberry.type
class Query:
    """Root fields of shortcuts and toolboxes."""

    shortcuts: list[Shortcut] = visible_rows(
        kept.shortcuts_visible_to,
        filters=ShortcutFilter,
        ordering=ShortcutOrder,
        description="The shortcuts of the organization.",
    )
    toolboxes: list[Toolbox] = visible_rows(
        kept.toolboxes_visible_to,
        filters=ToolboxFilter,
        ordering=ToolboxOrder,
        description="The toolboxes of the organization.",
    )

    @strawberry_django.field(
        graphql_type=Shortcut | None, extensions=[Found()], description="One shortcut."
    )
    def shortcut(self, info: Info, id: strawberry.ID) -> QuerySet[models.Shortcut]:
        """Return the shortcut."""
        return kept.one(kept.shortcuts_visible_to(principal_of(info)), id)

    @strawberry_django.field(
        graphql_type=Toolbox | None, extensions=[Found()], description="One toolbox."
    )
    def toolbox(self, info: Info, id: strawberry.ID) -> QuerySet[models.Toolbox]:
        """Return the toolbox."""
        return kept.one(kept.toolboxes_visible_to(principal_of(info)), id)


@strawberry.type
class Mutation:
    """Root fields that make and delete shortcuts."""

    @strawberry.mutation(graphql_type=Shortcut, description="Make a shortcut.")
    async def create_shortcut(self, info: Info, input: CreateShortcutInput) -> models.Shortcut:
        """Keep the call."""
        wish = shortcut_operations.ShortcutWish(
            name=input.name,
            action=input.action,
            args=json_object(input.args),
            toolbox=input.toolbox,
            description=input.description,
            allow_quick=input.allow_quick,
            use_returns=input.use_returns,
            bind_number=input.bind_number,
        )
        return await shortcut_operations.shortcut_create(principal=principal_of(info), wish=wish)

    @strawberry.mutation(description="Delete a shortcut.")
    async def delete_shortcut(self, info: Info, input: DeleteShortcutInput) -> strawberry.ID:
        """Return the id it had."""
        return strawberry.ID(
            await shortcut_operations.shortcut_delete(
                principal=principal_of(info), shortcut=input.id
            )
        )
