"""Shortcuts and toolboxes: stored calls for people. The server keeps none yet."""

from __future__ import annotations

import strawberry
import strawberry_django
from strawberry_django.fields.filter_types import StrFilterLookup
from strawberry_django.pagination import OffsetPaginationInput

from chassis.definitions.graphql.demand import PortDemandInput
from chassis.definitions.graphql.port import ArgPort, ReturnPort
from chassis.definitions.graphql.scalars import AnyDefault, Args
from chassis.graphql import Info, principal_of
from rekuest_server.graphql.action import Action
from rekuest_server.selectors import unbuilt


@strawberry.type(description="A named set of shortcuts.")
class Toolbox:
    """What people keep together."""

    id: strawberry.ID = strawberry.field(description="The id of the row.")
    name: str = strawberry.field(description="The name people see.")
    description: str = strawberry.field(description="What it is for.")


@strawberry.type(description="An action with some of its arguments filled in.")
class Shortcut:
    """A call that is ready to be made."""

    id: strawberry.ID = strawberry.field(description="The id of the row.")
    name: str = strawberry.field(description="The name people see.")
    description: str | None = strawberry.field(description="What it does.")
    action: Action = strawberry.field(description="What it calls.")
    toolbox: Toolbox = strawberry.field(description="Where it is kept.")
    saved_args: AnyDefault = strawberry.field(description="The arguments that are filled in.")
    allow_quick: bool = strawberry.field(description="Whether it may be called without asking.")
    use_returns: bool = strawberry.field(description="Whether its returns are used further.")
    bind_number: int | None = strawberry.field(description="The key it is bound to.")
    args: list[ArgPort] = strawberry.field(description="The arguments that are left.")
    returns: list[ReturnPort] = strawberry.field(description="What it returns.")


@strawberry.input(description="Narrows a list of shortcuts.")
class ShortcutFilter:
    """Every condition that is given must hold."""

    search: str | None = strawberry.field(default=None, description="Text in the name.")
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="By ids.")
    demands: list[PortDemandInput] | None = strawberry.field(
        default=None, description="By what their ports are like."
    )
    assignable: bool | None = strawberry.field(
        default=None, description="By whether an agent can take them now."
    )
    toolbox: strawberry.ID | None = strawberry.field(default=None, description="By toolbox.")


@strawberry.input(one_of=True, description="Puts a list of shortcuts in order.")
class ShortcutOrder:
    """By one property."""

    name: strawberry_django.Ordering | None = strawberry.field(
        default=strawberry.UNSET, description="By name."
    )
    assignable: strawberry_django.Ordering | None = strawberry.field(
        default=strawberry.UNSET, description="By whether an agent can take them now."
    )


@strawberry.input(description="Narrows a list of toolboxes.")
class ToolboxFilter:
    """Every condition that is given must hold."""

    name: StrFilterLookup | None = strawberry.field(default=None, description="By name.")
    search: str | None = strawberry.field(default=None, description="Text in the name.")
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="By ids.")


@strawberry.input(one_of=True, description="Puts a list of toolboxes in order.")
class ToolboxOrder:
    """By one property."""

    name: strawberry_django.Ordering | None = strawberry.field(
        default=strawberry.UNSET, description="By name."
    )


@strawberry.input(description="A shortcut to be made.")
class CreateShortcutInput:
    """An action and its arguments."""

    name: str = strawberry.field(description="The name people see.")
    action: strawberry.ID = strawberry.field(description="What it calls.")
    args: Args = strawberry.field(description="The arguments that are filled in.")
    allow_quick: bool = strawberry.field(
        default=False, description="Whether it may be called without asking."
    )
    use_returns: bool = strawberry.field(
        default=False, description="Whether its returns are used further."
    )
    description: str | None = strawberry.field(default=None, description="What it does.")
    bind_number: int | None = strawberry.field(default=None, description="The key to bind it to.")
    toolbox: strawberry.ID | None = strawberry.field(default=None, description="Where to keep it.")


@strawberry.type
class Query:
    """Root fields of shortcuts and toolboxes."""

    @strawberry.field(description="The shortcuts of the organization; none are kept yet.")
    def shortcuts(
        self,
        info: Info,
        filters: ShortcutFilter | None = None,
        ordering: list[ShortcutOrder] | None = None,
        pagination: OffsetPaginationInput | None = None,
    ) -> list[Shortcut]:
        """Return none."""
        return unbuilt.none_of(principal_of(info))

    @strawberry.field(description="The toolboxes of the organization; none are kept yet.")
    def toolboxes(
        self,
        info: Info,
        filters: ToolboxFilter | None = None,
        ordering: list[ToolboxOrder] | None = None,
        pagination: OffsetPaginationInput | None = None,
    ) -> list[Toolbox]:
        """Return none."""
        return unbuilt.none_of(principal_of(info))

    @strawberry.field(description="One shortcut.")
    def shortcut(self, info: Info, id: strawberry.ID) -> Shortcut | None:
        """Find nothing."""
        unbuilt.no_such(principal_of(info))

    @strawberry.field(description="One toolbox.")
    def toolbox(self, info: Info, id: strawberry.ID) -> Toolbox | None:
        """Find nothing."""
        unbuilt.no_such(principal_of(info))


@strawberry.type
class Mutation:
    """Root fields that make shortcuts."""

    @strawberry.mutation(description="Make a shortcut; not offered yet.")
    def create_shortcut(self, info: Info, input: CreateShortcutInput) -> Shortcut:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "shortcuts")
