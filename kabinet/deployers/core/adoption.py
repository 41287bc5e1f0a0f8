"""What differs between the containers that are there and the pods Kabinet believes in.

Level, not edge: the same look repeated gives the same answer, so a lost event or a restart of the
deployer costs delay and nothing else. Nothing here is called while Kabinet does not answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from deployers.core.labels import Belonging, from_labels
from deployers.core.model import Container, Pod
from deployers.core.status import status_of
from kabinet_server.domain.kinds import PodStatus

#: Kabinet must have denied knowing a container this often before it is stopped.
DENIALS = 3
#: What a container that has ended may be.
ENDED = frozenset({PodStatus.STOPPED, PodStatus.FAILED})


@dataclass(frozen=True)
class Report:
    """A pod is in another state than Kabinet believes."""

    container: Container
    pod: Pod
    status: PodStatus


@dataclass(frozen=True)
class Gone:
    """A pod whose container does not exist any more."""

    pod: Pod


@dataclass(frozen=True)
class Stray:
    """A container Kabinet does not know: adopt it if its deployment is still wanted."""

    container: Container
    belonging: Belonging
    #: Kabinet denied it often enough: stop it rather than adopt it.
    is_unwanted: bool


@dataclass(frozen=True)
class Withdrawn:
    """A running container whose approval was revoked."""

    container: Container
    pod: Pod | None


@dataclass(frozen=True)
class Difference:
    """All that is to be done to make both sides agree."""

    reports: tuple[Report, ...] = ()
    gone: tuple[Gone, ...] = ()
    strays: tuple[Stray, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()


def difference(
    containers: Iterable[Container],
    pods: Iterable[Pod],
    *,
    engine: str,
    revoked: Collection[str] = (),
    denials: Mapping[str, int] | None = None,
) -> Difference:
    """Hold what runs against what Kabinet says; only containers of this deployer count."""
    ours: dict[str, tuple[Container, Belonging]] = {}
    for container in containers:
        belonging = from_labels(container.labels)
        if belonging is not None and belonging.engine == engine:
            ours[container.id] = (container, belonging)
    known = {pod.local_id: pod for pod in pods}
    withdrawn = tuple(
        Withdrawn(container, known.get(identifier))
        for identifier, (container, belonging) in ours.items()
        if belonging.approval in revoked and status_of(container) not in ENDED
    )
    return Difference(
        reports=tuple(_reports(ours, known)),
        gone=tuple(
            Gone(pod)
            for local_id, pod in known.items()
            if local_id not in ours and pod.status not in ENDED
        ),
        strays=tuple(
            Stray(container, belonging, (denials or {}).get(identifier, 0) >= DENIALS)
            for identifier, (container, belonging) in ours.items()
            if identifier not in known
        ),
        withdrawn=withdrawn,
    )


def _reports(
    ours: Mapping[str, tuple[Container, Belonging]], known: Mapping[str, Pod]
) -> Iterable[Report]:
    for identifier, (container, _) in ours.items():
        pod = known.get(identifier)
        status = status_of(container)
        if pod is not None and pod.status != status:
            yield Report(container, pod, status)
