"""What a container's state means for its pod."""

from __future__ import annotations

from deployers.core.model import Container, State
from kabinet_server.domain.kinds import PodStatus

_PLAIN = {
    State.CREATED: PodStatus.PENDING,
    State.RUNNING: PodStatus.RUNNING,
    State.PAUSED: PodStatus.STOPPED,
    State.RESTARTING: PodStatus.PENDING,
    State.REMOVING: PodStatus.STOPPING,
    State.DEAD: PodStatus.FAILED,
}
#: Ends by a signal somebody sent on purpose: 128 + SIGINT, SIGKILL, SIGTERM.
_ASKED_TO_END = frozenset({0, 130, 137, 143})


def status_of(container: Container) -> PodStatus:
    """Return the state of the pod a container is."""
    if container.state is State.EXITED:
        if container.out_of_memory or container.exit_code not in _ASKED_TO_END:
            return PodStatus.FAILED
        return PodStatus.STOPPED
    if container.state is State.RUNNING and container.health == "starting":
        return PodStatus.PENDING
    return _PLAIN.get(container.state, PodStatus.UNKOWN)


def reason_of(container: Container) -> str:
    """Return in a few words why a container does not run; empty while it does."""
    if container.state is State.RUNNING:
        return "its health check fails" if container.health == "unhealthy" else ""
    if container.out_of_memory:
        return "it was killed because it used more memory than it may"
    if container.error:
        return container.error
    if container.state in (State.EXITED, State.DEAD):
        return f"it ended with code {container.exit_code}"
    return f"it is {container.state.value}"
