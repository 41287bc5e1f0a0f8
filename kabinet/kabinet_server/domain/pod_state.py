"""What a pod may become, and what a deployment is by its pods."""

from __future__ import annotations

from collections.abc import Collection

from chassis.errors import Conflict
from kabinet_server.domain.kinds import PodStatus

_P = PodStatus

#: Every state may be reported again. A pod that ended may be started again by its backend; only
#: the way back from an end to its own shutdown makes no sense.
_NEVER: frozenset[tuple[PodStatus, PodStatus]] = frozenset(
    {(_P.STOPPED, _P.STOPPING), (_P.FAILED, _P.STOPPING)}
)

#: The first of these that some pod has is the state of the deployment.
_STRONGEST = (_P.RUNNING, _P.STOPPING, _P.PENDING, _P.UNKOWN, _P.FAILED, _P.STOPPED)
LIVE = frozenset({_P.PENDING, _P.RUNNING, _P.STOPPING, _P.UNKOWN})


def transition(present: PodStatus, reported: PodStatus) -> PodStatus:
    """Return the new state of a pod; raises Conflict for a report that cannot be true."""
    if (present, reported) in _NEVER:
        raise Conflict(f"A pod that is {present.value} cannot become {reported.value}.")
    return reported


def deployment_status(present: PodStatus, pods: Collection[PodStatus]) -> PodStatus:
    """Return the state of a deployment: that of its pods, or its own while it has none."""
    if not pods:
        return present
    return next(state for state in _STRONGEST if state in pods)
