"""Inputs that describe an action: its ports, their widgets, effects and validators."""

from __future__ import annotations

import strawberry

from chassis.definitions.graphql.demand import RequiresInput
from chassis.definitions.graphql.enums import ActionKind
from chassis.definitions.graphql.port import DescriptorOperator, EffectKind, PortKind
from chassis.definitions.graphql.scalars import AnyDefault, Arg, JSONSerializable, SearchQuery
from chassis.definitions.graphql.widget import AssignWidgetKind, OptionKey, ReturnWidgetKind
from chassis.graphql.inputs import flag, listing, maybe


@strawberry.input(description="One argument of a call: a literal, a path, or a call again.")
class ActionArgumentInput:
    """A node of a call tree."""

    key: str | None = maybe("The name of the argument.")
    value_literal: JSONSerializable | None = maybe("A fixed value.")
    value_path: str | None = maybe("A path into the data at hand.")
    agent_call: AgentProbeInput | None = maybe("A call of an agent.")
    util_call: UtilCallInput | None = maybe("A call of a catalog operation.")
    value_list: list[ActionArgumentInput] | None = maybe("A list of values.")
    value_dict: list[ActionArgumentInput] | None = maybe("Named values.")


@strawberry.input(description="A call of an operation of a dependency's agent.")
class AgentProbeInput:
    """A dependency and an operation."""

    dependency: str = strawberry.field(description="The key of the dependency.")
    operation: str = strawberry.field(description="The name of the operation.")
    arguments: list[ActionArgumentInput] | None = maybe("What it is given.")


@strawberry.input(description="A call of an operation that a UI catalog offers.")
class UtilCallInput:
    """An operation with its arguments."""

    operation: str = strawberry.field(description="The name of the operation.")
    arguments: list[ActionArgumentInput] | None = maybe("What it is given.")


@strawberry.input(description="A place that holds either a literal or a path.")
class DynamicValueInput:
    """A value known only when the component is drawn."""

    literal: str | None = maybe("A fixed text.")
    path: str | None = maybe("A path into the data at hand.")


@strawberry.input(description="One property of a component.")
class ComponentPropInput:
    """A named property, from one of several sources."""

    key: str = strawberry.field(description="The name of the property.")
    static_value: JSONSerializable | None = maybe("A fixed value.")
    dynamic_value: DynamicValueInput | None = maybe("A value bound when drawn.")
    declares_value: str | None = maybe("The name of a value the component makes known.")
    agent_call: AgentProbeInput | None = maybe("A call of an agent.")
    util_call: UtilCallInput | None = maybe("A call of a catalog operation.")


@strawberry.input(description="How to read one part of an option out of a state.")
class StateAccessorInput:
    """A path or a call."""

    option_key: OptionKey = strawberry.field(description="The part of the option.")
    path: str | None = maybe("The path to it.")
    call: UtilCallInput | None = maybe("The call that makes it.")


@strawberry.input(description="How a person enters an argument; the kind says what applies.")
class AssignWidgetInput:
    """All widgets in one."""

    kind: AssignWidgetKind = strawberry.field(description="Which widget it is.")
    follow_value: str | None = maybe("A path whose value it follows.")
    min: float | None = maybe("The least value.")
    max: float | None = maybe("The greatest value.")
    step: float | None = maybe("The distance of two positions.")
    placeholder: str | None = maybe("Shown while it is empty.")
    as_paragraph: bool | None = maybe("Whether text spans several lines.")
    query: SearchQuery | None = maybe("The document that lists options.")
    ward: str | None = maybe("The service that answers the document.")
    filters: list[ArgPortInput] | None = maybe("Ports that narrow the options.")
    dependencies: list[str] | None = maybe("Ports it depends on.")
    component: str | None = maybe("The component of a catalog.")
    props: list[ComponentPropInput] | None = maybe("Properties of the component.")
    fallback: AssignWidgetInput | None = maybe("Used where the component is unknown.")
    dependency: str | None = maybe("The dependency that has the state.")
    state_path: str | None = maybe("Where the options are in the state.")
    state_call: UtilCallInput | None = maybe("The call that lists the options.")
    state_accessors: list[StateAccessorInput] | None = maybe("How to read an option.")
    target_port: str | None = maybe("The port whose widget it borrows.")
    target_action: str | None = maybe("The action that has the port.")
    target_dependency: str | None = maybe("The dependency that has the action.")


@strawberry.input(description="How a return is shown.")
class ReturnWidgetInput:
    """All widgets in one."""

    kind: ReturnWidgetKind = strawberry.field(description="Which widget it is.")
    component: str | None = maybe("The component of a catalog.")
    props: list[ComponentPropInput] | None = maybe("Properties of the component.")


@strawberry.input(description="A widget for ports that declare none.")
class WidgetDefaultInput:
    """By kind, by structure, or both."""

    kind: PortKind | None = maybe("The kind of the ports.")
    identifier: str | None = maybe("The structure of the ports.")
    widget: AssignWidgetInput | None = maybe("How they are entered.")
    return_widget: ReturnWidgetInput | None = maybe("How they are shown.")


@strawberry.input(description="Something the form does when a condition holds.")
class EffectInput:
    """A condition, and what happens."""

    kind: EffectKind = strawberry.field(description="Which effect it is.")
    call: UtilCallInput = strawberry.field(description="The condition.")
    dependencies: list[str] | None = listing("Ports whose values it looks at.")
    message: str | None = maybe("The message of a MESSAGE.")
    fade: bool | None = flag("Whether HIDE fades instead of removing.", default=True)
    source: str | None = maybe("The condition as its author wrote it.")


@strawberry.input(description="A condition an argument has to meet.")
class ValidatorInput:
    """A condition, and what to say."""

    call: UtilCallInput = strawberry.field(description="The condition.")
    dependencies: list[str] | None = listing("Ports it looks at.")
    label: str | None = maybe("What it is called.")
    error_message: str | None = maybe("Shown when it fails.")
    source: str | None = maybe("The condition as its author wrote it.")


@strawberry.input(description="One of the values a port offers.")
class ChoiceInput:
    """A value with its label."""

    value: AnyDefault = strawberry.field(description="What is sent.")
    label: str = strawberry.field(description="Shown to people.")
    image: str | None = maybe("A picture of it.")
    description: str | None = maybe("More about it.")


@strawberry.input(description="What is known of an object that a port returns.")
class ProvidesInput:
    """A descriptor of the returned object."""

    key: str = strawberry.field(description="The descriptor.")
    operator: DescriptorOperator = strawberry.field(description="How it is to be read.")
    value: Arg | None = maybe("Its value.")


@strawberry.input(description="An argument of an action.")
class ArgPortInput:
    """A typed slot that a call fills."""

    key: str = strawberry.field(description="The name in the arguments.")
    kind: PortKind = strawberry.field(description="The kind of value.")
    label: str | None = maybe("The name people see.")
    description: str | None = maybe("What it is for.")
    identifier: str | None = maybe("The structure it refers to.")
    nullable: bool = flag("Whether it may be left out.")
    effects: list[EffectInput] | None = maybe("What the form does with it.")
    choices: list[ChoiceInput] | None = maybe("The values it offers.")
    reference_unit: str | None = maybe("The unit values are stored in.")
    proposed_units: list[str] | None = maybe("Units to offer.")
    dimension: str | None = maybe("The dimension of the quantity.")
    children: list[ArgPortInput] | None = maybe("The ports inside it.")
    validators: list[ValidatorInput] | None = maybe("Conditions on values.")
    default: AnyDefault | None = maybe("The value if none is given.")
    widget: AssignWidgetInput | None = maybe("How it is entered.")
    requires: list[RequiresInput] | None = maybe("Conditions on objects.")


@strawberry.input(description="A return of an action, or a value of a state.")
class ReturnPortInput:
    """A typed slot that a result fills."""

    key: str = strawberry.field(description="The name in the returns.")
    kind: PortKind = strawberry.field(description="The kind of value.")
    label: str | None = maybe("The name people see.")
    description: str | None = maybe("What it is.")
    identifier: str | None = maybe("The structure it refers to.")
    nullable: bool = flag("Whether it may be missing.")
    effects: list[EffectInput] | None = maybe("What the view does with it.")
    choices: list[ChoiceInput] | None = maybe("The values it can have.")
    reference_unit: str | None = maybe("The unit values are in.")
    proposed_units: list[str] | None = maybe("Units to offer.")
    dimension: str | None = maybe("The dimension of the quantity.")
    children: list[ReturnPortInput] | None = maybe("The ports inside it.")
    widget: ReturnWidgetInput | None = maybe("How it is shown.")
    provides: list[ProvidesInput] | None = maybe("What is known of it.")


@strawberry.input(description="Ports of an action that belong together.")
class PortGroupInput:
    """A named part of the form."""

    key: str = strawberry.field(description="The name of the group.")
    title: str | None = maybe("The title people see.")
    description: str | None = maybe("What the group is for.")
    effects: list[EffectInput] | None = listing("What the form does with it.")
    ports: list[str] = listing("The keys of its ports.")


@strawberry.input(description="An action that another one is a test for.")
class TestTargetInput:
    """By hash, or by app, key and version."""

    hash: str | None = maybe("Its hash.")
    app: str | None = maybe("The identifier of its app.")
    key: str | None = maybe("Its key.")
    version: str | None = maybe("Its version.")


@strawberry.input(description="The definition of an action.")
class DefinitionInput:
    """Identity, ports and qualifiers."""

    key: str = strawberry.field(description="The name within its app.")
    version: str = strawberry.field(description="The version of the definition.")
    name: str = strawberry.field(description="The name people see.")
    kind: ActionKind = strawberry.field(description="Whether it returns once or often.")
    description: str | None = maybe("What it does.")
    collections: list[str] = listing("The sets it belongs to.")
    stateful: bool = flag("Whether it needs a state of its agent.")
    pure: bool = flag("Whether equal arguments give equal returns.")
    idempotent: bool = flag("Whether it may be run again.")
    allow_probe: bool = flag("Whether it may be probed.")
    is_dev: bool = flag("Whether it is under development.")
    catalogs: list[str] | None = listing("UI catalogs its calls are from.")
    protocols: list[str] | None = listing("Protocols it implements.")
    port_groups: list[PortGroupInput] = listing("How its arguments are grouped.")
    args: list[ArgPortInput] = listing("What a call takes.")
    returns: list[ReturnPortInput] = listing("What a call returns.")
    is_test_for: list[TestTargetInput] = listing("The actions it is a test for.")
