"""Calls that a port's widgets, effects and validators make in the user interface."""

from __future__ import annotations

import strawberry

from chassis.definitions.graphql.scalars import JSONSerializable


@strawberry.type(description="One argument of a call: a literal, a path, or a call again.")
class ActionArgument:
    """A node of a call tree."""

    key: str | None = strawberry.field(description="The name of the argument.")
    value_literal: JSONSerializable | None = strawberry.field(description="A fixed value.")
    value_path: str | None = strawberry.field(description="A path into the data at hand.")
    agent_call: AgentCall | None = strawberry.field(description="A call of an agent.")
    util_call: UtilCall | None = strawberry.field(description="A call of a catalog operation.")
    value_list: list[ActionArgument] | None = strawberry.field(description="A list of values.")
    value_dict: list[ActionArgument] | None = strawberry.field(description="Named values.")


@strawberry.type(description="A call of an operation that a UI catalog offers.")
class UtilCall:
    """An operation with its arguments."""

    operation: str = strawberry.field(description="The name of the operation.")
    arguments: list[ActionArgument] | None = strawberry.field(description="What it is given.")


@strawberry.type(description="A call of an operation of an agent the port's owner depends on.")
class AgentCall:
    """A call that goes to a dependency's agent."""

    dependency: str = strawberry.field(description="The key of the dependency.")
    operation: str = strawberry.field(description="The name of the operation.")
    arguments: list[ActionArgument] | None = strawberry.field(description="What it is given.")


@strawberry.type(description="A place that holds either a literal or a path.")
class DynamicValue:
    """A value known only when the component is drawn."""

    literal: str | None = strawberry.field(description="A fixed text.")
    path: str | None = strawberry.field(description="A path into the data at hand.")


@strawberry.type(description="One property of a component.")
class ComponentProp:
    """A named property, from one of several sources."""

    key: str = strawberry.field(description="The name of the property.")
    static_value: JSONSerializable | None = strawberry.field(description="A fixed value.")
    dynamic_value: DynamicValue | None = strawberry.field(description="A value bound when drawn.")
    declares_value: str | None = strawberry.field(
        description="The name under which the component makes a value known."
    )
    agent_call: AgentCall | None = strawberry.field(description="A call of an agent.")
    util_call: UtilCall | None = strawberry.field(description="A call of a catalog operation.")
