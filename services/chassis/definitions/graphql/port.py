"""Ports: the typed arguments and returns of an action, as its definition declares them."""

from __future__ import annotations

from typing import Any

import strawberry

from chassis.definitions import vocabulary
from chassis.definitions.graphql.call import UtilCall
from chassis.definitions.graphql.documents import read, register_kinds
from chassis.definitions.graphql.scalars import AnyDefault, Arg, Identifier, JSONSerializable
from chassis.definitions.graphql.widget import AssignWidget, ReturnWidget

PortKind = vocabulary.PortKind
strawberry.enum(PortKind, name="PortKind", description="The kinds of values a port takes.")
EffectKind = vocabulary.EffectKind
strawberry.enum(EffectKind, name="EffectKind", description="What an effect does to its port.")
DescriptorOperator = vocabulary.DescriptorOperator
strawberry.enum(
    DescriptorOperator,
    name="DescriptorOperator",
    description="How a descriptor of an object is compared with a wanted value.",
)


@strawberry.interface(description="Something the form does when a condition holds.")
class Effect:
    """What all effects share; the call decides whether the effect takes place."""

    kind: EffectKind = strawberry.field(description="Which effect it is.")
    dependencies: list[str] = strawberry.field(description="Ports whose values it looks at.")
    source: str | None = strawberry.field(description="The condition as its author wrote it.")
    raw: strawberry.Private[dict[str, Any]]

    @strawberry.field(description="The condition.")
    def call(self) -> UtilCall:
        """Return the condition as typed nodes."""
        return read(UtilCall, self.raw["call"])

    @strawberry.field(description="The whole condition as JSON, however deep it is.")
    def call_json(self) -> JSONSerializable:
        """Return the condition as one value."""
        return JSONSerializable(self.raw["call"])


@strawberry.type(description="Shows a message beside the port.")
class MessageEffect(Effect):
    """A message."""

    message: str = strawberry.field(description="The message.")


@strawberry.type(description="Takes the port out of the form.")
class HideEffect(Effect):
    """Hidden or faded."""

    fade: bool = strawberry.field(description="Whether the port is faded instead of removed.")


@strawberry.type(description="An effect that a component of a catalog carries out.")
class CustomEffect(Effect):
    """Left to the catalog."""


@strawberry.type(description="A condition an argument has to meet.")
class Validator:
    """The call decides whether the value is good."""

    dependencies: list[str] | None = strawberry.field(description="Ports it looks at.")
    label: str | None = strawberry.field(description="What it is called.")
    error_message: str | None = strawberry.field(description="Shown when it fails.")
    source: str | None = strawberry.field(description="The condition as its author wrote it.")
    raw: strawberry.Private[dict[str, Any]]

    @strawberry.field(description="The condition.")
    def call(self) -> UtilCall:
        """Return the condition as typed nodes."""
        return read(UtilCall, self.raw["call"])

    @strawberry.field(description="The whole condition as JSON, however deep it is.")
    def call_json(self) -> JSONSerializable:
        """Return the condition as one value."""
        return JSONSerializable(self.raw["call"])


@strawberry.type(description="One of the values a port offers.")
class Choice:
    """A value with its label."""

    label: str = strawberry.field(description="Shown to people.")
    value: AnyDefault = strawberry.field(description="What is sent.")
    image: str | None = strawberry.field(description="A picture of it.")
    description: str | None = strawberry.field(description="More about it.")


@strawberry.type(description="A condition that an object given for a port must meet.")
class Requires:
    """A descriptor, compared."""

    key: str = strawberry.field(description="The descriptor.")
    operator: DescriptorOperator = strawberry.field(description="How it is compared.")
    value: Arg | None = strawberry.field(description="With what.")


@strawberry.type(description="What is known of an object that a port returns.")
class Provides:
    """A descriptor of the returned object."""

    key: str = strawberry.field(description="The descriptor.")
    operator: DescriptorOperator = strawberry.field(description="How it is to be read.")
    value: Arg | None = strawberry.field(description="Its value.")


@strawberry.type(description="An argument of an action.")
class ArgPort:
    """A typed slot that a call fills."""

    key: str = strawberry.field(description="The name in the arguments.")
    label: str | None = strawberry.field(description="The name people see.")
    kind: PortKind = strawberry.field(description="The kind of value.")
    description: str | None = strawberry.field(description="What it is for.")
    identifier: Identifier | None = strawberry.field(description="The structure it refers to.")
    nullable: bool = strawberry.field(description="Whether it may be left out.")
    effects: list[Effect] | None = strawberry.field(description="What the form does with it.")
    children: list[ArgPort] | None = strawberry.field(description="The ports inside it.")
    choices: list[Choice] | None = strawberry.field(description="The values it offers.")
    reference_unit: str | None = strawberry.field(description="The unit values are stored in.")
    proposed_units: list[str] | None = strawberry.field(description="Units to offer.")
    dimension: str | None = strawberry.field(description="The dimension of the quantity.")
    validators: list[Validator] | None = strawberry.field(description="Conditions on values.")
    default: AnyDefault | None = strawberry.field(description="The value if none is given.")
    widget: AssignWidget | None = strawberry.field(description="How it is entered.")
    requires: list[Requires] | None = strawberry.field(description="Conditions on objects.")


@strawberry.type(description="A return of an action, or a value of a state.")
class ReturnPort:
    """A typed slot that a result fills."""

    key: str = strawberry.field(description="The name in the returns.")
    label: str | None = strawberry.field(description="The name people see.")
    kind: PortKind = strawberry.field(description="The kind of value.")
    description: str | None = strawberry.field(description="What it is.")
    identifier: Identifier | None = strawberry.field(description="The structure it refers to.")
    nullable: bool = strawberry.field(description="Whether it may be missing.")
    effects: list[Effect] | None = strawberry.field(description="What the view does with it.")
    children: list[ReturnPort] | None = strawberry.field(description="The ports inside it.")
    choices: list[Choice] | None = strawberry.field(description="The values it can have.")
    reference_unit: str | None = strawberry.field(description="The unit values are in.")
    proposed_units: list[str] | None = strawberry.field(description="Units to offer.")
    dimension: str | None = strawberry.field(description="The dimension of the quantity.")
    widget: ReturnWidget | None = strawberry.field(description="How it is shown.")
    provides: list[Provides] | None = strawberry.field(description="What is known of it.")


@strawberry.type(description="Ports of an action that belong together.")
class PortGroup:
    """A named part of the form."""

    key: str = strawberry.field(description="The name of the group.")
    title: str | None = strawberry.field(description="The title people see.")
    description: str | None = strawberry.field(description="What the group is for.")
    effects: list[Effect] | None = strawberry.field(description="What the form does with it.")
    ports: list[str] = strawberry.field(description="The keys of its ports.")


EFFECT_KINDS: dict[str, type] = {
    "MESSAGE": MessageEffect,
    "HIDE": HideEffect,
    "CUSTOM": CustomEffect,
}
EFFECTS = tuple(EFFECT_KINDS.values())

register_kinds(Effect, EFFECT_KINDS)
