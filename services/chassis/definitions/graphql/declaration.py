"""Inputs of what an app declares: implementations, what they need, states, locks, bloks, files."""

from __future__ import annotations

import strawberry

from chassis.definitions.graphql.demand import ActionDemandInput, StateDemandInput
from chassis.definitions.graphql.enums import (
    AssetKind,
    ComponentContext,
    Effects,
    Execution,
    WindowFunction,
)
from chassis.definitions.graphql.inputs import (
    ArgPortInput,
    ComponentPropInput,
    DefinitionInput,
    ReturnPortInput,
    UtilCallInput,
)
from chassis.definitions.graphql.scalars import AnyDefault, JSONSerializable
from chassis.graphql.inputs import flag, listing, maybe


@strawberry.input(description="An action that an agent must offer.")
class ActionDependencyInput:
    """One slot of a dependency."""

    key: str = strawberry.field(description="The name of the slot.")
    description: str | None = maybe("What it is for.")
    demand: ActionDemandInput | None = maybe("What the action must be like.")
    allow_inactive: bool | None = flag("Whether the agent may be away.", default=True)
    optional: bool = flag("Whether it may be missing.")


@strawberry.input(description="A state that an agent must publish.")
class StateDependencyInput:
    """One slot of a dependency."""

    key: str = strawberry.field(description="The name of the slot.")
    description: str | None = maybe("What it is for.")
    demand: StateDemandInput | None = maybe("What the state must be like.")
    allow_inactive: bool | None = flag("Whether the agent may be away.", default=True)
    optional: bool = flag("Whether it may be missing.")


@strawberry.input(description="What an implementation or a blok needs of an agent.")
class AgentDependencyInput:
    """One kind of agent."""

    key: str = strawberry.field(description="The name of the dependency.")
    app: str | None = maybe("The identifier of its app.")
    version: str | None = maybe("The version of its app.")
    name: str | None = maybe("The name people see.")
    description: str | None = maybe("What it is for.")
    action_dependencies: list[ActionDependencyInput] | None = maybe("Actions it must offer.")
    state_dependencies: list[StateDependencyInput] | None = maybe("States it must publish.")
    auto_resolvable: bool = flag("Whether the server may choose agents itself.")
    mutually_exclusive_keys: list[str] | None = maybe("Dependencies with other agents.")
    min_viable_instances: int | None = maybe("The least number of agents.")
    max_viable_instances: int | None = maybe("The greatest number of agents.")
    prefered_instances: int | None = maybe("The number of agents that is best.")
    optional: bool = flag("Whether it may be missing.")


@strawberry.input(description="A component with its properties and what stands inside it.")
class ComponentNodeInput:
    """A node of a component tree."""

    id: str = strawberry.field(description="Its name in the tree.")
    component: str = strawberry.field(description="The component of a catalog.")
    props: list[ComponentPropInput] | None = maybe("Its properties.")
    children: list[ComponentNodeInput] | None = maybe("What stands inside it.")


@strawberry.input(description="A service that a blok talks to.")
class BlokServiceInput:
    """A key and a service."""

    key: str = strawberry.field(description="What the blok calls it.")
    service: str | None = maybe("The service.")
    version: str | None = maybe("Its version.")
    schema_hash: str | None = maybe("The hash of its schema.")


@strawberry.input(description="A blok that an agent declares.")
class BlokImplementationInput:
    """A component tree and what it needs."""

    key: str = strawberry.field(description="The name within the agent.")
    dependencies: list[AgentDependencyInput] = listing("The agents it needs.")
    components: list[ComponentNodeInput] | None = maybe("The component tree.")
    source: str | None = maybe("The tree as its author wrote it.")
    catalog: str | None = maybe("The catalog of its components.")
    description: str | None = maybe("What it is.")
    demo_state: JSONSerializable | None = maybe("Values to show it with.")
    context: ComponentContext = strawberry.field(
        default=ComponentContext.HTML, description="Where it stands."
    )
    default: bool = flag("Whether it stands for the agent.")
    for_model: str | None = maybe("The model it belongs to.")
    for_node: str | None = maybe("The node of the model it belongs to.")
    args: list[ArgPortInput] = listing("What it is given.")
    services: list[BlokServiceInput] = listing("The services it talks to.")


@strawberry.input(description="A window over a tracked value.")
class WindowInput:
    """A function."""

    window_function: WindowFunction = strawberry.field(description="How it is summed up.")
    label: str | None = maybe("The name people see.")


@strawberry.input(description="A value of a state that is recorded with a task.")
class TrackInput:
    """A place in a state."""

    state_key: str = strawberry.field(description="The state.")
    value_key: str = strawberry.field(description="The value in it.")
    dependency_key: str | None = maybe("The dependency that has the state.")
    label: str | None = maybe("The name people see.")
    description: str | None = maybe("What it is.")
    windows: list[WindowInput] | None = maybe("How it is summed up.")


@strawberry.input(description="A state that a task is expected to change.")
class OptimisticInput:
    """A place in a state."""

    state: str = strawberry.field(description="The state.")
    path: str | None = maybe("The place in it.")
    path_call: UtilCallInput | None = maybe("The call that finds the place.")
    accessor: str | None = maybe("What of the arguments it becomes.")


@strawberry.input(description="An agent's offer of an action.")
class ImplementationInput:
    """A definition, and how it is run."""

    definition: DefinitionInput = strawberry.field(description="What it does.")
    dependencies: list[AgentDependencyInput] = listing("The agents it needs.")
    tracks: list[TrackInput] | None = maybe("Values recorded with its tasks.")
    interface: str | None = maybe("The name of the function in the agent.")
    params: AnyDefault | None = maybe("What it is declared with.")
    instance_id: str | None = maybe("Ignored; older agents send it.")
    locks: list[str] | None = maybe("The locks it takes.")
    optimistics: list[OptimisticInput] | None = maybe("States it is expected to change.")
    manipulates: list[str] | None = maybe("States it changes.")
    needs_token: bool = flag("Whether a signed token is made for each call.", default=True)
    provenance_audience: list[str] | None = maybe("For whom that token is made.")
    effects: Effects = strawberry.field(
        default=Effects.UNKNOWN, description="What a second run would do."
    )
    execution: Execution = strawberry.field(
        default=Execution.PLAIN, description="Whether runs are resumed."
    )
    code_hash: str | None = maybe("The hash of its code.")
    logo: str | None = maybe("The blok that draws it.")


@strawberry.input(description="The shape of a state.")
class StateDefinitionInput:
    """A name and ports."""

    name: str = strawberry.field(description="The name people see.")
    ports: list[ReturnPortInput] = strawberry.field(description="What it is made of.")


@strawberry.input(description="A state that an agent publishes.")
class StateImplementationInput:
    """An interface and a shape."""

    interface: str = strawberry.field(description="Its name in the agent.")
    definition: StateDefinitionInput = strawberry.field(description="Its shape.")
    key: str | None = maybe("The name demands look for.")
    app: str | None = maybe("The app that provides it.")


@strawberry.input(description="What a lock is.")
class LockDefinitionInput:
    """A key."""

    key: str = strawberry.field(description="Its key.")
    description: str | None = maybe("What it protects.")


@strawberry.input(description="A lock that an agent declares.")
class LockImplementationInput:
    """A key and what it is."""

    key: str = strawberry.field(description="Its key.")
    definition: LockDefinitionInput = strawberry.field(description="What it is.")


@strawberry.input(description="A file that an agent declares.")
class AssetInput:
    """Known by the hash of its bytes."""

    name: str = strawberry.field(description="Its name.")
    kind: AssetKind = strawberry.field(description="What it is a file of.")
    ref: str = strawberry.field(description="`sha256:` and the hash of the bytes.")
    size: int | None = maybe("Its size.")
    source: str | None = maybe("Where it can be fetched.")
