"""Enumerations of the schema; the words are those of the domain and the definition language."""

from __future__ import annotations

from enum import Enum

import strawberry

from chassis.definitions import vocabulary
from rekuest_server.domain import kinds

TaskEventKind = kinds.EventKind
strawberry.enum(TaskEventKind, name="TaskEventKind", description="What can happen to a task.")
TaskInstructKind = kinds.InstructKind
strawberry.enum(
    TaskInstructKind, name="TaskInstructKind", description="What a caller can tell a task."
)
TaskPolicy = kinds.Policy
strawberry.enum(
    TaskPolicy,
    name="TaskPolicy",
    description="Whether a person is asked before each child of a run starts.",
)
LogLevel = kinds.LogLevel
strawberry.enum(LogLevel, name="LogLevel", description="How severe a log is.")
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


@strawberry.enum(description="How the server reaches an agent.")
class AgentKind(Enum):
    """A socket the agent opens, or a hook the server calls."""

    WEBSOCKET = "WEBSOCKET"
    WEBHOOK = "WEBHOOK"


@strawberry.enum(description="Where the values of an action's ports may live.")
class ActionScope(Enum):
    """GLOBAL values can be sent anywhere; LOCAL ones live in the memory of one agent."""

    GLOBAL = "GLOBAL"
    LOCAL = "LOCAL"
    BRIDGE_GLOBAL_TO_LOCAL = "BRIDGE_GLOBAL_TO_LOCAL"
    BRIDGE_LOCAL_TO_GLOBAL = "BRIDGE_LOCAL_TO_GLOBAL"


@strawberry.enum(description="When an action is called around a task.")
class HookKind(Enum):
    """Before the task runs, or after it has ended."""

    CLEANUP = "CLEANUP"
    INIT = "INIT"


@strawberry.enum(description="The side of a definition a demand looks at.")
class DemandKind(Enum):
    """Arguments or returns."""

    ARGS = "ARGS"
    RETURNS = "RETURNS"


@strawberry.enum(description="How severe a finding about a declaration is.")
class DiagnosticLevel(Enum):
    """Only warnings so far: what is worse refuses the registration."""

    WARNING = "WARNING"
