"""Errors of the broker that a caller may see."""

from __future__ import annotations

from chassis.errors import Conflict, InvalidInput, PlatformError, Unavailable


class TaskFinished(Conflict):
    """The task is already finished; nothing can be changed about it."""

    code = "TASK_FINISHED"


class TaskNotRunning(Conflict):
    """The task is not in a state in which this can be asked of it."""

    code = "TASK_NOT_RUNNING"


class NoTarget(InvalidInput):
    """Nothing offers what was asked for: no such implementation, agent or action."""

    code = "NO_TARGET"


class AgentBlocked(Conflict):
    """Every agent that could run this is blocked; an admin can unblock it."""

    code = "AGENT_BLOCKED"


class ValueTooLarge(PlatformError):
    """The values are too large for a message; put them into object storage and pass a reference."""

    code = "VALUE_TOO_LARGE"
    http_status = 413


class UnmetDependencies(InvalidInput):
    """Not enough agents offer what the implementation depends on."""

    code = "UNMET_DEPENDENCIES"


class FeedTooSlow(Unavailable):
    """The reader of this feed is too slow; subscribe again and read the tasks' events."""

    code = "FEED_TOO_SLOW"


class RegistrationRefused(PlatformError):
    """The agent's registration cannot be accepted."""

    code = "REGISTRATION_REFUSED"
    http_status = 400
