"""Inputs that say what an action, a state or a port must be like."""

from __future__ import annotations

import strawberry

from chassis.definitions.graphql.enums import DemandKind
from chassis.definitions.graphql.port import DescriptorOperator, PortKind
from chassis.definitions.graphql.scalars import Arg


@strawberry.input(description="A descriptor that a candidate object has.")
class DescriptorInput:
    """A key with its value."""

    key: str = strawberry.field(description="The descriptor.")
    value: Arg = strawberry.field(description="Its value.")


@strawberry.input(description="What one port must be like; what is left out does not matter.")
class PortMatchInput:
    """A pattern for a port."""

    at: int | None = strawberry.field(default=None, description="Its position, from 0.")
    key: str | None = strawberry.field(default=None, description="Its key.")
    kind: PortKind | None = strawberry.field(default=None, description="Its kind.")
    identifier: str | None = strawberry.field(default=None, description="Its structure.")
    nullable: bool | None = strawberry.field(default=None, description="Whether it is nullable.")
    dimension: str | None = strawberry.field(default=None, description="Its dimension.")
    descriptors: list[DescriptorInput] | None = strawberry.field(
        default=None, description="Descriptors its requirements must accept."
    )
    children: list[PortMatchInput] | None = strawberry.field(
        default=None, description="What ports inside it must be like."
    )


@strawberry.input(description="What the ports on one side of an action must be like.")
class PortDemandInput:
    """Patterns and counts."""

    kind: DemandKind = strawberry.field(description="The side.")
    matches: list[PortMatchInput] | None = strawberry.field(
        default=None, description="A port is needed for each."
    )
    force_length: int | None = strawberry.field(default=None, description="The number of ports.")
    force_non_nullable_length: int | None = strawberry.field(
        default=None, description="The number of ports that must be given."
    )
    force_structure_length: int | None = strawberry.field(
        default=None, description="The number of ports that take a structure."
    )


@strawberry.input(description="What an action must be like; a hash decides alone.")
class ActionDemandInput:
    """Identity, ports and qualifiers."""

    hash: str | None = strawberry.field(default=None, description="Its hash.")
    key: str | None = strawberry.field(default=None, description="Its key.")
    app: str | None = strawberry.field(default=None, description="The identifier of its app.")
    version: str | None = strawberry.field(default=None, description="Its version.")
    name: str | None = strawberry.field(default=None, description="Its name.")
    arg_matches: list[PortMatchInput] | None = strawberry.field(
        default=None, description="An argument is needed for each."
    )
    return_matches: list[PortMatchInput] | None = strawberry.field(
        default=None, description="A return is needed for each."
    )
    protocols: list[str] | None = strawberry.field(
        default=None, description="Protocols it implements."
    )
    force_arg_length: int | None = strawberry.field(
        default=None, description="The number of its arguments."
    )
    force_return_length: int | None = strawberry.field(
        default=None, description="The number of its returns."
    )
    pure: bool | None = strawberry.field(default=None, description="Whether it is pure.")
    idempotent: bool | None = strawberry.field(
        default=None, description="Whether it may be run again."
    )
    stateful: bool | None = strawberry.field(default=None, description="Whether it is stateful.")


@strawberry.input(description="What a state must be like; a hash decides alone.")
class StateDemandInput:
    """Identity and ports."""

    hash: str | None = strawberry.field(default=None, description="The hash of its definition.")
    key: str | None = strawberry.field(default=None, description="Its key.")
    app: str | None = strawberry.field(default=None, description="The identifier of its app.")
    matches: list[PortMatchInput] | None = strawberry.field(
        default=None, description="A port is needed for each."
    )
    protocols: list[str] | None = strawberry.field(
        default=None, description="Protocols it implements."
    )


@strawberry.input(description="A condition on a descriptor of an object.")
class RequiresInput:
    """A descriptor, compared."""

    key: str = strawberry.field(description="The descriptor.")
    operator: DescriptorOperator = strawberry.field(description="How it is compared.")
    value: Arg | None = strawberry.field(default=None, description="With what.")
