"""Enumerations of the definition language."""

from __future__ import annotations

from enum import Enum

import strawberry

from chassis.definitions import kinds, vocabulary

Execution = kinds.Execution
strawberry.enum(
    Execution,
    name="Execution",
    description="Whether a run outlives the death of its agent's process.",
)
Effects = kinds.Effects
strawberry.enum(Effects, name="Effects", description="What a run is said to do to the world.")
ActionKind = vocabulary.ActionKind
strawberry.enum(
    ActionKind, name="ActionKind", description="Whether an action returns once or often."
)
AssetKind = vocabulary.AssetKind
strawberry.enum(AssetKind, name="AssetKind", description="What an asset is a file of.")
ComponentContext = vocabulary.ComponentContext
strawberry.enum(ComponentContext, name="ComponentContext", description="Where components stand.")
WindowFunction = vocabulary.WindowFunction
strawberry.enum(WindowFunction, name="WindowFunction", description="How a window is summed up.")


@strawberry.enum(description="Where the values of an action's ports may live.")
class ActionScope(Enum):
    """GLOBAL values can be sent anywhere; LOCAL ones live in the memory of one agent."""

    GLOBAL = "GLOBAL"
    LOCAL = "LOCAL"
    BRIDGE_GLOBAL_TO_LOCAL = "BRIDGE_GLOBAL_TO_LOCAL"
    BRIDGE_LOCAL_TO_GLOBAL = "BRIDGE_LOCAL_TO_GLOBAL"


@strawberry.enum(description="The side of a definition a demand looks at.")
class DemandKind(Enum):
    """Arguments or returns."""

    ARGS = "ARGS"
    RETURNS = "RETURNS"
