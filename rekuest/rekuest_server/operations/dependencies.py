"""What a task's implementation depends on, bound to agents when the task is made.

The bindings are stored on the task as `{key: [{"agent", "actions": {slot: implementation}}]}`; its
children name a key and a slot, and are sent to one of the agents bound there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.errors import NotFound
from rekuest_server.domain.errors import UnmetDependencies
from rekuest_server.models import Resolution
from rekuest_server.selectors.binding import Bindings, bindings_of_bound, dependencies_resolve


def dependencies_bind(
    *, organization_id: int, implementation_id: int, wishes: Sequence[Mapping[str, Any]] = ()
) -> Bindings:
    """Bind every dependency of an implementation; raises `UnmetDependencies`. Runs in a thread."""
    found = dependencies_resolve(
        organization_id=organization_id, implementation_id=implementation_id, wishes=wishes
    )
    for item in found:
        if item.unmet is not None:
            raise UnmetDependencies(item.unmet, field=item.dependency.key)
    return bindings_of_bound(found)


def resolution_bindings(
    *, organization_id: int, implementation_id: int, resolution_id: int
) -> Bindings:
    """Return the bindings of a stored resolution of an implementation. Runs in a thread."""
    found = Resolution.objects.filter(
        pk=resolution_id, organization_id=organization_id, implementation_id=implementation_id
    ).first()
    if found is None:
        raise NotFound(
            "There is no such resolution of this implementation here.", field="resolution"
        )
    bindings: Bindings = found.bindings
    return bindings
