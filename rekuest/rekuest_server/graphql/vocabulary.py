"""Enumerations of the schema; the words are those of the domain and the definition language."""

from __future__ import annotations

from enum import Enum

import strawberry

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


@strawberry.enum(description="How the server reaches an agent.")
class AgentKind(Enum):
    """A socket the agent opens, or a hook the server calls."""

    WEBSOCKET = "WEBSOCKET"
    WEBHOOK = "WEBHOOK"


@strawberry.enum(description="When an action is called around a task.")
class HookKind(Enum):
    """When the task starts, or after it has ended."""

    CLEANUP = "CLEANUP"
    INIT = "INIT"


@strawberry.enum(description="How severe a finding about a declaration is.")
class DiagnosticLevel(Enum):
    """Only warnings so far: what is worse refuses the registration."""

    WARNING = "WARNING"


@strawberry.enum(description="An end by an error that can be followed by another run.")
class RetryOutcome(Enum):
    """FAILED: what was given or returned does not fit. CRITICAL: the work raised an error."""

    FAILED = "FAILED"
    CRITICAL = "CRITICAL"
